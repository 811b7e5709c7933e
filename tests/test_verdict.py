"""Where a verdict goes: to the notebook's reader, or to a receiver."""

import pytest

from raisin.lab import verdict
from raisin.lab.verdict import Verdict

WRONG = Verdict("x", False, ("got: 2", "due: 1"), diagnosis="doubled", wrong=True)


def test_in_a_notebook_a_passed_check_prints_and_a_failed_one_raises(capsys: pytest.CaptureFixture[str]) -> None:
    verdict.settle(Verdict("x", True, note=": 0.9"))
    assert capsys.readouterr().out == "✓ x: 0.9\n"
    with pytest.raises(AssertionError, match="x\n  got: 2\n  due: 1"):
        verdict.settle(WRONG)


def test_a_receiver_takes_every_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[Verdict] = []
    verdict.send_to(heard.append)
    try:
        verdict.settle(WRONG)
    finally:
        verdict.send_to(None)
    assert heard == [WRONG] and capsys.readouterr().out == ""
