"""01-torch-regression: what typical mistakes in the parameters, the plane, the error and the training give."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from raisin.lab import values
from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.n01_accumulate import PATHS, WITHOUT, mistake
from raisin.lab.mistakes.paper import Array, Entrywise, Step, standing, step
from raisin.lab.mistakes.regression_forms import FORMS, LOSSES_FACTOR, LOSSES_LENGTH, differing, only, shuffle
from raisin.lab.mistakes.regression_steps import STEPS
from raisin.lab.mistakes.regression_trainings import LENGTH, TRAININGS, checked
from raisin.lab.values import Plain


def _unrecorded(*starts: Array) -> list[torch.Tensor]:
    return [torch.tensor(start) for start in starts]


def _by(taken: Step) -> dict[str, Any]:
    """What the checks of a step meet when this one is in its place: on paper, or between torch's parameters."""
    return {"pencil_step": taken, "train_step": standing(taken), "make_parameters": _unrecorded}


def _parameters(*places: int) -> Callable[[Plain, Plain], bool]:
    """Parameters whose values came over, but at these places something else is than is due."""

    def shows(got: Plain, due: Plain) -> bool:
        found = set(differing(got, due)) if isinstance(got, list) else set()
        near = all(values.differ(g, d, float32=True) is None for g, d in zip(got[:2], due[:2], strict=True))  # type: ignore[index]
        return near and bool(found - {0, 1}) and found - {0, 1} <= set(places)

    return shows


def _shared(got: Plain, due: Plain) -> bool:
    """The arrays show the very changes that the check made to the parameters: w by 1 and b by -1."""
    found = differing(got, due)
    pairs = zip(got, due, (1.0, -1.0), strict=False)  # type: ignore[arg-type]  # sequences, as `differing` knows
    return set(found) <= {0, 1} and all(
        values.differ(g, d) is None or values.differ(g, d + change) is None for g, d, change in pairs
    )


_PARAMETERS = (
    Mistake(
        "not-recorded",
        "torch does not record what is computed with w, or with b",
        "make_parameters: both, and the flag of each",
        shows=_parameters(4, 5),
        checks=("parameters: values",),
    ),
    Mistake(
        "float32",
        "the parameters have another type than the arrays: numbers got lost",
        "make_parameters: which dtype has each tensor?",
        shows=_parameters(2, 3),
        checks=("parameters: values",),
    ),
    Mistake(
        "shared-memory",
        "the parameters share memory with the arrays they were made from",
        "make_parameters: what is copied, and what is only looked at?",
        shows=_shared,
        checks=("parameters: the arrays",),
    ),
    Mistake(
        "no-leaf",
        "a parameter is the result of an operation: torch leaves no gradient there",
        "make_parameters: what was done last to w, or to b?",
        shows=only(2, 3),
        checks=("parameters: the arrays",),
    ),
    Mistake(
        "arrays-changed",
        "the arrays that training was given are others afterwards",
        "is memory shared, or an array changed in place?",
        shows=only(0, 1),
        checks=("train_regression: X and y",),
    ),
    Mistake(*LENGTH, shows=only(2), checks=("train_regression: X and y",)),
)

_PLANE = "predict: at each row, what is multiplied, what is added up, and what is added to that?"


# Where a single loss cannot tell: it has many causes.
_MOVED = ("train_step: two", "train_step: six", "train_regression: one", "train_regression: three")


def _plane(key: str, looks_like: str, of: Callable[..., torch.Tensor], **parts: Any) -> Mistake:
    names = _by(step(**parts)) if parts else {}
    return mistake(key, looks_like, _PLANE, "predict", *_MOVED, predict=of, **names)


