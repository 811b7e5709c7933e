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
