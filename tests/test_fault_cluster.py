"""Dask workers are killed while they grade a class: the gradebook is that of a run in peace at home."""

from pathlib import Path

import fault_class
import fault_run
import pytest
from boxed import needs_sandbox
from fault_run import Moment

pytest.importorskip("distributed")
pytest.importorskip("raisin.grading.cluster")
pytestmark = [pytest.mark.slow, needs_sandbox]


def test_workers_that_are_killed_cost_nothing(tmp_path: Path) -> None:
    course = fault_class.make(tmp_path / "before", size=16)
    due = fault_run.undisturbed(fault_class.copy(course, tmp_path / "peace"))
    moments = [Moment("dask", after=2, delay=0.1 * number) for number in range(3)]
    report = fault_run.disturb_cluster(course, due, moments, seed=1)
    assert report.struck["dask"] == 3, report
    assert report.half + report.lost + report.tracebacks == [], report
