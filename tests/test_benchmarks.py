"""What `make bench` compares is the same work: nothing here looks at a clock."""

import importlib.util
import json
from types import ModuleType, SimpleNamespace
from typing import Any

import factories
import numpy as np
import pytest
import torch


@pytest.fixture(scope="module")
def steps() -> ModuleType:
    """benchmarks/steps.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("steps", factories.PROJECT / "benchmarks" / "steps.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("rows", [1, 32, 256])
def test_the_reference_and_torch_take_the_same_steps_on_the_raisin_net(steps: ModuleType, rows: int) -> None:
    own, due = (steps.raisin_net(T, 100, rows) for T in (steps.reference(), steps.TORCH))
    steps.must_agree(own, due)
    assert [array.shape for array in own] == [(7, 16), (16,), (16, 1), (1,)]
    assert {array.dtype for array in [*own, *due]} == {np.dtype("float64")}
    start = steps.raisin_net(steps.TORCH, 0, rows)
    assert all(np.abs(now - then).max() > 1e-3 for now, then in zip(own, start, strict=True))


def test_the_reference_and_torch_take_the_same_steps_on_the_linear_model(steps: ModuleType) -> None:
    steps.must_agree(steps.linear_model(steps.reference(), 100), steps.linear_model(steps.TORCH, 100))


class InOrder:
    """Where `fit` wants a shuffled order, the order that is there."""

    def permutation(self, rows: int) -> Any:
        return np.arange(rows)


def test_the_steps_are_those_of_notebook_06(steps: ModuleType) -> None:
    """Its own `fit` gets from the same start to the same parameters; and its numbers are those of the benchmark."""
    notebook = json.loads((steps.SOURCE / "06-raisin-mlp" / "06-raisin-mlp.ipynb").read_text(encoding="utf-8"))
    source = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}
    names = vars(steps.reference()) | {"np": np}
    for cell in ("network", "fit"):
        exec(source[cell], names)
    X, y, start = steps.raisin_batch(32)
    parameters = [names["tensor"](array, requires_grad=True) for array in start]
    names["fit"](X, y, parameters, lr=0.1, epochs=20, batch_size=32, rng=InOrder())
    steps.must_agree([p.data for p in parameters], steps.raisin_net(steps.reference(), 20, 32))
    training = source["raisins-train"]
    assert f"init_network({steps.FEATURES}, {steps.HIDDEN}, rng)" in training
    assert f"lr={steps.LEARNING_RATE}, epochs=1, batch_size={steps.BATCH}" in training


def test_sides_that_do_not_do_the_same_are_refused(steps: ModuleType) -> None:
    """A tanh that is wrong by a millionth, a parameter that is left out, and nan."""
    skewed = SimpleNamespace(**vars(steps.TORCH) | {"tanh": lambda x: torch.tanh(x) * (1 + 1e-6)})
    due = steps.raisin_net(steps.TORCH, 10)
    for wrong in (steps.raisin_net(skewed, 10), [*due[:3], due[3] * np.nan], [*due[:3], due[3][:, None]]):
        with pytest.raises(ValueError, match="parameter"):
            steps.must_agree(wrong, due)
    with pytest.raises(ValueError):
        steps.must_agree(due[:3], due)
