"""``raisin data``, against a server of our own: what it keeps, and what it says when it keeps nothing."""

import errno
import http.server
import io
import socket
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import factories
import pytest

from raisin import cli, download, lab
from raisin.lab import datasets, places, uci

SIMULATED = factories.PROJECT / "data" / datasets.SIMULATED
TEXT = SIMULATED.read_text(encoding="ascii")
WRONG = TEXT.replace("Besni", "Kecimen")
SECONDS = 20.0  # never waited for: an answer comes at once, or the test asks for less


def zipped(text: str) -> bytes:
    """UCI's zip: in it a zip, and in that the ARFF."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Raisin_Dataset/Raisin_Dataset.txt", "Data Set Name: Raisin Dataset")
        archive.writestr("Raisin_Dataset/Raisin_Dataset.xlsx", b"PK no table of ours")
        archive.writestr("Raisin_Dataset/Raisin_Dataset.arff", factories.raisin_arff(text))
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("Raisin_Dataset.zip", inner.getvalue())
    return outer.getvalue()


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers by what is in the path: what goes wrong with the file, then the file."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["User-Agent"]))  # type: ignore[attr-defined]
        trouble, _, name = self.path.lstrip("/").rpartition("/")
        if trouble == "502":
            self.send_error(502)
            return
        text = WRONG if trouble == "wrong" else TEXT
        content = zipped(text) if name.endswith(".zip") else text.encode("ascii")
        if trouble == "portal":
            content = b"<html><body>Please sign in to this network</body></html>"
        self.send_response(200)
        if trouble != "half-without-length":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if trouble == "silent":
            self.server.over.wait()  # type: ignore[attr-defined]
        elif trouble == "drip":
            while not self.server.over.wait(0.02):  # type: ignore[attr-defined]
                self.wfile.write(b"x")
        else:
            self.wfile.write(content[: len(content) // 2] if trouble.startswith("half") else content)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


class Server(http.server.ThreadingHTTPServer):
    asked: list[tuple[str, str]]
    over: threading.Event

    def __call__(self, *paths: str) -> tuple[str, ...]:
        return tuple(f"http://127.0.0.1:{self.server_port}/{path}" for path in paths)

    def handle_error(self, *_: object) -> None:
        """A client that left early is what some tests are about."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    made = Server(("127.0.0.1", 0), Answers)
    made.asked, made.over = [], threading.Event()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.over.set()
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def drawn_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """UCI's rows are not part of the project: let the drawn ones be those that are due."""
    monkeypatch.setattr(uci, "UCI", uci.SIMULATED)


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty course, entered; no Drive."""
    (tmp_path / "course" / "source").mkdir(parents=True)
    (tmp_path / "course" / "nbgrader_config.py").touch()
    monkeypatch.chdir(tmp_path / "course" / "source")
    monkeypatch.setattr(places, "MOUNT", tmp_path / "drive")
    return tmp_path / "course"


def refused() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/raisin.zip"


@pytest.mark.usefixtures("drawn_are_due")
def test_the_zip_is_enough(server: Server) -> None:
    addresses = server("raisin.zip", "data.csv")
    assert download.download(addresses, SECONDS) == (TEXT, addresses[0])
    ((path, agent),) = server.asked
    assert path == "/raisin.zip" and agent.startswith("raisin/")


@pytest.mark.usefixtures("drawn_are_due")
@pytest.mark.parametrize("trouble", ["502", "half", "half-without-length", "portal"])
def test_where_the_zip_is_not_to_be_had_the_csv_is_taken(server: Server, trouble: str) -> None:
    addresses = server(f"{trouble}/raisin.zip", "data.csv")
    assert download.download(addresses, SECONDS) == (TEXT, addresses[1])


@pytest.mark.usefixtures("drawn_are_due")
@pytest.mark.parametrize("name", ["raisin.zip", "data.csv"])
def test_a_wrong_hash_stops_with_both_hashes(server: Server, name: str) -> None:
    with pytest.raises(download.NotTheRaisins) as raised:
        download.download(server(f"wrong/{name}", "data.csv"), SECONDS)
    words = str(raised.value)
    assert uci.digest(WRONG) in words and uci.UCI in words and f"wrong/{name}" in words
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("502", "the server answered 502 Bad Gateway"),
        ("half", r"it broke off after \d+ of \d+ bytes"),
        ("portal", "it has no column Area"),
    ],
)
def test_each_address_and_its_trouble_are_named(server: Server, trouble: str, words: str) -> None:
    with pytest.raises(download.NotFetched, match=words) as raised:
        download.download(server(f"{trouble}/raisin.zip", f"{trouble}/data.csv"), SECONDS)
    assert len(server.asked) == 2
    lines = str(raised.value).splitlines()
    assert "/raisin.zip: " in lines[1] and "/data.csv: " in lines[2]
    assert "simulated raisins" in lines[3] and "raisin data FILE" in str(raised.value)


def test_half_a_csv_is_never_taken_for_the_whole(server: Server) -> None:
    with pytest.raises((download.NotFetched, download.NotTheRaisins)):
        download.download(server("half-without-length/data.csv"), SECONDS)


@pytest.mark.parametrize("trouble", ["silent", "drip"])
def test_a_server_that_does_not_come_to_an_end_is_left(server: Server, trouble: str) -> None:
    with pytest.raises(download.NotFetched, match=r"not there within 0\.2 seconds"):
        download.download(server(f"{trouble}/raisin.zip"), 0.2)


def test_a_file_that_is_far_too_large_is_left(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uci, "LARGEST", 1000)
    with pytest.raises(download.NotFetched, match="larger than 1000 bytes"):
        download.download(server("data.csv"), SECONDS)


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(download.NotFetched, match="refused"):
        download.download([refused()], SECONDS)


@pytest.mark.parametrize(
    "reason",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
    ],
)
def test_without_a_network_it_says_so_and_what_the_notebooks_do(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reason: OSError
) -> None:
    def cut(*_: object, **__: object) -> None:
        raise urllib.error.URLError(reason)

    monkeypatch.setattr(urllib.request, "urlopen", cut)
    assert cli.main(["data"]) == 2
    out, err = capsys.readouterr()
    assert err.count("no network") == 2 and "go on with simulated raisins" in err and out == ""
    assert not (course / "data").exists()
    assert lab.load_raisins().source == "simulated"


def test_without_a_network_and_with_a_damaged_file_it_says_that_the_notebooks_stop(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = course / "data" / "raisin.csv"
    damaged.parent.mkdir()
    damaged.write_text("Area,Class\n1,Besni\n", encoding="utf-8")
    monkeypatch.setattr(download, "ADDRESSES", [refused()])
    assert cli.main(["data"]) == 2
    err = capsys.readouterr().err
    assert f"{damaged} is there but is not UCI's Raisin set" in err and "simulated" not in err
    assert damaged.read_text(encoding="utf-8") == "Area,Class\n1,Besni\n"


@pytest.mark.usefixtures("drawn_are_due")
def test_the_command_keeps_the_set_in_the_course_and_the_notebooks_find_it(
    course: Path, server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(download, "ADDRESSES", server("raisin.zip"))
    assert cli.main(["data"]) == 0
    text = capsys.readouterr().out
    assert str(course / "data" / "raisin.csv") in text and "CC BY 4.0" in text and "10.24432/C5660T" in text
    assert [path.name for path in (course / "data").iterdir()] == ["raisin.csv"]
    assert (course / "data" / "raisin.csv").read_bytes() == TEXT.encode("ascii")
    assert lab.load_raisins().source == "uci"
    assert cli.main(["data"]) == 0
    assert "already there" in capsys.readouterr().out and len(server.asked) == 1


@pytest.mark.usefixtures("drawn_are_due")
@pytest.mark.parametrize("damaged", [WRONG, WRONG[:5000], ""])
def test_a_damaged_file_is_replaced_by_a_good_one_and_never_by_a_wrong_one(
    course: Path, server: Server, monkeypatch: pytest.MonkeyPatch, damaged: str
) -> None:
    file = course / "data" / "raisin.csv"
    file.parent.mkdir()
    file.write_text(damaged)
    monkeypatch.setattr(download, "ADDRESSES", server("wrong/raisin.zip"))
    assert cli.main(["data"]) == 2
    assert file.read_text() == damaged
    monkeypatch.setattr(download, "ADDRESSES", server("raisin.zip"))
    assert cli.main(["data"]) == 0
    assert file.read_text() == TEXT


@pytest.mark.usefixtures("drawn_are_due")
@pytest.mark.parametrize("kind", ["csv", "arff", "zip"])
def test_a_file_given_by_hand_is_checked_and_copied_in_the_same_form(course: Path, tmp_path: Path, kind: str) -> None:
    contents = {"csv": TEXT.replace("\n", "\r\n").encode(), "arff": factories.raisin_arff(TEXT).encode()}
    given = tmp_path / f"Raisin_Dataset.{kind}"
    given.write_bytes(contents.get(kind) or zipped(TEXT))
    assert cli.main(["data", str(given)]) == 0
    assert (course / "data" / "raisin.csv").read_text() == TEXT


@pytest.mark.usefixtures("drawn_are_due")
def test_a_file_given_by_hand_that_is_another_stops(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for content, words in ((WRONG, f"content hash due: {uci.UCI}"), ("seven", "cannot be read: it has no column")):
        (tmp_path / "given.csv").write_text(content)
        assert cli.main(["data", str(tmp_path / "given.csv")]) == 2
        assert words in capsys.readouterr().err
    assert cli.main(["data", str(tmp_path / "gone.csv")]) == 2
    assert "there is no file" in capsys.readouterr().err
    assert not (course / "data").exists()


@pytest.mark.usefixtures("drawn_are_due")
def test_a_place_that_cannot_be_written_is_named(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / "data").write_text("a file where the folder should be")
    assert cli.main(["data", str(SIMULATED)]) == 2
    assert "raisin.csv cannot be written" in capsys.readouterr().err


def test_a_student_keeps_it_beside_the_notebooks_in_the_drive_or_here(course: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    (unpacked / "notebooks").mkdir(parents=True)
    assert download.place(unpacked / "notebooks") == unpacked / "notebooks" / "data" / "raisin.csv"
    (places.MOUNT / "MyDrive").mkdir(parents=True)
    assert download.place(unpacked / "notebooks") == places.MOUNT / "MyDrive" / "raisin" / "data" / "raisin.csv"
    (unpacked / "data").mkdir()
    (unpacked / "data" / datasets.SIMULATED).touch()
    assert download.place(unpacked / "notebooks") == unpacked / "data" / "raisin.csv"
    assert download.place(course / "source") == course / "data" / "raisin.csv"


@pytest.mark.skipif(not factories.RAISINS.is_file(), reason="UCI's raisins do not lie beside this project")
@pytest.mark.parametrize("name", ["raisin.csv", "raisin.zip"])
def test_ucis_own_rows_are_accepted(course: Path, tmp_path: Path, name: str) -> None:
    content = factories.RAISINS.read_bytes()
    given = tmp_path / name
    given.write_bytes(content if name.endswith(".csv") else zipped(content.decode("ascii")))
    assert "900 rows, checked" in download.obtain(given, course)
    assert uci.digest((course / "data" / "raisin.csv").read_text()) == uci.UCI
    assert lab.load_raisins().source == "uci"
