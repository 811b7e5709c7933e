"""Correct solutions in other styles score full: the tests ask for the contract and for nothing else."""

from pathlib import Path

import matrix
import pytest
from checker import in_style, reference, run, style_files
from course.contract import NAMES

FILES = style_files()


def test_there_are_enough_of_them_for_every_notebook() -> None:
    """Forty, and at least two for each notebook."""
    assert len(FILES) >= 40
    for name in NAMES:
        assert sum(name in in_style(file) for file in FILES) >= 2, name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_another_style_scores_full(file: Path) -> None:
    """In every notebook from the first that differs on: the later ones stand on this student's own parts.

    A bonus that a style leaves out is no point of the notebook.
    """
    assert list(matrix.rejects(file, outside=True)) == []


@pytest.mark.parametrize("file", [None, *FILES], ids=lambda file: file.stem if file else "the reference")
def test_another_style_scores_full_on_the_stand_in(file: Path | None) -> None:
    """Who goes on with the stand-in is not held up by it. Of a style in several notebooks the first: the later ones may
    lean on what only their own earlier parts have.
    """
    work = in_style(file) if file is not None else {name: reference(name) for name in NAMES}
    for name in matrix.BUILDS:
        if name in work and (file is None or name == min(work)):
            failed = [v.what for verdicts in run(name, work[name], None).values() for v in verdicts if not v.passed]
            assert failed == [] or matrix.leaves_out_bonus(work, name), name
