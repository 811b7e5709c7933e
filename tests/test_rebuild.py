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
import nbformat
import pytest
from checker import make_class, style_files
from hypothesis import strategies as st

from raisin.grading import form as forms
from raisin.grading import reading, rebuild, start_quickly
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


def test_every_notebook_of_the_example_class_comes_through_unchanged(tmp_path: Path) -> None:
    """But Kim's, who copied cells, and without the badge that Colab put before Cleo's."""
    make_class().make_class(factories.PROJECT, tmp_path)
    for path in sorted(tmp_path.glob("*/*.ipynb")):
        received, said = reading.read(path.read_bytes())
        rebuilt = rebuild.rebuild(laid_on(path.stem), received, said)
        who = path.parent.name
        cells = received["cells"][who == "cleo" :]
        same = plain(rebuilt.notebook) == [(c["id"] or c["metadata"]["id"], c["cell_type"], c["source"]) for c in cells]
        assert same == ((who, path.stem) != ("kim", GRAPH)), path
        assert not rebuilt.open and bool(rebuilt.remarks) == (not same), path
        outputs = [cell.get("outputs") for cell in rebuilt.notebook["cells"]]
        assert not same or outputs == [cell.get("outputs") for cell in cells], path


@pytest.mark.parametrize("file", style_files(), ids=lambda file: str(file.stem))
def test_every_right_solution_in_another_style_comes_through_unchanged(file: Path) -> None:
    for name, changes in make_class().read_style(file).items():
        notebook = answered(name)
        for cell, before, source in changes:
            k = at(notebook["cells"], cell)
            if before:
                notebook["cells"].insert(k, factories.code(f"before-{cell}", source))
            else:
                notebook["cells"][k]["source"] = source
        rebuilt = done(notebook, name)
        assert plain(rebuilt.notebook) == plain(notebook) and not rebuilt.notes and not rebuilt.open


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_released_notebook_is_its_own_form(name: str) -> None:
    rebuilt = done(released(name), name)
    assert rebuilt.notebook["cells"] == released(name)["cells"] and not rebuilt.notes


# --- One thing wrong ------------------------------------------------------------------------------------------------

Damage = Callable[[list[dict[str, Any]], random.Random], None]


def _some(
    cells: list[dict[str, Any]], rng: random.Random, wanted: Callable[[dict[str, Any]], bool] | None = None
) -> int:
    return rng.choice([k for k, cell in enumerate(cells) if wanted is None or wanted(cell)] or [0])


def _is_locked(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("locked"))


def copy_a_cell(cells: list[dict[str, Any]], rng: random.Random) -> None:
    k = _some(cells, rng)
    cells.insert(
        rng.randrange(len(cells) + 1), {**copy.deepcopy(cells[k]), "id": f"c{rng.random()}"[:8].replace(".", "")}
    )


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


@hypothesis.settings(max_examples=300, deadline=None, derandomize=True)
@hypothesis.given(st.sampled_from(NOTEBOOKS), st.sampled_from(ONE), st.integers(0, 10_000))
def test_after_one_damage_every_answer_is_in_its_place(name: str, damage: Damage, seed: int) -> None:
    rebuilt = done(damaged(name, [damage], seed), name)
    is_whole(rebuilt, name)
    there = by_grade_id(rebuilt.notebook)
    assert not rebuilt.open
    assert {answer: there[answer]["source"] for answer in answers(name)} == answers(name)


@hypothesis.settings(max_examples=400, deadline=None, derandomize=True)
@hypothesis.given(
    st.sampled_from(NOTEBOOKS), st.lists(st.sampled_from(ONE), min_size=2, max_size=12), st.integers(0, 10_000)
)
def test_after_any_damages_no_answer_is_lost(name: str, damages: list[Damage], seed: int) -> None:
    rebuilt = done(damaged(name, damages, seed), name)
    is_whole(rebuilt, name)
    assert lost(rebuilt, name, answers(name)) == []


