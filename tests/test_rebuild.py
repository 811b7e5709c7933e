"""Whatever happened to a notebook's cells, no answer is lost: it is in its place, or a person is shown where it is."""

import copy
import functools
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import factories
import hypothesis
import pytest
from hypothesis import strategies as st

from raisin.grading import form as forms
from raisin.grading import reading, rebuild
from raisin.grading.form import Form
from raisin.grading.rebuild import Rebuilt

Notebook = dict[str, Any]
NOTEBOOKS = sorted(path.stem for path in (factories.PROJECT / "release").glob("*/*.ipynb"))
GRAPH, STUDY = "03-graph-nodes", "07-training-study"
HIDDEN = ("### BEGIN SOLUTION", "### END SOLUTION")


@functools.cache
def released(name: str) -> Notebook:
    return factories.read(factories.PROJECT / "release" / name / f"{name}.ipynb")


@functools.cache
def laid_on(name: str) -> Form:
    return forms.form_of(released(name))


@functools.cache
def answers(name: str) -> dict[str, str]:
    """What a student answers: the reference in code, a sentence of its own for each question."""
    found = {}
    for cell in factories.read(factories.PROJECT / "source" / name / f"{name}.ipynb")["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("solution") and cell["cell_type"] == "code":
            lines = [line for line in cell["source"].split("\n") if line.strip() not in HIDDEN]
            found[cell["id"]] = "\n".join(lines)
        elif about.get("solution"):
            found[cell["id"]] = f"I think that {cell['id']} has to do with rounding."
    return found


def answered(name: str) -> Notebook:
    """The release with every answer, two cells of the student's own, and an output in every cell of a study."""
    notebook = copy.deepcopy(released(name))
    for cell in notebook["cells"]:
        cell["source"] = answers(name).get(cell["id"], cell["source"])
        if "study-run" in cell["metadata"].get("tags", ()):
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": f"ran {cell['id']}\n"}]
    places = [k for k, cell in enumerate(notebook["cells"]) if cell["id"] in answers(name)]
    notebook["cells"].insert(places[1], factories.code("mine", "print('a cell of my own')"))
    notebook["cells"].insert(places[0] + 1, factories.text("thought", "A thought of mine."))
    return notebook


def done(notebook: Notebook, name: str) -> Rebuilt:
    """Rebuilt by way of a file, as everything is."""
    return rebuild.rebuild(laid_on(name), *reading.read(json.dumps(notebook).encode()))


def plain(notebook: Notebook) -> list[tuple[str, str, str]]:
    return [(cell["id"], cell["cell_type"], cell["source"]) for cell in notebook["cells"]]


def by_grade_id(notebook: Notebook) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        assert name not in found or name is None, f"{name} is there twice"
        found[name] = cell
    return found


def is_whole(rebuilt: Rebuilt, name: str) -> None:
    """nbgrader finds what it looks for: every graded cell once, in order, of its type, locked ones as released."""
    due = [cell for cell in released(name)["cells"] if "nbgrader" in cell["metadata"]]
    got = [cell for cell in rebuilt.notebook["cells"] if "nbgrader" in cell["metadata"]]
    assert [c["id"] for c in got] == [c["id"] for c in due]
    for one, other in zip(got, due, strict=True):
        assert one["cell_type"] == other["cell_type"] and one["metadata"]["nbgrader"] == other["metadata"]["nbgrader"]
        if other["metadata"]["nbgrader"]["locked"]:
            assert one["source"] == other["source"]
    ids = [cell["id"] for cell in rebuilt.notebook["cells"]]
    assert all(ids) and len(set(ids)) == len(ids)


def lost(rebuilt: Rebuilt, name: str, texts: dict[str, str]) -> list[str]:
    """Answers that stand neither in their place nor anywhere in what a person is shown."""
    there = by_grade_id(rebuilt.notebook)
    left = {forms.plain(cell["source"]) for cell in rebuilt.notebook["cells"]}
    return [
        answer
        for answer, text in texts.items()
        if forms.plain(there[answer]["source"]) != forms.plain(text)
        and not (answer in rebuilt.open and forms.plain(text) in left)
    ]


# --- Nothing wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_with_nothing_wrong_comes_through_unchanged(name: str) -> None:
    notebook = answered(name)
    rebuilt = done(notebook, name)
    assert plain(rebuilt.notebook) == plain(notebook)
    assert [cell.get("outputs") for cell in rebuilt.notebook["cells"]] == [c.get("outputs") for c in notebook["cells"]]
    assert (rebuilt.notes, dict(rebuilt.open), rebuilt.gone) == ((), {}, frozenset())


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_released_notebook_is_its_own_form(name: str) -> None:
    rebuilt = done(released(name), name)
    assert rebuilt.notebook["cells"] == released(name)["cells"] and not rebuilt.notes


# --- One thing wrong ------------------------------------------------------------------------------------------------

Damage = Callable[[list[dict[str, Any]], random.Random], None]


def _some(cells: list[dict[str, Any]], rng: random.Random, wanted: Callable[[dict[str, Any]], bool] | None = None) -> int:
    return rng.choice([k for k, cell in enumerate(cells) if wanted is None or wanted(cell)] or [0])


def _is_locked(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("locked"))


def copy_a_cell(cells: list[dict[str, Any]], rng: random.Random) -> None:
    k = _some(cells, rng)
    cells.insert(rng.randrange(len(cells) + 1), {**copy.deepcopy(cells[k]), "id": f"c{rng.random()}"[:8].replace(".", "")})


def delete_a_locked_cell(cells: list[dict[str, Any]], rng: random.Random) -> None:
    k = _some(cells, rng, _is_locked)
    if _is_locked(cells[k]):
        del cells[k]


def move_a_cell(cells: list[dict[str, Any]], rng: random.Random) -> None:
    cell = cells.pop(_some(cells, rng))
    cells.insert(rng.randrange(len(cells) + 1), cell)


def convert_a_cell(cells: list[dict[str, Any]], rng: random.Random) -> None:
    cell = cells[_some(cells, rng)]
    cell["cell_type"] = rng.choice(["code", "markdown", "raw"])
    if cell["cell_type"] == "code":
        cell.update(outputs=[], execution_count=None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def lose_metadata(cells: list[dict[str, Any]], rng: random.Random) -> None:
    cells[_some(cells, rng)]["metadata"] = {}


def lose_an_id(cells: list[dict[str, Any]], rng: random.Random) -> None:
    cells[_some(cells, rng)].pop("id", None)


def lose_both(cells: list[dict[str, Any]], rng: random.Random) -> None:
    cell = cells[_some(cells, rng)]
    cell["metadata"] = {}
    cell.pop("id", None)


def lose_all_metadata(cells: list[dict[str, Any]], rng: random.Random) -> None:
    for cell in cells:
        cell["metadata"] = {}


def lose_all_ids(cells: list[dict[str, Any]], rng: random.Random) -> None:
    for cell in cells:
        cell.pop("id", None)


ONE = (
    copy_a_cell,
    delete_a_locked_cell,
    move_a_cell,
    convert_a_cell,
    lose_metadata,
    lose_an_id,
    lose_both,
    lose_all_metadata,
    lose_all_ids,
)


def damaged(name: str, damages: Sequence[Damage], seed: int) -> Notebook:
    notebook = answered(name)
    rng = random.Random(seed)
    for damage in damages:
        damage(notebook["cells"], rng)
    return notebook


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(st.sampled_from(NOTEBOOKS), st.sampled_from(ONE), st.integers(0, 10_000))
def test_after_one_damage_every_answer_is_in_its_place(name: str, damage: Damage, seed: int) -> None:
    rebuilt = done(damaged(name, [damage], seed), name)
    is_whole(rebuilt, name)
    there = by_grade_id(rebuilt.notebook)
    assert not rebuilt.open
    assert {answer: there[answer]["source"] for answer in answers(name)} == answers(name)


@hypothesis.settings(max_examples=400, deadline=None)
@hypothesis.given(
    st.sampled_from(NOTEBOOKS), st.lists(st.sampled_from(ONE), min_size=2, max_size=12), st.integers(0, 10_000)
)
def test_after_any_damages_no_answer_is_lost(name: str, damages: list[Damage], seed: int) -> None:
    rebuilt = done(damaged(name, damages, seed), name)
    is_whole(rebuilt, name)
    assert lost(rebuilt, name, answers(name)) == []
