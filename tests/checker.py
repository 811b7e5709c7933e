"""The real checks of a notebook, run in this process: no kernel, no nbgrader, a fraction of a second.

    code cells of a notebook -> framework parts of the earlier ones + the cells that matter -> what each check found

It gives what the grader gives: each check of a test cell counts for itself; one that the cell did not reach fails.
"""

import ast
import contextlib
import importlib.util
import io
import json
import os
import random
import re
import signal
import tomllib
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import numpy as np
from course.contract import NAMES, ROOT, SOLUTION, SOURCE, cells

from raisin import lab
from raisin.grading import oracle
from raisin.grading.course import open_course
from raisin.grading.earlier import reference_parts
from raisin.lab import compare, extend, framework, observe, standin, verdict, wire
from raisin.lab.checks import checks_of
from raisin.lab.contract import CONTRACT
from raisin.lab.earlier import Earlier
from raisin.lab.places import Place
from raisin.lab.session import Session
from raisin.lab.verdict import Verdict

TESTS = Path(__file__).resolve().parent
STUB = "# YOUR CODE HERE\n{indent}raise NotImplementedError()\n"
LARGE = ", large"  # so ends the name of a check that is there for what it costs
SECONDS_A_CELL = 10.0  # of this process's own work, so that a busy machine changes no verdict


@dataclass(frozen=True)
class Code:
    """A code cell. `role`: answer, test, locked or free, as nbgrader takes it; `points`: of a test."""

    id: str
    role: str
    source: str
    points: float = 0.0


Notebook = tuple[Code, ...]


class OutOfTime(BaseException):
    """A cell ran too long. Not an Exception: neither a check nor a student's ``except`` takes it for something else."""


@cache
def reference(name: str) -> Notebook:
    """The code cells of a source notebook, without `setup` (the checker brings the earlier parts itself) and without
    those tagged study-run, which the grader does not run either."""
    code = [cell for cell in cells(SOURCE, name) if cell.kind == "code" and cell.id != "setup"]
    found = [cell for cell in code if "study-run" not in cell.metadata.get("tags", ())]
    return tuple(Code(cell.id, cell.role, cell.source, cell.points) for cell in found)


def points_of(name: str) -> dict[str, float]:
    """The points of every test cell of a notebook."""
    return {cell.id: cell.points for cell in reference(name) if cell.role == "test"}


def blank(name: str) -> Notebook:
    """The notebook as it is released: a stub in place of every solution."""

    def cleared(source: str) -> str:
        return SOLUTION.sub(lambda found: STUB.format(indent=_indent(source, found.start())), source)

    return tuple(replace(c, source=cleared(c.source)) if c.role == "answer" else c for c in reference(name))


def _indent(source: str, position: int) -> str:
    return source[source.rfind("\n", 0, position) + 1 : position]


def without_markers(source: str) -> str:
    """A cell as a student would have written it."""
    lines = source.splitlines(keepends=True)
    return "".join(line for line in lines if "### BEGIN" not in line and "### END" not in line).rstrip("\n")


def earlier_parts(name: str, work: Mapping[str, Notebook]) -> list[Earlier]:
    """The framework below `name`: out of `work` where that has the notebook, else the reference's."""
    found: list[Earlier] = []
    known: set[str] = set()
    for other in (n for n in NAMES if "02" <= n < name):
        sources = tuple(cell.source for cell in work.get(other, reference(other)) if cell.role != "test")
        parts = _collected(sources, frozenset(known))
        for part in parts:
            known |= framework.names_of(part.source)[1]
        found.append(Earlier(other, parts, "a test"))
    return found


@cache
def _collected(sources: tuple[str, ...], known: frozenset[str]) -> tuple[framework.Part, ...]:
    return framework.collect(sources, known).parts


Found = dict[str, tuple[Verdict, ...]]  # test cell -> what each of its checks found, in order


def lost(name: str, work: Mapping[str, Notebook], seconds: float = SECONDS_A_CELL) -> set[str]:
    """The test cells of notebook `name` that lose points when it is run as in `work`.

    `work` holds the notebooks that differ from the reference; the others count as the reference.
    """
    found = checks(name, work, seconds)
    return {cell for cell, verdicts in found.items() if not all(v.passed for v in verdicts)}


