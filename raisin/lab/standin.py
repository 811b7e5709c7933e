"""A stand-in for earlier parts that are broken or missing: the course's names, with torch doing the work.

It lets a student go on with the next notebook and shows no solution: the numbers and the gradients come from torch.
What the notebooks give to everybody (`array_of`, `needs_grad`) is there too. Grading never takes it for the student's.
"""

import os
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

import numpy as np

from raisin.lab import standin_modules

_OPERATIONS = {
    "addition": ("add", "AdditionNode"),
    "subtraction": ("sub", "SubtractionNode"),
    "multiplication": ("mul", "MultiplicationNode"),
    "matmul": ("matmul", "MatmulNode"),
    "power": ("pow", "PowerNode"),
}
_FUNCTIONS = {"tanh": "TanhNode", "sigmoid": "SigmoidNode", "binary_cross_entropy": "BinaryCrossEntropyNode"}


def install(names: MutableMapping[str, Any], notebooks: Sequence[str]) -> None:
    """Put the contract's names of the given notebooks (``02-tensor-arithmetic`` …) into a notebook's names.

    Raises ImportError when torch is not installed, RuntimeError where a notebook is graded.
    """
    if os.environ.get("RAISIN_MODE") or os.environ.get("NBGRADER_EXECUTION"):
        raise RuntimeError("the stand-in lets you go on at home; a notebook is graded on your own parts")
    import torch  # say at once that it is missing, not at the first sum

    recording = "03-graph-nodes" in notebooks
    if "02-tensor-arithmetic" in notebooks:
        names["np"] = np
        names["Tensor"] = _tensor_class(names)
        names["tensor"] = lambda data, requires_grad=False: names["Tensor"](np.array(data), requires_grad)
        names["array_of"] = lambda operand: operand.data if isinstance(operand, names["Tensor"]) else operand
    if recording:
        names["needs_grad"] = lambda *operands: any(
            operand.requires_grad for operand in operands if isinstance(operand, names["Tensor"])
        )
        names["Node"] = type("Node", (_StandInNode,), {})
        for _, node in _OPERATIONS.values():
            names[node] = type(node, (names["Node"],), {})  # one class each: the notebook adds backward to them
    if "02-tensor-arithmetic" in notebooks:
        for operation in _OPERATIONS:
            names[operation] = _operation(names, operation, recording)
    if "04-backward" in notebooks:
        names["unbroadcast"] = _unbroadcast
        names["Tensor"].backward = _backward
    if "05-sgd" in notebooks:
        names["Optimizer"] = standin_modules.Optimizer
        names["SGD"] = standin_modules.optimizer(torch.optim.SGD)
    if "06-raisin-mlp" in notebooks:
        for function, node in _FUNCTIONS.items():
            names[node] = type(node, (names["Node"],), {"replayed": function})
            names[function] = _function(names, function)
    if "08-modules-and-minibatches" in notebooks:
        standin_modules.install(names)


class _StandInNode:
    """What an operation worked on: `inputs` are the operand Tensors, `exponent` the power's plain number."""

    exponent: Any = None

    def __init__(self, *inputs: Any) -> None:
        self.inputs = inputs

    def __repr__(self) -> str:
        return f"<{type(self).__name__} (stand-in)>"


def _tensor_class(names: MutableMapping[str, Any]) -> type:
    class Tensor:
        """A stand-in for the Tensor of notebook 02."""

        def __init__(self, data: Any, requires_grad: bool = False, grad_fn: Any = None) -> None:
            self.data = np.asarray(data)
            self.requires_grad = requires_grad
            self.grad_fn = grad_fn
            self.grad: Any = None

        __array_ufunc__ = None  # NumPy's own numbers on the left leave the work to __radd__ and the like

        @property
        def shape(self) -> tuple[int, ...]:
            return self.data.shape

        def item(self) -> Any:
            return self.data.item()

        def __repr__(self) -> str:
            return f"tensor({self.data}, stand-in)"

    def operator(function: str, swapped: bool) -> Callable[[Any, Any], Any]:
        # Looked up at call time: the notebook at hand may define the operation anew.
        if swapped:
            return lambda self, other: names[function](other, self)
        return lambda self, other: names[function](self, other)

    for sign, function in (("add", "addition"), ("sub", "subtraction"), ("mul", "multiplication")):
        setattr(Tensor, f"__{sign}__", operator(function, False))
        setattr(Tensor, f"__r{sign}__", operator(function, True))
    methods = {"matmul": operator("matmul", False), "pow": operator("power", False)}
    for sign, method in methods.items():
        setattr(Tensor, f"__{sign}__", method)
    setattr(Tensor, "__neg__", lambda self: names["multiplication"](self, -1))  # noqa: B010 (mypy knows no such method)
    return Tensor


