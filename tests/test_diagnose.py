"""Which mistake a wrong value looks like: the order of the evidence, what is left as it was, and what is never said."""

import importlib
import inspect
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from course.contract import NAMES, SOLUTION, SOURCE, cells

from raisin.lab import compare, diagnose, relations
from raisin.lab.compare import equal, same_as_torch
from raisin.lab.diagnose import Case, Mistake
from raisin.lab.mistaken import MistakenNames

DIAGNOSIS = Path(__file__).resolve().parent / "diagnosis"
TABLES = {name: diagnose.table(name) for name in NAMES}


# The stand-in's names stand in this module's globals, where the checks below look for them.
pytestmark = pytest.mark.usefixtures("names")


Table = Callable[..., None]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    """Puts a table of mistakes in place of the notebook's."""

    def put(*mistakes: Mistake) -> None:
        monkeypatch.setattr(diagnose, "table", lambda notebook: mistakes)

    return put


def refused(check: Callable[[Any], Any], program: Any) -> list[str]:
    """The lines of the message of a check that must fail."""
    with pytest.raises(AssertionError) as failed:
        check(program)
    return str(failed.value).splitlines()


def named(mistakes: list[str]) -> str | None:
    """What the message says that it looks like."""
    found = [line.strip().removeprefix("it looks as if ") for line in mistakes if "it looks as if" in line]
    return found[0] if found else None


def reverse_subtraction(names: dict[str, Any]) -> None:
    """The mistake of the student in these tests: right - left."""
    right = names["subtraction"]
    names["subtraction"] = lambda x, y: right(y, x)


def program(T: Any, rng: Any) -> Any:
    x, y = T.tensor(rng.normal(size=(2, 3))), T.tensor(rng.normal(size=3))
    return T.subtraction(x, y) * x + y


def swapped(x: Any, y: Any) -> Any:
    return torch.rsub(x, y)


def added(x: Any, y: Any) -> Any:
    return torch.add(x, y)


def broken(*operands: Any) -> Any:
    raise ValueError("this mistake does not fit here")


REVERSED = Mistake("reversed", "the operands are exchanged", "which is which?", operations={"subtraction": swapped})
ADDED = Mistake("added", "they are added", operations={"subtraction": added})
BROKEN = Mistake("broken", "it is broken", operations={"subtraction": broken}, names={"subtraction": broken})
SHOWN = Mistake("shown", "it shows", shows=lambda got, due: True)


def test_the_mistake_that_gives_the_same_numbers_is_named(names: dict[str, Any], table: Table) -> None:
    table(ADDED, REVERSED)
    reverse_subtraction(names)
    assert named(refused(same_as_torch("x - y"), program)) == "the operands are exchanged"


def test_a_message_ends_with_what_it_looks_like_where_to_look_and_the_hint(names: dict[str, Any], table: Table) -> None:
    table(REVERSED)
    reverse_subtraction(names)
    lines = refused(same_as_torch("x - y", hint="Which operand is taken from which?"), program)
    assert lines[-3:] == [
        "  it looks as if the operands are exchanged",
        "  look at: which is which?",
        "  hint: Which operand is taken from which?",
    ]
    table(Mistake("r", "they are exchanged", operations={"subtraction": swapped}))
    lines = refused(same_as_torch("x - y", hint="Which?"), program)
    assert lines[-2:] == ["  it looks as if they are exchanged", "  hint: Which?"]
    assert not any("look at" in line for line in lines)


@pytest.mark.parametrize("sizes", [[(101, 100)], [(1,)] * 501])
def test_nothing_is_tried_where_very_much_was_drawn(sizes: list[Any], names: dict[str, Any], table: Table) -> None:
    """Each mistake would run the program once more, and a check so large is there for what it costs."""
    table(REVERSED, SHOWN)
    reverse_subtraction(names)

    def large(T: Any, rng: Any) -> Any:
        tensors = [T.tensor(rng.normal(size=size)) for size in sizes]
        return T.subtraction(tensors[0], T.tensor(rng.normal()))

    assert named(refused(same_as_torch("x - y"), large)) is None


