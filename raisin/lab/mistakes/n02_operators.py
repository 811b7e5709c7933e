"""02-tensor-arithmetic: operators that call another operation than theirs, or the right one with other operands."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.frameworks import framework, method
from raisin.lab.values import Plain

# The operators' checks, but for the long expression, where one wrong sign is like another.
SHORT = ("operators: x - y", "operators: the squared error", "operators: whole numbers")
_CALLED = ("addition", "subtraction", "multiplication", "matmul", "power")
_SIGNS = {"__sub__": "x - y", "__mul__": "x * y", "__matmul__": "x @ y", "__pow__": "x ** n"}
_REFLECTED = {"__rsub__": "number - x", "__rmul__": "number * x"}
_OWN = {"sub": "subtraction", "mul": "multiplication", "matmul": "matmul", "pow": "power"}


def _calls(operation: str, swapped: bool) -> Callable[..., Any]:
    if swapped:
        return lambda names, self, other: names[operation](other, self)
    return lambda names, self, other: names[operation](self, other)


def _operators() -> Iterator[Mistake]:
    """Every operator with the operands exchanged, and with every other operation in its place."""
    for name, sign in {**_SIGNS, **_REFLECTED}.items():
        own, reflected = _OWN[name.strip("_").removeprefix("r")], name in _REFLECTED
        if own != "multiplication":
            yield _mistake(
                "operator-exchanged",
                f"{sign} has its operands exchanged",
                f"{name}: which of the two stands on the left?",
                name,
                (lambda names, x, n: names["Tensor"](np.asarray(n) ** x.data))
                if own == "power"
                else _calls(own, not reflected),
            )
        for other in _CALLED:
            for swapped in (True, False) if other != own else ():
                yield _mistake(
                    "operator-other",
                    f"{sign} calls another operation than its own",
                    f"{name}: which function does it call?",
                    name,
                    _calls(other, swapped),
                )


def _mistake(
    key: str, looks_like: str, look_at: str, name: str, function: Callable[..., Any], checks: tuple[str, ...] = SHORT
) -> Mistake:
    names = framework(("02-tensor-arithmetic",), method(name, function))
    return Mistake(key, looks_like, look_at, names=names, checks=checks)


def _negated_in_place(names: Any, x: Any) -> Any:
    x.data *= -1.0
    return x


def _negated_afterwards(names: Any, x: Any) -> Any:
    x.data = -x.data
    return x


def _negated_shared(names: Any, x: Any) -> Any:
    x.data *= -1.0
    return names["Tensor"](x.data)


def _table_of_rows(got: Plain, due: Plain) -> bool:
    """(n, n) where (n, 1) is due."""
    return (
        isinstance(got, np.ndarray)
        and isinstance(due, np.ndarray)
        and due.shape[1:] == (1,)
        and got.shape == (len(due), len(due)) != due.shape
    )


# Different mistakes that give the same numbers in one check: named together.
AMBIGUOUS = (
    Mistake(
        "row-meets-column",
        "a row met a column, and NumPy made a table of them",
        "the shapes of X @ w and of y: was an axis lost, or the product transposed?",
        shows=_table_of_rows,
        checks=("operators: the squared error",),
    ),
    _mistake(
        "minus-lost",
        "a minus is lost: the one between two tensors, or the one in front of a tensor",
        "subtraction and __neg__: where does the minus come in?",
        "__neg__",
        lambda names, x: x,
        ("operators: a long expression",),
    ),
    _mistake(
        "no-minus",
        "-x has not the other sign",
        "__neg__: what does it give for 2.0?",
        "__neg__",
        lambda names, x: x,
        ("operators: whole numbers",),
    ),
    _mistake(
        "difference-sign",
        "a difference has lost its minus, or the sign of a tensor minus a number is turned round",
        "subtraction and __sub__: may a difference be negative, and which operand is taken from which?",
        "__sub__",
        _calls("subtraction", swapped=True),
        ("operators: whole numbers",),
    ),
    _mistake(
        "turned-round",
        "2.0 - x is turned round, or -z changes z itself",
        "__rsub__: which operand is the number? __neg__: whose data is written to?",
        "__neg__",
        _negated_in_place,
        ("operators: a long expression",),
    ),
)

_LOST = "-x gives back x", "__neg__: where does the minus come in?"
_CHANGED = "-x changes x itself", "__neg__: whose data is written to?"
_OTHER = "-x is another function of x than its negative", "__neg__: which number does it give for 2.0?"
_ARRAY = "-x gives NumPy's array and not a Tensor", "__neg__: what is returned?"
_LEFT_OUT = "an operator leaves out one of its operands", "do both reach the operation that is called?"

MISTAKES = (
    _mistake("negation-lost", *_LOST, "__neg__", lambda names, x: x),
    _mistake("negation-changes", *_CHANGED, "__neg__", _negated_in_place),
    _mistake("negation-changes", *_CHANGED, "__neg__", _negated_afterwards),
    _mistake("negation-changes", *_CHANGED, "__neg__", _negated_shared),
    *(
        _mistake("negation-other", *_OTHER, "__neg__", lambda names, x, f=f: names["Tensor"](f(x.data)))
        for f in (np.abs, lambda a: 1.0 - a, lambda a: 1.0 / a, lambda a: -np.abs(a), lambda a: a - 1.0, np.zeros_like)
    ),
    _mistake("negation-array", *_ARRAY, "__neg__", lambda names, x: -x.data, ("operators",)),
    *_operators(),
    *(
        _mistake("operator-operand", *_LEFT_OUT, name, function)
        for name in ("__sub__", "__rsub__", "__mul__", "__rmul__", "__matmul__", "__pow__")
        for function in (
            lambda names, x, other: names["Tensor"](x.data + 0.0),
            lambda names, x, other: names["Tensor"](-x.data),
            lambda names, x, other: names["multiplication"](x, x),
            lambda names, x, other: names["subtraction"](x, x),
        )
    ),
)
