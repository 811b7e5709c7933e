"""Where tasks run: processes on this machine here, Dask's workers in raisin.grading.cluster.

An engine takes tasks and gives futures; whoever waits for them keeps the gradebook. A worker that is lost costs a
second try, not the submission.
"""

import contextlib
import multiprocessing
import os
import queue
import signal
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Protocol

from raisin.grading import lease, runner, start_quickly
from raisin.grading.errors import RaisinError
from raisin.grading.runner import Ran, Task

_TRIES = 2
_SECONDS_TO_END = 10.0
_LEAVE = getattr(signal, "SIGUSR1", signal.SIGTERM)
_LOG_BYTES = 20_000  # of what a plain kernel prints


class WorkerLost(RaisinError, RuntimeError):
    """The processes that ran a task ended without a word, more than once."""


class Engine(Protocol):
    """Runs tasks somewhere."""

    @property
    def width(self) -> int:
        """How many tasks can run at a time now."""

    def submit(self, task: Task) -> Future[Ran]:
        """Have it run when there is room; the future is `running` from then on. Its exception may be WorkerLost."""

    def close(self) -> None:
        """Give up what runs, and end every process."""


def opened(address: str | None, jobs: int, *, shut_in: bool = True) -> Engine:
    """The engine at `address`, a Dask scheduler's; without one, `jobs` processes on this machine.

    `shut_in`: whether each of Dask's workers must have a sandbox. Raises ClusterFailed.
    """
    if address is None:
        return Local(jobs)
    from raisin.grading.cluster import Cluster

    return Cluster(address, shut_in=shut_in)


class Local:
    """Processes on this machine, each running one task after the other."""

    def __init__(self, jobs: int) -> None:
        self.width = max(1, jobs)
        self._tasks: queue.SimpleQueue[tuple[Task, Future[Ran]] | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []

    def submit(self, task: Task) -> Future[Ran]:
        future: Future[Ran] = Future()
        self._tasks.put((task, future))
        if len(self._threads) < self.width:  # a thread, and so a process, only where there is something to do
            self._threads.append(threading.Thread(target=self._serve, daemon=True))
            self._threads[-1].start()
        return future

    def close(self) -> None:
        self._closed.set()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        worker = _Worker()
        try:
            while (given := self._tasks.get()) is not None:
                task, future = given
                if not self._closed.is_set() and future.set_running_or_notify_cancel():
                    self._do(worker, task, future)
        finally:
            worker.end()

    def _do(self, worker: "_Worker", task: Task, future: Future[Ran]) -> None:
        for _ in range(_TRIES):
            try:
                asked = worker.submit(task)
                while not self._closed.is_set():
                    with contextlib.suppress(TimeoutError):
                        future.set_result(asked.result(timeout=0.5))
                        return
                future.set_exception(WorkerLost("given up"))
                return
            except BrokenProcessPool:
                worker.end()
            except BaseException as error:
                future.set_exception(error)
                return
        future.set_exception(WorkerLost("the process that ran it was ended from outside, twice (out of memory?)"))


class _Worker:
    """One process, not forked (threads and open connections of this one must not come along); started when needed."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._pid = 0

    def submit(self, task: Task) -> Future[Ran]:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin_worker)
            self._pid = self._pool.submit(os.getpid).result()
        return self._pool.submit(run_quietly, task)

    def end(self) -> None:
        """End the process; its kernels end with it."""
        if self._pool is None:
            return
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            if process.pid == self._pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._pid, _LEAVE)
                process.join(_SECONDS_TO_END)
                process.kill()
        self._pool = None


def _begin_worker() -> None:
    """A worker ends when it is told to, or when its parent ends, however that came about; never by Ctrl-C."""
    start_quickly()
    signal.signal(_LEAVE, lambda *about: _leave())
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        _leave()


def _leave() -> None:
    lease.close()  # the servers' folders go with them
    os._exit(0)


def run_quietly(task: Task) -> Ran:
    """`runner.run` in a process that does nothing else: what a kernel prints past Jupyter goes into the log."""
    with tempfile.TemporaryFile() as said:
        with _output_to(said.fileno()):
            ran = runner.run(task)
        said.seek(0)
        return replace(ran, log=ran.log + said.read(_LOG_BYTES).decode(errors="replace"))


@contextlib.contextmanager
def _output_to(target: int) -> Iterator[None]:
    saved = os.dup(1), os.dup(2)
    os.dup2(target, 1)
    os.dup2(target, 2)
    try:
        yield
    finally:
        for number, copy in enumerate(saved, start=1):
            os.dup2(copy, number)
            os.close(copy)
