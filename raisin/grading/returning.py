"""Feedback on its way back: return/<notebook>.zip for Canvas, and return/<student>/ for every other way.

In Canvas: the assignment > Upload submissions, and the zip. Canvas knows a file by the two numbers in its name, its own
ids of the student and of what was handed in, and gives it to that student, or to the whole group, as a comment.
"""

import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from raisin.grading import feedback, printouts, received, roster, shared, terminal, whole
from raisin.grading.course import Course
from raisin.grading.roster import Roster

FOLDER = "return"
NO_IDS = "it did not come from a Canvas download, so the zip lacks it: its folder has it"
_DAY_ONE = (1980, 1, 1, 0, 0, 0)  # the same pages give the same zip


@dataclass(frozen=True)
class Returned:
    """What became of one submission's feedback: the folders it lies in, its name in the zip, what is to be said."""

    student: str
    notebook: str
    folders: tuple[Path, ...] = ()
    name: str = ""
    why: str = ""


def give_back(course: Course, names: Sequence[str] = (), *, pdf: bool = False) -> Iterator[Returned]:
    """Make the feedback of these notebooks, anew, and put it where it goes from here. Raises NoSuchNotebook."""
    people = roster.of_course(course)
    for notebook in course.chosen(names):
        if not any(course.has_submission(student, notebook) for student in course.students):
            continue
        done = list(_notebook(course, notebook, people, pdf))
        _zip(course, notebook, done)
        yield from done


def _notebook(course: Course, notebook: str, people: Roster, pdf: bool) -> Iterator[Returned]:
    pages = {given.what: (given.path, given.reason) for given in feedback.write_class(course, [notebook])}
    if pdf:
        made = {sheet.what: sheet for sheet in printouts.print_class(course, [notebook])}
        for what, (path, reason) in pages.items():
            sheet = made.get(what)
            if path is not None and sheet is not None:
                pages[what] = sheet.path, reason or "; ".join(sheet.missing)
    others = shared.shared_with(course, notebook)
    for student in course.students:
        path, reason = pages.get(f"{student}/{notebook}", (None, ""))
        if not course.has_submission(student, notebook):
            continue
        if path is None:
            yield Returned(student, notebook, why=reason or feedback.NOT_GRADED)
            continue
        folders = []
        for member in (student, *others.get(student, ())):
            target = course.root / FOLDER / member / f"{notebook}{path.suffix}"
            whole.write(target, path.read_bytes())
            folders.append(target)
        name = _canvas_name(course, student, notebook, path.suffix, people)
        why = "; ".join(filter(None, (reason, "" if name else NO_IDS)))
        yield Returned(student, notebook, tuple(folders), name, why)


def _canvas_name(course: Course, student: str, notebook: str, suffix: str, people: Roster) -> str:
    """`lovelaceada_130_4574_04-backward.html`; "" where Canvas's ids are not known."""
    record = received.read(course, student, notebook)
    ids = record.canvas if record is not None else None
    if ids is None or not (ids.user.isdecimal() and ids.attachment.isdecimal()):
        return ""
    person = people.by_student(student) or people.by_canvas(ids.user)
    # Canvas takes the first two numbers that stand alone: none may come before them.
    who = re.sub(r"[\W\d_]+", "", (person.called if person is not None else student).lower()) or "student"
    return f"{who}_{ids.user}_{ids.attachment}_{notebook}{suffix}"


def _zip(course: Course, notebook: str, done: Sequence[Returned]) -> None:
    path = course.root / FOLDER / f"{notebook}.zip"
    files = {one.name: one.folders[0] for one in done if one.name and one.folders}
    if not files:
        path.unlink(missing_ok=True)  # an earlier one would give back what is no longer so
        return
    part = path.with_name(f".{path.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as made:
        for name, file in sorted(files.items()):
            made.writestr(zipfile.ZipInfo(name, _DAY_ONE), file.read_bytes(), zipfile.ZIP_DEFLATED)
    os.replace(part, path)


def show(done: Sequence[Returned]) -> int:
    """Print who gets what, and who gets nothing; the exit status: 1 where somebody gets nothing."""
    out = terminal.console()
    odd = [(one.student, one.notebook, one.why) for one in done if one.why]
    if odd:
        out.print(terminal.table("To be known", ("student", "notebook", "why"), odd))
    for notebook in dict.fromkeys(one.notebook for one in done):
        mine = [one for one in done if one.notebook == notebook]
        in_zip, folders = sum(bool(one.name) for one in mine), sum(len(one.folders) for one in mine)
        words = f"{FOLDER}/{notebook}.zip for Canvas with {in_zip}" if in_zip else "none for Canvas"
        nothing = sum(not one.folders for one in mine)
        out.print(f"{notebook}: {words}, {folders} in folders, {nothing} without feedback", markup=False)
    if not done:
        out.print("nobody has handed in any of these notebooks")
    return 1 if any(not one.folders for one in done) else 0
