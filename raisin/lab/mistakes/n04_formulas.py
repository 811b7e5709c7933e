"""The nodes' backward: what wrong formulas for one operation give."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.n04_nodes import OPERATIONS, Change, formulas, of_node
from raisin.lab.mistakes.wrong import Operation, altered, summed, torchs_own, walk, with_gradients

SHARED = (
    "array-shared",
    "an array is changed that somebody else holds too",
    "Tensor.backward and the nodes' backward: when is an array changed in place, and who else has it?",
)
SIDES = ((True, True), (True, False), (False, True))


def _formulas_of_both(name: str, key: str, looks_like: str, look_at: str, *wrong: Callable[..., Any]) -> list[Mistake]:
    """Wrong gradients of g, the operand, and the other one; for both operands, or beside torch's own for one."""

    def pair(formula: Callable[..., Any], left: bool, right: bool) -> Callable[..., Any]:
        def gradients(g: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> tuple[Any, Any]:
            own = torchs_own(OPERATIONS[name][0], g, x, y)
            return formula(g, x, y) if left else own[0], formula(g, y, x) if right else own[1]

        return gradients

    return formulas(name, key, looks_like, look_at, *(pair(f, *sides) for f in wrong for sides in SIDES))


def _summed_before(left: bool, right: bool, again: bool) -> Operation:
    """What arrived is brought back to an operand's shape first; the product is again, or is not."""

    def gradients(g: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> tuple[Any, Any]:
        own = torchs_own(torch.mul, g, x, y)
        return (
            summed(g, x.shape) * y if left else summed(own[0], x.shape),
            summed(g, y.shape) * x if right else summed(own[1], y.shape),
        )

    return with_gradients(torch.mul, gradients, summed if again else lambda gradient, shape: gradient)


def _one_by_one(forward: Operation) -> Operation:
    """torch's own gradients, the second made when the first has gone all the way down."""

    def gradients(arrived: torch.Tensor, *operands: torch.Tensor) -> Iterator[torch.Tensor]:
        yield torchs_own(forward, arrived, *operands)[0]
        yield torchs_own(forward, arrived, *operands)[1]

    return with_gradients(forward, gradients)


def _written_over(forward: Operation, second: bool) -> Operation:
    """The left operand's gradient, or the second one, is written over the array that arrived."""

    def gradients(arrived: torch.Tensor, *operands: torch.Tensor) -> Iterator[torch.Tensor]:
        to_left = torchs_own(forward, arrived, *operands)[0]
        yield to_left if second else arrived.copy_(to_left)
        to_right = torchs_own(forward, arrived, *operands)[1]
        yield arrived.copy_(to_right) if second else to_right

    return with_gradients(forward, gradients)


def _in_place(name: str) -> list[Mistake]:
    others = {other: _one_by_one(forward) for other, (forward, _, _) in OPERATIONS.items()}
    return [
        Mistake(
            *SHARED,
            operations={**others, name: _written_over(OPERATIONS[name][0], second)},
            backward=walk(),
            checks=(f"{name}: the same", "shared parts", "power: inside"),
        )
        for second in (True, False)
    ]


def _matrix_formulas() -> Iterator[Callable[..., Any]]:
    """Products of what arrived and the other operand, either first, either turned round: one for each operand."""

    def product(g: torch.Tensor, other: torch.Tensor, first: bool, turns: tuple[bool, bool]) -> torch.Tensor:
        g, other = (x.transpose(-1, -2) if turn else x for x, turn in zip((g, other), turns, strict=True))
        return g @ other if first else other @ g

    ways = list(itertools.product((True, False), itertools.product((True, False), repeat=2)))
    for left, right in itertools.product(ways, repeat=2):
        yield lambda g, x, w, left=left, right=right: (product(g, w, *left), product(g, x, *right))


MULTIPLICATION = (
    *formulas(
        "multiplication",
        "multiplication-own-data",
        "multiplication pairs what arrives with the wrong operand's data",
        "MultiplicationNode.backward: if one input grows a little, which number tells how much the product grows?",
        lambda g, x, y: (g * x, g * y),
        lambda g, x, y: (g * x, g * x),
        lambda g, x, y: (g * y, g * y),
    ),
    *_formulas_of_both(
        "multiplication",
        "multiplication-formula",
        "multiplication hands on what arrived, combined in a wrong way with its operands",
        "MultiplicationNode.backward: what is the local derivative for each input?",
        lambda g, own, other: g,
        lambda g, own, other: g * own,
        lambda g, own, other: g + other,
        lambda g, own, other: g + own,
        lambda g, own, other: g * (own + other),
        lambda g, own, other: g * own * other,
        lambda g, own, other: g * g * other,
        lambda g, own, other: g / other,
        lambda g, own, other: g * other**2,
        lambda g, own, other: g * own**2,
    ),
    *(
        Mistake(
            "multiplication-order",
            "multiplication un-broadcasts what arrived before it multiplies",
            "MultiplicationNode.backward: which shape has the product, and when is it brought back?",
            operations={"multiplication": _summed_before(*sides, again)},
            backward=walk(),
            checks=("multiplication: both", "every way"),
        )
        for sides in SIDES
        for again in (True, False)
    ),
    *_in_place("multiplication"),
)

SUBTRACTION = (
    *_in_place("subtraction"),
    *_formulas_of_both(
        "subtraction",
        "subtraction-formula",
        "subtraction hands on its operands' data in some way",
        "SubtractionNode.backward: does the slope depend on how large the operands are?",
        lambda g, own, other: g * other,
        lambda g, own, other: -g * other,
        lambda g, own, other: g * own,
        lambda g, own, other: -g * own,
    ),
)

ADDITION = _formulas_of_both(
    "addition",
    "addition-formula",
    "addition hands on its operands' data in some way",
    "AdditionNode.backward: does the slope depend on how large the operands are?",
    lambda g, own, other: g * other,
    lambda g, own, other: g * own,
    lambda g, own, other: g + own,
    lambda g, own, other: own.expand_as(g),
    lambda g, own, other: other.expand_as(g),
)


def _rows(x: torch.Tensor) -> int:
    return x.shape[-2] if x.ndim > 1 else x.shape[0] if x.ndim else 1


_OVER_ROWS: tuple[Change, ...] = (
    lambda p, q, x, y: (p, q / _rows(x)),
    lambda p, q, x, y: (p / _rows(x), q / _rows(x)),
    lambda p, q, x, y: (p, q / len(x)),
)


_ELEMENTWISE = (
    "matmul-elementwise",
    "the matrix product's gradient is taken element by element",
    "MatmulNode.backward: which product is it, * or @?",
)


def _entry_by_entry(left: bool, right: bool) -> Callable[..., Any]:
    def gradients(g: torch.Tensor, x: torch.Tensor, w: torch.Tensor) -> tuple[Any, Any]:
        own = torchs_own(torch.matmul, g, x, w)
        return g * w if left else own[0], g * x if right else own[1]

    return gradients


MATMUL = (
    *(
        of_node(
            "matmul",
            "matmul-scaled",
            "what matmul hands on is divided by a number of rows or of entries",
            "MatmulNode.backward: is anything divided, or a mean taken?",
            altered(torch.matmul, change),
            False,
        )
        for change in _OVER_ROWS
    ),
    *formulas(
        "matmul", *_ELEMENTWISE, _entry_by_entry(True, True), _entry_by_entry(False, True), _entry_by_entry(True, False)
    ),
    *formulas(
        "matmul",
        "matmul-transposes",
        "in the matrix product's gradients a wrong factor is turned round, or the factors stand in the wrong order",
        "MatmulNode.backward: write the shape under each factor, with three different letters",
        *_matrix_formulas(),
    ),
    *formulas(
        "matmul",
        "matmul-own-data",
        "in the matrix product's gradients what arrives is paired with the wrong operand's data",
        "MatmulNode.backward: if one operand changes, which data tell how much the product changes?",
        lambda g, x, w: (g @ x, w @ g),
        lambda g, x, w: (g @ x.transpose(-1, -2), w.transpose(-1, -2) @ g),
        lambda g, x, w: (x @ g, g @ w),
    ),
)

MISTAKES = (*MULTIPLICATION, *SUBTRACTION, *ADDITION, *MATMUL)
