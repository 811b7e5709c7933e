"""The gradebook in PostgreSQL, by nbgrader's db_url, on a real server: the same rows as in SQLite."""

import csv
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import factories
import fault_class
import fault_run
import postgres
import processes
import psycopg
import pytest
from factories import FIRST, SECOND, Notebook
from fault_run import Moment
from postgres import Server, needs_postgres

from raisin.grading import autograde, grades, intake, release
from raisin.grading.course import Course

pytestmark = [
    pytest.mark.slow,
    needs_postgres,
    # nbgrader's own, from making a submission
    pytest.mark.filterwarnings("ignore:Object of type <Submitted"),
]
STUDENTS = ("ada", "bob", "eve", "O'Brien", "zoë")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres.server() as running:
        yield running


@dataclass(frozen=True)
class Both:
    """The same course with its gradebook in PostgreSQL and in SQLite, both graded."""

    postgres: Course
    sqlite: Course


def _empty(content: Notebook) -> None:
    """Nothing of it is left that could be graded: a person must look."""
    del content["cells"][1:]


CHANGES = {
    "bob": factories.replace("double", "def double(x):\n    return x + 2\n"),
    "eve": _empty,
}


def _through(root: Path, *settings: str) -> Course:
    """Release, collect and grade, as the commands do."""
    course = factories.course(root, ["c.Course.secret = 'x'", *settings])
    release.release(course)
    for student in STUDENTS:
        factories.hand_in(course, student, FIRST, CHANGES.get(student))
    factories.hand_in(course, "ada", SECOND)
    (root / "submitted").rename(root / "handed-in")
    for path in sorted(root.glob("handed-in/*/*/*.ipynb")):
        path.rename(path.parent.parent / path.name)
    intake.collect(course, root / "handed-in")
    autograde.grade(course, jobs=2)
    return course


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Both:
    folder = tmp_path_factory.mktemp("both")
    url = server.make("both")
    return Both(_through(folder / "pg", f"c.CourseDirectory.db_url = {url!r}"), _through(folder / "lite"))


def test_the_rows_are_those_of_sqlite_and_none_are_in_a_file(both: Both, server: Server) -> None:
    rows = fault_class.rows(both.postgres)
    assert rows == fault_class.rows(both.sqlite)
    assert rows["zoë", FIRST][:2] == (5.0, 8.0)
    with psycopg.connect(f"host={server.folder} user=raisin dbname=both") as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM grade WHERE auto_score IS NOT NULL")
    assert count == sum("grade" in key and value[0] is not None for key, value in rows.items()) > 10


def test_grades_are_shown_alike(both: Both) -> None:
    shown = grades.read(both.postgres)
    assert shown == grades.read(both.sqlite)
    assert {row.student: row.points for row in shown if row.notebook == FIRST}["eve"] is None


def test_nbgraders_own_export_is_the_same(both: Both) -> None:
    environment = dict(os.environ, PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    tables = []
    for course in (both.postgres, both.sqlite):
        command = [sys.executable, "-m", "nbgrader", "export"]
        subprocess.run(command, cwd=course.root, env=environment, check=True, capture_output=True)
        with (course.root / "grades.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        tables.append(sorted((row["assignment"], row["student_id"], row["score"], row["max_score"]) for row in rows))
    assert tables[0] == tables[1] and len(tables[0]) == 2 * len(fault_class.rows(both.sqlite)["students",])


@pytest.fixture(scope="module")
def again(both: Both) -> Both:
    """Both after points by hand, a test that counts more, and three new submissions: two of them cannot be graded."""
    for course in (both.postgres, both.sqlite):
        for student in ("ada", "bob"):
            _by_hand(course, student)
        factories.hand_in(course, "ada", FIRST, factories.replace("double", factories.RIGHT))
        for student in ("bob", "zoë"):
            factories.hand_in(course, student, FIRST, _empty)
        content = factories.first()
        factories.cell(content, "test-double-text")["metadata"]["nbgrader"]["points"] = 2
        factories.write(course.source(FIRST), content)
        autograde.grade(course, ["01"], jobs=2)
    return both


def _by_hand(course: Course, student: str) -> None:
    with fault_class.gradebook(course) as book:
        grade = book.find_grade("why-double", FIRST, FIRST, student)
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        book.find_comment("why-double", FIRST, FIRST, student).manual_comment = "Almost, née so."
        book.db.commit()


def test_points_by_hand_survive_a_regrade_and_one_that_fails(again: Both) -> None:
    rows = fault_class.rows(again.postgres)
    assert rows == fault_class.rows(again.sqlite)
    assert rows["ada", FIRST, FIRST, "grade", "why-double"][:2] == (None, 2.5)
    assert rows["ada", FIRST, FIRST, "grade", "test-double-number"][0] == 3.0
    assert rows["bob", FIRST, FIRST, "grade", "test-double-number"][0] is None
    assert rows["bob", FIRST, FIRST, "comment", "why-double"][1] == "Almost, née so."


def test_rows_that_no_longer_hold_are_taken_back(again: Both) -> None:
    """PostgreSQL, unlike SQLite, holds nbgrader to its foreign keys."""
    assert ("zoë", FIRST) not in fault_class.rows(again.postgres)


def test_other_points_for_a_test_in_the_source_reach_the_rows(again: Both) -> None:
    assert fault_class.rows(again.postgres)["O'Brien", FIRST, FIRST, "grade", "test-double-text"][4] == 2.0


def test_a_run_that_is_killed_is_gone_on_with(again: Both, tmp_path: Path) -> None:
    before = fault_class.rows(again.postgres)
    with processes.adopting():
        alive = {process.pid for process in processes.below(os.getpid())}
        run = fault_run.Run(again.postgres, None, tmp_path, "--force")
        moment = Moment("coordinator", after=2, delay=0.1)
        try:
            assert run.wait_for(moment), run.said
        finally:
            run.strike(moment, random.Random(1))
            for process in processes.left(alive, 0.5):
                process.kill()
            processes.left(alive, 5.0)
    autograde.grade(again.postgres, jobs=2)
    assert fault_class.rows(again.postgres) == before
