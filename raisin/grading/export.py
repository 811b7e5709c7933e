"""Points on their way to Canvas: `raisin export`, and the table of every check beside it.

    gradebook, roster, settings --worth--> what stands for whom --columns, canvas--> the instructor's own gradebook

What would change is known, and shown, before anything is written.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from raisin.grading import canvas, columns, grades, late, received, roster, shared, terminal, tidy, whole, worth
from raisin.grading.canvas import Change
from raisin.grading.course import Course, open_course
from raisin.grading.errors import RaisinError
from raisin.grading.grades import Row
from raisin.grading.roster import Person, Roster
from raisin.grading.worth import Value

_SHOWN = 3  # so many are named where a note is about many


class CannotExport(RaisinError, ValueError):
    """What is to be filled in is not there, or nothing says who is who."""


@dataclass(frozen=True)
class Export:
    """A file that is ready to be written: `made` says of each cell whose, what and what becomes of it, `left` who and
    what is left as it is, and why."""

    data: bytes
    made: tuple[tuple[str, str, Change], ...]
    left: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]
    path: Path = Path()
    also: Path = Path()


def export(
    course: Course,
    names: Sequence[str] = (),
    *,
    into: Path | None = None,
    to: Path | None = None,
    given: Path | None = None,
    missing_as_zero: bool = False,
) -> Export:
    """What fills in Canvas's gradebook `into`, or the least that Canvas imports; `given`: a roster. Writes no file.

    Raises CannotExport, NotAGradebook, NoSuchColumn, NoSuchNotebook, BadRoster, BadSetting.
    """
    people = roster.of_course(course, given)
    late.settle_if_free(course)
    rows = grades.read(course, people=people)
    chosen = course.chosen(names)
    asked = [row for row in rows if row.notebook in chosen]
    found = worth.values(course, asked, people, missing_as_zero=missing_as_zero)
    title, for_all = ("", ()) if names else worth.overall(course, rows)
    titles = {**_titles(course, chosen), **({title: title} if title else {})}
    if into is not None:
        made = _filled(course, into, titles, (*found, *for_all), people)
        path = to or into.with_name(f"{into.stem}-filled.csv")
    else:
        made = _minimal(course, titles, (*found, *for_all), people)
        path = to or course.root / "canvas.csv"
    notes = (*made.notes, *_points_notes(course, asked))
    return replace(made, notes=notes, path=path, also=path.with_name(f"{path.stem}-checks.csv"))


def write(course: Course, names: Sequence[str], ready: Export) -> None:
    """Write the file, and every check of these notebooks beside it. Raises CannotExport."""
    checks = tidy.read(course, names)
    try:
        whole.write(ready.path, ready.data)
        tidy.write_csv(checks, ready.also)
    except OSError as error:
        raise CannotExport(f"{error.filename2 or error.filename} cannot be written: {error.strerror}") from error


def _titles(course: Course, chosen: Sequence[str]) -> dict[str, str]:
    """The title told of every chosen notebook, "" where none is. Raises NoSuchNotebook."""
    told = {name: title for key, title in course.canvas_titles.items() for name in course.chosen([key])}
    return {name: told.get(name, "") for name in chosen}


def _filled(course: Course, into: Path, titles: Mapping[str, str], found: Sequence[Value], people: Roster) -> Export:
    try:
        sheet = canvas.read(into.read_bytes(), str(into))
    except OSError as error:
        words = "give the gradebook that Canvas exported"
        raise CannotExport(f"{into} cannot be read: {error.strerror}; {words}") from error
    wanted = {value.notebook for value in found if value.text}
    places, notes = columns.columns_of(course, sheet, titles, wanted)
    lines, left = columns.lines_of(sheet, people, {value.student for value in found})
    if wanted and not lines:
        words = "give the roster that has their ids of Canvas: --roster FILE, or c.Course.roster"
        raise CannotExport(f"nobody who handed in has a line in {into}; {words}")
    cells: dict[tuple[int, int], str] = {}
    for value in found:
        column, line = places.get(value.notebook), lines.get(value.student)
        who = _called(value.student, people)
        if value.why:
            left.append((who, value.notebook, value.why))
        if not value.text or column is None:
            continue
        if line is None and _is_for_others(course, value):
            continue
        if line is None:
            left.append((who, value.notebook, f"{value.text}, but there is no line of this student in {into.name}"))
        elif not value.missing or canvas.is_empty(sheet.value(line.place, column.place)):
            cells[line.place, column.place] = value.text
        else:
            left.append((who, value.notebook, "not handed in, but Canvas has something there"))
    changes = canvas.changes(sheet, cells)
    called = {line.place: line.name for line in lines.values()}
    heads = {column.place: column.whole for column in places.values()}
    made = tuple((called[change.line], heads[change.column], change) for change in changes)
    return Export(canvas.filled(sheet, changes), made, tuple(left), tuple(notes))


def _minimal(course: Course, titles: Mapping[str, str], found: Sequence[Value], people: Roster) -> Export:
    if not any(person.canvas for person in people):
        words = "give the gradebook exported from Canvas: --into FILE, or as roster: --roster FILE"
        raise CannotExport(f"without Canvas's own ids Canvas would not know who is who; {words}")
    by: dict[str, dict[str, str]] = {}
    left = []
    for value in found:
        person = people.by_student(value.student)
        if value.why:
            left.append((_called(value.student, people), value.notebook, value.why))
        if not value.text or (person is None and _is_for_others(course, value)):
            continue
        if person is None or not person.canvas:
            words = f"{value.text}, but the roster has no Canvas id of this student"
            left.append((_called(value.student, people), value.notebook, words))
        else:
            by.setdefault(value.student, {})[value.notebook] = value.text
    used = [name for name in titles if any(name in of for of in by.values())]
    heads = [titles[name] or (name in course.notebooks and columns.heading(course, name)) or name for name in used]
    notes = [f"{name} -> {head}" for name, head in zip(used, heads, strict=True)]
    words = "without Canvas's id, so Canvas takes the assignment of exactly this title, or asks whether to make one"
    notes += [f"{head}: {words}" for head in heads if not canvas.has_id(head)]
    if any(name not in of for of in by.values() for name in used):
        notes.append("an empty cell takes away what Canvas holds there: use --into where there are points already")
    lines = [person for person in people if person.student in by]
    table = [(p.called, p.canvas, p.section, [by[p.student].get(name, "") for name in used]) for p in lines]
    made = [
        (person.called, heads[j], Change(k, 3 + j, "", text, canvas.NEW))
        for k, (person, (*_, texts)) in enumerate(zip(lines, table, strict=True), 1)
        for j, text in enumerate(texts)
        if text
    ]
    return Export(canvas.minimal(heads, table), tuple(made), tuple(left), tuple(notes))


def _is_for_others(course: Course, value: Value) -> bool:
    """Whether it stands for a folder that is nobody's own (group-7): its members have the points."""
    here = value.notebook in course.notebooks and course.has_submission(value.student, value.notebook)
    return here and value.student not in shared.ids_of(course, value.student, value.notebook)


