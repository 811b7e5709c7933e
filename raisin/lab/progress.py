"""`progress`: what is done of a notebook, task by task, as far as this kernel and the saved notebook know.

It counts the checks that can be seen. The hidden ones are said to exist, and nothing is promised about them.
"""

import html
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from raisin.lab import framework, history, opened, places, session
from raisin.lab.framework import Part
from raisin.lab.history import Found
from raisin.lab.overview import Overview, Task
from raisin.students import members, wrong

COLUMNS = ("task", "points", "checks passed here", "still blank", "kept for the next notebook")
HIDDEN = (
    "These are the checks that you can see. At grading more of the same kind run, with other numbers; "
    "answers in words are read by a person."
)
# No colours: a notebook may be dark. Left, because a column holds words.
_STYLE = 'style="text-align: left; padding: 0.2em 1.2em 0.2em 0"'


@dataclass(frozen=True)
class Row:
    """What is known of one task. `passed` of `checks` that can be seen; `old` of these passed on earlier answers."""

    title: str
    points: float
    bonus: bool
    passed: int
    checks: int
    old: int = 0
    blank: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The row as it is shown, one text for each of COLUMNS."""
        share = f"{self.passed} of {self.checks}" if self.checks else "-"
        share += " ✓" if self.passed == self.checks and self.checks and not self.old else ""
        share += f" ({self.old} before your last change)" if self.old else ""
        points = f"{self.points:g}" + (" bonus" if self.bonus else "")
        return self.title, points, share, ", ".join(self.blank) or "-", ", ".join(self.kept) or "-"


@dataclass(frozen=True)
class Progress:
    """The table; a notebook shows it as HTML, everything else as text. `notes` stand below it."""

    notebook: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[tuple[str, ...], ...]:
        """Head, rows and total; without the last column where no part is kept (01 and 07 have none)."""
        end = len(COLUMNS) if any(row.kept for row in self.rows) else -1
        return tuple(line[:end] for line in (COLUMNS, *(row.words for row in self.rows), self.total))

    @property
    def total(self) -> tuple[str, ...]:
        """The last line: all tasks together."""
        points, bonus = (sum(row.points for row in self.rows if row.bonus is kind) for kind in (False, True))
        share = f"{sum(row.passed for row in self.rows)} of {sum(row.checks for row in self.rows)}"
        blank = str(sum(len(row.blank) for row in self.rows))
        return "all tasks", f"{points:g}" + (f" + {bonus:g} bonus" if bonus else ""), share, blank, ""

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.lines, strict=True)]
        table = ["  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)) for line in self.lines]
        table.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([self.notebook, *(line.rstrip() for line in table), *self.notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        def line(words: Iterable[str], rest: str, scope: str) -> str:
            first, *others = (html.escape(word) for word in words)
            cells = "".join(f"<{rest} {_STYLE}>{word}</{rest.split()[0]}>" for word in others)
            return f'<tr><th scope="{scope}" {_STYLE}>{first}</th>{cells}</tr>'

        first, *rows, last = self.lines
        head, total = line(first, 'th scope="col"', "col"), line(last, "th", "row")
        body = "".join(line(row, "td", "row") for row in rows)
        caption = f"<caption {_STYLE}>{html.escape(self.notebook)}</caption>"
        table = f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody><tfoot>{total}</tfoot></table>"
        return table + "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)


def progress(notebook: str | os.PathLike[str] | None = None) -> Progress | None:
    """The table of this notebook; nothing at grading. `notebook`: its file, where it is not found by itself.

    Says what is missing instead of raising an error.
    """
    current = session.current()
    if places.nobody_looks(current.place if current is not None else None):
        return None
    if current is None:
        print("lab.progress() needs the first cell of the notebook: run it, with its lab.start(...).")
        return None
    try:
        here = opened.find(current.notebook, current.namespace, notebook)
    except (LookupError, ValueError) as error:
        print(str(error).replace("lab.submit(", "lab.progress("))
        return None
    notes = [HIDDEN]
    if late := here.unsaved():
        notes.append(f"Save the notebook to see all of it here: {len(late)} cell(s) ran that the file does not hold.")
    return table(current.notebook, here.overview, history.found, current.parts.values(), notes)


def table(
    notebook: str,
    overview: Overview,
    found: Mapping[str, Found],
    parts: Iterable[Part] | None = None,
    notes: Sequence[str] = (HIDDEN,),
) -> Progress:
    """The table from what checks found and which parts were kept; without `parts`, nothing is said of those."""
    kept = {part.name: part.source for part in parts} if parts is not None else None
    rows = tuple(_row(task, found, kept) for task in overview.tasks)
    troubles = wrong(overview.code)
    who = f"names: {'; '.join(member.name for member in members(overview.code))}"
    return Progress(notebook, rows, (*notes, f"cell students: {troubles[0]}" if troubles else who))


def _row(task: Task, found: Mapping[str, Found], kept: Mapping[str, str] | None) -> Row:
    passed = old = checks = 0
    for test in (cell for cell in task.cells if cell.role == "test"):
        good = [found[what] for what in test.checks if what in found and found[what].passed]
        checks += len(test.checks)
        passed += len(good)
        if kept is not None:
            old += sum(not history.is_current(check, task.answers_before(test)) for check in good)
    names = tuple(cell.name for cell in task.blank)
    return Row(task.title, task.points, task.bonus, passed, checks, old, names, _kept(task, kept or {}))


def _kept(task: Task, kept: Mapping[str, str]) -> tuple[str, ...]:
    """The framework parts of a task that are kept, each with a word where it is not the one that stands there."""
    said = []
    for cell in task.cells:
        name = framework.part_name(cell.text) if cell.role == "answer" else None
        if name in kept and name is not None:
            now = framework.without_magics(cell.text)
            said.append(name if history.same(now) == history.same(kept[name]) else f"{name} (an earlier version)")
    return tuple(said)
