"""Which cell of a received notebook is which slot of the release. Pure; what is not certain is said, not guessed.

In this order: grade id or cell id; the same text; what an answer defines, or the framework part that it is marked as;
the place between neighbours that are known. Every step looks only at what the steps before it left open, so a notebook
with nothing wrong costs one pass.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise

from raisin.grading import form as forms
from raisin.grading.form import ANSWER, GIVEN, OTHER, TEST, WRITTEN, Form, Slot
from raisin.grading.reading import Cell

_ALIKE = 0.6  # share of lines that an edited cell has in common with the release's
_LONGEST = 400  # lines of a cell that is compared line by line
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

    `dropped` are cells that say nothing new. `open`: what a person must decide, by slot. `foreign`: nothing that is
    answered or tested is of this notebook.
    """

    cells: dict[int, tuple[int, ...]] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    open: dict[str, str] = field(default_factory=dict)
    foreign: bool = False


def match(form: Form, cells: Sequence[Cell]) -> Matched:
    """The received cells, laid on the slots."""
    matching = _Matching(form, cells)
    matching.by_name()
    matching.beside_blanks()
    if matching.missing(lambda slot: slot.matters):
        matching.by_text()
        matching.by_content()
        if matching.is_foreign():
            matching.found.foreign = True
            return matching.found
        matching.out_of_others()
        matching.by_place()
        matching.left_over()
    return matching.found


def identity(cell: Cell, form: Form) -> str:
    """The name of the slot that a cell says to be, by nbgrader's metadata or by its id (Colab's too); "" for none."""
    name = str(forms.graded(cell).get("grade_id", ""))
    if name in form.by_name and form.by_name[name].kind != OTHER:
        return name
    for ident in (cell["id"], cell["metadata"].get("id")):
        if isinstance(ident, str) and ident in form.by_name:
            return ident
    return ""


def anchors(found: Matched) -> list[tuple[int, int]]:
    """(received cell, slot) for the most slots that stand in the release's order; graded ones weigh more."""
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


