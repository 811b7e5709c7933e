"""The checks of a notebook: one program, run on the student's framework and on torch, must give the same numbers.

>>> @same_as_torch("gradient of x @ w with respect to w", hint="Which factor is transposed?")   # doctest: +SKIP
... def _(T, rng):
...     x = T.tensor(rng.normal(size=(3, 2)))
...     w = T.tensor(rng.normal(size=(2, 4)), requires_grad=True)
...     (x @ w).backward(T.asarray(rng.normal(size=(3, 4))))
...     return w.grad

A check runs where it stands. It prints one line when all is well and raises one AssertionError when not, which says
what was compared, the shapes, the first differing index, what came, what was due, what it looks like, and a hint.
"""

import contextlib
import hashlib
import inspect
import io
import os
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from raisin.lab import diagnose, values, verdict
from raisin.lab.diagnose import Case
from raisin.lab.names import MissingName, Names, StudentNames, TorchNames
from raisin.lab.verdict import Verdict

Program = Callable[..., Any]
_NOTHING: Any = object()
_notebook = ""
_SHAPES = 6  # so many of the inputs' shapes are listed


class _Failed(Exception):
    """A check has failed: what to say, and the key of the mistake it looks like. `wrong`: by its value."""

    def __init__(self, lines: list[str], diagnosis: str = "", wrong: bool = False) -> None:
        super().__init__(lines)
        self.lines, self.diagnosis, self.wrong = lines, diagnosis, wrong


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
        def compare() -> str:
            names = StudentNames(program.__globals__)
            got = _student(what, program, names)
            due = _due(what, program, TorchNames())
            return _decide(Case(_notebook, what, got, due, scale, float32, program, program), names)

        _check(what, hint, compare)

    return run


def equal(
    what: str, got: Any = _NOTHING, *, due: Any, hint: str = "", scale: float = 1.0, float32: bool = False
) -> Any:
    """Compare with what is due, for what torch has no word for: ``equal("...", got, due=...)`` or as a decorator.

    `due` is a value, or a function that takes what it names among ``T`` (torch's names) and ``rng`` (the same
    numbers that the program drew). Raises AssertionError when they differ.
    """

    def run(program: Program) -> None:
        def compare() -> str:
            names = StudentNames(program.__globals__)
            value = _student(what, program, names)
            right = _due(what, due, TorchNames())
            return _decide(Case(_notebook, what, value, right, scale, float32, program, due), names)

        _check(what, hint, compare)

    if got is _NOTHING:
        return run
    _check(
        what, hint, lambda: _decide(Case(_notebook, what, _plain(got), _due(what, due, TorchNames()), scale, float32))
    )
    return None


def agreement(
    what: str, got: Any = _NOTHING, *, due: Any, at_least: float = 0.8, hint: str = ""
) -> Callable[[Program], None] | None:
    """The share of equal entries must reach `at_least` (accuracy). Used like `equal`; shapes must be the same."""

    def run(program: Program) -> None:
        def compare() -> str:
            value = _student(what, program, StudentNames(program.__globals__))
            return _share(value, _due(what, due, TorchNames()), at_least)

        _check(what, hint, compare)

    if got is _NOTHING:
        return run
    _check(what, hint, lambda: _share(_plain(got), _due(what, due, TorchNames()), at_least))
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
        def compare() -> str:
            names = StudentNames(program.__globals__)
            evidence, attempt = _call(what, program, names)
            due, _ = _call_with(program, TorchNames(), what)
            _decide(Case(_notebook, what, _plain(evidence), values.plain(due)), names)
            try:
                with _undisturbed():
                    attempt()
            except wanted as raised:
                if type(raised) in wanted:
                    return ""
                raise _Failed(_both(type(raised).__name__, wished)) from raised
            except (Exception, SystemExit) as raised:
                raise _Failed(_both(type(raised).__name__, wished)) from raised
            raise _Failed(_both("no error", wished))

        _check(what, hint, compare)

    return run


