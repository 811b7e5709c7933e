"""The checks of a notebook: one program, run on the student's framework and on torch, must give the same numbers.

>>> @same_as_torch("gradient of x @ w with respect to w", hint="Which factor is transposed?")   # doctest: +SKIP
... def _(T, rng):
...     x = T.tensor(rng.normal(size=(3, 2)))
...     w = T.tensor(rng.normal(size=(2, 4)), requires_grad=True)
...     (x @ w).backward(T.asarray(rng.normal(size=(3, 4))))
...     return w.grad

A check runs where it stands. It prints one line when all is well and raises one AssertionError when not, which says
what was compared, the shapes, the first differing index, what came, what was due, and a hint.
"""

import contextlib
import hashlib
import inspect
import os
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from raisin.lab import values
from raisin.lab.names import MissingName, Names, StudentNames, TorchNames

Program = Callable[..., Any]
_NOTHING: Any = object()
_notebook = ""


def set_notebook(name: str) -> None:
    """The notebook whose checks follow: part of what their random numbers are seeded with."""
    global _notebook
    _notebook = name


def generator(what: str) -> np.random.Generator:
    """The random numbers of one check: the same on every run, others for every check.

    The environment variable RAISIN_SEED replaces the public seed.
    """
    seed = os.environ.get("RAISIN_SEED", "public")
    digest = hashlib.sha256(f"{seed}|{_notebook}|{what}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def same_as_torch(what: str, *, hint: str = "", scale: float = 1.0, float32: bool = False) -> Callable[[Program], None]:
    """Decorator: run the program below with the student's names, then with torch's, and compare all it returns.

    The program takes ``T`` (the names) and ``rng`` (a numpy Generator, the same numbers both times). Tolerance per
    array: ``max|got - due| <= 1e-9 * max(max|due|, scale)``; with ``float32=True`` 1e-5.
    Raises AssertionError when a value differs or the student's side fails.
    """

    def run(program: Program) -> None:
        names = StudentNames(program.__globals__)
        got = _student(what, hint, program, names)
        due = _due(what, program, TorchNames())
        _decide(what, got, due, hint, names, scale, float32)

    return run


def equal(
    what: str, got: Any = _NOTHING, *, due: Any, hint: str = "", scale: float = 1.0, float32: bool = False
) -> Any:
    """Compare with what is due, for what torch has no word for: ``equal("...", got, due=...)`` or as a decorator.

    `due` is a value, or a function that takes what it names among ``T`` (torch's names) and ``rng`` (the same
    numbers that the program drew). Raises AssertionError when they differ.
    """

    def run(program: Program) -> None:
        names = StudentNames(program.__globals__)
        value = _student(what, hint, program, names)
        _decide(what, value, _due(what, due, TorchNames()), hint, names, scale, float32)

    if got is _NOTHING:
        return run
    _decide(what, _plain(what, hint, got), _due(what, due, TorchNames()), hint, None, scale, float32)
    return None


def agreement(
    what: str, got: Any = _NOTHING, *, due: Any, at_least: float = 0.8, hint: str = ""
) -> Callable[[Program], None] | None:
    """The share of equal entries must reach `at_least` (accuracy). Used like `equal`; shapes must be the same."""

    def run(program: Program) -> None:
        names = StudentNames(program.__globals__)
        _share(what, _student(what, hint, program, names), _due(what, due, TorchNames()), at_least, hint)

    if got is _NOTHING:
        return run
    _share(what, _plain(what, hint, got), _due(what, due, TorchNames()), at_least, hint)
    return None


def raises(
    what: str, *, error: type[Exception] | tuple[type[Exception], ...], hint: str = ""
) -> Callable[[Program], None]:
    """Decorator: the program returns ``(evidence, attempt)``; calling ``attempt()`` must raise exactly `error`.

    The evidence (any value) is compared with torch's first: a framework that can do nothing also raises errors,
    and must not pass for it. Subclasses do not count, so NotImplementedError is no RuntimeError here.
    """
    wanted = error if isinstance(error, tuple) else (error,)
    wished = " or ".join(kind.__name__ for kind in wanted)

    def run(program: Program) -> None:
        names = StudentNames(program.__globals__)
        evidence, attempt = _call(what, hint, program, names)
        due, _ = _call_with(program, TorchNames(), what)
        _decide(what, _plain(what, hint, evidence), values.plain(due), hint, names, quiet=True)
        try:
            with _undisturbed():
                attempt()
        except wanted as raised:
            if type(raised) in wanted:
                _passed(what)
                return
            raise AssertionError(_failure(what, type(raised).__name__, wished, hint)) from raised
        except (Exception, SystemExit) as raised:
            raise AssertionError(_failure(what, type(raised).__name__, wished, hint)) from raised
        raise AssertionError(_failure(what, "no error", wished, hint))

    return run


def _call_with(program: Program, names: Names, what: str) -> Any:
    offered = {"T": names, "rng": generator(what)}
    parameters = inspect.signature(program).parameters
    with _undisturbed():
        return program(**{name: value for name, value in offered.items() if name in parameters})


def _call(what: str, hint: str, program: Program, names: Names) -> Any:
    """Run the program on the student's side; whatever goes wrong there becomes an AssertionError that says so."""
    try:
        return _call_with(program, names, what)
    except MissingName as error:
        raise AssertionError(_message(what, [str(error)], hint)) from None
    except RecursionError:
        deep = "your code called itself without end (RecursionError): which call never reaches a leaf?"
        raise AssertionError(_message(what, [deep], hint)) from None
    except NotImplementedError as error:
        lines = [f"a part is still blank: {error or 'raise NotImplementedError()'}{_place(error)}"]
        raise AssertionError(_message(what, lines, hint)) from error
    except (Exception, SystemExit) as error:
        lines = [f"your code raised {type(error).__name__}: {error}{_place(error)}"]
        raise AssertionError(_message(what, lines, hint)) from error


def _student(what: str, hint: str, program: Program, names: Names) -> values.Plain:
    return _plain(what, hint, _call(what, hint, program, names))


def _due(what: str, due: Any, names: Names) -> values.Plain:
    # Not every callable: np.float64 is a value here.
    return values.plain(_call_with(due, names, what) if isinstance(due, types.FunctionType) else due)


def _plain(what: str, hint: str, value: Any) -> values.Plain:
    try:
        with _undisturbed():  # a property of the student's own may run here
            return values.plain(value)
    except TypeError as error:
        raise AssertionError(_message(what, [f"your code gave {error}"], hint)) from None
    except Exception as error:
        lines = [f"reading what your code gave raised {type(error).__name__}: {error}"]
        raise AssertionError(_message(what, lines, hint)) from error


def _place(error: BaseException) -> str:
    """Where in the student's own cells an error came from, in words."""
    others = (os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.abspath(np.__file__)))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(others)]
    if not frames or frames[-1].name == "_":
        return ""
    return f"\n    in {frames[-1].name}, at: {frames[-1].line}"


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Warnings are dropped and stderr goes to stdout: nbgrader gives no points where anything is on stderr."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(sys.stdout), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _decide(
    what: str,
    got: values.Plain,
    due: values.Plain,
    hint: str,
    names: Names | None,
    scale: float = 1.0,
    float32: bool = False,
    quiet: bool = False,
) -> None:
    difference = values.differ(got, due, scale, float32)
    if difference is None:
        if not quiet:
            _passed(what)
        return
    lines = []
    if names is not None and names.drawn:
        lines.append("inputs of shape " + ", ".join(map(str, names.drawn)))
    got_shapes, due_shapes = values.shapes(got), values.shapes(due)
    if got_shapes != due_shapes:
        lines.append(f"shapes: got {got_shapes or 'none'}, due {due_shapes or 'none'}")
    place = f" at {difference.where}" if difference.where else ""
    lines += [f"got{place}: {difference.got}", f"due{place}: {difference.due}"]
    if difference.note:
        lines.append(difference.note)
    raise AssertionError(_message(what, lines, hint))


def _share(what: str, got: values.Plain, due: values.Plain, at_least: float, hint: str) -> None:
    got, due = values.entries(got), values.entries(due)
    if not (isinstance(got, np.ndarray) and isinstance(due, np.ndarray) and got.shape == due.shape):
        raise AssertionError(_failure(what, values.in_words(got), values.in_words(due), hint))
    agreeing, share = int(np.sum(got == due)), float(np.mean(got == due))
    if share < at_least:
        text = f"{agreeing} of {due.size} entries agree ({share:.3f})"
        raise AssertionError(_failure(what, text, f"at least {at_least}", hint))
    print(f"✓ {what}: {share:.3f}")


def _passed(what: str) -> None:
    print(f"✓ {what}")


def _failure(what: str, got: str, due: str, hint: str) -> str:
    return _message(what, [f"got: {got}", f"due: {due}"], hint)


def _message(what: str, lines: list[str], hint: str) -> str:
    lines = [*lines, f"hint: {hint}"] if hint else lines
    return what + "".join(f"\n  {line}" for line in lines)
