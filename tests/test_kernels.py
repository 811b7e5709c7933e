"""Kernels from our managers: started, used once, gone; through files, in the sandbox or plain."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import processes
import pytest
from boxed import boxed, needs_sandbox
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from raisin.grading import kernels, lease, provisioner, server
from raisin.grading.kernels import FileKernelManager
from raisin.grading.lease import Order
from raisin.grading.sandbox import Limits

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such files on Windows")
ORDER = Order(environment={"RAISIN_SEED": "7"}, framework={"a.py": "x"}, files={"data/x.csv": b"1"})
LOOK = (
    "import os; print(os.environ['RAISIN_SEED'], os.listdir(os.environ['RAISIN_FRAMEWORK']), open('data/x.csv').read())"
)


def manager() -> FileKernelManager:
    made = FileKernelManager()
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    made._kernel_spec = KernelSpec(argv=argv, display_name="test", language="python")
    return made


def talk(one: Any, *sources: str, now: bool = True) -> str:
    """Start the manager's kernel, run these cells, end it; all that they printed."""
    said = []

    def hear(message: Any) -> None:
        if message["msg_type"] in ("stream", "error"):
            said.append(message["content"].get("text") or message["content"]["evalue"])

    async def run() -> None:
        await one.start_kernel()
        client = one.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            for source in sources:
                await client.execute_interactive(source, timeout=60, output_hook=hear)
        finally:
            client.stop_channels()
            await one.shutdown_kernel(now=now)

    asyncio.run(run())
    return "".join(said)


@pytest.fixture
def fresh() -> Iterator[None]:
    """No server from another test, and none for the next."""
    lease.close()
    yield
    lease.close()


@pytest.mark.slow
def test_a_kernel_answers_through_files_that_are_gone_afterwards(tmp_path: Path) -> None:
    one = manager()
    folder = Path(one.connection_file).parent
    assert talk(one, "import os; print(os.path.exists(os.environ.get('none', '/')))") == "True\n"
    assert one.transport == "ipc" and not folder.exists()


def test_two_kernels_never_share_a_file_and_the_paths_are_short_enough_for_a_socket() -> None:
    one, other = manager(), manager()
    assert one.ip != other.ip
    assert all(len(f"{made.ip}-5") < 100 for made in (one, other))
    for made in (one, other):
        Path(made.connection_file).parent.rmdir()


@pytest.mark.slow
def test_a_plain_kernel_gets_the_same_order() -> None:
    one = kernels.manager(ORDER, sandbox=False)
    assert talk(one, LOOK) == "7 ['a.py'] 1\n"
    assert not Path(one.connection_file).parent.exists()


@needs_sandbox
@pytest.mark.slow
@pytest.mark.parametrize("now", [True, False], ids=["at-once", "politely"])
def test_a_manager_starts_and_ends_a_kernel_in_the_sandbox(now: bool) -> None:
    one: Any = kernels.manager(ORDER)
    assert talk(one, LOOK, "import os; print(os.getpid())", now=now) == "7 ['a.py'] 1\n1\n"
    assert one.why == "" and not one.has_kernel and not Path(one.ip).parent.exists()


@needs_sandbox
@pytest.mark.slow
def test_a_kernel_is_interrupted_by_a_message() -> None:
    async def run() -> str:
        one = kernels.manager(Order())
        await one.start_kernel()
        client = one.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            request = client.execute("while True: pass")
            await asyncio.sleep(0.5)
            await one.interrupt_kernel()
            reply: Any = await client.get_shell_msg(timeout=20)
            assert reply["parent_header"]["msg_id"] == request
            return str(reply["content"]["ename"])
        finally:
            client.stop_channels()
            await one.shutdown_kernel(now=True)

    assert asyncio.run(run()) == "KeyboardInterrupt"


@needs_sandbox
@pytest.mark.slow
def test_why_a_kernel_was_ended_is_said() -> None:
    async def run() -> str:
        one = kernels.manager(Order())
        one.limits = Limits(total=400 << 20)
        await one.start_kernel()
        client = one.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            client.execute("x = b'x' * 900_000_000\nwhile True: pass")
            for _ in range(200):
                if not await one.is_alive():
                    break
                await asyncio.sleep(0.1)
            return str(one.why)
        finally:
            client.stop_channels()
            await one.shutdown_kernel(now=True)

    assert "400 MB" in asyncio.run(run())


