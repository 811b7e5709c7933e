"""What a computation costs, counted and not timed: the number of calls is the same on every machine."""

import contextlib
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any


class TooManyCalls(AssertionError):
    """A computation took more calls than its size allows."""


@contextlib.contextmanager
def at_most_calls(limit: int, meaning: str = "") -> Iterator[None]:
    """Raise TooManyCalls as soon as the block has made more than `limit` calls.

    Calls of built-in functions count as well: a loop that only appends to a list is work too. Meant to tell an
    algorithm that walks a graph once from one that walks it once per path: factors, not shades.
    `meaning` says in the message what so many calls mean.
    """
    count = 0
    before = sys.getprofile()

    def tick(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1
            if count > limit:
                raise TooManyCalls(f"more than {limit} calls{': ' if meaning else ''}{meaning}")

    sys.setprofile(tick)
    try:
        yield
    finally:
        sys.setprofile(before)