def _check(what: str, hint: str, compare: Callable[[], str]) -> None:
    """Let one check run to its verdict: `compare` returns what to note behind a passed one, or raises _Failed."""
    try:
        note = compare()
    except _Failed as failed:
        lines = [*failed.lines, *([f"hint: {hint}"] if hint else [])]
        found = Verdict(what, False, tuple(lines), diagnosis=failed.diagnosis, wrong=failed.wrong)
        cause = failed.__cause__
    else:
        found, cause = Verdict(what, True, note=note), None
    verdict.settle(found, cause)


def _call_with(program: Program, names: Names, what: str) -> Any:
    offered = {"T": names, "rng": generator(what)}
    parameters = inspect.signature(program).parameters
    with _undisturbed():
        return program(**{name: value for name, value in offered.items() if name in parameters})


def _call(what: str, program: Program, names: Names) -> Any:
    """Run the program on the student's side; whatever goes wrong there becomes a failure that says so."""
    try:
        return _call_with(program, names, what)
    except MissingName as error:
        raise _Failed([str(error)]) from None
    except RecursionError:
        deep = "your code called itself without end (RecursionError): which call never reaches a leaf?"
        raise _Failed([deep]) from None
    except NotImplementedError as error:
        lines = [f"a part is still blank: {error or 'raise NotImplementedError()'}{_place(error)}"]
        raise _Failed(lines) from error
    except (Exception, SystemExit) as error:
        raise _Failed([f"your code raised {type(error).__name__}: {error}{_place(error)}"]) from error


def _student(what: str, program: Program, names: Names) -> values.Plain:
    return _plain(_call(what, program, names))


def _due(what: str, due: Any, names: Names) -> values.Plain:
    # Not every callable: np.float64 is a value here.
    return values.plain(_call_with(due, names, what) if isinstance(due, types.FunctionType) else due)


def _plain(value: Any) -> values.Plain:
    try:
        with _undisturbed():  # a property of the student's own may run here
            return values.plain(value)
    except TypeError as error:
        raise _Failed([f"your code gave {error}"]) from None
    except Exception as error:
        raise _Failed([f"reading what your code gave raised {type(error).__name__}: {error}"]) from error


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


def _decide(case: Case, names: Names | None = None) -> str:
    difference = values.differ(case.got, case.due, case.scale, case.float32)
    if difference is None:
        return ""
    lines = []
    if names is not None and names.drawn:
        more = f" and {len(names.drawn) - _SHAPES} more" if len(names.drawn) > _SHAPES else ""
        lines.append("inputs of shape " + ", ".join(map(str, names.drawn[:_SHAPES])) + more)
    got_shapes, due_shapes = values.shapes(case.got), values.shapes(case.due)
    if got_shapes != due_shapes:
        lines.append(f"shapes: got {got_shapes or 'none'}, due {due_shapes or 'none'}")
    place = f" at {difference.where}" if difference.where else ""
    lines += [f"got{place}: {difference.got}", f"due{place}: {difference.due}"]
    if difference.note:
        lines.append(difference.note)

    def rerun(program: Program, mistaken: Names) -> values.Plain:
        return values.plain(_call_with(program, mistaken, case.what))

    found = None
    # What a mistake looks like is a help, and must never get in the way of the verdict.
    with contextlib.suppress(Exception), _undisturbed(), contextlib.redirect_stdout(io.StringIO()):
        found = diagnose.diagnose(case, names.drawn if names is not None else [], rerun)
    if found is not None:
        lines += [f"it looks as if {found.looks_like}", *([f"look at: {found.look_at}"] if found.look_at else [])]
    raise _Failed(lines, found.key if found is not None else "", wrong=True)


def _share(got: values.Plain, due: values.Plain, at_least: float) -> str:
    got, due = values.entries(got), values.entries(due)
    if not (isinstance(got, np.ndarray) and isinstance(due, np.ndarray) and got.shape == due.shape):
        raise _Failed(_both(values.in_words(got), values.in_words(due)), wrong=True)
    agreeing, share = int(np.sum(got == due)), float(np.mean(got == due))
    if share < at_least:
        text = f"{agreeing} of {due.size} entries agree ({share:.3f})"
        raise _Failed(_both(text, f"at least {at_least}"), wrong=True)
    return f": {share:.3f}"


def _both(got: str, due: str) -> list[str]:
    return [f"got: {got}", f"due: {due}"]
