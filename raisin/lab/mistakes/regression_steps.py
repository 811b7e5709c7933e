"""What typical mistakes in `train_step` do to a step: notebooks 01 and 05 ask for the same one."""

from collections.abc import Callable

from raisin.lab.mistakes.paper import (
    Array,
    Gradients,
    Remembering,
    Step,
    added_up,
    always,
    at_rate,
    step,
    times,
)

Words = tuple[str, str, str]  # key, looks_like, look_at

KEPT: Words = (
    "accumulated",
    "the gradients of earlier rows are still there and are applied again",
    "train_step: what does .grad hold when the second row comes?",
)
_STAYS = "is it a parameter that torch or your framework records, and does the optimizer know it?"
RATE: Words = (
    "other-lr",
    "another learning rate is used than the one that was given",
    "where does lr come from, and how often does it enter?",
)
ROOT: Words = (
    "loss-unsquared",
    "the error comes back without its square",
    "train_step: which number is returned, and what happened to it before?",
)
AFTER: Words = (
    "loss-after",
    "the loss is measured after the step, with the parameters already moved",
    "train_step: with which w and b is the number computed that it returns?",
)
_FACTORS = "what happens to the one gradient, and not to the other?"
FROZEN: Words = (
    "frozen",
    "no parameter ever moves",
    "what is in .grad at the moment of the step, and does the step reach the very parameters that all others hold?",
)
VELOCITY: Words = (
    "velocity",
    "earlier gradients go on in later steps",
    "what is kept from one step to the next?",
)
UPHILL: Words = ("uphill", "the parameters go uphill: the move has the wrong sign", "the direction of the step")


def faded(mu: float) -> Callable[[Gradients], tuple[Array, Array]]:
    """The sum of all gradients, each smaller by mu than the next."""

    def used(met: Gradients) -> tuple[Array, Array]:
        shares = [mu**k for k in range(len(met))][::-1]
        return (
            added_up(share * w for share, (w, _) in zip(shares, met, strict=True)),
            added_up(share * b for share, (_, b) in zip(shares, met, strict=True)),
        )

    return used


# Mistakes in a step that leave their mark on the parameters or on the loss of a row.
STEPS: tuple[tuple[Words, Step], ...] = (
    (KEPT, Remembering(lambda met: (added_up(w for w, _ in met), added_up(b for _, b in met)))),
    (KEPT, Remembering(lambda met: (added_up(w for w, _ in met), met[-1][1]))),
    (KEPT, Remembering(lambda met: (met[-1][0], added_up(b for _, b in met)))),
    (
        ("late", "each step uses the gradient of the row before", "train_step: the order of its moves"),
        Remembering(lambda met: met[-2] if len(met) > 1 else (0 * met[0][0], 0 * met[0][1])),
    ),
    (
        ("late", "each step uses the gradients of the rows before", "train_step: the order of its moves"),
        Remembering(lambda met: (added_up(w for w, _ in met[:-1]), added_up(b for _, b in met[:-1]))),
    ),
    (
        ("first-gradient", "every step uses the gradient of the first row", "train_step: when is a gradient computed?"),
        Remembering(lambda met: met[0]),
    ),
    *((VELOCITY, Remembering(faded(mu))) for mu in (0.9, 0.5)),
    (FROZEN, step(moves=(0.0, 0.0))),
    (("w-stays", "w never moves, and only b is trained", _STAYS), step(moves=(0.0, 1.0))),
    (("b-stays", "b never moves, and only w is trained", _STAYS), step(moves=(1.0, 0.0))),
    (UPHILL, step(moves=(-1.0, -1.0))),
    (("w-uphill", "w moves in the wrong direction", "the sign of its step"), step(moves=(-1.0, 1.0))),
    (("b-uphill", "b moves in the wrong direction", "the sign of its step"), step(moves=(1.0, -1.0))),
    (
        ("double-move", "each move is twice as long as due", "how often is there a step, and how often a factor 2?"),
        step(moves=(2.0, 2.0)),
    ),
    (
        ("half-move", "each move is half as long as due", "is there a factor 1/2, in the loss or in the step?"),
        step(moves=(0.5, 0.5)),
    ),
    *(
        (("w-move", "the moves of w are too long or too short, and those of b right", _FACTORS), step(moves=(by, 1.0)))
        for by in (0.5, 2.0)
    ),
    *(
        (("b-move", "the moves of b are too long or too short, and those of w right", _FACTORS), step(moves=(1.0, by)))
        for by in (0.5, 2.0)
    ),
    (AFTER, step(after=True)),
    (AFTER, step(after=True, reported=lambda p, t: abs(p - t))),
    (AFTER, step(after=True, reported=lambda p, t: p - t)),
    (ROOT, step(reported=lambda p, t: abs(p - t))),
    (ROOT, step(reported=lambda p, t: p - t)),
    (ROOT, step(reported=lambda p, t: t - p)),
    *(
        (RATE, at_rate(always(rate)))
        for rate in (1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0001)
    ),
    (RATE, at_rate(lambda lr: lr**2)),
    (RATE, at_rate(lambda lr: lr**0.5)),
    *((RATE, at_rate(times(by))) for by in (3, 4, 10, 100, 1 / 3, 1 / 4, 0.1, 0.01)),
)
