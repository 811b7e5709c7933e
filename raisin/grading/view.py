"""What of this machine is seen in a sandbox, as bubblewrap's arguments say it: system, interpreter, packages.

Everything else is not there; what differentiates by itself is hidden where a notebook does without torch.
"""

import functools
import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

# Packages that differentiate by themselves: hidden, with what belongs to them, where a notebook does not need torch.
_GRADIENTS = (
    *("torch", "functorch", "torchgen", "torchvision", "torchaudio", "sympy"),
    *("jax", "jaxlib", "autograd", "tensorflow", "keras", "mxnet", "chainer", "paddle", "mindspore"),
    *("tinygrad", "micrograd", "minitorch", "pytensor", "aesara", "theano", "casadi", "algopy", "numdifftools"),
)
# An installed raisin holds raisin.grading; debugpy is half of a kernel's start-up, for a debugger that nobody attaches.
_ALWAYS_HIDDEN = ("raisin", "debugpy")


def system() -> Iterator[str]:
    """Libraries and programs of the system, without its configuration."""
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        top, below = Path("/", name), Path("/usr", name)
        if top.is_symlink():
            yield from ("--symlink", os.readlink(top), str(top))
        elif top.is_dir():
            yield from ("--ro-bind", str(top), str(top))
        if below.is_dir() and not below.is_symlink():
            yield from (*parents(below), "--ro-bind", str(below), str(below))
    for path in map(
        Path,
        (
            "/usr/share",
            "/usr/local/bin",
            "/usr/local/lib",
            "/etc/ld.so.cache",
            "/etc/localtime",
            "/etc/fonts",
            "/etc/alternatives",
        ),
    ):
        if path.exists():
            yield from (*parents(path), "--ro-bind", str(path), str(path))


def parents(path: Path) -> Iterator[str]:
    """bubblewrap would make these for its own user alone."""
    for parent in reversed(path.parents[:-1]):
        yield from ("--perms", "0755", "--dir", str(parent))


@functools.cache
def python_folders() -> tuple[Path, ...]:
    """What the interpreter needs and the system's folders do not hold; no folder lies in another."""
    prefixes = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), Path(sys.base_exec_prefix)}
    prefixes |= {Path(sys.executable).resolve().parents[1]}
    wanted = {prefix / name for prefix in prefixes for name in ("bin", "lib", "lib64", "pyvenv.cfg")}
    wanted |= {Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib", "purelib", "platlib")}
    wanted |= set(site_folders())
    there = sorted(path for path in wanted if path.exists() and not _is_systems(path))
    return tuple(path for path in there if not any(other in path.parents for other in there))


def _is_systems(path: Path) -> bool:
    return any(
        path.is_relative_to(top) for top in ("/usr/bin", "/usr/lib", "/usr/lib64", "/usr/local/bin", "/usr/local/lib")
    )


@functools.cache
def site_folders() -> tuple[Path, ...]:
    """Folders of installed packages that this process imports from; editable installs and the course are none."""
    known = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")} | set(site.getsitepackages())
    found = [path for path in sys.path if path in known or Path(path).name in ("site-packages", "dist-packages")]
    return tuple(dict.fromkeys(Path(path) for path in found if Path(path).is_dir()))


def hidden(torch: bool) -> Iterator[tuple[Path, str]]:
    """Folders and names in them that something else stands for: packages, or all of a place of other interpreters'."""
    names = _ALWAYS_HIDDEN if torch else (*_ALWAYS_HIDDEN, *_GRADIENTS)
    ours = set(site_folders())
    yield from ((folder, name) for folder in ours for name in names if (folder / name).is_dir())
    roots = [*python_folders(), *map(Path, ("/usr/lib", "/usr/lib64", "/usr/local/lib"))]
    for root in (root for root in roots if root.is_dir() and not root.is_symlink()):
        for pattern in ("python3*/site-packages", "python3*/dist-packages"):
            yield from ((path.parent, path.name) for path in root.glob(pattern) if path not in ours)
