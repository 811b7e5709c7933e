"""CIFAR-10 on request, against a server of our own with an archive of our own: resumed, checked, never half read."""

import hashlib
import http.server
import io
import re
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from raisin import lab
from raisin.lab import cifar, datasets, places

ROWS = 3  # in each of the six files


def archive() -> bytes:
    """As CIFAR-10's for C programs, with three drawn pictures in each file."""
    rng, packed = np.random.default_rng(4), io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as files:
        for name in ("batches.meta.txt", *cifar.PARTS["train"], *cifar.PARTS["test"]):
            rows = np.concatenate(
                [rng.integers(0, 10, size=(ROWS, 1)), rng.integers(0, 256, size=(ROWS, 3072))], axis=1
            )
            content = b"airplane\n" if name.endswith(".txt") else rows.astype(np.uint8).tobytes()
            entry = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            entry.size = len(content)
            files.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


CONTENT = archive()


class Answers(http.server.BaseHTTPRequestHandler):
    """Gives the archive: by the path from where it is asked for, always whole, only a part of it, or something else."""

    def do_GET(self) -> None:
        asked = self.headers.get("Range", "")
        self.server.asked.append(asked)  # type: ignore[attr-defined]
        trouble = self.path.strip("/").split("/")[0]
        if trouble == "502":
            self.send_error(502)
            return
        content = b"x" * len(CONTENT) if trouble == "other" else CONTENT
        content = CONTENT * 2 if trouble == "larger" else content
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0) if trouble != "whole" else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        rest = content[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: len(rest) // 2] if trouble == "half" else rest)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[http.server.ThreadingHTTPServer]:
    monkeypatch.setenv("no_proxy", "*")
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(cifar, "SIZE", len(CONTENT))
    monkeypatch.setattr(cifar, "SHA256", hashlib.sha256(CONTENT).hexdigest())
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def address(server: http.server.ThreadingHTTPServer, trouble: str = "well") -> str:
    return f"http://127.0.0.1:{server.server_port}/{trouble}/{cifar.NAME}"


def asked(server: http.server.ThreadingHTTPServer) -> list[str]:
    found: list[str] = server.asked  # type: ignore[attr-defined]
    return found


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "data" / cifar.NAME


def test_what_is_fetched_is_checked_kept_and_read(
    server: http.server.ThreadingHTTPServer, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cifar.fetch(target, address(server))
    assert [path.name for path in target.parent.iterdir()] == [cifar.NAME]
    said = capsys.readouterr().out
    assert "MB to fetch" in said and "at 1 MB/s" in said and "checked" in said
    X_train, y_train, X_test, y_test, names = datasets.load_cifar10(path=target)
    assert (X_train.shape, X_test.shape, X_train.dtype) == ((5 * ROWS, 3, 32, 32), (ROWS, 3, 32, 32), np.uint8)
    assert (y_train.shape, y_test.dtype, len(names)) == ((5 * ROWS,), np.int64, 10)
    first = np.random.default_rng(4)
    first.integers(0, 10, size=(ROWS, 1))  # those of the file that is no picture
    first.integers(0, 256, size=(ROWS, 3072))
    labels = first.integers(0, 10, size=(ROWS, 1))[:, 0]
    assert (y_train[:ROWS] == labels).all()
    pixels = first.integers(0, 256, size=(ROWS, 3072))
    assert (X_train[0, 1, 0, :3] == pixels[0, 1024:1027]).all()  # red, then green, then blue; row by row


def test_what_broke_off_goes_on(server: http.server.ThreadingHTTPServer, target: Path) -> None:
    with pytest.raises(ConnectionError, match="call again, and it goes on from there"):
        cifar.fetch(target, address(server, "half"))
    part = target.with_name(target.name + ".part")
    had = part.stat().st_size
    assert 0 < had < len(CONTENT) and not target.exists()
    cifar.fetch(target, address(server))
    assert asked(server)[-1] == f"bytes={had}-"
    assert target.read_bytes() == CONTENT and not part.exists()


def test_a_server_that_cannot_go_on_gives_it_from_the_beginning(
    server: http.server.ThreadingHTTPServer, target: Path
) -> None:
    target.parent.mkdir()
    target.with_name(target.name + ".part").write_bytes(CONTENT[:1000])
    cifar.fetch(target, address(server, "whole"))
    assert target.read_bytes() == CONTENT


def test_a_part_that_is_whole_is_not_fetched_again(server: http.server.ThreadingHTTPServer, target: Path) -> None:
    target.parent.mkdir()
    target.with_name(target.name + ".part").write_bytes(CONTENT)
    cifar.fetch(target, address(server))
    assert asked(server) == [] and target.read_bytes() == CONTENT


@pytest.mark.parametrize("trouble", ["other", "larger"])
def test_other_content_is_not_kept(server: http.server.ThreadingHTTPServer, target: Path, trouble: str) -> None:
    with pytest.raises(ValueError, match="SHA-256 due") as raised:
        cifar.fetch(target, address(server, trouble))
    assert cifar.SHA256 in str(raised.value) and list(target.parent.iterdir()) == []


def test_a_part_of_something_else_is_found_at_the_end(server: http.server.ThreadingHTTPServer, target: Path) -> None:
    target.parent.mkdir()
    target.with_name(target.name + ".part").write_bytes(b"x" * 500)
    with pytest.raises(ValueError, match="Nothing was kept"):
        cifar.fetch(target, address(server))
    assert list(target.parent.iterdir()) == []


def test_an_error_of_the_server_and_no_server_are_told(server: http.server.ThreadingHTTPServer, target: Path) -> None:
    with pytest.raises(ConnectionError, match="the server answered 502"):
        cifar.fetch(target, address(server, "502"))
    with pytest.raises(ConnectionError, match="are kept in"):
        cifar.fetch(target, "http://127.0.0.1:1/nobody")


def test_a_changed_archive_is_not_looked_into(
    server: http.server.ThreadingHTTPServer, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.parent.mkdir()
    target.write_bytes(CONTENT[:-1] + b"?")
    monkeypatch.setattr(tarfile, "open", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(ValueError, match=r"(?s)SHA-256 got.*Delete it"):
        lab.load_cifar10(path=target)


def test_without_it_nothing_is_fetched_unless_asked(
    server: http.server.ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what was asked for lies where the next notebook finds it."""
    notebook, other = tmp_path / "course" / "09-lenet", tmp_path / "course" / "elsewhere"
    notebook.mkdir(parents=True)
    other.mkdir()
    monkeypatch.setattr(places, "MOUNT", tmp_path / "drive")
    monkeypatch.chdir(notebook)
    with pytest.raises(FileNotFoundError, match=r"load_cifar10\(download=True\) fetches it: \d+ MB"):
        lab.load_cifar10()
    assert asked(server) == []
    monkeypatch.setattr(cifar.fetch, "__defaults__", (address(server),))
    assert len(lab.load_cifar10(download=True).X_train) == 5 * ROWS
    assert len(lab.load_cifar10(download=True).X_test) == ROWS and len(asked(server)) == 1
    monkeypatch.chdir(notebook / "data")
    assert len(lab.load_cifar10().y_test) == ROWS


def test_the_archive_that_is_due_is_the_published_one() -> None:
    """The bytes that the server announces, and a SHA-256 in form; the archive itself is not part of the tests."""
    assert cifar.SIZE == 170_052_171 and re.fullmatch(r"[0-9a-f]{64}", cifar.SHA256)
    assert cifar.ADDRESS.startswith("https://") and len(cifar.KINDS) == 10
