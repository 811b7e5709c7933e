"""Courses and submissions for tests, built in code: two tiny notebooks, of which the second builds on the first."""

import contextlib
import functools
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from raisin.grading import sandbox
from raisin.grading.course import Course, open_course, put_scripts_on_path

PROJECT = Path(__file__).parents[1]
# UCI's raisins, where somebody has put them beside the project; never a part of it.
RAISINS = PROJECT.resolve().parent / "shared" / "data" / "raisin.csv"
# The smallest picture: one grey pixel.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
Cell = dict[str, Any]
Notebook = dict[str, Any]

FIRST, SECOND = "01-first", "02-second"
DOUBLE = "# framework: double\ndef double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n"
QUADRUPLE = "def quadruple(x):\n    ### BEGIN SOLUTION\n    return double(double(x))\n    ### END SOLUTION\n"
RIGHT = "# framework: double\ndef double(x):\n    return x + x\n"


def text(name: str, source: str) -> Cell:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def code(name: str, source: str, **nbgrader: Any) -> Cell:
    """A code cell; with `nbgrader` entries (locked, solution, grade, points) one that nbgrader knows."""
    metadata = {"nbgrader": _meta(name, **nbgrader)} if nbgrader else {}
    common = {"cell_type": "code", "id": name, "metadata": metadata, "source": source}
    return {**common, "execution_count": None, "outputs": []}


def answer(name: str, source: str) -> Cell:
    return code(name, source, solution=True)


def check(name: str, source: str, points: float) -> Cell:
    return code(name, source, grade=True, locked=True, points=points)


def locked(name: str, source: str) -> Cell:
    return code(name, source, locked=True)


def manual(name: str, source: str, points: float) -> Cell:
    """A written answer, graded by hand."""
    return {**text(name, source), "metadata": {"nbgrader": _meta(name, grade=True, solution=True, points=points)}}


def students(*members: tuple[str, str]) -> Cell:
    return code("students", f"# Who are you?\nstudents = {list(members)!r}\n")


def notebook(*cells: Cell) -> Notebook:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": list(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _meta(name: str, **given: Any) -> dict[str, Any]:
    plain = {"grade": False, "locked": False, "solution": False, "task": False}
    return {"grade_id": name, "schema_version": 3, **plain, **given}


def setup(name: str) -> Cell:
    return locked("setup", f'from raisin import lab  # of ORGANISATION/REPOSITORY@main\n\nlab.start("{name}")\n')


def first() -> Notebook:
    """4 points by tests and 1 bonus, 3 by hand."""
    hidden = "### BEGIN HIDDEN TESTS\nassert double(5) == 10\n### END HIDDEN TESTS\n"
    return notebook(
        text("title", "[badge](https://example.org/ORGANISATION/REPOSITORY/blob/main/release/x) # First (7 points)"),
        setup(FIRST),
        students(("", "")),
        answer("double", DOUBLE),
        check("test-double-number", "assert double(2) == 4\n" + hidden, 3),
        check("test-double-text", 'assert double("a") == "aa"\n', 1),
        check("test-bonus-double-list", "assert double([1]) == [1, 1]\n", 1),
        manual("why-double", "Because two is more than one.", 3),
    )


def second() -> Notebook:
    """2 points by a test; uses what the first notebook defines."""
    return notebook(
        setup(SECOND),
        students(("", "")),
        answer("quadruple", QUADRUPLE),
        check("test-quadruple", "assert quadruple(1) == 4\n", 2),
    )


def write(path: Path, content: Notebook) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> Notebook:
    """The notebook, every source as one string."""
    content: Notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"])
    return content


@functools.cache
def _empty_gradebook() -> bytes:
    """A gradebook as nbgrader makes it. That takes nbgrader a second, so it is made once in a test run."""
    import nbgrader.api

    put_scripts_on_path()
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.closing(nbgrader.api.Gradebook(f"sqlite:///{folder}/gradebook.db", "raisin")):
            pass
        return (Path(folder) / "gradebook.db").read_bytes()


@functools.cache
def settings_here() -> str:
    """The project's own nbgrader_config.py; where this machine has no sandbox, one that does without."""
    text = (PROJECT / "nbgrader_config.py").read_text(encoding="utf-8")
    return text + ("\nc.Course.sandbox = False\n" if sandbox.available() else "")


def course(root: Path, settings: Sequence[str] = ()) -> Course:
    """The two notebooks under the project's own nbgrader_config.py, with more lines of settings."""
    root.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{line}\n" for line in settings)
    (root / "nbgrader_config.py").write_text(settings_here() + lines, encoding="utf-8")
    (root / "gradebook.db").write_bytes(_empty_gradebook())
    write(root / "source" / FIRST / f"{FIRST}.ipynb", first())
    write(root / "source" / SECOND / f"{SECOND}.ipynb", second())
    return open_course(root)


def cell(content: Notebook, name: str) -> Cell:
    """The cell with this id."""
    found: Cell = next(cell for cell in content["cells"] if cell.get("id") == name)
    return found


def hand_in(
    course: Course, student: str, name: str, change: Callable[[Notebook], object] | None = None, blank: bool = False
) -> Path:
    """Put the released notebook, filled in rightly unless `blank` and then changed, where submissions lie."""
    content = read(course.released(name))
    if not blank:
        for due in read(course.source(name))["cells"]:
            if due["metadata"].get("nbgrader", {}).get("solution"):
                cell(content, due["id"])["source"] = due["source"]
    if change is not None:
        change(content)
    return write(course.submitted(student, name), content)


def replace(name: str, source: str) -> Callable[[Notebook], object]:
    """A change that gives one cell another source."""
    return lambda content: cell(content, name).update(source=source)


def raisin_arff(csv_text: str) -> str:
    """A table of raisins as UCI's ARFF writes it, with its blank lines and spaces."""
    header, *rows = csv_text.splitlines()
    *columns, last = header.split(",")
    declared = [f"@ATTRIBUTE {name}\t{'INTEGER' if name.endswith('Area') else 'REAL'}" for name in columns]
    declared.append(f"@ATTRIBUTE {last} {{Kecimen, Besni}}")
    return "\n".join(["% 900 raisins", "@RELATION Raisin_Dataset", "", *declared, "", "@DATA", *rows, ""])
