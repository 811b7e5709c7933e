"""Makes the example class: what twelve made-up students hand in for notebooks 01 to 05, and one of
them for 06 and 07.

    python examples/make_class.py FOLDER     writes FOLDER/<student>/<notebook>.ipynb

Every notebook is the released one (release/) with answers put in: mostly the source's own, without its markers, so
that the class stays true when the course changes. README.md says who is who. `expected` says what each deserves.
The same course gives the same bytes.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NOTEBOOKS = ("01-torch-regression", "02-tensor-arithmetic", "03-graph-nodes", "04-backward", "05-sgd")
REGRESSION, ARITHMETIC, GRAPH, BACKWARD, SGD = NOTEBOOKS
# The course goes on; so far only the quickest has handed these in.
LATER = ("06-raisin-mlp", "07-training-study")
STYLE = HERE / "another_style.md"
STYLE_HEADING = re.compile(r"^## (\S+): (before )?(\S+)$")
MARKER = re.compile(r"^\s*### (BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)\s*$")
BONUS = "test-bonus-"
Json = dict[str, Any]


@dataclass(frozen=True)
class Due:
    """What a student deserves in one notebook: `points` with the bonus in it, `of` without; cells to grade by hand."""

    points: float
    of: float
    bonus: float
    by_hand: tuple[str, ...]


@dataclass(frozen=True)
class Student:
    """One who hands in. `lost`: test cells without points, by notebook (a notebook not named loses none)."""

    id: str
    name: str
    about: str
    notebooks: tuple[str, ...] = NOTEBOOKS
    partners: tuple[tuple[str, str], ...] = ()
    writes: bool = False
    lost: tuple[tuple[str, frozenset[str]], ...] = ()


# --- Who is who -----------------------------------------------------------------------------------------------------


def _lost(**tests: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """``n04="test-a test-b"`` -> (("04-backward", {"test-a", "test-b"}),)."""
    named = {name[:2]: name for name in NOTEBOOKS}
    return tuple((named[key[1:]], frozenset(words.split())) for key, words in tests.items())


STUDENTS = (
    Student(
        "alma",
        "Allright, Alma",
        "everything right, the bonus too, and every question answered; ahead of the others with 06 and 07",
        notebooks=NOTEBOOKS + LATER,
        writes=True,
    ),
    Student(
        "henk",
        "Halfway, Henk",
        "did about half of each notebook and left the rest as it was",
        lost=_lost(
            n01="test-train-regression-shape test-train-regression-value test-accumulate",
            n02="test-power-value test-operators",
            n03="test-matmul-graph test-power-graph",
            n04="test-power-value test-matmul-value test-numerical test-bonus-once",
            n05="test-train-step-shape test-train-step-value test-train-regression-shape "
            "test-train-regression-value test-difference test-bonus-momentum",
        ),
    ),
    Student("bo", "Blank, Bo", "handed in the notebooks as they were released", lost=_lost(n01="", n02="", n03="")),
    Student(
        "sam",
        "Slip, Sam",
        "04: the derivative of every power is 2x; right elsewhere, for only squares are needed in 05",
        writes=True,
        lost=_lost(n04="test-power-value"),
    ),
    Student(
        "carla",
        "Colon, Carla",
        "02: a syntax error in `power`; 03 defines it anew, so nothing else is lost",
        lost=_lost(n02="test-power-value test-operators"),
    ),
    Student(
        "eno",
        "Endless, Eno",
        "04: `numerical_gradient` never ends for a single number, which only the tests try",
        lost=_lost(n04="test-numerical"),
    ),
    Student("kim", "Copy, Kim", "03: a test cell is there twice, an answer too, first wrong, then right"),
    Student("cleo", "Colab, Cleo", "everything right, saved by Colab, with magics above two answers", writes=True),
    Student("otto", "Otherwise, Otto", "everything right, in another style (another_style.md)", writes=True),
    Student(
        "tess",
        "Trio, Tess",
        "handed in for a group of three; right, without the bonus",
        partners=(("Trio, Tina", "tina"), ("Trio, Tom", "tom")),
        writes=True,
        lost=_lost(n04="test-bonus-once", n05="test-bonus-momentum"),
    ),
    Student(
        "bea",
        "Broken, Bea",
        "03: the products' node gets arrays; 04 and 05 are right, and cannot work on that",
        lost=_lost(
            n03="test-elementwise-graph test-power-graph",
            n04="test-elementwise-value test-power-value test-bonus-once",
        ),
    ),
    Student("mo", "Missing, Mo", "handed in 02, 03 and 04 only, all right", notebooks=(ARITHMETIC, GRAPH, BACKWARD)),
)

DONE_BY_HENK = frozenset(
    {
        (REGRESSION, "parameters"),
        (REGRESSION, "predict"),
        (REGRESSION, "squared-error"),
        (REGRESSION, "train-step"),
        *((ARITHMETIC, cell) for cell in ("tensor", "subtraction", "multiplication", "matmul")),
        *((ARITHMETIC, cell) for cell in ("operators-minus", "operators-times")),
        *((GRAPH, cell) for cell in ("subtraction", "multiplication")),
        *((BACKWARD, cell) for cell in ("unbroadcast", "backward", "addition-backward")),
        *((BACKWARD, cell) for cell in ("subtraction-backward", "multiplication-backward")),
        (SGD, "sgd"),
    }
)

ENDLESS = '''# framework: numerical
def numerical_gradient(function, x, step=1e-5):
    """The gradient of function at x by central differences, an array of x.shape."""
    gradient = np.zeros(x.shape)
    index, finished = [0] * x.ndim, False
    while not finished:
        up, down = x.copy(), x.copy()
        up[tuple(index)] += step
        down[tuple(index)] -= step
        gradient[tuple(index)] = (function(up) - function(down)) / (2 * step)
        for axis in range(x.ndim):  # the next index, like the wheels of an odometer
            index[axis] += 1
            if index[axis] < x.shape[axis]:
                break
            index[axis] = 0
            finished = axis == x.ndim - 1
    return gradient'''

WRITTEN = {
    "why-float32": "The first six or seven digits would stay the same. The plane is as good, because the noise is much "
    "larger than the rounding. One wants it because it takes half the memory and is faster.",
    "why-graph": "(a) Because the gradient has to reach the leaf itself, and an array has no grad. (b) Nobody asks for "
    "a gradient there. (c) The sum keeps the graphs of all losses alive; use item().",
    "why-accumulate": "(a) There are several paths from the leaf to the result and the chain rule adds them up; with "
    "overwriting only the last would count. (b) zero_grad.",
}
WRITTEN_ELSEWHERE = (
    "We tried it out in a cell of our own, looked at the numbers, and think that the reason is rounding."
)


# --- Notebooks ------------------------------------------------------------------------------------------------------


def _read(path: Path) -> Json:
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there; `raisin release` makes it")
    notebook: Json = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def _graded(cell: Json) -> Json:
    """What nbgrader says of a cell; empty for a cell that it does not know."""
    found: Json = cell["metadata"].get("nbgrader", {})
    return found


def _lines(source: str) -> list[str]:
    return source.splitlines(keepends=True)


def solutions(course_root: Path, notebook: str) -> dict[str, str]:
    """The source's answers as a student would have written them: cell -> source without any marker."""
    found = {}
    for cell in _read(course_root / "source" / notebook / f"{notebook}.ipynb")["cells"]:
        if cell["cell_type"] == "code" and _graded(cell).get("solution"):
            lines = [line for line in _lines("".join(cell["source"])) if not MARKER.match(line)]
            found[str(cell["id"])] = "".join(lines).rstrip("\n")
    return found


