"""06-raisin-mlp: mistakes in scaling the raisins."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.paper import absent

Array = NDArray[Any]
ABSENT = {"prepare": absent}
Scaled = Callable[[Array, Array, Array], tuple[Array, Array]]  # X, order without and with -> training rows, test rows


def _instead(way: Callable[[Array, Array, int], list[Array]]) -> Callable[[Mapping[str, Any]], Any]:
    """In place of the scaled rows that are due: what `way` makes of X, the order and the number of training rows."""

    def made(own: Mapping[str, Any]) -> Callable[..., list[Array]]:
        def scaled(rng: Any, rows: int, features: int, train: int) -> list[Array]:
            X, _, order = own["table"](rng, rows, features)
            return way(X, order, train)

        return scaled

    return made


def _prepare(
    key: str, looks_like: str, look_at: str, *ways: Callable[[Array, Array, int], list[Array]]
) -> list[Mistake]:
    return [
        Mistake(
            key, looks_like, look_at, around={"due_scaled": _instead(way)}, names=ABSENT, checks=("prepare: scaled",)
        )
        for way in ways
    ]


Statistic = Callable[[Array], Any]
Shift = Callable[[Array, Any, Any], Array]


def _mean(K: Array) -> Any:
    return K.mean(axis=0)


def _std(K: Array) -> Any:
    return K.std(axis=0)


def _standard(A: Array, m: Any, d: Any) -> Array:
    return np.asarray((A - m) / d)


def _by(
    known: Callable[[Array, Array, int], Array],
    center: Statistic = _mean,
    spread: Statistic = _std,
    shift: Shift = _standard,
    rows: Callable[[Array, int], tuple[Array, Array]] = lambda order, n: (order[:n], order[n:]),
) -> Callable[[Array, Array, int], list[Array]]:
    """Rows shifted by statistics of what is `known`."""

    def way(X: Array, order: Array, n: int) -> list[Array]:
        K = known(X, order, n)
        return [shift(X[part], center(K), spread(K)) for part in rows(order, n)]

    return way


def _training(X: Array, order: Array, n: int) -> Array:
    return X[order[:n]]


def _others(shift: Shift) -> Callable[[Array, Array, int], list[Array]]:
    return _by(_training, shift=shift)


def _parts(train: Scaled) -> Callable[[Array, Array, int], list[Array]]:
    return lambda X, order, n: list(train(X, X[order[:n]], X[order[n:]]))


def _own(K: Array) -> Array:
    return np.asarray((K - _mean(K)) / _std(K))


def _last(X: Array, order: Array, n: int) -> Array:
    return X[order[n:]]


SCALED = (
    *_prepare(
        "test-rows-leak",
        "the test rows had a say in how the training rows are scaled",
        "prepare: of which rows are mean and deviation taken?",
        _by(lambda X, order, n: X),
        _by(_last),
        lambda X, order, n: [(X[o] - X.mean(axis=0)) / X[order[:n]].std(axis=0) for o in (order[:n], order[n:])],
        lambda X, order, n: [(X[o] - X[order[:n]].mean(axis=0)) / X.std(axis=0) for o in (order[:n], order[n:])],
    ),
    *_prepare(
        "test-rows-by-themselves",
        "training rows and test rows are scaled each by their own numbers",
        "prepare: what may be known of test rows?",
        _parts(lambda X, K, N: (_own(K), _own(N))),
        _parts(lambda X, K, N: (_own(K), (N - _mean(X)) / _std(X))),
        _parts(lambda X, K, N: (_own(K), (N - _mean(N)) / _std(K))),
        _parts(lambda X, K, N: (_own(K), (N - _mean(K)) / _std(N))),
    ),
    *_prepare(
        "test-rows-unscaled",
        "the rows of one part are not scaled",
        "prepare: what happens to test rows?",
        _parts(lambda X, K, N: (_own(K), N)),
        _parts(lambda X, K, N: (K, (N - _mean(K)) / _std(K))),
        _parts(lambda X, K, N: (_own(K), N - _mean(K))),
        _parts(lambda X, K, N: (_own(K), N / _std(K))),
        _parts(lambda X, K, N: (_own(K), N * 0)),
    ),
    *_prepare("not-scaled", "nothing is scaled", "prepare: X itself", _others(lambda A, m, d: A)),
    *_prepare(
        "one-for-all-columns",
        "one number stands for all columns, where each has its own",
        "prepare: along which axis?",
        _by(_training, center=np.mean),
        _by(_training, spread=np.std),
        _by(_training, center=np.mean, spread=np.std),
        _by(lambda X, order, n: X, center=np.mean, spread=np.std),
        _by(_training, center=lambda K: K.mean(axis=0).mean(), spread=lambda K: K.std(axis=0).mean()),
    ),
    *_prepare(
        "by-rows",
        "each row is scaled by its own numbers, where each column should be",
        "prepare: along which axis?",
        _parts(lambda X, K, N: (_own(K.T).T, _own(N.T).T)),
    ),
    *_prepare(
        "deviation-missing",
        "the mean was taken off and nothing was divided, or divided and no mean taken off",
        "prepare: two steps",
        _others(lambda A, m, d: A - m),
        _others(lambda A, m, d: A / d),
        _by(lambda X, order, n: X, shift=lambda A, m, d: A - m),
        _by(lambda X, order, n: X, shift=lambda A, m, d: A / d),
    ),
    *_prepare(
        "scaled-by-another-measure",
        "another measure than mean and standard deviation scales the columns",
        "prepare: variance, deviation, largest number?",
        _by(_training, spread=lambda K: K.var(axis=0)),
        _by(_training, spread=lambda K: K.std(axis=0, ddof=1)),
        _by(_training, spread=lambda K: np.sqrt(K.std(axis=0))),
        _by(_training, center=lambda K: np.median(K, axis=0)),
        _by(_training, center=lambda K: K.min(axis=0), spread=lambda K: np.ptp(K, axis=0)),
        _by(_training, center=lambda K: K.mean(axis=0), spread=lambda K: np.ptp(K, axis=0)),
        _by(_training, center=lambda K: K.min(axis=0)),
        _by(_training, center=lambda K: 0.0, spread=lambda K: K.max(axis=0)),
        _by(_training, center=lambda K: 0.0, spread=lambda K: np.abs(K).max(axis=0)),
        _by(lambda X, order, n: X, center=lambda K: K.min(axis=0), spread=lambda K: np.ptp(K, axis=0)),
        _by(_training, spread=lambda K: np.linalg.norm(K, axis=0)),
        _by(_training, spread=lambda K: np.abs(K - K.mean(axis=0)).mean(axis=0)),
        _by(_training, spread=lambda K: K.std(axis=0) + 1e-3),
        _by(_training, spread=lambda K: K.std(axis=0) + 1e-8),
        _by(_training, spread=lambda K: K.std(axis=0) + 1.0),
        _by(_training, spread=lambda K: np.abs(K).max(axis=0)),
        _by(_training, spread=lambda K: K.max(axis=0)),
        _by(_training, spread=lambda K: np.abs(K - K.mean(axis=0)).max(axis=0)),
        _by(_training, center=lambda K: K.sum(axis=0)),
    ),
    *_prepare(
        "scaled-in-another-order",
        "the steps of scaling are mixed up: a sign, a factor, or which comes first",
        "prepare: brackets",
        _others(lambda A, m, d: (A - m) * d),
        _others(lambda A, m, d: (A + m) / d),
        _others(lambda A, m, d: (m - A) / d),
        _others(lambda A, m, d: A - m / d),
        _others(lambda A, m, d: A / d - m),
        _others(lambda A, m, d: (A - d) / m),
        _others(lambda A, m, d: (A - m) / m),
        _others(lambda A, m, d: (A - m) / d / d),
        _others(lambda A, m, d: (A - m) / (2 * d)),
        _others(lambda A, m, d: ((A - m) / d - m) / d),
    ),
    *_prepare(
        "statistics-before-the-order",
        "mean and deviation are of the first rows of the table, not of the first in the new order",
        "prepare: which rows are the training rows?",
        _by(lambda X, order, n: X[:n]),
    ),
    *_prepare(
        "order-unused",
        "rows stand as in the table they came from, not in the order that was handed in",
        "prepare: order",
        _by(lambda X, order, n: X[:n], rows=lambda order, n: (np.arange(len(order))[:n], np.arange(len(order))[n:])),
        _by(_training, rows=lambda order, n: (np.arange(len(order))[:n], np.arange(len(order))[n:])),
        _by(_training, rows=lambda order, n: (np.sort(order[:n]), np.sort(order[n:]))),
        _by(lambda X, order, n: X[np.argsort(order)[:n]], rows=lambda o, n: (np.argsort(o)[:n], np.argsort(o)[n:])),
    ),
    *_prepare(
        "cut-elsewhere",
        "training rows are taken from another place of the order than its front",
        "prepare: which part of order is for training?",
        _by(lambda X, o, n: X[o[-n:]], rows=lambda o, n: (o[-n:], o[:-n])),
        _by(lambda X, o, n: X[o[len(o) - n :]], rows=lambda o, n: (o[len(o) - n :], o[: len(o) - n])),
        _by(lambda X, o, n: X[o[::-1][:n]], rows=lambda o, n: (o[::-1][:n], o[::-1][n:])),
        _by(_training, rows=lambda o, n: (o[:n], o[n:][::-1])),
        _by(_training, rows=lambda o, n: (o[:n], o[:n])),
    ),
    *_prepare(
        "parts-exchanged",
        "training part and test part are exchanged",
        "prepare: what is handed back, in which order?",
        _by(_training, rows=lambda o, n: (o[n:], o[:n])),
        _by(_last, rows=lambda o, n: (o[n:], o[:n])),
    ),
)
