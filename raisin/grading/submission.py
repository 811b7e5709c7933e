"""One submission: through nbgrader's Autograde, in this process, with every way of failing turned into a `Result`.

What nbgrader and the kernel say goes to ``autograded/<student>/<notebook>.log``; the result is the first line of that
file. A submission that could not be graded leaves no points behind, neither 0 nor half of them.
"""

import functools
import hashlib
import json
import os
import shutil
import stat
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.nbgraderformat import SchemaTooNewError, SchemaTooOldError
from nbgrader.nbgraderformat.common import ValidationError

from raisin.grading import earlier, logs, secret
from raisin.grading.course import PATTERN_CHARACTERS, Course, open_nbgrader
from raisin.grading.earlier import Earlier
from raisin.grading.judge import TOO_LONG
from raisin.grading.logs import Result

LARGEST = 100_000_000
SETUP_FAILED = "either one of the student's earlier parts stops it, or raisin is not installed where the kernel runs"


@dataclass(frozen=True)
class Job:
    """One submission to grade: whose, which, on which earlier parts; `fingerprint` names all that it depends on."""

    root: Path
    student: str
    notebook: str
    earlier: tuple[Earlier, ...]
    handed_in: str
    fingerprint: str
    sandbox: bool = True


def make_job(course: Course, student: str, notebook: str) -> Job:
    """The job for one submission; reads the notebooks handed in, runs nothing."""
    found = earlier.earlier_parts(course, student, notebook)
    handed_in = logs.digest(course.submitted(student, notebook))
    depends = [handed_in, logs.digest(course.source(notebook)), secret.seed(course, notebook)]
    depends += [repr(entry) for entry in found]
    fingerprint = hashlib.sha256(repr(depends).encode()).hexdigest()
    return Job(course.root, student, notebook, found, handed_in, fingerprint, course.sandbox)


def grade(job: Job) -> Result:
    """Grade one submission; runs in a process of its own, because it turns standard output and error to the log."""
    course = Course(job.root)
    log = course.log(job.student, job.notebook)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("", encoding="utf-8")
    reason, remarks = "", [entry.remark for entry in job.earlier if entry.remark]
    again, carried = 0.0, 0
    with logs.output_to(log), logs.listening() as heard:
        try:
            reason = unfit(course, job) or _run(course, job)
            if not reason:
                executed = _executed(course, job)
                reason, seen = _look_at(course, job, executed)
                remarks += [*heard, *seen]
                again, carried = _second_run(executed)
        except Exception as error:  # whatever it is, the other submissions go on, and this one is not 0
            traceback.print_exc()
            reason = why(error)
        if reason:
            forget(course.root, job.student, job.notebook)
    result = Result(job.student, job.notebook, job.handed_in, job.fingerprint, reason, tuple(remarks), again, carried)
    logs.write(log, result)
    return result


def died(job: Job) -> Result:
    """The result of a submission whose grading process ended without a word; its rows are taken back."""
    forget(job.root, job.student, job.notebook)
    reason = "the process that graded it was ended from outside (out of memory?); grade it again with --jobs 1"
    result = Result(job.student, job.notebook, job.handed_in, job.fingerprint, reason)
    logs.write(Course(job.root).log(job.student, job.notebook), result)
    return result


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
    try:
        notebook = json.loads(path.read_bytes().decode("utf-8"))
    except ValueError as error:
        return f"the file is damaged or incomplete ({error}); ask for it again"
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        return "the file is no notebook of format 4; ask for it again, saved by Jupyter or Colab"
    due = _graded_ids(json.loads(course.source(job.notebook).read_text(encoding="utf-8")))
    if due and not due & _graded_ids(notebook):
        return "no graded cell carries its grade id (were they typed anew?); copy the answers into a released notebook"
    return ""


def _odd_files(folder: Path) -> str:
    """A link, pipe or device in a submission, by its name: opening one may never end, or lead out. "" for none."""
    for above, folders, files in os.walk(folder):
        for name in (*folders, *files):
            mode = os.lstat(os.path.join(above, name)).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                return name
    return ""


def _graded_ids(notebook: dict[str, Any]) -> set[str]:
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
    found = [cell["metadata"].get("nbgrader") for cell in cells if isinstance(cell.get("metadata"), dict)]
    return {str(meta.get("grade_id")) for meta in found if isinstance(meta, dict) and meta.get("grade")}


