"""What a wrong value has to do with the right one, where that is simple: negated, transposed, doubled, not summed.

Pure: arrays in, words out. A relation is found only where it holds for every array that differs, to the check's
tolerance, and where the rest agrees.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raisin.lab import values
from raisin.lab.values import Plain

Array = NDArray[Any]
Found = tuple[str, str, str]  # key, "it looks as if ...", "look at: ..."
Pair = tuple[Plain, Plain]


def related(
    got: Plain, due: Plain, drawn: Sequence[tuple[int, ...]], scale: float = 1.0, float32: bool = False
) -> Found | None:
    """The first relation that explains every difference between `got` and `due`, or None.

    `drawn`: the shapes of the inputs, for factors that are a number of rows or entries.
    """
    pairs = _pairs(got, due)
    if pairs is None:
        return None
    wrong = [pair for pair in pairs if values.differ(*pair, scale, float32) is not None]
    if not wrong:
        return None
    if all(g is None and isinstance(d, np.ndarray) for g, d in wrong):
        return ("nothing", "nothing arrived: None where numbers are due", "which call, or which return, is missing?")
    arrays = [(g, d) for g, d in wrong if isinstance(g, np.ndarray) and isinstance(d, np.ndarray)]
    if len(arrays) < len(wrong) or any(g.dtype.kind not in "iuf" or d.dtype.kind not in "iuf" for g, d in arrays):
        return None

    def same(left: Array, right: Array) -> bool:
        return values.differ(np.asarray(left), np.asarray(right), scale, float32) is None

    if len(arrays) > 1 and _permuted([g for g, _ in arrays], [d for _, d in arrays], same):
        return ("exchanged", "right values stand in each other's place", "which one belongs to which operand?")
    for found, holds in _RELATIONS:
        if all(_holds(holds, g, d, same) for g, d in arrays):
            return found
    return _factor(arrays, drawn, same)


def _pairs(got: Plain, due: Plain) -> list[Pair] | None:
    """Both values side by side, leaf by leaf; None where they are not nested alike."""
    if isinstance(got, list) and isinstance(due, list):
        parts = [_pairs(g, d) for g, d in zip(got, due, strict=False)] if len(got) == len(due) else [None]
    elif isinstance(got, dict) and isinstance(due, dict):
        parts = [_pairs(got[key], due[key]) for key in due] if list(got) == list(due) else [None]
    elif isinstance(got, list | dict) or isinstance(due, list | dict):
        return None
    else:
        return [(got, due)]
    return None if any(part is None for part in parts) else [pair for part in parts for pair in part or ()]


Same = Callable[[Array, Array], bool]


def _holds(holds: Callable[[Array, Array, Same], bool], got: Array, due: Array, same: Same) -> bool:
    with np.errstate(all="ignore"):
        return holds(got, due, same)


def _permuted(got: list[Array], due: list[Array], same: Same) -> bool:
    rest = list(due)
    for g in got:
        place = next((k for k, d in enumerate(rest) if g.shape == d.shape and same(g, d)), None)
        if place is None:
            return False
        del rest[place]
    return True


def _float32(got: Array, due: Array, same: Same) -> bool:
    if got.shape != due.shape or due.dtype != np.float64:
        return False
    near = bool(np.all(np.abs(got - due) <= 1e-4 * np.maximum(np.abs(due), 1.0)))
    return near and np.array_equal(got.astype(np.float32).astype(np.float64), got)


def _near_float32(got: Array, due: Array, same: Same) -> bool:
    """Off by what float32 rounds, after some steps."""
    return got.shape == due.shape and bool(np.all(np.abs(got - due) <= 1e-6 * np.maximum(np.abs(due), 1.0)))


def _unsummed(got: Array, due: Array, same: Same) -> bool:
    if got.ndim < due.ndim or got.shape == due.shape:
        return False
    added = tuple(range(got.ndim - due.ndim))
    stretched = tuple(k + len(added) for k, n in enumerate(due.shape) if n == 1)
    return due.size < got.size and same(got.sum(axis=(*added, *stretched)).reshape(-1), due.reshape(-1))


def _oversummed(got: Array, due: Array, same: Same) -> bool:
    if got.size >= due.size:
        return False
    axes = [(), *((k,) for k in range(due.ndim)), tuple(range(due.ndim))]
    return any(same(due.sum(axis=axis).reshape(-1), got.reshape(-1)) for axis in axes)


def _averaged(got: Array, due: Array, same: Same) -> bool:
    if got.size >= due.size:
        return False
    axes = [*((k,) for k in range(due.ndim)), tuple(range(due.ndim))]
    return any(same(due.mean(axis=axis).reshape(-1), got.reshape(-1)) for axis in axes)


def _square_table(got: Array, due: Array, same: Same) -> bool:
    """(n, n) where (n, 1) or (n,) was due: a row met a column."""
    rows = max(due.shape, default=0)
    return rows > 1 and due.size == rows and got.shape[-2:] == (rows, rows)


_RELATIONS: tuple[tuple[Found, Callable[[Array, Array, Same], bool]], ...] = (
    (
        ("zero", "every entry is 0", "is it multiplied by 0 on its way, or taken from itself?"),
        lambda g, d, same: g.shape == d.shape and not g.any(),
    ),
    (
        ("sign", "the sign is wrong", "which of the two is taken from which, and does the minus reach the result?"),
        lambda g, d, same: g.shape == d.shape and same(-g, d),
    ),
    (
        ("transposed", "it is transposed", "rows and columns: which shape has each factor?"),
        lambda g, d, same: g.ndim > 1 and d.ndim > 1 and same(np.swapaxes(g, -1, -2), d),
    ),
    (
        (
            "shape",
            "the numbers are right and the shape is not",
            "an axis of length 1 was lost or added: keepdims, reshape",
        ),
        lambda g, d, same: g.shape != d.shape and g.size == d.size and same(g.reshape(-1), d.reshape(-1)),
    ),
    (
        (
            "unsummed",
            "it was not summed over the axes along which it was stretched",
            "unbroadcast, or the sum over the rows",
        ),
        _unsummed,
    ),
    (
        (
            "row-meets-column",
            "a row met a column, and NumPy made a table of them",
            "shapes (n,) and (n, 1) before the operation",
        ),
        _square_table,
    ),
    (
        ("oversummed", "it was summed over too many axes", "which axes were stretched, and which were there before?"),
        _oversummed,
    ),
    (("averaged", "a mean was taken where each entry counts", "where is the mean?"), _averaged),
    (
        ("reversed", "the order is reversed", "which comes first?"),
        lambda g, d, same: g.shape == d.shape and g.ndim > 0 and same(g[::-1], d),
    ),
    (
        ("truncated", "the digits behind the point were cut off", "an array of integers cannot hold a fraction"),
        lambda g, d, same: g.shape == d.shape and np.array_equal(g, np.trunc(d)),
    ),
    (("float32", "the numbers went through float32", "where is an array made, and with which dtype?"), _float32),
    (
        ("doubled", "it is twice what is due", "is something counted, added or passed on two times?"),
        lambda g, d, same: g.shape == d.shape and same(g / 2, d),
    ),
    (
        ("half", "it is half of what is due", "is there a factor 1/2, or does one of two ways lead nowhere?"),
        lambda g, d, same: g.shape == d.shape and same(2 * g, d),
    ),
    (
        ("squared", "it is the square of what is due", "what is multiplied by itself?"),
        lambda g, d, same: g.shape == d.shape and same(g, d * d),
    ),
    (
        ("absolute", "the sign is lost: every entry is positive", "abs, or a square"),
        lambda g, d, same: g.shape == d.shape and same(g, np.abs(d)),
    ),
    (("near", "it is right to six digits only", "float32 on the way, or a difference quotient?"), _near_float32),
)


def words_of(key: str) -> Found:
    """The key, and what is said, of the relation with that key."""
    return next(found for found, _ in _RELATIONS if found[0] == key)


def _factor(arrays: Sequence[tuple[Array, Array]], drawn: Sequence[tuple[int, ...]], same: Same) -> Found | None:
    """A factor that is a number of rows or of entries: a sum for a mean, or a mean for a sum."""
    sizes = {n for shape in drawn for n in (*shape, int(np.prod(shape)))}
    sizes |= {n for _, d in arrays for n in (*d.shape, d.size)}
    for n in sorted(size for size in sizes if size > 2):
        if all(g.shape == d.shape and same(g / n, d) for g, d in arrays):
            return ("sum-for-mean", f"it is {n} times what is due: a sum where a mean is", f"what is there {n} of?")
        if all(g.shape == d.shape and same(g * n, d) for g, d in arrays):
            return ("mean-for-sum", f"it is 1/{n} of what is due: a mean where a sum is", f"what is there {n} of?")
    return None
