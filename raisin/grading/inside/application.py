"""ipykernel's application as a grader needs it: what a cell costs beside its work is paid for every cell of a class.

    server: prepared() ──fork──▶ warden ──fork──▶ kernel: connected(): sockets, threads, streams

The application, its kernel and the shell that cells see are made once, before the fork; a page of memory that a kernel
writes to costs it a copy. What cannot be made there (ZeroMQ's sockets, threads) is made in the kernel.
"""

import ast
import functools
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import zmq
from ipykernel import zmqshell
from ipykernel.control import ControlThread
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.compilerop import CachingCompiler
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client.session import Session
from tornado.ioloop import PeriodicCallback
from traitlets import Type, default
from traitlets.config import Config
from zmq.eventloop.zmqstream import ZMQStream

_FLUSH_EVERY = 200  # milliseconds: what was printed goes out by then, also where a cell does not end


class Publisher(IOPubThread):
    """Each thread sends for itself, one at a time: waking a thread for it costs more than the message.

    A fork of the kernel sends nothing: ZeroMQ's sockets do not live in it.
    """

    def __init__(self, socket: zmq.Socket[bytes], streams: "list[Stream]") -> None:
        super().__init__(socket)  # type: ignore[no-untyped-call]  # ipykernel's
        self._alone = threading.RLock()
        self._sending = self._interrupted = False
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
        ours = threading.current_thread() is threading.main_thread()
        self._sending |= ours
        with self._alone:
            self._really_send(*parts, **more)  # type: ignore[no-untyped-call]  # ipykernel's
        if ours:
            self._sending = False
            if self._interrupted:
                self._interrupted = False
                raise KeyboardInterrupt

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """SIGINT while a cell runs; a message under way goes out whole."""
        if self._sending:
            self._interrupted = True
        else:
            signal.default_int_handler(number, frame)


class Stream(OutStream):
    """Sends what was written where it is asked to; its publisher asks now and then."""

    _written = False

    def _schedule_flush(self) -> None:
        self._written = True

    def flush(self) -> None:
        if self._written:
            self._written = False  # before: what another thread writes meanwhile is another flush's
            self._flush()  # type: ignore[no-untyped-call]  # ipykernel's


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


class Transformers(TransformerManager):
    """Lets plain Python through as it is: IPython takes it apart into tokens, in Python, to find no magic in it."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # IPython's, as all of these
        self._usual = list(self.token_transformers)

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        if self.token_transformers == self._usual and _is_python("".join(lines)):
            return lines
        return list(super().do_token_transforms(lines))  # type: ignore[no-untyped-call]


def _is_python(text: str) -> bool:
    try:
        compile(text, "<>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """Takes each cell apart once: ipykernel asks for it to see whether there is an ``await`` in it, then to run it.

    It keeps its name, by which libraries tell a notebook.
    """

    _taken_apart: tuple[int, str, str] | None = None  # the cell's number, what it was, what it is

    @default("input_transformer_manager")
    def _transformers(self) -> Transformers:
        return Transformers()

    def transform_cell(self, raw_cell: str) -> str:
        known, self._taken_apart = self._taken_apart, None
        if known is not None and known[:2] == (self.execution_count, raw_cell):
            return known[2]
        made: str = super().transform_cell(raw_cell)  # type: ignore[no-untyped-call]
        self._taken_apart = self.execution_count, raw_cell, made
        return made

    def should_run_async(self, raw_cell: str, **about: Any) -> bool:
        return _may_await(raw_cell) and bool(super().should_run_async(raw_cell, **about))


def _may_await(cell: str) -> bool:
    return "await" in cell or "async" in cell


class Kernel(IPythonKernel):
    """Names cells as IPython does, by a hash in C; ipykernel's own, in Python, is for a debugger."""

    shell_class = Type(ZMQInteractiveShell)
    compiler_class = Type(CachingCompiler)  # type: ignore[assignment]  # ipykernel names its own only

    async def do_execute(self, code: str, *rest: Any, **more: Any) -> Any:
        """Where a cell awaits something, ipykernel asks the thread of subshells, which is not there, for this one."""
        awaits = self.shell_channel_thread is None and _may_await(code)
        if awaits:
            self.shell_channel_thread = SimpleNamespace(parent_thread=threading.current_thread())
        try:
            return await super().do_execute(code, *rest, **more)  # type: ignore[no-untyped-call]  # ipykernel's
        finally:
            if awaits:
                self.shell_channel_thread = None

    def connect(self, app: "App") -> None:
        """Take the application's sockets, and be where this process is."""
        self.shell_stream = ZMQStream(app.shell_socket)
        self.control_stream = ZMQStream(app.control_socket, app.control_thread.io_loop)
        self.control_thread, self.iopub_thread, self.iopub_socket = app.control_thread, app.iopub_thread, app.iopub_socket
        shell = self.shell
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = self.iopub_socket
        shell.starting_dir = os.getcwd()
        shell.history_manager.dir_hist[:] = [Path.cwd()]
        self.control_thread.start()

    def pre_handler_hook(self) -> None:
        self.saved_sigint_handler = signal.signal(signal.SIGINT, self.iopub_thread.interrupt)


