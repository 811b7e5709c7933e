"""What students wrote as HTML that may stand in a page: no scripts, nothing from the network, nothing unclosed. Pure.

Markdown goes through mistune with all its HTML escaped; formulas become MathML (latex2mathml), of which only elements
and attributes that are known come through; a formula that cannot be set stays as it was typed.
"""

import functools
import re
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jinja2
import latex2mathml.converter
import markupsafe
import mistune
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from raisin.printout import markdown as notebooks
from raisin.printout.request import number

LONGEST_FORMULA = 2_000  # characters; a longer one is shown as it was typed
LONGEST_TEXT = 100_000
_MATHML = "http://www.w3.org/1998/Math/MathML"
_ELEMENTS = frozenset(
    (
        *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "ms", "mfrac", "msqrt", "mroot", "mstyle", "merror"),
        *("mpadded", "mphantom", "mfenced", "menclose", "msub", "msup", "msubsup", "munder", "mover", "munderover"),
        *("mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd", "mlabeledtr"),
    )
)
_ATTRIBUTES = frozenset(
    (
        *("display", "stretchy", "fence", "form", "separator", "lspace", "rspace", "minsize", "maxsize", "symmetric"),
        *("accent", "accentunder", "linethickness", "columnalign", "rowspacing", "columnspacing", "columnlines"),
        *("rowlines", "mathvariant", "width", "height", "depth", "notation"),
    )
)
_CHILDREN = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}
_PLAIN_VALUE = re.compile(r"[\w .,%+-]{0,60}")
_ANSI = re.compile(r"\x1b\[[0-9;:?]*[A-Za-z]")


class _Renderer(mistune.HTMLRenderer):
    """mistune's, with all HTML shown as text, without pictures from elsewhere, and headings below the page's own."""

    def __init__(self) -> None:
        super().__init__(escape=True, allow_harmful_protocols=False)

    def heading(self, text: str, level: int, **about: Any) -> str:
        return f"<p><strong>{text}</strong></p>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return f"[picture: {text or 'without a description'}]"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        target = self.safe_url(url)
        known = target.startswith(("https://", "http://", "mailto:"))
        return f'<a href="{escape(target)}" rel="noopener noreferrer">{text}</a>' if known else text

    def block_code(self, code: str, info: str | None = None) -> str:
        return f"<pre><code>{escape(code)}</code></pre>\n"

    def inline_formula(self, text: str) -> str:
        return formula(text, "inline")

    def display_formula(self, text: str) -> str:
        return formula(text, "block")


@functools.cache
def _markdown() -> mistune.Markdown:
    return notebooks.converter(_Renderer())


def markdown(source: str) -> str:
    """A Markdown text; where it is nested without end, as it was typed."""
    try:
        return str(_markdown()(source[:LONGEST_TEXT]))
    except RecursionError:
        return f"<pre>{escape(source[:LONGEST_TEXT])}</pre>"


class _GivenRenderer(_Renderer):
    """The same for our own texts: their HTML (hints to unfold) is kept."""

    def __init__(self) -> None:
        mistune.HTMLRenderer.__init__(self, escape=False)

    def heading(self, text: str, level: int, **about: Any) -> str:
        return f"<h{level}>{text}</h{level}>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return "" if url.startswith(("http://", "https://")) else super().image(text, url, title)


@functools.cache
def _given() -> mistune.Markdown:
    return notebooks.converter(_GivenRenderer())


def given(source: str) -> str:
    """A Markdown text of the course's own, never a student's: HTML in it stays; nothing is fetched from elsewhere."""
    return str(_given()(source))


def code(source: str) -> str:
    """Python with its parts marked by classes; `STYLES` says what they look like."""
    return str(highlight(source, PythonLexer(stripnl=False), _FORMATTER))


_FORMATTER = HtmlFormatter(style="default", cssclass="code", wrapcode=True)
STYLES = "\n".join(line for line in _FORMATTER.get_style_defs(".code").splitlines() if line.startswith(".code ."))


def plain(text: str) -> str:
    """Text as it is, without the colours of a terminal."""
    return escape(_ANSI.sub("", text))


def template(name: str) -> jinja2.Template:
    """A page's template beside this module: everything that goes into it is escaped, but what is marked as safe."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["number"] = number
    environment.filters["plain"] = lambda text: markupsafe.Markup(plain(text))
    return environment.get_template(name)


@functools.lru_cache(maxsize=2_000)
def formula(source: str, display: str) -> str:
    """MathML of a formula, `display` inline or block; the source where it cannot be set."""
    try:
        if len(source) > LONGEST_FORMULA:
            raise ValueError("too long")
        root = ElementTree.fromstring(latex2mathml.converter.convert(source, display=display))
        return ElementTree.tostring(_known(root), encoding="unicode", default_namespace=None)
    except Exception:  # whatever latex2mathml stumbles over
        return f"<code>{escape(source)}</code>"


def _known(element: ElementTree.Element) -> ElementTree.Element:
    """The same, of known elements and attributes. Raises ValueError for others, and for what is no whole formula."""
    namespace, _, name = element.tag.rpartition("}")
    if name not in _ELEMENTS or namespace.strip("{") != _MATHML or "\\" in (element.text or ""):
        raise ValueError(name)
    if len(element) != _CHILDREN.get(name, len(element)):
        raise ValueError(f"{name} of {len(element)}")
    kept = {key: value for key, value in element.attrib.items() if key in _ATTRIBUTES and _PLAIN_VALUE.fullmatch(value)}
    made = ElementTree.Element(name, kept)
    made.text, made.tail = element.text, element.tail
    made.extend([_known(child) for child in element])
    return made
