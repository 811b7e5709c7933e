"""A file is the notebook that its content says."""

import json
from typing import Any

import factories
import pytest
from factories import FIRST, SECOND

from raisin.grading.recognise import FOREIGN, Recogniser
from raisin.students import Member

PROJECT = {
    name: json.loads((factories.PROJECT / "source" / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    for name in ("02-tensor-arithmetic", "03-graph-nodes", "04-backward")
}


@pytest.fixture
def tiny() -> Recogniser:
    return Recogniser({FIRST: factories.first(), SECOND: factories.second()})


def packed(content: Any) -> bytes:
    return json.dumps(content).encode()


def without_ids(content: Any) -> Any:
    cells = [{k: v for k, v in cell.items() if k not in ("id", "metadata")} for cell in content["cells"]]
    return {"nbformat": 4, "nbformat_minor": 0, "metadata": {}, "cells": cells}


def old_format(content: Any) -> Any:
    cells = []
    for cell in content["cells"]:
        text = "".join(cell["source"]).splitlines(keepends=True)
        key = "input" if cell["cell_type"] == "code" else "source"
        cells.append({"cell_type": cell["cell_type"], "metadata": {}, key: text})
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}


@pytest.mark.parametrize("change", [lambda content: content, without_ids, old_format])
@pytest.mark.parametrize("name", sorted(PROJECT))
def test_a_notebook_of_the_course_is_known_under_any_name(name: str, change: Any) -> None:
    known = Recogniser(PROJECT).known(packed(change(PROJECT[name])), "Untitled12.ipynb")
    assert (known.notebook, known.readable, known.remark) == (name, True, "")


def test_the_content_goes_before_the_name_and_that_is_said(tiny: Recogniser) -> None:
    known = tiny.known(packed(factories.second()), f"{FIRST}.ipynb")
    assert known.notebook == SECOND and known.remark == f"called {FIRST}, but it is {SECOND} by its cells"


def test_a_cell_brought_along_from_another_notebook_changes_nothing(tiny: Recogniser) -> None:
    content = factories.first()
    content["cells"].append(factories.cell(factories.second(), "quadruple"))
    assert tiny.known(packed(content), "x.ipynb").notebook == FIRST


def test_two_notebooks_in_one_file_are_noticed(tiny: Recogniser) -> None:
    content = factories.first()
    content["cells"] += factories.second()["cells"]
    known = tiny.known(packed(content), "x.ipynb")
    assert known.notebook == FIRST and known.remark == f"it holds much of {SECOND} too"


def test_where_the_content_says_nothing_the_name_does_and_that_is_said(tiny: Recogniser) -> None:
    content = factories.notebook(factories.text("t", "typed anew"))
    known = tiny.known(packed(content), f"Copy of {SECOND} (2).ipynb")
    assert known.notebook == SECOND and known.remark == "taken for it by its name alone"
    assert tiny.known(packed(content), "homework.ipynb") == tiny.known(packed(content), "")
    assert tiny.known(packed(content), "homework.ipynb").remark == FOREIGN


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_what_an_editor_saved_with_a_mark_is_read(tiny: Recogniser, encoding: str) -> None:
    content = ("\ufeff" if encoding == "utf-16-be" else "") + json.dumps(factories.second())
    assert tiny.known(content.encode(encoding), "x.ipynb").notebook == SECOND


def test_the_names_cell_is_read(tiny: Recogniser) -> None:
    content = factories.notebook(factories.students(("Lovelace, Ada", "ada")), *factories.second()["cells"])
    assert tiny.known(packed(content), "x").members == (Member("Lovelace, Ada", "ada"),)
    assert tiny.known(packed(old_format(content)), "x").members == (Member("Lovelace, Ada", "ada"),)


@pytest.mark.parametrize(
    ("content", "remark"),
    [
        (b"", "the file is empty"),
        (b"  \n", "the file is empty"),
        (b"<!doctype html><title>Sign in</title>", "a web page under this name"),
        (b'{"cells": [', "cannot be read as a notebook"),
        (b'{"cells": 3}', "cannot be read as a notebook"),
        (b"[]", "cannot be read as a notebook"),
        (b"\xff\xfe{\x00}", "cannot be read as a notebook"),
        (b'{"cells":' + b"[" * 100_000, "cannot be read as a notebook"),
    ],
)
def test_what_is_no_notebook_is_called_so(tiny: Recogniser, content: bytes, remark: str) -> None:
    known = tiny.known(content, f"{FIRST}.ipynb")
    assert not known.readable and remark in known.remark and known.notebook == FIRST
    assert tiny.known(content, "x.ipynb").notebook is None


@pytest.mark.parametrize(
    "cells", [[None, 3, {}, {"cell_type": 1, "source": [1, "a"], "metadata": {"nbgrader": 3}}], []]
)
def test_odd_cells_are_passed_over(tiny: Recogniser, cells: list[Any]) -> None:
    assert tiny.known(packed({"cells": cells}), "x.ipynb").readable
