"""Several cells that say to be one slot: which one counts. Of the same work any copy, of other work what runs last.

Copies of the release's own text say nothing and go; other work that does not count stays as a cell of the student's.
"""

from collections.abc import Sequence

from raisin.grading import form as forms
from raisin.grading.board import Board, said
from raisin.grading.form import OTHER, TEST, WRITTEN, Slot


def one_of(board: Board, slot: Slot, ks: Sequence[int]) -> None:
    """Settle which of the cells `ks` is the slot, or ask."""
    texts = board.texts
    if not slot.asks:
        first = next((k for k in ks if texts[k] == slot.text), ks[0])
        board.take(slot, first)
        if slot.kind != OTHER:
            board.drop(k for k in ks if k != first and texts[k] in (slot.text, ""))
            board.note(slot, f"was there {len(ks)} times")
        return
    works = sorted({texts[k]: k for k in ks if texts[k] not in (slot.text, "")}.values())
    if len(works) < 2:
        _same(board, slot, ks, works)
    elif slot.kind == WRITTEN:
        board.take(slot, *works, text="\n\n".join(texts[k] for k in works))
        board.drop(set(ks).difference(works))
        board.note(slot, f"was there {len(works)} times with different words: all of them stand in it")
    else:
        _different(board, slot, ks, works)


def _same(board: Board, slot: Slot, ks: Sequence[int], works: Sequence[int]) -> None:
    same = [k for k in ks if not works or board.texts[k] == board.texts[works[0]]]
    kept = min(same, key=lambda k: (board.cells[k]["id"] != slot.name, not _is_at(board, slot, k)))
    board.take(slot, kept)
    board.drop(k for k in ks if k != kept)
    if len(ks) > 1:
        which = "the one with work in it counts" if works else "none has work in it"
        board.note(slot, f"was there {len(ks)} times; {which}")


def _is_at(board: Board, slot: Slot, k: int) -> bool:
    """Whether a cell stands directly behind or before one of the slot's neighbours."""
    slots = board.form.slots
    around = [slots[p].name for p in (slot.place - 1, slot.place + 1) if 0 <= p < len(slots)]
    near = [board.name(p) for p in (k - 1, k + 1) if 0 <= p < len(board.cells)]
    return any(name and name in near for name in around)


def _different(board: Board, slot: Slot, ks: Sequence[int], works: Sequence[int]) -> None:
    """Copies with different work: an answer that was split, or several attempts."""
    if (joined := _joined(board, works)) is not None:
        board.take(slot, *works, text=joined)
        board.drop(set(ks).difference(works))
        board.note(slot, f"was split into {len(works)} cells; they are one again")
    elif works[-1] < _tests_begin(board, slot, works[0]):
        # Run from top to bottom, the last one counts, as the student saw it; the others stay before it.
        board.take(slot, works[-1])
        board.drop(set(ks).difference(works))
        board.note(slot, f"was there {len(works)} times with different work; the last one counts, it runs last")
    else:
        board.taken.update(ks)
        where = said(works)
        board.ask(slot, f"is there {len(works)} times with different work, in {where}: which one counts?")


def _joined(board: Board, works: Sequence[int]) -> str | None:
    """The text of cells that stand together, define nothing twice, and are Python together; None where they do not."""
    names = [forms.defined(board.texts[k]) for k in works]
    apart = sum(map(len, names)) == len(frozenset().union(*names))
    between = set(range(works[0], works[-1])) - set(works)
    joined = "\n\n".join(board.texts[k] for k in works)
    together = apart and not any(board.texts[k] for k in between)
    return joined if together and forms.parses(joined) else None


def _tests_begin(board: Board, slot: Slot, first: int) -> int:
    """The received cell in which what comes after an answer in the release begins to be tested."""
    later = {one.name for one in board.form.slots[slot.place :] if one.kind == TEST}
    return next((k for k in range(first, len(board.cells)) if board.name(k) in later), len(board.cells))
