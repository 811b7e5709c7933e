"""06-raisin-mlp: what mistakes in tanh, in sigmoid and in the loss leave behind, where no number tells."""

from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import forms


def _cut(got: Any, due: Any) -> bool:
    """Values that differ are the largest or the smallest of those that came, and lie inside of what is due."""
    s, right = got[0], due[0]
    wrong = np.abs(s - right) > 1e-9
    ends = np.isin(s, (s.min(), s.max()))
    return bool(wrong.sum() > 1 and ends[wrong].all() and (np.abs(s - 0.5) < np.abs(right - 0.5))[wrong].all())


def _flags(position: int, remembers: bool) -> forms.Shows:
    """Of two results with (requires_grad, whether grad_fn is None, ...) the one at `position` is wrong in this."""

    def shows(got: Any, due: Any) -> bool:
        other = 1 - position
        wrong = [got[position][0] is remembers, got[position][1] is not remembers]
        right = [due[position][0] is remembers, due[position][1] is not remembers]
        return wrong != right and any(wrong) and forms.same(got[other], due[other])

    return shows


def _remembers(wrongly: bool) -> forms.Shows:
    """Of losses with (requires_grad, whether grad_fn is None, ...) some that should not, or should, remember."""

    def shows(got: Any, due: Any) -> bool:
        pairs = [(g[0] is True, d[0]) for g, d in zip(got[0], due[0], strict=True)]
        return any(g != d for g, d in pairs) and all(g == d or g is wrongly for g, d in pairs)

    return shows


def _overwritten(got: Any, due: Any) -> bool:
    """Of pairs (result, input), only inputs are wrong."""
    pairs = list(zip(got, due, strict=True))
    return all(forms.same(g[0], d[0]) for g, d in pairs) and any(not forms.same(g[1], d[1]) for g, d in pairs)


_CUT = "the result does not remember its input, though that requires grad"
_ALWAYS = "the result remembers its input, though that does not require grad"

TRACES = (
    Mistake(
        "overflow",
        "a number on the way became too large for its type: inf, or nan",
        "which exponential grows without end, and for which inputs?",
        shows=forms.not_finite,
        checks=("large inputs",),
    ),
    Mistake(
        "sigmoid-cut",
        "large inputs are cut off, or values close to 0 and 1 are moved",
        "clip: whose business is it?",
        shows=_cut,
        checks=("sigmoid: large",),
    ),
    Mistake("graph-cut", _CUT, "requires_grad and grad_fn", shows=_flags(0, False), checks=("tanh: values, and who",)),
    Mistake("always-recorded", _ALWAYS, "grad_fn: when?", shows=_flags(1, True), checks=("tanh: values, and who",)),
    Mistake(
        "graph-cut",
        _CUT,
        "requires_grad and grad_fn",
        shows=lambda got, due: not got[0] and bool(due[0]),
        checks=("sigmoid: who",),
    ),
    Mistake(
        "always-recorded",
        _ALWAYS,
        "grad_fn: when?",
        shows=lambda got, due: got[0] is True and (got[1] is True or got[2] is False),
        checks=("sigmoid: who",),
    ),
    Mistake("graph-cut", _CUT, "requires_grad and grad_fn", shows=_remembers(False), checks=("both edges",)),
    Mistake("always-recorded", _ALWAYS, "grad_fn: when?", shows=_remembers(True), checks=("both edges",)),
    Mistake(
        "target-with-gradient",
        "the target got a gradient, though it does not require one",
        "BinaryCrossEntropyNode.backward: to whom is a gradient handed on?",
        shows=forms.at(1, lambda got, due: got is not None and due is None),
        checks=("loss: the gradient",),
    ),
    Mistake(
        "input-overwritten",
        "the input itself was changed",
        "which array do you write into?",
        shows=_overwritten,
        checks=("x unchanged",),
    ),
    Mistake(
        "arrived-overwritten",
        "the array with the gradient that arrived was changed",
        "which array do you write into?",
        shows=forms.at(1, lambda got, due: True),
        checks=("the array handed in stays",),
    ),
    Mistake(
        "node-holds-another",
        "the node holds something else than the input itself, a copy of it perhaps",
        "what is handed to Node.__init__?",
        shows=forms.at(1, lambda got, due: got is False),
        checks=("holds x itself",),
    ),
    Mistake(
        "other-node",
        "the result's grad_fn is of another class, or missing",
        "grad_fn",
        shows=forms.at(0, lambda got, due: got is False),
        checks=("holds x itself",),
    ),
    Mistake(
        "loss-infinite",
        "the loss is inf or nan where a prediction is exactly 0 or 1",
        "which logarithm is taken of 0?",
        shows=lambda got, due: any(row[0] is False for row in got),
        checks=("loss: finite",),
    ),
    Mistake(
        "loss-gradient-infinite",
        "the gradient is inf or nan where a prediction is exactly 0 or 1",
        "BinaryCrossEntropyNode.backward: which array is divided by?",
        shows=lambda got, due: got[0] is False,
        checks=("at 0 and 1 a finite gradient",),
    ),
    Mistake(
        "loss-gradient-clipped",
        "there is no gradient where a prediction was clipped",
        "BinaryCrossEntropyNode.backward: can a prediction that is wholly wrong still learn?",
        shows=lambda got, due: bool(got[0]) and not np.any(got[1]),
        checks=("at 0 and 1 a finite gradient",),
    ),
    Mistake(
        "loss-uphill",
        "the loss or its gradient has the wrong sign",
        "binary_cross_entropy: a logarithm of a number below 1 is negative",
        shows=lambda got, due: bool(got[0]) and forms.same(got[1], -due[1]),
        checks=("at 0 and 1 a finite gradient",),
    ),
)
