"""Full marks for the source and none for the blank release: by stock nbgrader and by `raisin grade` alike."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import factories
import pytest
from course.contract import NAMES, RELEASE, ROOT, SOURCE, cells

BUILDS_ON = {name: [n for n in NAMES if "02" <= n < name] for name in NAMES if name >= "03"}
# nbgrader's own way to run a notebook: without grading mode, a test cell is an ordinary test cell.
STOCK = """
from nbgrader.converters import Autograde
c.Autograde.autograde_preprocessors = Autograde.autograde_preprocessors.default_args[0]
"""
pytestmark = pytest.mark.slow


def command(root: Path, *words: str) -> str:
    """Run a command of the environment in a course folder; its output, or a failure that shows it."""
    environment = dict(os.environ, PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def students() -> dict[str, dict[str, Path]]:
    """full: the source; blank: the release; blank-on-right-N: notebook N blank on right earlier ones."""
    made = {"full": dict.fromkeys(NAMES, SOURCE), "blank": dict.fromkeys(NAMES, RELEASE)}
    for name, earlier in BUILDS_ON.items():
        made[f"blank-on-right-{name}"] = {**dict.fromkeys(earlier, SOURCE), name: RELEASE}
    return made


@pytest.fixture(scope="module", params=["nbgrader", "raisin"])
def scores(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, dict[str, dict[str, float]]]]:
    """student -> notebook -> test cell -> points, as the gradebook has them after a run of either grader."""
    root = tmp_path_factory.mktemp(request.param)
    for folder in ("source", "release"):
        shutil.copytree(ROOT / folder, root / folder)
    settings = factories.settings_here()
    settings += "c.Course.secret = 'full and blank'\n" + (STOCK if request.param == "nbgrader" else "")
    (root / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    before = sorted(root.rglob("*"))
    for student, notebooks in students().items():
        for name, tree in notebooks.items():
            target = root / "submitted" / student / name
            target.mkdir(parents=True)
            shutil.copy(tree / name / f"{name}.ipynb", target)
    if request.param == "raisin":
        command(root, "raisin", "grade")
    else:
        for name in NAMES:
            command(root, "nbgrader", "generate_assignment", name, "--force")
        for name in NAMES:
            command(root, "nbgrader", "autograde", name)
    assert [path for path in sorted((root / "source").rglob("*")) if path not in before] == []
    yield _rows(root / "gradebook.db")


def _rows(database: Path) -> dict[str, dict[str, dict[str, float]]]:
    query = """
        select s.id, n.name, b.name, g.auto_score
        from grade g join base_cell b on g.cell_id = b.id join submitted_notebook sn on g.notebook_id = sn.id
        join notebook n on sn.notebook_id = n.id join submitted_assignment sa on sn.assignment_id = sa.id
        join student s on sa.student_id = s.id
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    with sqlite3.connect(database) as connection:
        for student, notebook, cell, score in connection.execute(query):
            found.setdefault(student, {}).setdefault(notebook, {})[cell] = score
    connection.close()
    return found


def due(name: str) -> dict[str, float]:
    return {cell.id: cell.points for cell in cells(SOURCE, name) if cell.role == "test"}


def test_the_source_scores_full(scores: dict[str, dict[str, dict[str, float]]]) -> None:
    """Every test cell of every notebook gives all its points to the reference solution."""
    for name in NAMES:
        got = scores["full"][name]
        assert {cell: got[cell] for cell in due(name)} == due(name)


def test_the_blank_release_scores_zero(scores: dict[str, dict[str, dict[str, float]]]) -> None:
    """Also a written answer that was left as it is counts 0 without a person."""
    for name in NAMES:
        assert set(scores["blank"][name].values()) == {0.0}


@pytest.mark.parametrize("name", BUILDS_ON)
def test_the_blank_scores_zero_on_right_earlier_parts(
    scores: dict[str, dict[str, dict[str, float]]], name: str
) -> None:
    """What the earlier notebooks can do earns nothing in this one."""
    assert set(scores[f"blank-on-right-{name}"][name].values()) == {0.0}
