"""What is to stand in another gradebook for everybody: in the column of each notebook, and as a grade for all.

Nothing of ours becomes a 0: what is not graded to its end has no text, and says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from raisin.grading import due, grades, scale
from raisin.grading.course import Course
from raisin.grading.grades import NOT_HANDED_IN, Row
from raisin.grading.roster import Roster

NOT_DUE = "not handed in, and not due yet"


@dataclass(frozen=True)
class Value:
    """What is to stand for one person in one column; "" where there is nothing, and `why` where that is to be said.

    `missing`: it stands for work that was not handed in, so whatever Canvas has goes before it.
    """

    student: str
    notebook: str
    text: str
    why: str = ""
    missing: bool = False


def values(course: Course, rows: Sequence[Row], people: Roster, *, missing_as_zero: bool = False) -> tuple[Value, ...]:
    """What is to stand for everybody in every notebook of these rows, on the course's scale. Raises BadSetting."""
    scales = scale.scales_of(course)
    calendar = due.calendar(course) if missing_as_zero else due.Calendar()
    found = []
    for row in rows:
        # What has points and needs something waits for a person, or was handed in again.
        by_hand = row.points is not None and not row.needs.endswith(grades.GRADE_AGAIN)
        text, why = "", f"points by hand: {row.needs}" if by_hand and row.needs else row.needs
        if row.needs == NOT_HANDED_IN:
            why = ""
            if missing_as_zero:
                until = calendar.due_of(people.by_student(row.student), row.notebook)
                early = until is not None and until > datetime.now(UTC)
                text, why = ("", NOT_DUE) if early else (scale.value(0.0, row.of or 1.0, scales.get(row.notebook)), "")
        elif not row.needs and row.counts is not None:
            text = scale.value(row.counts, row.of or 0.0, scales.get(row.notebook))
        found.append(Value(row.student, row.notebook, text, why, row.needs == NOT_HANDED_IN))
    return tuple(found)


def overall(course: Course, rows: Sequence[Row]) -> tuple[str, tuple[Value, ...]]:
    """The grade for all notebooks together (c.Course.grade): its column's title, and what is to stand for everybody."""
    grade = scale.grade_of(course)
    if grade is None:
        return "", ()
    shares: dict[str, dict[str, float | None]] = {}
    for row in rows:
        of = shares.setdefault(row.student, {})
        if row.needs != NOT_HANDED_IN:
            done = not row.needs and row.counts is not None and row.of
            of[row.notebook] = (row.counts or 0.0) / row.of if done and row.of else None
    found = []
    for student, of in shares.items():
        word = scale.word_for(grade, of)
        why = "not all notebooks are graded to their end" if word is None else ""
        found.append(Value(student, grade.title, word or "" if of else "", why))
    return grade.title, tuple(found)
