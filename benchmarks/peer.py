"""otter-grader's own run on this machine (`otter run`, no Docker), on the cells and checks of one of our notebooks.

Its tests are our test cells, each run whole in the namespace that the student's notebook left, as otter's tests with
exceptions are; the test cells themselves are taken out of what is handed in. otter lives in an environment of its own,
which sees this one's packages, so that the same NumPy, torch and raisin do the work.
"""

import json
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sides
from sides import Graded, NotGraded

VERSION = "7.0.0"


def environment(folder: Path) -> Path:
    """The program `otter` in `folder`; installed from PyPI where it is not there yet."""
    otter = folder / "bin" / "otter"
    if not otter.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        place = next((folder / "lib").glob("python*/site-packages"))
        (place / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", f"otter-grader=={VERSION}"]
        subprocess.run(pip, check=True)
    return otter


def test_file(name: str, source: str, points: float) -> str:
    """One of our test cells as a test of otter's."""
    return f"""OK_FORMAT = False

from otter.test_files import test_case

name = {name!r}
points = {points!r}


@test_case()
def test_whole_cell(env):
    exec({source!r}, env)
"""


def split(notebook: Mapping[str, Any], source: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A submission without its test cells, and the tests of the source by file name."""
    tests = {cell["id"]: cell for cell in source["cells"] if _is_test(cell)}
    cells = [cell for cell in notebook["cells"] if cell["id"] not in tests]
    files = {}
    for name, cell in tests.items():
        about = cell["metadata"]["nbgrader"]
        files[f"{name}.py"] = test_file(name, "".join(cell["source"]), about["points"])
    return {**notebook, "cells": cells}, files


def _is_test(cell: Mapping[str, Any]) -> bool:
    about = cell["metadata"].get("nbgrader", {})
    return bool(about.get("grade")) and not about.get("solution")


def grade(folder: Path, course: Path, notebook: str, students: Sequence[str]) -> tuple[Graded, dict[str, float]]:
    """`otter run`, once a submission, and everybody's points. Raises NotGraded where one has no result."""
    otter, work = environment(folder), course / "otter"
    (work / "tests").mkdir(parents=True)
    source = json.loads((course / "source" / notebook / f"{notebook}.ipynb").read_text(encoding="utf-8"))
    costs, points = [], {}
    for student in students:
        path = course / "submitted" / student / notebook / f"{notebook}.ipynb"
        submission, tests = split(json.loads(path.read_text(encoding="utf-8")), source)
        if not costs:
            for name, text in tests.items():
                (work / "tests" / name).write_text(text, encoding="utf-8")
            sides.command([str(otter), "generate", "-t", "tests", "--no-environment", "--no-requirements"], work)
        handed_in, results = work / f"{student}.ipynb", work / student
        handed_in.write_text(json.dumps(submission), encoding="utf-8")
        results.mkdir()
        costs.append(sides.command([str(otter), "run", handed_in.name, "-o", str(results), "--no-logo"], work))
        found = scores(results)
        points[student] = sum(found.values())
        if len(found) != len(tests):
            raise NotGraded(f"otter's result for {student} has not {len(tests)} tests:\n{costs[-1].said[-2000:]}")
    return Graded(sum(cost.wall for cost in costs), sum(cost.cpu for cost in costs), len(costs)), points


def scores(results: Path) -> dict[str, float]:
    """Points by test, from what otter left."""
    said = json.loads((results / "results.json").read_text(encoding="utf-8"))
    return {test["name"]: test["score"] for test in said["tests"] if "score" in test and "max_score" in test}
