"""The earlier notebooks' parts, from wherever they are: handed over by the grader, given, kept, or in notebooks."""

import os
from dataclasses import dataclass
from pathlib import Path

from raisin.lab import framework, places
from raisin.lab.contract import CONTRACT
from raisin.lab.framework import Part


@dataclass(frozen=True)
class Earlier:
    """The parts of one earlier notebook, where they were found, and what is wrong with the rest of it."""

    notebook: str
    parts: tuple[Part, ...]
    origin: str
    remarks: tuple[str, ...] = ()


def find(notebook: str, place: places.Place, folder: Path, given: str | os.PathLike[str] | None) -> list[Earlier]:
    """What comes before `notebook` for one that runs in `folder`, in the order of the course.

    Raises FileNotFoundError or ValueError when `given` cannot be read or holds no framework cell.
    """
    if handed := os.environ.get("RAISIN_FRAMEWORK"):
        files = sorted(path for path in Path(handed).glob("*.py") if path.stem < notebook)
        return [Earlier(path.stem, framework.load(path), "from the submitted notebook") for path in files]
    found = _when_graded(notebook, folder) if place.graded else _at_work(notebook, place, folder)
    if given is not None and not place.graded:
        files_given = places.given_files(Path(given))
        if not any(files_given.values()):
            raise ValueError(f"framework={str(given)!r} holds no framework cell (# framework: ... in its first line)")
        for name, parts in files_given.items():
            if name not in CONTRACT or name < notebook:
                found[name] = Earlier(name, parts, f"from {given}")
    return [found[name] for name in sorted(found) if found[name].parts or found[name].remarks]


def _when_graded(notebook: str, folder: Path) -> dict[str, Earlier]:
    found = {}
    for name, path in places.sources_when_graded(folder, notebook).items():
        tree = path.parents[1]
        if tree.parent.name in ("submitted", "autograded"):
            origin = "as handed in"
        elif tree.name == "source" and tree != folder.parent:
            origin = "the course's own: none was handed in"
        else:
            origin = f"read from {path.name}"
        found[name] = _read(name, path, origin)
    return found


def _at_work(notebook: str, place: places.Place, folder: Path) -> dict[str, Earlier]:
    kept: dict[str, Earlier] = {}
    for name in CONTRACT:
        file = place.kept / f"{name}.py" if place.kept is not None else None
        if name < notebook and file is not None and file.is_file() and (parts := framework.load(file)):
            kept[name] = Earlier(name, parts, "kept when you ran it")
    beside = {n: path for n, path in places.neighbours(folder).items() if n < notebook and n not in kept}
    return kept | {name: _read(name, path, f"read from {path.name}") for name, path in beside.items()}


def _read(name: str, path: Path, origin: str) -> Earlier:
    try:
        sources = framework.read_sources(path)
    except ValueError as error:
        return Earlier(name, (), "unreadable", (str(error),))
    collected = framework.collect(sources)
    remarks = [f"still blank there: {', '.join(collected.blank)}"] if collected.blank else []
    there = {framework.part_name(text) for text in sources} - {None, *collected.blank}
    if wrong := sorted(str(name) for name in there - {part.name for part in collected.parts}):
        remarks.append(f"no valid Python there: {', '.join(wrong)}")
    return Earlier(name, collected.parts, origin, tuple(remarks))
