"""What formgrader shows a person who grades written answers (listed in nbgrader_config.py as nbconvert's settings).

nbgrader's formgrader is an HTMLExporter of nbconvert's over the graded notebook. It shows no marking scheme of a
written answer, and whatever HTML a student wrote runs in the grader's browser, where it may give points. So, before
its template sees the notebook: the rubric stands above each written answer, names are taken out, and of students'
texts and outputs only what can do nothing is left. Scores, comments and the order of submissions stay formgrader's.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from nbconvert.preprocessors import Preprocessor

from raisin.grading import outputs, rubric, safe
from raisin.grading.course import Course, open_course, root_of
from raisin.printout import secrets

NAMES_HIDDEN = "# names are hidden while you grade"
_READY = "raisin-ready"
_PICTURES = ("image/png", "image/jpeg")


class GradingPage(Preprocessor):
    """For ``c.HTMLExporter.preprocessors``. Does nothing unless formgrader asks: a rubric must not get elsewhere."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        if "submission_id" not in resources:
            return nb, resources
        course = open_course(root_of(Path(resources["metadata"]["path"]).absolute()))
        return page(nb, _source(course, resources["notebook_id"])), resources


@jinja2.pass_context
def markdown(context: jinja2.runtime.Context, source: str) -> str:
    """For ``c.HTMLExporter.filters``: the texts of the page above as they are, any other as a student's."""
    return source if context["cell"]["metadata"].get(_READY) else safe.markdown(source)


def _source(course: Course, notebook: str) -> Mapping[str, Any]:
    """The source notebook as it is now; an empty one where it is gone, so that answers can be graded all the same."""
    path = course.source(notebook)
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"cells": []}
    return found


def page(nb: Any, source: Mapping[str, Any]) -> Any:
    """The graded notebook as formgrader's template is to show it; `source`: the one it was made from. Pure."""
    given = {_name(cell): cell for cell in source["cells"]}
    shown = [cell for one in nb.cells for cell in _cells(one, given)]
    by_hand = [cell for cell in shown if _is_by_hand(cell)]
    cells = [{"id": f"shown-{k}", **cell} for k, cell in enumerate([_ready(_overview(by_hand)), *shown])]
    return nbformat.from_dict(  # type: ignore[no-untyped-call]  # nbformat has no types
        {**nb, "cells": cells, "metadata": {"language_info": {"name": "python"}}}
    )


def _name(cell: Mapping[str, Any]) -> str:
    """What it is called in source/ and in every submission: nbgrader's name, else the cell's id."""
    return str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "") or cell.get("id", ""))


def _is_by_hand(cell: Mapping[str, Any]) -> bool:
    about = cell["metadata"].get("nbgrader", {})
    return bool(about.get("task") or (about.get("grade") and about.get("solution")))


def _cells(cell: Any, given: Mapping[str, Mapping[str, Any]]) -> Iterator[Any]:
    """What stands for one cell: a cell that nbgrader knows is still one, with the source's own names and points."""
    text = str(cell.source)
    due = given.get(_name(cell), {"metadata": {}, "source": ""})
    about = due["metadata"].get("nbgrader", {}) if "nbgrader" in cell.metadata else {}
    made = {**cell, "metadata": {"nbgrader": about} if about else {}}
    if _is_by_hand(made):
        yield _ready(_beside(due))
    if cell.cell_type == "code":
        hidden = cell.get("id") == "students" or "students" in cell.metadata.get("tags", ())
        made["source"] = NAMES_HIDDEN if hidden else text
        made["outputs"] = [] if hidden else outputs.reduced([dict(output) for output in cell.get("outputs", ())])
        yield made
    elif about and cell.cell_type == "markdown":
        # nbgrader puts a task's own text back, with its scheme in it, which stands beside it already.
        yield {**made, "source": secrets.without(text) if about.get("task") else text}
        yield from (_ready(picture) for picture in _attached(cell))
    else:
        ours = "".join(due["source"]) == text
        body = safe.given(text) if ours else f"<pre>{safe.plain(text)}</pre>"
        body = safe.markdown(text) if cell.cell_type == "markdown" and not ours else body
        yield _ready(body)
        yield from (_ready(picture) for picture in _attached(cell))


def _ready(html: str) -> dict[str, Any]:
    """A cell that the template puts into the page as it is; no other cell keeps metadata that could say so."""
    return {"cell_type": "markdown", "metadata": {_READY: True}, "source": html}


def _attached(cell: Mapping[str, Any]) -> Iterator[str]:
    """The pictures that a student attached to a text."""
    bundles = cell.get("attachments", {})
    for name, bundle in bundles.items() if isinstance(bundles, dict) else ():
        found = {"output_type": "display_data", "data": bundle, "metadata": {}}
        for kept in outputs.reduced([found]):
            for kind in _PICTURES:
                if data := kept.get("data", {}).get(kind):
                    alt = safe.plain(f"picture attached to the text: {name}")
                    yield f'<p><img alt="{alt}" src="data:{kind};base64,{data}"></p>'


def _beside(due: Mapping[str, Any]) -> str:
    """The rubric of an answer, from its cell in the source, with the model answer to unfold."""
    about, read = due["metadata"]["nbgrader"], rubric.read("".join(due["source"]))
    points = float(about.get("points", 0))
    if not read.criteria:
        words = f"<p>No marking scheme stands in the source; {points:g} points in all.</p>"
        return f'<div class="panel panel-warning raisin-rubric"><div class="panel-body">{words}</div></div>'
    rows = "".join(
        f"<tr><td><strong>{one.points:g}</strong></td><td>{safe.given(one.words)}</td></tr>" for one in read.criteria
    )
    worth = f"{points:g} {'point' if points == 1 else 'points'}"
    heading = f'<div class="panel-heading"><strong>Rubric</strong>: {worth}</div>'
    notes = f'<div class="panel-body">{safe.given(read.notes)}</div>' if read.notes else ""
    shown = safe.code(read.answer) if due.get("cell_type") == "code" else safe.given(read.answer)
    model = f"<details><summary>Model answer</summary>{shown}</details>" if about.get("solution") else ""
    return (
        f'<section class="panel panel-info raisin-rubric" aria-label="Rubric">{heading}'
        f'<table class="table table-condensed"><tbody>{rows}</tbody></table>{notes}{model}</section>'
    )


def _overview(by_hand: list[Any]) -> str:
    """What is to be graded by hand in this notebook; the page opens at the first of it (formgrader.html.j2)."""
    names = [str(cell["metadata"]["nbgrader"]["grade_id"]) for cell in by_hand]
    links = ", ".join(f'<a href="#{name}" class="raisin-question" data-question="{name}">{name}</a>' for name in names)
    words = f"Written answers: {links}." if names else "Nothing in this notebook is graded by hand."
    keys = (
        "<kbd>Ctrl</kbd> <kbd>.</kbd> goes to the same question of the next submission, "
        "<kbd>Ctrl</kbd> <kbd>,</kbd> of the one before."
    )
    return f'<div class="panel panel-default raisin-overview"><div class="panel-body">{words} {keys}</div></div>'
