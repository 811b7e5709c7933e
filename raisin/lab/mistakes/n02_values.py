"""02-tensor-arithmetic: wrong differences and products, as functions of arrays and plain numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Wrong:
    """A mistake in one operation: its words, and formulas that make it. `checks`: only for those with such names."""

    operation: str
    key: str
    looks_like: str
    look_at: str
    formulas: tuple[Callable[[Any, Any], Any], ...]
    checks: tuple[str, ...] = ()


def _is_number(x: Any) -> bool:
    return not isinstance(x, np.ndarray)


def _batch_axes(left: Any, right: Any) -> tuple[int, ...]:
    return tuple(range(max(left.ndim, right.ndim) - 2))


def _first(stack: Any) -> Any:
    return stack[(0,) * (stack.ndim - 2)]


ELEMENTWISE = (
    Wrong(
        "subtraction",
        "minus-reversed",
        "the subtraction takes its operands the wrong way round",
        "which operand is taken from which?",
        (lambda x, y: y - x,),
    ),
    Wrong(
        "subtraction",
        "minus-absolute",
        "the difference has lost its sign",
        "may a difference be negative?",
        (lambda x, y: np.abs(x - y), lambda x, y: np.maximum(x - y, 0.0)),
    ),
    Wrong(
        "subtraction",
        "minus-number",
        "a plain number is treated as if it stood on the other side",
        "which of the two is the plain number, and where did it stand?",
        (
            lambda x, y: y - x if _is_number(x) else x - y,
            lambda x, y: y - x if _is_number(y) else x - y,
            lambda x, y: y - x if _is_number(x) or _is_number(y) else x - y,
        ),
    ),
    Wrong(
        "subtraction",
        "minus-other",
        "the operands are not subtracted: another operation stands there, or one too many",
        "what is done with the two arrays, and with the result?",
        (lambda x, y: x + y, lambda x, y: -x - y, lambda x, y: x * y, lambda x, y: x / y, lambda x, y: (x - y) ** 2),
    ),
    Wrong(
        "multiplication",
        "times-matmul",
        "rows meet columns, or every entry every other, where entry by entry is due",
        "which of NumPy's products is this?",
        (lambda x, y: x @ y, lambda x, y: np.dot(x, y), lambda x, y: np.inner(x, y), lambda x, y: np.outer(x, y)),
    ),
    Wrong(
        "multiplication",
        "times-other",
        "the operands are not multiplied: another operation stands there, or one too many",
        "what is done with the two arrays, and with the result?",
        (
            lambda x, y: x + y,
            lambda x, y: x / y,
            lambda x, y: x - y,
            lambda x, y: x**y,
            lambda x, y: (x * y) ** 2,
        ),
    ),
    Wrong(
        "multiplication",
        "times-one-operand",
        "one operand is used twice and the other not at all",
        "is each operand there once?",
        (lambda x, y: x * x, lambda x, y: y * y),
    ),
    Wrong(
        "multiplication",
        "times-summed",
        "the products are summed",
        "is there a sum, and does one belong there?",
        (
            lambda x, y: np.sum(x * y, axis=-1),
            lambda x, y: np.sum(x * y, axis=-1, keepdims=True),
            lambda x, y: np.sum(x * y, axis=0),
            lambda x, y: np.sum(x * y),
            lambda x, y: np.mean(x * y),
        ),
    ),
)

MATMUL = (
    Wrong(
        "matmul",
        "matmul-elementwise",
        "the matrices are multiplied entry by entry, all of them or some",
        "which of NumPy's products is this, and is it the same one for every shape?",
        (lambda x, y: x * y, lambda x, y: x * y if x.shape[-2] == 1 or y.shape[-1] == 1 else x @ y),
    ),
    Wrong(
        "matmul",
        "matmul-exchanged",
        "the factors are exchanged",
        "which matrix stands on the left?",
        (lambda x, y: y @ x,),
    ),
    Wrong(
        "matmul",
        "matmul-transposed",
        "the product comes out transposed, or with its axes in another order",
        "the rows of which factor, the columns of which?",
        (lambda x, y: np.swapaxes(x @ y, -1, -2), lambda x, y: (x @ y).T, lambda x, y: y.T @ x.T),
    ),
    Wrong(
        "matmul",
        "matmul-transposed-factor",
        "a factor is transposed on its way into the product",
        "write the shape under each factor",
        (
            lambda x, y: np.swapaxes(x, -1, -2) @ y,
            lambda x, y: x @ np.swapaxes(y, -1, -2),
            lambda x, y: x.T @ y,
            lambda x, y: x @ y.T,
            lambda x, y: np.inner(x, y),
        ),
    ),
    Wrong(
        "matmul",
        "matmul-batch",
        "a batch of matrices is not multiplied one by one",
        "what does NumPy's function do with the axes before the last two?",
        (
            lambda x, y: np.dot(x, y),
            lambda x, y: np.tensordot(x, y, axes=1),
            lambda x, y: _first(x) @ _first(y),
            lambda x, y: _first(x) @ y,
            lambda x, y: x @ _first(y),
            lambda x, y: (x @ y).sum(axis=_batch_axes(x, y)),
            lambda x, y: (x @ y).mean(axis=_batch_axes(x, y)),
            lambda x, y: (x @ y).reshape(-1, (x @ y).shape[-1]),
        ),
    ),
    Wrong(
        "matmul",
        "matmul-summed",
        "the product is summed once too often",
        "which axis disappears in the product, and which stay?",
        (
            lambda x, y: np.sum(x @ y, axis=-1),
            lambda x, y: np.sum(x @ y, axis=-1, keepdims=True),
            lambda x, y: np.sum(x @ y, axis=0),
            lambda x, y: np.sum(x @ y),
            lambda x, y: np.vdot(x, y),
            lambda x, y: np.sum(x * y),
        ),
    ),
    Wrong(
        "matmul",
        "matmul-mean",
        "a mean is taken over the products",
        "is anything divided by a length?",
        (lambda x, y: (x @ y) / x.shape[-1], lambda x, y: (x @ y) / x.shape[-2], lambda x, y: (x @ y) / y.shape[-1]),
    ),
)
