"""The checks: what they let pass, what they refuse, and what they say."""

import functools
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from raisin.lab import compare
from raisin.lab.compare import agreement, equal, generator, raises, same_as_torch

# The stand-in's names stand in this module's globals, where the checks below look for them.
pytestmark = pytest.mark.usefixtures("names")


def refused(check: Callable[[Any], Any], program: Any) -> str:
    """The message of a check that must fail."""
    with pytest.raises(AssertionError) as failed:
        check(program)
    assert type(failed.value) is AssertionError
    return str(failed.value)


def gradient(T: Any, rng: Any) -> Any:
    x = T.tensor(rng.normal(size=(3, 2)))
    w = T.tensor(rng.normal(size=(2, 4)), requires_grad=True)
    (x @ w).backward(T.asarray(rng.normal(size=(3, 4))))
    return w.grad


def test_a_right_framework_passes_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert same_as_torch("gradient of x @ w")(gradient) is None
    assert capsys.readouterr() == ("✓ gradient of x @ w\n", "")


def test_a_wrong_number_is_told_with_everything_one_needs(names: dict[str, Any]) -> None:
    right = names["matmul"]

    def wrong(left: Any, right_: Any) -> Any:
        made = right(left, right_)
        made.data = made.data.copy()
        made.data[1, 2] += 0.5
        return made

    names["matmul"] = wrong

    def program(T: Any, rng: Any) -> Any:
        return [T.tensor(rng.normal(size=(3, 2))) @ T.tensor(rng.normal(size=(2, 4)))]

    rng = generator("x @ w")
    due = (rng.normal(size=(3, 2)) @ rng.normal(size=(2, 4)))[1, 2]
    text = refused(same_as_torch("x @ w", hint="Which factor is transposed?"), program)
    assert text.splitlines() == [
        "x @ w",
        "  inputs of shape (3, 2), (2, 4)",
        f"  got at [0][1, 2]: {due + 0.5:.12g}",
        f"  due at [0][1, 2]: {due:.12g}",
        "  1 of 12 entries differ",
        "  hint: Which factor is transposed?",
    ]


def test_a_wrong_shape_is_told_with_both_shapes() -> None:
    def program(T: Any, rng: Any) -> Any:
        x = T.tensor(rng.normal(size=(3, 2)))
        return x if hasattr(T, "drawn") and type(T).__name__ == "TorchNames" else x.data[:, :1]

    text = refused(same_as_torch("x"), program)
    assert "(3, 1)" in text and "(3, 2)" in text and "the shapes differ" in text


def test_both_sides_draw_the_same_numbers() -> None:
    drawn = []

    def program(T: Any, rng: Any) -> Any:
        drawn.append(rng.normal(size=5))
        return drawn[-1]

    same_as_torch("draws")(program)
    assert np.array_equal(*drawn)
    equal("draws", due=lambda rng: rng.normal(size=5))(program)
    assert np.array_equal(drawn[0], drawn[2])


def test_checks_and_notebooks_and_seeds_draw_their_own_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAISIN_SEED", raising=False)

    def draws() -> tuple[float, float]:
        return generator("a").normal(), generator("b").normal()

    seen = [*draws()]
    assert draws() == tuple(seen)
    compare.set_notebook("05-sgd")
    seen += draws()
    monkeypatch.setenv("RAISIN_SEED", "1")
    seen += draws()
    monkeypatch.setenv("RAISIN_SEED", "2")
    seen += draws()
    assert len(set(seen)) == 8


def test_the_numbers_of_the_public_seed_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAISIN_SEED", raising=False)
    compare.set_notebook("02-tensor-arithmetic")
    assert generator("x").normal() == pytest.approx(generator("x").normal(), abs=0)


def crash(T: Any, rng: Any) -> Any:
    return np.ones(2) @ np.ones(3)


def recurse(T: Any, rng: Any) -> Any:
    return recurse(T, rng)


def blank(T: Any, rng: Any) -> Any:
    raise NotImplementedError()


def leave(T: Any, rng: Any) -> Any:
    sys.exit("enough")


def lacking(T: Any, rng: Any) -> Any:
    return T.tanh(1)


