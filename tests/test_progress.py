"""What people see while a class is graded, and after Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import factories
import pytest
from factories import FIRST, SECOND
from test_autograde import rows

from raisin.grading import engines, plan, progress, release
from raisin.grading.autograde import Event, Going
from raisin.grading.runner import Ran
from raisin.grading.submission import Job


def going(student: str, seconds: float, *, running: bool = True) -> Going:
    future: Future[Ran] = Future()
    if running:
        future.set_running_or_notify_cancel()
    return Going(Job(student, FIRST, ""), future=future, began=time.monotonic() - seconds)


def test_the_slow_ones_are_named_the_slowest_first() -> None:
    event = Event((going("ada", 3), going("bob", 20), going("eve", 70), going("dan", 90, running=False)))
    assert progress.at_work(event) == f"3 running, slow: eve {FIRST} 70 s, bob {FIRST} 20 s"
    assert progress.at_work(Event(())) == "0 running"


def test_a_line_says_how_much_is_left_and_how_long_it_takes() -> None:
    words = progress.in_words(Event((going("ada", 1),)), 10, 40, 100.0)
    assert words == "10 of 40 done, 1 running, 30 left, about 5 min to go"
    assert "not known yet" in progress.in_words(Event(()), 0, 40, 1.0)


@pytest.mark.slow
def test_every_submission_has_its_line_where_there_is_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = factories.course(tmp_path)
    release.release(course)
    factories.hand_in(course, "ada", FIRST)
    factories.hand_in(course, "cut", FIRST).write_text("{")
    engine = engines.Local(1)
    results = progress.run(course, plan.make(course), engine)
    engine.close()
    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.split("] ")[1][:22] for line in lines) == [f"ada {FIRST}: graded", f"cut {FIRST}: a person"]
    assert [bool(result.reason) for result in results] == [False, True]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    release.release(course)
    slow = "# framework: double\nimport time\ntime.sleep(1)\ndef double(x):\n    return x + x\n"
    for student in "abcdef":
        factories.hand_in(course, student, FIRST, factories.replace("double", slow))
        factories.hand_in(course, student, SECOND)
    command = [sys.executable, "-m", "raisin", "grade", "--jobs", "2"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        run.stdout.readline()  # the first that is done
        os.kill(run.pid, signal.SIGINT)
        out, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert err.strip().splitlines()[-1] == "raisin: interrupted; the same command goes on where it stopped"
    assert "Traceback" not in out + err
    left = plan.make(course)
    assert 0 < len(left.jobs) < 12 and len(left.results) + len(left.jobs) == 12
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 0 and f"[{len(left.jobs)}/{len(left.jobs)}]" in again.stdout
    assert len([key for key, row in rows(course).items() if row[0]]) == 6 * 4