class App(IPKernelApp):
    """Without subshells: one thread less, and a third of what a cell costs beside its work.

    There is no command line, no profile with files to read, no debugger, no heartbeat, and nobody to ask.
    """

    def parse_command_line(self, argv: Any = None) -> None:
        pass

    def load_config_file(self, *about: Any, **more: Any) -> None:
        pass

    def initialize(self, argv: Any = None) -> None:
        """What can be done in the process that the kernel is forked from: no socket, no thread."""
        super(IPKernelApp, self).initialize(argv)
        self.log.setLevel(self.log_level)  # else four records a cell are made and then not written
        self.init_pdb()  # type: ignore[no-untyped-call]  # ipykernel's, as all of these
        self.configure_tornado_logger()  # type: ignore[no-untyped-call]
        self.init_kernel()
        self.init_shell()  # type: ignore[no-untyped-call]
        self.init_gui_pylab()  # type: ignore[no-untyped-call]
        self.init_extensions()
        self.init_code()

    def init_kernel(self) -> None:
        about = {"session": self.session, "log": self.log, "profile_dir": self.profile_dir, "user_ns": self.user_ns}
        self.kernel = self.kernel_class.instance(parent=self, **about)

    def connect(self, connection: Mapping[str, Any]) -> None:
        """What is left to do in the kernel's own process; `connection` is what Jupyter calls connection info."""
        self.load_connection_info(dict(connection))  # type: ignore[arg-type]  # a mapping of these names
        self.session.pid = os.getpid()  # it sends in no other process
        self.init_sockets()
        self.init_io()  # type: ignore[no-untyped-call]
        self.init_signal()  # type: ignore[no-untyped-call]
        self._streams += [sys.stdout, sys.stderr]
        self.kernel.connect(self)
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count

    def init_sockets(self) -> None:
        self.context = zmq.Context()
        self.shell_socket = self._bound(zmq.ROUTER, self.shell_port)
        self.control_socket = self._bound(zmq.ROUTER, self.control_port)
        self.control_thread = ControlThread(daemon=True)  # type: ignore[no-untyped-call]
        self._streams: list[Any] = []
        self.iopub_thread = Publisher(self._bound(zmq.PUB, self.iopub_port), self._streams)
        self.iopub_thread.start()
        self.iopub_socket = self.iopub_thread.background_socket

    def _bound(self, kind: int, port: int) -> zmq.Socket[bytes]:
        assert self.context is not None
        socket = self.context.socket(kind)
        socket.linger = 1000
        socket.bind(f"{self.transport}://{self.ip}-{port}")
        return socket


def _config() -> Config:
    """No history, no folder put first on the path."""
    config = Config()
    config.IPythonKernel._execute_sleep = 0.0  # a pause after every cell, for other front ends than ours
    config.IPKernelApp.ignore_cwd = True
    config.IPKernelApp.outstream_class = f"{Stream.__module__}.{Stream.__name__}"
    config.HistoryManager.enabled = False
    return config


@functools.cache
def prepared() -> App:
    """The application of this process, without its sockets; to be forked."""
    app = App.instance(config=_config(), session=Messages(), kernel_class=Kernel)
    app.initialize([])
    return app


def connected(connection: Mapping[str, Any]) -> App:
    """The application, its sockets bound; in the process of the kernel."""
    app = prepared()
    app.connect(connection)
    return app
