"""05-sgd: what typical mistakes in SGD give."""

import operator
from collections.abc import Callable
from typing import Any

import torch

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.optimizers import (
    Optimizer,
    all_or_none,
    by_hand,
    latest_rate,
    sgd,
    until_none,
)
from raisin.lab.mistakes.paper import absent, always, times
from raisin.lab.mistakes.regression_forms import differing, lost_flag
from raisin.lab.mistakes.regression_steps import FROZEN, RATE, UPHILL, VELOCITY, Words
from raisin.lab.values import Plain

# What the student writes beside SGD: none of it takes part when a mistake is tried.
OWN = ("train_step", "train_regression", "relative_difference", "Momentum")
WITHOUT = dict.fromkeys(OWN, absent)
_STEP = "SGD.step: what is computed from a parameter's numbers, its gradient and lr?"
LENGTH = "SGD.step: how often does each factor enter?"


def mistake(words: Words, *checks: str, **names: Any) -> Mistake:
    return Mistake(*words, names={**WITHOUT, **names}, checks=checks)


def _sgd(words: Words, wrong: Optimizer, *checks: str) -> Mistake:
    return mistake(words, *(checks or ("SGD:", "train_")), SGD=wrong, train_step=by_hand)


def _used(words: Words, gradient: Callable[[torch.Tensor, torch.Tensor, float], Any]) -> Mistake:
    return _sgd(words, sgd(gradient=gradient), "SGD:")


_AVERAGED: Words = (
    "gradient-averaged",
    "the gradient is averaged, or divided by a number of rows or entries",
    "SGD.step: where is there a mean, and what is it taken of?",
)
_DROPPED: Words = ("start-dropped", "the old numbers of a parameter get lost in the step", _STEP)
_OTHER_GRADIENT: Words = ("other-gradient", "not the gradient itself is used in the step", _STEP)
SOME: Words = ("not-all", "only some of the parameters move", "SGD.step: which parameters does it reach?")


def _averaged(gradient: Callable[[torch.Tensor, torch.Tensor, float], Any]) -> Mistake:
    return _sgd(_AVERAGED, sgd(gradient=gradient), *_SHAPES)


# Where parameters of several shapes tell a factor from a number of rows or entries.
_SHAPES = ("from a generator", "SGD: two", "SGD: ten")
# Where lr is not a tenth, whose square, say, would pass for a hundredth.
_NO_TENTH = ("from a generator", "SGD: ten steps")

