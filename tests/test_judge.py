"""Points from what checks sent: each counts for itself, and only what was sent once, by its own cell, in this run."""

from collections.abc import Callable
from typing import Any

import factories
import nbformat
import numpy as np
import pytest
from nbgrader.utils import determine_grade

from raisin.grading import judge
from raisin.grading import outputs as kept
from raisin.grading.judge import Run
from raisin.lab import wire
from raisin.lab.diagnose import Mistake
from raisin.lab.observe import Expectation, Observation
from raisin.lab.verdict import Verdict

SOURCE = "".join(f'@lab.equal("{what}", due=1)\ndef _():\n    return 1\n\n\n' for what in ("a", "b", "c", "d"))
ERROR = {"output_type": "error", "ename": "NameError", "evalue": "name 'x' is not defined", "traceback": []}
TIMEOUT = {"output_type": "error", "ename": "CellTimeoutError", "evalue": "", "traceback": []}
DOUBLED = Mistake("doubled", "it is twice what is due", "where is it added twice?")
RUN = Run(
    "this run",
    {what: Expectation(what, "value", np.array(1), hint="count") for what in "abcd"},
    dict.fromkeys("abcd", "drawn"),
    look=lambda found, expected: DOUBLED,
)


def message(what: str, value: float, nonce: str = "this run", inputs: str = "drawn", *lines: str) -> dict[str, Any]:
    found = Observation(what, np.array(value), lines)
    data = {wire.MIME: wire.message(found, nonce, inputs)}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def passed(what: str) -> dict[str, Any]:
    return message(what, 1)


def wrong(what: str) -> dict[str, Any]:
    return message(what, 2)


def judged(made: Any, again: Any = None) -> judge.Judged:
    return judge.judge(made, RUN, judge.said(made.outputs, RUN), again and judge.said(again.outputs, RUN))


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def cell(*outputs: dict[str, Any], points: float = 2) -> Any:
    return nbformat.from_dict({**factories.check("test-a", SOURCE, points), "outputs": list(outputs)})


def points(*outputs: dict[str, Any]) -> float:
    """As nbgrader reads them from the outputs that are written."""
    made = cell(*outputs)
    made.outputs = judge.outputs(kept.reduced(made.outputs), judged(made))
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
    found = judged(cell(passed("a"), TIMEOUT))
    assert found.stopped == judge.TOO_LONG
    assert found.checks[1].verdict.lines == ("not reached: it ran too long",)


def test_stderr_costs_nothing() -> None:
    assert points(*map(passed, "abcd"), printed("a warning", "stderr")) == 2


def test_what_came_twice_or_for_another_check_does_not_count() -> None:
    assert points(*map(passed, "abcd"), passed("a")) == 1.5
    assert points(*map(passed, "abc"), passed("another")) == 1.5
    assert points(wrong("a"), *map(passed, "abcd")) == 1.5


@pytest.mark.parametrize("bad", [message("d", 1, nonce="another run"), message("d", 1, inputs="of another seed")])
def test_what_is_not_of_this_run_does_not_count(bad: dict[str, Any]) -> None:
    assert points(*map(passed, "abc"), bad) == 1.5
    made = cell(*map(passed, "abc"), bad)
    assert "what it sent does not count" in judged(made).checks[3].verdict.lines[0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: None,
        lambda data: "passed",
        lambda data: {},
        lambda data: {**data, "what": 4},
        lambda data: {**data, "value": 1},
        lambda data: {**data, "value": {"array": "x", "dtype": "|O8", "shape": []}},
        lambda data: {key: data[key] for key in ("what", "value", "nonce")},
    ],
)
def test_a_malformed_message_does_not_count(spoil: Callable[[dict[str, Any]], object]) -> None:
    good = passed("d")
    bad = {**good, "data": {wire.MIME: spoil(good["data"][wire.MIME])}}
    assert points(*map(passed, "abc"), bad) == 1.5


def test_a_result_or_a_picture_in_place_of_a_message_counts_for_nothing() -> None:
    forged = {"output_type": "execute_result", "data": {"text/plain": "2.0"}, "metadata": {}, "execution_count": 1}
    assert points(forged) == 0
    assert points(forged, {**passed("a"), "output_type": "execute_result", "execution_count": 1}) == 0


def test_a_check_that_the_source_lacks_says_what_to_do() -> None:
    made = cell(passed("a"))
    found = judge.judge(made, Run("this run", {}, {}), judge.Said())
    assert found.points == 0 and "release it" in found.checks[0].verdict.lines[0]


def test_a_dead_kernel_is_the_reason() -> None:
    made = cell(passed("a"))
    found = judge.judge(made, RUN, judge.said(made.outputs, RUN, judge.DIED))
    assert found.points == 0.5 and found.checks[1].verdict.lines == ("not reached: the kernel died",)


def test_the_list_says_what_passed_and_what_failed_and_why() -> None:
    raised = message("c", 0, "this run", "drawn", "your code raised ValueError: no\n    in f, at: return")
    made = cell(printed("my own print\n"), passed("a"), wrong("b"), raised, ERROR)
    own, report, result = judge.outputs(kept.reduced(made.outputs), judged(made))
    assert own.text == "my own print\n"
    assert report.text.splitlines() == [
        "1 of 4 checks: 0.5 of 2 points",
        "✓ a",
        "✗ b",
        "    got: 2",
        "    due: 1",
        "    it looks as if it is twice what is due",
        "    look at: where is it added twice?",
        "    hint: count",
        "✗ c",
        "    your code raised ValueError: no",
        "        in f, at: return",
        "    hint: count",
        "✗ d",
        "    not reached: NameError: name 'x' is not defined",
    ]
    assert result.data == {"text/plain": "0.5"}


def test_what_passes_on_the_courses_own_parts_counts_and_the_list_says_so() -> None:
    first = cell(passed("a"), wrong("b"), wrong("c"), wrong("d"))
    found = judged(first, cell(wrong("a"), passed("b"), wrong("c"), passed("d"), passed("d")))
    assert [check.counts for check in found.checks] == [True, True, False, False]
    assert [check.carried for check in found.checks] == [False, True, False, False]
    assert found.points == 1
    (report, _) = judge.outputs([], found, ["03-graph-nodes: the operands"])
    assert report.text.splitlines()[1:6] == [
        "↻ counts: right here, it passes on the course's own earlier notebooks, and failed on yours.",
        "  What fails in 03-graph-nodes: the operands",
        "✓ a",
        "↻ b",
        "    got: 2",
    ]


def test_the_same_is_kept_as_data() -> None:
    found = judge.as_data(judged(cell(passed("a"), wrong("b"))))
    assert (found["passed"], found["total"]) == (1, 4)
    assert found["checks"][1] == {
        "what": "b",
        "counts": False,
        "carried": False,
        "diagnosis": "doubled",
        "lines": [
            *("got: 2", "due: 1", "it looks as if it is twice what is due"),
            *("look at: where is it added twice?", "hint: count"),
        ],
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
