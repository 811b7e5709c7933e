"""What zipfile leaves out: names as they were meant, times with their zone, and how much opening a zip would take."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path


def contents_size(path: Path) -> int:
    """Bytes of a zip's table of contents, as its end says: zipfile would read all of it into memory."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - (1 << 16) - 22, 0))
        end = file.read()
    at = end.rfind(b"PK\x05\x06")
    return int.from_bytes(end[at + 12 : at + 16], "little") if at >= 0 else 0


def name(member: zipfile.ZipInfo) -> str:
    """As it was meant: zipfile reads a name as of 1981 unless told that it is UTF-8, and few tell."""
    if not member.flag_bits & 0x800:
        try:
            return member.filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return member.filename


def time(member: zipfile.ZipInfo) -> datetime | None:
    """The time of a zip's entry: in UTC where the packer wrote it, else by this machine's clock."""
    extra = member.extra
    while len(extra) >= 4:
        kind, size = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if kind == 0x5455 and size >= 5 and extra[4] & 1:
            return datetime.fromtimestamp(int.from_bytes(extra[5:9], "little", signed=True), UTC)
        extra = extra[4 + size :]
    try:
        return datetime(*member.date_time).astimezone()
    except (ValueError, OverflowError):
        return None
