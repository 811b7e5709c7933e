"""What was handed in -> submitted/: which file is which notebook of whom, and who belongs together.

FOLDER/<student>/<notebook>.ipynb or FOLDER/<student>/<notebook>/<notebook>.ipynb; the names that browsers and Colab
make of a second copy ("Copy of X.ipynb", "X (1).ipynb", "X-1.ipynb") count too. Files are copied byte for byte.
"""

import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from raisin.grading import received, terminal
from raisin.grading.course import PATTERN_CHARACTERS, Course
from raisin.grading.errors import NoSuchFolder
from raisin.lab import framework

# What is put before and after a name when the same file is saved or sent a second time.
BEFORE_A_COPY = re.compile(r"^(copy of |kopie van |copia de |kopie von )+", re.IGNORECASE)
AFTER_A_COPY = re.compile(r"( ?\(\d+\)|[-_ ]\d{1,2}|[-_ ]copy\d*)+$", re.IGNORECASE)


@dataclass(frozen=True)
class Receipt:
    """One line of what `collect` has to say. `state`: received, unchanged, replaced, not understood or missing."""

    student: str
    notebook: str
    state: str
    words: str = ""


def collect(course: Course, folder: Path) -> tuple[Receipt, ...]:
    """Copy what was handed in to submitted/, and say what came, what was not understood and what is missing.

    A file that differs from the one collected before takes its place; the earlier one stays beside it.
    Raises NoSuchFolder.
    """
    if not folder.is_dir():
        raise NoSuchFolder(f"{folder} is no folder; give the one that holds a folder for each student")
    notebooks = course.chosen(())
    receipts: list[Receipt] = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() or not entry.is_dir():
            receipts.append(Receipt("", entry.name, "not understood", "put it into a folder named after its student"))
        elif entry.name != entry.name.strip():
            receipts.append(Receipt(entry.name, "", "not understood", "the folder's name begins or ends with a space"))
        elif PATTERN_CHARACTERS & set(entry.name):
            receipts.append(Receipt(entry.name, "", "not understood", "rename the folder, without * ? [ and ]"))
        else:
            receipts += _collect_student(course, notebooks, entry)
    return (*receipts, *_missing(course))


def _collect_student(course: Course, notebooks: Sequence[str], folder: Path) -> list[Receipt]:
    student = folder.name
    receipts: list[Receipt] = []
    candidates: dict[str, list[Path]] = {}
    for path in _files(folder):
        words = str(path.relative_to(folder))
        notebook = which_notebook(path.name, notebooks)
        if not stat.S_ISREG(path.lstat().st_mode):
            receipts.append(Receipt(student, words, "not understood", "a link or device, no file; ask for the file"))
        elif notebook is None:
            known = ", ".join(notebooks)
            receipts.append(Receipt(student, words, "not understood", f"rename it if it is one of {known}"))
        else:
            candidates.setdefault(notebook, []).append(path)
    for notebook, paths in sorted(candidates.items()):
        newest = max(paths, key=lambda path: (path.stat().st_mtime, path.name))
        received = _store(course, student, notebook, newest)
        others = [path for path in paths if path != newest and path.read_bytes() != newest.read_bytes()]
        if others:
            names = ", ".join(str(path.relative_to(folder)) for path in others)
            more = f"{newest.relative_to(folder)} is the newest and counts, not {names}"
            received = Receipt(student, notebook, received.state, "; ".join(filter(None, (received.words, more))))
        receipts.append(received)
    return receipts


def _files(folder: Path) -> Iterator[Path]:
    """What lies in a student's folder or one folder deeper, no hidden ones; links are not followed."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from (inner for inner in sorted(path.iterdir()) if not inner.name.startswith("."))
        else:
            yield path


def which_notebook(file_name: str, notebooks: Sequence[str]) -> str | None:
    """The notebook that a file is, going by its name; None when it is none of the course's."""
    stem, dot, ending = file_name.rpartition(".")
    if not dot or ending.lower() != "ipynb":
        return None
    plain = BEFORE_A_COPY.sub("", stem.strip())
    for name in (stem, plain, AFTER_A_COPY.sub("", plain)):
        if name in notebooks:
            return name
    return None


def _store(course: Course, student: str, notebook: str, path: Path) -> Receipt:
    target = course.submitted(student, notebook)
    state, words = "received", ""
    if target.is_symlink() or (target.exists() and not target.is_file()):
        return Receipt(student, notebook, "not understood", f"{target} is in the way and is no file; take it away")
    if target.is_file():
        if target.read_bytes() == path.read_bytes():
            return Receipt(student, notebook, "unchanged")
        previous = _free_name(target)
        age = "a newer one" if target.stat().st_mtime > path.stat().st_mtime else "the one before"
        target.rename(previous)
        state, words = "replaced", f"{age} is kept as {previous.name}"
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(target.name + ".part")
    shutil.copy2(path, temporary)
    temporary.replace(target)
    try:
        framework.read_sources(target)
    except ValueError:
        words = "; ".join(filter(None, (words, "it cannot be read as a notebook; ask for it again")))
    return Receipt(student, notebook, state, words)


def _free_name(target: Path) -> Path:
    """A name beside `target` that nbgrader does not take for a notebook."""
    number = 1
    while (previous := target.with_name(f"{target.name}.previous-{number}")).exists():
        number += 1
    return previous


def _missing(course: Course) -> list[Receipt]:
    receipts = []
    for notebook in course.required:
        named = {member.student for _, member in received.named_by(course, notebook)}
        for student in course.students:
            if student not in named and not course.has_submission(student, notebook):
                receipts.append(Receipt(student, notebook, "missing", "ask for it; until then it has no points"))
    return sorted(receipts, key=lambda receipt: (receipt.student, receipt.notebook))


def show(receipts: Sequence[Receipt]) -> int:
    """Print what `collect` found; the exit status: 1 when something was not understood."""
    order = ("received", "replaced", "unchanged", "not understood", "missing")
    rows = [(r.student, r.notebook, r.state, r.words) for r in sorted(receipts, key=lambda r: order.index(r.state))]
    out = terminal.console()
    out.print(terminal.table("Collected", ("student", "notebook", "", "what to do, or to know"), rows))
    counts = [f"{sum(r.state == state for r in receipts)} {state}" for state in order]
    out.print(", ".join(counts))
    return 1 if any(r.state == "not understood" for r in receipts) else 0
