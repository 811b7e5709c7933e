"""One submission between nbgrader's sanitising and nbgrader's saving: which runs it needs, and what comes of them.

    sanitised notebook --task()--> Task --(run anywhere)--> Ran --take()--> perhaps one Task more --> finish(): judged

The kernel works in grading mode: every check sends what the student's side gave (raisin.lab.wire) and goes on, on
numbers drawn with the course's secret, on top of the student's own earlier parts. What a check is measured against is
cut from the test cells before they are sent; raisin.grading.judge compares. Where checks failed, and parts of the
student's own from an earlier notebook may be the reason, the notebook is run a second time on the course's own parts;
a check that passes then counts (error carried forward). Before that, on the parts of the group's other members, where
they are others: the best counts. Nothing else of these runs is kept.
"""

import contextlib
import functools
import json
import secrets
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import nbformat
import numpy as np

from raisin.grading import diagnoses, earlier, judge, oracle, outputs, secret
from raisin.grading.course import Course
from raisin.grading.earlier import Earlier
from raisin.grading.errors import RaisinError
from raisin.grading.judge import Judged, Run, Said
from raisin.grading.lease import Order
from raisin.grading.needed import needed
from raisin.grading.preprocess import SKIP
from raisin.grading.runner import DIED, Clock, Ran, Source, Task
from raisin.grading.sandbox import Sandbox
from raisin.lab import datasets, wire
from raisin.lab.observe import Observation

_NAMED = 3  # so many failed checks of an earlier notebook are named


class CannotTell(RaisinError, RuntimeError):
    """A notebook ran where its numbers cannot be compared with ours: not the student's fault."""


