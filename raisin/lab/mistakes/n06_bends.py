"""06-raisin-mlp: a wrong tanh or sigmoid, with the name of its mistake."""

from collections.abc import Callable
from typing import Any

import torch

from raisin.lab.diagnose import Mistake

Tensor = torch.Tensor
Slope = Callable[[Tensor, Tensor, Tensor], Tensor]  # of what arrived, the input and the output


def bend(forward: Callable[[Tensor], Tensor], slope: Slope) -> Callable[[Tensor], Tensor]:
    """An operation of one operand, and the gradient that it hands on."""

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            made = forward(x)
            ctx.save_for_backward(x, made)
            return made

        @staticmethod
        def backward(ctx: Any, *arrived: Tensor) -> Tensor:
            return slope(arrived[0], *ctx.saved_tensors)

    def operation(x: Tensor) -> Tensor:
        made: Tensor = Wrong.apply(x)  # type: ignore[no-untyped-call]  # torch has no types for it
        return made

    return operation


def wrong_slopes(name: str, key: str, looks_like: str, look_at: str, *slopes: Slope) -> list[Mistake]:
    """torch's function `name` with another gradient: one mistake for each slope."""
    ways = [bend(getattr(torch, name), slope) for slope in slopes]
    return [Mistake(key, looks_like, look_at, names={name: way}, checks=(f"{name}: ",)) for way in ways]


def wrong_functions(
    name: str, key: str, looks_like: str, look_at: str, *ways: Callable[[Tensor], Tensor]
) -> list[Mistake]:
    """Another function in place of `name`: with the slope that belongs to it, and with the other's formula."""

    def formula(g: Tensor, x: Tensor, h: Tensor) -> Tensor:
        return g * (1 - h * h) if name == "tanh" else g * h * (1 - h)

    operations = [operation for way in ways for operation in (bend(way, formula), way)]
    return [Mistake(key, looks_like, look_at, names={name: way}, checks=(f"{name}: ",)) for way in operations]
