"""The tests of the notebooks tell right from wrong: every known mistake loses points, in the tests that are for it."""

import re
from collections import Counter

import pytest
from checker import Mutant, blank, earlier_parts, lost, mutants, points_of, reference, run
from course.contract import NAMES, ROOT

MUTANTS = mutants()
SEEDS = ("first", "second", "third")
# Test cells that need nothing of the earlier notebooks but the class Tensor with its attributes.
ON_THEIR_OWN = {"05-sgd": {"test-sgd-shape", "test-sgd-value", "test-difference", "test-bonus-momentum"}}


def every(found: list[Mutant]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("mutant", found, ids=str)


def test_there_are_enough_mutants_in_every_notebook() -> None:
    """At least ten for each, and no two of one name."""
    count = Counter(mutant.notebook for mutant in MUTANTS)
    assert min(count[name] for name in NAMES) >= 10
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("name", NAMES)
def test_the_source_itself_loses_nothing(name: str) -> None:
    """With the checker as with nbgrader: what a mutant loses, it loses by its mistake."""
    assert lost(name, {}) == set()


@pytest.mark.parametrize("name", NAMES)
def test_the_blank_notebook_loses_everything(name: str) -> None:
    """Also on top of the reference's earlier parts."""
    assert lost(name, {name: blank(name)}) == set(points_of(name))


@every(MUTANTS)
def test_a_mistake_is_seen_by_the_tests_that_are_for_it(mutant: Mutant) -> None:
    """The test cells that tests/mutants names lose their points, and none that is beside the point."""
    missed = lost(mutant.notebook, mutant.work())
    assert mutant.is_seen_in(missed), missed


@pytest.mark.parametrize("seed", SEEDS)
def test_verdicts_do_not_depend_on_the_numbers_drawn(seed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other random numbers, the same verdicts: on the sources, on the blanks, and on half of the mutants."""
    monkeypatch.setenv("RAISIN_SEED", seed)
    for name in NAMES:
        assert lost(name, {}) == set()
        assert lost(name, {name: blank(name)}) == set(points_of(name))
    for mutant in MUTANTS[SEEDS.index(seed) :: 6]:
        missed = lost(mutant.notebook, mutant.work())
        assert mutant.is_seen_in(missed), (str(mutant), missed)


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_costs_nothing_in_an_earlier_notebook(name: str) -> None:
    """What a notebook runs on are the parts before it; a later notebook cannot reach back."""
    later = [mutant for mutant in MUTANTS if mutant.notebook > name][::8]
    expected = earlier_parts(name, {})
    for mutant in later:
        assert earlier_parts(name, mutant.work()) == expected
    assert lost(name, {}) == set()


@every([m for m in MUTANTS if "02" <= m.notebook[:2] < "05" and m.edits[0][0] != "tensor"][::2])
def test_the_checks_of_the_optimizer_do_not_need_the_earlier_notebooks(mutant: Mutant) -> None:
    """A step is tested on gradients that were set by hand: a wrong gradient costs nothing there."""
    for name, cells in ON_THEIR_OWN.items():
        assert cells <= set(points_of(name))
        assert lost(name, mutant.work()) & cells == set()


def test_a_mutant_that_does_not_apply_is_an_error() -> None:
    """A source that changed under a mutant must be noticed, not pass for a mistake that was caught."""
    for old in ("this is not there", "self"):
        with pytest.raises(ValueError, match="not once"):
            Mutant("02-tensor-arithmetic", "nothing", (("tensor", old, ""),), frozenset()).work()


def test_a_cell_that_never_ends_is_stopped_and_the_others_count() -> None:
    """The checker survives endless loops, as the grader does."""
    endless = Mutant(
        "02-tensor-arithmetic", "endless", (("power", "    return", "    while True: pass\n    return"),), frozenset()
    )
    assert lost("02-tensor-arithmetic", endless.work(), seconds=0.3) == {"test-power-value", "test-operators"}


def test_writing_to_stderr_in_a_test_costs_its_points() -> None:
    """As with nbgrader; in an answer cell it costs nothing."""
    name = "02-tensor-arithmetic"
    noise = "import sys\nprint('!', file=sys.stderr)\n"
    for cell, due in (("test-matmul-shape", False), ("matmul", True)):
        loud = [c if c.id != cell else type(c)(c.id, c.role, noise + c.source, c.points) for c in reference(name)]
        assert run(name, tuple(loud), [])["test-matmul-shape"] is due


def test_every_line_of_the_list_of_mistakes_is_answered() -> None:
    """tests/mutants/README.md marks each line; value and cost lines name mutants that exist."""
    text = (ROOT / "tests" / "mutants" / "README.md").read_text(encoding="utf-8")
    names: dict[str, set[str]] = {mutant.notebook: set() for mutant in MUTANTS}
    for mutant in MUTANTS:
        names[mutant.notebook].add(mutant.name)
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        notebook = section.splitlines()[0].strip()
        rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][2:]
        assert len(rows) >= 8, notebook
        for line, mark, answer in rows:
            assert mark in ("value", "cost", "style", "by hand", "not tested"), line
            if mark in ("value", "cost"):
                for name in answer.split("; "):
                    assert name in names[notebook], f"{notebook}: {line}: {name!r}"
