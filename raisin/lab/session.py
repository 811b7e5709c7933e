"""`start`: the first cell of every notebook. The student's own framework comes along, nothing is copied by hand.

kept parts or earlier notebooks --start--> this kernel --every framework cell that runs--> .raisin/framework/
"""

import contextlib
import io
import linecache
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raisin import __version__
from raisin.lab import compare, extend, places, standin
from raisin.lab import framework as cells
from raisin.lab.framework import Part

# What every notebook may rely on from the ones before it (the course's contract).
CONTRACT: dict[str, tuple[str, ...]] = {
    "02-tensor-arithmetic": (
        "Tensor",
        "tensor",
        "addition",
        "subtraction",
        "multiplication",
        "matmul",
        "power",
    ),
    "03-graph-nodes": (
        "Node",
        "AdditionNode",
        "SubtractionNode",
        "MultiplicationNode",
        "MatmulNode",
        "PowerNode",
    ),
    "04-backward": ("unbroadcast", "Tensor.backward"),
    "05-sgd": ("Optimizer", "SGD"),
}


@dataclass(frozen=True)
class Earlier:
    """The parts of one earlier notebook, and where they were found."""

    notebook: str
    parts: tuple[Part, ...]
    origin: str
    blank: tuple[str, ...] = ()


class Session:
    """One notebook in one kernel: its names, and the parts of it that were kept so far."""

    def __init__(self, notebook: str, namespace: dict[str, Any], place: places.Place) -> None:
        self.notebook = notebook
        self.namespace = namespace
        self.place = place
        self.parts: dict[str, Part] = {}
        self.classes: dict[str, type] = {}
        self.carried: set[str] = set()
        self.sources: list[str] = []
        if place.kept is not None and (file := place.kept / f"{notebook}.py").is_file():
            self.parts = {part.name: part for part in cells.load(file)}

    def carry(self, earlier: Earlier) -> str:
        """Run the parts of an earlier notebook here; one line that says what came, or what failed and why."""
        names: list[str] = []
        failed: list[str] = []
        for part in earlier.parts:
            try:
                self._run(earlier.notebook, part)
            except Exception as error:
                failed.append(f"{part.name} ({type(error).__name__}: {error})")
                continue
            if not part.name.startswith("helper-"):
                names.append(part.name)
        text = f"  {earlier.notebook}: {', '.join(names) or 'nothing yet'}   ({earlier.origin})"
        if earlier.blank:
            text += f"\n    still blank there: {', '.join(earlier.blank)}"
        if failed:
            text += f"\n    did not run: {'; '.join(failed)}"
        return text

    def _run(self, notebook: str, part: Part) -> None:
        file = f"<{notebook}: {part.name}>"
        # So that a traceback shows the student's own lines.
        linecache.cache[file] = (len(part.source), None, part.source.splitlines(keepends=True), file)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(part.source, file, "exec"), self.namespace)
        self.settle(part.source)
        self.carried |= cells.names_of(part.source)[1]

    def settle(self, source: str) -> None:
        """After a framework cell ran: classes defined again keep their identity and what was added to them."""
        for name in cells.definitions(source):
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
        if not isinstance(source, str) or not result.success:
            return
        try:
            self._keep(source)
        except Exception as error:  # keeping must never get in the way of working
            print(f"(not kept: {type(error).__name__}: {error})")

    def _keep(self, source: str) -> None:
        self.sources.append(source)
        name = cells.part_name(source)
        if name is None or cells.is_blank(source):
            self._reopened(cells.without_magics(source), None)
            return
        part = Part(name, cells.without_magics(source))
        self._reopened(part.source, name)
        self.settle(part.source)
        if self.place.kept is None or self.parts.get(name) == part:
            return
        if "torch" in cells.names_of(part.source)[0] | cells.names_of(part.source)[1]:
            print(f"note: {name} uses torch. Your framework is graded without torch, so this part will fail there.")
        self.parts[name] = part
        self._save()
        print(f"kept: {name}")

    def _save(self) -> None:
        """Write the parts, each with the helpers it leans on as they stand now."""
        assert self.place.kept is not None
        # Helpers kept earlier come first: a cell that was run since defines them anew.
        old = [part.source for name, part in self.parts.items() if name.startswith("helper-")]
        own = [part.source for name, part in self.parts.items() if not name.startswith("helper-")]
        others = [text for text in self.sources if cells.part_name(text) is None]
        found = cells.collect([*old, *others, *own], known=self.carried)
        cells.save(self.place.kept / f"{self.notebook}.py", found.parts)
        self.parts = {part.name: part for part in found.parts}

    def _reopened(self, source: str, part: str | None) -> None:
        """Tell a student who writes a class of the framework a second time about `lab.add_to`."""
        for name in cells.classes(source):
            before = any(name in cells.definitions(p.source) for p in self.parts.values() if p.name != part)
            if name in self.classes and (name in self.carried or before):
                print(
                    f"note: this cell defines class {name} a second time, and what the first one could do is gone. "
                    f"To add to the class that is there, write @lab.add_to({name}) above a function."
                )


