"""``autograded/<student>/<notebook>.log``: what nbgrader and the kernel said, and on its first line what came of it."""

import hashlib
import json
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from raisin.grading.course import Course

HEADER = "# raisin: "
# The attribute of a log record that is meant for the instructor's table too.
REMARK = "raisin_remark"
_NBGRADER = "raisin.nbgrader"
_LOGGERS = ("raisin", "traitlets")


@dataclass(frozen=True)
class Result:
    """What became of a submission. `reason` says why a person must look; it is empty when it was graded.

    `depends`: what it depends on, each by a digest; `total`: what its tests gave. `seconds`, `cpu` (seconds) and
    `memory` (bytes) are what its run took. `again`: seconds of a second run on the course's own earlier parts;
    `carried`: checks that count through it.
    """

    student: str
    notebook: str
    handed_in: str
    depends: Mapping[str, str]
    reason: str = ""
    remarks: tuple[str, ...] = ()
    total: float = 0.0
    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0
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


def is_stale(last: Result | None, submitted: Path) -> bool:
    """Whether something else than what has that result lies there now."""
    return last is not None and submitted.is_file() and last.handed_in != digest(submitted)


def begin(log: Path) -> None:
    """From now on there is no result; the next `write` brings one."""
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("", encoding="utf-8")


def write(log: Path, result: Result, text: str) -> None:
    """Write the log, the result on top; the file is complete or the old one."""
    log.parent.mkdir(parents=True, exist_ok=True)
    temporary = log.with_name(log.name + ".part")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(HEADER + json.dumps(asdict(result)) + "\n" + text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(log)


class Ears(logging.Handler):
    """Hears what nbclient and our own modules log in this thread meanwhile: no more than a page of it."""

    _most = 100

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self._lines: list[str] = []

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self._lines)

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._lines) < self._most and record.thread == self._thread:
            self._lines.append(f"{record.levelname} {record.getMessage()}")

    def __enter__(self) -> "Ears":
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(self)
        return self

    def __exit__(self, *about: object) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self)


class Hearing(logging.Handler):
    """What nbgrader and our own preprocessors log meanwhile: `text` for the log, `remarks` for the instructor."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []
        self.remarks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.getMessage()}")
        if getattr(record, REMARK, False):
            self.remarks.append(record.getMessage())

    def say(self, text: str) -> None:
        """Add to the log what nobody logs."""
        self.lines += text.splitlines()

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    def __enter__(self) -> "Hearing":
        logging.getLogger(_NBGRADER).addHandler(self)
        return self

    def __exit__(self, *about: object) -> None:
        logging.getLogger(_NBGRADER).removeHandler(self)
