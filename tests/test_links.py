"""Notebooks behind links: fetched from a stand-in on this machine, bounded, and never from anywhere else."""

import contextlib
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from raisin.grading import links
from raisin.grading.links import Answer, NotFetched

ID = "1aBcD_efGh-ijK"
DRIVE = f"https://drive.google.com/uc?export=download&id={ID}"
COLAB = f"https://colab.research.google.com/drive/{ID}?usp=sharing"
RAW = "https://raw.githubusercontent.com/o/r/main/a%20b/02.ipynb"


@pytest.mark.parametrize(
    ("link", "there"),
    [
        (COLAB, DRIVE),
        (f"https://colab.research.google.com/drive/{ID}#scrollTo=x", DRIVE),
        (f"https://drive.google.com/file/d/{ID}/view?usp=drive_link", DRIVE),
        (f"http://drive.google.com/open?id={ID}&authuser=0", DRIVE),
        ("https://github.com/o/r/blob/main/a%20b/02.ipynb", RAW),
        ("https://www.github.com/o/r/raw/main/a b/02.ipynb", RAW),
        ("https://colab.research.google.com/github/o/r/blob/main/a%20b/02.ipynb#x", RAW),
        (RAW, RAW),
        ("https://gist.github.com/o/0123abc", "https://gist.githubusercontent.com/o/0123abc/raw"),
        (
            "https://colab.research.google.com/gist/o/0123abc/x.ipynb",
            "https://gist.githubusercontent.com/o/0123abc/raw",
        ),
        (f"https://drive.google.com/drive/folders/{ID}", ""),
        ("https://github.com/o/r", ""),
        ("https://example.org/02.ipynb", ""),
        ("https://drive.google.com.example.org/file/d/1aBcD_efGh-ijK", ""),
        ("file:///etc/passwd", ""),
        ("https://[", ""),
    ],
)
def test_a_link_leads_to_the_file_itself(link: str, there: str) -> None:
    assert links.address(link) == there


def test_the_link_is_found_in_what_canvas_makes_of_it() -> None:
    page = f'<html><a href="https://example.org/x">x</a> <a href="{COLAB.replace("?", "?a=1&amp;")}">y</a></html>'
    assert links.link_in(page) == COLAB.replace("?", "?a=1&")
    doctype = '<!DOCTYPE html PUBLIC "x" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
    refresh = f'<html xmlns="http://www.w3.org/1999/xhtml"><meta http-equiv="Refresh" content="0; url={COLAB}">'
    assert links.link_in(doctype + refresh) == COLAB and links.link_in(doctype + "<p>sorry</p>") == ""
    assert links.link_in("see https://example.org/x.") == "https://example.org/x"
    assert links.link_in("<p>my notebook did not upload</p>") == ""


class StandIn(BaseHTTPRequestHandler):
    """Plays every host: /<host>/<path> on this machine."""

    def do_GET(self) -> None:
        host, _, path = self.path[1:].partition("/")
        kind = path.partition("?")[0].rpartition("/")[2]
        if host == "drive.google.com":
            self.answer(302, b"", Location=f"https://doc-1.googleusercontent.com/{ID}")
        elif kind in ("403", "404", "500"):
            self.answer(int(kind), b"no")
        elif kind == "login":
            self.answer(302, b"", Location="https://accounts.google.com/ServiceLogin")
        elif kind == "away":
            self.answer(302, b"", Location="http://127.0.0.1:22/")
        elif kind == "port":
            self.answer(302, b"", Location="https://github.com:22/")
        elif kind == "round":
            self.answer(302, b"", Location="/o/r/main/round")
        elif kind == "page":
            self.answer(200, b"  <!doctype html><title>Sign in</title>")
        elif kind == "short":
            self.answer(200, b"{", **{"Content-Length": "50"})
        elif kind == "endless":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                while True:
                    self.wfile.write(b"x" * 1000)
                    time.sleep(0.02)
        else:
            self.answer(200, b'{"cells": []}')

    def answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *about: Any) -> None:
        pass


@pytest.fixture
def opener() -> Iterator[links.Opener]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def opened(address: str, seconds: float) -> contextlib.AbstractContextManager[Answer]:
        parts = urlsplit(address)
        return links.opened(f"http://127.0.0.1:{server.server_port}/{parts.netloc}{parts.path}?{parts.query}", seconds)

    yield opened
    server.shutdown()
    thread.join()
    server.server_close()


def github(name: str) -> str:
    return f"https://github.com/o/r/blob/main/{name}"


def test_a_notebook_is_fetched_over_a_redirect(opener: links.Opener) -> None:
    assert links.fetch(COLAB, opener) == links.fetch(github("02.ipynb"), opener) == b'{"cells": []}'


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("403", r"no access \(403\)"),
        ("404", r"no access \(404\)"),
        ("login", r"no access \(a login page\)"),
        ("page", r"no access \(a web page came"),
        ("500", "the server answered 500"),
        ("away", "it leads to http://127.0.0.1:22, where nothing is fetched"),
        ("port", "it leads to https://github.com:22, where nothing is fetched"),
        ("round", "it leads on and on"),
        ("short", "it broke off"),
    ],
)
def test_what_gives_no_file_says_why_and_names_the_link(opener: links.Opener, name: str, why: str) -> None:
    with pytest.raises(NotFetched, match=why) as caught:
        links.fetch(github(name), opener)
    assert github(name) in str(caught.value) and not caught.value.offline


def test_time_and_size_are_bounded(opener: links.Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFetched, match=r"nothing came within 0\.2 seconds"):
        links.fetch(github("endless"), opener, 0.2)
    monkeypatch.setattr(links, "LARGEST", 2000)
    with pytest.raises(NotFetched, match="ask for the notebook without its outputs"):
        links.fetch(github("endless"), opener, 5)


def test_without_a_network_that_is_said_once_and_for_all() -> None:
    def nowhere(address: str, seconds: float) -> contextlib.AbstractContextManager[Answer]:
        raise urllib.error.URLError(OSError(101, "Network is unreachable"))

    with pytest.raises(NotFetched, match="no network here; try again, or fetch it by hand") as caught:
        links.fetch(COLAB, nowhere)
    assert caught.value.offline


def test_a_link_to_elsewhere_is_never_opened() -> None:
    def never(address: str, seconds: float) -> contextlib.AbstractContextManager[Answer]:
        raise AssertionError(address)

    with pytest.raises(NotFetched, match="no link to a file on Colab, Drive or GitHub"):
        links.fetch("https://example.org/02.ipynb", never)
