"""Canvas's gradebook: read as Canvas reads it, and written again with nothing changed but what is meant."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from canvas_import import Assignment, Canvas, InvalidHeaderRow, User
from hypothesis import given, settings
from hypothesis import strategies as st

from raisin.grading import canvas
from raisin.grading import columns as matching
from raisin.grading.canvas import Column, NotAGradebook
from raisin.grading.columns import NoSuchColumn

USERS = (
    User(101, "Lovelace, Ada", "s-1", "ada"),
    User(102, "Núñez de la Torre, José_2", "s-2", "jose"),
    User(103, "O'Brien, Bob", "s-3", "bob"),
    User(104, '=cmd|"/c calc"', "s-4", "eve"),
    User(105, "Student, Test"),
)
TITLES = (Assignment(11, "Tensors, and more", 15), Assignment(12, "Graph nodes", 10), Assignment(13, "Essay", 5))


def course() -> Canvas:
    scores = {(101, 11): "12.5", (101, 12): "3", (102, 12): "EX", (103, 11): "7.25", (103, 13): "4", (104, 12): "N/A"}
    return Canvas(USERS, TITLES, scores)


def cells(sheet: canvas.Sheet, wanted: dict[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    """(Canvas's id of the user, of the assignment) -> text, as places in the sheet."""
    lines = {int(line.canvas): line.place for line in sheet.lines}
    columns = {int(column.number): column.place for column in sheet.columns}
    return {(lines[user], columns[assignment]): text for (user, assignment), text in wanted.items()}


FORMS = [
    {},
    {"delimiter": ";"},
    {"bom": True, "hidden": True},
    {"sis": False},
    {"delimiter": ";", "comma": True, "bom": True},
]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_an_import_of_what_was_filled_in_changes_exactly_the_cells_meant(form: dict[str, bool]) -> None:
    there = course()
    sheet = canvas.read(there.exported(**form))
    wanted = {
        (101, 11): "12.5",  # as it is
        (101, 12): "10",  # raised
        (102, 11): "1.23",  # new
        (102, 12): "9",  # excused
        (103, 11): "7",  # lowered
        (104, 11): "1234.5",  # no comma for thousands
        (104, 12): "8",  # not assigned
    }
    made = canvas.changes(sheet, cells(sheet, wanted))
    assert [change.state for change in made] == [
        canvas.SAME,
        canvas.RAISED,
        canvas.NEW,
        canvas.EXCUSED,
        canvas.LOWERED,
        canvas.NEW,
        canvas.UNASSIGNED,
    ]
    done = there.imported(canvas.filled(sheet, made))
    assert done.changes == {
        (101, 12): ("3", "10"),
        (102, 11): ("", "1.23"),
        (103, 11): ("7.25", "7"),
        (104, 11): ("", "1234.5"),
    }
    assert not done.new_assignments and not done.new_students and not done.possible


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_nothing_to_change_gives_the_file_as_it_came(form: dict[str, bool]) -> None:
    data = course().exported(**form)
    assert canvas.filled(canvas.read(data), ()) == data


def test_every_other_byte_stays_in_whatever_quoting_the_file_has() -> None:
    data = (
        b'"Student","ID","SIS Login ID","Section","One (1)","Final Score"\r\n'
        b'"    Points Possible","","","","10","(read only)"\r\n'
        b'"Lovelace, Ada","7","ada","A ""B"" C","","50.0"\r\n'
        b'Bob "the" Builder,8,bob,"two\r\nlines",3,"60"\r\n'
        b"\r\n"
        b"Eve,9,eve\r\n"
    )
    sheet = canvas.read(data)
    (one,) = sheet.columns
    assert [line.name for line in sheet.lines] == ["Lovelace, Ada", 'Bob "the" Builder', "Eve"]
    made = canvas.changes(sheet, {(line.place, one.place): "5" for line in sheet.lines})
    text = canvas.filled(sheet, made)
    assert text == (
        b'"Student","ID","SIS Login ID","Section","One (1)","Final Score"\r\n'
        b'"    Points Possible","","","","10","(read only)"\r\n'
        b'"Lovelace, Ada","7","ada","A ""B"" C","5","50.0"\r\n'
        b'"Bob ""the"" Builder",8,bob,"two\r\nlines",5,60\r\n'
        b"\r\n"
        b"Eve,9,eve,,5\r\n"
    )
    assert canvas.filled(sheet, made[:1]).endswith(b'Builder,8,bob,"two\r\nlines",3,"60"\r\n\r\nEve,9,eve\r\n')


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,5", "1.5"), ("1,234", "1.234"), ("1.234,5", "1234.5"), ("12", "12"), ("A", None), ("85%", None), (".", None)],
)
def test_numbers_are_what_canvas_makes_of_them(text: str, number: str | None) -> None:
    assert canvas.number_of(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("value", "text"),
    [(7.0, "7"), (10 / 3, "3.33"), (0.125, "0.13"), (1e6, "1000000"), (0.0, "0"), (2.675, "2.68"), (100.0, "100")],
)
def test_points_have_a_decimal_point_two_places_and_no_comma(value: float, text: str) -> None:
    assert canvas.decimal(value) == text