def checks(
    name: str,
    work: Mapping[str, Notebook],
    seconds: float = SECONDS_A_CELL,
    only: frozenset[str] | None = None,
    *,
    outside: bool = False,
    large: bool = True,
) -> Found:
    """What every check of notebook `name` finds when it is run as in `work`; `only` in these test cells if given.

    `outside`: as at grading, where the checks only send what they saw, and the oracle's judge decides. Where `large` is
    false, without the checks that are there for what they cost.
    """
    notebook = work.get(name, reference(name))
    if only is not None:
        notebook = tuple(cell for cell in notebook if cell.role != "test" or cell.id in only)
    if not large:
        notebook = tuple(replace(c, source=without_large(c.source)) if c.role == "test" else c for c in notebook)
    return run(name, notebook, earlier_parts(name, work), seconds, outside)


def run(
    name: str,
    notebook: Notebook,
    earlier: Sequence[Earlier] | None,
    seconds: float = SECONDS_A_CELL,
    outside: bool = False,
) -> Found:
    """Run a notebook on top of the given earlier parts (None: the stand-in): test cell -> what each check found."""
    judge = Judge(name) if outside else None
    namespace: dict[str, Any] = {"__name__": "__main__", "lab": lab}
    compare.set_notebook(name)
    extend.forget()
    found: Found = {}
    messages: list[tuple[Code, list[str]]] = []
    _seed_everything()
    with _own_state():
        session = Session(name, namespace, Place(True, False, None, "a test"))
        if earlier is None:
            standin.install(namespace, [other for other in CONTRACT if other < name])
        for parts in earlier or ():
            session.carry(parts)
        needed = _needed(notebook)
        for cell in notebook:
            if cell.role == "free" and not _defines(cell.source) & needed and "add_to(" not in cell.source:
                continue
            sent: list[Verdict] = []
            verdict.send_to(sent.append)
            if judge is not None and cell.role == "test":
                messages.append((cell, judge.messages(cell, namespace, seconds)))
                continue
            well = _runs(cell, namespace, seconds)
            if cell.role == "test":
                found[cell.id] = _counted(cell, sent)
            elif well and framework.part_name(cell.source):
                session.settle(framework.without_magics(cell.source))
    for cell, of_it in messages:
        assert judge is not None
        found[cell.id] = judge.verdicts(cell, of_it)
    return found


class Judge:
    """The grader's side of a notebook's checks, without a kernel: cut cells in, messages as JSON, verdicts out."""

    def __init__(self, name: str) -> None:
        self.oracle = _oracle(name, os.environ.get("RAISIN_SEED", "public"))
        self.measure = _measure(self.oracle)

    def messages(self, cell: Code, namespace: dict[str, Any], seconds: float) -> list[str]:
        """What the cell's checks send; it is run without what they are measured against."""
        sent: list[str] = []

        def take(check: compare.Check) -> None:
            found, _ = compare.observation(check)
            sent.append(json.dumps(wire.message(found, "a nonce", compare.inputs(check.what))))

        with compare.taking(take), _mode("grade"):
            text = self.oracle.to_send[cell.id]
            text = text if checks_of(cell.source) == checks_of(text) else without_large(text)
            _runs(replace(cell, source=text), namespace, seconds)
        return sent

    def verdicts(self, cell: Code, sent: Sequence[str]) -> tuple[Verdict, ...]:
        """The verdicts on what was sent, one for every check of the cell's own text."""
        found = []
        for data in map(json.loads, sent):
            try:
                heard = wire.received(data, "a nonce", self.measure.inputs[data["what"]])
            except wire.Damaged as damage:
                found.append(Verdict(data["what"], False, (f"what it sent does not count: {damage}",)))
            else:
                found.append(observe.decide(heard, self.measure.expected[heard.what], self.oracle.look))
        return _counted(cell, found)


@cache
def _oracle(name: str, seed: str) -> oracle.Oracle:
    course = open_course(ROOT)
    return oracle.Oracle(name, oracle.read(course, name), reference_parts(course, name), seed)


@cache
def _measure(asked: oracle.Oracle) -> oracle.Measure:
    return asked.measure()


@contextlib.contextmanager
def _mode(mode: str) -> Iterator[None]:
    os.environ["RAISIN_MODE"] = mode
    try:
        yield
    finally:
        del os.environ["RAISIN_MODE"]


