"""09-lenet: mistakes in max_pool2d, put together from torch's unfold and fold."""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import fold, unfold

from raisin.lab.diagnose import Mistake

Tensor = torch.Tensor


def _pool(
    choose: Callable[[Tensor], Tensor] = lambda found: found.argmax(dim=2, keepdim=True),
    share: Callable[[Tensor, Tensor, int], Tensor] = lambda g, chosen, count: _at(g, chosen, count),
    fill: float = -torch.inf,
    step: Callable[[int, int], int] = lambda stride, kernel: stride,
    pad: Callable[[int], int] = lambda padding: padding,
) -> Callable[..., Tensor]:
    """max_pool2d with one thing done otherwise."""

    def pool(x: Tensor, size: Any, stride: int | None = None, padding: int = 0) -> Tensor:
        kh, kw = (size, size) if isinstance(size, int) else size
        move, padding, shape = step(kh if stride is None else stride, kh), pad(padding), x.shape
        full = (shape[2] + 2 * padding, shape[3] + 2 * padding)
        h, w = ((n - k) // move + 1 for n, k in zip(full, (kh, kw), strict=True))

        class Wrong(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Tensor) -> Tensor:
                padded = torch.nn.functional.pad(x, [padding] * 4, value=fill)
                found = unfold(padded, (kh, kw), stride=move).reshape(*shape[:2], kh * kw, h, w)
                ctx.save_for_backward(chosen := choose(found))
                return found.gather(2, chosen)[:, :, 0]

            @staticmethod
            def backward(ctx: Any, *arrived: Tensor) -> Tensor:
                found = share(arrived[0][:, :, None], ctx.saved_tensors[0], kh * kw)
                return fold(found.reshape(shape[0], -1, h * w), shape[2:], (kh, kw), padding=padding, stride=move)

        y: Tensor = Wrong.apply(x)  # type: ignore[no-untyped-call]  # torch has no types for it
        return y

    return pool


def _at(g: Tensor, chosen: Tensor, count: int) -> Tensor:
    room = torch.zeros(*g.shape[:2], count, *g.shape[3:], dtype=g.dtype)
    return room.scatter(2, chosen, g)


def _last(found: Tensor) -> Tensor:
    return found.shape[2] - 1 - found.flip(2).argmax(dim=2, keepdim=True)


_WHICH, _BACK = "max_pool2d: which number of a window is kept?", "MaxPool2dNode.backward: who gets what arrives?"
_WINDOW = "max_pool2d: which windows, and what stands in the padding?"
POOLS = tuple(
    Mistake(key, words, where, names={"max_pool2d": made}, checks=("max_pool2d: ",))
    for key, words, where, made in (
        (
            "pool-smallest",
            "the smallest number is kept",
            _WHICH,
            _pool(lambda found: found.argmin(dim=2, keepdim=True)),
        ),
        ("pool-last", "of equal numbers the last one gets the gradient", _WHICH, _pool(_last)),
        (
            "pool-size",
            "the number farthest from 0 is kept",
            _WHICH,
            _pool(lambda x: x.abs().argmax(dim=2, keepdim=True)),
        ),
        (
            "pool-first",
            "the first number of each window is kept",
            _WHICH,
            _pool(lambda found: 0 * found.argmax(dim=2, keepdim=True)),
        ),
        (
            "pool-all",
            "all numbers of a window get the gradient",
            _BACK,
            _pool(share=lambda g, chosen, count: g.expand(-1, -1, count, -1, -1)),
        ),
        (
            "pool-shared",
            "a window shares the gradient out",
            _BACK,
            _pool(share=lambda g, chosen, count: g.expand(-1, -1, count, -1, -1) / count),
        ),
        (
            "pool-first",
            "the first number of each window gets the gradient",
            _BACK,
            _pool(share=lambda g, chosen, count: _at(g, 0 * chosen, count)),
        ),
        ("pool-zeros", "zeros stand in the padding, and can be the largest", _WINDOW, _pool(fill=0.0)),
        ("pool-stride", "the windows lie side by side, whatever the stride", _WINDOW, _pool(step=lambda s, k: k)),
        ("pool-stride", "the windows move by 1, whatever the stride", _WINDOW, _pool(step=lambda s, k: 1)),
        ("pool-padding", "there is no padding", _WINDOW, _pool(pad=lambda p: 0)),
    )
)
