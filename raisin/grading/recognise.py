"""Which notebook a file is, going by what it holds: grade ids, headings, the set-up line, the given code. Pure.

What only one notebook of the course has tells it apart from the others. Ids of cells count first, the rest where ids do
not decide, the name of the file where nothing does. Format 3 is read too, and a damaged file is said to be one.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raisin import students
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
        every = {name: set(_marks(_cells(content))) for name, content in notebooks.items()}
        self._own = {
            name: marks - set().union(*(other for other_name, other in every.items() if other_name != name))
            for name, marks in every.items()
        }

    def known(self, content: bytes, file_name: str) -> Known:
        """What a file of this content and name is."""
        called = which_notebook(file_name, self.notebooks)
        try:
            marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # as Windows' editors save it
            cells = _cells(json.loads(content.decode("utf-16" if marked else "utf-8-sig")))
        except (ValueError, RecursionError):
            return Known(called, False, (), _no_notebook(content))
        there = set(_marks(cells))
        named = students.members(source for kind, source, _, _ in cells if kind == "code")
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


def _cells(content: Any) -> list[tuple[str, str, str, str]]:
    """(type, source, grade id, cell id) of every cell, of format 3 too. Raises ValueError for what is no notebook."""
    if not isinstance(content, dict):
        raise ValueError("no notebook")
    cells = content.get("cells")
    if cells is None and isinstance(sheets := content.get("worksheets"), list):
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))]
    if not isinstance(cells, list):
        raise ValueError("no notebook")
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def _cell(cell: Mapping[str, Any]) -> tuple[str, str, str, str]:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    kind, text = str(cell.get("cell_type")), source if isinstance(source, str) else ""
    if kind == "heading":  # of format 3
        text = f"# {text}"
    metadata = cell.get("metadata")
    meta = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = meta.get("grade_id") if isinstance(meta, dict) else None
    return kind, text, str(grade_id or ""), str(cell.get("id") or "")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _marks(cells: Iterable[tuple[str, str, str, str]]) -> Iterator[Mark]:
    for kind, source, grade_id, cell_id in cells:
        for name in filter(None, (grade_id, cell_id)):
            yield _IDS, name
        for line in source.splitlines():
            if kind == "code" and len(line.strip()) >= _LONG and not line.lstrip().startswith("#"):
                yield _REST, line.strip()
            elif kind != "code" and (heading := _HEADING.match(line)):
                yield _REST, heading[1].casefold()
        if kind == "code" and (start := _START.search(source)):
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
