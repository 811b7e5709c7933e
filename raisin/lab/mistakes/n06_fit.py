"""06-raisin-mlp: mistakes in fit."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import forms, steps
from raisin.lab.mistakes.batches import BATCHES, NOTES
from raisin.lab.mistakes.training import Array, Batch, Net, Problem, drawn, walk
from raisin.lab.mistakes.walks import STEPS, Wrong, wrong

Own = Mapping[str, Any]
CHECKS = ("fit: ",)


def instead(way: Callable[[Problem], Any]) -> Callable[[Own], Any]:
    """In place of the notebook's `walked`: what `way` makes of the problem it draws."""

    def made(own: Own) -> Callable[..., Any]:
        def walked(T: Any, rng: Any, rows: int, lr: float, epochs: int, batch_size: int) -> Any:
            x, y, parameters = own["labelled"](T, rng, rows)
            net = [np.array(p.detach()) for p in parameters]
            return *way(Problem(net, np.array(x), y, lr, epochs, batch_size, rng)), rng.random()

        return walked

    return made


def _fit(mistakes: Iterable[Wrong]) -> list[Mistake]:
    def way(pieces: Mapping[str, Any]) -> Callable[[Problem], Any]:
        return lambda p: walk(p, **pieces)

    return [
        Mistake(
            m.key,
            m.looks_like,
            f"fit: {m.look_at}",
            around={"walked": instead(way(m.pieces))},
            checks=CHECKS,
            alone=m.key in ("rate-divided", "other-rate"),  # 0.1 is a third of 0.3
        )
        for m in mistakes
    ]


def _orders(one: Callable[[Any, int], Array]) -> dict[str, Any]:
    return {"order": lambda p: [one(p.rng, len(p.X)) for _ in range(p.epochs)]}


def _once(p: Problem) -> list[Array]:
    return [p.rng.permutation(len(p.X))] * p.epochs


def _unused(p: Problem) -> list[Array]:
    return [np.arange(len(rows)) for rows in drawn(p)]


def _growing(p: Problem) -> list[Array]:
    """Every order is an order of the one before."""
    rows, found = np.arange(len(p.X)), []
    for _ in range(p.epochs):
        rows = rows[p.rng.permutation(len(p.X))]
        found.append(rows)
    return found


def _other_rng(seed: int) -> Callable[[Problem], list[Array]]:
    def order(p: Problem) -> list[Array]:
        rng = np.random.default_rng(seed)
        return [rng.permutation(len(p.X)) for _ in range(p.epochs)]

    return order


def _per_batch(rows: Callable[[Any, int, int], Array], permuted: bool) -> Callable[[Problem], Any]:
    """The rows of every batch are drawn anew, after one permutation an epoch or without one."""

    def way(p: Problem) -> Any:
        def cut(order: Array, size: int) -> list[Batch]:
            batches = [rows(p.rng, len(order), min(size, len(order) - k)) for k in range(0, len(order), size)]
            return [(batch, batch) for batch in batches]

        return walk(p, cut=cut, order=lambda p: _lazily(p, permuted))

    return way


def _lazily(p: Problem, permuted: bool) -> Any:
    return (p.rng.permutation(len(p.X)) if permuted else np.arange(len(p.X)) for _ in range(p.epochs))


def _apart(p: Problem) -> Any:
    """X and y each in an order of its own."""
    second: list[Array] = []

    def order() -> Any:
        for _ in range(p.epochs):
            first = p.rng.permutation(len(p.X))
            second[:] = [p.rng.permutation(len(p.X))]
            yield first

    def cut(rows: Array, size: int) -> list[Any]:
        return [(rows[k : k + size], second[0][k : k + size]) for k in range(0, len(rows), size)]

    return walk(p, order=lambda p: order(), cut=cut)


def _other_number(got: Any, due: Any) -> bool:
    """Another number of losses than epochs."""
    walks = zip(got, due, strict=True) if isinstance(due[0][1], list) else [(got, due)]
    return any(len(g[1]) != len(d[1]) for g, d in walks)


