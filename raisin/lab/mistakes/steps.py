"""The pieces of a walk on paper (`raisin.lab.mistakes.training.walk`) with a mistake in them."""

from collections.abc import Callable, Sequence

import numpy as np

from raisin.lab.mistakes.training import (
    Array,
    Batch,
    Epoch,
    Net,
    Problem,
    Stepper,
    crossed,
    logits,
    over_rows,
    pieces,
    steep,
)

__all__ = ["over_rows", "pieces"]  # the right ones, to be mixed with wrong ones

Worth = Callable[[Net, Array, Array], tuple[float, Net]]
Cut = Callable[[Array, int], list[Batch]]
Steps = Callable[[Problem], Stepper]


def _moved(net: Net, slopes: Net, rate: float) -> Net:
    return [w - rate * g for w, g in zip(net, slopes, strict=True)]


def scaled(factors: Callable[[Problem, int], Sequence[float]]) -> Steps:
    """`factors`: of the four slopes, for a problem and the number of rows in a batch."""

    def steps(p: Problem) -> Stepper:
        def step(net: Net, slopes: Net, rows: int, last: bool) -> Net:
            return _moved(net, [k * g for k, g in zip(factors(p, rows), slopes, strict=True)], p.lr)

        return step

    return steps


def at_rate(rate: Callable[[float], float]) -> Steps:
    """At another learning rate than the one given; at 0 nothing moves."""
    return lambda p: lambda net, slopes, rows, last: _moved(net, slopes, rate(p.lr))


def falling(share: Callable[[int], float]) -> Steps:
    """The learning rate is another one in each epoch, by the epoch's number."""

    def steps(p: Problem) -> Stepper:
        epochs = [0]

        def step(net: Net, slopes: Net, rows: int, last: bool) -> Net:
            rate = p.lr * share(epochs[0])
            epochs[0] += last
            return _moved(net, slopes, rate)

        return step

    return steps


def _sums(sums: Net, slopes: Net) -> Net:
    return [s + g for s, g in zip(sums, slopes, strict=True)] if sums else list(slopes)


def added_up(until_the_end: bool) -> Steps:
    """Slopes are added to those before, until an epoch ends or for ever."""

    def steps(p: Problem) -> Stepper:
        sums: Net = []

        def step(net: Net, slopes: Net, rows: int, last: bool) -> Net:
            sums[:] = _sums(sums, slopes)
            moved = _moved(net, sums, p.lr)
            if last and until_the_end:
                sums.clear()
            return moved

        return step

    return steps


def at_the_end(which: str) -> Steps:
    """One step when an epoch ends, by all its slopes, their mean or the last ones."""

    def steps(p: Problem) -> Stepper:
        met: list[Net] = []

        def step(net: Net, slopes: Net, rows: int, last: bool) -> Net:
            met.append(slopes)
            if not last:
                return net
            sums = [np.sum(each, axis=0) for each in zip(*met, strict=True)]
            used = slopes if which == "last" else sums
            share = 1 / len(met) if which == "mean" else 1.0
            met.clear()
            return _moved(net, used, share * p.lr)

        return step

    return steps


def late(p: Problem) -> Stepper:
    """Every step goes by the slopes of the batch before, the first by none."""
    before: list[Net] = []

    def step(net: Net, slopes: Net, rows: int, last: bool) -> Net:
        before.append(slopes)
        return _moved(net, before[-2], p.lr) if len(before) > 1 else net

    return step


def twice(p: Problem) -> Stepper:
    return lambda net, slopes, rows, last: _moved(_moved(net, slopes, p.lr), slopes, p.lr)


def momentum(share: float) -> Steps:
    def steps(p: Problem) -> Stepper:
        push: Net = []

        def step(net: Net, slopes: Net, rows: int, last: bool) -> Net:
            push[:] = _sums([share * w for w in push], slopes)
            return _moved(net, push, p.lr)

        return step

    return steps


def _value(net: Net, x: Array, y: Array) -> float:
    return crossed(net, x, y)[0]


