"""What a command costs with everything that it starts: wall seconds, CPU seconds, memory.

Kernels are grandchildren whose death nobody waits for (their parent ignores it, or they end with their process space),
so `getrusage` never hears of them. Linux counts them where the whole command runs in a control group of its own, to
the nanosecond; where none can be made, /proc is looked at twenty times a second, which misses what each process does
after the last look.
"""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_EVERY = 0.05  # seconds between two looks
_MEMORY_EVERY = 0.25  # these are dear: Linux walks the page tables
_LEFT = 20.0  # seconds that what the command left behind may take to end


@dataclass(frozen=True)
class Process:
    """One process of a command, at its largest. Memory in bytes: `resident` as ps says it, `private` its own alone.

    `depth`: how many process spaces it lies in; `first`: whether it is the first of its space, as a kernel is.
    """

    pid: int
    words: str
    resident: int = 0
    private: int = 0
    depth: int = 1
    first: bool = False


@dataclass(frozen=True)
class Usage:
    """What one command cost. `how` the CPU seconds were counted; `processes` where they were looked at."""

    wall: float
    cpu: float
    status: int
    how: str
    said: str = ""
    processes: Sequence[Process] = ()


class Group:
    """A control group for one command. Raises OSError where none can be made."""

    how = "counted by a control group"

    def __init__(self) -> None:
        self.folder, self._read = _new_group()

    def command(self, words: Sequence[str]) -> list[str]:
        return ["/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"', str(self.folder / "cgroup.procs"), *words]

    def started(self) -> None:
        """Nothing to do: Linux counts."""

    def seconds(self) -> float:
        """CPU seconds of all that ran in it; to be asked once, when the command is over."""
        until = time.monotonic() + _LEFT
        while (self.folder / "cgroup.procs").read_text() and time.monotonic() < until:
            time.sleep(0.02)
        seconds = self._read(self.folder)
        while self.folder.exists() and time.monotonic() < until:
            with contextlib.suppress(OSError):  # Linux is not done with the last of them
                self.folder.rmdir()
        return seconds


def _new_group() -> tuple[Path, Callable[[Path], float]]:
    """A new group below the one this process is in: version 1 (cpuacct), else version 2."""
    mounted = {}
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup2" or (kind == "cgroup" and "cpuacct" in options.split(",")):
            mounted[kind] = Path(place)
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        number, controllers, own = line.split(":", 2)
        kind, read = ("cgroup2", _version_2) if number == "0" else ("cgroup", _version_1)
        if kind in mounted and (number == "0" or "cpuacct" in controllers.split(",")):
            folder = mounted[kind] / own.lstrip("/") / f"raisin-bench-{os.getpid()}-{time.monotonic_ns()}"
            with contextlib.suppress(OSError):
                folder.mkdir()
                if os.access(folder / "cgroup.procs", os.W_OK):
                    return folder, read
                folder.rmdir()
    raise OSError("no control group can be made here")


def _version_1(folder: Path) -> float:
    return int((folder / "cpuacct.usage").read_text()) / 1e9


def _version_2(folder: Path) -> float:
    words = (folder / "cpu.stat").read_text().split()
    return int(words[words.index("usage_usec") + 1]) / 1e6


class Looks:
    """CPU seconds by looking at /proc: too few by what each process does after the last look at it."""

    how = f"looked at every {_EVERY * 1000:.0f} ms"

    def __init__(self) -> None:
        _adopt_orphans()
        self._found: dict[tuple[int, str], int] = {}
        self._others = set(below(os.getpid()))  # what ran before
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def command(self, words: Sequence[str]) -> list[str]:
        return list(words)

    def started(self) -> None:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(_EVERY):
            for pid in self._ours():
                with contextlib.suppress(OSError):
                    fields = _stat(pid)
                    self._found[pid, fields[19]] = int(fields[11]) + int(fields[12])

    def seconds(self) -> float:
        until = time.monotonic() + _LEFT
        while any(map(_runs, self._ours())) and time.monotonic() < until:
            time.sleep(_EVERY)
        self._over.set()
        assert self._thread is not None
        self._thread.join()
        for orphan in self._ours():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(orphan, os.WNOHANG)
        return sum(self._found.values()) / _TICKS

    def _ours(self) -> list[int]:
        return [pid for pid in below(os.getpid()) if pid not in self._others]


def _adopt_orphans() -> None:
    """What a command leaves behind becomes a child of this process, so that it can be found (prctl(2))."""
    import ctypes

    if ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0) != 0:  # PR_SET_CHILD_SUBREAPER
        raise OSError(ctypes.get_errno(), "this process cannot adopt orphans")


def _stat(pid: int) -> list[str]:
    """/proc/PID/stat after the name: state, parent, ...; utime is 11, stime 12, the time it began 19."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _runs(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return _stat(pid)[0] != "Z"
    return False


def below(root: int) -> list[int]:
    """All processes that come from `root`, without it."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                children.setdefault(int(_stat(int(name))[1]), []).append(int(name))
    found, todo = [], [root]
    while todo:
        todo += (own := children.get(todo.pop(), []))
        found += own
    return found


def meter() -> "Group | Looks":
    """The best there is here."""
    try:
        return Group()
    except OSError:
        return Looks()


def run(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    memory: bool = False,
    by: "Group | Looks | None" = None,
) -> Usage:
    """Run a command to its end, in this folder and environment; `memory`: look at its processes, too."""
    by = by or meter()
    began = time.perf_counter()
    process = subprocess.Popen(
        by.command(words),
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    by.started()
    with _memory_of(process.pid, memory) as processes:
        said, _ = process.communicate()
    wall = time.perf_counter() - began
    return Usage(wall, by.seconds(), process.returncode, by.how, said, tuple(processes.values()))


@contextlib.contextmanager
def _memory_of(root: int, wanted: bool) -> Iterator[dict[int, Process]]:
    """Every process from `root` on, itself first, at its largest; filled meanwhile."""
    found: dict[int, Process] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(_MEMORY_EVERY):
            for pid in (root, *below(root)):
                with contextlib.suppress(OSError, ValueError):
                    found[pid] = _larger(found.get(pid), _look_at(pid))

    thread = threading.Thread(target=look, daemon=True)
    if wanted:
        thread.start()
    try:
        yield found
    finally:
        over.set()
        if wanted:
            thread.join()


def _look_at(pid: int) -> Process:
    folder = Path(f"/proc/{pid}")
    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    spaces = status["NSpid"].split()
    sizes = dict(line.split(":", 1) for line in (folder / "smaps_rollup").read_text().splitlines()[1:])
    private = sum(int(sizes[key].split()[0]) for key in ("Private_Clean", "Private_Dirty"))
    resident = int(status.get("VmHWM", "0 kB").split()[0])
    return Process(pid, words, resident << 10, private << 10, len(spaces), spaces[-1] == "1")


def _larger(before: Process | None, now: Process) -> Process:
    if before is None:
        return now
    resident, private = max(before.resident, now.resident), max(before.private, now.private)
    return Process(now.pid, now.words, resident, private, now.depth, now.first)
