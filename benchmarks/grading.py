"""Grading a class, side by side: stock nbgrader, `raisin grade`, the bare cells, and otter-grader.

    python benchmarks/grading.py [--what class,growth,start,peer] [--students 20] [--notebooks 02,03,04,05,06]
                                 [--sides stock,ours,bare] [--sizes 20,80,320] [--folder FOLDER] [--write]

`class`: the same class on each side, for these notebooks (the stock side takes half an hour for twenty students with
all seven). `growth`: `raisin grade` on one short notebook of 20, 80 and 320. `start`: what is over at once. `peer`:
`otter run` on the same cells and checks. Tables are printed; with --write they also go to docs/performance.md.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import crowd
import peer
import sides
import tables
from sides import Bare, Graded

WHAT = ("class", "growth", "start", "peer")
SIDES = ("stock", "ours", "bare")
SHORT = "02-tensor-arithmetic"  # one notebook, where the number of submissions is what counts
RUNS = 5  # of what is short: medians


@dataclass(frozen=True)
class Plan:
    """What is to be measured, and where there is room for it."""

    work: Path
    students: int
    notebooks: Sequence[str]
    jobs: int
    sides: Sequence[str]
    growth: Sequence[int]
    otter: Path


def grade_class(plan: Plan) -> str:
    """All sides on one class; the notebooks of the students' own framework alone, where others are asked for, too."""
    stock: dict[str, Graded] = {}
    plain: list[Bare] = []
    members = crowd.members(plan.students, plan.notebooks)
    if "stock" in plan.sides:
        sides.make_stock(plan.work / "stock", members, plan.notebooks)
        for name in plan.notebooks:
            stock[name] = sides.stock(plan.work / "stock", name)
            say(f"stock {name}: {stock[name].cpu:.0f} CPU s")
    sets = [[name for name in plan.notebooks if name[:2] not in ("01", "07")], list(plan.notebooks)]
    lines = [tables.who(members, plan.notebooks)]
    for number, notebooks in enumerate(sets if sets[0] and sets[0] != sets[1] else sets[1:]):
        first, second = plan.work / f"ours-{number}", plan.work / f"again-{number}"
        found = tables.Class(notebooks, {name: stock[name] for name in notebooks if name in stock})
        if "ours" in plan.sides:
            sides.make_ours(first, members, notebooks)
            found.fresh = sides.ours(first, notebooks, plan.jobs)
            sides.make_ours(second, members, notebooks, first)
            found.cached = sides.ours(second, notebooks, plan.jobs)
            found.again = sides.second_runs(second)
            say(f"ours: {found.fresh.cpu:.0f} CPU s, then {found.cached.cpu:.0f}")
        if "bare" in plan.sides:
            if "ours" not in plan.sides:
                sides.make_ours(first, members, notebooks)
            found.sent, found.lean = (
                sides.median_of([sides.bare(first, mode, notebooks) for _ in range(3)]) for mode in ("graded", "lean")
            )
            if "stock" in plan.sides:
                plain = plain or sides.bare(plan.work / "stock", "plain", plan.notebooks)
                found.plain = [one for one in plain if one.notebook in notebooks]
        if {"stock", "ours"} <= set(plan.sides):
            found.wrong = sides.disagreements(
                members, sides.points(plan.work / "stock"), sides.points(second), notebooks
            )
        lines += ["", *tables.of_class(found)]
    return "\n".join(lines)


def grow(plan: Plan) -> str:
    """`raisin grade` on one notebook of ever more students, the same twenty each time; its processes looked at."""
    rows, first = [], plan.work / "growth-1"
    words = [sys.executable, "-m", "raisin", "grade", "--jobs", str(plan.jobs)]
    sides.make_ours(first, crowd.members(1, [SHORT]), [SHORT])
    sides.command(words, first)  # so that no size pays for the oracle
    for count in plan.growth:
        root = plan.work / f"growth-{count}"
        twenty = crowd.members(len(crowd.ORDER), [SHORT])
        members = [replace(twenty[k % len(twenty)], id=f"s{k:03d}") for k in range(count)]
        sides.make_ours(root, members, [SHORT], first)
        rows.append((count, sides.command(words, root, memory=True, statuses=(0, 1))))
        say(f"{count} submissions: {rows[-1][1].wall:.0f} s")
    return "\n".join(tables.of_growth(rows))


