"""One kernel, from the warden's fork to the first message: `become`."""

import os
import random
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from . import confine

_MOST_OPEN = 4096  # more than a server ever has open


@dataclass(frozen=True)
class Order:
    """One kernel: `run` is its sockets' folder, `connection` what Jupyter calls connection info.

    `files` are relative to the working folder, `framework` to the framework's folder, each name with its content; the
    folders in `keep` stay visible below /tmp. `limits` are named as in `resource` (AS, NPROC, …), `total` is for all
    processes together, `disk` for each file system, in bytes.
    """

    run: str
    connection: Mapping[str, Any]
    environment: Mapping[str, str]
    limits: Mapping[str, int]
    total: int
    disk: int
    keep: Sequence[str]
    files: Mapping[str, bytes]
    framework: Mapping[str, bytes]


def become(order: Order, warden: socket.socket, grader: socket.socket) -> None:
    """Become one IPython kernel, in the namespaces that the warden has made."""
    grader.close()
    os.closerange(3, warden.fileno())
    os.closerange(warden.fileno() + 1, _MOST_OPEN)
    os.setsid()
    silence(0, 1, 2)
    confine.furnish(order.run, order.disk, order.keep)
    for folder, files in ((confine.WORK, order.files), (confine.FRAMEWORK, order.framework)):
        for path, content in _inside(folder, files):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    _be_fresh(order.environment)
    confine.give_up(order.limits)
    app = _application({**order.connection, "ip": str(confine.SOCKETS / "s")})
    warden.sendall(b"r")
    if not warden.recv(1):
        return
    warden.close()
    app.start()


def prepare() -> None:
    """Make what every kernel forked from this process will need, once its modules are imported."""
    from .application import prepared

    prepared()


def silence(*numbers: int) -> None:
    with open(os.devnull, "r+b", buffering=0) as null:
        for number in numbers:
            os.dup2(null.fileno(), number)


def _inside(folder: Path, files: Mapping[str, bytes]) -> Iterator[tuple[Path, bytes]]:
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{name!r} does not lie in the working folder")
        yield folder / path, content


def _be_fresh(environment: Mapping[str, str]) -> None:
    """What a new process would have of its own: environment, folder, random numbers, signals."""
    os.environ.update(environment)
    os.environ |= {"RAISIN_FRAMEWORK": str(confine.FRAMEWORK), "PWD": str(confine.WORK)}
    os.chdir(confine.WORK)
    sys.path.append(str(confine.WORK))  # last: a submitted numpy.py hides nothing
    sys.argv = [""]
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    for number in (signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _application(connection: Mapping[str, Any]) -> Any:
    """ipykernel's application with its sockets bound; the server has made the rest of it, where there is one."""
    from .application import connected

    return connected(connection)
