"""torch's SGD with a mistake in it, and velocities with one: for notebook 05."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

Tensors = Sequence[torch.Tensor]
Optimizer = Callable[..., Any]


def sgd(
    *,
    rate: Callable[[float], float] = float,
    gradient: Callable[[torch.Tensor, torch.Tensor, float], Any] | None = None,
    chosen: Callable[[Tensors], Tensors] = lambda params: params,
    fading: Callable[[int], float] = lambda steps: 1.0,
    left: Callable[[torch.Tensor, float], Any] = lambda g, lr: g,
    **always: Any,
) -> Optimizer:
    """torch's SGD, but for what is given.

    `rate`: of the learning rate; `gradient`: what is used in a gradient's place, by parameter, gradient and rate;
    `chosen`: the parameters that a step changes; `fading`: a factor of the rate, by the number of steps before;
    `left`: what is in .grad after a step, by gradient and rate; `always`: more arguments of torch's SGD.
    """

    class Wrong(torch.optim.SGD):
        def __init__(self, params: Any, lr: float, **more: Any) -> None:
            self._lr, self._steps, self._params = rate(lr), 0, list(params)
            super().__init__(self._params, lr=self._lr, **{**more, **always})

        def step(self) -> None:  # type: ignore[override]  # no closure
            arrived = [(p, p.grad) for p in self._params]
            reached = {id(p) for p in chosen(self._params)}
            for p, g in arrived:
                if id(p) not in reached:
                    p.grad = None
                elif g is not None and gradient is not None:
                    p.grad = torch.as_tensor(gradient(p.detach(), g, self._lr)).expand(p.shape).clone()
            self.param_groups[0]["lr"] = self._lr * fading(self._steps)
            super().step()
            self._steps += 1
            for p, g in arrived:
                p.grad = left(g, self._lr) if g is not None else None

    return Wrong


def until_none(params: Tensors) -> Tensors:
    """Those before the first without a gradient."""
    missing = [k for k, p in enumerate(params) if p.grad is None]
    return params[: missing[0]] if missing else params


def all_or_none(params: Tensors) -> Tensors:
    """All, where each has a gradient."""
    return [] if any(p.grad is None for p in params) else params


def latest_rate(momentum_too: bool = False, rate_too: bool = True) -> Optimizer:
    """torch's SGD with the settings of whichever optimizer was made last."""
    settings: dict[str, float] = {}

    class Latest(torch.optim.SGD):
        def __init__(self, params: Any, lr: float, momentum: float = 0.0) -> None:
            super().__init__(list(params), lr=lr, momentum=momentum)
            settings.update({"lr": lr} if rate_too else {})
            settings.update({"momentum": momentum} if momentum_too else {})

        def step(self) -> None:  # type: ignore[override]  # no closure
            self.param_groups[0].update(settings)
            super().step()

    return Latest


Rule = Callable[[Any, Any, float, float], tuple[Any, Any]]  # velocity, gradient, lr, momentum: velocity and move


def usual(v: Any, g: Any, lr: float, mu: float) -> tuple[Any, Any]:
    """The rule in the notebook's text."""
    return mu * v + g, lr * (mu * v + g)


def velocities(
    rule: Rule = usual,
    *,
    idle: Callable[[Any, float, float], tuple[Any, Any]] | None = None,
    chosen: Callable[[Tensors], Tensors] = lambda params: params,
    first: Callable[[Any], Any] = torch.zeros_like,
) -> Optimizer:
    """An optimizer with a velocity for each parameter, by a rule of its own.

    `idle`: what happens without a gradient, by velocity, lr and momentum; `chosen`: the parameters that it moves;
    `first`: a velocity before its first step, by gradient.
    """

    class Moving:
        def __init__(self, params: Any, lr: float, momentum: float) -> None:
            self._params, self._settings = list(params), (lr, momentum)
            self._met: dict[int, Any] = {}

        def step(self) -> None:
            for p in chosen(self._params):
                if p.grad is not None:
                    v = self._met[id(p)] if id(p) in self._met else first(p.grad)
                    v, move = rule(v, p.grad, *self._settings)
                elif idle is not None and id(p) in self._met:
                    v, move = idle(self._met[id(p)], *self._settings)
                else:
                    continue
                self._met[id(p)], p.data = v, p.data - move

    return Moving


def by_hand(x: torch.Tensor, target: torch.Tensor, w: Any, b: Any, optimizer: Any) -> float:
    """A stand-in for `train_step`, for what its optimizer does: the gradients come from paper."""
    error = (x @ w + b - target).detach()
    w.grad, b.grad = 2 * error * x.T, 2 * error[0]
    optimizer.step()
    return math.nan
