"""The nodes' backward: the mistakes that every operation of two operands knows, torch's own gradients altered."""

from collections.abc import Callable, Iterator
from typing import Any

import torch

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.wrong import (
    Operation,
    altered,
    local_only,
    summed,
    torchs_own,
    walk,
    with_gradients,
)

# The checks in which one operation's mistakes cannot be taken for another's, or for a leaf's.
SUMS = (
    "backward: the",
    "backward: several",
    "backward: ones",
    "addition: two",
    "addition: every",
)
MATRICES = ("matmul: both", "matmul: square", "matmul: one", "matmul: a batch")
# name -> torch's operation, the node, the checks in which it takes part
OPERATIONS: dict[str, tuple[Operation, str, tuple[str, ...]]] = {
    "addition": (torch.add, "AdditionNode", SUMS),
    "subtraction": (torch.sub, "SubtractionNode", ("subtraction: both", "subtraction: the same")),
    "multiplication": (torch.mul, "MultiplicationNode", ("multiplication: both", "multiplication: the same")),
    "matmul": (torch.matmul, "MatmulNode", MATRICES),
}
STRETCHED = ("addition: a leaf", "broadcast", "matmul: a batch")
POWER = ("power: the", "power: other", "power: a base")
UPSTREAM = (
    "upstream",
    "what arrives is left aside, and ones go on in its place",
    "grad_output: does backward begin with the one it is given, and does every node multiply by what arrived?",
)
UNSUMMED = (
    "unsummed",
    "a gradient is handed on in the shape of the result, not summed to that of the operand",
    "unbroadcast: does it sum, and does every node call it for every operand?",
)
Change = Callable[[Any, Any, Any, Any], tuple[Any, Any]]


def of_node(name: str, key: str, looks_like: str, look_at: str, operation: Operation, own_walk: bool) -> Mistake:
    operations: dict[str, Callable[..., Any]] = {name: operation}
    if name == "multiplication":
        operations = {name: _number_first(operation), "negation": lambda x: operation(-1.0, x)}
    checks = OPERATIONS[name][2] if name in OPERATIONS else POWER
    return Mistake(
        key, looks_like, look_at, operations=operations, backward=walk() if own_walk else None, checks=checks
    )


def _number_first(operation: Operation) -> Operation:
    """The checks write a number on the left; torch takes 2 * x for x * 2."""
    return lambda left, right: operation(left, right) if torch.is_tensor(right) else operation(right, left)


