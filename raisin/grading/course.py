"""Names and paths of a course: the only file that knows how the folders are laid out.

source/<notebook>/<notebook>.ipynb                   the truth
release/<notebook>/<notebook>.ipynb                  what students get
submitted/<student>/<notebook>/<notebook>.ipynb      what they hand in
autograded/<student>/<notebook>/<notebook>.ipynb     what was executed, and beside the folder <notebook>.log
"""

import contextlib
import functools
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, List, Unicode
from traitlets.config import Configurable

from raisin.grading.errors import CourseNotFound, NoSuchNotebook

CONFIG = "nbgrader_config.py"
DEFAULT_REPOSITORY = "example-university/raisin"
# A notebook's tests with this prefix come on top: they are in `points`, not in `of how many`.
BONUS_PREFIX = "test-bonus-"
# nbgrader looks folders up by file pattern: [b]* would be graded on the work of everybody whose name begins with b.
PATTERN_CHARACTERS = frozenset("*?[]")


class Course(Configurable):
    """One course: its root folder, its settings (section `Course` of nbgrader_config.py) and its paths."""

    repository = Unicode(
        DEFAULT_REPOSITORY, help="organisation/repository on GitHub, for the badges and the install cell"
    ).tag(config=True)
    branch = Unicode("main", help="the branch that students open").tag(config=True)
    optional = List(Unicode(), help="notebooks that nobody has to hand in").tag(config=True)
    secret = Unicode(
        "",
        help="what the checks' numbers are drawn with at grading; when empty, one is made and kept in .raisin/secret",
    ).tag(config=True)
    sandbox = Bool(True, help="False: students' code may read and change whatever you can").tag(config=True)
    torch_notebooks = List(
        Unicode(),
        default_value=["01-torch-regression", "07-training-study"],
        help="notebooks whose students use torch; where the others run, there is none",
    ).tag(config=True)

    roster = Unicode(
        "roster.csv", help="who takes part: a Canvas gradebook export, or a table; used where it is there"
    ).tag(config=True)
    groups = Unicode(
        "groups.csv", help="who works together, as Canvas lists groups; used beside the roster where it is there"
    ).tag(config=True)
    due = Dict(
        key_trait=Unicode(), value_trait=Unicode(), help='{"04-backward": "2026-11-02 23:59 Europe/Berlin"}'
    ).tag(config=True)

    canvas_titles = Dict(
        key_trait=Unicode(), value_trait=Unicode(), help='{"02": "Tensors (4711)"}: which column of Canvas is whose'
    ).tag(config=True)
    scale = Dict(
        help='what Canvas gets of a notebook: {"*": 10, "07": [["Fail", 0], ["Pass", 0.5]]}; points as they are'
    )
    scale.tag(config=True)
    grade = Dict(help="one grade for all notebooks: raisin.grading.scale says how it is written").tag(config=True)

    def __init__(self, root: Path, **traits: Any) -> None:
        super().__init__(**traits)
        self.root = root

    @property
    def notebooks(self) -> tuple[str, ...]:
        """Names of the notebooks in source/, in course order."""
        try:
            with os.scandir(self.root / "source") as entries:
                return tuple(sorted(one.name for one in entries if os.path.lexists(self.source(one.name))))
        except (FileNotFoundError, NotADirectoryError):
            return ()

    @property
    def required(self) -> tuple[str, ...]:
        """The notebooks that everybody hands in."""
        return tuple(name for name in self.notebooks if name not in self.optional)

    def chosen(self, names: Sequence[str]) -> tuple[str, ...]:
        """The notebooks asked for, in course order; all of them when none is named.

        A name may be shortened to its beginning (``04``). Raises NoSuchNotebook, CourseNotFound.
        """
        known = self.notebooks
        if not known:
            raise CourseNotFound(f"{self.root / 'source'} holds no notebooks; a course has source/NAME/NAME.ipynb")
        found = set()
        for name in names:
            matching = [other for other in known if other == name] or [o for o in known if o.startswith(name)]
            if len(matching) != 1:
                raise NoSuchNotebook(f"no single notebook is called {name!r}; there are: {', '.join(known)}")
            found.add(matching[0])
        return tuple(name for name in known if not names or name in found)

    def source(self, notebook: str) -> Path:
        return self.root.joinpath("source", notebook, f"{notebook}.ipynb")

    def content(self, notebook: str) -> dict[str, Any]:
        """The source notebook as JSON says it; not to be changed."""
        path = self.source(notebook)
        return _content(path, path.stat().st_mtime_ns)

    def released(self, notebook: str) -> Path:
        return self.root / "release" / notebook / f"{notebook}.ipynb"

    def submitted(self, student: str, notebook: str) -> Path:
        return self.root.joinpath("submitted", student, notebook, f"{notebook}.ipynb")

    def autograded(self, student: str, notebook: str) -> Path:
        return self.root.joinpath("autograded", student, notebook, f"{notebook}.ipynb")

    def log(self, student: str, notebook: str) -> Path:
        return self.root / "autograded" / student / f"{notebook}.log"

    @property
    def roster_file(self) -> Path | None:
        """The roster that the settings name, where it is there."""
        path = self.root / self.roster
        return path if self.roster and path.is_file() else None

    @property
    def students(self) -> tuple[str, ...]:
        """Everybody who has a folder in submitted/, by name."""
        folder = self.root / "submitted"
        if not folder.is_dir():
            return ()
        with os.scandir(folder) as entries:
            return tuple(sorted(one.name for one in entries if one.is_dir() and not one.name.startswith(".")))

    def has_submission(self, student: str, notebook: str) -> bool:
        """Whether something lies where this submission belongs (it may be unreadable, or a link)."""
        return os.path.lexists(self.submitted(student, notebook))


@functools.lru_cache(maxsize=32)
def _content(path: Path, _changed: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def find_root(start: Path | None = None) -> Path:
    """The course that `start` (default: the current folder) lies in. Raises CourseNotFound."""
    start = (start or Path.cwd()).absolute()
    for folder in (start, *start.parents):
        if (folder / CONFIG).is_file():
            return folder
    raise CourseNotFound(f"no {CONFIG} in {start} or above it; go to the folder of the course and try again")


def root_of(folder: Path) -> Path:
    """The course of a submission's folder; whatever lies in that folder has no say in it. Raises CourseNotFound."""
    tree = folder.parent.parent
    return find_root(tree.parent if tree.name in ("submitted", "autograded") else folder)


def open_course(root: Path | None = None) -> Course:
    """The course at `root` (default: the one that the current folder lies in). Raises CourseNotFound."""
    root = root or find_root()
    return Course(root, config=open_nbgrader(root).config)


def put_scripts_on_path() -> None:
    """Let nbgrader find `alembic`, which it calls by name, also where the environment is not activated."""
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + os.environ.get("PATH", "")


def open_nbgrader(root: Path) -> Any:
    """nbgrader's application for the course at `root`: its configuration, its `coursedir`, a log without a terminal.

    Not the singleton, so that two courses can be open at once (a release is checked against a copy).
    """
    from nbgrader.apps.baseapp import NbGrader

    log = logging.getLogger("raisin.nbgrader")
    log.setLevel(logging.INFO)
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    tornado = logging.getLogger("tornado.application")  # what goes wrong in the gradebook, nbgrader says here
    if not tornado.handlers:
        tornado.addHandler(logging.NullHandler())
    put_scripts_on_path()
    path = list(sys.path)
    app = NbGrader(log=log)
    try:
        with contextlib.chdir(root):
            app.initialize(argv=[], root=str(root))
    finally:
        sys.path[:] = path  # nbgrader puts the course's folder first
    return app
