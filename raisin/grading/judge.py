"""From what the checks of a test cell sent to points and a readable list. Pure: a cell in, a cell's outputs out.

    messages of a test cell + what is due (raisin.grading.oracle) --> verdicts --> the cell's outputs, written anew

A check counts for itself: four of five right are four fifths of the cell's points. nbgrader reads the points from the
one execute_result that is written here. A check that sent nothing, twice or nonsense has failed, and whatever else the
kernel said about the cell counts for nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from raisin.grading.client import TOO_LONG
from raisin.grading.outputs import new
from raisin.grading.runner import DIED
from raisin.lab import observe, wire
from raisin.lab.checks import checks_of
from raisin.lab.observe import Expectation, Look, Observation
from raisin.lab.verdict import Verdict

BLANK = "a part is still blank"


@dataclass(frozen=True)
class Run:
    """One run of a notebook: the nonce and the `inputs` that its messages carry, and what is due for each check."""

    nonce: str
    expected: Mapping[str, Expectation]
    inputs: Mapping[str, str]
    look: Look | None = None


@dataclass(frozen=True)
class Said:
    """What the checks of one cell sent, check by check (a text: why a message was no good), and why the cell ended."""

    messages: Mapping[str, tuple[Observation | str, ...]] = field(default_factory=dict)
    stopped: str = ""


Others = Sequence[tuple[str, Said]]


@dataclass(frozen=True)
class Counted:
    """One check as it counts. `carried`: it failed on the student's earlier parts and passed on the course's, or on
    those of `whose`, another member of the group."""

    verdict: Verdict
    carried: bool = False
    whose: str = ""

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


def said(outputs: Sequence[Mapping[str, Any]], run: Run, ended: str = "") -> Said:
    """What the checks of a test cell sent, by what was heard of it; `ended`: why its kernel ended in or before it."""
    found: dict[str, tuple[Observation | str, ...]] = {}
    for output in outputs:
        data = output.get("data", {}).get(wire.MIME) if output["output_type"] == "display_data" else None
        what = data.get("what") if isinstance(data, dict) else None
        if not isinstance(what, str) or what not in run.expected:
            continue
        heard: Observation | str
        try:
            heard = wire.received(data, run.nonce, run.inputs[what])
        except wire.Damaged as damage:
            heard = f"what it sent does not count: {damage}"
        found[what] = (*found.get(what, ()), heard)
    return Said(found, _stopped(outputs) or ended)


def judge(cell: Any, run: Run, first: Said, again: Said | None = None, others: Others = ()) -> Judged:
    """Count a test cell by what its checks sent; `again`: the same, on the course's own earlier parts.

    `others`: the same on the earlier parts of other members of a group, by name; the best counts.
    """
    counted = []
    for what in checks_of(cell.source):
        one = _verdict(what, run, first, run.look)
        tried = () if one.passed else (*others, *((("", again),) if again is not None else ()))
        right = [whose for whose, heard in tried if _verdict(what, run, heard, None).passed]
        counted.append(Counted(one, bool(right), right[0] if right else ""))
    of = float(cell.metadata.nbgrader.points)
    points = min(of, of * sum(check.counts for check in counted) / len(counted))
    return Judged(tuple(counted), points, of, first.stopped)


def _verdict(what: str, run: Run, heard: Said, look: Look | None) -> Verdict:
    if what not in run.expected:
        return Verdict(what, False, ("the source notebook has no such check: release it, and grade again",))
    messages = heard.messages.get(what, ())
    if not messages:
        return Verdict(what, False, (f"not reached: {heard.stopped or 'the cell ended before it'}",))
    if len(messages) > 1:
        return Verdict(what, False, (f"it sent {len(messages)} values, and only one can count",))
    if isinstance(messages[0], str):
        return Verdict(what, False, (messages[0],))
    return observe.decide(messages[0], run.expected[what], look)


def _stopped(outputs: Sequence[Mapping[str, Any]]) -> str:
    errors = [output for output in outputs if output["output_type"] == "error"]
    if any(error["ename"] == "CellTimeoutError" for error in errors):
        return TOO_LONG
    return f"{errors[0]['ename']}: {errors[0]['evalue']}".splitlines()[0][:200] if errors else ""


def failed(judged: Judged) -> tuple[Verdict, ...]:
    """The checks that do not count."""
    return tuple(check.verdict for check in judged.checks if not check.counts)


def is_blank(found: Verdict) -> bool:
    """Whether a check failed because the student left a part of this notebook as it was."""
    return not found.passed and bool(found.lines) and found.lines[0].startswith(BLANK)


def outputs(kept: Sequence[Any], judged: Judged, earlier: Sequence[str] = ()) -> list[Any]:
    """A test cell's outputs anew: of the `kept` ones what was printed, the list of checks, and the points.

    The points stand where nbgrader looks for them. `earlier`: what failed in the student's earlier notebooks, a line
    for each, for checks that are carried forward.
    """
    printed = "".join(output.text for output in kept if output.output_type == "stream")
    text = "\n".join(_report(judged, earlier)) + "\n"
    made = [new("stream", name="stdout", text=words) for words in (printed, text) if words]
    points = new("execute_result", data={"text/plain": repr(judged.points)}, execution_count=None)
    return [*made, points]


def _report(judged: Judged, earlier: Sequence[str]) -> list[str]:
    lines = [f"{judged.passed} of {len(judged.checks)} checks: {judged.points:.4g} of {judged.of:g} points"]
    for whose in dict.fromkeys(check.whose for check in judged.checks if check.whose):
        lines.append(f"↻ counts: right here, it passes on the earlier notebooks of {whose}.")
    if any(check.carried and not check.whose for check in judged.checks):
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
            **({"on": check.whose} if check.whose else {}),
            "diagnosis": check.verdict.diagnosis,
            "lines": list(check.verdict.lines),
        }
        for check in judged.checks
    ]
    return {"passed": judged.passed, "total": len(judged.checks), "stopped": judged.stopped, "checks": checks}


def not_run(ended: str = DIED) -> Any:
    """The output of a cell that was not run to its end: nbgrader gives all points to a test that says nothing."""
    return new("error", ename="NotRun", evalue=ended, traceback=[f"This cell was not run to its end: {ended}."])
