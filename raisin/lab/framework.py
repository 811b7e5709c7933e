"""The student's framework as text: framework cells in, a kept ``.py`` file out.

A *framework cell* begins with ``# framework: <part>``. `collect` takes the code cells of a notebook and gives the
parts in order; a helper or an import that a part uses and no part defines is found by syntax tree among the other
cells and kept with it. `save` and `load` keep the parts of one notebook in one readable file. Nothing is run here.
"""

import ast
import builtins
import functools
import json
import os
import re
import symtable
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

MARKER = re.compile(r"^#\s*framework:\s*(?P<name>[\w-]+)\s*$")
# What may stand above the marker: cell and line magics, and Colab's form comments.
ABOVE_MARKER = re.compile(r"^\s*$|^%|^#\s*@(title|markdown|param)\b")
# What IPython takes and Python does not: magics, shell lines, questions, and their results in a variable.
MAGIC = re.compile(r"^\s*([%!?].*|[\w., ]+=\s*[%!].*|.*\?)$")
STUB = re.compile(r"#\s*YOUR CODE HERE\s*\n\s*raise NotImplementedError")
SEPARATOR = re.compile(r"^# %% part: (?P<name>[\w-]+)\n", re.MULTILINE)
PREAMBLE = "# Kept by raisin.lab. Edit the notebook, not this file: every framework cell that runs is written here.\n"
# `lab` is there wherever a kept file is run: `lab.start` runs it.
BUILTIN_NAMES = frozenset(dir(builtins)) | {"display", "get_ipython", "lab", "__name__", "__file__"}


@dataclass(frozen=True)
class Part:
    """One framework cell: its name (the word after ``# framework:``) and its source without magics."""

    name: str
    source: str


@dataclass(frozen=True)
class Collected:
    """What a notebook's cells gave: usable `parts`, names of `blank` ones, and `missing` global names."""

    parts: tuple[Part, ...]
    blank: tuple[str, ...]
    missing: tuple[str, ...]


def part_name(source: str) -> str | None:
    """The part that a cell holds, or None; magics and form comments above the marker are passed over."""
    for line in source.splitlines():
        if found := MARKER.match(line):
            return found["name"]
        if not ABOVE_MARKER.match(line):
            return None
    return None


def is_blank(source: str) -> bool:
    """Whether the cell still holds the stub that a release puts in place of a solution."""
    return STUB.search(source) is not None


@functools.lru_cache(maxsize=256)
def without_magics(source: str) -> str:
    """The cell as plain Python: what stands above the marker goes, later magics become comments."""
    lines = source.replace("\r\n", "\n").rstrip("\n").split("\n")  # as Python counts them: splitlines() knows more ends
    while lines and ABOVE_MARKER.match(lines[0]):
        lines.pop(0)
    while (wrong := _first_error(lines)) is not None and MAGIC.match(lines[wrong]):
        indent = lines[wrong][: len(lines[wrong]) - len(lines[wrong].lstrip())]
        lines[wrong] = f"{indent}pass  # {lines[wrong].lstrip()}"
    return "\n".join(lines) + "\n"


def _first_error(lines: list[str]) -> int | None:
    """Index of the line that is no Python, if there is one: only there a ``%`` is a magic, and no continued sum."""
    try:
        ast.parse("\n".join(lines) + "\n")
    except SyntaxError as error:
        return min(error.lineno or 1, len(lines)) - 1 if lines else None
    return None


@functools.lru_cache(maxsize=256)
def names_of(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """Global names that a module-level text uses, and those that it defines."""
    top = symtable.symtable(source, "<cell>", "exec")
    used: set[str] = set()
    defined: set[str] = set()
    for symbol in top.get_symbols():
        if symbol.is_referenced():
            used.add(symbol.get_name())
        if symbol.is_assigned() or symbol.is_imported():
            defined.add(symbol.get_name())
    inner = list(top.get_children())
    while inner:
        table = inner.pop()
        used |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
        inner += table.get_children()
    return frozenset(used), frozenset(defined)


def definitions(source: str) -> dict[str, str]:
    """Top-level definitions of a cell (functions, classes, imports, assignments): name -> its whole statement.

    A definition inside ``try`` or ``if`` brings that whole statement along.
    """
    found: dict[str, str] = {}
    lines = source.split("\n")
    for node in ast.parse(source).body:
        first = node.lineno
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            first = min([first, *(d.lineno for d in node.decorator_list)])
        elif not isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.Try | ast.If):
            continue
        statement = "\n".join(lines[first - 1 : node.end_lineno]) + "\n"
        for name in names_of(statement)[1]:
            found[name] = statement
    return found


