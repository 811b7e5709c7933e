"""The framework that a notebook is graded on: the student's parts, taken from the notebooks handed in earlier.

Of every framework cell of the source notebook, a given one counts as the course wrote it, an answer as the student
wrote it (found by its grade id, so that a magic above the marker or a lost marker costs nothing). The student's other
cells are the material for helper definitions. A notebook that is missing or unreadable counts as the reference.
"""

import contextlib
import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from raisin.grading import received
from raisin.grading.course import Course
from raisin.lab import framework
from raisin.lab.framework import Part

_MARKER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
_ASKED = re.compile(r"\bT\.(\w+)")  # a check asks for the student's names in this way


@dataclass(frozen=True)
class Cell:
    """A code cell as far as it matters here: its source and what nbgrader says of it."""

    source: str
    grade_id: str
    solution: bool
    test: bool


@dataclass(frozen=True)
class Earlier:
    """The parts of one earlier notebook, and what to remark about them ("" for nothing)."""

    notebook: str
    parts: tuple[Part, ...]
    remark: str = ""


def earlier_parts(course: Course, student: str, notebook: str) -> tuple[Earlier, ...]:
    """The framework below `notebook` of this student, notebook by notebook, in course order."""
    found: list[Earlier] = []
    known: set[str] = set()
    for name in course.notebooks:
        if name >= notebook:
            break
        parts, remark = _parts_of(course, student, notebook, name, known)
        if not parts and not remark:
            continue
        for part in parts:
            known |= framework.names_of(part.source)[1]
        found.append(Earlier(name, parts, remark))
    return tuple(found)


def reference_parts(course: Course, notebook: str) -> tuple[Earlier, ...]:
    """The framework below `notebook` as the course's own solutions give it."""
    found: list[Earlier] = []
    known: set[str] = set()
    for name in course.notebooks:
        if name >= notebook:
            break
        sources = [cell.source for cell in read_cells(course.source(name)) if not cell.test]
        if any(map(framework.part_name, sources)):
            parts = framework.collect(sources, known).parts
            known |= {defined for part in parts for defined in framework.names_of(part.source)[1]}
            found.append(Earlier(name, parts))
    return tuple(found)


def can_matter(own: Sequence[Earlier], reference: Sequence[Earlier], cells: Sequence[str]) -> bool:
    """Whether a notebook of these code cells uses anything that earlier parts define, and they are not the course's."""
    if _as_written(own) == _as_written(reference):
        return False
    defined = {name for found in own for part in found.parts for name in framework.names_of(part.source)[1]}
    used: set[str] = set()
    for source in map(framework.without_magics, cells):
        if not framework.parses(source):
            continue
        names, made = framework.names_of(source)
        used |= set(names) - set(made)
        used |= set(_ASKED.findall(source))
    return not used.isdisjoint(defined)


def _as_written(found: Sequence[Earlier]) -> list[tuple[str, list[str]]]:
    """The parts without the markers that only the source has."""
    return [(e.notebook, [_MARKER.sub("", part.source).strip() for part in e.parts]) for e in found]


def _parts_of(course: Course, student: str, notebook: str, name: str, known: set[str]) -> tuple[tuple[Part, ...], str]:
    due = read_cells(course.source(name))
    if not any(framework.part_name(cell.source) for cell in due):
        return (), ""
    reference = framework.collect([cell.source for cell in due if not cell.test], known).parts
    path = _handed_in(course, student, notebook, name)
    if path is None:
        return reference, f"{name} was not handed in: the course's own parts stand in for it"
    try:
        got = read_cells(path)
    except ValueError:
        return reference, f"{name} cannot be read: the course's own parts stand in for it"
    sources, own = _merge(due, got)
    if not own:
        return reference, f"{name} holds none of its framework cells: the course's own parts stand in for it"
    return framework.collect(sources, known).parts, ""


def _handed_in(course: Course, student: str, notebook: str, name: str) -> Path | None:
    """The earlier notebook of this student: handed in alone, or in a group then, or by a partner of now."""
    if (own := _regular(course, student, name)) is not None:
        return own
    candidates = [by for by, member in received.named_by(course, name) if member.student == student]
    with contextlib.suppress(ValueError):  # where this notebook itself cannot be read, that is said elsewhere
        candidates += [member.student for member in received.members(course.submitted(student, notebook))]
    return next((path for one in candidates if (path := _regular(course, one, name)) is not None), None)


def _regular(course: Course, student: str, name: str) -> Path | None:
    path = course.submitted(student, name)
    # A name that a student typed may lead anywhere.
    is_name = Path(student).name == student and not student.startswith(".")
    return path if is_name and path.is_file() and not path.is_symlink() else None


def _merge(due: Sequence[Cell], got: Sequence[Cell]) -> tuple[list[str], int]:
    """The student's material, then the framework cells in the order of the source; how many are the student's."""
    material = [cell.source for cell in got if not cell.test and framework.part_name(cell.source) is None]
    chosen: list[str] = []
    own = 0
    for cell in due:
        name = framework.part_name(cell.source)
        if name is None:
            continue
        if not cell.solution:
            chosen.append(cell.source)
            continue
        answers = [c.source for c in got if cell.grade_id and c.grade_id == cell.grade_id]
        answers = answers or [c.source for c in got if framework.part_name(c.source) == name]
        # Of copies the last one that is not blank counts, as in grading.
        answers = [a for a in answers if not framework.is_blank(a)][-1:] or answers[-1:]
        for answer in answers:
            own += 1
            chosen.append(answer if framework.part_name(answer) == name else f"# framework: {name}\n{answer}")
    return [*material, *chosen], own


def read_cells(notebook: Path) -> list[Cell]:
    """The code cells of a notebook, in order. Raises ValueError, naming the file, when it cannot be read."""
    state = notebook.stat()
    return _read_cells(notebook, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=32)
def _read_cells(notebook: Path, _changed: int, _size: int) -> list[Cell]:
    """A student's notebooks are asked for by each of the later ones."""
    framework.read_sources(notebook)
    cells: list[Cell] = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        metadata = cell.get("metadata")
        meta = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        meta = meta if isinstance(meta, dict) else {}
        grade_id, solution = str(meta.get("grade_id", "")), bool(meta.get("solution"))
        cells.append(Cell("".join(cell["source"]), grade_id, solution, bool(meta.get("grade")) and not solution))
    return cells


def write(folder: Path, found: Sequence[Earlier]) -> None:
    """Write the parts where `lab.start` looks for them when RAISIN_FRAMEWORK names `folder`."""
    for earlier in found:
        framework.save(folder / f"{earlier.notebook}.py", earlier.parts)
