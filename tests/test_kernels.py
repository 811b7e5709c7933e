"""Kernels that talk through files: no port is ever taken, and nothing stays behind."""

import asyncio
import sys
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpec

from raisin.grading.kernels import FileKernelManager

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such files on Windows")


def manager() -> FileKernelManager:
    made = FileKernelManager()
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    made._kernel_spec = KernelSpec(argv=argv, display_name="test", language="python")
    return made


@pytest.mark.slow
def test_a_kernel_answers_through_files_that_are_gone_afterwards(tmp_path: Path) -> None:
    async def talk() -> Path:
        one = manager()
        await one.start_kernel(cwd=str(tmp_path))
        client = one.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            folder = Path(one.connection_file).parent
            assert one.transport == "ipc" and any(path.is_socket() for path in folder.iterdir())
            reply = await client.execute_interactive("6 * 7", timeout=60, output_hook=lambda message: None)
            assert reply["content"]["status"] == "ok"
        finally:
            client.stop_channels()
            await one.shutdown_kernel(now=True)
        return folder

    assert not asyncio.run(talk()).exists()


def test_two_kernels_never_share_a_file_and_the_paths_are_short_enough_for_a_socket() -> None:
    one, other = manager(), manager()
    assert one.ip != other.ip
    assert all(len(f"{made.ip}-5") < 100 for made in (one, other))
    for made in (one, other):
        Path(made.connection_file).parent.rmdir()
