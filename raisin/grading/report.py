"""What the class looks like: report/index.html, one page, and a CSV file behind everything on it.

gradebook, logs, graded notebooks --read--> Report (plain data) --write--> report/index.html, report/*.csv
"""

import functools
import json
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jinja2
from nbgrader.api import Gradebook

from raisin.grading import grades, handed_in, logs, received, safe, shared, tidy, whole
from raisin.grading.alike import Alike, alike
from raisin.grading.course import Course, open_nbgrader
from raisin.grading.grades import NOT_HANDED_IN, Row

_SHOWN = 3  # typical mistakes that are named for a check
_BINS = 10
_FAR = 3.0  # interquartile ranges above the third quartile: what is farther out is an outlier
_LEAST_SECONDS, _LEAST_MB = 2.0, 300.0  # what takes less is no outlier, however little the others took


@dataclass(frozen=True)
class Points:
    """One graded submission; `members`: whose it is, where it is a group's. `late`: points lost for coming late."""

    notebook: str
    student: str
    points: float
    of: float
    needs: str
    members: str = ""
    late: float = 0.0


@dataclass(frozen=True)
class CheckRow:
    """One check: how many passed, how many by error carried forward, failed and left blank; what it looked like."""

    notebook: str
    task: str
    cell: str
    check: str
    passed: int
    carried: int
    failed: int
    blank: int
    mistakes: str

    @property
    def handed_in(self) -> int:
        return self.passed + self.carried + self.failed + self.blank

    @property
    def missed(self) -> float:
        return (self.failed + self.blank) / self.handed_in if self.handed_in else 0.0


@dataclass(frozen=True)
class Cost:
    """What one submission took."""

    notebook: str
    student: str
    seconds: float
    cpu_seconds: float
    memory_mb: float
    far_out: str = ""


@dataclass(frozen=True)
class Missing:
    """Somebody who has not handed in, or whose submission has no points, and why."""

    notebook: str
    student: str
    why: str


@dataclass(frozen=True)
class ByHand:
    """A written answer: how many of how many wait for points."""

    notebook: str
    cell: str
    left: int
    of: int


@dataclass(frozen=True)
class Report:
    """All that the page says."""

    course: str
    notebooks: tuple[str, ...]
    points: tuple[Points, ...]
    checks: tuple[CheckRow, ...]
    costs: tuple[Cost, ...]
    missing: tuple[Missing, ...]
    by_hand: tuple[ByHand, ...]
    alike: tuple[Alike, ...]


# --- Reading ----------------------------------------------------------------------------------------------------------


def read(course: Course, names: Sequence[str] = ()) -> Report:
    """What is known of the class now; nothing is run. Raises NoSuchNotebook."""
    chosen = course.chosen(names)
    rows = grades.read(course, names)
    own = [
        row
        for row in rows
        if row.points is not None and row.of is not None and course.has_submission(row.student, row.notebook)
    ]
    points = tuple(_points(course, row) for row in own)
    missing = tuple(Missing(r.notebook, r.student, r.needs) for r in rows if r.points is None and r.needs)
    checks: list[CheckRow] = []
    pairs: list[Alike] = []
    for notebook in chosen:
        checks += _checks(course, notebook)
        pairs += _alike(course, notebook)
    costs = far_out(_costs(course, chosen))
    course_id = open_nbgrader(course.root).coursedir.course_id
    return Report(course_id, chosen, points, tuple(checks), costs, missing, _by_hand(course, chosen), tuple(pairs))


def _points(course: Course, row: Row) -> Points:
    ids = shared.ids_of(course, row.student, row.notebook)
    about = (row.notebook, row.student, row.points or 0.0, row.of or 0.0, row.needs)
    return Points(*about, " ".join(ids) if len(ids) > 1 else "", row.penalty)


def _checks(course: Course, notebook: str) -> list[CheckRow]:
    """Every check of a notebook, the most missed first."""
    under = tidy.tasks(course, notebook)
    found: dict[tuple[str, str], Counter[str]] = {}
    mistakes: dict[tuple[str, str], Counter[str]] = {}
    for student in course.students:
        for cell, check in tidy.judged(course, student, notebook):
            key = cell, str(check.get("what", ""))
            lines = [str(line) for line in check.get("lines", ())]
            state = tidy.state_of(check)
            found.setdefault(key, Counter())[state] += 1
            looks = [line.removeprefix("it looks as if ") for line in lines if line.startswith("it looks as if ")]
            mistakes.setdefault(key, Counter()).update(looks if state == "failed" else ())
    rows = []
    for (cell, what), counts in found.items():
        words = "; ".join(f"{mistake} ({times})" for mistake, times in mistakes[cell, what].most_common(_SHOWN))
        passed, carried, failed, blank = (counts[state] for state in ("passed", "carried", "failed", "blank"))
        rows.append(CheckRow(notebook, under.get(cell, ""), cell, what, passed, carried, failed, blank, words))
    return sorted(rows, key=lambda row: -row.missed)


