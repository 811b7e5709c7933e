"""Draw the figures of backpropagation.md: `python docs/reading/make_figures.py [FOLDER]`.

Every figure is one function without arguments that returns a matplotlib Figure; `draw_all` writes them as SVG.
The same matplotlib gives the same bytes each time: ids are hashed with a fixed salt, no date and no version is
written, and glyphs are outlines, so that a reader's fonts do not matter. One unit of a drawing is a tenth of an
inch, and every drawing is 7 inches wide.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle

FOLDER = Path(__file__).parent / "figures"

# Okabe and Ito's palette: told apart with every common kind of colour blindness.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
INK, GREY = "#222222", "#666666"
TIMES, MINUS = "\u00d7", "\u2212"
PALE = {BLUE: "#DCEBF5", ORANGE: "#FBEBCB", GREEN: "#D5EFE7", RED: "#F9E0D0", INK: "#FFFFFF"}

Point = tuple[float, float]
Matrix = Sequence[Sequence[object]]


def sheet(height: float) -> tuple[Figure, Axes]:
    """An empty white drawing, 70 units wide and `height` units high, without axes."""
    figure = Figure(figsize=(7, height / 10), facecolor="white")
    FigureCanvasSVG(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 70), ylim=(0, height))
    axes.set_axis_off()
    return figure, axes


def write(axes: Axes, at: Point, text: str, size: float = 10, colour: str = INK, **options: object) -> None:
    """Text centred at a point."""
    style: dict[str, object] = {"ha": "center", "va": "center", **options}
    axes.text(*at, text, fontsize=size, color=colour, **style)


def tensor(axes: Axes, at: Point, text: str, colour: str = BLUE, width: float = 8, height: float = 4) -> None:
    """A tensor: a rounded box centred at a point."""
    x, y = at
    shape = FancyBboxPatch(
        (x - width / 2, y - height / 2),
        width,
        height,
        boxstyle="round,pad=0,rounding_size=1",
        facecolor=PALE[colour],
        edgecolor=colour,
        linewidth=1.5,
        zorder=2,
    )
    axes.add_patch(shape)
    write(axes, at, text, zorder=3)


def node(axes: Axes, at: Point, sign: str, radius: float = 2, size: float = 12) -> None:
    """An operation: a circle with its sign."""
    axes.add_patch(Circle(at, radius, facecolor="white", edgecolor=INK, linewidth=1.5, zorder=2))
    write(axes, at, sign, size=size, zorder=3)


def arrow(axes: Axes, start: Point, end: Point, colour: str = GREY, bend: float = 0, style: str = "-") -> None:
    """An arrow between two points; `bend` curves it, as a share of its length."""
    shape = FancyArrowPatch(
        start,
        end,
        arrowstyle="-|>",
        mutation_scale=11,
        connectionstyle=f"arc3,rad={bend}",
        color=colour,
        linewidth=1.4,
        linestyle=style,
        shrinkA=0,
        shrinkB=0,
        zorder=1,
    )
    axes.add_patch(shape)


def grid(
    axes: Axes,
    corner: Point,
    rows: int,
    columns: int,
    colour: str,
    *,
    cell: float = 3,
    marked: frozenset[tuple[int, int]] = frozenset(),
    values: Matrix | None = None,
) -> None:
    """A matrix of cells, its upper left corner at a point; marked cells are filled, values written in."""
    left, top = corner
    for i in range(rows):
        for j in range(columns):
            face, edge = (colour, "white") if (i, j) in marked else (PALE[colour], colour)
            place = (left + j * cell, top - (i + 1) * cell)
            axes.add_patch(Rectangle(place, cell, cell, facecolor=face, edgecolor=edge, linewidth=1.2))
            if values is not None:
                write(axes, (place[0] + cell / 2, place[1] + cell / 2), str(values[i][j]).replace("-", MINUS))


def row(i: int, columns: int) -> frozenset[tuple[int, int]]:
    """The places of row i."""
    return frozenset((i, j) for j in range(columns))


def column(j: int, rows: int) -> frozenset[tuple[int, int]]:
    """The places of column j."""
    return frozenset((i, j) for i in range(rows))


def graph() -> Figure:
    """y = (b + a) * a: on the left as it is built, on the right with the gradients that travel through it."""
    figure, axes = sheet(49)
    for left, title in ((0, "built forward"), (36, "walked backward")):
        back = left > 0
        y, times, s, plus = (left + 19, 40), (left + 19, 31), (left + 11, 22.5), (left + 11, 13.5)
        b, a = (left + 6, 4), (left + 26, 4)
        write(axes, (left + 7, 46.5), title, size=11, weight="bold")
        tensor(axes, y, "y" if back else "y = 15", GREEN)
        tensor(axes, s, "s" if back else "s = 5")
        tensor(axes, b, "b.grad = 3" if back else "b = 2", ORANGE, width=10)
        tensor(axes, a, "a.grad = 3 + 5" if back else "a = 3", ORANGE, width=13 if back else 10)
        node(axes, times, TIMES)
        node(axes, plus, "+")
        first, second = (BLUE, RED) if back else (GREY, GREY)
        arrow(axes, (y[0], 38), (times[0], 33), GREEN if back else GREY)
        arrow(axes, (times[0] - 1.5, 29.6), (s[0] + 2.5, 24.6), first)
        arrow(axes, (s[0], 20.5), (plus[0], 15.5), first)
        arrow(axes, (plus[0] - 0.9, 11.7), (b[0] + 0.6, 6.1), first)
        arrow(axes, (plus[0] + 1.7, 12.4), (a[0] - 5, 6.1), first)
        arrow(axes, (times[0] + 1, 29.2), (a[0] + 1, 6.1), second, bend=-0.18)
        if back:
            arrow(axes, (y[0], 47.5), (y[0], 42.1), GREEN)
            write(axes, (y[0] + 1, 45.3), "seed 1", ha="left")
            write(axes, (y[0] + 1, 35.5), "1", ha="left")
            write(axes, (times[0] - 5, 28.4), "1 · a = 3", ha="right", colour=BLUE)
            write(axes, (plus[0] - 1.2, 18), "3", ha="right", colour=BLUE)
            write(axes, (b[0] + 1, 9.3), "3", ha="right", colour=BLUE)
            write(axes, (plus[0] + 6.4, 11), "3", ha="left", colour=BLUE)
            write(axes, (a[0] - 2.2, 27), "1 · s = 5", ha="left", colour=RED)
        else:
            write(axes, (y[0] + 1, 35.5), "grad_fn", ha="left", colour=GREY)
            write(axes, (times[0] - 5, 28.4), "inputs[0]", ha="right", colour=GREY)
            write(axes, (a[0] - 2.2, 27), "inputs[1]", ha="left", colour=GREY)
            write(axes, (plus[0] - 1, 18), "grad_fn", ha="right", colour=GREY)
            write(axes, (b[0] + 1, 9.3), "inputs[0]", ha="right", colour=GREY)
            write(axes, (plus[0] + 5, 11.8), "inputs[1]", ha="left", colour=GREY)
    axes.plot((34.5, 34.5), (1, 48), color="#CCCCCC", linewidth=1)
    return figure


def matmul() -> Figure:
    """The matrix product and its two gradients as cells, n = 3, k = 4, m = 2."""
    figure, axes = sheet(49.5)
    green, blue, orange = (3, 2, GREEN), (3, 4, BLUE), (4, 2, ORANGE)
    lines = (
        # height of the middle, then (name, (rows, columns, colour), marked cells) of result, left and right factor
        (
            40.5,
            ("$Y$", green, frozenset({(1, 1)})),
            ("$X$", blue, row(1, 4)),
            ("$W$", orange, column(1, 4)),
        ),
        (
            24.5,
            (r"$\partial L/\partial X$", blue, frozenset({(1, 2)})),
            ("$G$", green, row(1, 2)),
            (r"$W^\top$", (2, 4, ORANGE), column(2, 2)),
        ),
        (
            8,
            (r"$\partial L/\partial W$", orange, frozenset({(2, 1)})),
            (r"$X^\top$", (4, 3, BLUE), row(2, 3)),
            ("$G$", green, column(1, 3)),
        ),
    )
    for middle, *matrices in lines:
        for x, (name, (rows, columns, colour), marked) in zip((11, 34, 55), matrices, strict=True):
            grid(axes, (x, middle + 1.5 * rows), rows, columns, colour, marked=marked)
            write(axes, (x - 1, middle), name, size=13, ha="right")
            write(axes, (x + 1.5 * columns, middle + 1.5 * rows + 1.3), f"{rows} {TIMES} {columns}", colour=GREY)
        write(axes, (26, middle), "=", size=15)
    return figure


def broadcasting() -> Figure:
    """Forward, broadcasting copies; backward, the copies' gradients are summed. The numbers of the example."""
    figure, axes = sheet(46)
    cell = 5
    write(axes, (17, 44.2), "forward: copied", size=11, weight="bold")
    write(axes, (53, 44.2), "backward: summed", size=11, weight="bold")
    axes.plot((35, 35), (1, 45), color="#CCCCCC", linewidth=1)
    axes.plot((1, 69), (21, 21), color="#CCCCCC", linewidth=1)
    # b: a new leading axis.
    grid(axes, (3, 36), 1, 2, ORANGE, cell=cell, values=[[-1, -2]])
    write(axes, (8, 38), "b (2,)", colour=GREY)
    grid(axes, (23, 39.5), 3, 2, ORANGE, cell=cell, values=[[-1, -2]] * 3)
    write(axes, (28, 41.5), "(3, 2)", colour=GREY)
    for y in (37, 33.5, 27):
        arrow(axes, (13.5, 33.5), (22.5, y))
    grid(axes, (39, 39.5), 3, 2, BLUE, cell=cell, values=[[-3, 24], [-24, -24], [54, -12]])
    write(axes, (44, 41.5), "(3, 2)", colour=GREY)
    arrow(axes, (49.5, 32), (56.5, 32))
    write(axes, (53, 34), "sum", colour=GREY)
    write(axes, (53, 30), "axis 0", colour=GREY)
    grid(axes, (57, 34.5), 1, 2, ORANGE, cell=cell, values=[[27, -12]])
    write(axes, (62, 36.5), "(2,)", colour=GREY)
    # c: an axis of size 1.
    grid(axes, (5.5, 17), 3, 1, ORANGE, cell=cell, values=[[-1], [2], [1]])
    write(axes, (8, 19), "c (3, 1)", colour=GREY)
    grid(axes, (23, 17), 3, 2, ORANGE, cell=cell, values=[[-1, -1], [2, 2], [1, 1]])
    write(axes, (28, 19), "(3, 2)", colour=GREY)
    for y in (14.5, 9.5, 4.5):
        arrow(axes, (11, y), (22.5, y))
    grid(axes, (39, 17), 3, 2, BLUE, cell=cell, values=[[1, -16], [-8, -8], [54, 8]])
    write(axes, (44, 19), "(3, 2)", colour=GREY)
    arrow(axes, (49.5, 9.5), (59, 9.5))
    write(axes, (54.2, 12.7), "sum, kept", colour=GREY)
    write(axes, (54.2, 7.5), "axis 1", colour=GREY)
    grid(axes, (59.5, 17), 3, 1, ORANGE, cell=cell, values=[[-15], [-16], [62]])
    write(axes, (62, 19), "(3, 1)", colour=GREY)
    return figure


