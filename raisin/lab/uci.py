"""UCI's Raisin set as text: read from CSV, ARFF or the zip around it, in one canonical form with one content hash.

The canonical form: the header, then a line a raisin with every number as ``%.9g`` and the class as it is called,
fields separated by commas, every line ended by LF. So the hash does not depend on the file that the rows came in.
"""

import csv
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator

COLUMNS = ("Area", "MajorAxisLength", "MinorAxisLength", "Eccentricity", "ConvexArea", "Extent", "Perimeter")
CLASSES = ("Kecimen", "Besni")
HEADER = (*COLUMNS, "Class")
# SHA-256 of the canonical form: of UCI's rows (id 850), and of the drawn rows in data/raisin_simulated.csv.
UCI = "86b6f5782801fdfc95e77152078a364eb29842f330d638a8d99d32c175e7b084"
SIMULATED = "73a475fd2dc8e5821a825cd9778fc3c2eb99ae9196e5a41fe6357ad78f9f1ed6"
# Far above what the set needs (its zip has 0.1 MB); a file that says it is larger is not unpacked.
LARGEST = 20_000_000


def canonical(content: bytes, depth: int = 3) -> str:
    """The rows in `content`, which may be a CSV, an ARFF or a zip (of zips, down to `depth`) with an ARFF or CSV in it.

    Raises ValueError, which says what is wrong, when the content cannot be read as a table of raisins.
    """
    if content.startswith(b"PK"):
        if not depth:
            raise ValueError("it is a zip in a zip in a zip in a zip")
        return canonical(_unpacked(content), depth - 1)
    # A description in the comments may hold anything; the rows are ASCII.
    text = content.decode("utf-8-sig", errors="replace")
    try:
        table = _table(text)
    except csv.Error as error:
        raise ValueError(f"it is no table ({error})") from error
    if not table:
        raise ValueError("it is empty")
    places = _places(table[0])
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_rows(table[1:], places))
    return out.getvalue()


def digest(text: str) -> str:
    """The content hash: SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def differs(name: str, got: str, due: str) -> str:
    """What is said of a file whose content is not the one that is due: both hashes."""
    return f"{name} does not hold the rows it should\n  content hash got: {got}\n  content hash due: {due}"


def _unpacked(content: bytes) -> bytes:
    """The ARFF, else the CSV, else the zip that lies in a zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for ending in (".arff", ".csv", ".zip"):
                for member in archive.infolist():
                    hidden = member.filename.startswith("__MACOSX") or member.file_size > LARGEST
                    if member.filename.lower().endswith(ending) and not hidden:
                        return archive.read(member)
            names = ", ".join(archive.namelist()) or "nothing"
    # zlib.error and EOFError come from a member that was cut off; the others from what cannot be unpacked at all
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise ValueError(f"it is a damaged zip ({error})") from error
    raise ValueError(f"it is a zip without the data: it holds {names}")


def _table(text: str) -> list[list[str]]:
    """The names of the columns, then the rows, of a CSV or of an ARFF (Attribute-Relation File Format)."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("%")]
    data = next((number for number, line in enumerate(lines) if line.lower().startswith("@data")), None)
    if data is None:
        return list(csv.reader(lines))
    declared = [line.split(maxsplit=2)[1:2] for line in lines[:data] if line.lower().startswith("@attribute")]
    return [[name.strip("'\"") for entry in declared for name in entry], *csv.reader(lines[data + 1 :])]


def _places(names: Iterable[str]) -> list[int]:
    """Where the columns stand, in our order."""
    there = [name.strip().lower() for name in names]
    missing = [name for name in HEADER if name.lower() not in there]
    if missing:
        raise ValueError(f"it has no column {', '.join(missing)}")
    return [there.index(name.lower()) for name in HEADER]


def _rows(table: Iterable[list[str]], places: list[int]) -> Iterator[list[str]]:
    for number, row in enumerate(table, start=1):
        try:
            *numbers, name = (row[place].strip().strip("'\"") for place in places)
            yield [*(f"{float(entry):.9g}" for entry in numbers), name]
        except (ValueError, IndexError):
            raise ValueError(f"row {number} has no seven numbers and a class: {','.join(row)[:80]}") from None
