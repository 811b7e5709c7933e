"""What a printout is made from beside the notebook: records that travel to the worker as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Remark:
    """What a grader has to say of one cell. `points` None: not graded yet; `of` None: a cell without points."""

    points: float | None
    of: float | None
    comment: str = ""


@dataclass(frozen=True)
class Feedback:
    """What a grader has to say of a notebook: remarks by `grade_id`, and all points in words ("17.5 of 20")."""

    cells: Mapping[str, Remark]
    total: str = ""


@dataclass(frozen=True)
class About:
    """What the head of a printout says. Empty: the names are those of the `students` cell, the title is the heading.

    `name`: the file's, for a notebook without a heading. `submitted_by`: the folder that it was handed in under. With
    `feedback`, cells show points and comments.
    """

    title: str = ""
    name: str = ""
    names: tuple[str, ...] = ()
    submitted_by: str = ""
    course: str = ""
    feedback: Feedback | None = None

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "About":
        feedback = data.get("feedback")
        made = None
        if feedback is not None:
            cells = {name: Remark(**remark) for name, remark in feedback["cells"].items()}
            made = Feedback(cells, feedback["total"])
        return cls(**{**data, "names": tuple(data.get("names", ())), "feedback": made})


def number(value: float) -> str:
    """Points without needless zeros: 7, 7.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
