"""Copied cells: one stays graded."""

import copy
import logging

import factories
import nbformat
import pytest
from nbgrader.utils import compute_checksum

from raisin.grading.preprocess import KeepOneCopy


def kept(*cells: factories.Cell) -> list[int]:
    """Positions of the cells that are still graded afterwards."""
    content = nbformat.from_dict(factories.notebook(*(copy.deepcopy(cell) for cell in cells)))
    for cell in content.cells:
        if "BLANK" in cell.source:
            cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    done, _ = KeepOneCopy().preprocess(content, {})
    return [number for number, cell in enumerate(done.cells) if "nbgrader" in cell.metadata]


def test_without_copies_nothing_changes() -> None:
    assert kept(factories.answer("a", "1"), factories.check("test-a", "2", 1), factories.text("t", "3")) == [0, 1]


@pytest.mark.parametrize(
    ("sources", "position"),
    [(["BLANK", "mine"], 1), (["mine", "BLANK"], 0), (["one", "two"], 1), (["BLANK", "BLANK"], 1)],
)
def test_of_copied_answers_the_last_answered_one_counts(sources: list[str], position: int) -> None:
    assert kept(*(factories.answer("a", source) for source in sources)) == [position]


def test_of_copied_written_answers_the_last_answered_one_counts() -> None:
    assert kept(factories.manual("why", "mine", 1), factories.manual("why", "BLANK", 1)) == [0]


def test_of_copied_tests_the_last_one_counts() -> None:
    assert kept(*(factories.check("test-a", source, 1) for source in ("x", "y", "z"))) == [2]


def test_a_copy_is_remarked_upon(caplog: pytest.LogCaptureFixture) -> None:
    preprocessor = KeepOneCopy()
    preprocessor.log = logging.getLogger("test")
    cells = (factories.answer("a", "1"), factories.answer("a", "2"))
    preprocessor.preprocess(nbformat.from_dict(factories.notebook(*cells)), {})
    assert "a: the cell is there 2 times, the last answered copy counts" in caplog.text
