"""What a marking scheme says."""

from raisin.grading import rubric
from raisin.grading.rubric import Criterion

CELL = """Because two is **more** than one.

### BEGIN MARK SCHEME
- 1 point for the number,
  whichever way it is written
- 0.5 for the reason: $2x$

No reason, no points.

- a note may be a list
### END MARK SCHEME

And so on.
"""


def test_a_scheme_is_read_apart_from_the_answer() -> None:
    """What earns points, what a grader should know besides, and the answer without either."""
    read = rubric.read(CELL)
    assert read.criteria == (
        Criterion(1.0, "the number, whichever way it is written"),
        Criterion(0.5, "the reason: $2x$"),
    )
    assert read.points == 1.5
    assert read.notes == "No reason, no points.\n\n- a note may be a list"
    assert read.answer == "Because two is **more** than one.\n\n\nAnd so on."


def test_a_cell_without_a_scheme_has_no_criteria() -> None:
    """An answer that only speaks of points is no rubric."""
    read = rubric.read("Two. (1 point)\n- 1 for me\n")
    assert (read.criteria, read.notes, read.points) == ((), "", 0)
    assert read.answer == "Two. (1 point)\n- 1 for me"


def test_a_scheme_in_code_may_stand_in_comments() -> None:
    """A cell of code that a person grades; what surrounds the solution is no part of the answer."""
    read = rubric.read(
        "def f():\n    ### BEGIN SOLUTION\n    return 2\n### BEGIN MARK SCHEME\n# - 2 for style\n# More words.\n"
        "### END MARK SCHEME\n    ### END SOLUTION\n"
    )
    assert (read.criteria, read.notes) == ((Criterion(2.0, "style"),), "More words.")
    assert read.answer == "def f():\n    return 2"


def test_what_is_wrong_with_a_scheme_is_said() -> None:
    """Sums that differ, nothing in it, no end; and nothing where all is well or no scheme is there."""
    assert rubric.complaint(CELL, 1.5) == rubric.complaint("Two.", 3) == ""
    assert rubric.complaint(CELL, 2) == "it is worth 2 points, its marking scheme gives 1.5"
    assert "not closed" in rubric.complaint(CELL.replace("### END MARK SCHEME", ""), 1.5)
    assert "no line like" in rubric.complaint("### BEGIN MARK SCHEME\nHalf each.\n### END MARK SCHEME\n", 1)
