"""Runs a submission where nbgrader runs it (listed in nbgrader_config.py), counts its checks, and runs it once more.

The kernel works in grading mode: every check sends what the student's side gave (raisin.lab.wire) and goes on, on
numbers drawn with the course's secret, on top of the student's own earlier parts. What a check is measured against is
cut from the test cells before they are sent, and put back afterwards; raisin.grading.judge compares. Where checks
failed, and parts of the student's own from an earlier notebook may be the reason, the notebook is run a second time on
the course's own parts; a check that passes then counts (error carried forward). Nothing else of that run is kept.
"""

import contextlib
import copy
import json
import math
import secrets
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.preprocessors import Execute as NbgraderExecute
from traitlets import Integer

from raisin.grading import earlier, judge, kernels, oracle, outputs, secret
from raisin.grading.bound import Bound
from raisin.grading.course import Course, root_of
from raisin.grading.earlier import Earlier
from raisin.grading.judge import Judged, Run, Said
from raisin.grading.kernels import Order
from raisin.grading.logs import REMARK
from raisin.lab import datasets
from raisin.lab.observe import Observation

_NEVER_STARTED = ("Kernel didn't respond", "Kernel died before replying")
_LOST_OUTPUT = "Timeout waiting for IOPub output"
_FIELDS = ("msg_id", "msg_type", "parent_header", "header", "content", "status")  # of a kernel's message
_TRIES = 3
_NAMED = 3  # so many failed checks of an earlier notebook are named


