"""What was handed in -> candidates: files that are some notebook of somebody, and receipts for all that is none.

unpack: files ──whose──▶ who handed it in ──recognise──▶ which notebook ──▶ Candidate
                                links: fetched first ──┘
"""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from raisin.grading import groups, links, recognise, unpack, whose
from raisin.grading.canvas_names import FILE
from raisin.grading.receipts import ODD, UNCHANGED, Receipt
from raisin.grading.recognise import Known, Recogniser
from raisin.grading.roster import Roster
from raisin.grading.unpack import Found, Part, Refused
from raisin.grading.whose import Owner, Ways

Fetch = Callable[[str], bytes]
_NOBODY = "nobody is named on the way to it; put it into a folder named after its student"
_LINKS = (".html", ".htm", ".url", ".webloc", ".txt")
_COPY = re.compile(r"(?:\((\d+)\)|[-_ ](?:copy)?(\d{1,2}))\.\w+$", re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """A file that is this notebook of this student. `time`: when it was handed in, as far as files tell."""

    owner: Owner
    notebook: str
    found: Found
    path: Path
    known: Known
    sha256: str
    time: datetime | None = None
    link: str = ""

    @property
    def student(self) -> str:
        return self.owner.student

    @property
    def attachment(self) -> int:
        """Canvas counts them upwards, so a newer attempt has a greater one; 0 where there is none."""
        reading = self.owner.reading
        return int(reading.attachment) if reading is not None and reading.attachment else 0

    @property
    def file(self) -> str:
        """What the student called it."""
        reading = self.owner.reading
        is_it = reading is not None and reading.kind == FILE and self.owner.at == len(self.found.parts) - 1
        return reading.file if reading is not None and is_it else self.found.name

    @property
    def age(self) -> tuple[bool, int, float, float, int, str]:
        """The greatest is the newest; what can be read goes before what cannot."""
        inner = self.found.parts[-1].time
        times = [time.timestamp() if time is not None else 0.0 for time in (self.time, inner)]
        copy = _COPY.search(self.file)
        number = int(copy[1] or copy[2]) if copy else 0
        return self.known.readable, self.attachment, times[0], times[1], number, self.file


@dataclass
class Gathered:
    """All that came of it. `beside`: what is no notebook, by who handed it in ("" for nobody)."""

    candidates: list[Candidate] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    beside: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    offline: bool = False

    def odd(self, owner: Owner | str, words: str, why: str) -> None:
        student = owner.student if isinstance(owner, Owner) else ""
        self.receipts.append(Receipt(student, words, ODD, why, _called(owner)))


class Gathering:
    """Takes what is given of these notebooks, path by path. `fetch`: gets what a link leads to, None for never;
    `known_links`: what was fetched before, (student, link) -> notebook."""

    def __init__(
        self,
        recogniser: Recogniser,
        notebooks: Collection[str],
        roster: Roster,
        fetch: Fetch | None,
        known_links: Mapping[tuple[str, str], str],
        room: Path,
    ) -> None:
        self._recogniser, self._notebooks, self._roster, self._fetch = recogniser, notebooks, roster, fetch
        self._known_links, self._room = known_links, room
        self._zip_given, self._around = False, set[str]()
        self.gathered = Gathered()

    def take(self, given: Path, ignored: Sequence[Path] = ()) -> None:
        """Everything in a folder or a zip, or one file."""
        room = self._room / f"{len(list(self._room.iterdir()))}"
        room.mkdir()
        files = [file for file in unpack.everything(given, room) if given / file.words not in ignored]
        if given.is_file() and len(self._roster) and len(files) == 1 and len(files[0].parts) == 1:
            above = Part(given.absolute().parent.name)
            files = [replace(file, parts=(above, *file.parts)) for file in files]
        zip_given = self._zip_given = given.is_file() and given.suffix.lower() == ".zip"
        nobodys: frozenset[str] = frozenset()
        if not len(self._roster):
            inside = [file.parts[1:] if zip_given else file.parts for file in files]
            nobodys = whose.wrappers(inside, self._recogniser.notebooks, around=zip_given)
        ways = Ways(self._roster, self._recogniser.notebooks, nobodys)
        for file in files:
            owner = ways.owner(file.parts, zip_given=zip_given)
            if isinstance(file, Refused):
                self.gathered.odd(owner or "", _from(file.words, owner), file.why)
            elif isinstance(owner, str):
                self.gathered.odd("", file.words, owner)
            else:
                self._file(file, owner)

    def finish(self) -> Gathered:
        """With a word on those of whom no notebook came, only something else."""
        came = {candidate.student for candidate in self.gathered.candidates}
        came |= {receipt.student for receipt in self.gathered.receipts if receipt.student}
        for student, files in self.gathered.beside.items():
            if not student:  # what lies beside the notebook of somebody who is known by that alone
                files = [(words, why) for words, why in files if words.rpartition("/")[0] not in self._around]
            if student not in came:
                person = self._roster.by_student(student)
                name = person.called if person else ""
                self.gathered.receipts += [Receipt(student, words, ODD, why, name) for words, why in files]
        return self.gathered

    def _file(self, file: Found, owner: Owner | None) -> None:
        try:
            content = file.path.read_bytes() if file.path is not None else b""
        except OSError as error:
            self.gathered.odd(owner or "", _from(file.words, owner), f"it cannot be read here ({error.strerror})")
            return
        reading = owner.reading if owner else None
        if reading is not None and reading.kind != FILE and owner is not None:
            self._link(file, owner, content)
            return
        called = reading.file if reading and owner and owner.at == len(file.parts) - 1 else file.name
        known = self._recogniser.known(content, called)
        is_notebook = known.readable or file.name.lower().endswith((".ipynb", ".ipynb.txt", ".ipynb.json"))
        if not is_notebook:
            small = len(content) <= links.LARGEST_TEXT and Path(file.name).suffix.lower() in _LINKS
            if owner and small and links.address(links.link_in(content.decode("utf-8", "replace"))):
                self._link(file, owner, content)
                return
            words = recognise.no_notebook(file.name)
            self.gathered.beside.setdefault(owner.student if owner else "", []).append(
                (_from(file.words, owner), words)
            )
        else:
            self._notebook(file, owner, known, content)

    def _notebook(self, file: Found, owner: Owner | None, known: Known, content: bytes, link: str = "") -> None:
        owner = owner or self._by_cell(known, file)
        words = _from(file.words, owner)
        if owner is None:
            self.gathered.odd(
                "", words, _NOBODY if len(self._roster) else f"{_NOBODY}, or give the roster: --roster FILE"
            )
        elif known.notebook is None:
            what = f"rename it if it is one of {', '.join(self._recogniser.notebooks)}; " if not known.readable else ""
            self.gathered.odd(owner, words, what + known.remark)
        elif known.notebook not in self._notebooks:
            self.gathered.odd(owner, words, f"it is {known.notebook}; ask for the notebook that was to be handed in")
        else:
            digest, time = hashlib.sha256(content).hexdigest(), unpack.times(file.parts, owner.at)
            assert file.path is not None
            self.gathered.candidates.append(
                Candidate(owner, known.notebook, file, file.path, known, digest, time, link)
            )

    def _by_cell(self, known: Known, file: Found) -> Owner | None:
        """Whom the notebook itself names first, where the roster knows them; a given zip may be one that a student
        packed, so then no time in it counts."""
        if not len(self._roster):
            return None
        found = groups.claim("", known.members, "", self._roster).members[1:]
        if not found or (person := self._roster.by_student(found[0])) is None:
            return None
        self._around |= {file.around} - {""}
        return Owner(person.student, person, None, len(file.parts) if self._zip_given else 0)

    def _link(self, file: Found, owner: Owner, content: bytes) -> None:
        link = links.link_in(content.decode("utf-8", "replace"))
        words = _from(file.words, owner)
        if not link:
            self.gathered.beside.setdefault(owner.student, []).append((words, f"a text, {recognise.no_notebook('')}"))
        elif notebook := self._known_links.get((owner.student, link)):
            # What it leads to may be another by now; what was handed in counts.
            words = "its link was fetched before; take the notebook out of submitted/ to have it fetched again"
            self.gathered.receipts.append(Receipt(owner.student, notebook, UNCHANGED, words, _called(owner)))
        elif self._fetch is None or self.gathered.offline:
            why = "there is no network here" if self.gathered.offline else "links are not fetched (--no-links)"
            self.gathered.odd(owner, words, f"a link; {why}: fetch it by hand into a folder of the student: {link}")
        else:
            self._fetched(file, owner, link, words)

    def _fetched(self, file: Found, owner: Owner, link: str, words: str) -> None:
        assert self._fetch is not None
        try:
            content = self._fetch(link)
        except links.NotFetched as error:
            self.gathered.offline = error.offline
            self.gathered.odd(owner, words, str(error))
            return
        path = self._room / f"link-{hashlib.sha256(link.encode()).hexdigest()}"
        path.write_bytes(content)
        called = link.partition("?")[0].partition("#")[0].rpartition("/")[2]
        known = self._recogniser.known(content, called)
        fetched = Found((*file.parts, Part(called or "link", datetime.now(UTC), True)), path)
        self._notebook(fetched, owner, known, content, link)


def _called(owner: Owner | str | None) -> str:
    return owner.person.called if isinstance(owner, Owner) and owner.person else ""


def _from(words: str, owner: Owner | str | None) -> str:
    """The way to a file, without what says no more than whose it is."""
    _, slash, rest = words.partition("/")
    return rest if slash and isinstance(owner, Owner) and owner.at == 0 else words


def way(candidate: Candidate) -> str:
    """How to name a candidate to an instructor: from whom it names on."""
    inside = candidate.found.parts[candidate.owner.at + 1 :]
    return "/".join(part.name for part in inside) or candidate.file


def newest(candidates: Sequence[Candidate]) -> tuple[Candidate, tuple[Candidate, ...]]:
    """The one that counts, and the others that are not the same."""
    best = max(candidates, key=lambda candidate: candidate.age)
    return best, tuple(c for c in candidates if c is not best and c.sha256 != best.sha256)
