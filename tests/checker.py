"""The real checks of a notebook, run in this process: no kernel, no nbgrader, a fraction of a second.

    code cells of a notebook -> framework parts of the earlier ones + the cells that matter -> which tests passed

It gives what nbgrader would give: a test cell that raises, runs out of time or writes to stderr has no points.
"""

import contextlib
import importlib.util
import io
import json
import signal
import tomllib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import numpy as np
from course.contract import NAMES, ROOT, SOLUTION, SOURCE, cells

from raisin import lab
from raisin.lab import compare, extend, framework
from raisin.lab.earlier import Earlier
from raisin.lab.places import Place
from raisin.lab.session import Session

TESTS = Path(__file__).resolve().parent
STUB = "# YOUR CODE HERE\n{indent}raise NotImplementedError()\n"
SECONDS_A_CELL = 10.0


@dataclass(frozen=True)
class Code:
    """A code cell. `role`: answer, test, locked or free, as nbgrader takes it; `points`: of a test."""

    id: str
    role: str
    source: str
    points: float = 0.0


Notebook = tuple[Code, ...]


class OutOfTime(BaseException):
    """A cell ran too long. Not an Exception: neither a check nor a student's ``except`` takes it for something else."""


@cache
def reference(name: str) -> Notebook:
    """The code cells of a source notebook, without `setup` (the checker brings the earlier parts itself)."""
    found = [cell for cell in cells(SOURCE, name) if cell.kind == "code" and cell.id != "setup"]
    return tuple(Code(cell.id, cell.role, cell.source, cell.points) for cell in found)


def points_of(name: str) -> dict[str, float]:
    """The points of every test cell of a notebook."""
    return {cell.id: cell.points for cell in reference(name) if cell.role == "test"}


def blank(name: str) -> Notebook:
    """The notebook as it is released: a stub in place of every solution."""

    def cleared(source: str) -> str:
        return SOLUTION.sub(lambda found: STUB.format(indent=_indent(source, found.start())), source)

    return tuple(replace(c, source=cleared(c.source)) if c.role == "answer" else c for c in reference(name))


def _indent(source: str, position: int) -> str:
    return source[source.rfind("\n", 0, position) + 1 : position]


def without_markers(source: str) -> str:
    """A cell as a student would have written it."""
    lines = source.splitlines(keepends=True)
    return "".join(line for line in lines if "### BEGIN" not in line and "### END" not in line).rstrip("\n")


def earlier_parts(name: str, work: Mapping[str, Notebook]) -> list[Earlier]:
    """The framework below `name`: out of `work` where that has the notebook, else the reference's."""
    found: list[Earlier] = []
    known: set[str] = set()
    for other in (n for n in NAMES if "02" <= n < name):
        sources = tuple(cell.source for cell in work.get(other, reference(other)) if cell.role != "test")
        parts = _collected(sources, frozenset(known))
        for part in parts:
            known |= framework.names_of(part.source)[1]
        found.append(Earlier(other, parts, "a test"))
    return found


@cache
def _collected(sources: tuple[str, ...], known: frozenset[str]) -> tuple[framework.Part, ...]:
    return framework.collect(sources, known).parts


def lost(name: str, work: Mapping[str, Notebook], seconds: float = SECONDS_A_CELL) -> set[str]:
    """The test cells of notebook `name` that give no points when it is run as in `work`.

    `work` holds the notebooks that differ from the reference; the others count as the reference.
    """
    passed = run(name, work.get(name, reference(name)), earlier_parts(name, work), seconds)
    return {cell for cell, well in passed.items() if not well}


def run(name: str, notebook: Notebook, earlier: Sequence[Earlier], seconds: float = SECONDS_A_CELL) -> dict[str, bool]:
    """Run a notebook on top of the given earlier parts: test cell -> whether it passed."""
    namespace: dict[str, Any] = {"__name__": "__main__", "lab": lab}
    compare.set_notebook(name)
    extend.forget()
    passed: dict[str, bool] = {}
    with _own_state():
        session = Session(name, namespace, Place(True, False, None, "a test"))
        for found in earlier:
            session.carry(found)
        needed = _needed(notebook)
        for cell in notebook:
            if cell.role == "free" and not _defines(cell.source) & needed:
                continue
            well = _runs(cell, namespace, seconds)
            if cell.role == "test":
                passed[cell.id] = well
            elif well and framework.part_name(cell.source):
                session.settle(framework.without_magics(cell.source))
    return passed


