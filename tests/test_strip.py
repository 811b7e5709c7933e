"""What a test cell still holds when it enters the kernel: the programs, and nothing they are measured against."""

import ast

import pytest
from course.contract import NAMES, ROOT

from raisin.grading import oracle
from raisin.grading.course import open_course
from raisin.grading.strip import stripped
from raisin.lab.checks import checks_of, is_check

CELL = """
import math


def helper(x):
    return deep(x) + 1


def deep(x):
    return math.exp(x)


def drawn(rng):
    return rng.normal()


def wanted(rng):
    return helper(drawn(rng))


threshold = 0.9


@lab.equal("one", due=wanted, hint="look closely")
def _(rng):
    return double(drawn(rng))


lab.agreement("two", predict(x), due=labels, at_least=threshold)


@lab.raises("three", error=(ValueError, KeyError))
def _(T):
    return 1, lambda: None


@lab.same_as_torch("four", scale=3.0)
def _(T):
    return T.tensor(1.0)
"""


def test_keywords_go_and_what_served_only_them() -> None:
    text = stripped({"t": CELL}, ["labels = 3\n"])["t"]
    for gone in (
        "due",
        "hint",
        "closely",
        "at_least",
        "threshold",
        "error",
        "scale",
        "helper",
        "deep",
        "math",
        "wanted",
    ):
        assert gone not in text
    assert "def drawn(rng)" in text and "predict(x)" in text
    assert checks_of(text) == checks_of(CELL) == ("one", "two", "three", "four")


def test_what_another_cell_needs_stays() -> None:
    later = '@lab.equal("five", due=1)\ndef _():\n    return use(deep(3))\n'
    text = stripped({"t": CELL, "later": later}, [])["t"]
    assert "def deep" in text and "import math" in text and "helper" not in text
    assert "def wanted" in stripped({"t": CELL}, ["answer = wanted(3)\n"])["t"]


def test_a_name_that_is_defined_and_used_by_nobody_stays() -> None:
    """Only what served the cut parts goes: a cell may have its own reasons."""
    assert "unused" in stripped({"t": "unused = 1\n" + CELL}, [])["t"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_in_the_cells_of_the_course(name: str) -> None:
    """No check of a sent cell has a keyword, no top-level name serves nobody, and every check is still there."""
    asked = oracle.Oracle(name, oracle.read(open_course(ROOT), name), (), "a seed")
    tests = {cell.id: cell.source for cell in oracle.read(open_course(ROOT), name) if cell.role == "test"}
    assert set(asked.to_send) == {cell for cell, source in tests.items() if checks_of(source)}
    words = " ".join(asked.to_send.values())
    for cell, text in asked.to_send.items():
        assert checks_of(text) == checks_of(tests[cell])
        tree = ast.parse(text)
        assert not any(n.keywords for n in ast.walk(tree) if isinstance(n, ast.Call) and is_check(n))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name != "_":
                assert words.count(node.name) > 1, f"{cell}: {node.name} is sent and used by nobody"
