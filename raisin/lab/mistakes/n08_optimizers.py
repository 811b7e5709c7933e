"""08-modules-and-minibatches: SGD, RMSprop and Adam with a mistake in their rule, on torch's tensors."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch

from raisin.lab.diagnose import Mistake

Rule = Callable[[Any, Any, SimpleNamespace], Any]  # gradient, what is kept (a namespace), settings: the move
_DEFAULTS: dict[str, dict[str, Any]] = {
    "SGD": {"momentum": 0.0, "nesterov": False},
    "RMSprop": {"lr": 0.01, "alpha": 0.99, "eps": 1e-8},
    "Adam": {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8},
}


def _optimizer(
    kind: str,
    rule: Rule,
    idle: Callable[[Any, SimpleNamespace], None] | None = None,
    first: float = 0.0,
    left: Callable[[Any], Any] = lambda g: g,
) -> Callable[..., Any]:
    """An optimizer with torch's settings and this rule.

    What is kept for each parameter: v, m and s, first as given, and t, the number of this step. `idle`: what happens to
    it without a gradient. `left`: what is in .grad afterwards.
    """

    class Wrong:
        def __init__(self, params: Any, **settings: Any) -> None:
            self._params, self._settings = list(params), SimpleNamespace(**{**_DEFAULTS[kind], **settings})
            self._kept = [SimpleNamespace(v=first, m=first, s=first, t=0) for _ in self._params]

        def step(self) -> None:
            for p, kept in zip(self._params, self._kept, strict=True):
                if p.grad is None:
                    if idle is not None:
                        idle(kept, self._settings)
                    continue
                kept.t += 1
                p.data = p.data - rule(p.grad, kept, self._settings)
                p.grad = left(p.grad)

    return Wrong


def _mistake(kind: str, key: str, looks_like: str, look_at: str, rule: Rule, **more: Any) -> Mistake:
    names = {kind: _optimizer(kind, rule, **more)}
    return Mistake(key, looks_like, f"{kind}: {look_at}", names=names, checks=(f"{kind}: ",))


# --- SGD --------------------------------------------------------------------------------------------------------------


def _momentum(
    fading: Callable[[Any, SimpleNamespace], Any] = lambda v, c: c.momentum * v,
    coming: Callable[[Any, SimpleNamespace], Any] = lambda g, c: g,
    ahead: Callable[[Any, Any, Any, SimpleNamespace], Any] = lambda g, v, old, c: g + c.momentum * v,
    nesterov: Callable[[bool], bool] = bool,
    keeps: bool = True,
    sign: float = 1.0,
) -> Rule:
    def rule(g: Any, kept: Any, c: SimpleNamespace) -> Any:
        old = kept.v
        v = fading(old, c) + coming(g, c)
        kept.v = v if keeps else old
        return sign * c.lr * (ahead(g, v, old, c) if nesterov(c.nesterov) else v)

    return rule


def _fade(kept: Any, c: SimpleNamespace) -> None:
    kept.v = c.momentum * kept.v


_V, _AHEAD = "what is the velocity made of, and what becomes of it?", "by what is a parameter moved with Nesterov?"
_SGD = (
    ("nesterov-ignored", "nesterov makes no difference", _AHEAD, _momentum(nesterov=lambda flag: False)),
    ("nesterov-always", "the step looks ahead without nesterov too", _AHEAD, _momentum(nesterov=lambda flag: True)),
    (
        "nesterov-whole",
        "in Nesterov's step the velocity has not faded",
        _AHEAD,
        _momentum(ahead=lambda g, v, o, c: g + v),
    ),
    ("velocity-lost", "the velocity is not kept from step to step", _V, _momentum(keeps=False)),
    ("velocity-full", "the velocity never fades", _V, _momentum(fading=lambda v, c: v)),
    (
        "dampened",
        "the new gradient enters the velocity only in part",
        _V,
        _momentum(coming=lambda g, c: (1 - c.momentum) * g),
    ),
    (
        "velocity-negative",
        "the old velocity enters with the wrong sign",
        _V,
        _momentum(fading=lambda v, c: -c.momentum * v),
    ),
    ("uphill", "the parameters move uphill", "the sign of the step", _momentum(sign=-1.0)),
    ("rate-twice", "lr enters twice", "where does lr belong?", _momentum(coming=lambda g, c: c.lr * g)),
)


# --- RMSprop and Adam -------------------------------------------------------------------------------------------------


def _rmsprop(
    squares: Callable[[Any, Any, SimpleNamespace], Any] = lambda s, g, c: c.alpha * s + (1 - c.alpha) * g**2,
    size: Callable[[Any, SimpleNamespace], Any] = lambda s, c: torch.sqrt(s) + c.eps,
    before: bool = False,
) -> Rule:
    def rule(g: Any, kept: Any, c: SimpleNamespace) -> Any:
        old = kept.s + 0.0 * g
        kept.s = squares(kept.s, g, c)
        return c.lr * g / size(old if before else kept.s, c)

    return rule


def _adam(
    first: Callable[[float, int], float] = lambda beta, t: 1 - beta**t,
    second: Callable[[float, int], float] = lambda beta, t: 1 - beta**t,
    size: Callable[[Any, SimpleNamespace], Any] = lambda s, c: torch.sqrt(s) + c.eps,
    betas: slice = slice(None),
    bare: bool = False,
    keeps: bool = True,
) -> Rule:
    def rule(g: Any, kept: Any, c: SimpleNamespace) -> Any:
        b1, b2 = c.betas[betas]
        m, s = b1 * kept.m + (1 - b1) * g, b2 * kept.s + (1 - b2) * g**2
        if keeps:
            kept.m, kept.s = m, s
        return c.lr * (g if bare else m / first(b1, kept.t)) / size(s / second(b2, kept.t), c)

    return rule


def _count(kept: Any, c: SimpleNamespace) -> None:
    kept.t += 1


def _one(beta: float, t: int) -> float:
    return 1.0


_EPS, _ROOT = "where does eps stand?", "where is the root?"
_RMSPROP = (
    ("eps-inside", "eps is under the root", _EPS, _rmsprop(size=lambda s, c: torch.sqrt(s + c.eps))),
    ("eps-missing", "eps is missing", _EPS, _rmsprop(size=lambda s, c: torch.sqrt(s))),
    ("no-root", "the root of the mean square is missing", _ROOT, _rmsprop(size=lambda s, c: s + c.eps)),
    (
        "alpha-exchanged",
        "old and new enter the mean with each other's weight",
        "which one fades?",
        _rmsprop(lambda s, g, c: (1 - c.alpha) * s + c.alpha * g**2),
    ),
    ("squares-summed", "the old squares never fade", "what is a fading mean?", _rmsprop(lambda s, g, c: s + g**2)),
    (
        "not-squared",
        "the mean is of the gradients' sizes, not of their squares",
        "what is s a mean of?",
        _rmsprop(lambda s, g, c: c.alpha * s + (1 - c.alpha) * g.abs()),
    ),
    (
        "one-size",
        "all numbers of a parameter share one mean square",
        "which shape has s?",
        _rmsprop(lambda s, g, c: c.alpha * s + (1 - c.alpha) * (g**2).mean()),
    ),
    ("size-late", "a step uses the mean square of before", "what comes first?", _rmsprop(before=True)),
    (
        "corrected-once",
        "s is divided by what only Adam divides by",
        "which formula is whose?",
        _rmsprop(size=lambda s, c: torch.sqrt(s / (1 - c.alpha)) + c.eps),
    ),
)
_ADAM = (
    ("uncorrected", "m and s are not corrected", "what are they divided by?", _adam(_one, _one)),
    ("s-uncorrected", "s is not corrected", "what is it divided by?", _adam(second=_one)),
    ("m-uncorrected", "m is not corrected", "what is it divided by?", _adam(first=_one)),
    (
        "t-stays",
        "every step counts as the first one",
        "what becomes of t?",
        _adam(lambda b, t: 1 - b, lambda b, t: 1 - b),
    ),
    (
        "t-early",
        "the steps are counted from 2",
        "what is t in the first step?",
        _adam(lambda b, t: 1 - b ** (t + 1), lambda b, t: 1 - b ** (t + 1)),
    ),
    ("eps-inside", "eps is under the root", _EPS, _adam(size=lambda s, c: torch.sqrt(s + c.eps))),
    ("eps-missing", "eps is missing", _EPS, _adam(size=lambda s, c: torch.sqrt(s))),
    ("no-root", "the root of the mean square is missing", _ROOT, _adam(size=lambda s, c: s + c.eps)),
    ("betas-exchanged", "the two betas are exchanged", "which beta is whose?", _adam(betas=slice(None, None, -1))),
    (
        "bare-gradient",
        "the step uses the gradient, not its fading mean",
        "what stands above the line?",
        _adam(bare=True),
    ),
    ("means-lost", "m and s are not kept from step to step", "what becomes of them?", _adam(keeps=False)),
)

OPTIMIZERS = (
    *(_mistake("SGD", *entry) for entry in _SGD),
    _mistake("SGD", "idle", "a velocity fades without a gradient", _V, _momentum(), idle=_fade),
    _mistake("SGD", "gradient-gone", "step empties the gradients", _V, _momentum(), left=lambda g: None),
    *(_mistake("RMSprop", *entry) for entry in _RMSPROP),
    _mistake(
        "RMSprop", "squares-start", "s does not begin at 0", "what is s before the first step?", _rmsprop(), first=1.0
    ),
    *(_mistake("Adam", *entry) for entry in _ADAM),
    _mistake(
        "Adam", "t-idle", "steps without a gradient are counted too", "when does t count on?", _adam(), idle=_count
    ),
)
