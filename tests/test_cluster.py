"""The engine on Dask: real schedulers and workers on this machine, and what becomes of the work when they end."""

import contextlib
import gzip
import logging
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import distributed
import factories
import pytest
import test_autograde
import test_execute
from boxed import needs_sandbox
from distributed import LocalCluster
from factories import FIRST, RIGHT, SECOND
from faults import DEADLY, SLEEPY, Faults

from raisin.grading import autograde, cluster, plan, runner
from raisin.grading.build import build
from raisin.grading.cluster import Cluster
from raisin.grading.course import open_course
from raisin.grading.engines import WorkerLost
from raisin.grading.errors import ClusterFailed, NoSandbox, RaisinError, UnfitWorker
from raisin.grading.lease import Order
from raisin.grading.logs import Result
from raisin.grading.runner import Ran, Source, Task

pytestmark = pytest.mark.slow
SLEEPS = "import time\nprint(time.time())\ntime.sleep({})\nprint(time.time())\n"


def task(*sources: str, name: str = "cell") -> Task:
    return Task(tuple(Source(f"{name}{k or ''}", source) for k, source in enumerate(sources)))


def printed(ran: Ran) -> str:
    return "".join(str(shown.get("text", "")) for cell in ran.cells for shown in cell.shown)


def becomes(condition: Callable[[], object], seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return bool(condition())


@pytest.fixture(scope="module")
def processes() -> Iterator[LocalCluster]:
    """Two worker processes, each with a nanny that starts another when it dies; a task may lose one worker."""
    about: Any = {"host": "127.0.0.1", "dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **about) as made,
        distributed.Client(made, set_as_default=False) as client,
    ):
        client.register_plugin(Faults())
        yield made


@pytest.fixture
def engine(processes: LocalCluster) -> Iterator[Cluster]:
    processes.wait_for_workers(2, timeout=30)
    with contextlib.closing(Cluster(processes.scheduler_address)) as made:
        yield made


@contextlib.contextmanager
def threads(n_workers: int, each: int) -> Iterator[LocalCluster]:
    """Workers in this process."""
    about: Any = {"host": "127.0.0.1", "dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with LocalCluster(n_workers=n_workers, threads_per_worker=each, processes=False, protocol="tcp", **about) as made:
        yield made


@needs_sandbox
def test_a_task_gives_the_same_on_a_worker_as_at_home(engine: Cluster) -> None:
    order = Order(environment={"RAISIN_SEED": "7"}, framework={"a.py": "x"}, files={"data/x.csv": b"1"})
    sources = ("import os; print(os.environ['RAISIN_SEED'], open('data/x.csv').read())", "1 / 0", "print('on')")
    sent = replace(task(*sources), order=order)
    there, here = engine.submit(sent).result(60), runner.run(sent)
    assert there.cells == here.cells and printed(there) == "7 1\non\n"
    assert engine.width == 2


def test_a_class_has_the_same_rows_as_at_home_when_a_worker_is_killed(
    processes: LocalCluster, engine: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what was sent holds none of what its checks are measured against."""
    sent: list[bytes] = []
    submit = engine._client.submit
    monkeypatch.setattr(
        engine._client, "submit", lambda *about, **more: (sent.append(about[1]), submit(*about, **more))[1]
    )
    here = test_execute.course(tmp_path / "here")
    for student, answer in (("right", RIGHT), ("adds", test_execute.ADDS_TWO)):
        factories.hand_in(here, student, FIRST, factories.replace("double", answer))
        factories.hand_in(here, student, SECOND)
    factories.hand_in(here, "blank", FIRST, blank=True)
    shutil.copytree(here.root, tmp_path / "there")
    there = open_course(tmp_path / "there")
    results: list[Result] = []
    for event in autograde.run(there, plan.make(there), engine):
        if event.result is not None:
            results.append(event.result)
            if len(results) == 2:
                os.kill(next(iter(processes.workers.values())).process.pid, signal.SIGKILL)
    at_home = autograde.grade(here, jobs=2)
    assert [(r.student, r.notebook, r.total, r.reason, r.remarks) for r in autograde.in_order(results)] == [
        (r.student, r.notebook, r.total, r.reason, r.remarks) for r in at_home
    ]
    assert not any(r.reason for r in at_home) and any(r.carried for r in at_home)
    assert test_autograde.rows(there) == test_autograde.rows(here)
    kept = b"".join(gzip.decompress(path.read_bytes()) for path in (there.root / ".raisin" / "oracle").iterdir())
    due = set(re.findall(rb'"array": "([^"]{10,})"', kept))
    assert len(due) >= 4 and len(sent) >= 6
    for data in sent:
        assert b"lab.equal" in data and b"due=" not in data
        assert not [value for value in due if value in data]


@needs_sandbox
def test_a_killed_worker_costs_nothing_and_nothing_is_there_twice(processes: LocalCluster, engine: Cluster) -> None:
    """kill -9 in the middle: what it ran is done on the other one, and every future has its own answer, once."""
    heard: list[int] = []
    asked = [engine.submit(task(str(k), name=SLEEPY)) for k in range(5)]
    for k, one in enumerate(asked):
        one.add_done_callback(lambda _, k=k: heard.append(k))
    assert becomes(lambda: all(worker.processing for worker in processes.scheduler.workers.values()))
    time.sleep(0.5)
    os.kill(next(iter(processes.workers.values())).process.pid, signal.SIGKILL)
    assert [one.result(60).remarks for one in asked] == [(str(k),) for k in range(5)]
    assert sorted(heard) == [0, 1, 2, 3, 4]


def test_a_notebook_that_kills_its_workers_ends_and_harms_no_other(engine: Cluster) -> None:
    before = engine.submit(task("before", name=SLEEPY))
    deadly = engine.submit(task("never", name=DEADLY))
    after = engine.submit(task("after", name=SLEEPY))
    with pytest.raises(WorkerLost, match="2 workers were lost one after the other"):
        deadly.result(60)
    assert before.result(60).remarks + after.result(60).remarks == ("before", "after")


@needs_sandbox
def test_the_scheduler_holds_no_more_than_what_is_running(processes: LocalCluster, engine: Cluster) -> None:
    most = 0
    asked = [engine.submit(task(f"print({k})")) for k in range(12)]
    while not all(one.done() for one in asked):
        most = max(most, len(processes.scheduler.tasks))
        time.sleep(0.01)
    assert [printed(one.result()) for one in asked] == [f"{k}\n" for k in range(12)]
    assert 0 < most <= 2 * engine.width  # those running, and those just done
    assert becomes(lambda: not processes.scheduler.tasks)


@needs_sandbox
def test_threads_of_one_worker_run_a_notebook_each() -> None:
    with threads(1, each=2) as two, contextlib.closing(Cluster(two.scheduler_address)) as engine:
        asked = [engine.submit(task(SLEEPS.format(0.7))) for _ in range(4)]
        spans = sorted(tuple(map(float, printed(one.result(60)).split())) for one in asked)
    running = [sum(begin <= moment < end for begin, end in spans) for moment, _ in spans]
    assert max(running) == 2


@needs_sandbox
def test_workers_come_and_go(caplog: pytest.LogCaptureFixture) -> None:
    with threads(1, each=1) as some, contextlib.closing(Cluster(some.scheduler_address)) as engine:
        assert engine.width == 1
        some.scale(3)
        assert becomes(lambda: engine.width == 3)
        some.scale(0)
        assert becomes(lambda: engine.width == 0)
        asked = engine.submit(task("print('waited')"))
        assert "no worker is left" in caplog.text and not asked.done()
        some.scale(1)
        assert printed(asked.result(60)) == "waited\n"


@needs_sandbox
def test_closing_gives_up_what_waits_and_what_runs() -> None:
    with threads(1, each=1) as one:
        engine = Cluster(one.scheduler_address)
        asked = [engine.submit(task(SLEEPS.format(2))) for _ in range(2)]
        taken_back = engine.submit(task("1"))
        assert taken_back.cancel()
        assert becomes(asked[0].running)
        engine.close()
        for given_up in (*asked, engine.submit(task("1"))):
            with pytest.raises(CancelledError):
                given_up.result(1)


def test_a_worker_without_bubblewrap_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused where it is there from the beginning, and where it joins later; asked for, it runs plain kernels."""
    open_build = replace(build(), sandbox="no bubblewrap")
    ran: list[Task] = []
    monkeypatch.setattr(runner, "run", lambda given: ran.append(given) or Ran(()))
    monkeypatch.setattr(cluster, "build", lambda: replace(build(), sandbox=""))
    with threads(1, each=1) as one:
        address = one.workers[0].address
        engine = Cluster(one.scheduler_address)
        monkeypatch.setattr(cluster, "build", lambda: open_build)
        for _ in range(2):
            with pytest.raises(UnfitWorker, match=f"{address}: it cannot shut students' code in: no bubblewrap"):
                engine.submit(task("1")).result(10)
        engine.close()
        with pytest.raises(UnfitWorker, match="no bubblewrap"):
            Cluster(one.scheduler_address)
        assert ran == []
        with contextlib.closing(Cluster(one.scheduler_address, shut_in=False)) as engine:
            assert engine.submit(replace(task("1"), sandbox=False)).result(10) == Ran(())


def test_what_fails_on_a_worker_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk there is not a full disk here."""

    def full(given: Task) -> Ran:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runner, "run", full)
    with threads(1, each=1) as one, contextlib.closing(Cluster(one.scheduler_address, shut_in=False)) as engine:
        asked = engine.submit(replace(task("1"), sandbox=False))
        with pytest.raises(RuntimeError, match=r"worker \S+: .*No space left"):
            asked.result(10)


class Said:
    """A client whose workers are as the test says."""

    def __init__(self, workers: dict[str, object]) -> None:
        self._workers = workers

    def wait_for_workers(self, *about: Any, **more: Any) -> None:
        pass

    def run(self, *about: Any, **more: Any) -> dict[str, object]:
        return self._workers


def test_workers_are_told_apart_by_raisin_python_and_numpy(caplog: pytest.LogCaptureFixture) -> None:
    here = replace(build(), sandbox="")
    workers: dict[str, object] = {"tcp://same:1": here, "tcp://numpy:1": replace(here, numpy="1.26.4")}
    cluster._check(Said(workers), "tcp://s:1", True)
    assert "worker tcp://numpy:1 has NumPy 1.26.4 (here " in caplog.text and "same" not in caplog.text
    workers |= {"tcp://old:1": replace(here, raisin="0.0.9 (0)"), "tcp://py:1": replace(here, python="3.99")}
    workers["tcp://none:1"] = ModuleNotFoundError("No module named 'raisin'")
    with pytest.raises(UnfitWorker) as raised:
        cluster._check(Said(workers), "tcp://s:1", True)
    assert set(raised.value.workers) == {"tcp://old:1", "tcp://py:1", "tcp://none:1"}
    assert f"tcp://old:1: it has raisin 0.0.9 (0), here it is {here.raisin}" in str(raised.value)
    assert "Python 3.99" in str(raised.value) and "No module named 'raisin'" in str(raised.value)


def test_the_code_of_raisin_counts_and_not_only_its_version() -> None:
    assert build().raisin.startswith("0.1.0 (") and len(build().raisin) == len("0.1.0 (") + 13
    assert build().unfit(build(), shut_in=False) == ""


@pytest.mark.parametrize("error", [UnfitWorker({"tcp://w:1": "too old"}), NoSandbox("no bwrap")], ids=repr)
def test_errors_survive_the_way_between_processes(error: RaisinError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == str(error) and vars(again) == vars(error)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", "tls://127.0.0.1:9"])
def test_where_nobody_answers_the_way_out_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dask.config.config["distributed"]["comm"]["timeouts"], "connect", "1s")
    with pytest.raises(ClusterFailed, match=f"no Dask scheduler answers at {address} .*: dask scheduler"):
        Cluster(address)


@contextlib.contextmanager
def dask_command(*arguments: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Dask's own command, with `path` first on Python's path."""
    command = [sys.executable, "-P", "-m", "dask", *arguments, "--no-dashboard"]
    environment = os.environ | {"PYTHONPATH": os.fspath(path)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True) as one:
        try:
            yield one
        finally:
            os.killpg(one.pid, signal.SIGKILL)


def line(process: subprocess.Popen[str], words: str) -> str:
    """What a process says after `words`; it is read on, so that it never waits for a reader."""
    assert process.stderr is not None
    found = next(said for said in process.stderr if words in said)
    return found.partition(words)[2].split()[0]


@needs_sandbox
def test_a_scheduler_needs_no_raisin_a_worker_the_same_and_when_the_scheduler_dies_it_is_said(tmp_path: Path) -> None:
    package = Path(runner.__file__).parents[1]
    (tmp_path / "none" / "raisin").mkdir(parents=True)
    (tmp_path / "none" / "raisin" / "__init__.py").write_text("raise ImportError('there is no raisin here')\n")
    shutil.copytree(package, tmp_path / "other" / "raisin", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "other" / "raisin" / "cli.py").open("a") as file:
        file.write("# changed\n")
    here = ["--host", "127.0.0.1"]
    with dask_command("scheduler", *here, "--port", "0", path=tmp_path / "none") as scheduler:
        address = line(scheduler, "Scheduler at:")
        worker = ("worker", address, *here, "--nthreads", "1")
        with dask_command(*worker, path=tmp_path / "other") as other:
            line(other, "Registered to:")
            with pytest.raises(UnfitWorker, match=r"it has raisin 0\.1\.0 \(\w+\), here it is 0\.1\.0 \(\w+\)"):
                Cluster(address)
        with dask_command(*worker, path=package.parent) as right:
            line(right, "Registered to:")
            with contextlib.closing(Cluster(address)) as engine:
                assert printed(engine.submit(task("print('done')")).result(60)) == "done\n"
                asked = engine.submit(task("import time; time.sleep(9)"))
                os.kill(scheduler.pid, signal.SIGKILL)
                for lost in (asked, engine.submit(task("1"))):
                    with pytest.raises(ClusterFailed, match=f"{address} is gone; what is graded stays"):
                        lost.result(30)
