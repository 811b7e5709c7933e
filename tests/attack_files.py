"""The tricks of tests/attacks/, read from their files and turned into submissions.

A file begins with comment lines that are TOML (the fields of `Attack`), then code follows. A line ``# %% PLACE`` begins
a part: a cell of the student's, or ``tamper``, which runs here and holds ``def tamper(notebook, folder)``. Places:
``students`` (a new cell behind that one; the default), ``before ID``, ``instead of ID``, ``end``.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import factories

from raisin.grading.course import Course

FOLDER = Path(__file__).parent / "attacks"
_PART = re.compile(r"^# %% ?(.*)$", re.MULTILINE)
_ABOUT = re.compile(r"# \w+ = ")
_MARKER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Attack:
    """One trick. `deserves`: "none", "full" or names of test cells; `exact`: honest work, which must have just that."""

    name: str
    kind: str
    seeks: str
    deserves: str | tuple[str, ...]
    parts: tuple[tuple[str, str], ...]
    notebook: str = "02-tensor-arithmetic"
    rest: str = "blank"
    seconds: float = 120.0
    exact: bool = False
    earlier: str = ""

    def points(self, course: Course) -> dict[str, float]:
        """What it deserves, test cell by test cell."""
        cells = factories.read(course.source(self.notebook))["cells"]
        meta = [cell["metadata"].get("nbgrader", {}) for cell in cells if cell["cell_type"] == "code"]
        due = {m["grade_id"]: float(m["points"]) for m in meta if m.get("grade")}
        return {
            name: points if self.deserves == "full" or name in self.deserves else 0.0 for name, points in due.items()
        }


def read() -> dict[str, Attack]:
    """All of them, by name."""
    return {path.stem: _attack(path) for path in sorted(FOLDER.glob("*.py"))}


def _attack(path: Path) -> Attack:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    end = next((k for k, line in enumerate(lines) if not _ABOUT.match(line)), len(lines))
    about = tomllib.loads("\n".join(line.removeprefix("# ") for line in lines[:end]))
    if isinstance(about["deserves"], list):
        about["deserves"] = tuple(about["deserves"])
    pieces = _PART.split("\n".join(lines[end:]))
    parts = [("students", pieces[0])] if pieces[0].strip() else []
    parts += zip(pieces[1::2], pieces[2::2], strict=True)
    return Attack(path.stem, parts=tuple((place.strip(), code.strip() + "\n") for place, code in parts), **about)


def hand_in(course: Course, attack: Attack, known: Mapping[str, Any]) -> Path:
    """Put the attack into submitted/; `known` are names that its code finds in the notebook (in a cell at the top)."""
    content = factories.read(course.released(attack.notebook))
    if attack.rest == "solved":
        solve(course, content, attack.notebook)
    path = course.submitted(attack.name, attack.notebook)
    tampers = []
    for number, (place, code) in enumerate(attack.parts):
        if place == "tamper":
            tampers.append(code)
        else:
            _put(content, place, code, number)
    names = {**known, "NAME": attack.name}
    if any(re.search(rf"\b({'|'.join([*names, 'harm'])})\b", code) for _, code in attack.parts):
        content["cells"].insert(0, factories.code("known", _top(names)))
    if attack.earlier:
        _earlier(course, attack)
    factories.write(path, content)
    for code in tampers:
        namespace: dict[str, Any] = {**names}
        exec(code, namespace)
        namespace["tamper"](content, path.parent)
        if path.is_file() and not path.is_symlink() and not path.parent.is_symlink():
            factories.write(path, content)
    return path


def solve(course: Course, content: factories.Notebook, notebook: str) -> None:
    """Fill in the course's own solutions."""
    for due in factories.read(course.source(notebook))["cells"]:
        if due["metadata"].get("nbgrader", {}).get("solution"):
            factories.cell(content, due["id"])["source"] = _MARKER.sub("", due["source"])


def _earlier(course: Course, attack: Attack) -> None:
    """Hand in a solved earlier notebook, too."""
    content = factories.read(course.released(attack.earlier))
    solve(course, content, attack.earlier)
    # A line of the student's own, so that the parts are not the course's.
    factories.cell(content, "subtraction")["source"] += "\n# mine\n"
    factories.write(course.submitted(attack.name, attack.earlier), content)


def _put(content: factories.Notebook, place: str, code: str, number: int) -> None:
    cells = content["cells"]
    if place.startswith("instead of "):
        factories.cell(content, place.removeprefix("instead of "))["source"] = code
        return
    cell = factories.code(f"part-{number}", code)
    if place == "end":
        cells.append(cell)
    elif place.startswith("before "):
        cells.insert(cells.index(factories.cell(content, place.removeprefix("before "))), cell)
    else:
        cells.insert(1 + next(k for k, one in enumerate(cells) if "students = [" in one["source"]) + number, cell)


def _top(names: Mapping[str, Any]) -> str:
    lines = [f"{name} = {value!r}" for name, value in names.items()]
    # The word is put together when it is said, so that no listing of the source is taken for it.
    said = 'def harm(what):\n    print("-".join(("harm", TOKEN, str(what))), flush=True)\n'
    return "\n".join([*lines, "", "", said])


def as_json(path: Path) -> str:
    """The outputs of an executed notebook as text; "" where there is none."""
    if not path.is_file():
        return ""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return json.dumps([cell.get("outputs", []) for cell in cells])
