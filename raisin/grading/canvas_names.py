"""How Canvas names the members of a download, and who is meant.

    {name}[_LATE]_{user id}_{attachment id}_{file name}      a file
    {name}[_LATE]_{user id}_text.html, …_link.html           what was typed, or a link
    [LATE_]anon_{anonymous id}_{attachment id}_{file name}   anonymous grading: nobody is meant

`name` is the sortable name, or the group's, mangled: no number stands between underscores in it, but it may end with
one, and the name of the file may hold any. So a name can be read in two ways; the roster settles which one is meant.
(instructure/canvas-lms, lib/content_zipper.rb)
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from raisin.grading.roster import Person, Roster, word_of

FILE, TEXT, LINK = "file", "text", "link"
_ID = r"[1-9]\d*"
_ENTRY = re.compile(rf"^(?P<name>.+?)(?P<late>_LATE)?_(?P<user>{_ID})_(?P<kind>text|link)(?:-\d+)?\.html$")
_IDS = re.compile(rf"(?P<late>_LATE)?_(?P<user>{_ID})_(?P<attachment>{_ID})_(?=.)")
_ANONYMOUS = re.compile(rf"^(?:LATE_)?anon_[A-Za-z0-9]+_{_ID}_.")
_SURE, _LIKELY, _BY_NAME = 3, 2, 1


@dataclass(frozen=True)
class Reading:
    """One way to read a name: whose it is (`name` as Canvas mangled it), and the file as the student called it."""

    name: str
    late: bool
    user: str
    attachment: str
    file: str
    kind: str = FILE


@dataclass(frozen=True)
class Settled:
    """The reading that is meant, and the person whom the roster knows for it (None: there is no roster)."""

    reading: Reading
    person: Person | None


def readings(file_name: str) -> tuple[Reading, ...]:
    """All ways to read this as Canvas's; () where it is none of Canvas's names."""
    text = unicodedata.normalize("NFC", file_name)
    found = []
    if entry := _ENTRY.match(text):
        kind, late = entry["kind"], bool(entry["late"])
        found.append(Reading(entry["name"], late, entry["user"], "", f"{kind}.html", kind))
    at = 0
    while ids := _IDS.search(text, at):
        found.append(Reading(text[: ids.start()], bool(ids["late"]), ids["user"], ids["attachment"], text[ids.end() :]))
        at = ids.start("user")  # the next one may begin with what this one took for the attachment
    found = [reading for reading in found if reading.name and word_of(reading.name) == reading.name]
    usual = [reading for reading in found if not re.search(r"_\d+_", reading.name)]
    return tuple(usual or found)


def is_anonymous(file_name: str) -> bool:
    return _ANONYMOUS.match(file_name) is not None


def settle(file_name: str, roster: Roster) -> Settled | str | None:
    """Who is meant; or why that is not certain, in words with the way out; None for what is no name of Canvas's."""
    found = readings(file_name)
    if len(roster):
        ranked = [(_rank(reading, roster), reading) for reading in found]
        best = max((rank for (rank, _), _ in ranked), default=0)
        meant = [(person, reading) for (rank, person), reading in ranked if rank == best and person is not None]
        if best and len(meant) == 1 and (best != _LIKELY or len(found) == 1):
            person, reading = meant[0]
            return Settled(reading, person)
        if (best == _LIKELY and len(found) > 1) or len({person.student for person, _ in meant}) > 1:
            users = " or ".join(_user(reading, roster) for reading in found)
            return f"its name can mean {users}; add the names of the groups to the roster"
    if is_anonymous(file_name):
        return "it was downloaded while the grading is anonymous, so it says nobody's name; end that, download again"
    if not found:
        return None
    if not len(roster):
        return Settled(found[0], None) if len(found) == 1 else _several(found)
    return _unknown(found, roster)


def _rank(reading: Reading, roster: Roster) -> tuple[int, Person | None]:
    """How well a reading fits the roster, 0 for not at all, and whom it means then."""
    named = roster.by_mangled(reading.name)
    group = roster.group_by_mangled(reading.name)
    person = roster.by_canvas(reading.user)
    if person is not None:
        if person in named or person in group:
            return _SURE, person
        # Somebody else's name beside this id is for a person to settle; nobody's name may be a name of a new group.
        return (0, None) if named else (_LIKELY, person)
    nameless = [other for other in (named or group) if not other.canvas]
    if named:
        return (_BY_NAME, nameless[0]) if len(nameless) == 1 == len(named) else (0, None)
    return (_BY_NAME, nameless[0]) if nameless else (0, None)


def _user(reading: Reading, roster: Roster) -> str:
    person = roster.by_canvas(reading.user)
    return f"{person.called} ({reading.user})" if person is not None else f"user {reading.user}"


def _several(found: Sequence[Reading]) -> str:
    users = " or ".join(dict.fromkeys(reading.user for reading in found))
    return f"its name can mean user {users}; give the roster: --roster GRADEBOOK.csv"


def _unknown(found: Sequence[Reading], roster: Roster) -> str:
    for reading in found:
        person, named = roster.by_canvas(reading.user), roster.by_mangled(reading.name)
        if person is not None and named:
            names = " or ".join(other.called for other in named)
            return f"user {reading.user} is {person.called}, and the name is of {names}; look at the roster"
        if len(named) > 1:
            return f"{' and '.join(f'{p.called} ({p.student})' for p in named)} are called so; add their Canvas ids"
    users = " or ".join(dict.fromkeys(reading.user for reading in found))
    return f"user {users} ({found[0].name}) is not in the roster; add the line, or export the gradebook again"
