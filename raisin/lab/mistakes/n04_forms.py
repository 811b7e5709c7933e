"""04-backward: mistakes that are seen by the form of a value, where no number tells."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.values import Plain, differ


def _pairs(got: Plain, due: Plain) -> Iterator[tuple[Plain, Plain]]:
    """The values that differ, beside each other. Raises ValueError where they are not nested alike."""
    if isinstance(got, list) and isinstance(due, list):
        for g, d in zip(got, due, strict=True):
            yield from _pairs(g, d)
    elif differ(got, due) is not None:
        yield got, due


def _constants(got: Plain, due: Plain) -> bool:
    pairs = list(_pairs(got, due))
    return bool(pairs) and all(isinstance(g, np.ndarray) and d is None for g, d in pairs)


def _no_array(got: Plain, due: Plain) -> bool:
    return isinstance(got, list) and got[0] is False and isinstance(due, list) and due[0] is True


def _flag(came: bool) -> Callable[[Any, Any], bool]:
    """Shown where all rows that differ begin with a flag, and `came` is the one that came."""

    def shows(got: Any, due: Any) -> bool:
        rows = [(g, d) for g, d in zip(got, due, strict=True) if differ(g, d) is not None]
        return bool(rows) and all(g[0] is came and d[0] is not came for g, d in rows)

    return shows


MISTAKES = (
    Mistake(
        "not-refused",
        "backward() begins without a gradient where there are several elements",
        "Tensor.backward: when does it say no?",
        shows=_flag(False),
        checks=("refused without grad_output",),
    ),
    Mistake(
        "refused-too-often",
        "backward() without a gradient is refused for a single element",
        "Tensor.backward: which shapes can a single element have?",
        shows=_flag(True),
        checks=("refused without grad_output",),
    ),
    Mistake(
        "constants-too",
        "a constant got a gradient",
        "Tensor.backward: who wants to have a gradient, and how does a tensor know?",
        shows=_constants,
    ),
    Mistake(
        "no-array",
        "a leaf's grad is not a NumPy array",
        "Tensor.backward: of which type is what you keep?",
        shows=_no_array,
        checks=("gradients are arrays",),
    ),
)
