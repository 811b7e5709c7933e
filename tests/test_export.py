"""Points on their way to Canvas: for whom, as what, and what is left alone; taken by a simulated Canvas."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import factories
import pytest
from canvas_import import Assignment, Canvas, User
from factories import FIRST, SECOND
from nbgrader.api import Gradebook

from raisin import cli
from raisin.grading import canvas as sheets
from raisin.grading import columns, export, grades, logs, received, release, roster, scale, tidy, worth
from raisin.grading.columns import NoSuchColumn
from raisin.grading.course import Course
from raisin.grading.errors import BadSetting
from raisin.grading.export import CannotExport
from raisin.grading.received import Record

# nbgrader's own, from making a submission; it does not happen in the code under test.
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")

USERS = (
    User(101, "Lovelace, Ada", "s-1", "ada"),
    User(102, "Babbage, Charles", "s-2", "charles"),
    User(103, "Menabrea, Luigi", "s-3", "luigi"),
    User(104, "Noether, Emmy", "s-4", "emmy"),
    User(105, "Hopper, Grace", "s-5", "grace"),
    User(106, "Turing, Alan", "s-6", "alan"),
    User(107, "Student, Test"),
)
ONE, TWO, OTHER = Assignment(11, "01 First", 7), Assignment(12, "Second", 2), Assignment(13, "Essay", 5)
SCORES = {(103, 11): "6.5", (105, 11): "2", (104, 13): "4.5", (106, 13): "EX", (102, 12): "EX"}
AUTO = {"test-double-number": 3.0, "test-double-text": 0.0, "test-bonus-double-list": 1.0, "test-quadruple": 2.0}


def canvas() -> Canvas:
    return Canvas(USERS, (ONE, OTHER, TWO), dict(SCORES))


def hand_in(
    course: Course, student: str, notebook: str = FIRST, by_hand: float | None = 2.5, late: float = 0, reason: str = ""
) -> None:
    """A graded notebook: 3 points by tests, 1 bonus, and `by_hand` (None: still to be given)."""
    path = factories.hand_in(course, student, notebook)
    logs.write(course.log(student, notebook), logs.Result(student, notebook, logs.digest(path), {}, reason), "")
    if reason:
        return
    content = factories.read(path)
    checks = [{"what": "a", "counts": True, "lines": []}, {"what": "=b", "counts": False, "lines": ["got 3"]}]
    if notebook == FIRST:
        factories.cell(content, "test-double-number")["metadata"]["raisin"] = {"checks": checks}
    factories.write(course.autograded(student, notebook), content)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        gradebook.update_or_create_student(student)
        (part,) = gradebook.update_or_create_submission(notebook, student).notebooks
        part.late_submission_penalty = late or None
        for grade in part.grades:
            written = grade.name not in AUTO
            grade.auto_score, grade.needs_manual_grade = AUTO.get(grade.name), written and by_hand is None
            grade.manual_score = by_hand if written else None
        gradebook.db.commit()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """ada for herself, charles and luigi; emmy's written answer waits; grace is not graded; alan has nothing."""
    course = factories.course(tmp_path_factory.mktemp("course"), [f"c.Course.optional = [{SECOND!r}]"])
    release.release(course)
    hand_in(course, "ada")
    received.write(course, "ada", FIRST, Record(("ada", "charles", "luigi"), "group of the roster"))
    hand_in(course, "charles", SECOND)
    hand_in(course, "luigi", SECOND)
    hand_in(course, "emmy", by_hand=None)
    hand_in(course, "grace", reason="the kernel died")
    (course.root / "roster.csv").write_bytes(canvas().exported())
    return course


@pytest.fixture
def course(made: Course) -> Iterator[Course]:
    yield made
    made.canvas_titles, made.scale, made.grade, made.due = {}, {}, {}, {}
    made.roster = "roster.csv"


def exported(course: Course, tmp_path: Path, **how: Any) -> tuple[Canvas, export.Export]:
    """An export into the gradebook of Canvas, imported again."""
    there = canvas()
    into = tmp_path / "Grades.csv"
    into.write_bytes(there.exported(delimiter=";", bom=True, hidden=True))
    done = export.export(course, into=into, **how)
    export.write(course, (), done)
    there.take(there.imported(done.path.read_bytes()))
    return there, done


