"""Where the open notebook is: at home, in VS Code, on Colab; and whether the file is what the student sees."""

import json
import os
import sys
import types
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from kernels import write_notebook

from raisin.lab import history, opened, places
from raisin.lab.history import Run

NAME = "04-backward"


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, no editor's words, no server of this user, no history."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setattr(history, "runs", [])
    return tmp_path


def made(path: Path, *cells: str) -> Path:
    return write_notebook(path, cells or ["1"])


def test_a_given_path_counts_before_all_others(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(made(alone / "said.ipynb")))
    given = made(alone / "given.ipynb")
    assert opened.find(NAME, {}, "given.ipynb").path == Path("given.ipynb")
    assert opened.find(NAME, {}, given).path == given
    with pytest.raises(opened.NotFound, match=r"'gone\.ipynb' is no file .*give the notebook's path"):
        opened.find(NAME, {}, "gone.ipynb")


def test_vs_codes_word_then_jupyters_then_the_only_file(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only = made(alone / f"Copy of {NAME} (1).ipynb")
    made(alone / "05-sgd.ipynb")
    assert opened.find(NAME, {}).path == only
    monkeypatch.setenv("JPY_SESSION_NAME", str(made(alone / "jupyter.ipynb")))
    assert opened.find(NAME, {}).path == alone / "jupyter.ipynb"
    code = {"__vsc_ipynb_file__": str(made(alone / "code.ipynb"))}
    assert opened.find(NAME, code).path == alone / "code.ipynb"
    (alone / "code.ipynb").unlink()
    (alone / "jupyter.ipynb").unlink()
    assert opened.find(NAME, code).path == only


def test_nobody_knows(alone: Path) -> None:
    with pytest.raises(opened.NotFound, match=r"none is here\. Say lab\.submit"):
        opened.find(NAME, {})
    made(alone / f"{NAME}.ipynb")
    made(alone / f"{NAME}-Copy1.ipynb")
    with pytest.raises(opened.NotFound, match=r"2 files here could be it"):
        opened.find(NAME, {})
    (alone / f"{NAME}-Copy1.ipynb").unlink()
    (alone / f"{NAME}.ipynb").write_text("{")
    with pytest.raises(ValueError, match=rf"{NAME}\.ipynb: it cannot be read .* save it again"):
        opened.find(NAME, {})


class Sessions(BaseHTTPRequestHandler):
    """What a Jupyter server answers; only to those who have its token."""

    def do_GET(self) -> None:
        self.send_response(200 if self.headers["Authorization"] == "token secret" else 403)
        self.end_headers()
        sessions = [{"path": f"deep/{kernel}.ipynb", "kernel": {"id": kernel}} for kernel in ("other", "ours")]
        self.wfile.write(json.dumps(sessions).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(alone: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    running = HTTPServer(("127.0.0.1", 0), Sessions)
    thread = Thread(target=running.serve_forever)
    thread.start()
    runtime = alone / "runtime"
    runtime.mkdir()
    about = {"url": f"http://127.0.0.1:{running.server_port}/", "token": "secret", "root_dir": str(alone)}
    (runtime / "jpserver-1.json").write_text(json.dumps(about))
    (runtime / "jpserver-2.json").write_text(json.dumps(about | {"url": "http://127.0.0.1:9/"}))  # gone long ago
    (runtime / "jpserver-3.json").write_text("{")
    monkeypatch.setattr("ipykernel.connect.get_connection_file", lambda: str(runtime / "kernel-ours.json"))
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:9")
    yield
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.mark.usefixtures("server")
def test_a_renamed_file_is_found_by_the_servers_list_of_sessions(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(alone / "the old name.ipynb"))
    path = made(alone / "deep" / "ours.ipynb")
    assert opened.find(NAME, {}).path == path


def ran(*cells: tuple[str, float]) -> None:
    history.runs += [Run(history.same(text), began) for text, began in cells]


def test_cells_that_ran_after_the_file_was_saved_must_be_in_it(alone: Path) -> None:
    path = made(alone / f"{NAME}.ipynb", "a = 1\n", "lab.submit()")
    os.utime(path, (1000, 1000))
    now = ("lab.submit()", 2000.0)
    ran(("a = 0", 900.0), ("a = 1  ", 1100.0), now)
    assert opened.find(NAME, {}).unsaved() == []  # an old version before the save, the saved one after it
    ran(("a = 2", 1200.0), ("lab.submit(unfinished=True)", 1300.0), ("a = 2", 1400.0), now)
    assert opened.find(NAME, {}).unsaved() == ["a = 2"]
    os.utime(path, (1500, 1500))
    assert opened.find(NAME, {}).unsaved() == []


@pytest.fixture
def colab(alone: Path, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Colab's package with its channel to the browser, and an empty Drive."""
    package, message = types.ModuleType("google.colab"), types.ModuleType("google.colab._message")
    vars(package)["_message"] = message
    for module in (types.ModuleType("google"), package, message):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(places, "MOUNT", alone / "drive")
    return message


def test_on_colab_the_browser_hands_the_notebook_over(alone: Path, colab: types.ModuleType) -> None:
    content = json.loads(made(alone / "x.ipynb", "a = 3").read_text())
    asked = []

    def blocking_request(kind: str, request: str = "", timeout_sec: int = 5) -> dict[str, object]:
        asked.append((kind, timeout_sec))
        return {"ipynb": content}

    vars(colab)["blocking_request"] = blocking_request
    ran(("never in it", 1e12), ("now", 1e12))
    found = opened.find(NAME, {})
    assert found.overview.code == ("a = 3",) and found.path is None and found.unsaved() == []
    assert asked == [("get_ipynb", 60)]


@pytest.mark.parametrize("answer", [None, {"error": "busy"}, {"ipynb": {}}])
def test_where_colab_is_silent_the_newest_copy_in_drive_counts(
    alone: Path, colab: types.ModuleType, answer: object, capsys: pytest.CaptureFixture[str]
) -> None:
    vars(colab)["blocking_request"] = lambda *_, **__: answer
    with pytest.raises(opened.NotFound, match="Save a copy in Drive"):
        opened.find(NAME, {})
    folder = alone / "drive" / "MyDrive" / "Colab Notebooks"
    for age, name in enumerate([f"Copy of {NAME}.ipynb", f"{NAME}.ipynb", "05-sgd.ipynb"]):
        os.utime(made(folder / name), (5000 - age, 5000 - age))
    assert opened.find(NAME, {}).path == folder / f"Copy of {NAME}.ipynb"
    assert "Looking in your Drive" in capsys.readouterr().out
