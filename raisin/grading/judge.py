"""From what the checks of a test cell said to points and a readable list. Pure: a cell in, a cell's outputs out.

A check counts for itself: four of five right are four fifths of the cell's points. nbgrader reads the points from the
one execute_result that is written here. A check that said nothing, or spoke twice, has failed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nbformat

from raisin.grading.checks import checks_of
from raisin.lab import verdict
from raisin.lab.verdict import MIME, Verdict

Said = dict[str, tuple[Verdict, ...]]  # check -> what it said, normally once
BLANK = "a part is still blank"
TOO_LONG = "it ran too long"


@dataclass(frozen=True)
class Counted:
    """One check as it counts. `carried`: it failed on the student's earlier parts and passed on the course's."""

    verdict: Verdict
    carried: bool = False

    @property
    def counts(self) -> bool:
        return self.verdict.passed or self.carried


@dataclass(frozen=True)
class Judged:
    """A test cell: its checks in order, its points, and why it ended before its last check, or ""."""

    checks: tuple[Counted, ...]
    points: float
    of: float
    stopped: str = ""

    @property
    def passed(self) -> int:
        return sum(check.counts for check in self.checks)


def is_test(cell: Any) -> bool:
    """Whether it is a test cell that is counted in checks; one of another course's making is left to nbgrader."""
    meta = cell.metadata.get("nbgrader", {})
    if cell.cell_type != "code" or not meta.get("grade") or meta.get("solution"):
        return False
    try:
        return bool(checks_of(cell.source))
    except SyntaxError:
        return False


def said(cell: Any) -> Said:
    """What the checks of an executed test cell said."""
    found: Said = {}
    for output in cell.outputs:
        message = output.get("data", {}).get(MIME) if output.output_type == "display_data" else None
        if message is not None and (heard := verdict.received(message)) is not None:
            found[heard.what] = (*found.get(heard.what, ()), heard)
    return found


def judge(cell: Any, again: Said | None = None) -> Judged:
    """Count an executed test cell; `again`: what the same checks said on the course's own earlier parts."""
    first, stopped = said(cell), _stopped(cell)
    counted = []
    for what in checks_of(cell.source):
        one = _single(what, first, stopped)
        second = _single(what, again, "") if again is not None and not one.passed else None
        counted.append(Counted(one, carried=second is not None and second.passed))
    of = float(cell.metadata.nbgrader.points)
    points = min(of, of * sum(check.counts for check in counted) / len(counted))
    return Judged(tuple(counted), points, of, stopped)


def _single(what: str, heard: Mapping[str, tuple[Verdict, ...]], stopped: str) -> Verdict:
    of_it = heard.get(what, ())
    if len(of_it) == 1:
        return of_it[0]
    if of_it:
        return Verdict(what, False, (f"it gave {len(of_it)} verdicts, and only one can count",))
    return Verdict(what, False, (f"not reached: {stopped or 'the cell ended before it'}",))


def _stopped(cell: Any) -> str:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if any(error.ename == "CellTimeoutError" for error in errors):
        return TOO_LONG
    return f"{errors[0].ename}: {errors[0].evalue}".splitlines()[0] if errors else ""


def failed(judged: Judged) -> tuple[Verdict, ...]:
    """The checks that do not count."""
    return tuple(check.verdict for check in judged.checks if not check.counts)


def is_blank(found: Verdict) -> bool:
    """Whether a check failed because the student left a part of this notebook as it was."""
    return not found.passed and bool(found.lines) and found.lines[0].startswith(BLANK)


def outputs(cell: Any, judged: Judged, earlier: Sequence[str] = ()) -> list[Any]:
    """The cell's outputs anew: what was printed, the list of checks, and the points where nbgrader looks for them.

    `earlier`: what failed in the student's earlier notebooks, a line for each, for checks that are carried forward.
    """
    printed = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    text = "\n".join(_report(judged, earlier)) + "\n"
    stream = [("stdout", printed)] if printed else []
    made = [_new("stream", name=name, text=words) for name, words in [*stream, ("stdout", text)]]
    points = _new("execute_result", data={"text/plain": repr(judged.points)}, execution_count=cell.execution_count)
    return [*made, points]


def _new(kind: str, **content: Any) -> Any:
    return nbformat.v4.new_output(kind, **content)  # type: ignore[no-untyped-call]  # nbformat has no types


def _report(judged: Judged, earlier: Sequence[str]) -> list[str]:
    lines = [f"{judged.passed} of {len(judged.checks)} checks: {judged.points:.4g} of {judged.of:g} points"]
    if any(check.carried for check in judged.checks):
        lines.append("↻ counts: right here, it passes on the course's own earlier notebooks, and failed on yours.")
        lines += [f"  What fails in {words}" for words in earlier]
    for check in judged.checks:
        found = check.verdict
        if found.passed:
            lines.append(f"✓ {found.what}{found.note}")
        else:
            lines += _indented(f"{'↻' if check.carried else '✗'} {found.what}", found.lines)
    return lines


def _indented(head: str, lines: Sequence[str]) -> list[str]:
    return [head, *("    " + part for line in lines for part in line.splitlines())]


def as_data(judged: Judged) -> dict[str, Any]:
    """The same for programs, kept in the executed cell's metadata."""
    checks = [
        {
            "what": check.verdict.what,
            "counts": check.counts,
            "carried": check.carried,
            "diagnosis": check.verdict.diagnosis,
            "lines": list(check.verdict.lines),
        }
        for check in judged.checks
    ]
    return {"passed": judged.passed, "total": len(judged.checks), "stopped": judged.stopped, "checks": checks}


def without_messages(cell: Any) -> list[Any]:
    """The outputs of a cell that is no test, without messages that only a test may send."""
    return [output for output in cell.outputs if MIME not in output.get("data", {})]
