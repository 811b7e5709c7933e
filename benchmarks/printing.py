"""How long printouts take: `python benchmarks/printing.py [NOTEBOOK.ipynb ...]` (default: the release).

In one batch, as `raisin print` does it: wall time of each notebook in a worker that is already running, and the
processor time of that worker. Beside it, where xelatex and pandoc are installed, `nbconvert --to pdf` in one process,
in turn with ours, so that a busy machine slows both.
"""

import json
import re
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from raisin.printout import Printer

ROOT = Path(__file__).parents[1]
RUNS = 5
BADGE = re.compile(r"\[!\[[^]]*\]\([^)]*\)\]\([^)]*\)")
XELATEX_RUNS = 2


def distinct(notebook: Path, number: int) -> bytes:
    """The notebook as one more student would hand it in: nothing of it may come from a cache of the whole.

    Without its badge: xelatex ends at pictures that are only linked, and makes no PDF.
    """
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        newline = "" if not cell["source"] else "\n"
        comment = f"<!-- {number} -->" if cell["cell_type"] == "markdown" else f"# {number}"
        cell["source"] = (
            BADGE.sub("", "".join(cell["source"])) + newline + (comment if cell["cell_type"] != "raw" else "")
        )
    return json.dumps(content).encode()


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def latex() -> Callable[[bytes], object] | None:
    """nbconvert's own way to a PDF, in this process; None where what it needs is not installed."""
    if not (shutil.which("xelatex") and shutil.which("pandoc")):
        return None
    import nbformat
    from nbconvert.exporters import PDFExporter
    from nbconvert.exporters.pdf import LatexFailed

    exporter = PDFExporter()

    def convert(content: bytes) -> None:
        try:
            exporter.from_notebook_node(nbformat.from_dict(json.loads(content)))
        except LatexFailed as error:
            print("xelatex gives no PDF:", str(error).splitlines()[-1][:100])

    return convert


def main(paths: list[Path]) -> None:
    other = latex()
    ours: list[float] = []
    theirs: list[float] = []
    with Printer(seconds=30) as printer:
        printer.print(b"{}")  # starts the worker
        assert printer._worker is not None
        worker = psutil.Process(printer._worker.pid)
        before = sum(worker.cpu_times()[:2])
        for run in range(RUNS):
            for path in paths:
                content = distinct(path, run)
                ours.append(timed(lambda content=content: printer.print(content)))
                if other is not None and run < XELATEX_RUNS:
                    theirs.append(timed(lambda content=content: other(content)))
        used = sum(worker.cpu_times()[:2]) - before
        memory = worker.memory_info().rss / 2**20
    first, steady = ours[: len(paths)], ours[len(paths) :]
    print(f"{len(ours)} printouts of {len(paths)} notebooks, each run with other text in every cell")
    print(f"first run, median and longest:  {statistics.median(first):.3f} s, {max(first):.3f} s")
    print(f"later runs, median and longest: {statistics.median(steady):.3f} s, {max(steady):.3f} s")
    print(f"processor time a printout: {used / len(ours):.3f} s; memory at the end: {memory:.0f} MB")
    if theirs:
        share = statistics.median(theirs) / statistics.median(ours[: len(theirs)])  # those that ran beside them
        print(f"nbconvert --to pdf (xelatex), median: {statistics.median(theirs):.2f} s; {share:.0f} times ours")
    else:
        print("xelatex and pandoc are not installed here: nothing to compare with")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or sorted(ROOT.glob("release/*/*.ipynb")))
