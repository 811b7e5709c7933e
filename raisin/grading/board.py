"""The state of matching: which received cell is which slot so far, what is left, and what is not certain.

Every rule (copies, contents, matching) looks at a board and writes on it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from raisin.grading import form as forms
from raisin.grading.form import OTHER, Form, Slot
from raisin.grading.reading import Cell

_LISTED = 6  # cells that one sentence names


@dataclass(frozen=True)
class Note:
    """What was found and put right about one slot, or about the notebook (`slot` ""); `trivial`: services do it."""

    slot: str
    words: str
    trivial: bool = False


@dataclass
class Matched:
    """`cells`: place of a slot -> the received cells that are it, in order; `texts`: what counts, where not the cell's.

    `dropped` are cells that say nothing new. `open`: what a person must decide, by slot. `foreign`: hardly anything
    that is answered or tested is of this notebook.
    """

    cells: dict[int, tuple[int, ...]] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    open: dict[str, str] = field(default_factory=dict)
    foreign: bool = False


class Board:
    """One notebook on its way: `texts` are its sources, plain; `found` is what will be said of it."""

    def __init__(self, form: Form, cells: Sequence[Cell]) -> None:
        self.form, self.cells = form, cells
        self.texts = [forms.plain(cell["source"]) for cell in cells]
        self.taken: set[int] = set()
        self.found = Matched()

    # --- What is known ----------------------------------------------------------------------------------------------

    def missing(self, wanted: Callable[[Slot], bool]) -> list[Slot]:
        """Slots that nothing was found for."""
        return [slot for slot in self.form.slots if slot.place not in self.found.cells and wanted(slot)]

    def free(self, among: Iterable[int] | None = None) -> list[int]:
        """Cells that are nothing yet and say something."""
        ks = range(len(self.cells)) if among is None else among
        return [k for k in ks if k not in self.taken and self.texts[k]]

    def unknown(self, among: Iterable[int] | None = None) -> list[int]:
        """Of these the ones that are no copy of what the release or an answer that was found says."""
        known = {slot.text for slot in self.form.slots}
        known |= {self.texts[ks[0]] for place, ks in self.found.cells.items() if self.form.slots[place].asks}
        return [k for k in self.free(among) if self.texts[k] not in known]

    def rewritten(self) -> dict[int, Slot]:
        """Cells of the release that carry no points, in which the student wrote something else."""
        known = ((ks[0], self.form.slots[place]) for place, ks in self.found.cells.items())
        return {
            k: slot
            for k, slot in known
            if slot.kind == OTHER and slot.place not in self.found.texts and self.texts[k] not in (slot.text, "")
        }

    def text_of(self, slot: Slot) -> str:
        """What stands in a slot that was found."""
        return self.found.texts.get(slot.place, self.texts[self.found.cells[slot.place][0]])

    def name(self, k: int) -> str:
        """The name of the slot that a cell says to be, by nbgrader's metadata or by its id (Colab's too), or ""."""
        cell, by_name = self.cells[k], self.form.by_name
        name = str(forms.graded(cell).get("grade_id", ""))
        if name in by_name and by_name[name].kind != OTHER:
            return name
        for ident in (cell["id"], cell["metadata"].get("id")):
            if isinstance(ident, str) and ident in by_name:
                return ident
        return ""

    def gap(self, slot: Slot) -> range:
        """The received cells between the known neighbours of a slot."""
        pairs = anchors(self.found)
        first = max((self.found.cells[place][-1] for _, place in pairs if place < slot.place), default=-1)
        last = min((k for k, place in pairs if place > slot.place), default=len(self.cells))
        return range(first + 1, max(last, first + 1))

    # --- What is decided --------------------------------------------------------------------------------------------

    def take(self, slot: Slot, *ks: int, text: str | None = None) -> None:
        """These cells are this slot."""
        self.found.cells[slot.place] = ks
        self.taken.update(ks)
        if text is not None:
            self.found.texts[slot.place] = text

    def give_back(self, ks: Iterable[int]) -> None:
        """Cells of the release that turn out to be an answer."""
        rewritten = self.rewritten()
        for k in ks:
            if k in rewritten:
                del self.found.cells[rewritten[k].place]

    def drop(self, ks: Iterable[int]) -> None:
        """These cells say nothing new."""
        gone = set(ks)
        self.taken |= gone
        self.found.dropped |= gone

    def note(self, slot: Slot, words: str, *, trivial: bool = False) -> None:
        self.found.notes.append(Note(slot.name, words, trivial))

    def ask(self, slot: Slot, words: str) -> None:
        """A person must decide."""
        self.found.open.setdefault(slot.name, words)


def said(ks: Sequence[int]) -> str:
    """Cells in words, as an editor counts them."""
    numbers = [str(k + 1) for k in ks[:_LISTED]]
    if len(ks) == 1:
        return f"cell {numbers[0]}"
    last = f"{len(ks) - _LISTED} more" if len(ks) > _LISTED else numbers.pop()
    return f"cells {', '.join(numbers)} and {last}"


def anchors(found: Matched) -> list[tuple[int, int]]:
    """(received cell, slot) for the most slots that stand in the release's order."""
    pairs = sorted((ks[0], place) for place, ks in found.cells.items())
    places = [place for _, place in pairs]
    if all(left < right for left, right in pairwise(places)):
        return pairs
    tails: list[int] = []  # patience sorting: the last slot of the best row of each length
    at: list[int] = []
    before: list[int] = []
    for number, place in enumerate(places):
        length = bisect_left(tails, place)
        tails[length : length + 1] = [place]
        at[length : length + 1] = [number]
        before.append(at[length - 1] if length else -1)
    chain, number = [], at[-1]
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]
