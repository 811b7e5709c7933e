"""What was handed in -> submitted/: which file is which notebook of whom, and who belongs together.

    Canvas zip, folder, files ──gather──▶ candidates ──newest──▶ groups ──▶ submitted/<student>/<notebook>/
                                                                            <notebook>.ipynb  byte for byte
                                                                            collected.json    see received.py

A group's submission lies in the folder of who handed it in first. What takes the place of an earlier file leaves it
beside itself. Doing the same again changes nothing.
"""

import functools
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from raisin.grading import due, gather, groups, received, roster, storing
from raisin.grading import times as times_of
from raisin.grading.course import Course
from raisin.grading.errors import NoRoom, NoSuchFolder, is_no_room
from raisin.grading.gather import Candidate, Fetch, Gathering
from raisin.grading.groups import Claim, Settled
from raisin.grading.receipts import LATE, MISSING, ODD, UNCHANGED, Receipt
from raisin.grading.received import Canvas, Record
from raisin.grading.recognise import Recogniser
from raisin.grading.roster import Roster
from raisin.grading.times import Times


@dataclass(frozen=True)
class _Collecting:
    """What the steps share."""

    course: Course
    roster: Roster
    times: Times

    @functools.cached_property
    def calendar(self) -> due.Calendar:
        """Read when the first time of submission is known."""
        return due.calendar(self.course)

    def called(self, student: str) -> str:
        person = self.roster.by_student(student)
        return person.called if person else ""


def collect(
    course: Course,
    *paths: Path,
    roster_file: Path | None = None,
    fetch: Fetch | None = None,
    times: str = "",
    only: Sequence[str] = (),
) -> tuple[Receipt, ...]:
    """Copy what was handed in to submitted/, and say what came, what was not understood and what is missing.

    paths: zips, folders, files. fetch: gets the file behind a link; None: links are only named. times: see times.py.
    only: these notebooks; others are listed, not taken. A file that differs from the one collected before takes its
    place; the earlier one stays beside it. Raises NoSuchFolder, NoSuchNotebook, BadRoster, BadSetting (then nothing was
    collected), NoRoom.
    """
    for path in paths:
        if not path.exists():
            raise NoSuchFolder(f"{path} is not there; give a zip, a notebook, or what holds a folder for each student")
    notebooks = course.chosen(only)
    people = roster.of_course(course, roster_file)
    due.of_settings(course)  # raises before anything is done
    this = _Collecting(course, people, times_of.read(course, times, people))
    recogniser = Recogniser({name: course.content(name) for name in course.notebooks})
    no_work = [path.resolve() for path in (roster_file, course.roster_file) if path is not None]
    try:
        with tempfile.TemporaryDirectory(prefix="raisin-") as room:
            gathering = Gathering(recogniser, notebooks, people, fetch, _links(course), Path(room))
            for path in paths:
                gathering.take(path.resolve(), no_work)
            gathered = gathering.finish()
            receipts = list(gathered.receipts)
            for notebook in notebooks:
                receipts += _notebook(this, notebook, [c for c in gathered.candidates if c.notebook == notebook])
    except OSError as error:
        if is_no_room(error):
            raise NoRoom(error) from error
        raise
    return (*receipts, *_missing(this, notebooks, {receipt.student for receipt in gathered.receipts}))


def _links(course: Course) -> dict[tuple[str, str], str]:
    """(member, link) -> notebook, for all that was fetched before."""
    return {
        (member, record.link): notebook
        for student in course.students
        for notebook in course.notebooks
        if (record := received.read(course, student, notebook)) is not None and record.link
        for member in record.members
    }


def _notebook(this: _Collecting, notebook: str, candidates: Sequence[Candidate]) -> list[Receipt]:
    """All that was handed in of one notebook: the newest of everybody, one of every group."""
    by: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by.setdefault(candidate.student, []).append(candidate)
    chosen = {student: gather.newest(files) for student, files in by.items()}
    in_order = sorted(chosen, key=lambda student: chosen[student][0].age, reverse=True)
    claims = [_claim(this, chosen[student][0]) for student in in_order]
    stored = {student: received.share(this.course, student, notebook) for student in _stored(this, notebook)}
    earlier = {student: members for student, members in stored.items() if student not in chosen}
    receipts: list[Receipt] = []
    for settled in sorted(groups.settle(claims, earlier), key=lambda settled: settled.claim.student):
        best, others = chosen[settled.claim.student]
        words = [_others(best, others)] if others else []
        mates = [chosen[mate][0] for mate in settled.others]
        for mate in mates:
            same = mate.sha256 == best.sha256
            words.append(f"{mate.student} handed in {'the same' if same else 'for the same group, this one is newer'}")
        receipts += _take(this, best, settled, mates, words)
    return receipts


def _stored(this: _Collecting, notebook: str) -> list[str]:
    return [student for student in this.course.students if this.course.has_submission(student, notebook)]


def _claim(this: _Collecting, candidate: Candidate) -> Claim:
    reading = candidate.owner.reading
    return groups.claim(candidate.student, candidate.known.members, reading.name if reading else "", this.roster)