class Marking:
    """One notebook of one student: `task` first; then `take` what ran, until it asks for no other; then `finish`."""

    def __init__(self, course: Course, student: str, notebook: str, nb: Any, clock: Clock) -> None:
        self._course, self._student, self._notebook, self.nb = course, student, notebook, nb
        own, *self._others = earlier.frameworks(course, student, notebook)
        self._own = own.parts
        self._now = ""  # whose parts, of the other members', the run under way is on
        self._on_others: list[tuple[str, dict[int, Said]]] = []
        self._oracle = oracle.of(course, notebook)
        self._look = functools.partial(diagnoses.look, course, self._oracle)
        self._clock = clock
        self._tests = [k for k, cell in enumerate(nb.cells) if judge.is_test(cell)]
        self._places: list[int] = []  # which cells the task now under way has, and which the first had
        self._placed: list[int] = []
        self._nonce = ""
        self._first: Ran | None = None
        self._said: dict[int, Said] = {}
        self._counted: dict[int, Judged] = {}
        self._carried = 0
        self.again = 0.0
        self.remarks = [entry.remark for entry in self._own if entry.remark]

    @property
    def ran(self) -> Ran:
        """The run on the student's own parts."""
        assert self._first is not None, "not run yet"
        return self._first

    @property
    def carried(self) -> int:
        """How many checks count because of the second run."""
        return self._carried

    def task(self) -> Task:
        """The run on the student's own earlier parts. Raises BrokenSource."""
        oracle.measure(self._course, self._oracle)  # before anything is run for nothing
        return self._task(self._own)

    def _task(self, parts: Sequence[Earlier], wanted: Collection[int] | None = None) -> Task:
        """All cells; where only the tests in `wanted` count, what they need and nothing behind them."""
        course, notebook = self._course, self._notebook
        self._nonce = secrets.token_hex(16)
        content = course.content(notebook)["cells"]
        about = {str(cell.get("id", "")): cell["metadata"] for cell in content}
        left_out = set() if notebook in course.torch_notebooks else {n for n, m in about.items() if _shows_torch(m)}
        cells, self._places = [], []
        for k, cell in enumerate(self.nb.cells):
            name, test = name_of(cell), k in self._tests
            if cell.cell_type != "code" or name in left_out or SKIP in cell.metadata.get("tags", ()):
                continue
            if not test and _says_nothing(cell.source):
                continue
            text = self._oracle.to_send.get(name, "") if test else cell.source
            cells.append(Source(name, text, about.get(name, {}).get("raisin", {}).get("seconds"), test))
            self._places.append(k)
        if wanted is not None:
            cells = self._only(cells, wanted)
        limits = Sandbox(config=course.config).limits
        order = _order(course, notebook, parts, self._nonce)
        return Task(tuple(cells), order, limits, self._clock, course.sandbox, wanted is None)

    def _only(self, cells: Sequence[Source], wanted: Collection[int]) -> list[Source]:
        """Nothing behind the last test in `wanted`; of other tests and of given cells, those that are needed."""
        end = 1 + max(place for place, k in enumerate(self._places) if k in wanted)
        given = self._oracle.given
        spared = {
            place
            for place, (k, cell) in enumerate(zip(self._places[:end], cells[:end], strict=True))
            if (cell.test and k not in wanted) or given.get(cell.name) == cell.text
        }
        kept = sorted(needed([cell.text for cell in cells[:end]], spared))
        self._places = [self._places[place] for place in kept]
        return [cells[place] for place in kept]

    def take(self, ran: Ran) -> Task | None:
        """What came of the last task; another task where one is worth it. Raises CannotTell."""
        measure = oracle.measure(self._course, self._oracle)
        run = Run(self._nonce, measure.expected, measure.inputs, self._look)
        heard = {k: cell for k, cell in zip(self._places, ran.cells, strict=True) if k in self._tests}
        said = {k: judge.said(heard[k].heard, run, heard[k].ended) if k in heard else Said() for k in self._tests}
        if self._first is None:
            self._first, self._said, self._placed = ran, said, self._places
            self._counted = {k: judge.judge(self.nb.cells[k], run, said[k]) for k in self._tests}
            _must_be_comparable(ran, said.values())
            self.remarks += ran.remarks
            return self._next()
        self.again += ran.seconds
        on_course = None if self._now else said
        if self._now:
            self._on_others.append((self._now, said))
        for k in self._tests:
            others = [(whose, heard[k]) for whose, heard in self._on_others]
            again = on_course[k] if on_course is not None else None
            self._counted[k] = judge.judge(self.nb.cells[k], run, self._said[k], again, others)
        if on_course is None and (task := self._next()) is not None:
            return task
        self._remark(said.values() if on_course is not None else ())
        return None

    def _next(self) -> Task | None:
        """A run on a member's or the course's earlier parts, where it can change anything: not where all is blank."""
        lost = {k: judge.failed(judged) for k, judged in self._counted.items()}
        wanted = {k for k, failed in lost.items() if not all(map(judge.is_blank, failed))}
        if not wanted:
            return None
        sources = [cell.source for cell in self.nb.cells if cell.cell_type == "code"]
        while self._others:
            other = self._others.pop(0)
            if earlier.can_matter(other.parts, self._own, sources):
                self._now = other.whose
                return self._task(other.parts, wanted)
        self._now = ""
        reference = earlier.reference_parts(self._course, self._notebook)
        if not earlier.can_matter(self._own, reference, sources):
            return None
        return self._task(reference, wanted)

    def _remark(self, again: Iterable[Said]) -> None:
        """Say what the further runs were good for, and where a person may look; `again`: on the course's own parts."""
        by: dict[str, list[str]] = {}
        for check in (check for one in self._counted.values() for check in one.checks if check.carried):
            by.setdefault(check.whose, []).append(check.verdict.what)
        self._carried = sum(map(len, by.values()))
        for whose, checks in by.items():
            where = f"the earlier notebooks of {whose}" if whose else "the course's own earlier parts"
            self.remarks.append(f"error carried forward, right on {where}: {'; '.join(checks)}")
        heard = [found for said in again for several in said.messages.values() for found in several]
        nameless = [found.what for found in heard if isinstance(found, Observation) and _lacks_a_name(found)]
        if nameless:
            words = "a name of the student's own is missing on the course's earlier parts, so a person may look"
            self.remarks.append(f"{'; '.join(nameless)}: {words}")

    def finish(self) -> None:
        """Write every cell's outputs anew, in place: text and pictures of what was run, the points as judged."""
        before = _failed_before(self._course, self._student, self._own) if self._carried else []
        for k, cell in enumerate(self.nb.cells):
            if cell.cell_type == "code" and k not in self._placed:
                cell.outputs = outputs.reduced(cell.outputs)
        for k, ran in zip(self._placed, self.ran.cells, strict=True):
            cell = self.nb.cells[k]
            shown = [nbformat.from_dict(output) for output in ran.shown]  # type: ignore[no-untyped-call]
            cell.execution_count = ran.count
            if k in self._counted:
                cell.outputs = judge.outputs(shown, self._counted[k], before)
                cell.metadata["raisin"] = nbformat.from_dict(judge.as_data(self._counted[k]))  # type: ignore[no-untyped-call]
            else:
                graded = cell.metadata.get("nbgrader", {}).get("grade")
                ended = ran.ended or (DIED if graded and ran.count is None else "")
                cell.outputs = [*shown, judge.not_run(ended)] if ended else shown
        second = {"seconds": round(self.again, 2), "carried": self._carried}
        others = [f"{one.notebook} of {one.by}" for one in self._own if one.by not in ("", self._student)]
        about = {"second_run": second, "earlier": before}
        self.nb.metadata["raisin"] = {**about, **({"handed_in_by": others} if others else {})}


