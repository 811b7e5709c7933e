"""Printouts of a class: printouts/<student>/<notebook>.pdf, with points and comments where there are some."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from raisin.grading import handed_in as submissions
from raisin.grading import logs, terminal, whole
from raisin.grading.course import BONUS_PREFIX, Course, open_nbgrader
from raisin.grading.errors import RaisinError
from raisin.printout import About, Feedback, Printer, PrinterBroken, Remark
from raisin.printout.printer import LARGEST
from raisin.printout.request import number

AGAIN = "handed in again since it was graded; this is the graded one"


class CannotPrint(RaisinError, RuntimeError):
    """The printer does not start, or what is to be printed is not there."""


@dataclass(frozen=True)
class Sheet:
    """One printout that was made, or the reason (`path` None) why not. `missing`: what of the notebook it lacks."""

    what: str
    path: Path | None
    missing: tuple[str, ...] = ()


def print_class(
    course: Course, names: Sequence[str] = (), student: str | None = None, feedback: bool = True
) -> Iterator[Sheet]:
    """Print what was handed in: the graded copy with its points and comments, else the notebook as it came.

    Without `feedback` always as it came. Raises NoSuchNotebook, CannotPrint.
    """
    chosen = course.chosen(names)
    people = [name for name in course.students if student in (None, name)]
    if not people:
        raise CannotPrint(f"submitted/ holds nothing of {student}" if student else "nobody has handed anything in yet")
    coursedir = open_nbgrader(course.root).coursedir
    with Printer() as printer, Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for name in people:
            for notebook in chosen:
                if course.has_submission(name, notebook):
                    remarks = remarks_on(gradebook, notebook, name) if feedback else None
                    if remarks is not None and (late := penalty_of(gradebook, notebook, name)):
                        remarks = replace(remarks, total=f"{remarks.total}, less {number(late)} for coming late")
                    about = About(name=notebook, submitted_by=name, course=coursedir.course_id, feedback=remarks)
                    yield _print_one(course, printer, notebook, about)


def print_files(files: Iterable[Path], folder: Path | None = None) -> Iterator[Sheet]:
    """Print single notebooks, each beside itself or into `folder`. Raises CannotPrint."""
    with Printer() as printer:
        for file in files:
            if not file.is_file():
                raise CannotPrint(f"{file} is no file; name a notebook of the course or an .ipynb file")
            target = (folder or file.parent) / f"{file.stem}.pdf"
            yield _print(printer, file, target, About(name=file.stem))


def _print_one(course: Course, printer: Printer, notebook: str, about: About) -> Sheet:
    """The graded copy where there is feedback on it, else what was handed in."""
    student = about.submitted_by
    what = f"{student}/{notebook}"
    handed_in, path = course.submitted(student, notebook), course.autograded(student, notebook)
    if about.feedback is None or not path.is_file():
        path, about = handed_in, replace(about, feedback=None)
    if path.is_symlink() or not path.is_file():
        return Sheet(what, None, ("what was handed in is no regular file; ask for the notebook",))
    content = _rebuilt(course, student, notebook) if path == handed_in else None
    sheet = _print(printer, path, course.root / "printouts" / student / f"{notebook}.pdf", about, content)
    last = logs.read(course, student, notebook) if about.feedback is not None else None
    return Sheet(what, sheet.path, (*sheet.missing, *([AGAIN] if logs.is_stale(last, handed_in) else [])))


def _rebuilt(course: Course, student: str, notebook: str) -> bytes | None:
    """What was handed in, as grading reads it; None where it cannot be read."""
    path = course.submitted(student, notebook)
    try:
        if path.stat().st_size <= LARGEST:
            return json.dumps(submissions.read(course, student, notebook).notebook).encode()
    except (OSError, ValueError):
        pass
    return None


def _print(printer: Printer, notebook: Path, target: Path, about: About, content: bytes | None = None) -> Sheet:
    """`content`: what is printed instead of what is in the file."""
    try:
        # Nothing larger is read: whoever hands in a gigabyte gets a page that says so.
        small = content is None and notebook.stat().st_size <= LARGEST
        printed = printer.print(notebook.read_bytes() if small else content or b"", about)
    except PrinterBroken as error:
        raise CannotPrint(str(error)) from error
    whole.write(target, printed.pdf)
    return Sheet(str(notebook), target, printed.missing)


def remarks_on(gradebook: Any, notebook: str, student: str) -> Feedback | None:
    """What the gradebook says of a submission, by nbgrader's API; None where it says nothing."""
    try:
        submission = gradebook.find_submission_notebook(notebook, notebook, student)
    except MissingEntry:
        return None
    comments = {comment.name: str(comment.comment or "") for comment in submission.comments}
    remarks = {name: Remark(None, None, words) for name, words in comments.items() if words}
    points = of = bonus = 0.0
    open_ones = 0
    for grade in submission.grades:
        score = None if grade.needs_manual_grade else float(grade.score or 0)
        remarks[grade.name] = Remark(score, float(grade.max_score), comments.get(grade.name, ""))
        extra = grade.name.startswith(BONUS_PREFIX)
        points += score or 0
        bonus += (score or 0) if extra else 0
        of += 0 if extra else float(grade.max_score)
        open_ones += score is None
    words = f"{number(points)} of {number(of)} points"
    words += f", {number(bonus)} of them bonus" if bonus else ""
    return Feedback(remarks, f"{words} so far" if open_ones else words)


def penalty_of(gradebook: Any, notebook: str, student: str) -> float:
    """What coming late costs this submission."""
    try:
        return float(gradebook.find_submission_notebook(notebook, notebook, student).late_submission_penalty or 0)
    except MissingEntry:
        return 0.0


def show(sheets: Iterable[Sheet]) -> int:
    """Print a line for each; the exit status: 1 where a person must look."""
    out = terminal.console()
    made = troubled = 0
    for sheet in sheets:
        where = os.path.relpath(sheet.path) if sheet.path is not None else f"{sheet.what}: not printed"
        words = "; ".join(sheet.missing)
        line = f"{where}  ({words})" if words else where
        out.print(terminal.printable(line), markup=False, soft_wrap=True)
        made += sheet.path is not None
        troubled += bool(sheet.missing)
    out.print(f"{made} printed" + (f", {troubled} of them not as they should be" if troubled else ""), markup=False)
    return 1 if troubled else 0
