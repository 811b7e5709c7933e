"""A kernel in the sandbox for tests, and what to skip where there is no sandbox."""

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from kernels import Kernel

from raisin.grading import lease, sandbox
from raisin.grading.lease import Leased, Order
from raisin.grading.provisioner import PORTS
from raisin.grading.sandbox import Limits

needs_sandbox = pytest.mark.skipif(bool(sandbox.available()), reason=f"no sandbox here: {sandbox.available()}")
as_user = pytest.mark.skipif(os.geteuid() != 0, reason="this is a normal user already")


class Boxed(Kernel):
    """A kernel in the sandbox; `leased` is its lease."""

    def __init__(self, client: BlockingKernelClient, leased: Leased) -> None:
        super().__init__(client)
        self.leased = leased

    def value(self, source: str, timeout: float = 60) -> Any:
        """What an expression, or the last one of `source`, is worth inside; it must be JSON."""
        *before, last = source.strip().splitlines()
        text = "\n".join([*before, "import json as _json", f"print(_json.dumps(({last})))"])
        cell = self.run(text, timeout)
        assert not cell.error, cell.error + cell.out
        return json.loads(cell.out.splitlines()[-1])


@contextlib.contextmanager
def boxed(order: Order | None = None, limits: Limits | None = None) -> Iterator[Boxed]:
    key = uuid.uuid4().hex
    about: Any = {"transport": "ipc", "signature_scheme": "hmac-sha256", **PORTS}
    leased = lease.lease(order or Order(), limits or Limits(), {**about, "key": key})
    client = BlockingKernelClient()
    client.load_connection_info({**about, "ip": str(leased.folder / "s"), "key": key.encode()})
    try:
        client.start_channels(stdin=False, hb=False)  # the heartbeat takes a second to stop
        client.wait_for_ready(timeout=60)
        yield Boxed(client, leased)
    finally:
        client.stop_channels()
        leased.kill()
