"""07-training-study: mistakes in train_epoch and train."""

from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import forms
from raisin.lab.mistakes.batches import BATCHES, NOTES
from raisin.lab.mistakes.paper import absent
from raisin.lab.mistakes.training import Array, Problem, walk
from raisin.lab.mistakes.walks import STEPS, Wrong, wrong

Own = Mapping[str, Any]


def _instead(pieces: Mapping[str, Any]) -> Callable[[Own], Any]:
    """In place of `own_epoch`: the walk on paper with the mistake. Weights are (out, in) there."""

    def own_epoch(weights: list[Array], X: Array, y: Array, order: Array, batch_size: int, lr: float) -> list[Any]:
        W, b, V, c = weights
        net, notes = walk(Problem([W.T, b, V.T, c], X, y, lr, 1, batch_size, orders=[order]), **pieces)
        return [notes[0] if len(notes) == 1 else notes, net[0].T, net[1], net[2].T, net[3]]

    return lambda own: own_epoch


def _epoch(mistakes: Iterable[Wrong]) -> list[Mistake]:
    checks = ("train_epoch: two", "train_epoch: other")
    return [
        Mistake(
            m.key, m.looks_like, f"train_epoch: {m.look_at}", around={"own_epoch": _instead(m.pieces)}, checks=checks
        )
        for m in mistakes
    ]


ORDER = (
    *wrong(
        "order-unused",
        "the rows are met in the order in which they stand, not in the one that was handed in",
        "what is order for?",
        {"order": lambda p: [np.arange(len(p.X))]},
        {"order": lambda p: [np.sort(rows) for rows in p.orders]},
        {"order": lambda p: [np.argsort(rows) for rows in p.orders]},
    ),
)

_IN_MODE, _NAN = "train_epoch: in training", "is returned as nan"
EPOCH = (
    *_epoch(STEPS),
    *_epoch(NOTES),
    *_epoch(ORDER),
    *_epoch(BATCHES),
    Mistake(
        "no-float",
        "the mean loss came as something else than a Python float",
        "train_epoch: of what type is a sum of tensors?",
        shows=lambda got, due: any("no Python float" in values for values in ([got], got, *map(_list, got))),
        checks=("train_epoch: two", "train_epoch: other", "evaluate: "),
    ),
    Mistake(
        "not-in-training-mode",
        "the model is not in training mode",
        "train_epoch: whose task is it to set the mode?",
        shows=lambda got, due: _modes(got) and not any(mode[0] for modes in got for mode in modes),
        checks=(_IN_MODE,),
    ),
    Mistake(
        "no-graph",
        "the model is called without a graph",
        "train_epoch: what does backward need?",
        shows=lambda got, due: _modes(got) and not any(mode[1] for modes in got for mode in modes),
        checks=(_IN_MODE,),
    ),
    Mistake(
        "called-otherwise",
        "the model is called more or less often than once a batch",
        "train_epoch: how many batches are there?",
        shows=lambda got, due: [len(modes) for modes in got] != [len(modes) for modes in due],
        checks=(_IN_MODE,),
    ),
)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _modes(got: Any) -> bool:
    return all(isinstance(mode, list) and len(mode) == 2 for modes in got for mode in modes)


def _draws(rng_of: Callable[[Any], Any]) -> Callable[[Own], Any]:
    """numpy whose generators are `rng_of` a seed."""

    def made(own: Own) -> Any:
        numpy = own["np"]
        random = SimpleNamespace(**{**vars(numpy.random), "default_rng": rng_of})
        return SimpleNamespace(**{**vars(numpy), "random": random})

    return made


class _Orders:
    """In place of a generator: `order` of the number of rows and the number of the epoch."""

    def __init__(self, order: Callable[[int, int], Array]) -> None:
        self._order, self._epoch = order, -1

    def permutation(self, rows: int) -> Array:
        self._epoch += 1
        return self._order(rows, self._epoch)


def _train(
    key: str, looks_like: str, look_at: str, *orders: Callable[[int], Callable[[int, int], Array]]
) -> list[Mistake]:
    """`orders`: of a seed, what gives the order of the rows for their number and the epoch."""

    def rng_of(order: Callable[[int], Callable[[int, int], Array]]) -> Callable[[int], _Orders]:
        return lambda seed=0: _Orders(order(seed))  # type: ignore[misc]

    return [
        Mistake(key, looks_like, look_at, names={"train": absent}, around={"np": _draws(rng_of(order))}, checks=CHECKS)
        for order in orders
    ]


