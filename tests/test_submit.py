"""`lab.submit`: one zip where all is well, and otherwise a list of what to do and no zip."""

import io
import json
import os
import subprocess
import sys
import types
import zipfile
from collections.abc import Callable
from pathlib import Path

import factories
import pypdf
import pytest
from kernels import kernel

from raisin.lab import history, parcel, places, session
from raisin.lab.history import Run
from raisin.lab.rehearsal import NotPossible, Ran, Rehearsed
from raisin.lab.submit import submit

here = sys.modules["raisin.lab.submit"]  # `raisin.lab.submit` is the function
NAME = "04-backward"
START = f'from raisin import lab\nlab.start("{NAME}")'
BLANK = "# framework: double\ndef double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"
DOUBLE = "# framework: double\ndef double(x):\n    return 2 * x\n"
CHECK = '@lab.equal("number", due=4)\ndef _(rng):\n    return double(2)\n'


def sample(**sources: str) -> factories.Notebook:
    """A notebook that is done; a source by its cell's name (with _ for -) replaces the right one."""
    cells = [
        factories.locked("setup", START),
        factories.students(("Nowak, Ada", "an1")),
        factories.text("one", "## Task 1: double it (2 points)"),
        factories.answer("double", DOUBLE),
        factories.code("own", "print('mine')"),
        factories.check("test-double", CHECK, 2),
        factories.text("two", "## In words (3 points)"),
        factories.manual("why", "Because it is so.", 3),
        factories.text("three", "## Bonus: fast (1 point)"),
        factories.answer("fast", BLANK.replace("double", "fast")),
        factories.check("test-bonus-fast", CHECK.replace("number", "fast"), 1),
        {**factories.code("progress", "lab.progress()"), "metadata": {"tags": ["hand-in"]}},
        {**factories.code("submit", "lab.submit()"), "metadata": {"tags": ["hand-in"]}},
    ]
    content = factories.notebook(*cells)
    for name, text in sources.items():
        factories.cell(content, name.replace("_", "-"))["source"] = text
    return content


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder with the notebook in it, and a session whose kernel runs nothing."""
    for name in ("RAISIN_MODE", "RAISIN_FRAMEWORK", "NBGRADER_EXECUTION", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(history, "runs", [])
    monkeypatch.setattr(session, "_session", session.Session(NAME, {}, places.Place(False, False, None, "")))
    monkeypatch.setattr(parcel, "printed", lambda notebook, name: (b"%PDF", ()))
    monkeypatch.setattr(here, "rehearse", clean)
    factories.write(tmp_path / f"{NAME}.ipynb", sample())
    return tmp_path


def clean(book: object, *_: object) -> Rehearsed:
    """A run in which all is well."""
    return failing()(book)


def failing(**errors: str) -> Callable[..., Rehearsed]:
    """A run in which these cells fail."""

    def run(book: object, *_: object) -> Rehearsed:
        cells = {}
        for cell in book.cells:  # type: ignore[attr-defined]
            error = errors.get(cell.name.replace("-", "_"), "")
            printed = {"output_type": "stream", "name": "stdout", "text": "".join(f"✓ {w}\n" for w in cell.checks)}
            if cell.is_code and not cell.hands_in:
                cells[cell.place] = Ran(() if error else (printed,), 1, error)
        return Rehearsed(cells, 3.0)

    return run


def never(*_: object) -> Rehearsed:
    raise AssertionError("nobody waits for a run as long as there is something to do")


def zips(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.suffix == ".zip"]


def contents(folder: Path) -> str:
    (name,) = zips(folder)
    with zipfile.ZipFile(folder / name) as archive:
        return archive.read("CONTENTS.txt").decode()


def test_all_is_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / f"{NAME}.ipynb").read_bytes()
    submit()
    assert zips(folder) == [f"{NAME}_Nowak-Ada.zip"]
    assert "is ready. Hand in this one file" in capsys.readouterr().out
    text = contents(folder)
    assert "unfinished: nothing" in text and "passed in that run: 2 of 2" in text
    assert (folder / f"{NAME}.ipynb").read_bytes() == before


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ({"double": BLANK}, "Task 1: double it: double is still blank"),
        ({"why": "*YOUR ANSWER HERE*"}, "In words: why, an answer in words, is still blank"),
    ],
)
def test_what_is_blank_is_named_and_handed_in_only_when_that_is_said(
    folder: Path,
    sources: dict[str, str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    factories.write(folder / f"{NAME}.ipynb", sample(**sources))
    monkeypatch.setattr(here, "rehearse", never)
    submit()
    text = capsys.readouterr().out
    assert "no zip was made" in text and f"  1. {words}\n" in text and "  2." not in text
    assert "lab.submit(unfinished=True)" in text and zips(folder) == []
    monkeypatch.setattr(here, "rehearse", failing(double="NotImplementedError: ", test_double="AssertionError: number"))
    submit(unfinished=True)
    assert f"on purpose:\n  - {words}\n" in contents(folder)


def test_names_and_a_saved_file_are_needed_in_any_case(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    factories.write(folder / f"{NAME}.ipynb", sample(students='students = [("", "")]', double=BLANK))
    history.runs += [Run("x = 3\ny", 1e12), Run("lab.submit()", 1e12)]
    monkeypatch.setattr(here, "rehearse", never)
    submit(unfinished=True)
    text = capsys.readouterr().out
    assert "1. cell students: your names are missing" in text
    assert "2. save the notebook (Ctrl+S): 1 cell(s) that ran are not in the file: x = 3\n" in text
    assert "  3." not in text and "unfinished=True" not in text and zips(folder) == []


def test_another_notebook_and_a_damaged_one_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = sample(setup="x = 1")
    content["cells"] = [cell for cell in content["cells"] if cell["id"] != "test-double"]
    factories.write(folder / f"{NAME}.ipynb", content)
    submit(unfinished=True)
    assert f"has no lab.start({NAME!r}): it is another notebook" in capsys.readouterr().out
    content["cells"][0]["source"] = START
    factories.write(folder / f"{NAME}.ipynb", content)
    submit()
    assert "Task 1: double it: cells with 0 of its 2 points are there" in capsys.readouterr().out
    bare = sample()
    for cell in bare["cells"]:
        cell["metadata"] = {}
    factories.write(folder / f"{NAME}.ipynb", bare)
    submit(unfinished=True)
    assert "the marks were lost" in capsys.readouterr().out and zips(folder) == []


def test_a_study_that_was_not_run_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = sample()
    study = {**factories.code("heat-map", "1"), "metadata": {"tags": ["study-run"]}}
    content["cells"].append(study)
    factories.write(folder / f"{NAME}.ipynb", content)
    submit()
    assert "their outputs are handed in: heat-map\n" in capsys.readouterr().out
    study["execution_count"] = 3
    factories.write(folder / f"{NAME}.ipynb", content)
    submit()
    assert len(zips(folder)) == 1


def test_errors_and_failing_checks_are_listed_by_their_tasks(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = {"own": "NameError: x\nmore", "test_double": "AssertionError: number\n got: 5"}
    # A bonus left blank fails, and nobody is asked about it.
    errors |= {"fast": "NotImplementedError: ", "test_bonus_fast": "AssertionError: fast"}
    monkeypatch.setattr(here, "rehearse", failing(**errors))
    submit()
    text = capsys.readouterr().out
    assert "1. Task 1: double it: the cell own fails when all cells run from the top: NameError: x\n" in text
    assert "2. Task 1: double it: test-double does not pass: AssertionError: number\n" in text
    assert "  3." not in text and zips(folder) == []
    submit(unfinished=True)
    assert "  - Task 1: double it: test-double does not pass" in contents(folder)
    assert "passed in that run: 0 of 2" in contents(folder)


def test_a_run_that_was_stopped_or_could_not_begin(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(here, "rehearse", lambda *_: Rehearsed({0: Ran((), 1)}, 9.0, (4, "it did not end within 2 s")))
    submit()
    assert "the cell own: it did not end within 2 s; what comes after it was not run" in capsys.readouterr().out

    def impossible(*_: object) -> Rehearsed:
        raise NotPossible("ModuleNotFoundError: No module named 'nbclient'")

    monkeypatch.setattr(here, "rehearse", impossible)
    submit(unfinished=True)
    assert "%pip install nbclient" in capsys.readouterr().out and zips(folder) == []


def test_without_a_printer_the_way_out_is_named_before_anybody_waits(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parcel, "lacking_for_print", lambda: ("typst<0.16", "mistune"))
    monkeypatch.setattr(here, "rehearse", never)
    submit(unfinished=True)
    text = capsys.readouterr().out
    assert 'say %pip install "typst<0.16" "mistune" in a cell' in text and "lab.submit(pdf=False)" in text
    monkeypatch.setattr(here, "rehearse", clean)
    submit(pdf=False)
    assert "without a PDF, as wished" in contents(folder)
    with zipfile.ZipFile(folder / zips(folder)[0]) as archive:
        assert archive.namelist() == [f"{NAME}.ipynb", "CONTENTS.txt"]


def test_a_printer_that_breaks_makes_no_zip(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> tuple[bytes, tuple[str, ...]]:
        raise parcel.NotPrinted("the printer does not start: no memory")

    monkeypatch.setattr(parcel, "printed", broken)
    submit()
    assert "no memory: hand in without a PDF: lab.submit(pdf=False)" in capsys.readouterr().out and zips(folder) == []


def test_a_stand_in_is_pointed_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = f'from raisin import lab\nlab.start("{NAME}", stand_in=True)'
    factories.write(folder / f"{NAME}.ipynb", sample(setup=start))
    submit()
    assert "the earlier parts are a stand-in here" in contents(folder)


@pytest.mark.parametrize("name", ["RAISIN_MODE", "RAISIN_FRAMEWORK", "NBGRADER_EXECUTION", places.REHEARSAL])
def test_nothing_happens_where_nobody_looks(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "x")
    monkeypatch.setattr(here, "rehearse", never)
    submit(unfinished=True)
    assert capsys.readouterr().out == "" and zips(folder) == []


def test_on_colab_the_printer_is_installed_and_the_zip_offered(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offered, called = [], []
    package, message, files = (types.ModuleType(f"google.colab{end}") for end in ("", "._message", ".files"))
    vars(package).update(_message=message, files=files)
    vars(message)["blocking_request"] = lambda *_, **__: {"ipynb": sample()}
    vars(files)["download"] = offered.append
    for module in (types.ModuleType("google"), package, message, files):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(places, "MOUNT", folder / "drive")
    (folder / "drive" / "MyDrive").mkdir(parents=True)
    place = places.Place(False, True, None, "")
    monkeypatch.setattr(session, "_session", session.Session(NAME, {}, place))
    lacking = [("typst",), ()]
    monkeypatch.setattr(parcel, "lacking_for_print", lambda: lacking.pop(0))
    monkeypatch.setattr(subprocess, "run", lambda command, **_: called.append(command))
    submit()
    target = folder / "drive" / "MyDrive" / "raisin" / f"{NAME}_Nowak-Ada.zip"
    assert target.is_file() and offered == [str(target)]
    assert [command[-1] for command in called] == [
        "typst"
    ] and "Installing what the PDF needs" in capsys.readouterr().out
    vars(files)["download"] = lambda path: 1 / 0
    lacking += [()]
    submit()
    assert "download it from the folder on the left" in capsys.readouterr().out


@pytest.mark.slow
def test_from_a_real_kernel_to_a_real_zip(tmp_path: Path) -> None:
    path = factories.write(tmp_path / NAME / f"{NAME}.ipynb", sample(fast="print('no bonus')"))
    before = path.read_bytes()
    with kernel(path.parent, {"JPY_SESSION_NAME": str(path)}) as student:
        student.works(START, DOUBLE)
        student.run(CHECK)
        shown = student.run("lab.progress()").shown[0]["data"]
        assert "1 of 1 ✓" in shown["text/plain"] and "<table>" in shown["text/html"] and "double" in shown["text/plain"]
        assert "not in the file: x = 1" in student.works("x = 1", "lab.submit()")
        path.write_bytes(before)  # saved again: what ran before that is the file's own affair
        text = student.works("lab.submit()")
    assert f"{NAME}_Nowak-Ada.zip is ready" in text and "7 cells ran from the top in" in text
    assert path.read_bytes() == before
    with zipfile.ZipFile(path.parent / f"{NAME}_Nowak-Ada.zip") as archive:
        handed_in = json.loads(archive.read(f"{NAME}.ipynb"))
        pages = pypdf.PdfReader(io.BytesIO(archive.read(f"{NAME}.pdf"))).pages
    assert [cell["source"] for cell in handed_in["cells"]] == [cell["source"] for cell in json.loads(before)["cells"]]
    assert factories.cell(handed_in, "own")["outputs"][0]["text"] == "mine\n"
    assert "✓ number" in factories.cell(handed_in, "test-double")["outputs"][0]["text"]
    printed = "".join(page.extract_text() for page in pages)
    assert "Nowak, Ada" in printed and "checks passed here" in printed
    assert os.listdir(tmp_path / ".raisin" / "framework") == [f"{NAME}.py"]
