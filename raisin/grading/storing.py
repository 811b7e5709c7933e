"""Files into submitted/: complete or not at all, what was there before is kept beside, and the newest stays."""

import hashlib
import shutil
from pathlib import Path

from raisin.grading import received
from raisin.grading.course import Course
from raisin.grading.gather import Candidate
from raisin.grading.receipts import ODD, RECEIVED, REPLACED, UNCHANGED
from raisin.grading.received import Record


def store(course: Course, folder: str, candidate: Candidate) -> tuple[str, list[str]]:
    """Put the file where it belongs; what became of it."""
    target, path = course.submitted(folder, candidate.notebook), candidate.path
    if target.is_symlink() or (target.exists() and not target.is_file()):
        return ODD, [f"{target} is in the way and is no file; take it away"]
    if not target.is_file():
        _copy(path, target)
        return RECEIVED, []
    there = hashlib.sha256(target.read_bytes()).hexdigest()
    if there == candidate.sha256:
        return UNCHANGED, []
    before = received.read(course, folder, candidate.notebook)
    if before is not None and candidate.attachment < attachment(before) and before.sha256 == there:
        return UNCHANGED, [f"{candidate.file} is an older attempt; the newer one, {before.file}, stays"]
    if not candidate.known.readable:
        return ODD, ["the one before counts"]
    previous = _free_name(target)
    age = "a newer one" if target.stat().st_mtime > path.stat().st_mtime else "the one before"
    target.rename(previous)
    _copy(path, target)
    return REPLACED, [f"{age} is kept as {previous.name}"]


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(target.name + ".part")
    shutil.copy2(path, temporary)
    temporary.replace(target)


def _free_name(target: Path) -> Path:
    """A name beside `target` that nbgrader does not take for a notebook."""
    number = 1
    while (previous := target.with_name(f"{target.name}.previous-{number}")).exists():
        number += 1
    return previous


def set_aside(target: Path, path: Path) -> None:
    """Keep what a partner handed in too; once."""
    content = path.read_bytes()
    kept = [target, *target.parent.glob(f"{target.name}.previous-*")]
    if not any(other.read_bytes() == content for other in kept):
        _copy(path, _free_name(target))


def attachment(record: Record | None) -> int:
    """Canvas's id of the file that is there; 0 where there is none."""
    return int(record.canvas.attachment or 0) if record is not None and record.canvas is not None else 0
