"""A small Canvas: exports its gradebook and imports one again, by the rules of its published importer and exporter.

https://github.com/instructure/canvas-lms, lib/gradebook_importer.rb and lib/gradebook_exporter.rb: which delimiter and
columns are taken, who is matched by what, what a number is, when a cell changes anything. Written anew, from the rules.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

READ_ONLY = ("Current Score", "Unposted Current Score", "Final Score", "Unposted Final Score")
_TOTALS = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")


@dataclass(frozen=True)
class User:
    number: int
    sortable: str
    sis: str = ""
    login: str = ""

    @property
    def name(self) -> str:
        return " ".join(reversed(self.sortable.split(", ")))


@dataclass
class Assignment:
    number: int
    title: str
    possible: float = 10.0

    @property
    def whole(self) -> str:
        return f"{self.title} ({self.number})"


@dataclass
class Imported:
    """What an import would do: cells (user, assignment) -> (old, new), and what Canvas would ask about."""

    changes: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    new_assignments: list[str] = field(default_factory=list)
    new_students: list[str] = field(default_factory=list)
    possible: dict[int, float] = field(default_factory=dict)


class InvalidHeaderRow(ValueError):
    """Canvas's own word for a file that it does not take."""


@dataclass
class Canvas:
    users: Sequence[User]
    assignments: Sequence[Assignment]
    scores: dict[tuple[int, int], str] = field(default_factory=dict)

    def exported(
        self, delimiter: str = ",", bom: bool = False, sis: bool = True, hidden: bool = False, comma: bool = False
    ) -> bytes:
        """The gradebook as Canvas writes it; `comma`: a user whose language has a decimal comma."""
        info = ["Student", "ID", *(["SIS User ID"] if sis else []), "SIS Login ID", "Section"]
        rows = [[*info, *(one.whole for one in self.assignments), *READ_ONLY]]
        blank = [""] * (len(info) - 1)
        if hidden:
            rows.append(["", *blank, *("Manual Posting" for _ in self.assignments), *("" for _ in READ_ONLY)])
        possible = [f"{one.possible:.2f}" for one in self.assignments]
        rows.append(["    Points Possible", *blank, *possible, *("(read only)" for _ in READ_ONLY)])
        for user in self.users:
            name = f'="{user.sortable}"' if re.match(r"\s*=", user.sortable) else user.sortable
            ids = [str(user.number), *([user.sis] if sis else []), user.login, "Section 1"]
            scores = [self._shown(self.scores.get((user.number, one.number), "")) for one in self.assignments]
            rows.append([name, *ids, *scores, *("12.34" for _ in READ_ONLY)])
        if comma:
            rows = [
                [value.replace(".", ",") if re.fullmatch(r"\d+\.\d\d", value) else value for value in r] for r in rows
            ]
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
        return (b"\xef\xbb\xbf" if bom else b"") + out.getvalue().encode()

    @staticmethod
    def _shown(score: str) -> str:
        return score if score in ("", "EX", "N/A") else f"{Decimal(score):.2f}"

    def imported(self, data: bytes) -> Imported:
        """What Canvas would make of this file. Raises InvalidHeaderRow."""
        text = data.decode("utf-8-sig")
        delimiter = _delimiter(text)
        kept = "".join(
            line for line in text.splitlines(keepends=True) if not re.fullmatch(r"[;, ]+", line.strip("\r\n"))
        )
        header, *rows = (
            [_number(value) for value in row] for row in csv.reader(io.StringIO(kept), delimiter=delimiter)
        )
        places = self._places(header)
        found = Imported()
        columns = {}
        for place in range(places["first"], len(header)):
            if _TOTALS.search(header[place]):
                continue
            assignment = self._assignment(header[place])
            if assignment is None:
                found.new_assignments.append(header[place])
            else:
                columns[header.index(header[place])] = assignment
        read_only: set[int] = set()
        for row in rows:
            row += [""] * (len(header) - len(row))
            if "Points Possible" in row[0]:
                read_only = {place for place in columns if "read only" in row[place]}
                for place, one in columns.items():
                    if row[place] and place not in read_only and float(row[place]) != one.possible:
                        found.possible[one.number] = float(row[place])
            elif not all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", value, re.IGNORECASE) for value in row):
                user = self._user(row, places)
                if user is None:
                    found.new_students.append(row[0])
                    continue
                for place, one in columns.items():
                    old, new = self.scores.get((user.number, one.number), ""), row[place].strip()
                    if place not in read_only and not _same(old, new):
                        found.changes[user.number, one.number] = (old, new)
        return found

    @staticmethod
    def _places(header: Sequence[str]) -> dict[str, int]:
        if len(header) <= 3 or "Student" not in header[0] or "ID" not in header[1]:
            raise InvalidHeaderRow(header)
        places = {"first": 3}
        if re.search(r"SIS\s+Login\s+ID", header[2]):
            places |= {"login": 2, "first": 4}
        elif re.search(r"SIS\s+User\s+ID", header[2]) and re.search(r"SIS\s+Login\s+ID", header[3]):
            places |= {"sis": 2, "login": 3, "first": 5}
        if "Section" not in header[places["first"] - 1]:
            raise InvalidHeaderRow(header)
        return places

    def _assignment(self, head: str) -> Assignment | None:
        numbered = re.fullmatch(r"(.*)\s\((\d+)\)", head)
        by_number = {one.number: one for one in self.assignments}
        if numbered and int(numbered[2]) in by_number:
            return by_number[int(numbered[2])]
        return next((one for one in self.assignments if one.title == head), None)

    def _user(self, row: Sequence[str], places: dict[str, int]) -> User | None:
        def having(what: str, value: str) -> User | None:
            return next((user for user in self.users if value and str(getattr(user, what)) == value), None)

        sis, login = (row[places[name]] if name in places else "" for name in ("sis", "login"))
        by_id = having("number", row[1]) or having("sis", sis) or having("login", login)
        return by_id or having("name", row[0]) or having("sortable", row[0])

    def take(self, done: Imported) -> None:
        """Go through with an import."""
        for cell, (_, new) in done.changes.items():
            self.scores[cell] = new


def _delimiter(text: str) -> str:
    counts = {}
    for delimiter in ";,":
        sizes = {len(next(csv.reader([line], delimiter=delimiter), [])) for line in text.splitlines()[:3]}
        counts[delimiter] = sizes.pop() if len(sizes) == 1 else 0
    return ";" if counts[";"] > counts[","] else ","


def _number(value: str) -> str:
    """A pure number: its last point or comma is the decimal one, all others go."""
    if not re.fullmatch(r"-?[0-9.,]+%?", value):
        return value
    *before, last = re.split("[.,]", value)
    return f"{''.join(before)}.{last}" if before else last


def _same(old: str, new: str) -> bool:
    if old == new or (old in ("", "-") and new in ("", "-")):
        return True
    if not old or not new or "EX" in (old.upper(), new.upper()):
        return False
    return _rounded(old) == _rounded(new)


def _rounded(value: str) -> str:
    plain = re.fullmatch(r"-?\d+(\.\d*)?", value)
    return str(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP)) if plain else value
