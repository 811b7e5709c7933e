"""Who shares a submission, settled for one notebook at a time. Pure.

A group is what Canvas handed in as one, else what the cell `students` names (checked against the roster), else the
roster's own column. Naming somebody is a claim: whoever hands in for herself, without naming back, keeps her own work.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from raisin.grading.roster import Person, Roster, mangled
from raisin.students import Member

ALONE, CANVAS_GROUP, NAMES, ROSTER_GROUP = "alone", "Canvas group", "names cell", "group of the roster"


@dataclass(frozen=True)
class Claim:
    """Whose work a submission says it is. `members` begins with who handed it in; `look`: what a person must settle,
    `remarks`: what to know."""

    student: str
    members: tuple[str, ...]
    by: str = ALONE
    look: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settled:
    """One submission of a notebook: the claim that counts; `others` who handed in for the same group, with older files;
    `mates`: members who name back, with what they hand in now or handed in before."""

    claim: Claim
    others: tuple[str, ...] = ()
    mates: tuple[str, ...] = ()


def claim(student: str, typed: Sequence[Member], canvas_name: str, roster: Roster) -> Claim:
    """What one submission says: `typed` in its cell `students`; `canvas_name`, mangled, in the name of its file."""
    if not len(roster):
        return _unchecked(student, typed, canvas_name)
    person = roster.by_student(student)
    named, look = _resolved(typed, roster)
    group = tuple(p.student for p in roster.group_by_mangled(canvas_name)) if canvas_name else ()
    if student in group and person not in roster.by_mangled(canvas_name):
        differs = named and set(named) != set(group)
        words = (f"the names cell says {', '.join(named)}; Canvas's group counts",) if differs else ()
        return Claim(student, _first(student, group), CANVAS_GROUP, look, words)
    strange = canvas_name and person not in (*roster.by_mangled(canvas_name), *roster.group_by_mangled(canvas_name))
    words = (f"handed in as {canvas_name}, a name that the roster does not know",) if strange else ()
    together = tuple(p.student for p in roster.in_group(person.group)) if person else ()
    by, members = (NAMES, named) if named else (ROSTER_GROUP, list(together))
    if named and student not in named:
        look = (*look, f"the names cell does not name {student}, only {', '.join(named)}")
    members = list(_first(student, members))
    return Claim(student, tuple(members), by if len(members) > 1 else ALONE, look, words)


def _unchecked(student: str, typed: Sequence[Member], canvas_name: str) -> Claim:
    """Without a roster the ids count as they were typed; who handed it in may be known by Canvas's number only."""
    ids = [member.student for member in typed if member.student]
    own = [m.student for m in typed if m.student and canvas_name and mangled(m.name) == canvas_name]
    if canvas_name and student not in ids and (len(ids) == 1 or own):
        mine = own[0] if own else ids[0]
        ids = [student if one == mine else one for one in ids]
    members = _first(student, ids)
    return Claim(student, members, NAMES if len(members) > 1 else ALONE)


def _resolved(typed: Sequence[Member], roster: Roster) -> tuple[list[str], tuple[str, ...]]:
    """The ids of those who were typed, and what to say of those whom the roster does not know."""
    found: list[str] = []
    look = []
    for member in typed:
        words = member.name or member.student
        by_id, by_name = roster.find(member.student), roster.find(member.name)
        if not by_id and not by_name:
            look.append(f"names {words!r} ({member.student or 'no id'}), who is not in the roster")
        elif len(by_id or by_name) > 1:
            look.append(f"names {words!r}, which can be {' or '.join(p.student for p in by_id or by_name)}")
        else:
            (person,) = by_id or by_name
            if by_id and by_name and person not in by_name:
                look.append(f"names {member.name!r} with the id of {person.called}; the id counts")
            found.append(person.student)
    return list(dict.fromkeys(found)), tuple(look)


def _first(student: str, members: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((student, *members)))


def settle(claims: Sequence[Claim], earlier: Mapping[str, Sequence[str]] | None = None) -> tuple[Settled, ...]:
    """One submission for each group. `claims`: the newest first. `earlier`: student -> members of what lies in
    submitted/ already and is not handed in again."""
    stored = earlier or {}
    handing_in = {one.student: set(one.members) for one in claims} | {s: set(m) for s, m in stored.items()}
    settled: list[Settled] = []
    taken: dict[str, int] = {}
    for one in claims:
        mates = [o for o in one.members if o != one.student and o in handing_in and one.student in handing_in[o]]
        first = next((taken[mate] for mate in mates if mate in taken), None)
        if first is not None:
            taken[one.student] = first
            settled[first] = replace(settled[first], others=(*settled[first].others, one.student))
            continue
        taken[one.student] = len(settled)
        settled.append(Settled(_without_others(one, mates, handing_in), mates=tuple(mates)))
    return tuple(_named_twice(settled, stored))


def _without_others(one: Claim, mates: Sequence[str], handing_in: Mapping[str, object]) -> Claim:
    """The claim without those who hand in for themselves and do not name back."""
    own = [other for other in one.members if other != one.student and other in handing_in and other not in mates]
    if not own:
        return one
    left = tuple(member for member in one.members if member not in own)
    words = f"names {', '.join(own)}, who handed in alone or in another group: that counts there"
    return replace(one, members=left, by=one.by if len(left) > 1 else ALONE, look=(*one.look, words))


def _named_twice(settled: Sequence[Settled], stored: Mapping[str, Sequence[str]]) -> list[Settled]:
    """With a word where a person is in two groups."""
    by: dict[str, list[str]] = {}
    for student, members in [(s.claim.student, s.claim.members) for s in settled] + list(stored.items()):
        for member in members:
            by.setdefault(member, []).append(student)
    result = []
    for one in settled:
        look = list(one.claim.look)
        for member in one.claim.members:
            others = [o for o in dict.fromkeys(by[member]) if o != one.claim.student and o not in one.claim.members]
            if others:
                look.append(f"{member} is named by {' and by '.join(others)} too: decide whose it is")
        result.append(replace(one, claim=replace(one.claim, look=tuple(look))))
    return result


def people(members: Iterable[str], roster: Roster) -> tuple[Person, ...]:
    """The members as the roster knows them; whom it does not know has an id only."""
    return tuple(roster.by_student(member) or Person(member) for member in members)
