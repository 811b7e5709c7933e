"""What a check sends at grading, as JSON: the values of the student's side, and never what they are measured against.

    {"nonce": "...", "what": "...", "inputs": "...", "value": ENC, "lines": [], "drawn": [[3, 2]], "raised": ""}

    ENC: {"array": base64, "dtype": "<f8", "shape": [3, 2]} | {"list": [ENC, ...]} | {"dict": [["w", ENC], ...]}
         | {"none": true} | {"flag": true} | {"text": "..."} | {"objects": [3, 2]}, an array of anything else

Nothing is pickled. Whoever receives a message believes none of it: dtype, shape and size are checked, `nonce` ties it
to one run of one notebook, `inputs` to the numbers that the run's seed gives.
"""

import base64
import binascii
import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from raisin.lab.observe import Observation
from raisin.lab.values import Plain

MIME = "application/vnd.raisin.values+json"
DTYPES = frozenset(("|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"))
OTHER_NUMBERS = "its numbers are not those that were drawn"
LARGEST = 16_000_000  # bytes of all arrays of one message
DEEPEST = 60
SHAPES = 10_000  # of inputs
LINES, LINE = 12, 600  # so many lines, so many characters a line: a traceback's end, not a book


class Damaged(ValueError):
    """A message that is not what a check sends; the text says why."""


def display(found: Observation, inputs: str) -> None:
    """Send an observation to whoever runs this kernel."""
    from IPython.display import display as show

    show({MIME: message(found, os.environ.get("RAISIN_NONCE", ""), inputs)}, raw=True)  # type: ignore[no-untyped-call]


def message(found: Observation, nonce: str, inputs: str) -> dict[str, Any]:
    """The content of the display message."""
    return {
        "nonce": nonce,
        "what": found.what,
        "inputs": inputs,
        "value": encode(found.value),
        "lines": list(found.lines),
        "drawn": [list(shape) for shape in found.drawn],
        "raised": found.raised,
    }


def received(data: Any, nonce: str, inputs: str) -> Observation:
    """The observation in a message of this run. Raises Damaged; `what` is for the caller to look up first."""
    if not isinstance(data, dict) or not isinstance(data.get("what"), str):
        raise Damaged("no message of a check")
    if data.get("nonce") != nonce:
        raise Damaged("it is not of this run")
    if data.get("inputs") != inputs:
        raise Damaged(OTHER_NUMBERS)
    lines, drawn, raised = data.get("lines"), data.get("drawn"), data.get("raised")
    if not isinstance(raised, str) or not isinstance(lines, list) or not isinstance(drawn, list):
        raise Damaged("its fields are of the wrong kind")
    words = tuple(str(line)[:LINE] for line in lines[:LINES])
    shapes = tuple(_shapes(drawn[:SHAPES]))
    value = None if words else decode(data.get("value"))
    return Observation(data["what"], value, words, shapes, raised[:LINE])


def encode(value: Plain) -> dict[str, Any]:
    """A plain value as JSON. Of an array of anything but numbers and flags only the shape is sent."""
    if value is None:
        return {"none": True}
    if isinstance(value, bool):
        return {"flag": value}
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, list):
        return {"list": [encode(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[key, encode(item)] for key, item in value.items()]}
    array = value.astype(value.dtype.newbyteorder("<"), copy=False)
    if array.dtype.str not in DTYPES:
        return {"objects": list(array.shape)}
    data = base64.b64encode(array.tobytes()).decode("ascii")
    return {"array": data, "dtype": array.dtype.str, "shape": list(array.shape)}


def decode(data: Any) -> Plain:
    """The value that was encoded. Raises Damaged."""
    return _Reader().read(data, DEEPEST)


class _Reader:
    """One message; counts what it holds."""

    def __init__(self) -> None:
        self.left = LARGEST

    def read(self, data: Any, depth: int) -> Plain:
        self.left -= 16  # every entry costs something
        if depth == 0 or self.left < 0 or not isinstance(data, dict):
            raise Damaged("its value is too large, too deep or none")
        match data:
            case {"none": True, **rest} if not rest:
                return None
            case {"flag": bool(flag), **rest} if not rest:
                return flag
            case {"text": str(text), **rest} if not rest:
                self.left -= len(text)
                return text
            case {"list": list(items), **rest} if not rest:
                return [self.read(item, depth - 1) for item in items]
            case {"dict": list(items), **rest} if not rest:
                return self._dict(items, depth)
            case {"objects": shape, **rest} if not rest:
                return self._objects(_shape(shape))
            case {"array": str(text), "dtype": str(dtype), "shape": shape, **rest} if not rest:
                return self._array(text, dtype, _shape(shape))
        raise Damaged("its value has an unknown form")

    def _dict(self, items: list[Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for item in items:
            if not (isinstance(item, list) and len(item) == 2 and isinstance(item[0], str)):
                raise Damaged("its value has an unknown form")
            found[item[0]] = self.read(item[1], depth - 1)
        return found

    def _objects(self, shape: tuple[int, ...]) -> Plain:
        self.left -= 8 * math.prod(shape)
        if self.left < 0:
            raise Damaged("its arrays are too large")
        try:
            return np.empty(shape, dtype=object)
        except ValueError:
            raise Damaged("a shape that is none") from None

    def _array(self, text: str, dtype: str, shape: tuple[int, ...]) -> Plain:
        if dtype not in DTYPES:
            raise Damaged(f"an array of {dtype[:40]!r}")
        size = math.prod(shape) * np.dtype(dtype).itemsize
        self.left -= size
        if self.left < 0 or len(text) > 4 * size // 3 + 4:
            raise Damaged("its arrays are too large")
        try:
            raw = base64.b64decode(text, validate=True)
            return np.frombuffer(raw, dtype=dtype).reshape(shape).copy()
        except (binascii.Error, ValueError):  # no base64, or not what fills the shape
            raise Damaged("an array that cannot be read") from None


def _shapes(data: list[Any]) -> Iterator[tuple[int, ...]]:
    """Thousands of one kind are drawn for what a check costs."""
    before: Any = None
    shape: tuple[int, ...] = ()
    for entry in data:
        if before is None or entry != before:
            before, shape = entry, _shape(entry)
        yield shape


def _shape(data: Any) -> tuple[int, ...]:
    if not isinstance(data, list) or len(data) > 32:
        raise Damaged("a shape that is none")
    for n in data:
        if type(n) is not int or not 0 <= n < 2**31:
            raise Damaged("a shape that is none")
    return tuple(data)
