"""07-training-study: mistakes in the choice of the best setting."""

from collections.abc import Callable
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.forms import same
from raisin.lab.mistakes.n07_grid import rows, shown

Scores = Callable[[Any], Any]  # of a table, its column of scores


def _best(
    key: str,
    looks_like: str,
    look_at: str,
    *ways: tuple[Scores, str, str],
) -> list[Mistake]:
    """`ways`: the scores, how those of one setting count together, and which setting is taken."""

    def chosen(scores: Scores, together: str, taken: str) -> Callable[[Any], Any]:
        def best(table: Any) -> Any:
            settings = scores(table).groupby([table["optimizer"], table["batch_size"], table["lr"]])
            return getattr(settings.agg(together), taken)()

        return best

    checks = ("best setting: ",)
    return [
        Mistake(key, looks_like, look_at, names={"due_best": chosen(*way)}, checks=checks, alone=True) for way in ways
    ]


def _bad(table: Any) -> Any:
    return table["diverged"] | table["validation_loss"].isna()


def _out(table: Any, column: str = "validation_loss") -> Any:
    return table[column].where(~_bad(table), 9.0)


def _rearranged(got: Any, due: Any) -> bool:
    """The three things of a setting, in another order."""
    many = isinstance(due[0], list)
    pairs = rows(got, due) if many else [(got, due)]
    return all(not same(g, d) and sorted(map(str, g)) == sorted(map(str, d)) for g, d in pairs)


BEST = (
    shown(
        "best setting: ",
        "setting-in-another-order",
        "optimizer, batch size and learning rate stand in another order",
        "best_setting: what is due?",
        _rearranged,
    ),
    *_best(
        "nan-left-out-of-the-mean",
        "a spoiled run is left out of the mean, so that its setting is judged by the others",
        "best_setting: what does mean make of nan, and of rows that are not there?",
        (lambda t: t["validation_loss"].where(~_bad(t)), "mean", "idxmin"),
        (lambda t: t["validation_loss"].where(~t["diverged"]), "mean", "idxmin"),
    ),
    *_best(
        "spoiled-run-may-win",
        "a setting with a spoiled run can win",
        "best_setting: which runs went wrong, and what says so?",
        (lambda t: t["validation_loss"].fillna(9.0), "mean", "idxmin"),
        (lambda t: t["validation_loss"], "mean", "idxmin"),
        (lambda t: t["validation_loss"].where(~t["diverged"], 9.0), "mean", "idxmin"),
    ),
    *_best(
        "nan-as-zero",
        "a spoiled run counts as a loss of 0, or as another small number",
        "best_setting: which number stands for a failure?",
        (lambda t: t["validation_loss"].fillna(0.0), "mean", "idxmin"),
        (lambda t: t["validation_loss"].where(~_bad(t), 0.0), "mean", "idxmin"),
        (lambda t: t["validation_loss"].where(~t["diverged"], 0.0), "mean", "idxmin"),
        (lambda t: t["validation_loss"].where(~_bad(t), -1.0), "mean", "idxmin"),
        (lambda t: t["validation_loss"].where(~_bad(t), 1.0), "mean", "idxmin"),
        (lambda t: t["validation_loss"].where(~_bad(t)), "sum", "idxmin"),
        (lambda t: t["validation_loss"], "sum", "idxmin"),
    ),
    *_best(
        "single-run-wins",
        "the best single run decides, not the mean over the seeds",
        "best_setting: over what is the mean?",
        (_out, "min", "idxmin"),
        (lambda t: t["validation_loss"], "min", "idxmin"),
        (lambda t: t["validation_loss"].where(~t["diverged"]), "min", "idxmin"),
        (lambda t: t["validation_loss"].fillna(9.0), "min", "idxmin"),
    ),
    *_best(
        "largest-loss-wins",
        "the setting with the largest loss wins",
        "best_setting: smallest or largest?",
        (_out, "mean", "idxmax"),
        (lambda t: t["validation_loss"].where(~_bad(t), np.inf), "mean", "idxmax"),
        (lambda t: t["validation_loss"].where(~_bad(t)), "mean", "idxmax"),
        (lambda t: t["validation_loss"], "mean", "idxmax"),
    ),
    *_best(
        "judged-by-another-column",
        "another column than validation_loss decides",
        "best_setting: what are settings compared by?",
        (lambda t: _out(t, "train_loss"), "mean", "idxmin"),
        (lambda t: t["train_loss"].where(~_bad(t), np.inf), "mean", "idxmin"),
        (lambda t: _out(t, "updates"), "mean", "idxmin"),
        (lambda t: t["validation_accuracy"].where(~_bad(t), 0.0), "mean", "idxmax"),
        (lambda t: t["validation_accuracy"], "mean", "idxmax"),
        (lambda t: t["train_loss"], "mean", "idxmin"),
    ),
    *_best(
        "not-the-mean",
        "settings are compared by something else than the mean over their seeds",
        "best_setting: what is compared?",
        (_out, "median", "idxmin"),
        (_out, "max", "idxmin"),
        (_out, "last", "idxmin"),
        (_out, "first", "idxmin"),
        (_out, "std", "idxmin"),
        (lambda t: t["validation_loss"], "median", "idxmin"),
    ),
)
