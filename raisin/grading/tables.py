"""CSV files that people made: comma, semicolon or tab, with or without a byte order mark."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from raisin.grading.errors import BadRoster

LARGEST = 20_000_000


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold anything, with their numbers, spaces around entries taken off. Raises BadRoster."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadRoster(f"{path} has {path.stat().st_size // 1_000_000} MB; give a small table")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadRoster(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BadRoster(f"{path} is not UTF-8; save it as 'CSV UTF-8'") from error
    lines = text.splitlines(keepends=True)
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if any(entry.strip() for entry in row):
                yield reader.line_num, [entry.strip() for entry in row]
    except csv.Error as error:
        raise BadRoster(f"{path}, line {reader.line_num}: {error}; save it again as CSV") from error


def entry(row: Sequence[str], k: int | None) -> str:
    """The entry in this column, "" where the line is shorter or there is no such column."""
    return row[k] if k is not None and k < len(row) else ""


def plain(title: str) -> str:
    """A column's title without case, underscores and hyphens."""
    return " ".join(re.sub(r"[_\-]", " ", title).lower().split())
