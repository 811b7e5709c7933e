"""Restart and run all in a fresh kernel: what comes back, what stays as it was, and that it always ends."""

import json
import os
import time
from pathlib import Path

import factories
import pytest

from raisin.lab import framework, overview
from raisin.lab.framework import Part
from raisin.lab.rehearsal import NotPossible, Rehearsed, rehearse

pytestmark = pytest.mark.slow
NAME = "03-graph-nodes"


def notebook(*texts: str, **tags: list[str]) -> overview.Overview:
    cells = [factories.code(f"c{place}", text) for place, text in enumerate(texts)]
    for name, given in tags.items():
        factories.cell({"cells": cells}, name)["metadata"]["tags"] = given
    return overview.read(json.dumps(factories.notebook(*cells)))


def run(book: overview.Overview, folder: Path, seconds: float = 300, kept: Path | None = None) -> Rehearsed:
    return rehearse(book, folder, kept, seconds, lambda _: None)


def is_gone(process: int) -> bool:
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_a_run_sees_what_the_student_has_and_changes_nothing(tmp_path: Path) -> None:
    kept = tmp_path / ".raisin" / "framework"
    framework.save(kept / "02-tensor-arithmetic.py", [Part("power", "# framework: power\npower = 'kept'\n")])
    before = {path: path.read_bytes() for path in kept.rglob("*")}
    book = notebook(
        f'from raisin import lab\nlab.start("{NAME}")',
        "# framework: mine\nmine = power + '!'",
        "import os\nprint(mine, os.getcwd())",
        "1 / 0",
        "lab.progress()\nlab.submit()",
        "raise SystemError('a study')",
        "# lab.submit() comes last\nlab.submit()\n'the end'",
        c5=["study-run"],
        c6=["skip-execution"],  # nbclient's own tag, which is no way around
    )
    said: list[str] = []
    ran = rehearse(book, tmp_path, kept, 300, said.append)
    assert ran.stopped is None and sorted(ran.cells) == [0, 1, 2, 3, 6] and ran.seconds > 0
    assert "02-tensor-arithmetic (kept when you ran it)" in ran.cells[0].printed
    assert ran.cells[2].printed == f"kept! {tmp_path}\n"
    assert ran.cells[3].error == "ZeroDivisionError: division by zero"
    assert ran.cells[6].outputs[0]["data"]["text/plain"] == "'the end'"
    assert said == [f"{k + 1} of 5: c{place}" for k, place in enumerate([0, 1, 2, 3, 6])]
    assert {path: path.read_bytes() for path in kept.rglob("*")} == before
    assert [path.name for path in tmp_path.iterdir()] == [".raisin"]


def test_an_endless_loop_costs_its_share_of_the_time_and_leaves_no_kernel(tmp_path: Path) -> None:
    endless = "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n"
    ran = run(notebook("import os\nprint(os.getpid())", endless, "'never'"), tmp_path, seconds=10)
    assert ran.stopped is not None and ran.stopped[0] == 1 and "within 2 s" in ran.stopped[1]
    assert 2 not in ran.cells and is_gone(int(ran.cells[0].printed))


def test_all_cells_together_have_a_limit(tmp_path: Path) -> None:
    ran = run(notebook(*["import time; time.sleep(0.7)"] * 9), tmp_path, seconds=2.5)
    assert ran.stopped is not None and 1 <= ran.stopped[0] <= 4 and "longer than 2 s" in ran.stopped[1]


def test_a_kernel_that_dies_is_named_with_its_cell(tmp_path: Path) -> None:
    ran = run(notebook("1", "import os; os._exit(3)", "2"), tmp_path)
    assert ran.stopped == (1, "the kernel died in it (memory, or an exit)") and sorted(ran.cells) == [0, 1]


def test_who_interrupts_leaves_no_process_behind(tmp_path: Path) -> None:
    noted = tmp_path / "kernel"
    book = notebook(f"import os\nopen({str(noted)!r}, 'w').write(str(os.getpid()))", "import time; time.sleep(100)")

    def say(words: str) -> None:
        if words.startswith("2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rehearse(book, tmp_path, None, 300, say)
    assert is_gone(int(noted.read_text()))


def test_where_nbclient_is_missing_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nbclient.py").write_text("raise ModuleNotFoundError(\"No module named 'nbclient'\")")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    with pytest.raises(NotPossible, match="No module named 'nbclient'"):
        run(notebook("1"), tmp_path)
