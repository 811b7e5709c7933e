"""Small data sets: three that travel with the package, UCI's raisins where ``raisin data`` has put them, and CIFAR-10
where it was asked for."""

import csv
import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from raisin.lab import cifar, places, uci

REAL = Path("data") / "raisin.csv"
SIMULATED = "raisin_simulated.csv"
FASHION = "fashion_subset.npz"
FASHION_SHA256 = "b64936f5c06a296d06c0ab4df54b232331e9aaa004c3d4d4b3816d3fadfde462"
CLOTHES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


class Regression(NamedTuple):
    """`X`: features, float64 of shape (100, 2); `y`: targets, float64 of shape (100, 1)."""

    X: NDArray[Any]
    y: NDArray[Any]


class Raisins(NamedTuple):
    """900 raisins, 450 of each variety, sorted by variety: shuffle before you split.

    `X`: float64 of shape (900, 7), its columns called `names`; `y`: float64 of shape (900, 1), 1.0 for Besni and 0.0
    for Kecimen; `source`: ``"uci"`` for measured raisins, ``"simulated"`` for drawn ones.
    """

    X: NDArray[Any]
    y: NDArray[Any]
    names: tuple[str, ...]
    source: str

    @property
    def label(self) -> str:
        """What to call these raisins in the title of every plot: "raisins", or "simulated raisins"."""
        return "raisins" if self.source == "uci" else "simulated raisins"


class Images(NamedTuple):
    """Pictures of ten kinds: `X_train` and `X_test`, bytes of shape (rows, channels, height, width); `y_train` and
    `y_test`, int64 of shape (rows,), from 0 to 9; `names`: what the kinds are called."""

    X_train: NDArray[Any]
    y_train: NDArray[Any]
    X_test: NDArray[Any]
    y_test: NDArray[Any]
    names: tuple[str, ...]


