"""nbclient's client as a run here needs it: on a kernel of ours, bounded, with a limit for all cells together."""

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nbclient import NotebookClient

from raisin.grading import kernels, outputs
from raisin.grading.bound import Bound
from raisin.grading.exchange import Exchange

if TYPE_CHECKING:
    from raisin.grading.runner import Task

TOO_LONG = "it ran too long"
_TIMEOUT = {"ename": "CellTimeoutError", "evalue": "", "traceback": [f"This cell was stopped: {TOO_LONG}."]}


class Client(Bound, Exchange, NotebookClient):
    """nbclient's client on a kernel of ours, with a limit for all cells together."""

    def __init__(self, nb: Any, task: "Task", ends: float, left_out: Mapping[int, str]) -> None:
        clock = task.clock
        super().__init__(
            nb,
            timeout_func=self._limit,
            iopub_timeout=clock.outputs,
            startup_timeout=clock.start,
            raise_on_iopub_timeout=True,
            interrupt_on_timeout=True,
            error_on_timeout=_TIMEOUT,
            allow_errors=True,
            record_timing=False,
            shutdown_kernel="immediate",
            extra_arguments=[],
        )
        self._task, self._ends, self._left_out = task, ends, left_out
        self.at, self.cell_ends = -1, float("inf")
        self.manager: Any = None  # nbclient forgets its own

    def create_kernel_manager(self) -> Any:
        task = self._task
        self.manager = self.km = kernels.manager(task.order, task.limits, sandbox=task.sandbox)
        return self.km

    def _limit(self, cell: Any) -> int | None:
        """Seconds for a cell: its own, else the usual ones, and no more than the notebook has left."""
        own = cell.metadata.get("seconds") or self._task.clock.cell
        seconds = min(math.inf if own is None else own, self._ends - time.monotonic())
        return max(1, round(seconds)) if math.isfinite(seconds) else None

    async def async_execute_cell(self, cell: Any, cell_index: int, **more: Any) -> Any:  # type: ignore[override]
        if cell_index in self._left_out:
            return cell
        self.at = cell_index
        self.cell_ends = time.monotonic() + (self._limit(cell) or 0)
        return await super().async_execute_cell(cell, cell_index, **more)

    def keep_reply(self, cell: Any, reply: dict[str, Any]) -> None:
        """An error that only the reply knows (after a timeout, or where showing tracebacks was switched off)."""
        content = reply["content"]
        known = any(output.output_type == "error" and output.ename == content.get("ename") for output in cell.outputs)
        if content.get("status") == "error" and not known:
            error = {key: content.get(key) for key in ("ename", "evalue", "traceback")}
            cell.outputs += outputs.reduced([{"output_type": "error", **error}])
