"""When a notebook is due: `c.Course.due`, else nbgrader's own assignment; and what the roster adds for a person.

A date is "2026-11-02 23:59 Europe/Berlin", "2026-11-02 23:59 +0100", or without a zone: then the machine's own. A
day alone means its last minute. An extension is a number of days ("2", "+1.5 days"), which keeps the hour of the clock
over a change to winter time, or a date; it never shortens.
"""

import contextlib
import re
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from raisin.grading.course import Course
from raisin.grading.errors import BadSetting

if TYPE_CHECKING:
    from raisin.grading.roster import Person

_DATE = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})(?:[ T](?P<time>\d{1,2}:\d{2}(?::\d{2})?))?\s*(?P<zone>\S+)?")
_DAYS = re.compile(r"\+?\s*(?P<days>\d{1,3}(?:[.,]\d{1,3})?)\s*(?:d|days?)?", re.IGNORECASE)
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})")
_LAST_MINUTE = time(23, 59)
_EXAMPLE = 'write it like "2026-11-02 23:59 Europe/Berlin"'


@dataclass(frozen=True)
class Calendar:
    """The due dates of a course, each with a zone; a notebook without one is never late."""

    dates: Mapping[str, datetime] = field(default_factory=dict)

    def due_of(self, person: "Person | None", notebook: str) -> datetime | None:
        """When this person has to hand in this notebook; None where nothing says so."""
        day = self.dates.get(notebook)
        words = person.extension(notebook) if person is not None else ""
        if not words:
            return day
        if found := _DAYS.fullmatch(words):
            return None if day is None else day + timedelta(days=float(found["days"].replace(",", ".")))
        extended = parse(words, day.tzinfo if day is not None else None)
        return extended if day is None else max(day, extended)

    def due_of_group(self, people: Iterable["Person"], notebook: str) -> datetime | None:
        """When a group has to: at the latest date of its members."""
        dates = [day for person in people if (day := self.due_of(person, notebook)) is not None]
        return max(dates, default=self.dates.get(notebook))


def calendar(course: Course) -> Calendar:
    """What the settings say, and for the other notebooks what nbgrader's gradebook does. Raises BadSetting."""
    dates = of_settings(course)
    if any(notebook not in dates for notebook in course.notebooks):
        dates = {**_of_gradebook(course), **dates}
    return Calendar(dates)


def of_settings(course: Course) -> dict[str, datetime]:
    """`c.Course.due`, with every notebook's whole name. Raises BadSetting, NoSuchNotebook."""
    dates = {}
    for name, words in course.due.items():
        (notebook,) = course.chosen([name])
        try:
            dates[notebook] = parse(words)
        except ValueError as error:
            raise BadSetting(f"c.Course.due[{name!r}] in nbgrader_config.py: {error}") from error
    return dates


def parse(words: str, zone: tzinfo | None = None) -> datetime:
    """A date with its zone; `zone` is for one that names none. Raises ValueError, with an example."""
    found = _DATE.fullmatch(words.strip())
    if found is None:
        raise ValueError(f"{words!r} is no date; {_EXAMPLE}")
    try:
        day = datetime.fromisoformat(found["day"])
        clock = time.fromisoformat(found["time"].zfill(5)) if found["time"] else _LAST_MINUTE
    except ValueError as error:
        raise ValueError(f"{words!r} is no date ({error}); {_EXAMPLE}") from error
    naive = datetime.combine(day, clock)
    if found["zone"]:
        zone = _zone(found["zone"])
    return naive.replace(tzinfo=zone) if zone is not None else naive.astimezone()


def _zone(name: str) -> tzinfo:
    if name in ("Z", "UTC"):
        return UTC
    if found := _OFFSET.fullmatch(name):
        parsed = datetime.strptime(f"{found['sign']}{found['hours']}{found['minutes']}", "%z").tzinfo
        return parsed or UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone; {_EXAMPLE}") from error


def check_extension(words: str) -> None:
    """Raises ValueError where an entry of the roster is neither a number of days nor a date."""
    if not _DAYS.fullmatch(words):
        try:
            parse(words)
        except ValueError as error:
            raise ValueError(f"{error}, or as a number of days") from error


def _of_gradebook(course: Course) -> dict[str, datetime]:
    """What nbgrader knows (formgrader's table of assignments); it keeps UTC without saying so."""
    from sqlalchemy.exc import SQLAlchemyError

    from raisin.grading import gradebook

    with contextlib.suppress(SQLAlchemyError), contextlib.closing(gradebook.open_gradebook(course)) as book:
        known = {assignment.name: assignment.duedate for assignment in book.assignments}
        return {name: day.replace(tzinfo=UTC) for name, day in known.items() if day is not None}
    return {}
