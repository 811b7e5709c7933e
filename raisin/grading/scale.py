"""Points as they stand in another gradebook: as they are, on another scale, or as a word. Pure.

c.Course.scale = {"*": 10, "07": [["Fail", 0], ["Pass", 0.5], ["Higher", 0.8]]}       a notebook's own column
c.Course.grade = {"title": "Grade (99)", "steps": [["Pass", ["01", "02"], 0.5], ["Higher", ["06"], 0.5]]}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from raisin.grading.canvas import decimal
from raisin.grading.course import Course
from raisin.grading.errors import BadSetting


@dataclass(frozen=True)
class Step:
    """One step of the grade for all: the word, and the notebooks of which so large a share is asked."""

    word: str
    notebooks: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Grade:
    """The grade for all: the title of its column, the steps from below, and the word for less than the first step."""

    title: str
    steps: tuple[Step, ...]
    otherwise: str = ""


def scales_of(course: Course) -> dict[str, Any]:
    """The scale of every notebook that has one: a number, or steps of (word, least share). Raises BadSetting."""
    found: dict[str, Any] = {}
    for key, how in course.scale.items():
        names = course.notebooks if key == "*" else course.chosen([key])
        for name in names:
            if key != "*" or name not in found:
                found[name] = _understood(key, how)
    return found


def _understood(key: str, how: Any) -> Any:
    if isinstance(how, int | float) and not isinstance(how, bool) and how > 0:
        return how
    try:
        steps = sorted(((str(word), float(least)) for word, least in how), key=lambda step: step[1])
        if steps and all(0 <= least <= 1 for _, least in steps):
            return steps
    except (TypeError, ValueError):
        pass
    words = "give the points of a full score (10), or words with the least share of the points for each"
    raise BadSetting(f'c.Course.scale["{key}"] = {how!r} cannot be understood: {words} ([["Fail", 0], ["Pass", 0.5]])')


def value(points: float, of: float, how: Any = None) -> str:
    """What to write for so many points of so many; `how` as `scales_of` gives it. A bonus may lead beyond the top."""
    if how is None:
        return decimal(points)
    if not of:
        return ""
    if isinstance(how, int | float):
        # From the points as they are shown, so that thirds do not end at .005.
        return decimal(Decimal(repr(points)) / Decimal(repr(of)) * Decimal(repr(how)))
    reached = [word for word, least in how if _reaches(points, of, least)]
    return reached[-1] if reached else ""


def _reaches(points: float, of: float, share: float) -> bool:
    return points >= of * share - 1e-9


def grade_of(course: Course) -> Grade | None:
    """The course's grade for all notebooks together, where it has one. Raises BadSetting, NoSuchNotebook."""
    given: Mapping[str, Any] = course.grade
    if not given:
        return None
    try:
        title = str(given["title"])
        steps = tuple(_step(course, *step) for step in given["steps"])
        if steps and all(step.notebooks and 0 <= step.share <= 1 for step in steps):
            return Grade(title, steps, str(given.get("otherwise", "")))
    except (KeyError, TypeError, ValueError):
        pass
    words = '{"title": "Grade (99)", "steps": [["Pass", ["01", "02"], 0.5], ["Higher", ["06"], 0.5]]}'
    raise BadSetting(f"c.Course.grade = {given!r} cannot be understood; write it like {words}")


def _step(course: Course, word: str, names: Sequence[str], share: float) -> Step:
    return Step(str(word), course.chosen(list(names)) if names else (), float(share))


def word_for(grade: Grade, shares: Mapping[str, float | None]) -> str | None:
    """The word of the last step reached; `shares`: of each notebook, None while it is not graded to its end.

    A notebook that is not in `shares` was not handed in. None where it depends on what is not graded yet.
    """
    word = grade.otherwise
    for step in grade.steps:
        missed = [name for name in step.notebooks if name not in shares or _below(shares[name], step.share)]
        if missed:
            return word
        if any(shares[name] is None for name in step.notebooks):
            return None
        word = step.word
    return word


def _below(share: float | None, least: float) -> bool:
    return share is not None and not _reaches(share, 1.0, least)
