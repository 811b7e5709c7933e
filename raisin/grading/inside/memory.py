"""How much memory a process and all that it started take together, read from /proc."""

import os
from collections import defaultdict
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Memory:
    """The memory of one process and its descendants, and of the file systems that they can fill.

    It goes on looking at the /proc that was there when it was made, whatever is mounted over it later.
    """

    def __init__(self) -> None:
        self._proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)

    def at_most(self, root: int, folders: tuple[Path, ...]) -> int:
        """Bytes; pages that a process shares with others count once for each of them, so it may be less."""
        return _used(folders) + sum(self._resident(pid) for pid in self._tree(root))

    def exactly(self, root: int, folders: tuple[Path, ...]) -> int:
        """Bytes; of shared pages, their share (slow: Linux walks the page tables)."""
        return _used(folders) + sum(self._proportional(pid) for pid in self._tree(root))

    def _tree(self, root: int) -> list[int]:
        children: dict[int, list[int]] = defaultdict(list)
        opened = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._proc)
        try:
            names = os.listdir(opened)
        finally:
            os.close(opened)
        for name in names:
            # the second field, a name in brackets, may hold anything, brackets too
            if name.isdigit() and (fields := self._read(name, "stat").rpartition(")")[2].split()):
                children[int(fields[1])].append(int(name))
        found = [root]
        for pid in found:  # grows while it is walked
            found += children[pid]
        return found

    def _resident(self, pid: int) -> int:
        fields = self._read(str(pid), "statm").split()
        return int(fields[1]) * _PAGE if fields else 0

    def _proportional(self, pid: int) -> int:
        for line in self._read(str(pid), "smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        return self._resident(pid)

    def _read(self, pid: str, name: str) -> str:
        try:
            with open(
                os.open(f"{pid}/{name}", os.O_RDONLY, dir_fd=self._proc), encoding="ascii", errors="replace"
            ) as f:
                return f.read()
        except OSError:  # it ended meanwhile, or may not be looked at
            return ""


def _used(folders: tuple[Path, ...]) -> int:
    about = [os.statvfs(folder) for folder in folders]
    return sum((one.f_blocks - one.f_bfree) * one.f_frsize for one in about)
