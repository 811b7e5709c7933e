"""Where a verdict goes: to the notebook's reader, or to the grader."""

import pytest

from raisin.lab import verdict
from raisin.lab.verdict import Verdict

WRONG = Verdict("x", False, ("got: 2", "due: 1"), diagnosis="doubled", wrong=True)


def test_in_a_notebook_a_passed_check_prints_and_a_failed_one_raises(capsys: pytest.CaptureFixture[str]) -> None:
    verdict.settle(Verdict("x", True, note=": 0.9"))
    assert capsys.readouterr().out == "✓ x: 0.9\n"
    with pytest.raises(AssertionError, match="x\n  got: 2\n  due: 1"):
        verdict.settle(WRONG)


def test_in_grading_mode_it_is_sent_and_nothing_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a message of its own type, from which the same verdict can be read."""
    shown: list[dict[str, object]] = []
    monkeypatch.setenv("RAISIN_MODE", "grade")
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data) if raw else None)
    for sent in (WRONG, Verdict("y", True)):
        verdict.settle(sent)
        assert verdict.received(shown[-1][verdict.MIME]) == sent


def test_a_receiver_takes_every_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[Verdict] = []
    verdict.send_to(heard.append)
    try:
        verdict.settle(WRONG)
    finally:
        verdict.send_to(None)
    assert heard == [WRONG] and capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "data", [None, 3, {}, {"what": "x"}, {"what": "x", "passed": "yes"}, {"what": "x", "passed": True, "lines": 3}]
)
def test_what_is_no_verdict_is_none(data: object) -> None:
    assert verdict.received(data) is None
