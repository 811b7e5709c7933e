"""Who hands a notebook in: what its cell `students` says. Read for handing in, grading and printing, never run."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST_NAME = 80
MOST = 3  # people who hand in one notebook
EXAMPLE = '("Family name, given name", "course id")'


@dataclass(frozen=True)
class Member:
    """One entry of the `students` cell: the name and the course id, as typed."""

    name: str
    student: str


def members(sources: Iterable[str]) -> tuple[Member, ...]:
    """Everybody whom the first of these cells that assigns a plain list to `students` names; () where none does."""
    for source in sources:
        value = _assigned(source)
        if value is not None:
            return tuple(member for entry in value if (member := _member(entry)) is not None)
    return ()


def wrong(sources: Iterable[str]) -> tuple[str, ...]:
    """What a student must still do in the `students` cell, in words; () where everybody is named."""
    value = next((value for source in sources if (value := _assigned(source)) is not None), None)
    if value is None:
        return (f"it holds no list that can be read; one line a person: students = [{EXAMPLE}]",)
    entries = [_member(entry) if _is_pair(entry) else entry for entry in value]
    entries = [entry for entry in entries if entry is not None]
    if not entries:
        return (f"your names are missing; one line a person: {EXAMPLE}",)
    lines = []
    for entry in entries:
        if not isinstance(entry, Member):
            lines.append(f"{_short(entry)} is no person; write {EXAMPLE}")
        elif not entry.name or not entry.student:
            lines.append(f"{entry.name or entry.student}: the {'course id' if entry.name else 'name'} is missing")
        elif {entry.name.casefold(), entry.student.casefold()} & _PLACEHOLDERS:
            lines.append(f"{_short((entry.name, entry.student))} is the example; write your own name and course id")
    ids = [entry.student for entry in entries if isinstance(entry, Member) and entry.student]
    lines += [f"the course id {student} is there twice" for student in sorted({i for i in ids if ids.count(i) > 1})]
    if len(entries) > MOST:
        lines.append(f"{len(entries)} people are named; at most {MOST} hand in one notebook")
    return tuple(lines)


_PLACEHOLDERS = {"family name, given name", "course id"}


def _short(entry: object) -> str:
    return printable(repr(entry))[:LONGEST_NAME]


def _is_pair(entry: object) -> bool:
    return isinstance(entry, tuple | list) and len(entry) == 2 and all(isinstance(word, str) for word in entry)


def _assigned(source: str) -> Sequence[object] | None:
    """What a cell assigns to `students`, where that is a plain list."""
    if "students" not in source:
        return None
    try:
        for node in ast.parse(source).body:
            if isinstance(node, ast.Assign) and "students" in (getattr(target, "id", "") for target in node.targets):
                value = ast.literal_eval(node.value)
                return value if isinstance(value, list | tuple) else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return None


def _member(entry: object) -> Member | None:
    if not (isinstance(entry, tuple | list) and _is_pair(entry)):
        return None
    name, student = (" ".join(printable(word).split())[:LONGEST_NAME] for word in entry)
    return Member(name, student) if name or student else None


def printable(word: str) -> str:
    """On one line and without control characters: a name or a file may hold anything."""
    return "".join(char if char.isprintable() else " " for char in word)
