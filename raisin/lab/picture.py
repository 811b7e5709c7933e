"""A computational graph as a matplotlib figure: rows from the result down to the leaves, no arrow behind a box."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from raisin.lab.graph import Vertex

_FACES = {"operation": "#fde7c3", "leaf": "#cfe6f5", "constant": "#eeeeee"}
_HALF = 13  # points: half the height of a box, with its padding
_GAP = 9  # points between the arrows that leave one box


@dataclass
class _Layout:
    """Boxes and the bends of long arrows, row by row; a route leads from an operation to its operand."""

    rows: list[list[int]]
    boxes: "dict[int, Vertex]"
    routes: list[tuple[float, list[int]]] = field(default_factory=list)  # start's offset in points, stations


def figure(root: "Vertex", title: str) -> "Figure":
    """The graph behind `root`; the arrows that leave an operation stand in the order of its operands."""
    from matplotlib.figure import Figure

    layout = _arrange(root)
    widest = max(len(row) for row in layout.rows)
    column = 0.45 + 0.085 * max(len(box.label) for box in layout.boxes.values())  # inches
    made = Figure(figsize=(max(3.5, column * widest), 0.7 + 0.75 * len(layout.rows)), layout="constrained")
    axes = made.add_subplot()
    axes.set_title(title)
    axes.set_axis_off()
    axes.set_xlim(-max(widest, 3.5 / column) / 2, max(widest, 3.5 / column) / 2)
    axes.set_ylim(0.4 - len(layout.rows), 0.4)
    place = {
        key: (index - (len(row) - 1) / 2, -float(depth))
        for depth, row in enumerate(layout.rows)
        for index, key in enumerate(row)
    }
    for offset, stations in layout.routes:
        _arrow(made, axes, [place[key] for key in stations], offset)
    for key, vertex in layout.boxes.items():
        shape = "round,pad=0.45" if vertex.kind == "operation" else "square,pad=0.35"
        look = {"boxstyle": shape, "facecolor": _FACES[vertex.kind], "edgecolor": "0.3"}
        axes.text(*place[key], vertex.label, ha="center", va="center", fontsize=10, bbox=look)
    return made


def _arrow(paper: "Figure", axes: "Axes", stations: list[tuple[float, float]], offset: float) -> None:
    """From the lower edge of the first box to the upper edge of the last, straight between two rows."""
    from matplotlib.transforms import offset_copy

    below = offset_copy(axes.transData, paper, x=offset, y=-_HALF, units="points")
    above = offset_copy(axes.transData, paper, x=offset / 2, y=_HALF, units="points")
    start = below
    for here, there in pairwise(stations):
        last = there is stations[-1]
        style = {"arrowstyle": "-|>" if last else "-", "color": "0.35", "shrinkA": 0, "shrinkB": 0}
        end = above if last else axes.transData
        axes.annotate("", xy=there, xytext=here, xycoords=end, textcoords=start, arrowprops=style)
        start = axes.transData


def _arrange(root: "Vertex") -> _Layout:
    network = nx.DiGraph()
    boxes: dict[int, Vertex] = {}
    above: set[int] = set()

    def visit(vertex: "Vertex") -> None:
        boxes[id(vertex)] = vertex
        network.add_node(id(vertex))
        above.add(id(vertex))
        for operand in vertex.inputs:
            if id(operand) in above:  # a circle is a mistake of the framework; the rest is drawn all the same
                continue
            if id(operand) not in boxes:
                visit(operand)
            network.add_edge(id(vertex), id(operand))
        above.remove(id(vertex))

    visit(root)
    rows = [list(generation) for generation in nx.topological_generations(network)]
    depth = {key: row for row, keys in enumerate(rows) for key in keys}
    layout = _Layout(rows, boxes)
    bend = -1  # ids of objects are never negative
    for key, vertex in boxes.items():
        operands = [id(x) for x in vertex.inputs if network.has_edge(key, id(x))]
        for index, operand in enumerate(operands):
            bends = list(range(depth[key] + 1, depth[operand]))
            for row in bends:
                rows[row].append(bend - (row - depth[key] - 1))
            stations = [key, *(bend - i for i in range(len(bends))), operand]
            layout.routes.append(((index - (len(operands) - 1) / 2) * 2 * _GAP, stations))
            bend -= len(bends)
    _untangle(layout)
    return layout


def _untangle(layout: _Layout) -> None:
    """Order every row by the mean place of what its entries are connected with, down and up a few times."""
    up: dict[int, list[tuple[int, float]]] = {}
    down: dict[int, list[tuple[int, float]]] = {}
    for offset, stations in layout.routes:
        for i, (here, there) in enumerate(pairwise(stations)):
            # Operands of one operation keep their order where nothing else decides.
            up.setdefault(there, []).append((here, offset / 1000 if i == 0 else 0.0))
            down.setdefault(here, []).append((there, 0.0))
    for links, order in [(up, 1), (down, -1)] * 3 + [(up, 1)]:
        place: dict[int, float] = {}
        for row in layout.rows[::order]:
            means = {
                key: sum(place[other] + more for other, more in found) / len(found)
                for key in row
                if (found := [link for link in links.get(key, []) if link[0] in place])
            }
            row.sort(key=lambda key: means.get(key, 0.0))
            place |= {key: index - (len(row) - 1) / 2 for index, key in enumerate(row)}
