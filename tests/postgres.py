"""A PostgreSQL server of the system's package for tests: on a socket in a folder of its own, gone at the end."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


def _programs() -> Path | None:
    """The folder of the newest version's programs (Debian keeps them off the path)."""
    there = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4].split(".")[0]))
    if there:
        return there[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


PROGRAMS = _programs()
needs_postgres = pytest.mark.skipif(PROGRAMS is None, reason="no PostgreSQL server here: apt-get install postgresql")
_SECONDS = 30
# It is thrown away: nothing has to reach a disk.
_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=40")


@dataclass
class Server:
    """`url` names a database of this server for nbgrader."""

    folder: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://raisin@/{database}?host={self.folder}"

    def make(self, database: str) -> str:
        """A new empty database; its url."""
        import psycopg

        with psycopg.connect(f"host={self.folder} user=raisin dbname=postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"'.encode())
        return self.url(database)


def _account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def server() -> Iterator[Server]:
    assert PROGRAMS is not None
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="rpg-", dir="/tmp"))  # the path of a socket must be short
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    about: dict[str, Any] = {"env": environment, "cwd": folder, "stdin": subprocess.DEVNULL, **account}
    try:
        if account:
            os.chown(folder, account["user"], account["group"])
        initdb = [PROGRAMS / "initdb", "-D", folder / "data", "-U", "raisin", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, timeout=_SECONDS, **about)
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        command = [PROGRAMS / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", *settings]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, **about)
        try:
            _wait(folder, process)
            yield Server(folder, process)
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: the folder goes too
            process.wait(_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    import psycopg

    until = time.monotonic() + _SECONDS
    while True:
        try:
            psycopg.connect(f"host={folder} user=raisin dbname=postgres", connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "log").read_text(errors="replace")) from error
            time.sleep(0.05)
