"""Where a notebook runs, and what can be found from there."""

import os
import sys
import types
import zipfile
from pathlib import Path

import pytest
from kernels import write_notebook

from raisin.lab import framework, places
from raisin.lab.contract import notebook_name
from raisin.lab.framework import Part

CELL = "# framework: power\ndef power(x, e): return {}\n"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NBGRADER_EXECUTION", "RAISIN_FRAMEWORK"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("04-backward.ipynb", "04-backward"),
        ("Copy of 04-backward (1).ipynb", "04-backward"),
        ("04-backward-Copy1.ipynb", "04-backward"),
        ("02-tensor-arithmetic_solved.ipynb", "02-tensor-arithmetic"),
        ("02-tensor-arithmetic-final.ipynb", "02-tensor-arithmetic"),
        ("2024-04-backward.ipynb", "04-backward"),
        ("01-torch-regression.ipynb", "01-torch-regression"),
        ("notes.ipynb", None),
    ],
)
def test_a_notebook_is_known_by_its_name(file: str, name: str | None) -> None:
    assert notebook_name(Path(file)) == name


def test_parts_are_kept_beside_the_notebooks_folders(tmp_path: Path) -> None:
    folder = tmp_path / "course" / "04-backward"
    folder.mkdir(parents=True)
    assert places.here(folder).kept == tmp_path / "course" / ".raisin" / "framework"
    assert places.here(tmp_path / "all").kept == tmp_path / "all" / ".raisin" / "framework"


def test_a_kept_folder_is_found_upwards(tmp_path: Path) -> None:
    kept = tmp_path / ".raisin" / "framework"
    kept.mkdir(parents=True)
    folder = tmp_path / "course" / "week" / "04-backward"
    folder.mkdir(parents=True)
    assert places.here(folder).kept == kept


@pytest.mark.parametrize("inside", ["source/04-backward", "submitted/ada/04-backward", "autograded/ada/04-backward"])
def test_the_courses_own_folders_keep_nothing(tmp_path: Path, inside: str) -> None:
    (tmp_path / ".raisin" / "framework").mkdir(parents=True)
    place = places.here(tmp_path / inside)
    assert place.graded and place.kept is None


@pytest.mark.parametrize("variable", ["NBGRADER_EXECUTION", "RAISIN_FRAMEWORK"])
def test_at_grading_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "x")
    assert places.here(tmp_path).graded and places.here(tmp_path).kept is None


def test_the_nearer_then_the_newer_notebook_is_the_neighbour(tmp_path: Path) -> None:
    here = tmp_path / "04-backward"
    near = write_notebook(here / "02-tensor-arithmetic.ipynb", [])
    write_notebook(tmp_path / "02-tensor-arithmetic" / "02-tensor-arithmetic.ipynb", [])
    old = write_notebook(tmp_path / "03-graph-nodes" / "03-graph-nodes.ipynb", [])
    new = write_notebook(tmp_path / "03-graph-nodes" / "Copy of 03-graph-nodes.ipynb", [])
    os.utime(old, (1, 1))
    write_notebook(tmp_path / "other" / "09-something-else.ipynb", [])
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "05-sgd.ipynb").symlink_to(tmp_path / "nowhere")
    for hidden in (here / ".ipynb_checkpoints", tmp_path / ".ipynb_checkpoints"):
        write_notebook(hidden / "03-graph-nodes-checkpoint.ipynb", [])
    assert places.neighbours(here) == {"02-tensor-arithmetic": near, "03-graph-nodes": new}


def test_what_was_handed_in_goes_before_the_courses_own(tmp_path: Path) -> None:
    for name in ("02-tensor-arithmetic", "03-graph-nodes", "05-sgd"):
        write_notebook(tmp_path / "source" / name / f"{name}.ipynb", [])
    handed = write_notebook(tmp_path / "submitted/ada/02-tensor-arithmetic/02-tensor-arithmetic.ipynb", [])
    write_notebook(tmp_path / "submitted/ada/02-tensor-arithmetic/02-tensor-arithmetic-Copy1.ipynb", [])
    write_notebook(tmp_path / "autograded/ada/02-tensor-arithmetic/02-tensor-arithmetic.ipynb", [])
    write_notebook(tmp_path / "submitted/bob/03-graph-nodes/03-graph-nodes.ipynb", [])
    found = places.sources_when_graded(tmp_path / "autograded" / "ada" / "04-backward", "04-backward")
    assert found == {
        "02-tensor-arithmetic": handed,
        "03-graph-nodes": tmp_path / "source/03-graph-nodes/03-graph-nodes.ipynb",
    }


def test_a_teammates_notebook_file_folder_or_zip_is_read(tmp_path: Path) -> None:
    one = write_notebook(tmp_path / "mate" / "Copy of 02-tensor-arithmetic.ipynb", [CELL.format(2)])
    framework.save(tmp_path / "mate" / "03-graph-nodes.py", [Part("node", "# framework: node\nx = 3\n")])
    (tmp_path / "mate" / "unrelated.ipynb").write_text("{")
    write_notebook(tmp_path / "mate" / ".ipynb_checkpoints" / "02-tensor-arithmetic-checkpoint.ipynb", [CELL.format(9)])
    assert list(places.given_files(one)) == ["02-tensor-arithmetic"]
    due = {
        "02-tensor-arithmetic": (Part("power", CELL.format(2)),),
        "03-graph-nodes": (Part("node", "# framework: node\nx = 3\n"),),
    }
    assert places.given_files(tmp_path / "mate") == due
    archive = tmp_path / "mate.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in (tmp_path / "mate").rglob("*"):
            packed.write(path, path.relative_to(tmp_path))
        packed.writestr("__MACOSX/mate/._02-tensor-arithmetic.ipynb", b"\x00\x05")
        packed.writestr("../../02-tensor-arithmetic.py.txt", "outside")
    assert places.given_files(archive) == due


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.zip.*there is no such file"):
        places.given_files(tmp_path / "gone.zip")
    for name, words in (("a.zip", "cannot be unpacked"), ("a.txt", "give a notebook"), ("a.ipynb", "cannot be read")):
        (tmp_path / name).write_bytes(b"no")
        with pytest.raises(ValueError, match=words) as raised:
            places.given_files(tmp_path / name)
        assert name in str(raised.value)


class Declined(Exception):
    pass


@pytest.mark.parametrize("answer", [Declined("no"), KeyboardInterrupt(), None])
def test_without_drive_colab_says_the_way_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: BaseException | None
) -> None:
    drive = types.ModuleType("google.colab.drive")

    def mount(where: str) -> None:
        if answer is not None:
            raise answer

    drive.mount = mount  # type: ignore[attr-defined]
    colab = types.ModuleType("google.colab")
    colab.drive = drive  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setitem(sys.modules, "google.colab.drive", drive)
    monkeypatch.setattr(places, "MOUNT", tmp_path / "drive")
    place = places.here(tmp_path)
    assert place.colab and not place.graded and place.kept == tmp_path / ".raisin" / "framework"
    text = " ".join(capsys.readouterr().out.split())
    assert "not connected" in text and "download the notebook" in text and "upload the earlier ones" in text
    (tmp_path / "drive" / "MyDrive").mkdir(parents=True)
    assert places.here(tmp_path).kept == tmp_path / "drive" / "MyDrive" / "raisin" / ".raisin" / "framework"
