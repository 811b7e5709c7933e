"""How what a cell shows leaves the kernel: messages without what nobody reads, streams, and who sends them."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import zmq
from ipykernel.iostream import IOPubThread, OutStream
from jupyter_client.session import Session
from tornado.ioloop import PeriodicCallback

_FLUSH_EVERY = 200  # milliseconds: what was printed goes out by then, also where a cell does not end


class Messages(Session):
    """Keeps back what only a person at a screen looks at: which cell runs, and the time of each message."""

    def msg_header(self, msg_type: str) -> dict[str, Any]:
        made = super().msg_header(msg_type)
        del made["date"]
        return made

    def deserialize(self, *given: Any, **more: Any) -> dict[str, Any]:
        heard = super().deserialize(*given, **more)
        heard["header"].pop("date", None)  # every answer would bring it back
        return heard

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *rest: Any, **more: Any) -> Any:
        if msg_or_type == "execute_input" or (msg_or_type == "status" and content == {"execution_state": "busy"}):
            return None
        return super().send(stream, msg_or_type, content, *rest, **more)


class Stream(OutStream):
    """Sends what was written where it is asked to; its publisher asks now and then."""

    _written = False

    def _schedule_flush(self) -> None:
        self._written = True

    def flush(self) -> None:
        if self._written:
            with self.pub_thread.alone():  # whoever finds nothing written may go on: this goes out before what it sends
                self._written = False  # before: what another thread writes meanwhile is another flush's
                self._flush()  # type: ignore[no-untyped-call]  # ipykernel's


class Publisher(IOPubThread):
    """Each thread sends for itself, one at a time: waking a thread for it costs more than the message.

    A fork of the kernel sends nothing: ZeroMQ's sockets do not live in it.
    """

    def __init__(self, socket: zmq.Socket[bytes], streams: "list[Stream]") -> None:
        super().__init__(socket)  # type: ignore[no-untyped-call]  # ipykernel's
        self._lock = threading.RLock()
        self._streams = streams
        self._flushing = PeriodicCallback(self._flush, _FLUSH_EVERY)

    def start(self) -> None:
        super().start()  # type: ignore[no-untyped-call]  # ipykernel's
        self.schedule(self._flushing.start)  # type: ignore[no-untyped-call]  # in the thread whose loop it is

    def _flush(self) -> None:
        for stream in self._streams:
            stream.flush()

    def send_multipart(self, *parts: Any, **more: Any) -> None:
        if os.getpid() != self._master_pid:
            return
        with self.alone():
            self._really_send(*parts, **more)  # type: ignore[no-untyped-call]  # ipykernel's

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """No other thread sends, and nothing interrupts, until what goes out here is out."""
        with _uninterrupted(), self._lock:
            yield


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """What interrupts a cell comes afterwards. Only the main thread hears of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler if before is None else before)
    if came:
        signal.raise_signal(signal.SIGINT)