def _others(best: Candidate, others: Sequence[Candidate]) -> str:
    names = ", ".join(dict.fromkeys(gather.way(other) for other in others))
    if any(other.age[:4] == best.age[:4] for other in others):  # up to the times
        return f"nothing tells which is newer: {gather.way(best)} counts by its name, not {names}; ask which is meant"
    return f"{gather.way(best)} is the newest and counts, not {names}"


def _take(
    this: _Collecting, candidate: Candidate, settled: Settled, mates: Sequence[Candidate], words: list[str]
) -> list[Receipt]:
    """Store one submission and its record; what to say of it."""
    claim, notebook = settled.claim, candidate.notebook
    team = (claim.student, *settled.others, *settled.mates)
    there = [student for student in dict.fromkeys(team) if this.course.has_submission(student, notebook)]
    folder = there[0] if there else claim.student
    look = list(claim.look)
    if len(there) > 1:
        look.append(f"submitted/ holds {' and '.join(there)} of one group; take away what shall not count")
    state, said = storing.store(this.course, folder, candidate)
    words = [candidate.known.remark, *said, *words, *claim.remarks]
    if folder != claim.student:
        words.append(f"handed in by {claim.student}, kept in the folder of {folder}")
    late = ""
    if state != ODD:
        partners = tuple(ids for mate in mates if (ids := _ids(mate)) is not None)
        record = _record(this, folder, candidate, claim, state, partners)
        words += _regrouped(this.course, folder, notebook, record, state)
        received.write(this.course, folder, notebook, record)
        late = _late(this, record, notebook)
        for mate in mates:
            storing.set_aside(this.course.submitted(folder, notebook), mate.path)
    name = this.called(claim.student)
    text = "; ".join(filter(None, words))
    return [
        Receipt(folder, notebook, state, text, name, late),
        *(Receipt(folder, notebook, ODD, trouble, name) for trouble in look),
    ]


def _ids(candidate: Candidate) -> Canvas | None:
    reading = candidate.owner.reading
    return Canvas(reading.user, reading.attachment) if reading is not None else None


def _record(
    this: _Collecting, folder: str, candidate: Candidate, claim: Claim, state: str, partners: tuple[Canvas, ...]
) -> Record:
    before = received.read(this.course, folder, candidate.notebook) if state == UNCHANGED else None
    if before is not None and candidate.sha256 != before.sha256:  # an older attempt: only its group may be news
        return before
    time = _time(this, candidate)
    if state == UNCHANGED and not time:
        time = before.time if before is not None else received.stamped(this.course, folder, candidate.notebook)
    if before is not None and (candidate.attachment < storing.attachment(before) or candidate.owner.reading is None):
        return replace(before, members=claim.members, by=claim.by, time=time, partners=partners or before.partners)
    reading = candidate.owner.reading
    return Record(
        members=claim.members,
        by=claim.by,
        time=time,
        late=reading.late if reading else None,
        canvas=_ids(candidate),
        file=candidate.file,
        sha256=candidate.sha256,
        link=candidate.link,
        partners=partners,
    )


def _time(this: _Collecting, candidate: Candidate) -> str:
    """When it was handed in; the files of a download from Canvas are as old as the download."""
    when = this.times.of(candidate.student, candidate.notebook)
    if when is None and this.times.of_files and candidate.owner.reading is None:
        when = candidate.time
    return when.isoformat() if when is not None else ""


def _regrouped(course: Course, folder: str, notebook: str, record: Record, state: str) -> list[str]:
    before = received.read(course, folder, notebook)
    if state != UNCHANGED or before is None or before.members == record.members:
        return []
    return [f"members are now {', '.join(record.members)}, before {', '.join(before.members)}"]


def _late(this: _Collecting, record: Record, notebook: str) -> str:
    """By how much, where time and due date are known; else what Canvas says."""
    if record.at is None:
        return LATE if record.late else ""
    day = this.calendar.due_of_group(groups.people(record.members, this.roster), notebook)
    if day is None:
        return LATE if record.late else ""
    minutes = int((record.at - day).total_seconds() // 60)
    if record.at <= day:
        return ""
    return f"{minutes // 1440} d {minutes // 60 % 24} h {minutes % 60} min" if minutes else LATE


def _missing(this: _Collecting, asked_for: Collection[str], odd: Collection[str]) -> list[Receipt]:
    """Who has no part in any submission: of everybody on the roster, or without one of all who handed anything in.

    With a roster a notebook is asked for once somebody has handed it in. `odd`: of whom something came that is none.
    """
    course, receipts = this.course, []
    everybody = [person.student for person in this.roster] or list(course.students)
    for notebook in filter(asked_for.__contains__, course.required):
        stored = _stored(this, notebook)
        if len(this.roster) and not stored:
            continue
        named = {member.student for _, member in received.named_by(course, notebook)} | set(stored)
        for student in everybody:
            if student not in named:
                asked = "something came that was not understood, see there" if student in odd else "ask for it"
                words = f"{asked}; until then it has no points"
                receipts.append(Receipt(student, notebook, MISSING, words, this.called(student)))
    return sorted(receipts, key=lambda receipt: (receipt.student, receipt.notebook))
