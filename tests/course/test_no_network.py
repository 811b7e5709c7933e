"""Notebooks 06, 07 and 08 and `raisin data` with the network cut: simulated raisins, and whatever shows them says so.

Which outputs show raisins is not a list in this file: each notebook runs on the simulated raisins, and then on others
that pass for UCI's. What differs was computed from raisins.
"""

import contextlib
import hashlib
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from course.contract import ROOT, SOURCE
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from raisin import download
from raisin.lab import datasets, uci

pytestmark = pytest.mark.slow

NOTEBOOKS = ["06-raisin-mlp", "07-training-study", "08-modules-and-minibatches"]
# Every Python process reads this when it starts. Audit events come from C: no library gets past them.
CUT = """
import errno, os, socket, sys

def cut(event, args):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host, error = args[0], socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg") and isinstance(args[1], tuple):
        host, error = args[1][0], OSError(errno.ENETUNREACH, "Network is unreachable")
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if isinstance(host, str) and host not in ("", "localhost", "::1") and not host.startswith("127."):
        with open(os.environ["ATTEMPTS"], "a") as file:
            print(host, file=file)
        raise error

sys.addaudithook(cut)
"""
# Before a notebook: beside every picture, the titles in it.
LEGIBLE = """
from IPython.display import display
from raisin import lab

def show(figure, alt, shown=lab.show):
    titles = [figure.get_suptitle(), *(panel.get_title() for panel in figure.axes)]
    display({"application/x-titles+json": titles}, raw=True)
    shown(figure, alt)

lab.show = show
"""
# After it: the network is cut in this very kernel. Nothing is sent, even if it is not.
PROBE = """
import sys
lookup, connection = ("socket.getaddrinfo", "name.invalid"), ("socket.connect", 0, ("192.0.2.1", 9))
for event in (lookup, connection):
    try:
        sys.audit(*event)
    except OSError as error:
        print(type(error).__name__)
"""
# As complete as the notebook's own, but 810 updates long.
GRID = """study_grid = {
    "learning_rates": {name: [0.01, 0.03, 0.1, 0.3, 1e4] for name in ("SGD", "momentum", "Adam")},
    "batch_sizes": [64, 128, 256, 540],
    "seeds": [0, 1, 2],
    "epochs": 1,
}"""
CLOCKS = {"timed-try"}  # prints seconds and nothing else
SECONDS = re.compile(r"\d[\d.]* (s\b|times as fast)")


@dataclass(frozen=True)
class Output:
    """One output of a cell: `content` is all of it, `words` what can be read there, of a picture the titles."""

    cell: str
    content: str
    words: str


def environment(course: Path) -> dict[str, str]:
    """Without the network, and without what the shell or another test may have set; no attempts so far."""
    (course / "attempts").unlink(missing_ok=True)
    (course / "cut").mkdir(exist_ok=True)
    (course / "cut" / "sitecustomize.py").write_text(CUT)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("NBGRADER_", "RAISIN_"))}
    path = os.pathsep.join([str(course / "cut"), *filter(None, [clean.get("PYTHONPATH")])])
    return clean | {"PYTHONPATH": path, "ATTEMPTS": str(course / "attempts"), "no_proxy": "*"}


def attempts(course: Path) -> list[str]:
    """The hosts that somebody wanted to reach in the last environment."""
    log = course / "attempts"
    return log.read_text().split() if log.exists() else []


