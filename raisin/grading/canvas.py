"""Canvas's gradebook as a CSV file: read as Canvas reads it, and written again with a few cells changed. Pure.

    bytes of an export --read--> Sheet --changes(cells)--> what would become of each cell --filled--> bytes

Every row without a change stays as it came, byte for byte; the others are written in the same quoting. What Canvas
reads in such a file, and what it makes of a number, is said in its own lib/gradebook_importer.rb.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from raisin.grading.errors import RaisinError

BOM = b"\xef\xbb\xbf"
NEW, RAISED, LOWERED, CHANGED, SAME = "new", "raised", "LOWERED", "CHANGED", "as it is"
EXCUSED, UNASSIGNED = "excused in Canvas: left alone", "not assigned in Canvas: left alone"
_INFORMATION = ("Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Integration ID")
_READ_ONLY = re.compile(r"(Current|Final|Override) (Score|Points|Grade|Status)( \(.*\))?$")
_NUMBERED = re.compile(r"^(?P<title>.*)\s\((?P<number>\d+)\)$", re.DOTALL)
_NUMBER = re.compile(r"^-?[0-9.,]+$")
_NO_STUDENT = re.compile(r"^\s*(Muted|Manual Posting.*)?\s*$", re.IGNORECASE | re.DOTALL)
_GUARDED = re.compile(r'="[^"]*"')
_LEADS = re.compile(r"^\s*[=+\-@]")


class NotAGradebook(RaisinError, ValueError):
    """The file is no gradebook that Canvas exported."""


@dataclass(frozen=True)
class Column:
    """An assignment: its place in a row, its title with and without Canvas's id, and the points that Canvas knows."""

    place: int
    whole: str
    title: str
    number: str
    possible: str = ""


@dataclass(frozen=True)
class Line:
    """A student's row: its place in the file, the name, Canvas's id, and all ids in it (ID, SIS User, SIS Login, …)."""

    place: int
    name: str
    canvas: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A gradebook as it came: the values of each row, and the very text of each."""

    rows: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...]
    delimiter: str = ","
    bom: bool = False
    columns: tuple[Column, ...] = ()
    lines: tuple[Line, ...] = ()

    def value(self, line: int, column: int) -> str:
        row = self.rows[line]
        return row[column] if column < len(row) else ""


@dataclass(frozen=True)
class Change:
    """What becomes of one cell: `state` is one of the words above; only what `writes` gets another text."""

    line: int
    column: int
    old: str
    new: str
    state: str

    @property
    def writes(self) -> bool:
        return self.state in (NEW, RAISED, LOWERED, CHANGED)


# --- Reading ----------------------------------------------------------------------------------------------------------


def read(data: bytes, name: str = "the file") -> Sheet:
    """A gradebook as Canvas exports it. Raises NotAGradebook, naming `name`, what is wrong and the way out."""
    way_out = "in Canvas: Grades > Export > Export Entire Gradebook, and give that file unchanged"
    try:
        text = data.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotAGradebook(f"{name} is not UTF-8 (saved by a spreadsheet?); {way_out}") from error
    for delimiter in ",;":
        try:
            if not _is_header(next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])):
                continue
            rows, texts = zip(*_rows(text, delimiter), strict=True)
        except csv.Error as error:
            raise NotAGradebook(f"{name} cannot be read as CSV ({error}); {way_out}") from error
        return _understood(Sheet(rows, texts, delimiter, data.startswith(BOM)), name)
    raise NotAGradebook(f"{name} does not begin with the columns Student, ID, …, Section; {way_out}")


def _rows(text: str, delimiter: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each row's values, and its text; a row may have several lines."""
    lines = list(io.StringIO(text, newline=""))
    reader, began = csv.reader(lines, delimiter=delimiter, strict=True), 0
    for row in reader:
        yield tuple(row), "".join(lines[began : reader.line_num])
        began = reader.line_num


def _is_header(row: Sequence[str]) -> bool:
    if len(row) < 3 or "Section" not in row:
        return False
    names = row[0] == "LastName" and row[1] == "FirstName" and "ID" in row[2]
    return names or ("Student" in row[0] and "ID" in row[1])


def _understood(sheet: Sheet, name: str) -> Sheet:
    header = sheet.rows[0]
    possible = next((row for row in sheet.rows if row and "Points Possible" in row[0]), ())
    columns = []
    for place in range(header.index("Section") + 1, len(header)):
        whole, points = header[place], possible[place] if place < len(possible) else ""
        if _READ_ONLY.search(whole) or "read only" in points:
            continue
        found = _NUMBERED.match(whole)
        title, number = (found["title"], found["number"]) if found else (whole, "")
        columns.append(Column(place, whole, title.strip(), number, points))
    doubled = sorted({column.whole for column in columns if header.count(column.whole) > 1})
    if doubled:
        raise NotAGradebook(f"{name} has two columns {doubled[0]!r}, of which Canvas reads the first only; rename one")
    return replace(sheet, columns=tuple(columns), lines=tuple(_lines(sheet)))


