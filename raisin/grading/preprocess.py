"""What is put right in a submitted notebook before nbgrader reads it (listed in nbgrader_config.py)."""

from collections import defaultdict
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution, is_task

from raisin.grading.logs import REMARK


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
