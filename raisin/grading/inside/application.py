"""ipykernel's application as a grader needs it: what a cell costs beside its work is paid for every cell of a class.

    server: prepared() ──fork──▶ warden ──fork──▶ kernel: connected(): sockets, threads, streams

The application, its kernel and the shell that cells see are made once, before the fork; a page of memory that a kernel
writes to costs it a copy. What cannot be made there (ZeroMQ's sockets, threads) is made in the kernel.
"""

import contextlib
import functools
import io
import os
import sys
from collections.abc import Mapping
from typing import Any

import zmq
from ipykernel.control import ControlThread
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config

from .publish import Messages, Publisher, Stream
from .shell import Kernel


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
        super(IPKernelApp, self).initialize(argv)  # type: ignore[no-untyped-call]  # ipykernel's, as all of these
        self.log.setLevel(self.log_level)  # else four records a cell are made and then not written
        self.init_pdb()  # type: ignore[no-untyped-call]
        self.configure_tornado_logger()  # type: ignore[no-untyped-call]
        self.init_kernel()
        self.init_shell()  # type: ignore[no-untyped-call]
        self.init_gui_pylab()  # type: ignore[no-untyped-call]
        self.init_extensions()  # type: ignore[no-untyped-call]
        self.init_code()  # type: ignore[no-untyped-call]

    def init_kernel(self) -> None:
        about = {"session": self.session, "log": self.log, "profile_dir": self.profile_dir, "user_ns": self.user_ns}
        self.kernel = Kernel.instance(parent=self, **about)

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
        socket: zmq.Socket[bytes] = self.context.socket(kind)
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
    app: App = App.instance(config=_config(), session=Messages())
    app.initialize([])
    with contextlib.suppress(ImportError):
        draw_once()
    return app


def draw_once() -> None:
    """The first figure of a process takes twice as long as the others: fonts are read, and much is made once."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(title="x", xlabel="1", ylabel="$2$")
    axes.plot([1, 2], label="y")
    axes.scatter([1, 2], [3, 4])
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")


def connected(connection: Mapping[str, Any]) -> App:
    """The application, its sockets bound; in the process of the kernel."""
    app = prepared()
    app.connect(connection)
    return app
