"""Copied cells: one stays graded."""

import copy
import logging
from pathlib import Path

import factories
import nbformat
import pytest
from nbgrader.utils import compute_checksum

from raisin.grading.preprocess import ClearOutputButStudies


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


def cleared(root: Path, *cells: factories.Cell, source: factories.Cell | None = None) -> list[factories.Cell]:
    """The cells of a submission after the preprocessor; the source has the cell ``run``, tagged unless given."""
    course = factories.course(root)
    truth = factories.notebook(source if source is not None else study(), factories.answer("a", "1"))
    factories.write(course.source(factories.FIRST), truth)
    folder = course.submitted("ada", factories.FIRST).parent
    content = nbformat.from_dict(factories.notebook(*(copy.deepcopy(cell) for cell in cells)))
    resources = {"metadata": {"path": str(folder)}, "nbgrader": {"notebook": factories.FIRST}}
    done, _ = ClearOutputButStudies().preprocess(content, resources)
    return list(done.cells)


def study(*outputs: dict[str, object], tags: tuple[str, ...] = ("study-run",)) -> factories.Cell:
    cell = factories.code("run", "results = run_study(study_grid)")
    return {**cell, "metadata": {"tags": list(tags)}, "outputs": list(outputs), "execution_count": 3}


PRINTED = {"output_type": "stream", "name": "stdout", "text": "180 runs\n"}
PICTURE = {
    "output_type": "display_data",
    "data": {"image/png": factories.PNG, "text/html": "<script>1</script>", "text/plain": "a heat map"},
    "metadata": {"image/png": {"alt": "a heat map", "onload": "x"}, "other": {}},
}


def test_a_study_keeps_text_and_pictures_as_handed_in_and_is_not_run(tmp_path: Path) -> None:
    (cell,) = cleared(tmp_path, study(PRINTED, PICTURE))
    assert "skip-execution" in cell["metadata"]["tags"] and cell["execution_count"] is None
    remark, printed, picture = cell["outputs"]
    assert remark["text"].startswith("As handed in") and printed["text"] == "180 runs\n"
    assert set(picture["data"]) == {"image/png", "text/plain"}
    assert picture["metadata"] == {"image/png": {"alt": "a heat map"}}


def test_what_a_browser_would_run_and_errors_are_dropped(tmp_path: Path) -> None:
    script = {"output_type": "display_data", "data": {"text/html": "<script>1</script>"}, "metadata": {}}
    error = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}
    (cell,) = cleared(tmp_path, study(script, error))
    assert cell["outputs"] == []


def test_other_cells_are_cleared_and_run_whatever_their_tags(tmp_path: Path) -> None:
    tagged = {**study(PRINTED, tags=("skip-execution", "study-run")), "id": "another"}
    answer = {**factories.answer("a", "1"), "outputs": [PRINTED]}
    answer["metadata"] = {**answer["metadata"], "tags": ["study-run", "skip-execution"]}
    for cell in cleared(tmp_path, study(), tagged, answer)[1:]:
        assert cell["outputs"] == [] and "skip-execution" not in cell["metadata"]["tags"]


def test_the_source_says_which_cells_are_a_study(tmp_path: Path) -> None:
    """A student can neither have an own cell skipped by tagging it, nor have the study run by taking the tag off."""
    (cell,) = cleared(tmp_path / "lost", study(PRINTED, tags=()))
    assert "skip-execution" in cell["metadata"]["tags"] and cell["outputs"]
    (cell,) = cleared(tmp_path / "added", study(PRINTED), source=study(tags=()))
    assert "skip-execution" not in cell["metadata"]["tags"] and cell["outputs"] == []


def test_where_a_service_changed_all_ids_the_tag_says_it(tmp_path: Path) -> None:
    (cell,) = cleared(tmp_path, {**study(PRINTED), "id": "Zk3fQw9"})
    assert "skip-execution" in cell["metadata"]["tags"] and cell["outputs"]
