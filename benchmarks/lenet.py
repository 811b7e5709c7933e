"""Training steps of LeNet on the reference framework and on torch: `make bench` compares what they cost.

    python benchmarks/lenet.py     prints these ratios alone

Both sides run the same loop from the same start, on the same batch of 64, in one thread. In float64 no step may cost
more than `LIMIT` times torch's.
"""

import functools
import os
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is imported

import numpy as np
import steps
import torch
from torch import nn

NOTEBOOKS = (*steps.NOTEBOOKS, "08-modules-and-minibatches", "09-lenet")
ROWS, LEARNING_RATE, MOMENTUM = 64, 0.05, 0.9  # as in notebook 09
SIDES = {5: 5, 3: 6}  # kernel size -> height of what is flattened
LIMIT = 3.0


class TorchLeNet(nn.Module):
    """The network of notebook 09 as one writes it in torch."""

    def __init__(self, kernel_size: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, kernel_size), nn.Conv2d(6, 16, kernel_size)
        self.fc1, self.fc2 = nn.Linear(16 * SIDES[kernel_size] ** 2, 120), nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: Any) -> Any:
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.fc1(torch.flatten(x, 1)))
        return self.fc3(torch.relu(self.fc2(x)))


TORCH = SimpleNamespace(
    LeNet=TorchLeNet, tensor=torch.tensor, cross_entropy=nn.functional.cross_entropy, SGD=torch.optim.SGD
)


@functools.cache
def reference() -> SimpleNamespace:
    """The names of the reference framework, from subtraction to LeNet."""
    return steps.names_of(NOTEBOOKS)


def train(T: Any, count: int, kernel_size: int = 5, dtype: Any = np.float64, rows: int = ROWS) -> list[Any]:
    """The ten parameters after `count` steps on one drawn batch, as arrays."""
    rng = np.random.default_rng(0)
    x, target = rng.normal(size=(rows, 1, 32, 32)).astype(dtype), rng.integers(0, 10, size=rows)
    net, x, target = T.LeNet(kernel_size), T.tensor(x), T.tensor(target)
    for p in net.parameters():
        start = rng.normal(size=tuple(p.shape)) / np.sqrt(np.prod(p.shape[1:]))
        p.data = T.tensor(start.astype(dtype)).data
    optimizer = T.SGD(net.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
    for _ in range(count):
        optimizer.zero_grad()
        T.cross_entropy(net(x), target).backward()
        optimizer.step()
    return [p.data if isinstance(p.data, np.ndarray) else p.data.numpy() for p in net.parameters()]


def print_ratios(count: int = 20) -> None:
    """Both in float64, which the framework computes in; and against float32, which people take torch for."""
    from run import in_turn

    for kernel_size in SIDES:
        own, due = (functools.partial(train, T, kernel_size=kernel_size) for T in (reference(), TORCH))
        steps.must_agree(own(3), due(3))
        for dtype in (np.float64, np.float32):
            what = f"LeNet, kernel {kernel_size}, {ROWS} rows, {count} steps"
            what += ":" if dtype is np.float64 else ", torch in float32:"
            work = functools.partial(own, count), functools.partial(due, count, dtype=dtype)
            print(f"{what:58}", in_turn(*work), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    print_ratios()