def test_a_mistaken_walk_refuses_what_torch_refuses() -> None:
    """So a mistake in the walk does not explain that a root of several elements was let through."""
    walked: list[Any] = []
    mistaken = MistakenNames({}, {}, lambda root, given: walked.append(given))
    x = torch.ones(2, requires_grad=True)
    with mistaken.in_force({}, set()):
        with pytest.raises(RuntimeError, match="implicitly created only for scalar outputs"):
            x.backward()
        x.backward(torch.ones(2))
        (x @ x).backward()
    assert [given is None for given in walked] == [False, True]


def test_the_first_of_the_table_that_fits_is_named(names: dict[str, Any], table: Table) -> None:
    reverse_subtraction(names)
    twin = Mistake("twin", "it is the twin", operations={"subtraction": swapped})
    for mistakes, words in (((twin, REVERSED), "it is the twin"), ((ADDED, REVERSED, twin), REVERSED.looks_like)):
        table(*mistakes)
        assert named(refused(same_as_torch("x - y"), program)) == words
    table(SHOWN, REVERSED)
    assert named(refused(same_as_torch("x - y"), program)) == "it shows"
    table(REVERSED, SHOWN)
    assert named(refused(same_as_torch("x - y"), program)) == REVERSED.looks_like


def test_the_table_comes_before_a_relation_and_a_relation_before_nothing(table: Table) -> None:
    due = np.array([[1.5, -2.5, 4.0]])
    table(SHOWN)
    assert named(refused(equal("a", due=due), lambda: -due)) == "it shows"
    table(Mistake("never", "it never is", shows=lambda got, due: False))
    assert named(refused(equal("b", due=due), lambda: -due)) == "the sign is wrong"
    lines = refused(equal("c", due=due, hint="Think."), lambda: due + np.array([0.1, 0.3, -0.2]))
    assert named(lines) is None and lines[-1] == "  hint: Think." and "entries differ" in lines[-2]


def test_a_mistake_that_gives_what_is_due_is_never_named(names: dict[str, Any], table: Table) -> None:
    """Also where the tolerance is so wide that it would give what came, too."""
    table(Mistake("right", "it is right", operations={"multiplication": lambda x, y: torch.mul(y, x)}))
    reverse_subtraction(names)
    assert named(refused(same_as_torch("x - y"), program)) is None
    case = Case("04-backward", "x", np.ones(2) + 3e-9, np.ones(2), program=program, source=program)
    table(Mistake("both", "it is both", names={"tensor": 1}))
    assert diagnose.diagnose(case, [], lambda program, names: np.ones(2) + 2e-9) is not None
    assert diagnose.diagnose(case, [], lambda program, names: np.ones(2) + 0.5e-9) != diagnose.table("")[0]


def test_a_mistake_that_fails_is_skipped(names: dict[str, Any], table: Table) -> None:
    def strange(got: Any, due: Any) -> bool:
        raise KeyError("no such form")

    table(BROKEN, Mistake("strange", "it is strange", shows=strange), REVERSED)
    reverse_subtraction(names)
    assert named(refused(same_as_torch("x - y"), program)) == REVERSED.looks_like
    table(BROKEN)
    assert named(refused(same_as_torch("x - y"), program)) is None


def test_a_mistake_is_tried_in_the_checks_that_it_names_only(names: dict[str, Any], table: Table) -> None:
    table(Mistake("here", "it is here", operations={"subtraction": swapped}, checks=("over there", "squares")))
    reverse_subtraction(names)
    assert named(refused(same_as_torch("differences"), program)) is None
    assert named(refused(same_as_torch("sum of squares"), program)) == "it is here"
    table(Mistake("here", "it shows here", shows=lambda got, due: True, checks=("squares",)))
    assert named(refused(same_as_torch("differences"), program)) is None


def test_all_values_must_be_explained(names: dict[str, Any], table: Table) -> None:
    """A mistake in one operation does not explain a second one beside it."""
    table(REVERSED)
    reverse_subtraction(names)
    right = names["multiplication"]

    def two(T: Any, rng: Any) -> Any:
        x, y = T.tensor(rng.normal(size=4)), T.tensor(rng.normal(size=4))
        return T.subtraction(x, y), T.multiplication(x, y), x

    assert named(refused(same_as_torch("two"), two)) == REVERSED.looks_like
    names["multiplication"] = lambda x, y: right(right(x, y), 1.3)
    assert named(refused(same_as_torch("two"), two)) is None


