"""Pictures of a notebook as files for typst: PNG, JPEG, GIF, WebP and SVG that are in the notebook itself.

Nothing is read from a disk or fetched: a picture that is only linked is named by its alternative text.
"""

import base64
import binascii
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

LARGEST = 12_000_000  # bytes
MOST_PIXELS = 40_000_000
MOST_TOGETHER = 60_000_000  # bytes, and pixels times four, of a whole notebook
WIDEST, HIGHEST = 498.0, 640.0  # points that a page has
_POINTS_A_PIXEL = 0.62  # of a screen, smaller on paper
SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/svg+xml": "svg",
}
_DATA_URL = re.compile(r"data:(image/[\w+.-]+);base64,", re.IGNORECASE)
# What an SVG could ask the compiler to read or to count for a long time.
_SVG_LINK = re.compile(rb"""\s(?:xlink:)?href\s*=\s*(["'])(?!#|data:image/)[^"']*\1""", re.IGNORECASE)
_SVG_SLOW = re.compile(rb"<!ENTITY|<\s*(?:\w+:)?(?:filter|foreignObject)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Picture:
    """A file for the template; width and height in points, 0 where only the compiler can tell."""

    name: str
    width: float
    height: float


class NoPicture(ValueError):
    """It cannot be shown; the message says why."""


@dataclass
class Pictures:
    """The picture files of one notebook."""

    files: dict[str, bytes] = field(default_factory=dict)
    cost: int = 0

    def add(self, data: str, mime: str, size: Mapping[str, object]) -> Picture:
        """A picture as it stands in an output; `size`: width and height in pixels, where given. Raises NoPicture."""
        suffix = SUFFIXES.get(mime)
        if suffix is None:
            raise NoPicture(f"{mime} is not printed")
        content = data.encode("utf-8", "replace") if suffix == "svg" else _decoded(data)
        if not 8 <= len(content) <= LARGEST:
            raise NoPicture("too large" if content else "empty")
        if suffix == "svg":
            content = _harmless(content)
            width, height = 0.0, 0.0
        else:
            width, height = _pixels(content, suffix)
        self.cost += len(content) + int(4 * width * height)
        if width * height > MOST_PIXELS or self.cost > 4 * MOST_TOGETHER:
            raise NoPicture("too many pixels")
        name = f"picture{len(self.files)}.{suffix}"
        self.files[name] = content
        return Picture(name, *_on_the_page(width, height, _number(size.get("width")), _number(size.get("height"))))

    def add_url(self, url: str, size: Mapping[str, object], attachments: Mapping[str, Mapping[str, str]]) -> Picture:
        """A picture of a text: ``attachment:NAME`` or ``data:...``. Raises NoPicture for any other address."""
        if url.startswith("attachment:"):
            from urllib.parse import unquote

            for mime, data in attachments.get(unquote(url[len("attachment:") :]), {}).items():
                return self.add(data, mime, size)
            raise NoPicture("not attached")
        found = _DATA_URL.match(url)
        if found is None:
            raise NoPicture("only linked")
        data = url[found.end() :]
        mime = found[1].lower()
        return self.add(_decoded(data).decode("utf-8", "replace") if mime == "image/svg+xml" else data, mime, size)


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data)
    except (binascii.Error, ValueError):
        raise NoPicture("its data is damaged") from None


def _harmless(svg: bytes) -> bytes:
    if _SVG_SLOW.search(svg):
        raise NoPicture("it uses filters, entities or HTML, which are not printed")
    return _SVG_LINK.sub(b"", svg)


def _on_the_page(width: float, height: float, wide: float, high: float) -> tuple[float, float]:
    """Points, from pixels and from what the notebook asks for; never more than the page has."""
    if not width or not height:
        return (min(wide * _POINTS_A_PIXEL, WIDEST), 0.0) if wide else (0.0, 0.0)
    if wide and not high:
        high = wide * height / width
    elif high and not wide:
        wide = high * width / height
    elif not wide:
        wide, high = width, height
    wide, high = wide * _POINTS_A_PIXEL, high * _POINTS_A_PIXEL
    shrink = min(1.0, WIDEST / wide, HIGHEST / high)
    return round(wide * shrink, 1), round(high * shrink, 1)


def _number(value: object) -> float:
    found = re.fullmatch(r"\s*(\d{1,5}(?:\.\d+)?)\s*(?:px)?\s*", str(value or ""))
    return float(found[1]) if found else 0.0


def _pixels(content: bytes, suffix: str) -> tuple[float, float]:
    """Width and height as the file's head says. Raises NoPicture where it has none."""
    try:
        if suffix == "png" and content.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack(">II", content[16:24])
        elif suffix == "gif" and content.startswith(b"GIF8"):
            width, height = struct.unpack("<HH", content[6:10])
        elif suffix == "webp" and content[8:12] == b"WEBP":
            return _webp(content)
        elif suffix == "jpg" and content.startswith(b"\xff\xd8"):
            width, height = _jpeg(content)
        else:
            raise NoPicture("its data is damaged")
    except struct.error:
        raise NoPicture("its data is damaged") from None
    if not width or not height:
        raise NoPicture("it has no size")
    return float(width), float(height)


def _webp(content: bytes) -> tuple[float, float]:
    if content[12:16] != b"VP8X":
        return 0.0, 0.0
    width, height = (1 + int.from_bytes(content[at : at + 3], "little") for at in (24, 27))
    return float(width), float(height)


def _jpeg(content: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(content):
        marker = content[at + 1]
        if content[at] != 0xFF or marker == 0xFF:
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        elif marker in (0x01, 0xD8) or 0xD0 <= marker <= 0xD7:
            at += 2
        else:
            at += 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
    return 0, 0
