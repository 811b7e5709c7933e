"""The form that mistakes of notebooks 01 and 05 leave behind: flags, types, shapes, arrays that changed."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from raisin.lab import values
from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.paper import (
    shuffled,
)
from raisin.lab.mistakes.regression_trainings import FACTOR, LENGTH, ORDER, TRAINED
from raisin.lab.values import Plain


def differing(got: Plain, due: Plain) -> list[int]:
    """The places of two sequences where they differ. Raises TypeError where they are not sequences of one length."""
    if not (isinstance(got, list) and isinstance(due, list) and len(got) == len(due)):
        raise TypeError("not two sequences of one length")
    return [k for k, pair in enumerate(zip(got, due, strict=True)) if values.differ(*pair) is not None]


def lost_flag(place: int) -> Callable[[Plain, Plain], bool]:
    """True is due at this place, and False came."""

    def shows(got: Plain, due: Plain) -> bool:
        return place in differing(got, due) and isinstance(got, list) and got[place] is False

    return shows


def only(*places: int) -> Callable[[Plain, Plain], bool]:
    """A difference at some of these places, and at no other."""
    return lambda got, due: bool(found := set(differing(got, due))) and found <= set(places)


def _none_returned(got: Plain, due: Plain) -> bool:
    return isinstance(got, list) and got[1] is None


def _losses_no_floats(got: Plain, due: Plain) -> bool:
    flags: Any = got[2] if isinstance(got, list) else None
    return 2 in differing(got, due) and len(flags) == 3 and not all(flags)


def _losses_too_many(got: Plain, due: Plain) -> bool:
    """As flags, or as losses: another number of them."""
    here: Sequence[Any] = got[2] if isinstance(got, list) else ()
    there: Sequence[Any] = due[2] if isinstance(due, list) else ()
    return isinstance(here, list) and isinstance(there, list) and len(here) != len(there)


_NO_FLOAT = "something else than a Python float stands for the loss"
FORMS: tuple[Mistake, ...] = (
    Mistake(
        "nothing",
        "train_step gives nothing back",
        "train_step: its last line",
        shows=_none_returned,
        checks=("train_step: a float",),
    ),
    Mistake(
        "no-float",
        _NO_FLOAT,
        "train_step: which type has what it returns?",
        shows=lost_flag(0),
        checks=("train_step: a float",),
    ),
    Mistake(
        "no-float",
        _NO_FLOAT,
        "train_regression: which type has what goes into losses?",
        shows=_losses_no_floats,
        checks=("train_regression: shapes",),
    ),
    Mistake(
        "parameter-shape",
        "w or b has another shape than it began with",
        "which operation has added an axis, or lost one?",
        shows=only(0, 1),
        checks=("train_regression: shapes",),
    ),
    Mistake(
        "parameter-shape",
        "w or b has another shape than it began with",
        "which operation has added an axis, or lost one?",
        shows=only(2, 3),
        checks=("train_step: a float",),
    ),
    Mistake(
        "arrays-changed",
        "the arrays that training was given are others afterwards",
        "is memory shared, or an array changed in place?",
        shows=only(3, 4, 5, 6),
        checks=("train_regression: shapes",),
    ),
    Mistake(
        "arrays-changed",
        "the arrays that training was given are others afterwards",
        "is memory shared, or an array changed in place?",
        shows=lambda got, due: max(differing(got, due)) > 0,
        checks=("train_regression: again",),
    ),
    Mistake(
        "not-repeatable",
        "a second training from the same start gives other losses",
        "does chance play a part, or is something carried over from the first?",
        shows=only(0),
        checks=("train_regression: again",),
    ),
)


def _in_some_order(got: Plain) -> dict[str, Any]:
    losses: Any = got[2] if isinstance(got, list) else []
    return {"train_regression": shuffled([float(loss) for loss in losses])}


def shuffle(without: dict[str, Any]) -> Mistake:
    """Rows in an order of chance, which is searched. `without`: what is not there meanwhile."""
    return Mistake(*ORDER, names=without, fitted=_in_some_order, checks=TRAINED)


# Quotients of small numbers of rows, epochs and features.
_FACTORS = sorted({m / n for m in range(1, 6) for n in range(1, 6) if m != n})


def _one_factor(got: Plain, due: Plain) -> bool:
    if not isinstance(got, list) or not isinstance(due, list) or differing(got, due) != [2]:
        return False
    ratio: Any = np.array(got[2]) / np.array(due[2])
    return ratio.shape == (1,) and any(abs(ratio[0] / factor - 1) < 1e-12 for factor in _FACTORS)


# After the trainings, which know more.
LOSSES_FACTOR = Mistake(*FACTOR, shows=_one_factor, checks=("train_regression: one",))
LOSSES_LENGTH = Mistake(*LENGTH, shows=_losses_too_many, checks=("train_regression",))
