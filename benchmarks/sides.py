"""One class, graded by stock nbgrader and by `raisin grade`, and its cells run bare: what each cost.

    Graded = the whole of a side: wall and CPU seconds      Bare = one submission's cells, run and not graded
    overhead = (what grading cost - what the same cells cost bare) / how many notebooks

Stock runs the cells as they are, tests with torch in the kernel; `raisin grade` sends tests without what they are
measured against. So each side has its own bare cells. Everything is called as a user calls it, in folders of its own.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import crowd
import usage

HERE = Path(__file__).resolve().parent
# Python's own libraries take one thread on all sides, which is kind to stock: with more they wait by spinning.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "raisin"\n'
ALIKE = ("source", "style", "blank")  # whose checks in a cell all pass or all fail: the same points on both sides


class NotGraded(RuntimeError):
    """A command did not do what was to be measured."""


@dataclass(frozen=True)
class Graded:
    """Seconds that `notebooks` submissions took one side, all in all."""

    wall: float
    cpu: float
    notebooks: int

    def overhead(self, bare: Iterable["Bare"]) -> float:
        """CPU seconds a notebook beyond those of its cells."""
        return (self.cpu - sum(one.cpu for one in bare)) / self.notebooks


@dataclass(frozen=True)
class Bare:
    """What the cells of one submission cost by themselves."""

    student: str
    notebook: str
    wall: float
    cpu: float


@dataclass(frozen=True)
class Again:
    """Second runs, on the course's own earlier parts: how many, and the seconds they took."""

    runs: int
    seconds: float


def total(parts: Iterable[Graded]) -> Graded:
    found = list(parts)
    return Graded(sum(p.wall for p in found), sum(p.cpu for p in found), sum(p.notebooks for p in found))


def command(words: Sequence[str], folder: Path, memory: bool = False, statuses: Sequence[int] = (0,)) -> usage.Usage:
    """Run it in `folder`. Raises NotGraded where it ends otherwise than as `statuses` say."""
    cost = usage.run(words, folder, ENVIRONMENT, memory)
    if cost.status not in statuses:
        raise NotGraded(f"{' '.join(words)} ended with {cost.status}:\n{cost.said[-2000:]}")
    return cost


def make_stock(root: Path, members: Sequence[crowd.Member], notebooks: Sequence[str]) -> None:
    """A course for stock nbgrader, its notebooks recorded and the class's work handed in."""
    crowd.course(root, STOCK)
    for name in notebooks:
        command([sys.executable, "-m", "nbgrader", "generate_assignment", name, "--force"], root)
    shutil.rmtree(root / "release")
    shutil.copytree(crowd.PROJECT / "release", root / "release")
    crowd.hand_in(root, members, notebooks)


def stock(root: Path, notebook: str) -> Graded:
    """`nbgrader autograde NOTEBOOK`: everybody's, one after the other."""
    cost = command([sys.executable, "-m", "nbgrader", "autograde", notebook], root)
    return Graded(cost.wall, cost.cpu, _graded(root, [notebook]))


def make_ours(
    root: Path, members: Sequence[crowd.Member], notebooks: Sequence[str], oracle: Path | None = None
) -> None:
    """A released course and the class's work; with what another course's first run kept of the source."""
    crowd.course(root, (crowd.PROJECT / "nbgrader_config.py").read_text(encoding="utf-8"))
    command([sys.executable, "-m", "raisin", "release"], root)
    if oracle is not None:
        shutil.copytree(oracle / ".raisin", root / ".raisin", dirs_exist_ok=True)
    crowd.hand_in(root, members, notebooks)


def ours(root: Path, notebooks: Sequence[str], jobs: int) -> Graded:
    cost = command([sys.executable, "-m", "raisin", "grade", *notebooks, "--jobs", str(jobs)], root, statuses=(0, 1))
    return Graded(cost.wall, cost.cpu, _graded(root, notebooks))


def _graded(root: Path, notebooks: Sequence[str]) -> int:
    """How many were graded. Raises NotGraded where one is missing."""
    handed_in = sum(len(list(root.glob(f"submitted/*/{name}/*.ipynb"))) for name in notebooks)
    there = sum(len(list(root.glob(f"autograded/*/{name}/*.ipynb"))) for name in notebooks)
    if there != handed_in:
        raise NotGraded(f"{there} of {handed_in} submissions were graded in {root}")
    return there


def bare(root: Path, mode: str, notebooks: Sequence[str]) -> list[Bare]:
    """`mode`: plain (as stock runs them), graded (as `raisin grade` sends them) or lean (as its kernels run these)."""
    words = [sys.executable, str(HERE / "bare.py"), str(root), mode, *notebooks]
    done = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode:
        raise NotGraded(done.stderr[-2000:])
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [Bare(one["student"], one["notebook"], one["wall"], one["cpu"]) for one in found]


def median_of(runs: Sequence[Sequence[Bare]]) -> list[Bare]:
    """The same submissions run several times: of each the median."""
    return [
        Bare(
            same[0].student,
            same[0].notebook,
            statistics.median(one.wall for one in same),
            statistics.median(one.cpu for one in same),
        )
        for same in zip(*runs, strict=True)
    ]


def second_runs(root: Path) -> Again:
    """What the logs say of second runs."""
    from raisin.grading import logs
    from raisin.grading.course import open_course

    course = open_course(root)
    results = [logs.read(course, path.parent.name, path.stem) for path in root.glob("autograded/*/*.log")]
    seconds = [result.again for result in results if result is not None and result.again]
    return Again(len(seconds), sum(seconds))


def points(root: Path) -> dict[tuple[str, str], float]:
    """The points by tests of every submission: (student, notebook) -> points."""
    from nbgrader.api import Gradebook

    found = {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "raisin") as gradebook:
        for assignment in gradebook.assignments:
            for submission in assignment.submissions:
                grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
                earned = sum(grade.auto_score or 0.0 for grade in grades)
                found[submission.student_id, assignment.name] = round(float(earned), 6)
    return found


def disagreements(
    members: Sequence[crowd.Member],
    one: Mapping[tuple[str, str], float],
    other: Mapping[tuple[str, str], float],
    notebooks: Sequence[str],
) -> list[str]:
    """Submissions with other points on the other side, where a cell's checks all pass or all fail."""
    due = [(member.id, name) for member in members if member.kind in ALIKE for name in notebooks]
    pairs = [(key, one.get(key), other.get(key)) for key in due]
    return [f"{student} {name}: {left} and {right}" for (student, name), left, right in pairs if left != right]
