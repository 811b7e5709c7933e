"""A received notebook laid on the release: locked cells from there, answers in their places, the rest where it was.

    release --> form --+
                       +--> matching --> rebuilt: a notebook, what was put right, what a person must decide
    bytes --> reading -+

Pure. A notebook with nothing wrong comes through as it is: the same sources in the same order.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from raisin.grading import form as forms
from raisin.grading import matching, reading
from raisin.grading.board import Matched, Note, anchors
from raisin.grading.form import ANSWER, GIVEN, OTHER, Form, Slot
from raisin.grading.reading import Cell, Notebook

# What services and a forged notebook write into a cell's metadata, and nothing here reads.
_DROPPED = ("nbgrader", "raisin", "deletable", "editable", "colab", "outputId", "colab_type", "id")
_FENCE = ("```", "~~~")


@dataclass(frozen=True)
class Rebuilt:
    """`notebook`: format 4.5. `notes`: what was put right. `open`: what a person must decide, by slot.

    `gone` are the answers that no cell is, for one reason or the other: in the notebook their blanks stand.
    """

    notebook: Notebook
    notes: tuple[Note, ...] = ()
    open: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What was put right, a line for each kind, without what a service does to every notebook."""
        return lines(note for note in self.notes if not note.trivial)

    @property
    def question(self) -> str:
        """All that a person must decide, in one line; "" for nothing."""
        return "; ".join(f"{name} {words}" if name else words for name, words in self.open.items())


def lines(notes: Iterable[Note]) -> tuple[str, ...]:
    """Notes in words; what is said of several cells is said once."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for note in notes:
        said[note.words].append(note.slot)
    return tuple(f"{', '.join(slots)}: {words}" if any(slots) else words for words, slots in said.items())


def rebuild(form: Form, received: Mapping[str, Any], said: Sequence[str] = ()) -> Rebuilt:
    """`received` as `reading.read` gives it, or any mapping of that form; `said`: what reading it has put right."""
    cells = [cell for given in received["cells"] if not _is_badge(cell := _of(given))]
    notes = [Note("", words, trivial="format 4" in words) for words in said]
    if len(cells) < len(received["cells"]):
        notes.append(Note("", "Colab's badge was taken out", trivial=True))
    notes += _of_the_whole(form, received, cells)
    found = matching.match(form, cells)
    if found.foreign:
        words = "none of its answers and tests is one of this notebook; is it another one?"
        whole = frozenset(slot.name for slot in form.slots if slot.asks)
        return Rebuilt(_notebook(form, received, [_own(cell) for cell in cells]), tuple(notes), {"": words}, whole)
    if lost := _without_metadata(form, cells, found):
        notes.append(Note("", f"{lost} cell{'s' * (lost > 1)} had lost what nbgrader knows them by; it was put back"))
    laid = _Laid(form, cells, found)
    gone = frozenset(slot.name for slot in form.slots if slot.asks and slot.place not in found.cells)
    notebook = _notebook(form, received, laid.cells())
    return Rebuilt(notebook, (*notes, *found.notes, *laid.notes), found.open, gone)


def _of_the_whole(form: Form, received: Mapping[str, Any], cells: Sequence[Cell]) -> list[Note]:
    """What is put right in every notebook of its kind, and changes no point."""
    notes = []
    due, kernel = form.metadata.get("kernelspec"), received["metadata"].get("kernelspec")
    name = kernel.get("name") if isinstance(kernel, Mapping) else None
    if isinstance(due, Mapping) and name != due.get("name"):
        notes.append(Note("", f"its kernel is {due.get('name')} again, not {name or 'none'}", trivial=True))
    ids = [cell["id"] for cell in cells]
    if not all(ids) or len(set(ids)) < len(ids):
        notes.append(Note("", "cells without an id, or with that of another cell, have ids of their own", trivial=True))
    return notes


def _without_metadata(form: Form, cells: Sequence[Cell], found: Matched) -> int:
    """How many of nbgrader's cells came without its metadata."""
    slots = [slot for slot in form.slots if "nbgrader" in slot.cell["metadata"] and slot.place in found.cells]
    return sum(not any("nbgrader" in cells[k]["metadata"] for k in found.cells[slot.place]) for slot in slots)


def _of(given: Any) -> Cell:
    """Cells that `reading` made are taken as they are."""
    return given if type(given) is dict else reading.cell_of(given)


def _is_badge(cell: Cell) -> bool:
    return cell["metadata"].get("id") == "view-in-github" and "forms" not in cell["metadata"]


