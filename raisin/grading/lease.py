"""Kernels in the sandbox, from outside: servers that fork them, and the lease of one kernel.

A process of ours has at most one server with torch and one without, started when first needed; it ends with the
process, whatever ends that. A kernel is used once. Where a server does not start, each kernel gets a sandbox and an
interpreter of its own: the same walls, only slower.
"""

import atexit
import contextlib
import json
import logging
import os
import select
import shutil
import socket
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from raisin.grading import room, sandbox
from raisin.grading.errors import NoSandbox
from raisin.grading.inside.serve import READY
from raisin.grading.room import Room
from raisin.grading.sandbox import Limits

_log = logging.getLogger(__name__)
_SECONDS = 120.0  # for a server to import everything, on a busy machine
_SECONDS_TO_END = 10.0
# What a kernel would otherwise import at its start, and what notebooks do.
_KERNEL = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger", "ipykernel.datapub"),
    *("IPython.core.completerlib", "IPython.core.pylabtools", "IPython.core.magics", "jupyter_client.session"),
    *(
        "tornado.platform.asyncio",
        "zmq.eventloop.zmqstream",
        "psutil",
        "sqlite3",
        "pdb",
        "faulthandler",
        "unittest.mock",
    ),
)
_NOTEBOOKS = (
    *("numpy", "numpy.testing", "matplotlib.pyplot", "matplotlib.backends.backend_agg", "matplotlib_inline.config"),
    *("PIL.PngImagePlugin", "networkx", "pandas", "raisin.lab", "raisin.lab.graph", "raisin.lab.picture"),
    *("raisin.lab.diagnose", "raisin.lab.mistaken", "raisin.lab.standin", "raisin.lab.observe", "raisin.lab.wire"),
)
# The later ones are what torch imports at the first optimizer and the first backward.
_TORCH = (
    *("torch", "torch.nn", "torch.optim", "torch.func", "torch.nn.utils", "torch.utils.data", "torch.testing"),
    *("torch._dynamo", "torch.fx.experimental.symbolic_shapes", "torch.profiler"),
)


@dataclass(frozen=True)
class Order:
    """What a kernel is started with.

    `torch`: whether it may see torch; `environment`: added to the sandbox's own clean one; `framework`: text by file
    name, in a folder named by RAISIN_FRAMEWORK; `files`: content by relative path, in the working folder.
    """

    torch: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    framework: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


class ServerFailed(OSError):
    """A server did not start, or is gone. It never leaves this module."""


class Server:
    """One sandbox with a process in it that forks kernels. Raises ServerFailed."""

    def __init__(self, torch: bool, modules: Sequence[str]) -> None:
        self._room = Room()
        self._owner = os.getpid()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = {"paths": room.paths(), "modules": list(modules)}
        try:
            with tempfile.TemporaryFile() as said, theirs:
                command = room.python("main", settings)
                self._process = self._room.start(
                    sandbox.bwrap(), command, torch=torch, stdin=theirs.fileno(), stderr=said.fileno()
                )
                theirs.close()
                self._hear(said.fileno())
        except BaseException:
            self.close()
            raise

    def _hear(self, said: int) -> None:
        self._control.settimeout(_SECONDS)
        try:
            answer = self._control.recv(1 << 16)
        except TimeoutError:
            answer = b"it took too long"
        if answer != READY:
            words = os.pread(said, 1 << 16, 0)
            raise ServerFailed((answer or words).decode(errors="replace").strip() or "it said nothing")

    @property
    def pid(self) -> int:
        """The process of bubblewrap; everything in the sandbox ends with it."""
        return self._process.pid

    @property
    def is_ours(self) -> bool:
        """Whether it runs, and this process started it (a forked one must not share it)."""
        return self._owner == os.getpid() and self._process.poll() is None

    def lease(self, order: Order, limits: Limits, connection: Mapping[str, Any]) -> "Leased":
        """A new kernel, its sockets bound. Raises ServerFailed."""
        ours, theirs = socket.socketpair()
        run = self._room.new_run()
        leased = Leased(ours, run)
        try:
            with theirs:
                socket.send_fds(self._control, [b"k"], [theirs.fileno()])
            ours.settimeout(_SECONDS)
            ours.sendall(_written(order, limits, {**connection, "ip": ""}, run.name))
            answer = leased.hear()
            if answer != READY:
                raise ServerFailed(f"a kernel did not start: {answer.decode(errors='replace').strip() or 'no reason'}")
        except OSError as error:
            leased.kill()
            raise error if isinstance(error, ServerFailed) else ServerFailed(str(error)) from error
        return leased

    def close(self) -> None:
        self._control.close()
        if self._owner == os.getpid():
            if (process := getattr(self, "_process", None)) is not None:
                process.kill()
                process.wait()
            self._room.close()


