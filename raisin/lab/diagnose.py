"""Which typical mistake does a wrong value look like?

Three kinds of evidence, the strongest first:

1. The check's own program is run with a mistake put into torch (`Mistake.operations`, `Mistake.names`,
   `Mistake.backward`). Where that gives the student's numbers, all of them, the mistake is named.
2. The student's values have the form that a mistake leaves behind (`Mistake.shows`), for what no number tells: flags,
   graphs, types.
3. What came is simply related to what was due: negated, transposed, doubled, not summed (`raisin.lab.relations`).

The mistakes of a notebook are a table in `raisin.lab.mistakes`. A mistake that gives what is due, or fails, is no
evidence; where nothing fits, nothing is said. Nothing here ever says what would be right.
"""

import importlib
import math
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from raisin.lab import relations, values
from raisin.lab.contract import CONTRACT
from raisin.lab.mistaken import MistakenNames
from raisin.lab.names import Names
from raisin.lab.values import Plain


@dataclass(frozen=True)
class Mistake:
    """A typical mistake, as data.

    `looks_like` completes "it looks as if ..."; `look_at` is a place or a question, never the solution. `names`:
    functions that stand in for the student's (``T.unbroadcast``, or a function of the notebook), with the mistake in
    them; also given functions that the due value is made with (``pencil_step``). `operations`: torch's operations
    with the mistake in them, by the course's names ("matmul"). `backward`: a walk in place of torch's, called with
    the root and its gradient. `around`: names of the notebook, each with what makes its stand-in, given all that the
    notebook defines (``lambda own: ... own["drawn"] ...``). `fitted`: more names, made for the value that came, where
    a mistake has a choice in it (an order of the rows) that is to be searched. `shows`: whether a value that came
    (first) shows the mistake, beside the value due (second). `checks`: only for checks whose name contains one of
    these. `alone`: not named where one that comes later explains the value too (a value that holds little).
    """

    key: str
    looks_like: str
    look_at: str = ""
    names: Mapping[str, Any] = field(default_factory=dict)
    operations: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    backward: Callable[[Any, Any], None] | None = None
    around: Mapping[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)
    fitted: Callable[[Plain], Mapping[str, Any]] | None = None
    shows: Callable[[Any, Any], bool] | None = None  # values of whatever form a check returns
    checks: tuple[str, ...] = ()
    alone: bool = False


@dataclass(frozen=True)
class Case:
    """A check whose value is wrong: both values in plain form, and the programs they came from, where it had any."""

    notebook: str
    what: str
    got: Plain
    due: Plain
    scale: float = 1.0
    float32: bool = False
    program: Any = None
    source: Any = None


Rerun = Callable[[Any, Names], Plain]
_MANY_INPUTS, _MANY_ENTRIES = 500, 10_000  # a check with more is there for what it costs; what is wrong shows elsewhere
_on = True


def switch(on: bool) -> None:
    """Whether anything is tried at all: those who run thousands of checks for their verdicts alone turn it off."""
    global _on
    _on = on


def is_on() -> bool:
    """Whether mistakes are tried."""
    return _on


def diagnose(case: Case, drawn: Sequence[tuple[int, ...]], rerun: Rerun) -> Mistake | None:
    """The first mistake of the notebook's table that explains the value, else a simple relation, else None.

    `drawn`: the shapes of the inputs; where they are very many nothing is tried. `rerun` runs a program of the check
    with other names, on the same random numbers.
    """
    if not _on or len(drawn) > _MANY_INPUTS or sum(map(math.prod, drawn)) > _MANY_ENTRIES:
        return None
    fitting = (mistake for mistake in table(case.notebook) if _fits(mistake, case, rerun))
    if (first := next(fitting, None)) is not None:
        rivals = first.alone and any(other.key != first.key for other in fitting)
        return first if not rivals else None
    found = relations.related(case.got, case.due, drawn, case.scale, case.float32)
    return Mistake(*found) if found is not None else None


def table(notebook: str) -> tuple[Mistake, ...]:
    """The mistakes of a notebook, in the order in which they are tried: ``raisin/lab/mistakes/n04.py`` and its like."""
    try:
        module = importlib.import_module(f"raisin.lab.mistakes.n{notebook[:2]}")
    except ImportError:  # a notebook without a table, or no torch to put mistakes into
        return ()
    found: tuple[Mistake, ...] = module.MISTAKES
    return found


def _fits(mistake: Mistake, case: Case, rerun: Rerun) -> bool:
    if mistake.checks and not any(words in case.what for words in mistake.checks):
        return False
    if mistake.shows is not None and _shown(mistake, case):
        return True
    return any(_explains(candidate, case) for candidate in _candidates(mistake, case, rerun))


def _shown(mistake: Mistake, case: Case) -> bool:
    assert mistake.shows is not None
    try:
        return mistake.shows(case.got, case.due)
    except Exception:  # values of another form than the mistake speaks of
        return False


def _explains(candidate: Plain, case: Case) -> bool:
    if values.differ(case.got, candidate, case.scale, case.float32) is not None:
        return False
    return values.differ(candidate, case.due, case.scale, case.float32) is not None


def _candidates(mistake: Mistake, case: Case, rerun: Rerun) -> Iterator[Plain]:
    """The values that the check would have met with this mistake in the student's place."""
    everywhere = bool(mistake.operations) or mistake.backward is not None
    named = {*mistake.names, *mistake.around}
    if not (everywhere or named):
        return
    programs = (case.source,) if case.source is case.program else (case.source, case.program)
    for program in programs:
        if not isinstance(program, types.FunctionType):  # a plain value is due
            continue
        if not (everywhere or named & _reached(program)):
            continue
        own = dict(program.__globals__)
        try:
            made = {name: make(own) for name, make in mistake.around.items() if name in own}
            names = {**mistake.names, **made, **(mistake.fitted(case.got) if mistake.fitted is not None else {})}
            mistaken = MistakenNames(names, mistake.operations, mistake.backward)
            with mistaken.in_force(program.__globals__, _replaced({*names}, case.notebook, program)):
                yield rerun(program, mistaken)
        except Exception:  # the mistake does not fit this check
            continue


def _reached(program: types.FunctionType) -> set[str]:
    """All names that a program uses, and those that the notebook's functions use which it calls."""
    found: set[str] = set()
    codes = [program.__code__]
    while codes:
        code = codes.pop()
        codes += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
        for name in set(code.co_names) - found:
            found.add(name)
            function = program.__globals__.get(name)
            if isinstance(function, types.FunctionType) and function.__globals__ is program.__globals__:
                codes.append(function.__code__)
    return found


def _replaced(names: set[str], notebook: str, program: Any) -> set[str]:
    """The notebook's own names that make way: those the mistake replaces, and what torch can do in its stead."""
    earlier = {name for other, names in CONTRACT.items() if other <= notebook for name in names if "." not in name}
    return {name for name in (*names, *earlier) if name in program.__globals__}
