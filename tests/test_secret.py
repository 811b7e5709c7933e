"""The secret that the checks' numbers are drawn with at grading."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from raisin.grading import secret
from raisin.grading.course import Course


def test_it_is_made_at_first_use_and_stays(tmp_path: Path) -> None:
    first = secret.seed(Course(tmp_path), "04-backward")
    assert secret.seed(Course(tmp_path), "04-backward") == first
    kept = tmp_path / ".raisin" / "secret"
    assert len(kept.read_text().strip()) == 32 and kept.stat().st_mode & 0o077 == 0
    assert [path.name for path in kept.parent.iterdir()] == ["secret"]


def test_every_course_and_every_notebook_has_its_own_seed(tmp_path: Path) -> None:
    seeds = {
        secret.seed(Course(tmp_path / root), name)
        for root in "ab"
        for name in ("04-backward", "05-sgd")
        if (tmp_path / root).mkdir(exist_ok=True) is None
    }
    assert len(seeds) == 4


def test_processes_that_ask_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: secret.seed(Course(tmp_path), "x"), range(64)))) == 1


def test_the_setting_comes_first_and_is_not_written_anywhere(tmp_path: Path) -> None:
    course = Course(tmp_path)
    course.secret = "chosen"
    assert secret.seed(course, "x") == secret.seed(course, "x") != secret.seed(Course(tmp_path), "x")
