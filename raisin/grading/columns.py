"""Which row of Canvas's gradebook is whose, and which column is which notebook's."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from raisin.grading import canvas, scale
from raisin.grading.canvas import Column, Line, Sheet
from raisin.grading.course import BONUS_PREFIX, Course
from raisin.grading.errors import RaisinError
from raisin.grading.roster import Roster


class NoSuchColumn(RaisinError, LookupError):
    """A notebook has no column of its own in Canvas's gradebook."""


def lines_of(
    sheet: Sheet, people: Roster, students: Collection[str]
) -> tuple[dict[str, Line], list[tuple[str, str, str]]]:
    """Everybody's line, by student id; and what cannot be told: who, "", why.

    With a roster by Canvas's id, else its other ids, else the exact name, as Canvas itself does. Without one a student
    is whoever has this id in one of the file's columns of ids.
    """
    found: dict[str, list[Line]] = {}
    unclear: list[tuple[str, str, str]] = []
    for line in sheet.lines:
        ids = _on_roster(line, people) if len(people) else {word for word in line.ids if word in students}
        if len(ids) > 1:
            unclear.append((line.name, "", f"may be {' or '.join(sorted(ids))}"))
        for student in ids if len(ids) == 1 else ():
            found.setdefault(student, []).append(line)
    for student, lines in found.items():
        if len(lines) > 1:
            unclear.append((student, "", f"may be {' or '.join(line.name for line in lines)}"))
    return {student: lines[0] for student, lines in found.items() if len(lines) == 1}, unclear


def _on_roster(line: Line, people: Roster) -> set[str]:
    if line.canvas and (person := people.by_canvas(line.canvas)) is not None:
        return {person.student}
    if line.canvas and any(person.canvas for person in people):
        others = [person for person in people if not person.canvas]
    else:
        others = list(people)
    for word in line.ids:
        if same := {person.student for person in others if word in (person.student, person.login)}:
            return same
    return {person.student for person in others if line.name in (person.sortable_name, person.name)}


def heading(course: Course, notebook: str) -> str:
    """What a notebook is called in its first line, without its points."""
    for cell in course.content(notebook)["cells"]:
        for line in "".join(cell["source"]).splitlines() if cell["cell_type"] == "markdown" else ():
            if line.startswith("# "):
                return line.removeprefix("# ").rpartition(" (")[0].strip() or line.removeprefix("# ").strip()
    return ""


def columns_of(
    course: Course, sheet: Sheet, titles: Mapping[str, str], wanted: Collection[str]
) -> tuple[dict[str, Column], list[str]]:
    """The column of every notebook, and what to say of it. Raises NoSuchColumn where there is something to write."""
    found: dict[str, Column] = {}
    notes = []
    for name, told in titles.items():
        try:
            head = heading(course, name) if name in course.notebooks else ""
            found[name] = column_of(sheet.columns, name, head, told)
        except NoSuchColumn:
            if name in wanted:
                raise
            notes.append(f"{name}: no column, and nothing to write")
            continue
        notes.append(f"{name} -> {found[name].whole}")
    places = [column.place for column in found.values()]
    for name, column in found.items():
        if places.count(column.place) > 1:
            words = "say which is whose in c.Course.canvas_titles"
            raise NoSuchColumn(f"{column.whole!r} would be the column of {name} and of another; {words}")
        notes += _other_points(course, name, column)
    return found, notes


def _other_points(course: Course, notebook: str, column: Column) -> list[str]:
    """Where Canvas thinks of other points than are given."""
    if notebook not in course.notebooks:
        return []
    how = scale.scales_of(course).get(notebook)
    possible = canvas.number_of(column.possible)
    of = float(how) if isinstance(how, int | float) else None if how else points_of(course, notebook)
    if possible is None or of is None or canvas.decimal(possible) == canvas.decimal(of):
        return []
    words = f"Canvas has {canvas.decimal(possible)} points possible, and {canvas.decimal(of)} can be had"
    return [f"{notebook}: {words}: change one of them, or c.Course.scale"]


def points_of(course: Course, notebook: str) -> float:
    """How many points a notebook gives without its bonus, by its source."""
    cells = [cell["metadata"].get("nbgrader", {}) for cell in course.content(notebook)["cells"]]
    plain = [one for one in cells if not str(one.get("grade_id", "")).startswith(BONUS_PREFIX)]
    return sum(float(one.get("points") or 0) for one in plain if one.get("grade"))


# --- Which column is a notebook's -------------------------------------------------------------------------------------


def column_of(columns: Sequence[Column], notebook: str, heading: str = "", told: str = "") -> Column:
    """The column of a notebook. With `told` (c.Course.canvas_titles) by that title, with or without its id, or the id.

    Else by the first of these that fits: the notebook's name (02-tensor-arithmetic), its heading (02 Tensor
    arithmetic), the words of either (Tensor arithmetic), its number in front of a title or behind the word Notebook
    (02 Tensors, Notebook 2: Tensors); upper and lower case are the same. Raises NoSuchColumn, with the near misses.
    """
    for keys in _wanted(notebook, heading, told):
        if found := [column for column in columns if keys & _keys(column, told)]:
            return _only(found, notebook)
    number = None if told else _number(notebook)
    if found := [column for column in columns if number is not None and _number(column.title) == number]:
        return _only(found, notebook)
    near = _near([told or notebook, heading], columns)
    words = f"the nearest are {', '.join(map(repr, near))}" if near else "it has no assignment"
    raise NoSuchColumn(f"Canvas's gradebook has no column {told or notebook!r}: {words}; {_way_out(notebook)}")


def _only(found: Sequence[Column], notebook: str) -> Column:
    if len(found) > 1:
        raise NoSuchColumn(f"{notebook} may be {' or '.join(repr(c.whole) for c in found)}; {_way_out(notebook)}")
    return found[0]


def _way_out(notebook: str) -> str:
    return f'say which in nbgrader_config.py: c.Course.canvas_titles = {{"{notebook}": "TITLE (ID)"}}'


def _wanted(notebook: str, heading: str, told: str) -> Iterator[set[str]]:
    if told:
        yield {told.strip()}
        yield {_plain(told)}
        return
    yield {_plain(notebook)}
    yield {_plain(heading)} - {""}
    yield {_plain(re.sub(r"^\d+", "", name)) for name in (notebook, heading)} - {""}


def _keys(column: Column, told: str) -> set[str]:
    exact = {column.whole, column.title, column.number} - {""} if told else set()
    return exact | {_plain(column.whole), _plain(column.title)}


def _plain(title: str) -> str:
    return " ".join(re.sub(r"[^\w()]+", " ", title.casefold()).split())


def _number(title: str) -> int | None:
    found = re.match(r"\s*(?:notebook\s*)?(\d+)(?![\d.])", title, re.IGNORECASE)
    return int(found[1]) if found else None


def _near(wanted: Sequence[str], columns: Sequence[Column]) -> list[str]:
    """The titles most like it, at most three: those that share words first."""
    scores = {column.whole: max(_likeness(name, column.title) for name in wanted) for column in columns}
    return sorted(scores, key=lambda title: scores[title], reverse=True)[:3]


def _likeness(one: str, other: str) -> tuple[int, float]:
    one, other = _plain(one), _plain(other)
    return len(set(one.split()) & set(other.split())), difflib.SequenceMatcher(None, one, other).ratio()
