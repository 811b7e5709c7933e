"""A process that has imported what notebooks need, and forks a kernel for each order.

    grader ──control (standard input)──▶ server ──fork──▶ warden ──fork──▶ kernel
      └───────────── one socket a kernel ───────────────────┘

Over `control` comes one message a kernel, with a socket; its end ends the server. Over that socket comes the order: a
line of JSON (`Order`), then the contents of its files. The warden shuts the kernel in, says ``ready``, watches its
memory, and kills it when the grader hangs up; at the end it says why the kernel ended, in a line of JSON.

The server never computes anything and has one thread: what it forks would otherwise wait for threads that are not
there.
"""

import contextlib
import functools
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from . import confine
from .memory import Memory

READY = b"ready\n"
GIVEN_UP = "given up"  # why it ended: the grader hung up
_ASKS_FOR_A_SHELL = "matplotlib_inline.backend_inline"
_MOST_OPEN = 4096  # more than a server ever has open
_LOOK_EVERY = 100  # milliseconds between two looks at a kernel's memory
_FILLABLE = (confine.TMP, confine.HOME, Path("/dev/shm"))
_CONNECTION = Path("/tmp/connection.json")


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


def main() -> None:
    """``control`` is standard input; the first argument is JSON: packages' folders and modules to import."""
    settings = json.loads(sys.argv[1])
    control = socket.socket(fileno=os.dup(0))
    _silence(0)
    try:
        _prepare(settings["paths"], settings["modules"])
        try_namespaces()
    except BaseException:
        control.sendall(traceback.format_exc().encode())
        raise
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for wardens
    control.sendall(READY)
    serve(control)


def _prepare(paths: Sequence[str], modules: Sequence[str]) -> None:
    sys.path[:] = [path for path in sys.path if path] + [path for path in paths if path not in sys.path]
    for name in modules:
        with contextlib.suppress(ImportError):  # a course needs not all of them
            importlib.import_module(name)
    sys.modules.pop(_ASKS_FOR_A_SHELL, None)  # a kernel imports it again, when there is one
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("an imported module has started a thread, so nothing can be forked safely")
    gc.collect()
    gc.freeze()  # a collection in a kernel would otherwise touch, and so copy, every page


def try_namespaces() -> None:
    """Raise RuntimeError here, once, for what would otherwise stop every kernel."""
    read, write = os.pipe()
    if (pid := os.fork()) == 0:
        with contextlib.suppress(BaseException):
            os.write(write, _tried(confine.leave))
        os._exit(0)
    os.close(write)
    os.waitpid(pid, 0)
    with open(read, "rb") as pipe:
        if said := pipe.read():
            raise RuntimeError(said.decode())


def _tried(step: Callable[[], None]) -> bytes:
    try:
        step()
    except OSError as error:
        return str(error).encode()
    return b""


def serve(control: socket.socket) -> None:
    """Fork a warden for every socket that comes; until the other side is gone."""
    while True:
        message, sockets, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            _ends(functools.partial(guard, socket.socket(fileno=sockets[0])))
        os.close(sockets[0])


def _ends(step: Callable[[], None]) -> None:
    """Do this and end, without what Python does at its end: that belongs to the server."""
    try:
        step()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def guard(grader: socket.socket) -> None:
    """The warden: start one kernel, watch it, and see to it that nothing of it is left."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with grader.makefile("rb") as stream:
        order = read_order(stream)
    memory = Memory()
    confine.leave()
    kernel_end, warden_end = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        warden_end.close()
        _ends(functools.partial(_kernel_or_reason, order, kernel_end, grader))
    kernel_end.close()
    if (said := warden_end.recv(1 << 16)) == b"r":
        confine.close_sockets_folder()
        warden_end.sendall(b"g")
        grader.sendall(READY)
        why = watch(pid, grader, memory, order.total)
    else:
        why = said.decode(errors="replace")
    warden_end.close()
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # the first of its process space, so all the others end too
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        grader.sendall(json.dumps({"why": why, "status": os.waitstatus_to_exitcode(status)}).encode() + b"\n")


def _kernel_or_reason(order: Order, warden: socket.socket, grader: socket.socket) -> None:
    try:
        kernel(order, warden, grader)
    except Exception:
        with contextlib.suppress(OSError):
            warden.sendall(traceback.format_exc().encode())


def read_order(stream: BinaryIO) -> Order:
    said = json.loads(stream.readline())
    for kind in ("files", "framework"):
        said[kind] = {name: stream.read(size) for name, size in said[kind]}
    return Order(**said)


def watch(pid: int, grader: socket.socket, memory: Memory, total: int) -> str:
    """Until the kernel ends, takes too much memory or is given up; why it is over."""
    ended = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(grader, select.POLLIN | select.POLLHUP | select.POLLRDHUP)
    while not (events := poll.poll(_LOOK_EVERY)):
        if memory.at_most(pid, _FILLABLE) > total and memory.exactly(pid, _FILLABLE) > total:
            return f"its processes took more than {total >> 20} MB of memory together"
    return "" if any(number == ended for number, _ in events) else GIVEN_UP


def kernel(order: Order, warden: socket.socket, grader: socket.socket) -> None:
    """Become one IPython kernel, in the namespaces that the warden has made."""
    grader.close()
    os.closerange(3, warden.fileno())
    os.closerange(warden.fileno() + 1, _MOST_OPEN)
    os.setsid()
    _silence(0, 1, 2)
    confine.furnish(order.run, order.disk, order.keep)
    for folder, files in ((confine.WORK, order.files), (confine.FRAMEWORK, order.framework)):
        for path, content in _inside(folder, files):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    _CONNECTION.write_text(json.dumps({**order.connection, "ip": str(confine.SOCKETS / "s")}), encoding="utf-8")
    _be_fresh(order.environment)
    confine.give_up(order.limits)
    app = _kernel_app()
    _CONNECTION.unlink()
    warden.sendall(b"r")
    if not warden.recv(1):
        return
    warden.close()
    app.start()


def _silence(*numbers: int) -> None:
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


def _kernel_app() -> Any:
    """ipykernel's application with its sockets bound; no history, no profile, no folder put first on the path."""
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    config = Config()
    config.IPKernelApp.ignore_cwd = True
    config.HistoryManager.enabled = False
    app = IPKernelApp.instance(config=config)
    app.initialize(["-f", str(_CONNECTION)])  # type: ignore[no-untyped-call]
    return app
