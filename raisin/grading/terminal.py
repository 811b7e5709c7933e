"""How tables and lines reach the terminal: names written by students are shown as text, never read as markup."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Where there is no terminal (a file, a pipe) nothing may be cut off at 80 columns.
PLAIN_WIDTH = 160


def console() -> Console:
    """Standard output: as wide as the terminal, else wide enough for a table."""
    ours = Console(highlight=False)
    return ours if ours.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


def printable(text: str) -> str:
    """`text` on one line and without control characters (a file name or a name may hold anything)."""
    return "".join(char if char.isprintable() else " " for char in text)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[str] = ()) -> Table:
    """A table of plain text; the columns in `right` are set flush right."""
    result = Table(title=title, title_justify="left")
    for column in columns:
        result.add_column(column, justify="right" if column in set(right) else "left", overflow="fold")
    for row in rows:
        result.add_row(*(Text(printable(entry)) for entry in row))
    return result
