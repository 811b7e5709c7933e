"""nbgrader's gradebook, opened once, and written to in whole submissions: all rows of one are there, or none.

nbgrader's own preprocessors open the gradebook for themselves and commit after every cell. Here they get this one, and
their commits wait for `keep`.
"""

import json
from collections.abc import Callable
from typing import Any

from nbgrader import preprocessors
from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook
from nbgrader.api import Gradebook as NbgraderGradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy import func
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from raisin.grading.course import Course, open_nbgrader


class _Patient(Session):
    """A session whose commits wait."""

    def commit(self) -> None:
        self.flush()

    def keep(self) -> None:
        super().commit()


class Gradebook(NbgraderGradebook):  # type: ignore[misc]  # nbgrader publishes no types
    """nbgrader's gradebook; what is written counts from `keep` on, and is forgotten by `drop`."""

    def __init__(self, db_url: str, course_id: str) -> None:
        super().__init__(db_url, course_id)
        self.db: Any = scoped_session(sessionmaker(class_=_Patient, autoflush=True, bind=self.engine))

    def keep(self) -> None:
        """Commit. Raises sqlalchemy.exc.OperationalError where the database is locked or the disk is full."""
        session: _Patient = self.db()
        session.keep()
        self.db.remove()

    def drop(self) -> None:
        """Roll back; what was read is forgotten too."""
        self.db.rollback()
        self.db.remove()


def open_gradebook(course: Course) -> Gradebook:
    """The gradebook of a course, made where there is none."""
    coursedir = open_nbgrader(course.root).coursedir
    return Gradebook(coursedir.db_url, coursedir.course_id)


class OverwriteCells(preprocessors.OverwriteCells):  # type: ignore[misc]  # as above
    """nbgrader's, with a gradebook that is open."""

    gradebook: Any

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        about = resources["nbgrader"]
        self.notebook_id, self.assignment_id, self.db_url = about["notebook"], about["assignment"], about["db_url"]
        nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
        if self.add_missing_cells:
            nb, resources = self.add_missing_grade_cells(nb, resources)
            nb, resources = self.add_missing_task_cells(nb, resources)
        return nb, resources


class SaveAutoGrades(preprocessors.SaveAutoGrades):  # type: ignore[misc]  # as above
    """nbgrader's, with a gradebook that is open."""

    gradebook: Any

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        about = resources["nbgrader"]
        self.notebook_id, self.assignment_id, self.db_url = about["notebook"], about["assignment"], about["db_url"]
        self.student_id = about["student"]
        done: tuple[Any, Any] = NbGraderPreprocessor.preprocess(self, nb, resources)
        return done


class OverwriteKernelspec(preprocessors.OverwriteKernelspec):  # type: ignore[misc]  # as above
    """nbgrader's, with a gradebook that is open."""

    gradebook: Any

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        about = resources["nbgrader"]
        if kernelspec := self.gradebook.find_notebook(about["notebook"], about["assignment"]).kernelspec:
            nb.metadata["kernelspec"] = json.loads(kernelspec)
        return nb, resources


class AssignLatePenalties(preprocessors.AssignLatePenalties):  # type: ignore[misc]  # as above
    """nbgrader's, with a gradebook that is open; its plugin decides."""

    gradebook: Any

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        about = resources["nbgrader"]
        student, notebook = about["student"], about["notebook"]
        submission = self.gradebook.find_submission(about["assignment"], student)
        found = self.gradebook.find_submission_notebook(notebook, about["assignment"], student)
        found.late_submission_penalty = None
        if submission.total_seconds_late > 0:
            self.init_plugin()
            penalty = self.plugin_inst.late_submission_penalty(student, found.score, submission.total_seconds_late)
            self.log.warning("%s is %s seconds late, penalty: %s", submission, submission.total_seconds_late, penalty)
            if penalty is not None:
                found.late_submission_penalty = self._check_late_penalty(found, penalty)
        self.gradebook.db.commit()
        return nb, resources


_OURS: dict[type, Callable[..., Any]] = {
    preprocessors.OverwriteKernelspec: OverwriteKernelspec,
    preprocessors.OverwriteCells: OverwriteCells,
    preprocessors.SaveAutoGrades: SaveAutoGrades,
    preprocessors.AssignLatePenalties: AssignLatePenalties,
}


def sharing(kind: type, gradebook: Gradebook, parent: Any) -> Any:
    """The preprocessor `kind`, with this gradebook where it needs one."""
    made = _OURS.get(kind, kind)(parent=parent)
    if kind in _OURS:
        made.gradebook = gradebook
    return made


def totals(gradebook: Gradebook) -> dict[tuple[str, str], float]:
    """(student, notebook) -> the sum of what tests gave, for all that is in the gradebook; in one query."""
    query = (
        gradebook.db.query(SubmittedAssignment.student_id, Assignment.name, func.sum(Grade.auto_score))
        .select_from(SubmittedAssignment)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .group_by(SubmittedAssignment.student_id, Assignment.name)
    )
    return {(student, notebook): float(total or 0) for student, notebook, total in query}