def read_style(path: Path) -> dict[str, list[tuple[str, bool, str]]]:
    """Answers in another style from a Markdown file: notebook -> (cell, whether it goes before that cell, source)."""
    found: dict[str, list[tuple[str, bool, str]]] = {}
    heading, lines = None, None
    for line in path.read_text(encoding="utf-8").splitlines():
        if lines is None:
            heading = STYLE_HEADING.match(line) or heading
            lines = [] if line == "```python" else None
        elif line != "```":
            lines.append(line)
        else:
            assert heading is not None, f"{path}: a cell without a heading"
            found.setdefault(heading[1], []).append((heading[3], bool(heading[2]), "\n".join(lines)))
            lines = None
    return found


def _fill(notebook: Json, answers: Mapping[str, str]) -> Json:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and cell["id"] in answers:
            cell["source"] = _lines(answers[cell["id"]])
    return notebook


def _write_answers(notebook: Json) -> Json:
    """Type an answer to every question that a person grades."""
    for cell in notebook["cells"]:
        if _graded(cell).get("solution") and _graded(cell).get("grade"):
            cell["source"] = _lines(WRITTEN.get(cell["id"], WRITTEN_ELSEWHERE))
    return notebook


def _sign(notebook: Json, people: list[tuple[str, str]]) -> Json:
    for cell in notebook["cells"]:
        if "students" in cell["metadata"].get("tags", ()):
            entries = "".join(f"    {json.dumps(list(person), ensure_ascii=False)},\n" for person in people)
            entries = entries.replace("[", "(").replace("]", ")")
            cell["source"] = _lines(f"{''.join(cell['source']).splitlines()[0]}\nstudents = [\n{entries}]")
    return notebook


