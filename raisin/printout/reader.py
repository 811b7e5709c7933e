"""A formula read by recursive descent; what commands with arguments become is a table of rules, given from outside."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from raisin.printout import colours, signs
from raisin.printout.tex import TOKEN, NotSet, Tokens

Node = list[Any]
Rule = Callable[["Reader", str], Node | None]
MOST_LEVELS = 20  # the template calls itself once a level, and typst stops at 80 calls
MOST_ROWS, MOST_COLUMNS = 200, 40
EMPTY: Node = ["row"]
INFIX = {r"\over": "frac", r"\choose": "binom", r"\atop": "stack"}


class Reader:
    """Over the tokens of one formula, or of one argument; `unknown` collects what could not be set."""

    def __init__(self, source: Tokens, rules: Mapping[str, Rule], level: int = 0) -> None:
        self.source = source
        self.rules = rules
        self.level = level
        self.unknown: list[str] = []

    def everything(self) -> Node:
        """All of it, as one row; several rows where it has line breaks of its own."""
        rows, _ = self.rows("")
        return rows[0][0] if len(rows) == len(rows[0]) == 1 else ["lines", rows]

    def inside(self, found: Sequence[str]) -> Node:
        """The tree of tokens that were read as an argument."""
        return self.over(found).row(())

    def over(self, found: Sequence[str]) -> "Reader":
        reader = Reader(Tokens(found), self.rules, self.level + 1)
        reader.unknown = self.unknown
        return reader

    def argument(self) -> Node:
        return self.inside(self.source.group())

    def word(self) -> str:
        return "".join(self.source.group()).strip()

    def row(self, stops: Collection[str]) -> Node:
        """Everything up to one of `stops` (not taken) or the end."""
        if self.level > MOST_LEVELS:
            raise NotSet("nested too deep")
        self.level += 1
        found: Node = ["row"]
        while True:
            self.source.skip_space()
            token = self.source.peek()
            if token is None or token in stops:
                break
            if token in INFIX:
                self.source.take()
                found = ["row", [INFIX[token], found, self.row(stops)]]
                break
            switch = self._switch(token, stops)
            node = switch if switch is not None else self.item()
            if node is not None:
                found.append(node)
        self.level -= 1
        return found

    def _switch(self, token: str, stops: Collection[str]) -> Node | None:
        """What holds for the rest of the group: an alphabet, a colour, a size."""
        name = token[1:] if token[0] == "\\" else ""
        if name in signs.SWITCHES:
            self.source.take()
            return ["alphabet", signs.SWITCHES[name], self.row(stops)]
        if name in ("displaystyle", "textstyle"):
            self.source.take()
            return ["style", name == "displaystyle", self.row(stops)]
        if name == "color":
            self.source.take()
            self.source.optional()
            colour = colours.text_colour(self.word())
            self.source.skip_space()
            return ["colour", colour, self.row(stops)]
        return None

    def item(self) -> Node | None:
        """One thing with its scripts."""
        base = None
        token = self.source.peek()
        if token not in ("^", "_", "'"):
            base = self.atom()
            if base is None or base[0] in ("space", "tag"):
                return base
        return self._scripts(base)

    def _scripts(self, base: Node | None) -> Node | None:
        below = above = None
        limits: bool | None = None
        primes = 0
        while True:
            self.source.skip_space()
            token = self.source.peek()
            if token == "^" and above is None:
                self.source.take()
                above = self.argument()
            elif token == "_" and below is None:
                self.source.take()
                below = self.argument()
            elif token == "'":
                self.source.take()
                primes += 1
            elif token in (r"\limits", r"\nolimits"):
                self.source.take()
                limits = token == r"\limits"
            elif token in ("^", "_"):  # x^2^3 is an error in LaTeX; both are shown
                base, below, above = ["attach", base or EMPTY, below, above, limits], None, None
            else:
                break
        if primes:
            above = ["row", *[["sign", "′"]] * min(primes, 9), *([above] if above else [])]
        if below is None and above is None:
            return base
        if base is not None and base[0] == "brace" and base[3] is None:
            return ["brace", base[1], base[2], below or above]
        return ["attach", base or EMPTY, below, above, limits]

    def atom(self) -> Node | None:
        """One thing without scripts; None for what leaves nothing on the page."""
        token = self.source.take() or ""
        if token == "{":
            self.source.put_back([token])
            return self.inside(self.source.group())
        if token in ("}", "&"):
            return None
        if token == "~":
            return ["space", 0.25]
        if token[0] != "\\":
            return ["sign", {"-": "−", "*": "∗", "`": "‘"}.get(token, token)]
        name = token[1:]
        if name in signs.SPACES:
            return ["space", signs.SPACES[name]]
        if name in signs.FUNCTIONS:
            return ["op", name, False]
        if name in signs.LIMITS:
            return ["op", signs.LIMITS[name], True]
        rule = self.rules.get(name)
        if rule is not None:
            return rule(self, name)
        if name in signs.IGNORED:
            return None
        if name in signs.IGNORED_WITH_ARGUMENT:
            self.source.accept("*")
            self.source.group()
            return None
        sign = signs.SPECIAL.get(name) or signs.signs().get(name)
        if sign is not None:
            return ["sign", sign]
        self.unknown.append(token)
        return ["source", token]

    def delimiter(self) -> str:
        """The character that opens or closes; "" for none."""
        self.source.skip_space()
        token = self.source.take() or "."
        if token in signs.DELIMITERS:
            return signs.DELIMITERS[token]
        return signs.signs().get(token[1:], "") if token[0] == "\\" else token

    def rows(self, environment: str) -> tuple[list[list[Node]], list[int]]:
        r"""The cells of a table up to its ``\end``, and before which rows there is a line."""
        rows: list[list[Node]] = [[]]
        lines = []
        while True:
            self.source.skip_space()
            while self.source.peek() in (r"\hline", r"\toprule", r"\midrule", r"\bottomrule"):
                lines.append(len(rows) - 1)
                self.source.take()
                self.source.skip_space()
            rows[-1].append(self.row(("&", r"\\", r"\cr", r"\end", r"\hline", r"\newline")))
            token = self.source.take()
            if token in (r"\\", r"\cr", r"\newline"):
                self.source.accept("*")
                if self.source.peek() == "[":
                    self.source.optional()
                rows.append([])
            elif token == r"\hline":
                self.source.put_back([token])
                rows.append([])
            elif token != "&":
                if token is not None and environment:
                    self.word()
                    break
                if token is None:
                    break
                self.word()  # an \end without its \begin
            if len(rows) > MOST_ROWS or len(rows[-1]) > MOST_COLUMNS:
                raise NotSet("too many rows or columns")
        if len(rows) > 1 and rows[-1] in ([], [EMPTY]):
            rows.pop()
        return rows, [line for line in lines if 0 < line < len(rows)]

    def text(self, source: str, style: str) -> Node:
        """Words, with formulas between dollars."""
        found: Node = ["row"]
        for number, part in enumerate(re.split(r"(?<!\\)\$", source)):
            if number % 2:
                found.append(self.inside(TOKEN.findall(part)))
            elif part:
                found.append(["text", plain_words(part), style])
        return found


def plain_words(source: str) -> str:
    r"""What ``\text`` shows: without braces and the commands that stand in words."""
    words = re.sub(r"\\(?:text\w*|mathrm|mbox|rm|emph)\b\s*", "", source)
    words = re.sub(r"\\([,;: ])|~", "\u00a0", words)
    words = re.sub(r"(?<!\\)[{}]", "", words)
    words = re.sub(r"\\([a-zA-Z]+)\s?", lambda found: signs.signs().get(found[1], found[0]), words)
    return re.sub(r"\s+", " ", re.sub(r"\\([%#$&_{}])", r"\1", words))
