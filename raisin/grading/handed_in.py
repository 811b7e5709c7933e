"""A submission as everybody reads it, rebuilt on the release: grading, earlier parts, printouts and the report.

submitted/ stays as it was handed in; what is read from there is laid on the release each time.
"""

import functools
import stat
from pathlib import Path

from raisin.grading import form, rebuild, received, release
from raisin.grading.course import Course
from raisin.grading.errors import RaisinError
from raisin.grading.form import Form
from raisin.grading.reading import NotANotebook
from raisin.grading.rebuild import Rebuilt

WAY_OUT = (
    "`raisin doctor` writes the notebook with --to: put each answer into its own cell there (or delete the copy that "
    "does not count) and collect that file"
)


class NeedsAPerson(RaisinError, ValueError):
    """Which cell is which answer is not certain, so nothing is graded. The message names the cells."""


def form_of(course: Course, notebook: str) -> Form:
    """The release of a notebook, as the source gives it."""
    path = course.source(notebook)
    key = path, path.stat().st_mtime_ns, release.settings(course)
    if key not in _forms:
        _forms[key] = form.form_of(release.blank(course, notebook))
    return _forms[key]


_forms: dict[tuple[Path, int, str], Form] = {}


def read(course: Course, student: str, notebook: str) -> Rebuilt:
    """What this student handed in, rebuilt. Raises NotANotebook, OSError."""
    return read_file(course, course.submitted(student, notebook), notebook)


def read_file(course: Course, path: Path, notebook: str) -> Rebuilt:
    """The same for any file."""
    return on(form_of(course, notebook), path)


def on(laid_on: Form, path: Path) -> Rebuilt:
    """A file, rebuilt on the release that a form is. Raises NotANotebook, OSError."""
    state = path.lstat()
    if not stat.S_ISREG(state.st_mode):
        raise NotANotebook(f"{path} is no regular file; ask for the notebook")
    return _read(laid_on, path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=2)
def _read(laid_on: Form, path: Path, _changed: int, _size: int) -> Rebuilt:
    """Few are kept: a notebook may be large, and is asked for again only while it is at work."""
    return rebuild.rebuild(laid_on, *received.content(path, _changed, _size))
