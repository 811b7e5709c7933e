"""Who hands a notebook in, and what the cell still lacks."""

import pytest

from raisin.students import Member, members, wrong

ADA = '("Nowak, Ada", "an1")'


def cell(*entries: str) -> list[str]:
    return ["import numpy", f"# Who are you?\nstudents = [{', '.join(entries)}]"]


def test_one_to_three_people_with_their_ids_are_right() -> None:
    assert wrong(cell(ADA)) == ()
    three = cell(ADA, '("Kim, Bo", "bk2")', '("Öztürk, Cem", "cö3")')
    assert wrong(three) == () and members(three)[2] == Member("Öztürk, Cem", "cö3")
    assert wrong(cell(ADA, '("", "")')) == ()  # a line that was left empty is nobody


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (['("", "")'], "your names are missing"),
        ([], "your names are missing"),
        (['("Nowak, Ada", "")'], "Nowak, Ada: the course id is missing"),
        (['("", "an1")'], "an1: the name is missing"),
        (['("Family name, given name", "course id")'], "is the example"),
        (['("Nowak, Ada", "course id")'], "is the example"),
        (['"Nowak, Ada"'], "'Nowak, Ada' is no person"),
        (['("Nowak, Ada", 17)'], "('Nowak, Ada', 17) is no person"),
        (['("Nowak", "Ada", "an1")'], "is no person"),
        ([ADA, '("Kim, Bo", "an1")'], "the course id an1 is there twice"),
        ([ADA] + [f'("Other {k}", "o{k}")' for k in range(3)], "4 people are named; at most 3"),
        (["ada"], "no list that can be read"),
        (['("Nowak, Ada", '], "no list that can be read"),
    ],
)
def test_what_is_missing_is_named(entries: list[str], words: str) -> None:
    (line,) = wrong(cell(*entries))
    assert words in line


def test_a_notebook_without_the_cell_is_told_what_it_looks_like() -> None:
    (line,) = wrong(["x = 1"])
    assert 'students = [("Family name, given name", "course id")]' in line