def asserting(T: Any, rng: Any) -> Any:
    raise AssertionError("shapes must match")


def strange(T: Any, rng: Any) -> Any:
    return object()


def treacherous(T: Any, rng: Any) -> Any:
    class Odd:
        @property
        def data(self) -> Any:
            raise ZeroDivisionError("in data")

    return Odd()


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (crash, "your code raised ValueError: "),
        (recurse, "RecursionError"),
        (blank, "a part is still blank"),
        (leave, "your code raised SystemExit: enough"),
        (lacking, "`tanh` is not defined in this notebook yet"),
        (asserting, "your code raised AssertionError: shapes must match"),
        (strange, "your code gave a object where numbers"),
        (treacherous, "ZeroDivisionError: in data"),
    ],
)
def test_whatever_goes_wrong_becomes_one_clear_failure(program: Any, words: str) -> None:
    for check in (
        same_as_torch("the check", hint="a hint"),
        equal("the check", due=1.0, hint="a hint"),
        agreement("the check", due=np.ones(3), hint="a hint"),
    ):
        text = refused(check, program)
        assert text.startswith("the check\n") and words in text and text.endswith("hint: a hint")


def test_an_error_names_the_students_line(names: dict[str, Any]) -> None:
    def addition(left: Any, right: Any) -> Any:
        return left.dta + right.data

    names["addition"] = addition
    text = refused(same_as_torch("sum"), lambda T, rng: T.tensor(1.0) + T.tensor(2.0))
    assert "AttributeError" in text and "in addition, at: return left.dta + right.data" in text


