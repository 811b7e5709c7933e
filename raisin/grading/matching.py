"""Which cell of a received notebook is which slot of the release. Pure; what is not certain is said, not guessed.

In this order: grade id or cell id; the same text; what an answer defines, or the framework part that it is marked as;
the place between neighbours that are known. Every rule looks only at what those before it left open, so a notebook with
nothing wrong costs one pass.
"""

from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher

from raisin.grading import form as forms
from raisin.grading.board import Board, Matched, said
from raisin.grading.contents import beside_blanks, beside_given, by_content, cut_in_two, unmerge
from raisin.grading.copies import one_of
from raisin.grading.form import ANSWER, OTHER, TEST, WRITTEN, Form, Slot
from raisin.grading.reading import Cell

_ALIKE = 0.6  # share of lines that an edited cell has in common with the release's
_LONGEST = 400  # lines of a cell that is compared line by line
_FEW = 4  # of so many answers and tests one at least must be there


def match(form: Form, cells: Sequence[Cell]) -> Matched:
    """The received cells, laid on the slots."""
    board = Board(form, cells)
    _by_name(board)
    beside_blanks(board)
    cut_in_two(board)
    if len(board.found.cells) < len(form.slots):
        _by_text(board)
        beside_given(board)
        by_content(board)
        board.found.foreign = _is_foreign(board)
        if not board.found.foreign:
            unmerge(board)
            _by_place(board)
            _left_over(board)
    return board.found


def _is_foreign(board: Board) -> bool:
    """Whether hardly any answer or test was found: other notebooks have a name or two in common with this one."""
    due = [slot.place for slot in board.form.slots if slot.asks or slot.kind == TEST]
    return len(due) > _FEW * sum(place in board.found.cells for place in due)


# --- By grade id, by cell id, by text -------------------------------------------------------------------------------


def _by_name(board: Board) -> None:
    claims: defaultdict[str, list[int]] = defaultdict(list)
    for k in range(len(board.cells)):
        if name := board.name(k):
            claims[name].append(k)
    for name, ks in claims.items():
        slot = board.form.by_name[name]
        if len(ks) == 1:
            board.take(slot, *ks)
        else:
            one_of(board, slot, _not_of_others(board, slot, ks))


def _not_of_others(board: Board, slot: Slot, ks: list[int]) -> list[int]:
    """Without copies that were made into the answer to something else."""
    if slot.kind != ANSWER:
        return ks
    others = [one for one in board.form.slots if one.kind == ANSWER and one is not slot]
    texts = board.texts
    own = [k for k in ks if forms.fits(texts[k], slot) or not any(forms.fits(texts[k], one) for one in others)]
    return own or ks


def _by_text(board: Board) -> None:
    there: defaultdict[str, list[int]] = defaultdict(list)
    for k in board.free():
        there[board.texts[k]].append(k)
    wanted: defaultdict[str, list[Slot]] = defaultdict(list)
    for slot in board.missing(lambda slot: len(slot.text) > 1):
        wanted[slot.text].append(slot)
    for text, slots in wanted.items():
        ks = there.get(text, [])
        if len(slots) > 1 and len(ks) != len(slots):
            continue
        for slot, k in zip(slots, ks, strict=False):
            board.take(slot, k)
        if slots[0].kind != OTHER:
            board.drop(ks[len(slots) :])


# --- By place -------------------------------------------------------------------------------------------------------


def _by_place(board: Board) -> None:
    for slot in board.missing(lambda slot: slot.locked or (slot.kind == OTHER and slot.matters)):
        near = [(_alike(board, slot, k), k) for k in board.free(board.gap(slot))]
        best, k = max(near, default=(0.0, -1))
        if best >= _ALIKE:
            board.take(slot, k)
            board.note(slot, "had lost its name; told by its text and place", trivial=slot.kind == OTHER)
    done: set[int] = set()
    for slot in board.missing(lambda slot: slot.asks and not slot.names and not slot.part):
        if slot.place not in done and slot.name not in board.found.open:
            done |= _in_gap(board, slot)


def _in_gap(board: Board, slot: Slot) -> set[int]:
    """Answers that nothing but their place tells: as many cells as slots between two known neighbours."""
    gap = board.gap(slot)
    wanted = [one for one in board.missing(lambda one: one.asks) if board.gap(one) == gap and one.kind == slot.kind]
    kinds = ("code",) if slot.kind == ANSWER else ("markdown", "raw")
    near = board.unknown(gap)
    for ks in ([k for k in near if board.cells[k]["cell_type"] in kinds], near):
        texts = list(dict.fromkeys(board.texts[k] for k in ks))
        if len(texts) == len(wanted) and (len(ks) == len(texts) or len(wanted) == 1):
            for one, text in zip(wanted, texts, strict=True):
                k, *copies = (k for k in ks if board.texts[k] == text)
                board.take(one, k)
                board.drop(copies)
                board.note(one, "had lost its name; told by its place")
            break
    return {one.place for one in wanted}


def _alike(board: Board, slot: Slot, k: int) -> float:
    """How much a cell looks like a slot: 1 where a tag says it, else the share of lines in common."""
    mine, its = board.texts[k].split("\n"), slot.text.split("\n")
    if len(mine) > _LONGEST or board.cells[k]["cell_type"] != slot.cell["cell_type"]:
        return 0.0
    tags, due = board.cells[k]["metadata"].get("tags"), slot.cell["metadata"].get("tags", ())
    if isinstance(tags, list | tuple) and any(tag in due for tag in tags):
        return 1.0
    return SequenceMatcher(None, mine, its, autojunk=False).ratio()


# --- What is left ---------------------------------------------------------------------------------------------------


def _left_over(board: Board) -> None:
    """Of what is still missing: deleted, which is certain where nothing can be it; else a person must look."""
    for slot in board.missing(lambda slot: slot.asks and slot.name not in board.found.open):
        if ks := _may_be(board, slot):
            board.ask(slot, f"is not in its place; it may be in {said(ks)}")
        else:
            board.note(slot, "was deleted, and nothing in the notebook can be it; its blank stands there again")
    for slot in board.missing(lambda slot: slot.locked):
        board.note(slot, "was deleted; it is there again")


def _may_be(board: Board, slot: Slot) -> list[int]:
    """The cells in which an answer may be that was not found."""
    free = board.unknown()
    near = set(free).intersection(board.gap(slot))
    near |= _merged(board, slot)
    if slot.kind == WRITTEN:
        return sorted(near | {k for k in free if board.cells[k]["cell_type"] != "code"})
    if slot.names or slot.part:
        there = set(range(len(board.cells))) - board.found.dropped
        return sorted(near | {k for k in there if slot.names & forms.defined(board.texts[k])})
    return sorted(near or {k for k in free if board.cells[k]["cell_type"] == "code"})


def _merged(board: Board, slot: Slot) -> set[int]:
    """Neighbours of an answer that say so much more than the release that it may be in there."""
    found = set()
    for place in (p for p in (slot.place - 1, slot.place + 1) if p in board.found.cells):
        host = board.form.slots[place]
        text = board.text_of(host)
        longer = "\n\n" in text if host.kind == slot.kind else not host.asks and len(text) > len(host.text)
        if text != host.text and longer:
            found.add(board.found.cells[place][0])
    return found
