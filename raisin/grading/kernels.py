"""Kernels for a submission: in the sandbox, or plain ones where the course says so.

Both talk through files instead of ports, so that two that start at once can never take each other's.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from queue import Empty
from typing import IO, Any

import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import port_names
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.session import Session
from traitlets import Type

from raisin.grading import provisioner
from raisin.grading.bound import BoundClient, context
from raisin.grading.lease import Order
from raisin.grading.sandbox import Limits

__all__ = ["FileKernelManager", "Order", "SandboxKernelManager", "manager"]

# A socket's path may have about a hundred characters, so it lies in the system's folder for temporary files.
_FOLDER = "raisin-kernel-"
_SAID_BYTES = 20_000
_ASK_AGAIN = 0.2  # seconds: a kernel publishes to nobody before the connection stands


def manager(order: Order, limits: Limits | None = None, *, sandbox: bool = True) -> AsyncKernelManager:
    """A manager whose kernel is as `order` says, within `limits` (default: the usual ones).

    Without `sandbox` it is a plain kernel, which sees torch, this process's environment and all of this machine.
    """
    if not sandbox:
        return FileKernelManager(order)
    return SandboxKernelManager(order=order, limits=limits or Limits())


class PromptClient(BoundClient):
    """Ready as soon as the kernel is: it waits for the end of its own question instead of a fifth of a second."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when requests are answered and their outputs arrive. Raises RuntimeError, as the base class does."""
        until = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            asked = self.kernel_info()
            if self._answered(asked):
                return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > until:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    def _answered(self, asked: str) -> bool:
        """Whether both the reply and, among the outputs, the end of this question have come."""
        try:
            while True:
                message = self.iopub_channel.get_msg(timeout=_ASK_AGAIN)
                ours = message["parent_header"].get("msg_id") == asked
                if ours and message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                    break
            while True:
                message = self.shell_channel.get_msg(timeout=_ASK_AGAIN)
                if message["parent_header"].get("msg_id") == asked:
                    self._handle_kernel_info_reply(message)
                    return True
        except Empty:
            return False


class _Messages(Session):
    """Without the time of each message, which nobody asks for and the other side would take apart."""

    def msg_header(self, msg_type: str) -> dict[str, Any]:
        made = super().msg_header(msg_type)
        del made["date"]
        return made


class _Manager(AsyncKernelManager):
    """Its client blocks; its sockets share one context with all others."""

    client_factory = Type(PromptClient, klass=AsyncKernelClient)

    def _context_default(self) -> zmq.asyncio.Context:
        return zmq.asyncio.Context.shadow(context(os.getpid()))

    def client(self, **more: Any) -> BoundClient:  # type: ignore[override]  # as above
        """As the base class does, without a copy of the session."""
        ports = {name: getattr(self, name) for name in port_names}
        about = {"transport": self.transport, "ip": self.ip, "session": self.session, "parent": self, **ports}
        made: BoundClient = self.client_factory(**{**about, **more})
        return made


class SandboxKernelManager(_Manager):
    """One kernel in the sandbox. Raises NoSandbox when it is started and there is no sandbox."""

    def __init__(self, order: Order, limits: Limits, **traits: Any) -> None:
        provisioner.register()
        own = {"transport": "ipc", "shutdown_wait_time": 0.0, "session": _Messages()}
        super().__init__(**{**own, **traits})
        self.order = order
        self.limits = limits

    @property
    def why(self) -> str:
        """What ended the kernel from outside (its memory), in a line; "" where nothing did."""
        return str(getattr(self.provisioner, "why", ""))

    @property
    def usage(self) -> tuple[float, int]:
        """CPU seconds and bytes of memory that the kernel took; (0.0, 0) while they are not known."""
        return getattr(self.provisioner, "usage", (0.0, 0))

    @property
    def kernel_spec(self) -> KernelSpec:
        """Not the submission's: Python, interrupted by message, from our provisioner."""
        about = {"kernel_provisioner": {"provisioner_name": provisioner.NAME, "config": {}}}
        return KernelSpec(display_name="raisin", language="python", interrupt_mode="message", metadata=about)


class FileKernelManager(_Manager):
    """A kernel on ZeroMQ's ipc transport, with a folder of its own; where there is none (Windows), on ports."""

    def __init__(self, order: Order | None = None, **traits: Any) -> None:
        self.order = order
        self._folder: Path | None = None
        self._work: Path | None = None
        self.said = ""  # the beginning of what the kernel of an order printed past Jupyter, once it has ended
        self._past: IO[bytes] | None = None
        if sys.platform != "win32":
            self._folder = Path(tempfile.mkdtemp(prefix=_FOLDER))
            own = {"transport": "ipc", "connection_file": str(self._folder / "k.json"), "ip": str(self._folder / "k")}
            traits = {**traits, **own}
        super().__init__(**traits)

    async def start_kernel(self, **about: Any) -> None:  # type: ignore[override]  # the base is typed as if not async
        """As the base class does; with an order, its files lie in a working folder of the kernel's own."""
        if self.order is not None:
            self._work = Path(tempfile.mkdtemp(prefix=_FOLDER))
            contents = {name: text.encode() for name, text in self.order.framework.items()}
            for folder, files in ((self._work / "framework", contents), (self._work / "student", self.order.files)):
                folder.mkdir()
                for name, content in files.items():
                    (folder / name).parent.mkdir(parents=True, exist_ok=True)
                    (folder / name).write_bytes(content)
            own = {**self.order.environment, "RAISIN_FRAMEWORK": str(self._work / "framework")}
            about |= {"env": {**os.environ, **own}, "cwd": str(self._work / "student")}
            self._past = tempfile.TemporaryFile()  # noqa: SIM115  # closed when the kernel has ended
            about |= {"stdout": self._past, "stderr": self._past}
        await super().start_kernel(**about)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if self._past is not None and not restart:
            with self._past:
                self._past.seek(0)
                self.said = self._past.read(_SAID_BYTES).decode(errors="replace")
            self._past = None
        for folder in (self._folder, self._work):
            if folder is not None and not restart:
                shutil.rmtree(folder, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources  # type: ignore[assignment]  # as the base class does
