"""`raisin doctor FILE`: what is wrong with one notebook, in words; what grading puts right; what a person must decide.

The same rebuilding as at grading, for one file; nothing is run. Students may use it, too: `--release` names the
notebook as they got it, and nothing of the instructor's is needed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raisin import students
from raisin.grading import form, reading, rebuild, whole
from raisin.grading.errors import RaisinError
from raisin.grading.form import ANSWER, OTHER, TEST, WRITTEN, Form
from raisin.grading.reading import NotANotebook
from raisin.grading.rebuild import Rebuilt

_COUNTED = ((ANSWER, "answers in code"), (WRITTEN, "written answers"), (TEST, "test cells"))


class CannotExamine(RaisinError, ValueError):
    """The file is no notebook of the course, or there is no release to compare it with."""


@dataclass(frozen=True)
class Diagnosis:
    """One file: the `notebook` that it is taken for, its form, and what rebuilding made of it; `cells` it had."""

    file: Path
    notebook: str
    laid_on: Form
    rebuilt: Rebuilt
    cells: int


def examine(file: Path, notebook: str | None = None, release: Path | None = None) -> Diagnosis:
    """What is wrong with a file: compared with `release`, or with the course that the current folder lies in.

    Raises CannotExamine, CourseNotFound, NoSuchNotebook.
    """
    content = _bytes(file)
    if release is not None:
        name, laid_on = notebook or release.stem, _of_release(release)
    else:
        name, laid_on = _of_course(content, file, notebook)
    try:
        received, said = reading.read(content)
    except NotANotebook as error:
        raise CannotExamine(f"{file}: {error}") from error
    return Diagnosis(file, name, laid_on, rebuild.rebuild(laid_on, received, said), len(received["cells"]))


def _bytes(file: Path) -> bytes:
    if not file.is_file():
        raise CannotExamine(f"{file} is no file; name a notebook, FILE.ipynb")
    return file.read_bytes()


def _of_release(release: Path) -> Form:
    try:
        return form.form_of(reading.read(_bytes(release))[0])
    except NotANotebook as error:
        raise CannotExamine(f"{release}, the notebook to compare with: {error}") from error


def _of_course(content: bytes, file: Path, notebook: str | None) -> tuple[str, Form]:
    from raisin.grading import course, handed_in
    from raisin.grading.recognise import Recogniser

    here = course.open_course()
    names = here.chosen([notebook] if notebook else [])
    found = names[0] if notebook else Recogniser({n: here.content(n) for n in names}).known(content, file.name).notebook
    if found is None:
        known = ", ".join(names)
        raise CannotExamine(f"{file} does not tell which notebook it is; say so: --notebook, one of {known}")
    return found, handed_in.form_of(here, found)


def lines(found: Diagnosis) -> list[str]:
    """The whole diagnosis, a line each."""
    made = found.rebuilt
    said = [f"{found.file.name} is {found.notebook}: {found.cells} cells", *_counts(found)]
    trivial = rebuild.lines(note for note in made.notes if note.trivial)
    for heading, entries in (
        ("Put right", made.remarks),
        ("Put right, as services leave it", trivial),
        ("A person must decide", tuple(f"{name} {words}".strip() for name, words in made.open.items())),
    ):
        if entries:
            said += ["", f"{heading}:", *(f"  {entry}" for entry in entries)]
    return [*said, "", _verdict(made)]


def _counts(found: Diagnosis) -> list[str]:
    """How many answers are there, and which are as they were given out."""
    there = {cell["id"]: cell for cell in found.rebuilt.notebook["cells"]}
    said = []
    for kind, words in _COUNTED:
        slots = [slot for slot in found.laid_on.slots if slot.kind == kind]
        if kind == TEST or not slots:
            said += [f"  {len(slots)} {words}"] if slots else []
            continue
        blank = [s.name for s in slots if s.name not in found.rebuilt.gone and _is_blank(there, s)]
        gone = [slot.name for slot in slots if slot.name in found.rebuilt.gone]
        more = [f"still blank: {', '.join(blank)}"] if blank else []
        more += [f"not there: {', '.join(gone)}"] if gone else []
        said.append(f"  {len(slots)} {words}" + "".join(f"; {entry}" for entry in more))
    own = sum(cell["id"] not in found.laid_on.by_name for cell in there.values())
    changed = [s.name for s in found.laid_on.slots if s.kind == OTHER and s.name in there and not _is_blank(there, s)]
    return [*said, f"  {own} cells of your own, {len(changed)} texts and examples changed"]


def _is_blank(there: Mapping[str, Any], slot: form.Slot) -> bool:
    cell = there.get(str(slot.cell.get("id") or slot.name))
    return cell is None or form.plain(cell["source"]) in (slot.text, "")


def _verdict(made: Rebuilt) -> str:
    if made.open:
        words = "--to FILE writes a notebook that has all cells"
        return f"It cannot be graded like this. Put each answer into its own cell ({words}), or delete a wrong copy."
    return "Grading puts this right by itself." if made.notes else "There is nothing wrong with it."


def show(found: Diagnosis, to: Path | None = None) -> int:
    """Print the diagnosis, write the rebuilt notebook to `to`; the exit status: 1 where a person must decide.

    Raises CannotExamine where the file would overwrite what is there.
    """
    for line in lines(found):
        print(students.printable(line))
    if to is not None:
        _write(to, found.rebuilt.notebook)
        print(students.printable(f"Written: {to}"))
    return 1 if found.rebuilt.open else 0


def _write(to: Path, notebook: Mapping[str, Any]) -> None:
    target = to / "repaired.ipynb" if to.is_dir() else to
    if target.exists():
        raise CannotExamine(f"{target} is there already; name another file for the repaired notebook")
    cells = [{**cell, "source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]]
    whole.write(target, json.dumps({**notebook, "cells": cells}, indent=1, ensure_ascii=False) + "\n")