def opened(course: Path, name: str, first: str = "pass") -> nbformat.NotebookNode:
    """A notebook of source/ with a small study; `first` is run before it, and the probe after it."""
    notebook = nbformat.read(course / "source" / name / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.id == "study-grid":
            cell.source = GRID
    before, after = (
        nbformat.v4.new_code_cell(source, id=word) for source, word in ((first, "before"), (PROBE, "probe"))
    )
    notebook.cells = [before, *notebook.cells, after]
    return notebook


def run(course: Path, name: str, notebook: nbformat.NotebookNode) -> None:
    """From top to bottom in a kernel of its own, without the network; CellExecutionError at the first failure."""
    folder = {"metadata": {"path": str(course / "source" / name)}}
    NotebookClient(notebook, timeout=120, resources=folder).execute(env=environment(course))


def outputs(notebook: nbformat.NotebookNode) -> list[Output]:
    """Everything shown, in order; what a cell prints is one output."""
    found = []
    for cell in notebook.cells:
        printed, titles = "", ""
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if output.output_type == "stream":
                printed += SECONDS.sub(r"... \1", output.text)
            elif "application/x-titles+json" in data:
                titles = "\n".join(data["application/x-titles+json"])
            elif "image/png" in data:
                found.append(Output(cell.id, data["image/png"], titles))
                titles = ""
            else:
                found.append(Output(cell.id, str(data), str(data)))
        found.append(Output(cell.id, printed, printed))
    return found


def other_raisins() -> str:
    """The simulated ones, each a little larger or smaller: 900 rows that are nobody's."""
    header, *lines = (ROOT / "data" / datasets.SIMULATED).read_text(encoding="ascii").splitlines()
    rows = []
    for k, line in enumerate(lines):
        *numbers, kind = line.split(",")
        rows.append(",".join([*(f"{float(number) * (1 + 0.03 * math.sin(k)):.9g}" for number in numbers), kind]))
    return "\n".join([header, *rows]) + "\n"


@contextlib.contextmanager
def in_place(course: Path, text: str) -> Iterator[Path]:
    """data/raisin.csv for a while, where `raisin data` writes it."""
    file = download.place(course / "source")
    assert file == course / datasets.REAL
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    try:
        yield file
    finally:
        file.unlink()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course without UCI's raisins."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(SOURCE, root / "source")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_everything_runs_and_whatever_shows_simulated_raisins_says_so(course: Path, name: str) -> None:
    """Printed numbers, tables, and the titles of figures; and nobody reaches for the network."""
    simulated = opened(course, name, LEGIBLE)
    run(course, name, simulated)
    assert simulated.cells[-1].outputs[0].text == "gaierror\nOSError\n"
    assert attempts(course) == ["name.invalid", "192.0.2.1"]  # the probe's, and no others
    rows = other_raisins()
    passing = f'from raisin.lab import uci\nuci.UCI = "{hashlib.sha256(rows.encode()).hexdigest()}"'
    others = opened(course, name, LEGIBLE + passing)
    with in_place(course, rows):
        run(course, name, others)
    shown, compared = outputs(simulated), outputs(others)
    assert [output.cell for output in shown] == [output.cell for output in compared]
    of_raisins = [
        (one.cell, one.words)
        for one, other in zip(shown, compared, strict=True)
        if one.content != other.content and one.cell not in CLOCKS
    ]
    assert len(of_raisins) >= 4  # or nothing was compared
    assert [cell for cell, words in of_raisins if "simulated" not in words.lower()] == []
    assert [output.cell for output in compared if "simulated" in output.words.lower()] == []


LOADING = {"06-raisin-mlp": "data", "07-training-study": "parts", "08-modules-and-minibatches": "data"}


@pytest.mark.parametrize(("name", "loading"), LOADING.items())
def test_a_corrupted_file_stops_the_notebook_and_both_hashes_are_named(course: Path, name: str, loading: str) -> None:
    """The simulated raisins would do here too, but they would hide that something is wrong."""
    rows = other_raisins()
    notebook = opened(course, name)
    with in_place(course, rows) as file, pytest.raises(CellExecutionError):
        run(course, name, notebook)
    (failed,) = (cell for cell in notebook.cells if any(o.output_type == "error" for o in cell.get("outputs", [])))
    assert failed.id == loading and failed.outputs[-1].ename == "ValueError"
    for words in (uci.digest(rows), uci.UCI, str(file), "raisin data"):
        assert words in failed.outputs[-1].evalue
    assert attempts(course) == []


def test_raisin_data_says_that_there_is_no_network_and_keeps_nothing(course: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "raisin", "data"],
        cwd=course / "source",
        env=environment(course),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("no network") == 2 and "simulated raisins, and say so" in done.stderr
    assert "Traceback" not in done.stderr
    assert attempts(course) == ["archive.ics.uci.edu"] * 2
    assert not (course / datasets.REAL).exists()
