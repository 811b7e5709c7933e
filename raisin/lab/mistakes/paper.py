"""The plane of notebooks 01 and 05 on paper, in NumPy, with a mistake put into the step or into the training.

A step is ``step(x, target, w, b, lr) -> (w, b, square)`` for one row, as `pencil_step` of notebook 01. The functions
that make steps and trainings take the parts to replace.
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from raisin.lab import values

Array = NDArray[Any]
Step = Callable[[Array, Array, Array, Array, float], tuple[Array, Array, Any]]
Entrywise = Callable[[Array, Array], Array]  # of prediction and target


def step(
    *,
    value: Entrywise = lambda p, t: (p - t) ** 2,
    slope: Entrywise = lambda p, t: 2 * (p - t),
    weight: float = 1.0,
    bias: float = 1.0,
    moves: tuple[float, float] = (1.0, 1.0),
    reported: Entrywise | None = None,
    after: bool = False,
) -> Step:
    """One step on the loss `value` with the derivative `slope` by the prediction ``weight * x @ w + bias * b``.

    `moves`: factors of the moves of w and b. `reported`: what is returned as the loss, if not `value`; `after`: there
    the parameters have moved already.
    """

    def taken(x: Array, target: Array, w: Array, b: Array, lr: float) -> tuple[Array, Array, Any]:
        def prediction() -> Array:
            return np.asarray(weight * (x @ w) + bias * b)

        before = prediction()
        g = slope(before, target)
        w, b = w - moves[0] * lr * weight * g * x.T, b - moves[1] * lr * bias * g[0]
        return w, b, (reported or value)(prediction() if after else before, target).item()

    return taken


Gradients = list[tuple[Array, Array]]  # of w and b, one pair for each step so far, the latest last


class Remembering:
    """A step that moves by what `used` makes of all the gradients met so far on the way.

    A way begins where the w that comes in is not the one that the last step gave back.
    """

    def __init__(self, used: Callable[[Gradients], tuple[Array, Array]]) -> None:
        self._used = used
        self._met: Gradients = []
        self._last: Array | None = None

    def __call__(self, x: Array, target: Array, w: Array, b: Array, lr: float) -> tuple[Array, Array, Any]:
        if w is not self._last:
            self._met = []
        error = x @ w + b - target
        self._met.append((2 * error * x.T, 2 * error[0]))
        of_w, of_b = self._used(self._met)
        self._last = w - lr * of_w
        return self._last, b - lr * of_b, error.item() ** 2


def added_up(gradients: Iterable[Array]) -> Array:
    """The sum of all of them."""
    return np.asarray(np.sum(list(gradients), axis=0))


def at_rate(rate: Callable[[float], float]) -> Step:
    """A step at another learning rate than the one given."""
    usual = step()
    return lambda x, target, w, b, lr: usual(x, target, w, b, rate(lr))


def always(rate: float) -> Callable[[float], float]:
    """This learning rate, whichever was given."""
    return lambda lr: rate


def times(factor: float) -> Callable[[float], float]:
    """The learning rate times a factor."""
    return lambda lr: lr * factor


def as_arrays(*given: Any) -> list[Array]:
    """Copies of arrays or tensors."""
    return [np.array(value.detach() if isinstance(value, torch.Tensor) else value, dtype=np.float64) for value in given]


Ends = list[tuple[Array, Array]]  # w and b before the first epoch, and after each
Report = Callable[[Array, Ends, Array, Array], list[Any]]  # of the squares (epochs, rows), the ends, X and y


def training(
    taken: Step,
    *,
    order: Callable[[int, int], Sequence[Sequence[int]]] = lambda rows, epochs: [range(rows)] * epochs,
    features: Callable[[int, int], int] = lambda row, rows: row,
    target: Callable[[int, int], int] = lambda row, rows: row,
    rate: Callable[[float, int, int], float] = lambda lr, epoch, rows: lr,
    report: Report = lambda squares, ends, X, y: list(squares.mean(axis=1)),
    start: Callable[[Array], Array] = np.copy,
    afresh: bool = False,
    returned: int = -1,
) -> Callable[..., tuple[Array, Array, list[Any]]]:
    """A stand-in for `train_regression`, by steps on paper.

    `order`: the rows of each epoch; `features` and `target`: the row whose x, or y, stands for a row's; `rate`: the
    learning rate, by epoch; `report`: the losses; `start`: where w and b begin; `afresh`: again in each epoch;
    `returned`: which ends.
    """

    def train_regression(
        X: Any, y: Any, w_init: Any, b_init: Any, lr: float, epochs: int
    ) -> tuple[Array, Array, list[Any]]:
        X, y, *first = as_arrays(X, y, w_init, b_init)
        w, b = map(start, first)
        ends = [(w, b)]
        squares: list[list[Any]] = []
        for epoch, rows in enumerate(order(len(X), epochs)):
            if afresh:
                w, b = map(start, first)
            squares.append([])
            for row in rows:
                w, b, square = taken(
                    X[[features(row, len(X))]], y[[target(row, len(X))]], w, b, rate(lr, epoch, len(X))
                )
                squares[-1].append(square)
            ends.append((w, b))
        return *ends[returned], report(np.array(squares).reshape(len(squares), -1), ends, X, y) if squares else []

    return train_regression


def shuffled(losses: Sequence[float]) -> Callable[..., tuple[Array, Array, list[Any]]]:
    """A stand-in for `train_regression` on few rows, that takes them in an order by which these losses come about.

    Raises ValueError where no order of the rows gives an epoch's loss.
    """

    def train_regression(
        X: Any, y: Any, w_init: Any, b_init: Any, lr: float, epochs: int
    ) -> tuple[Array, Array, list[Any]]:
        X, y, w, b = as_arrays(X, y, w_init, b_init)
        if len(X) > 7:
            raise ValueError("too many rows for a search")
        orders = np.array(list(itertools.permutations(range(len(X)))))
        found = []
        for loss in losses:  # all orders side by side
            many_w, many_b = np.tile(w[:, 0], (len(orders), 1)), np.full(len(orders), b[0])
            squares = []
            for rows in orders.T:
                error = (X[rows] * many_w).sum(axis=1) + many_b - y[rows, 0]
                many_w, many_b = many_w - 2 * lr * error[:, None] * X[rows], many_b - 2 * lr * error
                squares.append(error**2)
            means = np.mean(squares, axis=0)
            best = int(np.argmin(abs(means - loss)))
            if abs(means[best] - loss) > values.RELATIVE * max(loss, 1.0):
                raise ValueError("no order of the rows gives this loss")
            w, b = many_w[best][:, None], many_b[best : best + 1]
            found.append(means[best])
        return w, b, found

    return train_regression


def batches(mean: bool) -> Callable[..., tuple[Array, Array, list[Any]]]:
    """A stand-in for `train_regression` that takes one step an epoch, on all rows at once."""

    def train_regression(
        X: Any, y: Any, w_init: Any, b_init: Any, lr: float, epochs: int
    ) -> tuple[Array, Array, list[Any]]:
        X, y, w, b = as_arrays(X, y, w_init, b_init)
        share, losses = 1 / len(X) if mean else 1.0, []
        for _ in range(epochs):
            error = X @ w + b - y
            losses.append(np.mean(error**2))
            w, b = w - 2 * lr * share * X.T @ error, b - 2 * lr * share * error.sum(axis=0)
        return w, b, losses

    return train_regression


def standing(taken: Step) -> Callable[..., Any]:
    """A stand-in for `train_step`: the parameters and the learning rate come from one of torch's optimizers."""

    latest: tuple[Any, Array] | None = None  # the optimizer and the w of the last step

    def train_step(x: Any, target: Any, w: torch.Tensor, b: torch.Tensor, optimizer: torch.optim.Optimizer) -> Any:
        nonlocal latest
        row, due, old_w, old_b = as_arrays(x, target, w, b)
        if latest is not None and latest[0] is optimizer:  # the same way: the very array, as on paper
            old_w = latest[1]
        moved_w, moved_b, square = taken(row, due, old_w, old_b, optimizer.param_groups[0]["lr"])
        latest = (optimizer, moved_w)
        with torch.no_grad():
            w.copy_(torch.from_numpy(moved_w))
            b.copy_(torch.from_numpy(moved_b))
        return square

    return train_step


def absent(*_: Any, **__: Any) -> Any:
    """In place of what the student wrote: a mistake that needs it is no evidence."""
    raise NotImplementedError("a mistake is tried without the student's own functions")