@cache
def without_large(source: str) -> str:
    """A test cell without its checks whose `what` ends with ", large"."""
    lines = source.splitlines(keepends=True)
    for statement in reversed(ast.parse(source).body):
        if isinstance(statement, ast.FunctionDef) and any(_is_large(one) for one in statement.decorator_list):
            del lines[statement.decorator_list[0].lineno - 1 : statement.end_lineno]
    return "".join(lines)


def _is_large(decorator: ast.expr) -> bool:
    what = decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else None
    return isinstance(what, ast.Constant) and str(what.value).endswith(LARGE)


def _seed_everything() -> None:
    """What a solution draws from generators that belong to nobody is the same in every run."""
    import torch  # here, so that reading notebooks alone does not wait for it

    random.seed(1)
    np.random.seed(1)
    torch.manual_seed(1)


def _counted(cell: Code, sent: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """One verdict for every check of the cell's text: a check that sent none, or two, has failed."""
    counted = []
    for what in checks_of(cell.source):
        of_it = [found for found in sent if found.what == what]
        counted.append(of_it[0] if len(of_it) == 1 else Verdict(what, False, (f"{len(of_it)} verdicts",)))
    return tuple(counted)


def _needed(notebook: Notebook) -> frozenset[str]:
    """The global names that answers, tests and locked cells use: a free cell without any of them changes nothing."""
    return frozenset().union(*(_uses(cell.source) for cell in notebook if cell.role != "free"))


@cache
def _uses(source: str) -> frozenset[str]:
    return frozenset(framework.names_of(source)[0]) if framework.parses(source) else frozenset()


@cache
def _defines(source: str) -> frozenset[str]:
    return frozenset(framework.names_of(source)[1]) if framework.parses(source) else frozenset()


@cache
def _compiled(source: str, name: str) -> CodeType:
    return compile(source, name, "exec")


def _runs(cell: Code, namespace: dict[str, Any], seconds: float) -> bool:
    """Run one cell; whether it ended without an error, and in time."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            code = _compiled(framework.without_magics(cell.source), f"<{cell.id}>")
            with _time_limit(seconds):
                exec(code, namespace)
        except (Exception, SystemExit, OutOfTime):
            return False
    return True


_WORD = re.compile(r"[^\W\d]\w*")


def touched(notebook: str, edited: Iterable[str]) -> frozenset[str]:
    """The test cells that a change of these cells can reach: by the names they define, and what is defined with those.

    By words, attributes too (``T.tanh``). A change of an operator's method reaches all: ``x - y`` names none.
    """
    cells = {code.id: code for code in reference(notebook)}
    reached = {name for cell in edited if cell in cells for name in _defines(cells[cell].source)}
    tests = {code.id for code in cells.values() if code.role == "test"}
    methods = any("def __" in cells[cell].source for cell in edited if cell in cells)
    if methods or not reached or not all(cell in cells for cell in edited):
        return frozenset(tests)
    grown = True
    while grown:
        before = len(reached)
        for code in cells.values():
            if reached & set(_WORD.findall(code.source)):
                reached |= _defines(code.source)
        grown = len(reached) > before
    return frozenset(cell for cell in tests if reached & set(_WORD.findall(cells[cell].source)))


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextlib.contextmanager
def _own_state() -> Iterator[None]:
    """What cells change for the whole process is put back; warnings are shown as in a kernel, not raised."""
    notebook, added = compare._notebook, dict(extend._added)
    with warnings.catch_warnings(), np.errstate(), np.printoptions():
        warnings.simplefilter("default")
        try:
            yield
        finally:
            verdict.send_to(None)
            compare.set_notebook(notebook)
            extend.forget()
            extend._added.update(added)


@dataclass(frozen=True)
class Mutant:
    """The reference with one mistake. `edits`: (cell, old text, new text); `loses`: the tests that must see it.

    `sometimes`: tests of other things, which meet the mistake too with some of the random numbers.
    `diagnosis`: the keys of raisin.lab.mistakes (or of raisin.lab.relations) that name the mistake.
    """

    notebook: str
    name: str
    edits: tuple[tuple[str, str, str], ...]
    loses: frozenset[str]
    sometimes: frozenset[str] = frozenset()
    diagnosis: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.notebook[:2]}: {self.name}"

    def is_seen_in(self, missed: set[str]) -> bool:
        """Whether these lost tests are the ones that should be lost."""
        return bool(self.loses) and self.loses <= missed <= self.loses | self.sometimes

    def work(self) -> dict[str, Notebook]:
        """The notebook with the mistake in it. Raises ValueError where an edit does not apply exactly once."""
        notebook = reference(self.notebook)
        for cell, old, new in self.edits:
            texts = {code.id: code.source for code in notebook}
            if texts.get(cell, "").count(old) != 1:
                raise ValueError(
                    f"{self}: {old!r} is in cell {cell!r} {texts.get(cell, '').count(old)} times, not once"
                )
            changed = texts[cell].replace(old, new)
            notebook = tuple(replace(code, source=changed) if code.id == cell else code for code in notebook)
        return {self.notebook: notebook}


def mutants() -> list[Mutant]:
    """Those of tests/mutants/<notebook>.toml. Raises ValueError where tests/diagnosis names others."""
    return [mutant for file in sorted((TESTS / "mutants").glob("*.toml")) for mutant in _read_mutants(file)]


def held_out() -> list[Mutant]:
    """Those of tests/heldout.toml, written by somebody who had not seen what raisin.lab.mistakes can name."""
    return _read_mutants(TESTS / "heldout.toml")


def _read_mutants(file: Path) -> list[Mutant]:
    found, named = [], _diagnoses(file.stem)
    for entry in tomllib.loads(file.read_text(encoding="utf-8"))["mutant"]:
        edits = tuple((e["cell"], e["old"], e["new"]) for e in (entry, *entry.get("also", ())))
        loses, sometimes = frozenset(entry["loses"]), frozenset(entry.get("sometimes", ()))
        keys = named.pop(entry["name"], frozenset())
        found.append(Mutant(entry.get("notebook", file.stem), entry["name"], edits, loses, sometimes, keys))
    if named:
        raise ValueError(f"tests/diagnosis/{file.name} names mutants that are not there: {', '.join(named)}")
    return found


def _diagnoses(notebook: str) -> dict[str, frozenset[str]]:
    """tests/diagnosis/<notebook>.toml: mutant -> the keys that name its mistake."""
    file = TESTS / "diagnosis" / f"{notebook}.toml"
    entries = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {name: frozenset([keys] if isinstance(keys, str) else keys) for name, keys in entries.items()}


@cache
def make_class() -> ModuleType:
    """The script that makes the example class (it also reads the files of other styles)."""
    spec = importlib.util.spec_from_file_location("make_class", ROOT / "examples" / "make_class.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def style_files() -> list[Path]:
    """The right solutions in other styles: tests/variants, and the one of the example class."""
    files = [file for file in sorted((TESTS / "variants").glob("*.md")) if file.stem != "README"]
    return [*files, ROOT / "examples" / "another_style.md"]


def in_style(path: Path) -> dict[str, Notebook]:
    """The reference with the cells of one file of tests/variants: some answers replaced, some cells put before."""
    work: dict[str, Notebook] = {}
    for name, changes in make_class().read_style(path).items():
        notebook = list(reference(name))
        for cell, before, source in changes:
            place = next(k for k, code in enumerate(notebook) if code.id == cell)
            if before:
                notebook.insert(place, Code(f"before-{cell}", "free", source))
            else:
                notebook[place] = replace(notebook[place], source=source)
        work[name] = tuple(notebook)
    return work


def handed_in(path: Path, name: str) -> Notebook:
    """A submitted file as nbgrader takes it: tests and given cells from the source, one copy of each counts."""
    own = {code.id: code for code in reference(name)}
    found: list[Code] = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if cell["cell_type"] != "code" or grade_id == "setup":
            continue
        known, source = own.get(grade_id), "".join(cell["source"])
        if known is None or known.role == "free":
            found.append(Code(cell["id"], "free", source))
        else:
            found.append(known if known.role in ("test", "locked") else replace(known, source=source))
    last = {code.id: k for k, code in enumerate(found) if code.role != "free"}
    return tuple(c for k, c in enumerate(found) if c.role != "test" or last[c.id] == k)
