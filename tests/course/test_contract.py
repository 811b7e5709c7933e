"""The notebook contract: what every notebook of the course promises its readers and its grader."""

import ast
import re
import subprocess
import sys

import pytest
from course.contract import HIDDEN, NAMES, RELEASE, ROOT, SOLUTION, SOURCE, WHAT, Cell, cells, load

from raisin.grading import rubric
from raisin.lab.checks import all_checks, checks_of

POINTS = {
    "01-torch-regression": 10,
    "02-tensor-arithmetic": 15,
    "03-graph-nodes": 10,
    "04-backward": 20,
    "05-sgd": 10,
    "06-raisin-mlp": 15,
    "07-training-study": 20,
    "08-modules-and-minibatches": 15,
    "09-lenet": 20,
}
HAND_IN = {"progress": "lab.progress()", "submit": "lab.submit()"}
CLASSES = ("08-modules-and-minibatches", "09-lenet")  # its answers are whole classes: their cells are longer
every_notebook = pytest.mark.parametrize("name", NAMES)


def released(name: str) -> dict[str, Cell]:
    return {cell.id: cell for cell in cells(RELEASE, name)}


def in_a_row(kinds: list[str], kind: str) -> int:
    longest = run = 0
    for current in kinds:
        run = run + 1 if current == kind else 0
        longest = max(longest, run)
    return longest


def test_the_course_has_its_notebooks() -> None:
    """All of them are there; a lost folder would otherwise silently shrink every test below."""
    assert set(POINTS) <= set(NAMES)


@every_notebook
def test_source_is_clean(name: str) -> None:
    """No outputs, no execution counts, format 4.5: what is committed is what was written."""
    notebook = load(SOURCE, name)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None, cell["id"]


@every_notebook
def test_ids_are_words_and_unique(name: str) -> None:
    """An id is a name that a report can print, and a grade id is the cell's id."""
    ids = [cell.id for cell in cells(SOURCE, name)]
    assert len(set(ids)) == len(ids)
    for cell in cells(SOURCE, name):
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", cell.id), cell.id
        if cell.nbgrader:
            assert cell.nbgrader["grade_id"] == cell.id


@every_notebook
def test_points_equal_the_headings(name: str) -> None:
    """The title says what the notebook is worth, every task what it is worth, and the cells add up to both."""
    all_cells = cells(SOURCE, name)
    regular = sum(cell.points for cell in all_cells if not cell.bonus)
    bonus = sum(cell.points for cell in all_cells if cell.bonus)
    if name in POINTS:
        assert regular == POINTS[name]
    title = next(line for line in all_cells[0].source.splitlines() if line.startswith("# "))
    assert title.endswith(f"({regular:g} points + {bonus:g} bonus)" if bonus else f"({regular:g} points)")
    task: str = ""
    worth: dict[str, list[float]] = {}
    for cell in all_cells[1:]:
        for line in cell.source.splitlines() if cell.kind == "markdown" else ():
            if found := re.match(r"## (.*)\((\d+) points?\b", line):
                task = found[1]
                worth[task] = [float(found[2]), 0.0]
        if cell.points:
            worth[task][1] += cell.points
    for said, given in worth.values():
        assert said == given, worth
    assert sum(given for _, given in worth.values()) == regular + bonus


@every_notebook
def test_every_answer_has_a_test_after_it(name: str) -> None:
    """An answer is tested before the next task asks for another one; written answers are graded by hand."""
    waiting: list[str] = []
    for cell in cells(SOURCE, name):
        if cell.kind == "markdown" and cell.source.startswith("## "):
            assert not waiting, waiting
        if cell.role == "answer":
            waiting.append(cell.id)
        if cell.role == "test":
            waiting = []
    assert not waiting


@every_notebook
def test_every_notebook_asks_for_a_written_answer(name: str) -> None:
    """At least one question is graded by hand, and its source holds the model answer."""
    manual = [cell for cell in cells(SOURCE, name) if cell.role == "manual"]
    assert manual
    for cell in manual:
        assert len(cell.source.split()) > 30, cell.id
        assert released(name)[cell.id].source != cell.source


