"""05-sgd: what typical mistakes in momentum give."""

import operator
from typing import Any

import torch

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.n05_sgd import LENGTH, SOME, mistake
from raisin.lab.mistakes.optimizers import (
    Rule,
    all_or_none,
    latest_rate,
    sgd,
    until_none,
    usual,
    velocities,
)
from raisin.lab.mistakes.regression_forms import differing
from raisin.lab.mistakes.regression_steps import FROZEN, UPHILL
from raisin.lab.values import Plain


def _momentum(key: str, looks_like: str, look_at: str, rule: Rule = usual, **more: Any) -> Mistake:
    return mistake((key, looks_like, look_at), "momentum", Momentum=velocities(rule, **more))


def _meddled(got: Plain, due: Plain) -> bool:
    """The lone parameter of one optimizer is right, and both of the other's are not: they share something."""
    return isinstance(got, list) and len(got) == 3 and differing(got, due) == [0, 1]


_V = "Momentum.step: what is the velocity made of, and what becomes of it?"
_MOVE = "Momentum.step: by what is the parameter moved?"
_IDLE = "Momentum.step: what may happen where .grad is None?"
MOMENTA = (
    mistake(
        ("no-momentum", "the velocity is not kept: each step knows only its own gradient", _V),
        "momentum",
        Momentum=lambda params, lr, momentum: torch.optim.SGD(params, lr=lr),
    ),
    mistake(FROZEN, "momentum", Momentum=sgd(chosen=lambda params: [])),
    mistake(UPHILL, "momentum", Momentum=sgd(maximize=True)),
    *(
        mistake(
            (
                "settings-shared",
                "two optimizers share a setting: the one that was made last decides for both",
                "__init__: is it kept in this object, or in the class?",
            ),
            "momentum",
            Momentum=latest_rate(momentum_too, rate_too),
        )
        for momentum_too, rate_too in ((True, False), (False, True), (True, True))
    ),
    *(
        mistake(
            ("momentum-fixed", "momentum has always the same value", "Momentum.__init__: where does mu come from?"),
            "momentum",
            Momentum=sgd(momentum=mu),
        )
        for mu in (0.9, 0.5, 0.99, 0.95)
    ),
    mistake(
        ("no-fading", "the velocity never fades: old gradients count in full", _V),
        "momentum",
        Momentum=sgd(momentum=1.0),
    ),
    mistake(
        ("dampening", "the new gradient enters the velocity only in part", _V),
        "momentum",
        Momentum=lambda params, lr, momentum: torch.optim.SGD(params, lr=lr, momentum=momentum, dampening=momentum),
    ),
    _momentum(
        "dampening",
        "the new gradient enters the velocity only in part",
        _V,
        lambda v, g, lr, mu: (mu * v + (1 - mu) * g, lr * (mu * v + (1 - mu) * g)),
    ),
    mistake(
        ("nesterov", "the move looks one step ahead: momentum enters it once more", _MOVE),
        "momentum",
        Momentum=lambda params, lr, momentum: torch.optim.SGD(params, lr=lr, momentum=momentum, nesterov=True),
    ),
    _momentum(
        "lr-twice",
        "lr enters the move twice",
        LENGTH.replace("SGD", "Momentum"),
        lambda v, g, lr, mu: (mu * v + lr * g, lr * (mu * v + lr * g)),
    ),
    _momentum("lr-unused", "lr does not enter the move", _MOVE, lambda v, g, lr, mu: (mu * v + g, mu * v + g)),
    _momentum(
        "lr-misplaced",
        "lr enters what is kept from the old velocity",
        _V,
        lambda v, g, lr, mu: (lr * (mu * v + g), lr * (mu * v + g)),
    ),
    _momentum(
        "lr-misplaced",
        "lr enters what is kept from the old velocity",
        _V,
        lambda v, g, lr, mu: (lr * (mu * v + g), lr**2 * (mu * v + g)),
    ),
    _momentum(
        "lr-misplaced",
        "lr does not multiply all of the move",
        _MOVE,
        lambda v, g, lr, mu: (mu * v + g, mu * v + lr * g),
    ),
    _momentum(
        "velocity-sign",
        "the old velocity enters with the wrong sign",
        _V,
        lambda v, g, lr, mu: (g - mu * v, lr * (g - mu * v)),
    ),
    _momentum(
        "mu-misplaced",
        "momentum multiplies the new gradient",
        _V,
        lambda v, g, lr, mu: (mu * (v + g), lr * mu * (v + g)),
    ),
    _momentum(
        "mu-misplaced",
        "momentum multiplies the new gradient",
        _V,
        lambda v, g, lr, mu: (v + mu * g, lr * (v + mu * g)),
    ),
    _momentum(
        "mu-misplaced",
        "momentum multiplies the new gradient",
        _V,
        lambda v, g, lr, mu: ((1 - mu) * v + mu * g, lr * ((1 - mu) * v + mu * g)),
    ),
    _momentum("mu-misplaced", "momentum multiplies the new gradient", _V, lambda v, g, lr, mu: (mu * g, lr * mu * g)),
    _momentum(
        "mu-misplaced",
        "momentum multiplies the move",
        _MOVE,
        lambda v, g, lr, mu: (mu * v + g, lr * mu * (mu * v + g)),
    ),
    _momentum(
        "late", "the move uses the velocity of the step before", _MOVE, lambda v, g, lr, mu: (mu * v + g, lr * v)
    ),
    _momentum(
        "gradient-twice",
        "the new gradient moves the parameter twice",
        _MOVE,
        lambda v, g, lr, mu: (mu * v + g, lr * (mu * v + 2 * g)),
    ),
    _momentum(
        "gradient-twice",
        "the first gradient enters the velocity twice",
        "Momentum: what is the velocity before the first step?",
        first=lambda g: g,
    ),
    _momentum(
        "wrong-power",
        "momentum enters twice",
        _V,
        lambda v, g, lr, mu: (mu**2 * v + g, lr * (mu**2 * v + g)),
    ),
    _momentum(
        "settings-exchanged",
        "lr and momentum stand in each other's place",
        "__init__: which is which?",
        lambda v, g, lr, mu: (lr * v + g, mu * (lr * v + g)),
    ),
    _momentum("idle", "a velocity fades without a gradient", _IDLE, idle=lambda v, lr, mu: (mu * v, 0.0)),
    _momentum("idle", "a velocity is forgotten without a gradient", _IDLE, idle=lambda v, lr, mu: (0 * v, 0.0)),
    _momentum("idle", "a parameter moves without a gradient", _IDLE, idle=lambda v, lr, mu: (mu * v, lr * mu * v)),
    _momentum("idle", "a parameter moves without a gradient", _IDLE, idle=lambda v, lr, mu: (v, lr * v)),
    *(
        _momentum(*SOME[:2], "Momentum.step: which ones does it reach?", chosen=operator.itemgetter(part))
        for part in (slice(1), slice(-1, None))
    ),
    _momentum(*SOME[:2], "Momentum.step: what follows one without a gradient?", chosen=until_none),
    _momentum(*SOME[:2], "Momentum.step: what if one has no gradient?", chosen=all_or_none),
    Mistake(
        "velocity-shared",
        "the parameters of an optimizer share something that each needs for itself",
        "Momentum.__init__: how many velocities are there, and whose are they?",
        shows=_meddled,
        checks=("momentum",),
    ),
)