def _costs(course: Course, names: Iterable[str]) -> list[Cost]:
    found = []
    for notebook in names:
        for student in course.students:
            last = logs.read(course, student, notebook)
            if last is not None and not last.reason:
                found.append(Cost(notebook, student, last.seconds, last.cpu, round(last.memory / 2**20, 1)))
    return found


def far_out(costs: Sequence[Cost]) -> tuple[Cost, ...]:
    """The same; those far beyond the others' time or memory in the same notebook say so. Pure."""
    made = []
    for cost in costs:
        others = [one for one in costs if one.notebook == cost.notebook]
        why = []
        if cost.seconds > max(_LEAST_SECONDS, _limit([one.seconds for one in others])):
            why.append("time")
        if cost.memory_mb > max(_LEAST_MB, _limit([one.memory_mb for one in others])):
            why.append("memory")
        made.append(Cost(**{**asdict(cost), "far_out": ", ".join(why)}))
    return tuple(made)


def _limit(values: Sequence[float]) -> float:
    if len(values) < 4:
        return float("inf")
    first, _, third = statistics.quantiles(values, n=4)
    return third + _FAR * (third - first)


def _by_hand(course: Course, names: Iterable[str]) -> tuple[ByHand, ...]:
    coursedir = open_nbgrader(course.root).coursedir
    left: Counter[tuple[str, str]] = Counter()
    of: Counter[tuple[str, str]] = Counter()
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for notebook in names:
            for submission in gradebook.assignment_submissions(notebook) if _is_known(gradebook, notebook) else ():
                for grade in (grade for part in submission.notebooks for grade in part.grades):
                    if grade.cell.cell_type == "markdown" or grade.needs_manual_grade:
                        of[notebook, grade.name] += 1
                        left[notebook, grade.name] += bool(grade.needs_manual_grade)
    return tuple(ByHand(notebook, cell, left[notebook, cell], count) for (notebook, cell), count in of.items())


def _is_known(gradebook: Any, notebook: str) -> bool:
    return any(assignment.name == notebook for assignment in gradebook.assignments)


def _alike(course: Course, notebook: str) -> list[Alike]:
    texts, groups = {}, []
    for student in course.students:
        try:
            texts[student] = "\n".join(_answers(handed_in.read(course, student, notebook).notebook["cells"]))
        except (OSError, ValueError):
            continue
    for by, member in received.named_by(course, notebook):
        groups.append(frozenset((by, member.student)))
    released = course.released(notebook)
    given = json.loads(released.read_text(encoding="utf-8"))["cells"] if released.is_file() else []
    return alike(notebook, texts, "\n".join("".join(cell["source"]) for cell in given), groups)


def _answers(cells: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """What students write: answers in code and in words, and cells that nbgrader does not know."""
    for cell in cells:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("solution") or (not about and cell.get("id") != "students"):
            yield "".join(cell["source"])


# --- Writing ----------------------------------------------------------------------------------------------------------


def write(course: Course, made: Report) -> Path:
    """Write the page and the tables behind it; where the page lies."""
    folder = course.root / "report"
    folder.mkdir(exist_ok=True)
    for name in ("points", "checks", "costs", "missing", "by_hand", "alike"):
        tidy.table(folder / f"{name}.csv", getattr(made, name), _KINDS[name])
    path = folder / "index.html"
    whole.write(path, html(made))
    return path


_KINDS: dict[str, Any] = {
    "points": Points,
    "checks": CheckRow,
    "costs": Cost,
    "missing": Missing,
    "by_hand": ByHand,
    "alike": Alike,
}


@dataclass(frozen=True)
class Bar:
    """One bar of a distribution: from so many points (included) to so many, and how many submissions."""

    start: float
    end: float
    count: int


def bars(points: Sequence[Points]) -> list[Bar]:
    """How many have how many points, in tenths of what can be had; a bonus is in the last. Pure."""
    if not points:
        return []
    of = points[0].of or 1.0
    counts = Counter(min(_BINS - 1, max(0, int(one.points / of * _BINS))) for one in points)
    return [Bar(of * k / _BINS, of * (k + 1) / _BINS, counts[k]) for k in range(_BINS)]


@functools.cache
def _template() -> jinja2.Template:
    return safe.template("report.html.j2")


def html(made: Report) -> str:
    """The page: no script, nothing from elsewhere."""
    about = []
    for notebook in made.notebooks:
        points = [one for one in made.points if one.notebook == notebook]
        about.append(
            {
                "name": notebook,
                "points": points,
                "of": points[0].of if points else 0.0,
                "median": statistics.median(one.points for one in points) if points else 0.0,
                "bars": bars(points),
                "checks": [row for row in made.checks if row.notebook == notebook],
                "missing": [one for one in made.missing if one.notebook == notebook],
                "by_hand": [one for one in made.by_hand if one.notebook == notebook],
                "far_out": [one for one in made.costs if one.notebook == notebook and one.far_out],
                "alike": [one for one in made.alike if one.notebook == notebook],
                "seconds": statistics.median([one.seconds for one in made.costs if one.notebook == notebook] or [0.0]),
            }
        )
    return _template().render(report=made, notebooks=about, not_handed_in=NOT_HANDED_IN)
