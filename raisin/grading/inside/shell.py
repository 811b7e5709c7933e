"""What runs a cell in a kernel: IPython's shell and ipykernel's kernel, without what only people at a screen need."""

import ast
import asyncio
import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import zmq
from ipykernel import zmqshell
from ipykernel.ipkernel import IPythonKernel
from IPython.core.compilerop import CachingCompiler
from IPython.core.inputtransformer2 import TransformerManager
from traitlets import Any as AnyTrait
from traitlets import Type, default
from zmq.eventloop.zmqstream import ZMQStream


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
    """Spares a cell what only others need. It keeps its name, by which libraries tell a notebook."""

    @default("input_transformer_manager")
    def _transformers(self) -> Transformers:
        return Transformers()

    def _format_exception_for_storage(self, *about: Any, **more: Any) -> dict[str, Any]:
        """For a history that is not kept; it would be the traceback once more."""
        return {}

    def should_run_async(self, raw_cell: str, **about: Any) -> bool:
        return _may_await(raw_cell) and bool(super().should_run_async(raw_cell, **about))


def _may_await(cell: str) -> bool:
    return "await" in cell or "async" in cell


class Direct:
    """What a kernel takes for a stream: a socket. ZMQStream would ask it a dozen times for each message."""

    def __init__(self, socket: zmq.Socket[bytes], io_loop: Any) -> None:
        self.socket, self.io_loop = socket, io_loop
        self.send_multipart = socket.send_multipart

    def flush(self, *about: Any, **more: Any) -> None:
        """Nothing is kept back."""


class Kernel(IPythonKernel):
    """One message after the other, from the socket itself; cells that await nothing are simply run."""

    shell_class = Type(ZMQInteractiveShell)
    # Names cells as IPython does, by a hash in C; ipykernel's own, in Python, is for a debugger.
    compiler_class = Type(CachingCompiler)  # type: ignore[assignment]  # ipykernel names its own only
    shell_stream = AnyTrait()  # a Direct

    def connect(self, app: Any) -> None:
        """Take the application's sockets, and be where this process is."""
        self.control_stream = ZMQStream(app.control_socket, app.control_thread.io_loop)
        self.control_thread = app.control_thread
        self.iopub_thread, self.iopub_socket = app.iopub_thread, app.iopub_socket
        shell: Any = self.shell
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = self.iopub_socket
        shell.starting_dir = os.getcwd()
        shell.history_manager.dir_hist[:] = [Path.cwd()]
        self.control_thread.start()

    def start(self) -> None:
        super().start()  # type: ignore[no-untyped-call]  # ipykernel's, as all of these
        app: Any = self.parent
        self.shell_stream = Direct(app.shell_socket, self.io_loop)
        self.io_loop.add_callback(self._listen)

    async def _listen(self) -> None:
        socket = self.shell_stream.socket
        while True:
            while socket.getsockopt(zmq.EVENTS) & zmq.POLLIN:
                await self.dispatch_shell(socket.recv_multipart(zmq.NOBLOCK, copy=False))
            await _readable(socket.fileno())

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Nothing waits: who asks here asks one thing at a time."""

    async def do_execute(self, code: str, silent: bool, store_history: bool = True, *rest: Any, **more: Any) -> Any:
        if not _may_await(code):
            return self._execute(code, silent, store_history)
        # ipykernel asks the thread of subshells, which is not there, for this one
        self.shell_channel_thread = SimpleNamespace(parent_thread=threading.current_thread())
        try:
            return await super().do_execute(code, silent, store_history, *rest, **more)  # type: ignore[no-untyped-call]
        finally:
            self.shell_channel_thread = None

    def _execute(self, code: str, silent: bool, store_history: bool) -> dict[str, Any]:
        """As ipykernel's `do_execute`, where nobody can be asked anything and no expressions are wanted."""
        shell: Any = self.shell
        self._forward_input(False)  # type: ignore[no-untyped-call]
        try:
            done = shell.run_cell(code, store_history=store_history, silent=silent)
        finally:
            self._restore_input()  # type: ignore[no-untyped-call]
        shell.payload_manager.clear_payload()
        reply = {"status": "ok", "execution_count": shell.execution_count - 1, "user_expressions": {}, "payload": []}
        if not done.success or getattr(shell, "_last_traceback_during_displayhook", False):
            error = done.error_in_exec if done.error_before_exec is None else done.error_before_exec
            about = {"ename": type(error).__name__, "evalue": _words(error), "traceback": shell._last_traceback or []}
            reply |= {"status": "error", **about}
        return reply


def _words(error: object) -> str:
    try:
        return str(error)
    except Exception:  # a student's own class of errors may have a mistake in it
        return ""


async def _readable(number: int) -> None:
    """Wait until there is something to read; not asked for while nobody waits, or it would be said again and again."""
    loop = asyncio.get_running_loop()
    there = asyncio.Event()
    loop.add_reader(number, there.set)
    try:
        await there.wait()
    finally:
        loop.remove_reader(number)
