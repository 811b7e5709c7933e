"""What was measured as Markdown, and its place in docs/performance.md."""

import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import crowd
import usage
from sides import Again, Bare, Graded, total

DOCUMENT = crowd.PROJECT / "docs" / "performance.md"
MB = 1 << 20


@dataclass
class Class:
    """What is known of one class so far; a side that was not asked for stays empty."""

    notebooks: Sequence[str]
    stock: Mapping[str, Graded]
    fresh: Graded | None = None
    cached: Graded | None = None
    again: Again | None = None
    plain: Sequence[Bare] = ()
    sent: Sequence[Bare] = ()
    lean: Sequence[Bare] = ()
    wrong: Sequence[str] | None = None


def rows(head: Sequence[str], body: Iterable[Sequence[object]]) -> list[str]:
    """A table: its first column text, the others numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    return [f"| {' | '.join(map(str, line))} |" for line in lines]


def machine(jobs: int) -> str:
    """On what and when: processors, load, versions."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    how = usage.meter()
    if isinstance(how, usage.Group):
        how.seconds()
    return (
        f"{os.cpu_count()} processors ({name}), Linux {platform.release().split('-')[0]}, Python "
        f"{platform.python_version()}; load when it began {load}; {jobs} jobs; CPU seconds {how.how}."
    )


def who(members: Sequence[crowd.Member], notebooks: Sequence[str]) -> str:
    kinds = [member.kind for member in members]
    words = ", ".join(f"{kinds.count(kind)} {kind}" for kind in crowd.KINDS if kind in kinds)
    mistakes = "; ".join(member.about for member in members if member.kind == "mistake")
    return f"{len(members)} students with {len(notebooks)} notebooks each: {words}. The mistakes: {mistakes or 'none'}."


def of_class(found: Class) -> list[str]:
    """What each side took, what is left of it without the cells' own work, and how they compare."""
    named = "01 to 07" if len(found.notebooks) == 7 else ", ".join(name[:2] for name in found.notebooks)
    whole = {"stock": total(found.stock.values())} if found.stock else {}
    if found.fresh and found.cached:
        whole |= {"ours, first time": found.fresh, "ours, oracle kept": found.cached}
    body = [_side(side, graded, found) for side, graded in whole.items()]
    head = ("", "wall s", "CPU s", "CPU s a notebook", "bare cells", "overhead", "bare share")
    lines = [f"**Notebooks {named}**", "", *rows(head, body), ""]
    if "stock" in whole and found.cached and found.fresh:
        lines += [*_compared(whole["stock"], found.fresh, found), ""]
    lines += [*_by_notebook(found), ""]
    if found.cached and found.again:
        lines.append(_again(found.again, found.cached.notebooks))
    if found.wrong is not None:
        lines.append(
            f"Points that differ where all checks of a cell pass or all fail: {'; '.join(found.wrong) or 'none'}."
        )
    return lines


def _side(side: str, graded: Graded, found: Class) -> Sequence[str]:
    bare = found.plain if side == "stock" else found.sent
    start = (side, f"{graded.wall:.1f}", f"{graded.cpu:.1f}", f"{graded.cpu / graded.notebooks:.2f}")
    if not bare:
        return (*start, "", "", "")
    cells = sum(one.cpu for one in bare)
    own = f"{cells / graded.notebooks:.2f}", f"{graded.overhead(bare):.2f}", f"{cells / graded.cpu:.0%}"
    return (*start, *own)


def _again(again: Again, notebooks: int) -> str:
    return (
        f"{again.runs} of {notebooks} notebooks ran a second time ({again.runs / notebooks:.0%}), on the course's own "
        f"earlier parts: {again.seconds:.1f} s in all, {again.seconds / notebooks:.3f} s a notebook of the overhead."
    )


def _compared(stock: Graded, ours: Graded, found: Class) -> list[str]:
    cheaper, faster = stock.cpu / ours.cpu, stock.wall / ours.wall
    words = [f"First time, whole run: {cheaper:.1f} times cheaper in CPU, {faster:.1f} times as fast."]
    if found.plain and found.sent and found.cached:
        theirs = stock.overhead(found.plain)
        each = _each(theirs, (ours, found.cached), found.sent)
        words.append(f"Overhead a notebook: stock {theirs:.2f} s, ours {each[0]}, with the oracle kept {each[1]}.")
        if found.lean:
            cells = sum(one.cpu for one in found.lean) / len(found.lean)
            each = _each(theirs, (ours, found.cached), found.lean)
            less = f"Less the cells as ours runs them (lean: {cells:.2f} s): {each[0]}, with the oracle kept {each[1]}."
            words.append(less)
    return words


