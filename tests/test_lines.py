"""Lines of fixed width: what a terminal would show in the end, broken where it is too long, cut nowhere."""

import pytest

from raisin.printout import lines, secrets
from raisin.printout.lines import PLAIN, Run, Style
from raisin.printout.listing import IN_COLOUR, listing


def plain(found: list[lines.Line]) -> list[str]:
    return ["".join(run.text for run in line.runs) for line in found]


def wrap(text: str, columns: int) -> list[lines.Line]:
    return lines.wrapped([Run(text, PLAIN)], columns)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("  0%\r 50%\r100%\n", "100%\n"),
        ("100 of all\rdone", "doneof all"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("abc\b\bX", "aX"),
        ("\b\bx", "x"),
        ("bar\r", "bar"),
    ],
)
def test_progress_is_shown_as_it_ended(written: str, shown: str) -> None:
    assert lines.as_it_ended(written) == shown


def test_colours_become_styles_and_other_escapes_are_gone() -> None:
    found = lines.from_terminal(
        "\x1b[1;31mred\x1b[0m \x1b[38;5;28mgreen\x1b[39m\x1b]0;title\x07 \x1b[2K\x1b[48;2;1;2;3mon\x1b[m."
    )
    styles = {run.text.strip(): run.style for run in found if run.text.strip()}
    assert styles["red"] == Style("#b3261e", bold=True)
    assert styles["green"] == Style("#008700")
    assert styles["on"] == Style(background="#010203")
    assert styles["."] == PLAIN
    assert "title" not in "".join(run.text for run in found)


@pytest.mark.parametrize(
    "broken", ["\x1b", "\x1b[", "\x1b[31", "\x1b[99999999999999999999m", "\x1b[38;5m", "\x1b[38;2;9m", "\x1b[;;m"]
)
def test_broken_escapes_do_no_harm(broken: str) -> None:
    assert "\x1b" not in "".join(run.text for run in lines.from_terminal(f"a{broken} b"))


@pytest.mark.parametrize(
    "text", ["word " * 60, "x" * 500, "漢字" * 90, "a, b, " * 80 + "\n\nshort", "\t" * 40 + "x", "🎉" * 77]
)
@pytest.mark.parametrize("columns", [20, 41, 113])
def test_nothing_is_lost_and_no_line_is_too_long(text: str, columns: int) -> None:
    found = wrap(text, columns)
    assert all(
        lines.width(line) + 2 * part.continued <= columns for line, part in zip(plain(found), found, strict=True)
    )
    joined = "".join(("" if line.continued else "\n") + "".join(run.text for run in line.runs) for line in found)[1:]
    assert joined == "\n".join(line.expandtabs(8) for line in text.split("\n"))


def test_a_long_line_is_broken_behind_a_space_and_marked() -> None:
    found = wrap("a word " * 5 + "longwordattheend", 40)
    assert plain(found) == ["a word a word a word a word a word ", "longwordattheend"]
    assert [line.continued for line in found] == [False, True]


def test_a_long_output_keeps_its_beginning_and_its_end() -> None:
    found = plain(lines.shortened(wrap("\n".join(map(str, range(1_000))), 80), 30))
    assert (found[0], found[-1], len(found)) == ("0", "999", 31)
    assert "970 lines are left out" in found[20]


def test_control_characters_are_gone() -> None:
    assert lines.clean("a\x00\x08b\u202ec\ud800\r\nd\re") == "abc\nd\ne"


def test_code_has_its_colours() -> None:
    (line,) = listing("def f(x): return 'text'  # why", "python")
    styles = {run.text.strip(): run.style for run in line.runs}
    assert styles["def"].bold and styles["'text'"].colour and styles["# why"].italic
    assert "".join(run.text for run in line.runs) == "def f(x): return 'text'  # why"


@pytest.mark.parametrize("language", ["", "no-such-language", "python", "bash"])
def test_code_in_any_language_is_printed_whole(language: str) -> None:
    source = "%%magic\nx = $y && {z}\n\n\tindented"
    assert "\n".join(plain(list(listing(source, language)))) == source.expandtabs(4)


def test_very_long_code_is_plain() -> None:
    assert {run.style for line in listing("x = 1\n" * IN_COLOUR, "python") for run in line.runs} == {PLAIN}


HIDDEN = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(40) == 41\nfor k in range(3):\n    pass\n### END HIDDEN TESTS\nprint(1)\n"


def test_hidden_tests_are_cut_out() -> None:
    assert secrets.without(HIDDEN) == "assert f(1) == 2\nprint(1)\n"
    assert secrets.without("a\n### BEGIN HIDDEN TESTS\nb") == "a\n"
    assert secrets.without("a\n=== BEGIN MARK SCHEME ===\nb\n=== END MARK SCHEME ===\nc") == "a\nc"


def test_hidden_lines_are_taken_out_of_outputs_unless_they_are_shown_elsewhere() -> None:
    hidden = secrets.lines([HIDDEN, "for k in range(3):\n    print(k)"])
    assert hidden == {"assert f(40) == 41", "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"}
    trace = "\x1b[31m----> 3\x1b[39m \x1b[1massert\x1b[0m f(\x1b[32m40\x1b[39m) == 41\nAssertionError"
    assert secrets.without_lines(trace, hidden) == f"{secrets.LEFT_OUT}\nAssertionError"