def _new_cell(cell_id: str, source: str) -> Json:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": {},
        "outputs": [],
        "source": _lines(source),
    }


def _position(notebook: Json, cell_id: str) -> int:
    return next(k for k, cell in enumerate(notebook["cells"]) if cell.get("id") == cell_id)


def _replace(text: str, old: str, new: str) -> str:
    """`text` with `old`, which must be there once, replaced: the class must not silently become right."""
    if text.count(old) != 1:
        raise ValueError(f"the source says {old!r} {text.count(old)} times, not once: see examples/make_class.py")
    return text.replace(old, new)


# --- What each did --------------------------------------------------------------------------------------------------


def _half(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    return _fill(notebook, {cell: text for cell, text in right.items() if (name, cell) in DONE_BY_HENK})


def _untouched(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    return notebook


def _right(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    return _fill(notebook, right)


def _one_wrong(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    answers = dict(right)
    if name == BACKWARD:
        derivative = "self.exponent * base.data ** (self.exponent - 1)"
        answers["power-backward"] = _replace(answers["power-backward"], derivative, "2 * base.data")
    return _fill(notebook, answers)


def _syntax_error(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    answers = dict(right)
    if name == ARITHMETIC:
        answers["power"] = _replace(answers["power"], "def power(base, exponent):", "def power(base, exponent)")
    return _fill(notebook, answers)


def _endless(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    return _fill(notebook, {**right, "numerical": ENDLESS} if name == BACKWARD else right)


def _copied(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    _fill(notebook, right)
    if name == GRAPH:
        cells = notebook["cells"]
        test = deepcopy(cells[_position(notebook, "test-elementwise-flags")])
        cells.insert(_position(notebook, "test-elementwise-graph"), {**test, "id": "copy-of-a-test"})
        attempt = deepcopy(cells[_position(notebook, "matmul")])
        first = _replace("".join(attempt["source"]), "MatmulNode(left, right)", "MatmulNode(right, left)")
        cells.insert(_position(notebook, "matmul"), {**attempt, "id": "first-attempt", "source": _lines(first)})
    return notebook


def _by_colab(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    """As Colab saves: its own ids, a badge cell without an id, sizes of outputs, tables of script, widget state."""
    answers = dict(right)
    for cell, magic in (("subtraction", "%%time"), ("sgd", "#@title My optimizer { display-mode: 'form' }")):
        if cell in answers:
            answers[cell] = f"{magic}\n{answers[cell]}"
    _fill(notebook, answers)
    row = "<tr><td>0.179</td><td>0.655</td><td>-0.190</td></tr>"
    table = f"<div><table>{row * 2000}</table><script>const element = document;</script></div>"
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"]["id"] = cell["id"]
        if cell["cell_type"] != "code":
            continue
        cell["execution_count"] = number
        if cell["id"].startswith("try-") or cell["id"].endswith("-try"):
            cell["metadata"]["outputId"] = f"{number:08x}-0000-4000-8000-000000000000"
            cell["metadata"]["colab"] = {"base_uri": "https://localhost:8080/", "height": 423}
            data = {"text/html": [table], "text/plain": ["a table"]}
            kind = {"output_type": "execute_result", "execution_count": number}
            cell["outputs"] = [{**kind, "data": data, "metadata": {}}]
    badge = {"cell_type": "markdown", "metadata": {"id": "view-in-github", "colab_type": "text"}, "source": ["badge"]}
    notebook["cells"].insert(0, badge)
    notebook["nbformat_minor"] = 5
    notebook["metadata"] = {
        "colab": {"provenance": [], "include_colab_link": True, "gpuType": "T4"},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
        "accelerator": "GPU",
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
    }
    return notebook


def _other_style(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    _fill(notebook, right)
    for cell, before, source in read_style(STYLE).get(name, ()):
        if before:
            notebook["cells"].insert(_position(notebook, cell), _new_cell(f"my-{cell}", source))
        else:
            _fill(notebook, {cell: source})
    return notebook


def _no_bonus(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    return _fill(notebook, {cell: text for cell, text in right.items() if cell not in ("backward-once", "momentum")})


def _cut_graph(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    answers = dict(right)
    if name == GRAPH:
        node = "MultiplicationNode(left, right)"
        cut = "MultiplicationNode(array_of(left), array_of(right))"
        answers["multiplication"] = _replace(answers["multiplication"], node, cut)
    return _fill(notebook, answers)


WORK: dict[str, Callable[[str, Json, Mapping[str, str]], Json]] = {
    "alma": _right,
    "henk": _half,
    "bo": _untouched,
    "sam": _one_wrong,
    "carla": _syntax_error,
    "eno": _endless,
    "kim": _copied,
    "cleo": _by_colab,
    "otto": _other_style,
    "tess": _no_bonus,
    "bea": _cut_graph,
    "mo": _right,
}


def make_class(course_root: Path, folder: Path) -> dict[str, dict[str, Due]]:
    """Write folder/<student>/<notebook>.ipynb for everybody; what each deserves, as `expected` gives it.

    Raises FileNotFoundError where the course is not released, ValueError where a source has changed under an example.
    """
    for student in STUDENTS:
        for name in student.notebooks:
            notebook = _read(course_root / "release" / name / f"{name}.ipynb")
            notebook = WORK[student.id](name, notebook, solutions(course_root, name))
            if student.id != "bo":
                _sign(notebook, [(student.name, student.id), *student.partners])
            if student.writes:
                _write_answers(notebook)
            path = folder / student.id / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return expected(course_root)


def expected(course_root: Path) -> dict[str, dict[str, Due]]:
    """What each who hands in deserves: student -> notebook -> points, counted in the source's own points."""
    return {student.id: {name: _due(course_root, student, name) for name in student.notebooks} for student in STUDENTS}


def lost(course_root: Path, student: Student, name: str) -> frozenset[str]:
    """The test cells of a notebook in which a student gets no points."""
    if WORK[student.id] is _untouched:
        return frozenset(_points(course_root, name)[0])
    return dict(student.lost).get(name, frozenset())


def _due(course_root: Path, student: Student, name: str) -> Due:
    tests, questions = _points(course_root, name)
    kept = {cell: points for cell, points in tests.items() if cell not in lost(course_root, student, name)}
    of = sum(points for cell, points in tests.items() if not cell.startswith(BONUS)) + sum(questions.values())
    bonus = sum(points for cell, points in kept.items() if cell.startswith(BONUS))
    return Due(sum(kept.values()), of, bonus, tuple(sorted(questions)) if student.writes else ())


def _points(course_root: Path, name: str) -> tuple[dict[str, float], dict[str, float]]:
    """The points of the test cells, and of the questions that a person grades."""
    tests, questions = {}, {}
    for cell in _read(course_root / "source" / name / f"{name}.ipynb")["cells"]:
        if _graded(cell).get("grade"):
            (questions if _graded(cell)["solution"] else tests)[str(cell["id"])] = float(_graded(cell)["points"])
    return tests, questions


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python examples/make_class.py FOLDER")
    for who, notebooks in make_class(HERE.parent, Path(sys.argv[1])).items():
        print(f"{who:6}", ", ".join(f"{name[:2]}: {due.points:g} of {due.of:g}" for name, due in notebooks.items()))
