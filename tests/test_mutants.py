"""The tests of the notebooks tell right from wrong: every known mistake loses points, in the tests that are for it."""

import re
from collections import Counter

import matrix
import pytest
from checker import Mutant, blank, checks, earlier_parts, held_out, lost, mutants, points_of, touched
from course.contract import NAMES, ROOT

MUTANTS, HELD_OUT = mutants(), held_out()
SEEDS = ("first", "second", "third")
DOCUMENTED = matrix.DOCUMENT.read_text(encoding="utf-8").splitlines()


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
    """Also on top of the reference's earlier parts, and every single check: none may pass by accident."""
    found = checks(name, {name: blank(name)})
    assert set(found) == set(points_of(name))
    assert [v.what for verdicts in found.values() for v in verdicts if v.passed] == []


@every(MUTANTS)
def test_a_mistake_is_caught_and_the_kill_matrix_says_how(mutant: Mutant) -> None:
    """The test cells that tests/mutants names lose their points, none beside the point; docs/kill-matrix.md is true."""
    found = checks(mutant.notebook, mutant.work(), matrix.SECONDS, outside=True, large=False)
    assert matrix.survives(mutant, found) == ""
    assert str(matrix.row(mutant, found)) in DOCUMENTED, "docs/kill-matrix.md is out of date: make matrix"


@every(MUTANTS[::4])
def test_the_verdict_from_outside_is_the_one_given_in_the_notebook(mutant: Mutant) -> None:
    """What the grader makes of the values sent is what a student sees, check by check (`make matrix` compares all)."""
    assert matrix.deviates(mutant) == ""


def test_the_kill_matrix_is_of_these_mistakes_and_names_enough_of_them() -> None:
    """Two hundred or more, none but those that there are, and four of five wrong values named in every notebook."""
    rows = [line for line in DOCUMENTED if line.startswith("| ") and "| `test-" in line]
    assert len(rows) == len(MUTANTS) + len(HELD_OUT) and len(MUTANTS) >= 200 and len(HELD_OUT) >= 40
    counts = [line.strip("| ").split(" | ") for line in DOCUMENTED if line.split(" | ")[0].strip("| ") in NAMES]
    assert [count[0] for count in counts] == list(NAMES)
    for name, mistakes, wrong, named in counts:
        assert int(mistakes) == sum(mutant.notebook == name for mutant in MUTANTS)
        assert int(named) >= matrix.ENOUGH * int(wrong) > 0, name


@every(HELD_OUT)
def test_a_mistake_that_was_written_afterwards_is_caught_too(mutant: Mutant) -> None:
    found = checks(mutant.notebook, mutant.work(), large=False)
    assert matrix.survives(mutant, found) == ""
    assert str(matrix.row(mutant, found)).replace("| ", f"| {mutant.notebook[:2]}: ", 1) in DOCUMENTED


@every(MUTANTS[::3])
def test_a_mistake_costs_nothing_where_nothing_builds_on_it(mutant: Mutant) -> None:
    """Checks of later notebooks that do not need the step: an optimizer's are made on gradients set by hand."""
    assert list(matrix.reaches(mutant)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_verdicts_do_not_depend_on_the_numbers_drawn(seed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other numbers, the same verdicts: sources, blanks, and every ninth mutant (`make matrix` tries all)."""
    monkeypatch.setenv("RAISIN_SEED", seed)
    for name in NAMES:
        assert lost(name, {}) == set()
        assert lost(name, {name: blank(name)}) == set(points_of(name))
    for mutant in MUTANTS[SEEDS.index(seed) :: 9]:
        only = touched(mutant.notebook, [cell for cell, _, _ in mutant.edits])
        found = checks(mutant.notebook, mutant.work(), only=only, outside=True, large=False)
        assert matrix.survives(mutant, found) == "", str(mutant)


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_costs_nothing_in_an_earlier_notebook(name: str) -> None:
    """What a notebook runs on are the parts before it; a later notebook cannot reach back."""
    later = [mutant for mutant in MUTANTS if mutant.notebook > name][::8]
    expected = earlier_parts(name, {})
    for mutant in later:
        assert earlier_parts(name, mutant.work()) == expected
    assert lost(name, {}) == set()


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


def test_the_checks_after_one_that_fails_count() -> None:
    """A cell is not lost with its first check: every check counts for itself."""
    half = Mutant(
        "02-tensor-arithmetic", "half", (("power", "array_of(base) ** exponent", "array_of(base) ** 2"),), frozenset()
    )
    found = checks("02-tensor-arithmetic", half.work())["test-power-value"]
    assert [verdict.passed for verdict in found] == [False] * 4


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
