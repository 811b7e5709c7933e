"""What coming late costs, to the minute; a date that moves changes penalties and runs nothing."""

from datetime import UTC, datetime
from pathlib import Path

import factories
import pytest
from factories import FIRST, SECOND
from nbgrader.api import Gradebook

from raisin.grading import autograde, engines, grades, late, logs, plan, progress, received, release
from raisin.grading.course import Course, open_course
from raisin.grading.errors import BadSetting, InUse
from raisin.grading.late import Moved, ShareADay
from raisin.grading.received import Record

# nbgrader's own, from making a submission; it does not happen in the code under test.
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")

MINUTE, DAY = 60, 24 * 3600
SETTINGS = [
    'c.AssignLatePenalties.plugin_class = "raisin.grading.late.ShareADay"',
    "c.ShareADay.share = 0.1",
    "c.ShareADay.grace_minutes = 15",
    'c.Course.due = {"01": "2026-10-24 23:59 Europe/Berlin"}',  # the clocks go back in the night to the 25th
]


@pytest.mark.parametrize(
    ("minutes", "lost"),
    [(0, 0), (15, 0), (15.01, 1), (24 * 60, 1), (24 * 60 + 15, 1), (24 * 60 + 16, 2), (5 * 24 * 60, 4), (99_999, 4)],
)
def test_a_share_a_day_with_grace_and_a_limit(minutes: float, lost: float) -> None:
    plugin = ShareADay(share=0.1, most=0.4, grace_minutes=15)
    assert (plugin.late_submission_penalty("ada", 10.0, minutes * MINUTE) or 0) == pytest.approx(lost)


def hand_in(course: Course, student: str, time: str, points: float = 4.0, members: tuple[str, ...] = ()) -> None:
    """A graded notebook, received at that time (with its zone; "" for unknown)."""
    path = factories.hand_in(course, student, FIRST)
    received.write(course, student, FIRST, Record(members or (student,), time=time))
    logs.write(course.log(student, FIRST), logs.Result(student, FIRST, logs.digest(path), {}), "")
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        gradebook.update_or_create_student(student)
        (part,) = gradebook.update_or_create_submission(FIRST, student).notebooks
        for grade in part.grades:
            grade.auto_score = points if grade.name == "test-double-number" else 0
        gradebook.db.commit()


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = factories.course(tmp_path, SETTINGS)
    release.release(made)
    return made


def lost(course: Course) -> dict[str, float]:
    return {row.student: round(row.penalty, 9) for row in grades.read(course, ["01"]) if row.points is not None}


def test_a_minute_counts_in_every_zone_and_over_the_change_to_winter_time(course: Course) -> None:
    hand_in(course, "in-time", "2026-10-24T23:59:00+02:00")
    hand_in(course, "in-grace", "2026-10-24T22:14:00+00:00")  # the same as 00:14 in Berlin
    hand_in(course, "late", "2026-10-24T18:15:00-04:00")  # 00:15, a minute after the grace
    hand_in(course, "next-day", "2026-10-25T23:14:00+01:00")  # 24 hours and 15 minutes, for the night has an hour more
    hand_in(course, "two-days", "2026-10-25T23:15:00+01:00")
    hand_in(course, "unknown", "")
    moved = late.settle(course)
    assert lost(course) == {
        "in-time": 0,
        "in-grace": 0,
        "late": 0.4,
        "next-day": 0.4,
        "two-days": 0.8,
        "unknown": 0,
    }
    assert {(one.student, one.before, round(one.now, 9)) for one in moved} == {
        ("late", 0.0, 0.4),
        ("next-day", 0.0, 0.4),
        ("two-days", 0.0, 0.8),
    }
    assert late.settle(course) == ()
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        assert gradebook.find_assignment(FIRST).duedate == datetime(2026, 10, 24, 21, 59)
        assert gradebook.find_submission(FIRST, "late").total_seconds_late == 16 * MINUTE


def test_a_personal_extension_counts_and_in_a_group_the_latest(course: Course) -> None:
    table = "student_id,name,extension 01\nada,Ada,1 day\nbob,Bob,2026-10-26 12:00\neve,Eve,\nzoe,Zoe,\n"
    (course.root / "roster.csv").write_text(table)
    hand_in(course, "ada", "2026-10-26T00:13:00+01:00")  # the clock says the same hour a day later
    hand_in(course, "bob", "2026-10-26T12:16:00+01:00")
    hand_in(course, "eve", "2026-10-26T12:10:00+01:00", members=("eve", "bob"))
    hand_in(course, "zoe", "2026-10-26T12:10:00+01:00")
    late.settle(course)
    assert lost(course) == {"ada": 0, "bob": 0.4, "eve": 0, "zoe": 0.8}
    (course.root / "roster.csv").write_text("student_id,name\nada,Ada\nbob,Bob\neve,Eve\nzoe,Zoe\n")
    assert {one.student for one in late.settle(course)} == {"ada", "bob", "eve"}


