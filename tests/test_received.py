"""What is known of a submission beside its content, and what of it grading depends on."""

from dataclasses import replace
from pathlib import Path

import factories
import pytest
from factories import FIRST, SECOND
from nbgrader.utils import parse_utc

from raisin.grading import received, submission
from raisin.grading.course import Course, open_nbgrader
from raisin.grading.received import Canvas, Record
from raisin.students import Member


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = factories.course(tmp_path)
    factories.write(made.submitted("ada", FIRST), factories.first())
    return made


def folder(course: Course) -> Path:
    return course.submitted("ada", FIRST).parent


def test_a_record_comes_back_as_it_was_written_and_twice_is_once(course: Course) -> None:
    record = Record(
        ("ada", "bob"), "names cell", "2026-11-02T23:59:30+01:00", True, Canvas("130", "4574"), "é.ipynb", "ab"
    )
    record = replace(record, partners=(Canvas("131", "4575"),))
    assert received.read(course, "ada", FIRST) is None
    assert received.write(course, "ada", FIRST, record)
    assert received.read(course, "ada", FIRST) == record
    assert not received.write(course, "ada", FIRST, record)
    assert received.share(course, "ada", FIRST) == ("ada", "bob")
    assert received.share(course, "ada", SECOND) == ("ada",)


def test_nbgrader_reads_the_time_in_its_own_file(course: Course) -> None:
    received.write(course, "ada", FIRST, Record(("ada",), time="2026-11-02T23:59:30+01:00"))
    found = open_nbgrader(course.root).coursedir.get_existing_timestamp(str(folder(course)))
    assert found == parse_utc("2026-11-02 22:59:30")
    received.write(course, "ada", FIRST, Record(("ada",)))
    assert not (folder(course) / "timestamp.txt").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"members": ["a"], "more": 1}', '{"members": 3}', "\udcff"])
def test_a_damaged_record_is_none(course: Course, text: str) -> None:
    (folder(course) / received.RECORD).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert received.read(course, "ada", FIRST) is None
    assert received.share(course, "ada", FIRST) == ("ada",)


def test_what_was_settled_at_collecting_goes_before_what_is_typed(course: Course) -> None:
    typed = factories.notebook(factories.students(("Lovelace, Ada", "ada"), ("Eve", "eve")))
    factories.write(course.submitted("ada", FIRST), typed)
    assert received.named_by(course, FIRST) == (("ada", Member("Lovelace, Ada", "ada")), ("ada", Member("Eve", "eve")))
    received.write(course, "ada", FIRST, Record(("ada", "bob")))
    assert received.named_by(course, FIRST) == (("ada", Member("Lovelace, Ada", "ada")), ("ada", Member("", "bob")))


def test_grading_depends_on_the_members_and_on_nothing_else_of_it(course: Course) -> None:
    def depends() -> dict[str, str]:
        return dict(submission.make_job(course, "ada", FIRST).depends)

    alone = depends()
    assert submission.unfit(course, submission.make_job(course, "ada", FIRST)) == ""
    received.write(course, "ada", FIRST, Record(("ada",), "alone", "2026-11-02T23:59:30+01:00", True, Canvas("1", "2")))
    assert depends() == alone
    received.write(course, "ada", FIRST, Record(("ada", "bob"), "names cell"))
    assert {name for name, digest in depends().items() if digest != alone[name]} == {"members"}
    received.write(course, "ada", FIRST, Record(("bob", "ada"), "names cell"))
    assert submission.unfit(course, submission.make_job(course, "ada", FIRST)) == ""
