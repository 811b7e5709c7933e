"""The regular files in what was handed in: folders, zips, zips in zips, single files. Bounded, and nothing is run.

    given path -> folders and zips in it, to any sane depth -> Found (a file on this disk) | Refused (with the reason)

A file of a zip is written to a folder of our own under a name of our own, so that no name in a zip leads anywhere. What
cannot hold a notebook is not unpacked, only named.
"""

import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from raisin.grading import zips
from raisin.grading.errors import is_no_room

LARGEST = 100_000_000  # bytes of a notebook; nbgrader gets none that is larger
MOST_FILES, MOST_IN_ZIP = 50_000, 500  # in one given path; in a zip inside of a zip
MOST_BYTES = (10_000_000_000, 2_000_000_000, 300_000_000)  # unpacked: a given zip, one in a given folder, one in a zip
MOST_CONTENTS = 5_000_000  # bytes of the table of contents of a zip inside of what was given
MOST_RATIO, RATIO_FROM = 200, 10_000_000  # a file that large, packed that well, is made to fill disks
DEEPEST_ZIP, DEEPEST_FOLDER = 3, 12
_MAY_HOLD = (".ipynb", ".json", ".txt", ".html", ".htm", ".url", ".webloc", "")  # a notebook, or a link to one
_IGNORED = ("__MACOSX", "Thumbs.db", "desktop.ini", "timestamp.txt")
_DEVICE = "a link or device, no file; ask for the file"
_BOMB = "unpacked it would be far larger than a notebook ({}); ask for the notebook alone"


@dataclass(frozen=True)
class Part:
    """One step on the way to a file: a folder, a zip or the file; `time`: of a file, where the filesystem or the zip
    around it says so (with zone)."""

    name: str
    time: datetime | None = None
    is_file: bool = False


@dataclass(frozen=True)
class Way:
    """The way to a file from what was given."""

    parts: tuple[Part, ...]

    @property
    def words(self) -> str:
        return "/".join(part.name for part in self.parts)

    @property
    def around(self) -> str:
        """The folder or zip that it lies in, in words."""
        return self.words.rpartition("/")[0]


@dataclass(frozen=True)
class Found(Way):
    """A regular file, and where it lies on this disk (None: not unpacked)."""

    path: Path | None

    @property
    def name(self) -> str:
        return self.parts[-1].name


@dataclass(frozen=True)
class Refused(Way):
    """What was not taken, and what to do."""

    why: str


@dataclass
class _Left:
    """How much more may come."""

    files: int
    bytes: int


def everything(given: Path, room: Path) -> Iterator[Found | Refused]:
    """All that is in `given`; files of zips are unpacked into the folder `room`. A given folder is no part of ways."""
    left = _Left(MOST_FILES, MOST_BYTES[0])
    if given.is_dir():
        yield from _folder(given, (), room, left)
    else:
        yield from _file(given, (), room, left)


def _folder(folder: Path, above: tuple[Part, ...], room: Path, left: _Left) -> Iterator[Found | Refused]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        yield Refused(above or (Part(folder.name),), f"it cannot be read ({error.strerror})")
        return
    for path in entries:
        if _is_junk(path.name):
            continue
        parts = (*above, Part(path.name))
        mode = path.lstat().st_mode
        left.files -= 1
        if left.files < 0:
            yield Refused(parts, f"more than {MOST_FILES} files; collect them in parts")
            return
        if stat.S_ISDIR(mode) and len(parts) > DEEPEST_FOLDER:
            yield Refused(parts, "a folder too deep inside of others; give it by itself")
        elif stat.S_ISDIR(mode):
            yield from _folder(path, parts, room, left)
        else:
            yield from _file(path, above, room, left)


def _file(path: Path, above: tuple[Part, ...], room: Path, left: _Left) -> Iterator[Found | Refused]:
    parts = (*above, Part(path.name, _changed(path), True))
    if not stat.S_ISREG(path.lstat().st_mode):
        yield Refused(parts, _DEVICE)
    elif _is_zip(path.name):
        yield from _zip(path, parts, room, left, 1)
    elif path.stat().st_size > LARGEST and _may_hold(path.name):
        yield Refused(parts, _too_large(path.stat().st_size))
    else:
        yield Found(parts, path if _may_hold(path.name) else None)


