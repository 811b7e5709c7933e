"""Calls are counted, and only the calls of the block."""

import sys

import pytest

from raisin.lab.cost import TooManyCalls, at_most_calls


def doublings(n: int) -> int:
    return 1 if n == 0 else doublings(n - 1) + doublings(n - 1)


def test_what_stays_below_the_limit_runs_and_gives_its_result() -> None:
    """2 ** 4 - 1 inner calls, 2 ** 4 leaves: 31 in all; leaving the block costs a call or two of its own."""
    with at_most_calls(40):
        assert doublings(4) == 16


def test_one_call_too_many_is_an_assertion_error_that_says_what_it_means() -> None:
    """A check that contains the block fails, and repeats the meaning to the student."""
    with pytest.raises(TooManyCalls, match="more than 30 calls: once per path\\?"), at_most_calls(30, "once per path?"):
        doublings(4)
    assert issubclass(TooManyCalls, AssertionError)


def test_a_hopeless_walk_is_stopped_at_once() -> None:
    """2 ** 60 calls would outlast the course."""
    with pytest.raises(TooManyCalls), at_most_calls(1000):
        doublings(60)


def test_built_in_functions_count_too() -> None:
    """A walk with a list for a stack calls nothing of Python's own."""
    stack: list[int] = []
    with pytest.raises(TooManyCalls), at_most_calls(1000):
        while True:
            stack.append(0)


def test_the_profiler_that_was_there_is_put_back() -> None:
    """Also after a failure: a coverage tool goes on counting."""
    before = sys.getprofile()
    with pytest.raises(TooManyCalls), at_most_calls(0):
        doublings(1)
    assert sys.getprofile() is before
