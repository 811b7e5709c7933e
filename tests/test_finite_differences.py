"""Finite differences are not a framework: who tries out every entry, or every leaf, runs out of time in every cell.

Two frameworks whose `Tensor.backward` knows no derivative stand for them. Both are as good at it as can be: a graph is
listed once and gone through as a flat list, and with complex steps one evaluation gives a slope without any error.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest
from checker import LARGE, Found, Notebook, checks, reference
from course.contract import SOURCE, cells

from raisin.lab.checks import checks_of

GRADIENTS = {
    "04-backward": (
        *("test-backward-root", "test-backward-value", "test-elementwise-value", "test-power-value"),
        *("test-matmul-value", "test-bonus-once"),
    ),
    "06-raisin-mlp": ("test-tanh-gradient", "test-sigmoid", "test-loss-gradient", "test-network-gradient"),
    "08-modules-and-minibatches": ("test-linear", "test-dropout"),
    "09-lenet": (*("test-relu", "test-view", "test-conv", "test-pool", "test-loss", "test-lenet"),),
}
EVERY_CELL = [(name, cell) for name, own in GRADIENTS.items() for cell in own]
HELPERS = (
    *("test-loss-value", "test-network-value"),
    "test-windows",
)  # cells that define what those about gradients use
LIMIT = 1.5  # seconds of work here; a grader gives a cell the seconds of wall clock in its metadata

TRIED = '''
# framework: backward
import numpy as np

RULES = {
    "AdditionNode": np.add,
    "SubtractionNode": np.subtract,
    "MultiplicationNode": np.multiply,
    "MatmulNode": np.matmul,
    "TransposeNode": np.transpose,
    "TanhNode": np.tanh,
    "SigmoidNode": lambda x: 1 / (1 + np.exp(-x)),
    "BinaryCrossEntropyNode": lambda p, y: -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(),
    "ReluNode": lambda x: x * (np.real(x) > 0),
    "CrossEntropyNode": lambda scores, target: cross_entropy_of(scores, target),
}


def listed(root):
    """All tensors of the graph, operands before their results."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        current, finished = stack.pop()
        if finished:
            order.append(current)
        elif id(current) not in seen:
            seen.add(id(current))
            stack.append((current, True))
            stack += [(operand, False) for operand in (current.grad_fn.inputs if current.grad_fn else ())]
    return order


def rule(node):
    name = type(node).__name__
    if name == "PowerNode":
        return lambda x: x**node.exponent
    if name == "ViewNode":
        return lambda x: x.reshape(node.shape)
    if name == "Conv2dNode":
        return lambda x, weight: convolved(x, weight, node.stride, node.padding)
    if name == "MaxPool2dNode":
        return lambda x: pooled(x, node.size, node.stride, node.padding)
    return RULES[name]


def seen(x, size, stride, padding, fill=0.0):
    """Complex pictures in windows: notebook 09's own windows, on both parts."""
    real, imaginary = (windows(part, size, stride, padding, fill) for part in (x.real, x.imag))
    return real + 1j * np.where(np.isfinite(real), imaginary, 0.0)


def convolved(x, weight, stride, padding):
    found = seen(x, weight.shape[2:], stride, padding)
    return np.einsum("ncijhw,ocij->nohw", found, weight, optimize=True)


def pooled(x, size, stride, padding):
    found = seen(x, size, stride, padding, -np.inf)
    found = found.reshape(*found.shape[:2], -1, *found.shape[4:])
    chosen = found.real.argmax(axis=2)[:, :, None]
    return np.take_along_axis(found, chosen, axis=2)[:, :, 0]


def cross_entropy_of(scores, target):
    scores = scores - scores.real.max(axis=1, keepdims=True)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(logs)), np.real(target).astype(int)].mean()


