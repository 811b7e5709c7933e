"""Every check of every submission, a line each, for whoever wants to analyse: read from graded notebooks.

A line without a check is a cell that is not counted in checks: a written answer, or a test of another making.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from raisin.grading import logs, shared
from raisin.grading.course import Course, open_nbgrader
from raisin.grading.judge import BLANK
from raisin.grading.printouts import remarks_on

PASSED, CARRIED, FAILED, LEFT_BLANK = "passed", "carried", "failed", "blank"


@dataclass(frozen=True)
class Line:
    """One check of one submission. `points` and `of` are the cell's, None while a person has still to give them.

    `state`: passed, carried (counts, because it passes on other earlier notebooks), failed, blank; "" for no check.
    `worth`: what the check alone brings of the cell's points by the tests; `members`: whose submission it is.
    """

    student: str
    members: str
    notebook: str
    task: str
    cell: str
    check: str
    passed: int | None
    state: str
    worth: float | None
    points: float | None
    of: float
    diagnosis: str = ""


def read(course: Course, names: Sequence[str] = ()) -> tuple[Line, ...]:
    """All that is known of the class's checks, by notebook and student. Raises NoSuchNotebook."""
    found: list[Line] = []
    coursedir = open_nbgrader(course.root).coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for notebook in course.chosen(names):
            under = tasks(course, notebook)
            for student in course.students:
                found += _lines(course, gradebook, student, notebook, under)
    return tuple(found)


def _lines(course: Course, book: Any, student: str, notebook: str, under: Mapping[str, str]) -> Iterable[Line]:
    last = logs.read(course, student, notebook)
    graded = remarks_on(book, notebook, student)
    if graded is None or (last is not None and last.reason):
        return
    members = " ".join(shared.ids_of(course, student, notebook))
    checks: dict[str, list[Mapping[str, Any]]] = {}
    for cell, check in judged(course, student, notebook):
        checks.setdefault(cell, []).append(check)
    for cell, remark in graded.cells.items():
        if remark.of is None:
            continue
        own, task = checks.get(cell, ()), under.get(cell, "")
        if not own:
            yield Line(student, members, notebook, task, cell, "", None, "", None, remark.points, remark.of)
        for check in own:
            state = state_of(check)
            counts = state in (PASSED, CARRIED)
            worth = remark.of / len(own) if counts else 0.0
            what, looks = str(check.get("what", "")), str(check.get("diagnosis") or "")
            about = (student, members, notebook, task, cell, what, int(counts), state, worth)
            yield Line(*about, remark.points, remark.of, looks if state == FAILED else "")


def state_of(check: Mapping[str, Any]) -> str:
    """What became of a check."""
    if check.get("carried"):
        return CARRIED
    if check.get("counts"):
        return PASSED
    lines = [str(line) for line in check.get("lines", ())]
    return LEFT_BLANK if lines and lines[0].startswith(BLANK) else FAILED


def judged(course: Course, student: str, notebook: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The checks of a graded notebook: the test cell's name, and what came of the check."""
    last = logs.read(course, student, notebook)
    if last is not None and last.reason:  # none: graded by nbgrader's own command, or by formgrader's button
        return
    try:
        cells = json.loads(course.autograded(student, notebook).read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return
    for cell in cells:
        for check in cell["metadata"].get("raisin", {}).get("checks", ()):
            yield str(cell["metadata"].get("nbgrader", {}).get("grade_id", "")), check


def tasks(course: Course, notebook: str) -> dict[str, str]:
    """The heading that each graded cell stands under."""
    heading, found = "", {}
    for cell in course.content(notebook)["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and text.startswith("## "):
            heading = text.splitlines()[0].removeprefix("## ").strip()
        found[str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))] = heading
    return found


def write_csv(lines: Sequence[Line], path: Path) -> None:
    """One line for each; no points are an empty field, never 0."""
    table(path, lines, Line)


def table(path: Path, rows: Sequence[Any], kind: Any) -> None:
    """Records of one kind as a CSV file, a column for each field."""
    names = [field.name for field in fields(kind)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([[_cell(getattr(row, name)) for name in names] for row in rows])


def _cell(value: Any) -> Any:
    """What a spreadsheet would take for a formula is text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
