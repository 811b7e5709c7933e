"""07-training-study: mistakes in the runs of the study."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import forms
from raisin.lab.mistakes.forms import same
from raisin.lab.mistakes.n07_grid import Shows, rows, shown
from raisin.lab.mistakes.paper import absent


def _wrong_columns(got: Any, due: Any) -> set[int]:
    """Of losses, train_loss, validation_loss, validation_accuracy those that differ in any row."""
    return {k for g, d in rows(got, due) for k in range(4) if not same(g[k], d[k])}


def _one_run_right(got: Any, due: Any) -> bool:
    right = [same(g[0], d[0]) for g, d in rows(got, due)]
    return sum(right) == 1 and len(right) > 3


def _rounded(got: Any, due: Any) -> bool:
    pairs: Any = forms.leaves([g[:3] for g in got], [d[:3] for d in due])  # arrays, or no match
    near = [bool(np.all(np.abs(g - d) <= 1e-4 * np.maximum(np.abs(d), 1))) for g, d in pairs]
    return all(near)


def _all(got: Any, column: int, value: Any) -> bool:
    return all(same(row[column], value) for row in got)


def _flags(wrong: Callable[[set[str], set[str]], bool]) -> Shows:
    """Rows of batch size, learning rate, diverged and loss: for which losses (as text) the flag is wrong, which way.

    `wrong` is asked with the losses that are flagged and should not be, and those that are not and should.
    """

    def shows(got: Any, due: Any) -> bool:
        pairs = rows(got, due)
        if any(not same(g[:2], d[:2]) for g, d in pairs):
            return False
        flagged = {d[3] for g, d in pairs if g[2] is True and d[2] is False}
        missed = {d[3] for g, d in pairs if g[2] is False and d[2] is True}
        return bool(flagged or missed) and wrong(flagged, missed)

    return shows


def _settings(table: Any, calm: bool) -> list[str]:
    """The settings of a table's rows, all of them or those that did not diverge."""
    return [str(row[:2]) for row in table if not (calm and row[2])]


def _trained_on(*used: str) -> Callable[[Mapping[str, Any]], Any]:
    def made(own: Mapping[str, Any]) -> Any:
        def plain_training(model: Any, optimizer: Any, X: Any, y: Any, *settings: Any) -> Any:
            X, y = (np.concatenate(arrays) for arrays in zip(*(own["parts"][name] for name in used), strict=True))
            return own["plain_training"](model, optimizer, X, y, *settings)

        return plain_training

    return made


