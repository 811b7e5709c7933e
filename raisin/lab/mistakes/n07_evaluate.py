"""07-training-study: mistakes in evaluate."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.training import Array

Own = Mapping[str, Any]
Figures = Callable[[Array, Array, float, float], list[Any]]  # of logits, labels, and what is due


def _evaluate(key: str, looks_like: str, look_at: str, *ways: Figures) -> list[Mistake]:
    def instead(way: Figures) -> Callable[[Own], Any]:
        def made(own: Own) -> Any:
            def evaluation_on_paper(weights: Any, X: Array, y: Array) -> list[Any]:
                return way(own["on_paper"](weights, X), y, *own["evaluation_on_paper"](weights, X, y))

            return evaluation_on_paper

        return made

    checks = ("evaluate: ten", "evaluate: nine", "evaluate: large", "evaluate: small")
    return [
        Mistake(key, looks_like, look_at, around={"evaluation_on_paper": instead(w)}, checks=checks, alone=True)
        for w in ways
    ]


def _p(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _crossed(z: Array, y: Array) -> Array:
    return np.asarray(np.logaddexp(0, z) - y * z)


EVALUATE = (
    *_evaluate(
        "loss-and-accuracy-exchanged",
        "loss and accuracy stand in each other's place",
        "evaluate: what is due, in which order?",
        lambda z, y, loss, share: [share, loss],
    ),
    *_evaluate(
        "limit-of-logits",
        "logits are compared with a limit that is none for logits",
        "evaluate: a probability of one half is which logit?",
        lambda z, y, loss, share: [loss, np.mean((z > 0.5) == (y == 1))],
        lambda z, y, loss, share: [loss, np.mean((z > 1) == (y == 1))],
        lambda z, y, loss, share: [loss, np.mean(np.round(z) == y)],
        lambda z, y, loss, share: [loss, np.mean((_p(z) > 0) == (y == 1))],
        lambda z, y, loss, share: [loss, np.mean((_p(_p(z)) > 0.5) == (y == 1))],
    ),
    *_evaluate(
        "every-row-with-every-other",
        "every row is compared with every other, (n, 1) against (n,)",
        "evaluate: the shapes of both sides of the comparison",
        lambda z, y, loss, share: [loss, np.mean((z > 0) == (y[:, 0] == 1))],
        lambda z, y, loss, share: [loss, np.sum((z > 0) == (y[:, 0] == 1)) / len(z)],
    ),
    *_evaluate(
        "logits-as-classes",
        "logits themselves are compared with the labels",
        "evaluate: what are the classes?",
        lambda z, y, loss, share: [loss, np.mean(z == y)],
        lambda z, y, loss, share: [loss, np.mean(_p(z) == y)],
    ),
    *_evaluate(
        "answers-counted",
        "the accuracy is no share of the rows between 0 and 1",
        "evaluate: accuracy",
        lambda z, y, loss, share: [loss, share * len(z)],
        lambda z, y, loss, share: [loss, share * 100],
        lambda z, y, loss, share: [loss, share / len(z)],
    ),
    *_evaluate(
        "other-rate",
        "the accuracy is another rate than that of right answers",
        "evaluate: accuracy",
        lambda z, y, loss, share: [loss, 1 - share],
        lambda z, y, loss, share: [loss, 1 - np.mean(np.abs(_p(z) - y))],
    ),
    *_evaluate(
        "sigmoid-too-many",
        "the loss takes probabilities for logits: a sigmoid too many",
        "evaluate: what does the model give, and what does the loss take?",
        lambda z, y, loss, share: [_crossed(_p(z), y).mean(), share],
        lambda z, y, loss, share: [_crossed(_p(z), y).mean(), np.mean(y == 1)],
        lambda z, y, loss, share: [_crossed(_p(z), y).mean(), np.mean((_p(z) > 0.5) == (y == 1))],
    ),
    *_evaluate(
        "loss-summed",
        "the loss is a sum over the rows, or divided once more",
        "evaluate: the mean over what?",
        lambda z, y, loss, share: [loss * len(z), share],
        lambda z, y, loss, share: [loss / len(z), share],
    ),
    *_evaluate(
        "other-loss",
        "the loss is another one than that of the training",
        "evaluate: which loss?",
        lambda z, y, loss, share: [((_p(z) - y) ** 2).mean(), share],
        lambda z, y, loss, share: [((z - y) ** 2).mean(), share],
        lambda z, y, loss, share: [(((z > 0) - y) ** 2).mean(), share],
        lambda z, y, loss, share: [np.abs(_p(z) - y).mean(), share],
        lambda z, y, loss, share: [-loss, share],
        lambda z, y, loss, share: [_crossed(z, 1 - y).mean(), share],
        lambda z, y, loss, share: [(-y * np.log(_p(z))).mean(), share],
        lambda z, y, loss, share: [loss / np.log(2), share],
        lambda z, y, loss, share: [np.median(_crossed(z, y)), share],
        lambda z, y, loss, share: [_crossed(1.0 * (z > 0), y).mean(), share],
    ),
    Mistake(
        "eval-forgotten",
        "the model is still in training mode",
        "evaluate: what does a dropout do in which mode?",
        shows=lambda got, due: got[0][0] is True,
        checks=("no dropout, no graph",),
    ),
    Mistake(
        "graph-recorded",
        "the model is called with a graph, which nobody needs here",
        "evaluate: what records a graph?",
        shows=lambda got, due: got[0][1] is True,
        checks=("no dropout, no graph",),
    ),
)
