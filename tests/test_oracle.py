"""What checks are measured against: run once in trust, kept in a file, never another's."""

import json
import os
from pathlib import Path
from typing import Any

import factories
import numpy as np
import pytest
from factories import FIRST, SECOND

from raisin.grading import oracle
from raisin.grading.course import Course
from raisin.grading.errors import BrokenSource
from raisin.lab import compare
from raisin.lab.observe import Observation

CHECKS = """
@lab.equal("double: an array", due=lambda rng: 2 * rng.normal(size=3), hint="add it to itself")
def _(rng):
    return double(rng.normal(size=3))


@lab.agreement("double: most", due=lambda: [2, 4, 6], at_least=0.6)
def _():
    return [double(1), double(2), double(3)]


@lab.raises("double: nothing", error=TypeError)
def _():
    return double(1), lambda: double(None)
"""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = factories.course(tmp_path, ["c.Course.secret = 'for the tests'"])
    one, two = factories.first(), factories.second()
    factories.cell(one, "test-double-number")["source"] = CHECKS
    factories.write(made.source(FIRST), one)
    factories.write(made.source(SECOND), two)
    return made


def test_every_check_of_the_source_has_its_expectation(course: Course) -> None:
    measure = oracle.of(course, FIRST).measure()
    array, most, nothing = (measure.expected[f"double: {word}"] for word in ("an array", "most", "nothing"))
    assert isinstance(array.due, np.ndarray) and array.due.shape == (3,) and array.hint == "add it to itself"
    assert (most.kind, most.at_least) == ("share", 0.6)
    assert (nothing.kind, nothing.errors) == ("error", ("builtins.TypeError",))
    assert set(measure.inputs) >= {"double: an array", "double: most", "double: nothing"}


def test_another_seed_gives_other_numbers(course: Course) -> None:
    one = oracle.of(course, FIRST).measure()
    course.secret = "another"
    other = oracle.of(course, FIRST).measure()
    what = "double: an array"
    assert not np.allclose(np.asarray(one.expected[what].due), np.asarray(other.expected[what].due))
    assert one.inputs[what] != other.inputs[what]


def test_the_file_holds_the_same_and_is_read_instead_of_running(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = oracle.of(course, FIRST)
    made = oracle.measure(course, asked)
    (file,) = (course.root / ".raisin" / "oracle").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(oracle.Oracle, "measure", lambda self: pytest.fail("it is known already"))
    asked.known.clear()
    again = oracle.measure(course, asked)
    assert json.dumps(oracle._as_data(again)) == json.dumps(oracle._as_data(made))


def test_a_damaged_file_is_made_anew(course: Course) -> None:
    asked = oracle.of(course, FIRST)
    oracle.measure(course, asked)
    (file,) = (course.root / ".raisin" / "oracle").iterdir()
    whole = file.read_bytes()
    for content in (b"", whole[:20], b"nonsense"):
        file.write_bytes(content)
        asked.known.clear()
        assert oracle.measure(course, asked).expected and file.read_bytes() == whole


def test_a_changed_source_is_another_oracle_and_the_old_file_goes(course: Course) -> None:
    oracle.measure(course, oracle.of(course, FIRST))
    (before,) = (course.root / ".raisin" / "oracle").iterdir()
    text = course.source(FIRST).read_text(encoding="utf-8")
    course.source(FIRST).write_text(text.replace("at_least=0.6", "at_least=0.7"), encoding="utf-8")
    assert oracle.measure(course, oracle.of(course, FIRST)).expected["double: most"].at_least == 0.7
    (after,) = (course.root / ".raisin" / "oracle").iterdir()
    assert after != before


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("return 2 * x", "return 3 * x", "the source fails its own check double: an array"),
        ("return 2 * x", "return 2 * x\n1 / 0", "cell 'double' of the source failed: ZeroDivisionError"),
    ],
)
def test_a_source_that_fails_its_own_checks_is_an_error_that_names_it(
    course: Course, old: str, new: str, words: str
) -> None:
    text = course.source(FIRST).read_text(encoding="utf-8")
    assert old in text
    course.source(FIRST).write_text(text.replace(old, json.dumps(new)[1:-1]), encoding="utf-8")
    with pytest.raises(BrokenSource, match=words):
        oracle.of(course, FIRST).measure()


def test_it_leaves_no_trace_in_this_process(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAISIN_SEED", "mine")
    before: tuple[Any, ...] = (dict(os.environ), compare._notebook)
    asked = oracle.of(course, FIRST)
    measure = asked.measure()
    asked.look(Observation("double: an array", np.zeros(3)), measure.expected["double: an array"])
    assert before == (dict(os.environ), compare._notebook)


def test_a_wrong_value_is_looked_at(course: Course) -> None:
    asked = oracle.of(course, FIRST)
    expected = asked.measure().expected["double: an array"]
    found = asked.look(Observation("double: an array", -np.asarray(expected.due)), expected)
    assert found is not None and found.key == "sign"
