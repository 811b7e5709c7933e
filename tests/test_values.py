"""Values in plain form, and what counts as different."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from raisin.lab.values import differ, entries, in_words, plain, shapes


def same(got: object, due: object, **options: object) -> bool:
    return differ(plain(got), plain(due), **options) is None


WRONG = {
    "another shape": (np.ones((2, 3)), np.ones((3, 2))),
    "a row for a vector": (np.ones((1, 3)), np.ones(3)),
    "a number for an array of one": (1.0, np.ones(1)),
    "one entry": (np.array([1.0, 2.0, 3.1]), np.array([1.0, 2.0, 3.0])),
    "the sign of one entry": (np.array([1.0, -2.0]), np.array([1.0, 2.0])),
    "None for an array": (None, np.ones(2)),
    "an array for None": (np.ones(2), None),
    "zero for None": (0.0, None),
    "a number for a flag": (1, True),
    "a flag for a number": (True, 1),
    "flags for numbers": (np.array([True, False]), np.array([1.0, 0.0])),
    "numbers for flags": (np.array([1.0, 0.0]), np.array([True, False])),
    "the other flag": (False, True),
    "one of many flags": (np.array([True, False]), np.array([True, True])),
    "nan for a number": (math.nan, 1.0),
    "a number for nan": (1.0, math.nan),
    "infinity for a number": (math.inf, 1e300),
    "a number for infinity": (1e300, math.inf),
    "the other infinity": (-math.inf, math.inf),
    "nan for infinity": (math.nan, math.inf),
    "an imaginary part": (1 + 1j, 1.0),
    "one value too few": ((1.0, 2.0), (1.0, 2.0, 3.0)),
    "one value too many": ([1.0, 2.0], [1.0]),
    "the order of values": ([1.0, 2.0], [2.0, 1.0]),
    "a deep entry": ([1.0, {"w": (2.0, np.zeros(3))}], [1.0, {"w": (2.0, np.eye(3)[0])}]),
    "another key": ({"a": 1.0}, {"b": 1.0}),
    "a sequence for an array": ([1.0, 2.0], np.array([1.0, 2.0])),
    "the other dtype": (np.dtype("float32"), np.dtype("float64")),
    "another word": ("float32", "float64"),
    "a word for a number": ("1.0", 1.0),
    "an array of objects": (np.array([1.0, 2.0], dtype=object), np.array([1.0, 2.0])),
    "an unsigned entry": (np.array([1, 2], dtype=np.uint8), np.array([2, 2], dtype=np.uint8)),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_seen(case: str) -> None:
    assert not same(*WRONG[case])


RIGHT = {
    "numbers": (1.0, 1),
    "a Python and a NumPy number": (np.float64(2.5), 2.5),
    "a zero-dimensional array": (np.array(2.5), 2.5),
    "flags": (np.bool_(True), True),
    "arrays of flags": (np.array([True, False]), np.array([True, False])),
    "none": (None, None),
    "nan": (np.array([math.nan, 1.0]), np.array([math.nan, 1.0])),
    "infinity": (np.array([-math.inf, 1.0]), np.array([-math.inf, 1.0])),
    "nothing at all": (np.ones((0, 3)), np.ones((0, 3))),
    "a tuple and a list": ((1.0, [2.0]), [1.0, (2.0,)]),
    "shapes": (np.ones((2, 3)).shape, torch.ones(2, 3).shape),
    "dtypes": (np.dtype("float64"), torch.float64),
    "a dtype by its class": (np.float32, torch.float32),
    "a tensor of torch": (np.ones(3), torch.ones(3, dtype=torch.float64, requires_grad=True)),
    "a tensor of one's own": (SimpleNamespace(data=np.ones(3)), torch.ones(3, dtype=torch.float64)),
    "integers and floats": (np.array([1, 2]), np.array([1.0, 2.0])),
}


@pytest.mark.parametrize("case", RIGHT)
def test_a_right_value_passes(case: str) -> None:
    assert same(*RIGHT[case])


@pytest.mark.parametrize(
    ("due", "scale", "bound"),
    [
        (np.array([1.0, 0.25]), 1.0, 1e-9),
        (np.array([1000.0, 0.25]), 1.0, 1e-6),
        (np.array([-1000.0, 0.25]), 1.0, 1e-6),
        (np.array([0.001, 0.0]), 1.0, 1e-9),
        (np.array([0.001, 0.0]), 1e-4, 1e-12),
        (np.array([1.0, 0.0]), 50.0, 5e-8),
        (np.array([math.inf, 2.0]), 1.0, 2e-9),
    ],
)
def test_the_tolerance_is_relative_to_the_largest_or_the_scale(due: np.ndarray, scale: float, bound: float) -> None:
    for sign in (1, -1):
        inside, outside = due.copy(), due.copy()
        inside[1] += sign * 0.99 * bound
        outside[1] += sign * 1.01 * bound
        assert same(inside, due, scale=scale)
        assert not same(outside, due, scale=scale)


def test_float32_has_a_wider_tolerance() -> None:
    due = np.array([4.0, 0.0])
    assert same(np.array([4.0, 0.99 * 4e-5]), due, float32=True)
    assert not same(np.array([4.0, 1.01 * 4e-5]), due, float32=True)
    assert not same(np.array([4.0, 0.99 * 4e-5]), due)


def test_each_array_has_its_own_tolerance() -> None:
    assert not same([np.array([1e6]), np.array([1.0 + 1e-6])], [np.array([1e6]), np.array([1.0])])


def test_the_first_difference_is_named_by_place_got_and_due() -> None:
    due = {"w": [np.zeros(2), np.arange(6.0).reshape(2, 3)]}
    got = {"w": [np.zeros(2), np.array([[0.0, 1.0, 2.0], [3.0, -4.0, 7.0]])]}
    found = differ(plain(got), plain(due))
    assert found is not None
    assert (found.where, found.got, found.due) == ("['w'][1][1, 1]", "-4", "4")
    assert found.note == "2 of 6 entries differ"


def test_what_just_missed_the_tolerance_does_not_look_equal() -> None:
    found = differ(plain(9.5 + 1e-8), plain(9.5))
    assert found is not None
    assert found.got != found.due


def test_a_plain_value_is_a_copy() -> None:
    array = np.zeros(3)
    tensor = torch.zeros(3)
    kept = plain([array, tensor])
    array += 1
    tensor += 1
    assert differ(kept, plain([np.zeros(3), np.zeros(3)])) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (object(), "a object where numbers, a Tensor or an array were expected"),
        (SimpleNamespace(data=[1.0]), "whose .data is a list"),
        (float, "a type where"),
    ],
)
def test_what_no_check_can_compare_is_refused_by_its_kind(value: object, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        plain(value)


def test_descriptions_never_hold_a_whole_array() -> None:
    assert in_words(plain(np.ones((40, 50)))) == "an array of shape (40, 50)"
    assert in_words(plain((2, 3))) == "(2, 3)"
    assert in_words(plain(2.5)) == "2.5"
    assert in_words(None) == "None"
    assert in_words(plain([np.ones(2)] * 9)) == "a sequence of 9"


def test_shapes_are_listed_without_the_numbers_among_them() -> None:
    assert shapes(plain([np.ones((2, 3)), {"b": np.ones(4)}, None, 1.0])) == "(2, 3), (4,)"
    assert shapes(plain(1.0)) == "()"
    assert shapes(plain((3, 2))) == ""


def test_a_list_of_predictions_becomes_an_array() -> None:
    assert np.array_equal(entries(plain([1, 0, 1])), [1, 0, 1])
    assert entries(None) is None
    assert isinstance(entries(plain([[1], [0]])), list)
