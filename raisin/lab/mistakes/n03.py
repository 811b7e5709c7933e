"""03-graph-nodes: what typical mistakes in recording give: flags, nodes and their inputs."""

from collections.abc import Iterator
from typing import Any

from raisin.lab.diagnose import Mistake
from raisin.lab.mistakes import n02_power, n02_values, n03_forms, n03_rare, n03_records
from raisin.lab.mistakes.frameworks import Change, Names, alters, array, framework, method

_NOTEBOOKS = ("02-tensor-arithmetic", "03-graph-nodes")
# The operations in which a mistake is made, one or several at once, and the checks that can see it.
_PLACES = (
    (("subtraction",), ("subtraction", "matmul", "power")),
    (("multiplication",), ("multiplication", "power")),
    (("subtraction", "multiplication"), ("subtraction", "power")),
    (("matmul",), ("matmul", "power")),
    (("power",), ("power",)),
    (("subtraction", "matmul"), ("matmul",)),
    (("subtraction", "multiplication", "matmul"), ("power",)),
    (("subtraction", "multiplication", "matmul", "power"), ("power",)),
)

# Who decides on requires_grad is told where every combination of flags is tried; elsewhere only that one is missing.
_DECIDERS = ("flag-lost", "one-decides", "all-decide", "leaves-decide")
_COMBINED = ("who requires grad", "every combination", "drawn expressions")
_WITHIN = ("the operands themselves", "chains of products", "power: flags")
_CUT = (
    "graph-cut",
    "the graph is cut: a result has lost its flag or its node, or only its numbers are kept",
    "rules 1 and 2, and what does the next node get?",
)


def _minus(names: Names, x: Any) -> Any:
    return names["multiplication"](-1.0, x)


def _minus_behind(names: Names, x: Any) -> Any:
    return names["multiplication"](x, -1.0)


def _mistakes(
    key: str, looks_like: str, look_at: str, operations: tuple[str, ...], checks: tuple[str, ...], *changes: Change
) -> Iterator[Mistake]:
    words = looks_like, f"{', '.join(operations)}: {look_at}"
    yield Mistake(key, *words, names=framework(_NOTEBOOKS, method("__neg__", _minus), *changes), checks=checks)
    if "multiplication" in operations and "power" not in operations and key not in (*_DECIDERS, _CUT[0]):
        names = framework(_NOTEBOOKS, method("__neg__", _minus_behind), *changes)
        yield Mistake(key, *words, names=names, checks=("plain numbers",))


def _recorded() -> Iterator[Mistake]:
    for wrong in (*n03_records.RECORDS, *n03_rare.RECORDS):
        for operations, places in _PLACES:
            checks: tuple[str, ...] = places
            if (wrong.only and operations != (wrong.only,)) or (wrong.rare and len(operations) > 1):
                continue
            if wrong.rare and operations != ("power",):
                checks = tuple(check for check in checks if check != "power")
            for alteration in wrong.alterations:
                changes = [alters(operation, alteration) for operation in operations]
                if wrong.key in _DECIDERS and operations != ("power",):
                    yield from _mistakes(wrong.key, wrong.looks_like, wrong.look_at, operations, _COMBINED, *changes)
                    yield from _mistakes(*_CUT, operations, _WITHIN, *changes)
                else:
                    yield from _mistakes(wrong.key, wrong.looks_like, wrong.look_at, operations, checks, *changes)


def _calculated() -> Iterator[Mistake]:
    """The mistakes of 02, made when the operations were written again."""
    for wrong in (*n02_values.ELEMENTWISE, *n02_values.MATMUL, *n02_power.POWER):
        operation = (wrong.operation,)
        checks: tuple[str, ...] = next(checks for operations, checks in _PLACES if operations == operation)
        if wrong.checks:  # other exponents: one value only, so that nobody can tell a fixed one from a miscounted one
            checks = ("power: other exponents",)
        for formula in wrong.formulas:

            def recalculated(names: Names, result: Any, left: Any, right: Any, formula: Any = formula) -> Any:
                result.data = names["Tensor"](formula(array(left), array(right))).data
                return result

            change = alters(wrong.operation, recalculated)
            yield from _mistakes(wrong.key, wrong.looks_like, wrong.look_at, operation, checks, change)


def _power_first() -> Iterator[Mistake]:
    """A lost flag of a power is no other operation's."""
    wrong = next(wrong for wrong in n03_records.RECORDS if wrong.key == "flag-lost")
    for alteration in wrong.alterations:
        change = alters("power", alteration)
        yield from _mistakes(wrong.key, wrong.looks_like, wrong.look_at, ("power",), ("power: flags",), change)


MISTAKES = (*_power_first(), *n03_forms.TOGETHER, *_recorded(), *_calculated(), *n03_forms.LEFT_OVER)
