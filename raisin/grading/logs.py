"""``autograded/<student>/<notebook>.log``: what nbgrader and the kernel said, and on its first line what came of it."""

import contextlib
import hashlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from raisin.grading.course import Course

HEADER = "# raisin: "
# The attribute of a log record that is meant for the instructor's table too.
REMARK = "raisin_remark"


@dataclass(frozen=True)
class Result:
    """What became of a submission. `reason` says why a person must look; it is empty when it was graded.

    `again`: seconds that a second run on the course's own earlier parts took; `carried`: checks that count through it.
    """

    student: str
    notebook: str
    handed_in: str
    fingerprint: str
    reason: str = ""
    remarks: tuple[str, ...] = ()
    again: float = 0.0
    carried: int = 0


def digest(path: Path) -> str:
    """SHA-256 of a regular file; "" for anything else (reading a pipe would never end)."""
    if not path.is_file() or path.is_symlink():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(course: Course, student: str, notebook: str) -> Result | None:
    """What the last grading left, or None where there was none or where it did not come to its end."""
    try:
        with course.log(student, notebook).open(encoding="utf-8", errors="replace") as file:
            first = file.readline()
        values = json.loads(first.removeprefix(HEADER)) if first.startswith(HEADER) else None
        return None if values is None else Result(**{**values, "remarks": tuple(values["remarks"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(log: Path, result: Result) -> None:
    """Put the result on top of the log; the file is complete or the old one."""
    log.parent.mkdir(parents=True, exist_ok=True)
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    temporary = log.with_name(log.name + ".part")
    temporary.write_text(HEADER + json.dumps(asdict(result)) + "\n" + text, encoding="utf-8")
    temporary.replace(log)


@contextlib.contextmanager
def output_to(log: Path) -> Iterator[None]:
    """Everything that this process and the kernels it starts print goes to `log`; nbgrader's messages too."""
    logger = logging.getLogger("raisin.nbgrader")
    handler = logging.FileHandler(log, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    saved = os.dup(1), os.dup(2)
    target = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(target, 1)
    os.dup2(target, 2)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        for descriptor in (target, *saved):
            os.close(descriptor)


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """The remarks that our own preprocessors log meanwhile."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if getattr(record, REMARK, False):
                heard.append(record.getMessage())

    ear = Ear()
    logger = logging.getLogger("raisin.nbgrader")
    logger.addHandler(ear)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
