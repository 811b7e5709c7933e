"""An HTML table as a grid, cut into parts that fit the page: pandas makes tables wider than any paper."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from raisin.printout import colours
from raisin.printout.markup import Element

MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 120, 60, 2_500
PAGE = 505.0  # points
SIZES = (9.0, 8.5, 8.0, 7.5, 7.0)  # of type, the largest that fits is taken
_CELL_SPACE = 8.0  # points on both sides of a cell's text together
_A_CHARACTER = 0.56  # of the size of type
_WIDEST_WORDS = 42  # characters: longer text in a cell is broken into lines
_NUMBER = re.compile(r"[-−+]?[\d,.\s]+(?:[eE][-+]?\d+)?%?|nan|NaN|None|-?inf|True|False")
Cell = dict[str, Any]
BLANK: Cell = {"c": []}


@dataclass(frozen=True)
class _Row:
    head: bool
    cells: list[Cell]


def table_of(
    table: Element, inline: Callable[[Sequence[Element | str]], list[Any]], style: Callable[[Element], str]
) -> list[dict[str, Any]]:
    """The table as a block; none where it has no cells. Rows and columns beyond reason are left out, with a note."""
    found = _rows(table)
    rows_left_out = max(0, len(found) - MOST_ROWS)
    if rows_left_out:
        found = found[: MOST_ROWS * 2 // 3] + found[-(MOST_ROWS - MOST_ROWS * 2 // 3) :]
    rows = _grid(found, inline, style)
    width = max((len(row.cells) for row in rows), default=0)
    if not width:
        return []
    rows = [_Row(row.head, row.cells + [BLANK] * (width - len(row.cells))) for row in rows]
    keep = max(8, MOST_CELLS // width)
    rows_left_out += max(0, len(rows) - keep)
    rows = rows[:keep]
    _set_numbers_right(rows, width)
    size, groups = _groups(rows, width)
    notes = [f"{rows_left_out} rows"] if rows_left_out else []
    if width >= MOST_COLUMNS:
        notes.append(f"columns beyond the first {width}")
    parts = [
        {
            "columns": len(group),
            "head": [[row.cells[column] for column in group] for row in rows if row.head],
            "body": [[row.cells[column] for column in group] for row in rows if not row.head],
        }
        for group in groups
    ]
    caption = next((child.text() for child in table.elements() if child.tag == "caption"), "")
    note = f"{' and '.join(notes)} are left out of the printout" if notes else ""
    return [{"k": "table", "size": size, "parts": parts, "caption": " ".join(caption.split())[:500], "note": note}]


def _rows(table: Element) -> list[tuple[bool, list[Element]]]:
    """Whether each row belongs to the head, and its cells."""
    found = []
    for part in table.elements():
        if part.tag == "tr":
            found.append((all(cell.tag == "th" for cell in part.elements()), _cells(part)))
        elif part.tag in ("thead", "tbody", "tfoot"):
            found += [(part.tag == "thead", _cells(row)) for row in part.elements() if row.tag == "tr"]
    heads = [row for row in found if row[0]]
    return [*heads, *(row for row in found if not row[0])] if len(heads) < 8 else [(False, cells) for _, cells in found]


def _cells(row: Element) -> list[Element]:
    return [cell for cell in row.elements() if cell.tag in ("td", "th")]


def _grid(
    rows: Sequence[tuple[bool, list[Element]]],
    inline: Callable[[Sequence[Element | str]], list[Any]],
    style: Callable[[Element], str],
) -> list[_Row]:
    """Every cell in its column; what a cell spans is left blank."""
    taken: set[tuple[int, int]] = set()
    made = []
    for number, (head, cells) in enumerate(rows):
        line: list[Cell] = []
        for cell in cells:
            while (number, len(line)) in taken:
                line.append(BLANK)
            if len(line) >= MOST_COLUMNS:
                break
            down, across = (_span(cell.attributes.get(name, "")) for name in ("rowspan", "colspan"))
            down, across = min(down, len(rows) - number), min(across, MOST_COLUMNS - len(line))
            if down > 1:
                taken.update((number + i, len(line) + j) for i in range(1, down) for j in range(across))
            line += [_cell(cell, head, inline, style(cell)), *[BLANK] * (across - 1)]
        made.append(_Row(head, line))
    return made


def _span(value: str) -> int:
    return max(1, int(value)) if value.isdecimal() and len(value) < 6 else 1


def _cell(cell: Element, head: bool, inline: Callable[[Sequence[Element | str]], list[Any]], style: str) -> Cell:
    content = inline(cell.children)
    made: Cell = {"c": content}
    side = re.search(r"text-align:\s*(left|right|center)", style)
    made["number"] = bool(_NUMBER.fullmatch(cell.text().strip())) if content else None
    if side or cell.attributes.get("align") in ("left", "right", "center"):
        made["side"] = side[1] if side else cell.attributes["align"]
    if cell.tag == "th" and not head:
        made["bold"] = True
    for key, what in (("fill", "background-color"), ("colour", "color")):
        colour = colours.from_style(style, what)
        if colour:
            made[key] = colour
    return made


def _set_numbers_right(rows: Sequence[_Row], width: int) -> None:
    """Columns that hold nothing but numbers are flush right, with their heads."""
    for column in range(width):
        kinds = {row.cells[column].get("number") for row in rows if not row.head} - {None}
        for row in rows:
            cell = row.cells[column]
            if kinds == {True} and cell is not BLANK:
                cell.setdefault("side", "right")
            cell.pop("number", None)


def _groups(rows: Sequence[_Row], width: int) -> tuple[float, list[list[int]]]:
    """The size of type, and which columns stand beside each other; the first is repeated where it is an index."""
    columns = list(range(width))
    longest = [min(max(_length(row.cells[column]["c"]) for row in rows), _WIDEST_WORDS) for column in columns]

    def points(size: float, chosen: Sequence[int]) -> float:
        return sum(max(longest[column], 1) * _A_CHARACTER * size + _CELL_SPACE for column in chosen)

    for size in SIZES:
        if points(size, columns) <= PAGE:
            return size, [columns]
    size = SIZES[-1]
    body = [row for row in rows if not row.head]
    index = [0] if body and all(row.cells[0].get("bold") for row in body) else []

    def groups(most: int) -> list[list[int]]:
        found: list[list[int]] = [list(index)]
        for column in columns[len(index) :]:
            group = found[-1]
            full = len(group) - len(index) >= most or points(size, [*group, column]) > PAGE
            if full and len(group) > len(index):
                found.append(list(index))
            found[-1].append(column)
        return found

    # Of the same number of parts, those that are about equally wide.
    parts = len(groups(width))
    even = groups(-(-(width - len(index)) // parts))
    return size, even if len(even) == parts else groups(width)


def _length(content: Any) -> int:
    """About how many characters wide; a formula counts for eight."""
    if isinstance(content, str):
        return len(content)
    if not isinstance(content, list) or not content:
        return 0
    if content[0] in ("formula", "displayed", "picture"):
        return 8
    # The first entry of a run names its kind, or its kind and its colour or address.
    if isinstance(content[0], str) and content[0] in ("style", "link", "colour", "code", "break") and len(content) < 4:
        return _length(content[-1]) if len(content) > 1 else 0
    return sum(_length(part) for part in content)
