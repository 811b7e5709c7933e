"""The cells of a class's submissions and nothing else: run one after the other in a fork of one warm process.

    python benchmarks/bare.py FOLDER plain|graded|lean [NOTEBOOK ...]     one line of JSON a submission

FOLDER is a course with submissions. `plain`: the cells as stock nbgrader runs them, test cells from the source, which
compare with torch on the spot. `graded`: as `raisin grade` sends them, on the student's earlier parts. `lean`: these
with what its kernels spare a cell: plain Python is not taken apart into tokens, and a figure has been drawn before.

The process has imported all that the notebooks import, and has a shell; a fork of it runs the cells of one notebook,
its figures are drawn, what is printed goes nowhere. So this is what a submission costs where grading it costs nothing.
"""

import gc
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "OMP_NUM_THREADS": "1"}

from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

SECONDS = 30  # for a cell, as nbgrader has it
Cells = Sequence[tuple[str, int]]  # source and limit


class Nowhere(DisplayPublisher):
    """What would be shown has been drawn by the time it comes here, and is counted."""

    pictures = 0

    def publish(self, data: Any, metadata: Any = None, *rest: Any, **more: Any) -> None:
        Nowhere.pictures += "image/png" in data


def shell(lean: bool = False) -> InteractiveShell:
    config = Config()
    config.HistoryManager.enabled = False
    made: InteractiveShell = InteractiveShell.instance(config=config, display_pub_class=Nowhere)
    if lean:
        from raisin.grading.inside.application import draw_once
        from raisin.grading.inside.shell import Transformers

        made.input_transformer_manager = Transformers()
        draw_once()
    return made


def plain(root: Path, student: str, notebook: str) -> Cells:
    """The code cells of a submission, given ones and tests as the source has them."""
    given = {cell["id"]: "".join(cell["source"]) for cell in _cells(root / "source" / notebook) if _is_given(cell)}
    submitted = _cells(root / "submitted" / student / notebook)
    return [(given.get(c["id"], "".join(c["source"])), SECONDS) for c in submitted if c["cell_type"] == "code"]


def _cells(folder: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads((folder / f"{folder.name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return cells


def _is_given(cell: Mapping[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("locked"))


def graded(root: Path, student: str, notebook: str, to_send: Mapping[str, str]) -> Cells:
    """As `raisin grade` sends them: tests without what they are measured against, the limits of the source."""
    source = {cell["id"]: cell for cell in _cells(root / "source" / notebook)}
    submitted = [cell for cell in _cells(root / "submitted" / student / notebook) if cell["cell_type"] == "code"]
    found = []
    for cell, (text, seconds) in zip(submitted, plain(root, student, notebook), strict=True):
        about = source.get(cell["id"], cell)
        tags = about["metadata"].get("tags", ())
        if "study-run" in tags or ("shows-torch" in tags and notebook[:2] not in ("01", "07")):
            continue
        sent = to_send.get(cell["id"], "") if _is_test(about) else text
        found.append((sent, int(about["metadata"].get("raisin", {}).get("seconds", seconds))))
    return found


def _is_test(cell: Mapping[str, Any]) -> bool:
    about = cell["metadata"].get("nbgrader", {})
    return bool(about.get("grade")) and cell["cell_type"] == "code"


def cost(cells: Cells, folder: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Run these cells in a fork, in `folder`: wall and CPU seconds, and how many raised an error."""
    read, write = os.pipe()
    began = time.perf_counter()
    if (pid := os.fork()) == 0:
        os.environ |= environment
        os.chdir(folder)
        os.write(write, json.dumps(_run(cells)).encode())
        os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        about = json.loads(pipe.read() or b"{}")
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "status": status, **about}


def _run(cells: Cells) -> dict[str, Any]:
    known = InteractiveShell.instance()
    before, errors = set(sys.modules), 0
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    for source, seconds in cells:
        signal.alarm(seconds)
        done = known.run_cell(source, store_history=False)  # type: ignore[no-untyped-call]  # IPython types half of it
        errors += not done.success
        signal.alarm(0)
    return {"errors": errors, "pictures": Nowhere.pictures, "imported": sorted(set(sys.modules) - before)}


def submissions(root: Path, notebooks: Sequence[str]) -> list[tuple[str, str]]:
    students = sorted(path.name for path in (root / "submitted").iterdir())
    return [(student, name) for name in notebooks for student in students]


def environment(root: Path, mode: str, student: str, notebook: str, folder: Path) -> dict[str, str]:
    """What a notebook finds; for `graded` and `lean` with the framework of the student's earlier parts in a folder."""
    if mode == "plain":
        return {"NBGRADER_EXECUTION": "autograde"}
    from raisin.grading import earlier, secret
    from raisin.grading.course import open_course

    course = open_course(root)
    earlier.write(folder, earlier.earlier_parts(course, student, notebook))
    return {
        "NBGRADER_EXECUTION": "autograde",
        "RAISIN_MODE": "grade",
        "RAISIN_NONCE": "bare",
        "RAISIN_SEED": secret.seed(course, notebook),
        "RAISIN_FRAMEWORK": str(folder),
    }


def main(root: Path, mode: str, notebooks: Sequence[str]) -> None:
    to_send: dict[str, Mapping[str, str]] = {}
    if mode != "plain":
        from raisin.grading import oracle
        from raisin.grading.course import open_course

        course = open_course(root)
        to_send = {name: oracle.of(course, name).to_send for name in notebooks}
    shell(mode == "lean")
    with tempfile.TemporaryDirectory() as work:
        prepared = []
        for number, (student, name) in enumerate(submissions(root, notebooks)):
            framework, empty = Path(work) / f"f{number}", Path(work) / f"w{number}"
            framework.mkdir()
            empty.mkdir()
            own = environment(root, mode, student, name, framework)
            if mode == "plain":
                prepared.append((student, name, plain(root, student, name), root / "submitted" / student / name, own))
            else:
                prepared.append((student, name, graded(root, student, name, to_send[name]), empty, own))
        for name in notebooks:  # what a notebook imports on its way is imported here, and nothing else is done
            _, _, cells, folder, own = next(entry for entry in prepared if entry[1] == name)
            for module in cost(cells, folder, own)["imported"]:
                _import(module)
        gc.collect()
        gc.freeze()
        for student, name, cells, folder, own in prepared:
            about = cost(cells, folder, own)
            about["imported"] = len(about["imported"])
            print(json.dumps({"student": student, "notebook": name, **about}), flush=True)


def _import(module: str) -> None:
    try:
        __import__(module)
    except Exception as error:  # made by a notebook, or not meant to be imported by name
        print(f"{module}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), sys.argv[2], sys.argv[3:])
