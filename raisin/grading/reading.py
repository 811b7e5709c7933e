"""A file that was handed in, as a notebook of format 4.5 whose fields have the right types. Pure: bytes in, dict out.

Takes the formats 3 and 4.0 to 4.5, a byte order mark, UTF-16, and cells that lack fields or have odd ones. What is no
notebook at all is an error that says what to ask for. Sources come as one text; ids stay as they are, also none or two
of a kind: `rebuild` gives them anew.
"""

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

Cell = dict[str, Any]
Notebook = dict[str, Any]

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # as nbformat has it
_KINDS = ("code", "markdown", "raw")
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


class NotANotebook(ValueError):
    """The file holds no notebook that can be read; the message says why, and what to ask for."""


def read(content: bytes) -> tuple[Notebook, tuple[str, ...]]:
    """The notebook that a file holds, and what was put right to read it. Raises NotANotebook."""
    try:
        given = json.loads(_text(content))
    except (ValueError, RecursionError) as error:
        words = "nested without end" if isinstance(error, RecursionError) else str(error)
        raise NotANotebook(f"the file is damaged or incomplete ({words}); ask for it again") from error
    if not isinstance(given, dict):
        raise NotANotebook("the file is no notebook; ask for it again, saved by Jupyter or Colab")
    said: list[str] = []
    if given.get("nbformat") == 3 or ("worksheets" in given and "cells" not in given):
        given = _from_three(given)
        said.append("it was in notebook format 3")
    cells = given.get("cells")
    if not isinstance(cells, list):
        raise NotANotebook("the file is no notebook of format 3 or 4; ask for it again, saved by Jupyter or Colab")
    minor = given.get("nbformat_minor")
    metadata = given.get("metadata")
    made = [cell_of(cell) for cell in cells if isinstance(cell, Mapping)]
    if len(made) < len(cells) or not all(_is_whole(cell) for cell in cells if isinstance(cell, Mapping)):
        said.append("some cells lacked what every cell has")
    if (not isinstance(minor, int) or minor < 5) and not any("format 3" in words for words in said):
        said.append(f"it was in notebook format 4.{minor if isinstance(minor, int) else '?'}")
    about = metadata if isinstance(metadata, dict) else {}
    return {"cells": made, "metadata": about, "nbformat": 4, "nbformat_minor": 5}, tuple(said)


def _text(content: bytes) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode(name)
    return content.decode("utf-8")


def _from_three(given: Notebook) -> Notebook:
    """By nbformat's own rules. Raises NotANotebook where they do not fit."""
    log = logging.getLogger("traitlets")
    before = log.disabled
    log.disabled = True  # nbformat says there at length what a student's file lacks
    try:
        from nbformat import from_dict, v4

        for sheet in given.get("worksheets", ()):
            for cell in sheet["cells"]:
                if cell.get("cell_type") == "code":
                    cell.setdefault("outputs", [])
        given.setdefault("metadata", {})
        node = v4.upgrade(from_dict(given), 3, given.get("nbformat_minor") or 0)  # type: ignore[no-untyped-call]
        plain: Notebook = json.loads(json.dumps(node))
    except Exception as error:  # whatever nbformat stumbles over
        words = "the file is in notebook format 3 and cannot be read as such"
        raise NotANotebook(f"{words} ({type(error).__name__}); ask for it again, saved by Jupyter or Colab") from error
    finally:
        log.disabled = before
    for cell in plain["cells"]:
        cell.pop("id", None)  # drawn anew at each reading
    return plain


def cell_of(given: Mapping[str, Any]) -> Cell:
    """One cell with every field that its kind has, of the right type; what of it was of another type is left out."""
    kind = given.get("cell_type")
    metadata = given.get("metadata")
    cell: Cell = {
        "cell_type": kind if kind in _KINDS else "raw",
        "id": ident if isinstance(ident := given.get("id"), str) and _ID.fullmatch(ident) else "",
        "metadata": metadata if isinstance(metadata, Mapping) else {},
        "source": source_of(given.get("source")),
    }
    if kind == "code":
        count, outputs = given.get("execution_count"), given.get("outputs")
        cell["execution_count"] = count if isinstance(count, int) and not isinstance(count, bool) else None
        cell["outputs"] = [out for out in outputs if isinstance(out, Mapping)] if isinstance(outputs, list) else []
    elif isinstance(attached := given.get("attachments"), Mapping):
        cell["attachments"] = attached
    return cell


def source_of(given: Any) -> str:
    """A source, which may be one text or its lines."""
    if isinstance(given, list | tuple):
        return "".join(line for line in given if isinstance(line, str))
    return given if isinstance(given, str) else ""


def _is_whole(cell: Mapping[str, Any]) -> bool:
    if cell.get("cell_type") not in _KINDS or not isinstance(cell.get("metadata"), Mapping):
        return False
    source = cell.get("source")
    return isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))
