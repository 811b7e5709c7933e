"""`start`: the first cell of every notebook. The student's own framework comes along, nothing is copied by hand.

kept parts or earlier notebooks --start--> this kernel --every framework cell that runs--> .raisin/framework/
"""

import contextlib
import functools
import io
import linecache
import os
import sys
import textwrap
from pathlib import Path
from types import CodeType
from typing import Any

from raisin import __version__
from raisin.lab import compare, earlier, extend, history, places, standin
from raisin.lab import framework as cells
from raisin.lab.contract import CONTRACT
from raisin.lab.earlier import Earlier
from raisin.lab.framework import Part

# Said where they are missing by their notebook, not as a name that no cell defines.
_PROMISED = {entry.partition(".")[0] for entries in CONTRACT.values() for entry in entries}


class Session:
    """One notebook in one kernel: its names, and the parts of it that were kept so far."""

    def __init__(self, notebook: str, namespace: dict[str, Any], place: places.Place) -> None:
        self.notebook = notebook
        self.namespace = namespace
        self.place = place
        self.folder = Path.cwd()
        self.parts: dict[str, Part] = {}
        self.classes: dict[str, type] = {}
        self.carried: set[str] = set()
        self.carried_members: dict[tuple[str, str], Any] = {}
        self.sources: list[str] = []  # of the cells that ran, each once, the last one last
        self.missing: frozenset[str] = frozenset()
        self.last_error = getattr(sys, "last_value", None)
        if place.kept is not None and (file := place.kept / f"{notebook}.py").is_file():
            self.parts = {part.name: part for part in cells.load(file)}

    def resume(self, previous: "Session") -> dict[tuple[str, str], Any]:
        """`start` was run again in the same kernel: take over what cells did; give back what they added to classes."""
        self.classes = previous.classes
        if previous.notebook != self.notebook:
            return {}
        self.sources, self.missing = previous.sources, previous.missing
        came = previous.carried_members
        return {key: member for key, member in extend.additions().items() if came.get(key) is not member}

    def carry(self, found: Earlier) -> str:
        """Run the parts of an earlier notebook here; one line that says what came, then what is wrong with it."""
        names: list[str] = []
        failed: list[str] = []
        for part in found.parts:
            try:
                self._run(found.notebook, part)
            except (Exception, SystemExit) as error:
                failed.append(f"{part.name} ({type(error).__name__}: {error})")
                continue
            if not part.name.startswith("helper-"):
                names.append(part.name)
        remarks = list(found.remarks)
        if failed:
            remarks.append(f"did not run: {'; '.join(failed)}")
        if lacking := self._lacking(found.parts):
            remarks.append(f"used there, but no cell defines it: {', '.join(lacking)}")
        what = textwrap.fill(", ".join(names) or "nothing yet", 90, subsequent_indent="    ")
        return "\n    ".join([f"  {found.notebook} ({found.origin}):", what, *remarks])

    def _run(self, notebook: str, part: Part) -> None:
        file = f"<{notebook}: {part.name}>"
        # So that a traceback shows the student's own lines.
        linecache.cache[file] = (len(part.source), None, part.source.splitlines(keepends=True), file)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(_compiled(part.source, file), self.namespace)
        self.settle(part.source)
        self.carried |= cells.names_of(part.source)[1]

    def _lacking(self, parts: tuple[Part, ...]) -> list[str]:
        texts = [part.source for part in parts if cells.parses(part.source)]
        used = set().union(*(cells.names_of(text)[0] for text in texts))
        return sorted(used - self.namespace.keys() - cells.BUILTIN_NAMES - _PROMISED)

    def settle(self, source: str) -> None:
        """After a framework cell ran: classes defined again keep their identity and what was added to them."""
        for name in cells.classes(source):
            made = self.namespace.get(name)
            if not isinstance(made, type):
                continue
            old = self.classes.get(name)
            if old is not None and old is not made:
                extend.keep_identity(self.namespace, name, old)
            self.classes[name] = self.namespace[name]

    def after_cell(self, result: Any) -> None:
        """IPython's ``post_run_cell``: keep the cell when it is a framework cell that ran without error."""
        source = getattr(getattr(result, "info", None), "raw_cell", None)
        # A cell under %%time counts as a success even where it failed; the traceback shown leaves this trace.
        error, before = getattr(sys, "last_value", None), self.last_error
        self.last_error = error
        if not isinstance(source, str) or not result.success or error is not before:
            return
        try:
            self._keep(source)
        except Exception as problem:  # keeping must never get in the way of working
            print(f"(not kept: {type(problem).__name__}: {problem})")

    def _keep(self, source: str) -> None:
        self.sources = [text for text in self.sources if text != source] + [source]
        name, text = cells.part_name(source), cells.without_magics(source)
        self._reopened(text, name)
        if name is not None:
            self.settle(text)
        if self.place.kept is None:
            return
        if name is None:
            if cells.adds_to_a_class(text):
                print(
                    "note: this cell adds to a class, but has no line # framework: so it is not kept for the next one."
                )
            if self._helps(text):
                self._save()
        elif not cells.is_blank(source) and self.parts.get(name) != (part := Part(name, text)):
            self.parts[name] = part
            self._save()
            print(f"kept: {name}")

    def _helps(self, source: str) -> bool:
        """Whether an unmarked cell defines what a part leans on."""
        wanted = self.missing | {name.removeprefix("helper-") for name in self.parts if name.startswith("helper-")}
        return cells.parses(source) and not wanted.isdisjoint(cells.definitions(source))

    def _save(self) -> None:
        """Write the parts, each with the helpers it leans on as they stand now, and say what will be trouble."""
        assert self.place.kept is not None
        # Helpers kept earlier come first: a cell that was run since defines them anew.
        old = [part.source for name, part in self.parts.items() if name.startswith("helper-")]
        own = [part.source for name, part in self.parts.items() if not name.startswith("helper-")]
        others = [text for text in self.sources if cells.part_name(text) is None]
        found = cells.collect([*old, *others, *own], known=self.carried)
        file = self.place.kept / f"{self.notebook}.py"
        before = set(cells.load(file)) if file.is_file() else set()
        cells.save(file, found.parts)
        self.parts = {part.name: part for part in found.parts}
        for part in found.parts:
            if part not in before and cells.uses_torch(part.source):
                print(f"note: {part.name} uses torch. Your framework is graded without torch, so it will fail there.")
        missing = frozenset(found.missing) - _PROMISED
        if new := sorted(missing - self.missing):
            print(f"note: no cell that ran so far defines {', '.join(new)}: run the one that does, or write it.")
        self.missing = missing

    def _reopened(self, source: str, part: str | None) -> None:
        """Tell a student who writes a class of the framework a second time about `lab.add_to`."""
        for name in cells.classes(source):
            before = any(name in cells.classes(p.source) for p in self.parts.values() if p.name != part)
            if name in self.classes and (name in self.carried or before):
                print(
                    f"note: this cell defines class {name} a second time, and what the first one could do is gone. "
                    f"To add to the class that is there, write @lab.add_to({name}) above a function."
                )


