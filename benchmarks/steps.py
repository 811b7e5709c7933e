"""Training that the reference framework and torch do in the same steps: what `make bench` compares.

Float64, eager, and on both sides the same program from the same start, so that only the frameworks differ.
"""

import contextlib
import functools
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from raisin import lab
from raisin.lab import framework

SOURCE = Path(__file__).resolve().parents[1] / "source"
NOTEBOOKS = ("02-tensor-arithmetic", "03-graph-nodes", "04-backward", "05-sgd", "06-raisin-mlp")
FEATURES, HIDDEN, BATCH, LEARNING_RATE = 7, 16, 32, 0.1  # as in notebook 06

TORCH = SimpleNamespace(
    tensor=torch.tensor,
    tanh=torch.tanh,
    sigmoid=torch.sigmoid,
    binary_cross_entropy=torch.nn.functional.binary_cross_entropy,
    SGD=torch.optim.SGD,
)


@functools.cache
def reference() -> SimpleNamespace:
    """The names of the reference framework up to notebook 06."""
    return names_of(NOTEBOOKS)


def names_of(notebooks: Sequence[str]) -> SimpleNamespace:
    """What the framework cells of these source notebooks define."""
    names: dict[str, Any] = {"__name__": "__main__", "lab": lab}
    for notebook in notebooks:
        for part in framework.collect(framework.read_sources(SOURCE / notebook / f"{notebook}.ipynb")).parts:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(part.source, f"<{part.name}>", "exec"), names)
    return SimpleNamespace(**names)


def linear_model(T: Any, steps: int) -> list[Any]:
    """A linear model with the squared error, 64 rows of 8 features; the parameters afterwards, as arrays."""
    rng = np.random.default_rng(0)
    X, y, w, b = (rng.normal(size=shape) for shape in ((64, 8), (64, 1), (8, 1), (1,)))
    x, target, mean = T.tensor(X), T.tensor(y), T.tensor(np.full((1, 64), 1 / 64))
    return _train(T, [w, b], lambda w, b: mean @ (x @ w + b - target) ** 2, 1e-3, steps)


def raisin_batch(rows: int) -> tuple[Any, Any, list[Any]]:
    """Drawn X (rows, FEATURES) and y (rows, 1), and a start [W1, b1, W2, b2] as notebook 06 draws it; arrays."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(rows, FEATURES)), rng.integers(0, 2, size=(rows, 1)) * 1.0
    W1, W2 = (rng.normal(size=shape) / np.sqrt(shape[0]) for shape in ((FEATURES, HIDDEN), (HIDDEN, 1)))
    return X, y, [W1, np.zeros(HIDDEN), W2, np.zeros(1)]


def raisin_net(T: Any, steps: int, rows: int = BATCH) -> list[Any]:
    """The network of notebook 06, step by step on one and the same batch; the parameters afterwards, as arrays."""
    X, y, start = raisin_batch(rows)
    x, target = T.tensor(X), T.tensor(y)

    def loss(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        return T.binary_cross_entropy(T.sigmoid(T.tanh(x @ W1 + b1) @ W2 + b2), target)

    return _train(T, start, loss, LEARNING_RATE, steps)


def _train(T: Any, start: Sequence[Any], loss_of: Callable[..., Any], lr: float, steps: int) -> list[Any]:
    parameters = [T.tensor(array, requires_grad=True) for array in start]
    optimizer = T.SGD(parameters, lr=lr)
    for _ in range(steps):
        loss = loss_of(*parameters)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [p.data if isinstance(p.data, np.ndarray) else p.data.numpy() for p in parameters]


def must_agree(first: Sequence[Any], second: Sequence[Any]) -> None:
    """Raise ValueError unless both sides ended at the same parameters, to 1e-9 of the largest entry of each."""
    for k, (one, other) in enumerate(zip(first, second, strict=True)):
        if one.shape != other.shape or not np.abs(one - other).max() <= 1e-9 * np.abs(other).max():
            raise ValueError(f"the two sides do not do the same work: parameter {k} differs")
