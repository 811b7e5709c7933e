"""Formulas: what machine-learning notebooks use is set, what is not known is shown, and nothing becomes a program."""

import json
from typing import Any

import formula_sheets
import pytest

from raisin.printout import formula
from raisin.printout.reader import MOST_LEVELS
from raisin.printout.tex import Macro

KINDS = frozenset(
    [
        "row",
        "sign",
        "attach",
        "frac",
        "binom",
        "stack",
        "root",
        "text",
        "op",
        "space",
        "fence",
        "middle",
        "matrix",
        "cases",
        "lines",
        "accent",
        "brace",
        "alphabet",
        "style",
        "class",
        "arrow",
        "big",
        "boxed",
        "cancel",
        "hidden",
        "colour",
        "mark",
        "tag",
        "bar",
        "source",
    ]
)


def parse(source: str) -> Any:
    return formula.parse(source, {})


def kinds(node: Any) -> set[str]:
    found = set()
    if isinstance(node, list):
        if node and isinstance(node[0], str):
            found.add(node[0])
        for part in node:
            found |= kinds(part)
    return found


def test_the_list_is_long_enough() -> None:
    listed = formula_sheets.formulas()
    assert len(set(listed)) == len(listed) >= 150


@pytest.mark.parametrize("source", formula_sheets.formulas())
def test_every_formula_of_the_list_is_known(source: str) -> None:
    assert parse(source)[1] == []


def test_formulas_are_set_as_they_were_when_somebody_looked_at_them() -> None:
    seen = json.loads(formula_sheets.SEEN.read_text(encoding="utf-8"))
    now = formula_sheets.digests()
    changed = [name for name in {*seen, *now} if seen.get(name) != now.get(name)]
    assert not changed, f"draw the sheets, look at them, then say --seen (tests/formula_sheets.py): {changed}"


def test_scripts_belong_to_what_stands_before_them() -> None:
    tree, _ = parse(r"\sum_{i=1}^n x_i")
    assert tree[1][0] == "attach" and tree[1][1] == ["sign", "∑"]
    assert (formula.words(tree[1][2]), formula.words(tree[1][3])) == ("i=1", "n")
    assert tree[2] == ["attach", ["sign", "x"], ["row", ["sign", "i"]], None, None]


def test_alignment_and_rows_of_cases() -> None:
    tree, _ = parse(r"\begin{aligned} a &= b \\ &= c \end{aligned}")
    assert tree[1][0] == "lines"
    assert [[formula.words(cell) for cell in row] for row in tree[1][1]] == [["a", "=b"], ["", "=c"]]


@pytest.mark.parametrize(
    ("source", "shown"),
    [(r"\unknown{x}", r"\unknown"), (r"\begin{CD} A \end{CD}", r"\begin{CD}"), (r"\input{/etc/passwd}", r"\input")],
)
def test_what_is_not_known_is_shown_and_reported(source: str, shown: str) -> None:
    tree, unknown = parse(source)
    assert unknown == [shown]
    assert tree[1][0] == "source"
    assert formula.words(tree).startswith(shown)


def test_macros_live_on_from_formula_to_formula() -> None:
    macros: dict[str, Macro] = {}
    formula.parse(r"\newcommand{\half}[1][x]{\frac{#1}{2}}", macros)
    assert formula.parse(r"\half[y] + \half", macros) == parse(r"\frac{y}{2} + \frac{x}{2}")


@pytest.mark.parametrize(
    "source",
    [
        r"\def\x{\x\x}\x",
        "".join(rf"\def\{chr(98 + k)}{{\{chr(97 + k)}\{chr(97 + k)}}}" for k in range(24)) + r"\z\y",
        "{" * 5_000 + "}" * 5_000,
        r"\frac{" * 400 + "1",
        "x^{" * 400,
        r"\begin{pmatrix}" * 100,
        "x" * 50_000,
        r"\begin{matrix}" + r"x \\" * 1_000 + r"\end{matrix}",
    ],
)
def test_what_grows_or_nests_without_end_is_left_as_source(source: str) -> None:
    tree, why = parse(source)
    assert tree == ["source", source[:2000]]
    assert why


@pytest.mark.parametrize(
    "source",
    [r"\right) \middle| x", "a & b", r"\end{x} y", "}{", "^", "_", "x^", r"\frac", r"\left", r"\begin", r"\sqrt[", "$"],
)
def test_broken_formulas_are_set_somehow(source: str) -> None:
    tree, _ = parse(source)
    assert kinds(tree) <= KINDS | {"", "∣"}


def test_a_text_is_words_and_never_typst() -> None:
    attack = r'\text{"); #read("/etc/passwd") //} \operatorname{#panic()} \textcolor{"#"}{x} \colorbox{x);}{y}'
    tree, _ = parse(attack)
    assert kinds(tree) >= {"text", "op", "colour", "mark"}
    colours = [node[1] for node in tree if node[0] in ("colour", "mark")]
    assert all(len(colour) == 7 and colour.startswith("#") for colour in colours)


def depth(node: Any) -> int:
    return 1 + max(map(depth, node), default=0) if isinstance(node, list) else 0


@pytest.mark.parametrize(
    "piece", ["x^{%s}", r"\frac{%s}{2}", r"\left(%s\right)", r"{\bf %s}", r"\begin{matrix}%s\end{matrix}"]
)
def test_a_tree_is_never_deeper_than_the_template_can_go(piece: str) -> None:
    source = "x"
    for _ in range(MOST_LEVELS + 5):
        source = piece % source
        tree, _ = parse(source)
        assert depth(tree) < 75


def test_a_formula_with_a_part_that_fits_no_line_is_wide() -> None:
    long = " + ".join("x" * 40)
    assert not formula.is_wide(parse(long)[0])  # it may be broken at every sign
    for source in (rf"\left({long}\right)", rf"\frac{{{long}}}{{2}}", rf"y = \begin{{matrix}}{long}\end{{matrix}}"):
        assert formula.is_wide(parse(source)[0])
    assert not formula.is_wide(parse(r"\unknown" * 20)[0])
