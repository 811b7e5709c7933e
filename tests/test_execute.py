"""Submissions in grading mode: partial credit, error carried forward, the course's seed, limits from the source."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import factories
import nbformat
import pytest
from factories import FIRST, SECOND, Notebook
from nbgrader.api import Gradebook

from raisin.grading import autograde, plan, progress, release, runner, secret
from raisin.grading.course import Course
from raisin.grading.logs import Result
from raisin.grading.marking import Marking

pytestmark = pytest.mark.slow

CHECK = '@lab.equal("{what}", due=lambda rng: {due})\ndef _(rng):\n    return {got}\n\n\n'


def checks(*entries: tuple[str, str, str]) -> str:
    """A test cell; the last statement is a definition, so nothing is left as a value."""
    return "".join(CHECK.format(what=what, due=due, got=got) for what, due, got in entries)


DOUBLES = checks(
    ("double: a number", "2 * rng.normal()", "double(rng.normal())"),
    ("double: two", "[4, rng.normal()]", "[double(2), rng.normal()]"),
    ("double: a text", "[str(rng.integers(9)) * 2]", "[double(str(rng.integers(9)))]"),
    ("double: an array", "2 * rng.normal(size=3)", "double(rng.normal(size=3))"),
)
QUADRUPLES = checks(
    ("quadruple: a number", "4 * rng.normal()", "quadruple(rng.normal())"),
    ("quadruple: an array", "4 * rng.normal(size=(2, 3))", "quadruple(rng.normal(size=(2, 3)))"),
)
ADDS_TWO = "# framework: double\ndef double(x):\n    return x + 2\n"
NUMBERS_ONLY = (
    "# framework: double\ndef double(x):\n    if not isinstance(x, float):\n        raise TypeError\n    return 2 * x\n"
)
ENDLESS_TEXTS = "# framework: double\ndef double(x):\n    while isinstance(x, str):\n        pass\n    return 2 * x\n"
LOUD = (
    "# framework: double\nimport sys, warnings\ndef double(x):\n    print('!', file=sys.stderr)\n"
    "    warnings.warn('loud')\n    return 2 * x\n"
)
HELPED = "# framework: double\ndef double(x):\n    return itself(2 * x)\n"
HELPER = "def itself(x):\n    return x\n"
FORGED = """# framework: double
from IPython.display import display
def double(x):
    import os
    from raisin.lab import compare
    inputs = compare.inputs("double: a number")
    value = {"array": "CAAAAAAAAAA=", "dtype": "<i8", "shape": []}
    sent = {"nonce": os.environ["RAISIN_NONCE"], "what": "double: a number", "inputs": inputs, "value": value}
    display({"application/vnd.raisin.values+json": {**sent, "lines": [], "drawn": [], "raised": ""}}, raw=True)
    return x
