"""Kernels in the sandbox, from outside: servers that fork them, and the lease of one kernel.

A process of ours has at most one server with torch and one without, started when first needed; it ends with the
process, whatever ends that. A kernel is used once. Where a server does not start, each kernel gets a sandbox and an
interpreter of its own: the same walls, only slower.
"""

import atexit
import logging
from collections.abc import Mapping
from typing import Any

from raisin.grading import sandbox
from raisin.grading.errors import NoSandbox
from raisin.grading.sandbox import Limits
from raisin.grading.server import Leased, Order, Server, ServerFailed

__all__ = ["Leased", "Order", "close", "lease"]

_log = logging.getLogger(__name__)
# What a kernel would otherwise import at its start, and what notebooks do.
_KERNEL = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger", "ipykernel.datapub"),
    *("IPython.core.completerlib", "IPython.core.pylabtools", "IPython.core.magics", "jupyter_client.session"),
    *(
        "tornado.platform.asyncio",
        "zmq.eventloop.zmqstream",
        "psutil",
        "sqlite3",
        "pdb",
        "faulthandler",
        "unittest.mock",
    ),
)
_NOTEBOOKS = (
    *("numpy", "numpy.testing", "matplotlib.pyplot", "matplotlib.backends.backend_agg", "matplotlib_inline.config"),
    *("PIL.PngImagePlugin", "networkx", "pandas", "raisin.lab", "raisin.lab.graph", "raisin.lab.picture"),
    *("raisin.lab.diagnose", "raisin.lab.mistaken", "raisin.lab.standin", "raisin.lab.observe", "raisin.lab.wire"),
)
# The later ones are what torch imports at the first optimizer and the first backward.
_TORCH = (
    *("torch", "torch.nn", "torch.optim", "torch.func", "torch.nn.utils", "torch.utils.data", "torch.testing"),
    *("torch._dynamo", "torch.fx.experimental.symbolic_shapes", "torch.profiler"),
)


_servers: dict[bool, Server] = {}
_failed: set[bool] = set()


def lease(order: Order, limits: Limits, connection: Mapping[str, Any]) -> Leased:
    """One kernel for `order`. Raises NoSandbox where none can be had."""
    if reason := sandbox.available():
        raise NoSandbox(reason)
    for _ in range(2):  # the second time where the server was there and is gone
        try:
            if (server := _warm(order.torch)) is None:
                break
            return server.lease(order, limits, connection)
        except ServerFailed as error:
            _log.warning("a warm kernel could not be had (%s)", error)
            if (server := _servers.pop(order.torch, None)) is not None:
                server.close()
    return _cold(order, limits, connection)


def _warm(torch: bool) -> Server | None:
    """The server of this flavour, started where there is none; None where that has failed in this process."""
    if torch in _failed:
        return None
    if (server := _servers.get(torch)) is not None and server.is_ours:
        return server
    if server is not None:
        server.close()
    try:
        _servers[torch] = Server(torch, _KERNEL + _NOTEBOOKS + (_TORCH if torch else ()))
    except ServerFailed as error:
        _failed.add(torch)
        _log.warning("no server for warm kernels, so each starts cold: %s", error)
        return None
    return _servers[torch]


def _cold(order: Order, limits: Limits, connection: Mapping[str, Any]) -> Leased:
    """A kernel in a sandbox of its own. Raises NoSandbox."""
    server = None
    try:
        server = Server(order.torch, ())
        leased = server.lease(order, limits, connection)
    except ServerFailed as error:
        if server is not None:
            server.close()
        raise NoSandbox(f"a kernel does not start in the sandbox: {error}") from error
    leased.server = server
    return leased


@atexit.register
def close() -> None:
    """End this process's servers; the next lease starts new ones."""
    while _servers:
        _servers.popitem()[1].close()
    _failed.clear()
