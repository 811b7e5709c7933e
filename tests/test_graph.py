"""The computational graph as lists, as text and as a picture, for the student's framework and for torch's."""

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib import image
from matplotlib.backends.backend_agg import FigureCanvasAgg

from raisin import lab
from raisin.lab import standin
from raisin.lab.graph import as_text, draw, structure, trace


@pytest.fixture
def own() -> dict[str, Any]:
    names: dict[str, Any] = {}
    standin.install(names, ["02-tensor-arithmetic", "03-graph-nodes"])
    return names


def leaves(make: Callable[..., Any]) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    return {
        "x": make(rng.normal(size=(3, 2)), requires_grad=True),
        "w": make(rng.normal(size=(2, 4)), requires_grad=True),
        "b": make(rng.normal(size=4), requires_grad=True),
        "c": make(rng.normal(size=(3, 4))),
    }


EXPRESSIONS: dict[str, tuple[Callable[..., Any], Any]] = {
    "one operation": (lambda x, w, b, c: x @ w, ["op", 0, ["x", "w"]]),
    "order of operands": (lambda x, w, b, c: c - b, ["op", 0, ["constant", "b"]]),
    "nested": (lambda x, w, b, c: (x @ w + b) * c, ["op", 0, [["op", 1, [["op", 2, ["x", "w"]], "b"]], "constant"]]),
    "one leaf twice": (lambda x, w, b, c: x * x, ["op", 0, ["x", "x"]]),
    "a shared operation": (
        lambda x, w, b, c: (lambda h: (h + b) * (h - c))(x @ w),
        ["op", 0, [["op", 1, [["op", 2, ["x", "w"]], "b"]], ["op", 3, [["op", 2], "constant"]]]],
    ),
    "constants only": (lambda x, w, b, c: c * c, "constant"),
    "a constant expression inside": (lambda x, w, b, c: b + c * c, ["op", 0, ["b", "constant"]]),
    "a leaf": (lambda x, w, b, c: b, "b"),
    "a power": (lambda x, w, b, c: (x @ w) ** 3, ["op", 0, [["op", 1, ["x", "w"]]]]),
}


@pytest.mark.parametrize("case", EXPRESSIONS)
def test_both_frameworks_have_the_same_structure(own: dict[str, Any], case: str) -> None:
    expression, due = EXPRESSIONS[case]
    for make in (own["tensor"], torch.tensor):
        names = leaves(make)
        assert structure(expression(**names), names) == due


def test_a_copy_of_a_leaf_is_not_the_leaf(own: dict[str, Any]) -> None:
    names = leaves(own["tensor"])
    copy = own["Tensor"](names["x"].data, requires_grad=True)
    assert structure(copy @ names["w"], names) == ["op", 0, ["unknown", "w"]]


def test_an_operation_done_twice_is_not_a_shared_one(own: dict[str, Any]) -> None:
    for make in (own["tensor"], torch.tensor):
        names = leaves(make)
        x, w = names["x"], names["w"]
        h = x @ w
        assert structure(h * h, names) != structure((x @ w) * (x @ w), names)


def test_a_name_that_is_also_a_word_of_the_drawing_is_still_a_name(own: dict[str, Any]) -> None:
    leaf = own["tensor"](np.ones(2), requires_grad=True)
    other = own["tensor"](np.ones(2), requires_grad=True)
    assert structure(leaf + other, {"leaf": leaf}) == ["op", 0, ["leaf", "unknown"]]


def test_what_is_no_tensor_has_no_graph() -> None:
    with pytest.raises(TypeError, match="a ndarray has none"):
        structure(np.ones(3), {})


