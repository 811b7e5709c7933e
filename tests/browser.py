"""A browser and a JupyterLab for tests: Debian's Chromium through playwright, and a server on a free port."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
SECONDS = 120  # for a server that starts on a busy machine


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium; playwright downloads nothing."""
    with sync_playwright() as play:
        # A CI container runs as root and has little shared memory.
        flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        made = play.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield made
        finally:
            made.close()


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab; its log is for those who look why a test failed."""

    url: str
    token: str
    log: Path

    def at(self, path: str) -> str:
        return f"{self.url}/{path}?token={self.token}"


@contextlib.contextmanager
def lab(course: Path, home: Path) -> Iterator[Lab]:
    """`jupyter lab` in the folder of a course, as `make lab` starts it; `home`: where it may keep its own settings."""
    home.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    scripts = str(Path(sys.executable).parent)
    own = {"HOME": str(home), "JUPYTER_TOKEN": token, "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")])}
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "JPY", "XDG_"))}
    options = ["--no-browser", f"--port={port}", "--ServerApp.port_retries=0", "--ip=127.0.0.1"]
    options += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    started = Lab(f"http://127.0.0.1:{port}", token, home / "lab.log")
    with started.log.open("wb") as log:
        command = [sys.executable, "-m", "jupyter", "lab", *options]
        process = subprocess.Popen(command, cwd=course, env={**kept, **own}, stdout=log, stderr=log)
        try:
            _wait(started, process)
            yield started
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


def _wait(started: Lab, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + SECONDS
    while True:
        try:
            with urllib.request.urlopen(started.at("api/status"), timeout=5) as answer:
                json.load(answer)
                return
        except (urllib.error.URLError, OSError) as error:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(started.log.read_text(errors="replace")) from error
            time.sleep(0.1)
