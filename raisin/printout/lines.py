"""Text in a fixed width: what a terminal shows and what code looks like, as lines of styled runs.

    "\\x1b[31mNo\\x1b[0m way"  -->  [Line(False, [Run("No", Style("#b3261e")), Run(" way", PLAIN)])]

Lines are broken at a number of columns and marked where they go on, so that nothing is ever cut off at the margin.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

COLUMNS = 113  # of the template's fixed width type between its margins
_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_OTHER_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-LN-Za-ln-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]|\x1b")
# Control characters, and those that turn the direction of what follows.
CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


class Style(NamedTuple):
    """How a run is set; colours as #rrggbb."""

    colour: str | None = None
    background: str | None = None
    bold: bool = False
    italic: bool = False
    underlined: bool = False


class Run(NamedTuple):
    text: str
    style: Style


class Line(NamedTuple):
    """`continued`: it goes on from the line before, which was too long."""

    continued: bool
    runs: list[Run]


PLAIN = Style()
NOTE = Style("#8a1f11", italic=True)


def clean(text: str) -> str:
    """Without control characters; a lone carriage return is a line break."""
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))


def as_it_ended(text: str) -> str:
    """What a terminal shows in the end: a progress bar is there once, what was erased is gone."""
    if "\r" not in text and "\b" not in text:
        return text
    return "\n".join(_one_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def _one_line(line: str) -> str:
    if "\r" in line:
        # What a later print does not cover stays: "100%" over "  5% of all" leaves "100%of all".
        shown = ""
        for part in line.split("\r"):
            shown = part if "\x1b" in part or "\x1b" in shown else part + shown[len(part) :]
        line = shown
    if "\b" not in line:
        return line
    kept: list[str] = []
    for char in line:
        if char != "\b":
            kept.append(char)
        elif kept:
            kept.pop()
    return "".join(kept)


def from_terminal(text: str) -> list[Run]:
    """Text with ANSI colours as runs; every other escape sequence is left out."""
    from raisin.printout.escapes import Pen

    text = CONTROLS.sub("", _OTHER_ESCAPES.sub(_keep_colours, text))
    pen, runs, at = Pen(), [], 0
    for found in _SGR.finditer(text):
        if found.start() > at:
            runs.append(Run(text[at : found.start()], pen.style()))
        at = found.end()
        pen.take(found[1])
    runs.append(Run(text[at:].replace("\x1b", ""), pen.style()))
    return runs


def _keep_colours(found: re.Match[str]) -> str:
    return found[0] if found[0] == "\x1b" and _SGR.match(found.string, found.start()) else ""


def wrapped(runs: Iterable[Run], columns: int = COLUMNS, tab: int = 8) -> list[Line]:
    """Runs as lines of at most `columns` columns, broken behind a space where one is near."""
    lines = [Line(False, [])]
    used = 0
    for text, style in runs:
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append(Line(False, []))
                used = 0
            part = part.expandtabs(tab) if "\t" in part else part
            for piece, breaks in _pieces(part, columns, used):
                if breaks:
                    lines.append(Line(True, []))
                    used = 2
                if piece:
                    lines[-1].runs.append(Run(piece, style))
                    used += width(piece)
    return lines


def _pieces(part: str, columns: int, used: int) -> Iterator[tuple[str, bool]]:
    """`part` cut where a line is full; with each piece, whether it begins a line of its own."""
    breaks = False
    while (room := _fitting(part, columns - used)) < len(part):
        room = _break_in(part, room)
        if not room and used <= 2:
            room = 1
        yield part[:room], breaks
        part, breaks, used = part[room:], True, 2
    yield part, breaks


def _break_in(part: str, room: int) -> int:
    """Where to cut a part that is too long: behind a space or a sign near the end, else where the line is full."""
    for signs in (" ", ",([{=", "._/\\"):
        best = max(part.rfind(sign, room * 4 // 5, room) for sign in signs)
        if best > 0:
            return best + 1
    return room


def _fitting(part: str, room: int) -> int:
    """How many characters of `part` fit."""
    if part.isascii():
        return min(max(room, 0), len(part))
    for number, char in enumerate(part):
        room -= width(char)
        if room < 0:
            return number
    return len(part)


def width(text: str) -> int:
    """In columns: wide for Chinese, Japanese, Korean and emoji."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@functools.lru_cache(maxsize=10_000)
def _columns(char: str) -> int:
    if unicodedata.combining(char) or char in "\u200b\u200c\u200d\ufe0e\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shortened(lines: Sequence[Line], most: int) -> list[Line]:
    """At most about `most` lines: of a long output its beginning and its end, and how many are left out."""
    if len(lines) <= most:
        return list(lines)
    head = most * 2 // 3
    tail = most - head
    note = Line(False, [Run(f"… {len(lines) - most} lines are left out of the printout …", NOTE)])
    return [*lines[:head], note, *lines[-tail:]]
