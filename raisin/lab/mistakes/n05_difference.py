"""05-sgd: what typical mistakes in the relative difference give."""

from collections.abc import Callable
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.n05_sgd import mistake
from raisin.lab.mistakes.paper import Array
from raisin.lab.mistakes.regression_forms import differing


def _difference(key: str, looks_like: str, look_at: str, formula: Callable[[Array, Array], Any]) -> Mistake:
    words = (key, looks_like, f"relative_difference: {look_at}")
    return mistake(words, "relative difference", relative_difference=lambda got, due: float(formula(got, due)))


def _apart(got: Array, due: Array) -> Array:
    return np.asarray(np.abs(got - due))


def _along(axis: int, combined: Callable[[Array], Any]) -> Callable[[Array, Array], Any]:
    return lambda g, d: combined(_apart(g, d).max(axis) / abs(d).max(axis))


_SIGNS = "which signs can a difference have?"
_SIZE = "which signs can an entry of due have?"
_BY = "what is divided by what?"
_WHICH = "which entry decides?"
_NO_ABS = ("no-abs", "differences downwards do not count", _SIGNS)
_SIZE_SIGN = ("size-sign", "negative entries do not count when the size is taken", _SIZE)
_ENTRYWISE = ("entrywise", "each entry is divided by its own size", _BY)
_NOT_RELATIVE = ("not-relative", "the difference is not measured against any size", _BY)
_MEAN = ("mean", "a mean or a sum is taken, and not the largest", _WHICH)
_SQUARES = ("squares", "squares are taken, or a length", "what happens to each entry?")
_BY_GOT = ("by-got", "got takes part in the size by which is divided", _BY)
_LARGEST = ("largest-entries", "the largest entries are compared, and not entry with entry", "in which order?")
_SMALLEST = ("smallest", "the smallest is taken, and not the largest", _WHICH)
DIFFERENCES = (
    _difference(*_NO_ABS, lambda g, d: (g - d).max() / abs(d).max()),
    _difference(*_NO_ABS, lambda g, d: abs((g - d).max()) / abs(d.max())),
    _difference(*_NO_ABS, lambda g, d: (g - d).max()),
    _difference(*_NO_ABS, lambda g, d: (g - d).max() / d.max()),
    _difference(*_SIZE_SIGN, lambda g, d: _apart(g, d).max() / d.max()),
    _difference(*_SIZE_SIGN, lambda g, d: _apart(g, d).max() / abs(d.max())),
    _difference(*_ENTRYWISE, lambda g, d: np.max(_apart(g, d) / abs(d))),
    _difference(*_ENTRYWISE, lambda g, d: np.max(abs(_apart(g, d) / d))),
    _difference(*_ENTRYWISE, lambda g, d: np.max(_apart(g, d) / d)),
    _difference(*_ENTRYWISE, lambda g, d: np.mean(_apart(g, d) / abs(d))),
    _difference(*_ENTRYWISE, lambda g, d: np.sum(_apart(g, d) / abs(d))),
    _difference(*_ENTRYWISE, lambda g, d: np.max(_apart(g, d) / abs(g))),
    _difference(*_ENTRYWISE, lambda g, d: np.max(_apart(g, d) / np.maximum(abs(g), abs(d)))),
    _difference(*_NO_ABS, lambda g, d: np.max((g - d) / d)),
    _difference(*_NO_ABS, lambda g, d: np.max((g - d) / abs(d))),
    _difference(*_NOT_RELATIVE, lambda g, d: _apart(g, d).max()),
    _difference(*_NOT_RELATIVE, lambda g, d: _apart(g, d).mean()),
    _difference(*_NOT_RELATIVE, lambda g, d: _apart(g, d).sum()),
    _difference(
        "product", "the two are multiplied, and not divided", _BY, lambda g, d: _apart(g, d).max() * abs(d).max()
    ),
    _difference("inverted", "the quotient stands upside down", _BY, lambda g, d: abs(d).max() / _apart(g, d).max()),
    _difference(*_MEAN, lambda g, d: _apart(g, d).mean() / abs(d).max()),
    _difference(*_MEAN, lambda g, d: _apart(g, d).mean() / abs(d).mean()),
    _difference(*_MEAN, lambda g, d: _apart(g, d).max() / abs(d).mean()),
    _difference(*_MEAN, lambda g, d: _apart(g, d).sum() / abs(d).max()),
    _difference(*_MEAN, lambda g, d: _apart(g, d).max() / abs(d).sum()),
    _difference(*_MEAN, lambda g, d: _apart(g, d).max() / d.mean()),
    _difference(*_MEAN, lambda g, d: _apart(g, d).max() / abs(d.mean())),
    _difference(*_MEAN, lambda g, d: _apart(g, d).max() / d.sum()),
    _difference(*_MEAN, lambda g, d: _apart(g, d).max() / abs(d.sum())),
    _difference(*_MEAN, lambda g, d: np.median(_apart(g, d)) / abs(d).max()),
    _difference(*_MEAN, lambda g, d: abs((g - d).mean()) / abs(d).max()),
    _difference(*_MEAN, lambda g, d: abs((g - d).sum()) / abs(d.sum())),
    _difference(*_SQUARES, lambda g, d: np.linalg.norm(g - d) / np.linalg.norm(d)),
    _difference(*_SQUARES, lambda g, d: np.linalg.norm(g - d) / abs(d).max()),
    _difference(*_SQUARES, lambda g, d: ((g - d) ** 2).max() / (d**2).max()),
    _difference(*_SQUARES, lambda g, d: ((g - d) ** 2).max() / abs(d).max()),
    _difference(*_SQUARES, lambda g, d: _apart(g, d).max() / np.linalg.norm(d)),
    _difference(*_SQUARES, lambda g, d: _apart(g, d).max() / (d**2).max()),
    _difference(*_BY_GOT, lambda g, d: _apart(g, d).max() / abs(g).max()),
    _difference(*_BY_GOT, lambda g, d: _apart(g, d).max() / max(abs(g).max(), abs(d).max())),
    _difference(*_BY_GOT, lambda g, d: _apart(g, d).max() / (abs(g).max() + abs(d).max())),
    _difference(*_BY_GOT, lambda g, d: 2 * _apart(g, d).max() / (abs(g).max() + abs(d).max())),
    _difference(*_BY_GOT, lambda g, d: _apart(g, d).max() / g.max()),
    _difference(*_BY_GOT, lambda g, d: _apart(g, d).max() / abs(g.max())),
    _difference(*_LARGEST, lambda g, d: abs(g.max() - d.max()) / abs(d).max()),
    _difference(*_LARGEST, lambda g, d: (g.max() - d.max()) / d.max()),
    _difference(*_LARGEST, lambda g, d: abs(g.max() - d.max()) / abs(d.max())),
    _difference(*_LARGEST, lambda g, d: abs(abs(g).max() - abs(d).max()) / abs(d).max()),
    _difference(*_LARGEST, lambda g, d: (abs(g).max() - abs(d).max()) / abs(d).max()),
    _difference(*_LARGEST, lambda g, d: (abs(g) - abs(d)).max() / abs(d).max()),
    _difference(*_LARGEST, lambda g, d: abs(abs(g) - abs(d)).max() / abs(d).max()),
    _difference(*_SMALLEST, lambda g, d: _apart(g, d).min() / abs(d).max()),
    _difference(*_SMALLEST, lambda g, d: _apart(g, d).max() / abs(d).min()),
    _difference(*_SMALLEST, lambda g, d: _apart(g, d).min() / abs(d).min()),
    _difference("sum", "got and due are added", _BY, lambda g, d: abs(g + d).max() / abs(d).max()),
    _difference("percent", "it is in per cent", _BY, lambda g, d: 100 * _apart(g, d).max() / abs(d).max()),
    _difference("ratio", "it is taken from 1", _BY, lambda g, d: 1 - _apart(g, d).max() / abs(d).max()),
    *(
        _difference("by-axis", "the largest is taken along an axis", _WHICH, _along(axis, combined))
        for axis in (0, 1, -1)
        for combined in (np.max, np.mean)
    ),
    _difference("ratio", "the sizes are compared", _BY, lambda g, d: abs(g).max() / abs(d).max()),
    _difference("one-entry", "only the first entry counts", _WHICH, lambda g, d: _apart(g, d).flat[0] / abs(d).max()),
    Mistake(
        "no-float",
        "the difference is no Python float",
        "relative_difference: which type has what it returns?",
        shows=lambda got, due: differing(got, due) == [0],
        checks=("relative difference",),
    ),
)