def _drawn(rng: Any, draw: Callable[[Any, int], Array] = lambda rng, rows: rng.permutation(rows)) -> Any:
    return lambda rows, epoch: draw(rng, rows)


def _growing(seed: int) -> Callable[[int, int], Array]:
    rng, rows = np.random.default_rng(seed), list[Array]()

    def order(number: int, epoch: int) -> Array:
        rows.append((rows[-1] if rows else np.arange(number))[rng.permutation(number)])
        return rows[-1]

    return order


def _torchs(seed: int) -> Callable[[int, int], Array]:
    import torch

    rng = torch.Generator().manual_seed(seed)
    return lambda rows, epoch: torch.randperm(rows, generator=rng).numpy()


CHECKS = ("train: three", "train: seven", "train: momentum")
TRAIN = (
    *_train(
        "same-order-every-epoch",
        "every epoch has the same order",
        "train: where does the generator begin, and where is an order drawn?",
        lambda seed: lambda rows, epoch: np.random.default_rng(seed).permutation(rows),
    ),
    *_train(
        "never-shuffled",
        "the rows are never shuffled",
        "train: what is an epoch's order?",
        lambda seed: lambda rows, epoch: np.arange(rows),
    ),
    *_train(
        "seed-unused",
        "the order of the rows does not follow the seed that was handed in",
        "train: what is the seed for?",
        *(lambda seed, other=other: _drawn(np.random.default_rng(other)) for other in (0, 1, 42)),
        *(
            lambda seed, other=other: lambda rows, epoch: np.random.default_rng(other).permutation(rows)
            for other in (0, 1, 42)
        ),
    ),
    *_train(
        "drawn-otherwise",
        "the order is drawn otherwise than by one permutation an epoch of one generator with the seed",
        "train: how many generators are made, and which function draws?",
        lambda seed: lambda rows, epoch: np.random.default_rng(seed + epoch).permutation(rows),
        lambda seed: lambda rows, epoch: np.random.default_rng(seed + epoch + 1).permutation(rows),
        lambda seed: lambda rows, epoch: np.random.default_rng(epoch).permutation(rows),
        lambda seed: _drawn(np.random.RandomState(seed)),
        lambda seed: _drawn(np.random.default_rng(seed + 1)),
        lambda seed: _drawn(np.random.default_rng(seed), lambda rng, rows: rng.permutation(rows)[::-1].copy()),
        lambda seed: _drawn(np.random.default_rng(seed), lambda rng, rows: np.argsort(rng.permutation(rows))),
        lambda seed: _drawn(np.random.default_rng(seed), lambda rng, rows: np.argsort(rng.random(rows))),
        lambda seed: _drawn(np.random.default_rng(seed), lambda rng, rows: rng.choice(rows, rows, replace=False)),
        lambda seed: _drawn(np.random.default_rng(seed), lambda rng, rows: rng.permuted(np.arange(rows))),
        _growing,
        _torchs,
    ),
    *_train(
        "with-replacement",
        "rows are drawn with replacement, so that some come twice in an epoch and some never",
        "train: what is due of every epoch?",
        lambda seed: _drawn(np.random.default_rng(seed), lambda rng, rows: rng.integers(0, rows, size=rows)),
        lambda seed: _drawn(np.random.default_rng(seed), lambda rng, rows: rng.choice(rows, rows)),
    ),
    Mistake(
        "epochs-missed",
        "there is an epoch too many or too few, or the training ends early",
        "train: how often does the loop run, and what ends it?",
        shows=lambda got, due: _other_number(got, due),
        checks=(*CHECKS, "train: nan"),
    ),
    Mistake(
        "nan-hidden",
        "a loss is a number where a row makes it nan: it was replaced, or the row was left out",
        "what becomes of nan on its way, and is every row met?",
        shows=lambda got, due: got[0] is False if isinstance(due[0], bool) else False in got[0],
        checks=(_NAN,),
    ),
    Mistake(
        "handed-in-arrays-changed",
        "the arrays that were handed in have changed",
        "which array do you write into?",
        shows=lambda got, due: forms.same(got[0], due[0]),
        checks=(_NAN,),
    ),
    Mistake(
        "losses-rounded",
        "the losses were rounded",
        "round",
        shows=forms.all_that_differs(lambda g, d: any(forms.same(g, np.round(d, k)) for k in range(7))),
        checks=(*CHECKS, "train_epoch: ", "evaluate: "),
    ),
)


def _other_number(got: Any, due: Any) -> bool:
    losses, right = (value[0] if isinstance(value[0], list) else value for value in (got, due))
    return len(losses) != len(right)
