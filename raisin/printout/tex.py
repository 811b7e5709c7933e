r"""A formula's source as tokens, with its own macros replaced: what `raisin.printout.formula` reads.

Macros live as long as the notebook does, as they do in a browser: ``\newcommand`` in one cell is known in the next.
Everything is bounded, because a few lines of macros can ask for more text than there is memory.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST = 20_000  # characters of source, and tokens after replacing
MOST_REPLACEMENTS = 2_000
MOST_MACROS = 500
TOKEN = re.compile(r"\\(?:[a-zA-Z]+|.)|\s+|.", re.DOTALL)
COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*\n?")
DEFINITIONS = frozenset(
    rf"\{name}" for name in ("newcommand", "renewcommand", "providecommand", "def", "DeclareMathOperator")
)


class NotSet(Exception):
    """A formula that is not set: its source is printed in place. The message says why."""


@dataclass(frozen=True)
class Macro:
    """``body`` with #1 ... #9 for its arguments; the first may have a default."""

    arguments: int
    body: tuple[str, ...]
    default: tuple[str, ...] | None = None


class Tokens:
    """A line of tokens that is read from the left. Reading beyond its end gives None."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._left = list(tokens)[::-1]

    def __len__(self) -> int:
        return len(self._left)

    def peek(self) -> str | None:
        return self._left[-1] if self._left else None

    def take(self) -> str | None:
        return self._left.pop() if self._left else None

    def put_back(self, tokens: Sequence[str]) -> None:
        self._left.extend(reversed(tokens))

    def skip_space(self) -> None:
        while self._left and self._left[-1].isspace():
            self._left.pop()

    def accept(self, token: str) -> bool:
        """Take the next token if it is this one; space before it is skipped."""
        self.skip_space()
        if self.peek() != token:
            return False
        self.take()
        return True

    def group(self) -> list[str]:
        """The tokens of the next argument: what stands in braces, else one token."""
        self.skip_space()
        first = self.take()
        if first is None:
            return []
        return self._until("{", "}") if first == "{" else [first]

    def optional(self) -> list[str] | None:
        """The tokens of an argument in brackets, None where there is none."""
        return self._until(None, "]") if self.accept("[") else None

    def rest_of(self, environment: str) -> str:
        r"""The source up to the ``\end`` of an environment, and with it."""
        found = ""
        while (token := self.take()) is not None:
            found += token
            if token == "}" and found.endswith(rf"\end{{{environment}}}"):
                break
        return found

    def _until(self, opening: str | None, closing: str) -> list[str]:
        found: list[str] = []
        depth = 0
        while (token := self.take()) is not None:
            if token == closing and depth == 0:
                break
            # A bracket inside braces closes nothing.
            depth += (token == (opening or "{")) - (token == ("}" if opening is None else closing))
            found.append(token)
        return found


def tokens(source: str, macros: dict[str, Macro]) -> Tokens:
    """`source` without comments, definitions and macros. New definitions are added to `macros`. Raises NotSet."""
    if len(source) > LONGEST:
        raise NotSet("too long")
    raw = Tokens(TOKEN.findall(COMMENT.sub(r"\1", source)))
    replaced: list[str] = []
    replacements = 0
    while (token := raw.take()) is not None:
        if token in DEFINITIONS:
            _define(token, raw, macros)
        elif token in macros:
            replacements += 1
            raw.put_back(_replacement(macros[token], raw))
        else:
            replaced.append(token)
        if replacements > MOST_REPLACEMENTS or len(replaced) + len(raw) > LONGEST:
            raise NotSet("its macros grow without end")
    return Tokens(replaced)


def _define(command: str, raw: Tokens, macros: dict[str, Macro]) -> None:
    starred = raw.accept("*")
    default = None
    if command == r"\def":
        raw.skip_space()
        name, arguments = raw.take() or "", 0
        while raw.peek() not in ("{", None):
            arguments += raw.take() == "#"
        body = raw.group()
    elif command == r"\DeclareMathOperator":
        name, arguments = "".join(raw.group()).strip(), 0
        body = [r"\operatorname", *("*" if starred else ""), "{", *raw.group(), "}"]
    else:
        name = "".join(raw.group()).strip()
        count = "".join(raw.optional() or "")
        arguments = int(count) if count.isdecimal() and len(count) == 1 else 0
        default = raw.optional()
        body = raw.group()
    if re.fullmatch(r"\\(?:[a-zA-Z]+|.)", name) and len(macros) < MOST_MACROS:
        macros[name] = Macro(min(arguments, 9), tuple(body), None if default is None else tuple(default))


def _replacement(macro: Macro, raw: Tokens) -> list[str]:
    values: list[Sequence[str]] = []
    if macro.default is not None and macro.arguments:
        given = raw.optional()
        values.append(macro.default if given is None else given)
    while len(values) < macro.arguments:
        values.append(raw.group())
    body = Tokens(macro.body)
    found: list[str] = []
    while (token := body.take()) is not None:
        number = body.peek() if token == "#" else None
        if number is not None and number.isdecimal():
            body.take()
            found += values[int(number) - 1] if 0 < int(number) <= len(values) else ()
        else:
            found.append(token)
        if len(found) > LONGEST:
            raise NotSet("its macros grow without end")
    return found
