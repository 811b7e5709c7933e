"""What of a cell's outputs may come back from a stranger's kernel: text and small pictures, and not too much of them.

Pure, and total: whatever stands in a notebook or came from a kernel, this gives outputs that nbformat takes and a
browser may show. Streams, also stderr, become stdout (nbgrader gives no points where stderr spoke); an execute_result
becomes a display_data, so that nobody but the judge writes the number that nbgrader reads as points; colours (ANSI)
stay and every other control character goes; errors stay errors, as text.
"""

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import nbformat

TEXT_BYTES = 100_000  # of one output
PICTURE_BYTES = 2_000_000
PIXELS = 30_000_000  # a small file may unfold to a picture that no browser can hold
CELL_BYTES = 4_000_000
NOTEBOOK_BYTES = 40_000_000
CELL_OUTPUTS = 50
ALT_LENGTH = 1_000
_LINES = 200  # of a traceback, and of the list that a text may be

_COLOUR = r"\x1b\[[0-9;]{0,16}m"
_CONTROL = re.compile(
    rf"({_COLOUR})|\x1b\[[0-9;?]{{0,16}}[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
)
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


def reduced(outputs: Any, most: int = CELL_BYTES) -> list[Any]:
    """The outputs of one cell as they may be kept, `most` bytes of them; where some were cut, a line says so."""
    kept: list[Any] = []
    left = most
    given = list(outputs) if isinstance(outputs, list | tuple) else []
    for output in given[:CELL_OUTPUTS]:
        made = _reduced(output)
        if made is None:
            continue
        if (weight := size(made)) > left:
            return [*kept, _line(f"... the other outputs were cut: more than {most:,} bytes")]
        left -= weight
        kept.append(made)
    if len(given) > CELL_OUTPUTS:
        kept.append(_line(f"... {len(given) - CELL_OUTPUTS:,} more outputs were cut"))
    return kept


def reduced_all(cells: Sequence[Any], most: int = NOTEBOOK_BYTES) -> list[list[Any]]:
    """The outputs of a notebook's cells, reduced, `most` bytes of them all together."""
    done = []
    for outputs in cells:
        kept = reduced(outputs, min(CELL_BYTES, max(most, 0)))
        most -= sum(map(size, kept))
        done.append(kept)
    return done


def size(value: Any, most: float = float("inf")) -> int:
    """About how many bytes of text a value holds, however it is nested; counting ends beyond `most`."""
    total, stack = 0, [value]
    while stack and total <= most:
        one = stack.pop()
        total += len(one) if isinstance(one, str | bytes | bytearray) else 8
        if isinstance(one, Mapping):
            stack += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            stack += one
    return total


def _reduced(output: Any) -> Any:
    """One output; None where nothing of it may be kept."""
    if not isinstance(output, Mapping):
        return None
    kind = output.get("output_type")
    if kind == "stream":
        printed = text(output.get("text"))
        return new("stream", name="stdout", text=printed) if printed else None
    if kind == "error":
        return _error(output)
    return _display(output) if kind in ("display_data", "execute_result") else None


def _error(output: Mapping[str, Any]) -> Any:
    given = output.get("traceback")
    lines = list(given) if isinstance(given, list | tuple) else [given]
    if len(lines) > _LINES:
        lines = [*lines[: _LINES // 2], f"... {len(lines) - _LINES:,} lines were cut", *lines[-_LINES // 2 :]]
    most = TEXT_BYTES // max(1, len(lines))
    traceback = [text(line, most) for line in lines if isinstance(line, str)]
    name, words = (text(output.get(key), 1_000) for key in ("ename", "evalue"))
    return new("error", ename=name or "Error", evalue=words, traceback=traceback)


def _display(output: Mapping[str, Any]) -> Any:
    given = output.get("data")
    if not isinstance(given, Mapping):
        return None
    data = {kind: found for kind in ("image/png", "image/jpeg") if (found := picture(given.get(kind)))}
    metadata = {kind: {"alt": alt} for kind in data if (alt := _alt(output.get("metadata"), kind))}
    if words := text(given.get("text/plain")):
        data["text/plain"] = words
    return new("display_data", data=data, metadata=metadata) if data else None


def _alt(metadata: Any, kind: str) -> str:
    about = metadata.get(kind) if isinstance(metadata, Mapping) else None
    return text(about.get("alt"), ALT_LENGTH) if isinstance(about, Mapping) else ""


def text(given: Any, most: int = TEXT_BYTES) -> str:
    """A text, or the list of its lines, in `most` characters: without control characters but for colours."""
    if isinstance(given, list | tuple):
        given = "".join(part for part in given[:most] if isinstance(part, str))
    if not isinstance(given, str):
        return ""
    cut = len(given) - most
    # What a terminal writes over is gone: of a progress bar the last state stays.
    lines = given[:most].replace("\r\n", "\n").split("\n")
    kept = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)
    clean = _CONTROL.sub(lambda found: found[1] or "", kept).encode("utf-8", "replace").decode("utf-8")
    return f"{clean}\n... {cut:,} more characters were cut\n" if cut > 0 else clean


def picture(given: Any) -> str:
    """Base64 of a PNG or JPEG that is small enough, written anew; "" for anything else."""
    if isinstance(given, list | tuple):
        given = "".join(part for part in given if isinstance(part, str))
    if not isinstance(given, str) or len(given) > 2 * PICTURE_BYTES:
        return ""
    try:
        content = base64.b64decode("".join(given.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if len(content) > PICTURE_BYTES or not 0 < _pixels(content) <= PIXELS:
        return ""
    return base64.b64encode(content).decode("ascii")


def _pixels(content: bytes) -> int:
    """Width times height, read from the picture's own header; 0 where it is neither PNG nor JPEG."""
    if content.startswith(_PNG) and content[12:16] == b"IHDR":
        return int.from_bytes(content[16:20], "big") * int.from_bytes(content[20:24], "big")
    if content.startswith(_JPEG):
        with contextlib.suppress(IndexError):
            return next(_frames(content), 0)
    return 0


def _frames(content: bytes) -> Iterator[int]:
    """The pixels of each frame header (SOF) of a JPEG. Raises IndexError where the file ends too early."""
    place = 2
    while place < len(content):
        if content[place] != 0xFF:
            return
        marker = content[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            yield int.from_bytes(content[place + 5 : place + 7], "big") * int.from_bytes(
                content[place + 7 : place + 9], "big"
            )
        place += 2 + max(2, int.from_bytes(content[place + 2 : place + 4], "big"))


def _line(words: str) -> Any:
    return new("stream", name="stdout", text=f"{words}\n")


def new(kind: str, **content: Any) -> Any:
    """As nbformat's own function makes it, which checks each against its schema: the whole notebook is checked once."""
    about: dict[str, Any] = {"metadata": {}} if kind in ("display_data", "execute_result") else {}
    return nbformat.from_dict({"output_type": kind, **about, **content})  # type: ignore[no-untyped-call]
