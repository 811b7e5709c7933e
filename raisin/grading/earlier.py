"""The framework that a notebook is graded on: the student's parts, taken from the notebooks handed in earlier.

Of every framework cell of the source notebook, a given one counts as the course wrote it, an answer as the student
wrote it (found in the notebook rebuilt on the release, so that a magic above the marker or a lost one costs nothing).
The student's other cells are the material for helper definitions. A notebook that is missing or unreadable counts as
the reference. In a group each member may bring a framework.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from raisin.grading import parts, shared
from raisin.grading.course import Course
from raisin.lab import framework
from raisin.lab.framework import Part

_MARKER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
_MOST_OTHERS = 4  # members of a group beside the one who handed in: a list typed by students may be long
_ASKED = re.compile(r"\bT\.(\w+)")  # a check asks for the student's names in this way


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
        if not any(framework.part_name(cell.source) for cell in parts.read_cells(course.source(name))):
            continue
        by, path = _handed_in(course, student, notebook, name, member or student)
        made = parts.of(course, name, path, known)
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
        cells = [cell.source for cell in parts.read_cells(path) if not cell.test]
        if any(map(framework.part_name, cells)):
            made = framework.collect(cells, known).parts
            known |= parts.names_of(made)
            found.append(Earlier(name, made))
    return tuple(found)


def can_matter(own: Sequence[Earlier], reference: Sequence[Earlier], cells: Sequence[str]) -> bool:
    """Whether a notebook of these code cells uses anything that earlier parts define, and they are not the course's."""
    if _as_written(own) == _as_written(reference):
        return False
    defined = parts.names_of(part for found in own for part in found.parts)
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


def files(found: Sequence[Earlier]) -> dict[str, str]:
    """The parts as the files that `lab.start` looks for in RAISIN_FRAMEWORK, by name."""
    return {f"{one.notebook}.py": framework.as_text(one.parts) for one in found}


def write(folder: Path, found: Sequence[Earlier]) -> None:
    """Write them there."""
    for earlier in found:
        framework.save(folder / f"{earlier.notebook}.py", earlier.parts)
