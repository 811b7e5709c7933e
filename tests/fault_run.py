"""Faults at random moments while a class of 40 is graded, then one run that nobody disturbs: is anything lost?

    python tests/fault_run.py [--moments 200] [--seed 1] [--kinds kernel,disk] [--story]

A moment is so many submissions after the beginning of a run, and a part of a second. It hits the coordinator, one of
its worker processes, a warm server, a kernel (kill -9), the disk (full) or the gradebook (locked by another
connection). After every run `raisin grades` may show nothing that is half; after the last one, all is as it would be.
Status 1 where it is not.
"""

import argparse
import contextlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import fault_class
import processes
from fault_class import State
from processes import Process

from raisin.grading import logs, room
from raisin.grading.course import Course, open_course

KINDS = ("coordinator", "worker", "server", "kernel", "disk", "lock")
ENDING = ("coordinator", "disk")
LONGEST = 300.0  # seconds for one run
GRACE = 5.0  # seconds for what ends with the coordinator
DISK = 24 << 20
_LOCKED = (0.3, 2.0)  # seconds: shorter and longer than the gradebook is waited for (fault_class.SETTINGS)
_FULL = (0.2, 1.5)


@dataclass(frozen=True)
class Moment:
    """`after` so many more submissions than at the run's beginning (or at the last moment), and `delay` seconds."""

    kind: str
    after: int
    delay: float
    seconds: float = 0.0  # how long a disk stays full, or a gradebook locked


@dataclass
class Report:
    """What was done, and what is not as it should be."""

    struck: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([*self.story, *self.half, *self.lost, *self.processes, *self.folders, *self.tracebacks])


def moments(count: int, seed: int, kinds: Sequence[str] = KINDS) -> list[Moment]:
    """So many, of every kind about as many, in a random order."""
    rng = random.Random(seed)
    cheap = [kind for kind in kinds if kind not in ENDING]
    turn = [*kinds, *(cheap or kinds)]  # what ends a run half as often: every start takes seconds
    found = []
    for number in range(count):
        kind = turn[number % len(turn)]
        early = kind == "coordinator" and rng.random() < 0.3  # also while it reads, plans and records
        after = 0 if early else rng.randint(1, 4) if kind == "coordinator" else rng.randint(0, 2)
        low, high = {"disk": _FULL, "lock": _LOCKED}.get(kind, (0.0, 0.0))
        delay = rng.uniform(0.0, 3.0 if early else 0.4)
        found.append(Moment(kind, after, delay, rng.uniform(low, high)))
    rng.shuffle(found)
    return found