def _anew(seed: int | None, trained: bool) -> Callable[[Own], Any]:
    """Every epoch begins with a new network, drawn by the student's own function: from rng, or from a seed.

    Not `trained`: the optimizer has the parameters that were there before.
    """

    def made(own: Own) -> Any:
        def way(p: Problem) -> Any:
            def begin(start: Net, net: Net) -> Net:
                rng = p.rng if seed is None else np.random.default_rng(seed)
                return [np.array(w.data) for w in own["init_network"](*start[0].shape, rng)]

            moves = steps.scaled(lambda p, n: [float(trained)] * 4)
            return walk(p, begin=begin, steps=moves, order=lambda p: _lazily(p, True))

        return instead(way)(own)

    return made


DRAWS = (
    *wrong(
        "never-shuffled",
        "the rows stay in the order in which they came",
        "what is the permutation used for?",
        {"order": _unused},
        {"order": lambda p: [np.arange(len(p.X))] * p.epochs},
    ),
    *wrong(
        "shuffled-once",
        "the rows were shuffled once, and every epoch has the same order",
        "where is the order drawn?",
        {"order": _once},
        {"order": lambda p: [drawn(p)[0]] * p.epochs},
    ),
    *wrong(
        "shuffled-otherwise",
        "the order of the rows is drawn otherwise than by one permutation of rng an epoch",
        "which rng draws, and what?",
        {"order": _growing},
        {"order": _other_rng(0)},
        {"order": _other_rng(1)},
        {"order": _other_rng(42)},
        _orders(lambda rng, n: rng.choice(n, size=n, replace=False)),
        _orders(lambda rng, n: rng.permutation(n)[::-1]),
        _orders(lambda rng, n: np.argsort(rng.permutation(n))),
        _orders(lambda rng, n: np.argsort(rng.random(n))),
        _orders(lambda rng, n: rng.permutation(rng.permutation(n))),
    ),
    *wrong(
        "with-replacement",
        "rows are drawn with replacement, so that some come twice in an epoch and some never",
        "what is due of every epoch?",
        _orders(lambda rng, n: rng.integers(0, n, size=n)),
        _orders(lambda rng, n: rng.choice(n, size=n)),
    ),
)

ANOTHER_DRAW = Mistake(
    "another-draw",
    "rng is asked for something else than one permutation an epoch",
    "fit: what is drawn, and how often?",
    shows=forms.at(2, lambda got, due: True),
    checks=CHECKS,
)

OTHERS = (
    Mistake(
        "epochs-missed",
        "there is an epoch too many or too few, or a loss without an epoch",
        "fit: how often does the outer loop run, and what ends it?",
        shows=_other_number,
        checks=CHECKS,
    ),
    Mistake(
        "rows-and-labels-apart",
        "the rows of X meet the labels of other rows",
        "fit: X and y, in which order is each?",
        around={"walked": instead(_apart)},
        checks=CHECKS,
    ),
    *(
        Mistake(
            "with-replacement",
            "rows of each batch are drawn anew, so that some come twice in an epoch and some never",
            "fit: what is due of every epoch?",
            around={"walked": instead(_per_batch(rows, permuted))},
            checks=CHECKS,
        )
        for rows in (
            lambda rng, n, size: rng.integers(0, n, size=size),
            lambda rng, n, size: rng.choice(n, size=size),
            lambda rng, n, size: rng.choice(n, size=size, replace=False),
            lambda rng, n, size: rng.permutation(n)[:size],
        )
        for permuted in (True, False)
    ),
    *(
        Mistake(
            "new-network",
            "a new network is made in fit, in place of the parameters that were handed in",
            "fit: what is given?",
            around={"walked": _anew(seed, trained)},
            checks=CHECKS,
        )
        for seed in (None, 0, 1, 42)
        for trained in (True, False)
    ),
)

FIT = (*_fit(STEPS), *_fit(NOTES), ANOTHER_DRAW, *_fit(DRAWS), *_fit(BATCHES), *OTHERS)
