"""What the checks of a notebook are measured against: the source notebook, run once in trust under one seed.

    source notebook + the course's own earlier parts --> every check's Expectation, kept in .raisin/oracle/
                                                    \\--> on demand: the programs, to see what a wrong value looks like

The expectations are read from the file when nothing that they depend on has changed. None of this enters the kernel.
"""

import contextlib
import functools
import gzip
import hashlib
import io
import json
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from raisin import __version__, lab
from raisin.grading import earlier, secret
from raisin.grading.course import Course
from raisin.grading.earlier import Earlier
from raisin.grading.errors import BrokenSource
from raisin.grading.needed import ADDS, names_of
from raisin.grading.strip import stripped
from raisin.lab import compare, extend, framework, observe, wire
from raisin.lab.checks import checks_of
from raisin.lab.compare import Check
from raisin.lab.diagnose import Mistake
from raisin.lab.earlier import Earlier as Kept
from raisin.lab.observe import Expectation, Observation
from raisin.lab.places import Place
from raisin.lab.session import Session

_FORMAT = 1  # of the file


@dataclass(frozen=True)
class Cell:
    """A code cell of a source notebook. `role`: answer, test, locked or free, as nbgrader takes it."""

    id: str
    role: str
    source: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """All that a notebook's checks are measured against, by their words; `inputs` is in every message of theirs."""

    expected: Mapping[str, Expectation]
    inputs: Mapping[str, str]


class Oracle:
    """The source of one notebook under one seed."""

    def __init__(self, notebook: str, cells: Sequence[Cell], parts: Sequence[Earlier], seed: str) -> None:
        self.notebook, self.seed = notebook, seed
        self._cells, self._parts = cells, parts
        self.known: dict[Path, Measure] = {}  # by the course that keeps it in a file

    @functools.cached_property
    def digest(self) -> str:
        """Of all that the expectations depend on."""
        versions = (__version__, np.__version__, _version("torch"), _FORMAT)
        about = repr((self.notebook, self.seed, versions, self._cells, [(p.notebook, p.parts) for p in self._parts]))
        return hashlib.sha256(about.encode()).hexdigest()

    @functools.cached_property
    def to_send(self) -> dict[str, str]:
        """Test cell -> its text without what its checks are measured against."""
        tests = {cell.id: cell.source for cell in self._cells if cell.role == "test" and checks_of(cell.source)}
        return stripped(tests, [cell.source for cell in self._cells if cell.id not in tests])

    @functools.cached_property
    def _live(self) -> dict[str, tuple[Check, Expectation]]:
        """Every check with its program, and what is due. Raises BrokenSource where the source fails its own."""
        found: dict[str, tuple[Check, Expectation]] = {}

        def take(check: Check) -> None:
            seen, cause = compare.observation(check)
            due = check.expect()
            verdict = observe.decide(seen, due)
            if not verdict.passed:
                raise BrokenSource(f"{self.notebook}: the source fails its own check {verdict.text}") from cause
            found[check.what] = (check, due)

        self._run(take)
        return found

    @functools.cached_property
    def _checks(self) -> dict[str, Check]:
        """Every check with its program, which is not run: a diagnosis needs no more."""
        if "_live" in self.__dict__:
            return {what: check for what, (check, _) in self._live.items()}
        found: dict[str, Check] = {}
        self._run(lambda check: found.update({check.what: check}))
        return found

    def _run(self, take: Callable[[Check], None]) -> None:
        """Run the source; its checks go to `take`."""
        with self._as_itself():
            namespace: dict[str, Any] = {"__name__": "__main__", "lab": lab}
            session = Session(self.notebook, namespace, Place(True, False, None, "the oracle"))
            for parts in self._parts:
                session.carry(Kept(parts.notebook, parts.parts, "the course's own"))
            with compare.taking(take):
                for cell in needed(self._cells):
                    self._execute(cell, session)

    @functools.cached_property
    def given(self) -> dict[str, str]:
        """Free cells, with their texts: what is shown or tried there, and nothing that is graded."""
        return {cell.id: cell.source for cell in self._cells if cell.role == "free"}

    def _execute(self, cell: Cell, session: Session) -> None:
        text = framework.without_magics(cell.source)
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                exec(compile(text, f"<{cell.id}>", "exec"), session.namespace)
        except BrokenSource:
            raise
        except Exception as error:
            raise BrokenSource(f"{self.notebook}: cell {cell.id!r} of the source failed: {error!r}") from error
        if framework.part_name(cell.source):
            session.settle(text)

    @contextlib.contextmanager
    def _as_itself(self) -> Iterator[None]:
        """The seed and the notebook are this one's, and what cells change for the whole process is put back."""
        before = {name: os.environ.pop(name, None) for name in ("RAISIN_SEED", "RAISIN_MODE")}
        os.environ["RAISIN_SEED"] = self.seed
        notebook = compare.set_notebook(self.notebook)
        extend.forget()
        with warnings.catch_warnings(), np.errstate(), np.printoptions():
            warnings.simplefilter("ignore")
            try:
                _seed_everything()
                yield
            finally:
                compare.set_notebook(notebook)
                extend.forget()
                del os.environ["RAISIN_SEED"]
                os.environ.update({name: value for name, value in before.items() if value is not None})

    def measure(self) -> Measure:
        """What is due, from running the source."""
        live = self._live
        with self._as_itself():
            return Measure({what: due for what, (_, due) in live.items()}, {w: compare.inputs(w) for w in live})

    def look(self, found: Observation, expected: Expectation) -> Mistake | None:
        """Which mistake a wrong value looks like; `raisin.grading.diagnoses` asks but once."""
        with self._as_itself():
            return compare.look(self._checks[found.what], found, expected)


