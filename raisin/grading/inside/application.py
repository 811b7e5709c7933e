"""ipykernel's application as a grader needs it: what a cell costs beside its work is paid for every cell of a class.

Importing this makes ready what can be before a fork (classes, and a shell that is thrown away again); `initialized`
does in the kernel what cannot: its sockets and threads, and the shell that the cells see.
"""

import sys
import threading
from types import SimpleNamespace
from typing import Any

from ipykernel import zmqshell
from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.compilerop import CachingCompiler
from jupyter_client.session import Session
from traitlets import Type
from traitlets.config import Config


class Stream(OutStream):
    """Waits for the thread that sends only where something was written: it is asked four times a cell."""

    _written = False

    def write(self, string: str) -> int | None:  # type: ignore[override]  # as the base
        self._written = True
        return super().write(string)

    def flush(self) -> None:
        if self._written:
            self._written = False  # before: what another thread writes meanwhile is another flush's
            super().flush()  # type: ignore[no-untyped-call]  # ipykernel's


class Messages(Session):
    """Keeps back what only a person at a screen looks at: that the kernel is busy, and the time of each message."""

    def msg_header(self, msg_type: str) -> dict[str, Any]:
        made = super().msg_header(msg_type)
        del made["date"]
        return made

    def deserialize(self, *given: Any, **more: Any) -> dict[str, Any]:
        heard = super().deserialize(*given, **more)
        heard["header"].pop("date", None)  # every answer would bring it back
        return heard

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *rest: Any, **more: Any) -> Any:
        if msg_or_type == "status" and content == {"execution_state": "busy"}:
            return None
        return super().send(stream, msg_or_type, content, *rest, **more)


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """Takes each cell apart once: ipykernel asks for it to see whether there is an ``await`` in it, then to run it.

    It keeps its name, by which libraries tell a notebook.
    """

    _taken_apart: tuple[int, str, str] | None = None  # the cell's number, what it was, what it is

    def transform_cell(self, raw_cell: str) -> str:
        known, self._taken_apart = self._taken_apart, None
        if known is not None and known[:2] == (self.execution_count, raw_cell):
            return known[2]
        made: str = super().transform_cell(raw_cell)  # type: ignore[no-untyped-call]  # IPython's
        self._taken_apart = self.execution_count, raw_cell, made
        return made


class Kernel(IPythonKernel):
    """Names cells as IPython does, by a hash in C; ipykernel's own, in Python, is for a debugger."""

    shell_class = Type(ZMQInteractiveShell)
    compiler_class = Type(CachingCompiler)  # type: ignore[assignment]  # ipykernel names its own only

    async def do_execute(self, code: str, *rest: Any, **more: Any) -> Any:
        """Where a cell awaits something, ipykernel asks the thread of subshells, which is not there, for this one."""
        awaits = self.shell_channel_thread is None and ("await" in code or "async" in code)
        if awaits:
            self.shell_channel_thread = SimpleNamespace(parent_thread=threading.current_thread())
        try:
            return await super().do_execute(code, *rest, **more)  # type: ignore[no-untyped-call]  # ipykernel's
        finally:
            if awaits:
                self.shell_channel_thread = None


class App(IPKernelApp):
    """Without subshells: one thread less, and a third of what a cell costs beside its work.

    There is no command line and no profile with files to read.
    """

    def parse_command_line(self, argv: Any = None) -> None:
        pass

    def load_config_file(self, *about: Any, **more: Any) -> None:
        pass

    def init_control(self, context: Any) -> None:
        super().init_control(context)  # type: ignore[no-untyped-call]  # ipykernel's
        self.shell_channel_thread = None


def _config() -> Config:
    """No history, no folder put first on the path."""
    config = Config()
    config.IPythonKernel._execute_sleep = 0.0  # a pause after every cell, for other front ends than ours
    config.IPKernelApp.ignore_cwd = True
    config.IPKernelApp.outstream_class = f"{Stream.__module__}.{Stream.__name__}"
    config.HistoryManager.enabled = False
    return config


def initialized(connection_file: str) -> App:
    """The application, its sockets bound."""
    app = App.instance(config=_config(), session=Messages(), connection_file=connection_file, kernel_class=Kernel)
    app.initialize([])  # type: ignore[no-untyped-call]
    app.log.setLevel(app.log_level)  # else four records a cell are made and then not written
    return app


def _rehearse() -> None:
    """Make a shell once: what is then known of its classes is known in every fork."""
    main = sys.modules["__main__"]
    try:
        ZMQInteractiveShell(config=_config())  # type: ignore[no-untyped-call]  # IPython's
    finally:
        sys.modules["__main__"] = main


_rehearse()
