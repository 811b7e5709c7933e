"""A group hands in one copy: graded once, on the best of its members' earlier notebooks, and given to all of them."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import factories
import pytest
from factories import FIRST, SECOND, Notebook

from raisin.grading import autograde, earlier, feedback, grades, plan, received, release, shared
from raisin.grading.course import Course
from raisin.grading.received import Record

CHECK = (
    '@lab.equal("quadruple: a number", due=lambda rng: 4 * rng.normal())\n'
    "def _(T, rng):\n    return T.quadruple(rng.normal())\n"
)
WRONG = "# framework: double\ndef double(x):\n    return x + 2\n"
WITH_HELPER = "# framework: double\ndef double(x):\n    return x + x\n\ndef four_times(x):\n    return 4 * x\n"
BY_HELPER = "def quadruple(x):\n    return four_times(x)\n"


def together(course: Course, student: str, *members: str) -> None:
    received.write(course, student, SECOND, Record((student, *members), "group of the roster"))


def typed(*members: str, answer: str = "") -> Callable[[Notebook], object]:
    def change(content: Notebook) -> None:
        factories.replace("students", f"students = {[(name.title(), name) for name in members]}\n")(content)
        if answer:
            factories.replace("quadruple", answer)(content)

    return change


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """01: ada and carol have it wrong, bob has a helper of his own, zoe nothing. Others share 02."""
    made = factories.course(tmp_path_factory.mktemp("groups"))
    two = factories.second()
    factories.cell(two, "test-quadruple")["source"] = CHECK
    factories.write(made.source(SECOND), two)
    release.release(made)
    for student, answer in {"ada": WRONG, "bob": WITH_HELPER, "carol": WRONG, "dora": factories.RIGHT}.items():
        factories.hand_in(made, student, FIRST, factories.replace("double", answer))
    factories.hand_in(made, "ada", SECOND, typed("ada", "eve", answer=BY_HELPER))
    together(made, "ada", "bob")
    factories.hand_in(made, "zoe", SECOND, typed("zoe", "carol", "dora"))
    assert not [result.reason for result in autograde.grade(made, jobs=2) if result.reason]
    return made


def result(course: Course, student: str) -> SimpleNamespace:
    (found,) = (one for one in plan.make(course).results if (one.student, one.notebook) == (student, SECOND))
    (row,) = (row for row in grades.read(course, ["02"]) if row.student == student)
    return SimpleNamespace(remarks=found.remarks, again=found.again, carried=found.carried, points=row.points)


@pytest.mark.slow
def test_what_passes_on_another_members_earlier_notebook_counts_and_says_whose(graded: Course) -> None:
    done = result(graded, "ada")
    assert (done.points, done.carried) == (2.0, 1) and done.again > 0
    assert "error carried forward, right on the earlier notebooks of bob: quadruple: a number" in done.remarks
    (given,) = feedback.write_class(graded, [SECOND], "bob")
    assert given.path is not None
    text = re.sub(r"\s+", " ", given.path.read_text(encoding="utf-8"))
    assert "(on the earlier notebooks of bob, which count for your group)" in text
    assert (
        "this is what this notebook was run on" not in text
        and "they fail on your own earlier notebooks and pass on the course's" not in text
    )


@pytest.mark.slow
def test_a_member_who_can_change_nothing_costs_no_run(graded: Course) -> None:
    """zoe goes on from carol's 01; carol herself has nothing else, dora has the course's in other words."""
    assert [found.whose for found in earlier.frameworks(graded, "zoe", SECOND)] == ["zoe", "dora"]
    assert [found.whose for found in earlier.frameworks(graded, "ada", SECOND)] == ["ada", "bob"]
    assert (result(graded, "zoe").points, result(graded, "zoe").carried) == (2.0, 1)
    (given,) = feedback.write_class(graded, [SECOND], "carol")
    assert given.path is not None and f"{FIRST} of carol: this is what" in given.path.read_text(encoding="utf-8")
    factories.hand_in(graded, "carla", SECOND)  # she has no 01 of her own
    try:
        for members, by in (("bob",), "bob"), (("ada", "carol"), "ada"), ((), ""):
            together(graded, "carla", *members)
            (only,) = earlier.frameworks(graded, "carla", SECOND)
            assert only.parts[0].by == by
    finally:
        graded.submitted("carla", SECOND).unlink()


@pytest.mark.slow
def test_every_member_has_the_points_and_a_page_and_nobody_elses_is_written_over(graded: Course) -> None:
    rows = {row.student: row for row in grades.read(graded, ["02"])}
    assert {name: rows[name].points for name in ("ada", "bob", "carol", "dora", "zoe")} == dict.fromkeys(
        ("ada", "bob", "carol", "dora", "zoe"), 2.0
    )
    assert rows["bob"].remark == "handed in by ada" and "eve" not in rows
    given = {one.what for one in feedback.write_class(graded, [SECOND])}
    assert given == {f"{name}/{SECOND}" for name in ("ada", "bob", "carol", "zoe", "dora")}
    factories.hand_in(graded, "bob", SECOND)
    try:
        assert shared.shared_with(graded, SECOND) == {"zoe": ("carol", "dora")}
        together(graded, "dora", "carol")
        factories.hand_in(graded, "dora", SECOND)
        assert shared.shared_with(graded, SECOND) == {}  # carol is named twice, so a person decides
    finally:
        for student in ("bob", "dora"):
            graded.submitted(student, SECOND).unlink()


@pytest.mark.slow
def test_a_change_in_a_members_earlier_notebook_grades_the_groups_later_one_anew(graded: Course) -> None:
    path = graded.submitted("bob", FIRST)
    before = path.read_bytes()
    factories.hand_in(graded, "bob", FIRST, factories.replace("double", factories.RIGHT))
    try:
        why = {(job.student, job.notebook): job.why for job in plan.make(graded).jobs}
        assert why == {("bob", FIRST): "changed: submission", ("ada", SECOND): "changed: earlier parts"}
    finally:
        path.write_bytes(before)
    assert plan.make(graded).jobs == ()


def test_a_record_counts_before_the_cell_and_ids_lead_nowhere(tmp_path: Path) -> None:
    made = factories.course(tmp_path)
    release.release(made)
    factories.hand_in(made, "ada", SECOND, typed("ada", "bob", "../source", ".hidden"))
    assert shared.shared_with(made, SECOND) == {"ada": ("bob",)}
    together(made, "ada", "carol")
    assert [member.student for member in shared.members_of(made, "ada", SECOND)] == ["ada", "carol"]
    assert shared.shared_with(made, SECOND) == {"ada": ("carol",)}