@lab.add_to(Tensor)
def backward(self, grad_output=None):
    """What comes of a tiny imaginary change of a leaf, leaf by leaf."""
    if grad_output is None:
        if self.data.size != 1:
            raise RuntimeError("grad_output is needed")
        grad_output = np.ones(self.shape)
    order = listed(self)
    place = {id(one): k for k, one in enumerate(order)}
    steps = [
        (k, rule(one.grad_fn), [place[id(operand)] for operand in one.grad_fn.inputs])
        for k, one in enumerate(order)
        if one.grad_fn is not None
    ]
    entrywise = all(type(one.grad_fn).__name__ not in MIXING for one in order)

    def slope(k, change):
        found = [one.data for one in order]
        found[k] = found[k] + 1e-30j * change
        for at, function, operands in steps:
            found[at] = function(*[found[operand] for operand in operands])
        return np.imag(found[-1]) / 1e-30

    for one in order:
        if type(one.grad_fn).__name__ == "ViewNode":
            one.grad_fn.shape = one.shape
    for k, leaf in enumerate(order):
        if leaf.grad_fn is not None or not leaf.requires_grad:
            continue
        if entrywise:
            gradient = unbroadcast(grad_output * slope(k, np.ones(leaf.shape)), leaf.shape)
        else:
            gradient = np.zeros(leaf.shape)
            for index in np.ndindex(leaf.shape):
                change = np.zeros(leaf.shape)
                change[index] = 1.0
                gradient[index] = (grad_output * slope(k, change)).sum()
        leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient
'''
WAYS = {
    # All entries of a leaf at once wherever no entry of the result sees two of them; else entry by entry.
    "leaf by leaf": '\nMIXING = {"MatmulNode", "BinaryCrossEntropyNode", "TransposeNode"}\n'
    'MIXING |= {"ViewNode", "Conv2dNode", "MaxPool2dNode", "CrossEntropyNode"}\n',
    "entry by entry": '\nMIXING = {"NoneType", *RULES, "PowerNode"}\n',
}


@cache
def work(way: str) -> Mapping[str, Notebook]:
    """The reference with a backward that tries; the nodes' own are never called."""
    new = {"backward": TRIED + WAYS[way], "backward-once": "# framework: backward-once\n"}
    own = reference("04-backward")
    return {"04-backward": tuple(replace(cell, source=new.get(cell.id, cell.source)) for cell in own)}


@cache
def found(way: str, name: str, large: bool, seconds: float) -> Found:
    return checks(name, work(way), seconds, frozenset({*GRADIENTS[name], *HELPERS}), large=large)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "cell"), EVERY_CELL)
def test_trying_earns_nothing_where_gradients_are_asked_for(name: str, cell: str, way: str) -> None:
    """The first check of the cell runs into the limit, and with it all of the cell is gone."""
    assert [verdict.what for verdict in found(way, name, True, LIMIT)[cell] if verdict.passed] == []


@pytest.mark.parametrize("way", WAYS)
def test_without_the_large_checks_trying_would_pass(way: str) -> None:
    """What the large checks are for: in small numbers nothing tells a tried gradient from one that was worked out."""
    for name, own in GRADIENTS.items():
        verdicts = [verdict for cell in own for verdict in found(way, name, False, 60.0)[cell]]
        assert sum(verdict.passed for verdict in verdicts) > 0.8 * len(verdicts), name


@pytest.mark.parametrize(("name", "cell"), EVERY_CELL)
def test_the_first_check_of_each_cell_is_large_and_the_cell_has_little_time(name: str, cell: str) -> None:
    """And the reference needs a small part of it, what torch needs beside it included."""
    source = next(one for one in cells(SOURCE, name) if one.id == cell)
    assert checks_of(source.source)[0].endswith(LARGE)
    assert source.metadata["raisin"]["seconds"] <= 5
    verdicts = checks(
        name, {}, source.metadata["raisin"]["seconds"] / 3, frozenset({cell, *HELPERS, "test-backward-root"})
    )[cell]
    assert all(verdict.passed for verdict in verdicts)


def test_the_lists_name_every_cell_about_gradients() -> None:
    """So that a new one is not forgotten: the test cells with a gradient, but for those of a training."""
    for name, own in GRADIENTS.items():
        about = {one.id for one in cells(SOURCE, name) if one.role == "test" and ".backward(" in one.source}
        assert about - {"test-fit-steps", "test-fit-epochs"} == set(own), name
