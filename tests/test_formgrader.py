"""What formgrader shows of a submission: the rubric, no names, and nothing of a student's that could run."""

from typing import Any

import factories
import nbformat
import pytest
from factories import PNG
from nbconvert.exporters import HTMLExporter
from test_safe import Seen
from traitlets.config import Config

from raisin.grading import formgrader

SCHEME = """Two is $>1$.

### BEGIN MARK SCHEME
- 2 for the reason
- 1 for the number

Not a word more.
### END MARK SCHEME
"""
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1))"
TASK = "## Why?\n\n$x^2$ <details><summary>Hint</summary>Look.</details>"


def source() -> factories.Notebook:
    return factories.notebook(
        factories.text("task", TASK),
        factories.students(("", "")),
        factories.answer("double", factories.DOUBLE),
        factories.check("test-double", "assert double(2) == 4\n", 1),
        factories.manual("why-double", SCHEME, 3),
    )


def shown(change: Any = None) -> list[Any]:
    """The cells of the page on a graded submission."""
    made = source()
    factories.cell(made, "why-double")["source"] = "Since two."
    if change is not None:
        change(made)
    return list(formgrader.page(nbformat.from_dict(made), source()).cells)  # type: ignore[no-untyped-call]


def text(cells: list[Any]) -> str:
    return "\n".join(cell.source for cell in cells)


def test_the_rubric_stands_above_the_answer() -> None:
    """Each criterion with its points, the notes, and the model answer; and the page names the questions at its top."""
    cells = shown()
    place = next(k for k, cell in enumerate(cells) if cell.source == "Since two.")
    rubric = Seen(cells[place - 1].source)
    assert rubric.balanced
    for words in ("Rubric: 3 points", "the reason", "the number", "Not a word more.", "Model answer"):
        assert words in " ".join(rubric.text.split()).replace(" :", ":")
    assert 'data-question="why-double"' in cells[0].source
    assert cells[place].metadata.nbgrader.grade_id == "why-double"


def test_code_and_tasks_that_a_person_grades_have_rubrics_too() -> None:
    """nbgrader puts a task's text back with the scheme in it; it is shown once."""
    made = source()
    style = "### BEGIN MARK SCHEME\n# - 1 for style\n### END MARK SCHEME\nx = 1\n"
    factories.cell(made, "double").update(factories.code("double", style, solution=True, grade=True, points=1))
    task = "Draw it.\n\n### BEGIN MARK SCHEME\n- 4 for the drawing\n### END MARK SCHEME"
    made["cells"].append({**factories.manual("draw", task, 4)})
    made["cells"][-1]["metadata"]["nbgrader"].update(task=True, grade=False, solution=False)
    page = formgrader.page(nbformat.from_dict(made), made)  # type: ignore[no-untyped-call]
    shown = text(page.cells)
    assert shown.count("style") == 2 and shown.count("the drawing") == 1  # the student's code is shown as it is
    assert 'data-question="double"' in shown and 'data-question="draw"' in shown


def test_an_answer_without_a_scheme_says_so() -> None:
    """A course of one's own may have none; its answers are graded all the same."""
    bare = source()
    factories.cell(bare, "why-double")["source"] = "Two."
    page = formgrader.page(nbformat.from_dict(source()), bare)  # type: ignore[no-untyped-call]
    assert "No marking scheme stands in the source; 3 points in all" in text(page.cells)


def test_names_are_not_shown() -> None:
    """nbgrader hides the name above the notebook; the notebook says it once more."""

    def sign(content: factories.Notebook) -> None:
        cell = factories.cell(content, "students")
        cell["source"] = 'students = [("Sample, Ada", "ada")]'
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "Sample, Ada"}]

    cells = shown(sign)
    assert "Sample" not in str(cells) and formgrader.NAMES_HIDDEN in text(cells)


def test_what_a_student_wrote_cannot_run() -> None:
    """Every kind of cell with a script in it, and metadata that would pass for ours."""

    def attack(content: factories.Notebook) -> None:
        factories.cell(content, "why-double")["source"] = EVIL
        factories.cell(content, "why-double")["metadata"]["raisin-ready"] = True
        factories.cell(content, "task")["source"] = EVIL
        html = {"output_type": "display_data", "data": {"text/html": EVIL, "text/plain": "plain"}, "metadata": {}}
        factories.cell(content, "double")["outputs"] = [html]
        raw = {"cell_type": "raw", "id": "raw", "metadata": {"raw_mimetype": "text/html"}, "source": EVIL}
        own = factories.text("own", EVIL)
        own["metadata"] = {"raisin-ready": True, "nbgrader": {"grade_id": f'"{EVIL}', "solution": True, "grade": True}}
        own["attachments"] = {EVIL: {"image/png": PNG}, "b": {"image/svg+xml": EVIL}}
        content["cells"] += [raw, own]

    made = source()
    attack(made)
    settings = Config(
        HTMLExporter={
            "preprocessors": [formgrader.GradingPage],
            "filters": {"markdown2html": "raisin.grading.formgrader.markdown"},
        }
    )
    page = formgrader.page(nbformat.from_dict(made), source())  # type: ignore[no-untyped-call]
    html, _ = HTMLExporter(config=settings, template_name="basic").from_notebook_node(page)
    seen = Seen(html)
    assert "script" not in {tag for tag, _ in seen.tags}
    assert not [
        value
        for _, about in seen.tags
        for name, value in about.items()
        if name.startswith("on") or (name in ("href", "src") and "javascript:" in (value or ""))
    ]
    assert "alert(1)" in seen.text and f"data:image/png;base64,{PNG}" in html


def test_our_own_texts_keep_their_hints_and_formulas() -> None:
    """The question is to be read as it was asked; formulas need no script from elsewhere."""
    assert "<details><summary>Hint</summary>" in text(shown()) and "<msup>" in text(shown())


def test_elsewhere_nothing_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are nbconvert's: a page for students made with them must not hold a rubric."""
    notebook = nbformat.from_dict(source())  # type: ignore[no-untyped-call]
    assert formgrader.GradingPage().preprocess(notebook, {"metadata": {"path": "."}})[0] is notebook
