"""The command line: quick to start, one line for an error, and each verb reaches its function."""

import subprocess
import sys
from pathlib import Path

import factories
import pytest

from raisin import cli

HEAVY = ("nbgrader", "nbformat", "nbconvert", "jsonschema", "numpy", "rich", "matplotlib")


def test_help_imports_nothing_that_is_slow() -> None:
    program = (
        "import sys\nfrom raisin import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    for verb in ("release", "collect", "grade", "grades", "export", "return", "print", "data", "demo"):
        assert verb in done.stdout


def test_python_m_raisin_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "raisin", "grade", "--help"], capture_output=True, text=True, check=True
    )
    assert "--force" in done.stdout


def test_an_error_is_one_line_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["grades"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("raisin: no nbgrader_config.py in") and "go to the folder of the course" in line


def test_a_course_goes_through_all_verbs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    course = factories.course(tmp_path / "course")
    folder = course.root / "source"  # the command works from a folder inside the course
    monkeypatch.chdir(folder)
    assert cli.main(["release", "--check"]) == 1
    assert "release/01-first/01-first.ipynb: missing" in capsys.readouterr().out
    assert cli.main(["release"]) == 0
    assert "c.Course.repository" in capsys.readouterr().err
    assert cli.main(["release", "--check"]) == 0
    factories.write(tmp_path / "in" / "ada" / "01-first (1).ipynb", factories.read(course.source("01-first")))
    assert cli.main(["collect", str(tmp_path / "in")]) == 0
    assert cli.main(["grade", "01", "--jobs", "1"]) == 0
    assert cli.main(["grades", "01", "--csv", "grades.csv"]) == 0
    assert (folder / "grades.csv").read_text().splitlines()[1].startswith("ada,,01-first,5,7,1,why-double")
    assert cli.main(["grade", "03"]) == 2
    assert "no single notebook is called '03'" in capsys.readouterr().err