def doubling(x: Any) -> Any:
    return 2.0 * x


def with_notebooks_own(T: Any, rng: Any) -> Any:
    return doubling(T.tensor(rng.normal(size=3)))


@pytest.mark.parametrize("stand_in", [lambda x: 3.0 * x, broken])
def test_the_notebooks_names_are_put_back_after_a_try(stand_in: Any, names: dict[str, Any], table: Table) -> None:
    """Also after one that failed; what the mistake replaced was really replaced meanwhile."""
    met: list[Any] = []

    def tried(x: Any) -> Any:
        met.append(names["subtraction"])
        return stand_in(x)

    table(Mistake("tried", "it was tried", names={"doubling": tried, "subtraction": broken, "unknown": broken}))
    before = dict(names)
    lines = refused(equal("x", due=lambda T, rng: with_notebooks_own(T, rng)), lambda rng: 3.0 * rng.normal(size=3))
    assert met and all(found is broken for found in met)
    assert named(lines) == (None if stand_in is broken else "it was tried")
    assert {name: names[name] for name in before} == before and "unknown" not in names


def test_torch_is_itself_again_after_a_try(names: dict[str, Any], table: Table) -> None:
    table(BROKEN, REVERSED)
    reverse_subtraction(names)
    refused(same_as_torch("x - y"), program)
    assert (torch.tensor(3.0) - torch.tensor(1.0)).item() == 2.0 == torch.sub(torch.tensor(3.0), 1.0).item()


def test_a_mistake_reaches_operators_numbers_on_the_left_and_the_minus_in_front() -> None:
    mistaken = MistakenNames({}, {"subtraction": added, "negation": lambda x: torch.mul(x, 10.0)})
    x = torch.tensor([1.0, 2.0])
    with mistaken.in_force({}, set()):
        found = [x - 1.0, 1.0 - x, torch.sub(x, x), -x, mistaken.subtraction(x, x), x * 2.0]
    assert [f.tolist() for f in found] == [[2, 3], [2, 3], [2, 4], [10, 20], [2, 4], [2, 4]]


def test_a_walk_takes_the_place_of_backward() -> None:
    walked: list[Any] = []
    mistaken = MistakenNames({}, {}, lambda root, gradient: walked.append((root, gradient)))
    x = torch.ones(2, requires_grad=True)
    with mistaken.in_force({}, set()):
        x.sum().backward()
        (x * x).backward(torch.ones(2))
        (x * x).backward(gradient=torch.zeros(2))
    assert x.grad is None and [g if g is None else g.tolist() for _, g in walked] == [None, [1, 1], [0, 0]]


def test_every_name_can_be_replaced_also_those_that_make_tensors() -> None:
    mistaken = MistakenNames({"tensor": lambda data: "made", "asarray": len, "SGD": int, "tanh": abs}, {})
    assert (mistaken.tensor([1.0]), mistaken.asarray([1, 2]), mistaken.optim.SGD, mistaken.tanh) == (
        "made",
        2,
        int,
        abs,
    )
    assert mistaken.subtraction is torch.sub


def test_what_is_due_by_a_function_is_tried_with_the_mistake_too(table: Table) -> None:
    """In `equal` the mistake may be in what the due value is made with, or in what the student's program calls."""
    table(Mistake("tripled", "it is tripled", names={"doubling": lambda x: 3.1 * x}))
    lines = refused(equal("a", due=lambda rng: doubling(rng.normal(size=3))), lambda rng: 3.1 * rng.normal(size=3))
    assert named(lines) == "it is tripled"
    with pytest.raises(AssertionError) as failed:
        equal("b", np.array([3.1, 6.2]), due=np.array([2.0, 4.0]))
    assert named(str(failed.value).splitlines()) is None