_PLANES = (
    _plane("no-bias", "the bias is missing", lambda x, w, b: x @ w, bias=0.0),
    _plane("bias-sign", "the bias is subtracted", lambda x, w, b: x @ w - b, bias=-1.0),
    _plane("bias-count", "the bias is counted twice", lambda x, w, b: x @ w + 2 * b, bias=2.0),
    _plane("bias-count", "a part of the bias is added to each row", lambda x, w, b: x @ w + b / len(x)),
    _plane("bias-count", "the bias is multiplied by the number of rows", lambda x, w, b: x @ w + b * len(x)),
    _plane("bias-count", "the bias is multiplied by the number of features", lambda x, w, b: x @ w + b * len(w)),
    _plane("bias-count", "the bias is added to each product", lambda x, w, b: (x * w.T + b).sum(1, keepdim=True)),
    _plane("bias-inside", "the bias is added to the weights", lambda x, w, b: x @ (w + b)),
    _plane("bias-inside", "the bias is added before the product", lambda x, w, b: (x + b) @ w),
    _plane("bias-factor", "the bias is a factor, and not added", lambda x, w, b: x @ w * b),
    _plane("weight-sign", "the product of x and w has the wrong sign", lambda x, w, b: b - x @ w, weight=-1.0),
    _plane("no-weight", "the product of x and w is missing", lambda x, w, b: 0 * (x @ w) + b, weight=0.0),
    _plane("unsummed", "the products of a row are not added up", lambda x, w, b: x * w.T + b),
    _plane("averaged", "the products of a row are averaged", lambda x, w, b: (x * w.T).mean(1, keepdim=True) + b),
    _plane("one-feature", "only the first feature counts", lambda x, w, b: x[:, :1] * w[:1] + b),
    _plane("one-feature", "only the last feature counts", lambda x, w, b: x[:, -1:] * w[-1:] + b),
    _plane("no-weight", "the weights are missing", lambda x, w, b: x.sum(1, keepdim=True) + b),
    # A single row cannot tell this from a lost axis.
    *(
        mistake("rows-mixed", "numbers of different rows are mixed", _PLANE, " rows", predict=of)
        for of in (lambda x, w, b: (x @ w).sum() + b, lambda x, w, b: (x @ w).mean() + b)
    ),
)


def _error(key: str, looks_like: str, value: Entrywise, slope: Entrywise | None = None) -> Mistake:
    names = _by(step(value=value, slope=slope)) if slope is not None else {}
    words = (key, looks_like, "squared_error: the formula, for each row")
    return mistake(*words, "squared error", *_MOVED, squared_error=value, **names)


_ERRORS = (
    _error("halved", "the squared error is halved", lambda p, t: (p - t) ** 2 / 2, lambda p, t: p - t),
    _error("doubled", "the squared error is doubled", lambda p, t: 2 * (p - t) ** 2, lambda p, t: 4 * (p - t)),
    _error(
        "unsquared",
        "the error is not squared: its absolute value is taken",
        lambda p, t: abs(p - t),
        lambda p, t: np.sign(p - t),
    ),
    _error("unsquared", "the error is not squared", lambda p, t: p - t, lambda p, t: 0 * p + 1),
    _error("unsquared", "the error is not squared", lambda p, t: t - p, lambda p, t: 0 * p - 1),
    _error("unsquared", "the error is doubled, not squared", lambda p, t: 2 * (p - t), lambda p, t: 0 * p + 2),
    _error("other-power", "the power is another than two", lambda p, t: (p - t) ** 3, lambda p, t: 3 * (p - t) ** 2),
    _error("other-power", "the power is another than two", lambda p, t: (p - t) ** 4, lambda p, t: 4 * (p - t) ** 3),
    _error("squared-apart", "only the target is squared", lambda p, t: p - t**2, lambda p, t: 0 * p + 1),
    _error("squared-apart", "each is squared by itself", lambda p, t: p**2 - t**2, lambda p, t: 2 * p),
    _error("squared-apart", "each is squared by itself", lambda p, t: t**2 - p**2, lambda p, t: -2 * p),
    _error("sum-squared", "the target is added", lambda p, t: (p + t) ** 2, lambda p, t: 2 * (p + t)),
    _error("product", "prediction and target are multiplied", lambda p, t: p * t, lambda p, t: t),
    _error("sign", "the squared error has the wrong sign", lambda p, t: -((p - t) ** 2), lambda p, t: -2 * (p - t)),
    _error("averaged", "the root of a mean is taken", lambda p, t: ((p - t) ** 2).mean() ** 0.5),
    _error("target-unused", "the target does not enter", lambda p, t: p**2, lambda p, t: 2 * p),
)


MISTAKES = (
    *_PARAMETERS,
    *FORMS,
    *_PLANES,
    *_ERRORS,
    *PATHS,
    *(mistake(*words, "train_", **_by(taken)) for words, taken in STEPS),
    *(mistake(*words, *checked(words), train_regression=walked) for words, walked in TRAININGS),
    LOSSES_FACTOR,
    LOSSES_LENGTH,
    shuffle(WITHOUT),
)
