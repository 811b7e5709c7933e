"""08-modules-and-minibatches: mistakes in DataLoader and in the training loop."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from raisin.lab.diagnose import Mistake


class _Loader:
    """A DataLoader whose parts may be others: `order`, `cut` (where batches begin and end), `batch`, len."""

    def __init__(self, dataset: Any, batch_size: int = 1, shuffle: bool = False) -> None:
        self.dataset, self.size, self.shuffle, self.epochs = dataset, batch_size, shuffle, 0
        self.rng = np.random.default_rng()

    @property
    def n(self) -> int:
        return len(self.dataset)

    def __len__(self) -> int:
        return -(-self.n // self.size)

    def order(self) -> Any:
        return self.drawn().permutation(self.n) if self.shuffle else np.arange(self.n)

    def drawn(self) -> np.random.Generator:
        """For each epoch another one, and after the same seed the same ones."""
        return np.random.default_rng(torch.initial_seed() % 2**32 + 1000 * self.epochs)

    def cut(self) -> list[tuple[int, int]]:
        return [(k, k + self.size) for k in range(0, self.n, self.size)]

    def batch(self, parts: Sequence[torch.Tensor]) -> torch.Tensor:
        return torch.stack(tuple(parts))

    def __iter__(self) -> Iterator[list[Any]]:
        order, self.epochs = self.order(), self.epochs + 1
        for start, stop in self.cut():
            samples = [self.dataset[int(k)] for k in order[start:stop]]
            yield [self.batch(parts) for parts in zip(*samples, strict=True)]


def _loader(key: str, looks_like: str, look_at: str, alone: bool = False, **methods: Any) -> Mistake:
    names = {"DataLoader": type("DataLoader", (_Loader,), methods)}
    return Mistake(key, looks_like, f"DataLoader: {look_at}", names=names, checks=("DataLoader: ",), alone=alone)


def _by_batches(self: Any) -> Any:
    if not self.shuffle:
        return np.arange(self.n)
    starts = self.drawn().permutation(len(self)) * self.size
    return np.concatenate([np.arange(start, min(start + self.size, self.n)) for start in starts])


def _mixed(self: Any, parts: Any) -> Any:
    together = torch.stack(tuple(parts))
    return together[torch.randperm(len(together))] if self.shuffle else together


def _joined(self: Any, parts: Any) -> Any:
    return torch.cat([torch.atleast_1d(part) for part in parts])  # type: ignore[no-untyped-call]


def _twice(got: Any, due: Any) -> bool:
    """Some samples came more than once: among all that came, in order of size."""
    rows = [one for one in got if isinstance(one, np.ndarray) and one.ndim == 1]
    return any(len(np.unique(one)) < len(one) for one in rows)


_SHUFFLED = ("DataLoader: shuffled", "DataLoader: each epoch", "DataLoader: after")
BATCHES = (
    _loader(
        "last-dropped",
        "the last, smaller batch is missing",
        "where does the last batch begin?",
        cut=lambda self: [(k, k + self.size) for k in range(0, self.n - self.size + 1, self.size)],
    ),
    _loader(
        "len-down",
        "len is rounded down",
        "how many batches are there if it does not come out even?",
        __len__=lambda self: self.n // self.size,
    ),
    _loader(
        "len-more",
        "len counts one batch too many where it comes out even",
        "how many batches are there?",
        __len__=lambda self: self.n // self.size + 1,
    ),
    _loader(
        "len-samples",
        "len counts the samples, not the batches",
        "of what is it the length?",
        __len__=lambda self: self.n,
    ),
    _loader(
        "unshuffled",
        "the order is that of the data, in spite of shuffle",
        "what does shuffle change?",
        alone=True,
        order=lambda self: np.arange(self.n),
    ),
    _loader(
        "one-order",
        "all epochs have one order",
        "when is the order drawn?",
        order=lambda self: np.random.default_rng(0).permutation(self.n) if self.shuffle else np.arange(self.n),
    ),
    _loader(
        "batches-shuffled",
        "the batches are shuffled, not the samples",
        "what is it that is shuffled?",
        order=_by_batches,
    ),
    _loader(
        "overlapping",
        "a batch goes on into the next one",
        "where does a batch end?",
        cut=lambda self: [(k, k + self.size + 1) for k in range(0, self.n, self.size)],
    ),
    _loader("parts-mixed", "the parts of a sample do not stay together", "how many orders are there?", batch=_mixed),
    _loader(
        "batch-last",
        "the samples of a batch are not counted by the first axis",
        "along which axis?",
        batch=lambda self, parts: torch.stack(tuple(parts), dim=-1),
    ),
    _loader(
        "batch-joined", "the samples are joined end to end, not stacked", "which shape has a batch?", batch=_joined
    ),
    _loader(
        "spent",
        "there is nothing left after the first epoch",
        "what does each `for` begin with?",
        cut=lambda self: _Loader.cut(self) if self.epochs == 1 else [],
    ),
    _loader(
        "own-order",
        "after the same seed the order is another one",
        "which generator draws the order?",
        order=lambda self: self.rng.permutation(self.n) if self.shuffle else np.arange(self.n),
    ),
    Mistake(
        "drawn-twice",
        "some samples come twice, others never",
        "DataLoader: what has an epoch to contain?",
        shows=_twice,
        checks=_SHUFFLED,
    ),
    Mistake(
        "shuffled-always",
        "the samples are not in the order of the data, although nobody wanted to shuffle",
        "DataLoader: what does shuffle change?",
        shows=lambda got, due: _same_samples(got, due),
        checks=("DataLoader: eleven",),
    ),
)


def _same_samples(got: Any, due: Any) -> bool:
    mine, right = (np.sort(np.concatenate([x.ravel() for batch in value[1] for x in batch])) for value in (got, due))
    return bool(np.array_equal(mine, right))


# --- The training loop ------------------------------------------------------------------------------------------------


def _walk(
    rng: Any,
    rows: int,
    size: int,
    epochs: int,
    *,
    kept: float = 0.0,
    at_end: bool = False,
    steps: int = 1,
    cut: bool = False,
) -> Any:
    """w and b after a training with the mistake in it: `kept`, the part of the old gradient that is not cleared."""
    y = rng.permutation(np.arange(rows) % 2)[:, None] * 1.0
    X, w, b = rng.normal(size=(rows, 3)), rng.normal(size=(3, 1)), rng.normal(size=1)
    starts = list(range(0, rows, size))[: -1 if cut else None]
    to_w, to_b = np.zeros((3, 1)), np.zeros(1)
    for _, start in itertools.product(range(epochs), starts):
        x, target = X[start : start + size], y[start : start + size]
        error = 1 / (1 + np.exp(-(x @ w + b))) - target
        to_w, to_b = kept * to_w + x.T @ error / len(x), kept * to_b + error.mean(axis=0)
        if not at_end or start == starts[-1]:
            w, b = w - 0.3 * steps * to_w, b - 0.3 * steps * to_b
    return [w, b, True]


def _training(key: str, looks_like: str, look_at: str, walk: Callable[..., Any]) -> Mistake:
    return Mistake(key, looks_like, f"train: {look_at}", names={"due_trained": walk}, checks=("train: ",))


TRAININGS = (
    _training(
        "never-cleared",
        "old gradients are added to the new ones",
        "when is .grad emptied?",
        lambda *given: _walk(*given, kept=1.0),
    ),
    _training(
        "never-moved",
        "the parameters did not move",
        "in which order do the moves come?",
        lambda *given: _walk(*given, steps=0),
    ),
    _training(
        "one-epoch",
        "there is one epoch only",
        "how often is the loader gone through?",
        lambda rng, rows, size, epochs: _walk(rng, rows, size, 1),
    ),
    _training(
        "epoch-steps",
        "there is one step an epoch, not one a batch",
        "what belongs into the inner loop?",
        lambda *given: _walk(*given, at_end=True),
    ),
    _training(
        "two-steps",
        "a batch is used for two steps",
        "how many steps has a batch?",
        lambda *given: _walk(*given, steps=2),
    ),
    _training(
        "batch-missing",
        "the last batch is left out",
        "what does the loader give?",
        lambda *given: _walk(*given, cut=True),
    ),
    Mistake(
        "mode-wrong",
        "the net is not in training mode afterwards",
        "train: in which mode does a net learn?",
        shows=lambda got, due: got[2] is False,
        checks=("train: ",),
    ),
)
