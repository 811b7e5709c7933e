"""06-raisin-mlp: mistakes in the loss."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.forms import differing
from raisin.lab.mistakes.wrong import with_gradients
from raisin.lab.values import Plain

Tensor = torch.Tensor
CHECKS = ("loss: the mean", "loss: other shapes", "loss: the gradient")


def _gradient(*gradients: Callable[..., Any]) -> list[Any]:
    """The loss with its own value, and a gradient ``(g, p, y)`` of the prediction."""

    def with_value(gradient: Callable[..., Any]) -> Any:
        return with_gradients(torch.nn.functional.binary_cross_entropy, lambda g, p, y: (gradient(g, p, y), None))

    return [with_value(gradient) for gradient in gradients]


def _loss(key: str, looks_like: str, look_at: str, *ways: Any) -> list[Mistake]:
    replaced = [{"binary_cross_entropy": way} for way in ways]
    return [Mistake(key, looks_like, look_at, names=names, checks=CHECKS) for names in replaced]


def _terms(one: Tensor, p: Tensor, y: Tensor) -> Tensor:
    """What each entry costs, by the logarithm `one` of a base."""
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)) / one


def _clipped(least: float) -> Any:
    def value(p: Tensor, y: Tensor) -> Tensor:
        return _terms(torch.ones(()), p.clip(least, 1 - least), y).mean()

    def by_formula(g: Tensor, p: Tensor, y: Tensor) -> tuple[Any, None]:
        c = p.clip(least, 1 - least)
        return g * (c - y) / (c * (1 - c)) / c.numel(), None

    return [value, with_gradients(value, by_formula)]


def _also(value: Any, slope: Any) -> list[Any]:
    """A wrong value: with the gradient that belongs to it, and with the right one."""
    return [value, with_gradients(value, lambda g, p, y: (g * (p - y) / (p * (1 - p)) / p.numel(), None)), *slope]


def _not_refused(got: Plain, due: Plain) -> bool:
    pairs = differing(got, due)
    return bool(pairs) and all(isinstance(g, np.ndarray) and d == "refused" for g, d in pairs)


_LOG2, _LOG10 = torch.tensor(2.0).double().log(), torch.tensor(10.0).double().log()
LOSS = (
    Mistake(
        "loss-not-refused",
        "a target of another shape is broadcast, and a loss comes of it",
        "binary_cross_entropy: when does it say no?",
        shows=_not_refused,
        checks=("another shape",),
    ),
    *_loss(
        "loss-uphill",
        "the loss or its gradient has the wrong sign",
        "binary_cross_entropy: a logarithm of a number below 1 is negative",
        *_also(lambda p, y: -_terms(torch.ones(()), p, y).mean(), ()),
        *_gradient(
            lambda g, p, y: g * (y - p) / (p * (1 - p)) / p.numel(),
            lambda g, p, y: g * (y - p) / (p * (1 - p)),
            lambda g, p, y: g * (y - p) / p.numel(),
            lambda g, p, y: g * (p - y) / (p * (p - 1)) / p.numel(),
        ),
    ),
    *_loss(
        "loss-term-missing",
        "one of the two classes costs nothing",
        "binary_cross_entropy: what does a row with label 0 cost, and one with label 1?",
        *_also(lambda p, y: -(y * torch.log(p)).mean(), ()),
        *_also(lambda p, y: -((1 - y) * torch.log(1 - p)).mean(), ()),
        *_gradient(lambda g, p, y: -g * y / p / p.numel(), lambda g, p, y: g * (1 - y) / (1 - p) / p.numel()),
    ),
    *_loss(
        "loss-terms-mixed",
        "the two terms of the loss are mixed up: a sign, or which class belongs to which",
        "binary_cross_entropy: what does a row with label 0 cost, and one with label 1?",
        *_also(lambda p, y: -(y * torch.log(1 - p) + (1 - y) * torch.log(p)).mean(), ()),
        *_also(lambda p, y: -(y * torch.log(p) - (1 - y) * torch.log(1 - p)).mean(), ()),
        *_also(lambda p, y: (y * torch.log(p) - (1 - y) * torch.log(1 - p)).mean(), ()),
        *_also(lambda p, y: -(y * torch.log(p) + (1 - y) * torch.log(p)).mean(), ()),
        *_also(lambda p, y: -(torch.log(p) + torch.log(1 - p)).mean(), ()),
        *_also(lambda p, y: -(y * torch.log(p) + torch.log(1 - p)).mean(), ()),
        *_also(lambda p, y: -(torch.log(p) + (1 - y) * torch.log(1 - p)).mean(), ()),
        *_also(lambda p, y: -(y * torch.log(p) + (1 - y) * torch.log(1 + p)).mean(), ()),
        *_also(lambda p, y: -(y * torch.log(p) + (1 - y) * (1 - torch.log(p))).mean(), ()),
        *_also(lambda p, y: -(y * torch.log(p) + (1 - p) * torch.log(1 - y + 1e-12)).mean(), ()),
        *_gradient(
            lambda g, p, y: g * (-y / p - (1 - y) / (1 - p)) / p.numel(),
            lambda g, p, y: g * (y / p + (1 - y) / (1 - p)) / p.numel(),
            lambda g, p, y: g * (1 - y - p) / (p * (1 - p)) / p.numel(),
        ),
    ),
    *_loss(
        "loss-base",
        "the logarithm has another base",
        "binary_cross_entropy: which logarithm?",
        *(way for base in (_LOG2, _LOG10) for way in _also(lambda p, y, base=base: _terms(base, p, y).mean(), ())),
    ),
    *_loss(
        "loss-summed",
        "entries are added up where a mean is due, or divided by another number than that of all entries",
        "binary_cross_entropy, and its node: how many entries are there?",
        *_also(lambda p, y: _terms(torch.ones(()), p, y).sum(), ()),
        *_also(lambda p, y: _terms(torch.ones(()), p, y).sum() / p.shape[-1], ()),
        *_also(lambda p, y: _terms(torch.ones(()), p, y).sum() / len(p), ()),
        *_also(lambda p, y: _terms(torch.ones(()), p, y).sum() / (p.numel() - 1), ()),
        *_gradient(
            lambda g, p, y: g * (p - y) / (p * (1 - p)),
            lambda g, p, y: g * (p - y) / (p * (1 - p)) / len(p),
            lambda g, p, y: g * (p - y) / (p * (1 - p)) / p.shape[-1],
            lambda g, p, y: g * (p - y) / (p * (1 - p)) / (p.numel() - 1),
            lambda g, p, y: g * (p - y) / (p * (1 - p)) / p.numel() ** 2,
        ),
    ),
    *_loss(
        "loss-of-logits",
        "the loss takes what comes for logits, or its gradient already reaches through a sigmoid",
        "what is handed to binary_cross_entropy, and where is the sigmoid?",
        *_also(torch.nn.functional.binary_cross_entropy_with_logits, ()),
        with_gradients(
            torch.nn.functional.binary_cross_entropy_with_logits,
            lambda g, p, y: (g * (p - y) / p.numel(), None),
        ),
        with_gradients(
            torch.nn.functional.binary_cross_entropy_with_logits,
            lambda g, p, y: (g * ((q := p.sigmoid()) - y) / (q * (1 - q)) / p.numel(), None),
        ),
        *_gradient(
            lambda g, p, y: g * (p - y) / p.numel(),
            lambda g, p, y: g * (p - y),
            lambda g, p, y: g * (p - y) * p * (1 - p) / p.numel(),
        ),
    ),
    *_loss(
        "loss-squared",
        "the loss, or its gradient, is that of the squared error",
        "binary_cross_entropy",
        *_also(lambda p, y: ((p - y) ** 2).mean(), ()),
        *_also(lambda p, y: ((p - y) ** 2).sum(), ()),
        *_also(lambda p, y: ((p - y) ** 2).mean() / 2, ()),
        *_gradient(lambda g, p, y: 2 * g * (p - y) / p.numel(), lambda g, p, y: 2 * g * (p - y)),
    ),
    *_loss(
        "loss-absolute",
        "the loss is the distance of prediction and label",
        "binary_cross_entropy",
        *_also(lambda p, y: (p - y).abs().mean(), ()),
    ),
    *_loss(
        "loss-gradient-part",
        "a factor in the gradient of the loss is missing",
        "BinaryCrossEntropyNode.backward: derive the two terms by p",
        *_gradient(
            lambda g, p, y: g * (p - y) / p / p.numel(),
            lambda g, p, y: g * (p - y) / (1 - p) / p.numel(),
            lambda g, p, y: g / (p * (1 - p)) / p.numel(),
            lambda g, p, y: g * (-y * torch.log(p) - (1 - y) * torch.log(1 - p)) / p.numel(),
            lambda g, p, y: g / p.numel() * torch.ones_like(p),
        ),
    ),
    *_loss(
        "loss-arrived-dropped",
        "the loss does not use the gradient that arrived",
        "BinaryCrossEntropyNode.backward: what is grad_output for?",
        *_gradient(
            lambda g, p, y: (p - y) / (p * (1 - p)) / p.numel(),
            lambda g, p, y: (p - y) / (p * (1 - p)),
            lambda g, p, y: (p - y) / p.numel(),
        ),
    ),
    *_loss(
        "loss-arguments",
        "prediction and target are taken for each other",
        "which comes first?",
        lambda p, y: _terms(torch.ones(()), y.clip(1e-12, 1 - 1e-12), p).mean(),
        lambda p, y: _terms(torch.ones(()), y.clip(1e-7, 1 - 1e-7), p).mean(),
        lambda p, y: _terms(torch.ones(()), y.clip(1e-15, 1 - 1e-15), p).mean(),
    ),
    *_loss(
        "loss-clipped-early",
        "probabilities are clipped that are not close to 0 or 1",
        "binary_cross_entropy: how far from 0 and 1?",
        *(way for least in (0.5, 0.25, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002) for way in _clipped(least)),
    ),
    *_loss(
        "loss-shifted",
        "a number is added inside the logarithm that is too large not to be seen",
        "binary_cross_entropy",
        *(
            way
            for least in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
            for way in _also(
                lambda p, y, e=least: -(y * torch.log(p + e) + (1 - y) * torch.log(1 - p + e)).mean(),
                (),
            )
        ),
    ),
)
