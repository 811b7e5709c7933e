"""unbroadcast: what typical mistakes give, called by itself and in every node that stretches an operand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.n04_nodes import OPERATIONS
from raisin.lab.mistakes.wrong import altered, on_arrays, walk

CHECKS = ("unbroadcast:", "addition: a leaf", "every way", "subtraction: both", "matmul: a batch")
Unbroadcast = Callable[[Any, tuple[int, ...]], Any]


def _unchanged(to_left: Any, to_right: Any, left: Any, right: Any) -> tuple[Any, Any]:
    return to_left, to_right


def _operations(unbroadcast: Unbroadcast) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {
        name: altered(forward, _unchanged, on_arrays(unbroadcast)) for name, (forward, _, _) in OPERATIONS.items()
    }
    times = found["multiplication"]
    return {**found, "negation": lambda x: times(-1.0, x)}


def _group(
    key: str, looks_like: str, look_at: str, *wrong: Unbroadcast, checks: tuple[str, ...] = CHECKS
) -> list[Mistake]:
    return [
        Mistake(
            key,
            looks_like,
            look_at,
            names={"unbroadcast": unbroadcast},
            operations=_operations(unbroadcast),
            backward=walk(),
            checks=checks,
        )
        for unbroadcast in wrong
    ]


def _added(grad: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(grad.ndim - len(shape)))


def _ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(axis for axis, length in enumerate(shape) if length == 1)


def _two(added: Callable[[Any, Any], Any], stretched: Callable[[Any, Any], Any]) -> Unbroadcast:
    """Two steps, each a function of an array and the axes that it is about; at least one of them is wrong."""

    def unbroadcast(grad: Any, shape: tuple[int, ...]) -> Any:
        grad = added(grad, _added(grad, shape))
        return stretched(grad, _ones(shape))

    return unbroadcast


def _torchs(grad: Any, shape: tuple[int, ...]) -> Any:
    return torch.as_tensor(grad).sum_to_size(shape).numpy()


def _front(grad: Any, axes: Any) -> Any:
    """Over as many axes in front."""
    return _torchs(grad, grad.shape[len(axes) :])


def _sum_kept(grad: Any, axes: Any) -> Any:
    return grad.sum(axis=axes, keepdims=True)


def _leave(grad: Any, axes: Any) -> Any:
    return grad


def _instead(reduce: Callable[..., Any], kept: bool) -> Callable[[Any, Any], Any]:
    """Another way to make one of many: only where there is an axis to reduce."""
    return lambda grad, axes: reduce(grad, axis=axes, keepdims=kept) if axes else grad


def _slice(place: int, kept: bool) -> Callable[[Any, Any], Any]:
    def taken(grad: Any, axes: Any) -> Any:
        for axis in sorted(axes, reverse=True):
            grad = np.take(grad, [place] if kept else place, axis=axis)
        return grad

    return taken


def _some(which: slice, kept: bool) -> Callable[[Any, Any], Any]:
    return lambda grad, axes: grad.sum(axis=axes[which], keepdims=kept)


def _last_axes(grad: Any, shape: tuple[int, ...]) -> Any:
    grad = grad.sum(axis=tuple(range(len(shape), grad.ndim)))
    return _sum_kept(grad, tuple(axis for axis in _ones(shape) if axis < grad.ndim))


def _until_it_fits(axis: int) -> Unbroadcast:
    """The same axis again and again, until there are as many axes as there should be."""

    def unbroadcast(grad: Any, shape: tuple[int, ...]) -> Any:
        while grad.ndim > len(shape):
            grad = grad.sum(axis=axis)
        return _sum_kept(grad, _ones(shape))

    return unbroadcast


def _not_aligned(grad: Any, shape: tuple[int, ...]) -> Any:
    """The stretched axes are numbered as in the small shape, and looked for in the large one."""
    return _front(_sum_kept(grad, _ones(shape)), _added(grad, shape))


def _once_too_often(grad: Any, shape: tuple[int, ...]) -> Any:
    return _sum_kept(_front(grad, _added(grad, shape)), tuple(k for k, n in enumerate(shape) if n != 1))


def _in_place(grad: Any, shape: tuple[int, ...]) -> Any:
    found = _torchs(grad, shape)
    grad[...] = np.broadcast_to(found, grad.shape)
    return found


def _total(grad: Any, shape: tuple[int, ...]) -> Any:
    return np.full(shape, grad.sum()) if grad.shape != shape else grad


def _mean_total(grad: Any, shape: tuple[int, ...]) -> Any:
    return np.full(shape, grad.mean()) if grad.shape != shape else grad


def _dropping(grad: Any, shape: tuple[int, ...]) -> Any:
    return _front(grad, _added(grad, shape)).sum(axis=_ones(shape))


MISTAKES = (
    *_group(
        "unbroadcast-mean",
        "a broadcast is undone by a mean, or by a product",
        "unbroadcast: many copies of one number, each with a gradient of its own. What does the number get?",
        _two(_instead(np.mean, False), _instead(np.mean, True)),
        _two(_instead(np.mean, False), _sum_kept),
        _two(_front, _instead(np.mean, True)),
        _two(_instead(np.prod, False), _instead(np.prod, True)),
        _mean_total,
    ),
    *_group(
        "unbroadcast-slice",
        "a broadcast is undone by taking one of many numbers, or as many as fit; the others are lost",
        "unbroadcast: many copies of one number, each with a gradient of its own. What does the number get?",
        _two(_instead(np.max, False), _instead(np.max, True)),
        _two(_instead(np.max, False), _sum_kept),
        _two(_front, _instead(np.max, True)),
        _two(_slice(0, False), _slice(0, True)),
        _two(_slice(-1, False), _slice(-1, True)),
        _two(_slice(0, False), _sum_kept),
        _two(_slice(-1, False), _sum_kept),
        _two(_front, _slice(0, True)),
        _two(_front, _slice(-1, True)),
        _two(_instead(np.min, False), _instead(np.min, True)),
        _two(_instead(np.min, False), _sum_kept),
        _two(_front, _instead(np.min, True)),
        lambda grad, shape: np.resize(grad, shape),
        lambda grad, shape: np.resize(_front(grad, _added(grad, shape)), shape),
        lambda grad, shape: np.ravel(grad)[-max(int(np.prod(shape)), 1) :].reshape(shape),
    ),
    *_group(
        "unbroadcast-added-only",
        "a broadcast is undone for the axes that were added in front, but not for those that were stretched",
        "unbroadcast: two things happen when arrays are broadcast; which axes have length 1?",
        _two(_front, _leave),
    ),
    *_group(
        "unbroadcast-stretched-only",
        "a broadcast is undone for the axes that were stretched, but not for those that were added in front",
        "unbroadcast: two things happen when arrays are broadcast; how many axes are there, before and after?",
        lambda grad, shape: _sum_kept(grad, _ones(shape)),
        lambda grad, shape: _sum_kept(grad, tuple(k + grad.ndim - len(shape) for k in _ones(shape))),
    ),
    *_group(
        "unbroadcast-nothing",
        "unbroadcast does not sum at all",
        "unbroadcast: which shape has what it returns?",
        lambda grad, shape: grad,
    ),
    *_group(
        "unbroadcast-axes",
        "a broadcast is undone along the wrong axes",
        "unbroadcast: on which side do shapes meet when they are broadcast, and which axis has which number?",
        _last_axes,
        _until_it_fits(-1),
        _not_aligned,
        _once_too_often,
        lambda grad, shape: grad.sum(axis=tuple(range(len(shape), grad.ndim))),
        lambda grad, shape: grad.sum(axis=tuple(range(1, grad.ndim - len(shape) + 1))),
        _two(_front, lambda grad, axes: grad.sum(axis=0, keepdims=True) if axes else grad),
        _two(_front, lambda grad, axes: grad.sum(axis=-1, keepdims=True) if axes else grad),
        _two(_leave, lambda grad, axes: grad.sum(axis=0)),
        _two(_leave, lambda grad, axes: grad.sum(axis=0, keepdims=True)),
        _two(_front, lambda grad, axes: grad.sum(axis=tuple(-k for k in axes), keepdims=True)),
    ),
    *_group(
        "unbroadcast-some-axes",
        "a broadcast is undone for one axis where there are several",
        "unbroadcast: how many axes can be added, and how many stretched?",
        _two(_some(slice(1), False), _sum_kept),
        _two(_some(slice(-1, None), False), _sum_kept),
        _two(_front, _some(slice(1), True)),
        _two(_front, _some(slice(-1, None), True)),
        _two(_some(slice(1), False), _some(slice(1), True)),
    ),
    *_group(
        "unbroadcast-drops",
        "unbroadcast drops axes of length 1 that the shape has",
        "unbroadcast: which shape has what it returns, and is it the one that was asked for?",
        _dropping,
        lambda grad, shape: np.squeeze(_torchs(grad, shape)),
        checks=CHECKS[:1],
    ),
    *_group(
        "unbroadcast-keeps",
        "unbroadcast keeps an axis of length 1 for every axis that was added in front",
        "unbroadcast: which shape has what it returns, and is it the one that was asked for?",
        _two(_sum_kept, lambda grad, axes: grad.sum(axis=tuple(k - grad.ndim for k in axes), keepdims=True)),
        lambda grad, shape: _sum_kept(
            grad, _added(grad, shape) + tuple(k + grad.ndim - len(shape) for k in _ones(shape))
        ),
        checks=CHECKS[:1],
    ),
    *_group(
        "unbroadcast-total",
        "unbroadcast sums over all axes, and every entry gets the same number",
        "unbroadcast: which axes were stretched, and which were there before?",
        _total,
        lambda grad, shape: grad.sum(),
        lambda grad, shape: np.full(shape, grad.sum()),
        lambda grad, shape: grad.sum() if grad.shape != shape else grad,
        checks=CHECKS[:1],
    ),
    *_group(
        "array-shared",
        "an array is changed that somebody else holds too",
        "Tensor.backward and unbroadcast: when is an array changed in place, and who else has it?",
        _in_place,
    ),
)
