"""How Jupyter gets a kernel from the sandbox: a provisioner, found under the name `NAME`."""

import signal
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from raisin.grading.inside.serve import GIVEN_UP
from raisin.grading.lease import Leased, Order, lease
from raisin.grading.sandbox import Sandbox

NAME = "raisin-sandbox"
PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "hb_port": 4, "control_port": 5}


class SandboxProvisioner(KernelProvisionerBase):
    """A kernel in the sandbox: as its manager's `order` and `limits` say, else without torch and with the usual limits.

    SIGINT is sent as a message (the kernel spec says so); every other signal ends the kernel and all that it started.
    """

    _leased: Leased | None = None
    usage = (0.0, 0)  # CPU seconds, and bytes of memory of the largest process; known when it has ended
    why = ""  # what ended the kernel from outside: its memory; "" where it ended itself or was ended as asked

    @property
    def has_process(self) -> bool:
        return self._leased is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        return {"cmd": []}  # nothing of this process's environment goes in

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        manager: Any = self.parent
        order = getattr(manager, "order", Order())
        limits = getattr(manager, "limits", None) or Sandbox(config=manager.config).limits
        session = manager.session
        shared: Any = {"transport": "ipc", "signature_scheme": session.signature_scheme, **PORTS}
        self._leased = leased = lease(order, limits, {**shared, "key": session.key.decode()})
        manager.connection_file = str(leased.folder.with_suffix(".json"))
        shared |= {"key": session.key, "ip": str(leased.folder / "s")}
        self.connection_info = shared
        return self.connection_info

    async def poll(self) -> int | None:
        status = self._leased.status() if self._leased is not None else 0
        self._remember()
        return status

    async def wait(self) -> int | None:
        if self._leased is None:
            return 0
        self._leased.kill()
        status = self._leased.status()
        self._remember()
        self._leased = None
        return status

    def _remember(self) -> None:
        if self._leased is None:
            return
        self.usage = self._leased.usage
        if self._leased.why not in ("", GIVEN_UP):
            self.why = self._leased.why

    async def send_signal(self, signum: int) -> None:
        if self._leased is not None and signum not in (0, signal.SIGINT):
            self._leased.kill()

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        if self._leased is not None:
            self._leased.kill()
            self._remember()


def register() -> None:
    """Let jupyter_client find it also where this package is not installed but only on the path."""
    found = EntryPoint(NAME, f"{__name__}:{SandboxProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.instance().provisioners.setdefault(NAME, found)