def columns(*titles: str) -> list[Column]:
    header = ",".join(f'"{title}"' for title in ("Student", "ID", "SIS Login ID", "Section", *titles))
    return list(canvas.read(f"{header}\n".encode()).columns)


@pytest.mark.parametrize(
    "title",
    [
        "02-tensor-arithmetic (5)",
        "02 Tensor Arithmetic (5)",
        "Tensor arithmetic (5)",
        "tensor-arithmetic",
        "02: anything (5)",
        "Notebook 2 - Tensors (5)",
    ],
)
def test_a_column_is_found_by_name_heading_words_or_number(title: str) -> None:
    found = columns("12 Other (1)", "Week 2 (2)", "2.5 points (3)", title, "03 Graph nodes (6)")
    assert matching.column_of(found, "02-tensor-arithmetic", "02 Tensor arithmetic").whole == title


@pytest.mark.parametrize("told", ["Week 2 (2)", "Week 2", "2", "week 2"])
def test_a_title_that_is_told_counts_alone(told: str) -> None:
    found = columns("02-tensor-arithmetic (1)", "Week 2 (2)")
    assert matching.column_of(found, "02-tensor-arithmetic", "", told).number == "2"


def test_a_column_that_is_not_there_stops_with_the_near_misses() -> None:
    found = columns("Tensors (1)", "Graph (2)", "Final exam (3)")
    with pytest.raises(NoSuchColumn, match=r"no column '02-tensor-arithmetic'.*'Tensors \(1\)'.*canvas_titles = "):
        matching.column_of(found, "02-tensor-arithmetic", "02 Tensor arithmetic")
    with pytest.raises(NoSuchColumn, match=r"no column 'Tensor \(9\)': the nearest are 'Tensors \(1\)'"):
        matching.column_of(found, "02-tensor-arithmetic", "", "Tensor (9)")
    with pytest.raises(NoSuchColumn, match=r"the nearest are 'Modules \(8\)', "):
        matching.column_of(columns("Regression (1)", "Exam (2)", "Modules (8)"), "08-modules-and-minibatches")
    with pytest.raises(NoSuchColumn, match="it has no assignment"):
        matching.column_of([], "02-tensor-arithmetic")
    with pytest.raises(NoSuchColumn, match=r"may be 'Tensors \(1\)' or 'Tensors \(2\)'"):
        matching.column_of(columns("Tensors (1)", "Tensors (2)"), "02-tensor-arithmetic", "", "Tensors")
    with pytest.raises(NoSuchColumn, match=r"may be '02 a \(1\)' or '2 b \(2\)'"):
        matching.column_of(columns("02 a (1)", "2 b (2)"), "02-tensor-arithmetic")


def test_totals_and_read_only_columns_are_no_assignments() -> None:
    data = b"Student,ID,Section,Notes,One (1),Locked (2),Assignments Current Score,Final Grade,Final Score (Term 1)\n"
    data += b"    Points Possible,,,,10,(read only),(read only),(read only),(read only)\n"
    assert [column.whole for column in canvas.read(data).columns] == ["Notes", "One (1)"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "does not begin with the columns"),
        (b"name,points\nada,3\n", "does not begin with the columns"),
        (b"Student,ID,Section,A (1)\nN\xfa\xf1ez,1,x,2\n", "not UTF-8"),
        (b'Student,ID,Section,A (1)\n"Ada,1,x,2\n', "cannot be read as CSV"),
        (b"Student,ID,Section,A (1),A (1)\n", "two columns 'A \\(1\\)'"),
    ],
)
def test_what_is_no_gradebook_is_refused_with_the_way_out(data: bytes, words: str) -> None:
    with pytest.raises(NotAGradebook, match=words):
        canvas.read(data, "grades.csv")