def example() -> Figure:
    """The graph of the worked example, with shapes and the order in which the recursion visits the tensors."""
    figure, axes = sheet(36)
    line = 19
    chain = (("Y", 66, GREEN), ("Q", 53, BLUE), ("P", 40.5, BLUE), ("H", 28, BLUE), ("A", 15.5, BLUE))
    signs = ((MINUS, 59.5), ("*", 46.75), ("**3", 34.25), ("+", 21.75), ("@", 9.25))
    places = {"X": (3.8, 28), "W": (3.8, 10), "c": (40.5, 30), "b": (40.5, 5)}
    shapes = {"X": "(3, 4)", "W": "(4, 2)", "c": "(3, 1)", "b": "(2,)"}
    visits = {"Y": "1", "Q": "2", "c": "3", "P": "4", "H": "5", "A": "6", "X": "7", "W": "8", "b": "9, 10"}
    for (name, x, colour), (sign, at) in zip(chain, signs, strict=True):
        tensor(axes, (x, line), name, colour, width=4.6)
        write(axes, (x, line - 3.4), "(3, 2)", size=9, colour=GREY)
        write(axes, (x, line + 3.6), visits[name], size=10, colour=RED, weight="bold")
        node(axes, (at, line), sign, size=9 if sign == "**3" else 12)
        arrow(axes, (x - 2.3, line), (at + 2, line))
        if name != "A":
            arrow(axes, (at - 2, line), (at - 3.9, line))
    for name, (x, y) in places.items():
        tensor(axes, (x, y), name, ORANGE, width=4.6)
        above = y > line
        write(axes, (x, y + (3.4 if above else -3.4)), shapes[name], size=9, colour=GREY)
        beside = (x, y + 3.4) if name == "b" else (x + 3.8, y)
        write(axes, beside, visits[name], size=10, colour=RED, weight="bold")
    arrow(axes, (8.2, line + 1.8), (4.8, 25.9))
    arrow(axes, (8.2, line - 1.8), (4.8, 12.1))
    arrow(axes, (45.8, line + 1.8), (42, 27.9))
    arrow(axes, (22.6, line - 1.9), (38.1, 5.6), bend=0.2)
    arrow(axes, (58.6, line - 1.9), (42.9, 5.6), bend=-0.2)
    return figure


