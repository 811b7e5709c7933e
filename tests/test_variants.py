"""Correct solutions in other styles score full: the tests ask for the contract and for nothing else."""

from pathlib import Path

import pytest
from checker import TESTS, in_style, lost, points_of
from course.contract import NAMES, ROOT

FILES = [*sorted((TESTS / "variants").glob("*.md")), ROOT / "examples" / "another_style.md"]
FILES = [file for file in FILES if file.stem != "README"]


def test_there_are_enough_of_them_for_every_notebook() -> None:
    """Each notebook has at least two other styles."""
    assert len(FILES) >= 16
    for name in NAMES:
        assert sum(name in in_style(file) for file in FILES) >= 2, name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_another_style_scores_full(file: Path) -> None:
    """In every notebook from the first that differs on: the later ones stand on this student's own parts.

    A bonus that a style leaves out is no point of the notebook.
    """
    work = in_style(file)
    assert work, f"{file.name} replaces nothing"
    for name in NAMES:
        if name >= min(work):
            missed = lost(name, work)
            left_out = {
                cell for cell in points_of(name) if cell.startswith("test-bonus-") and _leaves_out_bonus(work, name)
            }
            assert missed <= left_out, name


def _leaves_out_bonus(work: dict[str, tuple], name: str) -> bool:
    bonus = ("backward-once", "momentum")
    return any(cell.id in bonus and "NotImplementedError()" in cell.source for cell in work.get(name, ()))
