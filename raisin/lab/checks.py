"""The checks that a test cell holds, read from its text: what a grade is counted in, whatever the kernel says."""

import ast
import functools
from collections.abc import Iterator

CHECKS = frozenset({"same_as_torch", "equal", "agreement", "raises"})


@functools.lru_cache(maxsize=1024)
def checks_of(source: str) -> tuple[str, ...]:
    """The `what` of every check at the top level of a cell, in order: decorators and plain calls of ``lab``.

    A cell with anything else in it (an assertion, a check in a loop) is no business of this module: it holds () or
    fewer checks than it runs, which tests/course forbids. Raises SyntaxError.
    """
    return tuple(what for statement in ast.parse(source).body for what in _in(statement))


def _in(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef):
        calls = statement.decorator_list
    elif isinstance(statement, ast.Expr):
        calls = [statement.value]
    else:
        return
    for call in calls:
        if is_check(call) and isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
            yield str(call.args[0].value)


def is_check(node: ast.expr) -> bool:
    """Whether an expression is a call of one of the checks of ``lab``."""
    call = node.func if isinstance(node, ast.Call) else None
    named = isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) and call.value.id == "lab"
    return named and isinstance(call, ast.Attribute) and call.attr in CHECKS


def all_checks(source: str) -> int:
    """How many calls of checks a cell's text holds anywhere, also where `checks_of` does not look."""
    return sum(isinstance(node, ast.Call) and is_check(node) for node in ast.walk(ast.parse(source)))