@hypothesis.settings(max_examples=150, deadline=None, derandomize=True)
@hypothesis.given(
    st.sampled_from(NOTEBOOKS), st.lists(st.sampled_from(ONE[:7]), min_size=2, max_size=3), st.integers(0, 10_000)
)
def test_after_a_few_damages_every_answer_is_still_in_its_place(name: str, damages: list[Damage], seed: int) -> None:
    rebuilt = done(damaged(name, damages, seed), name)
    there = by_grade_id(rebuilt.notebook)
    assert {answer: there[answer]["source"] for answer in answers(name)} == answers(name), dict(rebuilt.open)


# --- Each kind of trouble, by name ----------------------------------------------------------------------------------


def changed(name: str, change: Callable[[list[dict[str, Any]]], None]) -> Rebuilt:
    notebook = answered(name)
    change(notebook["cells"])
    rebuilt = done(notebook, name)
    is_whole(rebuilt, name)
    return rebuilt


def at(cells: Sequence[dict[str, Any]], name: str) -> int:
    return next(k for k, cell in enumerate(cells) if cell.get("id") == name)


def in_place(rebuilt: Rebuilt, name: str) -> None:
    """Every answer counts, and nobody has to look."""
    there = by_grade_id(rebuilt.notebook)
    assert not rebuilt.open
    got = {answer: forms.plain(there[answer]["source"]) for answer in answers(name)}
    assert got == {answer: forms.plain(text) for answer, text in answers(name).items()}


def order(rebuilt: Rebuilt) -> list[str]:
    return [cell["id"] for cell in rebuilt.notebook["cells"]]


def test_of_copies_the_one_with_work_in_it_counts_wherever_the_blank_stands() -> None:
    for shift in (0, 1, 5):

        def change(cells: list[dict[str, Any]], shift: int = shift) -> None:
            k = at(cells, "matmul")
            blank = by_grade_id(released(GRAPH))["matmul"]["source"]
            cells.insert(k + shift, {**copy.deepcopy(cells[k]), "id": "copy", "source": blank})

        rebuilt = changed(GRAPH, change)
        in_place(rebuilt, GRAPH)
        assert "copy" not in order(rebuilt)
        assert rebuilt.remarks == ("matmul: was there 2 times; the one with work in it counts",)


def _copied_with_other_work(place: str) -> Callable[[list[dict[str, Any]]], None]:
    def change(cells: list[dict[str, Any]]) -> None:
        original = cells[at(cells, "matmul")]
        other = {
            **copy.deepcopy(original),
            "id": "copy",
            "source": original["source"].replace("left, right", "right, left"),
        }
        cells.insert(at(cells, place) + 1, other)

    return change


def test_of_copies_with_different_work_the_one_that_runs_last_counts_where_both_stand_before_the_tests() -> None:
    rebuilt = changed(GRAPH, _copied_with_other_work("matmul"))
    assert "right, left" in by_grade_id(rebuilt.notebook)["matmul"]["source"]
    left = rebuilt.notebook["cells"][order(rebuilt).index("matmul") - 1]
    assert left["source"] == answers(GRAPH)["matmul"] and "nbgrader" not in left["metadata"]


def test_of_copies_with_different_work_apart_from_each_other_a_person_decides() -> None:
    rebuilt = changed(GRAPH, _copied_with_other_work("summary"))
    assert list(rebuilt.open) == ["matmul"] and "which one counts" in rebuilt.question
    assert sum("right, left" in cell["source"] for cell in rebuilt.notebook["cells"]) == 1
    assert not lost(rebuilt, GRAPH, answers(GRAPH))


def test_metadata_that_was_lost_is_put_back_and_said_so() -> None:
    def strip(cells: list[dict[str, Any]]) -> None:
        for cell in cells:
            cell["metadata"].pop("nbgrader", None)

    rebuilt = changed(GRAPH, strip)
    is_whole(rebuilt, GRAPH)
    (line,) = rebuilt.remarks
    assert line.endswith("cells had lost what nbgrader knows them by; it was put back") and int(line.split()[0]) > 10
    (line,) = changed(GRAPH, lambda cells: cells[at(cells, "matmul")].update(metadata={})).remarks
    assert line == "1 cell had lost what nbgrader knows them by; it was put back"


