"""Where a notebook runs, and where the student's earlier parts can be found from there."""

import os
import re
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from raisin.lab import framework
from raisin.lab.framework import Part

NOTEBOOK_NAME = re.compile(r"(?<!\d)(\d\d-[a-z][a-z-]*[a-z])")
KEPT = Path(".raisin") / "framework"


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
    if "google.colab" in sys.modules:
        return _colab(folder)
    for above in (folder, *folder.parents):
        if (above / KEPT).is_dir():
            return Place(False, False, above / KEPT, str(above / KEPT))
    # Notebooks come one folder each: keep beside those folders, so that the next notebook finds the parts.
    own_folder = NOTEBOOK_NAME.search(folder.name) is not None
    root = folder.parent if own_folder else folder
    return Place(False, False, root / KEPT, str(root / KEPT))


def _colab(folder: Path) -> Place:
    mounted = Path("/content/drive/MyDrive")
    try:
        if not mounted.is_dir():
            from google.colab import drive

            drive.mount("/content/drive")
        if not mounted.is_dir():
            raise OSError(f"{mounted} is not there")
    except Exception as error:  # Colab raises its own classes when the student declines
        print(
            f"Your Google Drive is not connected ({type(error).__name__}). You can work on, but this machine forgets\n"
            f"everything when it stops: before you close it, download {folder / KEPT} (the folder icon on the left),\n"
            "and next time upload the file and say lab.start(..., framework='the file').\n"
            "To connect Drive after all, run this cell again and allow it."
        )
        return Place(False, True, folder / KEPT, f"{folder / KEPT} (this machine only)")
    return Place(False, True, mounted / "raisin" / KEPT, "your Google Drive, folder raisin/.raisin/framework")


def notebook_name(path: Path) -> str | None:
    """``04-backward`` for ``Copy of 04-backward (1).ipynb``; None for what is no notebook of the course."""
    found = NOTEBOOK_NAME.search(path.stem)
    return found[1] if found else None


def neighbours(folder: Path) -> dict[str, Path]:
    """Notebooks of the course in `folder` and in the folders beside it, by name; the nearer, then newer one."""
    found: dict[str, Path] = {}
    for group in (folder.glob("*.ipynb"), folder.parent.glob("*/*.ipynb")):
        for path in sorted(group, key=lambda p: p.stat().st_mtime, reverse=True):
            name = notebook_name(path)
            if name is not None:
                found.setdefault(name, path)
    return found


def sources_when_graded(folder: Path, notebook: str) -> dict[str, Path]:
    """For plain nbgrader: earlier notebooks as submitted, else as neighbours, else the course's source."""
    found: dict[str, Path] = {}
    if folder.parent.parent.name in ("submitted", "autograded"):
        root, student = folder.parent.parent.parent, folder.parent.name
        for path in sorted((root / "source").glob("*/*.ipynb")):
            found[path.stem] = path
        # What the student handed in counts; an autograded copy may be from an earlier attempt.
        for tree in ("autograded", "submitted"):
            for path in sorted((root / tree / student).glob("*/*.ipynb")):
                found[path.stem] = path
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
        files = sorted(p for p in path.rglob("*") if p.suffix in (".ipynb", ".py"))
        return {name: parts for file in files for name, parts in given_files(file).items()}
    if path.suffix == ".zip":
        return _from_zip(path)
    name = notebook_name(path) or path.stem
    if path.suffix == ".ipynb":
        return {name: framework.collect(framework.read_sources(path)).parts}
    if path.suffix == ".py":
        return {name: framework.load(path)}
    raise ValueError(f"framework={str(path)!r}: give a notebook (.ipynb), a kept .py file, a folder or a .zip")


def _from_zip(path: Path) -> dict[str, tuple[Part, ...]]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            # extract() itself keeps a member inside the folder, whatever its name says
            if Path(member.filename).suffix in (".ipynb", ".py") and member.file_size < 50_000_000:
                archive.extract(member, folder)
        return given_files(Path(folder))
