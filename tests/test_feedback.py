"""What students get back: everything that helps, and nothing that is not theirs to see."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import factories
import nbformat
import pytest
from factories import FIRST, PNG, SECOND
from nbgrader.api import Gradebook
from test_execute import checks
from test_safe import Seen

from raisin import cli
from raisin.grading import autograde, feedback, logs, release
from raisin.grading.course import Course
from raisin.grading.feedback import Check, Page
from raisin.printout import Feedback, Remark

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")

HIDDEN = 'SECRETLY_CHOSEN = "nobody knows this line"'
SHOWN = [("double: a number", "2 * rng.normal()", "double(rng.normal())")]
UNSEEN = [
    ("double: a text", "[str(rng.integers(9)) * 2]", "[double(str(rng.integers(9)))]"),
    ("double: rows", "2 * rng.normal(size=(3, 2))", "double(rng.normal(size=(3, 2)))"),
]
WRONG = """# framework: double
def double(x):
    if getattr(x, "ndim", 0) == 2:
        x = x[:1]
    return x + 2
"""
OWN = f'print("my own test")\nprint("{HIDDEN[:5]}")\n'
SPY = f"print(bytes.fromhex('{HIDDEN.encode().hex()}').decode())\n"


def course(root: Path) -> Course:
    made = factories.course(root, ["c.Course.secret = 'for the tests'"])
    one, two = factories.first(), factories.second()
    hidden = f"### BEGIN HIDDEN TESTS\n{HIDDEN}\n{checks(*UNSEEN)}### END HIDDEN TESTS\n"
    factories.cell(one, "test-double-number")["source"] = checks(*SHOWN) + hidden
    factories.cell(two, "test-quadruple")["source"] = checks(
        ("quadruple: a number", "4 * rng.normal()", "quadruple(rng.normal())")
    )
    one["cells"][3:3] = [factories.text("task-double", "## Task 1: *Twice* as much (5 points)\n\nWrite it.")]
    one["cells"].insert(5, factories.code("try", "double(4)\n"))
    factories.write(made.source(FIRST), one)
    factories.write(made.source(SECOND), two)
    release.release(made)
    return made


def _ada(content: Any) -> None:
    factories.replace("double", WRONG)(content)
    factories.replace("students", 'students = [("Example, Ada", "ada"), ("Sample, Bob", "bob")]\n')(content)
    factories.replace("why-double", "Since $2x = x + x$ <script>alert(1)</script>")(content)
    content["cells"].insert(5, factories.code("own", OWN))
    content["cells"].insert(6, factories.code("spy", SPY))


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    made = course(tmp_path_factory.mktemp("feedback"))
    factories.hand_in(made, "ada", FIRST, _ada)
    factories.hand_in(made, "ada", SECOND)
    factories.hand_in(made, "zed", FIRST, factories.replace("why-double", "The words of Zed alone."))
    assert not [result.reason for result in autograde.grade(made, jobs=2) if result.reason]
    with Gradebook(f"sqlite:///{made.root}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("why-double", FIRST, FIRST, "ada")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        comment = gradebook.find_comment("why-double", FIRST, FIRST, "ada")
        comment.manual_comment = "Well said, but <b>why</b>?"
        gradebook.db.commit()
    return made


def written(made: Course, student: str, notebook: str = FIRST) -> str:
    (given,) = feedback.write_class(made, [notebook], student)
    assert given.path == made.root / "feedback" / student / notebook / f"{notebook}.html"
    return given.path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_page_says_what_was_right_what_was_not_and_what_helps(graded: Course) -> None:
    text = Seen(written(graded, "ada")).text
    assert "Example, Ada" in text and "Sample, Bob" in text and "Twice as much" in text
    assert "failed: double: a text" in text.replace("\n", "") and 'can only concatenate str (not "int") to str' in text
    assert "got" in text and "2.5 of 3 points" in text and "Well said, but <b>why</b>?" in text
    assert "my own test" in text and "return x + 2" in text and "<script>alert(1)</script>" in text
    assert "2.5 of 7 points" in text


@pytest.mark.slow
def test_no_test_no_due_value_and_nobody_else_is_in_it(graded: Course) -> None:
    made = written(graded, "ada")
    text = Seen(made).text
    content = json.loads(graded.autograded("ada", FIRST).read_text(encoding="utf-8"))
    lines = [
        line
        for cell in content["cells"]
        for check in cell["metadata"].get("raisin", {}).get("checks", ())
        for line in check["lines"]
    ]
    due = {line.rpartition(": ")[2] for line in lines if line.startswith("due")}
    assert due and not [value for value in due if value in text]
    assert any("shapes: got" in line and ", due" in line for line in lines) and "due (" not in text
    for secret in (
        HIDDEN,
        "SECRETLY",
        "rng.integers",
        "double(rng",
        "@lab.equal",
        "BEGIN HIDDEN",
        "2 * x",
        "zed",
        "Zed",
    ):
        assert secret not in made, secret
    assert "a line of the tests is left out" in text


@pytest.mark.slow
def test_an_error_that_is_carried_forward_is_told_in_words(graded: Course) -> None:
    text = re.sub(r"\s+", " ", Seen(written(graded, "ada", SECOND)).text)
    assert "01-first: double: a number" in text and "the mistake is to be found there" in text
    assert "counts, the mistake lies earlier: quadruple: a number" in text and "2 of 2 points" in text


@pytest.mark.slow
def test_a_page_needs_nothing_else(graded: Course) -> None:
    made = written(graded, "ada")
    seen = Seen(made)
    assert seen.balanced and not {tag for tag, _ in seen.tags} & {"script", "link", "iframe", "object"}
    assert not [about for _, about in seen.tags if not str(about.get("src", "data:")).startswith("data:")]
    assert "url(" not in made and "@import" not in made and 'content="width=device-width' in made


@pytest.mark.slow
def test_nbgraders_own_command_makes_the_same_page(graded: Course) -> None:
    from nbgrader.apps import NbGraderAPI

    from raisin.grading.course import open_nbgrader

    ours = written(graded, "ada")
    path = graded.root / "feedback" / "ada" / FIRST / f"{FIRST}.html"
    path.unlink()
    app = open_nbgrader(graded.root)
    said = NbGraderAPI(app.coursedir, parent=app).generate_feedback(FIRST, student_id="ada")
    assert said["success"], said
    assert path.read_text(encoding="utf-8") == ours


@pytest.mark.slow
def test_what_is_not_graded_is_listed_with_the_reason(
    graded: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.hand_in(graded, "new", FIRST)
    monkeypatch.chdir(graded.root)
    assert cli.main(["feedback", "01", "--student", "new"]) == 1
    assert "new/01-first: nothing to give back  (not graded yet: raisin grade)" in capsys.readouterr().out
    monkeypatch.setattr(logs, "read", lambda *about: SimpleNamespace(reason="it cannot be read", handed_in=""))
    (given,) = feedback.write_class(graded, ["01"], "zed")
    assert given.path is None and "it cannot be read" in given.reason
    assert cli.main(["feedback", "--student", "nobody"]) == 2
    assert "submitted/ holds nothing of nobody" in capsys.readouterr().err


@pytest.mark.slow
def test_who_handed_in_again_is_told_so(graded: Course) -> None:
    path = graded.submitted("zed", FIRST)
    before = path.read_bytes()
    try:
        path.write_bytes(before + b"\n")
        assert "handed in again since it was graded" in written(graded, "zed").lower()
    finally:
        path.write_bytes(before)
    assert "handed in again" not in written(graded, "zed").lower()


# --- Pages of notebooks made by hand ----------------------------------------------------------------------------------


def page(*cells: dict[str, Any], source: factories.Notebook | None = None, **remarks: Remark) -> Page:
    content = factories.notebook(*cells)
    nb = nbformat.from_dict(content)
    named = {name.replace("_", "-"): remark for name, remark in remarks.items()}
    return feedback.page(
        nb, source or factories.notebook(), Feedback(named, "1 of 2 points"), "ada", "made up", "a notebook"
    )


def test_a_given_cell_is_shown_where_it_was_changed_only() -> None:
    given = factories.code("try", "double(4)\n")
    source = factories.notebook(given)
    assert page(given, source=source).tasks == ()
    ((task),) = page({**given, "source": "double(5)\n"}, source=source).tasks
    assert [(part.kind, "5" in part.body) for part in task.parts] == [("own", True)]


def test_a_picture_is_shown_with_what_it_shows() -> None:
    drawn = {
        "output_type": "display_data",
        "data": {"image/png": PNG, "text/html": "<script>alert(1)</script>"},
        "metadata": {"image/png": {"alt": "a grey point"}},
    }
    cell = {**factories.code("own", "draw()"), "outputs": [drawn]}
    made = page(cell)
    (output,) = made.tasks[0].parts[0].outputs
    assert output.text == "a grey point" and output.picture == f"data:image/png;base64,{PNG}"
    images = [about for tag, about in Seen(feedback.html(made)).tags if tag == "img"]
    assert [image["alt"] for image in images] == ["a grey point"]


def test_long_outputs_are_cut() -> None:
    printed = {"output_type": "stream", "name": "stdout", "text": "x" * 90_000}
    cell = {**factories.code("own", "print()"), "outputs": [printed]}
    (output,) = page(cell).tasks[0].parts[0].outputs
    assert len(output.text) < feedback.LONGEST_OUTPUT + 100 and "the rest is in your notebook" in output.text


def test_a_diagnosis_is_told_apart_from_a_message_and_a_hint() -> None:
    lines = ["got at [0]: 1", "due at [0]: 2", "it looks as if it was doubled", "look at: the sum", "hint: count"]
    cell = factories.check("t", "assert 1", 1)
    cell["metadata"]["raisin"] = {"checks": [{"what": "sum", "counts": False, "carried": False, "lines": lines}]}
    (check,) = page(cell).tasks[0].parts[0].checks
    assert check == Check("sum", "failed", ("got at [0]: 1",), "it looks as if it was doubled", "the sum", "count")


def test_a_test_without_our_checks_says_how_it_ended() -> None:
    error = {
        "output_type": "error",
        "ename": "AssertionError",
        "evalue": "not two",
        "traceback": ["assert SECRET == 2"],
    }
    cell = {**factories.check("t", "assert SECRET == 2", 1), "outputs": [error]}
    made = page(cell, t=Remark(0.0, 1.0))
    assert made.tasks[0].parts[0].stopped == "AssertionError: not two"
    assert "SECRET" not in feedback.html(made) and "0 of 1 point" in feedback.html(made)


def test_points_that_wait_for_a_person_are_said_so() -> None:
    cell = factories.manual("why", "Because.", 3)
    html = feedback.html(page(factories.text("h", "## Why"), cell, why=Remark(None, 3.0)))
    text = re.sub(r"\s+", " ", Seen(html).text)
    assert "not graded yet, of 3" in text and "0 so far" in text
