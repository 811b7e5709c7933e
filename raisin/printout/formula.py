r"""LaTeX mathematics to a small tree of lists, which the template sets as typst's math elements.

    r"\frac{a}{2}"  -->  ["row", ["frac", ["row", ["sign", "a"]], ["row", ["sign", "2"]]]]

A tree holds characters and the names of nodes, never typst source: a formula can neither run anything nor fail to
compile. A command that nobody knows becomes ["source", ...], which is printed as it was written, in red; a formula
that cannot be read at all is one such node. Nothing is dropped silently.
"""

from typing import Any

from raisin.printout.commands import COMMANDS
from raisin.printout.reader import Node, Reader
from raisin.printout.tex import Macro, NotSet, tokens

WIDE = 60  # characters


def parse(source: str, macros: dict[str, Macro]) -> tuple[Node, list[str]]:
    """The tree of a formula, and what of it could not be set. Never raises. Definitions are added to `macros`."""
    try:
        reader = Reader(tokens(source.strip(), macros), COMMANDS)
        return reader.everything(), reader.unknown
    except (NotSet, RecursionError) as reason:
        return ["source", source[:2000]], [str(reason) or "nested too deep"]


def words(node: Any) -> str:
    """The characters of a tree, in order."""
    if not isinstance(node, list) or not node:
        return ""
    if node[0] in ("sign", "op", "text", "source", "tag"):
        return str(node[1])
    return "".join(words(part) for part in node)


def is_wide(node: Node) -> bool:
    """Whether a formula has a part that may be wider than a page: a line is never broken inside a part."""
    parts = node[1:] if node and node[0] == "row" else [node]
    return any(part[0] != "source" and len(words(part)) > WIDE for part in parts if isinstance(part, list) and part)