def doubling() -> Figure:
    """Three doublings: four tensors on the left, the fifteen visits of the plain recursion on the right."""
    figure, axes = sheet(43)
    write(axes, (12, 41), "the graph: 4 tensors", size=11, weight="bold")
    write(axes, (47, 41), "the plain recursion: 15 visits", size=11, weight="bold")
    axes.plot((23.5, 23.5), (1, 42), color="#CCCCCC", linewidth=1)
    names = ("$s_3$", "$s_2$", "$s_1$", "$s_0$")
    colours = (GREEN, BLUE, BLUE, ORANGE)
    levels = (35.5, 25, 14.5, 4)
    for depth, (name, colour, y) in enumerate(zip(names, colours, levels, strict=True)):
        tensor(axes, (12, y), name, colour, width=6)
        if depth:
            plus = levels[depth - 1] - 5.1
            node(axes, (12, plus), "+", radius=1.4)
            arrow(axes, (12, levels[depth - 1] - 2), (12, plus + 1.4))
            arrow(axes, (11, plus - 1), (10.9, y + 2.1), bend=0.45)
            arrow(axes, (13, plus - 1), (13.1, y + 2.1), bend=-0.45)
        count = 2**depth
        step = 44 / count
        for k in range(count):
            x = 25 + step * (k + 0.5)
            tensor(axes, (x, y), name, colour, width=4.6)
            if depth:
                parent = 25 + 2 * step * (k // 2 + 0.5)
                arrow(axes, (parent, levels[depth - 1] - 2), (x, y + 2.1))
    return figure


FIGURES: dict[str, Callable[[], Figure]] = {
    "graph": graph,
    "matmul": matmul,
    "broadcasting": broadcasting,
    "example": example,
    "doubling": doubling,
}


def draw_all(folder: Path) -> list[Path]:
    """Write every figure as SVG into the folder and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.hashsalt": "raisin", "svg.fonttype": "path"})
        for name, draw in FIGURES.items():
            path = folder / f"{name}.svg"
            draw().savefig(path, format="svg", metadata={"Date": None, "Creator": None})
            paths.append(path)
    return paths


if __name__ == "__main__":
    for written in draw_all(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        print(written)