def test_the_least_file_is_taken_by_canvas_and_names_are_no_formulas() -> None:
    there = course()
    people = [(user.sortable, str(user.number), "", ["1.5", ""]) for user in USERS[:2]]
    people.append((USERS[3].sortable, "104", "", ["2", "3"]))
    data = canvas.minimal(["Tensors, and more (11)", "Essay (13)"], people)
    done = there.imported(data)
    assert done.changes == {
        (101, 11): ("12.5", "1.5"),
        (102, 11): ("", "1.5"),
        (104, 11): ("", "2"),
        (104, 13): ("", "3"),
    }
    assert not done.new_assignments and not done.new_students
    names = [row[0] for row in csv.reader(io.StringIO(data.decode()))]
    assert names == ["Student", "Lovelace, Ada", "Núñez de la Torre, José_2", '="=cmd|""/c calc"""']
    assert [canvas.guarded(name) for name in ("+1", "-1", '="=x"', "a=b")] == ['="+1"', '="-1"', '="=x"', "a=b"]
    assert canvas.guarded('="a"&cmd|"b"') == '="=""a""&cmd|""b"""'


def test_last_and_first_names_in_two_columns() -> None:
    data = b"LastName,FirstName,ID,SIS Login ID,Section,One (1)\nLovelace,Ada,7,ada,x,\n"
    (line,) = canvas.read(data).lines
    assert (line.name, line.canvas, line.ids) == ("Lovelace, Ada", "7", ("7", "ada"))


NAMES = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12)
POINTS = st.decimals(0, 2000, places=2).map(canvas.decimal)
SCORES = st.none() | st.sampled_from(["EX", "N/A"]) | POINTS
TABLES = st.lists(st.tuples(NAMES, st.tuples(SCORES, SCORES, SCORES)), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(TABLES, st.data(), st.sampled_from(FORMS))
def test_whatever_stands_there_only_what_is_meant_changes(
    table: Any, data: st.DataObject, form: dict[str, bool]
) -> None:
    users = [User(100 + k, name, f"s{k}", f"l{k}") for k, (name, _) in enumerate(table)]
    scores = {(100 + k, 11 + j): one for k, (_, of) in enumerate(table) for j, one in enumerate(of) if one is not None}
    there = Canvas(users, TITLES, scores)
    every = [(user.number, one.number) for user in users for one in TITLES]
    wanted = {cell: data.draw(POINTS) for cell in data.draw(st.lists(st.sampled_from(every), unique=True))}
    sheet = canvas.read(there.exported(**form))
    done = there.imported(canvas.filled(sheet, canvas.changes(sheet, cells(sheet, wanted))))
    assert done.changes == {
        cell: (scores.get(cell, ""), text)
        for cell, text in wanted.items()
        if scores.get(cell) not in ("EX", "N/A") and (cell not in scores or Decimal(scores[cell]) != Decimal(text))
    }
    assert not done.new_assignments and not done.new_students and not done.possible


# --- The simulated Canvas itself --------------------------------------------------------------------------------------


def test_the_simulated_import_does_what_canvas_does() -> None:
    """Its own export changes nothing, an empty cell takes a score away, 1,234 is 1.234, an unknown title is new."""
    there = course()
    assert there.imported(there.exported()).changes == {}
    head = "Student,ID,SIS User ID,SIS Login ID,Section,"
    row = f'{head}"Tensors, and more (11)"\n"Lovelace, Ada",101,,,,\n'
    assert there.imported(row.encode()).changes == {(101, 11): ("12.5", "")}
    row = f'{head}Essay,Tensors\n"Lovelace, Ada",,,bob,,"1,234",5\nAda Lovelace,,,,,"1.234,5",\nNobody,,,,,1,\n'
    done = there.imported(row.encode())
    assert done.changes == {(103, 13): ("4", "1.234"), (101, 13): ("", "1234.5")}
    assert done.new_assignments == ["Tensors"] and done.new_students == ["Nobody"]
    row = f"{head}Essay (13)\n   Points Possible,,,,,20\nx,103,,,,4.001\n"
    done = there.imported(row.encode())
    assert done.possible == {13: 20.0} and done.changes == {}
    with pytest.raises(InvalidHeaderRow):
        there.imported(b"Student,ID,Section\n")
