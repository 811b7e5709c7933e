"""What is to be graded, and why: by content, never by time."""

import json
import os
from pathlib import Path

import factories
import numpy
import pytest
from factories import FIRST, SECOND
from nbgrader.api import Gradebook

from raisin.grading import autograde, plan, progress, release, submission
from raisin.grading.course import Course, open_course
from raisin.grading.errors import NoSuchFolder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    made = factories.course(tmp_path_factory.mktemp("course"))
    release.release(made)
    for student in ("ada", "bob"):
        factories.hand_in(made, student, FIRST)
        factories.hand_in(made, student, SECOND)
    factories.hand_in(made, "cut", FIRST).write_text("{")
    assert {job.why for job in plan.make(made).jobs} == {plan.NEW}
    autograde.grade(made, jobs=2)
    return made


def why(course: Course) -> dict[tuple[str, str], str]:
    return {(job.student, job.notebook): job.why for job in plan.make(course).jobs if job.why != plan.FAILED}


def test_what_holds_is_left_alone_and_what_failed_is_tried_again(course: Course) -> None:
    planned = plan.make(course)
    assert [(job.student, job.why) for job in planned.jobs] == [("cut", plan.FAILED)]
    assert len(planned.results) == 4
    assert all(job.why == plan.FORCED for job in plan.make(course, student="ada", force=True).jobs)


def test_times_of_files_say_nothing(course: Course) -> None:
    for path in (course.submitted("ada", FIRST), course.source(FIRST)):
        os.utime(path, (1, 1))
    assert why(course) == {}


def test_a_changed_answer_touches_the_notebooks_that_stand_on_it(course: Course) -> None:
    path = course.submitted("ada", FIRST)
    before = path.read_bytes()
    content = json.loads(before)
    factories.cell(content, "double")["source"] = factories.RIGHT + "# another\n"
    factories.write(path, content)
    assert why(course) == {("ada", FIRST): "changed: submission", ("ada", SECOND): "changed: earlier parts"}
    path.write_bytes(before)


def test_a_changed_text_of_a_submission_touches_that_one_only(course: Course) -> None:
    path = course.submitted("bob", FIRST)
    before = path.read_bytes()
    content = json.loads(before)
    factories.cell(content, "why-double")["source"] = "Another reason."
    factories.write(path, content)
    assert why(course) == {("bob", FIRST): "changed: submission"}
    path.write_bytes(before)


@pytest.mark.parametrize(
    ("cell", "words", "touched"),
    [
        ("title", "# Another title", set()),
        ("why-double", "Since two.\n\n### BEGIN MARK SCHEME\n- 3 for the reason\n### END MARK SCHEME", set()),
        ("why-double", "### BEGIN SOLUTION\n### END SOLUTION\nA text that stays", {(s, FIRST) for s in ("ada", "bob")}),
        ("test-double-text", 'assert double("b") == "bb"\n', {(s, FIRST) for s in ("ada", "bob")}),
    ],
)
def test_a_changed_source_touches_what_it_is_the_source_of(
    course: Course, cell: str, words: str, touched: set[tuple[str, str]]
) -> None:
    path = course.source(FIRST)
    before = path.read_bytes()
    content = json.loads(before)
    factories.cell(content, cell)["source"] = words
    factories.write(path, content)
    assert set(why(course)) == touched and set(why(course).values()) <= {"changed: source"}
    path.write_bytes(before)


def test_a_changed_solution_touches_the_second_runs_of_later_notebooks(course: Course) -> None:
    path = course.source(FIRST)
    before = path.read_bytes()
    content = json.loads(before)
    factories.cell(content, "double")["source"] = factories.DOUBLE.replace("2 * x", "x * 2")
    factories.write(path, content)
    assert why(course)["ada", SECOND] == "changed: course's own earlier parts"
    path.write_bytes(before)


def test_a_changed_setting_or_numpy_touches_everything(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = course.root / "nbgrader_config.py"
    before = settings.read_text()
    settings.write_text(before + "\nc.Sandbox.total_mb = 1234\n")
    assert set(why(open_course(course.root)).values()) == {"changed: settings"}
    settings.write_text(before + "\nc.Course.branch = 'other'\n")
    assert why(open_course(course.root)) == {}
    settings.write_text(before)
    monkeypatch.setattr(submission, "_versions", lambda torch: ("another", numpy.__version__))
    assert set(why(course).values()) == {"changed: versions"}


def test_a_lost_file_or_row_or_log_is_noticed(course: Course) -> None:
    path = course.autograded("ada", SECOND)
    kept = path.read_bytes()
    path.unlink()
    assert why(course) == {("ada", SECOND): plan.UNFINISHED}
    path.write_bytes(kept)
    log = course.log("ada", SECOND)
    said = log.read_text()
    log.write_text("")
    assert why(course) == {("ada", SECOND): plan.UNFINISHED}
    log.write_text(said)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        gradebook.find_grade("test-quadruple", SECOND, SECOND, "ada").auto_score = 1.0
        gradebook.db.commit()
    assert why(course) == {("ada", SECOND): "the gradebook holds other points than its log"}
    autograde.grade(course, student="ada")
    assert why(course) == {}


def test_who_took_longest_the_last_time_comes_first(course: Course) -> None:
    for student, seconds in (("ada", 1.0), ("bob", 900.0)):
        log = course.log(student, FIRST)
        first, _, rest = log.read_text().partition("\n")
        said = json.loads(first.removeprefix("# raisin: "))
        log.write_text("# raisin: " + json.dumps({**said, "seconds": seconds}) + "\n" + rest)
    assert [jobs[0].student for jobs in plan.make(course, force=True).students] == ["bob", "ada", "cut"]


def test_a_dry_run_says_what_and_why_and_the_status_how_things_stand(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    progress.would(plan.make(course, student="bob", force=True))
    out = capsys.readouterr().out
    assert "asked for" in out and "2 to grade" in out and "0 as they are" in out
    factories.hand_in(course, "eve", FIRST)
    assert progress.status(course, plan.make(course)) == 1
    out = capsys.readouterr().out
    assert "the file is damaged" in out and "4 graded, 0 graded with a remark, 1 a person must look" in out
    assert "Waiting for `raisin grade`" in out and "new" in out
    assert not course.autograded("eve", FIRST).exists()


def test_a_student_who_is_not_there_is_named(course: Course, tmp_path: Path) -> None:
    with pytest.raises(NoSuchFolder, match="'nobody'"):
        plan.make(course, student="nobody")