def test_a_keyboard_interrupt_stops_the_cell() -> None:
    def program(T: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        same_as_torch("endless")(program)


def noisy(value: Any) -> Any:
    warnings.warn("noise", stacklevel=1)
    print("noise", file=sys.stderr)
    sys.stderr.write("more noise")
    np.float64(1) / np.float64(0)
    return value


def test_nothing_is_on_stderr_whatever_the_student_writes(capsys: pytest.CaptureFixture[str]) -> None:
    same_as_torch("a")(lambda T: noisy(1.0))
    equal("b", due=lambda: noisy(1.0))(lambda: noisy(1.0))
    agreement("c", due=np.ones(2))(lambda: noisy(np.ones(2)))
    raises("d", error=ValueError)(lambda: (noisy(1.0), lambda: noisy(int("x"))))

    def loud() -> Any:
        noisy(1)
        raise ValueError("no")

    refused(equal("e", due=1), loud)
    raises("f", error=ValueError)(lambda: (1.0, loud))

    class Odd:
        @property
        def data(self) -> Any:
            return noisy(np.ones(2))

    equal("g", due=np.ones(2))(lambda: Odd())
    assert capsys.readouterr().err == ""


def test_the_tolerance_is_the_contracts() -> None:
    for scale, bound in ((1.0, 3e-9), (100.0, 1e-7)):
        due = np.array([3.0, 0.0])
        equal("inside", due + np.array([0, 0.99 * bound]), due=due, scale=scale)
        with pytest.raises(AssertionError):
            equal("outside", due + np.array([0, 1.01 * bound]), due=due, scale=scale)
    equal("float32", due + np.array([0, 2.9e-5]), due=due, float32=True)
    with pytest.raises(AssertionError):
        equal("float32", due + np.array([0, 3.1e-5]), due=due, float32=True)


def test_same_as_torch_takes_scale_and_float32(names: dict[str, Any]) -> None:
    off = 0.0

    def program(T: Any) -> Any:
        return T.tensor(np.array([2.0, off if T.__class__.__name__ == "StudentNames" else 0.0]))

    off = 1.9e-5
    same_as_torch("x", float32=True)(program)
    same_as_torch("x", scale=2e4)(program)
    refused(same_as_torch("x"), program)


def test_equal_compares_a_value_with_a_value_or_a_function() -> None:
    equal("flag", True, due=True)
    equal("none", None, due=None)
    equal("dtype", np.dtype("float64"), due=np.float64)
    equal("torch", np.ones(3), due=lambda T: T.ones(3, dtype=T.float64))
    for got, due in ((1, True), (None, 0.0), (0.0, None), ("a", "b"), ([1, 2], [1, 2, 3])):
        with pytest.raises(AssertionError, match="what"):
            equal("what", got, due=due)


def test_what_is_due_may_be_a_tensor_of_torch() -> None:
    def program(T: Any, rng: Any) -> Any:
        return T.tensor(rng.normal(size=3)) * 2

    equal("product", due=program)(program)


def test_agreement_is_a_share_of_equal_entries(capsys: pytest.CaptureFixture[str]) -> None:
    due = np.arange(10)
    eight, seven = due.copy(), due.copy()
    eight[:2] += 1
    seven[:3] += 1
    agreement("accuracy", eight, due=due, at_least=0.8)
    agreement("accuracy", list(eight), due=lambda: due)
    agreement("accuracy", due=due)(lambda rng: eight)
    assert "✓ accuracy: 0.800" in capsys.readouterr().out
    with pytest.raises(AssertionError, match=r"7 of 10 entries agree \(0\.700\)\n  due: at least 0\.8"):
        agreement("accuracy", seven, due=due, at_least=0.8)


@pytest.mark.parametrize("got", [np.arange(10)[:, None], np.arange(9), None, 3.0, [[1, 2]]])
def test_agreement_wants_the_same_shape(got: Any) -> None:
    with pytest.raises(AssertionError, match=r"^accuracy\n"):
        agreement("accuracy", got, due=np.arange(10), at_least=0.0)


def test_nan_agrees_with_nothing() -> None:
    with pytest.raises(AssertionError):
        agreement("accuracy", np.full(4, np.nan), due=np.full(4, np.nan), at_least=0.1)


def failing(error: BaseException | None) -> Any:
    def program(T: Any, rng: Any) -> Any:
        def attempt() -> None:
            if error is not None:
                raise error

        return T.tensor(rng.normal(size=3)) * 2, attempt

    return program


def test_raises_wants_the_exact_class(capsys: pytest.CaptureFixture[str]) -> None:
    raises("seed", error=RuntimeError)(failing(RuntimeError("several elements")))
    raises("seed", error=(TypeError, ValueError))(failing(ValueError()))
    assert capsys.readouterr().out == "✓ seed\n✓ seed\n"


@pytest.mark.parametrize("error", [NotImplementedError(), RecursionError(), ValueError(), SystemExit(), None])
def test_raises_refuses_every_other_class_and_none(error: BaseException | None) -> None:
    text = refused(raises("seed", error=RuntimeError, hint="When is one needed?"), failing(error))
    assert f"got: {type(error).__name__ if error else 'no error'}" in text
    assert "due: RuntimeError" in text and "hint: When is one needed?" in text


def test_raises_compares_the_evidence_first() -> None:
    def program(T: Any, rng: Any) -> Any:
        def attempt() -> None:
            raise RuntimeError

        factor = 2 if type(T).__name__ == "TorchNames" else 3
        return T.tensor(np.ones(3)) * factor, attempt

    text = refused(raises("seed", error=RuntimeError), program)
    assert re.search(r"got at \[0\]: 3", text)


def test_a_framework_that_can_do_nothing_does_not_pass_raises() -> None:
    assert "still blank" in refused(raises("seed", error=RuntimeError), blank)


def test_without_torch_the_check_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="pip install torch"):
        same_as_torch("x")(lambda T: T.asarray(np.ones(3)))
    equal("needs no torch", due=lambda rng: rng.normal())(lambda T, rng: T.asarray(rng.normal()))


def test_programs_take_what_they_name() -> None:
    equal("none", due=3)(lambda: 3)
    equal("T", due=lambda T: 3)(lambda T: 3)
    equal("rng", due=lambda rng: rng.normal())(lambda rng: rng.normal())
    equal("both", due=lambda rng, T: rng.normal())(lambda T, rng: rng.normal())


def test_returned_arrays_are_compared_as_they_were() -> None:
    shared = np.zeros(2)

    def program() -> Any:
        shared[:] += 1
        return shared

    equal("copy", due=functools.partial(np.ones, 2)())(program)