def _points_notes(course: Course, rows: Sequence[Row]) -> Iterator[str]:
    penalised = [row for row in rows if row.penalty]
    if penalised:
        words = "make sure that Canvas takes off nothing more (its own late policy)"
        yield f"{len(penalised)} lose points here for coming late: {words}"
    own = [row for row in rows if not row.penalty and course.has_submission(row.student, row.notebook)]
    records = ((row, received.read(course, row.student, row.notebook)) for row in own)
    untimed = [f"{row.student} {row.notebook}" for row, record in records if record and record.late and not record.time]
    if untimed:
        words = "its zip does not say when, so nothing is taken off (raisin collect --times TABLE says it)"
        names = ", ".join(untimed[:_SHOWN]) + (" …" if untimed[_SHOWN:] else "")
        yield f"{len(untimed)} came late by Canvas's word ({names}): {words}"


def _called(student: str, people: Roster) -> str:
    person: Person | None = people.by_student(student)
    return person.called if person is not None else student


def show(ready: Export) -> int:
    """Print the difference and what is left; the exit status: 1 where a person must look."""
    out = terminal.console()
    for note in ready.notes:
        out.print(terminal.printable(note), markup=False, soft_wrap=True)
    changed = [(who, what, one) for who, what, one in ready.made if one.writes]
    if changed:
        body = [(who, what, one.old, one.new, one.state) for who, what, one in changed]
        out.print(terminal.table("Points for Canvas", ("who", "what", "old", "new", ""), body, right=("old", "new")))
    if ready.left:
        out.print(terminal.table("Left as they are in Canvas", ("who", "what", "why"), ready.left))
    states = (canvas.NEW, canvas.RAISED, canvas.LOWERED, canvas.CHANGED, canvas.SAME, canvas.EXCUSED, canvas.UNASSIGNED)
    counts = [(state, sum(one.state == state for _, _, one in ready.made)) for state in states]
    out.print(", ".join(f"{count} {state}" for state, count in counts if count) or "nothing to write", markup=False)
    return 1 if ready.left else 0


def run(course: Course, names: Sequence[str], ready: Export, *, dry_run: bool = False) -> int:
    """Show what would change, then write it; the exit status as of `show`."""
    status = show(ready)
    out = terminal.console()
    if dry_run:
        out.print("nothing was written (--dry-run)")
        return status
    write(course, names, ready)
    where = " and ".join(os.path.relpath(path) for path in (ready.path, ready.also))
    out.print(terminal.printable(f"{where}: import the first in Canvas: Grades > Import"), markup=False)
    return status


class CanvasExporter(ExportPlugin):  # type: ignore[misc]  # nbgrader publishes no types
    """The same as `nbgrader export --exporter=raisin.grading.export.CanvasExporter`."""

    into = Unicode("", help="the gradebook that Canvas exported").tag(config=True)

    def export(self, gradebook: Any) -> None:
        if self.student:
            raise CannotExport("an export is for the whole class: leave out --student")
        into, to = (Path(word) if word else None for word in (self.into, self.to))
        here, names = open_course(), [str(name) for name in self.assignment]
        run(here, names, export(here, names, into=into, to=to))
