"""Kernels in the sandbox, from outside: servers that fork them, and the lease of one kernel.

A process of ours has at most one server with torch and one without, started when first needed; it ends with the
process, whatever ends that. A kernel is used once. Where a server does not start, each kernel gets a sandbox and an
interpreter of its own: the same walls, only slower. Any number of threads may lease kernels at once.
"""

import atexit
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from raisin.grading import sandbox
from raisin.grading.errors import NoSandbox
from raisin.grading.sandbox import Limits
from raisin.grading.server import Leased, Order, Server, ServerFailed

__all__ = ["Leased", "Order", "close", "lease", "warm"]

_log = logging.getLogger(__name__)
# What a kernel would otherwise import at its start, and what notebooks do.
_KERNEL = (
    *(
        "raisin_inside.application",
        "ipykernel.kernelapp",
        "ipykernel.ipkernel",
        "ipykernel.zmqshell",
        "ipykernel.debugger",
    ),
    *("IPython.core.completerlib", "IPython.core.pylabtools", "IPython.core.magics", "jupyter_client.session"),
    *(
        "tornado.platform.asyncio",
        "zmq.eventloop.zmqstream",
        "psutil",
        "sqlite3",
        "pdb",
        "faulthandler",
        "unittest.mock",
        "IPython.core.debugger",
        "IPython.core.logger",
        "IPython.extensions.storemagic",
    ),
)
_NOTEBOOKS = (
    *("numpy", "numpy.testing", "matplotlib.pyplot", "matplotlib.backends.backend_agg", "matplotlib_inline.config"),
    *("PIL.PngImagePlugin", "networkx", "raisin.lab", "raisin.lab.graph", "raisin.lab.picture"),
    *("raisin.lab.diagnose", "raisin.lab.mistaken", "raisin.lab.standin", "raisin.lab.observe", "raisin.lab.wire"),
)
# The later ones are what torch imports at the first optimizer and the first backward.
_TORCH = (
    *("torch", "torch.nn", "torch.optim", "torch.func", "torch.nn.utils", "torch.utils.data", "torch.testing"),
    *("torch._dynamo", "torch.fx.experimental.symbolic_shapes", "torch.profiler", "pandas"),
)


_servers: dict[bool, Server] = {}
_failed: set[bool] = set()
_lock: threading.RLock
_starter: ThreadPoolExecutor
_retired: list[Server] = []  # they failed somebody while others' kernels still ran there


def lease(order: Order, limits: Limits, connection: Mapping[str, Any]) -> Leased:
    """One kernel for `order`. Raises NoSandbox where none can be had."""
    if reason := sandbox.available():
        raise NoSandbox(reason)
    for _ in range(2):  # the second time where the server was there and is gone
        server = _warm(order.torch)
        if server is None:
            break
        try:
            return server.lease(order, limits, connection)
        except ServerFailed as error:
            _log.warning("a warm kernel could not be had (%s)", error)
            _retire(order.torch, server)
    return _cold(order, limits, connection)


def warm() -> None:
    """Start the server without torch, so that the first lease need not wait for it."""
    if not sandbox.available():
        _warm(torch=False)


def _warm(torch: bool) -> Server | None:
    """The server of this flavour, started where there is none; None where that has failed in this process."""
    with _lock:
        _close_idle()
        if torch in _failed:
            return None
        if (server := _servers.get(torch)) is not None and server.is_ours:
            return server
        if server is not None:
            server.close()
        try:
            _servers[torch] = _start(torch, _KERNEL + _NOTEBOOKS + (_TORCH if torch else ()))
        except ServerFailed as error:
            _servers.pop(torch, None)
            _failed.add(torch)
            _log.warning("no server for warm kernels, so each starts cold: %s", error)
            return None
        return _servers[torch]


def _retire(torch: bool, server: Server) -> None:
    """Lease no more kernels from it. Those of other threads run on; when they have ended, it is closed."""
    with _lock:
        if _servers.get(torch) is server:
            del _servers[torch]
        if server not in _retired:
            _retired.append(server)
        _close_idle()


def _close_idle() -> None:
    """The lock is held."""
    for server in [retired for retired in _retired if not (retired.is_ours and retired.is_busy)]:
        _retired.remove(server)
        server.close()


def _cold(order: Order, limits: Limits, connection: Mapping[str, Any]) -> Leased:
    """A kernel in a sandbox of its own. Raises NoSandbox."""
    server = None
    try:
        server = _start(order.torch, ())
        leased = server.lease(order, limits, connection)
    except ServerFailed as error:
        if server is not None:
            server.close()
        raise NoSandbox(f"a kernel does not start in the sandbox: {error}") from error
    leased.server = server
    return leased


def _start(torch: bool, modules: Sequence[str]) -> Server:
    """A server from a thread that lasts: Linux ends a process "with its parent" when the *thread* that made it ends."""
    return _starter.submit(Server, torch, modules).result()


@atexit.register
def close() -> None:
    """End this process's servers; the next lease starts new ones."""
    with _lock:
        for server in (*_servers.values(), *_retired):
            server.close()
        _servers.clear()
        _retired.clear()
        _failed.clear()


def _begin() -> None:
    """In a new process, forked ones too: nobody holds the lock there, and the starting thread did not come along."""
    global _lock, _starter
    _lock = threading.RLock()  # re-entered by a signal handler that closes
    _starter = ThreadPoolExecutor(1, thread_name_prefix="raisin-servers")


_begin()
os.register_at_fork(after_in_child=_begin)
