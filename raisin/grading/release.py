"""source/ -> release/ -> dist/: what students get.

`release` runs nbgrader's own GenerateAssignment, so that stock nbgrader makes the same bytes; `differences` shows
whether release/ still is what a fresh run gives; `record` brings the gradebook up to date without touching release/.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbgrader import preprocessors
from nbgrader.converters import GenerateAssignment, NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor

from raisin.grading import gradebook, rubric
from raisin.grading.course import CONFIG, DEFAULT_REPOSITORY, Course, open_nbgrader
from raisin.grading.errors import NotReleasable

PLACEHOLDER = "ORGANISATION/REPOSITORY"
# What follows the placeholder where a branch is named: .../blob/main/release/..., git+https://...@main
BRANCH = re.compile(rf"({PLACEHOLDER}(?:\.git)?(?:/(?:blob|raw|tree)/|@))main\b")
# Wider than what nbgrader takes out, so that a mistyped marker is seen.
MARKER = re.compile(r"#+\s*(BEGIN|END)\s+(SOLUTION|HIDDEN\s+TEST|MARK\s+SCHEME)S?", re.IGNORECASE)
STUDENTS_ZIP = "raisin-students.zip"
# A zip's dates begin here; a fixed one makes the same file from the same content.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
# What `raisin data` may have put into data/: fetched by everybody for themselves, never passed on.
FETCHED = {"raisin.csv"}


class FillCourse(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader publishes no types
    """Puts the course's repository and branch where source/ says ORGANISATION/REPOSITORY (and main)."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        if PLACEHOLDER in cell.source:
            course = Course(Path.cwd(), config=self.config)
            cell.source = BRANCH.sub(rf"\g<1>{course.branch}", cell.source)
            cell.source = cell.source.replace(PLACEHOLDER, course.repository)
        return cell, resources


# What of GenerateAssignment's list changes a notebook.
_BLANKING = (
    FillCourse,
    preprocessors.LockCells,
    preprocessors.ClearSolutions,
    preprocessors.ClearOutput,
    preprocessors.ClearHiddenTests,
    preprocessors.ClearMarkScheme,
    preprocessors.ComputeChecksums,
)


class _Generate(GenerateAssignment):  # type: ignore[misc]  # nbgrader publishes no types
    """nbgrader's converter, which remembers why it failed (nbgrader only logs it)."""

    failure: Exception | None = None

    def convert_single_notebook(self, notebook_filename: str) -> None:
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as error:
            self.failure = error
            raise


def release(course: Course, names: Sequence[str] = ()) -> tuple[Path, ...]:
    """Generate release/ for the notebooks named (default: all) and dist/ for the students; the files written.

    Raises NotReleasable when nbgrader refuses a notebook or a solution would leak; NoSuchNotebook.
    """
    notebooks = course.chosen(names)
    _generate(course.root, notebooks)
    for notebook in notebooks:
        _check_clean(course.released(notebook))
    return (*(course.released(notebook) for notebook in notebooks), *_distribute(course))


def warnings(course: Course) -> tuple[str, ...]:
    """What a release should not go out with, though it can."""
    found = []
    if course.repository == DEFAULT_REPOSITORY:
        found.append(
            f"the badges lead to {DEFAULT_REPOSITORY}, which is only an example: "
            f"set c.Course.repository in {course.root / CONFIG}"
        )
    for notebook in course.notebooks:
        for cell in course.content(notebook)["cells"]:
            about = cell["metadata"].get("nbgrader", {})
            if about and (words := rubric.complaint("".join(cell["source"]), float(about.get("points", 0)))):
                found.append(f"{notebook}, cell {about.get('grade_id')}: {words}")
    return tuple(found)


def record(course: Course, notebooks: Sequence[str]) -> None:
    """Bring the gradebook's cells up to date with source/; release/ is not touched. Raises NotReleasable.

    Where neither the source nor the gradebook's cells have changed since, there is nothing to do; .raisin/recorded
    holds the digests of both.
    """
    path = course.root / ".raisin" / "recorded"
    known: dict[str, list[str]] = {}
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(path.read_text(encoding="utf-8"))
    states = _states(course, notebooks)
    todo = [name for name in notebooks if known.get(name) != states[name]]
    if not todo:
        return
    with tempfile.TemporaryDirectory(prefix="raisin-release-") as folder:
        _generate(course.root, todo, release_directory=folder)
    known |= _states(course, todo)
    part = path.with_name(f"recorded.{os.getpid()}")
    path.parent.mkdir(exist_ok=True)
    part.write_text(json.dumps(known), encoding="utf-8")
    part.replace(path)