class _Matching:
    def __init__(self, form: Form, cells: Sequence[Cell]) -> None:
        self._form, self._cells = form, cells
        self._texts = [forms.plain(cell["source"]) for cell in cells]
        self._taken: set[int] = set()
        self.found = Matched()

    def missing(self, wanted: Callable[[Slot], bool]) -> list[Slot]:
        return [slot for slot in self._form.slots if slot.place not in self.found.cells and wanted(slot)]

    def is_foreign(self) -> bool:
        """Whether hardly any answer or test was found: other notebooks have a name or two in common with this one."""
        due = [slot.place for slot in self._form.slots if slot.asks or slot.kind == TEST]
        return len(due) > 4 * sum(place in self.found.cells for place in due)

    def _free(self, among: Iterable[int] | None = None) -> list[int]:
        """Cells that are nothing yet and say something."""
        ks = range(len(self._cells)) if among is None else among
        return [k for k in ks if k not in self._taken and self._texts[k]]

    def _take(self, slot: Slot, *ks: int, text: str | None = None) -> None:
        self.found.cells[slot.place] = ks
        self._taken.update(ks)
        if text is not None:
            self.found.texts[slot.place] = text

    def _drop(self, ks: Iterable[int]) -> None:
        gone = set(ks)
        self._taken |= gone
        self.found.dropped |= gone

    def _note(self, slot: Slot, words: str, trivial: bool = False) -> None:
        self.found.notes.append(Note(slot.name, words, trivial))

    def _ask(self, slot: Slot, words: str) -> None:
        self.found.open.setdefault(slot.name, words)

    # --- By grade id, by cell id ------------------------------------------------------------------------------------

    def by_name(self) -> None:
        claims: defaultdict[str, list[int]] = defaultdict(list)
        for k, cell in enumerate(self._cells):
            if name := identity(cell, self._form):
                claims[name].append(k)
        for name, ks in claims.items():
            slot = self._form.by_name[name]
            if len(ks) == 1:
                self._take(slot, *ks)
            else:
                self._one_of(slot, self._not_of_others(slot, ks))

    def _not_of_others(self, slot: Slot, ks: list[int]) -> list[int]:
        """Without copies that were made into the answer to something else."""
        if slot.kind != ANSWER:
            return ks
        others = [one for one in self._form.slots if one.kind == ANSWER and one is not slot]
        own = [
            k
            for k in ks
            if forms.fits(self._texts[k], slot) or not any(forms.fits(self._texts[k], one) for one in others)
        ]
        return own or ks

    def _one_of(self, slot: Slot, ks: Sequence[int]) -> None:
        """Several cells say that they are this slot, or look like it."""
        if not slot.asks:
            first = next((k for k in ks if self._texts[k] == slot.text), ks[0])
            self._take(slot, first)
            if slot.kind != OTHER:
                self._drop(k for k in ks if k != first and self._texts[k] in (slot.text, ""))
                self._note(slot, f"was there {len(ks)} times")
            return
        works = list({self._texts[k]: k for k in ks if self._texts[k] not in (slot.text, "")}.values())
        works.sort()
        if len(works) < 2:
            self._same(slot, ks, works)
        elif slot.kind == WRITTEN:
            self._take(slot, *works, text="\n\n".join(self._texts[k] for k in works))
            self._drop(k for k in ks if k not in works)
            self._note(slot, f"was there {len(works)} times with different words: all of them stand in it")
        else:
            self._different(slot, ks, works)

    def _same(self, slot: Slot, ks: Sequence[int], works: Sequence[int]) -> None:
        same = [k for k in ks if not works or self._texts[k] == self._texts[works[0]]]
        kept = min(same, key=lambda k: (self._cells[k]["id"] != slot.name, not self._is_at(slot, k)))
        self._take(slot, kept)
        self._drop(k for k in ks if k != kept)
        if len(ks) > 1:
            which = "the one with work in it counts" if works else "none has work in it"
            self._note(slot, f"was there {len(ks)} times; {which}")

    def _is_at(self, slot: Slot, k: int) -> bool:
        """Whether a cell stands directly behind or before the slot's neighbours."""
        around = [self._form.slots[p].name for p in (slot.place - 1, slot.place + 1) if 0 <= p < len(self._form.slots)]
        near = [identity(self._cells[p], self._form) for p in (k - 1, k + 1) if 0 <= p < len(self._cells)]
        return any(name and name in near for name in around)

    def _different(self, slot: Slot, ks: Sequence[int], works: Sequence[int]) -> None:
        """Copies with different work: an answer that was split, or several attempts."""
        names = [forms.defined(self._texts[k]) for k in works]
        joined = "\n\n".join(self._texts[k] for k in works)
        apart = sum(map(len, names)) == len(frozenset().union(*names))
        between = set(range(works[0], works[-1])) - set(works)
        if apart and not any(self._texts[k] for k in between) and forms.parses(joined):
            self._take(slot, *works, text=joined)
            self._drop(k for k in ks if k not in works)
            self._note(slot, f"was split into {len(works)} cells; they are one again")
        elif works[-1] < self._tests_begin(slot, works[0]):
            # Run from top to bottom, the last one counts, as the student saw it; the others stay before it.
            self._take(slot, works[-1])
            self._drop(k for k in ks if k not in works)
            self._note(slot, f"was there {len(works)} times with different work; the last one counts, it runs last")
        else:
            self._taken.update(ks)
            where = self._said(works)
            self._ask(slot, f"is there {len(works)} times with different work, in {where}: which one counts?")

    def _tests_begin(self, slot: Slot, first: int) -> int:
        """The received cell in which what comes after an answer in the release begins to be tested."""
        later = {one.name for one in self._form.slots[slot.place :] if one.kind == TEST}
        found = (k for k in range(first, len(self._cells)) if identity(self._cells[k], self._form) in later)
        return next(found, len(self._cells))

    def beside_blanks(self) -> None:
        """An answer in a cell without a name, while the blank that it belongs in was left as it is."""
        for place, ks in list(self.found.cells.items()):
            slot = self._form.slots[place]
            if slot.kind != ANSWER or self._texts[ks[0]] not in (slot.text, ""):
                continue
            if works := [k for k in self._free() if forms.fits(self._texts[k], slot)]:
                self._one_of(slot, [*ks, *works])

    # --- By text ----------------------------------------------------------------------------------------------------

    def by_text(self) -> None:
        there: defaultdict[str, list[int]] = defaultdict(list)
        for k in self._free():
            there[self._texts[k]].append(k)
        wanted: defaultdict[str, list[Slot]] = defaultdict(list)
        for slot in self.missing(lambda slot: len(slot.text) > 1):
            wanted[slot.text].append(slot)
        for text, slots in wanted.items():
            ks = there.get(text, [])
            if len(slots) > 1 and len(ks) != len(slots):
                continue
            for slot, k in zip(slots, ks, strict=False):
                self._take(slot, k)
            if slots[0].kind != OTHER:
                self._drop(ks[len(slots) :])

    # --- By what it defines -----------------------------------------------------------------------------------------

    def by_content(self) -> None:
        """Answers in cells that carry no name, also several in one cell."""
        missing = self.missing(lambda slot: slot.kind == ANSWER)
        if not missing:
            return
        holds: dict[int, list[Slot]] = {}
        claims: defaultdict[int, list[int]] = defaultdict(list)
        for k in self._candidates():
            if slots := [slot for slot in missing if forms.fits(self._texts[k], slot)]:
                holds[k] = slots
                for slot in slots:
                    claims[slot.place].append(k)
        for slot in missing:
            ks = [k for k in claims[slot.place] if k not in self._taken or k in self._others()]
            if not ks or slot.place in self.found.cells:
                continue
            if all(len(holds[k]) == 1 for k in ks):
                self._give_back(ks)
                self._one_of(slot, ks)
                if len(ks) == 1:
                    self._note(slot, "had lost its name; told by what it defines")
            elif len(ks) == 1 and all(claims[one.place] == ks for one in holds[ks[0]]):
                self._give_back(ks)
                self._cut(ks[0], None, holds[ks[0]])
            else:
                self._ask(slot, f"may be in {self._said(ks)}: which one counts?")

    def _others(self) -> dict[int, Slot]:
        """Cells of the release that carry no points, where the student wrote something else into them."""
        known = ((ks[0], self._form.slots[place]) for place, ks in self.found.cells.items())
        return {k: slot for k, slot in known if slot.kind == OTHER and self._texts[k] not in (slot.text, "")}

    def _candidates(self) -> list[int]:
        return sorted([*self._free(), *self._others()])

    def _give_back(self, ks: Iterable[int]) -> None:
        for k, slot in self._others().items():
            if k in ks:
                del self.found.cells[slot.place]

    def out_of_others(self) -> None:
        """Cells that were merged: an answer inside another one, below a question, or together with a test."""
        for place, ks in list(self.found.cells.items()):
            host = self._form.slots[place]
            text = self.found.texts.get(place, self._texts[ks[0]])
            if host.kind == ANSWER and text != host.text:
                if inside := [s for s in self.missing(lambda s: s.kind == ANSWER) if forms.fits(text, s)]:
                    self._cut(ks[0], host, inside)
                self._without_locked(host)
            elif host.kind == OTHER and host.text and text.startswith(host.text) and text != host.text:
                self._below(host, ks[0], text)

    def _cut(self, k: int, host: Slot | None, inside: Sequence[Slot]) -> None:
        """Give each slot its share of one cell: from where it begins to where the next one does."""
        text = self.found.texts.get(host.place, self._texts[k]) if host else self._texts[k]
        lines = text.split("\n")
        begins = sorted((number, slot.place) for slot in inside if (number := forms.starts(text, slot)) is not None)
        if host is not None:
            begins = [(0, host.place), *begins] if begins and begins[0][0] > 0 else [(0, host.place)]
        places = [0, *(number for number, _ in begins[1:]), len(lines)]
        shares = ["\n".join(lines[a:b]).strip("\n") for a, b in pairwise(places)]
        whole = len(begins) == len(inside) + (host is not None) and len({n for n, _ in begins}) == len(begins)
        if not whole or (forms.parses(text) and not all(map(forms.parses, shares))):
            for slot in inside:
                self._ask(slot, f"seems to be in {self._said([k])} together with another answer; part them")
            return
        for (_, place), share in zip(begins, shares, strict=True):
            slot = self._form.slots[place]
            self._take(slot, k, text=share)
            if slot is not host:
                self._note(slot, "was in one cell with another answer; each is in its own again")

    def _without_locked(self, host: Slot) -> None:
        """Take a test or given cell that was merged with an answer out of it: it stands in its own place."""
        text = self.found.texts.get(host.place, self._texts[self.found.cells[host.place][0]])
        for slot in self.missing(lambda slot: slot.locked and len(slot.text) > 10):
            if slot.text in text:
                text = text.replace(slot.text, "", 1).strip("\n")
                self.found.texts[host.place] = text
                self._note(slot, f"was in one cell with {host.name}; it is in its own again")

    def _below(self, host: Slot, k: int, text: str) -> None:
        following = self._form.slots[host.place + 1 : host.place + 2]
        for slot in following:
            if slot.kind == WRITTEN and slot.place not in self.found.cells:
                self._take(slot, k, text=text[len(host.text) :].strip("\n"))
                self.found.texts[host.place] = host.text
                self._note(slot, "was in one cell with the question; it is in its own again")

    # --- By place ---------------------------------------------------------------------------------------------------

    def by_place(self) -> None:
        for slot in self.missing(lambda slot: slot.kind in (TEST, GIVEN) or (slot.kind == OTHER and slot.matters)):
            near = [(self._alike(slot, k), k) for k in self._free(self._gap(slot))]
            best, k = max(near, default=(0.0, -1))
            if best >= _ALIKE:
                self._take(slot, k)
                self._note(slot, "had lost its name; told by its text and place", trivial=slot.kind == OTHER)
        done: set[int] = set()
        for slot in self.missing(lambda slot: slot.asks and not slot.names and not slot.part):
            if slot.place not in done and slot.name not in self.found.open:
                done |= self._in_gap(slot)

    def _in_gap(self, slot: Slot) -> set[int]:
        """Answers that nothing but their place tells: as many cells as slots between two known neighbours."""
        gap = self._gap(slot)
        wanted = [one for one in self.missing(lambda one: one.asks) if self._gap(one) == gap and one.kind == slot.kind]
        kinds = ("code",) if slot.kind == ANSWER else ("markdown", "raw")
        near = self._unknown(gap)
        for ks in ([k for k in near if self._cells[k]["cell_type"] in kinds], near):
            texts = list(dict.fromkeys(self._texts[k] for k in ks))
            if len(texts) == len(wanted) and (len(ks) == len(texts) or len(wanted) == 1):
                for one, text in zip(wanted, texts, strict=True):
                    k, *copies = (k for k in ks if self._texts[k] == text)
                    self._take(one, k)
                    self._drop(copies)
                    self._note(one, "had lost its name; told by its place")
                break
        return {one.place for one in wanted}

    def _unknown(self, among: Iterable[int] | None = None) -> list[int]:
        """Cells that are nothing yet, and no copy of what the release or an answer that was found says."""
        known = {slot.text for slot in self._form.slots}
        known |= {self._texts[ks[0]] for place, ks in self.found.cells.items() if self._form.slots[place].asks}
        return [k for k in self._free(among) if self._texts[k] not in known]

    def _gap(self, slot: Slot) -> range:
        """The received cells between the known neighbours of a slot."""
        pairs = anchors(self.found)
        first = max((self.found.cells[place][-1] for _, place in pairs if place < slot.place), default=-1)
        last = min((k for k, place in pairs if place > slot.place), default=len(self._cells))
        return range(first + 1, max(last, first + 1))

    def _alike(self, slot: Slot, k: int) -> float:
        mine, its = self._texts[k].split("\n"), slot.text.split("\n")
        if len(mine) > _LONGEST or self._cells[k]["cell_type"] != slot.cell["cell_type"]:
            return 0.0
        tags, due = self._cells[k]["metadata"].get("tags"), slot.cell["metadata"].get("tags", ())
        if isinstance(tags, list | tuple) and any(tag in due for tag in tags):
            return 1.0
        return SequenceMatcher(None, mine, its, autojunk=False).ratio()

    # --- What is left -----------------------------------------------------------------------------------------------

    def left_over(self) -> None:
        """Of what is still missing: deleted, which is certain where nothing can be it; else a person must look."""
        for slot in self.missing(lambda slot: slot.asks and slot.name not in self.found.open):
            if ks := self._may_be(slot):
                self._ask(slot, f"is not in its place; it may be in {self._said(ks)}")
            else:
                self._note(slot, "was deleted, and nothing in the notebook can be it; its blank stands there again")
        for slot in self.missing(lambda slot: slot.locked):
            self._note(slot, "was deleted; it is there again")

    def _may_be(self, slot: Slot) -> list[int]:
        free = self._unknown()
        near = set(free).intersection(self._gap(slot))
        if slot.kind == WRITTEN:
            beside = (self.found.cells.get(place, (-1,))[0] for place in (slot.place - 1, slot.place + 1))
            merged = {k for k in beside if k >= 0 and self._is_work(k) and "\n\n" in self._texts[k]}
            return sorted(near | merged | {k for k in free if self._cells[k]["cell_type"] != "code"})
        if slot.names or slot.part:
            ks = set(range(len(self._cells))) - self.found.dropped
            some = {k for k in ks if slot.names & forms.defined(self._texts[k])}
            return sorted(near | some)
        return sorted(near or {k for k in free if self._cells[k]["cell_type"] == "code"})

    def _is_work(self, k: int) -> bool:
        """Whether a cell that is a written answer or a text of the release says something else than the release."""
        slot = next((self._form.slots[place] for place, ks in self.found.cells.items() if k in ks), None)
        return slot is not None and slot.kind in (WRITTEN, OTHER) and self._texts[k] != slot.text

    def _said(self, ks: Sequence[int]) -> str:
        numbers = [str(k + 1) for k in ks[:_LISTED]]
        if len(ks) == 1:
            return f"cell {numbers[0]}"
        last = f"{len(ks) - _LISTED} more" if len(ks) > _LISTED else numbers.pop()
        return f"cells {', '.join(numbers)} and {last}"
