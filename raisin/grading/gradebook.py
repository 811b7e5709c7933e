"""nbgrader's gradebook, opened once, and written to in whole submissions: all rows of one are there, or none.

nbgrader's own preprocessors open the gradebook for themselves and commit after every cell. Here they get this one, and
their commits wait for `keep`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nbgrader import preprocessors
from nbgrader.api import Assignment, BaseCell, Comment, Grade, MissingEntry, SubmittedAssignment, SubmittedNotebook
from nbgrader.api import Gradebook as NbgraderGradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy import func
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from raisin.grading.course import Course, open_nbgrader


class _Patient(Session):
    """A session whose commits wait; a query still sees what was written before it (autoflush)."""

    def commit(self) -> None:
        """Not yet."""

    def keep(self) -> None:
        super().commit()


class Gradebook(NbgraderGradebook):  # type: ignore[misc]  # nbgrader publishes no types
    """nbgrader's gradebook; what is written counts from `keep` on, and is forgotten by `drop`.

    What nbgrader asks for cell by cell is read at once: cells and kernel of a source notebook once in the life of this
    object (they must not change meanwhile), grades and comments once for each submission.
    """

    def __init__(self, db_url: str, course_id: str) -> None:
        super().__init__(db_url, course_id)
        self._cells: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]] = {}
        self._kernelspecs: dict[tuple[str, str], str] = {}
        self._rows: dict[tuple[str, ...], dict[str, Any]] = {}
        self.db: Any = scoped_session(sessionmaker(class_=_Patient, autoflush=True, bind=self.engine))

    def keep(self) -> None:
        """Commit. Raises sqlalchemy.exc.OperationalError where the database is locked or the disk is full."""
        session: _Patient = self.db()
        session.keep()
        self._forget()

    def drop(self) -> None:
        """Roll back; what was read is forgotten too."""
        self.db.rollback()
        self._forget()

    def _forget(self) -> None:
        self.db.remove()
        self._rows.clear()

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> Any:
        return _found(self._of_source(notebook, assignment)[0], name)

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> Any:
        return _found(self._of_source(notebook, assignment)[1], name)

    def kernelspec(self, notebook: str, assignment: str) -> str:
        """Of a source notebook, as JSON; "" for none."""
        key = notebook, assignment
        if key not in self._kernelspecs:
            self._kernelspecs[key] = self.find_notebook(notebook, assignment).kernelspec or ""
        return self._kernelspecs[key]

    def _of_source(self, notebook: str, assignment: str) -> tuple[dict[str, Any], dict[str, Any]]:
        if (notebook, assignment) not in self._cells:
            there = self.find_notebook(notebook, assignment)
            kinds = there.source_cells, [*there.grade_cells, *there.task_cells]
            for cell in (*kinds[0], *kinds[1]):
                self.db.refresh(cell)
                self.db.expunge(cell)
            sources, graded = ({cell.name: cell for cell in cells} for cells in kinds)
            self._cells[notebook, assignment] = sources, graded
        return self._cells[notebook, assignment]

    def grades(self, notebook: str, assignment: str, student: str) -> Iterable[Any]:
        """Of every graded cell of a submission."""
        return self._of_submission(Grade, notebook, assignment, student).values()

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Any:
        return _found(self._of_submission(Grade, notebook, assignment, student), grade_cell)

    def find_comment(self, solution_cell: str, notebook: str, assignment: str, student: str) -> Any:
        return _found(self._of_submission(Comment, notebook, assignment, student), solution_cell)

    def _of_submission(self, kind: Any, notebook: str, assignment: str, student: str) -> dict[str, Any]:
        key = (kind.__name__, notebook, assignment, student)
        if key not in self._rows:
            # Its id alone is kept: the points that nbgrader reads with the row are as old as the row.
            ids = self._rows.setdefault(("", *key[1:]), {})
            if not ids:
                ids["id"] = self.find_submission_notebook(notebook, assignment, student).id
            query = self.db.query(BaseCell.name, kind).join(BaseCell, BaseCell.id == kind.cell_id)
            self._rows[key] = dict(query.filter(kind.notebook_id == ids["id"]).all())
        return self._rows[key]


def _found(rows: Mapping[str, Any], name: str) -> Any:
    if name not in rows:
        raise MissingEntry(f"No such cell: {name}")
    return rows[name]


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
        if kernelspec := self.gradebook.kernelspec(about["notebook"], about["assignment"]):
            nb.metadata["kernelspec"] = json.loads(kernelspec)
        return nb, resources


class AssignLatePenalties(preprocessors.AssignLatePenalties):  # type: ignore[misc]  # as above
    """nbgrader's, with a gradebook that is open; its plugin decides."""

    gradebook: Any

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        about = resources["nbgrader"]
        student, notebook = about["student"], about["notebook"]
        found = self.gradebook.find_submission_notebook(notebook, about["assignment"], student)
        submission = found.assignment
        found.late_submission_penalty = None
        if submission.total_seconds_late > 0:
            self.init_plugin()
            penalty = self.plugin_inst.late_submission_penalty(student, found.score, submission.total_seconds_late)
            self.log.warning("%s is %s seconds late, penalty: %s", submission, submission.total_seconds_late, penalty)
            if penalty is not None:
                found.late_submission_penalty = self._check_late_penalty(found, penalty)
        self.gradebook.db.commit()
        return nb, resources


class CheckCellMetadata(preprocessors.CheckCellMetadata):  # type: ignore[misc]  # as above
    """nbgrader's, which takes long, for whatever it has not found right before: nearly all submissions look alike."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._right: set[str] = set()

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        metadata = [(cell.cell_type, cell.metadata.nbgrader) for cell in nb.cells if "nbgrader" in cell.metadata]
        key = hashlib.sha256(repr(metadata).encode()).hexdigest()
        if key not in self._right:
            super().preprocess(nb, resources)
            self._right.add(key)
        return nb, resources


_OURS: dict[type, Callable[..., Any]] = {
    preprocessors.OverwriteKernelspec: OverwriteKernelspec,
    preprocessors.OverwriteCells: OverwriteCells,
    preprocessors.SaveAutoGrades: SaveAutoGrades,
    preprocessors.CheckCellMetadata: CheckCellMetadata,
    preprocessors.AssignLatePenalties: AssignLatePenalties,
}


def sharing(kind: type, gradebook: Gradebook, parent: Any) -> Any:
    """The preprocessor `kind`, with this gradebook where it needs one."""
    made = _OURS.get(kind, kind)(parent=parent)
    if kind in _OURS and kind is not preprocessors.CheckCellMetadata:
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


def cells_digest(gradebook: Gradebook, notebook: str) -> str:
    """Of all that the gradebook says of a source notebook's cells; "" where it does not know the notebook."""
    try:
        there = gradebook.find_notebook(notebook, notebook)
    except MissingEntry:
        return ""
    sources = sorted((cell.name, str(cell.cell_type), cell.locked, cell.checksum or "") for cell in there.source_cells)
    graded = sorted((cell.name, cell.max_score) for cell in (*there.grade_cells, *there.task_cells))
    about = sources, graded, sorted(cell.name for cell in there.solution_cells), there.kernelspec
    return hashlib.sha256(repr(about).encode()).hexdigest()
