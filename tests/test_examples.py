"""The example class gets exactly the points it deserves: from the checker, and through `raisin collect` and `grade`."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import factories
import leaks
import pypdf
import pytest
from checker import Found, Notebook, checks, handed_in, make_class
from course.contract import NAMES, ROOT
from test_safe import Seen

from raisin.lab.checks import checks_of

CLASS = make_class()
EVERYBODY = {student.id: student for student in CLASS.STUDENTS}
SECONDS = {"eno": 2.0}  # for an endless loop: the checker need not wait as long as the grader
OPTIONAL = ("08-modules-and-minibatches", "09-lenet")  # never missing
SECRET = 'c.Course.secret = "the example class"\n'  # the same numbers on every run

# Who is broken in one or two notebooks that others stand on -> a check of each that fails, as later notebooks name it.
BROKEN = {
    "fay": {"02-tensor-arithmetic": "Tensor: the constructor's arguments in order"},
    "sam": {"04-backward": "matmul: both gradients of x @ w"},
    "dana": {
        "02-tensor-arithmetic": "item: a plain Python number",
        "05-sgd": "SGD: two parameters, one step",
    },
    "bea": {"03-graph-nodes": "power: the node keeps base and exponent"},
}
# Notebooks with checks that fail on earlier parts of the student's own -> which of these they stand on.
REACHED = {
    ("fay", "03-graph-nodes"): ("02-tensor-arithmetic",),
    ("fay", "04-backward"): ("02-tensor-arithmetic",),
    ("fay", "05-sgd"): ("02-tensor-arithmetic",),
    ("fay", "06-raisin-mlp"): ("02-tensor-arithmetic",),
    ("sam", "05-sgd"): ("04-backward",),
    ("sam", "06-raisin-mlp"): ("04-backward",),
    ("sam", "08-modules-and-minibatches"): ("04-backward",),
    ("sam", "09-lenet"): ("04-backward",),
    ("dana", "05-sgd"): ("02-tensor-arithmetic",),
    ("dana", "06-raisin-mlp"): ("02-tensor-arithmetic", "05-sgd"),
    ("bea", "04-backward"): ("03-graph-nodes",),
    ("bea", "05-sgd"): ("03-graph-nodes",),
}
Row = dict[str, str]


@dataclass(frozen=True)
class Graded:
    """The class as the course graded it: the lines of the CSV, and the notebooks as they ran."""

    rows: dict[tuple[str, str], Row]
    root: Path

    def points(self, student: str, name: str) -> float:
        return float(self.rows[student, name]["points"])

    def cells(self, student: str, name: str) -> dict[str, Any]:
        path = self.root / "autograded" / student / name / f"{name}.ipynb"
        return {str(cell.get("id")): cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}

    def text(self, student: str, name: str) -> str:
        """All that stands in the outputs."""
        outputs = [o for cell in self.cells(student, name).values() for o in cell.get("outputs", ())]
        return "".join("".join(output.get("text", ())) for output in outputs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class as made by the script."""
    path = tmp_path_factory.mktemp("class")
    CLASS.make_class(ROOT, path)
    return path


