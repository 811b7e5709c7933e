"""The zip to hand in: its name, its list, and the notebook in it."""

import datetime
import hashlib
import json
import subprocess
import zipfile
from pathlib import Path

import factories
import pytest

from raisin.lab import overview, parcel
from raisin.lab.parcel import Parcel
from raisin.lab.progress import table
from raisin.lab.rehearsal import Ran, Rehearsed
from raisin.students import Member

ADA = Member("Nowak, Ada", "an1")
FILES = {"04-backward.ipynb": b"{}\n", "04-backward.pdf": b"%PDF"}


@pytest.mark.parametrize(
    ("people", "name"),
    [
        ([ADA], "04-backward_Nowak-Ada.zip"),
        ([ADA, Member("Öztürk, Bo", "b")], "04-backward_Nowak-Ada_Ozturk-Bo.zip"),
        ([Member("../../etc/passwd", "x"), Member("O'Hara, Ü/ñ", "y")], "04-backward_etc-passwd_O-Hara-U-n.zip"),
        ([Member("李, 明", "l")], "04-backward_李-明.zip"),
        ([Member("x" * 80, "l")] * 3, "04-backward_" + "x" * 80 + "_" + "x" * 39 + ".zip"),
    ],
)
def test_the_zips_name_says_notebook_and_names(people: list[Member], name: str) -> None:
    assert Parcel("04-backward", tuple(people), {}, ()).name == name


def test_the_list_says_who_what_when_and_can_be_checked(tmp_path: Path) -> None:
    made = Parcel("04-backward", (ADA, Member("Kim, Bo", "bk2")), FILES, ("a fact",), ("Task 1: x is still blank",))
    path = made.write(tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [*FILES, "CONTENTS.txt"]
        archive.extractall(tmp_path / "out")
    text = (tmp_path / "out" / "CONTENTS.txt").read_text(encoding="utf-8")
    for line in ("notebook: 04-backward", "names: Nowak, Ada (an1); Kim, Bo (bk2)", "a fact"):
        assert f"{line}\n" in text
    assert "on purpose:\n  - Task 1: x is still blank\n" in text and "versions: raisin 0.1.0, Python 3." in text
    for name, content in FILES.items():
        assert f"{hashlib.sha256(content).hexdigest()}  {name}\n" in text
    checked = subprocess.run(["sha256sum", "-c", "CONTENTS.txt"], cwd=tmp_path / "out", capture_output=True, text=True)
    assert checked.returncode == 0 and checked.stdout.count(": OK") == 2
    when = datetime.datetime(2026, 11, 21, 20, 30, tzinfo=datetime.UTC)
    assert "made: 2026-11-21 20:30:00+00:00\n" in made.contents(when)


def test_a_zip_is_complete_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Parcel("04-backward", (ADA,), FILES, ())
    before = made.write(tmp_path).read_bytes()
    monkeypatch.setattr(Parcel, "contents", lambda self, when: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        made.write(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr("zipfile.ZipFile.writestr", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        made.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [made.name]
    assert (tmp_path / made.name).read_bytes() == before


def test_the_notebook_has_the_outputs_of_the_run_and_is_else_what_it_was() -> None:
    old = {"output_type": "stream", "name": "stdout", "text": "old\n"}
    cells = [
        factories.text("title", "## Task 1: é (2 points)"),
        {**factories.answer("double", "x = 1"), "outputs": [old], "execution_count": 7},
        {**factories.code("figure", "2"), "outputs": [old], "execution_count": 8},
        {**factories.code("progress", "lab.progress()"), "outputs": [old]},
        {**factories.code("submit", "lab.submit()"), "outputs": [old]},
    ]
    book = overview.read(json.dumps(factories.notebook(*cells)))
    new = {"output_type": "stream", "name": "stdout", "text": "new\n"}
    ran = Rehearsed({1: Ran((new,), 1)}, 2.0)
    made = json.loads(parcel.as_run(book, ran, table("04-backward", book, {})))
    outputs = [cell.pop("outputs", None) for cell in made["cells"]]
    assert outputs[:3] == [None, [new], [old]] and outputs[4] == []
    assert "<table>" in outputs[3][0]["data"]["text/html"]
    assert [cell.pop("execution_count", None) for cell in made["cells"]] == [None, 1, 8, None, None]
    for cell in book.content["cells"]:
        cell.pop("outputs", None), cell.pop("execution_count", None)
    assert made == book.content


def test_what_the_printer_lacks_is_what_the_extra_names(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [
        "numpy>=1.26",
        'typst<0.16,>=0.15; extra == "print"',
        "nbconvert>=7; extra == 'print'",
        "rich; extra == 'grading'",
    ]
    monkeypatch.setattr("importlib.metadata.requires", lambda name: wanted)
    assert parcel.lacking_for_print() == ()

    def version(name: str) -> str:
        raise parcel.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", version)
    assert parcel.lacking_for_print() == ("typst<0.16,>=0.15", "nbconvert>=7")
