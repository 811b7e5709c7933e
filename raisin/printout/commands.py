r"""What the commands of a formula that take arguments become: a rule for each, found by its name."""

import re

from raisin.printout import colours, signs
from raisin.printout.environments import environment
from raisin.printout.reader import EMPTY, Node, Reader, Rule, plain_words

_EM = {"em": 1.0, "ex": 0.45, "pt": 0.1, "mu": 1 / 18, "cm": 2.8, "mm": 0.28, "in": 7.0, "px": 0.08, "": 1.0}


def _fraction(kind: str) -> Rule:
    def rule(reader: Reader, name: str) -> Node:
        if name == "cfrac":
            reader.source.optional()
        node: Node = [kind, reader.argument(), reader.argument()]
        large = {"d": True, "c": True, "t": False}.get(name[0]) if name not in ("frac", "binom") else None
        return node if large is None else ["style", large, ["row", node]]

    return rule


def _general_fraction(reader: Reader, name: str) -> Node:
    opening, closing, thickness, _ = (reader.word() for _ in range(4))
    kind = "stack" if thickness.startswith("0") else "frac"
    node: Node = [kind, reader.argument(), reader.argument()]
    return ["fence", opening[:1], ["row", node], closing[:1]]


def _root(reader: Reader, name: str) -> Node:
    index = reader.source.optional()
    return ["root", reader.argument(), None if index is None else reader.inside(index)]


def _accent(reader: Reader, name: str) -> Node:
    return ["accent", reader.argument(), signs.ACCENTS[name]]


def _over_or_under(reader: Reader, name: str) -> Node:
    return ["brace", name, reader.argument(), None]


def _alphabet(reader: Reader, name: str) -> Node:
    found = reader.source.group()
    if signs.ALPHABETS[name] == "bb" and found and all(token in signs.DOUBLE_STRUCK_DIGITS for token in found):
        return ["row", *(["sign", signs.DOUBLE_STRUCK_DIGITS[token]] for token in found)]
    return ["alphabet", signs.ALPHABETS[name], reader.inside(found)]


def _text(reader: Reader, name: str) -> Node:
    return reader.text("".join(reader.source.group()), signs.TEXTS[name])


def _operator(reader: Reader, name: str) -> Node:
    starred = reader.source.accept("*")
    words = plain_words("".join(reader.source.group()).replace(r"\,", " ").replace(r"\!", ""))
    return ["op", words, starred]


def _class(reader: Reader, name: str) -> Node:
    return ["class", signs.CLASSES[name], reader.argument()]


def _above(reader: Reader, name: str) -> Node:
    script, base = reader.argument(), reader.argument()
    return ["attach", base, script, None, True] if name == "underset" else ["attach", base, None, script, True]


def _arrow(reader: Reader, name: str) -> Node:
    below = reader.source.optional()
    return ["arrow", signs.ARROWS[name], reader.argument(), None if below is None else reader.inside(below)]


def _left(reader: Reader, name: str) -> Node:
    opening = reader.delimiter()
    body: Node = ["row"]
    while True:
        body += reader.row((r"\right", r"\middle", r"\\", r"\end", "&"))[1:]
        if reader.source.peek() != r"\middle":
            break
        reader.source.take()
        body.append(["middle", reader.delimiter()])
    closing = reader.delimiter() if reader.source.accept(r"\right") else ""
    return ["fence", opening, body, closing]


def _stray_fence(reader: Reader, name: str) -> Node | None:
    sign = reader.delimiter()
    return ["sign", sign] if sign else None


def _big(reader: Reader, name: str) -> Node:
    size, side = name.rstrip("lrm"), name[len(name.rstrip("lrm")) :]
    return ["big", signs.BIG[size], reader.delimiter(), signs.BIG_CLASSES[side]]


def _fenced(reader: Reader, name: str) -> Node:
    opening, closing = signs.FENCED[name]
    return ["fence", opening, reader.argument(), closing]


def _substack(reader: Reader, name: str) -> Node:
    rows, _ = reader.over(reader.source.group()).rows("")
    return ["matrix", rows, "", "", [], [], [], True]


def _boxed(reader: Reader, name: str) -> Node:
    return ["boxed", reader.argument() if name == "boxed" else reader.text("".join(reader.source.group()), "")]


def _cancel(reader: Reader, name: str) -> Node:
    return ["cancel", reader.argument(), name]


def _phantom(reader: Reader, name: str) -> Node | None:
    node = reader.argument()
    return None if name == "vphantom" else ["hidden", node]


