"""Points from verdicts: each check counts for itself, and only what was said once, by its own cell."""

from dataclasses import asdict
from typing import Any

import factories
import nbformat
import pytest
from nbgrader.utils import determine_grade

from raisin.grading import judge
from raisin.lab.verdict import MIME, Verdict

SOURCE = "".join(f'@lab.equal("{what}", due=1)\ndef _():\n    return 1\n\n\n' for what in ("a", "b", "c", "d"))
ERROR = {"output_type": "error", "ename": "NameError", "evalue": "name 'x' is not defined", "traceback": []}
TIMEOUT = {"output_type": "error", "ename": "CellTimeoutError", "evalue": "", "traceback": []}


def message(found: Verdict) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {MIME: asdict(found)}, "metadata": {}}


def passed(what: str) -> dict[str, Any]:
    return message(Verdict(what, True))


def wrong(what: str, *lines: str) -> dict[str, Any]:
    return message(Verdict(what, False, lines or ("got: 2", "due: 1"), diagnosis="doubled", wrong=True))


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def cell(*outputs: dict[str, Any], points: float = 2) -> Any:
    return nbformat.from_dict({**factories.check("test-a", SOURCE, points), "outputs": list(outputs)})


def points(*outputs: dict[str, Any]) -> float:
    """As nbgrader reads them from the outputs that are written."""
    made = cell(*outputs)
    made.outputs = judge.outputs(made, judge.judge(made))
    score, of = determine_grade(made)
    assert of == 2
    return float(score)


def test_four_of_four_are_all_the_points() -> None:
    assert points(*map(passed, "abcd")) == 2


@pytest.mark.parametrize("lost", range(4))
def test_three_of_four_are_three_quarters_wherever_the_wrong_one_stands(lost: int) -> None:
    assert points(*(wrong(w) if k == lost else passed(w) for k, w in enumerate("abcd"))) == 1.5


def test_nothing_said_is_nothing_earned() -> None:
    assert points() == 0
    assert points(printed("✓ a\n✓ b\n✓ c\n✓ d\n")) == 0


def test_a_cell_that_stops_keeps_what_was_passed_before() -> None:
    assert points(passed("a"), passed("b"), ERROR) == 1
    found = judge.judge(cell(passed("a"), TIMEOUT))
    assert found.stopped == judge.TOO_LONG
    assert found.checks[1].verdict.lines == ("not reached: it ran too long",)


def test_stderr_costs_nothing() -> None:
    assert points(*map(passed, "abcd"), printed("a warning", "stderr")) == 2


def test_a_verdict_that_came_twice_or_for_another_check_does_not_count() -> None:
    assert points(*map(passed, "abcd"), passed("a")) == 1.5
    assert points(*map(passed, "abc"), passed("another")) == 1.5
    assert points(wrong("a"), *map(passed, "abcd")) == 1.5


@pytest.mark.parametrize(
    "data", [None, "passed", [], {"what": "d"}, {"what": "d", "passed": 1}, {"what": 4, "passed": True}]
)
def test_a_malformed_verdict_does_not_count(data: object) -> None:
    bad = {"output_type": "display_data", "data": {MIME: data}, "metadata": {}}
    assert points(*map(passed, "abc"), bad) == 1.5


def test_the_list_says_what_passed_and_what_failed_and_why() -> None:
    made = cell(printed("my own print\n"), passed("a"), wrong("b", "got: 2", "due: 1", "in f\n    at: return"), ERROR)
    own, report, result = judge.outputs(made, judge.judge(made))
    assert own.text == "my own print\n"
    assert report.text.splitlines() == [
        "1 of 4 checks: 0.5 of 2 points",
        "✓ a",
        "✗ b",
        "    got: 2",
        "    due: 1",
        "    in f",
        "        at: return",
        "✗ c",
        "    not reached: NameError: name 'x' is not defined",
        "✗ d",
        "    not reached: NameError: name 'x' is not defined",
    ]
    assert result.data == {"text/plain": "0.5"}


def test_what_passes_on_the_courses_own_parts_counts_and_the_list_says_so() -> None:
    first = cell(passed("a"), wrong("b", "got: 2"), wrong("c"), wrong("d"))
    again = judge.said(cell(wrong("a"), passed("b"), wrong("c"), passed("d"), passed("d")))
    found = judge.judge(first, again)
    assert [check.counts for check in found.checks] == [True, True, False, False]
    assert [check.carried for check in found.checks] == [False, True, False, False]
    assert found.points == 1
    (report, _) = judge.outputs(first, found, ["03-graph-nodes: the operands"])
    assert report.text.splitlines()[1:6] == [
        "↻ counts: right here, it passes on the course's own earlier notebooks, and failed on yours.",
        "  What fails in 03-graph-nodes: the operands",
        "✓ a",
        "↻ b",
        "    got: 2",
    ]


def test_the_same_is_kept_as_data() -> None:
    found = judge.as_data(judge.judge(cell(passed("a"), wrong("b"))))
    assert (found["passed"], found["total"]) == (1, 4)
    assert found["checks"][1] == {
        "what": "b",
        "counts": False,
        "carried": False,
        "diagnosis": "doubled",
        "lines": ["got: 2", "due: 1"],
    }


def test_only_a_test_cell_with_checks_is_counted_in_them() -> None:
    assert judge.is_test(cell())
    plain = (factories.check("t", "assert True", 1), factories.answer("a", SOURCE), factories.code("f", SOURCE))
    broken = factories.check("t", "def (", 1)
    assert not any(judge.is_test(nbformat.from_dict(one)) for one in (*plain, broken, factories.text("x", SOURCE)))


def test_a_blank_is_told_from_a_mistake() -> None:
    assert judge.is_blank(Verdict("a", False, (f"{judge.BLANK}: raise NotImplementedError()",)))
    assert not judge.is_blank(Verdict("a", False, ("got: 2",)))
    assert not judge.is_blank(Verdict("a", True))
