"""Notebooks as PDFs, without LaTeX and without a browser.

    with Printer() as printer:
        printed = printer.print(path.read_bytes(), About(course="Deep learning"))
    path.with_suffix(".pdf").write_bytes(printed.pdf)

Also `raisin print`, and `jupyter nbconvert --to typstpdf`. A fixed typst template reads the notebook as data, in a
process of its own with limits on time and memory; there is always a PDF, and it says what it lacks.
"""

from raisin.printout.printer import Printed, Printer, PrinterBroken
from raisin.printout.request import About, Feedback, Remark

__all__ = ["About", "Feedback", "Printed", "Printer", "PrinterBroken", "Remark"]
