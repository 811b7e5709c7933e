"""The head of a printout: title, names, points; and the same words on every page."""

from collections.abc import Mapping, Sequence
from typing import Any

from raisin.printout import formula
from raisin.printout.flow import Block
from raisin.printout.request import About, Remark, number


def head(about: About, names: list[str], heading: list[Any], cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the template says before the first cell. `heading`: the notebook's own, as it runs in a line."""
    words = about.title or _words(heading) or about.name or "Notebook"
    who = "; ".join(names) or about.submitted_by
    total = about.feedback.total if about.feedback is not None else ""
    return {
        "title": words,
        "authors": names,
        "heading": heading if heading and not about.title else [words],
        "who": who,
        "submitted": about.submitted_by if names else "",
        "total": total,
        "running": [" · ".join(filter(None, (who[:90], words[:80]))), total],
        "foot": about.course,
        "scores": _scores(about, cells),
    }


def _scores(about: About, cells: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """One line for each graded cell, in the order of the notebook."""
    lines = []
    for cell in cells if about.feedback is not None else ():
        meta = cell.get("metadata")
        graded = meta.get("nbgrader") if isinstance(meta, dict) else None
        name = str(graded.get("grade_id", "")) if isinstance(graded, dict) else ""
        remark = about.feedback.cells.get(name) if about.feedback is not None else None
        if remark is not None and remark.of is not None:
            points = "not graded yet" if remark.points is None else number(remark.points)
            lines.append([name, points, number(remark.of), _colour(remark)])
    return lines


def badge(name: str, remark: Remark) -> Block:
    points = "not graded yet" if remark.points is None else f"{number(remark.points)} of {number(remark.of or 0)}"
    return {"k": "badge", "kind": _colour(remark), "c": f"{name}: {points}"}


def _colour(remark: Remark) -> str:
    if remark.points is None or not remark.of:
        return "open"
    return "full" if remark.points >= remark.of else "some" if remark.points > 0 else "none"


def _words(content: Any) -> str:
    """The text of what runs in a line."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    found = []
    for run in content:
        if isinstance(run, str):
            found.append(run)
        elif isinstance(run, list) and run and run[0] in ("style", "link", "colour", "code"):
            found.append(_words(run[-1]))
        elif isinstance(run, list) and run and run[0] == "formula":
            found.append(formula.words(run[1]))
    return " ".join("".join(found).replace("\u200b", "").split())
