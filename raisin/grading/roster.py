"""Who takes part: a roster, read from a Canvas gradebook export, from Canvas's list of groups or from any plain table.

The *student* id, which names the folder in submitted/ and the rows of the gradebook, comes from one column of the file:
the first of STUDENT_COLUMNS that holds anything. A person whose field there is empty goes by the next one that is not.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from raisin.grading import due, tables
from raisin.grading.course import PATTERN_CHARACTERS, Course
from raisin.grading.errors import BadRoster, NoSuchNotebook
from raisin.grading.tables import entry, plain

# Which columns give which field, as they are called without case, underscores and hyphens; the first one wins.
STUDENT_COLUMNS = ("student id", "sis login id", "login id", "sis user id", "user id", "id", "canvas user id")
_COLUMNS = {
    "name": ("name", "full name", "student name"),
    "sortable_name": ("sortable name", "student"),
    "email": ("email", "e mail", "mail", "email address"),
    "canvas": ("canvas user id", "canvas id", "canvas", "lms user id"),
    "login": ("sis login id", "login id", "login"),
    "section": ("section", "sections"),
    "group": ("group", "group name", "team"),
}
_FIRST, _LAST = ("first name", "given name"), ("last name", "family name", "surname")
_EXTENSION = re.compile(r"(?:due|extension)\b[ :_-]*(?P<notebook>\w[\w.-]*)", re.IGNORECASE)
_NO_STUDENTS = ("Student, Test", "Manual Posting", "Muted")  # Canvas's own lines


@dataclass(frozen=True)
class Person:
    """One line of a roster. `canvas`: Canvas's user id, or ""; `extensions`: notebook (or its beginning) -> what the
    roster says in the columns `due NOTEBOOK` and `extension NOTEBOOK`: a number of days, or a date."""

    student: str
    name: str = ""
    sortable_name: str = ""
    email: str = ""
    canvas: str = ""
    login: str = ""
    section: str = ""
    group: str = ""
    extensions: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def called(self) -> str:
        """How to name this person to an instructor."""
        return self.sortable_name or self.name or self.student

    @property
    def last_and_first(self) -> tuple[str, str]:
        """The name in two parts, as nbgrader's gradebook keeps it; without a comma, the last word is the last name."""
        last, comma, first = self.sortable_name.partition(",")
        if not comma:
            first, _, last = self.name.strip().rpartition(" ")
        return last.strip(), first.strip()

    def extension(self, notebook: str) -> str:
        """What the roster says of this notebook; "" for nothing."""
        return next((words for name, words in self.extensions.items() if notebook.startswith(name)), "")


class Roster:
    """Everybody on it, in the order of the file; and who is meant by an id or by a name that Canvas has mangled."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self.people = tuple(people)
        self._students = {person.student: person for person in self.people}
        self._canvas = {person.canvas: person for person in self.people if person.canvas}
        self._words: dict[str, set[str]] = {}
        self._mangled: dict[str, set[str]] = {}
        for person in self.people:
            for word in filter(None, (person.student, person.login, person.email, person.canvas)):
                self._words.setdefault(word.casefold(), set()).add(person.student)
            for name in _spellings(person):
                self._mangled.setdefault(mangled(name), set()).add(person.student)

    def __iter__(self) -> Iterator[Person]:
        return iter(self.people)

    def __len__(self) -> int:
        return len(self.people)

    def by_student(self, student: str) -> Person | None:
        return self._students.get(student)

    def by_canvas(self, user: str) -> Person | None:
        return self._canvas.get(user)

    def by_mangled(self, name: str) -> tuple[Person, ...]:
        """Whose name Canvas writes so in a download ("lovelaceada"); several where they are called alike."""
        return self._of(self._mangled.get(word_of(name), ()))

    def find(self, word: str) -> tuple[Person, ...]:
        """Whose student id, login, e-mail address, Canvas id or name `word` is; an id goes before a name."""
        word = word.strip()
        exact = self._students.get(word)
        return (exact,) if exact else self._of(self._words.get(word.casefold(), ())) or self.by_mangled(mangled(word))

    def in_group(self, group: str) -> tuple[Person, ...]:
        return tuple(person for person in self.people if group and person.group == group)

    def group_by_mangled(self, name: str) -> tuple[Person, ...]:
        """The members of the group whose name Canvas writes so in a download ("team_7"); () for no single group."""
        groups = {person.group for person in self.people if person.group and mangled(person.group) == word_of(name)}
        return self.in_group(groups.pop()) if len(groups) == 1 else ()

    def _of(self, students: Iterable[str]) -> tuple[Person, ...]:
        wanted = set(students)
        return tuple(person for person in self.people if person.student in wanted) if wanted else ()


def mangled(name: str) -> str:
    """A name as Canvas puts it into the names of a download: "García Márquez, José" is garcíamárquezjosé."""
    return word_of(re.sub(r"_(\d+)_", r"\1", name))


def word_of(name: str) -> str:
    """In lower case, letters with their marks, digits and underscores alone."""
    lower = unicodedata.normalize("NFC", name).lower()
    kept = (c for c in lower if unicodedata.category(c)[0] in "LM" or unicodedata.category(c) in ("Nd", "Pc"))
    return unicodedata.normalize("NFC", "".join(kept))


def _spellings(person: Person) -> Iterator[str]:
    """A person's name in every order of its words that Canvas may have made of it."""
    if person.sortable_name:
        yield person.sortable_name
    words = person.name.split()
    for k in range(len(words)):
        yield "".join((*words[k:], *words[:k]))


