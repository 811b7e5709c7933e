"""One submission: what its grading depends on, why nbgrader should not be given it, what an executed one shows."""

import functools
import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from raisin import __version__
from raisin.grading import earlier, logs, received, secret
from raisin.grading.client import TOO_LONG
from raisin.grading.course import PATTERN_CHARACTERS, Course
from raisin.grading.execute import clock_of
from raisin.grading.handed_in import NeedsAPerson
from raisin.grading.reading import NotANotebook
from raisin.grading.sandbox import Sandbox
from raisin.lab import datasets
from raisin.printout import secrets

LARGEST = 100_000_000
SETUP_FAILED = "either one of the student's earlier parts stops it, or raisin is not installed where the kernel runs"


@dataclass(frozen=True)
class Job:
    """One submission to grade: whose, which; `depends` names all that its result depends on, each by a digest.

    `why`: in a word, why it is to be graded. `seconds`: what it took the last time, 0 where that is not known.
    """

    student: str
    notebook: str
    handed_in: str
    depends: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    seconds: float = 0.0

    @property
    def fingerprint(self) -> str:
        """Of all that the result depends on."""
        return _digest(sorted(self.depends.items()))


def make_job(course: Course, student: str, notebook: str) -> Job:
    """The job for one submission; reads the notebooks handed in, runs nothing."""
    own, *others = earlier.frameworks(course, student, notebook)
    found = [repr(entry) for entry in own.parts] + [repr((other.whose, other.parts)) for other in others]
    handed_in = logs.digest(course.submitted(student, notebook))
    path = course.source(notebook)
    depends = {
        "submission": handed_in,
        "members": _digest(sorted(received.share(course, student, notebook))),
        "earlier parts": _digest(found),
        "source": _of_source(path, path.stat().st_mtime_ns),
        "course's own earlier parts": _of_reference(course, notebook),
        "secret": _digest(secret.seed(course, notebook)),
        "settings": _digest((asdict(Sandbox(config=course.config).limits), clock_of(course))),
        "data": logs.digest(course.root / datasets.REAL),
        "versions": _digest(_versions(notebook in course.torch_notebooks)),
    }
    return Job(student, notebook, handed_in, depends)


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


@functools.lru_cache(maxsize=64)
def _of_source(path: Path, _changed: int) -> str:
    """Of what grading reads of a source notebook: cells that nbgrader knows, and code; other texts may change."""
    kept = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        about = cell.get("metadata", {})
        if cell["cell_type"] == "code" or "nbgrader" in about:
            kept.append((_of_cell(cell), cell.get("id"), repr(sorted(about.items(), key=lambda item: item[0]))))
    return _digest(kept)


def _of_cell(cell: dict[str, Any]) -> str:
    """A cell's text, but neither model answer nor rubric: these may be sharpened while answers are graded by hand."""
    text = "".join(cell["source"])
    if cell["cell_type"] == "code":
        return text
    whole = cell["metadata"]["nbgrader"].get("solution") and "BEGIN SOLUTION" not in text  # nothing of it is released
    return "" if whole else secrets.without(text)


def _of_reference(course: Course, notebook: str) -> str:
    before = [course.source(name) for name in course.notebooks if name < notebook]
    return _of_parts(course, notebook, tuple((path, path.stat().st_mtime_ns) for path in before))


_parts_known: dict[tuple[str, tuple[tuple[Path, int], ...]], str] = {}


def _of_parts(course: Course, notebook: str, state: tuple[tuple[Path, int], ...]) -> str:
    if (notebook, state) not in _parts_known:
        parts = earlier.reference_parts(course, notebook)
        _parts_known[notebook, state] = _digest([repr(entry) for entry in parts])
    return _parts_known[notebook, state]


@functools.cache
def _versions(torch: bool) -> tuple[str, ...]:
    return (__version__, metadata.version("numpy"), metadata.version("torch") if torch else "")


def unfit(course: Course, job: Job) -> str:
    """Why nbgrader should not be given this submission; "" when it may."""
    path = course.submitted(job.student, job.notebook)
    if PATTERN_CHARACTERS & set(job.student):
        return "nbgrader cannot tell a student by a name with * ? [ or ]; rename the folder and collect it again"
    if any(folder.is_symlink() for folder in (path, path.parent, path.parent.parent)):
        return "it is a link, not a file; ask for the file itself"
    if not path.is_file():
        return "it is no regular file; ask for the notebook"
    if odd := _odd_files(path.parent):
        return f"beside it lies what is no regular file ({odd}); ask for the notebook alone"
    if path.stat().st_size > LARGEST:
        return f"the file has {path.stat().st_size // 1_000_000} MB; ask for it without its outputs"
    return ""


def _odd_files(folder: Path) -> str:
    """A link, pipe or device in a submission, by its name: opening one may never end, or lead out. "" for none."""
    for above, folders, files in os.walk(folder):
        for name in (*folders, *files):
            mode = os.lstat(os.path.join(above, name)).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                return name
    return ""


def why(error: Exception) -> str:
    """In a line, for the instructor: why a submission was not graded, and what to do."""
    if isinstance(error, NeedsAPerson | NotANotebook):
        return str(error)
    name = type(error).__name__
    first = (str(error).strip().splitlines() or ["no message"])[0]
    if name == "DeadKernelError":
        return "the kernel died while the notebook ran (os._exit, or out of memory?); look at the notebook"
    if name == "OperationalError":
        return f"the gradebook could not be used ({first}); grade again, it is not the student's fault"
    return f"{name}: {first}; the log says more"


def look_at(notebook: Any) -> tuple[str, list[str]]:
    """What the executed notebook shows: why it does not count, and what to remark."""
    remarks = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        meta = cell.metadata.get("nbgrader", {})
        label = meta.get("grade_id") or cell.get("id", "a cell")
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if errors and label == "setup" and meta.get("locked"):
            words = f"{errors[0].ename}: {errors[0].evalue}".splitlines()[0]
            return f"the setup cell failed ({words}): {SETUP_FAILED}", []
        if cell.metadata.get("raisin", {}).get("stopped") == TOO_LONG or any(
            output.ename == "CellTimeoutError" for output in errors
        ):
            remarks.append(f"{label}: stopped, it ran too long")
    return "", remarks
