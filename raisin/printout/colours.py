"""Colours as #rrggbb, from what LaTeX, CSS and terminals call them; nothing else gets through."""

import re

NAMED = {
    "red": "#c00000", "blue": "#0033cc", "green": "#007a1f", "orange": "#c75a00", "purple": "#800080",
    "violet": "#7a00cc", "magenta": "#b000b0", "pink": "#c2185b", "brown": "#8b4513", "teal": "#007878",
    "cyan": "#007c8a", "olive": "#6b6b00", "lime": "#2e8b00", "yellow": "#997a00", "gray": "#6b6b6b",
    "grey": "#6b6b6b", "black": "#000000", "white": "#ffffff", "darkred": "#8b0000", "darkblue": "#00008b",
    "darkgreen": "#006400", "crimson": "#dc143c", "navy": "#000080", "steelblue": "#4682b4", "tomato": "#d9432b",
}  # fmt: skip
BACKGROUNDS = {
    "red": "#ffd6d6", "green": "#d6f5d6", "blue": "#d6e4ff", "yellow": "#fff3a0", "white": "#ffffff",
    "lightgreen": "#d6f5d6", "lightblue": "#d6e4ff", "lightyellow": "#fffbe0", "orange": "#ffe3c2", "pink": "#ffdbe6",
    "lightgray": "#e6e6e6", "lightgrey": "#e6e6e6", "gray": "#dddddd", "grey": "#dddddd", "cyan": "#d3f4f7",
}  # fmt: skip
# A terminal's sixteen, dark enough for paper; behind text, light enough.
TERMINAL = (
    "#3e424d", "#b3261e", "#1a7037", "#8a5a00", "#1b5fae", "#8430a5", "#0f7173", "#5d636d",
    "#282c36", "#b22b31", "#00701f", "#7d5000", "#0059b3", "#712c85", "#0f6670", "#4a4f55",
)  # fmt: skip
TERMINAL_BACKGROUNDS = (
    "#dcdfe4", "#f8d0d0", "#c8efd4", "#f6e6b8", "#cfe2f8", "#e8d3f2", "#c8ecec", "#eceff1",
)  # fmt: skip
_NUMBERS = re.compile(r"[\d.]+%?")


def text_colour(name: str) -> str:
    """Of a word in a formula; an unknown one is grey."""
    return _plain(name) or "#555555"


def background(name: str) -> str:
    name = name.strip().lower()
    return BACKGROUNDS.get(name) or (_plain(name) if name.startswith("#") else None) or "#eeeeee"


def _plain(name: str) -> str | None:
    name = name.strip().lower()
    if re.fullmatch(r"#?[0-9a-f]{6}", name):
        return "#" + name.lstrip("#")
    if re.fullmatch(r"#[0-9a-f]{3}", name):
        return "#" + "".join(2 * digit for digit in name[1:])
    return NAMED.get(name)


def from_style(style: str, what: str) -> str | None:
    """The colour that a CSS declaration list gives to `what` (``color``, ``background-color``)."""
    found = re.search(rf"(?:^|[;\s]){what}\s*:\s*(#[0-9a-fA-F]+|rgba?\([^)]{{0,60}}\)|[a-zA-Z]+)", style)
    if found is None:
        return None
    value = found[1].lower()
    if not value.startswith("rgb"):
        return _plain(value[:7]) or BACKGROUNDS.get(value)
    numbers = _NUMBERS.findall(value)
    try:
        parts = [min(255, int(float(number.rstrip("%")))) for number in numbers[:3]]
    except (ValueError, OverflowError):
        return None
    return "#{:02x}{:02x}{:02x}".format(*parts) if len(parts) == 3 else None


def of_terminal(number: int) -> str:
    """One of a terminal's 256 colours."""
    if number < 16:
        return TERMINAL[number]
    if number < 232:
        steps = ((number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6)
        return rgb(*(55 + 40 * step if step else 0 for step in steps))
    return rgb(*[8 + 10 * (min(number, 255) - 232)] * 3)


def rgb(*parts: int) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(min(255, max(0, part)) for part in parts))
