"""Makes a download as Canvas packs it: what sixty made-up students hand in, each with a trouble of its own.

    python examples/make_canvas_zip.py FOLDER     writes FOLDER/submissions.zip, roster.csv, groups.csv and truth.csv

Then, in the course: copy groups.csv beside nbgrader_config.py, and
`raisin collect FOLDER/submissions.zip --roster FOLDER/roster.csv --no-links`. Names in the zip follow Canvas's rules
(lib/content_zipper.rb); the roster is a gradebook as Canvas exports it, groups.csv its list of groups; truth.csv says
of everybody what was done to the work and what must come of it. The answers are the example class's (make_class.py):
right, half done, or with one slip, so whoever is graded must have the points of the same answers in a clean notebook.
"""

import csv
import io
import json
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import make_class
import troubles
from make_class import ARITHMETIC, GRAPH
from troubles import Json, Trouble

GRADED, LOOK, NAMED, MISSING, NOBODY = "graded", "a person must look", "named", "missing", "nobody's name"
EPOCH = (2026, 11, 2, 12, 0, 0)
FIRST_USER, FIRST_ATTACHMENT = 120, 4501
TEAM, UNKNOWN_TEAM = "team_7", "team_12"  # of the second Canvas's list does not know

# Sortable names, as Canvas has them; what Canvas makes of them is not always easy to read back.
HARD_NAMES = (
    *(
        "Nuñez Ibáñez, María José",
        "O'Brien-D'Arcy, Siobhán",
        "van der Berg, Jan-Willem",
        "Ødegård, Åse",
        "Łukasz, Żaneta",
    ),
    *("Müller, Jürgen", "Mueller, Juergen", "Lee, Min", "Lee, Mina", "García Márquez, Ana", "García, Márquez Ana"),
    *("Smith 2, Pat", "Smith, Pat_1", "Late, Early", "Nguyễn, Thị Ánh", "Иванова, Анна", "李, 小龙", "Anon, Ann"),
    *(
        "D\u2019Angelo, Gio",
        "de la Cruz y Rey, Ana Sofía",
        "Text, Link",
        "McX 12 34, Bo",
        "St. John, Ivy",
        "Ng, X Æ 12",
    ),
)
FAMILIES = ("Abel", "Brandt", "Costa", "Dahl", "Egger", "Fonseca", "Graf", "Holm", "Ilić", "Jansen", "Kaya", "Lind")
GIVEN = ("Ada", "Bela", "Cara", "Dina", "Emil", "Finn", "Gwen", "Hugo", "Ines", "Jon", "Kai", "Lia")


@dataclass(frozen=True)
class Person:
    """Somebody in the course: `user` is Canvas's id, `student` the course's."""

    student: str
    sortable: str
    user: int


Member = tuple[str, bytes]
Packing = Callable[["Work", int], list[Member]]


@dataclass(frozen=True)
class Work:
    """What one hands in: of which notebook, answered how (`answers`), what happened to it, what must come of it."""

    person: Person
    notebook: str
    answers: str
    content: bytes
    blank: bytes
    partner: Person | None = None

    def name(self, attachment: int, file: str = "", late: bool = False, group: str = "") -> str:
        """As Canvas calls a file in its zip."""
        about = f"{mangled(group or self.person.sortable)}{'_LATE' if late else ''}_{self.person.user}"
        return f"{about}_{attachment}_{file or self.notebook + '.ipynb'}"


@dataclass(frozen=True)
class Truth:
    """What must come of one person's work: the points of these answers, where it is graded."""

    student: str
    notebook: str
    answers: str
    trouble: str
    outcome: str
    members: tuple[str, ...] = ()
    files: tuple[str, ...] = field(default=(), compare=False)


def mangled(name: str) -> str:
    """A name as Canvas puts it into a file's: lower case, and of that what Ruby calls a word."""
    lower = unicodedata.normalize("NFC", name).lower()
    return "".join(c for c in lower if c.isalnum() or c == "_")


