"""Sixty people, a trouble each: everybody is matched or named, nobody mixed up, the points those of clean work."""

import json
import shutil
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import factories
import pytest

from raisin.grading import autograde, intake, received, roster
from raisin.grading.course import Course
from raisin.grading.logs import Result
from raisin.grading.receipts import MISSING, ODD, Receipt

sys.path.insert(0, str(factories.PROJECT / "examples"))
import make_canvas_zip as example
import troubles

pytestmark = pytest.mark.slow
NOTEBOOKS = (example.ARITHMETIC, example.GRAPH)
Points = dict[str, tuple[float | None, bool]]


@dataclass(frozen=True)
class Through:
    """The class after `raisin collect` and `raisin grade`, together with the same answers in clean notebooks."""

    course: Course
    folder: Path
    truth: list[example.Truth]
    receipts: tuple[Receipt, ...]
    results: dict[tuple[str, str], Result]

    def points(self, student: str, notebook: str) -> Points:
        """Cell -> the points of its tests, and whether a person must grade it."""
        return _points(self.course)[student, notebook]


def _points(course: Course) -> dict[tuple[str, str], Points]:
    from nbgrader.api import Gradebook

    found: dict[tuple[str, str], Points] = {}
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        for assignment in book.assignments:
            for submission in assignment.submissions:
                grades = [grade for part in submission.notebooks for grade in part.grades]
                cells = {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in grades}
                found[submission.student_id, assignment.name] = cells
    return found


@pytest.fixture(scope="module")
def through(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Through]:
    root = tmp_path_factory.mktemp("canvas")
    truth = example.make(factories.PROJECT, root / "download")
    course = factories.course(root / "course", ['c.Course.secret = "sixty people"'])
    shutil.rmtree(root / "course" / "source")
    for name in NOTEBOOKS:
        shutil.copytree(factories.PROJECT / "source" / name, root / "course" / "source" / name)
    download = root / "download"
    shutil.copy(download / "groups.csv", root / "course")
    receipts = intake.collect(course, download / "submissions.zip", roster_file=download / "roster.csv")
    for answers in example.ANSWERS:
        for name in NOTEBOOKS:
            notebook, _ = example.answered(factories.PROJECT, name, answers, [("", f"clean-{answers}")])
            factories.write(course.submitted(f"clean-{answers}", name), notebook)
    results = autograde.grade(course, jobs=2)
    yield Through(course, download, truth, receipts, {(r.student, r.notebook): r for r in results})


def test_there_are_sixty_people_and_forty_troubles_with_notebooks(through: Through) -> None:
    assert len({one.student for one in through.truth}) == len(through.truth) == 60
    assert len(troubles.TROUBLES) >= 40 and {one.outcome for one in through.truth} == {
        *(example.GRADED, example.LOOK, example.NAMED, example.MISSING, example.NOBODY)
    }
    mangled = [roster.mangled(person.sortable) for person in example.people()]
    assert mangled == [example.mangled(person.sortable) for person in example.people()]
    assert len(set(mangled)) < len(mangled)  # two people are the same to Canvas


def test_everybody_is_matched_or_named(through: Through) -> None:
    named = {(r.student, r.state) for r in through.receipts}
    for one in through.truth:
        stored = through.course.has_submission(one.student, one.notebook)
        assert stored == (one.outcome in (example.GRADED, example.LOOK)), one
        if one.outcome == example.NAMED:
            assert (one.student, ODD) in named, one
        if not stored:
            assert (one.student, MISSING) in named, one
        if one.outcome == example.NOBODY:
            assert any(r.state == ODD and one.files[0] in r.notebook + r.words for r in through.receipts), one
    assert {r.student for r in through.receipts if r.state == ODD and r.student} == {
        one.student for one in through.truth if one.outcome == example.NAMED
    }


def test_nobody_is_mixed_up_with_somebody_else(through: Through) -> None:
    stored = {(s, n) for s in through.course.students for n in NOTEBOOKS if through.course.has_submission(s, n)}
    due = {(one.student, one.notebook) for one in through.truth if one.outcome in (example.GRADED, example.LOOK)}
    assert {pair for pair in stored if not pair[0].startswith("clean-")} == due
    with zipfile.ZipFile(through.folder / "submissions.zip") as archive:
        handed_in = {name: archive.read(name) for name in archive.namelist()}
    for one in through.truth:
        if (one.student, one.notebook) not in due:
            continue
        record = received.read(through.course, one.student, one.notebook)
        assert record is not None and record.members == one.members, one
        content = through.course.submitted(one.student, one.notebook).read_bytes()
        assert content == handed_in[one.files[0]] or one.trouble == "zipped", one
        if one.outcome == example.GRADED:
            named = received.members(through.course.submitted(one.student, one.notebook))
            assert tuple(member.student for member in named) == one.members, one


def test_the_points_are_those_of_the_same_answers_in_a_clean_notebook(through: Through) -> None:
    clean = {(a, n): through.points(f"clean-{a}", n) for a in example.ANSWERS for n in NOTEBOOKS}
    assert len({json.dumps(clean[a, example.ARITHMETIC]) for a in example.ANSWERS}) == len(example.ANSWERS)
    assert clean["right", example.ARITHMETIC]["test-power-value"][0]
    points = _points(through.course)
    for one in through.truth:
        result = through.results.get((one.student, one.notebook))
        if one.outcome == example.GRADED:
            assert result is not None and result.reason == "", one
            assert points[one.student, one.notebook] == clean[one.answers, one.notebook], one
        elif one.outcome == example.LOOK:
            assert result is not None and result.reason and (one.student, one.notebook) not in points, one
        else:
            assert result is None, one


def test_what_a_person_must_look_at_says_what_and_where(through: Through) -> None:
    reasons = {
        one.trouble: through.results[one.student, one.notebook].reason
        for one in through.truth
        if one.outcome == example.LOOK
    }
    assert "power is there 2 times with different work" in reasons["attempts_far_apart"]
    assert "power is not in its place; it may be in cell" in reasons["answer_unlike_what_was_asked"]
    assert all("damaged or incomplete" in reasons[name] for name in ("cut_off", "web_page", "empty_file"))
