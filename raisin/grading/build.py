"""What decides how a notebook runs on a machine, so that two machines can be told apart."""

import functools
import hashlib
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import raisin
from raisin.grading import sandbox


@dataclass(frozen=True)
class Build:
    """What decides how a notebook runs. `raisin`: version and digest of the code; `sandbox`: why there is none."""

    raisin: str
    python: str
    numpy: str
    torch: str
    sandbox: str

    def unfit(self, here: "Build", shut_in: bool = True) -> str:
        """Why a worker of this build must not run what `here` sends; "" where it may."""
        if self.raisin != here.raisin:
            return f"it has raisin {self.raisin}, here it is {here.raisin}"
        if self.python != here.python:
            return f"it has Python {self.python}, here it is {here.python}"
        if shut_in and self.sandbox:
            return f"it cannot shut students' code in: {self.sandbox}"
        return ""

    def other(self, here: "Build") -> str:
        """What may give other numbers there than here; "" where nothing does."""
        pairs = (("NumPy", self.numpy, here.numpy), ("torch", self.torch, here.torch))
        return ", ".join(f"{name} {there} (here {ours or 'none'})" for name, there, ours in pairs if there != ours)


@functools.cache
def build() -> Build:
    """This process's. Tries the sandbox, once."""
    package = Path(raisin.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    python = ".".join(platform.python_version_tuple()[:2])
    code = f"{raisin.__version__} ({digest.hexdigest()[:12]})"
    return Build(code, python, _version("numpy"), _version("torch"), sandbox.available())


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