def _find(name: str) -> Path:
    """A data file inside the installed package, or in the repository that the package is run from."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "data", package.parent / "data"):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{name} is missing from the installed package: install raisin again")


def load_regression() -> Regression:
    """The regression data of notebooks 01 and 05: 100 rows, two features, one target (data/README.md).

    Raises FileNotFoundError when the package was installed without its data.
    """
    with _find("regression.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    table = np.array([[float(entry) for entry in row] for row in rows[1:]])
    return Regression(table[:, :2].copy(), table[:, 2:].copy())


def load_raisins(source: str = "auto", path: str | os.PathLike[str] | None = None) -> Raisins:
    """The raisins of notebooks 06 to 08, and a printed summary that says which they are (data/README.md).

    `source` is ``"uci"`` (UCI's set, from `path`, else data/raisin.csv in this folder or above it, else in the
    student's Drive), ``"simulated"`` (drawn rows, which come with the package), or ``"auto"``: UCI's where they are
    found or a path is given, else the simulated ones. Nothing is downloaded; that is what ``raisin data`` is for.

    Raises ValueError, with both content hashes, for a file that does not hold the rows it should, and for another
    `source`; FileNotFoundError where UCI's set was asked for and is not there.
    """
    if source not in ("auto", "uci", "simulated"):
        raise ValueError(f'source={source!r}: say "auto", "uci" or "simulated"')
    if path is not None and source == "simulated":
        raise ValueError('source="simulated" comes with the package: give no path')
    file = None if source == "simulated" else Path(path) if path is not None else _real()
    if file is None and source == "uci":
        raise FileNotFoundError(f"{REAL} is not in this folder or above it; fetch it with: raisin data")
    if file is not None and not file.is_file():
        raise FileNotFoundError(f"path={str(path)!r}: there is no such file")
    raisins = _read(_find(SIMULATED), "simulated") if file is None else _read(file, "uci")
    print(_summary(raisins, file))
    return raisins


def load_fashion() -> Images:
    """6,000 and 2,000 pictures of Fashion-MNIST, (rows, 1, 28, 28), as many of each kind (data/README.md).

    Raises FileNotFoundError when the package was installed without its data, ValueError when the file was changed.
    """
    file = _find(FASHION)
    content = file.read_bytes()
    if (got := hashlib.sha256(content).hexdigest()) != FASHION_SHA256:
        raise ValueError(
            f"{file} is not the file that it should be\n  SHA-256 got: {got}\n  SHA-256 due: {FASHION_SHA256}\n"
            "Install raisin again."
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        X_train, X_test = (arrays[name][:, None] for name in ("X_train", "X_test"))
        y_train, y_test = (arrays[name].astype(np.int64) for name in ("y_train", "y_test"))
    return Images(X_train, y_train, X_test, y_test, CLOTHES)


def load_cifar10(download: bool = False, path: str | os.PathLike[str] | None = None) -> Images:
    """CIFAR-10: 50,000 and 10,000 pictures in colour, (rows, 3, 32, 32), from the archive for C programs.

    It is looked for at `path`, else in data/ in this folder or above it, else in the student's Drive. `download=True`
    fetches it (170 MB) where it is not there: to `path`, else to data/ in this folder; a fetch that broke off goes on.
    Raises FileNotFoundError where it is not there, ValueError for a file with another SHA-256, before it is read, and
    ConnectionError where it could not be fetched.
    """
    file = Path(path) if path is not None else _kept(Path("data") / cifar.NAME)
    if file is None or not file.is_file():
        if not download:
            place = f"data/{cifar.NAME} in this folder or above it" if path is None else str(path)
            raise FileNotFoundError(
                f"CIFAR-10 is not at {place}. load_cifar10(download=True) fetches it: "
                f"{cifar.SIZE / 1e6:.0f} MB, three minutes at 1 MB/s"
            )
        file = Path("data") / cifar.NAME if file is None else file
        cifar.fetch(file)
    X_train, y_train, X_test, y_test = cifar.read(file)
    return Images(X_train, y_train, X_test, y_test, cifar.KINDS)


def _real() -> Path | None:
    return _kept(REAL)


def _kept(name: Path) -> Path | None:
    # os.path, because a folder that may not be looked into is no reason to stop
    return next((file for folder in _folders() if os.path.isfile(file := folder / name)), None)


def _folders() -> Iterator[Path]:
    """Where data/raisin.csv may lie: here and above, then in the student's Drive if it is connected."""
    here = Path.cwd()
    yield from (here, *here.parents)
    yield places.MOUNT / "MyDrive" / "raisin"


def _read(file: Path, source: str) -> Raisins:
    try:
        text = uci.canonical(file.read_bytes())
    except ValueError as error:
        raise ValueError(f"{file} cannot be read: {error}. {_way_out(source)}") from error
    due = uci.UCI if source == "uci" else uci.SIMULATED
    if (got := uci.digest(text)) != due:
        raise ValueError(f"{uci.differs(str(file), got, due)}\n{_way_out(source)}")
    rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
    X = np.array([[float(entry) for entry in row[:-1]] for row in rows])
    y = np.array([[float(row[-1] == "Besni")] for row in rows])
    return Raisins(X, y, uci.COLUMNS, source)


def _way_out(source: str) -> str:
    again = "Fetch it again with `raisin data`, or delete it" if source == "uci" else "Install raisin again"
    return f"{again}."


def _summary(raisins: Raisins, file: Path | None) -> str:
    counts = f"{len(raisins.X)} rows, {len(raisins.names)} columns; {int(raisins.y.sum())} Besni (1.0)"
    counts += f" and {int((1 - raisins.y).sum())} Kecimen (0.0)"
    if file is not None:
        return f"raisins: {counts}; UCI's Raisin set, checked, from {file}"
    bar = "!" * 88
    return f"""{bar}
SIMULATED RAISINS: {counts}.
These are drawn, not measured: they stand in for UCI's Raisin set, which is not on this machine.
Every number and plot made of them is about simulated raisins. To get the real ones, run
`raisin data` once in a terminal (in a cell: !raisin data), then this cell again.
{bar}"""
