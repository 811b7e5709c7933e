"""Leases from several threads of a process, as a Dask worker with more than one thread takes them."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from boxed import boxed, needs_sandbox

from raisin.grading import kernels, lease, server
from raisin.grading.lease import Order
from raisin.grading.provisioner import PORTS
from raisin.grading.sandbox import Limits

pytestmark = [pytest.mark.slow, needs_sandbox]
FORKED = """
import multiprocessing, sys, warnings
sys.path.insert(0, sys.argv[1])
from boxed import boxed
from raisin.grading import lease

def value():
    with boxed() as one:
        print(one.value("6 * 7"), flush=True)

if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)
    value()
    child = multiprocessing.get_context("fork").Process(target=value)
    child.start()
    child.join()
"""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[server.Server]]:
    """The servers that the test starts; none from another test, and none for the next."""
    made: list[server.Server] = []

    class Counted(server.Server):
        def __init__(self, *about: Any) -> None:
            super().__init__(*about)
            made.append(self)

    lease.close()
    monkeypatch.setattr(lease, "Server", Counted)
    yield made
    lease.close()


def run(together: threading.Barrier, number: int) -> str:
    """Start a kernel of its own with an event loop of its own, and end it."""
    one: Any = kernels.manager(Order(environment={"NUMBER": str(number)}), None)
    said: list[str] = []

    async def talk() -> None:
        await one.start_kernel()
        client = one.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            together.wait(60)
            source = "import os; print(os.environ['NUMBER'])"
            hear = lambda message: said.append(message["content"].get("text", ""))  # noqa: E731  shorter than a def
            await client.execute_interactive(source, timeout=60, output_hook=hear)
        finally:
            client.stop_channels()
            await one.shutdown_kernel(now=True)

    together.wait(60)
    asyncio.run(talk())
    return "".join(said)


def test_threads_that_lease_at_once_share_one_server_and_no_kernel(started: list[server.Server]) -> None:
    together = threading.Barrier(4)
    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(run, [together] * 4, range(4)))
    assert said == ["0\n", "1\n", "2\n", "3\n"]
    assert len(started) == 1


def test_a_kernel_outlives_the_thread_that_had_the_server_started(started: list[server.Server]) -> None:
    """bubblewrap ends with the thread that made it, so that must be one that lasts."""
    about: Any = {"transport": "ipc", "signature_scheme": "hmac-sha256", **PORTS, "key": "k"}
    with ThreadPoolExecutor(1) as thread:
        leased = thread.submit(lease.lease, Order(), Limits(), about).result()
    try:
        time.sleep(0.5)
        assert leased.status() is None and started[0].is_ours
    finally:
        leased.kill()


def test_a_server_that_fails_one_thread_serves_the_others_to_their_end(
    started: list[server.Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*about: Any) -> Any:
        raise server.ServerFailed("for the test")

    with boxed() as one:
        monkeypatch.setattr(started[0], "lease", fails)
        with boxed() as other:
            assert other.value("2") == 2
            assert one.value("1") == 1
        assert len(started) == 2 and started[0].is_ours
    with boxed():
        assert not started[0].is_ours and started[1].is_ours
    assert len(started) == 2


def test_a_forked_process_leases_kernels_of_its_own(started: list[server.Server]) -> None:
    command = [sys.executable, "-c", FORKED, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=dict(os.environ))
    assert done.stdout == "42\n42\n", done.stderr
