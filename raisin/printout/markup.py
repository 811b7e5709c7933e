"""HTML as a tree, however it was written. Nothing is run, fetched or refused; scripts and styles are left out."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from html.parser import HTMLParser

from raisin.printout.lines import CONTROLS

# Never shown: what runs, what is filled in, what shows another page.
LEFT_OUT = frozenset(
    [
        "audio",
        "button",
        "canvas",
        "embed",
        "form",
        "head",
        "iframe",
        "math",
        "noscript",
        "object",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "textarea",
        "video",
    ]
)
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
BLOCKS = frozenset(
    [
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "ul",
        "x-display",
    ]
)
# What an opening tag closes, and what it does not look behind.
CLOSES: dict[str, tuple[AbstractSet[str], AbstractSet[str]]] = {
    "li": ({"li"}, {"ul", "ol"}),
    "tr": ({"tr", "td", "th"}, {"table"}),
    "td": ({"td", "th"}, {"tr", "table"}),
    "th": ({"td", "th"}, {"tr", "table"}),
    "dt": ({"dt", "dd"}, {"dl"}),
    "dd": ({"dt", "dd"}, {"dl"}),
}
DEEPEST = 100
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


class Element:
    """A tag with its attributes and what is in it: elements and text."""

    __slots__ = ("attributes", "blocky", "children", "tag")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []
        self.blocky = tag in BLOCKS  # it, or something in it, stands on lines of its own

    @property
    def style(self) -> str:
        return self.attributes.get("style", "")

    @property
    def hidden(self) -> bool:
        return "hidden" in self.attributes or "display:none" in self.style.replace(" ", "")

    def elements(self) -> Iterator["Element"]:
        return (child for child in self.children if isinstance(child, Element))

    def text(self) -> str:
        """All text in it, in order."""
        found: list[str] = []
        left: list[Element | str] = [self]
        while left:
            child = left.pop()
            if isinstance(child, str):
                found.append(child)
            else:
                found.append("\n" if child.tag == "br" else "")
                left.extend(reversed(child.children))
        return CONTROLS.sub("", "".join(found))


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("root", {})]
        self.left_out: list[str] = []
        self.css: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in LEFT_OUT:
            if tag not in VOID:
                self.left_out.append(tag)
            return
        if self.left_out:
            return
        if tag in CLOSES:
            self._close(*CLOSES[tag])
        elif tag in BLOCKS:
            self._close({"p"}, BLOCKS - {"p"})
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if element.blocky:
            for parent in self.open:
                parent.blocky = True
        if tag not in VOID and len(self.open) < DEEPEST:
            self.open.append(element)

    def _close(self, tags: AbstractSet[str], behind: AbstractSet[str]) -> None:
        """Close the outermost open element of these tags, as far as `behind` lets us look."""
        found = 0
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].tag in behind:
                break
            if self.open[depth].tag in tags:
                found = depth
        if found:
            del self.open[found:]

    def handle_endtag(self, tag: str) -> None:
        if tag in LEFT_OUT:
            if tag in self.left_out:
                del self.left_out[self.left_out.index(tag) :]
        elif not self.left_out:
            depths = [depth for depth, element in enumerate(self.open) if depth and element.tag == tag]
            if depths:
                del self.open[depths[-1] :]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if self.left_out:
            if self.left_out[-1] == "style":
                self.css.append(data)
        elif data:
            self.open[-1].children.append(data)


def tree(html: str) -> tuple[Element, str]:
    """The root of the tree, and the style sheets that stood in it."""
    builder = _Builder()
    builder.feed(_COMMENT.sub("", html))  # html.parser looks for the end of every comment anew
    builder.close()
    return builder.open[0], "".join(builder.css)
