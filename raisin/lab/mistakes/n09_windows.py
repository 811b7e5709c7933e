"""09-lenet: mistakes in windows and put_back."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raisin.lab.diagnose import Mistake

Array = NDArray[Any]
Pairs = tuple[tuple[int, int], tuple[int, int]]


def _places(length: int, kernel: int, stride: int) -> int:
    return (length - kernel) // stride + 1


def _gather(
    padded: Callable[[int], Pairs] = lambda p: ((p, p), (p, p)),
    places: Callable[[int, int, int], int] = _places,
    entry: Callable[[int, int, int, int], tuple[int, int]] = lambda i, j, kh, kw: (i, j),
    step: Callable[[int], int] = lambda s: s,
    filled: Callable[[float], float] = lambda fill: fill,
) -> Callable[..., Array]:
    """`windows` with one thing done otherwise. By index arrays, which no student writes."""

    def windows(x: Array, size: Any, stride: int = 1, padding: int = 0, fill: float = 0.0) -> Array:
        x = np.pad(x, [(0, 0), (0, 0), *padded(padding)], constant_values=filled(fill))
        (kh, kw), (height, width) = size, x.shape[2:]
        made = [
            x[:, :, (step(stride) * np.arange(places(height, kh, stride)) + at[0])[:, None],
              step(stride) * np.arange(places(width, kw, stride)) + at[1]]
            for at in (entry(i, j, kh, kw) for i in range(kh) for j in range(kw))
        ]  # fmt: skip
        return np.stack(made, axis=2).reshape(*x.shape[:2], kh, kw, *made[0].shape[2:])

    return windows


def _scatter(
    entry: Callable[[int, int, int, int], tuple[int, int]] = lambda i, j, kh, kw: (i, j),
    step: Callable[[int], int] = lambda s: s,
    cut: Callable[[Array, Any, int], Array] = lambda x, shape, p: x[:, :, p : p + shape[2], p : p + shape[3]],
    add: Callable[[Array, Array], Array] = lambda before, new: before + new,
) -> Callable[..., Array]:
    def put_back(found: Array, shape: Any, stride: int = 1, padding: int = 0) -> Array:
        kh, kw, h, w = found.shape[2:]
        x = np.zeros((*shape[:2], shape[2] + 2 * padding, shape[3] + 2 * padding))
        for i in range(kh):
            for j in range(kw):
                down, right = entry(i, j, kh, kw)
                rows, columns = step(stride) * np.arange(h)[:, None] + down, step(stride) * np.arange(w) + right
                x[:, :, rows, columns] = add(x[:, :, rows, columns], found[:, :, i, j])
        return cut(x, shape, padding)

    return put_back


def _mistake(name: str, key: str, looks_like: str, look_at: str, made: Callable[..., Array]) -> Mistake:
    return Mistake(key, looks_like, f"{name}: {look_at}", names={name: made}, checks=(f"{name}: ",))


def _turned(i: int, j: int, kh: int, kw: int) -> tuple[int, int]:
    return kh - 1 - i, kw - 1 - j


_PAD, _COUNT, _STEP = "where does the padding go?", "how many places are there?", "what is the step of a slice?"
WINDOWS = (
    *(
        _mistake("windows", *entry)
        for entry in (
            ("step-missing", "the windows move by 1, whatever the stride", _STEP, _gather(step=lambda s: 1)),
            (
                "kernel-turned",
                "the entries of the kernel are turned round",
                "which slice is whose?",
                _gather(entry=_turned),
            ),
            (
                "pad-one-side",
                "the padding is on one side only",
                _PAD,
                _gather(padded=lambda p: ((0, 2 * p), (0, 2 * p))),
            ),
            (
                "pad-one-side",
                "the padding is on one side only",
                _PAD,
                _gather(padded=lambda p: ((2 * p, 0), (2 * p, 0))),
            ),
            ("pad-missing", "there is no padding", _PAD, _gather(padded=lambda p: ((0, 0), (0, 0)))),
            ("pad-half", "the padding is too small", _PAD, _gather(padded=lambda p: ((0, p), (0, p)))),
            ("pad-fill", "other numbers stand in the padding", "what is fill for?", _gather(filled=lambda fill: 0.0)),
            ("places", "there is one place too few", _COUNT, _gather(places=lambda n, k, s: max((n - k) // s, 1))),
            ("places", "the number of places is wrong", _COUNT, _gather(places=lambda n, k, s: (n - k + 1) // s)),
            ("places", "the number of places is wrong", _COUNT, _gather(places=lambda n, k, s: (n - k - 1) // s + 1)),
        )
    ),
    *(
        _mistake("put_back", *entry)
        for entry in (
            (
                "back-replaced",
                "where windows overlap, only the last one counts",
                "what becomes of what is there?",
                _scatter(add=lambda before, new: new),
            ),
            ("back-uncut", "the padding is still there", _PAD, _scatter(cut=lambda x, shape, p: x)),
            (
                "back-cut",
                "the padding is cut off at the wrong end",
                _PAD,
                _scatter(cut=lambda x, shape, p: x[:, :, : shape[2], : shape[3]]),
            ),
            (
                "back-cut",
                "the padding is cut off at the wrong end",
                _PAD,
                _scatter(cut=lambda x, shape, p: x[:, :, 2 * p :, 2 * p :]),
            ),
            ("back-step", "the windows move by 1, whatever the stride", _STEP, _scatter(step=lambda s: 1)),
            (
                "back-turned",
                "the entries of the kernel are turned round",
                "which slice is whose?",
                _scatter(entry=_turned),
            ),
        )
    ),
)