def _notebook(form: Form, received: Mapping[str, Any], cells: list[Cell]) -> Notebook:
    metadata = {key: value for key, value in received["metadata"].items() if key != "raisin"}
    for key in ("kernelspec", "language_info"):
        metadata.pop(key, None)
        if key in form.metadata:
            metadata[key] = form.metadata[key]
    return {"cells": _with_ids(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _with_ids(cells: list[Cell]) -> list[Cell]:
    """Every cell with an id of its own, in place; the first of two keeps it, and the release's cells keep theirs."""
    known: set[str] = {cell["id"] for cell in cells if cell.get("released")}
    for number, cell in enumerate(cells):
        if cell.pop("released", False):
            continue
        if not cell["id"] or cell["id"] in known:
            cell["id"] = next(name for k in range(len(cells) + 1) if (name := f"own-{number}-{k}") not in known)
        known.add(cell["id"])
    return cells


class _Laid:
    """The cells in their order."""

    def __init__(self, form: Form, cells: Sequence[Cell], found: Matched) -> None:
        self._form, self._cells, self._found = form, cells, found
        self._anchors = {place: k for k, place in anchors(found)}
        self._last = {k: place for place, k in self._anchors.items()}  # of the slots that one cell held
        self.notes: list[Note] = []

    def cells(self) -> list[Cell]:
        following = self._following()
        made = following.pop(-1, [])
        waiting: list[Cell] = []  # a student's own cells stay behind the cell that they stood behind
        for slot in self._form.slots:
            if slot.place in self._anchors:
                made += [*waiting, self._slot(slot)]
                k = self._anchors[slot.place]
                waiting = following.pop(k, []) if self._last[k] == slot.place else []
            elif slot.place in self._found.cells and slot.kind != OTHER:
                self.notes.append(Note(slot.name, "stood in another place"))
                early = slot.kind == GIVEN
                made, waiting = self._put(self._slot(slot), early, made, waiting)
            elif slot.place not in self._found.cells and slot.kind != OTHER:
                early = slot.kind == GIVEN or slot.asks
                made, waiting = self._put(self._slot(slot), early, made, waiting)
        return [*made, *waiting]

    @staticmethod
    def _put(cell: Cell, early: bool, made: list[Cell], waiting: list[Cell]) -> tuple[list[Cell], list[Cell]]:
        """Given cells and blanks come before a student's own cells there: these may need them, or do more."""
        return ([*made, cell], waiting) if early else ([*made, *waiting, cell], [])

    def _following(self) -> dict[int, list[Cell]]:
        """A student's own cells by the known cell that they follow, -1 for none."""
        ends = {k: k for k in self._anchors.values()}
        for place, k in self._anchors.items():
            ends |= dict.fromkeys(self._found.cells[place], k)
        placed = {k for place, ks in self._found.cells.items() for k in ks if self._form.slots[place].kind != OTHER}
        following: defaultdict[int, list[Cell]] = defaultdict(list)
        last = -1
        for k, cell in enumerate(self._cells):
            if k in ends:
                last = ends[k]
            elif k not in placed and k not in self._found.dropped:
                following[last].append(_own(cell))
        return following

    def _slot(self, slot: Slot) -> Cell:
        released = slot.cell
        cell: Cell = {**released, "id": str(released.get("id") or ""), "released": True}
        ks = self._found.cells.get(slot.place)
        given = self._cells[ks[0]] if ks else released
        kept = _kept(given)
        cell["metadata"] = {**kept, **released["metadata"]}
        if tags := dict.fromkeys([*released["metadata"].get("tags", ()), *kept.get("tags", ())]):
            cell["metadata"]["tags"] = list(tags)
        cell["source"] = self._source(slot, given)
        for key in ("outputs", "execution_count", "attachments"):
            cell.pop(key, None)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = given.get("outputs", []), given.get("execution_count")
        elif "attachments" in given:
            cell["attachments"] = given["attachments"]
        if ks and given["cell_type"] != cell["cell_type"]:
            self.notes.append(Note(slot.name, f"was turned into a {given['cell_type']} cell"))
        return cell

    def _source(self, slot: Slot, given: Cell) -> str:
        source = self._found.texts.get(slot.place, str(given["source"]))
        if slot.locked:
            if forms.plain(source) != slot.text:
                self.notes.append(Note(slot.name, "was changed; the course's own text counts"))
            return str(slot.cell["source"])
        if slot.kind == ANSWER and given["cell_type"] != "code":
            return _without_fence(source)
        return source


def _own(cell: Cell) -> Cell:
    return {**cell, "metadata": _kept(cell)}


def _kept(cell: Cell) -> dict[str, Any]:
    kept = {key: value for key, value in cell["metadata"].items() if key not in _DROPPED}
    if "tags" in kept:
        given = kept["tags"] if isinstance(kept["tags"], list | tuple) else ()
        kept["tags"] = [tag for tag in given if isinstance(tag, str)]
    return kept


def _without_fence(source: str) -> str:
    """Code that somebody who made a cell to text put between fences."""
    lines = source.strip().split("\n")
    if len(lines) > 2 and lines[0].startswith(_FENCE) and lines[-1].strip() in _FENCE:
        return "\n".join(lines[1:-1])
    return source
