"""04-backward: mistakes that are seen by the form of a value, where no number tells."""

from collections.abc import Iterator

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


MISTAKES = (
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
