"""Running what a student wrote: whatever goes wrong there becomes a sentence that says so."""

import contextlib
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from raisin.lab import values
from raisin.lab.names import MissingName


class Failed(Exception):
    """The student's side gave no value: what to say instead."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


def guarded(call: Callable[[], Any]) -> Any:
    """What the call gives. Raises Failed, whatever it raised, with the place in the student's cells."""
    try:
        return call()
    except MissingName as error:
        raise Failed(str(error)) from None
    except RecursionError:
        deep = "your code called itself without end (RecursionError): which call never reaches a leaf?"
        raise Failed(deep) from None
    except NotImplementedError as error:
        words = f": {error}" if str(error).strip() else ""
        raise Failed(f"a part is still blank{words}{_place(error)}") from error
    except (Exception, SystemExit) as error:
        raise Failed(f"your code raised {type(error).__name__}: {error}{_place(error)}") from error


def plain(value: Any) -> values.Plain:
    """A student's value in plain form. Raises Failed where it has none."""
    try:
        with undisturbed():  # a property of the student's own may run here
            return values.plain(value)
    except TypeError as error:
        raise Failed(f"your code gave {error}") from None
    except Exception as error:
        raise Failed(f"reading what your code gave raised {type(error).__name__}: {error}") from error


def _place(error: BaseException) -> str:
    """Where in the student's own cells an error came from, in words."""
    others = (os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.abspath(np.__file__)))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(others)]
    if not frames or frames[-1].name == "_":
        return ""
    return f"\n    in {frames[-1].name}, at: {frames[-1].line}"


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Warnings are dropped and stderr goes to stdout: nbgrader gives no points where anything is on stderr."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(sys.stdout), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
