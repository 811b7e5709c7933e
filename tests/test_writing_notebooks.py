"""docs/writing-notebooks.md: the notebook that it writes is released and graded, cell by cell as it stands there."""

import re
from pathlib import Path
from typing import Any

import factories
import pytest
from factories import PROJECT
from nbgrader.api import Gradebook

from raisin.grading import autograde, release, rubric
from raisin.grading.course import Course, open_course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Object of type <Submitted")]

NAME = "10-exponential"
CELL = re.compile(r"^### `([\w-]+)`: (\w+)(?:, (\d+) points)?$.*?^```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SOLUTION = re.compile(r"^\s*### (BEGIN|END) SOLUTION\n", re.MULTILINE)
FORGETFUL = ("grad_output * self.output", "grad_output")


def notebook() -> factories.Notebook:
    """The page's cells; their ids are words without meaning, as JupyterLab gives them."""
    kinds: dict[str, Any] = {
        "text": lambda name, text, points: factories.text(name, text),
        "free": lambda name, text, points: factories.code(name, text),
        "locked": lambda name, text, points: factories.locked(name, text),
        "answer": lambda name, text, points: factories.answer(name, text),
        "test": factories.check,
        "manual": factories.manual,
    }
    page = (PROJECT / "docs" / "writing-notebooks.md").read_text(encoding="utf-8")
    cells = [kinds[kind](name, text, float(points or 0)) for name, kind, points, text in CELL.findall(page)]
    for number, cell in enumerate(cells):
        cell["id"] = f"0f3a{number:04x}"
    return factories.notebook(*cells)


def _answered(source: factories.Notebook, old: str = "", new: str = "") -> Any:
    """A change to the release: the source's own answers, with one text for another."""
    due = {cell["id"]: cell["source"] for cell in source["cells"]}

    def change(content: factories.Notebook) -> None:
        for cell in content["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution") and cell["cell_type"] == "code":
                cell["source"] = SOLUTION.sub("", due[cell["id"]]).replace(old, new)

    return change


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    root = tmp_path_factory.mktemp("own")
    (root / "nbgrader_config.py").write_text(factories.settings_here(), encoding="utf-8")
    for name in ("02-tensor-arithmetic", "03-graph-nodes", "04-backward"):
        factories.write(
            root / "source" / name / f"{name}.ipynb", factories.read(PROJECT / f"source/{name}/{name}.ipynb")
        )
    source = notebook()
    factories.write(root / "source" / NAME / f"{NAME}.ipynb", source)
    made = open_course(root)
    release.release(made, [NAME])
    factories.hand_in(made, "right", NAME, _answered(source), blank=True)
    factories.hand_in(made, "forgetful", NAME, _answered(source, *FORGETFUL), blank=True)
    factories.hand_in(made, "nobody", NAME, blank=True)
    autograde.grade(made, jobs=2)
    return made


def test_the_page_writes_a_whole_notebook() -> None:
    """No cell of it is overlooked, the points are those of the headings, and the rubric adds up."""
    cells = notebook()["cells"]
    about = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    assert len(cells) == 12 and sum(one.get("points", 0) for one in about) == 6
    assert "(6 points)" in cells[0]["source"]
    assert rubric.read(cells[-4]["source"]).points == about[-4]["points"] == 2
    course = factories.read(PROJECT / "source/02-tensor-arithmetic/02-tensor-arithmetic.ipynb")["cells"]
    assert [cell["source"] for cell in cells[-3:]] == [cell["source"].rstrip() + "\n" for cell in course[-3:]]


def test_its_answers_earn_what_they_deserve(graded: Course) -> None:
    """Right is 4 of 4, the forgotten gradient 2, the untouched release 0, all on the course's own earlier parts."""
    with Gradebook(f"sqlite:///{graded.root}/gradebook.db") as gradebook:
        found = {one.student_id: one.score for one in gradebook.assignment_submissions(NAME)}
        waiting = {one.student_id: one.needs_manual_grade for one in gradebook.assignment_submissions(NAME)}
    assert found == {"right": 4, "forgetful": 2, "nobody": 0}
    assert not any(waiting.values())  # nobody wrote the answer in words


def test_students_get_neither_solution_nor_rubric(graded: Course) -> None:
    text = Path(graded.released(NAME)).read_text(encoding="utf-8")
    for secret in ("np.exp", "inside other operations", "its own output", "MARK SCHEME", "ORGANISATION"):
        assert secret not in text
