"""What a check is measured against changes with the seed: the messages of another run earn nothing."""

import itertools
from collections.abc import Iterator

import matrix
import pytest
from checker import checks, reference
from course.contract import NAMES

from raisin.lab import compare, values
from raisin.lab.checks import checks_of
from raisin.lab.names import Names
from raisin.lab.values import Plain

Dues = dict[str, list[Plain]]


def dues(name: str, monkeypatch: pytest.MonkeyPatch) -> Dues:
    """What is due in every check of a source notebook, on each seed."""
    found: Dues = {}
    real = compare._due

    def noted(what: str, due: object, names: Names) -> Plain:
        found.setdefault(what, []).append(real(what, due, names))
        return found[what][-1]

    monkeypatch.setattr(compare, "_due", noted)
    for seed in matrix.SEEDS:
        monkeypatch.setenv("RAISIN_SEED", seed)
        checks(name, {})
    return found


def repeated(found: Dues) -> Iterator[str]:
    """The checks of which two seeds have the same value due."""
    for what, due in found.items():
        if any(values.differ(one, other) is None for one, other in itertools.combinations(due, 2)):
            yield what


@pytest.mark.parametrize("name", NAMES)
def test_no_two_seeds_have_the_same_value_due(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every check of every test cell, visible or hidden, and none is decided without a value."""
    found = dues(name, monkeypatch)
    written = [what for cell in reference(name) if cell.role == "test" for what in checks_of(cell.source)]
    assert sorted(found) == sorted(written)
    assert {len(due) for due in found.values()} == {len(matrix.SEEDS)}
    assert list(repeated(found)) == []


def test_a_value_that_never_changes_is_found() -> None:
    """So the test above would see one."""
    assert list(repeated({"flags": [[True, None], [True, None]], "drawn": [[True, "a"], [True, "b"]]})) == ["flags"]