def _lines(sheet: Sheet) -> Iterator[Line]:
    header = sheet.rows[0]
    wanted = [header.index(name) for name in _INFORMATION[3:] if name in header]
    for place, row in enumerate(sheet.rows[1:], 1):
        if len(row) < 2 or "Points Possible" in row[0] or all(_NO_STUDENT.match(value) for value in row):
            continue
        name = f"{row[0]}, {row[1]}" if header[0] == "LastName" else row[0]
        ids = [row[k].strip() if k < len(row) else "" for k in wanted]
        yield Line(place, name, ids[0], tuple(filter(None, ids)))


# --- Numbers ----------------------------------------------------------------------------------------------------------


def number_of(text: str) -> Decimal | None:
    """What Canvas reads: 1,5 and 1,234 are decimal; None where it is no number."""
    if not _NUMBER.match(text.strip()):
        return None
    *before, last = re.split(r"[.,]", text.strip())
    try:
        return Decimal(f"{''.join(before)}.{last}" if before else last)
    except InvalidOperation:
        return None


def decimal(value: float | Decimal) -> str:
    """A number as Canvas shows it: a decimal point, at most two places, no comma."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    text = format(exact.quantize(Decimal("0.01"), ROUND_HALF_UP), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def has_id(title: str) -> bool:
    """Whether a title ends with Canvas's id of the assignment."""
    return _NUMBERED.match(title) is not None


def is_empty(text: str) -> bool:
    """Whether Canvas sees no score there."""
    return text.strip() in ("", "-")


def _state(old: str, new: str) -> str:
    if old.casefold() == "ex":
        return EXCUSED
    if old.casefold() == "n/a":
        return UNASSIGNED
    if is_empty(old):
        return NEW if new else SAME
    before, after = number_of(old), number_of(new)
    if before is None or after is None:
        return SAME if old == new else CHANGED
    before, after = Decimal(decimal(before)), Decimal(decimal(after))
    return SAME if before == after else RAISED if before < after else LOWERED


# --- Writing ----------------------------------------------------------------------------------------------------------


def changes(sheet: Sheet, cells: Mapping[tuple[int, int], str]) -> tuple[Change, ...]:
    """What becomes of these cells, (line, column) -> the new text. Excused ones stay."""
    found = []
    for (line, column), new in cells.items():
        old = sheet.value(line, column).strip()
        found.append(Change(line, column, old, new, _state(old, new)))
    return tuple(found)


def filled(sheet: Sheet, made: Sequence[Change]) -> bytes:
    """The file with these cells changed, and nothing else."""
    by_line: dict[int, dict[int, str]] = {}
    for change in made:
        if change.writes:
            by_line.setdefault(change.line, {})[change.column] = change.new
    texts = list(sheet.texts)
    for line, values in by_line.items():
        row = list(sheet.rows[line])
        row += [""] * (max(values) + 1 - len(row))
        for column, value in values.items():
            row[column] = value
        texts[line] = _as_before(sheet.texts[line], sheet.rows[line], row, sheet.delimiter)
    return (BOM if sheet.bom else b"") + "".join(texts).encode("utf-8")


def _as_before(text: str, before: Sequence[str], row: Sequence[str], delimiter: str) -> str:
    """A row in the quoting that gives the row's old text, where one does."""
    end = text[len(text.rstrip("\r\n")) :]
    for style in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
        if _written(before, delimiter, style, end) == text:
            return _written(row, delimiter, style, end)
    return _written(row, delimiter, csv.QUOTE_MINIMAL, end)


def _written(row: Sequence[str], delimiter: str, style: int = csv.QUOTE_MINIMAL, end: str = "\n") -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=style, lineterminator=end).writerow(row)  # type: ignore[arg-type]
    return file.getvalue()


def minimal(titles: Sequence[str], people: Sequence[tuple[str, str, str, Sequence[str]]]) -> bytes:
    """The least that Canvas imports: its columns, then `titles`; of everybody name, Canvas's id, section and values."""
    rows = [("Student", "ID", "Section", *titles)]
    rows += [(guarded(name), number, section, *values) for name, number, section, values in people]
    return "".join(_written(row, ",") for row in rows).encode("utf-8")


def guarded(name: str) -> str:
    """A name as Canvas itself exports one that a spreadsheet would take for a formula: ="=name"."""
    if _GUARDED.fullmatch(name):
        return name
    return '="{}"'.format(name.replace('"', '""')) if _LEADS.match(name) else name