@functools.lru_cache(maxsize=256)
def classes(source: str) -> tuple[str, ...]:
    """Names of the classes that a cell defines at its top level; none where it does not parse."""
    if not parses(source):
        return ()
    return tuple(node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef))


def uses_torch(source: str) -> bool:
    """Whether a text imports torch or one of its parts, or says ``torch``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "torch" for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "torch":
            return True
        if isinstance(node, ast.Name) and node.id == "torch":
            return True
    return False


def adds_to_a_class(source: str) -> bool:
    """Whether a cell says ``add_to(...)``: what it adds is no name of its own, so no other cell can lean on it."""
    if not parses(source):
        return False
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any(getattr(call, "attr", getattr(call, "id", "")) == "add_to" for call in calls)


@functools.lru_cache(maxsize=256)
def parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


def collect(sources: Sequence[str], known: Collection[str] = ()) -> Collected:
    """The framework parts among `sources` (code cells in order), with the definitions they lean on.

    A part that appears twice counts as it was written last. `known` are names that earlier notebooks define: a cell
    that defines one anew is a helper all the same, but not with a class, which belongs to the notebook that made it.
    `missing` lists the names that no cell defines: the caller says so at once, not when a call fails.
    """
    cells = {name: text for text in sources if (name := part_name(text)) is not None}
    blank = tuple(name for name, text in cells.items() if is_blank(text))
    parts = [Part(name, without_magics(text)) for name, text in cells.items() if name not in blank]
    parts = [part for part in parts if parses(part.source)]
    others = [text for s in sources if part_name(s) is None and parses(text := without_magics(s))]
    helpers: dict[str, str] = {}
    for text in others:
        again = {name for name in classes(text) if name in known}
        helpers |= {name: statement for name, statement in definitions(text).items() if name not in again}
    have = set(BUILTIN_NAMES) | (set(known) - helpers.keys())
    # An import that a later part repeats may be needed before that part runs; any other name is looked up when called.
    have |= {name for part in parts for name in names_of(part.source)[1] if not _is_import(helpers.get(name, ""))}
    missing: list[str] = []
    result: list[Part] = []
    for part in parts:
        result += _helpers_for(part.source, helpers, have, missing)
        result.append(part)
        have |= names_of(part.source)[1]
    return Collected(tuple(result), blank, tuple(missing))


def _is_import(source: str) -> bool:
    return any(isinstance(statement, ast.Import | ast.ImportFrom) for statement in ast.parse(source).body)


def _helpers_for(source: str, helpers: dict[str, str], have: set[str], missing: list[str]) -> list[Part]:
    """Definitions that `source` needs and nobody has yet, innermost first; `have` and `missing` grow."""
    result: list[Part] = []
    for name in sorted(names_of(source)[0] - have):
        if name in have:
            continue  # came along with a helper just kept
        have.add(name)
        if name not in helpers:
            missing.append(name)
            continue
        have |= names_of(helpers[name])[1]
        result += _helpers_for(helpers[name], helpers, have, missing)
        result.append(Part(f"helper-{name}", helpers[name]))
    return result


def as_text(parts: Iterable[Part]) -> str:
    """The parts of one notebook as `save` writes them and `load` reads them."""
    return PREAMBLE + "".join(f"\n# %% part: {part.name}\n{part.source.rstrip()}\n" for part in parts)


def save(path: Path, parts: Iterable[Part]) -> None:
    """Write the parts of one notebook; the file is complete or the old one, which stays as ``.previous``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = as_text(parts)
    if path.exists():
        if path.read_text(encoding="utf-8") == text:
            return
        path.with_name(path.name + ".previous").write_bytes(path.read_bytes())
    temporary = path.with_name(f"{path.name}.{os.getpid()}")  # in the same folder, so that replacing is one step
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path) -> tuple[Part, ...]:
    """The parts that `save` wrote; a file without separators counts as one part named after the file."""
    text = path.read_text(encoding="utf-8")
    pieces = SEPARATOR.split(text)
    if len(pieces) == 1:
        return (Part(re.sub(r"[^\w-]", "-", path.stem), text),)
    return tuple(Part(n, s.rstrip() + "\n") for n, s in zip(pieces[1::2], pieces[2::2], strict=True))


def read_sources(notebook: Path) -> list[str]:
    """Sources of the code cells of an ``.ipynb`` file, in order.

    Raises ValueError, naming the file, when it is not a notebook of format 4.
    """
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{notebook} cannot be read as a notebook ({type(error).__name__}); open it, save it again, retry"
        raise ValueError(message) from error
