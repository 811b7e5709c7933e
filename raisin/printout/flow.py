"""A tree of HTML as the blocks and runs that the template sets.

A block is a dict with its kind under "k"; what runs in a line is text or a list of its kind and its parts. Both hold
characters, numbers and names only.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from raisin.printout import colours
from raisin.printout.formula import is_wide
from raisin.printout.lines import CONTROLS
from raisin.printout.markup import Element
from raisin.printout.pictures import NoPicture, Picture
from raisin.printout.tables import table_of

Block = dict[str, Any]
Inline = list[Any]
MOST_LEVELS = 12  # blocks in blocks, and emphasis in emphasis
_STYLES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "cite": "italic", "var": "italic", "dfn": "italic",
    "u": "underlined", "ins": "underlined", "s": "struck", "del": "struck", "strike": "struck", "sub": "sub",
    "sup": "super", "mark": "marked",
}  # fmt: skip
_CODE = frozenset(("code", "kbd", "samp", "tt"))
_LONG_WORD = re.compile(r"[^\s\u200b]{40,}")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s]{1,2000}\Z", re.IGNORECASE)
_ALERTS = {"danger": "#fdecea", "warning": "#fff6df", "success": "#e8f5e9"}


class Flow:
    """One text of a notebook (a Markdown cell, an HTML output) on its way to blocks."""

    def __init__(
        self,
        formula: Callable[[str], Any],
        picture: Callable[[str, Mapping[str, str]], Picture],
        code: Callable[[str, str], Any],
        css: str = "",
    ) -> None:
        self.formula = formula
        self.picture = picture
        self.code = code
        self.by_id = _styles_by_id(css)
        self.problems: list[str] = []

    def style(self, element: Element) -> str:
        """Its own style and what a style sheet says of its id (pandas colours tables that way)."""
        return element.style + ";" + self.by_id.get(element.attributes.get("id", ""), "")

    def inline(self, children: Sequence[Element | str], level: int = 0) -> Inline:
        """What runs in a line, without spaces at its ends."""
        return stripped(self._inline(children, level))

    def _inline(self, children: Sequence[Element | str], level: int) -> Inline:
        found: Inline = []
        for child in children:
            if isinstance(child, str):
                words = re.sub(r"[ \t\r\n]+", " ", CONTROLS.sub("", child))
                if words:
                    found.append(breakable(words))
            elif not child.hidden:
                found += self._run(child, level)
        return found

    def _run(self, child: Element, level: int) -> Inline:
        tag = child.tag
        if level > MOST_LEVELS:
            return [breakable(child.text())]
        if tag == "br":
            return [["break"]]
        if tag in ("x-inline", "x-display"):
            node = self.formula(child.text())
            # A wide one is displayed, where it is made smaller if need be.
            return [["displayed" if tag == "x-display" or is_wide(node) else "formula", node]]
        if tag in _CODE:
            return [["code", breakable(child.text())]]
        if tag == "img":
            return [self._image(child)]
        if tag == "input":
            boxes = {"checkbox": ("☐ ", "☑ "), "radio": ("○ ", "● ")}.get(child.attributes.get("type", ""))
            return [boxes["checked" in child.attributes]] if boxes else []
        if (
            tag == "a"
            and len(child.children) == 1
            and isinstance(image := child.children[0], Element)
            and image.tag == "img"
        ):
            # A badge: what it says is enough.
            inside: Inline = [image.attributes["alt"]] if image.attributes.get("alt") else [self._image(image)]
        else:
            inside = self._inline(child.children, level + 1)
        if tag in _STYLES:
            return [["style", _STYLES[tag], inside]]
        if tag == "a":
            address = child.attributes.get("href", "")
            return [["link", address, inside]] if _LINK.match(address) and inside else inside
        style = self.style(child)
        if re.search(r"font-weight:\s*(?:bold|[6-9]00)", style):
            inside = [["style", "bold", inside]]
        colour = colours.from_style(style, "color") or colours.from_style(
            "color:" + child.attributes.get("color", ""), "color"
        )
        return [["colour", colour, inside]] if colour else inside

    def _image(self, child: Element) -> Any:
        try:
            picture = self.picture(child.attributes.get("src", ""), child.attributes)
            return ["picture", picture.name, picture.width]
        except NoPicture as reason:
            words = " ".join(child.attributes.get("alt", "").split())[:200]
            if str(reason) != "only linked":
                self.problems.append(f"picture: {reason}")
            return ["style", "italic", [f"[picture: {words or reason}]"]]

    def blocks(self, children: Sequence[Element | str], level: int = 0) -> list[Block]:
        """What stands on lines of its own."""
        if level > MOST_LEVELS:
            words = "".join(child if isinstance(child, str) else child.text() for child in children)
            return paragraphs([breakable(words)])
        found: list[Block] = []
        running: list[Element | str] = []
        for child in children:
            if isinstance(child, str) or not child.blocky:
                running.append(child)
                continue
            found += paragraphs(self.inline(running))
            running.clear()
            if not child.hidden:
                found += self._block(child, level)
        return found + paragraphs(self.inline(running))

    def _block(self, child: Element, level: int) -> list[Block]:
        tag = child.tag
        if re.fullmatch(r"h[1-6]", tag):
            return [{"k": "heading", "level": int(tag[1]), "c": self.inline(child.children)}]
        if tag in ("ul", "ol"):
            return self._list(child, level)
        if tag == "pre":
            code = child.text().removesuffix("\n")
            return [{"k": "code", "c": self.code(code, child.attributes.get("data-language", ""))}]
        if tag in ("blockquote", "dd"):
            return [{"k": "quote", "c": self.blocks(child.children, level + 1)}]
        if tag in ("summary", "dt", "figcaption"):
            return [{"k": "label", "c": self.inline(child.children)}]
        if tag == "hr":
            return [{"k": "rule"}]
        if tag == "table":
            return table_of(child, self.inline, self.style)
        if tag == "x-display":
            return [{"k": "formula", "c": self.formula(child.text())}]
        inside = self.blocks(child.children, level + 1)
        if "alert" in child.attributes.get("class", ""):
            kinds = (colour for kind, colour in _ALERTS.items() if kind in child.attributes["class"])
            return [{"k": "alert", "fill": next(kinds, "#e8f1fb"), "c": inside}]
        if tag == "details":
            return [{"k": "quote", "c": inside}]
        colour = colours.from_style(self.style(child), "color")
        return [_coloured(block, colour) for block in inside] if colour else inside

    def _list(self, child: Element, level: int) -> list[Block]:
        items = [self.blocks(item.children, level + 1) for item in child.elements() if item.tag == "li"]
        start = child.attributes.get("start", "1")
        number = int(start) if start.isdecimal() and len(start) < 6 else 1
        return [{"k": "list", "numbered": child.tag == "ol", "start": number, "c": items}] if items else []


def paragraphs(runs: Inline) -> list[Block]:
    """A paragraph, split around displayed formulas."""
    found: list[Block] = []
    words: Inline = []
    for run in [*runs, None]:
        if run is None or (isinstance(run, list) and run[0] == "displayed"):
            if words := stripped(words):
                found.append({"k": "paragraph", "c": words})
            words = []
            if run is not None:
                found.append({"k": "formula", "c": run[1]})
        else:
            words.append(run)
    return found


def stripped(runs: Inline) -> Inline:
    """Without spaces and line breaks at both ends."""
    runs = list(runs)
    while runs and (runs[0] == ["break"] or (isinstance(runs[0], str) and not runs[0].strip())):
        runs.pop(0)
    while runs and (runs[-1] == ["break"] or (isinstance(runs[-1], str) and not runs[-1].strip())):
        runs.pop()
    if runs and isinstance(runs[0], str):
        runs[0] = runs[0].lstrip()
    if runs and isinstance(runs[-1], str):
        runs[-1] = runs[-1].rstrip()
    return runs


def breakable(words: str) -> str:
    """Words too long for a line may be broken anywhere."""
    if len(words) < 40:
        return words
    return _LONG_WORD.sub(lambda found: "\u200b".join(found[0][i : i + 8] for i in range(0, len(found[0]), 8)), words)


def _coloured(block: Block, colour: str) -> Block:
    return {**block, "c": [["colour", colour, block["c"]]]} if block["k"] == "paragraph" else block


def _styles_by_id(css: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for selectors, body in re.findall(r"([^{}]{1,20000})\{([^{}]{1,2000})\}", css[:200_000]):
        if "color" in body:
            for name in re.findall(r"#([\w-]+)", selectors):
                found[name] = found.get(name, "") + ";" + body
    return found
