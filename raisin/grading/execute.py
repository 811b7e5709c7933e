"""Runs a submission where nbgrader runs it (listed in nbgrader_config.py), counts its checks, and runs it once more.

The kernel works in grading mode: every check says what it found (raisin.lab.verdict) and goes on, on numbers drawn with
the course's secret, on top of the student's own earlier parts. Where checks failed, and parts of the student's own from
an earlier notebook may be the reason, the notebook is run a second time on the course's own parts; a check that passes
then counts (error carried forward). Nothing but the verdicts of that second run is kept.
"""

import contextlib
import copy
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError
from nbgrader.preprocessors import Execute as NbgraderExecute
from traitlets import Integer

from raisin.grading import earlier, judge, secret
from raisin.grading.course import Course, find_root
from raisin.grading.earlier import Earlier
from raisin.grading.judge import Judged, Said
from raisin.grading.kernels import FileKernelManager
from raisin.grading.logs import REMARK
from raisin.lab.verdict import Verdict

_NEVER_STARTED = ("Kernel didn't respond", "Kernel died before replying")
_LOST_OUTPUT = "Timeout waiting for IOPub output"
_TRIES = 3
_NAMED = 3  # so many failed checks of an earlier notebook are named


class Execute(NbgraderExecute):  # type: ignore[misc]  # nbgrader publishes no types
    """nbgrader's own preprocessor, in grading mode, with checks that count for themselves.

    A cell of the source may say how long it may run, in its metadata: ``"raisin": {"seconds": 60}``; any other has
    ``c.Execute.timeout``. A kernel that never started is no fault of the student's and is started again.
    """

    # nbclient's own 4 s are not enough on a machine where more kernels start than it has cores.
    iopub_timeout = Integer(30, help="Seconds to wait for a cell's outputs after it ended.").tag(config=True)

    def __init__(self, **traits: Any) -> None:
        traits.setdefault("kernel_manager_class", FileKernelManager)
        super().__init__(**traits)
        self._seconds: Mapping[str, int] = {}
        self.timeout_func = self._limit

    def preprocess(self, nb: Any, resources: Any, km: Any = None) -> tuple[Any, Any]:
        course, student, notebook = _submission(resources, self.config)
        self._seconds = _limits(course, notebook)
        own = earlier.earlier_parts(course, student, notebook)
        untouched = copy.deepcopy(nb)
        with _grading(course, notebook, own):
            nb, resources = self._start_and_run(nb, resources)
        tests = [k for k, cell in enumerate(nb.cells) if judge.is_test(cell)]
        first = {k: judge.judge(nb.cells[k]) for k in tests}
        again, seconds = self._second_run(course, notebook, own, untouched, resources, list(first.values()))
        counted = {k: judge.judge(nb.cells[k], again.get(k)) for k in tests} if again else first
        self._write(nb, counted, _failed_before(course, student, own))
        carried = [check.verdict.what for judged in counted.values() for check in judged.checks if check.carried]
        nb.metadata["raisin"] = {"second_run": {"seconds": round(seconds, 2), "carried": len(carried)}}
        self._remark(carried, again)
        return nb, resources

    def _start_and_run(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        for attempt in range(1, _TRIES + 1):
            try:
                done: tuple[Any, Any] = super().preprocess(nb, resources)
            except (RuntimeError, CellTimeoutError) as error:
                if attempt == _TRIES or not _is_no_fault(error):
                    raise
                self.log.warning("the kernel did not start or lost a message (%s): once more", error)
            else:
                return done
        raise AssertionError("the last attempt returns or raises")

    def _limit(self, cell: Any) -> int | None:
        own = cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id", "")
        return self._seconds.get(own, self.timeout)

    def _second_run(
        self,
        course: Course,
        notebook: str,
        own: Sequence[Earlier],
        nb: Any,
        resources: Any,
        first: Sequence[Judged],
    ) -> tuple[dict[int, Said], float]:
        """What the checks say on the course's own earlier parts, by position of their cell; and the seconds it took.

        Empty where it can change nothing: no check failed, or only blanks did, or the notebook uses no earlier part of
        the student's own.
        """
        lost = [found for judged in first for found in judge.failed(judged)]
        reference = earlier.reference_parts(course, notebook)
        sources = [cell.source for cell in nb.cells if cell.cell_type == "code"]
        if all(map(judge.is_blank, lost)) or not earlier.can_matter(own, reference, sources):
            return {}, 0.0
        began = time.perf_counter()
        with _grading(course, notebook, reference):
            nb, _ = self._start_and_run(nb, copy.deepcopy(resources))
        found = {k: judge.said(cell) for k, cell in enumerate(nb.cells) if judge.is_test(cell)}
        return found, time.perf_counter() - began

    def _write(self, nb: Any, counted: Mapping[int, Judged], before: Sequence[str]) -> None:
        for k, cell in enumerate(nb.cells):
            if cell.cell_type != "code":
                continue
            if k not in counted:
                cell.outputs = judge.without_messages(cell)
                continue
            cell.outputs = judge.outputs(cell, counted[k], before)
            cell.metadata["raisin"] = nbformat.from_dict(judge.as_data(counted[k]))  # type: ignore[no-untyped-call]

    def _remark(self, carried: Sequence[str], again: Mapping[int, Said]) -> None:
        """Say what the second run was good for, and where a person may look."""
        if carried:
            words = f"error carried forward, right on the course's own earlier parts: {'; '.join(carried)}"
            self.log.warning("%s", words, extra={REMARK: True})
        heard = [found for said in again.values() for several in said.values() for found in several]
        nameless = [found.what for found in heard if not found.passed and _lacks_a_name(found)]
        if nameless:
            words = "a name of the student's own is missing on the course's earlier parts, so a person may look"
            self.log.warning("%s: %s", words, "; ".join(nameless), extra={REMARK: True})


def _is_no_fault(error: Exception) -> bool:
    """Whether the kernel failed us and not the notebook: it never started, or what a cell gave never arrived."""
    return str(error).startswith(_NEVER_STARTED) or _LOST_OUTPUT in str(error)


def _lacks_a_name(found: Verdict) -> bool:
    return any("raised NameError" in line for line in found.lines)


def _submission(resources: Any, config: Any) -> tuple[Course, str, str]:
    """Whose notebook is at work, of which course; nbgrader says so in `resources`."""
    about = resources["nbgrader"]
    root = find_root(Path(resources["metadata"]["path"]).absolute())
    return Course(root, config=config), about["student"], about["notebook"]


def _limits(course: Course, notebook: str) -> dict[str, int]:
    """Seconds that the source allows a cell, by its id."""
    content = json.loads(course.source(notebook).read_text(encoding="utf-8"))
    found = {str(cell.get("id", "")): cell["metadata"].get("raisin", {}) for cell in content["cells"]}
    return {name: int(said["seconds"]) for name, said in found.items() if "seconds" in said}


@contextlib.contextmanager
def _grading(course: Course, notebook: str, parts: Sequence[Earlier]) -> Iterator[None]:
    """The environment of a grading kernel, which starts with a copy of this process's."""
    with tempfile.TemporaryDirectory(prefix="raisin-framework-") as folder:
        earlier.write(Path(folder), parts)
        ours = {
            "RAISIN_MODE": "grade",
            "RAISIN_FRAMEWORK": folder,
            "RAISIN_SEED": secret.seed(course, notebook),
        }
        before = {name: os.environ.get(name) for name in ours}
        os.environ.update(ours)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


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
