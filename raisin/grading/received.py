"""What is known of a submission besides its content: who belongs to it, when and how it came.

`raisin collect` writes it beside the notebook, as submitted/<student>/<notebook>/collected.json, and the time of
submission once more in nbgrader's timestamp.txt. Neither reaches a kernel or autograded/; of all that it says only
`members` is something that grading depends on.
"""

import functools
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from raisin import students
from raisin.grading import reading, whole
from raisin.grading.course import Course
from raisin.grading.reading import Notebook
from raisin.students import Member

RECORD = "collected.json"
_TIMESTAMP = "timestamp.txt"  # nbgrader's own


@dataclass(frozen=True)
class Canvas:
    """Canvas's ids of a submission: of the user who stands for it, and of the file."""

    user: str
    attachment: str


@dataclass(frozen=True)
class Record:
    """One submission as it was collected.

    members: ids of all who share it, the one whose folder it lies in among them
    by:      how that is known: "alone", "group of the roster", "names cell", …
    time:    when it was handed in, ISO 8601 with zone; "" where nothing says so
    late:    whether Canvas called it late; None where it did not come from Canvas
    file:    what it was called; link: where it was fetched from, or ""
    partners: Canvas's ids of what other members handed in for the same group
    """

    members: tuple[str, ...]
    by: str = ""
    time: str = ""
    late: bool | None = None
    canvas: Canvas | None = None
    file: str = ""
    sha256: str = ""
    link: str = ""
    partners: tuple[Canvas, ...] = ()

    @property
    def at(self) -> datetime | None:
        """`time`, where there is one."""
        return datetime.fromisoformat(self.time) if self.time else None


def read(course: Course, student: str, notebook: str) -> Record | None:
    """What was written when this was collected; None where nothing was, or nothing that can be read."""
    path = _path(course, student, notebook)
    try:
        state = path.stat()
    except OSError:
        return None
    return None if path.is_symlink() else _read(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=4096)
def _read(path: Path, _changed: int, _size: int) -> Record | None:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        partners = tuple(filter(None, map(_ids, found.get("partners", ()))))
        ids = {"canvas": _ids(found.get("canvas")), "partners": partners}
        return Record(**{**found, "members": tuple(found["members"]), **ids})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _ids(found: Mapping[str, str] | None) -> Canvas | None:
    return None if found is None else Canvas(str(found["user"]), str(found["attachment"]))


def write(course: Course, student: str, notebook: str, record: Record) -> bool:
    """Write it, and the time for nbgrader; whether anything has changed."""
    path = _path(course, student, notebook)
    changed = read(course, student, notebook) != record
    if changed:
        whole.write(path, json.dumps(asdict(record), ensure_ascii=False, indent=1) + "\n")
    stamp = path.with_name(_TIMESTAMP)
    if record.at is None:
        stamp.unlink(missing_ok=True)
    elif not stamp.is_file() or stamp.read_text(encoding="utf-8") != _in_utc(record.at):
        whole.write(stamp, _in_utc(record.at))
    return changed


def stamped(course: Course, student: str, notebook: str) -> str:
    """The time in nbgrader's own file, as its exchange or an earlier `write` put it there; "" for none."""
    from nbgrader.utils import parse_utc

    try:
        text = _path(course, student, notebook).with_name(_TIMESTAMP).read_text(encoding="utf-8").strip()
        return str(parse_utc(text).replace(tzinfo=UTC).isoformat()) if text else ""
    except (OSError, ValueError, OverflowError):
        return ""


def _in_utc(time: datetime) -> str:
    """As nbgrader writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def _path(course: Course, student: str, notebook: str) -> Path:
    return course.submitted(student, notebook).with_name(RECORD)


def share(course: Course, student: str, notebook: str) -> tuple[str, ...]:
    """The ids of all whose work this submission is, as collected; who handed it in alone where nothing says so."""
    record = read(course, student, notebook)
    return record.members if record is not None and record.members else (student,)


def members(notebook: Path) -> tuple[Member, ...]:
    """Who hands this notebook in, as its `students` cell says; () where there is no such cell or it is blank.

    The cell is read, never run. Raises ValueError when the notebook cannot be read.
    """
    state = _state(notebook)
    if state is None:
        raise ValueError(f"{notebook} is no regular file; ask for the notebook")
    return _members(notebook, state.st_mtime_ns, state.st_size)


def _state(path: Path) -> os.stat_result | None:
    """What is known of a regular file; None for anything else."""
    try:
        state = path.lstat()
    except (OSError, ValueError):
        return None
    return state if stat.S_ISREG(state.st_mode) else None


@functools.lru_cache(maxsize=1)
def content(path: Path, _changed: int, _size: int) -> tuple[Notebook, tuple[str, ...]]:
    """What `reading.read` gives for a file of this time and size; not to be changed. Raises NotANotebook, OSError.

    Who shares a submission and what it holds are asked one after the other.
    """
    return reading.read(path.read_bytes())


@functools.cache
def _members(notebook: Path, _changed: int, _size: int) -> tuple[Member, ...]:
    """Reading a whole class takes seconds, and every notebook asks again; a file that changed is read again."""
    cells = content(notebook, _changed, _size)[0]["cells"]
    return students.members(cell["source"] for cell in cells if cell["cell_type"] == "code")


def named_by(course: Course, notebook: str) -> tuple[tuple[str, Member], ...]:
    """Everybody whose work a submission of this notebook is: (who handed it in, the member).

    What was settled when it was collected counts, else what its `students` cell says.
    """
    found = []
    for student in course.students:
        path = course.submitted(student, notebook)
        state = _state(path)
        if state is None:
            continue
        try:
            typed = [one for one in _members(path, state.st_mtime_ns, state.st_size) if one.student]
        except ValueError:
            typed = []
        record = read(course, student, notebook)
        if record is not None and record.members:
            called = {member.student: member.name for member in typed}
            typed = [Member(called.get(name, ""), name) for name in record.members]
        found += [(student, member) for member in typed]
    return tuple(found)
