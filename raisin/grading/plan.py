"""Which submissions are to be graded, and why: what is missing, has changed or failed before. Nothing is run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from raisin.grading import gradebook, logs, submission
from raisin.grading.course import Course
from raisin.grading.errors import NoSuchFolder
from raisin.grading.logs import Result
from raisin.grading.submission import Job

NEW, FORCED, FAILED, UNFINISHED = "new", "asked for", "could not be graded before", "not finished"
_CLOSE = 1e-6  # of points: a database may round


@dataclass(frozen=True)
class Plan:
    """What is to be done, student by student (a student's notebooks in course order), and the results that hold."""

    students: tuple[tuple[Job, ...], ...]
    results: tuple[Result, ...]

    @property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(job for jobs in self.students for job in jobs)


def make(course: Course, names: Sequence[str] = (), student: str | None = None, *, force: bool = False) -> Plan:
    """The plan for these notebooks (default: all). Those who took longest the last time come first.

    Raises NoSuchNotebook, NoSuchFolder.
    """
    notebooks = course.chosen(names)
    if student is not None and student not in course.students:
        raise NoSuchFolder(f"submitted/ holds no folder {student!r}; `raisin collect FOLDER` puts it there")
    totals = _totals(course)
    planned: list[tuple[Job, ...]] = []
    results: list[Result] = []
    for name in (student,) if student is not None else course.students:
        todo = []
        for notebook in notebooks:
            if not course.has_submission(name, notebook):
                continue
            job = submission.make_job(course, name, notebook)
            last = logs.read(course, name, notebook)
            why = FORCED if force else _why(course, job, last, totals)
            if why:
                todo.append(replace(job, why=why, seconds=last.seconds + last.again if last else 0.0))
            elif last is not None:
                results.append(last)
        if todo:
            planned.append(tuple(todo))
    planned.sort(key=lambda jobs: -sum(job.seconds for job in jobs))
    return Plan(tuple(planned), tuple(results))


def _why(course: Course, job: Job, last: Result | None, totals: Mapping[tuple[str, str], float]) -> str:
    """Why a submission is to be graded; "" where its result holds."""
    key = job.student, job.notebook
    if last is None:
        return UNFINISHED if course.log(*key).exists() else NEW
    if last.reason:
        return FAILED
    changed = [name for name, digest in job.depends.items() if last.depends.get(name) != digest]
    if changed:
        return f"changed: {', '.join(changed)}"
    if not course.autograded(*key).is_file() or key not in totals:
        return UNFINISHED
    return "" if abs(totals[key] - last.total) < _CLOSE else "the gradebook holds other points than its log"


def _totals(course: Course) -> Mapping[tuple[str, str], float]:
    book = gradebook.open_gradebook(course)
    try:
        return gradebook.totals(book)
    finally:
        book.close()
