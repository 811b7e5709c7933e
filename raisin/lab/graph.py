"""The computational graph behind a tensor, the student's or torch's: as nested lists, as text, as a picture.

Both frameworks hang a graph on the result: torch through ``grad_fn.next_functions``, the student's through
``grad_fn.inputs``. `trace` reads either into the same records; the rest works on those.
"""

import base64
import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass
class Vertex:
    """An operation (`inputs` in order), a leaf that requires grad, or a constant (which torch does not record)."""

    kind: str  # "operation", "leaf" or "constant"
    label: str
    inputs: list["Vertex"] = field(default_factory=list)
    name: str = ""  # of a leaf or a constant that the caller knows


def trace(root: Any, names: Mapping[str, Any]) -> Vertex:
    """The graph behind `root`. Leaves are labelled by the name under which `names` holds them.

    Raises TypeError when `root` is no tensor.
    """
    if not hasattr(root, "grad_fn"):
        raise TypeError(f"a graph hangs on a tensor; a {type(root).__name__} has none")
    known = {id(value): name for name, value in reversed(list(names.items()))}  # the first of several names
    seen: dict[int, Vertex] = {}
    keep: list[Any] = []  # torch makes its node objects on demand: an id is only unique while the object lives

    def leaf(tensor: Any, kind: str) -> Vertex:
        if id(tensor) not in seen:
            shape = "x".join(map(str, tuple(tensor.shape))) or "scalar"
            name = known.get(id(tensor), "")
            seen[id(tensor)] = Vertex(kind, f"{name or kind} ({shape})", name=name)
        return seen[id(tensor)]

    def own(tensor: Any) -> Vertex:
        node = tensor.grad_fn
        if node is None:
            return leaf(tensor, "leaf" if tensor.requires_grad else "constant")
        if id(node) not in seen:
            vertex = seen[id(node)] = Vertex("operation", type(node).__name__.removesuffix("Node"))
            vertex.inputs = [own(x) for x in node.inputs if hasattr(x, "grad_fn")]
        return seen[id(node)]

    def torchs(node: Any) -> Vertex:
        keep.append(node)
        if node is None:
            return Vertex("constant", "constant")
        if hasattr(node, "variable"):
            return leaf(node.variable, "leaf")
        if id(node) not in seen:
            vertex = seen[id(node)] = Vertex("operation", _torch_name(node.name()))
            vertex.inputs = [torchs(following) for following, _ in node.next_functions]
        return seen[id(node)]

    if root.grad_fn is not None and hasattr(root.grad_fn, "next_functions"):
        return torchs(root.grad_fn)
    return own(root)


def _torch_name(name: str) -> str:
    return {
        "Add": "Addition",
        "Sub": "Subtraction",
        "Mul": "Multiplication",
        "Mm": "Matmul",
        "Pow": "Power",
    }.get(plain := name.rstrip("0123456789").removesuffix("Backward"), plain)


def structure(root: Any, names: Mapping[str, Any]) -> Any:
    """The graph behind `root` in a form in which the student's and torch's compare equal.

    ``["op", number, inputs]`` where an operation is met first, ``["op", number]`` where it is met again; a leaf that
    requires grad is its name in `names` (by identity: a copy is "unknown"), whatever does not is "constant".
    Meant for operations of two tensors: plain numbers are left out by the student's nodes.
    """
    numbers: dict[int, int] = {}

    def encode(vertex: Vertex) -> Any:
        if vertex.kind == "constant":
            return "constant"
        if vertex.kind == "leaf":
            return vertex.name or "unknown"
        if id(vertex) in numbers:
            return ["op", numbers[id(vertex)]]
        numbers[id(vertex)] = len(numbers)
        return ["op", numbers[id(vertex)], [encode(x) for x in vertex.inputs]]

    return encode(trace(root, names))


class Drawing:
    """A picture of a graph for a notebook; `text` says the same in words, for screen readers and for print."""

    def __init__(self, root: Vertex, title: str) -> None:
        self.root = root
        self.title = title
        self.text = as_text(root, title)

    def __repr__(self) -> str:
        return self.text

    def figure(self) -> "Figure":
        """The picture as a matplotlib figure: arrows run from an operation to what it was computed from."""
        from raisin.lab import picture

        return picture.figure(self.root, self.title)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        return png_bundle(self.figure(), self.text)


def draw(tensor: Any, title: str = "", names: Mapping[str, Any] | None = None) -> Drawing:
    """The computational graph behind `tensor` (the student's Tensor or torch's), to be shown by the notebook.

    Leaves carry the names that the calling cell knows them by, or those in `names`.
    Raises TypeError when `tensor` is no tensor.
    """
    if names is None:
        caller = sys._getframe(1).f_globals
        names = {name: value for name, value in caller.items() if not name.startswith("_")}
    known = [name for name, value in names.items() if value is tensor]
    return Drawing(trace(tensor, names), title or (known[0] if known else "result"))


def as_text(root: Vertex, title: str) -> str:
    """The graph as an indented list; a shared operation is told once and then referred to by its number."""
    lines = [f"{title} was computed by:" if root.kind == "operation" else f"{title} has no graph:"]
    numbers: dict[int, int] = {}

    def tell(vertex: Vertex, depth: int) -> None:
        indent = "  " * depth
        if vertex.kind != "operation":
            kind = ", requires grad" if vertex.kind == "leaf" else ", constant" if vertex.label != "constant" else ""
            lines.append(f"{indent}- {vertex.label}{kind}")
        elif id(vertex) in numbers:
            lines.append(f"{indent}- {vertex.label} #{numbers[id(vertex)]}, the same as above")
        else:
            numbers[id(vertex)] = len(numbers) + 1
            lines.append(f"{indent}- {vertex.label} #{numbers[id(vertex)]} of")
            for operand in vertex.inputs:
                tell(operand, depth + 1)

    tell(root, 1)
    return "\n".join(lines)


def png_bundle(figure: "Figure", alt: str) -> tuple[dict[str, str], dict[str, Any]]:
    """A figure as Jupyter display data: PNG with alternative text (in the metadata, where nbconvert looks for it)."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    data = {"image/png": base64.b64encode(buffer.getvalue()).decode(), "text/plain": alt}
    return data, {"image/png": {"alt": alt}}


def show(figure: "Figure", alt: str) -> None:
    """Display a matplotlib figure with alternative text, once, and close it. Raises ValueError for an empty text."""
    if not alt.strip():
        raise ValueError("lab.show needs alt: say in a sentence what the figure shows")
    from IPython.display import display
    from matplotlib import pyplot

    data, metadata = png_bundle(figure, alt)
    pyplot.close(figure)
    display(data, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]
