"""Notebooks for the printer's tests, made in code: one that has a bit of everything, and thirty that mean harm."""

import base64
import io
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

Cell = dict[str, Any]
OUTSIDE = "/etc/passwd"  # what hostile notebooks ask for; its first line begins with:
OUTSIDE_HOLDS = "root:"


def markdown(source: str, **more: Any) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def code(source: str, *outputs: Cell, count: int | None = 1) -> Cell:
    return {
        "cell_type": "code", "execution_count": count, "metadata": {}, "source": source, "outputs": list(outputs),
    }  # fmt: skip


def stream(text: str, name: str = "stdout") -> Cell:
    return {"output_type": "stream", "name": name, "text": text}


def shown(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> Cell:
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def html(text: str) -> Cell:
    return shown({"text/html": text, "text/plain": "plain text instead"})


def notebook(*cells: Cell, **metadata: Any) -> bytes:
    made = {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(made).encode("utf-8", "surrogatepass")


def png(width: int = 40, height: int = 20, claimed: tuple[int, int] | None = None) -> str:
    """A grey picture; `claimed`: what its head says of its size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    wide, high = claimed or (width, height)
    head = wide.to_bytes(4, "big") + high.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    rows = zlib.compress(b"".join(b"\x00" + bytes(k % 256 for k in range(width)) for _ in range(height)))
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return base64.b64encode(content).decode()


def jpeg() -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (60, 30), "steelblue").save(file, "JPEG")
    return base64.b64encode(file.getvalue()).decode()


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><rect width="120" height="40" fill="teal"/></svg>'
)


def _wide_table(columns: int, rows: int) -> str:
    import pandas as pd

    frame = pd.DataFrame({f"column {k}": [k + row / 7 for row in range(rows)] for k in range(columns)})
    return str(frame.to_html())


def rich() -> bytes:
    """A bit of everything that a student's notebook holds."""
    letters = "Zażółć gęślą jaźń, αβγδ, Привет, 中文 日本語 한국어, 🎉 👩‍🔬 ✓ ✗, שלום"
    trace = [
        "\x1b[31m---------------------------------------------------------------------------\x1b[39m",
        "\x1b[31mValueError\x1b[39m                                Traceback (most recent call last)",
        "\x1b[32m----> 1\x1b[39m \x1b[38;5;28;01mraise\x1b[39;00m \x1b[38;5;167;01mValueError\x1b[39;00m"
        "(\x1b[33m'no such thing'\x1b[39m)",
        "\x1b[31mValueError\x1b[39m: no such thing",
    ]
    bar = "".join(f"\rtraining: {k:3d}%|{'█' * (k // 5):20}| {k}/100" for k in range(101)) + "\n"
    return notebook(
        markdown("# Everything, and $x^2$\n\nText with **bold**, *italic*, `code`, ~~struck~~ and a [link](https://e.org)."),
        code('students = [("Żak, Łucja", "lucja"), ("Ó Briain, Seán", "sean")]', count=None),
        markdown(letters + "\n\n> a quotation with $\\alpha$\n\n1. one\n2. two\n   - inside\n   - [x] done\n\n---\n"),
        markdown("| name | value |\n|:--|--:|\n| $\\sigma$ | 1.25 |\n| a longer name | 13 |\n"),
        markdown("$$\\begin{aligned} f(x) &= \\frac{1}{n} \\sum_{i=1}^n x_i \\\\ &= \\bar x \\end{aligned}$$"),
        markdown("A sentence with the sum $\\sum_{i=1}^n i$ and a typo $\\frca{1}{2}$ in it."),
        code("x = 1  # " + "a very long comment that goes on and on, " * 5 + "to its end", stream("printed " + letters)),
        code("%%bash\nls -la | grep '^d'\n", stream("warned\n", "stderr"), count=3),
        code("fit()", stream(bar, "stderr"), count=4),
        code("raise ValueError('no such thing')",
             {"output_type": "error", "ename": "ValueError", "evalue": "no such thing", "traceback": trace}, count=5),
        code("frame", html(_wide_table(24, 6)), count=6),
        code("small", html(_wide_table(3, 4)), count=7),
        code("plot()", shown({"image/png": png(200, 100), "text/plain": "<Figure>"}), count=8),
        code("photo()", shown({"image/jpeg": jpeg()}), shown({"image/svg+xml": SVG}), count=9),
        code("display(Math())", shown({"text/latex": "$\\displaystyle \\nabla f = 0$"}), count=10),
        code("display(Markdown())", shown({"text/markdown": "**so** it is"}), count=11),
        code("widget", shown({"application/vnd.jupyter.widget-view+json": {"model_id": "box"}, "text/plain": "HBox()"}),
             count=12),
        markdown("![attached](attachment:a.png) and ![linked](https://example.org/x.png)",
                 attachments={"a.png": {"image/png": png()}}),
        markdown('<div class="alert alert-warning">Mind <b>this</b>.</div>\n\n<details><summary>Hint</summary>\n\nLook.\n</details>'),
        {"cell_type": "raw", "metadata": {}, "source": "raw \\textbf{text} #set page(width: 1pt)"},
        widgets={"application/vnd.jupyter.widget-state+json": {"state": {
            "box": {"state": {"children": ["IPY_MODEL_left", "IPY_MODEL_bar", "IPY_MODEL_right"]}},
            "left": {"state": {"value": "100%"}},
            "bar": {"state": {"_model_name": "FloatProgressModel", "max": 8, "value": 8}},
            "right": {"state": {"value": " 8/8 [00:03&lt;00:00]"}},
        }}},
    )  # fmt: skip


def _bomb() -> str:
    return "".join(rf"\newcommand{{\{chr(98 + k)}x}}{{\{chr(97 + k)}x\{chr(97 + k)}x}}" for k in range(24))


def _used_by_used() -> str:
    """An SVG in which every element is drawn ten times by the next."""
    uses = "".join(f'<g id="g{k + 1}">{f"""<use href="#g{k}"/>""" * 10}</g>' for k in range(9))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect id="g0" width="1" height="1"/>{uses}</svg>'
    )


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + k)} "{f"&{chr(97 + k)};" * 10}">' for k in range(9))
    + ']><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&j;</text></svg>'
)
OUTSIDE_ENTITY = (
    f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file://{OUTSIDE}">]>'
    '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="20"><text y="15">&x;</text></svg>'
)
LINKED = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="99" height="20">'
    f'<image xlink:href="file://{OUTSIDE}" width="9" height="9"/><image href="notebook.json" width="9" height="9"/></svg>'
)
BLUR = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="4000" height="4000"><filter id="f">'
    '<feGaussianBlur stdDeviation="900"/></filter><rect width="4000" height="4000" filter="url(#f)"/></svg>'
)


