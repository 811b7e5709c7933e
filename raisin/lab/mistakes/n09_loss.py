"""09-lenet: mistakes in cross_entropy, in its value and in its gradient."""

import math
from collections.abc import Callable
from typing import Any

import torch

from raisin.lab.diagnose import Mistake

Tensor = torch.Tensor
Value = Callable[[Tensor, Tensor], Tensor]  # scores, target
Slope = Callable[[Tensor, Tensor, Tensor], Tensor]  # what arrived, probabilities, one for what is true


def _logs(scores: Tensor) -> Tensor:
    return torch.log_softmax(scores, dim=1)


def _taken(table: Tensor, target: Tensor) -> Tensor:
    return table[torch.arange(len(table)), target]


def _loss(value: Value = torch.nn.functional.cross_entropy, slope: Slope | None = None) -> Callable[..., Tensor]:
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, scores: Tensor, target: Tensor) -> Tensor:
            ctx.save_for_backward(torch.softmax(scores, dim=1), target)
            return value(scores, target)

        @staticmethod
        def backward(ctx: Any, *arrived: Tensor) -> tuple[Tensor, None]:
            p, target = ctx.saved_tensors
            true = torch.nn.functional.one_hot(target, p.shape[1]).to(p.dtype)
            return (arrived[0] * (p - true) / len(p) if slope is None else slope(arrived[0], p, true)), None

    def cross_entropy(scores: Tensor, target: Tensor) -> Tensor:
        made: Tensor = Wrong.apply(scores, target)  # type: ignore[no-untyped-call]  # torch has no types for it
        return made

    return cross_entropy


def _unsafe(scores: Tensor, target: Tensor) -> Tensor:
    return -(_taken(scores, target) - torch.log(torch.exp(scores).sum(dim=1))).mean()


def _lowered(scores: Tensor, target: Tensor) -> Tensor:
    return _unsafe(scores - scores.max(), target)


def _late(scores: Tensor, target: Tensor) -> Tensor:
    return -torch.log(_taken(torch.softmax(scores, dim=1), target)).mean()


def _other_axis(scores: Tensor, target: Tensor) -> Tensor:
    return -_taken(torch.log_softmax(scores, dim=0), target).mean()


def _half_other_axis(scores: Tensor, target: Tensor) -> Tensor:
    shifted = scores - scores.max(dim=1, keepdim=True).values
    return -_taken(shifted - torch.log(torch.exp(shifted).sum(dim=0, keepdim=True)), target).mean()


def _not_finite(got: Any, due: Any) -> bool:
    """inf or nan where numbers of moderate size are due."""
    if isinstance(got, list):
        return any(_not_finite(g, d) for g, d in zip(got, due, strict=True))
    return not bool(torch.isfinite(torch.as_tensor(got)).all())


_FORMULA, _BACK = "cross_entropy: compare with the formula", "CrossEntropyNode.backward: compare with the formula"
_SAFE = "cross_entropy: what is subtracted before np.exp, and of what is the logarithm taken?"
_VALUES: tuple[tuple[str, str, str, Value], ...] = (
    ("loss-sum", "the losses are added up, not averaged", _FORMULA, lambda z, t: -_taken(_logs(z), t).sum()),
    ("loss-sign", "the sign is wrong", _FORMULA, lambda z, t: _taken(_logs(z), t).mean()),
    ("loss-probability", "the logarithm is missing", _FORMULA, lambda z, t: -_taken(torch.exp(_logs(z)), t).mean()),
    ("loss-base", "it is another logarithm", _FORMULA, lambda z, t: -_taken(_logs(z), t).mean() / math.log(2)),
    ("loss-base", "it is another logarithm", _FORMULA, lambda z, t: -_taken(_logs(z), t).mean() / math.log(10)),
    (
        "loss-all",
        "the mean is over all scores, not over the rows",
        _FORMULA,
        lambda z, t: -_taken(_logs(z), t).sum() / z.numel(),
    ),
    ("loss-scores", "softmax is missing", _FORMULA, lambda z, t: -_taken(z, t).mean()),
    ("loss-axis", "softmax is taken over the batch, not over the kinds", "cross_entropy: which axis?", _other_axis),
    (
        "loss-axis",
        "softmax is taken over the batch, not over the kinds",
        "cross_entropy: which axis?",
        _half_other_axis,
    ),
    ("loss-unsafe", "large scores are too much for np.exp", _SAFE, _unsafe),
    ("loss-unsafe", "large scores are too much for np.exp", _SAFE, _lowered),
    ("loss-unsafe", "a probability became 0 before its logarithm was taken", _SAFE, _late),
)
_SLOPES: tuple[tuple[str, str, Slope], ...] = (
    ("loss-not-divided", "it is not divided by the number of rows", lambda g, p, true: g * (p - true)),
    ("loss-true-forgotten", "what is true is not subtracted", lambda g, p, true: g * p / len(p)),
    ("loss-arrived", "the gradient that arrived is not used", lambda g, p, true: (p - true) / len(p)),
    ("loss-slope-sign", "it is true minus predicted", lambda g, p, true: g * (true - p) / len(p)),
    ("loss-true-only", "what was predicted is missing", lambda g, p, true: -g * true / len(p)),
    ("loss-slope-all", "it is divided by the number of scores", lambda g, p, true: g * (p - true) / p.numel()),
)
LOSSES = (
    *(
        Mistake(key, words, where, names={"cross_entropy": made}, checks=("cross_entropy: ",))
        for key, words, where, value in _VALUES
        for made in ((_loss(value), value) if key != "loss-scores" else (_loss(value),))
    ),
    *(
        Mistake(key, words, _BACK, names={"cross_entropy": _loss(slope=slope)}, checks=(checks,))
        for key, words, slope in _SLOPES
        # A probability that has become 0 looks like one that is missing.
        for checks in ("cross_entropy: two" if key == "loss-true-only" else "cross_entropy: ",)
    ),
    Mistake(
        "loss-unsafe",
        "large scores are too much for np.exp",
        _SAFE,
        shows=_not_finite,
        checks=("cross_entropy: scores", "cross_entropy: one row", "cross_entropy: the gradient for scores"),
    ),
)
