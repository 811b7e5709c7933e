"""02-tensor-arithmetic: what typical mistakes give. The class Tensor and the operators have tables of their own."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from raisin.lab import relations
from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import n02_operators, n02_tensor
from raisin.lab.mistakes.frameworks import Change, Names, alters, array, calculates, framework, method
from raisin.lab.mistakes.n02_power import POWER
from raisin.lab.mistakes.n02_values import ELEMENTWISE, MATMUL

# -x is made in one of these ways; a mistake in what it is made of shows through.
_NEGATIONS: dict[str, tuple[Callable[..., Any], ...]] = {
    "subtraction": (lambda names, x: names["subtraction"](0.0, x),),
    "multiplication": (
        lambda names, x: names["multiplication"](-1.0, x),
        lambda names, x: names["multiplication"](x, -1.0),
    ),
    "matmul": (),
    "power": (),
}


_CHECKS = {
    "subtraction": ("subtraction", "multiplication"),
    "multiplication": ("multiplication",),
    "matmul": ("matmul",),
    "power": ("power",),
}
# In the long expression one wrong sign is like another: only what is no matter of signs is looked for there.
_UNSIGNED = {"minus-reversed", "not-a-tensor", "operand-changed", "squeezed", "flattened", "shape-of-operand"}
_UNSIGNED |= {"power-exponent", "power-product", "power-exchanged", *(wrong.key for wrong in MATMUL)}


def _wrong(
    key: str, operation: str, change: Change, looks_like: str, look_at: str, checks: tuple[str, ...] = ()
) -> Iterator[Mistake]:
    """The mistake in the named operation, once for each way in which -x may be made."""
    for negation in (lambda names, x: names["Tensor"](-x.data), *_NEGATIONS[operation]):
        names = framework(("02-tensor-arithmetic",), change, method("__neg__", negation))
        operators = ("operators",) if key in _UNSIGNED else n02_operators.SHORT
        yield Mistake(
            key, looks_like, f"{operation}: {look_at}", names=names, checks=checks or (*_CHECKS[operation], *operators)
        )


# Relations between one result and what is due: found by the numbers of a whole check too, where there are several.
_RELATED: dict[str, Callable[..., Any]] = {
    "half": lambda result, *_: 0.5 * result,
    "doubled": lambda result, *_: 2.0 * result,
    "absolute": lambda result, *_: np.abs(result),
    "truncated": lambda result, *_: np.trunc(result),
}


def _results(operation: str) -> Iterator[tuple[str, Change, str, str]]:
    """Mistakes that any operation may have in what becomes of its result."""

    def remade(function: Callable[..., Any]) -> Change:
        return alters(
            operation, lambda names, result, *operands: names["Tensor"](function(result.data, *map(array, operands)))
        )

    words = "what comes back is NumPy's array and not a Tensor", "what is made of the array before it is returned?"
    yield "not-a-tensor", alters(operation, lambda names, result, *operands: result.data), *words
    words = "an axis of length 1 is lost from the result", "is there a squeeze or a reshape?"
    yield "squeezed", remade(lambda result, *_: np.squeeze(result)), *words
    words = "the result is flattened to one axis", "is there a ravel, a flatten or a reshape?"
    yield "flattened", remade(lambda result, *_: np.ravel(result)), *words
    words = "the result is pressed into the shape of one operand", "which shape has the result of such a pair?"
    yield "shape-of-operand", remade(lambda result, left, right: np.resize(result, np.shape(left))), *words
    yield "shape-of-operand", remade(lambda result, left, right: np.resize(result, np.shape(right))), *words
    words = "one operand comes back, and the other does not reach the result", "where does each of the two come in?"
    for sign in (1.0, -1.0):
        yield "operand-ignored", remade(lambda result, left, right, sign=sign: sign * left), *words
        yield "operand-ignored", remade(lambda result, left, right, sign=sign: sign * right), *words
        yield "operand-ignored", remade(lambda result, left, right, sign=sign: 0.0 * result + sign * left), *words
        yield "operand-ignored", remade(lambda result, left, right, sign=sign: 0.0 * result + sign * right), *words
    for key, function in _RELATED.items():
        yield key, remade(function), *relations.words_of(key)[1:]
    words = "an operand is changed by the operation", "whose data is written to?"
    for target in (0, 1):
        for in_place in (True, False):
            for same in (True, False):
                yield "operand-changed", alters(operation, _overwriting(target, in_place, same)), *words


def _overwriting(target: int, in_place: bool, same: bool) -> Callable[..., Any]:
    """The result is written into an operand's array, or in its array's place; `same`: that operand is returned.

    Where NumPy could not write it, nothing is written.
    """

    def alter(names: Names, result: Any, *operands: Any) -> Any:
        operand = operands[target]
        if not isinstance(array(operand), np.ndarray) or (in_place and operand.data.shape != result.data.shape):
            return result
        if in_place:
            operand.data[...] = result.data
        else:
            operand.data = result.data
        return operand if same else names["Tensor"](operand.data)

    return alter


def _arithmetic() -> Iterator[Mistake]:
    for wrong in (*ELEMENTWISE, *MATMUL, *POWER):
        for formula in wrong.formulas:
            change = calculates(wrong.operation, formula)
            yield from _wrong(wrong.key, wrong.operation, change, wrong.looks_like, wrong.look_at, wrong.checks)
    for operation in _NEGATIONS:
        for key, change, looks_like, look_at in _results(operation):
            yield from _wrong(key, operation, change, looks_like, look_at)


MISTAKES = (
    *n02_tensor.MISTAKES,
    *n02_operators.AMBIGUOUS,
    *_arithmetic(),
    *n02_operators.MISTAKES,
    *n02_tensor.RESHAPED,
)