"""


def course(root: Path) -> Course:
    made = factories.course(root, ["c.Course.secret = 'for the tests'", "c.Execute.timeout = 60"])
    one, two = factories.first(), factories.second()
    factories.cell(one, "test-double-number")["source"] = DOUBLES
    factories.cell(one, "test-double-number")["metadata"]["raisin"] = {"seconds": 8}
    factories.cell(two, "test-quadruple")["source"] = QUADRUPLES
    factories.write(made.source(FIRST), one)
    factories.write(made.source(SECOND), two)
    release.release(made)
    return made


def _with_helper(content: Notebook) -> None:
    factories.replace("double", HELPED)(content)
    content["cells"].insert(2, factories.code("helper", HELPER))


def _quadruple_by(expression: str) -> Callable[[Notebook], object]:
    return factories.replace("quadruple", f"def quadruple(x):\n    return {expression}\n")


# Student -> what they did to the first notebook, and to the second (None: right).
CLASS: dict[str, tuple[Callable[[Notebook], object] | None, Callable[[Notebook], object] | None]] = {
    "right": (None, None),
    "adds": (factories.replace("double", ADDS_TWO), None),
    "adds-twice": (factories.replace("double", ADDS_TWO), _quadruple_by("double(double(x)) + 1")),
    "numbers": (factories.replace("double", NUMBERS_ONLY), None),
    "endless": (factories.replace("double", ENDLESS_TEXTS), None),
    "loud": (factories.replace("double", LOUD), None),
    "helped": (_with_helper, _quadruple_by("itself(double(double(x)))")),
    "lost-helper": (factories.replace("double", ADDS_TWO), _quadruple_by("itself(double(double(x)))")),
    "wrong-later": (None, _quadruple_by("3 * x")),
    "forged": (factories.replace("double", FORGED), None),
}


@dataclass(frozen=True)
class Graded:
    course: Course
    results: dict[tuple[str, str], Result]
    points: dict[tuple[str, str], float]

    def cell(self, student: str, notebook: str, name: str) -> Any:
        content = nbformat.read(self.course.autograded(student, notebook), as_version=4)
        return next(c for c in content.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)

    def report(self, student: str, notebook: str = FIRST, name: str = "test-double-number") -> str:
        outputs = self.cell(student, notebook, name).outputs
        return "".join(output.text for output in outputs if output.output_type == "stream")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    made = course(tmp_path_factory.mktemp("course"))
    for student, changes in CLASS.items():
        for name, change in zip((FIRST, SECOND), changes, strict=True):
            factories.hand_in(made, student, name, change)
    factories.hand_in(made, "blank", FIRST, blank=True)
    factories.hand_in(made, "blank", SECOND, blank=True)
    results = autograde.grade(made, jobs=2)
    points = {}
    with Gradebook(f"sqlite:///{made.root}/gradebook.db") as gradebook:
        for name, cell in ((FIRST, "test-double-number"), (SECOND, "test-quadruple")):
            for submission in gradebook.assignment_submissions(name):
                score = gradebook.find_grade(cell, name, name, submission.student_id).auto_score
                points[submission.student_id, name] = score
    return Graded(made, {(r.student, r.notebook): r for r in results}, points)


@pytest.mark.parametrize(
    ("student", "due"),
    [("right", 3), ("adds", 0.75), ("numbers", 0.75), ("loud", 3), ("helped", 3), ("blank", 0)],
)
def test_each_check_counts_for_itself(graded: Graded, student: str, due: float) -> None:
    """Of four checks worth 3 points; `numbers` raises in the second, third and fourth."""
    assert graded.points[student, FIRST] == due


def test_the_list_of_checks_stands_in_the_cell(graded: Graded) -> None:
    lines = graded.report("adds").splitlines()
    assert lines[0] == "1 of 4 checks: 0.75 of 3 points"
    assert "✓ double: two" in lines and "✗ double: a text" in lines
    assert '    your code raised TypeError: can only concatenate str (not "int") to str' in lines
    assert graded.cell("adds", FIRST, "test-double-number").metadata.raisin.passed == 1


def test_the_source_says_how_long_a_cell_may_run(graded: Graded) -> None:
    """3 seconds there, 60 elsewhere: the endless check costs those after it too, and nothing in other cells."""
    assert graded.points["endless", FIRST] == 1.5
    assert "not reached: it ran too long" in graded.report("endless")
    assert "test-double-number: stopped, it ran too long" in graded.results["endless", FIRST].remarks


def test_what_a_person_wrote_to_stderr_costs_nothing_and_stays_readable(graded: Graded) -> None:
    assert graded.report("loud").count("!") == 4
    assert not any("test-double-number" in remark for remark in graded.results["loud", FIRST].remarks)


def test_values_from_a_students_cell_do_not_make_two_count(graded: Graded) -> None:
    """Sending a check's message oneself leaves the check with several, of which none counts."""
    assert graded.points["forged", FIRST] == 0
    assert "double: a number\n    it sent 5 values, and only one can count" in graded.report("forged")


def test_a_mistake_in_an_earlier_notebook_is_counted_there_and_not_again(graded: Graded) -> None:
    assert graded.points["adds", FIRST] == 0.75
    assert graded.points["adds", SECOND] == 2
    report = graded.report("adds", SECOND, "test-quadruple").splitlines()
    assert report[:3] == [
        "2 of 2 checks: 2 of 2 points",
        "↻ counts: right here, it passes on the course's own earlier notebooks, and failed on yours.",
        "  What fails in 01-first: double: a number; double: a text; double: an array",
    ]
    assert report[3] == "↻ quadruple: a number"
    result = graded.results["adds", SECOND]
    assert result.carried == 2 and result.again > 0
    assert any(remark.startswith("error carried forward") for remark in result.remarks)


def test_a_mistake_of_its_own_is_not_carried_forward(graded: Graded) -> None:
    assert graded.points["adds-twice", SECOND] == 0
    assert graded.points["wrong-later", SECOND] == 0


