"""The inner half of a rehearsal: nbclient on a fresh kernel of this Python. Only `raisin.lab.rehearsal` runs this."""

import asyncio
import contextlib
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from raisin.lab.rehearsal import ALL_TOO_LONG, DIED, SHARE, TOO_LONG

Say = Callable[[dict[str, Any]], None]
START = 60  # seconds for a kernel to answer


class _SamePython(AsyncKernelManager):
    """Kernels of the Python that runs here, whatever is installed under the notebook's kernel name."""

    @property
    def kernel_spec(self) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


class _Client(NotebookClient):
    """Tells which cell it is at."""

    def __init__(self, notebook: Any, manager: _SamePython, order: dict[str, Any], say: Say) -> None:
        own: dict[int, float] = {k: cell["seconds"] for k, cell in enumerate(order["cells"])}
        self._own, self._say = own, say
        self._usual: float = order["seconds"] / SHARE
        self.at = -1
        self._seconds = order["seconds"]
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()  # when all have had their time
        super().__init__(
            notebook,
            km=manager,
            timeout_func=lambda cell: self.limit,
            startup_timeout=START,
            iopub_timeout=30,  # a busy machine is no reason to lose what a check printed
            allow_errors=True,
            record_timing=False,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": order["folder"]}},
        )

    @property
    def limit(self) -> int:
        """Seconds for the cell at hand: at least twice what it may take at grading, where it says so."""
        longest = max(self._usual, 2.0 * self._own[self.at])
        return max(1, math.ceil(longest))

    async def async_execute_cell(self, cell: Any, cell_index: int, **more: Any) -> Any:  # type: ignore[override]
        if self.at < 0:
            asyncio.get_running_loop().call_later(self._seconds, _set, self.over)
        self.at = cell_index
        self._say({"at": cell_index})
        done = await super().async_execute_cell(cell, cell_index, **more)
        cell.metadata["done"] = True
        return done


def run(order: dict[str, Any], say: Say) -> dict[str, Any]:
    """Run the cells of an order: their outputs, where the run was stopped and why ("" where it reached the end)."""
    fields: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    cells = [{**fields, "id": f"c{k}", "source": one["text"]} for k, one in enumerate(order["cells"])]
    notebook = nbformat.from_dict({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})  # type: ignore[no-untyped-call]
    manager = _SamePython()
    if os.name == "posix":  # files instead of ports, which two kernels that start at once can both pick
        manager.transport, manager.ip = "ipc", str(Path(order["scratch"]) / "k")
    began = time.monotonic()
    at, stopped = asyncio.run(_run(notebook, manager, order, say))
    done = [
        {"outputs": json.loads(json.dumps(cell.outputs)), "count": cell.execution_count}
        if cell.metadata.get("done") or k == at
        else None
        for k, cell in enumerate(notebook.cells)
    ]
    return {"cells": done, "at": max(at, 0), "stopped": stopped, "took": round(time.monotonic() - began, 1)}


async def _run(notebook: Any, manager: _SamePython, order: dict[str, Any], say: Say) -> tuple[int, str]:
    """The last cell that was begun, and why the run was stopped there, or "". The kernel is gone afterwards."""
    client = _Client(notebook, manager, order, say)
    work: asyncio.Future[Any] = asyncio.ensure_future(client.async_execute(env=dict(os.environ)))
    gone = _when_nobody_listens(asyncio.get_running_loop())
    try:
        await asyncio.wait({work, gone, client.over}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            await work
            return client.at, ""
        return client.at, ALL_TOO_LONG.format(order["seconds"])
    except CellTimeoutError:
        return client.at, TOO_LONG.format(client.limit)
    except DeadKernelError:
        return client.at, DIED
    finally:
        work.cancel()
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await manager.shutdown_kernel(now=True)


def _set(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _when_nobody_listens(loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
    """Done when the other side is gone: it keeps our standard input open."""
    gone = loop.create_future()

    def wait() -> None:
        while os.read(0, 1024):
            pass
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(_set, gone)

    threading.Thread(target=wait, daemon=True).start()
    return gone
