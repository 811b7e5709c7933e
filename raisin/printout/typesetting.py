"""From a notebook to a PDF in this process: the template, the fonts, and what is tried when that fails.

`raisin.printout.worker` runs this in a process of its own, with limits; nobody else needs it.
"""

import functools
import importlib.util
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from raisin.printout.document import Document
from raisin.printout.request import About

TEMPLATE = (Path(__file__).parent / "template.typ").read_bytes()
# Packages that bring the fonts: Noto (SIL OFL 1.1), DejaVu (its own free licence) with matplotlib. typst itself has
# Libertinus Serif, New Computer Modern Math and DejaVu Sans Mono.
FONTS = ("manimgx_fonts", "noto_cjk_sans_otc", "matplotlib/mpl-data/fonts/ttf")
_NOTES = {
    "no pictures": "Its pictures could not be printed.",
    "text only": "Only its text could be printed, without pictures, tables and formulas.",
    "source only": "Only the source of its cells could be printed.",
}
Printed = tuple[bytes, list[str]]


class Unprintable(Exception):
    """This level does not work; the next one does less."""


@functools.cache
def fonts() -> typst.Fonts:
    """The same fonts on every machine: those of our own dependencies, none of the system's."""
    folders = []
    for name in FONTS:
        package, _, below = name.partition("/")
        found = importlib.util.find_spec(package)  # finding it does not import it
        for place in found.submodule_search_locations or () if found is not None else ():
            folders.append(os.path.join(place, below))
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def set_notebook(content: bytes, about: About, level: str) -> Printed:
    """The PDF at one level (those of raisin.printout.printer), and what is missing in it. Raises Unprintable."""
    try:
        notebook = read(content) if level != "notice" else {}
        if level == "full":
            return _full(notebook, about)
        return _set(_less(notebook, about, level), {}), [_NOTES.get(level, "It could not be read.")]
    except (typst.TypstError, ValueError, TypeError, RecursionError, MemoryError, AttributeError) as error:
        raise Unprintable(f"{type(error).__name__}: {str(error)[:300]}") from error


def read(content: bytes) -> dict[str, Any]:
    """The notebook of a file; older ones (before 2014) hold their cells in worksheets. Raises ValueError."""
    notebook = json.loads(content.decode("utf-8", "replace"))
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError("this is no notebook of nbformat 4")
    return notebook


def _full(notebook: Mapping[str, Any], about: About) -> Printed:
    document = Document(notebook, about)
    data = document.data()
    files = document.pictures.files
    try:
        return _set({**data, "notes": _notes(document)}, files), document.problems
    except typst.TypstError:
        broken = {name for name, picture in files.items() if not _is_sound(name, picture)}
        if not broken:
            raise
    document.problem(f"{len(broken)} damaged pictures are not printed")
    whole = {name: picture for name, picture in files.items() if name not in broken}
    return _set({**_without(data, broken), "notes": _notes(document)}, whole), document.problems


def _notes(document: Document) -> list[str]:
    """What the reader is told at the top: only what is missing from the page without a note in its place."""
    return [words for words in document.problems if words.startswith("too many formulas")]


def _less(notebook: Mapping[str, Any], about: About, level: str) -> dict[str, Any]:
    if level in ("no pictures", "text only"):
        document = Document(notebook, about, plain=level == "text only", pictures=False)
        return {**document.data(), "notes": [_NOTES[level]]}
    empty = Document({"cells": []}, about)
    if level == "notice":
        words = "This notebook could not be printed. Open the notebook itself."
        return {**empty.data(), "notes": [words]}
    document = Document(notebook, about, plain=True, pictures=False)
    blocks = []
    for cell in document.cells[:200]:
        blocks += document.raw(str(cell.get("source"))[:5_000])
        if document.lines_left() <= 5_000:
            break
    return {**empty.data(), "blocks": blocks, "notes": [_NOTES[level]]}


def _set(data: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """Run typst over the template. Raises TypstError."""
    text = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
    return _compile({**files, "main.typ": TEMPLATE, "notebook.json": text})


def _compile(files: Mapping[str, bytes], **how: Any) -> bytes:
    # The compiler may read this folder and nothing else, and has no packages.
    with tempfile.TemporaryDirectory(prefix="raisin-print-") as name:
        folder = Path(name)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        nowhere = str(folder / "packages")
        made = typst.compile(
            str(folder / "main.typ"),
            root=name,
            font_paths=fonts(),
            ignore_system_fonts=True,
            format="pdf",
            package_path=nowhere,
            package_cache_path=nowhere,
            **how,
        )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no PDF")
    return made


def _is_sound(name: str, picture: bytes) -> bool:
    try:
        _compile({name: picture, "main.typ": f'#image("{name}", width: 1pt)'.encode()})
    except typst.TypstError:
        return False
    return True


def _without(data: Any, broken: set[str]) -> Any:
    """The same data with words in place of these pictures."""
    if isinstance(data, dict):
        if data.get("k") == "picture" and data["c"][0] in broken:
            return {"k": "note", "c": "A picture stood here; its data is damaged."}
        return {key: _without(value, broken) for key, value in data.items()}
    if isinstance(data, list):
        if len(data) == 3 and data[0] == "picture" and data[1] in broken:
            return ["style", "italic", ["[picture: its data is damaged]"]]
        return [_without(value, broken) for value in data]
    return data
