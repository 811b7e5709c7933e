"""Ratios measured side by side in one run: `make bench`. Medians; CPU seconds beside wall time.

Every figure is a ratio of two things done in turn on the same machine, so that a busy machine slows both.
"""

import contextlib
import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ["02-tensor-arithmetic", "03-graph-nodes", "04-backward", "05-sgd"]


def in_turn(first: Callable[[], Any], second: Callable[[], Any], runs: int = 7) -> str:
    """Both in turn, after one warm-up; medians of wall and CPU time (children included) and their ratio."""
    wall: list[list[float]] = [[], []]
    cpu: list[list[float]] = [[], []]
    for run in range(runs + 1):
        for i, work in enumerate((first, second)):
            before, started = os.times(), time.perf_counter()
            work()
            elapsed, after = time.perf_counter() - started, os.times()
            if run:
                wall[i].append(elapsed)
                cpu[i].append(sum(after[:4]) - sum(before[:4]))
    (w1, w2), (c1, c2) = map(statistics.median, wall), map(statistics.median, cpu)
    return f"wall {w1:.3f} s against {w2:.3f} s: {w1 / w2:.2f} times; CPU {c1:.2f} s against {c2:.2f} s"


def python(code: str) -> Callable[[], Any]:
    return lambda: subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def reference() -> dict[str, Any]:
    """The names of the reference framework, from the source notebooks' framework cells."""
    from raisin import lab
    from raisin.lab import framework

    names: dict[str, Any] = {"__name__": "__main__", "lab": lab}
    for notebook in NOTEBOOKS:
        path = ROOT / "source" / notebook / f"{notebook}.ipynb"
        for part in framework.collect(framework.read_sources(path)).parts:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(part.source, f"<{part.name}>", "exec"), names)
    return names


def training(own: bool, steps: int = 300) -> Callable[[], None]:
    """Steps of batch gradient descent on a linear model, 64 rows of 8 features, float64, one thread."""
    import numpy as np
    import torch

    torch.set_num_threads(1)
    names = reference()
    rng = np.random.default_rng(0)
    X, y, w, b = (rng.normal(size=shape) for shape in ((64, 8), (64, 1), (8, 1), (1,)))
    ones = np.full((1, 64), 1 / 64)
    make, sgd = (names["tensor"], names["SGD"]) if own else (torch.tensor, torch.optim.SGD)

    def run() -> None:
        Xt, yt, mean = make(X), make(y), make(ones)
        wt, bt = make(w, requires_grad=True), make(b, requires_grad=True)
        optimizer = sgd([wt, bt], lr=1e-3)
        for _ in range(steps):
            loss = mean @ (Xt @ wt + bt - yt) ** 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return run


def main() -> None:
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, medians of 7 after a warm-up")
    print("training step, own framework / torch: ", in_turn(training(own=True), training(own=False)))
    print("import raisin.lab / import numpy:     ", in_turn(python("import raisin.lab"), python("import numpy")))
    print("import raisin.cli / bare python:      ", in_turn(python("import raisin.cli"), python("pass")))


if __name__ == "__main__":
    main()