def _needed(notebook: Notebook) -> frozenset[str]:
    """The global names that answers, tests and locked cells use: a free cell without any of them changes nothing."""
    return frozenset().union(*(_uses(cell.source) for cell in notebook if cell.role != "free"))


@cache
def _uses(source: str) -> frozenset[str]:
    return frozenset(framework.names_of(source)[0]) if framework.parses(source) else frozenset()


@cache
def _defines(source: str) -> frozenset[str]:
    return frozenset(framework.names_of(source)[1]) if framework.parses(source) else frozenset()


def _runs(cell: Code, namespace: dict[str, Any], seconds: float) -> bool:
    """Run one cell; whether it ended without an error, in time, and with nothing on stderr."""
    errors = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
        try:
            code = compile(framework.without_magics(cell.source), f"<{cell.id}>", "exec")
            with _time_limit(seconds):
                exec(code, namespace)
        except (Exception, SystemExit, OutOfTime):
            return False
    return not errors.getvalue()


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _own_state() -> Iterator[None]:
    """What cells change for the whole process is put back; warnings are shown as in a kernel, not raised."""
    notebook, added = compare._notebook, dict(extend._added)
    with warnings.catch_warnings(), np.errstate(), np.printoptions():
        warnings.simplefilter("default")
        try:
            yield
        finally:
            compare.set_notebook(notebook)
            extend.forget()
            extend._added.update(added)


@dataclass(frozen=True)
class Mutant:
    """The reference with one mistake. `edits`: (cell, old text, new text); `loses`: the tests that must see it.

    `sometimes`: tests of other things, which meet the mistake too with some of the random numbers.
    """

    notebook: str
    name: str
    edits: tuple[tuple[str, str, str], ...]
    loses: frozenset[str]
    sometimes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.notebook[:2]}: {self.name}"

    def is_seen_in(self, missed: set[str]) -> bool:
        """Whether these lost tests are the ones that should be lost."""
        return bool(self.loses) and self.loses <= missed <= self.loses | self.sometimes

    def work(self) -> dict[str, Notebook]:
        """The notebook with the mistake in it. Raises ValueError where an edit does not apply exactly once."""
        notebook = reference(self.notebook)
        for cell, old, new in self.edits:
            texts = {code.id: code.source for code in notebook}
            if texts.get(cell, "").count(old) != 1:
                raise ValueError(
                    f"{self}: {old!r} is in cell {cell!r} {texts.get(cell, '').count(old)} times, not once"
                )
            changed = texts[cell].replace(old, new)
            notebook = tuple(replace(code, source=changed) if code.id == cell else code for code in notebook)
        return {self.notebook: notebook}


def mutants() -> list[Mutant]:
    """Those of tests/mutants/<notebook>.toml."""
    found = []
    for file in sorted((TESTS / "mutants").glob("*.toml")):
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["mutant"]:
            edits = tuple((e["cell"], e["old"], e["new"]) for e in (entry, *entry.get("also", ())))
            loses, sometimes = frozenset(entry["loses"]), frozenset(entry.get("sometimes", ()))
            found.append(Mutant(file.stem, entry["name"], edits, loses, sometimes))
    return found


@cache
def make_class() -> ModuleType:
    """The script that makes the example class (it also reads the files of other styles)."""
    spec = importlib.util.spec_from_file_location("make_class", ROOT / "examples" / "make_class.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def in_style(path: Path) -> dict[str, Notebook]:
    """The reference with the cells of one file of tests/variants: some answers replaced, some cells put before."""
    work: dict[str, Notebook] = {}
    for name, changes in make_class().read_style(path).items():
        notebook = list(reference(name))
        for cell, before, source in changes:
            place = next(k for k, code in enumerate(notebook) if code.id == cell)
            if before:
                notebook.insert(place, Code(f"before-{cell}", "free", source))
            else:
                notebook[place] = replace(notebook[place], source=source)
        work[name] = tuple(notebook)
    return work


def handed_in(path: Path, name: str) -> Notebook:
    """A submitted file as nbgrader takes it: tests and given cells from the source, one copy of each counts."""
    own = {code.id: code for code in reference(name)}
    found: list[Code] = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if cell["cell_type"] != "code" or grade_id == "setup":
            continue
        known, source = own.get(grade_id), "".join(cell["source"])
        if known is None or known.role == "free":
            found.append(Code(cell["id"], "free", source))
        else:
            found.append(known if known.role in ("test", "locked") else replace(known, source=source))
    last = {code.id: k for k, code in enumerate(found) if code.role != "free"}
    return tuple(c for k, c in enumerate(found) if c.role != "test" or last[c.id] == k)