def test_the_gradebook_gets_the_names_that_it_lacks(course: Course) -> None:
    rows = ["ada,Ada King,a@b.org", 'bob,"Müller, Bob",', "eve,Eve,", "zoe,Zoe Roe,", "sam,,"]
    (course.root / "roster.csv").write_text("\n".join(["student_id,name,email", *rows]) + "\n", encoding="utf-8")
    for student in ("ada", "bob", "eve", "zoe", "sam", "not-on-it"):
        hand_in(course, student, "")
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        gradebook.update_or_create_student("zoe", first_name="Zoë", last_name="Doe")
    late.settle(course)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        found = {one.id: (one.last_name, one.first_name, one.email) for one in gradebook.students}
    assert found == {
        "ada": ("King", "Ada", "a@b.org"),
        "bob": ("Müller", "Bob", None),
        "eve": ("Eve", "", None),
        "zoe": ("Doe", "Zoë", None),
        "sam": (None, None, None),
        "not-on-it": (None, None, None),
    }


def test_points_by_hand_are_in_what_is_lost_and_members_lose_the_same(course: Course) -> None:
    hand_in(course, "ada", "2026-10-25T12:00:00+01:00", members=("ada", "bob"))
    late.settle(course)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        gradebook.find_grade("why-double", FIRST, FIRST, "ada").manual_score = 2.0
        gradebook.db.commit()
    assert late.settle(course) == (Moved("ada", FIRST, pytest.approx(0.4), pytest.approx(0.6)),)
    rows = {row.student: row for row in grades.read(course, ["01"])}
    assert (rows["ada"].points, rows["ada"].counts, rows["bob"].counts) == (6.0, 5.4, 5.4)


@pytest.mark.parametrize(("policy", "due"), [("", 0), ('c.LateSubmissionPlugin.penalty_method = "zero"', 4.0)])
def test_without_a_policy_of_ours_nbgraders_own_counts_by_default_none(course: Course, policy: str, due: float) -> None:
    path = course.root / "nbgrader_config.py"
    path.write_text(path.read_text(encoding="utf-8").replace(SETTINGS[0], policy), encoding="utf-8")
    there = open_course(course.root)
    hand_in(there, "ada", "2027-01-01T00:00:00+00:00")
    late.settle(there)
    assert lost(there) == {"ada": due}


def test_a_due_date_set_in_formgrader_counts_where_the_settings_have_none(course: Course) -> None:
    course.due = {}
    hand_in(course, "ada", "2026-10-25T12:00:00+01:00")
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment(FIRST, duedate="2026-10-25 10:30:00")
        gradebook.db.commit()
    assert [one.student for one in late.settle(course)] == ["ada"]


def test_a_date_that_cannot_be_meant_stops_and_a_grading_at_work_is_waited_for(course: Course) -> None:
    with late.alone(course):
        assert late.settle_if_free(course) == ()
        with pytest.raises(InUse):
            late.settle(course)
    course.due = {"01": "next Friday"}
    with pytest.raises(BadSetting, match="'next Friday' is no date"):
        late.check(course)


@pytest.mark.slow
def test_a_date_that_moves_changes_the_penalty_and_runs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = factories.course(tmp_path, SETTINGS)
    release.release(made)
    factories.hand_in(made, "ada", FIRST)
    received.write(made, "ada", FIRST, Record(("ada",), time="2026-10-25T12:00:00+01:00"))
    (done,) = autograde.grade(made)
    before = made.autograded("ada", FIRST).read_bytes()
    assert not done.reason and lost(made) == {"ada": 0.5}
    received.write(made, "ada", FIRST, Record(("ada",), time=datetime(2026, 10, 26, 12, tzinfo=UTC).isoformat()))
    assert plan.make(made).jobs == () and autograde.grade(made) == (done,)
    assert lost(made) == {"ada": 1.0}
    made.due = {FIRST: "2026-10-27"}
    assert progress.run(made, plan.make(made), engines.Local(1)) == (done,) and lost(made) == {"ada": 0}
    assert "ada 01-first: coming late costs 0 points, before 1" in capsys.readouterr().out
    assert made.autograded("ada", FIRST).read_bytes() == before and not made.has_submission("ada", SECOND)