def test_nothing_is_asked_where_the_value_is_right(names: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A right solution, in whatever style, meets no diagnosis."""

    def asked(*args: Any) -> Any:
        raise RuntimeError("asked for a diagnosis")

    monkeypatch.setattr(diagnose, "diagnose", asked)
    same_as_torch("x - y")(program)
    equal("x", due=lambda rng: rng.normal())(lambda rng: rng.normal())
    equal("x", 3, due=3)


def test_a_try_prints_nothing_and_leaves_the_values_alone(
    names: dict[str, Any], table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    def noisy(x: Any, y: Any) -> Any:
        print("noise")
        print("noise", file=sys.stderr)
        x.data += 1.0
        return torch.mul(x, 0.3)

    table(Mistake("noisy", "it is noisy", names={"subtraction": noisy}), REVERSED)
    reverse_subtraction(names)
    lines = refused(same_as_torch("x - y"), program)
    assert named(lines) == REVERSED.looks_like and capsys.readouterr() == ("", "")
    table()
    assert refused(same_as_torch("x - y"), program) == [line for line in lines if "look" not in line]


def test_a_notebook_without_a_table_and_a_machine_without_torch_have_relations_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert diagnose.table("99-nothing") == ()
    for name in [name for name in sys.modules if name.startswith("raisin.lab.mistakes")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert [diagnose.table(name) for name in NAMES] == [()] * len(NAMES)
    compare.set_notebook("04-backward")
    due = np.array([1.0, -2.5])
    assert named(refused(equal("x", due=due), lambda: -due)) == "the sign is wrong"


@pytest.mark.parametrize("name", NAMES)
def test_every_notebook_has_a_table_of_whole_sentences(name: str) -> None:
    """ "it looks as if ..." is completed by words without capital and full stop; each mistake can be found somehow."""
    assert TABLES[name]
    for mistake in TABLES[name]:
        words = mistake.looks_like
        assert mistake.key and words == words.strip() and not words.endswith((".", "?")), mistake.key
        assert not words.startswith(("it looks", "It looks")), mistake.key
        assert any(
            (mistake.names, mistake.operations, mistake.backward, mistake.around, mistake.fitted, mistake.shows)
        ), mistake.key


def test_what_is_said_of_a_key_is_said_of_one_mistake() -> None:
    """A key of the tables that a relation has too means the same there."""
    keys = {found[0] for found, _ in relations._RELATIONS}
    for name, mistakes in TABLES.items():
        for mistake in mistakes:
            assert not mistake.key or mistake.key == mistake.key.lower(), (name, mistake.key)
            assert " " not in mistake.key, (name, mistake.key)
    assert {"sign", "transposed", "zero"} <= keys


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_stands_in_no_message(name: str) -> None:
    """No line of a solution, of any notebook, is part of what a mistake or a relation says."""
    lines = {
        line.strip()
        for other in NAMES
        for cell in cells(SOURCE, other)
        if cell.kind == "code"
        for solution in SOLUTION.findall(cell.source)
        for line in solution.splitlines()
    }
    lines = {line for line in lines if re.search(r"\W", line.rstrip(":")) and not line.startswith("#")}
    assert len(lines) > 100
    texts = [f"{m.looks_like} {m.look_at}" for m in TABLES[name]]
    texts += [f"{found[1]} {found[2]}" for found, _ in relations._RELATIONS]
    for text in texts:
        assert not [line for line in lines if line in text], text


@pytest.mark.parametrize("name", NAMES)
def test_the_keys_that_name_the_mutants_exist(name: str) -> None:
    file = DIAGNOSIS / f"{name}.toml"
    known = {mistake.key for mistake in TABLES[name]} | {found[0] for found, _ in relations._RELATIONS}
    known |= {"nothing", "exchanged", "sum-for-mean", "mean-for-sum"}
    for mutant, keys in tomllib.loads(file.read_text(encoding="utf-8")).items():
        assert ({keys} if isinstance(keys, str) else set(keys)) <= known, mutant


def test_the_tables_state_what_they_are() -> None:
    for name in NAMES:
        module = importlib.import_module(f"raisin.lab.mistakes.n{name[:2]}")
        assert (inspect.getdoc(module) or "").startswith(name)