@pytest.fixture(scope="module")
def graded(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The class graded by the commands of the course, in a copy of it."""
    root = tmp_path_factory.mktemp("course")
    for tree in ("source", "release"):
        shutil.copytree(ROOT / tree, root / tree)
    config = factories.settings_here()
    (root / "nbgrader_config.py").write_text(config + SECRET, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("RAISIN_", "NBGRADER_"))}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    for words in (["collect", str(folder)], ["grade", "--jobs", "2"], ["grades", "--csv", "grades.csv"]):
        command = [sys.executable, "-m", "raisin", *words]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    with (root / "grades.csv").open(newline="", encoding="utf-8") as file:
        return Graded({(row["student"], row["notebook"]): row for row in csv.DictReader(file)}, root)


def n_checks(name: str) -> dict[str, int]:
    """How many checks every test cell of the source has, as the class counts them."""
    tests, _ = CLASS._points(ROOT, name)
    return {cell: test.checks for cell, test in tests.items()}


def test_the_class_is_as_large_as_it_must_be() -> None:
    """At least ten who hand in, and four for each notebook; few enough to be graded often."""
    assert len(EVERYBODY) >= 10
    assert sum(len(student.notebooks) for student in CLASS.STUDENTS) <= 84
    for name in NAMES:
        assert sum(name in student.notebooks for student in CLASS.STUDENTS) >= 4, name


@pytest.mark.parametrize("student", EVERYBODY)
def test_the_table_says_what_each_loses(student: str) -> None:
    """As examples/README.md has it: the test cells, and of how many checks how many where it is not all of them."""
    who, said = EVERYBODY[student], []
    for name in who.notebooks:
        cells = dict(who.lost).get(name, {})
        words = [f"`{cell}`" + (f" {n} of {n_checks(name)[cell]}" if n else "") for cell, n in cells.items()]
        said += [f"{name[:2]}: {', '.join(words)}"] if words else []
    loses = "everything" if student == "bo" else "; ".join(said) or "nothing"
    table = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert f"| `{who.id}` | {who.name} | {who.about} | {loses} |" in table


def test_the_same_course_makes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Nothing in the files depends on the day or the machine."""
    CLASS.make_class(ROOT, tmp_path)
    made = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.ipynb")}
    again = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.ipynb")}
    assert made == again
    assert len(made) == sum(len(student.notebooks) for student in CLASS.STUDENTS)


def test_nobody_hands_in_a_marker_or_a_hidden_test(folder: Path) -> None:
    """The class is made from what students get."""
    for path in folder.rglob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        for word in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "ORGANISATION/REPOSITORY", str(ROOT)):
            assert word not in text, f"{path.name}: {word}"


