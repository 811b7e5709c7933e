"""Mistakes in the steps of a training by mini-batches, as pieces of a walk on paper (see `training`)."""

import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from raisin.lab.mistakes import steps


class Wrong(NamedTuple):
    """A mistake by its pieces; `look_at` goes on behind the name of the function that is looked at."""

    key: str
    looks_like: str
    look_at: str
    pieces: Mapping[str, Any]


def wrong(key: str, looks_like: str, look_at: str, *pieces: Mapping[str, Any]) -> list[Wrong]:
    """One for each set of pieces."""
    return [Wrong(key, looks_like, look_at, replaced) for replaced in pieces]


def _untrained(*which: int) -> dict[str, Any]:
    return {"steps": steps.scaled(lambda p, n: [0.0 if k in which else 1.0 for k in range(4)])}


SUBSETS = [which for size in (1, 2, 3) for which in itertools.combinations(range(4), size)]
_NAMED: dict[tuple[int, ...], tuple[str, str]] = {
    (0, 1): ("hidden-untrained", "the hidden layer never changes: W1 and b1 get no gradient, or no step"),
    (1, 3): ("biases-untrained", "the biases never change: b1 and b2 get no gradient, or no step"),
    (2, 3): ("output-untrained", "the output layer never changes: W2 and b2 get no gradient, or no step"),
    (0, 2): ("weights-untrained", "only the biases change: W1 and W2 get no gradient, or no step"),
}
_SOME = ("some-untrained", "not all of the four parameters change")

STEPS = (
    *wrong(
        "untouched",
        "the parameters that were handed in never change",
        "is there a gradient when the optimizer steps, and whose parameters does it have?",
        _untrained(0, 1, 2, 3),
        {"end": lambda start, net: start},
    ),
    *(
        mistake
        for which in SUBSETS
        for mistake in wrong(
            *_NAMED.get(which, _SOME),
            "which parameters does the optimizer know?",
            _untrained(*which),
        )
    ),
    *wrong(
        "biases-averaged",
        "the biases move by another share than the weights: their gradients are divided, or counted more than once",
        "how a gradient reaches a bias",
        {"steps": steps.scaled(lambda p, n: [1, 1 / n, 1, 1 / n])},
        {"steps": steps.scaled(lambda p, n: [1, n, 1, n])},
        {"steps": steps.scaled(lambda p, n: [1, 1 / n, 1, 1])},
        {"steps": steps.scaled(lambda p, n: [1, 1, 1, 1 / n])},
        {"steps": steps.scaled(lambda p, n: [1, 1 / p.batch_size, 1, 1 / p.batch_size])},
    ),
    *wrong(
        "rate-divided",
        "the steps are divided by a number of rows or of epochs that the loss, a mean, does not call for",
        "which learning rate does the optimizer get?",
        *(
            {"steps": steps.scaled(lambda p, n, share=share: [share(p, n)] * 4)}  # type: ignore[misc]
            for share in (
                lambda p, n: 1 / n,
                lambda p, n: 1 / p.batch_size,
                lambda p, n: 1 / len(p.X),
                lambda p, n: n / len(p.X),
                lambda p, n: p.batch_size / len(p.X),
                lambda p, n: n / p.batch_size,
                lambda p, n: 1 / -(-len(p.X) // p.batch_size),
                lambda p, n: 1 / p.epochs,
            )
        ),
    ),
    *wrong(
        "loss-summed",
        "the sum over the rows of a batch is minimised, not their mean",
        "the loss, and its gradient",
        {"worth": steps.summed},
        {"steps": steps.scaled(lambda p, n: [n] * 4)},
        {"steps": steps.scaled(lambda p, n: [p.batch_size] * 4)},
    ),
    *wrong("uphill", "the steps go uphill", "signs", {"steps": steps.scaled(lambda p, n: [-1.0] * 4)}),
    *wrong(
        "step-twice",
        "every batch moves the parameters two times, or twice as far as it should",
        "how often does the optimizer step?",
        {"steps": steps.twice},  # the same as twice as far
        {"cut": lambda order, size: [b for b in steps.pieces(order, size) for _ in range(2)]},
    ),
    *wrong(
        "other-rate",
        "the steps have another length than the learning rate that was handed in says",
        "which learning rate does the optimizer get?",
        *(
            {"steps": steps.scaled(lambda p, n, times=times: [times] * 4)}  # type: ignore[misc]
            for times in (0.5, 10.0, 0.1, 3.0, 1 / 3, 0.9, 0.01)
        ),
        *({"steps": steps.at_rate(lambda lr, rate=rate: rate)} for rate in (0.1, 0.01, 1.0, 0.001, 0.5)),  # type: ignore[misc]
        {"steps": steps.at_rate(lambda lr: lr**2)},
        *({"steps": steps.falling(lambda k, by=by: by**k)} for by in (0.9, 0.95, 0.99, 0.5, 0.1)),  # type: ignore[misc]
        {"steps": steps.falling(lambda k: 1 / (k + 1))},
        {"steps": steps.falling(lambda k: 1 / (k + 2))},
        {"steps": steps.falling(lambda k: 1 / np.sqrt(k + 1))},
    ),
    *wrong(
        "never-cleared",
        "gradients of earlier batches are still there when the optimizer steps",
        "when does a gradient begin at 0 again?",
        {"steps": steps.added_up(False)},
    ),
    *wrong(
        "cleared-once-an-epoch",
        "gradients of earlier batches of the epoch are still there when the optimizer steps",
        "when does a gradient begin at 0 again?",
        {"steps": steps.added_up(True)},
    ),
    *wrong(
        "step-an-epoch",
        "there is one step an epoch, not one a batch",
        "what happens for every batch, and what for every epoch?",
        {"steps": steps.at_the_end("all")},
        {"steps": steps.at_the_end("last")},
        {"steps": steps.at_the_end("mean")},
    ),
    *wrong(
        "one-late",
        "every step goes by the gradient of the batch before",
        "which comes first, backward or step?",
        {"steps": steps.late},
    ),
    *wrong(
        "momentum",
        "earlier gradients go on to push",
        "which optimizer is due, with which settings?",
        *({"steps": steps.momentum(share)} for share in (0.9, 0.5, 0.8, 0.95, 0.99)),
    ),
    *wrong(
        "starts-again",
        "every epoch starts again from the parameters that were handed in",
        "what is made before the epochs, and what in each of them?",
        {"begin": lambda start, net: start},
    ),
    *wrong(
        "squared-loss",
        "the squared error is minimised, not the cross entropy",
        "which loss is due?",
        *({"worth": steps.squared(share)} for share in (1.0, 0.5)),
        {"worth": steps.squared(1.0, over_rows=False)},
        {"worth": steps.squared_in_secret},
    ),
    *wrong(
        "loss-of-logits",
        "the loss, or its gradient, takes probabilities for logits, or logits for probabilities",
        "what does the loss take?",
        {"worth": steps.sigmoid_twice},
    ),
)
