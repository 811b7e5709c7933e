"""What coming late costs: due dates, extensions and penalties in nbgrader's gradebook, without running anything again.

Where this looks at everybody, it also gives the gradebook the names that the roster knows.

    c.Course.due, roster --settle--> assignment.duedate, submission.extension --nbgrader's plugin--> late penalty

nbgrader's own plugin (c.AssignLatePenalties.plugin_class) decides what being late costs; by default nothing. It sees
points given by hand, too, because the penalties are worked out anew whenever points are read for others.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from filelock import FileLock, Timeout
from nbgrader.api import SubmittedAssignment
from nbgrader.converters import Autograde
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties as NbgraderAssignLatePenalties
from traitlets import Float
from traitlets.utils.importstring import import_item

from raisin.grading import due, gradebook, roster, shared
from raisin.grading.course import Course, open_nbgrader
from raisin.grading.errors import InUse
from raisin.grading.roster import Roster

_DAY = timedelta(days=1).total_seconds()
_CLOSE = 1e-9  # of points


class ShareADay(LateSubmissionPlugin):  # type: ignore[misc]  # nbgrader publishes no types
    """A fixed share of what the work would have given, for every day begun: c.AssignLatePenalties.plugin_class.

    A day is 24 hours. Grace moves every limit by so many minutes: within them nothing is late.
    """

    share = Float(0.1, min=0, max=1, help="what a day costs, of the points reached").tag(config=True)
    most = Float(1.0, min=0, max=1, help="no more than this is lost").tag(config=True)
    grace_minutes = Float(0.0, min=0, help="so many minutes late is not late").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        late = total_seconds_late - 60 * self.grace_minutes
        return score * min(self.most, self.share * math.ceil(late / _DAY)) if late > 0 else None


@dataclass(frozen=True)
class Moved:
    """A late penalty that is another one now."""

    student: str
    notebook: str
    before: float
    now: float


def settle(course: Course) -> tuple[Moved, ...]:
    """Write names, due dates, extensions, times and penalties as they are now. Raises InUse, BadSetting, BadRoster."""
    with alone(course):
        return settled(course)


def check(course: Course) -> None:
    """Read what `settle` will need, before anything is run for nothing. Raises BadSetting, BadRoster."""
    due.of_settings(course)
    roster.of_course(course)


def settle_if_free(course: Course) -> tuple[Moved, ...]:
    """The same; where a grading is at work nothing is done, because it ends with that."""
    try:
        return settle(course)
    except InUse:
        return ()


def alone(course: Course) -> FileLock:
    """The right to write. Raises InUse."""
    path = course.root / ".raisin" / "writing"
    path.parent.mkdir(exist_ok=True)
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise InUse(f"another `raisin grade` is at work in {course.root}; wait for it, or stop it") from None
    return lock


def settled(course: Course) -> tuple[Moved, ...]:
    """As `settle`, for whoever has the right to write."""
    app = open_nbgrader(course.root)
    book = gradebook.Gradebook(app.coursedir.db_url, app.coursedir.course_id)
    try:
        people = roster.of_course(course)
        _names(people, book)
        _dates(course, book)
        found = tuple(_penalties(course, people, app, book))
        book.keep()
        return found
    finally:
        book.close()


def _names(people: Roster, book: Any) -> None:
    """Formgrader's lists show names; those that somebody has put into the gradebook stay."""
    for student in book.students:
        person = people.by_student(student.id)
        if person is not None and person.name and not (student.last_name or student.first_name):
            student.last_name, student.first_name = person.last_and_first
        if person is not None and person.email and not student.email:
            student.email = person.email


def _dates(course: Course, book: Any) -> None:
    """Due dates as the settings say; what they do not say stays as it is in the gradebook."""
    dates = due.of_settings(course)
    for assignment in book.assignments:
        if assignment.name in dates:
            assignment.duedate = _utc(dates[assignment.name])


def _penalties(course: Course, people: Roster, app: Any, book: Any) -> Iterator[Moved]:
    calendar = due.Calendar(
        {one.name: one.duedate.replace(tzinfo=UTC) for one in book.assignments if one.duedate is not None}
        | due.of_settings(course)
    )
    assign = _assigner(app, book)
    notebooks = course.notebooks
    for submission in book.db.query(SubmittedAssignment).all():
        notebook, student = submission.assignment.name, submission.student_id
        if notebook not in notebooks:
            continue
        folder = course.submitted(student, notebook).parent
        if (time := app.coursedir.get_existing_timestamp(str(folder))) is not None:
            submission.timestamp = time
        if len(people):  # without a roster, extensions are those of the gradebook
            ids = dict.fromkeys([student, *shared.ids_of(course, student, notebook)])
            members = [person for one in ids if (person := people.by_student(one)) is not None]
            submission.extension = _extension(submission, calendar.due_of_group(members, notebook))
        before = float(submission.late_submission_penalty or 0)
        if assign is None or (not before and not submission.total_seconds_late):
            continue
        book.db.flush()
        assign.preprocess(None, {"nbgrader": {"student": student, "assignment": notebook, "notebook": notebook}})
        there = book.find_submission_notebook(notebook, notebook, student)
        now = float(there.late_submission_penalty or 0)
        if abs(now - before) > _CLOSE:
            yield Moved(student, notebook, before, now)


def _extension(submission: Any, until: datetime | None) -> timedelta | None:
    """What to add to the assignment's due date for this submission; None for nothing."""
    if until is None or submission.assignment.duedate is None:
        return None
    more: timedelta = _utc(until) - submission.assignment.duedate
    return more if more > timedelta() else None


def _assigner(app: Any, book: Any) -> Any:
    """nbgrader's own preprocessor on this gradebook; None where the course does without."""
    converter = Autograde(coursedir=app.coursedir, parent=app)
    kinds = [import_item(kind) if isinstance(kind, str) else kind for kind in converter.autograde_preprocessors]
    if NbgraderAssignLatePenalties not in kinds:
        return None
    made = gradebook.sharing(NbgraderAssignLatePenalties, book, converter)
    return made if made.enabled else None


def _utc(moment: datetime) -> datetime:
    """As nbgrader keeps it: UTC without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)
