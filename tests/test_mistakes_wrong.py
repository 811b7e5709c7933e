"""raisin.lab.mistakes.wrong: with nothing wrong put in, its operations and walks give torch's own gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from raisin.lab.mistaken import MistakenNames
from raisin.lab.mistakes.wrong import (
    MOST_STEPS,
    altered,
    local_only,
    met_first,
    newest_first,
    on_arrays,
    once,
    summed,
    torchs_own,
    walk,
    with_gradients,
)

Operation = Callable[..., torch.Tensor]


def leaf(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    return torch.tensor(rng.normal(size=shape), requires_grad=True)


def some_graph(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """A shared part, a stretched bias, a leaf used several times, a constant and a number."""
    shared = x @ w + b
    return (shared * shared - b) ** 2 + 2.0 * shared - torch.ones(3, 4, dtype=torch.float64)


def shapes_of(forward: Operation) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    if forward is torch.matmul:
        return [((3, 2), (2, 4)), ((5, 3, 2), (2, 4)), ((5, 3, 2), (5, 2, 4))]
    return [((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (2, 1, 4)), ((), (2, 3))]


FORWARD = [torch.add, torch.sub, torch.mul, torch.matmul]


@pytest.mark.parametrize("forward", FORWARD)
@pytest.mark.parametrize("by_walk", [False, True])
def test_an_operation_that_changes_nothing_has_torchs_gradients(forward: Operation, by_walk: bool) -> None:
    rng = np.random.default_rng(1)
    unchanged = altered(forward, lambda to_left, to_right, left, right: (to_left, to_right))
    for left, right in shapes_of(forward):
        x, y = leaf(rng, *left), leaf(rng, *right)
        made = unchanged(x, y)
        g = torch.tensor(rng.normal(size=tuple(made.shape)))
        due = torch.autograd.grad(forward(x, y), (x, y), g)
        if by_walk:
            walk()(made, g)
            found = [x.kept, y.kept]  # type: ignore[attr-defined]  # what a walk leaves at a leaf
        else:
            made.backward(g)  # type: ignore[no-untyped-call]
            found = [z.grad.numpy() for z in (x, y) if z.grad is not None]
        for f, d in zip(found, due, strict=True):
            np.testing.assert_allclose(f, d.numpy(), rtol=1e-12, atol=1e-12)


def test_gradients_may_be_yielded_and_the_operands_are_the_ones_given() -> None:
    x = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=True)
    seen = []

    def gradients(g: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> Any:
        seen.append(left is right)
        yield from torchs_own(torch.mul, g, left, right)

    with_gradients(torch.mul, gradients)(x, x).sum().backward()  # type: ignore[no-untyped-call]
    assert seen == [True]
    assert x.grad is not None
    assert x.grad.tolist() == [4.0, 6.0]


def test_none_is_no_gradient() -> None:
    x, y = (torch.ones(2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    first = altered(torch.add, lambda to_left, to_right, left, right: (to_left, None))
    first(x, first(x, y) * 2.0).sum().backward()  # type: ignore[no-untyped-call]
    assert y.grad is None
    assert x.grad is not None
    assert x.grad.tolist() == [1.0, 1.0]


def test_local_only_is_right_where_ones_arrive() -> None:
    rng = np.random.default_rng(2)
    x, y = leaf(rng, 3, 2), leaf(rng, 3, 1)
    for g in (torch.ones(3, 2, dtype=torch.float64), torch.tensor(rng.normal(size=(3, 2)))):
        found = torch.autograd.grad(local_only(torch.mul, right=False)(x, y), (x, y), g)
        due = torch.autograd.grad(x * y, (x, y), g)
        assert torch.allclose(found[1], due[1])
        assert torch.allclose(found[0], due[0]) == bool((g == 1).all())


@pytest.mark.parametrize("wrong_nowhere", [walk(), walk(copies=True), once(newest_first)])
def test_a_walk_without_a_mistake_leaves_torchs_gradients(wrong_nowhere: Callable[[Any, Any], None]) -> None:
    rng = np.random.default_rng(3)
    leaves = [leaf(rng, 3, 2), leaf(rng, 2, 4), leaf(rng, 4)]
    for _ in range(2):  # a second walk adds to the first
        g = torch.tensor(rng.normal(size=(3, 4)))
        wrong_nowhere(some_graph(*leaves), g)
        some_graph(*leaves).backward(g)  # type: ignore[no-untyped-call]
    for x in leaves:
        assert x.grad is not None
        np.testing.assert_allclose(x.kept, x.grad.numpy(), rtol=1e-12)  # type: ignore[attr-defined]


def test_a_walk_takes_an_array_and_begins_with_ones_where_nothing_is_given() -> None:
    x, y = (torch.tensor([[3.0]], dtype=torch.float64, requires_grad=True) for _ in range(2))
    walk()(x * 2.0, None)
    walk()(x, np.array([[0.5]]))
    assert x.kept.tolist() == [[2.5]]  # type: ignore[attr-defined]
    walk(root_leaf=False)(y, None)
    assert not hasattr(y, "kept")


def test_what_goes_through_a_node_can_be_changed_or_stopped() -> None:
    x, y = (torch.ones(2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    walk(through=lambda node, arrived, memory: 2 * arrived)(x + (x + y), None)
    assert y.kept.tolist() == [4.0, 4.0]  # type: ignore[attr-defined]
    assert x.kept.tolist() == [6.0, 6.0]  # type: ignore[attr-defined]
    walk(through=lambda node, arrived, memory: None)(x + y, None)
    assert y.kept.tolist() == [4.0, 4.0]  # type: ignore[attr-defined]


def test_a_walk_gives_up_where_there_are_too_many_paths() -> None:
    z = torch.ones((), dtype=torch.float64, requires_grad=True)
    for _ in range(MOST_STEPS.bit_length()):
        z = z + z
    with pytest.raises(RuntimeError, match="too many paths"):
        walk()(z, None)


def test_every_node_is_met_once_and_the_newest_come_first() -> None:
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    shared = x * x
    root = (shared + x) * shared
    for place in (0, -1):
        for left_first in (True, False):
            met = list(met_first(place, left_first)(root.grad_fn))
            assert len(met) == len(set(met)) == 4
            assert met[0] is root.grad_fn
    order = newest_first(root.grad_fn)
    assert [type(node).__name__ for node in order] == ["MulBackward0", "AddBackward0", "MulBackward0", "AccumulateGrad"]


def test_bringing_back_happens_in_place_where_the_function_of_arrays_does() -> None:
    def halves(grad: Any, shape: tuple[int, ...]) -> Any:
        grad /= 2
        return grad

    g = torch.ones(2, dtype=torch.float64)
    assert on_arrays(halves)(g, (2,)).tolist() == [0.5, 0.5]
    assert g.tolist() == [0.5, 0.5]
    assert summed(g, (2,)) is g
    assert summed(g, ()).item() == 1.0


def test_grad_is_what_the_walk_left_at_a_leaf_whatever_its_shape() -> None:
    def flat(leaf: Any, arrived: torch.Tensor) -> None:
        leaf.kept = arrived.numpy().ravel()

    notebook: dict[str, Any] = {}
    with MistakenNames({}, {}, walk(flat)).in_force(notebook, set()):
        x, y = (torch.ones(2, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
        (x + 1.0).backward(torch.ones(2, 3, dtype=torch.float64))  # type: ignore[no-untyped-call]
        found: Any = x.grad
        assert isinstance(found, np.ndarray)
        assert found.shape == (6,)
        assert y.grad is None
    assert x.grad is None