class Disk:
    """A folder on a small disk of its own, where this user can make one; else files can be kept from growing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "raisin-faults", str(folder)]
        self.own = subprocess.run(command, capture_output=True, check=False).returncode == 0

    def close(self) -> None:
        if self.own:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)

    @contextlib.contextmanager
    def full(self, coordinator: int) -> Iterator[str]:
        if self.own:
            filler = self.folder / "filler"
            with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(bytes(1 << 16))
            with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(b"0")
            try:
                yield "the disk is full"
            finally:
                filler.unlink()
            return
        pids = [coordinator, *(p.pid for p in processes.below(coordinator) if p.depth == 1)]
        before = {}
        for pid in pids:
            with contextlib.suppress(OSError):
                before[pid] = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[pid][1]))
        try:
            yield "no file may grow"
        finally:
            for pid, limit in before.items():
                with contextlib.suppress(OSError):
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


class Run:
    """One `raisin grade`, and what can be done to it."""

    def __init__(self, course: Course, disk: Disk | None, temporary: Path, *more: str) -> None:
        self.course, self.disk = course, disk
        self._began = time.monotonic()
        self._said = bytearray()
        command = [sys.executable, "-m", "raisin", "grade", "--jobs", "2", *more]
        environment = {**os.environ, "TMPDIR": str(temporary)}
        self.process = subprocess.Popen(
            command, cwd=course.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        threading.Thread(target=self._listen, daemon=True).start()
        self._since = self._headers()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    @property
    def over(self) -> bool:
        if self.seconds > LONGEST:
            raise TimeoutError(f"a run took more than {LONGEST} s: {self.said}")
        return self.process.poll() is not None

    @property
    def said(self) -> str:
        return self._said.decode(errors="replace")

    def _listen(self) -> None:
        # A pipe, not a file: a file could not grow either when the disk is full.
        assert self.process.stdout is not None
        with self.process.stdout as out:
            while more := out.read1():
                self._said += more

    def _headers(self) -> frozenset[tuple[str, int]]:
        """Every log that is finished, and when that was."""
        return frozenset(_stamp(path) for path in self.course.root.glob("autograded/*/*.log") if _has_header(path))

    def wait_for(self, moment: Moment) -> bool:
        """Until the moment has come; False where the run is over before."""
        while len(self._headers() - self._since) < moment.after:
            if self.over:
                return False
            time.sleep(0.01)
        until = time.monotonic() + moment.delay
        while time.monotonic() < until and not self.over:
            time.sleep(0.005)
        self._since = self._headers()
        return not self.over

    def strike(self, moment: Moment, rng: random.Random) -> str:
        """Do it; what was done, "" where the run is over before there is anything to be done it to."""
        if moment.kind == "coordinator":
            self.process.kill()
            self.process.wait()
            return f"coordinator {self.process.pid} killed"
        if moment.kind == "disk" and self.disk is not None:
            with self.disk.full(self.process.pid) as words:
                self._pause(moment.seconds)
            return f"{words} for {moment.seconds:.1f} s"
        if moment.kind == "lock":
            return self._lock(moment.seconds)
        while not self.over:
            found = self.of_kind(moment.kind)
            if found and (victim := rng.choice(found)).kill():
                return f"{moment.kind} {victim.pid} killed"
            time.sleep(0.002)
        return ""

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.over:
            time.sleep(0.01)

    def _lock(self, seconds: float) -> str:
        with contextlib.closing(sqlite3.connect(self.course.root / "gradebook.db", timeout=5)) as other:
            try:
                other.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                return ""
            self._pause(seconds)
            other.rollback()
        return f"gradebook locked for {seconds:.1f} s"

    def of_kind(self, kind: str) -> list[Process]:
        """Processes of the coordinator: coordinator > worker > bwrap > server > warden > kernel."""
        found = processes.below(self.process.pid)
        numbers = {process.pid: process for process in found}

        def above(process: Process, up: int) -> str:
            for _ in range(up):
                if process.parent not in numbers:
                    return ""
                process = numbers[process.parent]
            return process.name

        if kind == "server":
            return [p for p in found if p.name == "bwrap" or above(p, 1) == "bwrap"]
        if kind == "kernel":
            return [p for p in found if above(p, 3) == "bwrap" and above(p, 2) != "bwrap"]
        return [p for p in found if p.depth == 1 and p.name != "bwrap" and "resource_tracker" not in p.command]

    def end(self) -> None:
        """Wait until it is over."""
        while not self.over:
            time.sleep(0.02)


def _stamp(path: Path) -> tuple[str, int]:
    with contextlib.suppress(OSError):
        return str(path), path.stat().st_mtime_ns
    return str(path), 0


def _has_header(path: Path) -> bool:
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(len(logs.HEADER)) == logs.HEADER.encode()
    return False


def finished(course: Course) -> int:
    return sum(_has_header(path) for path in course.root.glob("autograded/*/*.log"))


def undisturbed(course: Course) -> State:
    """Grade a copy of the class in peace; what that leaves."""
    command = [sys.executable, "-m", "raisin", "grade", "--jobs", "2"]
    subprocess.run(command, cwd=course.root, check=False, capture_output=True)
    return fault_class.state(course)


def disturb(course: Course, due: State, planned: Sequence[Moment], seed: int) -> Report:
    """All moments, over as many runs as they need, on a copy of the class; then a run in peace, and what differs."""
    report, rng = Report(), random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="rf-"))
    folder.chmod(0o755)  # as root, the sandbox's user walks through it
    temporary = folder / "tmp"
    temporary.mkdir(mode=0o755)
    (folder / "class").mkdir()
    disk = Disk(folder / "class")
    before = {process.pid for process in processes.below(os.getpid())}
    try:
        with processes.adopting():
            there = fault_class.copy(course, folder / "class")
            left = list(planned)
            force = False
            while left:
                force = _one_run(there, disk, temporary, left, rng, report, force)
                _look(there, due, before, report)
            _peace(there, disk, temporary, due, report)
            _look(there, due, before, report)
            room.sweep(temporary)  # as the next sandbox does; the last run needs none where nothing is left to do
            rooms = sorted(temporary.glob("raisin-*"))
            report.folders = [f"left in the temporary folder: {path.name}" for path in rooms]
    finally:
        disk.close()
        shutil.rmtree(folder, ignore_errors=True)
    return report


def disturb_cluster(course: Course, due: State, planned: Sequence[Moment], seed: int) -> Report:
    """The same on Dask's workers, of which one is killed at every moment; the last run is at home."""
    from dask.distributed import LocalCluster

    report, rng = Report(), random.Random(seed)
    about = {"host": "127.0.0.1", "dashboard_address": ":0", "silence_logs": 50}
    with (
        tempfile.TemporaryDirectory(prefix="rf-") as folder,
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **about) as workers,
    ):
        there = fault_class.copy(course, Path(folder) / "class")
        run = Run(there, None, Path(folder), "--engine", workers.scheduler_address)
        try:
            for moment in planned:
                workers.wait_for_workers(1, timeout=30)
                if not run.wait_for(moment):
                    break
                victim = rng.choice([nanny for nanny in workers.workers.values() if nanny.process])
                os.kill(victim.process.pid, signal.SIGKILL)
                report.struck["dask"] += 1
                report.story.append(f"{run.seconds:5.1f} s, {finished(there):2} finished: a Dask worker killed")
            run.end()
        finally:
            run.process.kill()
            run.process.wait()
        report.half = fault_class.half(due, there)
        report.story.append(run.said)
        _peace(there, None, Path(folder), due, report)
    return report