def test_the_second_run_leaves_nothing_of_the_reference_behind(graded: Graded) -> None:
    """Its verdicts only: what is shown came from the run on the student's own parts."""
    text = graded.course.autograded("adds", SECOND).read_text(encoding="utf-8")
    assert "return 2 * x" not in text
    cell = graded.cell("adds", SECOND, "test-quadruple")
    due = next(line for line in cell.metadata.raisin.checks[0].lines if line.startswith("got"))
    assert due in graded.report("adds", SECOND, "test-quadruple")


def test_a_second_run_is_made_only_where_it_can_change_something(graded: Graded) -> None:
    assert {key for key, result in graded.results.items() if result.again} == {
        ("adds", SECOND),
        ("adds-twice", SECOND),
        ("numbers", SECOND),
        ("lost-helper", SECOND),
        ("forged", SECOND),
    }


def test_a_name_that_only_the_student_has_calls_for_a_person(graded: Graded) -> None:
    """`itself` is nowhere: neither on the own parts nor on the course's."""
    assert any("a person may look" in remark for remark in graded.results["lost-helper", SECOND].remarks)


def test_the_cost_of_the_second_runs_is_told(graded: Graded, capsys: pytest.CaptureFixture[str]) -> None:
    progress.show(list(graded.results.values()))
    out = capsys.readouterr().out
    assert "5 notebooks ran a second time, on the course's own earlier parts" in out and "5 checks count" in out


def test_the_numbers_are_drawn_with_the_courses_secret(graded: Graded) -> None:
    """The same for everybody, others than at home, and others under another secret: then all is graded again."""
    line = next(line for line in graded.report("adds").splitlines() if line.startswith("    due"))
    assert line in graded.report("blank") or line in graded.report("adds")
    assert plan.make(graded.course, [FIRST], "adds").jobs == ()
    other = Course(graded.course.root, config=graded.course.config)
    other.secret = "another"
    assert secret.seed(other, FIRST) != secret.seed(graded.course, FIRST)
    (job,) = plan.make(other, [FIRST], "adds").jobs
    assert job.why == "changed: secret"


def test_the_environment_is_as_before_and_no_file_stays(graded: Graded) -> None:
    assert not {"RAISIN_MODE", "RAISIN_FRAMEWORK", "RAISIN_SEED", "NBGRADER_EXECUTION"} & set(os.environ)
    log = json.loads(graded.course.log("right", FIRST).read_text().splitlines()[0].removeprefix("# raisin: "))
    assert log["again"] == 0.0 and log["seconds"] > 0


def test_a_second_run_has_what_its_tests_need_and_nothing_else(tmp_path: Path) -> None:
    """Not the test that passed, not what only shows something, nothing behind the last test that failed."""
    made = course(tmp_path / "c")
    two = factories.read(made.source(SECOND))
    at = next(k for k, cell in enumerate(two["cells"]) if cell["id"] == "test-quadruple")
    two["cells"][at:at] = [
        factories.code("figure", "drawn = [quadruple(k) for k in range(3)]\ndrawn"),
        factories.check("test-passes", checks(("one", "1", "1")), 1),
        factories.code("more", "more = lambda x: 4 * x"),
    ]
    factories.cell(two, "test-quadruple")["source"] = checks(
        ("quadruple: a number", "4 * rng.normal()", "quadruple(rng.normal())"), ("more", "4", "more(1)")
    )
    two["cells"].append(factories.answer("later", "later = 1\n"))
    factories.write(made.source(SECOND), two)
    release.release(made)
    factories.hand_in(made, "adds", FIRST, factories.replace("double", ADDS_TWO))
    path = factories.hand_in(made, "adds", SECOND)
    nb = nbformat.read(path, as_version=4)
    marking = Marking(made, "adds", SECOND, nb, runner.Clock())
    again = marking.take(runner.run(marking.task()))
    assert again is not None and not again.shown
    assert [cell.name for cell in again.cells] == ["setup", "quadruple", "more", "test-quadruple"]
    assert marking.take(runner.run(again)) is None and marking.carried == 1
    marking.finish()
    shown = next(cell for cell in nb.cells if cell.id == "figure")
    assert shown.outputs[0].data["text/plain"] == "[4, 5, 6]"  # of the first run