@functools.lru_cache(maxsize=256)
def _compiled(source: str, file: str) -> CodeType:
    return compile(source, file, "exec")


_session: Session | None = None


def current() -> Session | None:
    """What `start` began in this kernel."""
    return _session


def start(notebook: str, *, stand_in: bool = False, framework: str | os.PathLike[str] | None = None) -> None:
    """Begin a notebook: fetch the student's parts from the earlier ones, and keep this one's from now on.

    `stand_in=True` takes a ready-made substitute for the earlier parts (torch underneath) instead of the student's;
    `framework` a teammate's notebook, kept file, folder or zip. At grading both are passed over: the parts come from
    the submitted notebooks. Prints where each part came from and names at once what is not there yet.
    Raises FileNotFoundError or ValueError when `framework` cannot be read.
    """
    global _session
    namespace = sys._getframe(1).f_globals
    place = places.here(Path.cwd())
    namespace.setdefault("lab", sys.modules["raisin.lab"])  # framework cells say lab.add_to
    compare.set_notebook(notebook)
    previous, session = _session, Session(notebook, namespace, place)
    same = previous is not None and previous.namespace is namespace
    own = session.resume(previous) if previous is not None and same else {}
    extend.forget()
    _session = session
    _listen(previous, session)
    if not places.nobody_looks(place):
        history.begin(anew=previous is None or previous.notebook != notebook)
    print(f"Raisin {__version__}, notebook {notebook}")
    before = [name for name in CONTRACT if name < notebook]
    if stand_in and not place.graded:
        standin.install(namespace, before)
        session.carried = {entry for name in before for entry in CONTRACT[name]}
        print("  Your earlier parts are replaced by a stand-in (torch underneath) in this notebook.")
    else:
        for found in earlier.find(notebook, place, Path.cwd(), framework):
            print(session.carry(found))
    session.carried_members = extend.additions()
    for (name, _), member in own.items():
        if isinstance(namespace.get(name), type):
            extend.add_to(namespace[name])(member)
    _say_missing(namespace, before, notebook)
    if place.kept is not None and notebook in CONTRACT:
        print(f"  What you write here is kept in {place.words}")


def _listen(previous: Session | None, session: Session) -> None:
    """Hear of every cell that has run; outside IPython (a plain script) nothing is kept."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    if previous is not None:
        with contextlib.suppress(ValueError):
            shell.events.unregister("post_run_cell", previous.after_cell)
    shell.events.register("post_run_cell", session.after_cell)


def _say_missing(namespace: dict[str, Any], before: list[str], notebook: str) -> None:
    lines = []
    for name in before:
        lacking = [entry for entry in CONTRACT[name] if not _has(namespace, entry)]
        if lacking:
            lines.append(f"  Not there yet: {', '.join(lacking)} (notebook {name}).")
    if lines:
        print("\n".join(lines))
        print(f'  Finish them there first, or go on with lab.start("{notebook}", stand_in=True).')


def _has(namespace: dict[str, Any], entry: str) -> bool:
    name, _, attribute = entry.partition(".")
    return name in namespace and (not attribute or hasattr(namespace[name], attribute))
