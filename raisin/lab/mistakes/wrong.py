"""Building blocks of the tables: torch's operations with a wrong gradient, and wrong walks over torch's own graph.

What is right comes from torch alone (`torchs_own`, the nodes of its graph, its order of creation); only what is done to
it is written here.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch

Operation = Callable[..., torch.Tensor]
Walk = Callable[[Any, Any], None]
BringBack = Callable[[torch.Tensor, tuple[int, ...]], Any]
Node = Any  # of torch's graph
MOST_STEPS = 3000  # a walk that takes each path of its own gives up after as many


def summed(gradient: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """torch's way back to the shape of an operand that was stretched. The same tensor where nothing was."""
    return gradient if gradient.shape == shape else gradient.sum_to_size(shape)


def with_gradients(
    forward: Operation, gradients: Callable[..., Iterable[Any]], bring_back: BringBack = summed
) -> Operation:
    """The operation `forward` of two operands, whose gradients are ``gradients(g, left, right)``: arrived, operands.

    They may be yielded one by one (a `walk` goes down the first before it asks for the second); None is nothing. Each
    is brought back to its operand's shape. The operands come as tensors, numbers too; ``left is right`` holds.
    """

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
            def one_by_one(arrived: torch.Tensor) -> Iterator[Any]:
                for gradient, operand in zip(gradients(arrived, left, right), (left, right), strict=True):
                    yield None if gradient is None else bring_back(gradient, tuple(operand.shape))

            ctx.one_by_one = one_by_one
            ctx.set_materialize_grads(False)  # where nothing arrives, nothing goes on, as in a walk
            return forward(left, right)

        @staticmethod
        def backward(ctx: Any, *arrived: torch.Tensor) -> Any:
            return (None, None) if arrived[0] is None else tuple(ctx.one_by_one(arrived[0]))

    def operation(left: Any, right: Any) -> torch.Tensor:
        operands = [torch.as_tensor(x, dtype=torch.float64) for x in (left, right)]
        made: torch.Tensor = Wrong.apply(*operands)  # type: ignore[no-untyped-call]  # torch has no types for it
        return made

    return operation


