"""`jupyter nbconvert --to typstpdf NOTEBOOK.ipynb`, and PDFs as feedback by nbgrader's own commands:

c.GenerateFeedback.exporter_class = "raisin.printout.exporter.TypstPDFExporter"
"""

import json
from collections.abc import Mapping
from typing import Any

from nbconvert.exporters import Exporter
from traitlets import Float, Unicode, default

from raisin.printout.printer import SECONDS, Printer
from raisin.printout.request import About, Feedback, Remark, number


class TypstPDFExporter(Exporter):
    """A PDF without LaTeX and without a browser. What could not be printed is said in the log."""

    export_from_notebook = "PDF (printout)"
    output_mimetype = "application/pdf"
    title = Unicode("", help="the title; empty: the notebook's first heading").tag(config=True)
    course = Unicode("", help="what stands at the foot of every page").tag(config=True)
    seconds = Float(SECONDS["full"], help="processor seconds before less of the notebook is printed").tag(config=True)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, dict[str, Any]]:
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        graded = resources.get("nbgrader") or {}
        about = About(
            title=self.title,
            name=str((resources.get("metadata") or {}).get("name") or ""),
            submitted_by=str(graded.get("student") or ""),
            course=self.course,
            feedback=feedback_in(notebook),
        )
        content = json.dumps(notebook).encode("utf-8", "surrogatepass")
        with Printer(self.seconds) as printer:
            printed = printer.print(content, about)
        for words in printed.missing:
            self.log.warning("%s", words)
        return printed.pdf, resources


def feedback_in(notebook: Any) -> Feedback | None:
    """The points and comments that nbgrader has put into the cells' metadata; None where it has not."""
    remarks = {}
    for cell in notebook.cells:
        graded: Mapping[str, Any] = cell.metadata.get("nbgrader") or {}
        if "score" in graded or graded.get("comment"):
            of = graded.get("points")
            points = None if graded.get("needs_manual_grade") else graded.get("score")
            remarks[str(graded.get("grade_id"))] = Remark(
                None if points is None else float(points),
                None if of is None else float(of),
                str(graded.get("comment") or ""),
            )
    if not remarks:
        return None
    scored = [remark for remark in remarks.values() if remark.of is not None]
    points = sum(remark.points or 0.0 for remark in scored)
    return Feedback(remarks, f"{number(points)} of {number(sum(remark.of or 0.0 for remark in scored))} points")
