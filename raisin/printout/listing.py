"""Code with its colours, as lines."""

import functools
from typing import Any

from pygments.lexer import Lexer
from pygments.token import Token

from raisin.printout.lines import COLUMNS, PLAIN, Line, Run, Style, clean, wrapped

IN_COLOUR, LONGEST = 30_000, 300_000  # characters; longer code is set without colours, and then cut
_STYLES: tuple[tuple[Any, Style], ...] = (
    (Token.Comment, Style("#5f6b7a", italic=True)),
    (Token.Keyword, Style("#0b4fa0", bold=True)),
    (Token.Operator.Word, Style("#0b4fa0", bold=True)),
    (Token.Name.Function, Style("#5b3a9e")),
    (Token.Name.Class, Style("#5b3a9e", bold=True)),
    (Token.Name.Decorator, Style("#8a4b00")),
    (Token.Name.Builtin, Style("#00696f")),
    (Token.Name.Exception, Style("#a4222a")),
    (Token.Literal.String, Style("#1a6b30")),
    (Token.Literal.Number, Style("#8f3b00")),
    (Token.Generic.Heading, Style("#0b4fa0", bold=True)),
    (Token.Generic.Deleted, Style("#a4222a")),
    (Token.Generic.Inserted, Style("#1a6b30")),
)
_ALIASES = {
    "py": "python",
    "python3": "python",
    "ipython": "python",
    "ipython3": "python",
    "sh": "bash",
    "js": "javascript",
}


@functools.cache
def _style(kind: Any) -> Style:
    return next((style for token, style in _STYLES if kind in token), PLAIN)


@functools.lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    name = _ALIASES.get(language, language)
    for known in ("ipython3", "python") if name == "python" else (name,):
        try:
            return get_lexer_by_name(known, stripnl=False, ensurenl=False)
        except ClassNotFound:
            continue
    return None


@functools.lru_cache(maxsize=2_000)
def listing(source: str, language: str, columns: int = COLUMNS) -> tuple[Line, ...]:
    """`source` in the colours of `language` (any name that pygments knows; "" for none)."""
    source = clean(source)
    if len(source) > LONGEST:
        source = f"{source[:LONGEST]}\n… {len(source) - LONGEST:,} characters are left out of the printout …"
    lexer = _lexer(language) if language and len(source) <= IN_COLOUR else None
    if lexer is None:
        return tuple(wrapped([Run(source, PLAIN)], columns, tab=4))
    runs: list[Run] = []
    for kind, text in lexer.get_tokens(source):
        style = _style(kind)
        # Spaces look the same in every style: fewer runs are faster to set.
        if runs and (runs[-1].style == style or (text.isspace() and "\n" not in text)):
            runs[-1] = Run(runs[-1].text + text, runs[-1].style)
        else:
            runs.append(Run(text, style))
    return tuple(wrapped(runs, columns, tab=4))