def start(plan: Plan) -> str:
    """What `raisin --help` and the grading of one submission cost, and stock's for comparison."""
    root, other = plan.work / "start-ours", plan.work / "start-stock"
    for make, place in ((sides.make_ours, root), (sides.make_stock, other)):
        make(place, crowd.members(1, [SHORT]), [SHORT])
    raisin, nbgrader = [sys.executable, "-m", "raisin"], [sys.executable, "-m", "nbgrader"]
    sides.command([*raisin, "grade"], root)  # the oracle
    both: dict[str, Sequence[str]] = {
        "`raisin --help`": [*raisin, "--help"],
        "`nbgrader --help`": [*nbgrader, "--help"],
        "`raisin grade --force`, one student, 02": [*raisin, "grade", "--force"],
        "`nbgrader autograde --force`, one student, 02": [*nbgrader, "autograde", SHORT, "--force"],
    }
    rows = []
    for what, words in both.items():
        runs = [sides.command(words, other if "nbgrader" in what else root) for _ in range(RUNS)]
        rows.append((what, statistics.median(run.wall for run in runs), statistics.median(run.cpu for run in runs)))
    return "\n".join([f"Medians of {RUNS}.", "", *tables.of_start(rows)])


def against_otter(plan: Plan) -> str:
    """`otter run` on notebook 02, submission by submission, against `raisin grade` and stock on the same."""
    members = crowd.members(min(plan.students, 5), [SHORT])
    root = plan.work / "peer-stock"
    sides.make_stock(root, members, [SHORT])
    stock = sides.stock(root, SHORT)
    sides.make_ours(plan.work / "peer-ours", members, [SHORT])
    ours = sides.ours(plan.work / "peer-ours", [SHORT], plan.jobs)
    theirs, scores = peer.grade(plan.otter, root, SHORT, [member.id for member in members])
    due = sides.points(root)
    wrong = [
        f"{student}: {due[student, SHORT]} and {got}" for student, got in scores.items() if got != due[student, SHORT]
    ]
    agreed = f"Points that otter gives otherwise than stock nbgrader: {'; '.join(wrong) or 'none'}."
    return "\n".join([*tables.of_peer(theirs, stock, ours), "", agreed])


PARTS: dict[str, Callable[[Plan], str]] = {"class": grade_class, "growth": grow, "start": start, "peer": against_otter}


def say(words: str) -> None:
    print(f"  {words}", file=sys.stderr, flush=True)


def chosen(words: str) -> list[str]:
    """Notebooks by the beginnings of their names."""
    known = sorted(path.parent.name for path in crowd.PROJECT.glob("source/*/*.ipynb"))
    return [name for name in known if name.startswith(tuple(words.split(",")))]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Grade one class on several sides, and say what it cost.")
    parser.add_argument("--what", default=",".join(WHAT), help="some of class,growth,start,peer")
    parser.add_argument("--students", type=int, default=20, help="how many in the class (default 20)")
    parser.add_argument("--notebooks", default="01,02,03,04,05,06,07", help="02,03: the beginnings of their names")
    parser.add_argument("--sides", default=",".join(SIDES), help="some of stock,ours,bare (for class)")
    parser.add_argument("--sizes", default="20,80,320", help="how many submissions (for growth)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", type=Path, help="room for it; kept (default: a folder that is not)")
    parser.add_argument("--otter", type=Path, help="where otter-grader's environment is kept (default: in that room)")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="raisin-bench-") as temporary:
        work = Path(given.folder or temporary).absolute()
        otter = (given.otter or work / "otter").absolute()
        sizes = [int(size) for size in given.sizes.split(",")]
        plan = Plan(work, given.students, chosen(given.notebooks), given.jobs, given.sides.split(","), sizes, otter)
        for what in given.what.split(","):
            about = tables.machine(plan.jobs)
            table = f"{about}\n\n{PARTS[what](plan)}"
            print(f"\n{what}\n{table}", flush=True)
            if given.write:
                tables.write(what, table)


if __name__ == "__main__":
    main()
