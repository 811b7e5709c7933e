"""The framework that a notebook is graded on: the student's parts, taken from the notebooks handed in earlier.

Of every framework cell of the source notebook, a given one counts as the course wrote it, an answer as the student
wrote it (found in the notebook rebuilt on the release, so that a magic above the marker or a lost one costs nothing).
The student's other cells are the material for helper definitions. A notebook that is missing or unreadable counts as
the reference. In a group each member may bring a framework.
"""

import functools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from raisin.grading import handed_in, shared
from raisin.grading.course import Course
from raisin.grading.form import Form
from raisin.lab import framework
from raisin.lab.framework import Part

_MARKER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
_MOST_OTHERS = 4  # members of a group beside the one who handed in: a list typed by students may be long
_ASKED = re.compile(r"\bT\.(\w+)")  # a check asks for the student's names in this way


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
class Earlier:
    """The parts of one earlier notebook, and what to remark about them ("" for nothing); `by`: who handed it in."""

    notebook: str
    parts: tuple[Part, ...]
    remark: str = ""
    by: str = field(default="", repr=False)


@dataclass(frozen=True)
class Framework:
    """What a submission may be graded on: the earlier notebooks of one of its members."""

    whose: str
    parts: tuple[Earlier, ...]


def frameworks(course: Course, student: str, notebook: str) -> tuple[Framework, ...]:
    """The framework of who handed in, then of every other member of the group whose parts are others.

    Those that are the course's own are left out of the others: every notebook is tried on these anyway.
    """
    own = Framework(student, earlier_parts(course, student, notebook))
    found = [own]
    others = [one.student for one in shared.members_of(course, student, notebook) if one.student != student]
    known = [_as_written(own.parts), _as_written(reference_parts(course, notebook))] if others else []
    for member in list(dict.fromkeys(others))[:_MOST_OTHERS]:
        made = Framework(member, earlier_parts(course, student, notebook, member))
        if _as_written(made.parts) not in known:
            known.append(_as_written(made.parts))
            found.append(made)
    return tuple(found)


def earlier_parts(course: Course, student: str, notebook: str, member: str = "") -> tuple[Earlier, ...]:
    """The framework below what `student` handed in, notebook by notebook, in course order: of `member` first of all.

    Where the member (by default the one who handed in) has no earlier notebook, a partner's counts.
    """
    found: list[Earlier] = []
    known: set[str] = set()
    for name in course.notebooks:
        if name >= notebook:
            break
        by, path = _handed_in(course, student, notebook, name, member or student)
        parts, remark = _parts_of(course, path, name, known)
        if not parts and not remark:
            continue
        for part in parts:
            known |= framework.names_of(part.source)[1]
        found.append(Earlier(name, parts, remark, by))
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


def _parts_of(course: Course, path: Path | None, name: str, known: set[str]) -> tuple[tuple[Part, ...], str]:
    due = read_cells(course.source(name))
    if not any(framework.part_name(cell.source) for cell in due):
        return (), ""
    reference = framework.collect([cell.source for cell in due if not cell.test], known).parts
    if path is None:
        return reference, f"{name} was not handed in: the course's own parts stand in for it"
    try:
        got = _rebuilt(course, path, name)
    except (OSError, ValueError):
        return reference, f"{name} cannot be read: the course's own parts stand in for it"
    sources, own = _merge(due, got)
    if not own:
        return reference, f"{name} holds none of its framework cells: the course's own parts stand in for it"
    stand_in = [cell.grade_id for cell in due if cell.grade_id in got.open]
    words = (
        f"{name}: the course's own stand in for {', '.join(stand_in)} until a person has decided which cells these are"
    )
    return framework.collect(sources, known).parts, words if stand_in else ""


def _handed_in(course: Course, student: str, notebook: str, name: str, member: str) -> tuple[str, Path | None]:
    """The earlier notebook of a member, and by whom: handed in alone, or in a group then, or by a partner of now."""
    candidates = [member, *shared.named_by(course, name).get(member, ())]
    candidates += [student, *(one.student for one in shared.members_of(course, student, notebook))]
    found = ((one, path) for one in candidates if (path := _regular(course, one, name)) is not None)
    return next(found, ("", None))


def _regular(course: Course, student: str, name: str) -> Path | None:
    path = course.submitted(student, name)
    # A name that a student typed may lead anywhere.
    is_name = Path(student).name == student and not student.startswith(".")
    return path if is_name and path.is_file() and not path.is_symlink() else None


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


def read_cells(notebook: Path) -> list[Cell]:
    """The code cells of a source notebook, in order."""
    return _code(json.loads(notebook.read_text(encoding="utf-8"))["cells"])


def _rebuilt(course: Course, path: Path, name: str) -> HandedIn:
    state = path.stat()
    return _read_rebuilt(handed_in.form_of(course, name), path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=32)
def _read_rebuilt(form: Form, path: Path, _changed: int, _size: int) -> HandedIn:
    """A student's notebooks are asked for by each of the later ones; of each only the code is kept."""
    rebuilt = handed_in.on(form, path)
    return HandedIn(tuple(_code(rebuilt.notebook["cells"])), rebuilt.gone, frozenset(rebuilt.open))


def _code(cells: Iterable[Mapping[str, Any]]) -> list[Cell]:
    found = []
    for cell in cells:
        if cell["cell_type"] == "code":
            meta = cell["metadata"].get("nbgrader", {})
            grade_id, solution = str(meta.get("grade_id", "")), bool(meta.get("solution"))
            found.append(Cell("".join(cell["source"]), grade_id, solution, bool(meta.get("grade")) and not solution))
    return found


def write(folder: Path, found: Sequence[Earlier]) -> None:
    """Write the parts where `lab.start` looks for them when RAISIN_FRAMEWORK names `folder`."""
    for earlier in found:
        framework.save(folder / f"{earlier.notebook}.py", earlier.parts)
