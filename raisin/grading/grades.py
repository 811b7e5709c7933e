"""What the gradebook says, a row for every student and notebook: points, of how many, and what needs a hand.

No row is 0 because something was not handed in or could not be graded: then there are no points at all, and the row
says why. Where a group handed in one copy, every member has the points of that copy.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from raisin.grading import logs, received, roster, shared, terminal
from raisin.grading.course import BONUS_PREFIX, Course, open_nbgrader
from raisin.grading.roster import Roster

NOT_HANDED_IN = "not handed in"
GRADE_AGAIN = "raisin grade"  # the end of what a row needs that is to be graded (again)


@dataclass(frozen=True)
class Row:
    """One student in one notebook. `points` has the bonus in it, `of` has not; both None when there are none.

    `penalty`: what coming late takes off, see raisin.grading.late.
    """

    student: str
    name: str
    notebook: str
    points: float | None
    of: float | None
    bonus: float | None
    needs: str = ""
    remark: str = ""
    penalty: float = 0.0

    @property
    def counts(self) -> float | None:
        """The points without what coming late costs."""
        return None if self.points is None else max(0.0, self.points - self.penalty)


def read(course: Course, names: Sequence[str] = (), people: Roster | None = None) -> tuple[Row, ...]:
    """All rows, by student and notebook; optional notebooks only of those who handed them in.

    `people`: the roster, by default the course's own; who is on it has rows, too. Raises NoSuchNotebook, BadRoster.
    """
    people = roster.of_course(course) if people is None else people
    coursedir = open_nbgrader(course.root).coursedir
    rows: list[Row] = []
    called = {person.student: person.called for person in people}
    everybody = {*course.students, *called}
    for notebook in course.notebooks:
        for _, member in received.named_by(course, notebook):
            everybody.add(member.student)
            called.setdefault(member.student, member.name)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        everybody |= {student.id for student in gradebook.students}
        for notebook in course.chosen(names):
            rows += _notebook(course, gradebook, notebook, sorted(everybody))
    rows = [replace(row, name=called.get(row.student, "")) for row in rows]
    return tuple(sorted(rows, key=lambda row: (row.student, row.notebook)))


def _notebook(course: Course, gradebook: Any, notebook: str, everybody: Sequence[str]) -> list[Row]:
    named = shared.named_by(course, notebook)
    copies = {student: _copy(course, gradebook, notebook, student) for student in everybody}
    of = _out_of(gradebook, notebook)
    rows = []
    for student in everybody:
        own, partners = copies[student], named.get(student, ())
        if own is not None:
            rows.append(replace(own, remark=_own_remark(course, own, partners)))
        elif len(partners) == 1 and (theirs := copies.get(partners[0])) is not None:
            rows.append(replace(theirs, student=student, remark=f"handed in by {partners[0]}"))
        elif len(partners) > 1:
            words = f"named by {' and by '.join(partners)}: decide whose points count"
            rows.append(Row(student, "", notebook, None, of, None, words))
        elif notebook not in course.optional:
            rows.append(Row(student, "", notebook, None, of, None, NOT_HANDED_IN))
    return rows


def _own_remark(course: Course, own: Row, partners: Sequence[str]) -> str:
    """What to say of work handed in alone or for a group, beside what grading had to remark."""
    said = [own.remark]
    if partners:
        said.append(f"own work counts, though {' and '.join(partners)} named this student too")
    members = shared.members_of(course, own.student, own.notebook)
    ids = [member.student for member in members if member.student]
    if ids and own.student not in ids:
        said.append(f"handed in for {', '.join(ids)}")
    nameless = [member.name for member in members if not member.student]
    if nameless and len(members) > 1:
        said.append(f"without a course id, so without a row: {', '.join(nameless)}")
    return "; ".join(filter(None, said))


def _copy(course: Course, gradebook: Any, notebook: str, student: str) -> Row | None:
    """The row of what this student handed in; None when that is nothing."""
    handed_in = student in course.students and course.has_submission(student, notebook)
    last = logs.read(course, student, notebook)
    row = _graded(gradebook, notebook, student)
    blank = Row(student, "", notebook, None, _out_of(gradebook, notebook), None)
    if not handed_in:
        return row
    if last is None and (row is None or course.log(student, notebook).exists()):
        return replace(blank, needs=f"not graded yet: {GRADE_AGAIN}")
    if last is not None and last.reason:
        return replace(blank, needs=f"not graded: {last.reason}")
    if last is not None and last.handed_in != logs.digest(course.submitted(student, notebook)):
        return replace(row or blank, needs=f"handed in again since it was graded: {GRADE_AGAIN}")
    if row is None:
        return replace(blank, needs=f"not graded yet: {GRADE_AGAIN}")
    return replace(row, remark="; ".join(last.remarks) if last else "")


def _graded(gradebook: Any, notebook: str, student: str) -> Row | None:
    """What the gradebook holds of this submission; None when it holds nothing."""
    try:
        submission = gradebook.find_submission_notebook(notebook, notebook, student)
        grades, penalty = submission.grades, float(submission.late_submission_penalty or 0)
    except MissingEntry:
        return None
    points = sum(float(grade.score or 0) for grade in grades)
    bonus = sum(float(grade.score or 0) for grade in grades if grade.name.startswith(BONUS_PREFIX))
    of = sum(float(grade.max_score) for grade in grades if not grade.name.startswith(BONUS_PREFIX))
    needs = [_by_hand(grade) for grade in grades if grade.needs_manual_grade]
    return Row(student, "", notebook, points, of, bonus, ", ".join(sorted(needs)), penalty=penalty)


def _by_hand(grade: Any) -> str:
    # nbgrader asks for another look at what was graded by hand when the notebook has been run again.
    return f"{grade.name} (graded by hand before, look again)" if grade.manual_score is not None else str(grade.name)


def _out_of(gradebook: Any, notebook: str) -> float | None:
    try:
        cells = gradebook.find_notebook(notebook, notebook).grade_cells
    except MissingEntry:
        return None
    return sum(float(cell.max_score) for cell in cells if not cell.name.startswith(BONUS_PREFIX))


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """One line for each student and notebook; no points are an empty field, never 0."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            ("student", "name", "notebook", "points", "of", "bonus", "needs a hand", "remark", "late", "counts")
        )
        for row in rows:
            numbers = (number(row.points), number(row.of), number(row.bonus))
            words = (_no_formula(word) for word in (row.student, row.name, row.notebook, row.needs, row.remark))
            student, name, notebook, needs, remark = words
            writer.writerow(
                (student, name, notebook, *numbers, needs, remark, number(row.penalty or None), number(row.counts))
            )


