"""Makes the example class: what fifteen made-up students hand in for notebooks 01 to 09; few of them for 06 to 09.

    python examples/make_class.py FOLDER     writes FOLDER/<student>/<notebook>.ipynb

Every notebook is the released one (release/) with answers put in: mostly the source's own, without its markers, so
that the class stays true when the course changes. README.md says who is who. `expected` says what each deserves: of
every test cell's points the share of its checks that pass, where a check that fails for nothing but an earlier
notebook of the student's own counts all the same. How many fail is written down here, never found out by running them.
The same course gives the same bytes.
"""

import base64
import json
import re
import struct
import sys
import zlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NOTEBOOKS = ("01-torch-regression", "02-tensor-arithmetic", "03-graph-nodes", "04-backward", "05-sgd")
REGRESSION, ARITHMETIC, GRAPH, BACKWARD, SGD = NOTEBOOKS
# The course goes on; so far few have handed these in.
LATER = ("06-raisin-mlp", "07-training-study", "08-modules-and-minibatches", "09-lenet")
RAISINS, STUDY, MODULES, LENET = LATER
FRAMEWORK = NOTEBOOKS[1:]  # 01 is torch's alone: nothing stands on it
STYLE = HERE / "another_style.md"
STYLE_HEADING = re.compile(r"^## (\S+): (before )?(\S+)$")
MARKER = re.compile(r"^\s*### (BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)\s*$")
CHECK = re.compile(r"^@?lab\.(?:same_as_torch|equal|agreement|raises)\(", re.MULTILINE)
BONUS = "test-bonus-"
Json = dict[str, Any]
Lost = Mapping[str, int | None]  # test cell -> how many of its checks fail; None: all of them


@dataclass(frozen=True)
class Due:
    """What a student deserves in one notebook: `points` with the bonus in it, `of` without; cells to grade by hand."""

    points: float
    of: float
    bonus: float
    by_hand: tuple[str, ...]


@dataclass(frozen=True)
class Student:
    """One who hands in. `lost`: checks that earn nothing, by notebook (a notebook not named loses none)."""

    id: str
    name: str
    about: str
    notebooks: tuple[str, ...] = NOTEBOOKS
    partners: tuple[tuple[str, str], ...] = ()
    writes: bool = False
    lost: tuple[tuple[str, Lost], ...] = ()


@dataclass(frozen=True)
class TestCell:
    """A test cell of a source notebook: its points, and how many checks share them."""

    points: float
    checks: int


# --- Who is who -----------------------------------------------------------------------------------------------------


def _lost(**tests: str) -> tuple[tuple[str, Lost], ...]:
    """``n04="test-a test-b:2"`` -> (("04-backward", {"test-a": None, "test-b": 2}),)."""
    named = {name[:2]: name for name in NOTEBOOKS + LATER}
    found = []
    for key, words in tests.items():
        cells = [word.partition(":") for word in words.split()]
        found.append((named[key[1:]], {cell: int(number) if number else None for cell, _, number in cells}))
    return tuple(found)


