"""What a check sends: what comes out is what went in, and nothing else comes out."""

import base64
import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from raisin.lab import values, wire
from raisin.lab.observe import Observation

NUMBERS = st.sampled_from(["?", "i1", "<i8", "<u2", "<f4", "<f8", "<c16"]).flatmap(
    lambda kind: arrays.arrays(np.dtype(kind), arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["array", "dtype", "shape", "list", "dict", "none", "flag", "text", "objects", "x"]), inner
        )
    ),
    max_leaves=10,
)


@given(PLAIN)
def test_a_value_comes_back_as_it_was(value: values.Plain) -> None:
    back = wire.decode(json.loads(json.dumps(wire.encode(value))))
    assert values.differ(back, value, scale=0.0) is None
    if isinstance(value, np.ndarray):
        assert isinstance(back, np.ndarray) and back.dtype == value.dtype and back.flags.writeable


def test_an_array_in_another_order_or_byte_order_is_the_same_array() -> None:
    for value in (np.arange(6.0).reshape(2, 3).T, np.arange(3, dtype=">f8"), np.arange(10)[::3]):
        back = wire.decode(wire.encode(value))
        assert np.array_equal(back, value)


def test_of_an_array_of_anything_else_only_the_shape_is_sent() -> None:
    back = wire.decode(wire.encode(np.array([[{}, None]])))
    assert isinstance(back, np.ndarray) and back.shape == (1, 2) and back.dtype == object and back[0, 0] is None


def message(**changes: Any) -> dict[str, Any]:
    found = Observation("a check", np.arange(6.0).reshape(2, 3), drawn=((2, 3),), raised="builtins.ValueError")
    return {**wire.message(found, "nonce", "inputs"), **changes}


def test_an_observation_comes_back_as_it_was() -> None:
    back = wire.received(json.loads(json.dumps(message())), "nonce", "inputs")
    assert (back.what, back.lines, back.drawn, back.raised) == ("a check", (), ((2, 3),), "builtins.ValueError")
    assert np.array_equal(back.value, np.arange(6.0).reshape(2, 3))


def test_shapes_that_repeat_are_each_there() -> None:
    shapes = [[2], [2], [3, 1], [3, 1], [], [], [2]]
    back = wire.received(message(drawn=shapes), "nonce", "inputs")
    assert back.drawn == ((2,), (2,), (3, 1), (3, 1), (), (), (2,))


def test_words_are_cut_and_a_check_that_failed_has_no_value() -> None:
    back = wire.received(message(lines=["x" * 10_000] * 100), "nonce", "inputs")
    assert len(back.lines) == wire.LINES and len(back.lines[0]) == wire.LINE and back.value is None


ARRAY = {"array": base64.b64encode(bytes(8)).decode(), "dtype": "<f8", "shape": []}


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"inputs": "another"},
        {"what": 3},
        {"lines": "no list"},
        {"drawn": [["two", 3]]},
        {"drawn": [[-1]]},
        {"drawn": [[2], [2], ["two"]]},
        {"raised": None},
        {"value": None},
        {"value": {}},
        {"value": {"flag": 1}},
        {"value": {"none": False}},
        {"value": {"list": [1]}},
        {"value": {"text": "x", "more": 1}},
        {"value": {**ARRAY, "dtype": "|O8"}},
        {"value": {**ARRAY, "dtype": "<M8[s]"}},
        {"value": {**ARRAY, "dtype": "f8,f8"}},
        {"value": {**ARRAY, "shape": [2]}},
        {"value": {**ARRAY, "shape": [True]}},
        {"value": {**ARRAY, "shape": [2**30, 2**30, 2**30]}},
        {"value": {**ARRAY, "shape": [0, 2**30]}},
        {"value": {**ARRAY, "array": "", "shape": [0, *[2**31 - 1] * 20]}},
        {"value": {"objects": [0, *[2**31 - 1] * 20]}},
        {"value": {**ARRAY, "array": "not base64!!"}},
        {"value": {"objects": [2**20, 2**20]}},
        {"value": {"array": "A" * 40_000_000, "dtype": "|u1", "shape": [30_000_000]}},
    ],
)
def test_what_is_no_message_of_this_run_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(wire.Damaged):
        wire.received(message(**changes), "nonce", "inputs")


def test_nesting_without_end_is_refused() -> None:
    value: dict[str, Any] = {"none": True}
    for _ in range(100):
        value = {"list": [value]}
    with pytest.raises(wire.Damaged, match="deep"):
        wire.decode(value)
    with pytest.raises(wire.Damaged):
        wire.decode({"list": [{"none": True}] * 2_000_000})


@given(ANY)
def test_nonsense_is_refused_and_never_breaks_the_reader(data: Any) -> None:
    before = copy.deepcopy(data)
    for step in (lambda: wire.received(data, "nonce", "inputs"), lambda: wire.decode(data)):
        try:
            step()
        except wire.Damaged:
            continue
    assert repr(data) == repr(before)
