"""A notebook read as its tasks: points, blanks, checks, and what was lost of it."""

import json

import factories
import pytest

from raisin.lab import overview

CHECK = '@lab.equal("{}", due=1)\ndef _(rng):\n    return 1\n'
BLANK = "# framework: {}\ndef {}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"
STUB = "*YOUR ANSWER HERE: replace this line by a few sentences.*"


def notebook(*cells: factories.Cell) -> overview.Overview:
    return overview.read(json.dumps(factories.notebook(*cells)))


def sample() -> list[factories.Cell]:
    return [
        factories.text("title", "# 02 A notebook (5 points + 1 bonus)"),
        factories.text("task-one", "## Task 1: double it (2 points)\nwords"),
        factories.answer("double", BLANK.format("double", "double")),
        factories.check("test-double", CHECK.format("one") + "\n\n" + CHECK.format("two"), 2),
        factories.text("on", "## Given\nmore words"),
        factories.text("task-two", "before\n## In words (3 points, a written answer)\nwhy?"),
        factories.manual("why", STUB, 3),
        factories.text("task-three", "## Bonus: faster (1 point)"),
        factories.answer("fast", "def fast(x): return x"),
        factories.check("test-bonus-fast", CHECK.format("three"), 1),
        {**factories.code("figure", "1"), "metadata": {"tags": ["study-run"]}},
        {**factories.code("submit", "lab.submit()"), "metadata": {"tags": ["hand-in"]}},
    ]


def test_tasks_points_and_checks() -> None:
    one, two, three = notebook(*sample()).tasks
    assert [(task.title, task.points, task.bonus) for task in (one, two, three)] == [
        ("Task 1: double it", 2, False),
        ("In words", 3, False),
        ("Bonus: faster", 1, True),
    ]
    assert [cell.checks for cell in one.cells if cell.role == "test"] == [("one", "two")]
    assert [cell.name for task in (one, two, three) for cell in task.blank] == ["double", "why"]
    assert one.answers_before(one.cells[2]) == (one.cells[1].text,)
    assert notebook(*sample()).damage() == []


@pytest.mark.parametrize(
    ("text", "blank"),
    [(STUB, True), ("", True), (f"{STUB}\n\n...", True), (f"Because.\n{STUB}", False), ("2", False)],
)
def test_a_written_answer_is_blank_as_long_as_no_word_was_written(text: str, blank: bool) -> None:
    (cell,) = notebook(factories.manual("why", text, 1)).cells
    assert cell.is_blank is blank


def test_an_answer_that_raises_on_purpose_is_not_blank() -> None:
    (cell,) = notebook(factories.answer("base", "class Base:\n    def f(self): raise NotImplementedError()")).cells
    assert not cell.is_blank
    assert notebook(factories.answer("base", "\n")).cells[0].is_blank


def test_cells_that_are_not_run_again() -> None:
    cells = {cell.name: cell for cell in notebook(*sample()).cells}
    assert [name for name, cell in cells.items() if cell.is_study] == ["figure"]
    assert [name for name, cell in cells.items() if cell.hands_in] == ["submit"]
    tagged = factories.answer("mine", "x = 1")
    tagged["metadata"]["tags"] = ["study-run"]  # by a student: what is graded is always run
    assert not notebook(tagged).cells[0].is_study


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("lab.submit(unfinished=True)", True),
        ("# to hand in\nlab.progress()\n\nlab.submit()  # now\n", True),
        ("# lab.submit() comes later\ndef f(x): ...", False),
        ("x = lab.progress()", False),
        ("train()\nlab.submit()", False),
        ("lab.submit", False),
        ("", False),
    ],
)
def test_a_cell_that_does_more_than_hand_in_is_run(text: str, only: bool) -> None:
    assert overview.hands_in(text) is only


def test_lost_doubled_and_unmarked_cells_are_named() -> None:
    lost = [cell for cell in sample() if cell["id"] != "test-double"]
    assert notebook(*lost).damage() == ["Task 1: double it: cells with 0 of its 2 points are there"]
    assert notebook(*sample(), sample()[2]).damage() == ["the cell double is there 2 times: keep one"]
    bare = [{**cell, "metadata": {}} for cell in sample()]
    assert "marks were lost" in notebook(*bare).damage()[0]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cells": [3]}', '{"cells": [{"cell_type": "code"}]}'])
def test_what_is_no_notebook_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match="cannot be read as a notebook"):
        overview.read(content)


def test_odd_metadata_does_no_harm() -> None:
    odd = [
        {"cell_type": "code", "metadata": {"nbgrader": "x", "tags": "y"}, "source": ["a\n", "b"]},
        {"cell_type": "raw", "metadata": {"nbgrader": {"grade": True, "points": "many"}}, "source": ""},
        {"cell_type": "code", "source": "def f(:"},
    ]
    first, second, third = overview.read(json.dumps({"cells": odd})).cells
    assert (first.name, first.text, first.tags) == ("cell 1", "a\nb", frozenset())
    assert second.points == 0 and third.role == "other"
