"""What the notebooks of the course hold, read as plain JSON: the material of the contract tests."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "source"
RELEASE = ROOT / "release"
NAMES = sorted(path.stem for path in SOURCE.glob("*/*.ipynb"))
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)
WHAT = re.compile(r'lab\.(?:same_as_torch|equal|agreement|raises)\(\s*"([^"]+)"')


@dataclass(frozen=True)
class Cell:
    """One cell; `nbgrader` is its metadata there, empty for a cell that nbgrader does not know."""

    id: str
    kind: str
    source: str
    metadata: dict[str, Any]
    raw: dict[str, Any]

    @property
    def nbgrader(self) -> dict[str, Any]:
        return dict(self.metadata.get("nbgrader", {}))

    @property
    def role(self) -> str:
        """answer, test, manual, locked or free."""
        n = self.nbgrader
        if not n:
            return "free"
        if n["solution"]:
            return "manual" if n["grade"] else "answer"
        return "test" if n["grade"] else "locked"

    @property
    def points(self) -> float:
        return float(self.nbgrader.get("points", 0)) if self.role in ("test", "manual") else 0.0

    @property
    def bonus(self) -> bool:
        return self.id.startswith("test-bonus-")


def load(tree: Path, name: str) -> dict[str, Any]:
    """A notebook of source/ or release/ as parsed JSON."""
    content: dict[str, Any] = json.loads((tree / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    return content


def cells(tree: Path, name: str) -> list[Cell]:
    return [
        Cell(c.get("id", ""), c["cell_type"], "".join(c["source"]), c["metadata"], c) for c in load(tree, name)["cells"]
    ]
