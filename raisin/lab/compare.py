"""The checks of a notebook: one program, run on the student's framework and on torch, must give the same numbers.

>>> @same_as_torch("gradient of x @ w with respect to w", hint="Which factor is transposed?")   # doctest: +SKIP
... def _(T, rng):
...     x = T.tensor(rng.normal(size=(3, 2)))
...     w = T.tensor(rng.normal(size=(2, 4)), requires_grad=True)
...     (x @ w).backward(T.asarray(rng.normal(size=(3, 4))))
...     return w.grad

A check runs where it stands. It prints one line when all is well and raises one AssertionError when not, which says
what was compared, the shapes, the first differing index, what came, what was due, what it looks like, and a hint. In
the grader's kernel (``RAISIN_MODE=grade``) it decides nothing: it sends what the student's side gave and goes on.
"""

import contextlib
import hashlib
import inspect
import io
import os
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from raisin.lab import diagnose, observe, values, verdict, wire
from raisin.lab.diagnose import Case, Mistake
from raisin.lab.names import Names, StudentNames, TorchNames
from raisin.lab.observe import Expectation, Observation
from raisin.lab.running import Failed, guarded, plain, undisturbed
from raisin.lab.verdict import Verdict

Program = Callable[..., Any]
_NOTHING: Any = object()
_notebook = ""


@dataclass(frozen=True)
class Check:
    """A check in its two halves. `observe` may raise Failed; `program` and `source` are run again for a diagnosis."""

    what: str
    hint: str
    observe: Callable[[], Observation]
    expect: Callable[[], Expectation]
    program: Any = None
    source: Any = None


def set_notebook(name: str) -> str:
    """The notebook whose checks follow: part of what their random numbers are seeded with. Gives the one before."""
    global _notebook
    before, _notebook = _notebook, name
    return before


