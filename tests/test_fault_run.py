"""Twenty faults while a class of 40 is graded: one more run, and the gradebook is that of a run in peace.

More of them: `python tests/fault_run.py --moments 200`.
"""

import fault_class
import fault_run
import pytest
from boxed import needs_sandbox
from fault_run import Report

pytestmark = [pytest.mark.slow, needs_sandbox]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("faults")
    course = fault_class.make(folder / "before")
    due = fault_run.undisturbed(fault_class.copy(course, folder / "peace"))
    return fault_run.disturb(course, due, fault_run.moments(20, seed=1), seed=1)


def test_twenty_faults_struck_and_every_kind_was_among_them(report: Report) -> None:
    assert report.struck.total() == 20, report
    assert set(report.struck) == set(fault_run.KINDS)


def test_one_more_run_and_rows_files_and_points_by_hand_are_as_without_faults(report: Report) -> None:
    assert report.lost == [], report


def test_what_was_not_finished_is_shown_as_not_graded_meanwhile(report: Report) -> None:
    assert report.half == [], report


def test_no_process_outlives_a_run(report: Report) -> None:
    assert report.processes == [], report


def test_no_folder_of_a_sandbox_stays(report: Report) -> None:
    assert report.folders == [], report


def test_a_run_that_cannot_go_on_says_why(report: Report) -> None:
    assert report.tracebacks == [], report
