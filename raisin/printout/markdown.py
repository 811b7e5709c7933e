"""Markdown as nbconvert reads it, with its formulas, to HTML that `raisin.printout.flow` reads.

Formulas become the elements <x-inline> and <x-display>, so that Markdown does nothing to what is in them.
"""

import functools
from html import escape
from typing import Any

import mistune
from mistune.plugins import import_plugin

_DISPLAY = (
    r"(?s:(?<!\\)\$\$.*?(?<!\\)\$\$|\\\\\[.*?\\\\\]|\\begin\{(?P<environment>[a-z]+\*?)\}.*?\\end\{(?P=environment)\})"
)
_INLINE = {
    "inline_display": r"(?s:(?<!\\)\$\$(?P<inline_display_text>.+?)(?<!\\)\$\$)",
    "inline_bracket": r"(?s:(?<!\\)\\\\\[(?P<inline_bracket_text>.*?)(?<!\\)\\\\\])",
    "inline_environment": r"(?s:\\begin\{(?P<inline_name>[a-z]+\*?)\}.*?\\end\{(?P=inline_name)\})",
    "inline_paren": r"(?s:(?<!\\)\\\\\((?P<inline_paren_text>.*?)(?<!\\)\\\\\))",
    # As Jupyter does: no space behind the first dollar and none before the last, no digit behind it.
    "inline_formula": r"(?<![$\\])\$(?!\s)(?P<inline_formula_text>(?:\\.|[^$\\])+?)(?<![\s\\])\$(?![\d$])",
}
_PLUGINS = ("strikethrough", "table", "url", "task_lists", "def_list", "footnotes")


class _Renderer(mistune.HTMLRenderer):
    def __init__(self) -> None:
        super().__init__(escape=False, allow_harmful_protocols=True)

    def display_formula(self, text: str) -> str:
        return f"<x-display>{escape(text)}</x-display>"

    def inline_formula(self, text: str) -> str:
        return f"<x-inline>{escape(text)}</x-inline>"

    def block_code(self, code: str, info: str | None = None) -> str:
        language = (info or "").split(None, 1)
        return f'<pre data-language="{escape(language[0] if language else "")}">{escape(code)}</pre>\n'


def _bare(text: str) -> str:
    """A formula without the signs around it."""
    text = text.strip()
    for opening, closing in (("$$", "$$"), (r"\\[", r"\\]"), (r"\[", r"\]")):
        if text.startswith(opening) and text.endswith(closing):
            return text[len(opening) : -len(closing)]
    return text


def _block(parser: Any, found: Any, state: Any) -> int:
    state.append_token({"type": "display_formula", "raw": _bare(found[0])})
    return int(found.end())


def _inline(name: str) -> Any:
    kind = "inline_formula" if name in ("inline_formula", "inline_paren") else "display_formula"

    def parse(parser: Any, found: Any, state: Any) -> int:
        group = f"{name}_text"
        state.append_token({"type": kind, "raw": found[group] if group in found.groupdict() else found[0]})
        return int(found.end())

    return parse


def converter(renderer: mistune.HTMLRenderer) -> mistune.Markdown:
    """Markdown as notebooks have it; the renderer has `inline_formula` and `display_formula`, given a bare formula."""
    made = mistune.Markdown(renderer=renderer, plugins=[import_plugin(name) for name in _PLUGINS])
    made.block.register("display_formula", rf"^ {{0,3}}{_DISPLAY}[ \t]*$", _block, before="list")
    for name, pattern in _INLINE.items():
        made.inline.register(name, pattern, _inline(name), before="escape")
    return made


@functools.cache
def _converter() -> mistune.Markdown:
    return converter(_Renderer())


@functools.lru_cache(maxsize=2_000)
def to_html(source: str) -> str:
    """`source` as HTML, the HTML that stood in it included. Raises RecursionError where it is nested without end."""
    return str(_converter()(source))
