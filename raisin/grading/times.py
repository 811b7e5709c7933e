"""When things were handed in, where it is said: by the files themselves, or in a table.

A download from Canvas says nothing of time but who was late: its files are as old as the download. A table (CSV) with
columns for an id (as in a roster), time and perhaps notebook does, for instance of `submitted_at` from Canvas's API.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from raisin.grading import due, tables
from raisin.grading.course import Course
from raisin.grading.errors import BadRoster, NoSuchNotebook
from raisin.grading.roster import STUDENT_COLUMNS, Roster
from raisin.grading.tables import entry, plain

FILES = "files"
_WHEN = ("time", "submitted at", "submitted", "timestamp")
_WHICH = ("notebook", "assignment")
_WHO = (*STUDENT_COLUMNS, "canvas id", "student", "email", "name")


@dataclass(frozen=True)
class Times:
    """`of_files`: the times of given files, and of the entries of given zips, count. `table`: (student, notebook, or ""
    for all) -> the time; it goes before the files."""

    of_files: bool = False
    table: Mapping[tuple[str, str], datetime] = field(default_factory=dict)

    def of(self, student: str, notebook: str) -> datetime | None:
        """What the table says."""
        return self.table.get((student, notebook)) or self.table.get((student, ""))


def read(course: Course, said: str, roster: Roster) -> Times:
    """`said` is "", "files", or the path of a table. Raises BadRoster, naming the line and the way out."""
    if said in ("", FILES):
        return Times(said == FILES)
    path = Path(said)
    rows = tables.rows(path)
    line, titles = next(rows, (1, []))
    columns = {plain(title): k for k, title in reversed(list(enumerate(titles)))}
    who, when = ([columns[name] for name in names if name in columns] for names in (_WHO, _WHEN))
    if not who or not when:
        raise BadRoster(f"{path}, line {line}: give a table that begins with a line like student_id,notebook,time")
    which = next((columns[name] for name in _WHICH if name in columns), None)
    found = {}
    for line, row in rows:
        where = f"{path}, line {line}"
        student = _student(next(filter(None, (entry(row, k) for k in who)), ""), roster, where)
        if words := entry(row, when[0]):
            try:
                name = entry(row, which)
                found[student, course.chosen([name])[0] if name else ""] = due.parse(words)
            except (ValueError, NoSuchNotebook) as error:
                raise BadRoster(f"{where}: {error}") from error
    return Times(table=found)


def _student(word: str, roster: Roster, where: str) -> str:
    people = roster.find(word)
    if len(people) == 1 or not len(roster):
        return people[0].student if people else word
    raise BadRoster(f"{where}: {word!r} is {'nobody' if not people else 'more than one person'} on the roster")
