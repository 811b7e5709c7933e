"""What typical mistakes in `train_regression` give: notebooks 01 and 05 ask for the same one."""

from collections.abc import Callable
from typing import Any

import numpy as np

from raisin.lab.mistakes.paper import (
    Array,
    Report,
    batches,
    step,
    training,
)
from raisin.lab.mistakes.regression_steps import RATE, ROOT, Words


def _in_one_go(end: int, combined: Callable[[Array], Any]) -> Report:
    """Losses of all rows at once, with the parameters before (0) or after (1) each epoch."""

    def report(squares: Array, ends: list[tuple[Array, Array]], X: Array, y: Array) -> list[Any]:
        return [combined((X @ w + b - y) ** 2) for w, b in ends[end : len(squares) + end]]

    return report


def _reports(count: Callable[[Array, Array], float]) -> Report:
    """The sum of each epoch, divided by a count of squares (epochs, rows) and X."""
    return lambda squares, ends, X, y: list(squares.sum(axis=1) / count(squares, X))


ORDER: Words = (
    "row-order",
    "the rows are not taken each once, in their order",
    "train_regression: which row comes first, and which is next?",
)
_MISSING: Words = (
    "row-missing",
    "a row is left out in each epoch",
    "train_regression: which rows does the loop reach, the first and the last one too?",
)
_SAME: Words = ("same-row", "one row is used again and again", "train_regression: what does the loop's counter choose?")
_TARGET: Words = (
    "other-target",
    "the rows meet the targets of other rows",
    "train_regression: which y goes with a row?",
)
_EPOCHS: Words = ("epoch-count", "the number of epochs is not the one that was given", "the loop over the epochs")
_COUNT: Words = (
    "loss-count",
    "the losses of an epoch are not divided by the number of its rows, but by another number or by none",
    "train_regression: of how many numbers is the mean?",
)
FACTOR: Words = (
    "loss-factor",
    "w and b are right, and each loss is too large or too small by one factor",
    "of how many numbers is the mean, and what does train_step give back?",
)
_TOTAL: Words = (
    "total-kept",
    "the losses of earlier epochs are still counted",
    "train_regression: what is left of the total when the next epoch begins?",
)
_ONE_GO: Words = (
    "second-pass",
    "the losses of an epoch are measured in one go, and not row by row before each step",
    "train_regression: with which w and b is a row's error measured?",
)
_ONE_ROW: Words = (
    "loss-of-one-row",
    "a single row's loss stands for the whole epoch",
    "train_regression: what becomes of the losses of the other rows?",
)
_START: Words = (
    "other-start",
    "training does not begin at w_init and b_init",
    "train_regression: which numbers do the parameters begin with?",
)
_BATCH: Words = (
    "one-batch",
    "all rows are used for a single step",
    "train_regression: how many steps does an epoch have?",
)
LENGTH: Words = (
    "losses-length",
    "losses does not hold one number for each epoch",
    "train_regression: when is something put into the list, and how often?",
)


def picked(row: int) -> Callable[[int, int], int]:
    """This row in place of each."""
    return lambda instead, rows: row


def _walked(**parts: Any) -> Callable[..., Any]:
    return training(step(), **parts)


def checked(words: Words) -> tuple[str, ...]:
    """The checks that can tell this mistake: two rows drawn by chance may well be the same one."""
    return TRAINED[1:] if words is _SAME else TRAINED


# The checks that see what a training leads to.
TRAINED = ("train_regression: one", "train_regression: three")

