"""When a notebook is due, and for whom later."""

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import factories
import pytest
from factories import FIRST, SECOND

from raisin.grading import due, gradebook
from raisin.grading.due import Calendar
from raisin.grading.errors import BadSetting, NoSuchNotebook
from raisin.grading.roster import Person

BERLIN = "2026-10-24 23:59 Europe/Berlin"  # the clocks go back in the following night


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("words", "at"),
    [
        (BERLIN, utc(2026, 10, 24, 21, 59)),
        ("2026-10-25 23:59 Europe/Berlin", utc(2026, 10, 25, 22, 59)),
        ("2026-11-02 Europe/Berlin", utc(2026, 11, 2, 22, 59)),
        ("2026-11-02T09:30:05+01:00", utc(2026, 11, 2, 8, 30, 5)),
        ("2026-11-02 9:30 -0500", utc(2026, 11, 2, 14, 30)),
        ("2026-11-02 09:30 UTC", utc(2026, 11, 2, 9, 30)),
    ],
)
def test_a_date_names_its_zone(words: str, at: datetime) -> None:
    assert due.parse(words) == at


def test_a_date_without_a_zone_is_the_machines_own_or_the_given_one() -> None:
    assert due.parse("2026-11-02 12:00") == datetime(2026, 11, 2, 12).astimezone()
    assert due.parse("2026-11-02 12:00", UTC) == utc(2026, 11, 2, 12)


@pytest.mark.parametrize("words", ["", "soon", "2026-13-01", "2026-11-02 24:30", "2026-11-02 Mars/Base", "2 weeks"])
def test_what_is_no_date_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(ValueError, match="2026-11-02 23:59 Europe/Berlin"):
        due.check_extension(words)


def test_an_extension_keeps_the_hour_of_the_clock_and_never_shortens() -> None:
    calendar = Calendar({FIRST: due.parse(BERLIN)})

    def of(words: str) -> datetime | None:
        return calendar.due_of(Person("ada", extensions={"01": words}), FIRST)

    assert calendar.due_of(None, FIRST) == of("0") == utc(2026, 10, 24, 21, 59)
    assert of("2") == of("+2 days") == utc(2026, 10, 26, 22, 59)
    assert of("0.5") == utc(2026, 10, 25, 10, 59)
    assert of("2026-10-27 18:00") == utc(2026, 10, 27, 17)  # in the zone of the due date
    assert of("2026-10-20") == utc(2026, 10, 24, 21, 59)


def test_an_extension_is_for_its_notebook_alone_and_days_need_a_date_to_start_from() -> None:
    person = Person("ada", extensions={"02": "2", "01": "2026-11-02 12:00 UTC"})
    assert Calendar().due_of(person, SECOND) is None
    assert Calendar().due_of(person, FIRST) == utc(2026, 11, 2, 12)
    assert Calendar({SECOND: utc(2026, 11, 1)}).due_of(person, SECOND) == utc(2026, 11, 3)


def test_a_group_has_the_latest_date_of_its_members() -> None:
    calendar = Calendar({FIRST: utc(2026, 11, 1)})
    people = [Person("ada"), Person("bob", extensions={FIRST: "3"})]
    assert calendar.due_of_group(people, FIRST) == utc(2026, 11, 4)
    assert calendar.due_of_group([], FIRST) == utc(2026, 11, 1)


def test_settings_go_before_what_nbgrader_knows(tmp_path: Path) -> None:
    course = factories.course(tmp_path, ['c.Course.due = {"01": "2026-11-02 12:00 UTC"}'])
    with contextlib.closing(gradebook.open_gradebook(course)) as book:
        for name in (FIRST, SECOND):
            book.update_or_create_assignment(name, duedate="2026-12-24 12:00:00 UTC")
        book.keep()
    assert due.calendar(course).dates == {FIRST: utc(2026, 11, 2, 12), SECOND: utc(2026, 12, 24, 12)}


def test_a_due_date_that_cannot_be_meant_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"c.Course.due\['01'\] in nbgrader_config.py: 'monday' is no date"):
        due.calendar(factories.course(tmp_path / "a", ['c.Course.due = {"01": "monday"}']))
    with pytest.raises(NoSuchNotebook):
        due.calendar(factories.course(tmp_path / "b", ['c.Course.due = {"09": "2026-11-02 12:00 UTC"}']))


def test_half_days_of_an_extension_may_have_a_comma() -> None:
    person = Person("ada", extensions={FIRST: "1,5"})
    assert Calendar({FIRST: utc(2026, 11, 1)}).due_of(person, FIRST) == utc(2026, 11, 1) + timedelta(hours=36)
