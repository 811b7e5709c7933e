"""The words of a formula that stand for one thing each: signs, function names, spaces, accents, alphabets, fences."""

from functools import cache
from pathlib import Path

SPECIAL = {character: character for character in "{}%#$&_"} | {"|": "‖", "-": "", "/": ""}

# Set upright. Those of the second line have limits below them in a displayed formula.
FUNCTIONS = frozenset(
    [
        "arccos",
        "arcsin",
        "arctan",
        "arg",
        "cos",
        "cosh",
        "cot",
        "coth",
        "csc",
        "deg",
        "dim",
        "exp",
        "hom",
        "ker",
        "lg",
        "ln",
        "log",
        "sec",
        "sin",
        "sinh",
        "tan",
        "tanh",
    ]
)
LIMITS = {name: name for name in ["det", "gcd", "inf", "lim", "max", "min", "sup"]} | {
    "Pr": "Pr", "argmax": "arg max", "argmin": "arg min", "liminf": "lim inf", "limsup": "lim sup",
    "injlim": "inj lim", "projlim": "proj lim",
}  # fmt: skip

# In em.
SPACES = {
    ",": 3 / 18, "thinspace": 3 / 18, ":": 4 / 18, ">": 4 / 18, "medspace": 4 / 18, ";": 5 / 18, "thickspace": 5 / 18,
    "!": -3 / 18, "negthinspace": -3 / 18, "negmedspace": -4 / 18, "negthickspace": -5 / 18, " ": 0.25, "\n": 0.25,
    "nobreakspace": 0.25, "space": 0.25, "enspace": 0.5, "enskip": 0.5, "quad": 1.0, "qquad": 2.0,
}  # fmt: skip

ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "widetilde": "\u0303", "dot": "\u0307",
    "ddot": "\u0308", "dddot": "\u20db", "vec": "\u20d7", "overrightarrow": "\u20d7", "overleftarrow": "\u20d6",
    "check": "\u030c", "widecheck": "\u030c", "breve": "\u0306", "acute": "\u0301", "grave": "\u0300",
    "mathring": "\u030a",
}  # fmt: skip
OVER_AND_UNDER = (
    "overline", "underline", "overbrace", "underbrace", "overbracket", "underbracket", "overparen", "underparen",
)  # fmt: skip

# Alphabets: the name of the template's function. Those in SWITCHES hold until the group ends.
ALPHABETS = {
    "mathbb": "bb", "Bbb": "bb", "mathds": "bb", "mathcal": "cal", "mathscr": "scr", "mathfrak": "frak",
    "mathbf": "bold-upright", "symbf": "bold-upright", "boldsymbol": "bold", "bm": "bold", "pmb": "bold",
    "symbfit": "bold", "mathrm": "upright", "symrm": "upright", "mathup": "upright", "mathit": "italic",
    "mathnormal": "italic", "mathsf": "sans", "mathtt": "mono",
}  # fmt: skip
SWITCHES = {
    "bf": "bold-upright", "bfseries": "bold-upright", "rm": "upright", "it": "italic", "cal": "cal", "tt": "mono",
    "sf": "sans",
}  # fmt: skip
DOUBLE_STRUCK_DIGITS = {"0": "𝟘", "1": "𝟙", "2": "𝟚"}
TEXTS = {
    "text": "", "mbox": "", "hbox": "", "textrm": "", "textnormal": "", "textup": "", "textsc": "", "textbf": "bold",
    "textit": "italic", "emph": "italic", "texttt": "mono", "textsf": "sans", "intertext": "",
}  # fmt: skip
CLASSES = {
    "mathop": "large", "mathbin": "binary", "mathrel": "relation", "mathord": "normal", "mathopen": "opening",
    "mathclose": "closing", "mathpunct": "punctuation", "mathinner": "normal",
}  # fmt: skip

BIG = {"big": 1.2, "Big": 1.8, "bigg": 2.4, "Bigg": 3.0}
BIG_CLASSES = {"l": "opening", "r": "closing", "m": "relation", "": "normal"}
DELIMITERS = {"<": "⟨", ">": "⟩", ".": "", r"\{": "{", r"\}": "}", r"\|": "‖"}
FENCED = {
    "abs": ("|", "|"), "norm": ("‖", "‖"), "bra": ("⟨", "|"), "ket": ("|", "⟩"), "braket": ("⟨", "⟩"),
    "ceil": ("⌈", "⌉"), "floor": ("⌊", "⌋"), "set": ("{", "}"),
}  # fmt: skip
MATRICES = {
    "matrix": ("", ""), "pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "Bmatrix": ("{", "}"), "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"), "smallmatrix": ("", ""), "array": ("", ""), "subarray": ("", ""),
}  # fmt: skip
LINES = frozenset(
    [
        "align",
        "aligned",
        "alignat",
        "alignedat",
        "displaymath",
        "dmath",
        "eqnarray",
        "equation",
        "flalign",
        "gather",
        "gathered",
        "math",
        "multline",
        "multlined",
        "split",
    ]
)
CASES = {"cases": False, "dcases": False, "rcases": True, "drcases": True}
ARROWS = {
    "xrightarrow": "→", "xleftarrow": "←", "xRightarrow": "⇒", "xLeftarrow": "⇐", "xleftrightarrow": "↔",
    "xmapsto": "↦", "xhookrightarrow": "↪", "xhookleftarrow": "↩",
}  # fmt: skip
NEGATED = {
    "=": "≠", "∈": "∉", "≡": "≢", "∼": "≁", "≈": "≉", "⊂": "⊄", "⊆": "⊈", "∃": "∄", "<": "≮", ">": "≯", "≤": "≰",
    "≥": "≱", "∣": "∤", "∥": "∦", "→": "↛", "←": "↚", "⇒": "⇏", "⇔": "⇎", "≅": "≇", "∋": "∌", "⊃": "⊅", "⊇": "⊉",
    "≃": "≄", "⊢": "⊬", "⊨": "⊭",
}  # fmt: skip
# Say how something is laid out, which the printout decides for itself, or number it.
IGNORED = frozenset(
    [
        "allowbreak",
        "break",
        "centering",
        "displaylimits",
        "goodbreak",
        "hfill",
        "large",
        "Large",
        "left",
        "limits",
        "mathstrut",
        "nobreak",
        "noindent",
        "nolimits",
        "nonumber",
        "normalsize",
        "notag",
        "protect",
        "relax",
        "scriptscriptstyle",
        "scriptstyle",
        "small",
        "strut",
        "tiny",
    ]
)
IGNORED_WITH_ARGUMENT = frozenset(["cite", "label", "ref", "require", "usepackage", "vspace"])


@cache
def signs() -> dict[str, str]:
    """Command (without its backslash) to character: Greek, relations, arrows and the rest of `signs.txt`."""
    words = (Path(__file__).parent / "signs.txt").read_text(encoding="utf-8").split()
    return dict(zip(words[::2], words[1::2], strict=True))
