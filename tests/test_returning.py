"""Feedback on its way back: under the numbers by which Canvas knows whose it is, and in a folder for everybody."""

import re
import zipfile
from pathlib import Path

import factories
import pytest
from factories import FIRST
from nbgrader.api import Gradebook

from raisin import cli
from raisin.grading import feedback, logs, received, release, returning
from raisin.grading.course import Course
from raisin.grading.received import Canvas, Record
from raisin.grading.returning import NO_IDS, Returned

# nbgrader's own, from making a submission; it does not happen in the code under test.
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")


def hand_in(course: Course, student: str, record: Record | None, graded: bool = True) -> None:
    path = factories.hand_in(course, student, FIRST)
    if record is not None:
        received.write(course, student, FIRST, record)
    if not graded:
        return
    factories.write(course.autograded(student, FIRST), factories.read(path))
    logs.write(course.log(student, FIRST), logs.Result(student, FIRST, logs.digest(path), {}), "")
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(FIRST, student)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """ada for charles too, from Canvas; bob from elsewhere; eve is not graded; zoe's ids are nonsense."""
    made = factories.course(tmp_path)
    release.release(made)
    (tmp_path / "roster.csv").write_text(
        'student_id,name,canvas_id\nada,"Lovelace 2nd_7, Ada",130\ncharles,"Babbage, Charles",131\n'
    )
    hand_in(made, "ada", Record(("ada", "charles"), canvas=Canvas("130", "4574"), file="01 (1).ipynb"))
    hand_in(made, "bob", None)
    hand_in(made, "eve", Record(("eve",), canvas=Canvas("132", "4575")), graded=False)
    hand_in(made, "zoe", Record(("zoe",), canvas=Canvas("../1", "2")))
    return made


def canvas_ids(name: str) -> list[str]:
    """As Canvas takes them from a file that is uploaded again: the first two words that are numbers."""
    return [word for word in name.split("_") if re.fullmatch(r"\d+", word)][:2]


def test_the_zip_has_canvas_ids_and_folders_have_everybody(course: Course) -> None:
    done = {one.student: one for one in returning.give_back(course)}
    folder = course.root / "return"
    name = f"lovelacendada_130_4574_{FIRST}.html"
    places = (folder / "ada" / f"{FIRST}.html", folder / "charles" / f"{FIRST}.html")
    assert done["ada"] == Returned("ada", FIRST, places, name)
    assert canvas_ids(name) == ["130", "4574"]
    with zipfile.ZipFile(folder / f"{FIRST}.zip") as made:
        assert made.namelist() == [name]
        page = made.read(name)
    assert page == places[0].read_bytes() == places[1].read_bytes() and b"Lovelace" in page and b"Babbage" in page
    assert done["bob"].why == done["zoe"].why == NO_IDS and (folder / "bob" / f"{FIRST}.html").is_file()
    assert done["eve"] == Returned("eve", FIRST, why=feedback.NOT_GRADED)
    assert not (folder / "eve").exists()


def test_the_same_again_gives_the_same_and_what_is_no_longer_so_goes(course: Course) -> None:
    list(returning.give_back(course))
    path = course.root / "return" / f"{FIRST}.zip"
    before = path.read_bytes()
    list(returning.give_back(course))
    assert path.read_bytes() == before
    received.write(course, "ada", FIRST, Record(("ada", "charles")))
    list(returning.give_back(course))
    assert not path.exists()


def test_who_gets_nothing_is_named(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(course.root)
    assert cli.main(["return", "01", "--pdf"]) == 1
    out = capsys.readouterr().out
    assert "eve" in out and feedback.NOT_GRADED in out and NO_IDS[:40] in out
    assert f"{FIRST}: return/{FIRST}.zip for Canvas with 1, 4 in folders, 1 without feedback" in out
    with zipfile.ZipFile(course.root / "return" / f"{FIRST}.zip") as made:
        (name,) = made.namelist()
        assert name.endswith(f"{FIRST}.pdf") and made.read(name).startswith(b"%PDF")
    assert cli.main(["return", "02"]) == 0 and "nobody has handed in any of these" in capsys.readouterr().out
