"""A student goes through 02 to 05: a kernel each, nothing copied; and on with a stand-in where 03 is broken."""

import shutil
from pathlib import Path

import nbformat
import pytest
from course.contract import SOURCE
from nbclient import NotebookClient

from raisin.grading.kernels import FileKernelManager

CHAIN = ["02-tensor-arithmetic", "03-graph-nodes", "04-backward", "05-sgd"]
pytestmark = pytest.mark.slow


def run(home: Path, name: str, **replaced: str) -> tuple[str, list[str]]:
    """Run a notebook in its folder as Jupyter does: what `start` printed, and the cells that failed."""
    path = home / name / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for old, new in replaced.items():
            cell.source = cell.source.replace(f'lab.{old}("{name}")', f'lab.{old}("{name}", {new})')
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(
        notebook, timeout=120, allow_errors=True, resources=where, kernel_manager_class=FileKernelManager
    ).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    failed = [cell.id for cell in code if any(o.output_type == "error" for o in cell.outputs)]
    setup = next(cell for cell in code if cell.id == "setup")
    return "".join(o.text for o in setup.outputs if o.output_type == "stream"), failed


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder with the four notebooks filled in."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    for name in CHAIN:
        (tmp_path / name).mkdir()
        shutil.copy(SOURCE / name / f"{name}.ipynb", tmp_path / name)
    return tmp_path


def test_three_notebooks_in_three_kernels(home: Path) -> None:
    """Every check passes, and what was written comes along although the earlier notebooks are gone by then."""
    for done, name in enumerate(CHAIN[:3]):
        said, failed = run(home, name)
        assert failed == []
        for earlier in CHAIN[:done]:
            assert f"{earlier} (kept when you ran it):" in said
        assert "Not there yet" not in said
        (home / name / f"{name}.ipynb").unlink()
    assert sorted(path.name for path in (home / ".raisin" / "framework").glob("*.py")) == [f"{n}.py" for n in CHAIN[:3]]


def test_a_broken_notebook_03_and_on_with_the_stand_in(home: Path) -> None:
    """Without the stand-in nothing of 04 works, and `start` says what is missing; with it all of 04 and 05 does."""
    broken = home / "03-graph-nodes" / "03-graph-nodes.ipynb"
    broken.write_text(
        broken.read_text(encoding="utf-8").replace("def __init__(self", "def __init__(self,,"), encoding="utf-8"
    )
    said, failed = run(home, "04-backward")
    assert "Not there yet" in said and "Node" in said and "stand_in=True" in said
    assert "test-matmul-value" in failed
    for name in CHAIN[2:]:
        said, failed = run(home, name, start="stand_in=True")
        assert "stand-in" in said
        assert failed == []