def _seed_everything() -> None:
    random.seed(1)
    np.random.seed(1)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(1)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def needed(cells: Sequence[Cell]) -> list[Cell]:
    """The cells that checks depend on: a free cell is one only where another uses what it defines or adds."""
    used = frozenset().union(*(names_of(cell.source)[0] for cell in cells if cell.role != "free"))
    return [cell for cell in cells if cell.role != "free" or names_of(cell.source)[1] & used or ADDS in cell.source]


def of(course: Course, notebook: str) -> Oracle:
    """The oracle of a notebook under the course's secret."""
    sources = [course.source(name).read_bytes() for name in course.notebooks if name <= notebook]
    return _oracle(course, notebook, secret.seed(course, notebook), hashlib.sha256(b"\0".join(sources)).hexdigest())


_known: dict[tuple[str, str, str], Oracle] = {}


def _oracle(course: Course, notebook: str, seed: str, content: str) -> Oracle:
    key = (notebook, seed, content)
    if key not in _known:
        _known[key] = Oracle(notebook, read(course, notebook), earlier.reference_parts(course, notebook), seed)
    return _known[key]


def read(course: Course, notebook: str) -> tuple[Cell, ...]:
    """The code cells of a source notebook, without `setup` (the oracle brings the earlier parts itself)."""
    found = []
    for cell in json.loads(course.source(notebook).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code" or cell.get("id") == "setup":
            continue
        meta = cell["metadata"].get("nbgrader", {})
        graded, solution, locked = (bool(meta.get(key)) for key in ("grade", "solution", "locked"))
        role = "answer" if solution else "test" if graded else "locked" if locked else "free"
        name = str(meta.get("grade_id") or cell.get("id", ""))
        found.append(Cell(name, role, "".join(cell["source"]), tuple(cell["metadata"].get("tags", ()))))
    return tuple(found)


# --- The file ---------------------------------------------------------------------------------------------------------


def measure(course: Course, oracle: Oracle) -> Measure:
    """What a notebook's checks are measured against; read from .raisin/oracle where it is known already."""
    if course.root not in oracle.known:
        oracle.known[course.root] = _measured(course, oracle)
    return oracle.known[course.root]


def _measured(course: Course, oracle: Oracle) -> Measure:
    path = course.root / ".raisin" / "oracle" / f"{oracle.notebook}-{oracle.digest[:24]}.json.gz"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, EOFError):
        return _from_data(json.loads(gzip.decompress(path.read_bytes())))
    made = oracle.measure()
    with contextlib.suppress(OSError):  # a folder that cannot be written costs time only
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob(f"{oracle.notebook}-*"):
            old.unlink(missing_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.touch(mode=0o600)
        part.write_bytes(gzip.compress(json.dumps(_as_data(made)).encode(), mtime=0))
        part.replace(path)
    return made


def _as_data(made: Measure) -> dict[str, Any]:
    expected = [{**asdict(replace(one, due=None)), "due": wire.encode(one.due)} for one in made.expected.values()]
    return {"expected": expected, "inputs": dict(made.inputs)}


def _from_data(data: dict[str, Any]) -> Measure:
    expected = {}
    for entry in data["expected"]:
        values = {**entry, "due": wire.decode(entry["due"]), "errors": tuple(entry["errors"])}
        expected[entry["what"]] = Expectation(**values)
    return Measure(expected, dict(data["inputs"]))
