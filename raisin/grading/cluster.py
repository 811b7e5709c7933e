"""Submissions on more than one machine: an engine that hands each task to the workers of a Dask scheduler.

submit --> waiting here --> as many as the workers have threads --> scheduler --> a worker runs it --> back, released

A task waits here and not in the scheduler: so a worker that is lost takes with it only what it was running, one that
joins gets work at once, and the scheduler never holds more than what is being done.
"""

import asyncio
import contextlib
import logging
import pickle
import threading
import uuid
from collections import deque
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future, InvalidStateError
from dataclasses import dataclass, field
from typing import Any

from raisin.grading import runner
from raisin.grading.build import Build, build
from raisin.grading.engines import WorkerLost
from raisin.grading.errors import ClusterFailed, UnfitWorker
from raisin.grading.runner import Ran, Task

try:
    import distributed
    from distributed.comm.core import connect
    from distributed.scheduler import KilledWorker
except ImportError as error:
    raise ClusterFailed(f"--engine needs Dask ({error}): pip install 'raisin[cluster]'") from error

_log = logging.getLogger(__name__)
# Of a lost connection Dask writes pages; here it is one sentence, raised.
logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
_SECONDS_TO_JOIN = 60  # for the first worker
_LOOK = 1.0  # seconds between two looks at the workers
_SECONDS_TO_CLOSE = 5
_LOSSES = 3  # so often a task is done again that the cluster dropped without saying why
_GONE = "scheduler-connection-lost"


def work(task: Task, sender: Build) -> Ran:
    """On a worker, one that joined late too: run it. Raises UnfitWorker where this worker must not."""
    if reason := build().unfit(sender, task.sandbox):
        raise UnfitWorker({distributed.get_worker().address: reason})
    try:
        return runner.run(task)
    except OSError as error:  # of the worker's disk, say: not to be taken for one of ours
        raise RuntimeError(f"worker {distributed.get_worker().address}: {error}") from error


@dataclass(frozen=True)
class _Call:
    """Becomes ``work(task, sender)`` where it is unpickled.

    So it travels as bytes that only a worker opens; the scheduler, which opens what it is sent, needs no raisin.
    """

    task: Task
    sender: Build

    def __reduce__(self) -> tuple[Any, ...]:
        return work, (self.task, self.sender)


@dataclass
class _Sent:
    """A task on its way: where its result is awaited, under which key it runs, how often the cluster dropped it."""

    task: Task
    awaited: "Future[Ran]" = field(default_factory=Future)
    key: str = ""
    losses: int = 0


