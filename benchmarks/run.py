"""Ratios measured side by side in one run: `make bench`. Medians; CPU seconds beside wall time.

Every figure is a ratio of two things done in turn on the same machine, so that a busy machine slows both.
"""

import functools
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is imported
import grading
import lenet
import startup
import steps
import torch

RUNS = 7


def in_turn(first: Callable[[], Any], second: Callable[[], Any]) -> str:
    """Both in turn, after one warm-up; medians of wall and CPU time (children included) and their ratios."""
    wall: list[list[float]] = [[], []]
    cpu: list[list[float]] = [[], []]
    for run in range(RUNS + 1):
        for i, work in enumerate((first, second)):
            before, started = _cpu_seconds(), time.perf_counter()
            work()
            elapsed, used = time.perf_counter() - started, _cpu_seconds() - before
            if run:
                wall[i].append(elapsed)
                cpu[i].append(used)
    return "; ".join(
        f"{kind} {one:.3f} s against {other:.3f} s: {one / other:.2f} times"
        for kind, (one, other) in (("wall", map(statistics.median, wall)), ("CPU", map(statistics.median, cpu)))
    )


def _cpu_seconds() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def python(code: str) -> Callable[[], Any]:
    return lambda: subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def training(what: str, train: Callable[[Any, int], Any], count: int) -> None:
    """Print what `count` steps cost the reference framework and torch, once both are known to do the same."""
    own, due = (functools.partial(train, T) for T in (steps.reference(), steps.TORCH))
    steps.must_agree(own(100), due(100))
    print(f"{what:38}", in_turn(lambda: own(count), lambda: due(count)), flush=True)


def main() -> None:
    torch.set_num_threads(1)
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, medians of {RUNS} after a warm-up")
    print("Training steps, own framework / torch (float64, eager, CPU, one thread; the same parameters at the end)")
    training("linear model, 64 rows, 1000 steps:", steps.linear_model, 1000)
    for rows in (steps.BATCH, 256):
        training(f"raisin net, {rows} rows, 1000 steps:", functools.partial(steps.raisin_net, rows=rows), 1000)
    lenet.print_ratios()
    print("Start-up")
    print(f"{'import raisin.lab / import numpy:':38}", in_turn(python("import raisin.lab"), python("import numpy")))
    print(f"{'import raisin.cli / bare python:':38}", in_turn(python("import raisin.cli"), python("pass")))
    print(f"Kernels, medians of {startup.RUNS} after a warm-up", flush=True)
    startup.print_ratios()
    print("A class, into docs/performance.md (an hour; parts of it: python benchmarks/grading.py --help)", flush=True)
    grading.main(["--write"])


if __name__ == "__main__":
    main()
