"""Notebook 09's operations on the reference framework: torch's values and gradients, for every stride and padding."""

import importlib
import itertools
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import factories
import numpy as np
import pytest
import torch


@pytest.fixture(scope="module")
def lenet() -> Iterator[ModuleType]:
    """benchmarks/lenet.py, which is no part of a package."""
    folder = str(factories.PROJECT / "benchmarks")
    sys.path.insert(0, folder)
    try:
        yield importlib.import_module("lenet")
    finally:
        sys.path.remove(folder)


@pytest.fixture(scope="module")
def own(lenet: ModuleType) -> Any:
    """The names of the reference framework."""
    return lenet.reference()


INPUTS, KERNELS = ((7, 10), (11, 8)), ((2, 3), (4, 2), (3, 1))
MOVES = list(itertools.product((1, 2, 3), (0, 1, 2)))  # strides, paddings


def sides(own: Any, arrays: list[Any], program: Any) -> Iterator[tuple[Any, list[Any]]]:
    """What a program gives and the gradients it leaves, on the reference and on torch, for the same drawn gradient."""
    for make in (own.tensor, torch.tensor):
        leaves = [make(array, requires_grad=True) for array in arrays]
        y = program(own if make is own.tensor else torch, *leaves)
        seed = np.random.default_rng(8).normal(size=tuple(y.shape))
        y.backward(seed if make is own.tensor else torch.tensor(seed))
        yield y.data if make is own.tensor else y.detach().numpy(), [np.asarray(leaf.grad) for leaf in leaves]


def must_be_the_same(own: Any, arrays: list[Any], program: Any) -> None:
    (value, gradients), (due, torchs) = sides(own, arrays, program)
    assert value.shape == due.shape
    np.testing.assert_allclose(value, due, rtol=1e-12, atol=1e-12)
    for gradient, other in zip(gradients, torchs, strict=True):
        assert gradient.shape == other.shape
        np.testing.assert_allclose(gradient, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("stride", "padding"), MOVES)
def test_a_convolutions_value_and_gradients_are_torchs(own: Any, stride: int, padding: int) -> None:
    """Rectangular pictures and kernels, three channels in and four out."""
    rng = np.random.default_rng(1)
    for size, kernel in itertools.product(INPUTS, KERNELS):
        arrays = [rng.normal(size=shape) for shape in ((2, 3, *size), (4, 3, *kernel), (4,))]
        must_be_the_same(own, arrays, lambda T, x, w, b: T.conv2d(x, w, b, stride=stride, padding=padding))
        must_be_the_same(own, arrays[:2], lambda T, x, w: T.conv2d(x, w, stride=stride, padding=padding))


@pytest.mark.parametrize(("stride", "padding"), MOVES)
@pytest.mark.parametrize("ties", [False, True])
def test_a_poolings_value_and_gradient_are_torchs(own: Any, stride: int, padding: int, ties: bool) -> None:
    """Overlapping windows, windows with gaps, odd sizes, equal numbers. torch pads by half a kernel at most."""
    rng = np.random.default_rng(2)
    for size, kernel in itertools.product(INPUTS, (*KERNELS, (4, 5))):
        if min(kernel) < 2 * padding:
            continue
        x = rng.integers(-2, 3, size=(2, 3, *size)) * 1.0 if ties else rng.normal(size=(2, 3, *size))
        must_be_the_same(own, [x], lambda T, x: T.max_pool2d(x, kernel, stride=stride, padding=padding))  # noqa: B023


def test_a_poolings_windows_lie_side_by_side_if_nothing_is_said(own: Any) -> None:
    x = np.random.default_rng(3).normal(size=(2, 3, 7, 9))
    must_be_the_same(own, [x], lambda T, x: T.max_pool2d(x, 2))
    must_be_the_same(own, [x], lambda T, x: T.max_pool2d(x, (3, 3)))


@pytest.mark.parametrize("kernel_size", [5, 3])
def test_lenet_takes_torchs_steps(lenet: ModuleType, own: Any, kernel_size: int) -> None:
    """Four steps with momentum, all ten parameters; what is printed, too."""
    sides = [lenet.train(T, 4, kernel_size, rows=6) for T in (own, lenet.TORCH)]
    lenet.steps.must_agree(*sides)
    start = lenet.train(own, 0, kernel_size, rows=6)
    assert len(sides[0]) == 10 and all(np.abs(a - b).max() > 1e-4 for a, b in zip(sides[0], start, strict=True))
    assert repr(own.LeNet(kernel_size)) == repr(lenet.TorchLeNet(kernel_size)).replace("TorchLeNet", "LeNet")


def test_a_step_of_lenet_is_measured_on_the_batches_of_the_notebook(lenet: ModuleType) -> None:
    """The figures of docs/performance.md are about what the notebook does."""
    text = (factories.PROJECT / "source" / "09-lenet" / "09-lenet.ipynb").read_text(encoding="utf-8")
    words = f"batch_size={lenet.ROWS}, shuffle=True", f"lr={lenet.LEARNING_RATE}, momentum={lenet.MOMENTUM}"
    assert all(one in text for one in words)