class _Autograde(Autograde):  # type: ignore[misc]  # nbgrader publishes no types
    """nbgrader's converter, which remembers why it failed (nbgrader only logs it)."""

    failure: Exception | None = None

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        self._remembering(super().init_assignment, assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        self._remembering(super().convert_single_notebook, notebook_filename)

    def _remembering(self, step: Any, *arguments: str) -> None:
        try:
            step(*arguments)
        except Exception as error:
            self.failure = error
            raise


@functools.cache
def _nbgrader(root: Path) -> Any:
    return open_nbgrader(root)


def _run(course: Course, job: Job) -> str:
    """Let nbgrader grade it; why it could not, or ""."""
    app = _nbgrader(course.root)
    app.config.Course.sandbox = job.sandbox
    app.coursedir.student_id = job.student
    app.coursedir.assignment_id = job.notebook
    shutil.rmtree(course.autograded(job.student, job.notebook).parent, ignore_errors=True)
    converter = _Autograde(coursedir=app.coursedir, parent=app)
    converter.force = True
    try:
        converter.start()
    except Exception as error:
        traceback.print_exc()
        return why(converter.failure or error)
    finally:
        # nbgrader leaves this behind when a notebook fails.
        os.environ.pop("NBGRADER_EXECUTION", None)
    return ""


def why(error: Exception) -> str:
    """In a line, for the instructor: why a submission was not graded, and what to do."""
    name = type(error).__name__
    first = (str(error).strip().splitlines() or ["no message"])[0]
    if name == "DeadKernelError":
        return "the kernel died while the notebook ran (os._exit, or out of memory?); look at the notebook"
    if isinstance(error, SchemaTooOldError | SchemaTooNewError):
        return f"its cell metadata is of another version of nbgrader ({first}); copy the answers into a release"
    if isinstance(error, ValidationError):
        return f"its cell metadata is damaged ({first}); copy the answers into a release"
    if name == "OperationalError":
        return f"the gradebook could not be used ({first}); grade again, it is not the student's fault"
    return f"{name}: {first}; the log says more"


def _executed(course: Course, job: Job) -> Any:
    """The executed notebook; one without cells where nbgrader left none."""
    path = course.autograded(job.student, job.notebook)
    empty = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]  # nbformat has no types
    return nbformat.read(path, as_version=4) if path.is_file() else empty  # type: ignore[no-untyped-call]


def _second_run(notebook: Any) -> tuple[float, int]:
    """Seconds of the run on the course's own earlier parts, and how many checks count because of it."""
    about = notebook.metadata.get("raisin", {}).get("second_run", {})
    return float(about.get("seconds", 0.0)), int(about.get("carried", 0))


def _look_at(course: Course, job: Job, notebook: Any) -> tuple[str, list[str]]:
    """What the executed notebook shows: why it does not count, and what to remark."""
    if not notebook.cells:
        return "nbgrader left no executed notebook; the log says more", []
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
    due = _graded_ids(json.loads(course.source(job.notebook).read_text(encoding="utf-8")))
    lost = sorted(due - _graded_ids(notebook))
    if lost:
        remarks.append(f"deleted, so its points must be given by hand: {', '.join(lost)}")
    return "", remarks


def forget(root: Path, student: str, notebook: str) -> None:
    """Take back what a failed grading left in the gradebook: a missing score would be counted as 0.

    Where a person has already given points or a comment, those stay, and every cell is marked for a person.
    """
    shutil.rmtree(Course(root).autograded(student, notebook).parent, ignore_errors=True)
    coursedir = _nbgrader(root).coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            submission = gradebook.find_submission(notebook, student)
        except MissingEntry:
            return
        grades = [grade for part in submission.notebooks for grade in part.grades]
        comments = [comment for part in submission.notebooks for comment in part.comments]
        by_hand = any(g.manual_score is not None or g.extra_credit for g in grades)
        if by_hand or any(comment.manual_comment for comment in comments):
            for one in grades:
                one.auto_score, one.needs_manual_grade = None, True
            gradebook.db.commit()
        else:
            gradebook.remove_submission(notebook, student)
