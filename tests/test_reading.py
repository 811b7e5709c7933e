"""docs/reading/backpropagation.md: its numbers are true, its figures are there, its formulas survive GitHub."""

import ast
import importlib.util
import operator
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

READING = Path(__file__).parents[1] / "docs" / "reading"
TEXT = (READING / "backpropagation.md").read_text(encoding="utf-8")
# A matrix in a `text` block is headed by its name and shape: "b from + (2,)".
HEAD = re.compile(r"(\S+(?: \S+)*?) (\((?:\d+, ?)*\d*\))")
# A hand calculation: "dW[2, 0] = 3 * (-3) + 3 * 54 = 153" or "a.grad: 3 + 5 = 8".
SUM = re.compile(r"(?P<name>.*?)(?:\[(?P<index>[\d, ]+)\] =|:| =)(?P<steps>.*=.*)")
STEP = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}
FIGURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


def text_blocks() -> list[list[str]]:
    """The lines of every fenced block marked `text`."""
    return [block.splitlines() for block in re.findall(r"(?ms)^```text\n(.*?)^```$", TEXT)]


def matrices(block: list[str]) -> Iterator[tuple[str, np.ndarray]]:
    """The named arrays that stand side by side in a block, each cut out by the columns of its heading."""
    heads = list(HEAD.finditer(block[0]))
    ends = [head.start() for head in heads[1:]] + [None]
    for head, end in zip(heads, ends, strict=True):
        cells = [line[head.start() : end].split() for line in block[1:]]
        rows = [[float(number) for number in row] for row in cells if row]
        shape = ast.literal_eval(head[2])
        # reshape refuses another number of entries; the widths also tell (4, 3) from (3, 4).
        assert {len(row) for row in rows} == {shape[-1]}, head[0]
        yield head[1], np.array(rows).reshape(shape)


def value(term: str) -> float:
    """What a written calculation with + - * ** and brackets comes to."""

    def walk(tree: ast.expr) -> float:
        match tree:
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.UnaryOp(op=sign, operand=operand):
                return STEP[type(sign)](walk(operand))
            case ast.BinOp(left=left, op=sign, right=right):
                return STEP[type(sign)](walk(left), walk(right))
        raise ValueError(f"not a calculation: {term!r}")

    return walk(ast.parse(term.strip(), mode="eval").body)


def table(first_heading: str) -> list[list[str]]:
    """The rows of the Markdown table whose first column is headed so."""
    lines = TEXT.split(f"\n| {first_heading} |", 1)[1].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip(" `") for cell in line.strip("|").split("|")])
    return rows


def forward(leaf: dict[str, np.ndarray]) -> float:
    """The weighted sum of the example, in NumPy and without any gradient."""
    y = leaf["c"] * (leaf["X"] @ leaf["W"] + leaf["b"]) ** 3 - leaf["b"]
    return float((leaf["G"] * y).sum())


def slope(leaf: dict[str, np.ndarray], name: str, index: tuple[int, ...], h: float) -> tuple[float, float, float]:
    """The weighted sum with one entry moved up and down by h, and the central difference."""
    ends = []
    for step in (h, -h):
        moved = {key: array.copy() for key, array in leaf.items()}
        moved[name][index] += step
        ends.append(forward(moved))
    return ends[0], ends[1], (ends[0] - ends[1]) / (2 * h)


@pytest.fixture(scope="module")
def written() -> dict[str, np.ndarray]:
    """Every matrix written in the text, by name."""
    found = [pair for block in text_blocks() if HEAD.match(block[0]) for pair in matrices(block)]
    assert len(found) == len(dict(found)), "a name stands twice"
    return dict(found)