def _one_run(
    course: Course,
    disk: Disk,
    temporary: Path,
    left: list[Moment],
    rng: random.Random,
    report: Report,
    force: bool,
) -> bool:
    """Start a run and spend moments on it; whether there was nothing for it to do, so that the next must be forced."""
    run = Run(course, disk, temporary, *(["--force"] if force else []))
    struck = 0
    try:
        while left and not run.over:
            if not run.wait_for(left[0]):
                break
            if did := run.strike(left[0], rng):
                struck += 1
                report.struck[left[0].kind] += 1
                report.story.append(f"{run.seconds:5.1f} s, {finished(course):2} finished: {did}")
                left.pop(0)
        run.end()
    finally:
        run.process.kill()
        run.process.wait()
    said, status = run.said, run.process.returncode
    last = (said.strip().splitlines() or [""])[-1]
    report.story.append(f"{run.seconds:5.1f} s, {finished(course):2} finished: the run ended with {status}: {last}")
    if status != -signal.SIGKILL and ("Traceback" in said or status not in (0, 1, 2)):
        report.tracebacks.append(f"a run ended with {status} and said: {said[-1500:]}")
    return struck == 0


def _look(course: Course, due: State, before: set[int], report: Report) -> None:
    """Nothing is left of the run, and nothing half is shown."""
    for process in processes.left(before, GRACE):
        report.processes.append(f"left running: {process.pid} {process.name} {process.command[:150]}")
        process.kill()
    processes.left(before, GRACE)
    report.half += [line for line in fault_class.half(due, open_course(course.root)) if line not in report.half]


def _peace(course: Course, disk: Disk | None, temporary: Path, due: State, report: Report) -> None:
    run = Run(course, disk, temporary)
    run.end()
    if run.process.returncode not in (0, 1) or "Traceback" in run.said:
        report.tracebacks.append(f"the last run ended with {run.process.returncode}: {run.said[-1500:]}")
    report.lost = fault_class.differences(due, fault_class.state(open_course(course.root)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=20, help="moments over one class of 40")
    parser.add_argument("--story", action="store_true", help="say what was done, also where nothing was lost")
    parser.add_argument("--kinds", default=",".join(KINDS))
    arguments = parser.parse_args()
    wrong = False
    with tempfile.TemporaryDirectory(prefix="raisin-faults-") as folder:
        course = fault_class.make(Path(folder) / "before")
        due = undisturbed(fault_class.copy(course, Path(folder) / "peace"))
        struck: Counter[str] = Counter()
        for number in range(0, arguments.moments, arguments.each):
            seed = arguments.seed + number
            count = min(arguments.each, arguments.moments - number)
            began = time.monotonic()
            report = disturb(course, due, moments(count, seed, arguments.kinds.split(",")), seed)
            struck += report.struck
            bad = [report.half, report.lost, report.processes, report.folders, report.tracebacks]
            print(f"seed {seed}: {dict(report.struck)} in {time.monotonic() - began:.0f} s;", *map(len, bad))
            if any(bad) or arguments.story:
                print(report)
            wrong = wrong or any(bad)
    print(f"{struck.total()} faults: {dict(struck)}")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
