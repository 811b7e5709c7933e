"""08-modules-and-minibatches: mistakes in what is switched on and off: Dropout and no_grad."""

from collections.abc import Callable
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes.forms import same
from raisin.lab.values import Plain


def _ratios(got: Any, due: Any) -> Any:
    return np.unique(np.round(got / due, 9))


def _alike(*flags: bool) -> Callable[[Any, Any], bool]:
    """What is alike: two calls, the rows, the columns."""
    return lambda got, due: bool(got[0] == list(flags))


def _scaled(got: Any, due: Any) -> bool:
    ratios = _ratios(got[1], due[1])
    return len(ratios) == 2 and 1.0 in ratios and got[0] is True


_ZEROS, _CALLS, _EVAL = ("Dropout: some zeros",), ("Dropout: each number",), ("Dropout: after eval",)
_MASK = "Dropout.forward: which numbers are drawn, how many, and when?"
_REST = "Dropout.forward: what happens to what is left?"
DROPOUTS = (
    Mistake(
        "never-drops",
        "nothing is dropped in training",
        "Dropout.forward: which mode is which?",
        shows=lambda got, due: got[0] is False and len(_ratios(got[1], due[1])) == 1 and not same(got[1], due[1]),
        checks=_ZEROS,
    ),
    Mistake(
        "dropped-share",
        "another share of the numbers is dropped than p",
        _MASK,
        shows=lambda got, due: got[0] is False and same(got[1], due[1]),
        checks=_ZEROS,
    ),
    Mistake("dropped-scale", "what is left is not multiplied by 1 / (1 - p)", _REST, shows=_scaled, checks=_ZEROS),
    Mistake(
        "drops-always",
        "numbers are dropped after eval",
        "Dropout.forward: which mode is which?",
        shows=lambda got, due: bool(np.any(got[0] == 0) and not np.all(got[0] == 0)),
        checks=_EVAL,
    ),
    Mistake(
        "scales-always",
        "the numbers change after eval",
        "Dropout.forward: what is due after eval?",
        shows=lambda got, due: len(_ratios(got[0], due[0])) == 1,
        checks=_EVAL,
    ),
    Mistake(
        "dropped-again", "every call drops the same numbers", _MASK, shows=_alike(True, False, False), checks=_CALLS
    ),
    Mistake("dropped-columns", "whole columns are dropped", _MASK, shows=_alike(False, True, False), checks=_CALLS),
    Mistake("dropped-rows", "whole rows are dropped", _MASK, shows=_alike(False, False, True), checks=_CALLS),
    Mistake(
        "dropped-gradient",
        "the gradient does not know what was dropped",
        "Dropout.forward: is it one operation of x?",
        shows=lambda got, due: set(np.round(got[1] / due[1], 9).ravel()) == {0.7, 2.0},
        checks=("Dropout: what was",),
    ),
    Mistake(
        "dropped-graph",
        "nothing arrives at x: the graph is cut",
        "Dropout.forward: arrays or Tensors?",
        shows=lambda got, due: _gradient_missing(got[1], due[1]),
        checks=("Dropout: what was",),
    ),
)


def _gradient_missing(got: Any, due: Any) -> bool:
    return bool(((got == 0) | np.isclose(got, due)).all() and (got == 0).any())


# --- no_grad ----------------------------------------------------------------------------------------------------------


def _flags(value: Any) -> list[bool]:
    """Who requires grad, in the order in which the results were made."""
    return [one[0] for one in value if isinstance(one, list)]


def _recorded(rule: Callable[[list[bool], list[bool]], bool]) -> Callable[[Any, Any], bool]:
    return lambda got, due: rule(_flags(got), _flags(due))


def _stays_off(got: list[bool], due: list[bool]) -> bool:
    """As it should be up to the first block, and never again."""
    first = due.index(False)
    return got[:first] == due[:first] and not any(got[first:])


def _nested(got: Any, due: Any, wrong: bool) -> bool:
    """Whether some flags are `wrong`, and none the other way."""
    pairs = [pair for pair in zip(got[0], due[0], strict=True) if pair[0] != pair[1]]
    return bool(pairs) and all(one is wrong for one, _ in pairs)


def _halves(got: Plain, due: Plain) -> bool:
    return isinstance(got, list) and any(isinstance(one, list) and one[:2] == [True, True] for one in got)


_OUT, _OFF = ("no_grad: inside", "no_grad: every"), "recorded: when does it look, and at what?"
_NESTED = ("no_grad: blocks",)
RECORDINGS = (
    Mistake(
        "half-recorded",
        "results without a node still say that they require grad",
        "recorded: what is a constant?",
        shows=_halves,
        checks=_OUT,
    ),
    Mistake(
        "never-off",
        "everything is recorded, inside the block too",
        _OFF,
        shows=_recorded(lambda got, due: all(got)),
        checks=_OUT,
    ),
    Mistake(
        "never-on",
        "nothing is recorded, outside the block either",
        _OFF,
        shows=_recorded(lambda got, due: due[0] and not any(got)),
        checks=_OUT,
    ),
    Mistake(
        "stays-off",
        "after the first block nothing is recorded any more",
        "no_grad.__exit__: what is put back?",
        shows=_recorded(_stays_off),
        checks=_OUT,
    ),
    Mistake(
        "errors-swallowed",
        "an error in the block does not get out of it",
        "no_grad.__exit__: what does it give back?",
        shows=lambda got, due: got[0].count("error") < due[0].count("error"),
        checks=_NESTED,
    ),
    Mistake(
        "inner-end",
        "the end of an inner block ends the outer one too",
        "no_grad.__exit__: what is put back?",
        shows=lambda got, due: got[0][0] is False and _nested(got, due, True),
        checks=_NESTED,
    ),
    Mistake(
        "stays-off",
        "after a block nothing is recorded any more",
        "no_grad.__exit__: what is put back, and where from?",
        shows=lambda got, due: _nested(got, due, False),
        checks=_NESTED,
    ),
    Mistake(
        "leaves-changed",
        "the operands themselves were changed",
        "recorded: what is it that changes, and what stays?",
        shows=lambda got, due: got[:2] != due[:2],
        checks=("no_grad: leaves",),
    ),
)
