"""The demo: a class of its own, in a folder of its own."""

from pathlib import Path

import factories
import pytest

from raisin.grading import demo
from raisin.grading.demo import FolderInUse
from raisin.grading.errors import CourseNotFound

SCRIPT = """
import shutil

def make_class(root, folder):
    (folder / "ada").mkdir(parents=True)
    shutil.copy(root / "release" / "01-first" / "01-first.ipynb", folder / "ada")
"""


@pytest.mark.slow
def test_the_demo_runs_twice_and_leaves_the_course_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = factories.course(tmp_path / "course")
    (course.root / "examples").mkdir()
    (course.root / "examples" / "make_class.py").write_text(SCRIPT)
    before = {path for path in course.root.rglob("*") if path.suffix == ".ipynb"}
    gradebook = (course.root / "gradebook.db").read_bytes()
    for _ in range(2):
        assert demo.run(course, tmp_path / "demo", jobs=1) == 0
    assert {path for path in course.root.rglob("*") if path.suffix == ".ipynb"} == before
    assert (course.root / "gradebook.db").read_bytes() == gradebook
    assert "ada,,01-first,0,7,0,," in (tmp_path / "demo" / "grades.csv").read_text()
    assert "formgrader" in capsys.readouterr().out.lower()


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    course = factories.course(tmp_path / "course")
    (course.root / "examples").mkdir()
    (course.root / "examples" / "make_class.py").write_text(SCRIPT)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("")
    with pytest.raises(FolderInUse, match="name another folder"):
        demo.run(course, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").is_file()


def test_a_course_without_an_example_class_says_so(tmp_path: Path) -> None:
    with pytest.raises(CourseNotFound, match=r"make_class\.py is not there"):
        demo.run(factories.course(tmp_path / "course"), tmp_path / "demo")
