"""07-training-study: mistakes in the grid, and in the settings and updates that the table says."""

from collections.abc import Callable
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import forms
from raisin.lab.mistakes.forms import same

Shows = Callable[[Any, Any], Any]


def shown(
    checks: tuple[str, ...] | str, key: str, looks_like: str, look_at: str, shows: Shows, alone: bool = False
) -> Mistake:
    named = (checks,) if isinstance(checks, str) else checks
    return Mistake(key, looks_like, look_at, shows=lambda got, due: bool(shows(got, due)), checks=named, alone=alone)


def rows(got: Any, due: Any) -> list[tuple[Any, Any]]:
    """The rows of both tables side by side. Raises ValueError where there is another number of them."""
    return list(zip(got, due, strict=True))


def _fewer(*positions: int) -> Shows:
    """Of what the grid needs, so many of everything, it has too few of these and enough of the rest."""

    def shows(got: Any, due: Any) -> bool:
        less = [k for k, (g, d) in enumerate(zip(got[0], due[0], strict=True)) if not same(g, d)]
        return less == list(positions)

    return shows


_GRID = "grid: optimizers, learning"
GRID = (
    shown(_GRID, "few-optimizers", "there are too few optimizers", "study_grid", _fewer(0)),
    shown(_GRID, "few-rates", "an optimizer has too few learning rates", "study_grid: count, for each", _fewer(1)),
    shown(_GRID, "few-batch-sizes", "there are too few batch sizes", "study_grid: count each once", _fewer(2)),
    shown(_GRID, "few-seeds", "there are too few seeds", "study_grid: count each once", _fewer(3)),
    shown(
        _GRID,
        "grid-too-small",
        "there is too little of several things",
        "study_grid: the table in the task",
        lambda got, due: not same(got[0], due[0]),
    ),
    shown(
        _GRID,
        "grid-out-of-order",
        "SGD is not among the optimizers, or a batch size or the epochs are no number that can be trained with",
        "study_grid: whole numbers, and how many rows are there to train with?",
        forms.at(1, lambda got, due: got is False),
    ),
    shown(
        "grid: only",
        "unknown-optimizer",
        "there is an optimizer that nobody has defined",
        "study_grid and OPTIMIZERS: names",
        lambda got, due: got[1] is False,
    ),
)


def _updates(steps: Callable[[int, int, int], float]) -> Shows:
    """The tables differ in the updates only, which are `steps` of the epochs, the batch size and what is due."""

    def shows(got: Any, due: Any) -> bool:
        if not same(got[0], due[0]) or not all(same(g[:4], d[:4]) for g, d in rows(got[1], due[1])):
            return False
        for g, d in rows(got[1], due[1]):
            size, right = int(d[1]), int(d[4])
            if not same(g[4], np.array(steps(right // -(-540 // size), size, right))):
                return False
        return True

    return shows


_TABLE = "study: a row"
TABLE = (
    shown(
        _TABLE,
        "other-columns",
        "the table has other columns than COLUMNS, or in another order",
        "run_study: pd.DataFrame",
        lambda got, due: got[0] != due[0],
    ),
    shown(
        _TABLE,
        "runs-missing",
        "runs are missing: not every combination of the grid has a row",
        "run_study: how many runs does the grid ask for, and where is a row added?",
        lambda got, due: len(got[1]) < len(due[1]),
    ),
    shown(
        _TABLE,
        "runs-too-many",
        "there are more rows than runs that the grid asks for",
        "run_study: when is a row added?",
        lambda got, due: len(got[1]) > len(due[1]),
    ),
    shown(
        _TABLE,
        "last-batch-uncounted",
        "the last, smaller batch of an epoch does not count as an update",
        "run_study: how often does the optimizer step in an epoch?",
        _updates(lambda epochs, size, right: epochs * (540 // size)),
        alone=True,
    ),
    shown(
        _TABLE,
        "last-batch-uncounted",
        "the last, smaller batches of the epochs do not count as updates of their own",
        "run_study: how often does the optimizer step in an epoch?",
        _updates(lambda epochs, size, right: epochs * 540 // size),
        alone=True,
    ),
    shown(
        _TABLE,
        "epochs-for-updates",
        "epochs were counted, not updates",
        "run_study: how often does the optimizer step in an epoch?",
        _updates(lambda epochs, size, right: epochs),
        alone=True,
    ),
    shown(
        _TABLE,
        "updates-of-one-epoch",
        "the updates are those of a single epoch",
        "run_study: updates of the whole run",
        _updates(lambda epochs, size, right: right // epochs),
        alone=True,
    ),
    *(
        shown(_TABLE, "updates-otherwise", "the updates are counted otherwise", "run_study: updates", _updates(steps))
        for steps in (
            lambda epochs, size, right: epochs * 540 / size,
            lambda epochs, size, right: epochs * 540,
            lambda epochs, size, right: right + epochs,
            lambda epochs, size, right: epochs * (540 // size + 1),
            lambda epochs, size, right: -(-epochs * 540 // size),
            lambda epochs, size, right: epochs * -(-720 // size),
            lambda epochs, size, right: epochs * -(-900 // size),
            lambda epochs, size, right: epochs * -(-180 // size),
            lambda epochs, size, right: epochs * size,
            lambda epochs, size, right: size,
        )
    ),
    shown(
        _TABLE,
        "settings-mixed-up",
        "rows say other settings than those of the grid",
        "run_study: which value goes into which column?",
        lambda got, due: any(not same(g[:4], d[:4]) for g, d in rows(got[1], due[1])),
    ),
)