def settings(course: Course) -> str:
    """All that `blank` depends on beside the source."""
    of_nbgrader = [course.config.get(kind.__name__) for kind in _BLANKING]
    return repr((course.repository, course.branch, of_nbgrader))


def blank(course: Course, notebook: str) -> dict[str, Any]:
    """The notebook as it is released, made in memory from the source: neither release/ nor the gradebook is asked."""
    nb = nbformat.from_dict(json.loads(course.source(notebook).read_text(encoding="utf-8")))  # type: ignore[no-untyped-call]
    for cell in nb.cells:
        cell.source = "".join(cell.source)
    for kind in _BLANKING:
        nb, _ = kind(config=course.config)(nb, {})
    made: dict[str, Any] = nb
    return made


def _states(course: Course, notebooks: Iterable[str]) -> dict[str, list[str]]:
    """Of each source notebook the digest, with the settings, and that of the cells that the gradebook has of it."""
    settings = (course.root / CONFIG).read_bytes()
    found = {}
    with contextlib.closing(gradebook.open_gradebook(course)) as book:
        for name in notebooks:
            content = hashlib.sha256(course.source(name).read_bytes() + settings)
            found[name] = [content.hexdigest(), gradebook.cells_digest(book, name)]
    return found


def differences(course: Course) -> tuple[str, ...]:
    """Files in which release/ is not what a fresh run gives, each with what is wrong; nothing is changed."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "course"
        shutil.copytree(course.root / "source", fresh / "source")
        shutil.copy2(course.root / CONFIG, fresh / CONFIG)
        _generate(fresh, course.chosen(()))
        due, got = _tree(fresh / "release"), _tree(course.root / "release")
    changed = [name for name in due if got.get(name) != due[name]]
    lines = [f"release/{name}: {'differs' if name in got else 'missing'}" for name in changed]
    lines += [f"release/{name}: not made from source/" for name in got if name not in due]
    return tuple(sorted(lines))


def _generate(root: Path, notebooks: Sequence[str], release_directory: str | None = None) -> None:
    app = open_nbgrader(root)
    if release_directory is not None:
        app.coursedir.release_directory = release_directory
    for notebook in notebooks:
        app.coursedir.assignment_id = notebook
        converter = _Generate(coursedir=app.coursedir, parent=app)
        converter.force = True
        try:
            converter.start()
        except NbGraderException as error:
            reason = str(converter.failure or error).strip()
            raise NotReleasable(f"{notebook} cannot be released: {reason}{_way_out(reason)}") from error


def _way_out(reason: str) -> str:
    if "submissions associated" not in reason:
        return ""
    return (
        ". Graded cells were added or removed after submissions had been graded; take that back, or begin a new "
        "gradebook (move gradebook.db away, or name a new database in db_url; then grade again with --force)"
    )


def _check_clean(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if found := MARKER.search(text) or re.search(PLACEHOLDER, text):
            raise NotReleasable(f"{path}: cell {cell.get('id')} still says {found[0]!r}; do not give this file away")
        if cell.get("outputs"):
            raise NotReleasable(f"{path}: cell {cell.get('id')} still has outputs; do not give this file away")


def _tree(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".gitkeep")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _distribute(course: Course) -> tuple[Path, ...]:
    """The wheel (where the course is a package too) and one zip for students: notebooks, data, wheel."""
    dist = course.root / "dist"
    dist.mkdir(exist_ok=True)
    wheels = _wheel(course.root, dist)
    files = {f"release/{name}": content for name, content in _tree(course.root / "release").items()}
    members = {f"notebooks/{Path(name).name}": files[name] for name in files}
    members |= {f"data/{name}": content for name, content in _tree(course.root / "data").items() if name not in FETCHED}
    members |= {wheel.name: wheel.read_bytes() for wheel in wheels}
    target = dist / STUDENTS_ZIP
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            member = zipfile.ZipInfo(name, ZIP_EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, members[name])
    return (*wheels, target)


def _wheel(root: Path, dist: Path) -> tuple[Path, ...]:
    if not (root / "pyproject.toml").is_file():
        return ()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        done = subprocess.run([*command, "--wheel-dir", folder, str(root)], capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise NotReleasable(f"the wheel of {root} was not built: {last}. release/ itself is complete")
        made = sorted(Path(folder).glob("*.whl"))
        for wheel in made:
            for old in dist.glob(f"{wheel.name.split('-')[0]}-*.whl"):
                old.unlink()
            shutil.copyfile(wheel, dist / wheel.name)
    return tuple(dist / wheel.name for wheel in made)