@every_notebook
def test_every_written_answer_has_a_rubric_that_adds_up(name: str) -> None:
    """Whoever grades by hand is told what earns which points, and all of them are given away."""
    for cell in cells(SOURCE, name):
        if cell.role == "manual":
            read = rubric.read(cell.source)
            assert len(read.criteria) >= 2, cell.id
            assert read.points == cell.points, cell.id
            assert read.answer and "BEGIN" not in read.notes, cell.id


@every_notebook
def test_it_begins_as_all_do(name: str) -> None:
    """Badge and title, the locked set-up cell that starts the session, and who hands it in."""
    all_cells = cells(SOURCE, name)
    by_id = {cell.id: cell for cell in all_cells}
    assert "colab-badge.svg" in all_cells[0].source and f"release/{name}/{name}.ipynb" in all_cells[0].source
    assert by_id["setup"].role == "locked" and by_id["setup"].source.endswith(f'lab.start("{name}")')
    assert by_id["students"].metadata["tags"] == ["students"]
    tree = ast.parse(by_id["students"].source)
    assert isinstance(tree.body[0], ast.Assign)
    assert ast.literal_eval(tree.body[0].value) == [("", "")]
    setups = {
        next(c.source for c in cells(SOURCE, other) if c.id == "setup").replace(other, "NOTEBOOK") for other in NAMES
    }
    assert len(setups) == 1


@every_notebook
def test_it_ends_as_all_do(name: str) -> None:
    """The table of what is done and the zip to hand in: cells that know nothing of the notebook, and do not grade."""
    text, *calls = cells(SOURCE, name)[-1 - len(HAND_IN) :]
    assert text.id == "hand-in" and text.kind == "markdown" and text.source.startswith("## Hand in\n")
    assert {cell.id: cell.source for cell in calls} == HAND_IN
    assert all(cell.metadata == {"tags": ["hand-in"]} for cell in calls)
    assert len({cells(SOURCE, other)[-1 - len(HAND_IN)].source for other in NAMES}) == 1


@every_notebook
def test_it_reads_like_a_good_notebook(name: str) -> None:
    """The measures of STYLE: cells, words, prose beside code, no long cell, no long run of code."""
    # The cell for the student's own tests is empty, but for a suggestion.
    # What stands at the end is the same everywhere, and not the author's.
    all_cells = [
        cell
        for cell in cells(RELEASE, name)[: -1 - len(HAND_IN)]
        if not re.fullmatch(r"(\s*#.*)?\s*", cell.source) or cell.kind != "code"
    ]
    kinds = [cell.kind for cell in all_cells]
    code = sorted(len(cell.source.splitlines()) for cell in all_cells if cell.kind == "code" and cell.role != "test")
    words = sum(len(cell.source.split()) for cell in all_cells if cell.kind == "markdown")
    assert 35 <= len(kinds) <= 70
    assert 1000 <= words <= 2300
    assert kinds.count("markdown") >= 0.8 * kinds.count("code")
    assert in_a_row(kinds, "code") <= 3
    assert code[len(code) // 2] <= (15 if name in CLASSES else 10)
    for cell in all_cells:
        assert cell.kind == "markdown" or len(cell.source.splitlines()) <= 30, cell.id
    for cell in cells(SOURCE, name):
        for solution in SOLUTION.findall(cell.source):
            if not cell.id.startswith("backward-once"):  # the bonus: a small program of its own
                assert len([line for line in solution.splitlines() if line.strip()]) <= 12, cell.id


@every_notebook
def test_figures_have_alternative_text(name: str) -> None:
    """Every figure is shown with words that say what is on it."""
    for cell in cells(SOURCE, name):
        if cell.kind == "code":
            assert "plt.show" not in cell.source, cell.id
            for call in re.findall(r"lab\.show\((.*)", cell.source, re.DOTALL):
                assert "alt=" in call, cell.id


@every_notebook
def test_no_test_cell_looks_empty_in_the_release(name: str) -> None:
    """Each shows a check, holds more than it shows, and ends in a statement that leaves no value behind."""
    for cell in cells(SOURCE, name):
        if cell.role != "test":
            continue
        shown = released(name)[cell.id].source
        assert WHAT.search(shown), cell.id
        assert HIDDEN.search(cell.source), cell.id
        assert len(WHAT.findall(cell.source)) > len(WHAT.findall(shown)), cell.id
        for text in (cell.source, shown):
            assert not isinstance(ast.parse(text).body[-1], ast.Expr), cell.id


@every_notebook
def test_every_check_stands_where_a_grader_can_count_it(name: str) -> None:
    """At the top level of a test cell, with its name spelled out: a cell's points are counted in its checks."""
    for cell in cells(SOURCE, name):
        if cell.role == "test":
            whats = checks_of(cell.source)
            assert len(whats) == all_checks(cell.source) >= 2, cell.id
            shown = checks_of(released(name)[cell.id].source)
            first = int(whats[0].endswith(", large"))  # hidden, and before all others: it is there for what it costs
            assert whats[first : first + len(shown)] == shown
        elif cell.kind == "code":
            assert all_checks(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.MULTILINE)) == 0, cell.id