class Cluster:
    """The workers of the scheduler at `address` (``tcp://host:8786``, or ``tls://`` as Dask's own configuration says).

    Raises ClusterFailed where nobody answers or no worker joins; UnfitWorker where one must not run what is sent, for
    want of a sandbox too unless `shut_in` is False.
    """

    def __init__(self, address: str, *, shut_in: bool = True) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._waiting: deque[_Sent] = deque()
        self._running: dict[str, _Sent] = {}
        self._over: Exception | None = None  # why nothing more is done
        self._here = build()
        self._stop = threading.Event()
        self._client = _connect(address)
        try:
            _check(self._client, address, shut_in)
            self._width = _threads(self._client)
        except BaseException:
            self._client.close(_SECONDS_TO_CLOSE)
            raise
        self._watcher = threading.Thread(target=self._watch, name="raisin-cluster", daemon=True)
        self._watcher.start()

    @property
    def width(self) -> int:
        """How many tasks can run at a time now: the threads of all workers; 0 while there is none."""
        return self._width

    def submit(self, task: Task) -> "Future[Ran]":
        """What becomes of the task; a lost worker's is done again elsewhere.

        The future raises WorkerLost where one worker after the other was lost with it, ClusterFailed (UnfitWorker)
        when nothing more can be done at all, else what `runner.run` raised.
        """
        sent = _Sent(task)
        with self._lock:
            if self._over is None:
                self._waiting.append(sent)
        if self._over is not None:
            _give_up(sent, self._over)
        self._send()
        return sent.awaited

    def close(self) -> None:
        """Give up what waits and what runs. A worker that is at it ends its notebook, and nobody hears of it."""
        self._end(CancelledError("the engine was closed"))
        if self._watcher is not threading.current_thread():
            self._watcher.join()

    def _send(self) -> None:
        """Hand on what waits, as far as there are threads for it."""
        while (sent := self._next()) is not None:
            try:
                theirs = self._client.submit(pickle.loads, pickle.dumps(_Call(sent.task, self._here)), key=sent.key)
                theirs.add_done_callback(self._done)
            except Exception as error:  # the client is closed, or about to be
                with self._lock:
                    self._running.pop(sent.key, None)
                _give_up(sent, self._over or error)

    def _next(self) -> _Sent | None:
        """The next task that there is a thread for, counted as running from now on."""
        with self._lock:
            # One goes out even where there is no worker: a cluster that grows by need sees that there is some.
            while self._waiting and len(self._running) < max(1, self._width):
                sent = self._waiting.popleft()
                if sent.losses or sent.awaited.set_running_or_notify_cancel():
                    sent.key = f"raisin-{uuid.uuid4().hex}"
                    self._running[sent.key] = sent
                    return sent
        return None

    def _done(self, theirs: Any) -> None:
        """Called by Dask, in a thread of its own, when a task has ended in whatever way."""
        with self._lock:
            sent = self._running.get(theirs.key)
        if sent is None:
            return
        ran, error = None, None
        try:
            ran = theirs.result()
        except Exception as raised:
            error = self._meaning(sent, theirs, raised)
        theirs.release()
        with self._lock:
            if self._running.pop(sent.key, None) is None:
                return
            if ran is None and error is None:
                self._waiting.appendleft(sent)
        if error is not None:
            _give_up(sent, error)
        elif ran is not None:
            sent.awaited.set_result(ran)
        if isinstance(error, ClusterFailed):
            self._end(error)
        self._send()

    def _meaning(self, sent: _Sent, theirs: Any, raised: Exception) -> Exception | None:
        """What to say of a task that failed; None where it is to be done once more."""
        if isinstance(raised, KilledWorker):
            return WorkerLost(f"{raised.allowed_failures + 1} workers were lost one after the other while they ran it")
        if theirs.status == "error":
            return raised
        if self._client.status != "running" or getattr(raised, "reason", "") == _GONE:
            return self._over or _gone(self._address)
        sent.losses += 1
        return None if sent.losses <= _LOSSES else WorkerLost(f"the cluster dropped it {sent.losses} times ({raised})")

    def _watch(self) -> None:
        """Follow the workers that come and go; see when the scheduler is gone."""
        while not self._stop.wait(_LOOK):
            before = self._width
            try:
                self._width = _threads(self._client)
            except Exception:  # of many kinds, while a connection breaks
                if self._client.status != "running":
                    self._end(_gone(self._address))
                continue
            if before and not self._width:
                _log.warning("no worker is left at %s; waiting for one", self._address)
            self._send()

    def _end(self, why: Exception) -> None:
        with self._lock:
            if self._over is not None:
                return
            self._over = why
            left = [*self._running.values(), *self._waiting]
            self._running.clear()
            self._waiting.clear()
        self._stop.set()
        for sent in left:
            _give_up(sent, why)
        self._client.close(_SECONDS_TO_CLOSE)


def _connect(address: str) -> Any:
    try:
        asyncio.run(_knock(address))
        return distributed.Client(address, set_as_default=False, name="raisin")  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError, RuntimeError) as error:  # TypeError: tls:// and no certificates
        words = f"no Dask scheduler answers at {address} ({error}); start one: dask scheduler"
        raise ClusterFailed(words) from error


async def _knock(address: str) -> None:
    """Raises where nobody answers: a client that could not connect would complain at the end of the process."""
    security = distributed.Security()  # type: ignore[no-untyped-call]
    about = security.get_connection_args("client")  # type: ignore[no-untyped-call]
    comm = await connect(address, **about)  # type: ignore[no-untyped-call]
    await comm.close()


def _check(client: Any, address: str, shut_in: bool) -> None:
    """Wait for the first worker; refuse workers that are unfit, and warn of those that have other numbers."""
    try:
        client.wait_for_workers(1, timeout=_SECONDS_TO_JOIN)
        found: Mapping[str, object] = client.run(build, on_error="return")
    except (OSError, distributed.TimeoutError) as error:
        words = f"no worker joined {address} within {_SECONDS_TO_JOIN} s ({error}); start some: dask worker {address}"
        raise ClusterFailed(words) from error
    unfit: dict[str, str] = {}
    for worker, there in found.items():
        if not isinstance(there, Build):
            unfit[worker] = f"it cannot run this raisin ({there!r})"
        elif reason := there.unfit(build(), shut_in):
            unfit[worker] = reason
        elif other := there.other(build()):
            _log.warning("worker %s has %s: where numbers drawn differ, its checks cannot be told", worker, other)
    if unfit:
        raise UnfitWorker(unfit)


def _threads(client: Any) -> int:
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return sum(worker["nthreads"] for worker in workers if worker.get("status", "running") == "running")


def _gone(address: str) -> ClusterFailed:
    return ClusterFailed(f"the Dask scheduler {address} is gone; what is graded stays, the same command does the rest")


def _give_up(sent: _Sent, why: Exception) -> None:
    if not (isinstance(why, CancelledError) and sent.awaited.cancel()):
        with contextlib.suppress(InvalidStateError):  # cancelled by whoever awaits it
            sent.awaited.set_exception(why)
