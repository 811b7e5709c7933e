"""A made-up class, released to, collected from and graded in a folder of its own: no real gradebook is touched."""

import importlib.util
import os
import shutil
from pathlib import Path
from types import ModuleType

from raisin.grading import (
    engines,
    feedback,
    grades,
    intake,
    plan,
    progress,
    receipts,
    release,
    report,
    sandbox,
    terminal,
)
from raisin.grading.course import CONFIG, Course, open_course
from raisin.grading.errors import CourseNotFound, RaisinError

CLASS_SCRIPT = Path("examples") / "make_class.py"
MARKER = ".raisin-demo"
OURS = "The example class is ours, so it is graded without; `raisin grade` would refuse."


class FolderInUse(RaisinError, FileExistsError):
    """The folder for the demo holds something that no demo made."""


def run(course: Course, folder: Path, jobs: int | None = None) -> int:
    """Make, grade and show the example class in `folder`; what an earlier demo left there is replaced.

    Raises CourseNotFound where the course has no example class, FolderInUse, NotReleasable.
    """
    script = _load(course.root / CLASS_SCRIPT)
    folder = folder.absolute()
    _prepare(course, folder)
    there = open_course(folder)
    release.release(there)
    script.make_class(folder, folder / "handed-in")
    receipts.show(intake.collect(there, folder / "handed-in"))
    if there.sandbox and (reason := sandbox.available()):
        there.sandbox = False
        terminal.console().print(f"No sandbox: {reason}. {OURS}", markup=False, soft_wrap=True)
    _grade(there, jobs or os.cpu_count() or 1)
    rows = grades.read(there)
    grades.write_csv(rows, folder / "grades.csv")
    grades.show(there, rows)
    pages = list(feedback.write_class(there))
    report.write(there, report.read(there))
    said = f"{sum(page.path is not None for page in pages)} pages of feedback, and a report on the class"
    terminal.console().print(said, markup=False)
    terminal.console().print(_where_to_look(folder), markup=False, soft_wrap=True)
    return 0


def _grade(course: Course, jobs: int) -> None:
    planned = plan.make(course)
    engine = engines.Local(min(jobs, len(planned.jobs)))
    try:
        progress.show(progress.run(course, planned, engine))
    finally:
        engine.close()


def _prepare(course: Course, folder: Path) -> None:
    if folder.exists():
        if not (folder / MARKER).is_file() and (not folder.is_dir() or any(folder.iterdir())):
            raise FolderInUse(f"{folder} holds something that no demo made; name another folder: raisin demo FOLDER")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARKER).write_text("Made by `raisin demo`, which replaces this whole folder.\n", encoding="utf-8")
    shutil.copy2(course.root / CONFIG, folder / CONFIG)
    for name in ("source", "data"):
        if (course.root / name).is_dir():
            shutil.copytree(course.root / name, folder / name)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_class", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise CourseNotFound(f"{path} is not there; the demo needs the checkout of the course, not a copy of it")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _where_to_look(folder: Path) -> str:
    here = Path(os.path.relpath(folder))
    return f"""
Look at
  {here / "handed-in"}                what the class handed in
  {here / "autograded"}               the notebooks as they ran, and a log for each
  {here / "grades.csv"}               the points
  {here / "feedback"}                 what students get back: open one in a browser
  {here / "report" / "index.html"}        the class on one page
  cd {here} && jupyter lab            then Nbgrader > Formgrader: grade the written answers by hand"""
