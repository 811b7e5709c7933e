"""A class of 40 whose grading is cheap, and all that must be the same after faults: rows, files, what is shown."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import factories
import nbformat
from factories import FIRST, SECOND, Cell, Notebook
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade

from raisin.grading import autograde, grades, release
from raisin.grading.course import Course, open_course, open_nbgrader

SIZE = 40
# A second: a locked gradebook is then given up soon. The secret: every copy of the class draws the same numbers.
SETTINGS = (
    "c.CourseDirectory.db_url = f\"sqlite:///{root / 'gradebook.db'}?timeout=1\"",
    "c.Course.secret = 'of the faults'",
    "c.Execute.timeout = 10",
)
ADDITION = "def addition(a, b):\n    ### BEGIN SOLUTION\n    return a + b\n    ### END SOLUTION\n"
NUMBERS = """\
@lab.equal("double: numbers", due=lambda rng: [2 * float(x) for x in rng.normal(size=3)])
def _(T, rng):
    return [T.double(float(x)) for x in rng.normal(size=3)]


### BEGIN HIDDEN TESTS
@lab.equal("double: an array", due=lambda rng: 2 * rng.normal(size=(2, 2)))
def _(T, rng):
    return T.double(rng.normal(size=(2, 2)))
### END HIDDEN TESTS
"""
SUM = """\
@lab.same_as_torch("addition: two arrays")
def _(T, rng):
    return T.addition(T.asarray(rng.normal(size=3)), T.asarray(rng.normal(size=3)))
"""
FOURFOLD = """\
@lab.equal("quadruple: a number", due=lambda rng: 4 * float(rng.normal()))
def _(T, rng):
    return T.quadruple(float(rng.normal()))
