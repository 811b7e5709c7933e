"""How much memory a process and all that it started take together, read from /proc."""

import os
from collections import defaultdict
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")


def of_tree(root: int, folders: tuple[Path, ...]) -> tuple[int, int]:
    """Bytes resident in the process `root` and its descendants, and bytes in these file systems.

    Pages that a process shares with others count once for each of them; see `exactly`.
    """
    used = 0
    for folder in folders:
        about = os.statvfs(folder)
        used += (about.f_blocks - about.f_bfree) * about.f_frsize
    return sum(_resident(pid) for pid in tree(root)), used


def exactly(root: int) -> int:
    """The same processes' proportional share of the pages they use (slow: the kernel walks their page tables)."""
    return sum(_proportional(pid) for pid in tree(root))


def tree(root: int) -> list[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for name in os.listdir(_PROC):
        if name.isdigit() and (parent := _parent(int(name))) is not None:
            children[parent].append(int(name))
    found = [root]
    for pid in found:  # grows while it is walked
        found += children[pid]
    return found


def _parent(pid: int) -> int | None:
    text = _read(pid, "stat")
    # the name in brackets may hold anything, brackets too
    return int(text.rpartition(")")[2].split()[1]) if text else None


def _resident(pid: int) -> int:
    text = _read(pid, "statm")
    return int(text.split()[1]) * _PAGE if text else 0


def _proportional(pid: int) -> int:
    for line in _read(pid, "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return _resident(pid)


def _read(pid: int, name: str) -> str:
    try:
        return (_PROC / str(pid) / name).read_text(encoding="ascii", errors="replace")
    except OSError:  # it ended meanwhile, or may not be looked at
        return ""
