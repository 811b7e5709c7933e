"""A server from outside: a sandbox with a process in it that forks kernels, and what is known of each kernel.

`raisin.grading.inside.serve` is the other side.
"""

import contextlib
import json
import os
import select
import shutil
import socket
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from raisin.grading import room, sandbox, view
from raisin.grading.inside.serve import READY
from raisin.grading.room import Room
from raisin.grading.sandbox import Limits

_SECONDS = 120.0  # for a server to import everything, on a busy machine
_SECONDS_TO_END = 10.0


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
    """A server did not start, or is gone. Whoever leases a kernel never sees it."""


class Server:
    """One sandbox with a process in it that forks kernels. Raises ServerFailed."""

    def __init__(self, torch: bool, modules: Sequence[str]) -> None:
        self._room = Room()
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._leased: weakref.WeakSet[Leased] = weakref.WeakSet()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = {"paths": [*map(str, view.site_folders()), str(room.OURS / "lib")], "modules": list(modules)}
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

    @property
    def is_busy(self) -> bool:
        """Whether a kernel of it has not been seen to end; it may be used in another thread."""
        with self._lock:
            return any(not leased.has_ended for leased in self._leased)

    def lease(self, order: Order, limits: Limits, connection: Mapping[str, Any]) -> "Leased":
        """A new kernel, its sockets bound. Raises ServerFailed."""
        ours, theirs = socket.socketpair()
        run = self._room.new_run()
        leased = Leased(ours, run)
        with self._lock:
            self._leased.add(leased)
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
        "keep": [str(path) for path in view.python_folders()],
        "files": [(name, len(content)) for name, content in order.files.items()],
        "framework": [(name, len(content)) for name, content in framework.items()],
    }
    return json.dumps(said).encode() + b"\n" + b"".join([*order.files.values(), *framework.values()])


class Leased:
    """One kernel: `folder` holds its sockets, `why` says at its end what ended it, where that was not the kernel."""

    def __init__(self, warden: socket.socket, folder: Path, server: Server | None = None) -> None:
        self.folder = folder
        self.why = ""
        self.usage = (0.0, 0)  # CPU seconds, and bytes of its largest process, once it has ended
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

    @property
    def has_ended(self) -> bool:
        """Whether `status` or `kill` have found it ended; unlike these, safe to ask from any thread."""
        return self._status is not None

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
                self.usage = float(said["cpu"]), int(said["memory"])
        self._warden.close()
        if self.server is not None:
            self.server.close()