def of_course(course: Course, given: Path | None = None) -> Roster:
    """The roster given, else the course's own (`c.Course.roster`), else an empty one; with `c.Course.groups`.

    Raises BadRoster, also where a column is meant for a notebook that the course does not have.
    """
    path = given or course.roster_file
    if path is None:
        return Roster()
    roster = read(path)
    if (groups := course.root / course.groups).is_file() and course.groups:
        roster = _with_groups(roster, read(groups), groups)
    for name in sorted({name for person in roster for name in person.extensions}):
        try:
            course.chosen([name])
        except NoSuchNotebook as error:
            raise BadRoster(f"{path}: a column names the due date of {name!r}: {error}") from error
    return roster


def _with_groups(roster: Roster, groups: Roster, path: Path) -> Roster:
    """With the groups of another table, as Canvas lists them; who is not on the roster takes no part."""
    of: dict[str, str] = {}
    for one in filter(lambda one: one.group, groups):
        found = roster.by_canvas(one.canvas) or next(iter(roster.find(one.student)), None)
        if found is not None and (found.group or one.group) != one.group:
            raise BadRoster(f"{path}: {found.student} is in {one.group} here, in {found.group} on the roster; keep one")
        if found is not None:
            of[found.student] = one.group
    return Roster(replace(person, group=of.get(person.student, person.group)) for person in roster)


def read(path: Path) -> Roster:
    """The roster in a CSV file (comma, semicolon or tab; UTF-8). Raises BadRoster, naming the line and the way out."""
    rows = tables.rows(path)
    line, titles = next(rows, (0, []))
    columns = {plain(title): k for k, title in reversed(list(enumerate(titles))) if title.strip()}
    extensions = {found["notebook"]: k for k, title in enumerate(titles) if (found := _EXTENSION.fullmatch(title))}
    of_canvas = {"student", "id"} <= set(columns)
    if of_canvas:
        columns["canvas user id"] = columns.pop("id")
    lines = [(line, row) for line, row in rows if not of_canvas or _is_person(row, columns)]
    by = _student_column([row for _, row in lines], columns)
    if not by:
        raise BadRoster(
            f"{path}, line {max(line, 1)}: no column says who is who; give a Canvas gradebook export, or a table that "
            "begins with a line like student_id,name,email,group"
        )
    people: dict[str, tuple[int, Person]] = {}
    for line, row in lines:
        where = f"{path}, line {line}"
        person = replace(_person(row, columns, by, where), extensions=_extensions(row, extensions, where))
        before, known = people.get(person.student, (line, person))
        if known != person:
            raise BadRoster(
                f"{path}, line {line}: {person.student} is on line {before} already, with other entries; "
                "keep one line for each person, in one group"
            )
        people[person.student] = before, person
    everybody = [person for _, person in people.values()]
    _no_twins(path, everybody)
    return Roster(everybody)


def _is_person(row: Sequence[str], columns: Mapping[str, int]) -> bool:
    """Whether a line of a Canvas gradebook is about a person: not the points possible, nor how grades are posted."""
    name = entry(row, columns.get("student"))
    return bool(name) and "Points Possible" not in name and name not in _NO_STUDENTS


def _student_column(rows: Sequence[Sequence[str]], columns: Mapping[str, int]) -> tuple[int, ...]:
    """The columns that may give the student id, the one decided on first."""
    there = [columns[name] for name in STUDENT_COLUMNS if name in columns]
    return tuple(k for k in there if any(entry(row, k) for row in rows)) or tuple(there)


def _person(row: Sequence[str], columns: Mapping[str, int], by: Sequence[int], where: str) -> Person:
    def of(names: Iterable[str]) -> str:
        return next((word for name in names if (word := entry(row, columns.get(name)))), "")

    student = next((word for k in by if (word := entry(row, k))), "")
    if not student:
        raise BadRoster(f"{where}: nothing says by which id this person goes; fill it in, or take the line out")
    if "/" in student or student.startswith(".") or not student.isprintable() or PATTERN_CHARACTERS & set(student):
        raise BadRoster(f"{where}: {student!r} cannot name a folder; take out / * ? [ and ], and no point in front")
    fields: dict[str, Any] = {name: of(names) for name, names in _COLUMNS.items()}
    return _named(Person(student, **fields), of(_FIRST), of(_LAST))


def _extensions(row: Sequence[str], columns: Mapping[str, int], where: str) -> dict[str, str]:
    found = {}
    for notebook, k in columns.items():
        if words := entry(row, k):
            try:
                due.check_extension(words)
            except ValueError as error:
                raise BadRoster(f"{where}, due date of {notebook}: {error}") from error
            found[notebook] = words
    return found


def _named(person: Person, first: str, last: str) -> Person:
    """With both forms of the name, where one gives the other."""
    name, sortable = person.name, person.sortable_name
    if not sortable and (first or last):
        sortable = ", ".join(filter(None, (last, first)))
    if not sortable and "," in name:
        name, sortable = "", name
    if not name and "," in sortable:
        family, _, given = sortable.partition(",")
        name = f"{given.strip()} {family.strip()}".strip()
    return replace(person, name=name or sortable, sortable_name=sortable)


def _no_twins(path: Path, people: Sequence[Person]) -> None:
    for one, other in itertools.pairwise(sorted(people, key=lambda person: person.student.casefold())):
        if one.student.casefold() == other.student.casefold():
            raise BadRoster(f"{path}: {one.student} and {other.student} differ by case alone: folders may not")
    for one, other in itertools.pairwise(sorted((p for p in people if p.canvas), key=lambda person: person.canvas)):
        if one.canvas == other.canvas:
            raise BadRoster(f"{path}: {one.student} and {other.student} have the same Canvas id {one.canvas}")
