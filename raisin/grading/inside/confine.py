"""Shuts a process in: namespaces and file systems of its own, then no capabilities, limits, a filter of system calls.

Everything raises OSError where Linux refuses it.
"""

import ctypes
import os
import resource
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import seccomp

HOME = Path("/raisin/home")  # the working folder and the framework's lie here
TMP = Path("/tmp")
WORK = HOME / "student"
FRAMEWORK = HOME / "framework"
RUNS = Path("/runs")  # from outside: a folder for each kernel's sockets
SOCKETS = Path("/run/kernel")  # one of them, until its sockets are bound

_libc = ctypes.CDLL(None, use_errno=True)
_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER = 0x20000, 0x4000000, 0x8000000, 0x10000000
_NEWPID, _NEWNET = 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
_DETACH = 2
_PDEATHSIG, _CAPBSET_DROP, _NO_NEW_PRIVS, _CAP_AMBIENT = 1, 24, 38, 47
_CAPABILITIES = 64  # more than there are
_CAPABILITY_VERSION = 0x20080522
_SHARED_MEMORY = 64 << 20


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def leave() -> None:
    """Into namespaces of our own; the next process forked is the first of its process space.

    Below here nobody can make another user namespace.
    """
    user, group = os.getuid(), os.getgid()
    _check(_libc.unshare(_NEWUSER | _NEWNS | _NEWPID | _NEWNET | _NEWIPC | _NEWUTS), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    _check(_libc.mount(b"none", b"/", None, _REC | _PRIVATE, None), "making mounts private")


def furnish(run: str, disk: int, keep: Sequence[str]) -> None:
    """Empty file systems for one kernel: /tmp, its home and shared memory, `disk` bytes each at most; its terminals.

    Its sockets' folder `run` appears at `SOCKETS`; the other kernels' are covered. /proc shows its own processes.
    What is named by `keep` stays where it is, also below /tmp.
    """
    _bind(RUNS / run, SOCKETS)
    _tmpfs(RUNS, 4096, "0555")
    kept = [(os.open(path, os.O_PATH), Path(path)) for path in keep if Path(path).is_relative_to(TMP)]
    _tmpfs(TMP, disk, "1777")
    for number, path in kept:
        path.mkdir(parents=True) if os.path.isdir(f"/proc/self/fd/{number}") else path.touch()
        _bind(Path(f"/proc/self/fd/{number}"), path)
        os.close(number)
    _tmpfs(HOME, disk, "0755")
    _tmpfs(Path("/dev/shm"), min(disk, _SHARED_MEMORY), "1777")
    options = b"newinstance,ptmxmode=0666,mode=0620"
    _check(_libc.mount(b"devpts", b"/dev/pts", b"devpts", _NOSUID | _NOEXEC, options), "terminals of its own")
    _bind(Path("/dev/null"), Path("/dev/zero"))  # mapped, it is shared memory without a file
    if _libc.mount(b"proc", b"/proc", b"proc", _NOSUID | _NODEV | _NOEXEC, None):
        # Where parts of /proc are covered already (some containers), Linux allows no new one: then there is none.
        _tmpfs(Path("/proc"), 4096, "0555")
    for folder in (WORK, FRAMEWORK):
        folder.mkdir()


def _tmpfs(where: Path, size: int, mode: str) -> None:
    options = f"size={size},mode={mode},nr_inodes=20000".encode()
    _check(_libc.mount(b"tmpfs", bytes(where), b"tmpfs", _NOSUID | _NODEV, options), f"tmpfs on {where}")


def _bind(what: Path, where: Path) -> None:
    _check(_libc.mount(bytes(what), bytes(where), None, _BIND | _REC, None), f"{what} at {where}")


def close_sockets_folder() -> None:
    """Take the folder at `SOCKETS` away: bound sockets go on, but nothing can be written there any more."""
    _check(_libc.umount2(bytes(SOCKETS), _DETACH), "detaching the sockets")


def give_up(limits: Mapping[str, int]) -> None:
    """For good: no capabilities, no new privileges, these limits, fewer system calls, an end with the parent's."""
    _check(_libc.prctl(_PDEATHSIG, 9, 0, 0, 0), "PR_SET_PDEATHSIG")
    _check(_libc.prctl(_CAP_AMBIENT, 4, 0, 0, 0), "clearing ambient capabilities")
    for capability in range(_CAPABILITIES):
        _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)  # beyond the last one this fails, and may
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    _check(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")
    for name, most in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    seccomp.install()
