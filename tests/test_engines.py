"""Tasks in processes of this machine: several at a time, lost ones once more, given up when asked."""

import os
import signal
import time
from collections.abc import Iterator

import processes
import pytest

from raisin.grading import engines, sandbox
from raisin.grading.engines import Local, WorkerLost
from raisin.grading.errors import is_no_room
from raisin.grading.lease import Order
from raisin.grading.runner import Ran, Source, Task

pytestmark = pytest.mark.slow
# Where there is no sandbox, a kernel's parent is the worker itself.
KILLS = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"


def task(source: str, *, shut_in: bool = True) -> Task:
    return Task((Source("cell", source),), Order(), sandbox=shut_in and not sandbox.available())


def printed(ran: Ran) -> str:
    return "".join(output.get("text", "") for cell in ran.cells for output in cell.shown)


@pytest.fixture
def local() -> Iterator[Local]:
    engine = Local(2)
    yield engine
    engine.close()


def test_tasks_run_at_the_same_time_and_no_more_than_asked_for(local: Local) -> None:
    clock = "import time\nprint(time.time())\ntime.sleep(0.8)\nprint(time.time())"
    futures = [local.submit(task(clock)) for _ in range(3)]
    times = sorted(tuple(map(float, printed(future.result(60)).split())) for future in futures)
    assert times[1][0] < times[0][1]  # the second began before the first had ended
    assert times[2][0] > min(times[0][1], times[1][1])


def test_a_lost_worker_costs_a_second_try_and_no_other_task(local: Local) -> None:
    lost, other = local.submit(task(KILLS, shut_in=False)), local.submit(task("print(1)"))
    assert printed(other.result(60)) == "1\n"
    with pytest.raises(WorkerLost, match="twice"):
        lost.result(60)
    assert printed(local.submit(task("print(2)")).result(60)) == "2\n"


def test_what_a_plain_kernel_prints_past_jupyter_is_in_the_log_and_not_on_the_terminal(
    local: Local, capfd: pytest.CaptureFixture[str]
) -> None:
    ran = local.submit(task("import os\nn = os.write(2, b'past')", shut_in=False)).result(60)
    assert "past" in ran.log or "past" in printed(ran)
    assert "past" not in "".join(capfd.readouterr())


def test_closing_gives_up_what_runs_and_leaves_no_process() -> None:
    engine = Local(1)
    running, waiting = engine.submit(task("import time\ntime.sleep(100)")), engine.submit(task("1"))
    until = time.monotonic() + 60
    while not running.running() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1)
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 30
    assert isinstance(running.exception(0), WorkerLost) and not waiting.running()


def test_a_worker_ends_when_its_parent_is_killed(tmp_path: os.PathLike[str]) -> None:
    """Started in a process of its own, which is then killed: nothing of it is left."""
    import subprocess
    import sys

    code = (
        "from raisin.grading.engines import Local\nfrom raisin.grading.runner import Source, Task\n"
        "import multiprocessing, sys, time\n"
        "if __name__ == '__main__':\n"
        "    engine = Local(1)\n"
        f"    engine.submit(Task((Source('c', 'import time; time.sleep(60)'),), sandbox={not sandbox.available()}))\n"
        "    while not multiprocessing.active_children(): time.sleep(0.05)\n"
        "    time.sleep(1)\n"
        "    print(multiprocessing.active_children()[0].pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    script = os.path.join(tmp_path, "parent.py")
    with open(script, "w", encoding="utf-8") as file:
        file.write(code)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert processes.gone(worker, 20)


def test_a_full_disk_is_told_from_other_errors() -> None:
    assert is_no_room(OSError(28, "No space left on device")) and not is_no_room(OSError(2, "No such file"))


def test_an_address_asks_for_the_cluster_and_none_for_this_machine() -> None:
    engine = engines.opened(None, 3)
    assert isinstance(engine, Local) and engine.width == 3
    engine.close()
