"""Mistakes in the batches of a training and in the losses it notes, as pieces of a walk (see `walks`)."""

import numpy as np

from raisin.lab.mistakes import steps
from raisin.lab.mistakes.walks import wrong

NOTES = (
    *wrong(
        "mean-of-batches",
        "every batch counts the same in the loss of an epoch, however few rows it has",
        "the mean over which things is due?",
        {"note": steps.over_batches},
        {"note": steps.as_if_full},
    ),
    *wrong(
        "loss-added-up",
        "the loss of an epoch is a sum, or divided by another number than that of its rows",
        "the mean over which things is due?",
        {"note": lambda e: sum(e.losses)},
        {"note": lambda e: float(np.dot(e.losses, e.sizes))},
        {"note": lambda e: sum(e.losses) / len(e.problem.X)},
        {"note": lambda e: sum(e.losses) / e.problem.batch_size},
        {"note": lambda e: float(np.dot(e.losses, e.sizes)) / len(e.losses)},
        {"note": lambda e: float(np.dot(e.losses, e.sizes)) / e.problem.batch_size},
        {"note": lambda e: sum(e.losses) / e.problem.epochs},
        {"note": lambda e: sum(e.losses) / max(len(e.problem.X) // e.problem.batch_size, 1)},
        {"note": lambda e: float(np.dot(e.losses, e.sizes)) / len(e.problem.X) ** 2},
        {"note": lambda e: float(np.dot(e.losses, e.sizes)) / (len(e.problem.X) - 1)},
    ),
    *wrong(
        "loss-of-one-batch",
        "the loss of an epoch is that of one of its batches",
        "what becomes of the losses of the others?",
        {"note": lambda e: e.losses[-1]},
        {"note": lambda e: e.losses[0]},
        {"note": lambda e: min(e.losses)},
        {"note": lambda e: max(e.losses)},
        {"note": lambda e: e.losses[-1] * e.sizes[-1] / len(e.problem.X)},
    ),
    *wrong(
        "loss-after-the-epoch",
        "the loss is measured once an epoch, on all rows, and not when the batches meet it",
        "the loss of which parameters is due?",
        {"note": steps.afterwards},
        {"note": steps.beforehand},
    ),
    *wrong(
        "loss-after-the-step",
        "the loss of a batch is measured after its step",
        "the loss of which parameters is due?",
        {"note": steps.after_the_step},
    ),
    *wrong(
        "loss-goes-on",
        "the losses of earlier epochs are still in the sum",
        "where does the sum begin at 0?",
        {"note": lambda e: sum(steps.over_rows(each) for each in (*e.earlier, e))},
        {"note": lambda e: float(np.mean([steps.over_rows(each) for each in (*e.earlier, e)]))},
    ),
    *wrong(
        "loss-of-every-batch",
        "there is one loss a batch, not one an epoch",
        "a list of how many?",
        {"note": lambda e: list(e.losses)},
    ),
)

BATCHES = (
    *wrong(
        "rows-and-labels-apart",
        "the rows of X meet the labels of other rows",
        "X and y, in which order is each?",
        {"cut": steps.labels_as_they_came},
        {"cut": steps.rows_as_they_came},
        {"cut": steps.first_labels},
        {"cut": steps.first_of_all_labels},
        {"cut": steps.first_of_all_rows},
        {"cut": steps.labels_backwards},
    ),
    *wrong(
        "last-batch-dropped",
        "the last batch of an epoch is left out where it has fewer rows than the others",
        "rows that do not fill a batch",
        {"cut": steps.whole_only},
        {"cut": steps.whole_only, "note": steps.over_met_rows},
        {"cut": steps.whole_only, "note": steps.over_batches},
        {"cut": steps.whole_only, "note": steps.as_if_full},
    ),
    *wrong(
        "not-all-batches",
        "only some batches of an epoch are used",
        "what does the loop over batches run through?",
        *(
            {"cut": steps.some(part), "note": note}
            for part in (slice(0, 1), slice(-1, None), slice(1, None), slice(0, -1), slice(0, None, 2))
            for note in (steps.over_rows, steps.over_met_rows, steps.over_batches)
        ),
        *(
            {"cut": steps.first_again, "note": note}
            for note in (steps.over_rows, steps.over_met_rows, steps.over_batches)
        ),
    ),
    *wrong(
        "batches-overlap",
        "batches overlap, or leave a gap",
        "where does a batch end, and where does the next begin?",
        *(
            {"cut": steps.stretched(first, more), "note": note}
            for first, more in ((0, 1), (0, -1), (-1, 0), (1, 0), (1, 1))
            for note in (steps.over_rows, steps.over_met_rows, steps.over_batches, steps.as_if_full)
        ),
    ),
    *wrong(
        "other-batch-size",
        "batches have another size than the one that was handed in",
        "what is batch_size the number of?",
        {"cut": lambda order, size: [(order, order)]},
        {"cut": lambda order, size: steps.pieces(order, 1)},
        {"cut": steps.as_many_batches},
        {"cut": steps.even},
        *({"cut": lambda order, size, n=n: steps.pieces(order, n)} for n in (32, 16, 10)),
    ),
    *wrong(
        "batches-interleaved",
        "a batch takes every so-many-th row of the order, not rows in a row",
        "which slice is a batch?",
        {"cut": lambda order, size: [(b, b) for k in range(size) for b in [order[k::size]]]},
        {"cut": steps.strided},
    ),
    *wrong(
        "batches-backwards",
        "an epoch goes through its order from the end",
        "where does the first batch begin?",
        {"cut": lambda order, size: steps.pieces(order, size)[::-1]},
        {"cut": lambda order, size: steps.pieces(order[::-1], size)},
    ),
)
