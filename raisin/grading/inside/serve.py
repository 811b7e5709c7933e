"""A process that has imported what notebooks need, and forks a kernel for each order.

    grader ──control (standard input)──▶ server ──fork──▶ warden ──fork──▶ kernel
      └───────────── one socket a kernel ───────────────────┘

Over `control` comes one message a kernel, with a socket; its end ends the server. Over that socket comes the order: a
line of JSON (`Order`), then the contents of its files. The warden shuts the kernel in, says ``ready``, watches its
memory, and kills it when the grader hangs up; at the end it says why the kernel ended, in a line of JSON.

The server has one thread: what it forks would otherwise wait for threads that are not there.
"""

import contextlib
import functools
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from . import confine, kernel
from .kernel import Order
from .memory import Memory

READY = b"ready\n"
GIVEN_UP = "given up"  # why it ended: the grader hung up
_ASKS_FOR_A_SHELL = "matplotlib_inline.backend_inline"
_LOOK_EVERY = 100  # milliseconds between two looks at a kernel's memory
_FONTS = Path(__file__).with_name("fonts")
_FILLABLE = (confine.TMP, confine.HOME, Path("/dev/shm"))


def main() -> None:
    """``control`` is standard input; the first argument is JSON: packages' folders and modules to import."""
    settings = json.loads(sys.argv[1])
    control = socket.socket(fileno=os.dup(0))
    kernel.silence(0)
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
    if _FONTS.is_dir():  # matplotlib would else look through the machine's, which takes longer than all the rest
        shutil.copytree(_FONTS, os.environ["MPLCONFIGDIR"], dirs_exist_ok=True)
    for name in modules:
        with contextlib.suppress(ImportError):  # a course needs not all of them
            importlib.import_module(name)
    sys.modules.pop(_ASKS_FOR_A_SHELL, None)  # a kernel imports it again, when there is one
    kernel.prepare()
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
    _, status, used = os.wait4(pid, 0)
    last = {"why": why, "status": os.waitstatus_to_exitcode(status)}
    last |= {"cpu": round(used.ru_utime + used.ru_stime, 3), "memory": used.ru_maxrss << 10}
    with contextlib.suppress(OSError):
        grader.sendall(json.dumps(last).encode() + b"\n")


def _kernel_or_reason(order: Order, warden: socket.socket, grader: socket.socket) -> None:
    try:
        kernel.become(order, warden, grader)
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