@pytest.fixture(scope="module")
def due(written: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every array of the example computed anew by torch from the leaves and the seed in the text."""
    t = {name: torch.tensor(written[name], requires_grad=name != "G") for name in "XWbcG"}
    t["A"] = t["X"] @ t["W"]
    t["H"] = t["A"] + t["b"]
    t["P"] = t["H"] ** 3
    t["Q"] = t["c"] * t["P"]
    t["Y"] = t["Q"] - t["b"]
    for name in "AHPQY":
        t[name].retain_grad()
    t["Y"].backward(t["G"], retain_graph=True)
    values = {name: array.detach().numpy() for name, array in t.items()}
    values |= {f"d{name}": array.grad.numpy() for name, array in t.items() if name not in "GY"}
    (through_sum,) = torch.autograd.grad(t["H"], t["b"], t["H"].grad, retain_graph=True)
    values["b from +"] = through_sum.numpy()
    values["b from -"] = values["db"] - values["b from +"]
    values["G*P"] = values["G"] * values["P"]
    (local,) = torch.autograd.grad(t["P"], t["H"], torch.ones_like(t["P"]))
    values["3*H**2"] = local.numpy()
    values["L"] = np.array((values["G"] * values["Y"]).sum())
    return values


def test_every_matrix_in_the_text_is_torchs(written: dict[str, np.ndarray], due: dict[str, np.ndarray]) -> None:
    assert set(written) == set(due) - {"L"}
    for name, array in written.items():
        assert array.shape == due[name].shape, name
        np.testing.assert_allclose(array, due[name], rtol=1e-12, atol=0, err_msg=name)


def test_every_gradient_of_a_leaf_agrees_with_finite_differences(written: dict[str, np.ndarray]) -> None:
    leaf = {name: written[name] for name in "XWbcG"}
    for name in "XWbc":
        for index in np.ndindex(leaf[name].shape):
            due = slope(leaf, name, index, 1e-4)[2]
            assert written[f"d{name}"][index] == pytest.approx(due, abs=1e-5), (name, index)


def test_every_calculation_by_hand_comes_to_what_it_says(due: dict[str, np.ndarray]) -> None:
    lines = [line for block in text_blocks() if not HEAD.match(block[0]) for line in block]
    assert len(lines) == 11
    for line in lines:
        found = SUM.fullmatch(line)
        assert found, line
        *_, last = results = [value(term) for term in found["steps"].split("=")]
        assert results == [last] * len(results), line
        if found["index"] or found["name"] in due:
            index = ast.literal_eval(f"({found['index']},)") if found["index"] else ()
            assert due[found["name"]][index] == pytest.approx(last, rel=1e-12), line


def test_the_sums_of_products_name_the_right_factors(due: dict[str, np.ndarray]) -> None:
    pairs = {
        "A[0, 0]": (due["X"][0], due["W"][:, 0]),
        "L": (due["G"].ravel(), due["Y"].ravel()),
        "dX[0, 2]": (due["dA"][0], due["W"][2]),
        "dW[2, 0]": (due["X"][:, 2], due["dA"][:, 0]),
    }
    for name, (left, right) in pairs.items():
        (terms,) = re.findall(rf"(?m)^{re.escape(name)} = (.*) = \S+$", TEXT)
        factors = [[value(factor) for factor in term.split(" * ")] for term in terms.split(" + ")]
        assert factors == np.stack([left, right], axis=1).tolist(), name


def test_the_small_example_is_torchs() -> None:
    a, b = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (3.0, 2.0))
    y = (b + a) * a
    y.backward()
    assert "$a = 3$ and $b = 2$" in TEXT
    assert f"$y = s \\cdot a = {y.item():.0f}$" in TEXT
    assert f"a.grad:            3 + 5     = {a.grad.item():.0f}\n" in TEXT
    assert f"$dy/da = 2a + b = {a.grad.item():.0f}$" in TEXT
    assert f"so $b$ gets {b.grad.item():.0f} and" in TEXT


def test_every_row_of_finite_differences_is_what_numpy_gives(written: dict[str, np.ndarray]) -> None:
    leaf = {name: written[name] for name in "XWbcG"}
    assert "$h = 0.001$" in TEXT
    rows = table("entry")
    assert {row[0][0] for row in rows} == set("XWbc")
    for entry, *numbers in rows:
        name, index = entry[0], tuple(ast.literal_eval(f"({entry[2:-1]},)"))
        due = (*slope(leaf, name, index, 1e-3), written[f"d{name}"][index])
        for number, value_due in zip(numbers, due, strict=True):
            digits = len(number.partition(".")[2])
            assert number == f"{value_due:.{digits}f}", entry


def test_the_visits_of_the_doubling_chain_are_counted_right() -> None:
    def visits(doublings: int) -> int:
        return 1 + (2 * visits(doublings - 1) if doublings else 0)

    rows = [[int(cell) for cell in row] for row in table("doublings")]
    assert [row[0] for row in rows] == [3, 10, 20, 30]
    for n, tensors, plain, once in rows:
        assert (tensors, plain, once) == (n + 1, visits(n), n + 1)
    hours = rows[-1][2] / 200_000 / 3600
    assert round(hours, 1) == 3, "thirty doublings take three hours"


def test_the_table_of_visits_is_the_plain_recursion() -> None:
    inputs = {"Y": "Qb", "Q": "cP", "P": "H", "H": "Ab", "A": "XW"}

    def walk(name: str) -> Iterator[str]:
        yield name
        for operand in inputs.get(name, ""):
            yield from walk(operand)

    visits = table("visit")
    # Depth first: the addition hands over to A, and so to X and W, before it hands over to b.
    assert [row[1] for row in visits] == list(walk("Y"))
    assert [int(row[0]) for row in visits] == list(range(1, len(visits) + 1))


def test_every_figure_is_there_is_used_once_and_has_a_text_for_those_who_cannot_see_it() -> None:
    figures = FIGURE.findall(TEXT)
    names = sorted(path for _, path in figures)
    assert names == sorted(f"figures/{path.name}" for path in (READING / "figures").iterdir())
    assert 3 <= len(figures) <= 5
    for text, path in figures:
        assert len(text.split()) > 20, path


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    """docs/reading/make_figures.py as a module."""
    spec = importlib.util.spec_from_file_location("make_figures", READING / "make_figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_drawing_the_figures_again_gives_the_same_bytes(drawing: ModuleType, tmp_path: Path) -> None:
    draw_all: Callable[[Path], list[Path]] = drawing.draw_all
    first, second = draw_all(tmp_path / "first"), draw_all(tmp_path / "second")
    for path, again in zip(first, second, strict=True):
        assert path.read_bytes() == again.read_bytes(), path.name
        kept = READING / "figures" / path.name
        assert kept.read_bytes() == path.read_bytes(), f"{path.name}: run docs/reading/make_figures.py"


def test_the_numbers_in_a_figure_and_in_its_description_are_those_of_the_text(
    written: dict[str, np.ndarray], drawing: ModuleType
) -> None:
    description = " ".join(next(text for text, path in FIGURE.findall(TEXT) if "broadcasting" in path).split())
    assert "{:.0f} and {:.0f}, is copied into three rows".format(*written["b"]) in description
    assert "summed over axis 0 into {:.0f} and {:.0f},".format(*written["b from +"]) in description
    assert "{:.0f}, {:.0f} and {:.0f}, of shape (3, 1)".format(*written["dc"].ravel()) in description
    strings = [text.get_text().replace(drawing.MINUS, "-") for text in drawing.broadcasting().axes[0].texts]
    drawn = [float(string) for string in strings if re.fullmatch(r"-?\d+", string)]
    above = (written["b"], np.tile(written["b"], (3, 1)), written["dH"], written["b from +"])
    below = (written["c"], np.tile(written["c"], (1, 2)), written["G*P"], written["dc"])
    assert drawn == [number for array in above + below for number in array.ravel()]


def test_the_formulas_survive_githubs_markdown() -> None:
    """GitHub reads Markdown inside of formulas: a few spellings there lose a letter or turn into italics."""
    prose = re.sub(r"(?ms)^```.*?^```$|`[^`\n]*`", "", TEXT)
    shown = re.findall(r"(?s)\$\$(.*?)\$\$", prose)
    inline = re.findall(r"\$([^$]+)\$", re.sub(r"(?s)\$\$.*?\$\$", "", prose))
    assert shown
    assert inline
    for formula in shown + inline:
        assert not re.search(r"\\[^A-Za-z]", formula), f"a backslash before a sign is eaten: {formula}"
        assert not re.search(r"(?<![A-Za-z])_", formula), f"_ after a sign may begin italics: {formula}"
        assert not re.search(r"[*<|]", formula), f"read as Markdown: {formula}"
        assert formula.count("{") == formula.count("}"), formula
    for formula in inline:
        assert formula == formula.strip(), f"a blank inside of the dollar: {formula!r}"
    assert re.findall(r"(?m)^\$\$$", prose) == ["$$"] * 2 * len(shown)