def generator(what: str) -> np.random.Generator:
    """The random numbers of one check: the same on every run, others for every check.

    The environment variable RAISIN_SEED replaces the public seed.
    """
    seed = os.environ.get("RAISIN_SEED", "public")
    digest = hashlib.sha256(f"{seed}|{_notebook}|{what}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def inputs(what: str) -> str:
    """A digest of the first numbers that a check draws: of the seed, and of NumPy's way to draw."""
    rng = generator(what)
    drawn = rng.normal(size=8).tobytes() + rng.permutation(8).astype("<i8").tobytes()
    return hashlib.sha256(drawn).hexdigest()[:16]


def same_as_torch(what: str, *, hint: str = "", scale: float = 1.0, float32: bool = False) -> Callable[[Program], None]:
    """Decorator: run the program below with the student's names, then with torch's, and compare all it returns.

    The program takes ``T`` (the names) and ``rng`` (a numpy Generator, the same numbers both times). Tolerance per
    array: ``max|got - due| <= 1e-9 * max(max|due|, scale)``; with ``float32=True`` 1e-5.
    Raises AssertionError when a value differs or the student's side fails.
    """

    def run(program: Program) -> None:
        def expect() -> Expectation:
            return Expectation(what, "value", _due(what, program, TorchNames()), scale, float32, hint=hint)

        _run(Check(what, hint, lambda: _observe(what, program), expect, program, program))

    return run


def equal(
    what: str, got: Any = _NOTHING, *, due: Any = _NOTHING, hint: str = "", scale: float = 1.0, float32: bool = False
) -> Any:
    """Compare with what is due, for what torch has no word for: ``equal("...", got, due=...)`` or as a decorator.

    `due` is a value, or a function that takes what it names among ``T`` (torch's names) and ``rng`` (the same
    numbers that the program drew). Raises AssertionError when they differ, TypeError without `due`.
    """

    def expect() -> Expectation:
        return Expectation(what, "value", _due(what, due, TorchNames()), scale, float32, hint=hint)

    return _decorator_or_value(what, got, hint, expect, due)


def agreement(what: str, got: Any = _NOTHING, *, due: Any = _NOTHING, at_least: float = 0.8, hint: str = "") -> Any:
    """The share of equal entries must reach `at_least` (accuracy). Used like `equal`; shapes must be the same."""

    def expect() -> Expectation:
        return Expectation(what, "share", _due(what, due, TorchNames()), at_least=at_least, hint=hint)

    return _decorator_or_value(what, got, hint, expect, due)


def _decorator_or_value(what: str, got: Any, hint: str, expect: Callable[[], Expectation], due: Any) -> Any:
    if due is _NOTHING and not _sends():
        raise TypeError(f"the check {what!r} needs due=...")

    def run(program: Program) -> None:
        _run(Check(what, hint, lambda: _observe(what, program), expect, program, due))

    if got is _NOTHING:
        return run
    _run(Check(what, hint, lambda: Observation(what, plain(got)), expect))
    return None


def raises(
    what: str, *, error: type[Exception] | tuple[type[Exception], ...] = (), hint: str = ""
) -> Callable[[Program], None]:
    """Decorator: the program returns ``(evidence, attempt)``; calling ``attempt()`` must raise exactly `error`.

    The evidence (any value) is compared with torch's first: a framework that can do nothing also raises errors,
    and must not pass for it. Subclasses do not count, so NotImplementedError is no RuntimeError here.
    """
    wanted = error if isinstance(error, tuple) else (error,)

    def run(program: Program) -> None:
        def observed() -> Observation:
            names = StudentNames(program.__globals__)
            evidence, attempt = _call(what, program, names)
            value, drawn = plain(evidence), tuple(names.drawn)
            try:
                with undisturbed():
                    attempt()
            except (Exception, SystemExit) as raised:
                return Observation(what, value, drawn=drawn, raised=observe.class_name(type(raised)))
            return Observation(what, value, drawn=drawn)

        def expect() -> Expectation:
            due, _ = _call_with(program, TorchNames(), what)
            errors = tuple(map(observe.class_name, wanted))
            return Expectation(what, "error", values.plain(due), errors=errors, hint=hint)

        _run(Check(what, hint, observed, expect))

    return run


# Set by those who take checks apart themselves (the grader's oracle).
_receiver: Callable[[Check], None] | None = None


@contextlib.contextmanager
def taking(receiver: Callable[[Check], None]) -> Iterator[None]:
    """Meanwhile give every check to `receiver` instead of running it."""
    global _receiver
    before, _receiver = _receiver, receiver
    try:
        yield
    finally:
        _receiver = before


def _sends() -> bool:
    return os.environ.get("RAISIN_MODE") == "grade"


def _run(check: Check) -> None:
    if _receiver is not None:
        _receiver(check)
    elif _sends():
        wire.display(observation(check)[0], inputs(check.what))
    else:
        verdict.settle(*conclude(check))


def observation(check: Check) -> tuple[Observation, BaseException | None]:
    """What the student's side gives, and the error behind it where it gives none."""
    try:
        return check.observe(), None
    except Failed as failed:
        return Observation(check.what, lines=failed.lines), failed.__cause__


def conclude(check: Check) -> tuple[Verdict, BaseException | None]:
    """Both halves, put together here; the error is what a failure came from, if from one."""
    found, cause = observation(check)
    if found.lines:
        return observe.failed(found, check.hint), cause
    return observe.decide(found, check.expect(), lambda *pair: look(check, *pair)), None


def look(check: Check, found: Observation, expected: Expectation) -> Mistake | None:
    """Which mistake a wrong value looks like: a help, which must never get in the way of the verdict."""
    case = Case(
        *(_notebook, check.what, found.value, expected.due, expected.scale, expected.float32),
        program=check.program,
        source=check.source,
    )

    def rerun(program: Program, mistaken: Names) -> values.Plain:
        return values.plain(_call_with(program, mistaken, check.what))

    with contextlib.suppress(Exception), undisturbed(), contextlib.redirect_stdout(io.StringIO()):
        return diagnose.diagnose(case, list(found.drawn), rerun)
    return None


def _observe(what: str, program: Program) -> Observation:
    names = StudentNames(program.__globals__)
    value = plain(_call(what, program, names))
    return Observation(what, value, drawn=tuple(names.drawn))


def _call_with(program: Program, names: Names, what: str) -> Any:
    offered = {"T": names, "rng": generator(what)}
    parameters = inspect.signature(program).parameters
    with undisturbed():
        return program(**{name: value for name, value in offered.items() if name in parameters})


def _call(what: str, program: Program, names: Names) -> Any:
    return guarded(lambda: _call_with(program, names, what))


def _due(what: str, due: Any, names: Names) -> values.Plain:
    # Not every callable: np.float64 is a value here.
    return values.plain(_call_with(due, names, what) if isinstance(due, types.FunctionType) else due)
