"""A bound on what a kernel may send while it runs: a student who prints a gigabyte must not fill the grader's memory.

kernel --messages--> [too long: ZeroMQ drops the connection] --> Bound.process_message --> the cell's outputs
"""

import functools
import json
import math
import os
import time
from collections import Counter, defaultdict
from queue import Empty
from typing import Any

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import ZMQSocketChannel
from nbclient.exceptions import CellExecutionComplete
from traitlets import Instance, Type

from raisin.grading import outputs

MESSAGE_BYTES = 32_000_000
VALUES = "application/vnd.raisin."  # what checks send has an allowance of its own, apart from what is printed
VALUES_BYTES = 64_000_000
MESSAGES = 2_000  # of a cell
_CONTENT = 4  # the frame of a message that holds it
_SHOWN = frozenset({"stream", "display_data", "execute_result", "error"})
_STREAM = ("name", "text")
_OTHER = frozenset({"status", "execute_input", "clear_output"})


class _Channel(ZMQSocketChannel):
    """Blocks, and passes over what is no message: a wrong signature, JSON that is nested without end."""

    def received(self) -> dict[str, Any] | None:
        """The next message, or None where it is none; `bytes` is the size of its content."""
        assert self.socket is not None
        try:
            _, frames = self.session.feed_identities(self.socket.recv_multipart())
            message = self.session.deserialize(frames)
        except (ValueError, TypeError, RecursionError):
            return None
        if not isinstance(message.get("parent_header"), dict) or not isinstance(message.get("content"), dict):
            return None
        message["bytes"] = len(frames[_CONTENT])
        return message

    def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """The next message. Raises queue.Empty where none has come in `timeout` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        assert self.socket is not None
        while True:
            left = None if until is None else max(0, math.ceil(1000 * (until - time.monotonic())))
            if not self.socket.poll(left):
                raise Empty
            if (message := self.received()) is not None:
                return message


class BoundClient(AsyncKernelClient):
    """A client whose sockets refuse a message beyond MESSAGE_BYTES before it is in memory; its channels block.

    There are two: nobody is asked, and whether the kernel lives, its manager knows.
    """

    context = Instance(zmq.Context)  # type: ignore[assignment]  # as the next two: the base's are asynchronous
    shell_channel_class = Type(_Channel)  # type: ignore[assignment]
    iopub_channel_class = Type(_Channel)  # type: ignore[assignment]

    def _context_default(self) -> zmq.Context[Any]:  # type: ignore[override]
        return context(os.getpid())

    def start_channels(self, *which: bool, **more: bool) -> None:
        super().start_channels(stdin=False, hb=False, control=False)

    def stop_channels(self) -> None:
        for channel in (self._shell_channel, self._iopub_channel):
            if channel is not None:
                channel.stop()


@functools.cache
def context(_process: int) -> zmq.Context[Any]:
    """ZeroMQ in this process: one context for all kernels, which spares each its threads."""
    made: zmq.Context[Any] = zmq.Context()
    made.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES)
    return made


class Bound:
    """Before nbclient's NotebookClient (or a subclass) in the bases: drops a cell's outputs beyond its allowance.

    What a message may do is reduced too: one cell's messages never change another cell's outputs (display ids),
    widgets are not kept, and what nbclient cannot read is dropped instead of ending the notebook. What checks send goes
    past nbclient into `values`, as it came, by the place of the cell.
    """

    def reset_execution_trackers(self) -> None:
        super().reset_execution_trackers()  # type: ignore[misc]  # nbclient's, behind this class
        self._spent: Counter[tuple[int, str]] = Counter()
        self.values: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        kind, content = msg.get("msg_type"), msg.get("content")
        if kind not in _SHOWN | _OTHER or not isinstance(content, dict):
            return None
        if kind in _SHOWN and not self._allowed(content, msg.get("bytes"), cell, cell_index):
            return None
        if kind == "display_data" and _of_a_check(content):
            self.values[cell_index].append({"output_type": kind, "data": content["data"]})
            return None
        content.pop("transient", None)
        count = content.get("execution_count", 0)
        if type(count) is not int or not 0 <= count < 2**31:
            del content["execution_count"]
        try:
            return super().process_message(msg, cell, cell_index)  # type: ignore[misc]  # nbclient's, as above
        except CellExecutionComplete:
            raise
        except Exception as error:
            self.log.warning("a message was dropped: %s", type(error).__name__)  # type: ignore[attr-defined]
            return None

    def output(self, outs: list[Any], msg: Any, display_id: str | None, cell_index: int) -> Any:
        """As nbclient's; printed text is not checked against a schema, as all outputs are made anew in the end."""
        content, clear = msg["content"], self.clear_before_next_output  # type: ignore[attr-defined]  # nbclient's
        if clear or msg["msg_type"] != "stream" or not all(isinstance(content.get(key), str) for key in _STREAM):
            return super().output(outs, msg, display_id, cell_index)  # type: ignore[misc]
        outs.append(made := outputs.new("stream", **{key: content[key] for key in _STREAM}))
        return made

    def _allowed(self, content: Any, size: int | None, cell: Any, cell_index: int) -> bool:
        """Count the message; the first one over the allowance leaves a line in the cell."""
        purse, most = ("values", VALUES_BYTES) if _of_a_check(content) else ("shown", outputs.CELL_BYTES)
        before = self._spent[cell_index, purse], self._spent[cell_index, purse + " messages"]
        self._spent[cell_index, purse] += _size(content, most) if size is None else size
        self._spent[cell_index, purse + " messages"] += 1
        if self._spent[cell_index, purse] <= most and before[1] < MESSAGES:
            return True
        if before[0] <= most and before[1] <= MESSAGES:
            cell.outputs += outputs.reduced([_CUT])
            self._spent[cell_index, purse] = most + 1
        return False


def _of_a_check(content: Any) -> bool:
    data = content.get("data")
    return isinstance(data, dict) and any(str(name).startswith(VALUES) for name in data)


def _size(content: Any, most: int) -> int:
    """Its length as JSON; more than `most` where it is nested too deep."""
    try:
        return len(json.dumps(content))
    except (RecursionError, TypeError, ValueError):
        return most + 1


_CUT = {"output_type": "stream", "name": "stdout", "text": "\n... what followed was cut: too much output\n"}
