"""09-lenet: mistakes in relu, view, unsqueeze and flatten."""

from collections.abc import Callable
from typing import Any

import torch

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.n06_bends import bend

Tensor = torch.Tensor


def _slope(key: str, looks_like: str, slope: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Mistake:
    names = {"relu": bend(torch.clone if key == "relu-missing" else torch.relu, slope)}
    return Mistake(key, looks_like, "ReluNode.backward: who gets what arrives?", names=names, checks=("relu: ",))


def _relu(key: str, looks_like: str, relu: Callable[[Tensor], Tensor]) -> tuple[Mistake, ...]:
    """With the slope of relu, as is written from memory, and with the slope that belongs to the function."""
    ways = (bend(relu, lambda g, x, h: g * (x > 0)), relu)
    where = "relu: try it at a few numbers"
    return tuple(Mistake(key, looks_like, where, names={"relu": way}, checks=("relu: ",)) for way in ways)


RELUS = (
    _slope("relu-at-zero", "the slope at 0 is not what torch says", lambda g, x, h: g * (x >= 0)),
    _slope("relu-at-zero", "the slope at 0 is not what torch says", lambda g, x, h: g * ((x > 0) + 0.5 * (x == 0))),
    _slope("relu-arrived", "what decides is the gradient that arrives, not the input", lambda g, x, h: g * (g > 0)),
    _slope("relu-passes", "relu hands the gradient on as it came", lambda g, x, h: g),
    _slope("relu-slope-only", "the gradient that arrived is not used", lambda g, x, h: (x > 0) * torch.ones_like(g)),
    _slope("relu-value", "the result stands where its slope belongs", lambda g, x, h: g * h),
    _slope("relu-other-side", "the gradient goes to the other side", lambda g, x, h: g * (x <= 0)),
    *_relu("relu-abs", "negative numbers turn positive instead of 0", torch.abs),
    *_relu("relu-leaks", "something of the negative numbers is left", lambda x: torch.maximum(x, 0.01 * x)),
    *_relu("relu-leaks", "something of the negative numbers is left", torch.clone),
    *_relu(
        "relu-negative", "the positive numbers are gone and the negative ones left", lambda x: torch.clamp(x, max=0)
    ),
    *_relu("relu-other-function", "it is another bend", torch.tanh),
    *_relu("relu-other-function", "it is another bend", torch.sigmoid),
    *_relu("relu-step", "it is the slope of relu, not relu", lambda x: (x > 0).to(x.dtype)),
)


def _shaped(key: str, looks_like: str, look_at: str, **operations: Callable[..., Any]) -> Mistake:
    return Mistake(key, looks_like, look_at, operations=operations, checks=("view: ",))


def _columns(x: Tensor, *shape: int) -> Tensor:
    """As NumPy's order="F"."""
    turned = torch.arange(x.numel()).reshape(x.shape[::-1]).permute(*range(x.ndim)[::-1]).flatten()
    order = torch.empty_like(turned)
    order[turned] = torch.arange(x.numel())
    length = torch.empty(x.numel()).reshape(shape).shape
    return x.reshape(-1)[order].reshape(tuple(length)[::-1]).permute(*range(len(length))[::-1])


def _at(place: Callable[[Tensor, int], int]) -> Callable[[Tensor, int], Tensor]:
    return lambda x, dim: torch.unsqueeze(x, place(x, dim))


_UNSQUEEZE, _FLATTEN = "unsqueeze: which axes come before the new one?", "flatten: which axes stay?"
SHAPES = (
    _shaped("view-columns", "the numbers are taken column by column", "view: in which order?", view=_columns),
    _shaped("unsqueeze-place", "the new axis is in the wrong place", _UNSQUEEZE, unsqueeze=_at(lambda x, dim: 0)),
    _shaped("unsqueeze-place", "the new axis is in the wrong place", _UNSQUEEZE, unsqueeze=_at(lambda x, dim: x.ndim)),
    _shaped("unsqueeze-missing", "there is no new axis", _UNSQUEEZE, unsqueeze=lambda x, dim: x),
    _shaped("flatten-all", "all axes became one", _FLATTEN, flatten=lambda x, start=0: x.reshape(-1)),
    _shaped(
        "flatten-some", "one axis too many stayed", _FLATTEN, flatten=lambda x, k=0: x.reshape(*x.shape[: k + 1], -1)
    ),
    _shaped(
        "flatten-some", "one axis too few stayed", _FLATTEN, flatten=lambda x, k=0: x.reshape(*x.shape[: k - 1], -1)
    ),
)