def _not_brought_back(gradient: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    return gradient


# key, "it looks as if ...", "look at: ...", what is done to the two gradients (of the shape of the result)
_ALTERED: tuple[tuple[str, str, str, tuple[Change, ...]], ...] = (
    (
        "left-only",
        "{name} hands a gradient to its left operand only",
        "{node}.backward: who takes part in the result?",
        (lambda p, q, x, y: (p, None),),
    ),
    (
        "right-only",
        "{name} hands a gradient to its right operand only",
        "{node}.backward: who takes part in the result?",
        (lambda p, q, x, y: (None, q),),
    ),
    (
        "same-tensor",
        "{name} hands on one gradient only where both operands are the same tensor",
        "{node}.backward with x on both sides: how often does x take part?",
        (lambda p, q, x, y: (p, None if x is y else q),),
    ),
    (
        "some-operands",
        "{name} hands nothing to some operands: those that are results, or leaves, or beside one",
        "{node}.backward: which conditions are there, and when are they true?",
        (
            lambda p, q, x, y: (None, None) if x.is_leaf and not y.is_leaf else (p, q),
            lambda p, q, x, y: (None, None) if y.is_leaf and not x.is_leaf else (p, q),
            lambda p, q, x, y: (p, None) if y.is_leaf and not x.is_leaf else (p, q),
            lambda p, q, x, y: (None, q) if x.is_leaf and not y.is_leaf else (p, q),
            lambda p, q, x, y: (None if x.is_leaf else p, None if y.is_leaf else q),
            lambda p, q, x, y: (p, None) if x.requires_grad else (None, q),
            lambda p, q, x, y: (None, q) if y.requires_grad else (p, None),
            lambda p, q, x, y: (p, q) if x.requires_grad and y.requires_grad else (None, None),
        ),
    ),
    (
        "scaled",
        "what {name} hands on is off by a factor",
        "{node}.backward: is anything divided, or handed on more often than once?",
        (
            lambda p, q, x, y: (p / 2, q / 2),
            lambda p, q, x, y: (p / 2, q),
            lambda p, q, x, y: (p, q / 2),
            lambda p, q, x, y: (2 * p, 2 * q),
            lambda p, q, x, y: (2 * p, q),
            lambda p, q, x, y: (p, 2 * q),
            lambda p, q, x, y: (2 * p, 2 * q) if x is y else (p, q),
            lambda p, q, x, y: (p, 2 * q) if x is y else (p, q),
        ),
    ),
    (
        "sign",
        "the sign of what {name} hands to an operand is wrong",
        "{node}.backward: if this operand grows, does the result grow or shrink?",
        (
            lambda p, q, x, y: (p, -q),
            lambda p, q, x, y: (-p, q),
            lambda p, q, x, y: (-p, -q),
        ),
    ),
)


def _of_operation(name: str) -> Iterator[Mistake]:
    """The mistakes that every operation of two operands knows."""
    forward, node, _ = OPERATIONS[name]

    def made(key: str, looks_like: str, look_at: str, operation: Operation, own_walk: bool = False) -> Mistake:
        look_at, looks_like = (text.format(name=name, node=node) for text in (look_at, looks_like))
        return of_node(
            name,
            key if key == UPSTREAM[0] else f"{name}-{key}",
            looks_like,
            look_at,
            operation,
            own_walk,
        )

    for key, looks_like, look_at, changes in _ALTERED:
        if (name, key) == ("addition", "sign"):  # could as well be a leaf that subtracts
            continue
        for change in changes:
            yield made(key, looks_like, look_at, altered(forward, change), key == "scaled")
    for left, right in ((True, True), (False, True), (True, False)):
        yield made(*UPSTREAM, local_only(forward, left, right))
    if name == "multiplication":  # its operands' data are exchanged: a table of its own
        return
    yield made(
        "exchanged",
        "{name} hands to each operand what belongs to the other",
        "{node}.backward: which gradient goes to whom?",
        _exchanging(forward),
        True,
    )


def _exchanging(forward: Operation) -> Operation:
    """Each gradient is brought back to its own operand's shape, and goes to the other."""

    def gradients(arrived: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> tuple[Any, Any]:
        to_left, to_right = torchs_own(forward, arrived, left, right)
        return summed(to_right, right.shape), summed(to_left, left.shape)

    return with_gradients(forward, gradients, _not_brought_back)


def _leaving(forward: Operation, left: bool, right: bool) -> Operation:
    """What goes to the left operand, or to the right, or to both, is not brought back to its shape."""

    def change(to_left: Any, to_right: Any, x: Any, y: Any) -> tuple[Any, Any]:
        return to_left if left else summed(to_left, x.shape), to_right if right else summed(to_right, y.shape)

    return altered(forward, change, _not_brought_back)


def formulas(name: str, key: str, looks_like: str, look_at: str, *wrong: Callable[..., Any]) -> list[Mistake]:
    """One mistake for each pair of gradients of g and the two operands."""
    forward = OPERATIONS[name][0] if name in OPERATIONS else torch.pow
    return [of_node(name, key, looks_like, look_at, with_gradients(forward, pair), True) for pair in wrong]


# Tried before the mistakes of unbroadcast.
NOT_SUMMED = tuple(
    Mistake(*UNSUMMED, operations={name: _leaving(forward, *sides)}, backward=walk(), checks=STRETCHED)
    for name, (forward, _, _) in OPERATIONS.items()
    for sides in ((True, True), (True, False), (False, True))
)

MISTAKES = tuple(mistake for name in OPERATIONS for mistake in _of_operation(name))
