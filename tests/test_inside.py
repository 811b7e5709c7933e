"""What makes a cell cheap in the kernel changes nothing that a cell can see; nor do the fonts that a server gets."""

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from factories import PROJECT
from IPython.core.inputtransformer2 import TransformerManager
from test_runner import run, task, text

from raisin.grading import fonts
from raisin.grading.inside.shell import Transformers
from raisin.grading.runner import NEVER_STOPS, Clock, Source

ODD = [
    "%matplotlib inline\nx = 1",
    "x = %pwd\ny = !ls\nprint(x)",
    "%%time\nx = 1\n",
    "!pip list\n",
    "x?",
    "print??\nx = 1",
    "?print",
    ">>> x = 1\n>>> x + 1\n",
    "In [1]: x = 1",
    "    x = 1\n    y = 2",
    "\n\n  \nx = 1",
    "x = (1\n  % 2)\ny = '''\n%pwd\n!ls\n'''\n# what is this?\n",
    "if True:\n    %pwd\n",
    "/print 1",
    ",print a b",
    "f'{x!r}' 'a?'\nd = {'a': 1}\n",
    "await x\nasync for y in z: pass",
    "def f(:\n  pass",
    "x = 1 \\\n  % 2",
    "",
    "#\n",
]


def _cells() -> list[str]:
    found = []
    for path in sorted(PROJECT.glob("source/*/*.ipynb")):
        cells = nbformat.read(path, 4).cells  # type: ignore[no-untyped-call]  # nbformat has no types
        found += [cell.source for cell in cells if cell.cell_type == "code"]
    return found


def test_what_is_no_python_is_read_as_ipython_reads_it_and_the_rest_stays() -> None:
    ours, theirs = Transformers(), TransformerManager()  # type: ignore[no-untyped-call]  # IPython's
    cells = [*_cells(), *ODD]
    assert len(cells) > 200
    assert [ours.transform_cell(cell) for cell in cells] == [theirs.transform_cell(cell) for cell in cells]
    assert ours.transform_cell("x = !ls") != "x = !ls\n"


def test_a_transformer_of_somebodys_own_is_used() -> None:
    class Never:
        @classmethod
        def find(cls, tokens: object) -> None:
            asked.append(1)

    asked: list[int] = []
    ours = Transformers()
    ours.token_transformers.append(Never)
    ours.transform_cell("x = 1")
    assert asked


@pytest.mark.slow
def test_an_error_that_cannot_be_written_ends_its_cell_only() -> None:
    ran = run(task("class Odd(Exception):\n    def __str__(self):\n        return 1 / 0\nraise Odd", "print(2)"))
    assert ran.cells[0].shown[-1]["output_type"] == "error" and text(ran.cells[1]) == "2\n" and ran.seconds < 20


@pytest.mark.slow
def test_what_was_printed_comes_although_the_cell_never_ends() -> None:
    wait = "    try:\n        time.sleep(9)\n    except BaseException: pass"
    endless = f"import time\nprint('before')\nwhile True:\n{wait}"
    ran = run(replace(task(Source("endless", endless, seconds=1)), clock=Clock(outputs=2)))
    assert ran.cells[0].ended == NEVER_STOPS and "before" in text(ran.cells[0])


@pytest.mark.slow
def test_a_flood_of_messages_can_be_interrupted_anywhere() -> None:
    flood = "from IPython.display import display\nwhile True:\n    display(1)"
    ran = run(task(Source("flood", flood, seconds=1), Source("again", flood, seconds=1), "print(2)"))
    assert text(ran.cells[2]) == "2\n" and not any(cell.ended for cell in ran.cells)


@pytest.mark.slow
def test_a_forked_process_says_nothing_and_disturbs_nobody() -> None:
    fork = "import os\nif (pid := os.fork()) == 0:\n    print('child', flush=True)\n    display(1)\n    os._exit(0)\n"
    ran = run(task(f"{fork}os.waitpid(pid, 0)\nprint('parent')", "print(2)"))
    assert text(ran.cells[0]) == "parent\n" and text(ran.cells[1]) == "2\n"


@pytest.mark.slow
def test_what_a_cell_left_running_goes_on_while_another_waits() -> None:
    first = "import asyncio\nfound = []\nasync def later():\n    await asyncio.sleep(0.05)\n    found.append(1)\n"
    ran = run(task(f"{first}kept = asyncio.ensure_future(later())", "await asyncio.sleep(0.5)\nprint(found)"))
    assert text(ran.cells[1]) == "[1]\n"


def test_fonts_of_this_machine_come_along_but_not_a_persons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["fonts/ttf/DejaVuSans.ttf", "/usr/share/fonts/a.ttf", "/home/somebody/.fonts/b.ttf"]
    about = {"_version": "1", "ttflist": [{"fname": name} for name in names], "afmlist": []}
    (tmp_path / "fontlist-v1.json").write_text(json.dumps(about))
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    fonts.copy(tmp_path / "to")
    copied = json.loads((tmp_path / "to" / "fontlist-v1.json").read_text())
    assert [font["fname"] for font in copied["ttflist"]] == names[:2] and copied["_version"] == "1"


@pytest.mark.parametrize("words", ["[]", "no JSON", '{"ttflist": 3, "afmlist": []}', '{"ttflist": [{}]}'])
def test_a_list_of_fonts_that_is_none_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    (tmp_path / "fontlist-v1.json").write_text(words)
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    fonts.copy(tmp_path / "to")
    assert not (tmp_path / "to").exists()
