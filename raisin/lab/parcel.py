"""The zip that a student hands in: the notebook, its printout, and a list of what is in it.

04-backward_Nowak-Ada_Kim-Bo.zip
    04-backward.ipynb   the student's cells with the outputs of the run from the top
    04-backward.pdf     the same, printed
    CONTENTS.txt        names, date, versions, what is unfinished, and the SHA-256 of both
"""

import copy
import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raisin import __version__
from raisin.lab.overview import Overview
from raisin.lab.progress import Progress
from raisin.lab.rehearsal import Rehearsed
from raisin.students import Member

LIST = "CONTENTS.txt"
VERSIONS = ("numpy", "torch", "ipython", "ipykernel", "nbclient", "typst")
LONGEST = 120  # characters of the names in a file's name


class NotPrinted(RuntimeError):
    """There is no PDF; the text says why."""


@dataclass(frozen=True)
class Parcel:
    """What goes into the zip, and what is to be said of it."""

    notebook: str
    people: tuple[Member, ...]
    files: Mapping[str, bytes]
    facts: tuple[str, ...]
    unfinished: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        people = "_".join(filter(None, map(_slug, self.people)))[:LONGEST].rstrip("-_")
        return f"{self.notebook}_{people}.zip"

    def contents(self, when: datetime.datetime) -> str:
        """The list: a line in the form of `sha256sum` for each file, so that ``sha256sum -c`` takes it."""
        who = "; ".join(f"{member.name} ({member.student})" for member in self.people)
        lines = [f"notebook: {self.notebook}", f"names: {who}", f"made: {when.isoformat(' ', 'seconds')}", *self.facts]
        lines.append("versions: " + ", ".join(_versions()))
        lines += ["", "unfinished, handed in like this on purpose:" if self.unfinished else "unfinished: nothing"]
        lines += [f"  - {line}" for line in self.unfinished]
        lines += ["", "files, each with its SHA-256:"]
        lines += [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in self.files.items()]
        return "\n".join(lines) + "\n"

    def write(self, folder: Path) -> Path:
        """Make the zip in `folder`: complete, or not there. One of the same name is replaced."""
        now = datetime.datetime.now().astimezone()
        members = {**self.files, LIST: self.contents(now).encode()}
        target = folder / self.name
        part = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in members.items():
                    archive.writestr(name, content)
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)
        return target


def as_run(overview: Overview, ran: Rehearsed, table: Progress) -> bytes:
    """The notebook with the outputs of the run; what was not run keeps its own, and `lab.progress` shows `table`."""
    notebook = copy.deepcopy(overview.content)
    for cell in overview.cells:
        raw: dict[str, Any] = notebook["cells"][cell.place]
        if cell.place in ran.cells:
            done = ran.cells[cell.place]
            raw["outputs"], raw["execution_count"] = list(done.outputs), done.count
        elif cell.hands_in:
            shown = {"text/html": table._repr_html_(), "text/plain": str(table)}
            output = {"output_type": "display_data", "data": shown, "metadata": {}}
            raw["outputs"], raw["execution_count"] = [output] if "progress" in cell.text else [], None
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode() + b"\n"


def printed(notebook: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """The PDF of a notebook, and in words what it lacks. Raises NotPrinted."""
    from raisin.printout import About, Printer, PrinterBroken  # where notebooks are graded there is no printer

    try:
        with Printer() as printer:
            made = printer.print(notebook, About(name=name))
    except PrinterBroken as error:
        raise NotPrinted(str(error)) from error
    return made.pdf, made.missing


def lacking_for_print() -> tuple[str, ...]:
    """What the printer needs and this Python does not have, as pip wants to hear it; of raisin's extra `print`."""
    try:
        requirements = importlib.metadata.requires("raisin") or []
    except importlib.metadata.PackageNotFoundError:
        return ()  # not installed: whether it prints is seen when it does
    lines = [line.partition(";") for line in requirements if re.search(r"extra\s*==\s*['\"]print['\"]", line)]
    return tuple(wanted.strip() for wanted, _, _ in lines if not _is_there(wanted))


def _is_there(requirement: str) -> bool:
    found = re.match(r"[\w.-]+", requirement.strip())
    try:
        importlib.metadata.version(found[0] if found else requirement)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _versions() -> Sequence[str]:
    known = [f"raisin {__version__}", f"Python {platform.python_version()}"]
    for name in VERSIONS:
        try:
            known.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return known


def _slug(member: Member) -> str:
    """A name as part of a file's name: without accents where letters have them, without spaces and signs."""
    letters = unicodedata.normalize("NFKD", member.name)
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    return re.sub(r"\W+", "-", plain).strip("-_")
