"""A released notebook as the form that a submission is laid on: its slots, and how to tell what they hold. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from raisin.grading.reading import Cell, source_of
from raisin.lab import framework

ANSWER, WRITTEN, TEST, GIVEN, OTHER = "answer", "written", "test", "given", "other"
_DEFINED = re.compile(r"^(?:async[ \t]+def|def|class)[ \t]+(\w+)", re.MULTILINE)
_PART = re.compile(r"^#[ \t]*framework:[ \t]*([\w-]+)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Slot:
    """One cell of the release: `kind` is answer (code), written (an answer in words), test, given (locked) or other.

    `text` is its source, plain; `part` and `names`: the framework part, the functions and classes that it asks for.
    """

    place: int
    name: str
    kind: str
    cell: Cell
    text: str
    part: str
    names: frozenset[str]

    @property
    def asks(self) -> bool:
        """Whether a student answers here."""
        return self.kind in (ANSWER, WRITTEN)

    @property
    def locked(self) -> bool:
        """Whether the course's own text counts, whatever was handed in."""
        return self.kind in (TEST, GIVEN)

    @property
    def matters(self) -> bool:
        """Whether grading reads more of this cell than its text: a role, a tag."""
        return self.kind != OTHER or bool(self.cell["metadata"].get("tags"))


@dataclass(frozen=True, eq=False)
class Form:
    """A released notebook: its slots in order, the same by name, and its own metadata."""

    slots: tuple[Slot, ...]
    by_name: Mapping[str, Slot]
    metadata: Mapping[str, Any]


def form_of(released: Mapping[str, Any]) -> Form:
    """The form that a released notebook is."""
    slots: list[Slot] = []
    cells = [{**cell, "source": source_of(cell["source"])} for cell in released["cells"]]
    often = Counter(name for cell in cells if cell["cell_type"] == "code" for name in defined(cell["source"]))
    once = frozenset(name for name, times in often.items() if times == 1)
    for place, cell in enumerate(cells):
        about = graded(cell)
        name, kind, source = str(about.get("grade_id") or cell.get("id", "")), _kind(cell, about), cell["source"]
        is_code = cell["cell_type"] == "code"
        part, names = (_first(parts(source)), defined(source) & once) if is_code else ("", frozenset[str]())
        slots.append(Slot(place, name, kind, cell, plain(source), part, names))
    return Form(tuple(slots), {slot.name: slot for slot in slots if slot.name}, released["metadata"])


def _kind(cell: Cell, about: Mapping[str, Any]) -> str:
    if about.get("solution"):
        return ANSWER if cell["cell_type"] == "code" else WRITTEN
    if about.get("grade"):
        return TEST
    return GIVEN if about.get("locked") or about.get("task") else OTHER


def graded(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """What nbgrader has written into a cell; empty where that is nothing, or nothing that can be read."""
    found = cell["metadata"].get("nbgrader")
    return found if isinstance(found, Mapping) else {}


def plain(source: str) -> str:
    """A source without what editors change on their own: ends of lines, empty lines around it."""
    return "\n".join(line.rstrip() for line in source.replace("\r\n", "\n").split("\n")).strip("\n")


def defined(source: str) -> frozenset[str]:
    """The functions and classes that a text defines at its top level, also where it does not parse."""
    return frozenset(_DEFINED.findall(source))


def parts(source: str) -> tuple[str, ...]:
    """The framework parts that a text is marked as, in order."""
    return tuple(_PART.findall(source))


def starts(source: str, slot: Slot) -> int | None:
    """The line at which what `slot` asks for begins in a text; None where it does not."""
    lines = source.split("\n")
    for number, line in enumerate(lines):
        if slot.part and (found := _PART.match(line)) and found[1] == slot.part:
            return number
    wanted = (n for n, line in enumerate(lines) if (found := _DEFINED.match(line)) and found[1] in slot.names)
    number = next(wanted, -1)
    while number > 0 and lines[number - 1].startswith(("@", "#")):
        number -= 1
    return number if number >= 0 else None


def fits(source: str, slot: Slot) -> bool:
    """Whether a text holds all that a slot asks for, by its mark or by what it defines."""
    return (bool(slot.part) and slot.part in parts(source)) or (bool(slot.names) and slot.names <= defined(source))


def parses(source: str) -> bool:
    return framework.parses(framework.without_magics(source))


def _first(found: Iterable[str]) -> str:
    return next(iter(found), "")
