"""What students get: reproducible, filled in, and without a solution."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import factories
import pytest
from factories import FIRST

from raisin.grading import release
from raisin.grading.errors import NotReleasable

SETTINGS = ['c.Course.repository = "uni/course"', 'c.Course.branch = "autumn"']


def test_a_release_holds_no_solution_no_hidden_test_and_no_marker(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    release.release(course)
    text = course.released(FIRST).read_text()
    assert "return 2 * x" not in text and "double(5)" not in text and "###" not in text
    assert "more than one" not in text and "YOUR ANSWER HERE" in text
    blank = factories.cell(factories.read(course.released(FIRST)), "double")["source"]
    assert blank.endswith("def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n")


def test_repository_and_branch_are_filled_in(tmp_path: Path) -> None:
    course = factories.course(tmp_path, SETTINGS)
    release.release(course)
    text = course.released(FIRST).read_text()
    assert "uni/course/blob/autumn/release/x" in text and "uni/course@autumn" in text
    assert "ORGANISATION" not in text
    assert release.warnings(course) == ()


def test_the_example_repository_is_warned_about(tmp_path: Path) -> None:
    (warning,) = release.warnings(factories.course(tmp_path))
    assert "c.Course.repository" in warning


def test_a_rubric_that_does_not_add_up_is_warned_about(tmp_path: Path) -> None:
    course = factories.course(tmp_path, SETTINGS)
    content = factories.first()
    scheme = "Two.\n\n### BEGIN MARK SCHEME\n- 2 for the reason\n### END MARK SCHEME\n"
    factories.cell(content, "why-double")["source"] = scheme
    factories.write(course.source(FIRST), content)
    assert release.warnings(course) == (f"{FIRST}, cell why-double: it is worth 3 points, its marking scheme gives 2",)


def test_stock_nbgrader_makes_the_same_bytes(tmp_path: Path) -> None:
    course = factories.course(tmp_path, SETTINGS)
    release.release(course)
    ours = course.released(FIRST).read_bytes()
    environment = dict(os.environ, PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", FIRST, "--force"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert course.released(FIRST).read_bytes() == ours


def test_releasing_again_changes_no_byte_in_release_and_dist(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "numbers.csv").write_text("1\n")
    (tmp_path / "data" / "raisin.csv").write_text("fetched, and not ours to pass on\n")
    made = release.release(course)
    before = [path.read_bytes() for path in made]
    for path in (tmp_path / "release").rglob("*.ipynb"):
        os.utime(path, (0, 0))
    assert [path.read_bytes() for path in release.release(course)] == before
    with zipfile.ZipFile(tmp_path / "dist" / "raisin-students.zip") as archive:
        assert archive.namelist() == ["data/numbers.csv", "notebooks/01-first.ipynb", "notebooks/02-second.ipynb"]


def test_what_lies_beside_a_source_notebook_is_not_released(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    for name in ("tests.py", "notes.txt", "secret.txt", "hint.txt", ".raisin/framework/x.py", "pictures/a.png"):
        path = tmp_path / "source" / FIRST / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("secret")
    release.release(course)
    assert [path.name for path in (tmp_path / "release" / FIRST).rglob("*")] == [f"{FIRST}.ipynb"]


def test_differences_names_what_is_not_a_fresh_release(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    release.release(course)
    assert release.differences(course) == ()
    course.released(FIRST).write_text("{}")
    (tmp_path / "release" / "old.ipynb").write_text("{}")
    assert release.differences(course) == (
        "release/01-first/01-first.ipynb: differs",
        "release/old.ipynb: not made from source/",
    )


def test_a_solution_outside_of_an_answer_cell_stops_the_release(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    content = factories.first()
    content["cells"].append(factories.code("slip", "### BEGIN SOLUTION\n1\n### END SOLUTION"))
    factories.write(course.source(FIRST), content)
    with pytest.raises(NotReleasable, match="01-first cannot be released: Solution region"):
        release.release(course)


def test_a_marker_that_nbgrader_does_not_know_stops_the_release(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    content = factories.first()
    content["cells"].append(factories.check("slip", "### Begin hidden test\nassert double(7) == 14", 1))
    factories.write(course.source(FIRST), content)
    with pytest.raises(NotReleasable, match="cell slip still says '### Begin hidden test'"):
        release.release(course)
