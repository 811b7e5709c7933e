"""CIFAR-10 (Krizhevsky, 2009): fetched on request, resumed where it broke off, checked before a byte of it is read.

    server --pieces--> cifar-10-binary.tar.gz.part --size, SHA-256--> cifar-10-binary.tar.gz --SHA-256--> arrays

The archive for C programs, because it holds bytes and no pickles.
"""

import contextlib
import hashlib
import http.client
import tarfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAME = "cifar-10-binary.tar.gz"
ADDRESS = f"https://www.cs.toronto.edu/~kriz/{NAME}"
SIZE = 170_052_171
SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
KINDS = ("aeroplane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "lorry")
PARTS = {"train": [f"data_batch_{k}.bin" for k in range(1, 6)], "test": ["test_batch.bin"]}
WAIT = 30.0  # seconds without a word from the server
_ROW = 1 + 3 * 32 * 32
_PIECE = 1 << 18


def read(archive: Path) -> list[NDArray[Any]]:
    """X_train, y_train, X_test, y_test: bytes (rows, 3, 32, 32) and labels (rows,).

    Raises ValueError, with both hashes, for a file that is not the archive; nothing in it is looked at before.
    """
    if (got := _digest(archive)) != SHA256:
        raise ValueError(f"{archive} {_differs(got)}\nDelete it, then fetch it again with load_cifar10(download=True).")
    found: list[NDArray[Any]] = []
    with tarfile.open(archive, "r:gz") as files:
        content = {Path(one.name).name: one for one in files if one.isfile() and one.name.endswith(".bin")}
        for names in PARTS.values():
            opened = [files.extractfile(content[name]) for name in names]
            rows = np.frombuffer(b"".join(file.read() for file in opened if file), np.uint8).reshape(-1, _ROW)
            found += [rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0].astype(np.int64)]
    return found


def fetch(target: Path, address: str = ADDRESS) -> None:
    """Put the archive at `target`; what an earlier call got of it, kept in a ``.part`` beside it, is not fetched again.

    Says how much there is to fetch, how long it will take, and how far it is. Raises ConnectionError (call again, it
    goes on where it broke off), ValueError for other content (nothing is kept), OSError where it cannot be written.
    """
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    begun = part.stat().st_size if part.is_file() else 0
    if begun > SIZE:
        part.unlink()
        begun = 0
    if begun < SIZE:
        minutes = (SIZE - begun) / 60e6
        there = f" ({_mb(begun)} are there from before)" if begun else ""
        print(f"CIFAR-10: {_mb(SIZE - begun)} to fetch{there}: {minutes:.0f} min at 1 MB/s, a tenth of that at 10 MB/s")
        try:
            _append(part, begun, address)
        except (OSError, http.client.HTTPException) as error:
            if getattr(error, "filename", None) == str(part):  # the disk's, not the network's
                raise
            had = part.stat().st_size if part.is_file() else 0
            raise ConnectionError(
                f"CIFAR-10 was not fetched from {address}: {_words(error)}\n"
                f"{_mb(had)} of {_mb(SIZE)} are kept in {part}: call again, and it goes on from there"
            ) from error
    if (got := _digest(part)) != SHA256:
        part.unlink()
        raise ValueError(f"what {address} gave {_differs(got)}\nNothing was kept.")
    part.replace(target)
    print(f"{target}: CIFAR-10, checked")


def _append(part: Path, begun: int, address: str) -> None:
    """Fetch what follows the first `begun` bytes; all of it, from the beginning, where the server cannot do that."""
    request = urllib.request.Request(address, headers={"User-Agent": "raisin", "Range": f"bytes={begun}-"})
    start, told = time.monotonic(), 0.0
    with urllib.request.urlopen(request, timeout=WAIT) as answer:
        goes_on = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {begun}-")
        size = begun if goes_on else 0
        fetched = 0
        with part.open("ab" if goes_on else "wb") as file:
            while piece := answer.read1(_PIECE):
                file.write(piece)
                fetched += len(piece)
                passed = time.monotonic() - start
                if size + fetched > SIZE:
                    break  # it is something else, as the hash will show
                if passed - told > 5.0:
                    told = passed
                    left = (SIZE - size - fetched) * passed / fetched
                    print(f"  {_mb(size + fetched)} of {_mb(SIZE)}, about {left:.0f} s left", flush=True)
    if size + fetched < SIZE:
        raise ConnectionError("it broke off")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _differs(got: str) -> str:
    return f"is not CIFAR-10's archive\n  SHA-256 got: {got}\n  SHA-256 due: {SHA256}"


def _words(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        with contextlib.closing(error):
            return f"the server answered {error.code} {error.reason}"
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    return f"no word for {WAIT:g} seconds" if isinstance(reason, TimeoutError) else str(reason) or type(reason).__name__


def _mb(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
