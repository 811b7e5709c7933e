"""The example class gets exactly the points it deserves: from the checker, and through `raisin collect` and `grade`."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checker import Notebook, handed_in, lost, make_class
from course.contract import NAMES, ROOT

CLASS = make_class()
EVERYBODY = {student.id: student for student in CLASS.STUDENTS}
SECONDS = 2.0  # for an endless loop: the checker need not wait as long as the grader


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class as made by the script."""
    path = tmp_path_factory.mktemp("class")
    CLASS.make_class(ROOT, path)
    return path


@pytest.fixture(scope="module")
def rows(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, str]]:
    """The class graded by the commands of the course, in a copy of it: (student, notebook) -> line of the CSV."""
    root = tmp_path_factory.mktemp("course")
    for tree in ("source", "release"):
        shutil.copytree(ROOT / tree, root / tree)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("RAISIN_", "NBGRADER_"))}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    for words in (["collect", str(folder)], ["grade", "--jobs", "2"], ["grades", "--csv", "grades.csv"]):
        command = [sys.executable, "-m", "raisin", *words]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=1200)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    with (root / "grades.csv").open(newline="", encoding="utf-8") as file:
        return {(row["student"], row["notebook"]): row for row in csv.DictReader(file)}


def test_the_class_is_as_large_as_it_must_be() -> None:
    """At least ten who hand in, each with an entry in the table of examples/README.md."""
    assert len(EVERYBODY) >= 10
    table = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    for student in CLASS.STUDENTS:
        assert f"| `{student.id}` | {student.name} |" in table


def test_the_same_course_makes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Nothing in the files depends on the day or the machine."""
    CLASS.make_class(ROOT, tmp_path)
    made = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.ipynb")}
    again = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.ipynb")}
    assert made == again
    assert len(made) == sum(len(student.notebooks) for student in CLASS.STUDENTS)


def test_nobody_hands_in_a_marker_or_a_hidden_test(folder: Path) -> None:
    """The class is made from what students get."""
    for path in folder.rglob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        for word in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "ORGANISATION/REPOSITORY", str(ROOT)):
            assert word not in text, f"{path.name}: {word}"


@pytest.mark.parametrize("student", EVERYBODY)
def test_the_checker_finds_what_each_deserves(student: str, folder: Path) -> None:
    """Every test cell of every notebook, on the student's own earlier parts."""
    who = EVERYBODY[student]
    work: dict[str, Notebook] = {name: handed_in(folder / student / f"{name}.ipynb", name) for name in who.notebooks}
    for name in who.notebooks:
        assert lost(name, work, SECONDS) == CLASS.lost(ROOT, who, name), name


def test_what_is_expected_is_counted_in_the_points_of_the_source() -> None:
    """The headings say 10, 15, 10, 20 and 10 points; nobody can have more than these and the bonus."""
    due = CLASS.expected(ROOT)
    assert [due["alma"][name].of for name in CLASS.NOTEBOOKS] == [10, 15, 10, 20, 10]
    for name in CLASS.NOTEBOOKS:
        assert due["bo"][name].points == 0
        assert due["alma"][name].points == max(d[name].points for d in due.values() if name in d)


def test_a_group_is_named_in_its_notebook(folder: Path) -> None:
    """Three people in the `students` cell, which is data and nothing else."""
    cells = json.loads((folder / "tess" / "05-sgd.ipynb").read_text(encoding="utf-8"))["cells"]
    (cell,) = (cell for cell in cells if "students" in cell["metadata"].get("tags", ()))
    assert len([line for line in cell["source"] if line.startswith('    ("')]) == 3


@pytest.mark.slow
@pytest.mark.parametrize("student", EVERYBODY)
def test_the_course_grades_to_the_points_deserved(student: str, rows: dict[tuple[str, str], dict[str, str]]) -> None:
    """Points, bonus, of how many, and which answers wait for a person; what is not handed in has no points, not 0."""
    due = CLASS.expected(ROOT)[student]
    for name in NAMES:
        row = rows[student, name]
        if name not in due:
            assert (row["points"], row["needs a hand"]) == ("", "not handed in"), name
            continue
        got = (float(row["points"]), float(row["bonus"]), float(row["of"]), row["needs a hand"])
        assert got == (due[name].points, due[name].bonus, due[name].of, ", ".join(due[name].by_hand)), name


@pytest.mark.slow
def test_a_group_shares_its_points(rows: dict[tuple[str, str], dict[str, str]]) -> None:
    """Who handed nothing in, but is named by one who did, has the same points."""
    who = EVERYBODY["tess"]
    for name in who.notebooks:
        for _, partner in who.partners:
            assert rows[partner, name]["points"] == rows["tess", name]["points"]
