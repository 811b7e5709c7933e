"""Colab's conditions: old IPython, no notebook file, an empty disk, the wheel only, and Drive or no Drive."""

import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Mapping
from pathlib import Path

import factories
import pytest
import torch
from kernels import kernel

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
# As Colab has them.
COLAB = (
    "ipython==7.34.0",
    "ipykernel==6.17.1",
    "numpy==2.1.3",
    "matplotlib==3.10.0",
    "networkx",
    "setuptools",
    "traitlets<6",
    "jupyter_client<8",
)
# `google.colab` is loaded before the first cell there; this one mounts a folder, or declines.
FAKE = """
import os, pathlib
class MessageError(Exception):
    pass
def mount(mountpoint, force_remount=False, timeout_ms=120000):
    assert mountpoint == os.environ["FAKE_MOUNT"], mountpoint
    if os.environ["FAKE_ANSWER"] == "no":
        raise MessageError("Error: credential propagation was unsuccessful")
    pathlib.Path(mountpoint, "MyDrive").mkdir(parents=True, exist_ok=True)
    print("Mounted at", mountpoint)
"""
# Its channel to the browser, with the notebook that is open there; and what the browser was asked to download.
MESSAGE = """
import json, os, pathlib
def blocking_request(request_type, request="", timeout_sec=5, parent=None):
    assert request_type == "get_ipynb"
    return {"ipynb": json.loads(pathlib.Path(os.environ["FAKE_OPEN"]).read_text())}
"""
FILES = "def download(path): print('downloaded', path)"
FIRST = """import os, pathlib, google.colab
from raisin.lab import places
places.MOUNT = pathlib.Path(os.environ["FAKE_MOUNT"])
"""
START = "import numpy as np\nfrom raisin import lab\nlab.start({!r})"
TENSOR = """#@title The class { display-mode: "form" }
# framework: tensor-class
class Tensor:
    def __init__(self, data, requires_grad=False):
        self.data = np.asarray(data)
        self.shape = self.data.shape
def tensor(data, requires_grad=False):
    return Tensor(np.array(data))
"""
ADDITION = "# framework: addition\ndef addition(left, right):\n    return Tensor(left.data + right.data)\n"
CHECK = """@lab.same_as_torch("sums")
def _(T, rng):
    return T.addition(T.tensor(rng.normal(size=(3, 2))), T.tensor(rng.normal(size=2)))
"""


