"""The notebook that is open in front of the student, as a file or as the browser has it.

    at home    VS Code's own word, else Jupyter's JPY_SESSION_NAME, else its list of sessions, else the only file here
    on Colab   Colab's own channel, else the newest copy in the student's Drive

A kernel knows no notebook; each of these is somebody else's knowledge, so a path can always be given instead.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raisin.lab import history, places
from raisin.lab.contract import notebook_name
from raisin.lab.overview import Overview, hands_in, read

SECONDS = 60  # for Colab's answer: it holds all pictures of the notebook
_ENDING = ".ipynb"


class NotFound(LookupError):
    """Nobody knows where the open notebook is; the text says what to do."""


@dataclass(frozen=True)
class Opened:
    """The notebook's content. `path` and `saved` (when) are None where it came out of the browser as it stands."""

    overview: Overview
    path: Path | None
    saved: float | None
    where: str

    def unsaved(self) -> list[str]:
        """Cells that ran since the file was saved and are not in it: it is older than what the student sees."""
        if self.saved is None:
            return []
        late = history.not_in(self.overview.code, self.saved)
        return [text for text in late if not hands_in(text)]


def find(notebook: str, namespace: Mapping[str, Any], given: str | os.PathLike[str] | None = None) -> Opened:
    """The open notebook, which `lab.start` was told is `notebook`. Raises NotFound, ValueError (no notebook)."""
    if given is not None:
        path = Path(given).expanduser()
        if not path.is_file():
            raise NotFound(f"{str(given)!r} is no file (this kernel works in {Path.cwd()}): give the notebook's path")
        return _read(path)
    if "google.colab" in sys.modules:
        return _from_colab() or _from_drive(notebook)
    for path in _said(namespace):
        if path.is_file():
            return _read(path.absolute())
    here = [path for path in sorted(Path.cwd().glob(f"*{_ENDING}")) if notebook_name(path) == notebook]
    if len(here) == 1:
        return _read(here[0].absolute())
    which = f"{len(here)} files here could be it ({', '.join(path.name for path in here)})" if here else "none is here"
    raise NotFound(f'which file is this notebook? {which}. Say lab.submit("PATH/OF/THE/NOTEBOOK{_ENDING}")')


def _read(path: Path) -> Opened:
    try:
        return Opened(read(path.read_bytes()), path, path.stat().st_mtime, str(path))
    except ValueError as error:
        raise ValueError(f"{path}: {error}; save it again, then retry") from error


def _said(namespace: Mapping[str, Any]) -> Iterator[Path]:
    """Where editors say that the notebook is; any of it may be out of date."""
    for said in (namespace.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(said, str) and said.endswith(_ENDING):
            yield Path(said)
    with contextlib.suppress(Exception):  # a help, from files and servers that are not ours
        yield from _of_sessions()


def _of_sessions() -> Iterator[Path]:
    """The file of this kernel's session, from the Jupyter servers of this user: it follows a file that was renamed."""
    import urllib.request  # slow to import, and seldom needed

    from ipykernel.connect import get_connection_file
    from jupyter_core.paths import jupyter_runtime_dir

    kernel = Path(get_connection_file()).stem.removeprefix("kernel-")
    # A proxy has no business between this kernel and its own server.
    ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    for file in sorted(Path(jupyter_runtime_dir()).glob("*server-*.json"), key=os.path.getmtime, reverse=True):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            server = json.loads(file.read_text(encoding="utf-8"))
            headers = {"Authorization": f"token {server['token']}"}
            with ask(urllib.request.Request(f"{server['url']}api/sessions", headers=headers), timeout=3) as answer:
                sessions = json.load(answer)
            root = Path(server.get("root_dir") or server["notebook_dir"])
            yield from (root / session["path"] for session in sessions if session["kernel"]["id"] == kernel)


def _from_colab() -> Opened | None:
    """What the browser shows now, unsaved changes and all; None where Colab does not answer."""
    try:
        from google.colab import _message

        answer = _message.blocking_request("get_ipynb", request="", timeout_sec=SECONDS)
        return Opened(read(json.dumps(answer["ipynb"])), None, None, "as your browser shows it")
    except Exception as error:  # a channel of Colab's own, which may change without notice
        print(f"(Colab did not hand over the open notebook: {type(error).__name__}. Looking in your Drive.)")
        return None


def _from_drive(notebook: str) -> Opened:
    drive = places.MOUNT / "MyDrive"
    copies = [path for folder in (drive / "Colab Notebooks", drive) for path in folder.glob(f"*{_ENDING}")]
    copies = [path for path in copies if notebook_name(path) == notebook]
    if not copies:
        raise NotFound(
            f"Colab did not hand over the notebook, and your Drive holds no copy of {notebook}: choose File > Save a "
            f'copy in Drive, or download it, upload it here and say lab.submit("/content/{notebook}{_ENDING}")'
        )
    return _read(max(copies, key=lambda path: path.stat().st_mtime))
