r"""LaTeX mathematics to a small tree of lists, which the template sets as typst's math elements.

    r"\frac{a}{2}"  -->  ["row", ["frac", ["row", ["sign", "a"]], ["row", ["sign", "2"]]]]

A tree holds characters and the names of nodes, never typst source: a formula can neither run anything nor fail to
compile. A command that nobody knows becomes ["source", ...], which is printed as it was written, in red; a formula
that cannot be read at all is one such node. Nothing is dropped silently.
"""

from raisin.printout.commands import COMMANDS
from raisin.printout.reader import Node, Reader
from raisin.printout.tex import Macro, NotSet, tokens


def parse(source: str, macros: dict[str, Macro]) -> tuple[Node, list[str]]:
    """The tree of a formula, and what of it could not be set. Never raises. Definitions are added to `macros`."""
    try:
        reader = Reader(tokens(source.strip(), macros), COMMANDS)
        return reader.everything(), reader.unknown
    except (NotSet, RecursionError) as reason:
        return ["source", source[:2000]], [str(reason) or "nested too deep"]