# Mistakes in a training: a stand-in for `train_regression` each.
TRAININGS: tuple[tuple[Words, Callable[..., Any]], ...] = (
    (ORDER, _walked(order=lambda rows, epochs: [range(rows)[::-1]] * epochs)),
    (ORDER, _walked(order=lambda rows, epochs: [[row for row in range(rows) for _ in range(epochs)]])),
    (ORDER, _walked(order=lambda rows, epochs: [[*range(k % rows, rows), *range(k % rows)] for k in range(epochs)])),
    (_MISSING, _walked(order=lambda rows, epochs: [range(rows - 1)] * epochs)),
    (_MISSING, _walked(order=lambda rows, epochs: [range(1, rows)] * epochs)),
    *(
        (_MISSING, _walked(order=lambda rows, epochs, of=of: [of(rows)] * epochs, report=_reports(lambda s, X: len(X))))
        for of in (lambda rows: range(rows - 1), lambda rows: range(1, rows))
    ),
    *((_SAME, _walked(order=lambda rows, epochs, row=row: [[row % rows] * rows] * epochs)) for row in (0, -1)),
    *((_ONE_ROW, _walked(order=lambda rows, epochs, row=row: [[row % rows]] * epochs)) for row in (0, -1)),
    *((ORDER, _walked(order=lambda rows, epochs, row=row: [[row % rows] * rows] * epochs)) for row in (0, -1)),
    *((_SAME, _walked(features=picked(row))) for row in (0, -1)),
    (_TARGET, _walked(target=lambda row, rows: 0)),
    (_TARGET, _walked(target=lambda row, rows: -1)),
    (_TARGET, _walked(target=lambda row, rows: rows - 1 - row)),
    (_TARGET, _walked(target=lambda row, rows: (row + 1) % rows)),
    (_TARGET, _walked(target=lambda row, rows: (row - 1) % rows)),
    (_EPOCHS, _walked(order=lambda rows, epochs: [range(rows)] * (epochs - 1))),
    (_EPOCHS, _walked(order=lambda rows, epochs: [range(rows)] * (epochs + 1))),
    (_EPOCHS, _walked(order=lambda rows, epochs: [range(rows)])),
    (_TOTAL, _walked(report=lambda s, ends, X, y: list(np.cumsum(s.sum(axis=1)) / len(X)))),
    (_TOTAL, _walked(report=lambda s, ends, X, y: list(np.cumsum(s.sum(axis=1)) / len(X) / np.arange(1, len(s) + 1)))),
    (FACTOR, _walked(report=_reports(lambda s, X: 2 * len(X)))),
    (FACTOR, _walked(report=_reports(lambda s, X: len(X) / 2))),
    (_COUNT, _walked(report=_reports(lambda s, X: 1))),
    (_COUNT, _walked(report=_reports(lambda s, X: len(s)))),
    (_COUNT, _walked(report=_reports(lambda s, X: len(X) - 1))),
    (_COUNT, _walked(report=_reports(lambda s, X: len(X) + 1))),
    (_COUNT, _walked(report=_reports(lambda s, X: X.shape[1]))),
    (_COUNT, _walked(report=_reports(lambda s, X: X.size))),
    (_COUNT, _walked(report=_reports(lambda s, X: s.size))),
    (_TOTAL, _walked(report=lambda s, ends, X, y: list(np.cumsum(s.sum(axis=1))))),
    *((_ONE_GO, _walked(report=_in_one_go(end, combined))) for end in (1, 0) for combined in (np.mean, np.sum)),
    (_ONE_ROW, _walked(report=lambda s, ends, X, y: list(s[:, -1]))),
    (_ONE_ROW, _walked(report=lambda s, ends, X, y: list(s[:, 0]))),
    (_ONE_ROW, _walked(report=lambda s, ends, X, y: list(s[:, -1] / len(X)))),
    (_ONE_ROW, _walked(report=lambda s, ends, X, y: list(s.max(axis=1)))),
    (ROOT, _walked(report=lambda s, ends, X, y: list(s.mean(axis=1) ** 0.5))),
    (ROOT, _walked(report=lambda s, ends, X, y: list((s**0.5).mean(axis=1)))),
    (LENGTH, _walked(report=lambda s, ends, X, y: list(s.reshape(-1)))),
    (LENGTH, _walked(report=lambda s, ends, X, y: list(s.mean(axis=0)))),
    (LENGTH, _walked(report=lambda s, ends, X, y: [s[-1].mean()])),
    (LENGTH, _walked(report=lambda s, ends, X, y: [s.mean()])),
    (
        ("afresh", "training begins anew in each epoch", "train_regression: what is made inside the loop?"),
        _walked(afresh=True),
    ),
    (_START, _walked(start=np.zeros_like)),
    (_START, _walked(start=np.ones_like)),
    (_START, _walked(start=lambda array: np.zeros_like(array) if array.ndim == 1 else array)),
    (
        ("start-returned", "w and b come back as they were before the training", "train_regression: what is returned?"),
        _walked(returned=0),
    ),
    (_BATCH, batches(mean=True)),
    (_BATCH, batches(mean=False)),
    (RATE, _walked(rate=lambda lr, epoch, rows: lr / rows)),
    (RATE, _walked(rate=lambda lr, epoch, rows: lr * rows)),
    (RATE, _walked(rate=lambda lr, epoch, rows: lr / (epoch + 1))),
)