def _each(theirs: float, ours: Sequence[Graded], bare: Sequence[Bare]) -> list[str]:
    own = [one.overhead(bare) for one in ours]
    return [f"{one:.2f} s ({theirs / one:.1f} times cheaper)" for one in own]


def _by_notebook(found: Class) -> list[str]:
    body = []
    for name in found.notebooks:
        stock = found.stock.get(name)
        plain, sent = (_mean(one.cpu for one in side if one.notebook == name) for side in (found.plain, found.sent))
        each = stock.cpu / stock.notebooks if stock else None
        body.append((name, _or_nothing(each), _or_nothing(plain), _or_nothing(sent)))
    return rows(("CPU s a notebook", "stock", "bare, as stock runs it", "bare, as we send it"), body)


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return statistics.fmean(found) if found else None


def _or_nothing(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def kernels(processes: Iterable[usage.Process]) -> list[usage.Process]:
    """The first processes of the innermost process spaces; plain kernels by their command."""
    found = list(processes)
    deepest = max((one.depth for one in found), default=1)
    inner = [one for one in found if one.first and one.depth == deepest > 1]
    return inner or [one for one in found if "ipykernel" in one.words]


def of_growth(measured: Sequence[tuple[int, usage.Usage]]) -> list[str]:
    """Wall and CPU seconds and memory by the number of submissions; how much the coordinator grows for a hundred."""
    head = (
        "submissions",
        "wall s",
        "CPU s",
        "CPU s each",
        "coordinator MB",
        "largest other MB",
        "kernels seen",
        "private MB of each: median, most",
    )
    body, coordinator = [], []
    for count, cost in measured:
        first, *others = cost.processes
        inside = kernels(cost.processes)
        private = [one.private / MB for one in inside] or [0.0]
        coordinator.append(first.resident / MB)
        largest = max((one.resident for one in others if one not in inside), default=0) / MB
        memory = (
            f"{coordinator[-1]:.1f}",
            f"{largest:.0f}",
            len(inside),
            f"{statistics.median(private):.0f}, {max(private):.0f}",
        )
        body.append((count, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.cpu / count:.2f}", *memory))
    hundreds = (measured[-1][0] - measured[0][0]) / 100
    grown = (coordinator[-1] - coordinator[0]) / hundreds if hundreds else 0.0
    return [
        *rows(head, body),
        "",
        f"The coordinator grows by {grown:.2f} MB for a hundred submissions (resident, at its largest).",
    ]


def of_start(measured: Sequence[tuple[str, float, float]]) -> list[str]:
    return rows(("", "wall s", "CPU s"), [(what, f"{wall:.2f}", f"{cpu:.2f}") for what, wall, cpu in measured])


def of_peer(otter: Graded, stock: Graded, ours: Graded) -> list[str]:
    """The same submissions of one notebook by three programs."""
    sides = {"otter run": otter, "nbgrader autograde": stock, "raisin grade, first time": ours}
    body = [
        (name, side.notebooks, f"{side.wall / side.notebooks:.2f}", f"{side.cpu / side.notebooks:.2f}")
        for name, side in sides.items()
    ]
    return rows(("", "submissions", "wall s each", "CPU s each"), body)


def write(what: str, table: str, document: Path = DOCUMENT) -> None:
    """Put a table between its markers. Raises ValueError where the document has none for it."""
    text = document.read_text(encoding="utf-8")
    begin, end = f"<!-- {what}: made by benchmarks/grading.py -->\n", f"<!-- end of {what} -->\n"
    before, first, rest = text.partition(begin)
    _, last, after = rest.partition(end)
    if not first or not last:
        raise ValueError(f"{document} has no place for {what}")
    document.write_text(f"{before}{begin}\n{table}\n\n{end}{after}", encoding="utf-8")