def test_the_text_tells_a_shared_operation_once(own: dict[str, Any]) -> None:
    names = leaves(own["tensor"])
    h = names["x"] @ names["w"]
    assert draw((h + names["b"]) * (h - names["c"]), title="loss", names=names).text.splitlines() == [
        "loss was computed by:",
        "  - Multiplication #1 of",
        "    - Addition #2 of",
        "      - Matmul #3 of",
        "        - x (3x2), requires grad",
        "        - w (2x4), requires grad",
        "      - b (4), requires grad",
        "    - Subtraction #4 of",
        "      - Matmul #3, the same as above",
        "      - c (3x4), constant",
    ]


def test_torchs_graph_reads_alike() -> None:
    names = leaves(torch.tensor)
    text = draw(names["x"] @ names["w"] + names["b"], title="y", names=names).text
    assert text.splitlines()[1:3] == ["  - Addition #1 of", "    - Matmul #2 of"]
    assert "x (3x2), requires grad" in text


def test_a_tensor_without_a_graph_says_so(own: dict[str, Any]) -> None:
    constant = own["tensor"](np.ones(2))
    assert "c has no graph" in as_text(trace(constant, {"c": constant}), "c")


answer: Any = None


def test_names_come_from_the_cell_that_draws(own: dict[str, Any]) -> None:
    global answer
    answer = own["tensor"](2.0, requires_grad=True)
    assert lab.draw(answer * answer).text.count("answer (scalar)") == 2
    assert lab.draw(answer).text.startswith("answer has no graph")


def picture(drawing: lab.Drawing) -> tuple[np.ndarray, str]:
    data, metadata = drawing._repr_mimebundle_()
    return image.imread(io.BytesIO(base64.b64decode(data["image/png"])), format="png"), metadata["image/png"]["alt"]


def test_a_drawing_is_a_picture_with_its_text_as_alternative(own: dict[str, Any]) -> None:
    names = leaves(own["tensor"])
    drawing = draw(names["x"] @ names["w"], names=names)
    pixels, alternative = picture(drawing)
    assert pixels.shape[0] > 100 and pixels.shape[1] > 200 and pixels.min() < 0.5
    assert alternative == drawing.text == repr(drawing)


def test_no_two_boxes_of_a_picture_overlap_and_no_arrow_crosses_a_box(own: dict[str, Any]) -> None:
    names = leaves(own["tensor"])
    h = names["x"] @ names["w"] + names["b"]
    root = ((h * h) * (h + h) + h - names["c"]) * 2 + h
    made = draw(root, names=names).figure()
    canvas = FigureCanvasAgg(made)
    canvas.draw()
    texts = made.axes[0].texts
    boxes = [t.get_bbox_patch().get_window_extent(canvas.get_renderer()) for t in texts if t.get_text()]
    assert len(boxes) == 9 + 3 + 2  # operations, leaves, constants
    for i, box in enumerate(boxes):
        assert made.bbox.x0 <= box.x0 and box.x1 <= made.bbox.x1
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])
    arrows = [t.arrow_patch for t in texts if not t.get_text()]
    assert len(arrows) >= 9 * 2  # every operation here has two operands
    for arrow in arrows:
        corners = arrow.get_transform().transform_path(arrow.get_path()).vertices
        start, end = corners[0], corners[len(corners) // 2]
        for share in np.linspace(0.1, 0.9, 30):
            assert not any(box.contains(*(start + share * (end - start))) for box in boxes)


def test_a_circle_in_a_broken_graph_is_drawn_all_the_same(own: dict[str, Any]) -> None:
    x = own["tensor"](1.0, requires_grad=True)
    y = x * x
    y.grad_fn.inputs = (y, x)
    assert picture(draw(y, names={"x": x}))[0].size
    assert structure(y, {"x": x}) == ["op", 0, [["op", 0], "x"]]


def test_show_wants_an_alternative_text_and_closes_the_figure(capsys: pytest.CaptureFixture[str]) -> None:
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    made, axes = pyplot.subplots()
    axes.plot([1, 2])
    with pytest.raises(ValueError, match=r"lab\.show needs alt"):
        lab.show(made, alt="  ")
    lab.show(made, alt="a rising line")
    assert not pyplot.fignum_exists(made.number)
