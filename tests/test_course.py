"""Where a course is, and what it is made of."""

from pathlib import Path

import factories
import pytest

from raisin.grading.course import find_root, open_course, root_of
from raisin.grading.errors import CourseNotFound, NoSuchNotebook, RaisinError


def test_a_course_is_found_from_a_folder_inside_it(tmp_path: Path) -> None:
    factories.course(tmp_path)
    assert find_root(tmp_path / "source" / factories.FIRST) == tmp_path


@pytest.mark.parametrize("tree", ["submitted", "autograded"])
def test_what_a_student_hands_in_is_never_taken_for_the_course(tmp_path: Path, tree: str) -> None:
    """A settings file beside a submitted notebook, or two folders above it, has no say."""
    factories.course(tmp_path)
    folder = tmp_path / tree / "ada" / factories.FIRST
    folder.mkdir(parents=True)
    for place in (folder, folder.parent, folder.parent.parent):
        (place / "nbgrader_config.py").touch()
    assert root_of(folder) == tmp_path
    assert root_of(tmp_path / "source" / factories.FIRST) == tmp_path


def test_outside_of_a_course_the_error_names_the_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CourseNotFound, match=r"no nbgrader_config\.py in"):
        find_root(tmp_path)


def test_every_error_is_the_root_error_and_a_standard_one() -> None:
    assert issubclass(CourseNotFound, RaisinError) and issubclass(CourseNotFound, FileNotFoundError)
    assert issubclass(NoSuchNotebook, LookupError)


def test_settings_come_from_the_course_folder(tmp_path: Path) -> None:
    course = factories.course(tmp_path, ['c.Course.repository = "a/b"', f"c.Course.optional = [{factories.SECOND!r}]"])
    assert course.repository == "a/b"
    assert course.notebooks == (factories.FIRST, factories.SECOND)
    assert course.required == (factories.FIRST,)


def test_a_notebook_can_be_named_by_its_beginning(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    assert course.chosen(["02"]) == (factories.SECOND,)
    assert course.chosen(()) == course.notebooks
    with pytest.raises(NoSuchNotebook, match="01-first, 02-second"):
        course.chosen(["0"])


def test_files_beside_the_notebooks_are_no_notebooks(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    (tmp_path / "source" / factories.FIRST / "scratch.ipynb").write_text("{}")
    assert course.notebooks == (factories.FIRST, factories.SECOND)


def test_a_course_without_notebooks_says_so(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("")
    with pytest.raises(CourseNotFound, match="holds no notebooks"):
        open_course(tmp_path).chosen(())


def test_the_gradebook_lies_in_the_course_folder(tmp_path: Path) -> None:
    from raisin.grading.course import open_nbgrader

    factories.course(tmp_path)
    assert open_nbgrader(tmp_path).coursedir.db_url == f"sqlite:///{tmp_path}/gradebook.db?timeout=60"
