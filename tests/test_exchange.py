"""nbgrader's exchange, as on a JupyterHub: released, fetched, submitted, collected, graded by us, and given back."""

import contextlib
import shutil
from pathlib import Path

import factories
import pytest
from factories import FIRST
from nbgrader.apps import NbGraderAPI
from nbgrader.auth import Authenticator
from nbgrader.exchange import ExchangeFactory
from nbgrader.utils import get_username

from raisin.grading import autograde, feedback, release
from raisin.grading.course import Course, open_nbgrader

STUDENT = get_username()  # the exchange goes by the system's names
# What a submission may bring along; only notebooks and nbgrader's own two files may go further.
OTHERS = ("numpy.py", "data.csv", "notes.tex", "module.so", "a.out", ".hidden.txt", "x.pth")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course that hands out and takes in through the folder `exchange`."""
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    settings = [f"c.Exchange.root = {str(exchange)!r}", f"c.Exchange.cache = {str(tmp_path / 'cache')!r}"]
    made = factories.course(tmp_path / "course", settings)
    release.release(made)
    return made


def take(course: Course, step: str, folder: Path | None = None) -> None:
    """One step of nbgrader's exchange with the first notebook, taken in `folder` (default: the course's)."""
    app = open_nbgrader(course.root)
    app.coursedir.assignment_id = FIRST
    exchange = ExchangeFactory(config=app.config)
    with contextlib.chdir(folder or course.root):
        getattr(exchange, step)(coursedir=app.coursedir, authenticator=Authenticator(parent=app), parent=app).start()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # nbgrader leaves a file open
def test_feedback_finds_its_way_back_through_the_exchange(course: Course, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    take(course, "ReleaseAssignment")
    take(course, "FetchAssignment", home)
    fetched = home / FIRST / f"{FIRST}.ipynb"
    assert fetched.read_bytes() == course.released(FIRST).read_bytes()
    for name in OTHERS:
        (fetched.parent / name).write_text("raise SystemExit\n", encoding="utf-8")
    content = factories.read(fetched)
    factories.replace("double", factories.RIGHT)(content)
    factories.write(fetched, content)
    take(course, "Submit", home)
    take(course, "Collect")

    there = course.submitted(STUDENT, FIRST)
    kept = {path.name for path in there.parent.iterdir()}
    assert kept == {there.name, "timestamp.txt", "submission_secret.txt"}
    (result,) = autograde.grade(course, jobs=1)
    assert not result.reason and result.total == 5.0
    assert {path.name for path in course.autograded(STUDENT, FIRST).parent.iterdir()} == kept

    (given,) = feedback.write_class(course)
    assert given.path is not None
    take(course, "ReleaseFeedback")
    take(course, "FetchFeedback", home)
    (came,) = fetched.parent.glob("feedback/*/*.html")
    assert came.read_text(encoding="utf-8") == given.path.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # nbgrader leaves a file open
def test_nbgraders_own_feedback_finds_its_way_back_too(course: Course, tmp_path: Path) -> None:
    there = course.submitted(STUDENT, FIRST)
    there.parent.mkdir(parents=True)
    shutil.copy(course.released(FIRST), there)
    (there.parent / "timestamp.txt").write_text("2026-11-02 09:30:00.000000 UTC", encoding="utf-8")
    (there.parent / "submission_secret.txt").write_text("f" * 128, encoding="utf-8")
    autograde.grade(course, jobs=1)
    app = open_nbgrader(course.root)
    said = NbGraderAPI(app.coursedir, parent=app).generate_feedback(FIRST, student_id=STUDENT)
    assert said["success"], said
    take(course, "ReleaseFeedback")
    assert list((tmp_path / "exchange").rglob("feedback/*.html"))
