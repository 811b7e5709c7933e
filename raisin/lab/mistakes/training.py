"""Training on paper, with a mistake: arrays only, for a network of one tanh layer and a sigmoid.

A walk is put together from pieces, and a mistake replaces one of them: how rows come into an order and the order into
batches, what a batch is worth and in which direction it is steep, how that moves the weights, which loss is noted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Net = list[Array]  # W1 (features, hidden), b1, W2 (hidden, 1), b2
Batch = tuple[Array, Array]  # the numbers of the rows of X, and of those of y
Stepper = Callable[[Net, Net, int, bool], Net]  # weights, slopes, rows, whether the epoch ends here -> weights


@dataclass(frozen=True)
class Problem:
    """What a training is given. `orders`: of the rows, one an epoch, where they are given too."""

    net: Net
    X: Array
    y: Array
    lr: float
    epochs: int
    batch_size: int
    rng: Any = None
    orders: Sequence[Array] = ()


@dataclass(frozen=True)
class Epoch:
    """What happened in an epoch: its batches, their losses and sizes, the weights after each; those at both ends."""

    losses: list[float]
    sizes: list[int]
    batches: list[Batch]
    nets: list[Net]
    before: Net
    after: Net
    problem: Problem
    earlier: tuple["Epoch", ...]


def drawn(p: Problem) -> list[Array]:
    return list(p.orders) or [p.rng.permutation(len(p.X)) for _ in range(p.epochs)]


def pieces(order: Array, size: int) -> list[Batch]:
    return [(rows, rows) for rows in np.split(order, range(size, len(order), size))]


def logits(net: Net, x: Array) -> tuple[Array, Array]:
    h = np.tanh(x @ net[0] + net[1])
    return h, h @ net[2] + net[3]


def steep(net: Net, x: Array, dz: Array) -> Net:
    """The slopes that belong to a slope `dz` of the logits."""
    h, _ = logits(net, x)
    dh = dz @ net[2].T * (1 - h**2)
    return [x.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum(axis=0)]


def crossed(net: Net, x: Array, y: Array) -> tuple[float, Net]:
    z = logits(net, x)[1]
    return float((np.logaddexp(0, z) - y * z).mean()), steep(net, x, (1 / (1 + np.exp(-z)) - y) / len(x))


def plain_steps(p: Problem) -> Stepper:
    return lambda net, slopes, rows, last: [w - p.lr * g for w, g in zip(net, slopes, strict=True)]


def over_rows(e: Epoch) -> float:
    return float(np.dot(e.losses, e.sizes)) / len(e.problem.X)


def walk(
    p: Problem,
    order: Callable[[Problem], Iterable[Array]] = drawn,
    cut: Callable[[Array, int], list[Batch]] = pieces,
    worth: Callable[[Net, Array, Array], tuple[float, Net]] = crossed,
    steps: Callable[[Problem], Stepper] = plain_steps,
    note: Callable[[Epoch], Any] = over_rows,
    end: Callable[[Net, Net], Net] = lambda start, net: net,
    begin: Callable[[Net, Net], Net] = lambda start, net: net,
) -> tuple[Net, list[Any]]:
    """The weights afterwards, and what was noted of every epoch."""
    net, step, epochs = p.net, steps(p), tuple[Epoch, ...]()
    notes: list[Any] = []
    for rows in order(p):
        before = net = begin(p.net, net)
        losses, sizes, nets, batches = [], [], list[Net](), [b for b in cut(rows, p.batch_size) if len(b[0])]
        for k, (of_x, of_y) in enumerate(batches):
            loss, slopes = worth(net, p.X[of_x], p.y[of_y])
            net = step(net, slopes, len(of_x), k + 1 == len(batches))
            losses.append(loss)
            sizes.append(len(of_x))
            nets.append(net)
        epochs += (Epoch(losses, sizes, batches, nets, before, net, p, epochs),)
        noted = note(epochs[-1])
        notes += noted if isinstance(noted, list) else [noted]
    return end(p.net, net), notes