@needs_sandbox
@pytest.mark.slow
def test_kernels_of_a_kind_share_a_server_and_no_kernel_is_used_twice(fresh: None) -> None:
    with boxed() as one:
        one.works("x = 1")
        started = lease._servers[False]
    with boxed() as other:
        assert other.run("x").error.startswith("NameError")
    assert lease._servers == {False: started}


@needs_sandbox
@pytest.mark.slow
def test_when_the_server_was_killed_the_next_kernel_comes_all_the_same(fresh: None) -> None:
    with boxed() as one:
        os.kill(lease._servers[False].pid, signal.SIGKILL)
        assert ended(one)
    with boxed() as other:
        assert other.value("1 + 1") == 2


@needs_sandbox
@pytest.mark.slow
def test_where_no_server_starts_kernels_start_cold(
    fresh: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server.Server, "__init__", failing_when_warm(server.Server.__init__))
    for _ in range(2):
        with boxed() as one:
            assert one.value("2 * 3") == 6
    assert [record.message for record in caplog.records] == [
        "no server for warm kernels, so each starts cold: for the test"
    ]
    assert lease._servers == {}


def failing_when_warm(start: Any) -> Any:
    def __init__(self: Any, torch: bool, modules: Any) -> None:
        if modules:
            raise server.ServerFailed("for the test")
        start(self, torch, modules)

    return __init__


@needs_sandbox
@pytest.mark.slow
def test_a_server_ends_with_its_process_however_that_ends() -> None:
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from boxed import boxed; from raisin.grading import lease\n"
        'with boxed() as one:\n    one.works(\'import subprocess; subprocess.Popen(["sleep", "4711"])\')\n'
        "    print(lease._servers[False].pid, flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert processes.lives(pid)
        process.kill()
    assert processes.gone(pid, 20)
    until = time.monotonic() + 20
    while (still := "sleep 4711" in _commands()) and time.monotonic() < until:
        time.sleep(0.1)
    assert not still


def _commands() -> str:
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout


@needs_sandbox
@pytest.mark.slow
def test_what_makes_cells_cheap_is_not_seen_by_them() -> None:
    with boxed() as one:
        cell = "!echo $((6 * 7))"
        assert [one.works(cell).strip() for _ in range(2)] == ["42", "42"]
        # A transformer counts from the next cell on, though that is the same text again.
        one.works("get_ipython().input_transformers_post.append(lambda lines: [l.replace('6', '5') for l in lines])")
        assert one.works("print(6)").strip() == "5" and one.works("print(6)").strip() == "5"
        one.works("get_ipython().input_transformers_post.clear()")
        assert one.works("print(6)").strip() == "6"
        assert one.works("import asyncio\nawait asyncio.sleep(0)\nprint('awaited')").strip() == "awaited"
        # Libraries tell a notebook by this name.
        assert one.value("type(get_ipython()).__name__, 'IPKernelApp' in get_ipython().config") == [
            "ZMQInteractiveShell",
            True,
        ]
        one.works("def f():\n    return 1 / 0")
        traced = one.works(
            "import sys, traceback\ntry:\n    f()\nexcept ArithmeticError:\n    traceback.print_exc(file=sys.stdout)"
        )
        assert "line 2" in traced and "return 1 / 0" in traced
        assert one.value("import inspect\ninspect.getsource(f)") == "def f():\n    return 1 / 0\n"


@needs_sandbox
@pytest.mark.slow
def test_what_threads_print_comes_with_the_cell() -> None:
    with boxed() as one:
        threads = "import threading\nts = [threading.Thread(target=print, args=(k,)) for k in range(20)]\n"
        printed = one.works(threads + "for t in ts: t.start()\nfor t in ts: t.join()\nprint('end', flush=True)")
        assert sorted(map(int, printed.split()[:-1])) == list(range(20)) and printed.split()[-1] == "end"


def test_jupyter_finds_the_provisioner_by_its_name() -> None:
    provisioner.register()
    found = KernelProvisionerFactory.instance().provisioners[provisioner.NAME]
    assert found.load() is provisioner.SandboxProvisioner


def ended(one: Any) -> bool:
    until = time.monotonic() + 10
    while one.leased.status() is None and time.monotonic() < until:
        time.sleep(0.05)
    return one.leased.status() is not None
