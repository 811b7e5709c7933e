"""Runs code cells in a real IPython kernel, as a student's notebook does."""

import contextlib
import json
import os
import queue
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

# What another test, or the shell that started them all, may have set.
_OURS = ("NBGRADER_EXECUTION", "RAISIN_FRAMEWORK", "RAISIN_SEED", "RAISIN_MODE", "PYTHONWARNINGS")


@dataclass(frozen=True)
class Cell:
    """What one cell gave back: both streams, the error's ``Name: message`` or "", and display data."""

    out: str
    err: str
    error: str
    shown: tuple[dict[str, Any], ...]


class Kernel:
    """A started kernel; `run` executes one cell and waits for it."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, source: str, timeout: float = 60) -> Cell:
        request = self._client.execute(source)
        out, err, error, shown = "", "", "", []
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=timeout)
            except queue.Empty:
                raise TimeoutError(f"no end of: {source}") from None
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            match message["msg_type"]:
                case "stream" if content["name"] == "stdout":
                    out += content["text"]
                case "stream":
                    err += content["text"]
                case "error":
                    error = f"{content['ename']}: {content['evalue']}"
                case "display_data" | "execute_result":
                    shown.append(content)
                case "status" if content["execution_state"] == "idle":
                    return Cell(out, err, error, tuple(shown))

    def works(self, *sources: str) -> str:
        """Run cells that must not fail; all that they printed."""
        text = ""
        for source in sources:
            cell = self.run(source)
            assert not cell.error, f"{source}\n{cell.error}\n{cell.out}{cell.err}"
            text += cell.out
        return text


@contextlib.contextmanager
def kernel(folder: Path, env: Mapping[str, str] | None = None, python: str = sys.executable) -> Iterator[Kernel]:
    """A kernel of its own that works in `folder`, made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    sockets = tempfile.TemporaryDirectory(prefix="raisin-kernel-")  # files, not ports: those two at once can both pick
    inside = Path(sockets.name)
    manager = KernelManager(transport="ipc", ip=str(inside / "k"), connection_file=str(inside / "k.json"))
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=argv, display_name="test", language="python")
    clean = {name: value for name, value in os.environ.items() if name not in _OURS}
    manager.start_kernel(cwd=str(folder), env=clean | dict(env or {}))
    client = manager.blocking_client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
        sockets.cleanup()


def write_notebook(path: Path, sources: Sequence[str]) -> Path:
    """A minimal notebook file with these code cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [
        {"cell_type": "code", "execution_count": None, "id": f"c{i}", "metadata": {}, "outputs": [], "source": text}
        for i, text in enumerate(sources)
    ]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path