def _zip(path: Path, above: tuple[Part, ...], room: Path, left: _Left, depth: int) -> Iterator[Found | Refused]:
    if len(above) > 1 and zips.contents_size(path) > MOST_CONTENTS:
        yield Refused(above, "a zip of far too many files; ask for the notebook alone")
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if depth > 1 and len(members) > MOST_IN_ZIP:
                yield Refused(above, f"a zip of {len(members)} files; ask for the notebook alone")
                return
            most = MOST_BYTES[2 if depth > 1 else 1 if len(above) > 1 else 0]
            inner = _Left(left.files, min(most, left.bytes))
            spared = left.bytes - inner.bytes
            for member in members:
                yield from _member(archive, member, above, room, inner, depth)
                left.files, left.bytes = inner.files, inner.bytes + spared
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        if is_no_room(error):
            raise
        yield Refused(above, f"the zip is damaged ({error}); ask for it again")


def _member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, above: tuple[Part, ...], room: Path, left: _Left, depth: int
) -> Iterator[Found | Refused]:
    names = PurePosixPath(zips.name(member).replace("\\", "/")).parts
    if any(map(_is_junk, (name for name in names if name != ".."))):
        return
    parts = (*above, *map(Part, names[:-1]), Part(names[-1] if names else "?", zips.time(member), True))
    left.files -= 1
    if left.files < 0:
        yield Refused(parts, f"more than {MOST_FILES} files; collect them in parts")
    elif not names or ".." in names or names[0] == "/" or len(names) > DEEPEST_FOLDER:
        yield Refused(parts, "its name leads out of the zip; ask for a zip made in the usual way")
    elif (mode := member.external_attr >> 16) and stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        yield Refused(parts, _DEVICE)
    elif _is_zip(names[-1]) and depth >= DEEPEST_ZIP:
        yield Refused(parts, "a zip in a zip in a zip; ask for the notebook alone")
    elif not _is_zip(names[-1]) and not _may_hold(names[-1]):
        yield Found(parts, None)
    elif refused := _too_much(member, left):
        yield Refused(parts, refused)
    else:
        yield from _unpacked(archive, member, parts, room, left, depth)


def _unpacked(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, parts: tuple[Part, ...], room: Path, left: _Left, depth: int
) -> Iterator[Found | Refused]:
    handle, name = tempfile.mkstemp(dir=room)
    target = Path(name)
    try:
        with open(handle, "wb") as file, archive.open(member) as packed:
            size = 0
            while piece := packed.read(1 << 20):
                size += len(piece)
                if size > LARGEST:  # whatever the zip says of it
                    raise ValueError("too large")
                file.write(piece)
    except RuntimeError:  # zipfile's word for it
        yield Refused(parts, "it is locked with a password; ask for it without")
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, zlib.error) as error:
        yield Refused(parts, f"it cannot be unpacked ({error}); ask for it again")
    else:
        left.bytes -= size
        if (time := parts[-1].time) is not None:
            os.utime(target, (time.timestamp(), time.timestamp()))
        if _is_zip(parts[-1].name):
            yield from _zip(target, parts, room, left, depth + 1)
            target.unlink()
        else:
            yield Found(parts, target)


def _too_much(member: zipfile.ZipInfo, left: _Left) -> str:
    if member.file_size > RATIO_FROM and member.file_size > MOST_RATIO * max(member.compress_size, 1):
        return _BOMB.format(f"{member.file_size // 1_000_000} MB of {member.compress_size // 1_000} kB")
    if member.file_size > LARGEST:
        return _too_large(member.file_size)
    if member.file_size > left.bytes:
        return _BOMB.format("the zip as a whole")
    return ""


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.lstat().st_mtime, UTC)


def _too_large(size: int) -> str:
    return f"the file has {size // 1_000_000} MB; ask for it without its outputs"


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def _may_hold(name: str) -> bool:
    return Path(name).suffix.lower() in _MAY_HOLD


def _is_junk(name: str) -> bool:
    return name.startswith(".") or name in _IGNORED


def times(parts: Sequence[Part], first: int) -> datetime | None:
    """The time of the outermost file from the part `first` on: nothing inside a submission is asked."""
    return next((part.time for part in parts[first:] if part.is_file), None)
