"""The table of what is done: what it counts, what it says of old results, and how it looks."""

import json
import re
from pathlib import Path

import factories
import pytest

from raisin.lab import framework, history, overview, places, session, verdict
from raisin.lab.framework import Part
from raisin.lab.history import Found, Run
from raisin.lab.progress import HIDDEN, Progress, progress, table
from raisin.lab.verdict import Verdict

CHECK = '@lab.equal("{}", due=1)\ndef _(rng):\n    return 1\n\n\n'
DOUBLE = "# framework: double\ndef double(x):\n    return 2 * x\n"
NAME = "02-tensor-arithmetic"


@pytest.fixture(autouse=True)
def nothing_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "runs", [])
    monkeypatch.setattr(history, "found", {})
    for name in ("RAISIN_MODE", "RAISIN_FRAMEWORK", "NBGRADER_EXECUTION", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)


def sample() -> factories.Notebook:
    return factories.notebook(
        factories.students(("Nowak, Ada", "an1"), ("<b>Kim</b>, Bo", "bk2")),
        factories.text("one", "## Task 1: <double> it (2 points)"),
        factories.answer("double", DOUBLE),
        factories.check("test-double", CHECK.format("number") + CHECK.format("text"), 2),
        factories.text("two", "## In words (3 points)"),
        factories.manual("why", "*YOUR ANSWER HERE*", 3),
        factories.text("three", "## Bonus: fast (1 point)"),
        factories.check("test-bonus-fast", CHECK.format("fast"), 1),
    )


def made(parts: list[Part] | None = None, found: dict[str, Found] | None = None) -> Progress:
    return table(NAME, overview.read(json.dumps(sample())), found or {}, parts)


def ran(text: str, began: float) -> None:
    history.runs.append(Run(history.same(text), began))


def test_points_checks_and_blanks_are_counted() -> None:
    shown = made(found={"number": Found(True, 1), "text": Found(False, 1), "elsewhere": Found(True, 1)})
    assert [row.words[:4] for row in shown.rows] == [
        ("Task 1: <double> it", "2", "1 of 2", "-"),
        ("In words", "3", "-", "why"),
        ("Bonus: fast", "1 bonus", "0 of 1", "-"),
    ]
    assert shown.total[1:4] == ("5 + 1 bonus", "1 of 3", "1")


def test_a_check_that_passed_before_the_answer_changed_is_not_called_passed_now() -> None:
    ran(DOUBLE, 1)
    assert made([], {"number": Found(True, 2)}).rows[0].old == 0
    assert made([], {"number": Found(True, 0.5)}).rows[0].old == 1  # it ran before this answer did
    ran(DOUBLE.replace("2 * x", "3 * x"), 3)  # the file holds the first version, the kernel the second
    shown = made([], {"number": Found(True, 2), "text": Found(True, 4)}).rows[0]
    assert (shown.passed, shown.old) == (2, 2)
    assert shown.words[2] == "2 of 2 (2 before your last change)"
    ran(DOUBLE, 5)
    assert made([], {"number": Found(True, 6), "text": Found(True, 6)}).rows[0].words[2] == "2 of 2 ✓"


def test_kept_parts_are_named_and_an_earlier_version_is_called_one() -> None:
    assert made([Part("double", framework.without_magics(DOUBLE))]).rows[0].kept == ("double",)
    assert made([Part("double", "# framework: double\ndouble = 1")]).rows[0].kept == ("double (an earlier version)",)
    assert made([Part("other", "")]).rows[0].kept == ()


def test_as_text_and_as_html_it_says_the_same_and_nothing_is_markup() -> None:
    shown = made([Part("double", framework.without_magics(DOUBLE))], {"number": Found(True, 1)})
    page, text = shown._repr_html_(), str(shown)
    assert "<b>" not in page and "Task 1: &lt;double&gt; it" in page and "&lt;b&gt;Kim&lt;/b&gt;, Bo" in page
    assert page.count('scope="row"') == 4 and page.count('scope="col"') == 5 and "<caption" in page
    for word in ("Task 1: <double> it", "5 + 1 bonus", "why", HIDDEN, "names: Nowak, Ada; <b>Kim</b>, Bo"):
        assert word in text
    assert "no promise" not in text and re.search(r"more of the same kind run", text)
    assert "kept for" not in str(made([]))  # a column that says nothing


def test_what_the_names_lack_is_said() -> None:
    content = sample()
    content["cells"][0]["source"] = 'students = [("", "")]'
    shown = table(NAME, overview.read(json.dumps(content)), {})
    assert "cell students: your names are missing" in shown.notes[-1]


def test_checks_are_remembered_as_they_decide(capsys: pytest.CaptureFixture[str]) -> None:
    verdict.settle(Verdict("number", True))
    with pytest.raises(AssertionError):
        verdict.settle(Verdict("text", False, ("got: 1",)))
    assert {what: found.passed for what, found in history.found.items()} == {"number": True, "text": False}
    history.begin(anew=False)
    assert len(history.found) == 2
    history.begin(anew=True)
    assert history.found == {}


@pytest.fixture
def student(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session of a student whose notebook lies in the folder."""
    monkeypatch.chdir(tmp_path)
    place = places.Place(False, False, tmp_path / ".raisin" / "framework", "here")
    monkeypatch.setattr(session, "_session", session.Session(NAME, {}, place))
    return factories.write(tmp_path / f"{NAME}.ipynb", sample())


def test_progress_reads_the_open_notebook(student: Path) -> None:
    ran("a = 1", 1e12)
    ran("lab.progress()", 1e12)
    shown = progress()
    assert shown is not None and shown.total[1] == "5 + 1 bonus"
    assert any("1 cell(s) ran that the file does not hold" in note for note in shown.notes)


def test_progress_says_what_is_missing_instead_of_failing(student: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert progress("gone.ipynb") is None and "'gone.ipynb' is no file" in capsys.readouterr().out
    student.unlink()
    assert progress() is None and 'lab.progress("PATH' in capsys.readouterr().out
    session._session = None
    assert progress() is None and "first cell" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["RAISIN_MODE", "RAISIN_FRAMEWORK", "NBGRADER_EXECUTION", places.REHEARSAL])
def test_nothing_is_shown_where_nobody_looks(
    student: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "x")
    assert progress() is None
    session._session = None
    assert progress() is None
    assert capsys.readouterr().out == ""
