"""Where tasks run: processes on this machine here, Dask's workers in raisin.grading.cluster.

An engine takes tasks and gives futures; whoever waits for them keeps the gradebook. A worker that is lost costs a
second try, not the submission.
"""

import contextlib
import multiprocessing
import os
import queue
import signal
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from multiprocessing.managers import BaseManager
from typing import Protocol

from raisin.grading import lease, runner, settle, start_quickly
from raisin.grading.errors import RaisinError
from raisin.grading.runner import Ran, Task

_SHARE = 4  # tasks at a time in one process: its own part of the work is a sixth of what a kernel does
_SECONDS_TO_END = 10.0
_LEAVE = getattr(signal, "SIGUSR1", signal.SIGTERM)


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
    """Processes on this machine that run tasks in threads: a few share imports, and the servers of their kernels."""

    def __init__(self, jobs: int) -> None:
        self.width = max(1, jobs)
        self._tasks: queue.SimpleQueue[tuple[Task, Future[Ran]] | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._workers: dict[int, _Worker] = {}
        self._alone: set[_Worker] = set()

    def begin(self) -> None:
        """Start a process and its server of kernels now, while the caller finds out what there is to do."""
        threading.Thread(target=self._begin, daemon=True).start()

    def _begin(self) -> None:
        with contextlib.suppress(_Lost):  # whatever it is, the first task will meet it, too
            self._worker(0, alone=False).warm()

    def submit(self, task: Task) -> Future[Ran]:
        future: Future[Ran] = Future()
        self._tasks.put((task, future))
        if (number := len(self._threads)) < self.width:  # a thread, and a process, only where there is something to do
            self._threads.append(threading.Thread(target=self._serve, args=(number // _SHARE,), daemon=True))
            self._threads[-1].start()
        return future

    def close(self) -> None:
        self._closed.set()
        for _ in self._threads:
            self._tasks.put(None)
        with self._lock:
            workers = [*self._workers.values(), *self._alone]
        for worker in workers:
            worker.end()
        for thread in self._threads:
            thread.join()

    def _serve(self, place: int) -> None:
        while (given := self._tasks.get()) is not None:
            task, future = given
            if not self._closed.is_set() and future.set_running_or_notify_cancel():
                self._do(place, task, future)

    def _do(self, place: int, task: Task, future: Future[Ran]) -> None:
        """Where the process is lost, once more in one of its own: whose doing it was, and no other task suffers."""
        why = "the process that ran it was ended from outside, twice (out of memory?)"
        for alone in (False, True):
            worker = None
            try:
                worker = self._worker(place, alone)
                future.set_result(worker.run(task))
                return
            except _Lost:
                if self._closed.is_set():
                    why = "given up"
                    break
            except BaseException as error:
                future.set_exception(error)
                return
            finally:
                if alone and worker is not None:
                    worker.end()
                    self._alone.discard(worker)
        future.set_exception(WorkerLost(why))

    def _worker(self, place: int, alone: bool) -> "_Worker":
        """The process of this place, a new one where the last was lost. Raises _Lost, also once this is closed."""
        with self._lock:
            if self._closed.is_set():
                raise _Lost
            if alone:
                self._alone.add(worker := _Worker())
            elif (old := self._workers.get(place)) is not None and not old.is_lost:
                worker = old
            else:
                if old is not None:
                    old.end()
                worker = self._workers[place] = _Worker()
        return worker


class _Lost(Exception):
    """The process is gone."""


class _Runner:
    """Lives in a worker, which serves each thread that asks it in a thread of its own."""

    def pid(self) -> int:
        return os.getpid()

    def warm(self) -> None:
        lease.warm()

    def run(self, task: Task) -> Ran | Exception:
        try:
            return runner.run(task)
        except Exception as error:
            return error


class _Manager(BaseManager):
    """A worker's other side."""


_Manager.register("runner", _Runner, exposed=("pid", "run", "warm"))


class _Worker:
    """One process, not forked (threads and open connections of this one must not come along). Raises _Lost."""

    def __init__(self) -> None:
        self.is_lost = False
        self._ending = threading.Lock()
        # In no folder, where there are such names: a process that is killed leaves nothing there.
        address = f"\0raisin-{uuid.uuid4()}" if sys.platform == "linux" else None
        self._manager = _Manager(address, ctx=multiprocessing.get_context("spawn"))
        try:
            self._manager.start(_begin_worker)
            self._runner = self._manager.runner()  # type: ignore[attr-defined]  # registered above
            self._pid = self._runner.pid()
        except (EOFError, OSError) as error:
            raise _Lost from error

    def warm(self) -> None:
        with self._losing():
            self._runner.warm()

    def run(self, task: Task) -> Ran:
        """In the worker's thread for this thread. Raises what `runner.run` raises."""
        with self._losing():
            answer = self._runner.run(task)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Ran)
        return answer

    @contextlib.contextmanager
    def _losing(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError) as error:
            self.is_lost = True
            raise _Lost from error

    def end(self) -> None:
        """End the process; its kernels end with it, and whoever waits for one of them hears that it is lost."""
        with self._ending:
            self.is_lost = True
            for process in multiprocessing.active_children():
                if process.pid == self._pid:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(self._pid, _LEAVE)
                    process.join(_SECONDS_TO_END)
                    process.kill()
            self._manager.shutdown()


def _begin_worker() -> None:
    """A worker ends when it is told to, or when its parent ends, however that came about; never by Ctrl-C."""
    start_quickly()
    settle()
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
