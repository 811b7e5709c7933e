"""examples/one_assignment.py: several notebooks as one, released and graded."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import factories
import pytest
from factories import PROJECT
from nbgrader.api import Gradebook

from raisin.grading import autograde, release
from raisin.grading.course import Course, open_course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Object of type <Submitted")]

NAME = "02-framework"
SOLUTION = re.compile(r"^\s*### (BEGIN|END) SOLUTION\n", re.MULTILINE)
FORGETFUL = ("self.grad_fn = grad_fn", "self.grad_fn = None")


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("one_assignment", PROJECT / "examples" / "one_assignment.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _answered(source: factories.Notebook, old: str = "", new: str = "") -> Any:
    due = {cell["id"]: SOLUTION.sub("", cell["source"]) for cell in source["cells"] if cell["cell_type"] == "code"}

    def change(content: factories.Notebook) -> None:
        for cell in content["cells"]:
            if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["source"] = due[cell["id"]].replace(old, new)

    return change


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    root = tmp_path_factory.mktemp("one") / "course"
    path = script().make(root, NAME, ["02", "03"])
    (root / "nbgrader_config.py").write_text(factories.settings_here(), encoding="utf-8")
    made = open_course(root)
    assert path == made.source(NAME)
    release.release(made)
    source = factories.read(path)
    factories.hand_in(made, "right", NAME, _answered(source), blank=True)
    factories.hand_in(made, "forgetful", NAME, _answered(source, *FORGETFUL), blank=True)
    factories.hand_in(made, "nobody", NAME, blank=True)
    autograde.grade(made, jobs=2)
    return made


def test_it_is_one_notebook(graded: Course) -> None:
    """One set-up, one list of names, all points in the title, every name once, and a badge that leads to it."""
    cells = factories.read(graded.source(NAME))["cells"]
    names = [cell["id"] for cell in cells]
    assert len(set(names)) == len(names) and {"matmul", "matmul-03"} <= set(names)
    assert (names.count("setup"), names.count("students")) == (1, 1)
    assert f'lab.start("{NAME}")' in factories.cell({"cells": cells}, "setup")["source"]
    points = sum(cell["metadata"].get("nbgrader", {}).get("points", 0) for cell in cells)
    assert points == 25 and "(25 points)" in cells[0]["source"]
    assert f"release/{NAME}/{NAME}.ipynb" in cells[0]["source"]
    assert sum("colab-badge" in cell["source"] for cell in cells) == 1


def test_it_is_graded(graded: Course) -> None:
    """Right has all but the 5 points for written answers, the release none; a mistake costs wherever it shows."""
    with Gradebook(f"sqlite:///{graded.root}/gradebook.db") as gradebook:
        found = {one.student_id: one.score for one in gradebook.assignment_submissions(NAME)}
    assert (found["right"], found["nobody"]) == (20, 0)
    assert 0 < found["forgetful"] < 15  # 02 alone would cost less than a point: what is built on it fails too


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    make = script().make
    with pytest.raises(ValueError, match="two digits"):
        make(tmp_path, "framework", ["02"])
    with pytest.raises(ValueError, match="begins with '12'"):
        make(tmp_path, NAME, ["12"])
    with pytest.raises(ValueError, match="must come before '02-tensor-arithmetic'"):
        make(tmp_path, "03-framework", ["02"])
    with pytest.raises(ValueError, match="called like an earlier one"):
        make(tmp_path, NAME, ["02", "02"])
    make(tmp_path, NAME, ["02"])
    with pytest.raises(FileExistsError):
        make(tmp_path, NAME, ["02"])