def people() -> list[Person]:
    plain = (f"{FAMILIES[k % 12]}, {GIVEN[(5 * k + k // 12) % 12]}" for k in range(60))
    names = [*HARD_NAMES, *plain][:61]
    return [Person(f"s{1001 + 7 * k}", name, FIRST_USER + k) for k, name in enumerate(names)]


# --- How it is packed -----------------------------------------------------------------------------------------------


def plainly(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment), work.content)]


def browsers_copy(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment, f"{work.notebook} (1).ipynb"), work.content)]


def colabs_copy(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment, f"Copy of {work.notebook}.ipynb"), work.content)]


def handed_in_again(work: Work, attachment: int) -> list[Member]:
    newer = work.name(attachment + 1, f"{work.notebook}-1.ipynb")
    return [(newer, work.content), (work.name(attachment), work.blank)]


def late(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment, late=True), work.content)]


def name_of_its_own(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment, "h_1_2_done.ipynb"), work.content)]


def name_of_another(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment, f"{GRAPH if work.notebook == ARITHMETIC else ARITHMETIC}.ipynb"), work.content)]


def text_behind_the_name(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment, f"{work.notebook}.ipynb.txt"), work.content)]


def with_a_pdf(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment), work.content), (work.name(attachment + 1, f"{work.notebook}.pdf"), b"%PDF-1.7\n")]


def zipped(work: Work, attachment: int) -> list[Member]:
    packed = _zip([(f"homework/{work.notebook}.ipynb", work.content), ("homework/.DS_Store", b"")])
    return [(work.name(attachment, "homework.zip"), packed)]


def by_a_team(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment, "hw_1.ipynb", group=TEAM), work.content)]


def by_an_unknown_team(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment, "hw_1.ipynb", group=UNKNOWN_TEAM), work.content)]


def pdf_only(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment, f"{work.notebook}.pdf"), b"%PDF-1.7\n")]


def word_document(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment, "homework.docx"), _zip([("word/document.xml", b"<w/>")]))]


def typed_into_canvas(work: Work, attachment: int) -> list[Member]:
    name = f"{mangled(work.person.sortable)}_{work.person.user}_text.html"
    return [(name, b"<html><body><p>I could not upload it, sorry.</p></body></html>")]


def link_to_colab(work: Work, attachment: int) -> list[Member]:
    link = b"https://colab.research.google.com/drive/1aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"
    name = f"{mangled(work.person.sortable)}_{work.person.user}_link.html"
    return [(name, b'<html><body><a href="%s">%s</a></body></html>' % (link, link))]


def anonymous(work: Work, attachment: int) -> list[Member]:
    return [(f"anon_{work.person.student}x_{attachment}_{work.notebook}.ipynb", work.content)]


def web_page(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment), b"<!DOCTYPE html><html><title>Sign in</title></html>")]


def empty_file(work: Work, attachment: int) -> list[Member]:
    return [(work.name(attachment), b"")]


def other_course(work: Work, attachment: int) -> list[Member]:
    cells = [{"cell_type": "code", "metadata": {}, "source": "print(1)", "outputs": [], "execution_count": None}]
    content = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()
    return [(work.name(attachment, "biology.ipynb"), content)]


def nothing(work: Work, attachment: int) -> list[Member]:
    return []


PACKINGS: dict[Packing, str] = {
    **dict.fromkeys((browsers_copy, colabs_copy, handed_in_again, late, name_of_its_own, name_of_another), GRADED),
    **dict.fromkeys((text_behind_the_name, with_a_pdf, zipped, by_a_team), GRADED),
    **dict.fromkeys((pdf_only, word_document, typed_into_canvas, link_to_colab, other_course), NAMED),
    **dict.fromkeys((web_page, empty_file), LOOK),
    **dict.fromkeys((anonymous, by_an_unknown_team), NOBODY),
    nothing: MISSING,
}


# --- What was answered ----------------------------------------------------------------------------------------------


ANSWERS: dict[str, Callable[[str, Json, Mapping[str, str]], Json]] = {
    "right": make_class.WORK["alma"],
    "half": make_class.WORK["henk"],
    "slip": make_class.WORK["fay"],
}