def altered(forward: Operation, change: Callable[..., Iterable[Any]], bring_back: BringBack = summed) -> Operation:
    """The operation with torch's own gradients changed by ``change(to_left, to_right, left, right)``."""

    def gradients(arrived: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> Iterable[Any]:
        return change(*torchs_own(forward, arrived, left, right), left, right)

    return with_gradients(forward, gradients, bring_back)


def torchs_own(
    forward: Operation, arrived: torch.Tensor, left: torch.Tensor, right: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """torch's gradients of ``forward(left, right)``, each of the shape to which its operand was stretched."""
    axes = 2 if forward is torch.matmul else 0  # those of a matrix do not stretch
    shape = np.broadcast_shapes(*(tuple(x.shape[: x.ndim - axes]) for x in (left, right)))
    with torch.enable_grad():
        stretched = [x.detach().expand(*shape, *x.shape[x.ndim - axes :]).requires_grad_() for x in (left, right)]
        made = forward(*stretched)
        node: Any = made.grad_fn
        # Asking the node itself is quick; not where torch makes the result of several, or walks for some leaves only.
        found: Any = node(arrived) if len(node.next_functions) == 2 else ()
        if len(found) != 2 or any(gradient is None for gradient in found):
            found = torch.autograd.grad(made, stretched, arrived)
    return found[0], found[1]


def local_only(forward: Operation, left: bool = True, right: bool = True, bring_back: BringBack = summed) -> Operation:
    """The operation that multiplies nothing by what arrived, for one operand or both."""

    def gradients(arrived: torch.Tensor, *operands: torch.Tensor) -> Iterator[Any]:
        wrong, own = (torchs_own(forward, g, *operands) for g in (torch.ones_like(arrived), arrived))
        yield wrong[0] if left else own[0]
        yield wrong[1] if right else own[1]

    return with_gradients(forward, gradients, bring_back)


def on_arrays(unbroadcast: Callable[[Any, tuple[int, ...]], Any]) -> BringBack:
    """A function of arrays for tensors; what it changes in place is changed."""
    return lambda gradient, shape: torch.as_tensor(unbroadcast(gradient.numpy(), shape))


def add_up(leaf: Any, arrived: torch.Tensor) -> None:
    """What a leaf does in a walk that is wrong elsewhere. `kept` is read for its grad, whatever its shape."""
    before = getattr(leaf, "kept", None)
    leaf.kept = arrived.numpy().copy() if before is None else before + arrived.numpy()


def ones(root: torch.Tensor, gradient: torch.Tensor | None) -> torch.Tensor:
    """Where a walk begins."""
    return torch.ones_like(root) if gradient is None else gradient


def walk(
    leaf: Callable[[Any, torch.Tensor], None] = add_up,
    through: Callable[[Node, torch.Tensor, dict[Node, Any]], torch.Tensor | None] | None = None,
    start: Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor] = ones,
    root_leaf: bool = True,
    copies: bool = False,
) -> Walk:
    """A walk down every path of torch's graph, the left operand's first; `leaf` takes what arrives at a leaf.

    `through(node, arrived, memory)`: what goes on through a node, or None for no further; the memory is one walk's.
    `copies`: every operand gets an array of its own; else both may get the one that arrived, as torch's sums do it.
    """

    def backward(root: torch.Tensor, gradient: Any) -> None:
        memory: dict[Node, Any] = {}
        left = iter(range(MOST_STEPS))

        def descend(node: Node, arrived: torch.Tensor) -> None:
            if next(left, None) is None:
                raise RuntimeError(f"more than {MOST_STEPS} steps: too many paths for a walk down each")
            if hasattr(node, "variable"):  # torch's node of a leaf
                leaf(node.variable, arrived)
                return
            goes_on = arrived if through is None else through(node, arrived, memory)
            if goes_on is not None:
                for following, g in passed_on(node, goes_on):
                    descend(following, g.clone() if copies else g)

        with torch.no_grad():
            first = start(root, None if gradient is None else torch.as_tensor(gradient))
            if root.grad_fn is not None:
                descend(root.grad_fn, first)
            elif root.requires_grad and root_leaf:
                leaf(root, first)

    return backward


def passed_on(node: Node, arrived: torch.Tensor) -> Iterator[tuple[Node, torch.Tensor]]:
    """The nodes below one of torch's graph, each with what it gets."""
    if hasattr(node, "one_by_one"):  # made by `with_gradients`: as it comes
        for (following, _), g in zip(node.next_functions, node.one_by_one(arrived), strict=True):
            if following is not None and g is not None:
                yield following, g
        return
    found = node(arrived)
    found = found if isinstance(found, tuple) else (found,)
    for (following, place), g in zip(node.next_functions, found, strict=True):
        if following is not None and g is not None:
            yield following, _of_shape(g, _shape(following, place))


def _shape(node: Node, place: int) -> tuple[int, ...]:
    given = node.variable if hasattr(node, "variable") else node._input_metadata[place]
    return tuple(given.shape)


def _of_shape(gradient: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    try:
        return summed(gradient, shape)  # torch's engine does this between its nodes
    except RuntimeError:  # a wrong shape came from above, and goes on
        return gradient


def once(order: Callable[[Node], Iterable[Node]], last_wins: bool = False) -> Walk:
    """A walk that visits each node once, in `order` from the root's, with what has arrived until then."""

    def backward(root: torch.Tensor, gradient: Any) -> None:
        with torch.no_grad():
            arrived = {root.grad_fn: ones(root, None if gradient is None else torch.as_tensor(gradient))}
            for node in order(root.grad_fn):
                g = arrived.pop(node, None)
                if g is not None and hasattr(node, "variable"):
                    add_up(node.variable, g)
                elif g is not None:
                    for following, more in passed_on(node, g):
                        before = None if last_wins else arrived.get(following)
                        arrived[following] = more if before is None else before + more

    return backward


def met_first(place: int, left_first: bool) -> Callable[[Node], Iterable[Node]]:
    """The order in which the nodes below a root are met: depth first (`place` -1) or breadth first (0)."""

    def order(root: Node) -> Iterator[Node]:
        waiting, seen = [root], set()
        while waiting:
            node = waiting.pop(place)
            if node not in seen:
                seen.add(node)
                yield node
                below = [following for following, _ in node.next_functions if following is not None]
                waiting += below if left_first else below[::-1]

    return order


def newest_first(root: Node) -> list[Node]:
    """torch numbers its nodes as they are made."""
    met = list(met_first(-1, True)(root))
    leaves = [node for node in met if hasattr(node, "variable")]
    rest = [node for node in met if not hasattr(node, "variable")]
    return [*sorted(rest, key=lambda node: int(node._sequence_nr()), reverse=True), *leaves]
