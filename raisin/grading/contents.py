"""Answers told by what they define, or by the framework part that they are marked as; and cells that were merged."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from raisin.grading import form as forms
from raisin.grading.board import Board, said
from raisin.grading.copies import one_of
from raisin.grading.form import ANSWER, Slot

_SHORT = 10  # characters of a text that may stand in an answer by chance


def beside_blanks(board: Board) -> None:
    """An answer in a cell without a name, while the blank that it belongs in was left as it is."""
    for place, ks in list(board.found.cells.items()):
        slot = board.form.slots[place]
        if slot.kind != ANSWER or board.texts[ks[0]] not in (slot.text, ""):
            continue
        if works := [k for k in board.free() if forms.fits(board.texts[k], slot)]:
            one_of(board, slot, [*ks, *works])


def cut_in_two(board: Board) -> None:
    """The end of an answer in the next cell, without a name, as some editors split: apart no Python, or no answer."""
    for place, ks in list(board.found.cells.items()):
        slot, k = board.form.slots[place], ks[-1]
        if slot.kind != ANSWER or not board.free([k + 1] if k + 1 < len(board.cells) else []):
            continue
        parts = [board.text_of(slot), board.texts[k + 1]]
        joined = "\n".join(parts)
        whole = slot.names <= forms.defined(parts[0]) or not slot.names <= forms.defined(joined)
        if forms.parses(joined) and not (whole and all(map(_stands_alone, parts))):
            board.take(slot, *ks, k + 1, text=joined)
            board.note(slot, f"was split into {len(ks) + 1} cells; they are one again")


def _stands_alone(source: str) -> bool:
    """Whether a text is Python by itself: the end of a function may parse, but not run."""
    return forms.parses(source) and not source.startswith("return")


def beside_given(board: Board) -> None:
    """An answer that was merged with its neighbour in the release: a question, an example, given code."""
    for place, ks in list(board.found.cells.items()):
        host, text = board.form.slots[place], board.texts[ks[0]]
        if host.asks or not host.text or len(text) <= len(host.text):
            continue
        if text.startswith(host.text):
            where, rest = place + 1, text[len(host.text) :]
        elif text.endswith(host.text):
            where, rest = place - 1, text[: -len(host.text)]
        else:
            continue
        slot = board.form.slots[where] if 0 <= where < len(board.form.slots) else None
        if slot is not None and slot.asks and where not in board.found.cells:
            board.take(slot, *ks, text=rest.strip("\n"))
            board.found.texts[place] = host.text
            board.note(slot, f"was in one cell with {host.name}; it is in its own again")


def by_content(board: Board) -> None:
    """Answers in cells that carry no name, also several in one cell."""
    missing = board.missing(lambda slot: slot.kind == ANSWER)
    if not missing:
        return
    rewritten = board.rewritten()
    holds: dict[int, list[Slot]] = {}
    claims: defaultdict[int, list[int]] = defaultdict(list)
    for k in sorted([*board.free(), *rewritten]):
        if slots := [slot for slot in missing if forms.fits(board.texts[k], slot)]:
            holds[k] = slots
            for slot in slots:
                claims[slot.place].append(k)
    for slot in missing:
        ks = [k for k in claims[slot.place] if k not in board.taken or k in rewritten]
        if not ks or slot.place in board.found.cells:
            continue
        if all(len(holds[k]) == 1 for k in ks):
            board.give_back(ks)
            one_of(board, slot, ks)
            if len(ks) == 1:
                board.note(slot, "had lost its name; told by what it defines")
        elif len(ks) == 1 and all(claims[one.place] == ks for one in holds[ks[0]]):
            board.give_back(ks)
            _part(board, ks[0], None, holds[ks[0]])
        else:
            board.ask(slot, f"may be in {said(ks)}: which one counts?")


def unmerge(board: Board) -> None:
    """Cells that were merged: an answer with another one, with its question, or with a test."""
    for place in list(board.found.cells):
        host = board.form.slots[place]
        text = board.text_of(host)
        if host.kind == ANSWER and text != host.text:
            if inside := [s for s in board.missing(lambda s: s.kind == ANSWER) if forms.fits(text, s)]:
                _part(board, board.found.cells[place][0], host, inside)
            _without_given(board, host)


def _part(board: Board, k: int, host: Slot | None, inside: Sequence[Slot]) -> None:
    """Give each slot its share of one cell: from where it begins to where the next one does."""
    text = board.text_of(host) if host else board.texts[k]
    lines = text.split("\n")
    begins = sorted((number, slot.place) for slot in inside if (number := forms.starts(text, slot)) is not None)
    if host is not None:
        begins = [(0, host.place), *(begin for begin in begins if begin[0] > 0)]
    places = [0, *(number for number, _ in begins[1:]), len(lines)]
    shares = ["\n".join(lines[a:b]).strip("\n") for a, b in pairwise(places)]
    whole = len(begins) == len(inside) + (host is not None) and len({n for n, _ in begins}) == len(begins)
    if not whole or (forms.parses(text) and not all(map(forms.parses, shares))):
        for slot in inside:
            board.ask(slot, f"seems to be in {said([k])} together with another answer; part them")
        return
    for (_, place), share in zip(begins, shares, strict=True):
        slot = board.form.slots[place]
        board.take(slot, k, text=share)
        if slot is not host:
            board.note(slot, "was in one cell with another answer; each is in its own again")


def _without_given(board: Board, host: Slot) -> None:
    """Take a test, given cell or text that was merged with an answer out of it."""
    for slot in board.missing(lambda slot: not slot.asks and len(slot.text) > _SHORT):
        text = board.text_of(host)
        if slot.text in text:
            board.found.texts[host.place] = text.replace(slot.text, "", 1).strip("\n")
            words = "it is in its own again" if slot.locked else "it was taken out"
            board.note(slot, f"was in one cell with {host.name}; {words}")
