"""A class of every kind of submission: nobody stops the others, nobody is given 0 for what went wrong around them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import factories
import pytest
from factories import FIRST, SECOND, Notebook
from nbgrader.api import Gradebook

from raisin.grading import autograde, engines, plan, progress, release
from raisin.grading.course import Course
from raisin.grading.errors import NoSuchFolder
from raisin.grading.logs import Result

pytestmark = pytest.mark.slow

SETTINGS = ["c.Execute.timeout = 3"]
# What each student does to a right first notebook; these stock nbgrader can grade too.
WELL: dict[str, Callable[[Notebook], object] | None] = {
    "ada": None,
    "style": factories.replace("double", factories.RIGHT),
    "half": factories.replace("double", "# framework: double\ndef double(x):\n    return x + 2\n"),
    "loop": factories.replace("double", "while True:\n    pass\n"),
    "syntax": factories.replace("double", "def double(x)\n    return 2 * x\n"),
    "spec": lambda content: content["metadata"].update(kernelspec={"name": "cling", "display_name": "C++"}),
    "test-twice": lambda content: content["cells"].append(dict(factories.cell(content, "test-double-text"), id="x")),
    "answer-twice": lambda content: content["cells"].insert(3, _blank_copy(content)),
    "no-test": lambda content: content["cells"].remove(factories.cell(content, "test-double-text")),
    "badge": lambda content: content["cells"].insert(0, {"cell_type": "markdown", "metadata": {}, "source": "Colab's"}),
    "stderr": factories.replace(
        "double", "import sys\ndef double(x):\n    print('!', file=sys.stderr)\n    return 2 * x"
    ),
}
EXIT = "import os\nos._exit(1)\n"
EXITS = "# framework: double\nimport os\ndef double(x):\n    os._exit(1)\n"
KILL_THE_GRADER = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"


def _blank_copy(content: Notebook) -> factories.Cell:
    blank = "# framework: double\ndef double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"
    return {**factories.cell(content, "double"), "id": "double-copy", "source": blank}


def _strip(content: Notebook) -> None:
    for cell in content["cells"]:
        cell["metadata"].pop("nbgrader", None)


def _renamed(content: Notebook) -> None:
    factories.cell(content, "double")["metadata"]["nbgrader"].clear()


def _two_attempts(content: Notebook) -> None:
    content["cells"].append({**factories.cell(content, "double"), "id": "x", "source": factories.RIGHT})


def _in_format_three(content: Notebook) -> None:
    cells = [{**cell, "input": cell["source"]} for cell in content.pop("cells")]
    content.update(nbformat=3, nbformat_minor=0, worksheets=[{"cells": cells, "metadata": {}}])


WELL |= {"stripped": _strip, "renamed": _renamed, "three": _in_format_three}


def hand_in_the_class(course: Course) -> None:
    for student, change in WELL.items():
        factories.hand_in(course, student, FIRST, change)
    factories.hand_in(course, "blank", FIRST, blank=True)
    factories.hand_in(course, "blank", SECOND)
    factories.hand_in(course, "half", SECOND)
    factories.hand_in(course, "ada", SECOND)
    factories.hand_in(course, "second-only", SECOND)
    factories.hand_in(course, "exit", FIRST, factories.replace("students", EXIT))
    factories.hand_in(course, "exit", SECOND)
    factories.hand_in(course, "exits", FIRST, factories.replace("double", EXITS))
    factories.hand_in(course, "killer", FIRST, factories.replace("students", KILL_THE_GRADER))
    factories.hand_in(course, "killer", SECOND)
    factories.hand_in(course, "attempts", FIRST, _two_attempts)
    cut = factories.hand_in(course, "cut", FIRST)
    cut.write_bytes(cut.read_bytes()[:500])
    link = factories.hand_in(course, "link", FIRST)
    link.unlink()
    link.symlink_to(course.source(FIRST))
    pipe = factories.hand_in(course, "pipe", FIRST)
    pipe.unlink()
    os.mkfifo(pipe)
    beside = factories.hand_in(course, "beside", FIRST)
    os.mkfifo(beside.with_name("timestamp.txt"))
    factories.hand_in(course, "[b]*", FIRST)


@dataclass(frozen=True)
class Graded:
    """The class after `raisin grade`."""

    course: Course
    results: dict[tuple[str, str], Result]
    rows: "Rows"


Rows = dict[tuple[str, str, str], tuple[float | None, float | None, bool]]


def rows(course: Course) -> Rows:
    """student, notebook, cell -> auto score, manual score, needs a hand."""
    found: Rows = {}
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        for assignment in gradebook.assignments:
            for submission in assignment.submissions:
                for grade in (grade for part in submission.notebooks for grade in part.grades):
                    key = (submission.student_id, assignment.name, grade.name)
                    found[key] = (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
    return found


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    course = factories.course(tmp_path_factory.mktemp("class"), SETTINGS)
    release.release(course)
    hand_in_the_class(course)
    results = autograde.grade(course, jobs=3)
    return Graded(course, {(result.student, result.notebook): result for result in results}, rows(course))


def points(graded: Graded, student: str, notebook: str = FIRST) -> dict[str, float | None]:
    return {key[2]: row[0] for key, row in graded.rows.items() if key[:2] == (student, notebook)}


FULL = {"test-double-number": 3.0, "test-double-text": 1.0, "test-bonus-double-list": 1.0, "why-double": None}


@pytest.mark.parametrize(
    "student",
    [
        "badge",
        "ada",
        "style",
        "spec",
        "stderr",
        "test-twice",
        "answer-twice",
        "no-test",
        "stripped",
        "renamed",
        "three",
        "killer",
    ],
)
def test_right_work_has_full_points_however_it_came(graded: Graded, student: str) -> None:
    assert points(graded, student) == FULL
    assert graded.results[student, FIRST].reason == ""


def test_the_blank_release_has_none_and_nothing_to_grade_by_hand(graded: Graded) -> None:
    assert points(graded, "blank") == dict.fromkeys(FULL, 0.0)


def test_a_cell_that_kills_the_kernel_costs_nothing_elsewhere(graded: Graded) -> None:
    assert points(graded, "exit") == FULL


def test_after_three_dead_kernels_the_rest_has_none(graded: Graded) -> None:
    """Also cells without checks of ours, which nbgrader alone would give all their points for saying nothing."""
    assert points(graded, "exits") == {**dict.fromkeys(FULL, 0.0), "why-double": None}


def test_half_right_work_has_the_points_of_the_tests_it_passes(graded: Graded) -> None:
    assert points(graded, "half") == {**dict.fromkeys(FULL, 0.0), "why-double": None}


@pytest.mark.parametrize("student", ["loop", "syntax"])
def test_work_that_does_not_run_loses_its_tests_only(graded: Graded, student: str) -> None:
    assert points(graded, student) == {**dict.fromkeys(FULL, 0.0), "why-double": None}
    assert graded.results[student, FIRST].reason == ""


@pytest.mark.parametrize(
    ("student", "words"),
    [
        ("loop", "double: stopped, it ran too long"),
        ("test-twice", "test-double-text: was there 2 times"),
        ("answer-twice", "double: was there 2 times; the one with work in it counts"),
        ("no-test", "test-double-text: was deleted; it is there again"),
        ("exit", "students: the kernel died; the rest was run without this cell"),
        ("exits", "test-double-text: the kernel died; the rest was run without this cell"),
        ("exits", "test-bonus-double-list: the kernel died; what comes after it has no points"),
    ],
)
def test_what_an_instructor_should_know_is_remarked(graded: Graded, student: str, words: str) -> None:
    assert words in graded.results[student, FIRST].remarks


@pytest.mark.parametrize(
    ("student", "words"),
    [
        ("cut", "the file is damaged or incomplete"),
        ("attempts", "double is there 2 times with different work, in cells 4 and 9: which one counts?"),
        ("link", "it is a link"),
        ("pipe", "no regular file"),
        ("beside", "beside it lies what is no regular file (timestamp.txt)"),
        ("[b]*", "rename the folder"),
    ],
)
def test_what_could_not_be_graded_says_why_and_has_no_points(graded: Graded, student: str, words: str) -> None:
    assert words in graded.results[student, FIRST].reason
    assert points(graded, student) == {}
    assert not graded.course.autograded(student, FIRST).exists()
    assert graded.course.log(student, FIRST).is_file()


@pytest.mark.parametrize("student", ["exit", "killer"])
def test_a_student_whose_notebook_failed_is_still_graded_on_the_next(graded: Graded, student: str) -> None:
    assert graded.results[student, SECOND].reason == ""
    assert (student, SECOND, "test-quadruple") in graded.rows


def test_a_later_notebook_runs_on_the_students_own_earlier_parts(graded: Graded) -> None:
    assert points(graded, "ada", SECOND) == {"test-quadruple": 2.0}
    assert points(graded, "half", SECOND) == {"test-quadruple": 0.0}
    assert points(graded, "blank", SECOND) == {"test-quadruple": 0.0}


def test_a_missing_earlier_notebook_counts_as_the_reference_with_a_remark(graded: Graded) -> None:
    assert points(graded, "second-only", SECOND) == {"test-quadruple": 2.0}
    assert graded.results["second-only", SECOND].remarks == (
        "01-first was not handed in: the course's own parts stand in for it",
    )


def test_the_log_holds_what_the_notebook_and_nbgrader_said_and_the_terminal_nothing(
    graded: Graded, capfd: pytest.CaptureFixture[str]
) -> None:
    log = graded.course.log("attempts", FIRST).read_text()
    assert json.loads(log.splitlines()[0].removeprefix("# raisin: "))["student"] == "attempts"
    assert "NeedsAPerson" in log and "Traceback" in log
    engine = engines.Local(1)
    progress.run(graded.course, plan.make(graded.course, ["01"], "attempts"), engine)
    engine.close()
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err and "attempts 01-first: a person must look" in out


def test_the_table_lists_who_must_be_looked_at_and_the_status_says_so(
    graded: Graded, capsys: pytest.CaptureFixture[str]
) -> None:
    assert progress.show(list(graded.results.values())) == 1
    out = capsys.readouterr().out
    assert "pipe" in out and "6 a person must look" in out
    assert progress.show([graded.results["ada", FIRST]]) == 0


def test_stock_nbgrader_writes_the_same_rows(graded: Graded, tmp_path: Path) -> None:
    """Of the first notebook; that of carried-over parts is shown with the course's own notebooks."""
    theirs = factories.course(tmp_path, SETTINGS)
    students = {*WELL, "blank"}
    for student in students:
        shutil.copytree(graded.course.submitted(student, FIRST).parent, theirs.submitted(student, FIRST).parent)
    environment = dict(os.environ, PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    for verb in ("generate_assignment", "autograde"):
        command = [sys.executable, "-m", "nbgrader", verb, FIRST]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert rows(theirs) == {key: row for key, row in graded.rows.items() if key[0] in students and key[1] == FIRST}


def test_a_grading_process_that_is_killed_costs_one_submission_only(tmp_path: Path) -> None:
    """Where students' code runs without the sandbox it can do that."""
    course = factories.course(tmp_path, SETTINGS)
    release.release(course)
    course.sandbox = False
    factories.hand_in(course, "killer", FIRST, factories.replace("students", KILL_THE_GRADER))
    factories.hand_in(course, "killer", SECOND)
    first, second = autograde.grade(course)
    assert "the process that graded it was ended" in first.reason and second.reason == ""
    assert {key[1] for key in rows(course)} == {SECOND}


# From here on the class is changed.


def test_unchanged_work_is_left_alone_and_failed_work_tried_again(graded: Graded) -> None:
    planned = plan.make(graded.course)
    again = {(job.student, job.notebook) for job in planned.jobs}
    assert again == {key for key, result in graded.results.items() if result.reason}
    assert len(again) + len(planned.results) == len(graded.results)
    planned = plan.make(graded.course, [FIRST], "ada", force=True)
    assert len(planned.jobs) == 1 and planned.results == ()


def test_a_changed_earlier_notebook_has_the_later_one_graded_again(graded: Graded) -> None:
    factories.hand_in(graded.course, "half", FIRST)
    planned = plan.make(graded.course, student="half")
    assert [job.notebook for job in planned.jobs] == [FIRST, SECOND]


def _grade_by_hand(course: Course, student: str) -> None:
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("why-double", FIRST, FIRST, student)
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        gradebook.find_comment("why-double", FIRST, FIRST, student).manual_comment = "Almost."
        gradebook.db.commit()


def _comment(course: Course, student: str) -> str:
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        return str(gradebook.find_comment("why-double", FIRST, FIRST, student).manual_comment)


def test_points_and_comments_given_by_hand_survive_another_run(graded: Graded) -> None:
    _grade_by_hand(graded.course, "style")
    autograde.grade(graded.course, ["01"], student="style", force=True)
    after = rows(graded.course)
    assert after["style", FIRST, "why-double"][1] == 2.5
    assert after["style", FIRST, "test-double-number"][0] == 3.0
    assert _comment(graded.course, "style") == "Almost."


def test_points_given_by_hand_survive_a_run_that_fails(graded: Graded) -> None:
    _grade_by_hand(graded.course, "spec")
    factories.hand_in(graded.course, "spec", FIRST, _two_attempts)
    (result,) = autograde.grade(graded.course, ["01"], student="spec")
    assert "which one counts?" in result.reason
    after = rows(graded.course)
    assert after["spec", FIRST, "why-double"] == (None, 2.5, True)
    assert after["spec", FIRST, "test-double-number"] == (None, None, True)
    assert _comment(graded.course, "spec") == "Almost."


def test_a_setup_cell_that_fails_is_our_failure_and_no_0(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    content = factories.first()
    factories.cell(content, "setup")["source"] = "import raisin_that_is_not_installed\n"
    factories.write(course.source(FIRST), content)
    release.release(course)
    factories.hand_in(course, "ada", FIRST)
    (result,) = autograde.grade(course)
    assert "the setup cell failed (ModuleNotFoundError" in result.reason
    assert rows(course) == {}


def test_a_student_who_handed_nothing_in_is_named(graded: Graded) -> None:
    with pytest.raises(NoSuchFolder, match="'nobody'"):
        autograde.grade(graded.course, student="nobody")
