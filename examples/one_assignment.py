"""Makes one big assignment of several notebooks: a course of its own, with its own gradebook.

    python examples/one_assignment.py FOLDER 02-framework 02 03 04 05 06

writes FOLDER/source/02-framework/02-framework.ipynb, the notebooks 02 to 06 one after the other with one set-up cell
and one list of names, and FOLDER/nbgrader_config.py. Then, in FOLDER: `raisin release`, and all else as ever. What
there are two of (`matmul` in 02 and 03) is called by its number too (`matmul-03`). docs/instructor.md says what is
different with one notebook.
"""

import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHARED = ("setup", "who", "students")  # once, at the top
LAST = ("hand-in", "progress", "submit")  # once, at the end
POINTS = re.compile(r"\((\d+(?:\.\d+)?) points(?: \+ (\d+(?:\.\d+)?) bonus)?\)")
BADGE = re.compile(r"^\[!\[Open in Colab\].*\n+", re.MULTILINE)
Json = dict[str, Any]


def merged(name: str, notebooks: Sequence[tuple[str, Json]]) -> Json:
    """One notebook of several, (name, content) in order. Raises ValueError where a check is there twice. Pure."""
    seen: set[str] = set()
    checks: set[str] = set()
    cells: list[Json] = []
    for number, (part, content) in enumerate(notebooks):
        for cell in content["cells"]:
            if (cell["id"] in SHARED and number) or (cell["id"] in LAST and number < len(notebooks) - 1):
                continue
            for what in re.findall(r'lab\.(?:same_as_torch|equal|agreement|raises)\(\s*"([^"]+)"', _text(cell)):
                if what in checks:
                    raise ValueError(
                        f"the check {what!r} of {part} is called like an earlier one; give it another name"
                    )
                checks.add(what)
            cells.append(_called(cell, part, seen))
    badge = BADGE.match(_text(notebooks[0][1]["cells"][0]))
    heading = f"{badge[0] if badge else ''}# {name.capitalize()} {_worth([content for _, content in notebooks])}\n"
    for cell in cells:
        text = _text(cell).replace(f'lab.start("{notebooks[0][0]}")', f'lab.start("{name}")')
        cell["source"] = (BADGE.sub("", text) if cell["cell_type"] == "markdown" else text).splitlines(keepends=True)
    title = heading.replace(f"/{notebooks[0][0]}", f"/{name}")
    cells.insert(0, {"cell_type": "markdown", "id": "whole", "metadata": {}, "source": title.splitlines(keepends=True)})
    return {**notebooks[0][1], "cells": cells}


def _text(cell: Json) -> str:
    return "".join(cell["source"])


def _called(cell: Json, part: str, seen: set[str]) -> Json:
    """The cell under a name that is not there yet; a bonus stays one."""
    name = cell["id"] if cell["id"] not in seen else f"{cell['id']}-{part[:2]}"
    seen.add(name)
    about = cell["metadata"].get("nbgrader")
    metadata = {**cell["metadata"], "nbgrader": {**about, "grade_id": name}} if about else cell["metadata"]
    return {**cell, "id": name, "metadata": metadata}


def _worth(contents: Sequence[Json]) -> str:
    """What the titles say, added up."""
    found = [POINTS.search(_text(content["cells"][0])) for content in contents]
    points = sum(float(one[1]) for one in found if one)
    bonus = sum(float(one[2] or 0) for one in found if one)
    return f"({points:g} points + {bonus:g} bonus)" if bonus else f"({points:g} points)"


def make(folder: Path, name: str, numbers: Sequence[str]) -> Path:
    """The course in `folder`; where its notebook lies. Raises FileExistsError, ValueError."""
    if not re.fullmatch(r"\d\d-[a-z][a-z-]*", name):
        raise ValueError(f"{name!r} should be two digits, a hyphen and small letters: 02-framework")
    found = []
    for number in numbers:
        paths = sorted(ROOT.glob(f"source/{number}*/*.ipynb"))
        if len(paths) != 1:
            raise ValueError(f"no single notebook in {ROOT / 'source'} begins with {number!r}")
        found.append((paths[0].stem, json.loads(paths[0].read_text(encoding="utf-8"))))
    if name >= found[0][0]:
        raise ValueError(f"{name!r} must come before {found[0][0]!r} in the alphabet: it builds on no earlier notebook")
    content = merged(name, found)
    path = folder / "source" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if not (folder / "nbgrader_config.py").exists():
        shutil.copy2(ROOT / "nbgrader_config.py", folder)
        shutil.copytree(ROOT / "data", folder / "data", dirs_exist_ok=True)
    return path


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    try:
        print(make(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
    except (FileExistsError, ValueError) as error:
        sys.exit(f"one_assignment: {error}")
