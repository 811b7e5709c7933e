"""09-lenet: mistakes in conv2d, in its value and in its gradients, put into torch's."""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.grad import conv2d_input, conv2d_weight

from raisin.lab.diagnose import Mistake

Tensor = torch.Tensor
Value = Callable[[Tensor, Tensor, int, int], Tensor]  # x, weight, stride, padding
Gradient = Callable[[Tensor, Tensor, Tensor, int, int], Tensor | None]  # what arrived, then the same


def _value(x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    return torch.conv2d(x, weight, None, stride, padding)


def _to_x(g: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor | None:
    made: Tensor = conv2d_input(x.shape, weight, g, stride, padding)  # type: ignore[no-untyped-call]
    return made


def _to_weight(g: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor | None:
    made: Tensor = conv2d_weight(x, weight.shape, g, stride, padding)  # type: ignore[no-untyped-call]
    return made


def _conv2d(
    value: Value = _value, to_x: Gradient = _to_x, to_weight: Gradient = _to_weight, bias: float | None = 1.0
) -> Callable[..., Tensor]:
    """conv2d with one thing done otherwise; the bias is added so many times, None: outside the graph."""

    def conv2d(x: Tensor, weight: Tensor, offset: Tensor | None = None, stride: int = 1, padding: int = 0) -> Tensor:
        class Wrong(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
                ctx.save_for_backward(x, weight)
                return value(x, weight, stride, padding)

            @staticmethod
            def backward(ctx: Any, *arrived: Tensor) -> tuple[Tensor | None, ...]:
                x, weight = ctx.saved_tensors
                return tuple(to(arrived[0], x, weight, stride, padding) for to in (to_x, to_weight))

        y: Tensor = Wrong.apply(x, weight)  # type: ignore[no-untyped-call]  # torch has no types for it
        if offset is None:
            return y
        added = offset.reshape(1, -1, 1, 1)
        return y + (added.detach() if bias is None else bias * added)

    return conv2d


def _order(*axes: int) -> Value:
    """The numbers in the windows in another order than those of the kernel."""

    def value(x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
        n, (out, c, kh, kw) = len(x), weight.shape
        columns = torch.nn.functional.unfold(x, (kh, kw), padding=padding, stride=stride)
        mixed = columns.reshape(n, c, kh, kw, -1).permute(0, *axes, 4).reshape(n, c * kh * kw, -1)
        return (weight.reshape(out, -1) @ mixed).reshape(_value(x, weight, stride, padding).shape)

    return value


def _first(g: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor | None:
    return _to_weight(g[:1], x[:1], weight, stride, padding)


def _mean(g: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor | None:
    return _to_weight(g / len(x), x, weight, stride, padding)


def _back_by_one(g: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor | None:
    """What went to its place by steps goes back without them."""
    size, full = weight.shape[2:], (x.shape[2] + 2 * padding, x.shape[3] + 2 * padding)
    columns = weight.flatten(1).T @ g.flatten(2)
    found = columns.reshape(len(x), -1, *g.shape[2:])
    padded = torch.zeros(len(x), x.shape[1], *full, dtype=x.dtype)
    found = found.reshape(len(x), x.shape[1], *size, *g.shape[2:])
    for i in range(size[0]):
        for j in range(size[1]):
            padded[:, :, i : i + g.shape[2], j : j + g.shape[3]] += found[:, :, i, j]
    return padded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]


def _last_axis(g: Tensor) -> Tensor:
    return g.permute(0, 2, 3, 1).reshape(g.shape)


_VALUE, _BACK = "conv2d: which number meets which?", "Conv2dNode.backward: compare with the formulas, factor by factor"
CONVOLUTIONS = tuple(
    Mistake(key, words, where, names={"conv2d": made}, checks=("conv2d: ",))
    for key, words, where, made in (
        (
            "conv-turned",
            "the kernel is turned round before it is laid on",
            _VALUE,
            _conv2d(lambda x, weight, s, p: _value(x, weight.flip(2, 3), s, p)),
        ),
        ("conv-order", "kernels and windows are not in the same order", _VALUE, _conv2d(_order(2, 3, 1))),
        ("conv-order", "kernels and windows are not in the same order", _VALUE, _conv2d(_order(1, 3, 2))),
        ("conv-order", "kernels and windows are not in the same order", _VALUE, _conv2d(_order(3, 2, 1))),
        (
            "conv-stride",
            "the kernel moves by 1, whatever the stride",
            _VALUE,
            _conv2d(lambda x, w, s, p: _value(x, w, 1, p)),
        ),
        ("conv-padding", "there is no padding", _VALUE, _conv2d(lambda x, w, s, p: _value(x, w, s, 0))),
        ("conv-bias", "the bias is not added", "conv2d: what comes at the end?", _conv2d(bias=0.0)),
        ("conv-bias-sign", "the bias is subtracted", "conv2d: what comes at the end?", _conv2d(bias=-1.0)),
        ("conv-bias-graph", "the bias is not in the graph", "conv2d: arrays or Tensors?", _conv2d(bias=None)),
        ("conv-mean", "the weight's gradient is averaged over the batch", _BACK, _conv2d(to_weight=_mean)),
        ("conv-first", "only the first picture's gradient arrives at the weight", _BACK, _conv2d(to_weight=_first)),
        ("conv-no-x", "nothing goes back to x", _BACK, _conv2d(to_x=lambda g, x, w, s, p: None)),
        ("conv-back-stride", "the way back does not know the stride", _BACK, _conv2d(to_x=_back_by_one)),
        (
            "conv-arrived-order",
            "what arrives is read in another order",
            _BACK,
            _conv2d(
                to_x=lambda g, x, w, s, p: _to_x(_last_axis(g), x, w, s, p),
                to_weight=lambda g, x, w, s, p: _to_weight(_last_axis(g), x, w, s, p),
            ),
        ),
        (
            "conv-arrived-sign",
            "only the sign of what arrives goes back to x",
            _BACK,
            _conv2d(to_x=lambda g, x, w, s, p: _to_x(torch.sign(g), x, w, s, p)),
        ),
        (
            "conv-back-turned",
            "the kernel is turned round on the way back",
            _BACK,
            _conv2d(to_x=lambda g, x, w, s, p: _to_x(g, x, w.flip(2, 3), s, p)),
        ),
    )
)