def call(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def freeze(python: Path) -> set[str]:
    return {line for line in call(python, "-m", "pip", "freeze").splitlines() if not line.lower().startswith("raisin")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    return next(folder.glob("raisin-*.whl"))


@pytest.fixture(scope="module")
def colab(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> tuple[Path, set[str], set[str]]:
    """A Python as on Colab with raisin's wheel in it, and what was installed before and after."""
    folder = tmp_path_factory.mktemp("colab")
    call(sys.executable, "-m", "venv", folder)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    call(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *COLAB)
    before = freeze(python)
    call(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel)
    after = freeze(python)
    packages = Path(call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    package = packages / "google" / "colab"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "drive.py").write_text(FAKE)
    (package / "_message.py").write_text(MESSAGE)
    (package / "files.py").write_text(FILES)
    # Colab brings its own torch and nbconvert: ours are lent, behind everything that is installed there.
    (packages / "lent.pth").write_text(f"{Path(torch.__file__).parents[1]}\n")
    return python, before, after


def environment(tmp_path: Path, answer: str) -> Mapping[str, str]:
    return {"FAKE_MOUNT": str(tmp_path / "drive"), "FAKE_ANSWER": answer, "PYTHONPATH": ""}


def test_installing_replaces_nothing(colab: tuple[Path, set[str], set[str]]) -> None:
    _, before, after = colab
    assert "numpy==2.1.3" in before and "ipython==7.34.0" in before
    assert after == before


def test_the_framework_lies_in_the_students_drive(tmp_path: Path, colab: tuple[Path, set[str], set[str]]) -> None:
    python, env = str(colab[0]), environment(tmp_path, "yes")
    with kernel(tmp_path / "content", env, python) as first:
        assert first.works("import IPython\nprint(IPython.__version__)").strip() == "7.34.0"
        text = first.works(FIRST, START.format("02-tensor-arithmetic"))
        assert "Mounted at" in text and "your Google Drive, folder raisin/.raisin/framework" in text
        text = first.works(TENSOR, "%%time\n" + ADDITION, CHECK)
        assert "kept: tensor-class" in text and "kept: addition" in text and "✓ sums" in text
        # This IPython counts a cell under %%time as a success even where it failed.
        failed = first.run("%%time\n" + ADDITION.replace(" + ", " - ") + "1 / 0\n")
        assert "ZeroDivisionError" in failed.out + failed.err + failed.error and "kept:" not in failed.out
        assert not list((tmp_path / "content").iterdir())
    kept = tmp_path / "drive" / "MyDrive" / "raisin" / ".raisin" / "framework"
    assert [path.name for path in kept.glob("*.py")] == ["02-tensor-arithmetic.py"]
    with kernel(tmp_path / "another machine", env, python) as second:
        text = second.works(FIRST, START.format("03-graph-nodes"), CHECK)
        assert "02-tensor-arithmetic (kept when you ran it):\n    tensor-class, addition" in text
        assert "✓ sums" in text and "Mounted" not in text  # it is mounted already


def test_who_declines_drive_works_on(tmp_path: Path, colab: tuple[Path, set[str], set[str]]) -> None:
    python, env, content = str(colab[0]), environment(tmp_path, "no"), tmp_path / "content"
    with kernel(content, env, python) as first:
        text = first.works(FIRST, START.format("02-tensor-arithmetic"))
        assert "not connected (MessageError)" in text and "download the notebook" in text
        assert "kept: tensor-class" in first.works(TENSOR, ADDITION, CHECK)
    assert (content / ".raisin" / "framework" / "02-tensor-arithmetic.py").is_file()
    assert not (tmp_path / "drive").exists()
    with kernel(content, env, python) as second:
        assert "tensor-class, addition" in second.works(FIRST, START.format("03-graph-nodes"), CHECK)


def test_the_open_notebook_becomes_a_zip_in_the_students_drive(
    tmp_path: Path, colab: tuple[Path, set[str], set[str]]
) -> None:
    python, drive, name = str(colab[0]), tmp_path / "drive" / "MyDrive" / "raisin", "02-tensor-arithmetic"
    content = factories.notebook(
        factories.locked("setup", START.format(name)),
        factories.students(("Nowak, Ada", "an1")),
        factories.text("one", "## Task 1: sums (2 points)"),
        factories.answer("tensor", TENSOR),
        factories.answer("addition", ADDITION),
        factories.check("test-sums", CHECK, 2),
        factories.code("submit", "lab.submit()"),
    )
    env = {**environment(tmp_path, "yes"), "FAKE_OPEN": str(factories.write(tmp_path / "open.ipynb", content))}
    with kernel(tmp_path / "content", env, python) as student:
        student.works(FIRST, START.format(name))
        shown = student.run("lab.progress()").shown[0]["data"]["text/plain"]
        assert "Task 1: sums  2       0 of 1" in shown and "Nowak, Ada" in shown
        text = student.works(TENSOR, ADDITION, CHECK, "lab.submit()")
        assert f"{name}_Nowak-Ada.zip is ready" in text and f"downloaded {drive / name}_Nowak-Ada.zip" in text
    with zipfile.ZipFile(drive / f"{name}_Nowak-Ada.zip") as archive:
        assert archive.namelist() == [f"{name}.ipynb", f"{name}.pdf", "CONTENTS.txt"]
        assert "ipython 7.34.0, ipykernel 6.17.1" in archive.read("CONTENTS.txt").decode()
    assert [path.name for path in (drive / ".raisin" / "framework").glob("*.py")] == [f"{name}.py"]
    assert not list((tmp_path / "content").iterdir())


def test_the_wheel_needs_no_checkout(tmp_path: Path, colab: tuple[Path, set[str], set[str]]) -> None:
    program = """
        import pathlib, sys
        import raisin
        from raisin import lab
        assert "torch" not in sys.modules and "matplotlib" not in sys.modules
        assert pathlib.Path(sys.prefix) in pathlib.Path(raisin.__file__).parents
        X, y = lab.load_regression()
        assert X.shape == (100, 2) and y.shape == (100, 1)
        assert lab.load_raisins().label == "simulated raisins"
        lab.equal("sum", float(X.sum()), due=lambda: X.sum())
        import torch
        leaf = torch.ones(2, requires_grad=True)
        data, metadata = lab.draw(leaf * leaf)._repr_mimebundle_()
        assert data["image/png"] and "Multiplication" in metadata["image/png"]["alt"]
        print(sorted(p.name for p in pathlib.Path(raisin.__file__).parent.rglob("*.csv")))
    """
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(program), encoding="utf-8")
    text = call(colab[0], "-I", script)
    assert "SIMULATED RAISINS: 900 rows" in text and "['raisin_simulated.csv', 'regression.csv']" in text
    # The command works with what a student has: no nbgrader, no rich.
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("seven")
    done = subprocess.run([colab[0], "-I", "-m", "raisin", "data", wrong], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2 and "wrong.csv cannot be read: it has no column Area" in done.stderr