_session: Session | None = None


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
    extend.forget()
    compare.set_notebook(notebook)
    previous, _session = _session, Session(notebook, namespace, place)
    if previous is not None and previous.namespace is namespace:
        _session.classes = previous.classes
    _listen(previous, _session)
    print(f"Raisin {__version__}, notebook {notebook}")
    earlier = [name for name in CONTRACT if name < notebook]
    if stand_in and not place.graded:
        standin.install(namespace, earlier)
        print("  Your earlier parts are replaced by a stand-in (torch underneath) in this notebook.")
    else:
        for found in _earlier(notebook, place, framework):
            print(_session.carry(found))
    _say_missing(namespace, earlier, notebook)
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


def _earlier(notebook: str, place: places.Place, given: str | os.PathLike[str] | None) -> list[Earlier]:
    """The earlier notebooks' parts in order: given, handed over by the grader, kept, or read from notebooks."""
    folder = Path.cwd()
    if handed := os.environ.get("RAISIN_FRAMEWORK"):
        files = sorted(p for p in Path(handed).glob("*.py") if p.stem < notebook)
        return [Earlier(p.stem, cells.load(p), "from the submitted notebook") for p in files]
    found: dict[str, Earlier] = {}
    if place.graded:
        for name, path in places.sources_when_graded(folder, notebook).items():
            borrowed = path.parts[-3] == "source" and folder.parent.name != "source"
            origin = "the course's own, since none was handed in" if borrowed else f"read from {path.name}"
            found[name] = _read(name, path, origin)
    else:
        for name, path in places.neighbours(folder).items():
            if name < notebook:
                found[name] = _read(name, path, f"read from {path.name}")
        if place.kept is not None and place.kept.is_dir():
            for path in place.kept.glob("*.py"):
                if path.stem < notebook and (parts := cells.load(path)):
                    found[path.stem] = Earlier(path.stem, parts, "kept when you ran it")
        if given is not None:
            for name, parts in places.given_files(Path(given)).items():
                found[name] = Earlier(name, parts, f"from {given}")
    return [found[name] for name in sorted(found) if found[name].parts or found[name].blank]


def _read(name: str, path: Path, origin: str) -> Earlier:
    try:
        collected = cells.collect(cells.read_sources(path))
    except ValueError as error:
        return Earlier(name, (), f"unreadable: {error}", ("everything",))
    return Earlier(name, collected.parts, origin, collected.blank)


def _say_missing(namespace: dict[str, Any], earlier: list[str], notebook: str) -> None:
    lines = []
    for name in earlier:
        lacking = [entry for entry in CONTRACT[name] if not _has(namespace, entry)]
        if lacking:
            lines.append(f"  Not there yet: {', '.join(lacking)} (notebook {name}).")
    if lines:
        print("\n".join(lines))
        print(f'  Finish them there first, or go on with lab.start("{notebook}", stand_in=True).')


def _has(namespace: dict[str, Any], entry: str) -> bool:
    name, _, attribute = entry.partition(".")
    return name in namespace and (not attribute or hasattr(namespace[name], attribute))