def name_of(cell: Any) -> str:
    """What a report calls a cell: nbgrader's grade id, else the cell's own id."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id", ""))


def _says_nothing(source: str) -> bool:
    """Comments at most: "your own tests", where there are none."""
    return all(not line or line.startswith("#") for line in map(str.strip, source.splitlines()))


def _shows_torch(metadata: Any) -> bool:
    return "shows-torch" in metadata.get("tags", ())


def _lacks_a_name(found: Observation) -> bool:
    return any("raised NameError" in line for line in found.lines)


def _must_be_comparable(ran: Ran, said: Iterable[Said]) -> None:
    """Another NumPy may draw other numbers. Raises CannotTell where it did."""
    heard = [found for one in said for several in one.messages.values() for found in several]
    if ran.numpy != np.__version__ and any(isinstance(found, str) and wire.OTHER_NUMBERS in found for found in heard):
        words = f"it ran with NumPy {ran.numpy}, which draws other numbers than NumPy {np.__version__} here"
        raise CannotTell(f"{words}; install the same version where notebooks run")


def _order(course: Course, notebook: str, parts: Sequence[Earlier], nonce: str) -> Order:
    """The kernel that a notebook is graded in."""
    raisins = course.root / datasets.REAL
    return Order(
        torch=notebook in course.torch_notebooks,
        environment={
            "RAISIN_MODE": "grade",
            "RAISIN_SEED": secret.seed(course, notebook),
            "RAISIN_NONCE": nonce,
            "NBGRADER_EXECUTION": "autograde",
        },
        framework=earlier.files(parts),
        files={str(datasets.REAL): raisins.read_bytes()} if raisins.is_file() else {},
    )


def _failed_before(course: Course, student: str, own: Sequence[Earlier]) -> list[str]:
    """What failed in the student's earlier notebooks, as they were last graded: a line for each that has something."""
    lines = []
    for before in own:
        failed: list[str] = []
        path = course.autograded(before.by or student, before.notebook)
        with contextlib.suppress(OSError, ValueError, KeyError, AttributeError):
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                checks = cell["metadata"].get("raisin", {}).get("checks", ())
                failed += [str(check["what"]) for check in checks if not check["counts"]]
        if failed:
            more = f", and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
            lines.append(f"{before.notebook}: {'; '.join(failed[:_NAMED])}{more}")
    return lines
