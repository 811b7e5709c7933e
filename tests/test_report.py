"""The page on a class, and the tables behind it."""

import csv
from pathlib import Path

import factories
import pytest
from factories import FIRST, SECOND
from test_execute import ADDS_TWO
from test_feedback import course
from test_safe import Seen

from raisin import cli
from raisin.grading import autograde, report, tidy
from raisin.grading.alike import Alike
from raisin.grading.course import Course
from raisin.grading.report import Bar, ByHand, CheckRow, Cost, Missing, Points, Report

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")
ESSAY = "Because " + " ".join(f"word{k}of{k * k}" for k in range(80))


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    made = course(tmp_path_factory.mktemp("report"))
    for student in ("ada", "bob"):
        factories.hand_in(made, student, FIRST, factories.replace("why-double", ESSAY))
    factories.hand_in(made, "cleo", FIRST, factories.replace("double", ADDS_TWO))
    factories.hand_in(made, "dan", FIRST, blank=True)
    factories.hand_in(made, "ada", SECOND)
    made.submitted("eve", FIRST).parent.mkdir(parents=True)
    made.submitted("eve", FIRST).write_text("no notebook", encoding="utf-8")
    autograde.grade(made, jobs=2)
    return made


@pytest.mark.slow
def test_everything_is_counted(graded: Course) -> None:
    made = report.read(graded)
    assert {(one.student, one.points) for one in made.points if one.notebook == FIRST} >= {("ada", 5.0), ("dan", 0.0)}
    number, text = (next(row for row in made.checks if row.check == f"double: a {word}") for word in ("number", "text"))
    assert (number.passed, number.failed, number.blank, number.carried) == (2, 1, 1, 0)
    assert number.task == "Task 1: *Twice* as much (5 points)" and number.cell == "test-double-number"
    assert text.handed_in == 4 and text.missed == 0.5
    assert ByHand(FIRST, "why-double", 4, 4) in made.by_hand or ByHand(FIRST, "why-double", 3, 4) in made.by_hand
    assert {(one.student, one.notebook) for one in made.missing} >= {("eve", FIRST), ("bob", SECOND)}
    assert [(pair.one, pair.other) for pair in made.alike] == [("ada", "bob")]
    assert all(cost.seconds > 0 for cost in made.costs) and len(made.costs) == 5


@pytest.mark.slow
def test_the_page_and_its_tables_say_the_same(
    graded: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(graded.root)
    assert cli.main(["report", "01"]) == 0
    assert "report/index.html" in capsys.readouterr().out.replace("\\", "/")
    made = (graded.root / "report" / "index.html").read_text(encoding="utf-8")
    seen = Seen(made)
    assert seen.balanced and not {tag for tag, _ in seen.tags} & {"script", "link", "img", "iframe"}
    assert "double: a text" in seen.text and "ada and bob: 100 %" in seen.text and "eve" in seen.text
    with (graded.root / "report" / "checks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["check"] for row in rows} >= {"double: a number", "double: rows"}
    missed = [int(row["failed"]) + int(row["blank"]) for row in rows]
    assert missed == sorted(missed, reverse=True)
    assert {path.name for path in (graded.root / "report").iterdir()} == {
        *("index.html", "points.csv", "checks.csv", "costs.csv", "missing.csv", "by_hand.csv", "alike.csv"),
    }


@pytest.mark.slow
def test_no_test_and_no_due_value_is_in_it(graded: Course) -> None:
    report.write(graded, report.read(graded))
    for path in (graded.root / "report").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not [secret for secret in ("SECRETLY", "rng.integers", "@lab.equal", "due", "2 * x") if secret in text]


def test_bars_are_tenths_and_a_bonus_is_in_the_last() -> None:
    found = report.bars([Points("01", "s", points, 10.0, "") for points in (0.0, 0.9, 5.0, 10.0, 12.0)])
    assert [bar.count for bar in found] == [2, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    assert found[5] == Bar(5.0, 6.0, 1) and report.bars([]) == []


def test_only_what_is_far_from_the_others_is_far_out() -> None:
    usual = [Cost("01", f"s{k}", 1.0 + k / 50, 1.0, 100.0 + k) for k in range(20)]
    slow, large = Cost("01", "slow", 31.0, 1.0, 100.0), Cost("01", "large", 1.0, 1.0, 2000.0)
    found = report.far_out([*usual, slow, large, Cost("02", "alone", 99.0, 1.0, 100.0)])
    assert {(one.student, one.far_out) for one in found if one.far_out} == {("slow", "time"), ("large", "memory")}
    assert not any(one.far_out for one in report.far_out(usual))


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    bad = '=HYPERLINK("https://example.org")<script>alert(1)</script>'
    made = Report(
        *("<b>course</b>", ("01",), (Points("01", bad, 1.0, 2.0, ""),)),
        checks=(CheckRow("01", bad, "cell", bad, 1, 0, 1, 0, bad),),
        costs=(Cost("01", bad, 1.0, 1.0, 1.0, "time"),),
        missing=(Missing("01", bad, bad),),
        by_hand=(ByHand("01", bad, 1, 2),),
        alike=(Alike("01", bad, "bob", 0.9),),
    )
    assert "<script>" not in report.html(made) and "<b>course" not in report.html(made)
    path = tmp_path / "missing.csv"
    tidy.table(path, made.missing, Missing)
    assert path.read_text(encoding="utf-8").splitlines()[1].startswith("01,\"'=HYPERLINK")


def test_a_class_of_nobody_has_a_page() -> None:
    assert "01" in report.html(Report("c", ("01",), (), (), (), (), (), ()))
