"""What every notebook may rely on from the ones before it: the course's contract, and how its notebooks are called."""

import re
from pathlib import Path

CONTRACT: dict[str, tuple[str, ...]] = {
    "02-tensor-arithmetic": ("Tensor", "tensor", "addition", "subtraction", "multiplication", "matmul", "power"),
    "03-graph-nodes": ("Node", "AdditionNode", "SubtractionNode", "MultiplicationNode", "MatmulNode", "PowerNode"),
    "04-backward": ("unbroadcast", "Tensor.backward"),
    "05-sgd": ("Optimizer", "SGD"),
    "06-raisin-mlp": (
        "TanhNode",
        "SigmoidNode",
        "BinaryCrossEntropyNode",
        "tanh",
        "sigmoid",
        "binary_cross_entropy",
    ),
    "08-modules-and-minibatches": (
        *("Parameter", "Module", "Tensor.T", "manual_seed", "Linear", "ModuleList", "Sequential", "Tanh", "Sigmoid"),
        *("Dropout", "no_grad", "Dataset", "TensorDataset", "DataLoader", "SGD", "RMSprop", "Adam"),
    ),
    "09-lenet": (
        *("relu", "Tensor.view", "Tensor.unsqueeze", "flatten", "windows", "put_back", "conv2d", "max_pool2d"),
        *("cross_entropy", "Conv2d", "LeNet"),
    ),
}
_NAME = re.compile(r"(?<!\d)\d\d-[a-z][a-z-]*[a-z]")


def notebook_name(path: Path) -> str | None:
    """``04-backward`` for ``Copy of 04-backward (1).ipynb``; None where the name holds no notebook's name."""
    for name in CONTRACT:
        if re.search(rf"(?<!\d){name}(?![a-z])", path.stem):
            return name
    found = _NAME.search(path.stem)
    return found[0] if found else None
