"""What is put right in a submitted notebook before nbgrader reads it (listed in nbgrader_config.py)."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import ClearOutput, NbGraderPreprocessor
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution, is_task

from raisin.grading import outputs
from raisin.grading.course import Course, root_of
from raisin.grading.logs import REMARK

STUDY_RUN = "study-run"
SKIP = "skip-execution"  # the tag with which nbclient leaves a cell as it is
AS_HANDED_IN = "As handed in, not run again:\n"


class ClearOutputButStudies(ClearOutput):  # type: ignore[misc]  # nbgrader publishes no types
    """Clear all outputs, but keep those of cells that the source tags ``study-run``, for the person who reads them.

    So are tagged what takes minutes, and figures that nothing depends on and every grading would pay for. Such a cell
    is not run again: it gets nbclient's tag for that. Only printed text and pictures are kept, nothing that a browser
    would run, and in front of them stands that they are the student's. Any other cell is run, whatever a student
    tagged it. A cell is the source's by its id; where a service has changed all ids, by its tag.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        self._studies, known = _of_the_source(resources)
        self._ids_are_kept = any(cell.get("id") in known for cell in nb.cells)
        done: tuple[Any, Any] = super().preprocess(nb, resources)
        return done

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        if cell.cell_type != "code":
            return cell, resources
        tags = [tag for tag in cell.metadata.get("tags", []) if tag != SKIP]
        is_study = cell.get("id") in self._studies if self._ids_are_kept else bool(self._studies) and STUDY_RUN in tags
        if not is_study or "nbgrader" in cell.metadata:
            if "tags" in cell.metadata:
                cell.metadata["tags"] = tags
            cleared: tuple[Any, Any] = super().preprocess_cell(cell, resources, cell_index)
            return cleared
        cell.metadata["tags"] = [*tags, SKIP]
        kept = [output for output in outputs.reduced(cell.outputs) if output.output_type != "error"]
        remark = nbformat.v4.new_output("stream", name="stdout", text=AS_HANDED_IN)  # type: ignore[no-untyped-call]
        cell.outputs = [remark, *kept] if kept else []
        cell.execution_count = None
        return cell, resources


def _of_the_source(resources: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The ids of the source's cells tagged ``study-run``, and of all its cells that nbgrader does not know."""
    course = Course(root_of(Path(resources["metadata"]["path"]).absolute()))
    content = json.loads(course.source(resources["nbgrader"]["notebook"]).read_text(encoding="utf-8"))
    free = [cell for cell in content["cells"] if "nbgrader" not in cell["metadata"]]
    studies = [cell for cell in free if STUDY_RUN in cell["metadata"].get("tags", ())]
    return frozenset(str(cell.get("id")) for cell in studies), frozenset(str(cell.get("id")) for cell in free)


class KeepOneCopy(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader publishes no types
    """Where a student copied a graded cell, one copy stays graded and the others become ordinary cells.

    Of a copied answer the last one that is no longer the blank of the release counts; of a test, or where all are
    blank, the last. Left alone, two cells with one grade id make nbgrader give up on the whole class.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        copies: defaultdict[str, list[Any]] = defaultdict(list)
        for cell in nb.cells:
            if is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell):
                copies[str(cell.metadata.nbgrader.get("grade_id", ""))].append(cell)
        for grade_id, cells in copies.items():
            if grade_id and len(cells) > 1:
                self._keep_one(grade_id, cells)
        return nb, resources

    def _keep_one(self, grade_id: str, cells: list[Any]) -> None:
        answered = [cell for cell in cells if is_solution(cell) and not _is_untouched(cell)]
        kept = (answered or cells)[-1]
        for cell in cells:
            if cell is not kept:
                del cell.metadata["nbgrader"]
        which = "the last answered copy" if answered else "the last copy"
        self.log.warning("%s: the cell is there %d times, %s counts", grade_id, len(cells), which, extra={REMARK: True})


def _is_untouched(cell: Any) -> bool:
    return bool(cell.metadata.nbgrader.get("checksum") == compute_checksum(cell))
