"""The table that `raisin collect` ends with."""

import pytest

from raisin.grading import receipts
from raisin.grading.receipts import MISSING, ODD, RECEIVED, Receipt


def test_a_line_for_each_thing_and_one_for_all_that_somebody_misses(capsys: pytest.CaptureFixture[str]) -> None:
    said = [
        Receipt("ada", "02-second", MISSING, "ask for it"),
        Receipt("ada", "01-first", RECEIVED, late="0 d 0 h 1 min", name="Lovelace, Ada"),
        Receipt("bob", "02-second", MISSING, "ask for it"),
        Receipt("ada", "03-third", MISSING, "ask for it"),
    ]
    assert receipts.show(said) == 0
    out = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in out.splitlines() if line.startswith("│")]
    assert rows == [
        ["ada", "Lovelace, Ada", "01-first", "received", "0 d 0 h 1 min", ""],
        ["ada", "", "02-second, 03-third", "missing", "", "ask for it"],
        ["bob", "", "02-second", "missing", "", "ask for it"],
    ]
    assert "1 received, 0 replaced, 0 unchanged, 1 late, 0 not understood, 3 missing" in out


def test_columns_that_say_nothing_are_left_out_and_names_are_shown_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert receipts.show([Receipt("", "[red]x\x1b[31m.ipynb", ODD, "rename it")]) == 1
    out = capsys.readouterr().out
    titles = next(line for line in out.splitlines() if line.startswith("┃"))
    assert titles.replace("┃", " ").split() == ["student", "notebook", "what", "to", "do,", "or", "to", "know"]
    assert "[red]x [31m.ipynb" in out