STUDENTS = (
    Student(
        "alma",
        "Allright, Alma",
        "everything right, the bonus too, and every question answered; 07 holds the outputs of her study",
        notebooks=NOTEBOOKS + LATER,
        writes=True,
    ),
    Student(
        "henk",
        "Halfway, Henk",
        "did about half of each notebook and left the rest as it was",
        lost=_lost(
            n01="test-train-regression-shape test-train-regression-value test-accumulate",
            n02="test-power-value test-operators:2",
            n03="test-matmul-graph test-power-graph",
            n04="test-power-value test-matmul-value test-numerical test-bonus-once",
            n05="test-train-step-shape test-train-step-value test-train-regression-shape "
            "test-train-regression-value test-difference test-bonus-momentum",
        ),
    ),
    Student("bo", "Blank, Bo", "handed in the notebooks as they were released", notebooks=NOTEBOOKS + LATER),
    Student(
        "fay",
        "First, Fay",
        "02: the constructor forgets the node it is given, so 03 to 06 fail on it, and are right themselves",
        notebooks=(*FRAMEWORK, RAISINS),
        lost=_lost(n02="test-tensor-shape:1"),
    ),
    Student(
        "sam",
        "Slip, Sam",
        "04: the matrix product's gradient drops what arrives for the right factor; 05, 06, 08 and 09 are right "
        "themselves",
        notebooks=(*NOTEBOOKS, RAISINS, MODULES, LENET),
        writes=True,
        lost=_lost(n04="test-matmul-value test-bonus-once:2"),
    ),
    Student(
        "dana",
        "Double, Dana",
        "02: `item` takes the first row for the element; 05: the optimizer moves its first parameter only",
        notebooks=(*FRAMEWORK, RAISINS),
        lost=_lost(
            n02="test-tensor-value:2",
            n05="test-sgd-shape:1 test-sgd-value test-train-step-value test-train-regression-value",
        ),
    ),
    Student(
        "carla",
        "Colon, Carla",
        "02: a syntax error in `power`; 03 defines it anew, so nothing else is lost",
        notebooks=FRAMEWORK,
        lost=_lost(n02="test-power-value test-operators:2"),
    ),
    Student(
        "eno",
        "Endless, Eno",
        "04: `numerical_gradient` never ends for a single number, which only the tests try",
        notebooks=FRAMEWORK,
        lost=_lost(n04="test-numerical:1"),
    ),
    Student("kim", "Copy, Kim", "03: a test cell is there twice, an answer too, first wrong, then right"),
    Student("cleo", "Colab, Cleo", "everything right, saved by Colab, with magics above two answers", writes=True),
    Student(
        "otto",
        "Otherwise, Otto",
        "everything right, in another style (another_style.md)",
        notebooks=NOTEBOOKS + LATER,
        writes=True,
    ),
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
        "03: the powers' node gets the array of its base; 04 and 05 fail on that, and are right themselves",
        notebooks=FRAMEWORK,
        lost=_lost(n03="test-power-graph:2"),
    ),
    Student("mo", "Missing, Mo", "handed in 02, 03 and 04 only, all right", notebooks=(ARITHMETIC, GRAPH, BACKWARD)),
    Student(
        "nils",
        "Nearly, Nils",
        "came for 06 and 07; 06: the biases' gradients are divided by the rows once more, which no accuracy shows; "
        "07: the layers are in a plain list",
        notebooks=(RAISINS, STUDY),
        lost=_lost(n06="test-fit-steps:2 test-fit-epochs:3", n07="test-network"),
    ),
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

# What alma's study left in two cells of 07: a picture and text, which are never run again.
STUDIED = "180 runs in 58.0 s on cpu, simulated raisins\n"
HEAT_MAP_ALT = "Heat maps: learning rate against batch size for three optimizers, diverged runs grey."

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


def _edited(cells: Mapping[tuple[str, str], tuple[str, str]]) -> Callable[[str, Json, Mapping[str, str]], Json]:
    """Right but for these cells, (notebook, cell), in which one text stands for another."""

    def work(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
        answers = dict(right)
        for (where, cell), (old, new) in cells.items():
            if where == name:
                answers[cell] = _replace(answers[cell], old, new)
        return _fill(notebook, answers)

    return work


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


def _studied(name: str, notebook: Json, right: Mapping[str, str]) -> Json:
    """Right, with outputs in two cells of the study: printed text, and a picture with a text for it."""
    _fill(notebook, right)
    if name == STUDY:
        cells = {cell["id"]: cell for cell in notebook["cells"]}
        cells["study-run"]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [STUDIED]}]
        picture = base64.b64encode(_heat_map()).decode("ascii")
        data = {"image/png": picture, "text/plain": ["<Figure size 960x340 with 4 Axes>"]}
        metadata = {"image/png": {"alt": HEAT_MAP_ALT}}
        cells["figure-heat"]["outputs"] = [{"output_type": "display_data", "data": data, "metadata": metadata}]
        for count, cell in enumerate(("study-run", "figure-heat"), start=40):
            cells[cell]["execution_count"] = count
    return notebook


