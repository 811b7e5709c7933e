"""The processes below one of ours, by /proc: never by name alone, and never another's."""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, of <linux/prctl.h>


@dataclass(frozen=True)
class Process:
    """`began` tells it from a later one with the same number; `depth`: how far below the one that was asked about."""

    pid: int
    parent: int
    began: int
    name: str
    command: str
    depth: int = 0

    def kill(self) -> bool:
        """SIGKILL, if it is still the same; whether it was."""
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:
            return False
        try:
            now = _read(self.pid)
            if now is None or now.began != self.began:
                return False
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            return True
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)


def _read(pid: int) -> Process | None:
    """None for what is gone, or ended and is not waited for yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            head, _, tail = file.read().rpartition(")")
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            command = file.read().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return None
    fields = tail.split()
    if fields[0] in "ZX":
        return None
    return Process(pid, int(fields[1]), int(fields[19]), head.partition("(")[2], command)


def lives(pid: int) -> bool:
    """Whether it is there and has not ended; one that only waits to be waited for has."""
    return _read(pid) is not None


def gone(pid: int, seconds: float) -> bool:
    """Whether it has ended, once it has had so many seconds to."""
    until = time.monotonic() + seconds
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not lives(pid)


def below(pid: int) -> list[Process]:
    """Its children, their children and so on, parents first."""
    everybody = [found for name in os.listdir("/proc") if name.isdigit() and (found := _read(int(name)))]
    children: dict[int, list[Process]] = {}
    for process in everybody:
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    layer, depth = [pid], 0
    while layer:
        depth += 1
        next_ones = [child for parent in layer for child in children.get(parent, ())]
        found += [Process(c.pid, c.parent, c.began, c.name, c.command, depth) for c in next_ones]
        layer = [child.pid for child in next_ones]
    return found


@contextlib.contextmanager
def adopting() -> Iterator[None]:
    """Meanwhile a process whose parent ends becomes a child of this one, so that none is lost sight of."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")
    try:
        yield
    finally:
        libc.prctl(_SUBREAPER, 0, 0, 0, 0)


def left(before: set[int], seconds: float) -> list[Process]:
    """What is below this process and was not `before`, once it has had so many seconds to end."""
    until = time.monotonic() + seconds
    while True:
        found = [process for process in below(os.getpid()) if process.pid not in before]
        _bury(before)
        if not found or time.monotonic() > until:
            return found
        time.sleep(0.05)


def _bury(before: set[int]) -> None:
    """Wait for adopted processes that have ended (not for this process's own earlier children)."""
    with open(f"/proc/{os.getpid()}/task/{os.getpid()}/children", encoding="ascii") as file:
        children = [int(word) for word in file.read().split()]
    for pid in children:
        if pid not in before:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
