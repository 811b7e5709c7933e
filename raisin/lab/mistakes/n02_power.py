"""02-tensor-arithmetic: wrong powers, as functions of an array and an exponent."""

from collections.abc import Callable
from typing import Any

import numpy as np

from raisin.lab.mistakes.n02_values import Wrong


def _repeated(start: Callable[[Any], Any], times: Callable[[Any], int]) -> Callable[[Any, Any], Any]:
    """A product of `start` and as many factors more."""

    def formula(base: Any, exponent: Any) -> Any:
        result = start(base)
        for _ in range(times(exponent)):
            result = result * base
        return result

    return formula


def _squared_again(base: Any, exponent: Any) -> Any:
    for _ in range(int(exponent) - 1):
        base = base * base
    return base


POWER = (
    Wrong(  # where one exponent is tried only, nobody can tell a fixed one from a miscounted one
        "power",
        "power-exponent",
        "another exponent is used than the one that was given",
        "where does the given exponent come in, and how many factors has a third power?",
        (
            lambda x, n: x**2,
            lambda x, n: x**3,
            lambda x, n: x**4,
            lambda x, n: x**1,
            lambda x, n: x**0,
            lambda x, n: x**0.5,
        ),
        checks=("operators", "NumPy's integer"),
    ),
    Wrong(
        "power",
        "power-product",
        "base and exponent are multiplied",
        "which of Python's operators is this?",
        (lambda x, n: x * n,),
    ),
    Wrong(
        "power",
        "power-exchanged",
        "base and exponent are exchanged",
        "which of the two is raised, and to which?",
        (lambda x, n: np.asarray(n) ** x,),
    ),
    Wrong(
        "power",
        "power-whole-positive",
        "exponents like 0, -1 and 0.5 are taken for others",
        "which result do exponents get that are not whole positive numbers?",
        (
            _repeated(lambda x: x, lambda n: int(n) - 1),
            _repeated(np.ones_like, int),
            _repeated(lambda x: 1.0, int),
            _repeated(np.ones_like, lambda n: abs(int(n))),
            _repeated(np.ones_like, round),
            lambda x, n: x ** int(n),
            lambda x, n: x ** round(n),
            lambda x, n: x ** np.floor(n),
            lambda x, n: x ** max(n, 0),
            lambda x, n: x ** max(n, 1),
            lambda x, n: x if n == 0 else x**n,
            lambda x, n: 0.0 * x if n == 0 else x**n,
        ),
    ),
    Wrong(
        "power",
        "power-off-by-one",
        "there is one factor too many, or one too few",
        "how many factors has a third power, and with which one does the loop begin?",
        (
            lambda x, n: x ** (n + 1),
            lambda x, n: x ** (n - 1),
            _repeated(lambda x: x, int),
            _repeated(lambda x: x, lambda n: int(n) - 2),
            _repeated(np.ones_like, lambda n: int(n) - 1),
            _repeated(lambda x: 1.0, lambda n: int(n) - 1),
            _repeated(np.ones_like, lambda n: int(n) + 1),
        ),
    ),
    Wrong(
        "power",
        "power-fixed",
        "the exponent is the same whatever number was given",
        "where does the given exponent come in?",
        (lambda x, n: x**2, lambda x, n: x**3, lambda x, n: np.sqrt(x)),
    ),
    Wrong(
        "power",
        "power-minus",
        "the sign of the exponent is lost or turned round",
        "what does an exponent below 0 stand for?",
        (lambda x, n: x ** abs(n), lambda x, n: x**-n, lambda x, n: -(x ** abs(n)) if n < 0 else x**n),
    ),
    Wrong(
        "power",
        "power-absolute",
        "the sign of the base is lost, or kept where it should not be",
        "which sign has an odd power of a negative number, and which an even one?",
        (
            lambda x, n: np.abs(x) ** n,
            lambda x, n: np.abs(x**n),
            lambda x, n: np.sign(x) * np.abs(x) ** n,
            lambda x, n: -(x**n),
        ),
    ),
    Wrong(
        "power",
        "power-logarithm",
        "the power is computed by way of the logarithm",
        "which numbers have no logarithm?",
        (lambda x, n: np.exp(n * np.log(x)),),
    ),
    Wrong(
        "power",
        "power-squared-again",
        "the result so far is multiplied by itself again and again",
        "by what is the result multiplied in every round?",
        (_squared_again, lambda x, n: (x**n) ** 2, lambda x, n: (x**n) ** n),
    ),
    Wrong(
        "power",
        "power-other",
        "base and exponent meet in another operation",
        "which of Python's operators, or of NumPy's functions, is this?",
        (
            lambda x, n: x ** (1.0 / n),
            lambda x, n: x + n,
            lambda x, n: x / n,
            lambda x, n: np.exp(x * n),
            lambda x, n: np.exp(x) ** n,
            lambda x, n: n * x ** (n - 1),
            lambda x, n: n * x**n,
            lambda x, n: np.sum(x**n),
            lambda x, n: np.mean(x**n),
        ),
    ),
)
