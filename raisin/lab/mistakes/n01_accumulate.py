"""01-torch-regression: what typical mistakes in the path without `zero_grad` give."""

from collections.abc import Callable
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.paper import Array, absent

# What the student writes: none of it takes part when a mistake is tried.
OWN = ("make_parameters", "predict", "squared_error", "train_step", "train_regression", "without_zero_grad")
WITHOUT = dict.fromkeys(OWN, absent)


def mistake(key: str, looks_like: str, look_at: str, *checks: str, **names: Any) -> Mistake:
    return Mistake(key, looks_like, look_at, names={**WITHOUT, **names}, checks=checks)


def _path(key: str, looks_like: str, look_at: str, path: Callable[[Array, Array, float], Any]) -> Mistake:
    return mistake(key, looks_like, look_at, "without zero_grad", without_zero_grad=path)


def _sums(gradients: Array, *axes: int) -> Array:
    for axis in axes:
        gradients = np.cumsum(gradients, axis=axis)
    return gradients


def _summed_along(axes: tuple[int, ...]) -> Callable[[Array, Array, float], Any]:
    return lambda w, g, lr: w - lr * _sums(g, *axes)


def _counts(gradients: Array) -> Array:
    return np.arange(1, len(gradients) + 1)[:, None]


def _flat(gradients: Array) -> Array:
    return np.cumsum(gradients).reshape(gradients.shape)


_STEP_2 = "what does .grad hold in step 2, and where does step 2 begin?"
_ONE_SUM = "one thing adds up from step to step, where two do"
_AXIS = "something adds up along the features, and not from step to step"
PATHS = (
    _path("one-sum", _ONE_SUM, _STEP_2, lambda w, g, lr: w - lr * _sums(g, 0)),
    _path("no-sum", "nothing adds up from step to step", _STEP_2, lambda w, g, lr: w - lr * g),
    _path("three-sums", "something adds up once too often", _STEP_2, lambda w, g, lr: w - lr * _sums(g, 0, 0, 0)),
    *(
        _path("wrong-axis", _AXIS, "which axis counts the steps?", _summed_along(axes))
        for axes in ((1,), (1, 0), (1, 1), (0, 1))
    ),
    _path("wrong-axis", _AXIS, "which axis counts the steps?", lambda w, g, lr: w - lr * _sums(_flat(g), 0)),
    _path("wrong-axis", _AXIS, "which axis counts the steps?", lambda w, g, lr: w - lr * _flat(_flat(g))),
    _path("wrong-axis", _AXIS, "which axis counts the steps?", lambda w, g, lr: w - lr * _flat(_sums(g, 0))),
    _path("uphill", "the path goes uphill", "the direction of a step", lambda w, g, lr: w + lr * _sums(g, 0, 0)),
    _path("uphill", "the path goes uphill", "the direction of a step", lambda w, g, lr: w + lr * _sums(g, 0)),
    _path("no-start", "the start is missing", "where does step 1 begin?", lambda w, g, lr: -lr * _sums(g, 0, 0)),
    _path("no-start", "the start is missing", "where does step 1 begin?", lambda w, g, lr: -lr * _sums(g, 0)),
    _path("moves-only", "only the moves came back", "where does a move lead?", lambda w, g, lr: lr * _sums(g, 0, 0)),
    _path("other-lr", "lr does not enter", "how long is a step?", lambda w, g, lr: w - _sums(g, 0, 0)),
    _path(
        "other-lr", "lr enters twice", "how often does lr enter a step?", lambda w, g, lr: w - lr**2 * _sums(g, 0, 0)
    ),
    _path(
        "other-lr", "lr enters at the start, too", "what does lr multiply?", lambda w, g, lr: lr * (w - _sums(g, 0, 0))
    ),
    _path(
        "late",
        "each step uses the gradients before its own",
        _STEP_2,
        lambda w, g, lr: w - lr * _sums(_sums(g, 0) - g, 0),
    ),
    _path(
        "shifted",
        "the path begins with the start, and a step is missing at the end",
        "which is the first place that is due?",
        lambda w, g, lr: np.vstack([w, (w - lr * _sums(g, 0, 0))[:-1]]),
    ),
    _path(
        "shifted",
        "the path has the start in it",
        "which is the first place that is due?",
        lambda w, g, lr: np.vstack([w, w - lr * _sums(g, 0, 0)]),
    ),
    _path(
        "end-only", "only the end came back", "a place is due for each step", lambda w, g, lr: w - lr * sum(_sums(g, 0))
    ),
    _path(
        "end-only", "only the end came back", "a place is due for each step", lambda w, g, lr: w - lr * g.sum(axis=0)
    ),
    _path(
        "averaged",
        "the gradients are averaged, and not added up",
        "what does backward do with what is in .grad?",
        lambda w, g, lr: w - lr * _sums(_sums(g, 0) / _counts(g), 0),
    ),
    _path("averaged", "a mean is taken", _STEP_2, lambda w, g, lr: w - lr * _sums(g, 0) / _counts(g)),
    _path("averaged", "a mean is taken", _STEP_2, lambda w, g, lr: w - lr * _sums(g, 0, 0) / _counts(g)),
    _path(
        "multiplied",
        "a gradient is multiplied by the number of the step",
        "which steps use the gradient of step 1, and how often each?",
        lambda w, g, lr: w - lr * _sums(_counts(g) * g, 0),
    ),
    _path(
        "multiplied",
        "a gradient is multiplied by the number of the step",
        "which steps use the gradient of step 1, and how often each?",
        lambda w, g, lr: w - lr * _counts(g) * g,
    ),
    _path(
        "multiplied",
        "what .grad holds is multiplied by the number of the step",
        "did it hold the same in the steps before?",
        lambda w, g, lr: w - lr * _counts(g) * _sums(g, 0),
    ),
    _path(
        "reversed",
        "the gradients come in the reverse order",
        "which row belongs to step 1?",
        lambda w, g, lr: w - lr * _sums(g[::-1], 0, 0),
    ),
)
