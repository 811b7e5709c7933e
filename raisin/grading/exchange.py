"""One cell's talk with its kernel, in this thread: asked, heard until the reply and the end have come, or given up.

nbclient does the same with three tasks a cell, and each message wakes one of them, which costs more than the message.
Whoever runs notebooks here has a thread for each, so waiting may block.
"""

import math
import time
from typing import Any

import zmq
from nbclient.exceptions import CellExecutionComplete, CellTimeoutError

_LOOK_EVERY = 1.0  # seconds of silence between two looks at whether the kernel lives


class Exchange:
    """Before nbclient's NotebookClient in the bases, on a client whose channels block (`bound.BoundClient`).

    Limits and interrupts are nbclient's; that a cell may raise an error is taken for granted.
    """

    async def async_execute_cell(self, cell: Any, cell_index: int, **more: Any) -> Any:
        """Run a cell. Raises DeadKernelError; CellTimeoutError where its outputs do not end."""
        if cell.cell_type != "code" or not cell.source.strip():
            return cell
        client: Any = self
        asked = client.kc.execute(cell.source, store_history=True, stop_on_error=False)
        client.code_cells_executed += 1
        cell.outputs = []
        client.clear_before_next_output = False
        reply = await self._reply(asked, cell, cell_index)
        cell["execution_count"] = client.code_cells_executed
        client.keep_reply(cell, reply)
        return cell

    def keep_reply(self, cell: Any, reply: dict[str, Any]) -> None:
        """Called with the reply of each cell, its outputs complete."""

    async def _reply(self, asked: str, cell: Any, cell_index: int) -> dict[str, Any]:
        """The reply; until it and the end of the outputs have come, outputs go to the cell."""
        client: Any = self
        shell, iopub = client.kc.shell_channel, client.kc.iopub_channel
        poller = zmq.Poller()
        for channel in (shell, iopub):
            poller.register(channel.socket, zmq.POLLIN)
        seconds = client._get_timeout(cell)
        ends = math.inf if seconds is None else time.monotonic() + seconds
        reply: dict[str, Any] | None = None
        while True:
            ready = dict(poller.poll(math.ceil(1000 * min(_LOOK_EVERY, max(0.0, ends - time.monotonic())))))
            if iopub.socket in ready and self._is_end(iopub.received(), asked, cell, cell_index):
                poller.unregister(iopub.socket)
                if reply is not None:
                    return reply
            if shell.socket in ready and _answers(message := shell.received(), asked) and reply is None:
                reply, ends = message, time.monotonic() + client.iopub_timeout
                if iopub.socket not in poller:
                    return reply
            if not ready:
                await client._async_check_alive()
            if time.monotonic() < ends:
                continue
            if reply is not None:
                words = "Timeout waiting for IOPub output"
                if not client.raise_on_iopub_timeout:
                    client.log.warning(words)
                    return reply
                raise CellTimeoutError.error_from_timeout_and_cell(words, client.iopub_timeout, cell)
            await client._async_check_alive()
            reply, ends = await client._async_handle_timeout(seconds, cell), time.monotonic() + client.iopub_timeout
            if iopub.socket not in poller:
                return reply

    def _is_end(self, message: dict[str, Any] | None, asked: str, cell: Any, cell_index: int) -> bool:
        if _answers(message, asked):
            try:
                self.process_message(message, cell, cell_index)  # type: ignore[attr-defined]  # nbclient's
            except CellExecutionComplete:
                return True
        return False


def _answers(message: dict[str, Any] | None, asked: str) -> bool:
    return message is not None and message["parent_header"].get("msg_id") == asked
