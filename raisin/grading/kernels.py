"""Kernels that talk through files instead of ports: two that start at once can never take each other's."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager

# A socket's path may have about a hundred characters, so it lies in the system's folder for temporary files.
_FOLDER = "raisin-kernel-"


class FileKernelManager(AsyncKernelManager):
    """A kernel on ZeroMQ's ipc transport, with a folder of its own; where there is none (Windows), on ports."""

    def __init__(self, **traits: Any) -> None:
        self._folder: Path | None = None
        if sys.platform != "win32":
            self._folder = Path(tempfile.mkdtemp(prefix=_FOLDER))
            own = {"transport": "ipc", "connection_file": str(self._folder / "k.json"), "ip": str(self._folder / "k")}
            traits = {**traits, **own}
        super().__init__(**traits)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if self._folder is not None and not restart:
            shutil.rmtree(self._folder, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources  # as the base class does
