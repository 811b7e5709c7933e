"""What of a course must not be in anything that people get to see, and whether it is in there.

Secret for everybody is what the source has and the release has not: hidden tests, solutions, mark schemes. Secret for
a student, too, is what was due, and who the others are. What a student wrote or printed alone is no leak of ours.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SHORTEST = 14  # characters without blanks; a shorter line (`return loss`) may be anybody's own
_NAME = re.compile(r'"(?!"").*",?')  # a line of its own: what a check is called, which everybody may read
_NUMBER = re.compile(r"-?\d+\.\d{4,}(?:e[+-]?\d+)?")


def squeezed(text: str) -> str:
    """Without blanks and the marks of wrapped lines: where lines end is the printer's business."""
    return re.sub(r"[\s↪]+", "", text)


def sources(notebook: Path) -> Iterator[str]:
    yield from ("".join(cell["source"]) for cell in _cells(notebook))


def lines_of_the_grader(source: Path, release: Path) -> frozenset[str]:
    """Squeezed lines that stand in the source and nowhere in the release."""
    released = squeezed("\n".join(sources(release)))
    found = {
        squeezed(line) for text in sources(source) for line in text.splitlines() if not _NAME.fullmatch(line.strip())
    }
    return frozenset(line for line in found if len(line) >= SHORTEST and line not in released)


def numbers_due(graded: Path) -> frozenset[str]:
    """The numbers that only the expected side of a failed check has, as the messages in a graded notebook say them."""
    due: set[str] = set()
    other: set[str] = set()
    for cell in _cells(graded):
        for check in cell["metadata"].get("raisin", {}).get("checks", ()):
            for line in "\n".join(check["lines"]).splitlines():
                before, word, after = line.partition("due")
                other.update(_NUMBER.findall(before))
                (due if word else other).update(_NUMBER.findall(after))
    return frozenset(due - other)


def own(handed_in: Path, graded: Path) -> str:
    """Squeezed: what a student wrote, and what cells without tests printed when they were run."""
    printed = [
        json.dumps(cell.get("outputs", ()), ensure_ascii=False)
        for cell in _cells(graded)
        if not cell["metadata"].get("nbgrader", {}).get("grade")
    ]
    return squeezed("\n".join([*sources(handed_in), *printed]))


def found(text: str, secrets: Iterable[str], own: str = "") -> list[str]:
    """Those of the secrets that stand in `text`, and not in what was somebody's own."""
    where = squeezed(text)
    return sorted(secret for secret in secrets if squeezed(secret) in where and squeezed(secret) not in own)


def _cells(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return cells
