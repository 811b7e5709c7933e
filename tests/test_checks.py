"""The checks of a cell, read from its text."""

import pytest

from raisin.lab.checks import all_checks, checks_of

CELL = """
def helper(rng):
    return rng.normal()


@lab.equal("one", due=helper, hint="x")
def _(rng):
    return helper(rng)


@lab.same_as_torch(
    "two"
)
def _(T, rng):
    return T.tensor(1.0)


lab.agreement("three", guess, due=y, at_least=0.5)


@lab.raises("four", error=ValueError)
def _(T): ...


@other.equal("five")
def _(): ...


print("six")
"""


def test_decorators_and_plain_calls_are_found_in_order() -> None:
    assert checks_of(CELL) == ("one", "two", "three", "four")
    assert all_checks(CELL) == 4


def test_a_check_that_does_not_stand_at_the_top_is_counted_only() -> None:
    hidden = "for k in range(3):\n    lab.equal('inside', k, due=k)\nlab.equal(name, 1, due=1)\n"
    assert checks_of(hidden) == ()
    assert all_checks(hidden) == 2


def test_what_is_no_python_is_an_error() -> None:
    with pytest.raises(SyntaxError):
        checks_of("def (")
