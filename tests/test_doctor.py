"""`raisin doctor` says what is wrong with one file, and writes the notebook that grading would see."""

import copy
from pathlib import Path

import factories
import pytest
from factories import FIRST, Notebook

from raisin.cli import main
from raisin.grading import doctor, release
from raisin.grading.course import Course
from raisin.grading.doctor import CannotExamine


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    made = factories.course(tmp_path)
    release.release(made)
    monkeypatch.chdir(tmp_path)
    return made


def _broken(content: Notebook) -> None:
    answer = factories.cell(content, "double")
    answer.update(metadata={}, id="x", cell_type="raw")
    del answer["outputs"], answer["execution_count"]
    content["cells"].remove(factories.cell(content, "test-double-text"))


def _two_attempts(content: Notebook) -> None:
    other = copy.deepcopy(factories.cell(content, "double"))
    content["cells"].append({**other, "id": "x", "source": factories.RIGHT})


def test_nothing_wrong_is_said_to_be_so(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    factories.hand_in(course, "ada", FIRST)
    assert main(["doctor", f"submitted/ada/{FIRST}/{FIRST}.ipynb"]) == 0
    out = capsys.readouterr().out
    assert f"is {FIRST}: 8 cells" in out and "There is nothing wrong with it." in out


def test_what_is_put_right_is_said_and_written_where_asked(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    path = factories.hand_in(course, "ada", FIRST, _broken).rename(course.root / "a file.ipynb")
    before = path.read_bytes()
    assert main(["doctor", str(path), "--to", "repaired.ipynb"]) == 0
    out = capsys.readouterr().out
    assert "  double: was turned into a raw cell" in out and "  test-double-text: was deleted; it is there again" in out
    assert path.read_bytes() == before
    assert doctor.examine(course.root / "repaired.ipynb").rebuilt.notes == ()
    factories.hand_in(course, "bob", FIRST)
    whole, repaired = (factories.read(p) for p in (course.submitted("bob", FIRST), course.root / "repaired.ipynb"))
    assert [cell["source"] for cell in repaired["cells"]] == [cell["source"] for cell in whole["cells"]]


def test_what_a_person_must_decide_names_the_cells(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    path = factories.hand_in(course, "ada", FIRST, _two_attempts)
    assert main(["doctor", str(path)]) == 1
    out = capsys.readouterr().out
    assert "double is there 2 times with different work, in cells 4 and 9: which one counts?" in out
    assert "1 answers in code; not there: double" in out


def test_a_student_needs_the_released_notebook_only(
    course: Course, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = factories.hand_in(course, "ada", FIRST, _broken)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert doctor.show(doctor.examine(path, release=course.released(FIRST))) == 0
    assert main(["doctor", str(path)]) == 2  # there is no course here


def test_nothing_is_overwritten_and_what_cannot_be_examined_says_why(course: Course) -> None:
    path = factories.hand_in(course, "ada", FIRST)
    with pytest.raises(CannotExamine, match="is there already"):
        doctor.show(doctor.examine(path), path)
    odd = course.root / "odd.ipynb"
    odd.write_text("<html>")
    with pytest.raises(CannotExamine, match="does not tell which notebook"):
        doctor.examine(odd)
    with pytest.raises(CannotExamine, match="the file is damaged"):
        doctor.examine(odd, FIRST)
    with pytest.raises(CannotExamine, match="is no file"):
        doctor.examine(course.root / "none.ipynb")