"""
# What students do; the values that they compute are right or none: to say what a wrong one looks like takes torch.
HALF = "# framework: double\ndef double(x):\n    return x + x if isinstance(x, float) else undefined\n"
WAYS: tuple[dict[str, str], ...] = (
    {},
    {"double": factories.RIGHT, "why-double": "It is written with one two."},
    {"double": HALF},
    {"double": "# framework: double\ndef double(x)\n    return 2 * x\n", "addition": ADDITION},
    {"addition": "def addition(a, b):\n    raise ValueError('no')\n"},
)
BY_HAND = 4  # so many were graded before, have points and a comment by hand, and have handed in once more since


def student(number: int) -> str:
    return f"student-{number:02}"


def first() -> Notebook:
    """6 points by tests, 3 by hand."""
    return factories.notebook(
        factories.setup(FIRST),
        factories.students(("", "")),
        factories.answer("double", factories.DOUBLE),
        factories.check("test-double", NUMBERS, 4),
        factories.answer("addition", ADDITION),
        factories.check("test-addition", SUM, 2),
        factories.manual("why-double", "Because two is more than one.", 3),
    )


def second() -> Notebook:
    return factories.notebook(
        factories.setup(SECOND),
        factories.students(("", "")),
        factories.answer("quadruple", factories.QUADRUPLE),
        factories.check("test-quadruple", FOURFOLD, 2),
    )


def make(root: Path, size: int = SIZE) -> Course:
    """The class as it stands before `raisin grade`: everybody has handed in, some have points by hand from before."""
    course = factories.course(root, SETTINGS)
    factories.write(course.source(FIRST), first())
    factories.write(course.source(SECOND), second())
    release.release(course)
    for number in range(BY_HAND):
        factories.hand_in(course, student(number), FIRST)
    autograde.grade(course)
    _grade_by_hand(course)
    for number in range(size):
        factories.hand_in(course, student(number), FIRST, _change(number, number == size // 2))
        if number % 5 == 0:
            factories.hand_in(course, student(number), SECOND)
    damaged = course.submitted(student(size - 1), FIRST)
    damaged.write_bytes(damaged.read_bytes()[:500])
    return course


def _change(number: int, ends_its_kernel: bool) -> Callable[[Notebook], object]:
    def change(content: Notebook) -> None:
        own = factories.code("own", f"# of {student(number)}\n")
        content["cells"].append(own)
        for name, source in WAYS[number % len(WAYS)].items():
            factories.cell(content, name)["source"] = source
        if ends_its_kernel:
            own["source"] = "import os\nos._exit(1)\n"

    return change


def _grade_by_hand(course: Course) -> None:
    with gradebook(course) as book:
        for number in range(BY_HAND):
            grade = book.find_grade("why-double", FIRST, FIRST, student(number))
            grade.manual_score, grade.needs_manual_grade = number / 2, False
            grade.extra_credit = 0.5 if number == 1 else None
            book.find_comment("why-double", FIRST, FIRST, student(number)).manual_comment = f"Seen, {number}."
        book.db.commit()


def gradebook(course: Course) -> Any:
    coursedir = open_nbgrader(course.root).coursedir
    return Gradebook(coursedir.db_url, coursedir.course_id)


def copy(course: Course, root: Path) -> Course:
    """The same class in another folder (which may be there, and empty)."""
    shutil.copytree(course.root, root, dirs_exist_ok=True)
    return open_course(root)


@dataclass(frozen=True)
class State:
    """What a run leaves, by student, notebook and cell: rows and scores of the gradebook; points and cells in files."""

    rows: dict[tuple[str, ...], Any]
    files: dict[tuple[str, str], Any]
    shown: dict[tuple[str, str], grades.Row]


def state(course: Course) -> State:
    files = {}
    for path in sorted(course.root.glob("autograded/*/*/*")):
        files[path.parent.parent.name, path.name] = _content(path)
    return State(rows(course), files, shown(course))


def shown(course: Course) -> dict[tuple[str, str], grades.Row]:
    return {(row.student, row.notebook): row for row in grades.read(course)}


def rows(course: Course) -> dict[tuple[str, ...], Any]:
    """Every column but the made-up keys."""
    found: dict[tuple[str, ...], Any] = {}
    with gradebook(course) as book:
        for assignment in book.assignments:
            for submission in assignment.submissions:
                key = (submission.student_id, assignment.name)
                found[key] = (submission.score, submission.max_score, submission.needs_manual_grade)
                for part in submission.notebooks:
                    key = (submission.student_id, assignment.name, part.name)
                    found[key] = (part.score, part.late_submission_penalty, len(part.grades), len(part.comments))
                    found |= {(*key, "grade", one.name): _grade(one) for one in part.grades}
                    found |= {(*key, "comment", one.name): _comment(one) for one in part.comments}
        found["students",] = sorted(one.id for one in book.students)
    return found


def _grade(one: Any) -> tuple[Any, ...]:
    return (one.auto_score, one.manual_score, one.extra_credit, one.needs_manual_grade, one.max_score)


def _comment(one: Any) -> tuple[Any, ...]:
    return (one.auto_comment, one.manual_comment)


def _content(path: Path) -> Any:
    """Of an executed notebook, what does not depend on the time: cells, and the points that nbgrader reads in them."""
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
        return [(_without_seconds(cell), _points(cell)) for cell in notebook.cells]
    except (ValueError, KeyError, AttributeError) as error:
        return f"unreadable: {error!r}"


def _without_seconds(cell: Any) -> Cell:
    meta = {key: value for key, value in cell["metadata"].items() if key != "execution"}
    return {**cell, "metadata": meta}


def _points(cell: Any) -> Any:
    return determine_grade(cell) if cell.metadata.get("nbgrader", {}).get("grade") else None


def differences(due: State, found: State) -> list[str]:
    """A line for everything that is not as it should be; [] where nothing was lost."""
    lines = []
    for words in ("rows", "files", "shown"):
        one: dict[Any, Any] = getattr(due, words)
        other: dict[Any, Any] = getattr(found, words)
        for key in sorted(one.keys() | other.keys(), key=str):
            if one.get(key) != other.get(key):
                lines.append(f"{words} {' '.join(key)}: {_apart(one.get(key), other.get(key))}")
    return lines


def _apart(one: Any, other: Any) -> str:
    """The first thing that differs."""
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        one, other = next((a, b) for a, b in zip(one, other, strict=True) if a != b)
    words = ["nothing" if value is None else repr(value) for value in (one, other)]
    same = next((k for k, (a, b) in enumerate(zip(*words, strict=False)) if a != b), 0)
    return " became ".join(word[max(0, same - 60) : same + 200] for word in words)


def half(due: State, course: Course) -> list[str]:
    """Rows that `raisin grades` shows with points that are not those of an undisturbed run, and no word about it."""
    lines = []
    for key, row in shown(course).items():
        said = any(words in row.needs for words in ("not graded", "handed in again"))
        wanted = due.shown[key]
        if row.points is not None and not said and (row.points, row.of) != (wanted.points, wanted.of):
            lines.append(f"{key}: {row.points} of {row.of} shown, {wanted.points} of {wanted.of} due ({row.remark})")
        if row.points is None and not row.needs:
            lines.append(f"{key}: no points and no reason")
    return lines
