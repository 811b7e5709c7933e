"""The framework below a notebook is what the student handed in, and nothing of the course's where it is not needed."""

from collections.abc import Callable
from pathlib import Path

import factories
import pytest
from factories import FIRST, SECOND, Notebook

from raisin.grading import earlier, received, release
from raisin.grading.course import Course
from raisin.grading.received import Record
from raisin.lab import framework

GIVEN = "# framework: given\ndef given():\n    return 1\n"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = factories.course(tmp_path)
    content = factories.first()
    content["cells"].insert(3, factories.locked("given", GIVEN))
    factories.write(made.source(FIRST), content)
    release.release(made)
    factories.hand_in(made, "ada", SECOND)
    return made


def parts(course: Course, student: str = "ada") -> dict[str, str]:
    (found,) = earlier.earlier_parts(course, student, SECOND)
    return {part.name: part.source for part in found.parts}


def remark(course: Course, student: str = "ada") -> str:
    (found,) = earlier.earlier_parts(course, student, SECOND)
    return found.remark


def test_answers_are_the_students_and_given_cells_the_courses(course: Course) -> None:
    def change(content: Notebook) -> None:
        factories.cell(content, "given")["source"] = GIVEN.replace("1", "2")
        factories.cell(content, "double")["source"] = factories.RIGHT

    factories.hand_in(course, "ada", FIRST, change)
    assert parts(course) == {"given": GIVEN, "double": factories.RIGHT}
    assert remark(course) == ""


@pytest.mark.parametrize(
    "source",
    ["%%time\n" + factories.RIGHT, "#@title Mine\n" + factories.RIGHT, factories.RIGHT.split("\n", 1)[1]],
    ids=["magic", "title", "lost marker"],
)
def test_what_stands_above_the_marker_or_a_lost_marker_costs_nothing(course: Course, source: str) -> None:
    factories.hand_in(course, "ada", FIRST, factories.replace("double", source))
    assert "return x + x" in parts(course)["double"]


def test_a_helper_from_another_cell_comes_along(course: Course) -> None:
    def change(content: Notebook) -> None:
        content["cells"].insert(3, factories.code("mine", "def twice(x):\n    return x + x\n\nprint(twice(2))\n"))
        factories.cell(content, "double")["source"] = "# framework: double\ndef double(x):\n    return twice(x)\n"

    factories.hand_in(course, "ada", FIRST, change)
    assert parts(course)["helper-twice"] == "def twice(x):\n    return x + x\n"


def test_a_blank_answer_is_not_made_up_for(course: Course) -> None:
    factories.hand_in(course, "ada", FIRST, blank=True)
    assert list(parts(course)) == ["given"]
    assert remark(course) == ""


def _forget_all(content: Notebook) -> None:
    content["cells"] = content["cells"][:1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, "was not handed in"),
        (_forget_all, "holds none of its framework cells"),
        (lambda content: content.update(cells=None), "cannot be read"),
    ],
)
def test_where_nothing_can_be_taken_the_reference_stands_in(
    course: Course, change: Callable[[Notebook], object] | None, words: str
) -> None:
    if change is not None:
        factories.hand_in(course, "ada", FIRST, change)
    assert "return 2 * x" in parts(course)["double"]
    assert words in remark(course)


def test_a_copied_answer_counts_as_in_grading(course: Course) -> None:
    def change(content: Notebook) -> None:
        blank = dict(factories.cell(factories.read(course.released(FIRST)), "double"), id="copy")
        factories.cell(content, "double")["source"] = factories.RIGHT
        content["cells"].append(blank)

    factories.hand_in(course, "ada", FIRST, change)
    assert parts(course)["double"] == factories.RIGHT


def test_a_group_notebook_counts_for_a_member_who_goes_on_alone(course: Course) -> None:
    def change(content: Notebook) -> None:
        factories.cell(content, "students")["source"] = "students = [('Ada', 'ada'), ('Charles', 'charles')]\n"
        factories.cell(content, "double")["source"] = factories.RIGHT

    factories.hand_in(course, "charles", FIRST, change)
    assert parts(course)["double"] == factories.RIGHT and remark(course) == ""


def test_a_partners_notebook_counts_for_a_new_group(course: Course) -> None:
    factories.hand_in(course, "charles", FIRST, factories.replace("double", factories.RIGHT))
    together = factories.replace("students", "students = [('Ada', 'ada'), ('Charles', 'charles')]\n")
    factories.hand_in(course, "ada", SECOND, together)
    assert parts(course)["double"] == factories.RIGHT


def test_a_made_up_id_leads_nowhere(course: Course) -> None:
    together = factories.replace("students", "students = [('Ada', 'ada'), ('', '../source'), ('', '/')]\n")
    factories.hand_in(course, "ada", SECOND, together)
    assert "was not handed in" in remark(course)


def test_what_is_written_is_what_a_notebook_loads(course: Course, tmp_path: Path) -> None:
    factories.hand_in(course, "ada", FIRST)
    earlier.write(tmp_path / "framework", earlier.earlier_parts(course, "ada", SECOND))
    loaded = framework.load(tmp_path / "framework" / f"{FIRST}.py")
    assert [part.name for part in loaded] == ["given", "double"]


def found(source: str) -> list[earlier.Earlier]:
    return [earlier.Earlier(FIRST, (framework.Part("double", source),))]


@pytest.mark.parametrize(
    ("cells", "due"),
    [
        (["y = double(3)"], True),
        (["def f(T):\n    return T.double(3)"], True),
        (["import double as other\nother(3)"], False),
        (["double = 3\nprint(double)"], False),
        (["%%time\ntorch.double(3)"], False),
        (["def ("], False),
    ],
)
def test_earlier_parts_matter_where_a_cell_uses_one_of_their_names(cells: list[str], due: bool) -> None:
    own, reference = found("def double(x):\n    return x + 2\n"), found(factories.DOUBLE)
    assert earlier.can_matter(own, reference, cells) is due


def test_earlier_parts_that_are_the_courses_own_do_not_matter() -> None:
    """Also when they were written without the markers that only the source has."""
    written = "# framework: double\ndef double(x):\n    return 2 * x\n"
    assert not earlier.can_matter(found(written), found(factories.DOUBLE), ["double(3)"])


def test_what_changes_between_the_plan_and_the_run_is_read_again(course: Course) -> None:
    factories.hand_in(course, "ada", FIRST, factories.replace("double", factories.RIGHT))
    assert parts(course)["double"] == parts(course)["double"] == factories.RIGHT
    other = factories.RIGHT.replace("x + x", "x * 2.0")
    factories.hand_in(course, "ada", FIRST, factories.replace("double", other))
    assert parts(course)["double"] == other
    path = course.source(FIRST)
    path.write_text(path.read_text(encoding="utf-8").replace("return 1", "return 1.0"), encoding="utf-8")
    assert "return 1.0" in parts(course)["given"]
    (reference,) = earlier.reference_parts(course, SECOND)
    assert "return 1.0" in reference.parts[0].source
    course.submitted("ada", FIRST).unlink()
    assert "not handed in" in remark(course)
    course.submitted("ada", FIRST).write_text("nonsense", encoding="utf-8")
    assert "cannot be read" in remark(course)


def test_who_was_named_by_whom_may_change_too(course: Course) -> None:
    factories.hand_in(course, "bob", FIRST, factories.replace("double", factories.RIGHT))
    assert "not handed in" in remark(course)
    received.write(course, "bob", FIRST, Record(("bob", "ada")))
    assert parts(course)["double"] == factories.RIGHT
    received.write(course, "bob", FIRST, Record(("bob", "eve")))
    assert "not handed in" in remark(course)
