"""The form that a mistake leaves behind in a value: building blocks for `Mistake.shows`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raisin.lab import values
from raisin.lab.values import Plain

Shows = Callable[[Plain, Plain], bool]
Array = NDArray[Any]


def leaves(got: Plain, due: Plain) -> list[tuple[Plain, Plain]]:
    """Both values side by side, leaf by leaf. Raises ValueError where they are not nested alike."""
    if isinstance(got, list) and isinstance(due, list):
        return [pair for g, d in zip(got, due, strict=True) for pair in leaves(g, d)]
    if isinstance(got, list | dict) or isinstance(due, list | dict):
        raise ValueError("not nested alike")
    return [(got, due)]


def differing(got: Plain, due: Plain) -> list[tuple[Plain, Plain]]:
    """The leaves that differ. Raises ValueError where the values are not nested alike."""
    return [pair for pair in leaves(got, due) if values.differ(*pair) is not None]


def same(got: Plain, due: Plain) -> bool:
    """Whether a check would take `got` for `due`."""
    return values.differ(got, due) is None


def all_that_differs(holds: Callable[[Any, Any], bool]) -> Shows:
    """Shown where `holds` is true of every leaf that differs: (got, due). The rest agrees."""

    def shows(got: Plain, due: Plain) -> bool:
        found = differing(got, due)
        return bool(found) and all(holds(g, d) for g, d in found)

    return shows


def arrays_that_differ(holds: Callable[[Array, Array], bool]) -> Shows:
    """The same for values of which only arrays differ, each of the shape that is due."""

    def hold(g: Any, d: Any) -> bool:
        alike = isinstance(g, np.ndarray) and isinstance(d, np.ndarray) and g.shape == d.shape
        return alike and holds(g, d)

    return all_that_differs(hold)


def only(changed: Callable[[Any], Any]) -> Shows:
    """Shown where every array that differs is what `changed` makes of the one due."""
    return arrays_that_differ(lambda g, d: same(g, np.asarray(changed(d))))


def _not_finite(got: Array, due: Array) -> bool:
    wrong = np.abs(got - due) > 1e-9
    return bool(np.isfinite(due).all() and not np.isfinite(got).all() and np.isfinite(got[wrong]).sum() == 0)


not_finite = arrays_that_differ(_not_finite)


def at(position: int, holds: Callable[[Any, Any], bool]) -> Shows:
    """Shown where lists differ at `position`, as `holds` says of (got, due) there, and nowhere else."""

    def shows(got: Any, due: Any) -> bool:
        if len(got) != len(due) or same(got[position], due[position]):
            return False
        rest = all(same(g, d) for k, (g, d) in enumerate(zip(got, due, strict=True)) if k != position % len(due))
        return rest and holds(got[position], due[position])

    return shows