@pytest.mark.parametrize("name", NAMES)
def test_the_class_counts_the_checks_that_the_grader_counts(name: str) -> None:
    """Each has its own way to count them."""
    cells = json.loads((ROOT / "source" / name / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells}
    assert n_checks(name) == {cell: len(checks_of(sources[cell])) for cell in n_checks(name)}


@pytest.mark.parametrize("student", EVERYBODY)
def test_the_checker_finds_what_each_deserves(student: str, folder: Path) -> None:
    """Every check of every notebook: what fails on the student's own earlier parts may pass on the course's."""
    who, seconds = EVERYBODY[student], SECONDS.get(student, 5.0)
    work: dict[str, Notebook] = {name: handed_in(folder / student / f"{name}.ipynb", name) for name in who.notebooks}
    for name in who.notebooks:
        own = checks(name, work, seconds, outside=True)
        again = checks(name, {name: work[name]}, seconds, outside=True) if _failing(own) else own
        assert _failing(own, again) == CLASS.lost(ROOT, who, name), name
        carried = sum(_failing(own).values()) - sum(_failing(own, again).values())
        assert bool(carried) == ((student, name) in REACHED), name


def _failing(*runs: Found) -> dict[str, int]:
    """Test cell -> how many of its checks fail in all of these runs; cells without any left out."""
    found = {}
    for cell in runs[0]:
        better = [any(found.passed for found in several) for several in zip(*(run[cell] for run in runs), strict=True)]
        found[cell] = better.count(False)
    return {cell: number for cell, number in found.items() if number}


def test_a_check_that_is_not_there_cannot_be_lost() -> None:
    """The class does not silently become right, or worse, when a test cell changes."""
    (alma,) = (student for student in CLASS.STUDENTS if student.id == "alma")
    for words in ("test-tensor-shape:5", "test-tensor-shape:0", "test-tensor-shade"):
        wrong = CLASS.Student(alma.id, alma.name, alma.about, lost=CLASS._lost(n02=words))
        with pytest.raises(ValueError, match="alma loses"):
            CLASS.lost(ROOT, wrong, "02-tensor-arithmetic")


def test_what_is_expected_is_counted_in_the_points_of_the_source() -> None:
    """The headings say 10, 15, 10, 20, 10, 15, 20, 15 and 20 points; nobody can have more than these and the bonus."""
    due = CLASS.expected(ROOT)
    assert [due["alma"][name].of for name in NAMES] == [10, 15, 10, 20, 10, 15, 20, 15, 20]
    for name in NAMES:
        assert due["bo"][name].points == 0
        assert due["alma"][name].points == max(d[name].points for d in due.values() if name in d)


def test_a_group_is_named_in_its_notebook(folder: Path) -> None:
    """Three people in the `students` cell, which is data and nothing else."""
    cells = json.loads((folder / "tess" / "05-sgd.ipynb").read_text(encoding="utf-8"))["cells"]
    (cell,) = (cell for cell in cells if "students" in cell["metadata"].get("tags", ()))
    assert len([line for line in cell["source"] if line.startswith('    ("')]) == 3


@pytest.mark.slow
@pytest.mark.parametrize("student", EVERYBODY)
def test_the_course_grades_to_the_points_deserved(student: str, graded: Graded) -> None:
    """Points, bonus, of how many, and which answers wait for a person; what is not handed in has no points, not 0."""
    due = CLASS.expected(ROOT)[student]
    for name in NAMES:
        if name in OPTIONAL and name not in due:
            assert (student, name) not in graded.rows
            continue
        row = graded.rows[student, name]
        if name not in due:
            assert (row["points"], row["needs a hand"]) == ("", "not handed in"), name
            continue
        got = (float(row["points"]), float(row["bonus"]), float(row["of"]))
        assert got == pytest.approx((due[name].points, due[name].bonus, due[name].of), abs=1e-4), name
        assert row["needs a hand"] == ", ".join(due[name].by_hand), name


@pytest.mark.slow
@pytest.mark.parametrize("student", BROKEN)
def test_a_mistake_costs_where_it_was_made_and_nowhere_else(student: str, graded: Graded) -> None:
    """Alma has everything: whoever has as much lost nothing."""
    lossy = {n for n in EVERYBODY[student].notebooks if graded.points(student, n) < graded.points("alma", n)}
    assert lossy == set(BROKEN[student])


@pytest.mark.slow
@pytest.mark.parametrize(("student", "name"), REACHED, ids=lambda word: word[:4])
def test_a_later_notebook_names_the_cause(student: str, name: str, graded: Graded) -> None:
    """The notebook that is handed back says that this one is right, and what failed in which earlier one."""
    text = graded.text(student, name)
    assert "↻ counts: right here, it passes on the course's own earlier notebooks, and failed on yours." in text
    named = [line for line in text.splitlines() if line.startswith("  What fails in ")]
    assert {line.removeprefix("  What fails in ").partition(":")[0] for line in named} == set(REACHED[student, name])
    for before in REACHED[student, name]:
        assert any(before in line and BROKEN[student][before] in line for line in named)


@pytest.mark.slow
def test_who_is_not_reached_by_a_mistake_hears_nothing_of_it(graded: Graded) -> None:
    """Carla's 02 is broken in what 03 defines anew, Dana's in what 03 and 04 do not use."""
    for student in ("carla", "dana"):
        for name in ("03-graph-nodes", "04-backward"):
            assert "↻" not in graded.text(student, name)


@pytest.mark.slow
def test_the_study_is_there_as_handed_in(graded: Graded) -> None:
    """Text and picture of a study that nobody runs again, for the person who grades the conclusion."""
    cells = graded.cells("alma", "07-training-study")
    assert "As handed in" in "".join(cells["study-run"]["outputs"][0]["text"])
    assert "".join(cells["study-run"]["outputs"][1]["text"]) == CLASS.STUDIED
    picture = cells["figure-heat"]["outputs"][1]
    assert "image/png" in picture["data"] and picture["metadata"]["image/png"]["alt"] == CLASS.HEAT_MAP_ALT


@pytest.mark.slow
def test_a_group_shares_its_points(graded: Graded) -> None:
    """Who handed nothing in, but is named by one who did, has the same points."""
    who = EVERYBODY["tess"]
    for name in who.notebooks:
        for _, partner in who.partners:
            assert graded.rows[partner, name]["points"] == graded.rows["tess", name]["points"]


# --- Nothing that is the grader's own gets out ------------------------------------------------------------------------

PRINTED = ("henk", "dana", "bea")  # who fails in many ways; a printout of everybody takes too long


@pytest.fixture(scope="module")
def told(graded: Graded) -> Graded:
    """The same class with its pages: feedback and the report for everybody, printouts for some."""
    words = [["feedback"], ["report"], *(["print", "--student", student] for student in PRINTED)]
    for command in words:
        done = subprocess.run(
            [sys.executable, "-m", "raisin", *command], cwd=graded.root, capture_output=True, text=True, timeout=900
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return graded


@pytest.fixture(scope="module")
def secret() -> dict[str, frozenset[str]]:
    """Of each notebook: the lines that students must not see."""
    paths = {name: (ROOT / "source" / name, ROOT / "release" / name) for name in NAMES}
    return {name: leaks.lines_of_the_grader(*(path / f"{name}.ipynb" for path in paths[name])) for name in NAMES}


def _page(course: Graded, student: str, name: str) -> str:
    return (course.root / "feedback" / student / name / f"{name}.html").read_text(encoding="utf-8")


def _own(course: Graded, student: str, name: str) -> str:
    trees = (course.root / tree / student / name / f"{name}.ipynb" for tree in ("submitted", "autograded"))
    return leaks.own(*trees)


@pytest.mark.parametrize("name", NAMES)
def test_the_search_finds_what_it_looks_for(name: str, secret: dict[str, frozenset[str]]) -> None:
    """Every notebook has many such lines, they are in its source, and none is in its release."""
    source, release = (ROOT / tree / name / f"{name}.ipynb" for tree in ("source", "release"))
    assert len(secret[name]) >= 40
    assert len(leaks.found("\n".join(leaks.sources(source)), secret[name])) == len(secret[name])
    assert not leaks.found(release.read_text(encoding="utf-8"), secret[name])


@pytest.mark.slow
@pytest.mark.parametrize("student", EVERYBODY)
def test_no_page_of_feedback_tells_what_is_the_graders(
    student: str, told: Graded, secret: dict[str, frozenset[str]]
) -> None:
    """No line of a hidden test or a solution but one's own, no number that was due, nobody else's name."""
    partners = {partner for _, partner in EVERYBODY[student].partners}
    others = [other.name for other in CLASS.STUDENTS if other.id != student and other.id not in partners]
    for name in EVERYBODY[student].notebooks:
        text = Seen(_page(told, student, name)).text
        graded = told.root / "autograded" / student / name / f"{name}.ipynb"
        own = _own(told, student, name)
        assert not leaks.found(text, secret[name], own), name
        assert not leaks.found(text, leaks.numbers_due(graded), own), name
        assert not leaks.found(text, others), name


@pytest.mark.slow
@pytest.mark.parametrize("student", PRINTED)
def test_no_printout_tells_what_is_the_graders(student: str, told: Graded, secret: dict[str, frozenset[str]]) -> None:
    for name in EVERYBODY[student].notebooks:
        pages = pypdf.PdfReader(told.root / "printouts" / student / f"{name}.pdf").pages
        text = "\n".join(page.extract_text() for page in pages)
        own = _own(told, student, name)
        assert not leaks.found(text, secret[name], own), name
        assert not leaks.found(
            text, leaks.numbers_due(told.root / "autograded" / student / name / f"{name}.ipynb"), own
        )


@pytest.mark.slow
def test_no_table_of_the_report_tells_what_is_the_graders(told: Graded, secret: dict[str, frozenset[str]]) -> None:
    """The report is for instructors, but is shown in lectures."""
    for path in (told.root / "report").iterdir():
        text = path.read_text(encoding="utf-8")
        assert len(text) > 50
        for name in NAMES:
            assert not leaks.found(text, secret[name]), (path.name, name)


@pytest.mark.slow
def test_some_checks_failed_with_a_number_that_was_due(told: Graded) -> None:
    """Else there was nothing to be found."""
    graded = [told.root / "autograded" / s / n / f"{n}.ipynb" for s in EVERYBODY for n in EVERYBODY[s].notebooks]
    assert sum(len(leaks.numbers_due(path)) for path in graded) >= 10
