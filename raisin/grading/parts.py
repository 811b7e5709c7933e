"""The parts that one notebook gives to those above it: the student's answers among what the course wrote itself.

Every notebook above asks for them, at first for the plan and again when it is graded, so what was made of a file is
kept until the file changes.
"""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raisin.grading import handed_in
from raisin.grading.course import Course
from raisin.grading.form import Form
from raisin.lab import framework
from raisin.lab.framework import Part


@dataclass(frozen=True)
class Cell:
    """A code cell as far as it matters here: its source and what nbgrader says of it."""

    source: str
    grade_id: str
    solution: bool
    test: bool


@dataclass(frozen=True)
class HandedIn:
    """An earlier notebook, rebuilt: its code cells, the answers that it lacks, and those a person must decide on."""

    cells: tuple[Cell, ...]
    gone: frozenset[str]
    open: frozenset[str]


@dataclass(frozen=True)
class Made:
    """What an earlier notebook gave: parts, what to remark, the names that the parts define."""

    parts: tuple[Part, ...]
    remark: str
    names: frozenset[str]


def of(course: Course, name: str, path: Path | None, known: frozenset[str]) -> Made:
    """Of the notebook at `path`, read anew when it or the source has changed."""
    source = course.source(name)
    here = source, source.stat().st_mtime_ns, _one(known)
    if path is None:
        return _stand_in(*here, f"{name} was not handed in: the course's own parts stand in for it")
    try:
        state = path.stat()
        return _of_student(*here, handed_in.form_of(course, name), path, state.st_mtime_ns, state.st_size)
    except (OSError, ValueError):
        return _stand_in(*here, f"{name} cannot be read: the course's own parts stand in for it")


@functools.lru_cache(maxsize=64)
def _one(known: frozenset[str]) -> frozenset[str]:
    """The same set for the same names: a class has few of them, and each is large."""
    return known


@functools.lru_cache(maxsize=64)
def _stand_in(source: Path, _changed: int, known: frozenset[str], remark: str) -> Made:
    parts = framework.collect([cell.source for cell in read_cells(source) if not cell.test], known).parts
    return Made(parts, remark, names_of(parts))


# A few kilobytes each: the plan asks for all of them, and then every notebook when it is graded.
@functools.lru_cache(maxsize=2048)
def _of_student(source: Path, changed: int, known: frozenset[str], form: Form, path: Path, of: int, size: int) -> Made:
    """Raises OSError, ValueError; then it is read again the next time."""
    name, due, got = source.stem, read_cells(source), _rebuilt(form, path, of, size)
    sources, own = _merge(due, got)
    if not own:
        words = f"{name} holds none of its framework cells: the course's own parts stand in for it"
        return _stand_in(source, changed, known, words)
    parts = framework.collect(sources, known).parts
    stand_in = [cell.grade_id for cell in due if cell.grade_id in got.open]
    words = (
        f"{name}: the course's own stand in for {', '.join(stand_in)} until a person has decided which cells these are"
    )
    return Made(parts, words if stand_in else "", _one(names_of(parts)))


def names_of(parts: Iterable[Part]) -> frozenset[str]:
    """What parts define."""
    return frozenset(name for part in parts for name in framework.names_of(part.source)[1])


def _merge(due: Sequence[Cell], got: HandedIn) -> tuple[list[str], int]:
    """The student's material, then the framework cells in the order of the source; how many are the student's."""
    material = [cell.source for cell in got.cells if not cell.test and framework.part_name(cell.source) is None]
    answers = {cell.grade_id: cell.source for cell in got.cells if cell.solution and cell.grade_id not in got.gone}
    chosen: list[str] = []
    own = 0
    for cell in due:
        name = framework.part_name(cell.source)
        if name is None:
            continue
        if not cell.solution or cell.grade_id in got.open:
            chosen.append(cell.source)
        elif (answer := answers.get(cell.grade_id)) is not None:
            own += 1
            chosen.append(answer if framework.part_name(answer) == name else f"# framework: {name}\n{answer}")
    return [*material, *chosen], own


def read_cells(notebook: Path) -> tuple[Cell, ...]:
    """The code cells of a source notebook, in order."""
    state = notebook.stat()
    return _read_cells(notebook, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=32)
def _read_cells(notebook: Path, _changed: int, _size: int) -> tuple[Cell, ...]:
    return _code(json.loads(notebook.read_text(encoding="utf-8"))["cells"])


@functools.lru_cache(maxsize=8)
def _rebuilt(form: Form, path: Path, _changed: int, _size: int) -> HandedIn:
    """The members of a group ask for the same; of a notebook only the code is kept."""
    rebuilt = handed_in.on(form, path)
    return HandedIn(_code(rebuilt.notebook["cells"]), rebuilt.gone, frozenset(rebuilt.open))


def _code(cells: Iterable[Mapping[str, Any]]) -> tuple[Cell, ...]:
    found = []
    for cell in cells:
        if cell["cell_type"] == "code":
            meta = cell["metadata"].get("nbgrader", {})
            grade_id, solution = str(meta.get("grade_id", "")), bool(meta.get("solution"))
            found.append(Cell("".join(cell["source"]), grade_id, solution, bool(meta.get("grade")) and not solution))
    return tuple(found)
