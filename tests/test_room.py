"""The folders that sandboxes are made from: none stays behind, whatever ends its process."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from raisin.grading import room
from raisin.grading.room import Room

KILLED = "import os, signal; from raisin.grading.room import Room; Room(); os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where rooms are made in this test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(room, "_short_folder", lambda: str(tmp_path))
    return tmp_path


def _left_by_a_killed_process(above: Path) -> Path:
    code = f"from raisin.grading import room; room._short_folder = lambda: {str(above)!r}; {KILLED}"
    folder = Path(__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(folder)}, check=False)
    (left,) = above.glob("raisin-*")
    return left


def test_a_new_room_removes_those_of_killed_processes(above: Path) -> None:
    left = _left_by_a_killed_process(above)
    assert (left / "owner").is_file()
    made = Room()
    assert not left.exists() and made.folder.is_dir()
    made.close()
    assert list(above.iterdir()) == []


def test_a_room_in_use_stays_and_so_does_what_is_no_room(above: Path) -> None:
    used = Room()
    (above / "raisin-of-somebody").mkdir()
    (above / "raisin-link").symlink_to(used.folder)
    room.sweep(above)
    assert (used.folder / "owner").is_file() and (above / "raisin-of-somebody").is_dir()
    used.close()


def test_a_folder_that_cannot_be_removed_stops_nobody(above: Path) -> None:
    left = _left_by_a_killed_process(above)
    (left / "owner").unlink()
    (left / "owner").symlink_to("nowhere")
    room.sweep(above)
    assert left.is_dir()


def test_what_a_notebook_imports_is_all_there_and_nothing_of_the_grader(tmp_path: Path) -> None:
    """In the sandbox `raisin` is this copy: an import of anything else would stop every notebook at its first cell."""
    room._copy_lab(tmp_path / "raisin")
    names = {path.name for path in (tmp_path / "raisin").iterdir()}
    assert names == {"__init__.py", "data", "download.py", "lab", "students.py"}
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from raisin import lab; print(lab.__file__)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.startswith(str(tmp_path)), done.stderr
