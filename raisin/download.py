"""``raisin data``: UCI's Raisin set, fetched or taken from a given file, checked, and kept as data/raisin.csv.

UCI's zip, else UCI's CSV --fetch--> bytes --uci.canonical--> rows --content hash--> data/raisin.csv

Only what has the one content hash is kept, always in the canonical form: the same bytes, whichever way they came.
"""

import errno
import http.client
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from raisin import __version__
from raisin.grading.course import CONFIG
from raisin.grading.errors import RaisinError
from raisin.lab import datasets, places, uci

ADDRESSES = (
    "https://archive.ics.uci.edu/static/public/850/raisin.zip",
    "https://archive.ics.uci.edu/static/public/850/data.csv",
)
SECONDS = 30.0  # without a word from the server, and for the whole file
CITATION = "Cinar, Koklu & Tasdemir (2020), Raisin, UCI Machine Learning Repository, doi 10.24432/C5660T, CC BY 4.0"
NO_NETWORK = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)


SIMULATED = "The notebooks go on with simulated raisins, and say so"


class NotFetched(RaisinError, ConnectionError):
    """No address gave a table: no network, or a server that does not answer, or half a file."""


class NotTheRaisins(RaisinError, ValueError):
    """A file was read, and it does not hold UCI's 900 rows; or it cannot be read at all."""


class NoSuchFile(RaisinError, FileNotFoundError):
    """A file was named that is not there."""


class NotKept(RaisinError, OSError):
    """The file cannot be written where it belongs."""


def obtain(given: Path | None, start: Path) -> str:
    """Put the set where the notebooks in and under `start` find it; what happened, in words.

    Raises NotFetched, NotTheRaisins (with both content hashes), NoSuchFile and NotKept; then nothing was replaced.
    """
    target = place(start)
    if given is None and _is_good(target):
        return f"{target} is already there, and is UCI's Raisin set"
    if given is not None:
        text, origin = _checked(str(given), _read(given)), str(given)
    else:
        damaged = (
            f"{target} is there but is not UCI's Raisin set: the notebooks stop at it until it is replaced or deleted"
        )
        text, origin = download(ADDRESSES, SECONDS, damaged if target.is_file() else SIMULATED)
    _keep(text, target)
    return f"{target}: UCI's Raisin set, 900 rows, checked; from {origin}\n{CITATION}"


def place(start: Path) -> Path:
    """Where data/raisin.csv is kept: in the course or in the students' unpacked zip that `start` lies in; else in the
    student's Drive, where it is connected; else in `start`."""
    for folder in (start, *start.parents):
        if (folder / CONFIG).is_file() or (folder / "data" / datasets.SIMULATED).is_file():
            return folder / datasets.REAL
    drive = places.MOUNT / "MyDrive"
    return (drive / "raisin" if drive.is_dir() else start) / datasets.REAL


def download(addresses: Sequence[str], seconds: float, meanwhile: str = SIMULATED) -> tuple[str, str]:
    """The rows in canonical form, and the address that gave them: the first one at which a table can be read.

    `meanwhile` says what the notebooks do as long as there is none.
    A table with another content hash ends the search: NotTheRaisins. Raises NotFetched when no address gives a table.
    """
    failures = []
    for address in addresses:
        try:
            text = uci.canonical(fetch(address, seconds))
        except (OSError, http.client.HTTPException, ValueError) as error:
            failures.append(f"  {address}: {_words(error, seconds)}")
            continue
        return _checked(address, text), address
    tried = "\n".join(failures)
    raise NotFetched(
        f"UCI's Raisin set was not fetched\n{tried}\n{meanwhile}. Try again later, or fetch the file with a browser "
        "and name it here: raisin data FILE"
    )


def fetch(address: str, seconds: float) -> bytes:
    """What is at an address. `seconds` limits each wait and, checked between pieces, the whole.

    Raises OSError (TimeoutError among them), http.client.HTTPException, or ValueError for a file that is far too large.
    """
    end = time.monotonic() + seconds
    request = urllib.request.Request(address, headers={"User-Agent": f"raisin/{__version__}"})
    content = bytearray()
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            due = answer.length  # as announced; None where the server did not say
            while piece := answer.read1(1 << 16):
                content += piece
                if time.monotonic() > end:
                    raise TimeoutError
                if len(content) > uci.LARGEST:
                    raise ValueError(f"it is larger than {uci.LARGEST} bytes")
    except urllib.error.HTTPError as error:
        with error:  # it holds the connection
            raise ConnectionError(f"the server answered {error.code} {error.reason}") from None
    if due is not None and len(content) < due:
        raise ConnectionError(f"it broke off after {len(content)} of {due} bytes")
    return bytes(content)


def _keep(text: str, target: Path) -> None:
    temporary = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(text.encode("ascii"))
        temporary.replace(target)
    except OSError as error:
        raise NotKept(f"{target} cannot be written: {error.strerror or error}") from error


def _words(error: Exception, seconds: float) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return f"not there within {seconds:g} seconds"
    if isinstance(reason, socket.gaierror) or getattr(reason, "errno", None) in NO_NETWORK:
        return f"no network ({reason})"
    return str(reason) or type(reason).__name__


def _checked(name: str, text: str) -> str:
    if (got := uci.digest(text)) != uci.UCI:
        raise NotTheRaisins(f"{uci.differs(name, got, uci.UCI)}\nNothing was kept.")
    return text


def _read(path: Path) -> str:
    try:
        return uci.canonical(path.read_bytes())
    except FileNotFoundError as error:
        raise NoSuchFile(f"there is no file {path}") from error
    except (OSError, ValueError) as error:
        raise NotTheRaisins(f"{path} cannot be read: {error}; give UCI's raisin.zip, its ARFF or its CSV") from error


def _is_good(path: Path) -> bool:
    try:
        return uci.digest(uci.canonical(path.read_bytes())) == uci.UCI
    except (OSError, ValueError):
        return False