def _as_it_is(reader: Reader, name: str) -> Node:
    reader.source.optional()
    return reader.argument()


def _coloured(reader: Reader, name: str) -> Node:
    reader.source.optional()
    return ["colour", colours.text_colour(reader.word()), reader.argument()]


def _background(reader: Reader, name: str) -> Node:
    colour = colours.background(reader.word())
    return ["mark", colour, reader.text("".join(reader.source.group()), "")]


def _space(reader: Reader, name: str) -> Node:
    reader.source.accept("*")
    reader.source.skip_space()
    if reader.source.peek() == "{":
        return ["space", length(reader.word())]
    found = ""
    while (token := reader.source.peek()) is not None and len(found) < 9 and re.fullmatch(r"[-0-9.a-z]", token):
        found += reader.source.take() or ""
        if re.search(r"(em|ex|pt|mu|cm|mm|in)$", found):
            break
    return ["space", length(found)]


def length(words: str) -> float:
    """A length in em, within reason."""
    found = re.match(r"\s*(-?\d*\.?\d+)\s*(em|ex|pt|mu|cm|mm|in|px|)", words)
    return 0.25 if found is None else max(-2.0, min(float(found[1]) * _EM[found[2]], 10.0))


def _tag(reader: Reader, name: str) -> Node:
    starred = reader.source.accept("*")
    words = plain_words("".join(reader.source.group()))
    return ["tag", words if starred else f"({words})"]


def _not(reader: Reader, name: str) -> Node | None:
    reader.source.skip_space()
    node = reader.atom()
    return ["sign", signs.NEGATED.get(node[1], node[1] + "\u0338")] if node and node[0] == "sign" else node


def _modulo(reader: Reader, name: str) -> Node:
    word: Node = ["op", "mod", False]
    if name in ("pmod", "pod"):
        inside = [word, ["space", 3 / 18]] if name == "pmod" else []
        return ["row", ["space", 0.5], ["sign", "("], *inside, reader.argument(), ["sign", ")"]]
    return ["row", ["space", 4 / 18], word, ["space", 4 / 18]]


def _second(reader: Reader, name: str) -> Node:
    reader.source.group()
    return reader.argument()


def _rule(reader: Reader, name: str) -> Node:
    reader.source.optional()
    width, height = length(reader.word()), length(reader.word())
    return ["bar", max(width, 0.05), max(height, 0.05)]


def _prescript(reader: Reader, name: str) -> Node:
    above, below, base = reader.argument(), reader.argument(), reader.argument()
    return ["row", ["attach", EMPTY, below, above, None], base]


def _stray_end(reader: Reader, name: str) -> None:
    reader.source.group()


COMMANDS: dict[str, Rule] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac"), _fraction("frac")),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), _fraction("binom")),
    **dict.fromkeys(signs.ACCENTS, _accent),
    **dict.fromkeys(signs.OVER_AND_UNDER, _over_or_under),
    **dict.fromkeys(signs.ALPHABETS, _alphabet),
    **dict.fromkeys(signs.TEXTS, _text),
    **dict.fromkeys(signs.CLASSES, _class),
    **dict.fromkeys(("overset", "underset", "stackrel"), _above),
    **dict.fromkeys(signs.ARROWS, _arrow),
    **dict.fromkeys(("right", "middle"), _stray_fence),
    **dict.fromkeys(signs.FENCED, _fenced),
    **dict.fromkeys(("boxed", "fbox"), _boxed),
    **dict.fromkeys(("cancel", "bcancel", "xcancel", "sout"), _cancel),
    **dict.fromkeys(("phantom", "hphantom", "vphantom"), _phantom),
    **dict.fromkeys(("smash", "mathclap", "mathllap", "mathrlap", "vcenter", "mathstrut*"), _as_it_is),
    **dict.fromkeys(("hspace", "mspace", "kern", "mkern", "hskip", "mskip"), _space),
    **dict.fromkeys(("mod", "bmod", "pmod", "pod"), _modulo),
    "genfrac": _general_fraction,
    "sqrt": _root,
    "operatorname": _operator,
    "left": _left,
    **{size + side: _big for size in signs.BIG for side in signs.BIG_CLASSES},
    "substack": _substack,
    "textcolor": _coloured,
    "colorbox": _background,
    "tag": _tag,
    "not": _not,
    "href": _second,
    "rule": _rule,
    "prescript": _prescript,
    "begin": environment,
    "end": _stray_end,
}
