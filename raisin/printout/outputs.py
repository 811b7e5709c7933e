"""One output of a cell as blocks: the richest form that paper can hold."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from raisin.printout import secrets, widgets
from raisin.printout.flow import Block
from raisin.printout.lines import as_it_ended, from_terminal, shortened, wrapped
from raisin.printout.pictures import SUFFIXES, NoPicture

if TYPE_CHECKING:
    from raisin.printout.document import Document

MOST_LINES = 300  # of one output
LONGEST_TEXT = 300_000
LONGEST_HTML = 1_000_000
_INTERACTIVE = re.compile(r"plotly|bokeh|vega|widget|javascript|holoviews|leaflet")
_PICTURES = ("image/svg+xml", *(mime for mime in SUFFIXES if mime != "image/svg+xml"))


def text_of(value: Any) -> str:
    """A text of a notebook, which may be a list of lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return "" if value is None else str(value)[:LONGEST_TEXT]


def merged(outputs: list[Any]) -> list[Mapping[str, Any]]:
    """The outputs, with neighbouring pieces of one stream put together."""
    found: list[dict[str, Any]] = []
    for output in outputs:
        if not isinstance(output, dict):
            continue
        last = found[-1] if found else {}
        if output.get("output_type") == last.get("output_type") == "stream" and output.get("name") == last.get("name"):
            last["pieces"].append(text_of(output.get("text")))
        elif output.get("output_type") == "stream":
            found.append({**output, "pieces": [text_of(output.get("text"))]})
        else:
            found.append(output)
    return [{**output, "text": "".join(output["pieces"])} if "pieces" in output else output for output in found]


def blocks_of(document: "Document", output: Mapping[str, Any]) -> list[Block]:
    """What is printed of one output; a note where that is less than the notebook shows."""
    kind = output.get("output_type")
    if kind == "stream":
        return terminal(document, text_of(output.get("text")), "errors" if output.get("name") == "stderr" else "text")
    if kind == "error":
        trace = output.get("traceback")
        lines = [text_of(line) for line in trace] if isinstance(trace, list) else []
        return terminal(document, "\n".join(lines) or f"{output.get('ename')}: {output.get('evalue')}", "error")
    data = output.get("data")
    if kind not in ("display_data", "execute_result") or not isinstance(data, dict):
        return []
    metadata = output.get("metadata")
    found = _picture(document, data, metadata if isinstance(metadata, dict) else {})
    return found if found is not None else _rich(document, data)


def terminal(document: "Document", text: str, kind: str) -> list[Block]:
    """What a program wrote, as a terminal would show it in the end."""
    if len(text) > LONGEST_TEXT:
        note = f"… {len(text) - LONGEST_TEXT:,} characters are left out of the printout …"
        text = f"{text[: LONGEST_TEXT * 2 // 3]}\n{note}\n{text[-LONGEST_TEXT // 3 :]}"
    text = secrets.without_lines(as_it_ended(text), document.hidden).strip("\n")
    if not text.strip():
        return []
    lines = shortened(wrapped(from_terminal(text)), min(MOST_LINES, document.lines_left()))
    return [{"k": kind, "c": document.pack(lines)}]


def _picture(document: "Document", data: Mapping[str, Any], metadata: Mapping[str, Any]) -> list[Block] | None:
    """The picture that an output has; None where it has none that can be shown."""
    for mime in _PICTURES if document.pictures_wanted else ():
        if mime not in data:
            continue
        size = metadata.get(mime)
        try:
            picture = document.pictures.add(text_of(data[mime]), mime, size if isinstance(size, dict) else metadata)
        except NoPicture as reason:
            document.problem(f"a picture is not printed: {reason}")
            continue
        words = text_of(data.get("text/plain"))[:200]
        return [{"k": "picture", "c": [picture.name, picture.width, picture.height, words]}]
    return None


def _rich(document: "Document", data: Mapping[str, Any]) -> list[Block]:
    notes: list[Block] = []
    if any(mime in data for mime in _PICTURES):
        notes = [{"k": "note", "c": "A picture stood here; it could not be printed."}]
    if widgets.VIEW in data and (words := widgets.text_of(data[widgets.VIEW], document.metadata)):
        return terminal(document, words, "text")
    html = text_of(data.get("text/html"))
    if html and len(html) <= LONGEST_HTML and "<iframe" not in html and "sk-container" not in html[:100_000]:
        found = document.html(secrets.without_lines(html, document.hidden))
        if found:
            return notes + found
    if "text/markdown" in data:
        return notes + document.markdown(secrets.without_lines(text_of(data["text/markdown"]), document.hidden))
    latex = text_of(data.get("text/latex")).strip()
    if latex and r"\begin{tabular" not in latex:
        bare = re.sub(r"^\$+\s*(?:\\displaystyle\b)?|\$+$", "", latex)
        return [*notes, {"k": "formula", "c": document.formula(bare)}]
    plain = text_of(data.get("text/plain"))
    if any(_INTERACTIVE.search(mime) for mime in data) or (html and not plain):
        notes.append({"k": "note", "c": "Interactive output: see the notebook."})
    if plain:
        return terminal(document, plain, "text") + notes
    if data and not notes:
        notes = [{"k": "note", "c": f"Output of another kind ({', '.join(map(str, data))[:100]}): see the notebook."}]
    return notes
