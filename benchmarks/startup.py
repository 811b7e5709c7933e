"""Start to the first line of student code: a plain cold kernel under stock nbgrader against a kernel in the sandbox.

Both end with a line that the student could have written, after the imports of the notebook's first cells. The stock
one imports torch for notebooks 02 to 06 too: there checks compare with it in the kernel. CPU seconds are the kernel's
own and this process's; what a server costs once is printed apart.
"""

import asyncio
import functools
import statistics
import time
from collections.abc import Callable
from typing import Any

from jupyter_client.manager import AsyncKernelManager

from raisin.grading import kernels, lease
from raisin.grading.lease import Order

RUNS = 20
_IMPORTS = "import numpy as np, matplotlib.pyplot as plt; from raisin import lab"
_FIRST_LINE = "import time; print(time.process_time())"


def print_ratios(runs: int = RUNS) -> None:
    """Both flavours, in turn, after one warm-up of each."""
    for torch, what in ((False, "notebooks 02 to 06"), (True, "with torch (01 and 07)")):
        began = time.perf_counter()
        _first_line(functools.partial(_ours, torch), _IMPORTS)
        server = time.perf_counter() - began
        stock, ours = _measured(torch, runs)
        print(f"first line of student code, {what}:")
        for k, kind in enumerate(("wall", "CPU")):
            ratio = ours[k] / stock[k]
            print(f"  {kind}: stock {stock[k]:.3f} s, ours {ours[k]:.3f} s: {ratio:.3f} of it (1/{1 / ratio:.1f})")
        print(f"  once a process: {server:.1f} s for the server", flush=True)
    lease.close()


def _measured(torch: bool, runs: int) -> tuple[list[float], list[float]]:
    """Medians of wall and CPU seconds, the stock kernel's and ours."""
    with_torch = f"{_IMPORTS}; import torch"
    sides = (
        (AsyncKernelManager, with_torch),
        (functools.partial(_ours, torch), with_torch if torch else _IMPORTS),
    )
    found: list[list[tuple[float, float]]] = [[], []]
    for run in range(runs + 1):
        for side, (make, imports) in zip(found, sides, strict=True):
            seconds = _first_line(make, imports)
            if run:
                side.append(seconds)
    stock, ours = ([statistics.median(kind) for kind in zip(*side, strict=True)] for side in found)
    return stock, ours


def _ours(torch: bool) -> Any:
    return kernels.manager(Order(torch=torch))


def _first_line(make: Callable[[], Any], imports: str) -> tuple[float, float]:
    """Seconds until the first line has printed, and CPU seconds of the kernel and of this process until then."""
    said: list[float] = []

    def hear(message: Any) -> None:
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            said.append(float(message["content"]["text"]))

    async def run() -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        manager = make()
        await manager.start_kernel()
        client = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=120)
            for source in (imports, _FIRST_LINE):
                await client.execute_interactive(source, timeout=120, output_hook=hear)
            return time.perf_counter() - wall, time.process_time() - cpu + said[0]
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)

    return asyncio.run(run())


if __name__ == "__main__":
    print_ratios()
