"""A test cell as it may enter the kernel: without what its checks are measured against. Pure: text in, text out.

Of every check only its words and its program are sent. Gone are all its keywords (``due=``, ``at_least=``, ``error=``,
``hint=``, ...) and with them each statement whose names serve nothing else.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from raisin.lab.checks import is_check
from raisin.lab.framework import names_of, parses, without_magics


def stripped(tests: Mapping[str, str], others: Iterable[str]) -> dict[str, str]:
    """The test cells of a notebook by id, and the text to send for each; `others`: its other code cells.

    A statement stays where any cell uses one of its names. Raises SyntaxError.
    """
    trees = {name: ast.parse(source) for name, source in tests.items()}
    served: set[str] = set()
    for tree in trees.values():
        served |= _cut_keywords(tree)
    used = set().union(*(names_of(text)[0] for text in map(without_magics, others) if parses(text)))
    statements = [_Statement(tree, node, *names_of(ast.unparse(node))) for tree in trees.values() for node in tree.body]
    while (one := _serving_nothing(statements, served, used)) is not None:
        statements.remove(one)
        one.tree.body.remove(one.node)
        served |= one.used
    return {name: ast.unparse(tree) + "\n" for name, tree in trees.items()}


def _cut_keywords(tree: ast.Module) -> set[str]:
    """Take the keywords from all checks; the names that these used."""
    served: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_check(node):
            for keyword in node.keywords:
                served |= names_of(ast.unparse(keyword.value))[0]
            node.keywords = []
    return served


@dataclass(frozen=True, eq=False)
class _Statement:
    """A statement of a test cell, the names it uses and those it defines."""

    tree: ast.Module
    node: ast.stmt
    used: frozenset[str]
    defined: frozenset[str]


def _serving_nothing(statements: Sequence[_Statement], served: set[str], elsewhere: set[str]) -> _Statement | None:
    """The first statement that served what was cut and now serves nothing."""
    for one in statements:
        if one.defined and one.defined <= served:
            rest = elsewhere.union(*(other.used for other in statements if other is not one))
            if not one.defined & rest:
                return one
    return None
