"""PowerNode.backward: what typical mistakes give."""

from collections.abc import Callable
from typing import Any

import torch

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.n04_nodes import UPSTREAM, formulas
from raisin.lab.mistakes.wrong import torchs_own


def _power(key: str, looks_like: str, look_at: str, *wrong: Callable[..., Any]) -> list[Mistake]:
    """Wrong gradients of the base, formulas of g, the base, and the exponent."""
    return formulas("power", key, looks_like, look_at, *(lambda g, x, n, f=f: (f(g, x, n), None) for f in wrong))


def _own(g: torch.Tensor, x: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
    return torchs_own(torch.pow, g, x, n)[0]


MISTAKES = (
    *_power(*UPSTREAM, lambda g, x, n: _own(torch.ones_like(g), x, n)),
    *_power(
        "power-nothing",
        "power hands nothing on to its base",
        "PowerNode.backward: who is told about the gradient?",
        lambda g, x, n: None,
    ),
    *_power(
        "power-factor",
        "the factor in power's derivative is missing or wrong",
        "PowerNode.backward: the derivative of x to the n has two places where n matters. What stands in front?",
        lambda g, x, n: g * x ** (n - 1),
        lambda g, x, n: g * (n - 1) * x ** (n - 1),
        lambda g, x, n: g * (n + 1) * x ** (n - 1),
        lambda g, x, n: g * 2 * x ** (n - 1),
        lambda g, x, n: g * x ** (n - 1) / n,
        lambda g, x, n: g * n**2 * x ** (n - 1),
        lambda g, x, n: _own(g, x, n) / 2,
        lambda g, x, n: 2 * _own(g, x, n),
        lambda g, x, n: -_own(g, x, n),
        lambda g, x, n: g * n.trunc() * x ** (n - 1),
        lambda g, x, n: _own(g, x, n) * g,
    ),
    *_power(
        "power-one-exponent",
        "power's derivative is that of one exponent, whatever the exponent is",
        "PowerNode.backward: where is the exponent used?",
        lambda g, x, n: g * 2 * x,
        lambda g, x, n: g * 3 * x**2,
        lambda g, x, n: g,
    ),
    *_power(
        "power-exponent",
        "the exponent in power's derivative is wrong",
        "PowerNode.backward: the derivative of x to the n has two places where n matters. What is the exponent?",
        lambda g, x, n: g * n * x**n,
        lambda g, x, n: g * n * x ** (n - 2),
        lambda g, x, n: g * n * x ** (n + 1),
        lambda g, x, n: g * n * x,
        lambda g, x, n: g * n,
        lambda g, x, n: g * n * x**2,
        lambda g, x, n: g * n * x ** (n - 1).trunc(),
        lambda g, x, n: g * n * x ** (n - 1).floor(),
        lambda g, x, n: g * n * x ** (n - 1).round(),
        lambda g, x, n: g * n * x ** (n - 1).abs(),
        lambda g, x, n: g * n * x ** (n.abs() - 1),
        lambda g, x, n: g * n.trunc() * x ** (n.trunc() - 1),
        lambda g, x, n: g * n * x ** (1 - n),
    ),
    *_power(
        "power-formula",
        "power's derivative is another function's",
        "PowerNode.backward: where do base, exponent, and what arrived stand?",
        lambda g, x, n: g * x**n,
        lambda g, x, n: g * x,
        lambda g, x, n: g * (n - 1) * x**n,
        lambda g, x, n: g * (n + 1) * x**n,
        lambda g, x, n: g * (n - 1) * x ** (n - 2),
        lambda g, x, n: g * x ** (n + 1) / (n + 1),
        lambda g, x, n: g * x**n * torch.log(x),
        lambda g, x, n: g * x**n * torch.log(n),
        lambda g, x, n: g * n ** (x - 1) * x,
        lambda g, x, n: g * (n * x) ** (n - 1),
        lambda g, x, n: n * (g * x) ** (n - 1),
        lambda g, x, n: n * g ** (n - 1),
        lambda g, x, n: n * g ** (n - 1) * x,
        lambda g, x, n: n * x ** (n - 1) + g,
        lambda g, x, n: g * n * (x**n - 1),
        lambda g, x, n: g * n * x**n - 1,
        lambda g, x, n: g * (n * x ** (n - 1) - 1),
        lambda g, x, n: (g * n * x) ** (n - 1),
        lambda g, x, n: g * x**n * torch.log(x.abs()),
        lambda g, x, n: x**n,
        lambda g, x, n: n * x,
        lambda g, x, n: 2 * x,
    ),
    *_power(
        "power-divides",
        "power's derivative is divided by the base, and goes wrong where the base is 0",
        "PowerNode.backward: what happens where the base is 0?",
        lambda g, x, n: g * n * x**n / x,
        lambda g, x, n: torch.where(x == 0, torch.zeros_like(g), _own(g, x, n)),
    ),
)

# Tried before a sign that is wrong in general.
NEGATIVE = (
    *_power(
        "power-negative",
        "the sign of a base or of an exponent is lost in power's derivative",
        "PowerNode.backward: does anything take an absolute value?",
        lambda g, x, n: _own(g, x, n) * torch.sign(n),
        lambda g, x, n: _own(g, x.abs(), n),
        lambda g, x, n: _own(g, x, n) * torch.sign(x),
    ),
)
