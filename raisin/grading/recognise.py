"""Which notebook a file is, going by what it holds: grade ids, headings, the set-up line, the given code. Pure.

What only one notebook of the course has tells it apart from the others. Ids of cells count first, the rest where ids do
not decide, the name of the file where nothing does. Format 3 is read too, and a damaged file is said to be one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raisin import students
from raisin.grading import reading
from raisin.grading.reading import Cell, NotANotebook
from raisin.students import Member

# What is put before and after a name when the same file is saved or sent a second time.
BEFORE_A_COPY = re.compile(r"^(copy of |kopie van |copia de |kopie von )+", re.IGNORECASE)
AFTER_A_COPY = re.compile(r"( ?\(\d+\)|[-_ ]\d{1,2}|[-_ ]copy\d*)+$", re.IGNORECASE)
_START = re.compile(r"\blab\.start\(\s*[\"']([\w.-]+)[\"']")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")
_LONG = 25  # characters of a line of code that hardly anybody types by chance
_IDS, _REST = "id", "text"
FOREIGN = "a notebook, but nothing in it belongs to this course; ask for the right one"

_NO_NOTEBOOK = {
    ".pdf": "a PDF, no notebook",
    ".html": "a web page, no notebook",
    ".htm": "a web page, no notebook",
    ".docx": "a text document, no notebook",
    ".py": "a Python file, no notebook",
    ".rar": "an archive that cannot be read here",
    ".7z": "an archive that cannot be read here",
    ".gz": "an archive that cannot be read here",
}
_ASK = "ask for the notebook (.ipynb; in Colab: File, Download)"

Mark = tuple[str, str]


@dataclass(frozen=True)
class Known:
    """What a file is: the notebook, or None; whether it can be read as one; the members it names; what to remark."""

    notebook: str | None
    readable: bool
    members: tuple[Member, ...] = ()
    remark: str = ""


class Recogniser:
    """Knows the notebooks of a course by the marks that only one of them has."""

    def __init__(self, notebooks: Mapping[str, Any]) -> None:
        self.notebooks = tuple(notebooks)
        every = {name: set(_marks(map(reading.cell_of, content["cells"]))) for name, content in notebooks.items()}
        self._own = {
            name: marks - set().union(*(other for other_name, other in every.items() if other_name != name))
            for name, marks in every.items()
        }

    def known(self, content: bytes, file_name: str) -> Known:
        """What a file of this content and name is."""
        called = which_notebook(file_name, self.notebooks)
        try:
            cells = reading.read(content)[0]["cells"]
        except NotANotebook:
            return Known(called, False, (), _no_notebook(content))
        there = set(_marks(cells))
        named = students.members(cell["source"] for cell in cells if cell["cell_type"] == "code")
        notebook, remark = self._which(there, called)
        if notebook is None:
            return Known(None, True, named, FOREIGN)
        return Known(notebook, True, named, remark)

    def _which(self, there: set[Mark], called: str | None) -> tuple[str | None, str]:
        counts = {name: len({m for m in own & there if m[0] == _IDS}) for name, own in self._own.items()}
        best = _best(counts) or _best({name: len(own & there) for name, own in self._own.items()})
        if best is None:
            if called is None:
                return None, ""
            return called, "" if self._own[called] & there else "taken for it by its name alone"
        also = [n for n, own in self._own.items() if n != best and 2 * counts[n] > sum(m[0] == _IDS for m in own)]
        words = [f"it holds much of {', '.join(also)} too"] if also else []
        if called not in (None, best):
            words.insert(0, f"called {called}, but it is {best} by its cells")
        return best, "; ".join(words)


def _best(counts: Mapping[str, int]) -> str | None:
    """The one with most, if it is one."""
    most = max(counts.values(), default=0)
    found = [name for name, count in counts.items() if count == most]
    return found[0] if most and len(found) == 1 else None


def which_notebook(file_name: str, notebooks: Sequence[str]) -> str | None:
    """The notebook that a file is, going by its name; None when it is none of the course's."""
    stem, dot, ending = file_name.rpartition(".")
    if dot and ending.lower() in ("json", "txt") and stem.lower().endswith(".ipynb"):  # as some browsers save it
        stem, dot, ending = stem.rpartition(".")
    if not dot or ending.lower() != "ipynb":
        return None
    plain = BEFORE_A_COPY.sub("", stem.strip())
    for name in (stem, plain, AFTER_A_COPY.sub("", plain)):
        if name in notebooks:
            return name
    return None


def _marks(cells: Iterable[Cell]) -> Iterator[Mark]:
    for cell in cells:
        meta, kind = cell["metadata"].get("nbgrader"), cell["cell_type"]
        for name in (meta.get("grade_id") if isinstance(meta, dict) else None, cell["id"]):
            if name:
                yield _IDS, str(name)
        for line in cell["source"].splitlines():
            if kind == "code" and len(line.strip()) >= _LONG and not line.lstrip().startswith("#"):
                yield _REST, line.strip()
            elif kind != "code" and (heading := _HEADING.match(line)):
                yield _REST, heading[1].casefold()
        if kind == "code" and (start := _START.search(cell["source"])):
            yield _IDS, f"start {start[1]}"


def _no_notebook(content: bytes) -> str:
    first = content[:200].lstrip()
    if not first:
        return "the file is empty; ask for it again"
    if first.startswith(b"<"):
        return "a web page under this name; ask for the notebook itself (File, Download .ipynb)"
    return "it cannot be read as a notebook; ask for it again"


def no_notebook(file_name: str) -> str:
    """What to say of a file that is none, going by its name, and what to ask for."""
    return f"{_NO_NOTEBOOK.get(Path(file_name).suffix.lower(), 'no notebook')}; {_ASK}"