def _heat_map(side: int = 24) -> bytes:
    """A made-up picture as a PNG file: three maps of five learning rates by four batch sizes, diverged fields grey."""
    rows = []
    for rate in range(5):
        pixels = b""
        for field in range(3 * 5):
            far = abs(rate - 2 - field % 5 / 3)
            colour = (255, 255, 255) if field % 5 == 4 else (150, 150, 150) if rate == 4 and far > 1 else None
            pixels += bytes(colour or (int(70 + 60 * far), int(200 - 60 * far), int(120 - 20 * far))) * side
        rows += [b"\0" + pixels] * side
    header = struct.pack(">IIBBBBB", 15 * side, 5 * side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    framed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


WORK: dict[str, Callable[[str, Json, Mapping[str, str]], Json]] = {
    "alma": _studied,
    "henk": _half,
    "bo": _untouched,
    "fay": _edited({(ARITHMETIC, "tensor"): ("self.grad_fn = grad_fn", "self.grad_fn = None")}),
    "sam": _edited({(BACKWARD, "matmul-backward"): (" @ grad_output, right", " @ np.ones_like(grad_output), right")}),
    "dana": _edited(
        {
            (ARITHMETIC, "tensor"): ("return self.data.item()", "return self.data[0]"),
            (SGD, "sgd"): ("self.lr * p.grad", "self.lr * p.grad\n                return"),
        }
    ),
    "carla": _edited({(ARITHMETIC, "power"): ("def power(base, exponent):", "def power(base, exponent)")}),
    "eno": _endless,
    "kim": _copied,
    "cleo": _by_colab,
    "otto": _other_style,
    "tess": _no_bonus,
    "bea": _edited({(GRAPH, "power"): ("PowerNode(base, exponent)", "PowerNode(array_of(base), exponent)")}),
    "mo": _right,
    "nils": _edited(
        {
            (RAISINS, "fit"): (
                "            optimizer.step()",
                "            for bias in parameters[1::2]:\n"
                "                bias.grad = bias.grad / len(rows)\n"
                "            optimizer.step()",
            ),
            (STUDY, "network"): (
                "nn.ModuleList(nn.Linear(size, following) for size, following in itertools.pairwise(sizes))",
                "[nn.Linear(size, following) for size, following in itertools.pairwise(sizes)]",
            ),
        }
    ),
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


def lost(course_root: Path, student: Student, name: str) -> dict[str, int]:
    """The test cells of a notebook in which a student loses points -> how many of its checks earn none.

    Raises ValueError where the source no longer has such a cell, or not so many checks in it.
    """
    tests, _ = _points(course_root, name)
    if WORK[student.id] is _untouched:
        return {cell: test.checks for cell, test in tests.items()}
    found = {}
    for cell, number in dict(student.lost).get(name, {}).items():
        there = tests[cell].checks if cell in tests else 0
        found[cell] = there if number is None else number
        if not 1 <= found[cell] <= there:
            raise ValueError(f"{student.id} loses {found[cell]} checks of {cell} in {name}, which has {there}")
    return found


def _due(course_root: Path, student: Student, name: str) -> Due:
    tests, questions = _points(course_root, name)
    gone = lost(course_root, student, name)
    kept = {cell: test.points * (test.checks - gone.get(cell, 0)) / test.checks for cell, test in tests.items()}
    of = sum(test.points for cell, test in tests.items() if not cell.startswith(BONUS)) + sum(questions.values())
    bonus = sum(points for cell, points in kept.items() if cell.startswith(BONUS))
    return Due(sum(kept.values()), of, bonus, tuple(sorted(questions)) if student.writes else ())


def _points(course_root: Path, name: str) -> tuple[dict[str, TestCell], dict[str, float]]:
    """The test cells, and the points of the questions that a person grades."""
    tests, questions = {}, {}
    for cell in _read(course_root / "source" / name / f"{name}.ipynb")["cells"]:
        if not _graded(cell).get("grade"):
            continue
        points = float(_graded(cell)["points"])
        if _graded(cell)["solution"]:
            questions[str(cell["id"])] = points
        else:
            tests[str(cell["id"])] = TestCell(points, len(CHECK.findall("".join(cell["source"]))))
    return tests, questions


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python examples/make_class.py FOLDER")
    for who, notebooks in make_class(HERE.parent, Path(sys.argv[1])).items():
        print(f"{who:6}", ", ".join(f"{name[:2]}: {due.points:g} of {due.of:g}" for name, due in notebooks.items()))