def answered(course: Path, name: str, answers: str, signed: list[tuple[str, str]]) -> tuple[Json, Json]:
    """A released notebook with these answers, and without; every source one text."""
    released = make_class._read(course / "release" / name / f"{name}.ipynb")
    notebook = ANSWERS[answers](name, deepcopy(released), make_class.solutions(course, name))
    if answers != "half":
        make_class._write_answers(notebook)
    make_class._sign(notebook, signed)
    for one in (notebook, released):
        for cell in one["cells"]:
            cell["source"] = "".join(cell["source"])
    return notebook, released


def _works(course: Path) -> Iterator[tuple[Work, str, Packing, str]]:
    """Everybody's work: what it is, its trouble in a word, how it is packed, what must come of it."""
    everybody = people()
    partner = everybody.pop()
    everything: list[tuple[Trouble | None, Packing, str]] = [
        (trouble, plainly, LOOK if trouble in troubles.LOOK else GRADED) for trouble in troubles.TROUBLES
    ]
    everything += [(None, packing, outcome) for packing, outcome in PACKINGS.items()]
    for number, (trouble, packing, outcome) in enumerate(everything):
        # A step of 7 spreads the hard names over all kinds of trouble.
        person = everybody[7 * number % len(everybody)]
        name = GRAPH if number % 4 == 3 else ARITHMETIC
        answers = "right" if number % 3 or outcome == LOOK else "slip" if trouble else "half"
        team = [person, partner] if packing is by_a_team else [person]
        notebook, released = answered(course, name, answers, [(one.sortable, one.student) for one in team])
        blank = _bytes(released)
        content = (trouble(notebook, released) if trouble else None) or _bytes(notebook)
        work = Work(person, name, answers, content, blank, partner if len(team) > 1 else None)
        yield work, (trouble or packing).__name__, packing, outcome


def _bytes(notebook: Json) -> bytes:
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _zip(members: list[Member]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def make(course: Path, folder: Path) -> list[Truth]:
    """Write the zip, the roster and the truth; the truth. The same course gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    members: list[Member] = []
    found: list[Truth] = []
    for number, (work, trouble, packing, outcome) in enumerate(_works(course)):
        packed = packing(work, FIRST_ATTACHMENT + 10 * number)
        members += packed
        team = (work.person.student, *([work.partner.student] if work.partner else []))
        truth = Truth(work.person.student, work.notebook, work.answers, trouble, outcome, team)
        found.append(replace(truth, files=tuple(name for name, _ in packed)))
    (folder / "submissions.zip").write_bytes(_zip(sorted(members)))
    _write_roster(folder / "roster.csv")
    _write_groups(folder / "groups.csv", [truth.members for truth in found if len(truth.members) > 1])
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("student", "members", "notebook", "answers", "trouble", "outcome", "files"))
        for one in found:
            row = (one.student, " ".join(one.members), one.notebook, one.answers, one.trouble, one.outcome)
            writer.writerow((*row, " | ".join(one.files)))
    return found


def _write_roster(path: Path) -> None:
    """As Canvas exports a gradebook: points possible in a line of their own, a test student at the end."""
    titles = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{ARITHMETIC} (88001)", f"{GRAPH} (88002)")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(titles)
        writer.writerow(("    Points Possible", "", "", "", "", "15", "12"))
        for person in people():
            writer.writerow((person.sortable, person.user, f"sis{person.user}", person.student, "Section A", "", ""))
        writer.writerow(("Student, Test", "99999", "", "f00test", "Section A", "", ""))


def _write_groups(path: Path, teams: list[tuple[str, ...]]) -> None:
    """As Canvas exports the groups of a course."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "canvas_user_id", "user_id", "login_id", "sections", "group_name", "canvas_group_id"))
        for person in people():
            if any(person.student in team for team in teams):
                ids = person.user, f"sis{person.user}", person.student
                writer.writerow((person.sortable, *ids, "Section A", TEAM, "601"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python examples/make_canvas_zip.py FOLDER")
    for one in make(Path(__file__).resolve().parents[1], Path(sys.argv[1])):
        print(f"{one.student:6} {one.notebook:22} {one.trouble:30} {one.outcome:20} {', '.join(one.files)}")