_LOSSES, _SEEDS, _WRONG, _STAYS = "study: losses", "study: seeds matter", "study: runs that went", "study: what is nan"
_NAN_IS_FINE = "a run whose loss is nan does not count as diverged"
_LEFT_OUT = "runs that went wrong are missing in the table"
RUNS = (
    shown(
        _LOSSES,
        "validation-elsewhere",
        "the training is right; its validation comes from other rows than those of the validation part, or is mixed up",
        "run_study: which part is handed to evaluate?",
        lambda got, due: _wrong_columns(got, due) <= {2, 3},
    ),
    shown(
        (_LOSSES,),
        "train-loss-elsewhere",
        "the training is right; its train_loss is not that of the last epoch",
        "run_study: which of the losses is train_loss?",
        lambda got, due: _wrong_columns(got, due) == {1},
    ),
    *(
        Mistake(
            "trained-on-other-rows",
            "the network is trained on other rows than those of the training part",
            "run_study: which part is handed to train?",
            names={"run_study": absent},
            around={"plain_training": _trained_on(*used)},
            checks=(_LOSSES,),
        )
        for used in (("training", "validation"), ("training", "validation", "test"), ("validation",), ("test",))
    ),
    shown(
        _LOSSES,
        "only-six-digits",
        "numbers are right to a few digits only: something went through float32",
        "run_study: in which dtype is the network?",
        _rounded,
    ),
    shown(
        _LOSSES,
        "runs-not-independent",
        "a run depends on those before it: one is right, the others are not",
        "run_study: what is made once, and what for every run?",
        _one_run_right,
    ),
    shown(
        (_LOSSES, _SEEDS),
        "runs-missing",
        "runs are missing: not every combination of the grid has a row",
        "run_study: how many runs does the grid ask for, and where is a row added?",
        lambda got, due: (
            len(got[2]) < len(due[2])
            if isinstance(due[1], bool)  # of _SEEDS; else of _LOSSES, where runs that went wrong may be left out
            else len(got) < len(due) and all(row[1] < 1 for row in due)
        ),
    ),
    shown(
        _SEEDS,
        "not-repeatable",
        "the same seed does not give the same run again: something random is made before the seed is set, or goes on",
        "run_study: what is random, and what comes first in a run?",
        lambda got, due: got[1] is False and same(got[2], due[2]),
    ),
    shown(
        _SEEDS,
        "seed-without-effect",
        "all seeds give the same run",
        "run_study: what is a seed handed to?",
        lambda got, due: got[0] == 1 and len(due[2]) > 1 and got[1] is True and same(got[2], due[2]),
    ),
    shown(
        _WRONG,
        "failures-left-out",
        _LEFT_OUT,
        "run_study: which runs get a row?",
        lambda got, due: len(got) < len(due) and _settings(got, False) == _settings(due, True),
    ),
    shown(
        _STAYS,
        "failures-left-out",
        _LEFT_OUT,
        "run_study: which runs get a row?",
        lambda got, due: got == [],
    ),
    shown(
        (_WRONG, _STAYS),
        "runs-missing",
        "runs are missing: not every combination of the grid has a row",
        "run_study: how many runs does the grid ask for, and where is a row added?",
        lambda got, due: 0 < len(got) < len(due),
    ),
    shown(
        _WRONG,
        "rate-unused",
        "all learning rates give the same run",
        "run_study: which learning rate does an optimizer get?",
        lambda got, due: (
            len(got) == len(due) and all(_all(got, k, got[0][k]) and not _all(due, k, due[0][k]) for k in (2, 3))
        ),
    ),
    shown(
        _WRONG,
        "nan-not-diverged",
        _NAN_IS_FINE,
        "run_study: how does nan compare with a number?",
        _flags(lambda flagged, missed: not flagged and missed == {"nan"}),
    ),
    shown(
        _WRONG,
        "limit-itself",
        "a loss that is LIMIT itself counts otherwise",
        "run_study: below, or at most?",
        _flags(lambda flagged, missed: not flagged and missed in ({"1"}, {"1", "nan"})),
    ),
    shown(
        _WRONG,
        "large-not-diverged",
        "a loss does not count as a failure as long as it is a number, however large",
        "run_study: LIMIT",
        _flags(lambda flagged, missed: not flagged and {"1", "7.5"} <= missed <= {"1", "7.5", "inf"}),
    ),
    shown(
        _WRONG,
        "none-diverged",
        "no run counts as diverged",
        "run_study: which loss is compared with LIMIT?",
        _flags(lambda flagged, missed: not flagged and {"1", "7.5", "inf", "nan"} == missed),
    ),
    shown(
        _WRONG,
        "calm-diverged",
        "runs that ended well count as diverged",
        "run_study: which loss is compared with LIMIT, and in which direction?",
        _flags(lambda flagged, missed: bool(flagged)),
    ),
    shown(
        _WRONG,
        "train-loss-elsewhere",
        "train_loss is not the loss of the last epoch",
        "run_study: which of the losses is train_loss?",
        lambda got, due: all(same(g[:3], d[:3]) for g, d in rows(got, due)),
    ),
    shown(
        _STAYS,
        "nan-not-diverged",
        _NAN_IS_FINE,
        "run_study: how does nan compare with a number?",
        lambda got, due: any(row[1] is False for row in got) and all(same(g[2:], d[2:]) for g, d in rows(got, due)),
    ),
    shown(
        _STAYS,
        "nan-hidden",
        "a loss that is nan came back as a number",
        "run_study: what becomes of nan on its way?",
        lambda got, due: any(False in row[2:] for row in got) and all(same(g[:1], d[:1]) for g, d in rows(got, due)),
    ),
)
