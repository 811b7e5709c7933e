"""The one writer of a run: nbgrader's preprocessors on the gradebook, and the files in autograded/.

    submitted/ --sanitised--> a notebook in memory ... executed and judged ... --save--> rows, then file, then log

A submission is finished when its rows, its file and the first line of its log are there. They are written in that
order, the rows in one transaction and each file by a rename, after the log's first line was taken away: whatever ends
this process at whatever moment leaves the submission as it was or to be graded again.
"""

import contextlib
import os
import shutil
import warnings
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from sqlalchemy.exc import SAWarning
from traitlets.utils.importstring import import_item

from raisin.grading import gradebook, handed_in
from raisin.grading.course import Course, open_nbgrader
from raisin.grading.execute import Execute
from raisin.grading.preprocess import Rebuild
from raisin.grading.submission import Job


class _Spent(NotebookNode):
    """A notebook that nobody reads once it is written: nbformat's writer, which changes it, need not copy it first."""

    def __deepcopy__(self, memo: Any) -> Any:
        return self


class Writer:
    """Whoever has it may write; there is one at a time in a course. Close it."""

    def __init__(self, course: Course) -> None:
        self._course = course
        app = open_nbgrader(course.root)
        self._coursedir = app.coursedir
        self._converter = Autograde(coursedir=app.coursedir, parent=app)
        self._gradebook = gradebook.Gradebook(app.coursedir.db_url, app.coursedir.course_id)
        self._before = self._made(self._converter.sanitize_preprocessors)
        after = [_class(kind) for kind in self._converter.autograde_preprocessors]
        at = next((k for k, kind in enumerate(after) if issubclass(kind, Execute)), None)
        if at is None:
            raise ValueError("c.Autograde.autograde_preprocessors lacks raisin.grading.execute.Execute")
        self._before += self._made(after[:at])
        self._after = self._made(after[at + 1 :])

    def _made(self, kinds: Sequence[Any]) -> list[Any]:
        return [gradebook.sharing(_class(kind), self._gradebook, self._converter) for kind in kinds]

    def close(self) -> None:
        self._gradebook.close()

    def totals(self) -> dict[tuple[str, str], float]:
        """What the tests gave, by student and notebook, for all that is in the gradebook."""
        try:
            return gradebook.totals(self._gradebook)
        finally:
            self._gradebook.drop()

    def sanitised(self, job: Job) -> Any:
        """The submission as nbgrader would run it. Raises NeedsAPerson, NotANotebook, and what nbgrader raises."""
        path = self._course.submitted(job.student, job.notebook)
        try:
            return _through(self._before, self._read(job), self._resources(job, path.parent))
        finally:
            self._gradebook.drop()

    def _read(self, job: Job) -> Any:
        if isinstance(next(iter(self._before), None), Rebuild):
            return nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]  # it reads for itself
        rebuilt = handed_in.read(self._course, job.student, job.notebook)
        return nbformat.from_dict(rebuilt.notebook)  # type: ignore[no-untyped-call]  # nbformat has no types

    def save(self, job: Job, nb: Any) -> float:
        """Write rows and file of a judged notebook; what its tests gave. Raises OperationalError, OSError."""
        target = self._course.autograded(job.student, job.notebook)
        try:
            self._rows_exist(job)
            nb = _through(self._after, nb, self._resources(job, target.parent))
            total = self._total(job)
            self._gradebook.keep()
        except BaseException:
            self._gradebook.drop()
            raise
        self._file(job, nb, target)
        return total

    def _rows_exist(self, job: Job) -> None:
        """The rows that nbgrader makes before it runs anything, with the time of submission where a file tells it."""
        book = self._gradebook
        if self._converter.create_student:
            book.update_or_create_student(job.student)
        else:
            book.find_student(job.student)
        folder = str(self._course.submitted(job.student, job.notebook).parent)
        time: datetime | None = self._coursedir.get_existing_timestamp(folder)
        about = {"timestamp": time} if time else {}
        with warnings.catch_warnings():  # SQLAlchemy's, about the order in which nbgrader makes its rows
            warnings.simplefilter("ignore", SAWarning)
            book.update_or_create_submission(job.notebook, job.student, **about)

    def _total(self, job: Job) -> float:
        """What the tests gave."""
        grades = self._gradebook.grades(job.notebook, job.notebook, job.student)
        return sum(float(grade.auto_score or 0) for grade in grades)

    def _file(self, job: Job, nb: Any, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.chdir(self._coursedir.root):
            BaseConverter.init_assignment(self._converter, job.notebook, job.student)
        part = target.with_name(f".{target.name}.part")
        part.unlink(missing_ok=True)  # of a run that was ended here; it may be read-only
        text = nbformat.writes(_Spent(nb))  # type: ignore[no-untyped-call]  # nbformat has no types
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(int(str(self._converter.permissions), 8))
        part.replace(target)

    def forget(self, job: Job) -> None:
        """Take back what an earlier grading left in the gradebook: a missing score would be counted as 0.

        Where a person has already given points or a comment, those stay, and every cell is marked for a person.
        """
        book = self._gradebook
        try:
            submission = book.find_submission(job.notebook, job.student)
            grades = [grade for part in submission.notebooks for grade in part.grades]
            comments = [comment for part in submission.notebooks for comment in part.comments]
            by_hand = any(grade.manual_score is not None or grade.extra_credit for grade in grades)
            if by_hand or any(comment.manual_comment for comment in comments):
                for one in grades:
                    one.auto_score, one.needs_manual_grade = None, True
            else:
                book.remove_submission(job.notebook, job.student)
            book.keep()
        except MissingEntry:
            pass
        finally:
            book.drop()
        shutil.rmtree(self._course.autograded(job.student, job.notebook).parent, ignore_errors=True)

    def _resources(self, job: Job, folder: Path) -> Any:
        about = {"student": job.student, "assignment": job.notebook, "notebook": job.notebook}
        about["db_url"] = self._coursedir.db_url
        return {"unique_key": job.notebook, "nbgrader": about, "metadata": {"path": str(folder), "name": job.notebook}}


def _class(kind: Any) -> type:
    found: type = import_item(kind) if isinstance(kind, str) else kind
    return found


def _through(preprocessors: Sequence[Any], nb: Any, resources: Any) -> Any:
    for one in preprocessors:
        nb, resources = one(nb, resources)  # one that is switched off (c.X.enabled) leaves it as it is
    return nb
