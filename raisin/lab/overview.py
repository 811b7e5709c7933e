"""A notebook read as its tasks: what is worth points, what is blank, which checks can be seen. Nothing is run.

A task begins at a heading that names its points, ``## Task 2: the walk (5 points)``, and goes to the next such one.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from raisin.lab import framework
from raisin.lab.checks import checks_of

HEADING = re.compile(r"^## (?P<title>.*?)\s*\((?P<points>\d+) points?\b")
# What a release puts in place of a written answer, and the line that somebody may have left above one.
WRITTEN_STUB = re.compile(r"^.*YOUR ANSWER HERE.*$", re.MULTILINE)
_CALL = re.compile(r"lab\.(submit|progress)\(.*\)\s*(#.*)?")
STUDY = "study-run"  # of cells that are not run again, neither here nor at grading: their outputs are handed in
BONUS = "test-bonus-"


@dataclass(frozen=True)
class Cell:
    """One cell. `role`: answer, test, written (an answer in words) or other; `name` is a word for people."""

    place: int
    name: str
    role: str
    text: str
    points: float
    raw: dict[str, Any]

    @property
    def is_code(self) -> bool:
        return bool(self.raw.get("cell_type") == "code")

    @property
    def tags(self) -> frozenset[str]:
        tags = self.raw.get("metadata", {}).get("tags", ())
        return frozenset(map(str, tags if isinstance(tags, list) else ()))

    @property
    def is_blank(self) -> bool:
        """An answer that is not there yet."""
        if self.role == "answer":
            return framework.is_blank(self.text) or not self.text.strip()
        return self.role == "written" and not re.search(r"\w", WRITTEN_STUB.sub("", self.text))

    @property
    def is_study(self) -> bool:
        return self.is_code and STUDY in self.tags and "nbgrader" not in self.raw.get("metadata", {})

    @property
    def hands_in(self) -> bool:
        return self.is_code and hands_in(self.text)

    @property
    def checks(self) -> tuple[str, ...]:
        """What the checks in a test are called, those that can be seen here."""
        return checks_of(self.text) if self.role == "test" and framework.parses(self.text) else ()


@dataclass(frozen=True)
class Task:
    """A heading with points, and the cells below it. `cells` may not add up to `points` where some were lost."""

    title: str
    points: float
    cells: tuple[Cell, ...]

    @property
    def bonus(self) -> bool:
        """Its points come on top: nobody has to do it."""
        graded = [cell for cell in self.cells if cell.points]
        return bool(graded) and all(cell.name.startswith(BONUS) for cell in graded)

    @property
    def blank(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.is_blank)

    def answers_before(self, test: Cell) -> tuple[str, ...]:
        """The texts of the answers that a test of this task looks at."""
        return tuple(cell.text for cell in self.cells if cell.role == "answer" and cell.place < test.place)


@dataclass(frozen=True)
class Overview:
    """A whole notebook. `content` is the JSON, not to be changed."""

    content: dict[str, Any]
    cells: tuple[Cell, ...]
    tasks: tuple[Task, ...]

    @property
    def code(self) -> tuple[str, ...]:
        return tuple(cell.text for cell in self.cells if cell.is_code)

    def task_of(self, cell: Cell) -> Task | None:
        return next((task for task in self.tasks if cell in task.cells), None)

    def damage(self) -> list[str]:
        """What was lost or doubled of the given cells, in words: by the points that the headings promise."""
        if not any(cell.points for cell in self.cells):
            return ["no cell here is marked as graded: the marks were lost (a conversion, or cells pasted anew)"]
        graded = Counter(cell.name for cell in self.cells if cell.role != "other")
        lines = [f"the cell {name} is there {count} times: keep one" for name, count in graded.items() if count > 1]
        for task in self.tasks:
            there = sum(cell.points for cell in task.cells)
            if there != task.points and not lines:
                lines.append(f"{task.title}: cells with {there:g} of its {task.points:g} points are there")
        return lines


def hands_in(text: str) -> bool:
    """Whether a cell calls `submit` or `progress` and does nothing else."""
    lines = [line.strip() for line in text.splitlines()]
    code = [line for line in lines if line and not line.startswith("#")]
    return bool(code) and all(_CALL.fullmatch(line) for line in code)


def read(content: bytes | str) -> Overview:
    """The overview of a notebook file. Raises ValueError where it is none of format 4."""
    try:
        notebook = json.loads(content)
        cells = tuple(_cell(place, raw) for place, raw in enumerate(notebook["cells"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it cannot be read as a notebook ({type(error).__name__})") from error
    return Overview(notebook, cells, tuple(_tasks(cells)))


def _cell(place: int, raw: dict[str, Any]) -> Cell:
    meta = raw.get("metadata", {}).get("nbgrader")
    graded = meta if isinstance(meta, dict) else {}
    text = "".join(raw["source"])
    name = str(graded.get("grade_id") or raw.get("id") or f"cell {place + 1}")
    role = "other"
    if graded.get("solution"):
        role = "written" if graded.get("grade") else "answer"
    elif graded.get("grade"):
        role = "test"
    points = graded.get("points") if role in ("test", "written") else 0
    return Cell(place, name, role, text, float(points) if isinstance(points, int | float) else 0.0, raw)


def _tasks(cells: Iterable[Cell]) -> Iterable[Task]:
    title, points = "", 0.0
    below: list[Cell] = []
    for cell in cells:
        headings = [] if cell.is_code else [found for line in cell.text.splitlines() if (found := HEADING.match(line))]
        if headings:
            if title:
                yield Task(title, points, tuple(below))
            title, points, below = headings[-1]["title"], float(headings[-1]["points"]), []
        below.append(cell)
    if title:
        yield Task(title, points, tuple(below))