def _no_formula(word: str) -> str:
    """Names are typed by students, and a spreadsheet would run one that begins like a formula."""
    return f"'{word}" if word.startswith(("=", "+", "-", "@")) else word


def number(value: float | None) -> str:
    """Points without needless zeros: 7, 7.5; "" for none."""
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def show(course: Course, rows: Sequence[Row]) -> None:
    """Print one line a student: points in every notebook, the total, and how much needs a hand."""
    notebooks = sorted({row.notebook for row in rows})
    lines: dict[str, dict[str, Row]] = {}
    for row in rows:
        lines.setdefault(row.student, {})[row.notebook] = row
    out = terminal.console()
    if not lines:
        out.print("nobody has handed anything in yet: raisin collect FOLDER")
        return
    due: dict[str, float] = {row.notebook: row.of for row in rows if row.of is not None}
    # The whole names would not fit beside each other: 04-backward is 04 here.
    heads = [f"{name.split('-')[0]} /{number(due.get(name)) or '?'}" for name in notebooks]
    total = f"total /{number(sum(value for name, value in due.items() if name not in course.optional))}"
    body = [_line(student, found, notebooks) for student, found in lines.items()]
    columns = ("student", "name", *heads, total, "needs a hand")
    out.print(terminal.table("Grades", columns, body, right=(*heads, total)))
    signs = ("- not handed in", "! not graded, no points", "* not complete: cells to be graded by hand", "< less: late")
    out.print("   ".join(signs))


def _line(student: str, found: Mapping[str, Row], notebooks: Sequence[str]) -> tuple[str, ...]:
    cells, needs = [], []
    for name in notebooks:
        row = found.get(name)
        if row is None or row.needs == NOT_HANDED_IN:
            cells.append("-")
        elif row.points is None:
            cells.append("!")
        else:
            cells.append(number(row.counts) + ("*" if row.needs else "") + ("<" if row.penalty else ""))
        if row is not None and row.needs and row.needs != NOT_HANDED_IN:
            needs.append(f"{name.split('-')[0]}: {row.needs}")
    points = [row.counts for row in found.values() if row.counts is not None]
    called = next((row.name for row in found.values() if row.name), "")
    return (student, called, *cells, number(sum(points)) if points else "", "; ".join(needs))
