r"""What stands between ``\begin`` and ``\end``: matrices, cases, aligned lines."""

import re

from raisin.printout import signs
from raisin.printout.reader import EMPTY, Node, Reader


def environment(reader: Reader, name: str) -> Node:
    full = reader.word()
    kind = full.rstrip("*")
    columns = ""
    if kind in ("array", "subarray", "alignat", "alignedat"):
        reader.source.optional()
        columns = reader.word()
    elif kind in ("aligned", "gathered", "split", "multlined", *signs.MATRICES):
        reader.source.optional()
    if kind not in signs.MATRICES and kind not in signs.CASES and kind not in signs.LINES:
        reader.unknown.append(rf"\begin{{{full}}}")
        return ["source", rf"\begin{{{full}}}" + reader.source.rest_of(full)]
    reader.level += 1
    rows, lines = reader.rows(kind)
    reader.level -= 1
    if kind in signs.MATRICES:
        return _matrix(kind, rows, lines, columns)
    if kind in signs.CASES:
        return ["cases", rows, signs.CASES[kind], kind.startswith("d")]
    if kind == "eqnarray":
        rows = [row[:1] + ([["row", *row[1:]]] if len(row) > 1 else []) for row in rows]
    if kind == "multline" and len(rows) > 1:
        rows = [[EMPTY, *row] for row in rows]  # every line begins at the same place
    return rows[0][0] if len(rows) == len(rows[0]) == 1 else ["lines", rows]


def _matrix(kind: str, rows: list[list[Node]], lines: list[int], columns: str) -> Node:
    width = max(len(row) for row in rows)
    rows = [row + [EMPTY] * (width - len(row)) for row in rows]
    letters = re.sub(r"[^lcr|]", "", re.sub(r"[@!>p<*]\{[^}]*\}", "", columns))
    bars = [len(part.replace("|", "")) for part in (letters[:i] for i, char in enumerate(letters) if char == "|")]
    opening, closing = signs.MATRICES[kind]
    bars = sorted({bar for bar in bars if 0 < bar < width})
    return [
        "matrix",
        rows,
        opening,
        closing,
        list(letters.replace("|", "")),
        sorted(set(lines)),
        bars,
        kind in ("smallmatrix", "subarray"),
    ]