def test_an_import_changes_the_points_of_everybody_who_is_graded_and_nothing_else(
    course: Course, tmp_path: Path
) -> None:
    there, done = exported(course, tmp_path)
    assert done.path == tmp_path / "Grades-filled.csv"
    assert there.scores == {
        **SCORES,
        (101, 11): "6.5",
        (102, 11): "6.5",
        (103, 12): "2",
    }
    assert [(who, what, one.state) for who, what, one in done.made if one.old] == [
        ("Babbage, Charles", "Second (12)", "excused in Canvas: left alone"),
        ("Menabrea, Luigi", "01 First (11)", "as it is"),
    ]
    assert done.left == (
        ("Noether, Emmy", FIRST, "points by hand: why-double"),
        ("Hopper, Grace", FIRST, "not graded: the kernel died"),
    )
    assert "01-first -> 01 First (11)" in done.notes and "02-second -> Second (12)" in done.notes


def test_a_dry_run_says_the_difference_and_writes_nothing(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "Grades.csv"
    there = canvas()
    there.scores[101, 11] = "7"
    into.write_bytes(there.exported())
    monkeypatch.chdir(course.root)
    assert cli.main(["export", "01", "--into", str(into), "--dry-run"]) == 1
    out = capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["Grades.csv"]
    (line,) = (line for line in out.splitlines() if "Lovelace, Ada" in line)
    words = [word.strip() for word in line.split("│")[1:-1]]
    assert words == ["Lovelace, Ada", "01 First (11)", "7.00", "6.5", "LOWERED"]
    assert "1 new, 1 LOWERED, 1 as it is" in out and "nothing was written" in out and "Second" not in out


def test_missing_work_is_nothing_and_zero_only_when_asked_for_and_due(course: Course, tmp_path: Path) -> None:
    there, _ = exported(course, tmp_path)
    assert (106, 11) not in there.scores
    course.due = {FIRST: "2020-01-01 12:00 UTC"}
    there, _ = exported(course, tmp_path, missing_as_zero=True)
    assert there.scores[106, 11] == "0" and (101, 12) not in there.scores  # an optional notebook is never missing
    assert (107, 11) not in there.scores and there.scores[105, 11] == "2"
    there = canvas()
    there.scores[106, 11] = "3"
    (tmp_path / "Grades.csv").write_bytes(there.exported())
    done = export.export(course, ["01"], into=tmp_path / "Grades.csv", missing_as_zero=True)
    assert ("Turing, Alan", FIRST, "not handed in, but Canvas has something there") in done.left
    course.due = {FIRST: "2999-01-01 12:00 UTC"}
    there, done = exported(course, tmp_path, missing_as_zero=True)
    assert (106, 11) not in there.scores and ("Turing, Alan", FIRST, worth.NOT_DUE) in done.left


def test_a_column_that_is_not_there_stops_before_anything_is_written(course: Course, tmp_path: Path) -> None:
    course.canvas_titles = {"02": "Esay"}
    with pytest.raises(NoSuchColumn, match=r"no column 'Esay': the nearest are 'Essay \(13\)'"):
        exported(course, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["Grades.csv"]
    course.canvas_titles = {"02": "01 First (11)"}
    with pytest.raises(NoSuchColumn, match="would be the column of"):
        exported(course, tmp_path)


def test_a_title_that_is_told_is_the_one(course: Course, tmp_path: Path) -> None:
    course.canvas_titles = {"02": "Essay"}
    there, _ = exported(course, tmp_path)
    assert (there.scores[103, 13], there.scores.get((103, 12))) == ("2", None)


def test_another_scale_and_words_and_a_grade_for_all(course: Course, tmp_path: Path) -> None:
    course.scale = {"*": 10, "02": [["Fail", 0], ["Pass", 0.5], ["High", 1]]}
    course.grade = {"title": "Essay (13)", "steps": [["Pass", ["01"], 0.5], ["High", ["02"], 0.5]]}
    there, done = exported(course, tmp_path)
    assert (there.scores[101, 11], there.scores[103, 12]) == ("9.29", "High")
    assert (there.scores[101, 13], there.scores[103, 13]) == ("Pass", "High")
    assert there.scores[104, 13] == "4.5" and ("Noether, Emmy", "Essay (13)") in [row[:2] for row in done.left]
    assert any("Canvas has 7 points possible, and 10 can be had" in note for note in done.notes)


def test_without_a_roster_the_ids_in_the_file_tell_who_is_who(course: Course, tmp_path: Path) -> None:
    course.roster = ""
    there, _ = exported(course, tmp_path)
    assert there.scores[102, 11] == "6.5"
    into = tmp_path / "Grades.csv"
    into.write_bytes(Canvas([User(1, "Other, One", "x", "y")], (ONE, TWO)).exported())
    with pytest.raises(CannotExport, match="nobody who handed in has a line"):
        export.export(course, into=into)
    with pytest.raises(CannotExport, match="without Canvas's own ids"):
        export.export(course)


def test_a_student_without_a_line_and_two_with_one_id_are_named_not_mixed_up(course: Course, tmp_path: Path) -> None:
    course.roster = ""
    users = [User(1, "One, A", "ada", "x"), User(2, "Two, B", "y", "ada"), User(3, "Three, C", "charles", "luigi")]
    into = tmp_path / "Grades.csv"
    into.write_bytes(Canvas([*users, User(4, "Four, D", "", "emmy")], (ONE, TWO)).exported())
    sheet = sheets.read(into.read_bytes())
    lines, unclear = columns.lines_of(sheet, roster.Roster(), {"ada", "charles", "luigi", "emmy"})
    assert {student: line.name for student, line in lines.items()} == {"emmy": "Four, D"}
    assert unclear == [("Three, C", "", "may be charles or luigi"), ("ada", "", "may be One, A or Two, B")]


def test_a_folder_that_is_nobodys_own_is_not_missed_and_a_place_that_cannot_be_written_is_said(
    course: Course, tmp_path: Path
) -> None:
    def names(content: factories.Notebook) -> None:
        factories.cell(content, "students")["source"] = 'students = [("Alan", "alan")]\n'

    hand_in(course, "group-7")
    factories.hand_in(course, "group-7", FIRST, names)
    path = course.submitted("group-7", FIRST)
    logs.write(course.log("group-7", FIRST), logs.Result("group-7", FIRST, logs.digest(path), {}), "")
    try:
        there, done = exported(course, tmp_path)
        assert there.scores[106, 11] == "6.5" and "group-7" not in [who for who, _, _ in done.left]
        ready = export.export(course, to=tmp_path)
        with pytest.raises(CannotExport, match="cannot be written"):
            export.write(course, (), ready)
    finally:
        shutil.rmtree(path.parent.parent)
        with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
            gradebook.remove_student("group-7")


def test_the_least_file_needs_ids_and_has_only_who_has_points(course: Course, tmp_path: Path) -> None:
    course.canvas_titles = {"01": ONE.whole}
    there = Canvas(USERS, (ONE, OTHER, TWO))
    done = export.export(course, to=tmp_path / "out.csv")
    export.write(course, (), done)
    found = there.imported(done.path.read_bytes())
    assert {cell: new for cell, (_, new) in found.changes.items()} == {
        (101, 11): "6.5",
        (102, 11): "6.5",
        (103, 11): "6.5",
    }
    assert found.new_assignments == ["02-second"] and not found.new_students
    assert done.path.read_text().splitlines()[0] == "Student,ID,Section,01 First (11),02-second"
    assert any("an empty cell takes away" in note for note in done.notes)
    assert any(note.startswith("02-second: without Canvas's id") for note in done.notes)


def test_points_lost_for_coming_late_are_taken_off_and_said(course: Course, tmp_path: Path) -> None:
    row = grades.Row("ada", "", FIRST, 6.5, 7.0, 1.0, penalty=1.3)
    (value,) = worth.values(course, [row], roster.Roster())
    assert value.text == "5.2" and list(export._points_notes(course, [row]))


def test_what_canvas_calls_late_without_a_time_is_said(course: Course) -> None:
    received.write(course, "emmy", FIRST, Record(("emmy",), late=True))
    (note,) = export._points_notes(course, grades.read(course, ["01"]))
    assert note == (
        "1 came late by Canvas's word (emmy 01-first): its zip does not say when, so "
        "nothing is taken off (raisin collect --times TABLE says it)"
    )


def test_every_check_has_a_line_in_the_table_beside_it(course: Course, tmp_path: Path) -> None:
    _, done = exported(course, tmp_path)
    assert done.also == tmp_path / "Grades-filled-checks.csv"
    with done.also.open(newline="", encoding="utf-8") as file:
        lines = [line for line in csv.DictReader(file) if line["student"] == "ada"]
    assert {line["members"] for line in lines} == {"ada charles luigi"}
    found = {(line["cell"], line["check"]): line for line in lines}
    right, wrong = found["test-double-number", "a"], found["test-double-number", "'=b"]
    assert (right["passed"], right["state"], right["worth"]) == ("1", "passed", "1.5")
    assert (right["points"], right["of"]) == ("3.0", "3.0")
    assert (wrong["passed"], wrong["state"], wrong["worth"]) == ("0", "failed", "0.0")
    assert found["why-double", ""]["points"] == "2.5" and found["why-double", ""]["passed"] == ""
    waiting = [line for line in tidy.read(course) if line.student == "emmy" and line.cell == "why-double"]
    assert [line.points for line in waiting] == [None] and not [ln for ln in tidy.read(course) if ln.student == "grace"]


def test_nbgraders_own_command_writes_the_same(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(course.root)
    _, done = exported(course, tmp_path)
    plugin = export.CanvasExporter()
    plugin.into, plugin.to = str(tmp_path / "Grades.csv"), str(tmp_path / "theirs.csv")
    plugin.export(None)
    plugin.student = ["ada"]
    with pytest.raises(CannotExport, match="leave out --student"):
        plugin.export(None)
    assert (tmp_path / "theirs.csv").read_bytes() == done.path.read_bytes()


@pytest.mark.parametrize(
    ("points", "how", "text"),
    [
        (5.0, None, "5"),
        (5.0, 10, "7.14"),
        (8.0, 10, "11.43"),
        (3.5, [("Fail", 0.0), ("Pass", 0.5)], "Pass"),
        (3.4, [("Fail", 0.0), ("Pass", 0.5)], "Fail"),
        (3.4, [("Pass", 0.5)], ""),
    ],
)
def test_points_on_a_scale(points: float, how: Any, text: str) -> None:
    assert scale.value(points, 7.0, how) == text


@pytest.mark.parametrize("how", ["ten", 0, -1, True, [], [["Pass", 2]], [["Pass"]], {"a": 1}])
def test_a_scale_that_cannot_be_meant_is_an_error(course: Course, how: Any) -> None:
    course.scale = {"01": how}
    with pytest.raises(BadSetting, match=r'c\.Course\.scale\["01"\]'):
        scale.scales_of(course)


def test_a_grade_for_all_waits_where_it_depends_on_what_is_not_graded() -> None:
    grade = scale.Grade("G", (scale.Step("Pass", ("01", "02"), 0.5), scale.Step("High", ("06",), 0.5)), "Fail")
    assert scale.word_for(grade, {"01": 0.5, "02": 1.0, "06": 0.9}) == "High"
    assert scale.word_for(grade, {"01": 0.5, "02": 1.0, "06": 0.4}) == "Pass"
    assert scale.word_for(grade, {"01": 0.5, "02": 1.0}) == "Pass"
    assert scale.word_for(grade, {"01": 0.5, "02": 1.0, "06": None}) is None
    assert scale.word_for(grade, {"01": None, "02": 0.1}) == "Fail"
    assert scale.word_for(grade, {"01": None, "02": 0.6}) is None
    assert scale.word_for(grade, {"01": 0.9}) == "Fail"


@pytest.mark.parametrize("given", [{"steps": []}, {"title": "G", "steps": []}, {"title": "G", "steps": [["P", [], 1]]}])
def test_a_grade_that_cannot_be_meant_is_an_error(course: Course, given: Any) -> None:
    course.grade = given
    with pytest.raises(BadSetting, match=r"c\.Course\.grade"):
        scale.grade_of(course)
