"""06-raisin-mlp: mistakes in splitting the raisins, and in their labels."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import forms
from raisin.lab.mistakes.n06_prepare import ABSENT, Array


def _table(change: Callable[[Array], Array]) -> Callable[[Mapping[str, Any]], Any]:
    """The drawn table with another order."""

    def made(own: Mapping[str, Any]) -> Callable[..., tuple[Array, Array, Array]]:
        def table(rng: Any, rows: int, features: int) -> tuple[Array, Array, Array]:
            X, y, order = own["table"](rng, rows, features)
            return X, y, change(order)

        return table

    return made


def _parts_of(value: Any) -> tuple[Any, Any, list[list[int]]]:
    """The labels of both parts and their two shapes, from either check of the shapes."""
    arrays = [part for part in value if isinstance(part, np.ndarray) and part.ndim > 0][:2]
    return arrays[0], arrays[1], [[int(n) for n in part] for part in value if isinstance(part, list)]


def _labels(key: str, looks_like: str, look_at: str, shows: Callable[[Any, Any], Any]) -> Mistake:
    def of_parts(got: Any, due: Any) -> bool:
        return bool(shows(_parts_of(got), _parts_of(due)))

    return Mistake(key, looks_like, look_at, shows=of_parts, checks=("prepare: shapes", "prepare: more test rows"))


def _relabelled(got: Any, due: Any) -> bool:
    """Labels of which all that were equal are equal still, two of them, but not the ones that are due."""
    pairs = [(g, d) for g, d in zip(got[:2], due[:2], strict=True) if not forms.same(g, d)]
    if not pairs or any(g.shape != d.shape for g, d in pairs):
        return False
    return all(len(np.unique(g[d == label])) == 1 for g, d in pairs for label in np.unique(d))


def _exchanged(got: Any, due: Any) -> bool:
    return forms.same(got[0], due[1]) and forms.same(got[1], due[0])


LABELS = (
    _labels(
        "labels-inverted",
        "the labels 0 and 1 are exchanged",
        "prepare: y is to stay as it is",
        lambda got, due: (
            not (forms.same(got[0], due[0]) and forms.same(got[1], due[1]))
            and all(forms.same(g, d) or forms.same(g, 1.0 - d) for g, d in zip(got[:2], due[:2], strict=True))
        ),
    ),
    _labels(
        "labels-changed",
        "the labels are no longer 0 and 1",
        "prepare: what becomes of y on its way?",
        _relabelled,
    ),
    _labels(
        "parts-exchanged",
        "training part and test part are exchanged",
        "prepare: what is handed back, in which order?",
        lambda got, due: not forms.same(got[0], due[0]) and _exchanged(got, due),
    ),
    _labels(
        "results-in-another-order",
        "what is handed back stands in another order",
        "prepare: what is handed back, in which order?",
        lambda got, due: got[0].shape != due[0].shape and got[0].ndim == 2 and got[0].shape[-1] == due[2][0][1],
    ),
    _labels(
        "cut-at-another-place",
        "the cut between training rows and test rows is at another place, or rows are missing or in both parts",
        "prepare: where does one part end and the other begin?",
        lambda got, due: [shape[0] for shape in got[2]] != [shape[0] for shape in due[2]] and got[0].ndim == 2,
    ),
    *(
        Mistake(
            key,
            text,
            "prepare: order, for X and for y",
            around={"table": _table(change)},
            names=ABSENT,
            checks=("prepare: shapes", "prepare: more test rows"),
        )
        for key, text, change in (
            (
                "order-unused",
                "rows stand as in the table they came from, not in the order that was handed in",
                lambda order: np.arange(len(order)),
            ),
            ("order-unused", "rows stand in another order than the one that was handed in", np.argsort),
            (
                "cut-elsewhere",
                "training rows are taken from another place of the order than its front",
                lambda order: order[::-1],
            ),
            (
                "cut-elsewhere",
                "training rows are taken from another place of the order than its front",
                lambda order: np.roll(order, {9: 6, 30: 11}[len(order)]),  # as many training rows as the checks have
            ),
        )
    ),
    Mistake(
        "handed-in-arrays-changed",
        "the arrays that were handed in have changed",
        "prepare: which array do you write into?",
        shows=lambda got, due: forms.same(got[:4], due[:4]) and not forms.same(got[4:], due[4:]),
        checks=("prepare: shapes",),
    ),
)