@every_notebook
def test_a_limit_on_time_is_a_number_of_seconds(name: str) -> None:
    """A cell of the source may say how long it may run at grading, and nothing else under that name."""
    for cell in cells(SOURCE, name):
        said = cell.metadata.get("raisin", {"seconds": 1})
        assert set(said) == {"seconds"} and 1 <= said["seconds"] <= 600, cell.id


@every_notebook
def test_what_a_check_is_called_is_unique(name: str) -> None:
    """A report names a check by its `what` alone, and its random numbers are drawn from it."""
    whats = [what for cell in cells(SOURCE, name) for what in WHAT.findall(cell.source)]
    assert len(set(whats)) == len(whats) >= 8


@every_notebook
def test_the_release_holds_no_solution_no_hidden_test_and_no_marker(name: str) -> None:
    """What students open: nothing of what makes the source the truth."""
    text = (RELEASE / name / f"{name}.ipynb").read_text(encoding="utf-8")
    for marker in (
        "BEGIN SOLUTION",
        "END SOLUTION",
        "BEGIN HIDDEN",
        "END HIDDEN",
        "MARK SCHEME",
        "ORGANISATION/REPOSITORY",
    ):
        assert marker not in text
    shown = "\n".join(cell.source for cell in cells(RELEASE, name))
    given = "\n".join(SOLUTION.sub("", HIDDEN.sub("", cell.source)) for cell in cells(SOURCE, name))
    for cell in cells(SOURCE, name):
        secrets = [*SOLUTION.findall(cell.source), *HIDDEN.findall(cell.source)]
        if cell.role == "manual":
            secrets.append(cell.source)
        for line in (line.strip() for secret in secrets for line in secret.splitlines()):
            # Lines that stand in the open elsewhere (``def _(T, rng):``) are no secret.
            if len(line) > 15 and line not in given:
                assert line not in shown, f"{cell.id}: {line}"


@every_notebook
def test_the_release_keeps_ids_and_grade_ids(name: str) -> None:
    """A submission can be laid on the release: same cells, same ids, same order."""
    assert [cell.id for cell in cells(SOURCE, name)] == [cell.id for cell in cells(RELEASE, name)]


def test_the_release_has_no_other_file() -> None:
    """nbgrader releases every file in source/: nothing may lie there, and nothing of the kind in release/."""
    for tree in (SOURCE, RELEASE):
        files = sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file())
        assert [f for f in files if ".ipynb_checkpoints" not in f] == [f"{name}/{name}.ipynb" for name in NAMES]


def test_no_file_of_the_project_names_a_registry_or_a_machine() -> None:
    """A clone works anywhere."""
    for path in [*ROOT.glob("*.md"), *ROOT.glob("*.txt"), *ROOT.glob("*.toml"), ROOT / "Makefile"]:
        assert not re.search(r"pypi\.org|files\.pythonhosted|/root/|/home/\w", path.read_text(encoding="utf-8")), path


@pytest.mark.slow
def test_the_release_is_what_the_source_gives_byte_for_byte() -> None:
    """A source that was edited and not released again is found here."""
    command = [sys.executable, "-m", "raisin", "release", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
