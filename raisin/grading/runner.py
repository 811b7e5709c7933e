"""Runs one notebook and brings back what its cells gave: a pure function of a `Task`, safe to run anywhere.

    Task (texts, files, limits) --run--> a kernel in the sandbox, driven by nbclient --> Ran (outputs, messages, usage)

Nothing here knows a course, a gradebook, or what a check is measured against. A kernel that fails us is started again;
one that a cell brings down is started again without that cell, so that the cells behind it count.
"""

import asyncio
import functools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from raisin.grading import outputs
from raisin.grading.client import Client
from raisin.grading.errors import NoSandbox
from raisin.grading.lease import Order
from raisin.grading.logs import Ears
from raisin.grading.sandbox import Limits

DIED = "the kernel died"
NEVER_STOPS = "it ran too long and could not be interrupted"
UNREADABLE = "the kernel's messages could not be read"
SILENT = "the kernel's outputs stopped coming (too large?)"
_NEVER_STARTED = ("Kernel didn't respond", "Kernel died before replying")
_LOST_OUTPUT = "Timeout waiting for IOPub output"
_FIELDS = ("msg_id", "msg_type", "parent_header", "header", "content", "status")  # of a kernel's message
_PAUSE = 0.5  # seconds
_TRIES = 3  # for a kernel that is not the notebook's fault
_DEATHS = 2  # so many cells are left out because they ended the kernel; after one more the rest is not run


@dataclass(frozen=True)
class Clock:
    """Seconds: for a cell, for all cells together, for a kernel to start, for outputs to come after a cell ended."""

    cell: int | None = 30
    notebook: int = 300
    start: int = 60
    outputs: int = 15


@dataclass(frozen=True)
class Source:
    """A code cell to run: its name and text, and its own limit of seconds where it has one.

    `test`: what its checks send is kept apart, as it came.
    """

    name: str
    text: str
    seconds: int | None = None
    test: bool = False


@dataclass(frozen=True)
class Task:
    """A notebook to run: code cells in order, and the kernel they run in. `shown` False: only the tests are wanted."""

    cells: tuple[Source, ...]
    order: Order = field(default_factory=Order)
    limits: Limits = field(default_factory=Limits)
    clock: Clock = field(default_factory=Clock)
    sandbox: bool = True
    shown: bool = True


@dataclass(frozen=True)
class Cell:
    """What one cell gave. `shown`: outputs that may be kept; `heard`: of a test, what checks sent, and errors.

    `count` is None where it was not run; `ended`: why the kernel ended in it, or before it, or "".
    """

    shown: tuple[Any, ...] = ()
    heard: tuple[Any, ...] = ()
    count: int | None = None
    ended: str = ""


@dataclass(frozen=True)
class Ran:
    """What became of a task: cell by cell, in its order; `remarks` are for the instructor, `log` for whoever asks.

    `cpu`: CPU seconds of the kernels, `memory`: bytes of the largest one, both 0 where they are not known; `numpy`:
    the version that the notebook saw.
    """

    cells: tuple[Cell, ...]
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    numpy: str = ""
    log: str = ""


def run(task: Task) -> Ran:
    """Run a notebook. Raises NoSandbox; RuntimeError where a kernel does not start, three times."""
    return _Run(task).done()


class _Run:
    """The kernels that one task needs, one after the other, and what is known when they are done."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._left_out: dict[int, str] = {}
        self._died: set[int] = set()  # cells in which a kernel died once, and nobody knows why
        self._cpu, self._memory = 0.0, 0
        self._ears = Ears()
        self._past = ""  # what plain kernels printed past Jupyter

    def done(self) -> Ran:
        began = time.monotonic()
        with self._ears:
            client, stopped = self._kernels(began + self._task.clock.notebook)
        cells = self._cells(client, stopped)
        seconds = round(time.monotonic() - began, 3)
        return Ran(
            cells, self._remarks(stopped), seconds, self._cpu, self._memory, _numpy(), self._ears.text + self._past
        )

    def _kernels(self, ends: float) -> tuple[Client, tuple[int, str]]:
        """The last kernel's client; from which cell on nothing was run, and why (a place behind all, "")."""
        failures = deaths = 0
        while True:
            client = Client(_notebook(self._task.cells), self._task, ends, self._left_out)
            try:
                ended = self._one(client)
            except (RuntimeError, CellTimeoutError) as error:
                failures += 1
                if failures < _TRIES and (isinstance(error, NoSandbox) or str(error).startswith(_NEVER_STARTED)):
                    time.sleep(_PAUSE)  # a server may have been killed a moment ago
                    continue
                if _LOST_OUTPUT not in str(error):
                    raise
                if time.monotonic() >= client.cell_ends:
                    return client, (client.at, NEVER_STOPS)
                if failures > 1:
                    return client, (client.at, SILENT)
                continue
            finally:
                self._measure(client)
            if not ended:
                return client, (len(self._task.cells), "")
            if ended == DIED and client.at not in self._died and time.monotonic() < ends:
                self._died.add(client.at)  # once may be the doing of something outside, twice is the cell's own
                continue
            deaths += 1
            if ended == UNREADABLE or deaths > _DEATHS or client.at < 0 or time.monotonic() >= ends:
                return client, (client.at, ended)
            self._left_out[client.at] = ended

    def _one(self, client: Client) -> str:
        """Run all cells in a new kernel; why it ended before the last, or ""."""
        try:
            asyncio.run(client.async_execute())  # its own loop, closed: any thread may run a task
        except DeadKernelError:
            return getattr(client.manager, "why", "") or DIED
        except KeyError as error:
            if error.args[0] not in _FIELDS:
                raise
            return UNREADABLE
        return ""

    def _measure(self, client: Client) -> None:
        cpu, memory = getattr(client.manager, "usage", (0.0, 0))
        self._cpu, self._memory = self._cpu + cpu, max(self._memory, memory)
        self._past += getattr(client.manager, "said", "")

    def _cells(self, client: Client, stopped: tuple[int, str]) -> tuple[Cell, ...]:
        place, why = stopped
        raw = [cell.outputs for cell in client.nb.cells]
        kept: Sequence[Any] = outputs.reduced_all(raw) if self._task.shown else [()] * len(raw)
        found = []
        for k, (cell, source) in enumerate(zip(client.nb.cells, self._task.cells, strict=True)):
            errors = [output for output in raw[k] if output.output_type == "error"]
            heard = [*client.values[k], *(_plain(errors) if errors else ())] if source.test else []
            ended = self._left_out.get(k, why if k >= place else "")
            found.append(Cell(tuple(_plain(kept[k])), tuple(heard), cell.execution_count, ended))
        return tuple(found)

    def _remarks(self, stopped: tuple[int, str]) -> tuple[str, ...]:
        place, why = stopped
        names = [source.name for source in self._task.cells]
        said = [f"{names[k]}: {words}; the rest was run without this cell" for k, words in self._left_out.items()]
        if why:
            said.append(f"{names[max(place, 0)]}: {why}; what comes after it has no points")
        return tuple(said)


def _notebook(cells: Sequence[Source]) -> Any:
    made = []
    for number, cell in enumerate(cells):
        about = {"seconds": cell.seconds} if cell.seconds else {}
        own = {"id": f"c{number}", "source": cell.text, "metadata": about}
        made.append({"cell_type": "code", "execution_count": None, "outputs": [], **own})
    return nbformat.from_dict({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})  # type: ignore[no-untyped-call]


@functools.cache
def _numpy() -> str:
    return metadata.version("numpy")


def _plain(given: Any) -> Any:
    """Without nbformat's classes, which are slow to send."""
    return json.loads(json.dumps(given))
