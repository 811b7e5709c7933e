"""What an instructor wrote for the grader only: hidden tests and mark schemes are cut out of every printout."""

import re
from collections.abc import Iterable

_REGION = re.compile(
    r"^[^\n]*[#=]+\s*BEGIN\s+(HIDDEN\s+TEST|MARK\s+SCHEME)S?\b.*?(?:^[^\n]*[#=]+\s*END\s+\1S?\b[^\n]*(?:\n|\Z)|\Z)",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_ESCAPES = re.compile(r"\x1b\[[0-9;:]*m")
SHORTEST = 10  # characters; a shorter line says nothing (`return`, `)`)
LEFT_OUT = "[a line of the tests is left out]"


def without(source: str) -> str:
    """A cell's source without its hidden regions; one that is not closed goes to the end of the cell."""
    return _REGION.sub("", source) if "BEGIN" in source.upper() else source


def lines(sources: Iterable[str]) -> frozenset[str]:
    """The lines that stand in hidden regions and nowhere else."""
    hidden: set[str] = set()
    shown: set[str] = set()
    for source in sources:
        left = without(source)
        shown.update(line.strip() for line in left.splitlines())
        if left != source:
            hidden.update(line.strip() for found in _REGION.finditer(source) for line in found[0].splitlines())
    return frozenset(line for line in hidden - shown if len(line) >= SHORTEST)


def without_lines(text: str, hidden: frozenset[str]) -> str:
    """An output without these lines, also where a traceback numbers and colours them."""
    if not hidden:
        return text
    kept = []
    for line in text.split("\n"):
        plain = _ESCAPES.sub("", line)
        kept.append(LEFT_OUT if any(secret in plain for secret in hidden) else line)
    return "\n".join(kept)
