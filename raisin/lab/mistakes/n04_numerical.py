"""numerical_gradient: what typical mistakes give."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake

CHECKS = ("numerical_gradient",)
HIGHER = ("third degree", "shapes () and")  # with a second degree alone these could be others
Quotient = Callable[[Any, Any, Any, float], Any]  # of the function, the point, the displacement, the step


def _entries(x: Any) -> Iterable[Any]:
    return np.ndindex(x.shape)


def _by(
    quotient: Quotient, places: Callable[[Any], Iterable[Any]] = _entries, size: float | None = None
) -> dict[str, Any]:
    """A numerical_gradient with a wrong quotient, wrong places, or a step of its own."""

    def numerical_gradient(function: Any, x: Any, step: float = 1e-5) -> Any:
        h = step if size is None else size
        gradient = np.zeros(x.shape)
        for place in places(x):
            moved = np.zeros(x.shape)
            moved[place] = h
            gradient[place] = quotient(function, x, moved, h)
        return gradient

    return {"numerical_gradient": numerical_gradient}


def _plain(f: Any, x: Any, u: Any, h: float) -> Any:
    return (f(x + u) - f(x - u)) / (2 * h)


def _moving(undo: float, after: float, outside: bool) -> dict[str, Any]:
    """Entries moved in the given array, or in copies made once, and not (rightly) moved back."""

    def numerical_gradient(function: Any, x: Any, step: float = 1e-5) -> Any:
        gradient, moving, other = np.zeros(x.shape), x.copy() if outside else x, x.copy()
        for place in np.ndindex(x.shape):
            if undo == 0.0:
                other = other if outside else x.copy()
                moving[place] += step
                other[place] -= step
                above, below = function(moving), function(other)
            else:
                moving[place] += step
                above = function(moving)
                moving[place] -= undo * step
                below = function(moving)
                moving[place] += after * step
            gradient[place] = (above - below) / (2 * step)
        return gradient

    return {"numerical_gradient": numerical_gradient}


def _last_for_all() -> dict[str, Any]:
    each = _by(_plain)["numerical_gradient"]

    def numerical_gradient(function: Any, x: Any, step: float = 1e-5) -> Any:
        return np.full(x.shape, each(function, x, step).flat[-1])

    return {"numerical_gradient": numerical_gradient}


def _mistakes(
    key: str, looks_like: str, look_at: str, *wrong: dict[str, Any], checks: tuple[str, ...] = CHECKS
) -> list[Mistake]:
    return [Mistake(key, looks_like, look_at, names=names, checks=checks) for names in wrong]


MISTAKES = (
    *_mistakes(
        "one-sided",
        "the difference is taken on one side of the point only",
        "numerical_gradient: at which two points is the function evaluated?",
        _by(lambda f, x, u, h: (f(x + u) - f(x)) / h),
        _by(lambda f, x, u, h: (f(x) - f(x - u)) / h),
        _by(lambda f, x, u, h: (f(x + u) - f(x)) / (2 * h)),
        _by(lambda f, x, u, h: (f(x) - f(x - u)) / (2 * h)),
    ),
    *_mistakes(
        "quotient",
        "the difference is divided by the wrong length",
        "numerical_gradient: how far apart are the two points? And which brackets does the division need?",
        _by(lambda f, x, u, h: (f(x + u) - f(x - u)) / h),
        _by(lambda f, x, u, h: f(x + u) - f(x - u)),
        _by(lambda f, x, u, h: (f(x + u) - f(x - u)) / 2),
        _by(lambda f, x, u, h: (f(x + u) - f(x - u)) / 2 * h),
        _by(lambda f, x, u, h: (f(x + u) - f(x - u)) * h),
        _by(lambda f, x, u, h: (f(x + u) - f(x - u)) * 2 * h),
        _by(lambda f, x, u, h: (f(x + u) - f(x - u)) / h**2),
        _by(lambda f, x, u, h: (f(x + u) - f(x - u)) / (4 * h)),
        _by(lambda f, x, u, h: f(x + u) - f(x - u) / (2 * h)),
    ),
    *_mistakes(
        "width",
        "the two points lie too far apart, or too close to each other",
        "numerical_gradient: by how much is the entry changed, up and down?",
        _by(lambda f, x, u, h: (f(x + 2 * u) - f(x - 2 * u)) / (4 * h)),
        _by(lambda f, x, u, h: (f(x + u / 2) - f(x - u / 2)) / h),
        _by(lambda f, x, u, h: (f(x + u) - f(x - 2 * u)) / (2 * h)),
        _by(lambda f, x, u, h: (f(x + 2 * u) - f(x - 2 * u)) / (2 * h)),
        _by(lambda f, x, u, h: (f(x + u / 2) - f(x - u / 2)) / (2 * h)),
    ),
    *_mistakes(
        "downhill",
        "the sign is wrong: the difference is taken the other way round",
        "numerical_gradient: which of the two values is taken from which?",
        _by(lambda f, x, u, h: (f(x - u) - f(x + u)) / (2 * h)),
        _by(lambda f, x, u, h: (f(x - u) - f(x + u)) / h),
    ),
    *_mistakes(
        "added",
        "the two values are added where their difference counts",
        "numerical_gradient: what is the change from one point to the other?",
        _by(lambda f, x, u, h: (f(x + u) + f(x - u)) / (2 * h)),
        _by(lambda f, x, u, h: (f(x + u) - 2 * f(x) + f(x - u)) / h**2),
    ),
    *_mistakes(
        "same-point",
        "the function is evaluated two times at the same point",
        "numerical_gradient: are there two arrays, or two names for one?",
        _by(lambda f, x, u, h: 0.0),
        checks=HIGHER,
    ),
    *_mistakes(
        "not-moved",
        "the entry is not moved by the step: it is replaced by it, or multiplied with it",
        "numerical_gradient: what happens to the entry of the copy?",
        _by(lambda f, x, u, h: (f(np.where(u, h, x)) - f(np.where(u, -h, x))) / (2 * h)),
        _by(lambda f, x, u, h: (f(x * (1 + u)) - f(x * (1 - u))) / (2 * h)),
        _by(lambda f, x, u, h: (f(np.where(u, x * h, x)) - f(x)) / h),
        _by(lambda f, x, u, h: (f(u) - f(-u)) / (2 * h)),
        checks=HIGHER,
    ),
    *_mistakes(
        "one-number",
        "every entry gets the number of one of them",
        "numerical_gradient: where is the quotient kept?",
        _last_for_all(),
    ),
    *_mistakes(
        "own-step",
        "the step given is ignored",
        "numerical_gradient: where is step used?",
        *(_by(_plain, size=10.0**-k) for k in (5, 6, 4, 3, 7, 8)),
    ),
    *_mistakes(
        "not-taken-back",
        "an entry that was changed is not as before when the next one's turn comes, or in the caller's x",
        "numerical_gradient: which array is changed, and when is it copied?",
        _moving(0.0, 0.0, outside=False),
        _moving(0.0, 0.0, outside=True),
        _moving(2.0, 0.0, outside=False),
        _moving(2.0, 0.0, outside=True),
    ),
    *_mistakes(
        "several-at-once",
        "several entries are changed at once, a row or all of them",
        "numerical_gradient: which entries does one index stand for?",
        _by(_plain, places=lambda x: np.ndindex(x.shape[:1])),
        _by(_plain, places=lambda x: [(..., k) for k in range(x.shape[-1])]),
        _by(_plain, places=lambda x: [...]),
    ),
    *_mistakes(
        "some-entries",
        "some entries have no turn: they stay 0",
        "numerical_gradient: over which indices does the loop go?",
        _by(_plain, places=lambda x: list(np.ndindex(x.shape))[:1]),
        _by(_plain, places=lambda x: list(np.ndindex(x.shape))[-1:]),
        _by(_plain, places=lambda x: list(np.ndindex(x.shape))[1:]),
        _by(_plain, places=lambda x: list(np.ndindex(x.shape))[:-1]),
        _by(_plain, places=lambda x: [(k,) * x.ndim for k in range(min(x.shape))]),
        _by(_plain, places=lambda x: [(0,) * (x.ndim - 1) + (k,) for k in range(x.shape[-1])]),
        _by(_plain, places=lambda x: [(k,) + (0,) * (x.ndim - 1) for k in range(x.shape[0])]),
    ),
)
