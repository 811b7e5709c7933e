"""The pages that people look at, in a real browser: formgrader from end to end; feedback and report by axe."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import factories
import pytest
from browser import SECONDS, Lab, browser, lab, needs_chromium
from factories import FIRST
from test_execute import checks

from raisin import cli
from raisin.grading import feedback, release, report
from raisin.grading.course import Course, open_course

pypdf = pytest.importorskip("pypdf")
pytestmark = [
    pytest.mark.slow,
    needs_chromium,
    pytest.mark.filterwarnings("ignore:Object of type <Submitted"),
]

SCHEME = """Two is more than one, so $2x > x$ where $x > 0$.

### BEGIN MARK SCHEME
- 2 for the reason: $2x > x$
- 1 for the sign of $x$

Without a reason: nothing.
### END MARK SCHEME
"""
ATTACK = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
DRAWN = f'from IPython.display import Image\nimport base64\nImage(base64.b64decode("{factories.PNG}"))\n'
# Student: the answer in code, the answer in words, and what a person gives for it.
CLASS = {
    "ana": (factories.RIGHT, f"Because **two** copies are more than one. {ATTACK}", "2.5", "Which $x$?"),
    "ben": ("# framework: double\ndef double(x):\n    return x + 2\n", "It is a law.", "0", "No reason is given."),
}
COMMENTS = {words: (points, comment) for _, words, points, comment in CLASS.values()}


@dataclass(frozen=True)
class Term:
    """A small course in which everything has been done by clicking, and what was seen on the way."""

    course: Course
    questions: dict[str, str]  # by submission in order: what the grader read above the box
    seen: str  # the text of all pages on which answers were graded
    titles: list[str]
    asked: list[str]  # addresses outside this machine
    refused: int  # the status of a grade sent without the cookie's token


def _course(root: Path) -> Course:
    made = factories.course(root, ["c.Course.secret = 'for the tests'"])
    one = factories.first()
    factories.cell(one, "test-double-number")["source"] = checks(
        ("double: a number", "2 * rng.normal()", "double(rng.normal())"),
        ("double: rows", "2 * rng.normal(size=(3, 2))", "double(rng.normal(size=(3, 2)))"),
    )
    factories.cell(one, "why-double")["source"] = SCHEME
    one["cells"][3:3] = [factories.text("task-double", "## Task 1: Twice as much (5 points)\n\nWrite it.")]
    one["cells"].insert(-1, factories.text("task-why", "## Task 2: Why? (3 points)\n\nWhy is $2x > x$?"))
    factories.write(made.source(FIRST), one)
    (made.source(factories.SECOND)).unlink()
    release.release(made)
    for student, (code, words, _, _) in CLASS.items():
        factories.hand_in(made, student, FIRST, _answers(student, code, words))
    return made


def _answers(student: str, code: str, words: str) -> Any:
    def change(content: factories.Notebook) -> None:
        factories.cell(content, "double")["source"] = code
        factories.cell(content, "why-double")["source"] = words
        factories.cell(content, "students")["source"] = f'students = [("Sample, {student.title()}", "{student}")]\n'
        content["cells"].insert(5, factories.code("own", DRAWN))

    return change


def _press(page: Any, link: Any) -> None:
    """One of formgrader's buttons, and its answer."""
    link.click()
    page.locator(".modal-title", has_text="Success").wait_for()
    page.locator(".modal .btn-primary").click()
    page.locator(".modal").wait_for(state="detached")


def _give(page: Any) -> tuple[str, str]:
    """Points and a comment for the answer that formgrader has opened; the answer, and what stood above it."""
    box = page.locator("#why-double")
    box.and_(page.locator(":focus")).wait_for()
    panel = page.locator(".nbgrader_cell", has=box)
    words = panel.locator(".panel-body").inner_text().strip()
    rubric = page.locator(".raisin-rubric").inner_text()
    points, comment = next(given for answer, given in COMMENTS.items() if answer.split()[0] == words.split()[0])
    with page.expect_response(lambda got: "/api/grade/" in got.url and got.request.method == "PUT") as saved:
        box.fill(points)
        box.press("Tab")
    assert saved.value.ok
    with page.expect_response(lambda got: "/api/comment/" in got.url and got.request.method == "PUT") as saved:
        page.locator("#why-double-comment").fill(comment)
        box.focus()
    assert saved.value.ok
    return words, rubric


