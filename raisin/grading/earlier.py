"""The framework that a notebook is graded on: the student's parts, taken from the notebooks handed in earlier.

Of every framework cell of the source notebook, a given one counts as the course wrote it, an answer as the student
wrote it (found in the notebook rebuilt on the release, so that a magic above the marker or a lost one costs nothing).
The student's other cells are the material for helper definitions. A notebook that is missing or unreadable counts as
the reference. In a group each member may bring a framework.
"""

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    known = frozenset[str]()
    for name in course.notebooks:
        if name >= notebook:
            break
        if not any(framework.part_name(cell.source) for cell in read_cells(course.source(name))):
            continue
        by, path = _handed_in(course, student, notebook, name, member or student)
        made = _parts_of(course, path, name, known)
        if made.parts or made.remark:
            known |= made.names
            found.append(Earlier(name, made.parts, made.remark, by))
    return tuple(found)


def reference_parts(course: Course, notebook: str) -> tuple[Earlier, ...]:
    """The framework below `notebook` as the course's own solutions give it."""
    before = [(name, course.source(name)) for name in course.notebooks if name < notebook]
    return _reference(tuple((name, path, path.stat().st_mtime_ns, path.stat().st_size) for name, path in before))


@functools.lru_cache(maxsize=32)
def _reference(sources: tuple[tuple[str, Path, int, int], ...]) -> tuple[Earlier, ...]:
    """Every notebook of a class is compared with it."""
    found: list[Earlier] = []
    known: set[str] = set()
    for name, path, _, _ in sources:
        cells = [cell.source for cell in read_cells(path) if not cell.test]
        if any(map(framework.part_name, cells)):
            parts = framework.collect(cells, known).parts
            known |= _names(parts)
            found.append(Earlier(name, parts))
    return tuple(found)


def can_matter(own: Sequence[Earlier], reference: Sequence[Earlier], cells: Sequence[str]) -> bool:
    """Whether a notebook of these code cells uses anything that earlier parts define, and they are not the course's."""
    if _as_written(own) == _as_written(reference):
        return False
    defined = _names(part for found in own for part in found.parts)
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


@dataclass(frozen=True)
class _Made:
    """What an earlier notebook gave: parts, what to remark, the names that the parts define."""

    parts: tuple[Part, ...]
    remark: str
    names: frozenset[str]


def _parts_of(course: Course, path: Path | None, name: str, known: frozenset[str]) -> _Made:
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
def _stand_in(source: Path, _changed: int, known: frozenset[str], remark: str) -> _Made:
    parts = framework.collect([cell.source for cell in read_cells(source) if not cell.test], known).parts
    return _Made(parts, remark, _names(parts))


# A few kilobytes each: the plan asks for all of them, and then every notebook when it is graded.
@functools.lru_cache(maxsize=2048)
def _of_student(source: Path, changed: int, known: frozenset[str], form: Form, path: Path, of: int, size: int) -> _Made:
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
    return _Made(parts, words if stand_in else "", _one(_names(parts)))


def _names(parts: Iterable[Part]) -> frozenset[str]:
    """What parts define."""
    return frozenset(name for part in parts for name in framework.names_of(part.source)[1])


def _handed_in(course: Course, student: str, notebook: str, name: str, member: str) -> tuple[str, Path | None]:
    """The earlier notebook of a member, and by whom: handed in alone, or in a group then, or by a partner of now."""
    candidates = _candidates(course, student, notebook, name, member)
    found = ((one, path) for one in candidates if (path := _regular(course, one, name)) is not None)
    return next(found, ("", None))


def _candidates(course: Course, student: str, notebook: str, name: str, member: str) -> Iterator[str]:
    """Nearly always the first is the one; who was named by whom takes a look at the whole class."""
    yield member
    yield from shared.named_by(course, name).get(member, ())
    yield student
    yield from (one.student for one in shared.members_of(course, student, notebook))


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


def files(found: Sequence[Earlier]) -> dict[str, str]:
    """The parts as the files that `lab.start` looks for in RAISIN_FRAMEWORK, by name."""
    return {f"{one.notebook}.py": framework.as_text(one.parts) for one in found}


def write(folder: Path, found: Sequence[Earlier]) -> None:
    """Write them there."""
    for earlier in found:
        framework.save(folder / f"{earlier.notebook}.py", earlier.parts)
