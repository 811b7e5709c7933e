"""What happens to a submission before nbgrader reads it."""

import copy
import logging
from collections.abc import Callable
from pathlib import Path

import factories
import nbformat
import pytest

from raisin.grading import release
from raisin.grading.handed_in import NeedsAPerson
from raisin.grading.preprocess import ClearOutputButStudies, Rebuild


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


def through(root: Path, change: Callable[[factories.Notebook], object] | None = None) -> factories.Notebook:
    """A submission of the first notebook after `Rebuild`, which reads the file itself."""
    course = factories.course(root)
    release.release(course)
    path = factories.hand_in(course, "ada", factories.FIRST, change)
    resources = {"metadata": {"path": str(path.parent)}, "nbgrader": {"notebook": factories.FIRST}}
    rebuild = Rebuild(config=course.config)
    rebuild.log = logging.getLogger("test")
    before = path.read_bytes()
    done, _ = rebuild.preprocess(nbformat.v4.new_notebook(), resources)
    assert path.read_bytes() == before
    return dict(done)


def _copied(content: factories.Notebook) -> None:
    content["cells"].insert(3, {**copy.deepcopy(factories.cell(content, "double")), "id": "copy"})


def test_a_submission_is_laid_on_the_release_with_a_remark(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    names = [cell["id"] for cell in through(tmp_path, _copied)["cells"]]
    assert names == [cell["id"] for cell in factories.first()["cells"]]
    assert "double: was there 2 times; the one with work in it counts" in caplog.text


def _two_attempts(content: factories.Notebook) -> None:
    other = {**copy.deepcopy(factories.cell(content, "double")), "id": "copy", "source": "def double(x):\n    return x"}
    content["cells"].append(other)


def test_where_it_is_not_certain_what_counts_nothing_is_graded(tmp_path: Path) -> None:
    with pytest.raises(NeedsAPerson, match=r"double is there 2 times with different work, in cells 4 and 9.*doctor"):
        through(tmp_path, _two_attempts)
