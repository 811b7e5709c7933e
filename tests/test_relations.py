"""What a wrong value has to do with the right one: found where it holds for all that differs, and else not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raisin.lab.relations import related

Array = np.ndarray[Any, np.dtype[Any]]
# key -> the shape of what is due, and what comes instead. The numbers are drawn, so that nothing fits by accident.
RELATIONS: dict[str, list[tuple[tuple[int, ...], Callable[[Array], Any]]]] = {
    "zero": [((3, 2), np.zeros_like), ((), lambda d: np.array(0.0))],
    "sign": [((3, 2), lambda d: -d), ((4,), lambda d: -d), ((), lambda d: -d)],
    "transposed": [((3, 2), lambda d: d.T), ((3, 3), lambda d: d.T), ((2, 3, 4), lambda d: d.swapaxes(1, 2))],
    "shape": [((3, 1), lambda d: d[:, 0]), ((3,), lambda d: d[:, None]), ((), lambda d: d[None]), ((2, 3), np.ravel)],
    "unsummed": [
        ((3,), lambda d: d * np.array([[0.25], [0.75]])),
        ((1, 2), lambda d: d * np.array([[0.2], [0.3], [0.5]])),
    ],
    "row-meets-column": [((4, 1), lambda d: d - d.T), ((4,), lambda d: d - d[:, None])],
    "oversummed": [((3, 2), lambda d: d.sum(axis=0)), ((3, 2), lambda d: d.sum()), ((3, 2), lambda d: d.sum(axis=1))],
    "averaged": [((3, 2), lambda d: d.mean(axis=0)), ((4,), lambda d: d.mean()), ((5, 1), lambda d: d.mean(axis=0))],
    "reversed": [((4,), lambda d: d[::-1]), ((3, 2), lambda d: d[::-1])],
    "truncated": [((3, 2), np.trunc), ((4,), lambda d: d.astype(int))],
    "float32": [((3, 2), lambda d: d.astype(np.float32)), ((4,), lambda d: d.astype(np.float32).astype(float))],
    "doubled": [((3, 2), lambda d: 2 * d), ((), lambda d: 2 * d)],
    "half": [((3, 2), lambda d: d / 2), ((4,), lambda d: 0.5 * d)],
    "squared": [((3, 2), lambda d: d**2), ((4,), lambda d: d * d)],
    "absolute": [((3, 2), np.abs), ((4,), np.abs)],
    "near": [((3, 2), lambda d: d + 1e-7), ((4,), lambda d: d * (1 + 1e-7))],
    "sum-for-mean": [((3, 2), lambda d: 3 * d), ((5,), lambda d: 5 * d), ((3, 2), lambda d: 6 * d)],
    "mean-for-sum": [((3, 2), lambda d: d / 3), ((5,), lambda d: d / 5), ((3, 2), lambda d: d / 6)],
}
CASES = [(key, shape, wrong) for key, cases in RELATIONS.items() for shape, wrong in cases]
every_case = pytest.mark.parametrize(("key", "shape", "wrong"), CASES, ids=[f"{k}-{s}" for k, s, _ in CASES])


def due(shape: tuple[int, ...], number: int = 0) -> Array:
    """Numbers of both signs, none of them smaller than 1 in amount, so that zero, truncated and squared are apart."""
    rng = np.random.default_rng([7, number, *shape])
    made: Array = np.asarray(rng.uniform(1.1, 2.9, size=shape) * np.resize([1.0, -1.0, -1.0], shape))
    return made


def key_of(found: tuple[str, str, str] | None) -> str | None:
    return found[0] if found is not None else None


@every_case
def test_a_relation_is_recognised(key: str, shape: tuple[int, ...], wrong: Any) -> None:
    """Alone, in a list, in a dictionary, and beside what is right."""
    d, right = due(shape), due((2, 2), 1)
    g = np.array(wrong(d))
    assert key_of(related(g, d, [])) == key
    assert key_of(related([g, right], [d, right], [])) == key
    assert key_of(related({"w": right, "b": [g]}, {"w": right, "b": [d]}, [])) == key
    assert key_of(related([right, None, "a", True, g], [right, None, "a", True, d], [])) == key


@every_case
def test_a_relation_must_hold_for_everything_that_differs(key: str, shape: tuple[int, ...], wrong: Any) -> None:
    """Two arrays that follow it are found, one beside an unrelated one is not."""
    d, second = due(shape), due(shape, 1)
    assert key_of(related([np.array(wrong(d)), np.array(wrong(second))], [d, second], [])) == key
    off = np.array(wrong(second)) + due(np.shape(wrong(second)), 2)
    if key == "row-meets-column":  # told by the shapes alone
        off = second + 0.7
    for got in ([np.array(wrong(d)), off], [off, np.array(wrong(d))]):
        wanted = [d, second] if got[1] is off else [second, d]
        assert related(got, wanted, []) is None


@every_case
def test_one_entry_that_does_not_follow_is_enough(key: str, shape: tuple[int, ...], wrong: Any) -> None:
    """An array follows a relation as a whole."""
    d = due(shape)
    g = np.array(wrong(d), dtype=float)
    if key in ("row-meets-column", "zero") or g.size == 1:
        return
    g.flat[1] += 0.37
    assert key_of(related(g, d, [])) != key


def test_right_values_in_each_others_place_are_exchanged() -> None:
    a, b, c = due((2, 3)), due((2, 3), 1), due((4,), 2)
    assert key_of(related([b, a, c], [a, b, c], [])) == "exchanged"
    assert key_of(related({"x": b, "y": a}, {"x": a, "y": b}, [])) == "exchanged"
    assert related([b, b, c], [a, b + 1.0, c], []) is None


def test_none_where_numbers_are_due_is_nothing() -> None:
    a, b = due((2, 3)), due((4,))
    assert key_of(related(None, a, [])) == "nothing"
    assert key_of(related([None, None, 3 * b / 3], [a, b, b], [])) == "nothing"
    assert related([None, -b], [a, b], []) is None
    assert related(a, None, []) is None


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        (True, False),
        ("a", "b"),
        ([1, 2], [1, 2, 3]),
        ({"a": np.ones(2)}, {"b": np.ones(2)}),
        (np.ones(2), [np.ones(2)]),
        ([np.ones(2)], np.ones(2)),
        (np.array([True, False]), np.array([1.5, 2.5])),
        (np.array(["x"]), np.array([1.0])),
        (-1j * np.ones(2), 1j * np.ones(2)),
        (np.array([object()]), np.ones(1)),
        ([-due((2,)), False], [due((2,)), True]),
    ],
)
def test_what_is_no_matter_of_numbers_has_no_relation(got: Any, wanted: Any) -> None:
    assert related(got, wanted, []) is None


def test_what_is_right_has_no_relation() -> None:
    for value in (None, True, "x", due((3, 2)), [due((3,)), {"a": np.array(0.0)}]):
        assert related(value, value, [(3, 2)]) is None
    assert related([], [], []) is None


def test_the_shapes_drawn_are_numbers_of_rows_too() -> None:
    """A factor is looked for among the inputs' lengths and sizes; 1 and 2 are no mean's."""
    d = due((2, 2))
    assert related(7 * d, d, []) is None
    assert key_of(related(7 * d, d, [(7, 3)])) == "sum-for-mean"
    assert key_of(related(d / 21, d, [(7, 3)])) == "mean-for-sum"
    assert "21" in (related(d / 21, d, [(7, 3)]) or ("", "", ""))[1]
    assert related(d * 1.5, d, [(1, 1), (2,), (0, 4)]) is None


def test_the_checks_tolerance_is_the_relations() -> None:
    d = due((3, 2))
    assert related(-d + 1e-4, d, []) is None
    assert key_of(related(-d + 1e-4, d, [], scale=1e6)) == "sign"
    assert related(-d * (1 + 5e-6), d, []) is None
    assert key_of(related(-d * (1 + 5e-6), d, [], float32=True)) == "sign"


def test_float32_is_told_from_what_is_merely_near() -> None:
    d = due((3, 2))
    assert key_of(related(d.astype(np.float32), d, [])) == "float32"
    assert key_of(related(d + 3e-7, d, [])) == "near"
    assert related(d + 1e-3, d, []) is None
    assert related(d + 1e-4, d, []) is None


def test_numbers_that_are_not_finite_have_no_relation_and_raise_nothing() -> None:
    d = due((3, 2))
    for wrong in (np.full((3, 2), np.nan), np.full((3, 2), np.inf), np.where(d > 0, np.nan, d)):
        assert related(wrong, d, [(3, 2)]) is None


shapes = st.lists(st.integers(1, 4), max_size=3).map(tuple)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shape=shapes, other=shapes, pair=st.booleans(), drawn=st.lists(shapes))
def test_unrelated_random_arrays_never_get_a_relation(
    seed: int, shape: tuple[int, ...], other: tuple[int, ...], pair: bool, drawn: list[tuple[int, ...]]
) -> None:
    """Of the same shape, or of two shapes that do not look like a row that met a column."""
    rng = np.random.default_rng(seed)
    rows = max(shape, default=0)
    if rows > 1 and int(np.prod(shape)) == rows and other[-2:] == (rows, rows):
        other = shape
    for there in (shape, other):
        got, wanted = rng.normal(size=there), rng.normal(size=shape)
        if pair:
            assert related([got, rng.normal(size=3)], [wanted, rng.normal(size=3)], drawn) is None
        else:
            assert related(got, wanted, drawn) is None


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shape=shapes)
def test_whatever_comes_nothing_raises_and_the_arrays_stay(seed: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    wanted = rng.normal(size=shape)
    for got in (wanted.sum(), wanted[None], wanted.T, -wanted, wanted.astype(int), wanted > 0, np.zeros((0, 2))):
        before = np.array(got), wanted.copy()
        related(np.asarray(got), wanted, [shape])
        assert np.array_equal(before[0], got) and np.array_equal(before[1], wanted)
