"""A class made by script, as large as one likes: the released notebooks with answers put in.

Of every twenty students eight write what the source has, five right solutions in other styles (tests/variants), five
make one typical mistake each (tests/mutants) and build on it from there, one stops in the middle of every notebook,
and one hands in blanks. Every one of them hands in all notebooks. The same course gives the same class.
"""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests"))

from checker import Code, in_style, mutants, reference, style_files, without_markers  # noqa: E402

KINDS = {"source": 8, "style": 5, "mistake": 5, "half": 1, "blank": 1}  # of every twenty
# So that a small class has all of them, too: what the first, the second, ... of twenty is.
ORDER = (
    *("source", "style", "mistake", "source", "blank", "mistake", "source", "half", "style", "source"),
    *("mistake", "source", "style", "source", "mistake", "style", "source", "mistake", "style", "source"),
)


@dataclass(frozen=True)
class Member:
    """One student: what `kind`, and in which words it can be said which style or mistake."""

    id: str
    kind: str
    about: str
    work: Mapping[str, Sequence[Code]]


def members(count: int, notebooks: Sequence[str]) -> list[Member]:
    """The first `count` students of the class; styles and mistakes are spread over `notebooks`."""
    styles = [file for file in style_files() if in_style(file).keys() & set(notebooks)]
    mistakes = _spread([mutant for mutant in mutants() if mutant.notebook in notebooks])
    seen = dict.fromkeys(KINDS, 0)
    found = []
    for number in range(count):
        kind = ORDER[number % len(ORDER)]
        turn, seen[kind] = seen[kind], seen[kind] + 1
        about, work = kind, {}
        if kind == "style":
            file = styles[turn * 7 % len(styles)]  # neighbours in the alphabet are alike
            about, work = file.stem, in_style(file)
        elif kind == "mistake":
            mutant = mistakes[turn % len(mistakes)]
            about, work = str(mutant), mutant.work()
        found.append(Member(f"s{number:03d}", kind, about, work))
    return found


def _spread(found: Sequence[Any]) -> list[Any]:
    """Mutants, one of each notebook in turn, those that others build on first; of each from all over its list."""
    lists = {}
    for name in sorted({mutant.notebook for mutant in found}, key=lambda name: (name[:2] in ("01", "07"), name)):
        own = [mutant for mutant in found if mutant.notebook == name]
        step = next(k for k in (7, 5, 3, 1) if len(own) % k)
        lists[name] = [own[k * step % len(own)] for k in range(len(own))]
    return [own[k] for k in range(max(map(len, lists.values()), default=0)) for own in lists.values() if k < len(own)]


def hand_in(root: Path, members: Sequence[Member], notebooks: Sequence[str]) -> None:
    """Write what they did in these notebooks to root/submitted."""
    for member in members:
        for name in notebooks:
            released = json.loads((root / "release" / name / f"{name}.ipynb").read_text(encoding="utf-8"))
            path = root / "submitted" / member.id / name / f"{name}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(_filled(released, name, member)), encoding="utf-8")


def _filled(notebook: dict[str, Any], name: str, member: Member) -> dict[str, Any]:
    work = member.work.get(name, reference(name))
    answers = [code for code in work if code.role == "answer"]
    if member.kind == "half":
        answers = answers[: len(answers) // 2]
    if member.kind == "blank":
        answers = []
    texts = {code.id: without_markers(code.source) for code in answers}
    own = {code.id.removeprefix("before-"): code.source for code in work if code.id.startswith("before-")}
    cells = []
    for cell in notebook["cells"]:
        if cell["id"] in own:
            cells.append(_own_cell(cell["id"], own[cell["id"]]))
        cells.append({**cell, "source": texts.get(cell["id"], cell["source"])})
    return {**notebook, "cells": cells}


def _own_cell(before: str, source: str) -> dict[str, Any]:
    common = {"cell_type": "code", "id": f"my-{before}"[:64], "metadata": {}, "source": source}
    return {**common, "execution_count": None, "outputs": []}


def course(root: Path, settings: str) -> None:
    """A course's folder with the project's source, release and data, and these settings; nothing handed in."""
    for tree in ("source", "release", "data"):
        shutil.copytree(PROJECT / tree, root / tree)
    (root / "submitted").mkdir()
    (root / "nbgrader_config.py").write_text(settings, encoding="utf-8")
