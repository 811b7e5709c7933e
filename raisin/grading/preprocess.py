"""What is put right in a submitted notebook before nbgrader reads it (listed in nbgrader_config.py)."""

from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import ClearOutput, NbGraderPreprocessor

from raisin.grading import handed_in, outputs, rebuild
from raisin.grading.course import Course, root_of
from raisin.grading.handed_in import NeedsAPerson
from raisin.grading.logs import REMARK

STUDY_RUN = "study-run"
SKIP = "skip-execution"  # the tag with which nbclient leaves a cell as it is
AS_HANDED_IN = "As handed in, not run again:\n"


class ClearOutputButStudies(ClearOutput):  # type: ignore[misc]  # nbgrader publishes no types
    """Clear all outputs, but keep those of cells that the source tags ``study-run``, for the person who reads them.

    So are tagged what takes minutes, and figures that nothing depends on and every grading would pay for. Such a cell
    is not run again: it gets nbclient's tag for that. Only printed text and pictures are kept, nothing that a browser
    would run, and in front of them stands that they are the student's. Any other cell is run, whatever a student
    tagged it. A cell is the source's by its id, which `Rebuild` has put right.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        self._studies = _studies_of_the_source(resources)
        done: tuple[Any, Any] = super().preprocess(nb, resources)
        return done

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        if cell.cell_type != "code":
            return cell, resources
        tags = [tag for tag in cell.metadata.get("tags", []) if tag != SKIP]
        if cell.get("id") not in self._studies or "nbgrader" in cell.metadata:
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


def _studies_of_the_source(resources: Any) -> frozenset[str]:
    """The ids of the source's cells tagged ``study-run`` that nbgrader does not know."""
    course = Course(root_of(Path(resources["metadata"]["path"]).absolute()))
    free = (
        cell
        for cell in course.content(resources["nbgrader"]["notebook"])["cells"]
        if "nbgrader" not in cell["metadata"]
    )
    return frozenset(str(cell.get("id")) for cell in free if STUDY_RUN in cell["metadata"].get("tags", ()))


class Rebuild(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader publishes no types
    """The submission laid on the release (raisin.grading.rebuild), before anything else reads it.

    Raises NeedsAPerson where it is not certain which cell is which answer: nothing is graded then, and nobody gets 0.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        name = resources["nbgrader"]["notebook"]
        folder = Path(resources["metadata"]["path"]).absolute()
        course = Course(root_of(folder), config=self.config)
        rebuilt = handed_in.read_file(course, folder / f"{name}.ipynb", name)
        for line in rebuild.lines(note for note in rebuilt.notes if note.trivial):
            self.log.info("%s", line)
        for line in rebuilt.remarks:
            self.log.warning("%s", line, extra={REMARK: True})
        if rebuilt.open:
            raise NeedsAPerson(f"{rebuilt.question}; {handed_in.WAY_OUT}")
        made = nbformat.from_dict(rebuilt.notebook)  # type: ignore[no-untyped-call]  # nbformat has no types
        nb.clear()
        nb.update(made)
        return nb, resources
