"""Where a notebook runs, and where the student's earlier parts can be found from there."""

import os
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from raisin.lab import framework
from raisin.lab.contract import CONTRACT, notebook_name
from raisin.lab.framework import Part

KEPT = Path(".raisin") / "framework"
MOUNT = Path("/content/drive")  # where every Colab notebook has the student's Drive
# Set where `lab.submit` runs a notebook from the top: the folder to keep parts in, a copy of the student's.
REHEARSAL = "RAISIN_REHEARSAL"


@dataclass(frozen=True)
class Place:
    """`graded`: nothing is kept or read from a kept folder; `kept`: the folder of the student's own parts."""

    graded: bool
    colab: bool
    kept: Path | None
    words: str


def here(folder: Path) -> Place:
    """The place a notebook in `folder` runs in. On Colab this mounts the student's Drive (and may be refused)."""
    under_course = folder.parent.name == "source" or folder.parent.parent.name in ("submitted", "autograded")
    if os.environ.get("RAISIN_FRAMEWORK") or os.environ.get("NBGRADER_EXECUTION") or under_course:
        return Place(True, False, None, "the course's own folders")
    if copy := os.environ.get(REHEARSAL):
        return Place(False, False, Path(copy), "a copy of your parts, for this run")
    if "google.colab" in sys.modules:
        return _colab(folder)
    for above in (folder, *folder.parents):
        if (above / KEPT).is_dir():
            return Place(False, False, above / KEPT, str(above / KEPT))
    # Notebooks come one folder each: keep beside those folders, so that the next notebook finds the parts.
    root = folder.parent if notebook_name(folder) else folder
    return Place(False, False, root / KEPT, str(root / KEPT))


def _colab(folder: Path) -> Place:
    mounted = MOUNT / "MyDrive"
    try:
        if not mounted.is_dir():
            from google.colab import drive

            drive.mount(str(MOUNT))
        if not mounted.is_dir():
            raise OSError(f"{mounted} is not there")
    # Colab raises its own classes when the student declines; some stop the cell instead of answering.
    except (Exception, KeyboardInterrupt) as error:
        print(
            f"Your Google Drive is not connected ({type(error).__name__}). You can work on, but this machine\n"
            "forgets everything when it stops. So download the notebook when you are done (File > Download > Download\n"
            ".ipynb); for the next notebook, upload the earlier ones here first (the folder icon on the left) and run\n"
            "this cell again: it finds them. To connect Drive after all, run this cell again and allow it."
        )
        return Place(False, True, folder / KEPT, f"{folder / KEPT} (this machine only)")
    return Place(False, True, mounted / "raisin" / KEPT, "your Google Drive, folder raisin/.raisin/framework")


def nobody_looks(place: Place | None) -> bool:
    """Whether `progress` and `submit` have nobody to talk to: at grading, and in the run that `submit` makes itself."""
    graded = any(os.environ.get(name) for name in ("RAISIN_MODE", "RAISIN_FRAMEWORK", "NBGRADER_EXECUTION"))
    return graded or REHEARSAL in os.environ or (place is not None and place.graded)


def neighbours(folder: Path) -> dict[str, Path]:
    """Notebooks of the course in `folder` and in the folders beside it, by name; the nearer, then newer one."""
    found: dict[str, Path] = {}
    for group in (folder.glob("*.ipynb"), folder.parent.glob("*/*.ipynb")):
        for path in sorted(_visible(group, folder.parent), key=lambda p: p.stat().st_mtime, reverse=True):
            name = notebook_name(path)
            if name in CONTRACT:
                found.setdefault(name, path)
    return found


def _visible(paths: Iterable[Path], root: Path) -> Iterator[Path]:
    """Files that a person put there: no Jupyter checkpoints, no shadow files of a Mac's zip."""
    for path in paths:
        inside = path.relative_to(root).parts
        hidden = any(part.startswith((".", "__MACOSX")) and part != ".raisin" for part in inside)
        if path.is_file() and not hidden:
            yield path


def sources_when_graded(folder: Path, notebook: str) -> dict[str, Path]:
    """For plain nbgrader: earlier notebooks as submitted, else as neighbours, else the course's source."""
    if folder.parent.parent.name in ("submitted", "autograded"):
        root, student = folder.parent.parent.parent, folder.parent.name
        # What the student handed in counts; an autograded copy may be from an earlier attempt.
        trees = (root / "source", root / "autograded" / student, root / "submitted" / student)
        files = {name: [tree / name / f"{name}.ipynb" for tree in trees] for name in CONTRACT}
        found = {name: present[-1] for name, paths in files.items() if (present := [p for p in paths if p.is_file()])}
    else:
        found = neighbours(folder)
    return {name: path for name, path in sorted(found.items()) if name < notebook}


def given_files(path: Path) -> dict[str, tuple[Part, ...]]:
    """Parts from what ``start(framework=...)`` was given: a notebook, a kept ``.py``, a folder or a zip of those.

    Raises FileNotFoundError or ValueError, naming the file.
    """
    if not path.exists():
        raise FileNotFoundError(f"framework={str(path)!r}: there is no such file; give the path of a notebook or zip")
    if path.is_dir():
        files = sorted(p for p in _visible(path.rglob("*"), path) if p.suffix in (".ipynb", ".py"))
        ours = [file for file in files if notebook_name(file) in CONTRACT]
        return {name: parts for file in ours for name, parts in given_files(file).items()}
    if path.suffix == ".zip":
        return _from_zip(path)
    name = notebook_name(path) or path.stem
    if path.suffix == ".ipynb":
        return {name: framework.collect(framework.read_sources(path)).parts}
    if path.suffix == ".py":
        return {name: framework.load(path)}
    raise ValueError(f"framework={str(path)!r}: give a notebook (.ipynb), a kept .py file, a folder or a .zip")


def _from_zip(path: Path) -> dict[str, tuple[Part, ...]]:
    try:
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                # extract() itself keeps a member inside the folder, whatever its name says
                if Path(member.filename).suffix in (".ipynb", ".py") and member.file_size < 50_000_000:
                    archive.extract(member, folder)
            return given_files(Path(folder))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise ValueError(f"framework={str(path)!r} cannot be unpacked: {error}") from error
