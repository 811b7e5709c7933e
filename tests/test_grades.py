"""The rows of a gradebook: what is not there is empty, never 0."""

import csv
from pathlib import Path

import factories
import pytest
from factories import FIRST, SECOND
from nbgrader.api import Gradebook

from raisin.grading import grades, logs, release
from raisin.grading.course import Course
from raisin.grading.grades import Row

# nbgrader's own, from making a submission; it does not happen in the code under test.
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")

AUTO = {"test-double-number": 3.0, "test-double-text": 0.0, "test-bonus-double-list": 1.0}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = factories.course(tmp_path, [f"c.Course.optional = [{SECOND!r}]"])
    release.release(made)
    return made


def hand_in(course: Course, student: str, *members: tuple[str, str], log: bool = True, reason: str = "") -> None:
    """A first notebook of `student`, graded with 3 of 4 points and a bonus, or not graded for a reason."""
    path = factories.hand_in(course, student, FIRST, lambda c: c["cells"].append(factories.students(*members)))
    content = factories.read(path)
    content["cells"].remove(factories.cell(content, "students"))
    factories.write(path, content)
    if log:
        digest = logs.digest(path)
        logs.write(course.log(student, FIRST), logs.Result(student, FIRST, digest, {}, reason, ("a remark",)), "")
    if reason:
        return
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(FIRST, student)
        for grade in submission.notebooks[0].grades:
            grade.auto_score = AUTO.get(grade.name)
            grade.needs_manual_grade = grade.name not in AUTO
        gradebook.db.commit()


def row(course: Course, student: str) -> Row:
    (found,) = (row for row in grades.read(course, ["01"]) if row.student == student)
    return found


def test_points_include_the_bonus_and_of_how_many_does_not(course: Course) -> None:
    hand_in(course, "ada")
    assert row(course, "ada") == Row("ada", "", FIRST, 4.0, 7.0, 1.0, "why-double", "a remark")


def test_points_given_by_hand_count(course: Course) -> None:
    hand_in(course, "ada")
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("why-double", FIRST, FIRST, "ada")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    assert (row(course, "ada").points, row(course, "ada").needs) == (6.5, "")


def test_what_was_not_graded_or_not_handed_in_has_no_points(course: Course) -> None:
    hand_in(course, "ada", reason="the kernel died")
    (course.root / "submitted" / "bob").mkdir()
    assert row(course, "ada") == Row("ada", "", FIRST, None, 7.0, None, "not graded: the kernel died")
    assert row(course, "bob") == Row("bob", "", FIRST, None, 7.0, None, "not handed in")


def test_an_interrupted_grading_and_a_newer_file_are_said(course: Course) -> None:
    hand_in(course, "ada", log=False)
    course.log("ada", FIRST).parent.mkdir(parents=True)
    course.log("ada", FIRST).write_text("INFO began, and never ended\n")
    assert row(course, "ada").points is None and "not graded yet" in row(course, "ada").needs
    hand_in(course, "bob")
    factories.write(course.submitted("bob", FIRST), factories.first())
    assert "handed in again" in row(course, "bob").needs


def test_rows_of_stock_nbgrader_count_too(course: Course) -> None:
    hand_in(course, "ada", log=False)
    assert row(course, "ada").points == 4.0


def test_an_optional_notebook_that_was_not_handed_in_has_no_row(course: Course) -> None:
    hand_in(course, "ada")
    assert [(row.student, row.notebook) for row in grades.read(course)] == [("ada", FIRST)]


def test_every_member_of_a_group_has_the_row_of_their_one_copy(course: Course) -> None:
    hand_in(course, "ada", ("Lovelace, Ada", "ada"), ("Babbage, Charles", "charles"), ("Menabrea, Luigi", "luigi"))
    rows = {row.student: row for row in grades.read(course)}
    assert [rows[student].points for student in ("ada", "charles", "luigi")] == [4.0, 4.0, 4.0]
    assert rows["charles"].name == "Babbage, Charles" and rows["charles"].remark == "handed in by ada"


def test_own_work_counts_before_a_groups(course: Course) -> None:
    hand_in(course, "ada", ("Lovelace, Ada", "ada"), ("Babbage, Charles", "charles"))
    hand_in(course, "charles", reason="the kernel died")
    assert row(course, "charles").points is None
    assert "own work counts, though ada named this student too" in row(course, "charles").remark


def test_a_student_named_by_two_groups_is_for_a_person_to_decide(course: Course) -> None:
    for student in ("ada", "eve"):
        hand_in(course, student, ("", student), ("Babbage, Charles", "charles"))
    assert row(course, "charles").points is None
    assert row(course, "charles").needs == "named by ada and by eve: decide whose points count"


def test_a_copy_handed_in_for_others_says_so(course: Course) -> None:
    hand_in(course, "group-7", ("Lovelace, Ada", "ada"))
    assert row(course, "group-7").remark == "a remark; handed in for ada"
    assert row(course, "ada").points == 4.0


def test_a_partner_without_a_course_id_is_named(course: Course) -> None:
    hand_in(course, "ada", ("Lovelace, Ada", "ada"), ("Babbage, Charles", ""))
    assert "without a course id, so without a row: Babbage, Charles" in row(course, "ada").remark


def test_a_name_never_becomes_a_formula(course: Course, tmp_path: Path) -> None:
    hand_in(course, "ada", ("=1+1", "ada"))
    grades.write_csv(grades.read(course), tmp_path / "grades.csv")
    assert "ada,'=1+1,01-first,4,7,1" in (tmp_path / "grades.csv").read_text()


def test_the_csv_has_a_line_for_every_row_and_empty_fields_for_no_points(course: Course, tmp_path: Path) -> None:
    hand_in(course, "ada", ("Lovelace, Ada", "ada"), ('O"Brien, Bob', "bob"))
    (course.root / "submitted" / "eve").mkdir()
    path = tmp_path / "out" / "grades.csv"
    grades.write_csv(grades.read(course), path)
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [(line["student"], line["points"], line["of"], line["bonus"]) for line in lines] == [
        ("ada", "4", "7", "1"),
        ("bob", "4", "7", "1"),
        ("eve", "", "7", ""),
    ]
    assert lines[1]["name"] == 'O"Brien, Bob' and lines[2]["needs a hand"] == "not handed in"


def test_the_table_has_a_line_for_every_student_and_takes_names_as_text(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(course, "ada", ("[red]Lovelace\x1b[31m", "ada"))
    hand_in(course, "bob", reason="the kernel died")
    (course.root / "submitted" / "eve").mkdir()
    grades.show(course, grades.read(course))
    out = capsys.readouterr().out
    assert "[red]Lovelace [31m" in out and "\x1b" not in out
    assert "4*" in out and "01: why-double" in out and "01: not graded: the kernel died" in out


def test_an_empty_course_says_what_to_do(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    grades.show(course, grades.read(course))
    assert "raisin collect" in capsys.readouterr().out


@pytest.mark.parametrize(("value", "words"), [(None, ""), (0.0, "0"), (7.0, "7"), (7.5, "7.5"), (10 / 3, "3.3333")])
def test_points_are_written_without_needless_zeros(value: float | None, words: str) -> None:
    assert grades.number(value) == words