def _svg(source: str) -> bytes:
    return notebook(code("draw()", shown({"image/svg+xml": source, "text/plain": "<svg>"})))


# Each makes the bytes of one notebook.
HOSTILE: dict[str, Callable[[], bytes]] = {
    "file is not JSON": lambda: b"\x00\xff not a notebook",
    "file is empty": lambda: b"",
    "file is nested lists": lambda: b"[" * 100_000 + b"]" * 100_000,
    "file has odd types": lambda: json.dumps(
        {"nbformat": 4, "metadata": [1], "cells": [7, None, {"cell_type": 3, "source": {"a": 1}, "metadata": 5},
         {"cell_type": "code", "source": ["x", 3], "outputs": {"a": 1}, "metadata": {"nbgrader": [2], "raisin": 4}},
         {"cell_type": "code", "source": None, "outputs": [3, {"output_type": "stream", "text": {"a": 2}},
          {"output_type": "display_data", "data": {"image/png": 3, "text/html": [["a"]]}, "metadata": "m"}]}]}
    ).encode(),
    "surrogates and controls": lambda: notebook(
        markdown("\ud800 \x00\x07\x1b[31m \u202e reversed \ufeff \ufffe"), code("\x00\r\x0c'\u202e'", stream("\x1b]0;title\x07\x1b[999;999H\x1b[38;2;9"))
    ),
    "markdown reads files": lambda: notebook(
        markdown(rf"$\input{{{OUTSIDE}}}$ \input{{{OUTSIDE}}} $\include{{{OUTSIDE}}}$ $\openin\f={OUTSIDE} \read\f to\x \x$"),
        {"cell_type": "raw", "metadata": {}, "source": rf"\input{{{OUTSIDE}}} #read(\"{OUTSIDE}\")"},
    ),
    "markdown is typst": lambda: notebook(
        markdown(f'#read("{OUTSIDE}") #import "@preview/x:1.0.0" $#read("{OUTSIDE}")$ `#read("{OUTSIDE}")` <b>#panic()</b>'),
        markdown(rf'$\text{{"); #read("{OUTSIDE}") //}} \operatorname{{#read("{OUTSIDE}")}}$'),
    ),
    "html shows files": lambda: notebook(
        markdown(f'<iframe src="file://{OUTSIDE}"></iframe><img src="file://{OUTSIDE}"><img src="{OUTSIDE}"><object data="{OUTSIDE}"></object>'
                 f"![x](file://{OUTSIDE}) ![y](../../../../../{OUTSIDE}) [z](file://{OUTSIDE}) <link rel=stylesheet href='file://{OUTSIDE}'>"),
        code("x", html(f'<embed src="{OUTSIDE}"><script>document.write("ran")</script><img src="http://127.0.0.1/x.png">')),
    ),
    "svg entities": lambda: _svg(ENTITIES),
    "svg outside entity": lambda: _svg(OUTSIDE_ENTITY),
    "svg links files": lambda: _svg(LINKED),
    "svg uses itself": lambda: _svg(_used_by_used()),
    "svg blurs": lambda: _svg(BLUR),
    "svg nested deep": lambda: _svg('<svg xmlns="http://www.w3.org/2000/svg">' + "<g>" * 50_000 + "</g>" * 50_000 + "</svg>"),
    "svg is huge": lambda: _svg('<svg xmlns="http://www.w3.org/2000/svg" width="1e30" height="1e-30"><rect width="1e38" height="9"/></svg>'),
    "png is broken": lambda: notebook(
        markdown("stays"), code("a", shown({"image/png": png()[:60] + "AAAA", "text/plain": "a figure"})),
        code("b", shown({"image/png": png()}))),
    "png claims a billion pixels": lambda: notebook(code("a", shown({"image/png": png(claimed=(60_000, 60_000))}))),
    "png claims six thousand squared": lambda: notebook(code("a", *[shown({"image/png": png(claimed=(6_000, 6_000))})] * 4)),
    "jpeg is something else": lambda: notebook(code("a", shown({"image/jpeg": base64.b64encode(b"\xff\xd8\xff" + b"x" * 999).decode()}))),
    "a thousand pictures": lambda: notebook(code("a", *[shown({"image/png": png(300, 300)})] * 1_000)),
    "macro bomb": lambda: notebook(markdown(f"${_bomb()} \\yx$ and ${_bomb()} \\yx\\yx$")),
    "macro calls itself": lambda: notebook(markdown(r"$\def\x{\x\x} \x$ $\newcommand{\y}[9]{\y{#1#1}} \y1 2 3 4 5 6 7 8 9$")),
    "formula nested deep": lambda: notebook(
        markdown("$" + "{" * 3_000 + "}" * 3_000 + "$ $" + r"\frac{" * 2_000 + "1" + "}{2}" * 2_000 + "$"),
        markdown("$$" + r"\left(" * 500 + r"\right)" * 500 + "$$ $$" + "x^{" * 900 + "}" * 900 + "$$"),
        markdown("$$" + r"\begin{pmatrix}" * 60 + r"\end{pmatrix}" * 60 + "$$ $" + r"\sqrt" * 400 + "$ $x" + "^2" * 60 + "$"),
    ),
    "formula is a big matrix": lambda: notebook(
        *[markdown("$$\\begin{matrix}" + " \\\\ ".join([" & ".join(["x"] * 39)] * 190) + "\\end{matrix}$$")] * 5),
    "thousands of formulas": lambda: notebook(markdown(r"$\frac{a}{b}$ " * 15_000)),
    "five megabytes of text": lambda: notebook(code("x", stream("all work and no play\n" * 250_000), stream("y" * 5_000_000, "stderr"))),
    "five megabytes in colours": lambda: notebook(code("x", stream("\x1b[31ma\x1b[1;4;38;5;99mb" * 200_000))),
    "carriage returns": lambda: notebook(code("x", stream("\r50%" * 1_000_000), stream("a\b" * 1_000_000, "stderr"))),
    "columns without end": lambda: notebook(code("x", html("<table>" + "<tr>" + "<td colspan=9999999 rowspan=9999999>x" * 2_000 + "</table>"))),
    "table of a million cells": lambda: notebook(code("x", html("<table>" + ("<tr>" + "<td>1</td>" * 1_000 + "</tr>") * 90 + "</table>"))),
    "tables in tables": lambda: notebook(code("x", html("<table><tr><td>" * 2_000 + "x"))),
    "html nested deep": lambda: notebook(markdown("<div>" * 20_000 + "x"), code("x", html("<b><i>" * 20_000 + "x"))),
    "lists nested deep": lambda: notebook(markdown("\n".join("  " * k + "- x" for k in range(400))), markdown(">" * 5_000 + " x")),
    "markdown that backtracks": lambda: notebook(
        markdown("[" * 20_000), markdown("*a" * 20_000), markdown("`" * 20_001 + "x"), markdown("$" * 20_001),
        markdown("<a " * 20_000), markdown("![" * 20_000 + "](" * 20_000), markdown("|" * 20_000 + "\n" + "|-" * 20_000)),
    "html that backtracks": lambda: notebook(
        code("x", html("<!--" * 50_000), html("<" * 200_000), html('<a style="' + "color:rgb(" * 40_000 + '">x</a>'),
             html("<style>" + "#a{color:red;" * 20_000 + "</style><p id=a>x"))),
    "code that goes on": lambda: notebook(*[code("x = [" + "1, " * 20_000 + "]\n" * 3_000)] * 10),
    "code without spaces": lambda: notebook(code("'" + "x" * 1_000_000 + "'"), code("(" * 60_000), code('"""' * 30_001)),
    "ten thousand cells": lambda: notebook(*[markdown("# x\n\ny $z$"), code("1", stream("2"))] * 5_000),
    "words without end": lambda: notebook(markdown("x" * 150_000), markdown("漢" * 60_000), markdown("🎉" * 20_000)),
    "headings and rules": lambda: notebook(markdown("# x\n\n---\n\n" * 8_000)),
    "widgets in circles": lambda: notebook(
        code("x", shown({"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "w"})),
        widgets={"application/vnd.jupyter.widget-state+json": {"state": {"a": {"state": {"children": ["a"] * 50, "value": "w"}}}}}),
    "students is a program": lambda: notebook(code("students = [(open('/etc/passwd').read(), 'x')]"), code("students = " + "(" * 9_000)),
}  # fmt: skip


def hostile() -> Iterator[tuple[str, bytes]]:
    for name, make in HOSTILE.items():
        yield name, make()