def _operation(names: MutableMapping[str, Any], operation: str, recording: bool) -> Callable[[Any, Any], Any]:
    function, node_name = _OPERATIONS[operation]

    def run(left: Any, right: Any) -> Any:
        import torch

        Tensor = names["Tensor"]
        raw = [x.data if isinstance(x, Tensor) else x for x in (left, right)]
        result = getattr(torch, function)(*(torch.as_tensor(np.array(x)) for x in raw)).numpy()
        operands = (left,) if operation == "power" else (left, right)
        tensors = [x if isinstance(x, Tensor) else Tensor(x) for x in operands]
        needs = recording and torch.is_grad_enabled() and any(x.requires_grad for x in tensors)
        node = names[node_name](*tensors) if needs else None
        if node is not None and operation == "power":
            node.exponent = right
        return Tensor(result, needs, node)

    run.__name__ = operation
    return run


def _function(names: MutableMapping[str, Any], function: str) -> Callable[..., Any]:
    def run(*operands: Any) -> Any:
        import torch

        result = _in_torch(function)(*(torch.as_tensor(np.array(x.data)) for x in operands)).numpy()
        needs = operands[0].requires_grad and torch.is_grad_enabled()
        return names["Tensor"](result, needs, names[_FUNCTIONS[function]](*operands) if needs else None)

    run.__name__ = function
    return run


def _in_torch(function: str) -> Callable[..., Any]:
    import torch

    found: Callable[..., Any] = getattr(torch, function, None) or getattr(torch.nn.functional, function)
    return found


def _backward(root: Any, grad_output: Any = None) -> None:
    """Replay the recorded graph in torch, and add torch's gradients to the leaves'.

    Where the graph goes on through a node that the student wrote (tanh, say), that node's own backward takes over.
    """
    import torch

    if grad_output is None and root.data.size != 1:
        raise RuntimeError("backward() of a tensor with several elements needs grad_output")
    if not root.requires_grad:  # a node that the student wrote hands on to constants too
        return
    kinds = {node: function for function, node in _OPERATIONS.values()}
    twins: dict[int, Any] = {}
    ends: list[tuple[Any, Any]] = []

    def twin(tensor: Any) -> Any:
        if id(tensor) not in twins:
            node = tensor.grad_fn
            kind = kinds.get(type(node).__name__) or vars(type(node)).get("replayed")
            if node is None or kind is None:
                made = torch.tensor(tensor.data, requires_grad=tensor.requires_grad)
                ends.append((tensor, made))
            else:
                operands = [twin(x) for x in node.inputs] + ([] if node.exponent is None else [node.exponent])
                made = _in_torch(kind)(*operands)
            twins[id(tensor)] = made
        return twins[id(tensor)]

    top = twin(root)
    seed = np.ones(top.shape) if grad_output is None else np.array(grad_output)
    top.backward(torch.as_tensor(seed).to(top.dtype).reshape(top.shape))
    for own, made in ends:
        if made.grad is None:
            continue
        gradient = made.grad.numpy()
        if own.grad_fn is not None:
            own.grad_fn.backward(gradient)
        else:
            own.grad = gradient if own.grad is None else own.grad + gradient


def _unbroadcast(grad: Any, shape: tuple[int, ...]) -> Any:
    import torch

    return torch.as_tensor(np.array(grad)).sum_to_size(tuple(shape)).numpy()