RULES = (
    _sgd(FROZEN, sgd(chosen=lambda params: [])),
    _sgd(UPHILL, sgd(maximize=True)),
    _sgd(("lr-unused", "lr does not enter: the whole gradient is taken", LENGTH), sgd(rate=lambda lr: 1.0), *_NO_TENTH),
    _sgd(("lr-twice", "lr enters twice", LENGTH), sgd(rate=lambda lr: lr**2), *_NO_TENTH),
    _sgd(("lr-divides", "the gradient is divided by lr", LENGTH), sgd(rate=lambda lr: 1 / lr), *_NO_TENTH),
    _sgd(("double-move", "each move is twice as long as due", LENGTH), sgd(rate=lambda lr: 2 * lr)),
    _sgd(("half-move", "each move is half as long as due", LENGTH), sgd(rate=lambda lr: lr / 2), *_SHAPES, "train_"),
    *(
        _sgd(RATE, sgd(rate=always(rate)), *_SHAPES, "train_")
        for rate in (1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0001)
    ),
    *(_sgd(RATE, sgd(rate=times(by)), *_SHAPES, "train_") for by in (3, 10, 100, 0.1, 0.01)),
    _sgd(RATE, sgd(rate=lambda lr: lr**0.5), *_SHAPES, "train_"),
    _sgd(
        ("lr-fades", "the steps become shorter and shorter", "SGD.step: does something change from step to step?"),
        sgd(fading=lambda steps: 1 / (steps + 1)),
    ),
    _sgd(
        ("lr-fades", "the steps become shorter and shorter", "SGD.step: does something change from step to step?"),
        sgd(fading=lambda steps: 0.9**steps),
    ),
    *(
        _sgd(
            VELOCITY,
            sgd(momentum=mu),
            "SGD:",
        )
        for mu in (1.0, 0.9)
    ),
    *(_sgd(SOME, sgd(chosen=operator.itemgetter(part)), "SGD:") for part in (slice(1), slice(-1, None))),
    _sgd(
        (
            "none-stops",
            "a parameter without a gradient keeps others from moving",
            "SGD.step: what happens to the parameters behind one whose .grad is None?",
        ),
        sgd(chosen=until_none),
    ),
    _sgd(
        (
            "none-stops",
            "a parameter without a gradient keeps others from moving",
            "SGD.step: what happens to the others when one .grad is None?",
        ),
        sgd(chosen=all_or_none),
    ),
    *(
        _sgd(
            (
                "step-empties",
                "the gradient is gone after the step, or spoilt: a second step with it leads elsewhere",
                "SGD.step: which attributes of a parameter does it change?",
            ),
            sgd(left=left),
            "SGD:",
        )
        for left in (lambda g, lr: None, lambda g, lr: lr * g, lambda g, lr: -lr * g, lambda g, lr: -g)
    ),
    _sgd(
        (
            "settings-shared",
            "two optimizers share a setting: the one that was made last decides for both",
            "__init__: is it kept in this object, or in the class?",
        ),
        latest_rate(),
    ),
    _averaged(lambda p, g, lr: g / len(g)),
    _averaged(lambda p, g, lr: g / g.numel()),
    _averaged(lambda p, g, lr: g / g.shape[-1]),
    _averaged(lambda p, g, lr: g.mean()),
    _averaged(lambda p, g, lr: g.mean(0)),
    _used(("gradient-summed", "the entries of a gradient are added up", _STEP), lambda p, g, lr: g.sum()),
    _used(("gradient-summed", "the rows of a gradient are added up", _STEP), lambda p, g, lr: g.sum(0)),
    _used(("gradient-unused", "only lr is subtracted, and the gradient does not enter", _STEP), lambda p, g, lr: 1.0),
    _used(("gradient-sign", "only the sign of the gradient counts", _STEP), lambda p, g, lr: g.sign()),
    _used(("gradient-sign", "the sign of the gradient gets lost", _STEP), lambda p, g, lr: g.abs()),
    _used(_OTHER_GRADIENT, lambda p, g, lr: g**2),
    _used(_OTHER_GRADIENT, lambda p, g, lr: g / g.norm()),
    _used(_OTHER_GRADIENT, lambda p, g, lr: g.clamp(-1, 1)),
    _used(_OTHER_GRADIENT, lambda p, g, lr: g * p),
    _used(_OTHER_GRADIENT, lambda p, g, lr: p),
    _used(_DROPPED, lambda p, g, lr: p / lr + g),
    _used(_DROPPED, lambda p, g, lr: p / lr - g),
    _used(_DROPPED, lambda p, g, lr: (p - g) / lr),
    _used(_DROPPED, lambda p, g, lr: (p + g) / lr),
    _used(("lr-misplaced", "lr multiplies the old numbers, too", _STEP), lambda p, g, lr: p / lr - p + g),
    _used(("lr-misplaced", "lr multiplies the old numbers", _STEP), lambda p, g, lr: p / lr - p + g / lr),
    _used(("lr-misplaced", "lr is subtracted, and not a factor", _STEP), lambda p, g, lr: 1 + g / lr),
    _used(("lr-misplaced", "lr is added, and not a factor", _STEP), lambda p, g, lr: g / lr - 1),
)


def _first_value(place: int) -> Callable[[Plain, Plain], bool]:
    """At this place a flag got lost, and what differs beside it are numbers at most."""
    lost = lost_flag(place)
    return lambda got, due: lost(got, due) and set(differing(got, due)) <= {place, 3}


SGD_FORMS = (
    Mistake(
        "type-changed",
        "the step changes the type of .data",
        "SGD.step: which dtype has the result of its formula?",
        shows=_first_value(1),
        checks=("SGD: shapes",),
    ),
    Mistake(
        "flag-lost",
        "requires_grad of a parameter is False after the step",
        "is it lost in the step, or was it never there?",
        shows=_first_value(2),
        checks=("SGD: shapes",),
    ),
)