def _term(page: Any, there: Lab, course: Course) -> Term:
    asked: list[str] = []
    page.on(
        "request", lambda request: None if request.url.startswith((there.url, "data:")) else asked.append(request.url)
    )
    page.goto(there.at("lab"))
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Formgrader", exact=True).click()
    page.frame_locator("iframe").get_by_role("link", name=FIRST).wait_for()

    page.goto(f"{there.url}/formgrader/manage_submissions/{FIRST}")
    for student in CLASS:
        row = page.locator("tr", has=page.locator("td.student-id", has_text=student))
        _press(page, row.locator("td.autograde a"))
        row.locator(".label", has_text="needs manual grading").wait_for()

    page.goto(f"{there.url}/formgrader/gradebook/{FIRST}/{FIRST}")
    page.get_by_role("link", name="Submission #1").click()
    questions, seen, titles = {}, "", []
    for number in range(len(CLASS)):
        words, rubric = _give(page)
        questions[words] = rubric
        seen += page.locator("body").inner_text()
        titles.append(page.title())
        if number == 0:
            page.keyboard.press("Control+.")  # the same question of the next submission
            page.get_by_text(f"Submission 2 / {len(CLASS)}").wait_for()
    submission = page.url.split("/submissions/")[1].split("/")[0]
    grades = page.context.request.get(f"{there.url}/formgrader/api/grades?submission_id={submission}").json()
    own = next(grade for grade in grades if grade["name"] == "why-double")
    forged = page.context.request.put(f"{there.url}/formgrader/api/grade/{own['id']}", data={"manual_score": 3})

    page.goto(f"{there.url}/formgrader/manage_assignments")
    _press(page, page.locator("td.generate-feedback a"))
    return Term(course, questions, seen, titles, asked, forged.status)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as made:
        yield made


@pytest.fixture(scope="module")
def term(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Term:
    course = _course(tmp_path_factory.mktemp("term") / "course")
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(1_000 * SECONDS)
    with lab(course.root, course.root.parent / "home") as there:
        made = _term(page, there, course)
        page.close()
    return made


def test_each_answer_was_graded_beside_its_rubric(term: Term) -> None:
    """The page opens at the written answer, with what it earns points for; the next one by a key."""
    assert len(term.questions) == len(CLASS)
    for rubric in term.questions.values():
        assert "3 points" in rubric and "the reason" in rubric and "Without a reason: nothing." in rubric


def test_the_grader_saw_no_names_and_ran_nothing_of_a_students(term: Term) -> None:
    """Who wrote what is hidden, scripts in answers are text, nothing came from elsewhere, and XSRF is on."""
    assert "Sample" not in term.seen and not {student for student in CLASS if student in term.seen.split()}
    assert "document.title" in term.seen and set(term.titles) == {FIRST}
    assert term.asked == []
    assert term.refused == 403


def test_the_points_given_are_exported(term: Term, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `raisin grades` and by nbgrader's own exporter."""
    due = {"ana": 5 + 2.5, "ben": 0 + 0}
    monkeypatch.chdir(term.course.root)
    cli.main(["grades", "--csv", str(tmp_path / "grades.csv")])
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    command = [sys.executable, "-m", "nbgrader", "export", "--to", str(tmp_path / "nbgrader.csv")]
    subprocess.run(command, cwd=term.course.root, check=True, capture_output=True, timeout=120, env=dict(os.environ))
    with (tmp_path / "nbgrader.csv").open(encoding="utf-8", newline="") as file:
        theirs = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert {student: float(row["points"]) for student, row in rows.items()} == due == theirs
    assert "*" not in (tmp_path / "grades.csv").read_text(encoding="utf-8")


def test_the_feedback_by_formgraders_button_is_ours(term: Term) -> None:
    """With the points and the comment, without the rubric and the model answer."""
    for student, (_, _, points, comment) in CLASS.items():
        folder = term.course.root / "feedback" / student / FIRST
        page = (folder / f"{FIRST}.html").read_text(encoding="utf-8")
        assert f"{points} of 3 points" in page and comment in page
        assert "the sign of" not in page and "MARK SCHEME" not in page and "more than one, so" not in page


def _findings(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response
    assert found["passes"] or found["violations"] is not None
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.fixture(scope="module")
def pages(term: Term) -> dict[str, Path]:
    course = open_course(term.course.root)
    given = {Path(str(one.path)).parts[-3]: Path(str(one.path)) for one in feedback.write_class(course)}
    return {**given, "report": report.write(course, report.read(course))}


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", [*CLASS, "report"])
def test_a_page_can_be_read_by_everybody(chromium: Any, pages: dict[str, Path], name: str, width: int) -> None:
    """No serious finding of axe, and nothing wider than the window."""
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(pages[name].as_uri())
    assert _findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_axe_finds_what_is_wrong(chromium: Any) -> None:
    """So that the test above can fail."""
    page = chromium.new_page()
    page.set_content("<html><title>x</title><img src='x'><p style='color:#ccc;background:#fff'>pale</p></html>")
    assert {finding.split(" ")[0] for finding in _findings(page)} >= {"image-alt", "color-contrast"}
    page.close()


@pytest.mark.parametrize("name", ["ben", "report"])
def test_a_page_can_be_printed(chromium: Any, pages: dict[str, Path], name: str, tmp_path: Path) -> None:
    """The browser's own PDF opens and says what the page says."""
    page = chromium.new_page()
    page.goto(pages[name].as_uri())
    page.pdf(path=tmp_path / "printed.pdf")
    page.close()
    printed = pypdf.PdfReader(tmp_path / "printed.pdf")
    text = "\n".join(sheet.extract_text() for sheet in printed.pages)
    assert "double: a number" in " ".join(text.split())
    left: list[float] = []

    def note(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
        if text.strip():
            left.append(cm[0] * tm[4] + cm[4])

    printed.pages[0].extract_text(visitor_text=note)
    assert min(left) > 40  # points: a printer cannot reach the edge
