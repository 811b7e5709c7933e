"""What a written answer earns its points for: the marking scheme in the source's own cell. Pure.

A cell that a person grades holds a model answer, then the scheme, a line for each thing that earns points, then notes:

    ### BEGIN MARK SCHEME
    - 0.5 for the diagnosis: the sum holds every graph
    - 0.5 for the cure: add plain numbers

    "Use less memory" without a reason earns nothing.
    ### END MARK SCHEME

In a cell of code that a person grades, each line of the scheme may begin with a hash.
"""

import re
from dataclasses import dataclass

_BEGINS = re.compile(r"^### BEGIN MARK SCHEME *$", re.MULTILINE)
_REGION = re.compile(r"^### BEGIN MARK SCHEME *$\n(.*?)^### END MARK SCHEME *$\n?", re.DOTALL | re.MULTILINE)
_SOLUTION = re.compile(r"^\s*### (?:BEGIN|END) SOLUTION *\n?", re.MULTILINE)
_CRITERION = re.compile(r"^- (\d+(?:\.\d+)?) (?:points? )?for (.+)$")


@dataclass(frozen=True)
class Criterion:
    """One thing that earns points; `words` are Markdown."""

    points: float
    words: str


@dataclass(frozen=True)
class Rubric:
    """`answer` is the source's own, `notes` what else a grader should know; both are Markdown."""

    criteria: tuple[Criterion, ...]
    notes: str
    answer: str

    @property
    def points(self) -> float:
        return sum(criterion.points for criterion in self.criteria)


def read(source: str) -> Rubric:
    """The rubric of a source cell; without criteria where the cell has no marking scheme."""
    criteria: list[Criterion] = []
    notes: list[str] = []
    for region in _REGION.findall(source):
        for line in (re.sub(r"^# ?", "", line) for line in region.splitlines()):
            if found := _CRITERION.match(line):
                criteria.append(Criterion(float(found[1]), found[2].strip()))
            elif criteria and line.startswith("  ") and line.strip() and not notes:
                criteria[-1] = Criterion(criteria[-1].points, f"{criteria[-1].words} {line.strip()}")
            elif line.strip() or notes:
                notes.append(line)
    return Rubric(tuple(criteria), "\n".join(notes).strip(), _SOLUTION.sub("", _REGION.sub("", source)).strip())


def complaint(source: str, points: float) -> str:
    """What is wrong with the scheme of a cell that is worth so much; "" where nothing is, or there is none."""
    if len(_BEGINS.findall(source)) != len(_REGION.findall(source)):
        return "its marking scheme is not closed: ### END MARK SCHEME"
    found = read(source)
    if _BEGINS.search(source) and not found.criteria:
        return "its marking scheme has no line like `- 0.5 for the reason`"
    if found.criteria and abs(found.points - points) > 1e-9:
        return f"it is worth {points:g} points, its marking scheme gives {found.points:g}"
    return ""