def _written(order: Order, limits: Limits, connection: Mapping[str, Any], run: str) -> bytes:
    """As `raisin.grading.inside.serve.read_order` reads it."""
    framework = {name: text.encode() for name, text in order.framework.items()}
    said = {
        "run": run,
        "connection": connection,
        "environment": dict(order.environment),
        "limits": limits.for_process(),
        "total": limits.total,
        "disk": limits.disk,
        "keep": [str(path) for path in room.python_folders()],
        "files": [(name, len(content)) for name, content in order.files.items()],
        "framework": [(name, len(content)) for name, content in framework.items()],
    }
    return json.dumps(said).encode() + b"\n" + b"".join([*order.files.values(), *framework.values()])


class Leased:
    """One kernel: `folder` holds its sockets, `why` says at its end what ended it, where that was not the kernel."""

    def __init__(self, warden: socket.socket, folder: Path, server: Server | None = None) -> None:
        self.folder = folder
        self.why = ""
        self.server = server  # one that serves this kernel alone
        self._warden = warden
        self._heard = b""
        self._status: int | None = None

    def hear(self) -> bytes:
        """The warden's next line; b"" when there will be none."""
        while b"\n" not in self._heard:
            more = self._warden.recv(4096)
            if not more:
                return b""
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        return line + b"\n"

    def status(self) -> int | None:
        """How the kernel ended; None while it runs."""
        if self._status is None and select.select([self._warden], [], [], 0)[0]:
            self._end()
        return self._status

    def kill(self) -> None:
        """End it, with everything it started; at the return all of that is gone. Any number of times."""
        if self._status is None:
            with contextlib.suppress(OSError):
                self._warden.shutdown(socket.SHUT_WR)
            self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self) -> None:
        self._status = -9
        with contextlib.suppress(OSError, ValueError):
            self._warden.settimeout(_SECONDS_TO_END)
            if last := self.hear():
                said = json.loads(last)
                self.why, self._status = str(said["why"]), int(said["status"])
        self._warden.close()
        if self.server is not None:
            self.server.close()


_servers: dict[bool, Server] = {}
_failed: set[bool] = set()


def lease(order: Order, limits: Limits, connection: Mapping[str, Any]) -> Leased:
    """One kernel for `order`. Raises NoSandbox where none can be had."""
    if reason := sandbox.available():
        raise NoSandbox(reason)
    for _ in range(2):  # the second time where the server was there and is gone
        try:
            if (server := _warm(order.torch)) is None:
                break
            return server.lease(order, limits, connection)
        except ServerFailed as error:
            _log.warning("a warm kernel could not be had (%s)", error)
            if (server := _servers.pop(order.torch, None)) is not None:
                server.close()
    return _cold(order, limits, connection)


def _warm(torch: bool) -> Server | None:
    """The server of this flavour, started where there is none; None where that has failed in this process."""
    if torch in _failed:
        return None
    if (server := _servers.get(torch)) is not None and server.is_ours:
        return server
    if server is not None:
        server.close()
    try:
        _servers[torch] = Server(torch, _KERNEL + _NOTEBOOKS + (_TORCH if torch else ()))
    except ServerFailed as error:
        _failed.add(torch)
        _log.warning("no server for warm kernels, so each starts cold: %s", error)
        return None
    return _servers[torch]


def _cold(order: Order, limits: Limits, connection: Mapping[str, Any]) -> Leased:
    """A kernel in a sandbox of its own. Raises NoSandbox."""
    server = None
    try:
        server = Server(order.torch, ())
        leased = server.lease(order, limits, connection)
    except ServerFailed as error:
        if server is not None:
            server.close()
        raise NoSandbox(f"a kernel does not start in the sandbox: {error}") from error
    leased.server = server
    return leased


@atexit.register
def close() -> None:
    """End this process's servers; the next lease starts new ones."""
    while _servers:
        _servers.popitem()[1].close()
    _failed.clear()
