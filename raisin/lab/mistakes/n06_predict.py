"""06-raisin-mlp: mistakes in predict."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import forms

Own = Mapping[str, Any]


def _one_column(column: int, above: bool) -> Callable[[Own], Any]:
    def made(own: Own) -> Callable[..., Any]:
        def classes(T: Any, rng: Any, rows: int) -> Any:
            x, _ = own["drawn"](T, rng, rows)
            return ((x[:, [column]] > 0) == above) * 1.0

        return classes

    return made


def _like(relation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], bool]:
    """For predictions, which may come twice where they differ from one time to the next."""
    return lambda got, due: isinstance(got, np.ndarray) and bool(relation(got, due))


def _both(due: Any) -> bool:
    return bool(due.any() and not due.all())


def _nothing_of_few(got: Any, due: Any) -> bool:
    return got.shape == due.shape and not got.any() and len(due) <= 20


def _classes(got: Any) -> bool:
    return bool(np.isin(got, (0.0, 1.0)).all())


def _above_half(got: Any, due: Any) -> bool:
    return got.size == due.size and forms.same((got.reshape(due.shape) > 0.5) * 1.0, due)


def _predict(key: str, looks_like: str, look_at: str, relation: Callable[[Any, Any], Any]) -> Mistake:
    return Mistake(key, looks_like, look_at, shows=_like(relation), checks=("predict: ",))


PREDICT = (
    _predict(
        "predict-flags",
        "the classes came as flags, not as 1.0 and 0.0",
        "predict: what type has a comparison?",
        lambda got, due: got.dtype.kind == "b" and forms.same(got.reshape(due.shape) * 1.0, due),
    ),
    _predict(
        "predict-probabilities",
        "probabilities came, not classes",
        "predict: what is due?",
        lambda got, due: (
            not _classes(got) and (got >= 0).all() and forms.same((got.reshape(due.shape) > 0.5) * 1.0, due)
        ),
    ),
    _predict(
        "predict-logits",
        "numbers came, not classes",
        "predict: what is due?",
        lambda got, due: not _classes(got),
    ),
    _predict(
        "predict-exchanged",
        "the two classes are exchanged",
        "predict: in which direction does it compare?",
        lambda got, due: got.shape == due.shape and len(due) > 5 and _both(due) and forms.same(1.0 - got, due),
    ),
    Mistake(
        "predict-exchanged",
        "the two classes are exchanged",
        "predict: in which direction does it compare?",
        shows=_like(
            lambda got, due: (
                _both(due[1::2]) and forms.same(1.0 - got[1::2], due[1::2]) and forms.same(got[::2], due[::2])
            )
        ),
        checks=("predict: one half",),
    ),
    _predict(
        "predict-all-one",
        "every row is of class 1",
        "predict: which numbers can come from the network, and which limit lies between the classes?",
        lambda got, due: (
            got.shape == due.shape
            and (got == 1.0).all()
            and ((_both(due) and len(due) > 20) or (len(due) == 8 and not due[1::2].all()))
        ),
    ),
    _predict(
        "predict-all-zero",
        "every row is of class 0",
        "predict: which numbers can come from the network, and which limit lies between the classes?",
        lambda got, due: got.shape == due.shape and not got.any() and len(due) > 20 and _both(due),
    ),
    # Few rows of class 0 alone tell nothing: these two keep each other, and a simple relation, from being named.
    *(
        Mistake(key, "every row is of class 0", shows=_like(_nothing_of_few), checks=("predict: ",), alone=True)
        for key in ("predict-all-zero", "predict-limit")
    ),
    *(
        Mistake(
            "predict-one-column",
            "a single column of X decides, not the network",
            "predict: what do the parameters do?",
            around={"due_predict": _one_column(column, above)},
            checks=("predict: many",),
        )
        for column in range(4)
        for above in (True, False)
    ),
    Mistake(
        "predict-half-up",
        "a probability of exactly one half counts as class 1",
        "predict: what is due at the limit itself?",
        shows=lambda got, due: bool(np.all(got[::2]) and not np.any(due[::2]) and forms.same(got[1::2], due[1::2])),
        checks=("predict: one half",),
    ),
    _predict(
        "predict-limit",
        "the limit between the classes is too high: rows of class 1 were taken for class 0, never the other way round",
        "predict: which limit lies between the classes?",
        lambda got, due: got.shape == due.shape and len(due) > 20 and _both(due) and (got <= due).all(),
    ),
    _predict(
        "predict-limit",
        "the limit between the classes is too low: rows of class 0 were taken for class 1, never the other way round",
        "predict: which limit lies between the classes?",
        lambda got, due: got.shape == due.shape and len(due) > 20 and _both(due) and (got >= due).all(),
    ),
    Mistake(
        "predict-not-repeatable",
        "predict gives something else the second time, or changes the parameters",
        "predict: what does it write to?",
        shows=lambda got, due: isinstance(got, list) and isinstance(due, np.ndarray),
        checks=("predict: many",),
    ),
)
