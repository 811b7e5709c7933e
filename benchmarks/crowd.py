"""A class made by script, as large as one likes: the released notebooks with answers put in.

Of every twenty students nine write what the source has, six right solutions in other styles (tests/variants), three
make one typical mistake each (tests/mutants) and build on it from there, one stops in the middle of every notebook,
and one hands in blanks. Every one of them hands in all notebooks. The same course gives the same class.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests"))

from checker import Code, in_style, mutants, reference, style_files, without_markers  # noqa: E402

KINDS = {"source": 9, "style": 6, "mistake": 3, "half": 1, "blank": 1}  # of every twenty
# So that a small class has all of them, too: what the first, the second, ... of twenty is.
ORDER = (
    *("source", "style", "mistake", "source", "blank", "style", "source", "half", "source", "style"),
    *("source", "mistake", "style", "source", "source", "style", "mistake", "source", "style", "source"),
)


@dataclass(frozen=True)
class Member:
    """One student: what `kind`, and in which words it can be said which style or mistake."""

    id: str
    kind: str
    about: str
    work: Mapping[str, Sequence[Code]]


def members(count: int, notebooks: Sequence[str]) -> Iterator[Member]:
    """The first `count` students of the class; styles and mistakes are spread over `notebooks`."""
    styles = [file for file in style_files() if in_style(file).keys() & set(notebooks)]
    mistakes = _spread([mutant for mutant in mutants() if mutant.notebook in notebooks])
    seen = dict.fromkeys(KINDS, 0)
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
        yield Member(f"s{number:03d}", kind, about, work)


def _spread(found: Sequence[Any]) -> list[Any]:
    """Mutants, one of each notebook in turn, and of each notebook from all over its list."""
    lists = {}
    for name in sorted({mutant.notebook for mutant in found}):
        own = [mutant for mutant in found if mutant.notebook == name]
        step = next(k for k in (7, 5, 3, 1) if len(own) % k)
        lists[name] = [own[k * step % len(own)] for k in range(len(own))]
    return [own[k] for k in range(max(map(len, lists.values()), default=0)) for own in lists.values() if k < len(own)]


def hand_in(root: Path, count: int, notebooks: Sequence[str]) -> list[Member]:
    """Write the class to root/submitted; who is who."""
    made = list(members(count, notebooks))
    for member in made:
        for name in notebooks:
            released = json.loads((root / "release" / name / f"{name}.ipynb").read_text(encoding="utf-8"))
            path = root / "submitted" / member.id / name / f"{name}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(_filled(released, name, member)), encoding="utf-8")
    return made


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
