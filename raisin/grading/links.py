"""Notebooks that were handed in as links: to Colab, Google Drive, GitHub. Fetched one at a time, bounded in all.

    link in a text ──address──▶ where the file itself is ──fetch──▶ bytes | NotFetched (why, and what to do)

Only https, only the hosts of these services, redirects included: a link is text that a student wrote.
"""

import contextlib
import errno
import html
import http.client
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urljoin, urlsplit

from raisin import __version__

SECONDS, LARGEST, MOST_REDIRECTS = 30.0, 100_000_000, 5
LARGEST_TEXT = 200_000  # bytes of a file in which a link is looked for
_HOSTS = (
    "drive.google.com",
    "docs.google.com",
    "raw.githubusercontent.com",
    "gist.githubusercontent.com",
    "github.com",
)
_HOSTS_BELOW = (".googleusercontent.com", "drive.usercontent.google.com")
_LOGIN = ("accounts.google.com",)
_LINK = re.compile(r"https?://(?!www\.w3\.org/)[^\s\"'<>\\)\]]+", re.IGNORECASE)
_ID = r"(?P<id>[\w-]{10,})"
_DRIVE = re.compile(rf"^/(?:file/d/|drive/|document/d/)(?:u/\d+/)?{_ID}")
_GITHUB = re.compile(r"^/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)/(?:blob|raw)/(?P<path>[^?#]+)$")
_GIST = re.compile(r"^/(?:gist/)?(?P<owner>[\w.-]+)/(?P<id>[0-9a-f]+)")
_BY_HAND = "fetch it by hand into a folder of the student: {}"
_NO_ACCESS = "no access ({}); ask for a link that anyone may open, or for the file: {}"


class NotFetched(Exception):
    """A link did not give a file. `offline`: because there is no network here."""

    def __init__(self, why: str, offline: bool = False) -> None:
        super().__init__(why)
        self.offline = offline


@dataclass(frozen=True)
class Answer:
    """What a server said: the status, and where it points on to; `length` as announced."""

    status: int
    location: str
    length: int | None
    read: Callable[[int], bytes] = field(repr=False)


Opener = Callable[[str, float], AbstractContextManager[Answer]]


def link_in(text: str) -> str:
    """The first link to a notebook that can be fetched, else the first link of all; "" where there is none."""
    found = [html.unescape(link).rstrip(".,;") for link in _LINK.findall(text[:LARGEST_TEXT])]
    return next((link for link in found if address(link)), found[0] if found else "")


def address(link: str) -> str:
    """Where the file behind a link to Colab, Drive or GitHub is; "" for any other link."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    host, path = (parts.hostname or "").lower(), parts.path
    if host.startswith("www."):
        host = host[4:]
    if host == "colab.research.google.com":
        if path.startswith("/github/"):
            return _of_github(path.removeprefix("/github"))
        if path.startswith("/gist/"):
            return _of_gist(path)
        return _of_drive(path, "")
    if host in ("drive.google.com", "docs.google.com"):
        return _of_drive(path, parts.query)
    if host == "github.com":
        return _of_github(path)
    if host == "gist.github.com":
        return _of_gist(path)
    raw = host in ("raw.githubusercontent.com", "gist.githubusercontent.com")
    return f"https://{host}{quote(unquote(path))}" if raw else ""


def _of_drive(path: str, query: str) -> str:
    found = _DRIVE.match(path)
    name = found["id"] if found else next(iter(parse_qs(query).get("id", [])), "")
    if "/folders/" in path or not re.fullmatch(r"[\w-]{10,}", name):
        return ""
    return f"https://drive.google.com/uc?export=download&id={name}"


def _of_github(path: str) -> str:
    found = _GITHUB.match(path)
    return (
        f"https://raw.githubusercontent.com/{found['owner']}/{found['name']}/{_quoted(found['path'])}" if found else ""
    )


def _of_gist(path: str) -> str:
    found = _GIST.match(path)
    return f"https://gist.githubusercontent.com/{found['owner']}/{found['id']}/raw" if found else ""


def _quoted(path: str) -> str:
    return quote(unquote(path))


def fetch(link: str, opener: Opener | None = None, seconds: float = SECONDS) -> bytes:
    """The file behind a link. `opener` opens an address and follows nothing. Raises NotFetched, with what to do."""
    there = address(link)
    if not there:
        raise NotFetched(f"no link to a file on Colab, Drive or GitHub; {_BY_HAND.format(link)}")
    end = time.monotonic() + seconds
    try:
        return _follow(there, link, opener or opened, end)
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError):
            words = f"nothing came within {seconds:g} seconds"
            raise NotFetched(f"{words}; try again, or {_BY_HAND.format(link)}") from error
        offline = _is_offline(error)
        words = "there is no network here" if offline else f"it broke off ({error})"
        raise NotFetched(f"{words}; try again, or {_BY_HAND.format(link)}", offline) from error


def _follow(there: str, link: str, opener: Opener, end: float) -> bytes:
    for _ in range(MOST_REDIRECTS + 1):
        parts = urlsplit(there)
        host = (parts.hostname or "").lower()
        if host in _LOGIN:
            raise NotFetched(_NO_ACCESS.format("a login page", link))
        if (
            parts.scheme != "https"
            or parts.port not in (None, 443)
            or not (host in _HOSTS or host.endswith(_HOSTS_BELOW))
        ):
            raise NotFetched(
                f"it leads to {parts.scheme}://{parts.netloc}, where nothing is fetched; {_BY_HAND.format(link)}"
            )
        with opener(there, _left(end)) as answer:
            if answer.status in (301, 302, 303, 307, 308) and answer.location:
                there = urljoin(there, answer.location)
                continue
            if answer.status in (401, 403, 404, 410):
                raise NotFetched(_NO_ACCESS.format(answer.status, link))
            if answer.status != 200:
                raise NotFetched(f"the server answered {answer.status}; try again, or {_BY_HAND.format(link)}")
            content = b"".join(_pieces(answer, link, end))
        if content.lstrip()[:1] == b"<":
            raise NotFetched(_NO_ACCESS.format("a web page came instead of a notebook", link))
        return content
    raise NotFetched(f"it leads on and on; {_BY_HAND.format(link)}")


def _pieces(answer: Answer, link: str, end: float) -> Iterator[bytes]:
    size = 0
    while piece := answer.read(1 << 16):
        size += len(piece)
        _left(end)
        if size > LARGEST:
            raise NotFetched(f"more than {LARGEST // 1_000_000} MB; ask for the notebook without its outputs: {link}")
        yield piece
    if answer.length is not None and size < answer.length:
        raise ConnectionError(f"after {size} of {answer.length} bytes")


def _left(end: float) -> float:
    seconds = end - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *about: Any) -> None:
        return None


@contextlib.contextmanager
def opened(address: str, seconds: float) -> Iterator[Answer]:
    """An address, opened; an error of the server's and a redirect are answers too. Raises OSError, HTTPException."""
    request = urllib.request.Request(address, headers={"User-Agent": f"raisin/{__version__}"})
    got: Any
    try:
        got = urllib.request.build_opener(_NoRedirects).open(request, timeout=seconds)
    except urllib.error.HTTPError as error:
        got = error
    with got:
        length = got.headers.get("Content-Length", "")
        read = got.read1 if hasattr(got, "read1") else got.read
        yield Answer(got.status, got.headers.get("Location", ""), int(length) if length.isdecimal() else None, read)


def _is_offline(error: BaseException) -> bool:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    no_network = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
    return isinstance(reason, socket.gaierror) or getattr(reason, "errno", None) in no_network
