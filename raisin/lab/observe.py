"""A check in two halves: what the student's side gave (an observation), and what it is measured against.

    program on the student's names --> Observation --+
                                                     +--> decide --> Verdict
    the same on torch, or `due`    --> Expectation --+

In a notebook both halves meet at once. At grading the kernel sends the observation alone (raisin.lab.wire), and they
meet outside it, where no code of the student's runs. Pure: values in, a verdict out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from raisin.lab import values
from raisin.lab.diagnose import Mistake
from raisin.lab.values import Plain
from raisin.lab.verdict import Verdict

_SHAPES = 6  # so many of the inputs' shapes are listed
_LARGEST = 1_000_000  # entries; what is larger than any value due is not looked at for a diagnosis
Look = Callable[["Observation", "Expectation"], Mistake | None]


@dataclass(frozen=True)
class Observation:
    """What a check found on the student's side.

    `lines`: why there is no value; empty where there is one. `drawn`: the shapes of the inputs. `raised`: the class of
    the error that an attempt raised (``builtins.RuntimeError``), for checks that want one.
    """

    what: str
    value: Plain = None
    lines: tuple[str, ...] = ()
    drawn: tuple[tuple[int, ...], ...] = ()
    raised: str = ""


@dataclass(frozen=True)
class Expectation:
    """What a check is measured against. `kind`: "value", "share" (of equal entries, `at_least`) or "error"."""

    what: str
    kind: str
    due: Plain
    scale: float = 1.0
    float32: bool = False
    at_least: float = 0.0
    errors: tuple[str, ...] = ()
    hint: str = ""


def class_name(kind: type[BaseException]) -> str:
    """``builtins.RuntimeError``: how an error's class is named in an observation and in an expectation."""
    return f"{kind.__module__}.{kind.__qualname__}"


def decide(found: Observation, expected: Expectation, look: Look | None = None) -> Verdict:
    """The verdict on an observation; `look` is asked what a wrong value looks like."""
    if found.lines:
        return failed(found, expected.hint)
    if expected.kind == "share":
        return _share(found, expected)
    lines = _differs(found, expected)
    if lines:
        mistake = look(found, expected) if look is not None and _size(found.value) <= _LARGEST else None
        if mistake is not None:
            lines += [f"it looks as if {mistake.looks_like}"]
            lines += [f"look at: {mistake.look_at}"] if mistake.look_at else []
        return _wrong(expected, lines, mistake.key if mistake is not None else "")
    if expected.kind == "error" and found.raised not in expected.errors:
        wished = " or ".join(map(_short, expected.errors))
        return Verdict(found.what, False, _with_hint(_both(_short(found.raised) or "no error", wished), expected.hint))
    return Verdict(found.what, True)


def failed(found: Observation, hint: str) -> Verdict:
    """The verdict where the student's side gave no value."""
    return Verdict(found.what, False, _with_hint(list(found.lines), hint))


def _wrong(expected: Expectation, lines: list[str], diagnosis: str = "") -> Verdict:
    return Verdict(expected.what, False, _with_hint(lines, expected.hint), diagnosis=diagnosis, wrong=True)


def _with_hint(lines: list[str], hint: str) -> tuple[str, ...]:
    return (*lines, *([f"hint: {hint}"] if hint else []))


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _differs(found: Observation, expected: Expectation) -> list[str]:
    """Where the value is not the one due, in words; [] where it is."""
    difference = values.differ(found.value, expected.due, expected.scale, expected.float32)
    if difference is None:
        return []
    lines = []
    if found.drawn:
        more = f" and {len(found.drawn) - _SHAPES} more" if len(found.drawn) > _SHAPES else ""
        lines.append("inputs of shape " + ", ".join(map(str, found.drawn[:_SHAPES])) + more)
    got_shapes, due_shapes = values.shapes(found.value), values.shapes(expected.due)
    if got_shapes != due_shapes:
        lines.append(f"shapes: got {got_shapes or 'none'}, due {due_shapes or 'none'}")
    place = f" at {difference.where}" if difference.where else ""
    lines += [f"got{place}: {difference.got}", f"due{place}: {difference.due}"]
    return [*lines, difference.note] if difference.note else lines


def _share(found: Observation, expected: Expectation) -> Verdict:
    got, due = values.entries(found.value), values.entries(expected.due)
    if not (isinstance(got, np.ndarray) and isinstance(due, np.ndarray) and got.shape == due.shape):
        return _wrong(expected, _both(values.in_words(got), values.in_words(due)))
    agreeing, share = int(np.sum(got == due)), float(np.mean(got == due))
    if share < expected.at_least:
        text = f"{agreeing} of {due.size} entries agree ({share:.3f})"
        return _wrong(expected, _both(text, f"at least {expected.at_least}"))
    return Verdict(found.what, True, note=f": {share:.3f}")


def _both(got: str, due: str) -> list[str]:
    return [f"got: {got}", f"due: {due}"]


def _size(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, list | dict):
        return sum(_size(item) for item in (value.values() if isinstance(value, dict) else value))
    return 1