def test_a_split_answer_is_one_again() -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        k = at(cells, "matmul")
        head, tail = answers(GRAPH)["matmul"].split("\n    return", 1)
        cells[k : k + 1] = [
            {**cells[k], "source": head},
            {**copy.deepcopy(cells[k]), "id": "b", "source": f"    return{tail}"},
        ]

    rebuilt = changed(GRAPH, change)
    assert not rebuilt.open and rebuilt.remarks == ("matmul: was split into 2 cells; they are one again",)
    assert "".join(by_grade_id(rebuilt.notebook)["matmul"]["source"].split()) == "".join(
        answers(GRAPH)["matmul"].split()
    )


@pytest.mark.parametrize("blanks", ["\n\n", "\n"])
def test_merged_answers_are_parted(blanks: str) -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        one, two = at(cells, "subtraction"), at(cells, "multiplication")
        cells[one]["source"] += blanks + cells[two]["source"]
        del cells[two]

    in_place(changed(GRAPH, change), GRAPH)


def test_an_answer_merged_with_its_test_or_with_its_question_is_taken_out() -> None:
    def with_test(cells: list[dict[str, Any]]) -> None:
        one = at(cells, "power")
        k = next(k for k in range(one, len(cells)) if cells[k]["id"].startswith("test-") and _is_locked(cells[k]))
        cells[one]["source"] += "\n\n" + cells[k]["source"]
        del cells[k]

    def with_question(cells: list[dict[str, Any]]) -> None:
        k = at(cells, "why-graph")
        cells[k - 1]["source"] += "\n\n" + cells[k]["source"]
        del cells[k]

    in_place(changed(GRAPH, with_test), GRAPH)
    in_place(changed(GRAPH, with_question), GRAPH)


@pytest.mark.parametrize(
    ("name", "upper", "lower"),
    [
        (GRAPH, "multiplication-text", "multiplication"),  # a text above the answer: the cell is text now
        (GRAPH, "subtraction", "multiplication-text"),  # a text below it: words in the code
        (STUDY, "optimizers", "study-grid"),  # given code above an answer that nothing but its place tells
    ],
)
@pytest.mark.parametrize("kept", [0, 1])
def test_an_answer_merged_with_its_neighbour_is_taken_out(name: str, upper: str, lower: str, kept: int) -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        cells[:] = [cell for cell in cells if cell["id"] not in ("mine", "thought")]
        k = at(cells, lower)
        assert cells[k - 1]["id"] == upper
        both = "\n\n".join(cell["source"] for cell in cells[k - 1 : k + 1])
        cells[k - 1 : k + 1] = [{**cells[k - 1 + kept], "source": both}]

    in_place(changed(name, change), name)


@pytest.mark.parametrize("line", [1, 2, -1])
def test_the_end_of_an_answer_in_a_cell_without_a_name_comes_back(line: int) -> None:
    """As the classic notebook and Colab split: the new cell has no metadata and an id of its own."""

    def change(cells: list[dict[str, Any]]) -> None:
        k = at(cells, "matmul")
        lines = answers(GRAPH)["matmul"].split("\n")
        cells[k]["source"] = "\n".join(lines[:line])
        cells.insert(k + 1, factories.code("new", "\n".join(lines[line:])))

    in_place(changed(GRAPH, change), GRAPH)


def test_two_written_answers_in_one_cell_are_shown_to_a_person() -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        k = at(cells, "equal-epochs")
        cells[k]["source"] += "\n\n" + cells[k + 1]["source"]
        del cells[k + 1]

    rebuilt = changed(STUDY, change)
    assert list(rebuilt.open) == ["one-seed"] and rebuilt.gone == {"one-seed"}


def test_a_deleted_answer_is_blank_again_and_an_answer_typed_into_a_cell_of_ones_own_is_found() -> None:
    def deleted(cells: list[dict[str, Any]]) -> None:
        del cells[at(cells, "matmul")]

    def typed(cells: list[dict[str, Any]]) -> None:
        cells[at(cells, "matmul")]["source"] = by_grade_id(released(GRAPH))["matmul"]["source"]
        cells.insert(at(cells, "matmul") + 1, factories.code("new", answers(GRAPH)["matmul"]))

    rebuilt = changed(GRAPH, deleted)
    assert rebuilt.gone == {"matmul"} and not rebuilt.open
    assert by_grade_id(rebuilt.notebook)["matmul"]["source"] == by_grade_id(released(GRAPH))["matmul"]["source"]
    in_place(changed(GRAPH, typed), GRAPH)


