"""The state that ANSI colour sequences change."""

from raisin.printout import colours
from raisin.printout.lines import Style

_FLAGS = {1: ("bold", True), 3: ("italic", True), 4: ("underlined", True), 7: ("reversed", True)} | {
    22: ("bold", False),
    23: ("italic", False),
    24: ("underlined", False),
    27: ("reversed", False),
}
MOST_NUMBERS = 64


class Pen:
    """What the next characters look like."""

    def __init__(self) -> None:
        self.flags = {"bold": False, "italic": False, "underlined": False, "reversed": False}
        self.colour: str | None = None
        self.background: str | None = None

    def style(self) -> Style:
        colour, background = self.colour, self.background
        if self.flags["reversed"]:
            colour, background = background or "#ffffff", colour or "#333333"
        return Style(colour, background, self.flags["bold"], self.flags["italic"], self.flags["underlined"])

    def take(self, numbers: str) -> None:
        """The numbers between ``ESC [`` and ``m``."""
        codes = [int(code[:4] or 0) for code in numbers.replace(":", ";").split(";")][:MOST_NUMBERS]
        while codes:
            code = codes.pop(0)
            if code == 0:
                Pen.__init__(self)
            elif code in _FLAGS:
                name, value = _FLAGS[code]
                self.flags[name] = value
            elif code in (38, 48):
                self._set(code == 38, _of_palette(codes))
            elif code in (39, 49):
                self._set(code == 39, None)
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.colour = colours.TERMINAL[code - 30 if code < 90 else code - 82]
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.background = colours.TERMINAL_BACKGROUNDS[(code - 40) % 10]

    def _set(self, foreground: bool, colour: str | None) -> None:
        if foreground:
            self.colour = colour
        else:
            self.background = colour


def _of_palette(codes: list[int]) -> str | None:
    """The colour behind 38 or 48: one of 256, or red, green and blue."""
    kind = codes.pop(0) if codes else 0
    if kind == 5 and codes:
        return colours.of_terminal(codes.pop(0))
    if kind == 2 and len(codes) >= 3:
        return colours.rgb(codes.pop(0), codes.pop(0), codes.pop(0))
    return None