class Execute(Bound, NbgraderExecute):  # type: ignore[misc]  # nbgrader publishes no types
    """nbgrader's own preprocessor, in grading mode, with checks that count for themselves.

    A cell of the source may say how long it may run, in its metadata: ``"raisin": {"seconds": 60}``; any other has
    ``c.Execute.timeout``. A kernel that never started is no fault of the student's and is started again.
    """

    # nbclient's own 4 s are not enough on a machine where more kernels start than it has cores.
    iopub_timeout = Integer(15, help="Seconds to wait for a cell's outputs after it ended.").tag(config=True)
    notebook_seconds = Integer(300, help="Seconds for all cells of a notebook together.").tag(config=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._order, self._sandbox, self._left_out = Order(), True, frozenset[str]()
        self._seconds: Mapping[str, int] = {}
        self._ends = self._cell_ends = float("inf")
        self.timeout_func = self._limit

    def preprocess(self, nb: Any, resources: Any, km: Any = None) -> tuple[Any, Any]:
        course, student, notebook = _submission(resources, self.config)
        self._sandbox = course.sandbox
        self._left_out = frozenset() if notebook in course.torch_notebooks else _showing_torch(course, notebook)
        self._seconds = _limits(course, notebook)
        own = earlier.earlier_parts(course, student, notebook)
        asked = oracle.of(course, notebook)
        measure = oracle.measure(course, asked)
        untouched = copy.deepcopy(nb)
        run = self._run(course, notebook, own, nb, resources, asked.to_send)
        run = replace(run, expected=measure.expected, inputs=measure.inputs, look=asked.look)
        tests = [k for k, cell in enumerate(nb.cells) if judge.is_test(cell)]
        said = {k: judge.said(nb.cells[k], run) for k in tests}
        counted = {k: judge.judge(nb.cells[k], run, said[k]) for k in tests}
        carried: list[str] = []
        seconds = 0.0
        if self._again_is_worth_it(course, notebook, own, nb, list(counted.values())):
            began = time.perf_counter()
            reference = earlier.reference_parts(course, notebook)
            second = self._run(course, notebook, reference, untouched, copy.deepcopy(resources), asked.to_send)
            second = replace(run, nonce=second.nonce, ended=second.ended)
            again = {k: judge.said(untouched.cells[k], second) for k in tests}
            seconds = time.perf_counter() - began
            counted = {k: judge.judge(nb.cells[k], run, said[k], again[k]) for k in tests}
            carried = [check.verdict.what for judged in counted.values() for check in judged.checks if check.carried]
            self._remark(carried, again.values())
        self._write(nb, counted, _failed_before(course, student, own))
        nb.metadata["raisin"] = {"second_run": {"seconds": round(seconds, 2), "carried": len(carried)}}
        return nb, resources

    def _run(
        self,
        course: Course,
        notebook: str,
        parts: Sequence[Earlier],
        nb: Any,
        resources: Any,
        to_send: Mapping[str, str],
    ) -> Run:
        """Run the notebook in place, its tests without what they are measured against; the nonce of their messages."""
        nonce = secrets.token_hex(16)
        sources = [cell.source for cell in nb.cells]
        for cell in nb.cells:
            if judge.is_test(cell):
                cell.source = to_send.get(_name(cell), "")
        self._order = _order(course, notebook, parts, nonce)
        try:
            ended = self._start_and_run(nb, resources)
        finally:
            for cell, source in zip(nb.cells, sources, strict=True):
                cell.source = source
        if ended:
            self.log.warning("%s: what came after that has no points", ended, extra={REMARK: True})
        return Run(nonce, {}, {}, ended=ended)

    def _start_and_run(self, nb: Any, resources: Any) -> str:
        """Run it in place; why it ended before its last cell, or "". A kernel that fails us is started again."""
        self._ends = time.monotonic() + self.notebook_seconds
        for attempt in range(1, _TRIES + 1):
            self._cell_ends = float("inf")
            try:
                super().preprocess(nb, resources)
            except DeadKernelError:
                return getattr(self.km, "why", "") or judge.DIED
            except KeyError as error:
                if error.args[0] not in _FIELDS:
                    raise
                return judge.UNREADABLE
            except (RuntimeError, CellTimeoutError) as error:
                if _LOST_OUTPUT in str(error) and time.monotonic() >= self._cell_ends:
                    return judge.NEVER_STOPS
                if _LOST_OUTPUT in str(error) and attempt > 1:
                    return judge.SILENT
                if attempt == _TRIES or not _is_no_fault(error):
                    raise
                self.log.warning("the kernel did not start or lost a message (%s): once more", error)
            else:
                return ""
        raise AssertionError("the last attempt returns or raises")

    def create_kernel_manager(self) -> Any:
        """A kernel in the sandbox; a plain one where the course says so."""
        self.km = kernels.manager(self._order, self.config, sandbox=self._sandbox)
        return self.km

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        """As nbclient does; what only shows torch (by the source's tags) is left out where there is none."""
        if _name(cell) in self._left_out:
            return cell, resources
        self._cell_ends = time.monotonic() + (self._limit(cell) or 0)
        done: tuple[Any, Any] = super().preprocess_cell(cell, resources, index)
        return done

    def _limit(self, cell: Any) -> int | None:
        """Seconds for a cell: its own by the source, else the usual ones, and no more than the notebook has left."""
        own: int | None = self._seconds.get(_name(cell), self.timeout)
        seconds = min(float("inf") if own is None else own, self._ends - time.monotonic())
        return max(1, round(seconds)) if math.isfinite(seconds) else None

    def _again_is_worth_it(
        self, course: Course, notebook: str, own: Sequence[Earlier], nb: Any, first: Sequence[Judged]
    ) -> bool:
        """Whether the course's own earlier parts can change anything: checks failed, and not for blanks alone."""
        lost = [found for judged in first for found in judge.failed(judged)]
        sources = [cell.source for cell in nb.cells if cell.cell_type == "code"]
        reference = earlier.reference_parts(course, notebook)
        return not all(map(judge.is_blank, lost)) and earlier.can_matter(own, reference, sources)

    def _write(self, nb: Any, counted: Mapping[int, Judged], before: Sequence[str]) -> None:
        """Write every cell's outputs anew: what a kernel gave is kept as text and pictures, the points are ours."""
        code = [k for k, cell in enumerate(nb.cells) if cell.cell_type == "code"]
        for k, kept in zip(code, outputs.reduced_all([nb.cells[k].outputs for k in code]), strict=True):
            cell = nb.cells[k]
            if k not in counted:
                cell.outputs = kept if judge.was_run(cell) else [judge.not_run()]
                continue
            cell.outputs = judge.outputs(kept, counted[k], before)
            cell.metadata["raisin"] = nbformat.from_dict(judge.as_data(counted[k]))  # type: ignore[no-untyped-call]

    def _remark(self, carried: Sequence[str], again: Iterable[Said]) -> None:
        """Say what the second run was good for, and where a person may look."""
        if carried:
            words = f"error carried forward, right on the course's own earlier parts: {'; '.join(carried)}"
            self.log.warning("%s", words, extra={REMARK: True})
        heard = [found for said in again for several in said.messages.values() for found in several]
        nameless = [found.what for found in heard if isinstance(found, Observation) and _lacks_a_name(found)]
        if nameless:
            words = "a name of the student's own is missing on the course's earlier parts, so a person may look"
            self.log.warning("%s: %s", words, "; ".join(nameless), extra={REMARK: True})


def _is_no_fault(error: Exception) -> bool:
    """Whether the kernel failed us and not the notebook: it never started, or what a cell gave never arrived."""
    return str(error).startswith(_NEVER_STARTED) or _LOST_OUTPUT in str(error)


def _name(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id", ""))


def _lacks_a_name(found: Observation) -> bool:
    return any("raised NameError" in line for line in found.lines)


def _submission(resources: Any, config: Any) -> tuple[Course, str, str]:
    """Whose notebook is at work, of which course; nbgrader says so in `resources`."""
    about = resources["nbgrader"]
    return (
        Course(root_of(Path(resources["metadata"]["path"]).absolute()), config=config),
        about["student"],
        about["notebook"],
    )


def _limits(course: Course, notebook: str) -> dict[str, int]:
    """Seconds that the source allows a cell, by its id."""
    content = json.loads(course.source(notebook).read_text(encoding="utf-8"))
    found = {str(cell.get("id", "")): cell["metadata"].get("raisin", {}) for cell in content["cells"]}
    return {name: int(said["seconds"]) for name, said in found.items() if "seconds" in said}


def _order(course: Course, notebook: str, parts: Sequence[Earlier], nonce: str) -> Order:
    """The kernel that a notebook is graded in."""
    with tempfile.TemporaryDirectory(prefix="raisin-framework-") as folder:
        earlier.write(Path(folder), parts)
        framework = {path.name: path.read_text(encoding="utf-8") for path in Path(folder).iterdir()}
    raisins = course.root / datasets.REAL
    return Order(
        torch=notebook in course.torch_notebooks,
        environment={
            "RAISIN_MODE": "grade",
            "RAISIN_SEED": secret.seed(course, notebook),
            "RAISIN_NONCE": nonce,
            "NBGRADER_EXECUTION": "autograde",
        },
        framework=framework,
        files={str(datasets.REAL): raisins.read_bytes()} if raisins.is_file() else {},
    )


def _showing_torch(course: Course, notebook: str) -> frozenset[str]:
    """Cells of the source that only show torch, by id."""
    content = json.loads(course.source(notebook).read_text(encoding="utf-8"))
    return frozenset(str(c.get("id", "")) for c in content["cells"] if "shows-torch" in c["metadata"].get("tags", ()))


def _failed_before(course: Course, student: str, own: Sequence[Earlier]) -> list[str]:
    """What failed in the student's earlier notebooks, as they were last graded: a line for each that has something."""
    lines = []
    for before in own:
        failed: list[str] = []
        path = course.autograded(student, before.notebook)
        with contextlib.suppress(OSError, ValueError, KeyError, AttributeError):
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                checks = cell["metadata"].get("raisin", {}).get("checks", ())
                failed += [str(check["what"]) for check in checks if not check["counts"]]
        if failed:
            more = f", and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
            lines.append(f"{before.notebook}: {'; '.join(failed[:_NAMED])}{more}")
    return lines
