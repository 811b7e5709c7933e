"""Who wrote the same: what was given and what many wrote says nothing."""

import random

from raisin.grading.alike import alike

GIVEN = (
    "def power(base, exponent):\n    '''base ** exponent, element by element, as the course gave it to everybody'''\n"
)


def essay(seed: int, words: int = 120) -> str:
    """Words that nobody else would write in this order."""
    draw = random.Random(seed)
    return " ".join("".join(draw.choices("abcdefghijklmnop", k=draw.randint(3, 9))) for _ in range(words))


def test_a_copy_is_found_and_how_much_of_it() -> None:
    texts = {"ada": GIVEN + essay(1), "bob": GIVEN + essay(2), "eve": GIVEN + essay(1)[:500] + essay(3, 20)}
    (pair,) = alike("02", texts, GIVEN)
    assert (pair.one, pair.other) == ("ada", "eve") and 0.6 < pair.share < 0.95


def test_the_same_with_other_line_breaks_is_the_same() -> None:
    (pair,) = alike("02", {"ada": essay(1), "bob": essay(1).replace(" ", "\n    ")}, "")
    assert pair.share == 1.0


def test_what_was_given_is_left_out() -> None:
    given = essay(7, 200)
    assert alike("02", {"ada": given + essay(1, 40), "bob": given + essay(2, 40)}, given) == []


def test_what_many_wrote_is_left_out() -> None:
    """The task leaves no choice: twenty people write the same lines, each with words of their own."""
    texts = {f"s{k:02}": essay(0) + " " + essay(k + 1, 60) for k in range(20)}
    assert alike("02", texts, "") == []
    texts["s00"] = texts["s01"]
    (pair,) = alike("02", texts, "")
    assert (pair.one, pair.other) == ("s00", "s01")


def test_a_group_may_hand_in_the_same() -> None:
    texts = {"ada": essay(1), "bob": essay(1)}
    assert alike("02", texts, "", [frozenset(("bob", "ada"))]) == []


def test_too_little_to_compare_is_not_compared() -> None:
    assert alike("02", {"ada": "return x", "bob": "return x", "eve": ""}, "") == []