def test_an_answer_that_may_be_somewhere_is_shown_and_not_zero() -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        cells[at(cells, "matmul")].update(metadata={}, id="x", source="product = lambda a, b: a @ b")

    rebuilt = changed(GRAPH, change)
    assert list(rebuilt.open) == ["matmul"] and "it may be in cell" in rebuilt.question


def test_another_notebook_is_not_laid_on_this_one() -> None:
    rebuilt = done(answered("04-backward"), "01-torch-regression")
    assert "is it another one?" in rebuilt.question


def test_what_students_add_stays_beside_its_neighbours_and_given_cells_come_back_before_it() -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        cells.insert(at(cells, "setup") + 1, factories.code("early", "uses_lab = lab"))
        del cells[at(cells, "setup")]
        cells.append(factories.code("late", "1"))

    names = order(changed(GRAPH, change))
    assert names.index("setup") < names.index("early") < names.index("students") and names[-1] == "late"


def test_a_converted_answer_between_fences_is_code_again() -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        k = at(cells, "matmul")
        cells[k] = factories.text("matmul", f"```python\n{cells[k]['source']}\n```")

    in_place(changed(GRAPH, change), GRAPH)


def test_colabs_additions_are_taken_out_and_are_no_remark() -> None:
    notebook = answered(GRAPH)
    for cell in notebook["cells"]:
        cell["metadata"] |= {"id": cell["id"], "outputId": "x", "colab": {"height": 3}}
        del cell["id"]
    badge = {"cell_type": "markdown", "metadata": {"id": "view-in-github", "colab_type": "text"}, "source": ["badge"]}
    notebook["cells"].insert(0, badge)
    notebook |= {"nbformat_minor": 0, "metadata": {"kernelspec": {"name": "julia"}, "colab": {"provenance": []}}}
    rebuilt = done(notebook, GRAPH)
    in_place(rebuilt, GRAPH)
    assert rebuilt.remarks == () and rebuilt.notes
    assert not any({"id", "outputId", "colab"} & set(cell["metadata"]) for cell in rebuilt.notebook["cells"])
    assert rebuilt.notebook["metadata"]["kernelspec"] == released(GRAPH)["metadata"]["kernelspec"]


@pytest.mark.filterwarnings("ignore")  # nbformat's, about what format 3 does not know
def test_format_three_is_read() -> None:
    start_quickly()
    notebook = answered(GRAPH)
    three = nbformat.convert(nbformat.from_dict(notebook), 3)
    rebuilt = rebuild.rebuild(laid_on(GRAPH), *reading.read(nbformat.writes(three, version=3).encode()))
    in_place(rebuilt, GRAPH)
    is_whole(rebuilt, GRAPH)
    assert "it was in notebook format 3" in rebuilt.remarks


def test_a_study_keeps_its_tag_and_outputs_where_a_service_changed_all_ids() -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        for number, cell in enumerate(cells):
            cell["id"] = f"service-{number}"
            cell["metadata"].pop("tags", None)

    rebuilt = changed(STUDY, change)
    cell = rebuilt.notebook["cells"][order(rebuilt).index("study-run")]
    assert cell["metadata"]["tags"] == ["study-run"] and cell["outputs"][0]["text"] == "ran study-run\n"


def test_a_hostile_number_of_cells_takes_no_longer_than_reading_them() -> None:
    notebook = answered(GRAPH)
    some = [{**factories.code("", "def matmul(a, b):\n    return a"), "source": f"x = {k}"} for k in range(20_000)]
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "matmul"] + some
    rebuilt = done(notebook, GRAPH)
    assert len(rebuilt.notebook["cells"]) > 20_000 and rebuilt.gone == {"matmul"}