def summed(net: Net, x: Array, y: Array) -> tuple[float, Net]:
    """The sum over the rows."""
    loss, slopes = crossed(net, x, y)
    return loss * len(x), [len(x) * g for g in slopes]


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def squared(share: float, over_rows: bool = True) -> Worth:
    """The squared error of the probabilities."""

    def worth(net: Net, x: Array, y: Array) -> tuple[float, Net]:
        s = _sigmoid(logits(net, x)[1])
        part = share / len(x) if over_rows else share
        return float(part * ((s - y) ** 2).sum()), steep(net, x, 2 * part * (s - y) * s * (1 - s))

    return worth


def squared_in_secret(net: Net, x: Array, y: Array) -> tuple[float, Net]:
    """Steps by the squared error, beside the cross entropy."""
    return _value(net, x, y), squared(1.0)(net, x, y)[1]


def sigmoid_twice(net: Net, x: Array, y: Array) -> tuple[float, Net]:
    s = _sigmoid(logits(net, x)[1])
    return float((np.logaddexp(0, s) - y * s).mean()), steep(net, x, (_sigmoid(s) - y) * s * (1 - s) / len(x))


def _cut(rows_of: Callable[[Array, int, int], tuple[Array, Array]]) -> Cut:
    return lambda order, size: [rows_of(order, k, size) for k in range(0, len(order), size)]


labels_as_they_came = _cut(lambda order, k, size: (order[k : k + size], np.arange(len(order))[k : k + size]))
rows_as_they_came = _cut(lambda order, k, size: (np.arange(len(order))[k : k + size], order[k : k + size]))
first_of_all_labels = _cut(lambda order, k, size: (b := order[k : k + size], np.arange(len(b))))
first_of_all_rows = _cut(lambda order, k, size: (np.arange(len(b := order[k : k + size])), b))
labels_backwards = _cut(lambda order, k, size: (b := order[k : k + size], b[::-1]))
first_again = _cut(lambda order, k, size: (order[:size], order[:size]))
first_labels = _cut(lambda order, k, size: (b := order[k : k + size], order[: len(b)]))


def whole_only(order: Array, size: int) -> list[Batch]:
    return [batch for batch in pieces(order, size) if len(batch[0]) == size]


def stretched(first: int, more: int) -> Cut:
    """Batches begin `first` rows later and have `more` rows more."""

    def rows(order: Array, k: int, size: int) -> tuple[Array, Array]:
        chosen = order[max(k + first, 0) : max(k + first, 0) + size + more]
        return chosen, chosen

    return _cut(rows)


def some(part: slice) -> Cut:
    return lambda order, size: pieces(order, size)[part]


def as_many_batches(order: Array, size: int) -> list[Batch]:
    """The size is taken for the number of batches."""
    return [(rows, rows) for rows in np.array_split(order, size)]


def even(order: Array, size: int) -> list[Batch]:
    """As many batches as there are, but of one size as nearly as can be."""
    return [(rows, rows) for rows in np.array_split(order, -(-len(order) // size))]


def strided(order: Array, size: int) -> list[Batch]:
    number = -(-len(order) // size)
    return [(order[k::number], order[k::number]) for k in range(number)]


def over_batches(e: Epoch) -> float:
    """Every batch counts the same."""
    return float(np.mean(e.losses))


def over_met_rows(e: Epoch) -> float:
    """Divided by the rows that were in a batch."""
    return float(np.dot(e.losses, e.sizes)) / sum(e.sizes)


def as_if_full(e: Epoch) -> float:
    """Every batch counts as if it had as many rows as the first."""
    return sum(e.losses) * e.problem.batch_size / len(e.problem.X)


def afterwards(e: Epoch) -> float:
    return _value(e.after, e.problem.X, e.problem.y)


def beforehand(e: Epoch) -> float:
    return _value(e.before, e.problem.X, e.problem.y)


def after_the_step(e: Epoch) -> float:
    losses = [_value(net, e.problem.X[x], e.problem.y[y]) for net, (x, y) in zip(e.nets, e.batches, strict=True)]
    return float(np.dot(losses, e.sizes)) / len(e.problem.X)
