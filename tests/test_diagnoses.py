"""What a wrong value looks like is found out once, and never taken from what was found out about something else."""

import json
from pathlib import Path

import factories
import numpy as np
import pytest
from factories import FIRST

from raisin.grading import diagnoses, oracle
from raisin.grading.course import Course
from raisin.grading.oracle import Oracle
from raisin.lab import diagnose
from raisin.lab.diagnose import Mistake
from raisin.lab.observe import Expectation, Observation

WHAT = "double: an array"
CHECK = f"""
@lab.equal("{WHAT}", due=lambda rng: 2 * rng.normal(size=3))
def _(rng):
    return double(rng.normal(size=3))
"""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = factories.course(tmp_path, ["c.Course.secret = 'for the tests'"])
    content = factories.first()
    factories.cell(content, "test-double-number")["source"] = CHECK
    factories.write(made.source(FIRST), content)
    return made


class Asked:
    """How often the oracle was asked since, with a memory of this process that begins anew."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        look = Oracle.look

        def counted(self_: Oracle, found: Observation, expected: Expectation) -> Mistake | None:
            self.times += 1
            return look(self_, found, expected)

        monkeypatch.setattr(Oracle, "look", counted)

    def look(self, course: Course, sign: float = -1) -> tuple[str, str, str] | None:
        diagnoses._of.cache_clear()
        return self.again(course, sign)

    def again(self, course: Course, sign: float = -1) -> tuple[str, str, str] | None:
        """The same with what this process remembers."""
        here = oracle.of(course, FIRST)
        expected = oracle.measure(course, here).expected[WHAT]
        found = Observation(WHAT, sign * np.asarray(expected.due), drawn=((3,),))
        mistake = diagnoses.look(course, here, found, expected)
        return None if mistake is None else (mistake.key, mistake.looks_like, mistake.look_at)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


def file_of(course: Course) -> Path:
    (found,) = (course.root / ".raisin" / "diagnoses").iterdir()
    return found


def test_a_later_run_reads_what_an_earlier_one_found_out(course: Course, asked: Asked) -> None:
    first = asked.look(course)
    assert first is not None and first[0] == "sign"
    assert asked.look(course, sign=7.3) is None
    assert (asked.look(course), asked.look(course, sign=7.3), asked.times) == (first, None, 2)
    assert file_of(course).stat().st_mode & 0o077 == 0


def test_another_value_is_looked_at_for_itself(course: Course, asked: Asked) -> None:
    found = [asked.again(course, sign) for sign in (-1, 2, -1, 2)]
    assert found[:2] == found[2:] and found[0] != found[1] and asked.times == 2


def test_another_secret_source_or_table_of_mistakes_begins_anew(
    course: Course, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.look(course)
    before = {file_of(course)}
    course.secret = "another"
    asked.look(course)
    text = course.source(FIRST).read_text(encoding="utf-8")
    before.add(file_of(course))
    course.source(FIRST).write_text(text.replace("2 * rng.normal", "rng.normal(size=3) * 0 + 2 * rng.normal"), "utf-8")
    with pytest.raises(Exception, match="fails its own check"):  # the digest is of this text, so nothing old is taken
        asked.look(course)
    course.source(FIRST).write_text(text, encoding="utf-8")
    monkeypatch.setattr(diagnoses, "_text", lambda: "other tables")
    asked.look(course)
    assert file_of(course) not in before and len(before) == 2 and asked.times == 3


@pytest.mark.parametrize("content", ["", "nonsense", "[1, 2]\n[[], 3]\n{}\n", '["k", ["one"]]\n["' + "x" * 40])
def test_a_file_that_is_broken_or_anothers_costs_time_only(course: Course, asked: Asked, content: str) -> None:
    found = asked.look(course)
    path = file_of(course)
    whole = path.read_bytes()
    path.write_text(content, encoding="utf-8")
    assert (asked.look(course), asked.times) == (found, 2)
    assert (asked.look(course), asked.times) == (found, 2)  # what was added behind the broken line is read
    path.write_bytes(whole[:-5])
    assert (asked.look(course), asked.times) == (found, 3)
    path.write_bytes(b"\xff\xfe" + whole)  # no UTF-8 in a line of its own
    assert (asked.look(course), asked.times) == (found, 3)


def test_a_folder_that_cannot_be_written_costs_time_only(course: Course, asked: Asked) -> None:
    (course.root / ".raisin").mkdir(exist_ok=True)
    (course.root / ".raisin" / "diagnoses").write_text("in the way", encoding="utf-8")
    assert asked.look(course) == asked.look(course) and asked.times == 2


def test_a_file_that_is_full_begins_anew(course: Course, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnoses, "_MOST", 2)
    for sign in (-1.0, 3.0, 5.0):
        asked.again(course, sign)
    lines = [json.loads(line) for line in file_of(course).read_text(encoding="utf-8").splitlines() if line]
    assert len(lines) == 1
    asked.look(course, 5.0)
    assert asked.times == 3


def test_where_nothing_is_tried_nothing_is_kept(course: Course, asked: Asked) -> None:
    diagnose.switch(False)
    try:
        assert asked.look(course) is None
    finally:
        diagnose.switch(True)
    assert asked.times == 0 and asked.look(course) is not None
