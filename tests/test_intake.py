"""What was handed in finds its place, and what did not is said."""

import os
from pathlib import Path

import factories
import pytest
from factories import FIRST, SECOND

from raisin.grading import intake, receipts, received
from raisin.grading.course import Course
from raisin.grading.errors import NoSuchFolder
from raisin.grading.receipts import Receipt
from raisin.grading.recognise import which_notebook
from raisin.students import Member


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return factories.course(tmp_path / "course")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "in"


def states(receipts: tuple[Receipt, ...]) -> set[tuple[str, str, str]]:
    return {(receipt.student, receipt.notebook, receipt.state) for receipt in receipts}


@pytest.mark.parametrize(
    "name",
    [
        "01-first.ipynb",
        "Copy of 01-first.ipynb",
        "Copy of Copy of 01-first.ipynb",
        "01-first (1).ipynb",
        "01-first(12).ipynb",
        "01-first-1.ipynb",
        "01-first-Copy1.ipynb",
        "Copy of 01-first (2).IPYNB",
    ],
)
def test_names_of_second_copies_are_understood(name: str) -> None:
    assert which_notebook(name, (FIRST, SECOND)) == FIRST


@pytest.mark.parametrize("name", ["first.ipynb", "01-first.py", "01-first", "01-first-final.ipynb", ".ipynb"])
def test_other_names_are_not_guessed_at(name: str) -> None:
    assert which_notebook(name, (FIRST, SECOND)) is None


def test_both_layouts_are_copied_byte_for_byte(course: Course, folder: Path) -> None:
    flat = factories.write(folder / "ada" / f"{FIRST}.ipynb", factories.first())
    deep = factories.write(folder / "bob" / FIRST / f"{FIRST}.ipynb", factories.first())
    intake.collect(course, folder)
    assert course.submitted("ada", FIRST).read_bytes() == flat.read_bytes()
    assert course.submitted("bob", FIRST).read_bytes() == deep.read_bytes()


def test_what_is_missing_is_listed_and_an_optional_notebook_is_not(tmp_path: Path, folder: Path) -> None:
    factories.write(folder / "ada" / f"{FIRST}.ipynb", factories.first())
    receipts = intake.collect(factories.course(tmp_path / "a"), folder)
    assert states(receipts) == {("ada", FIRST, "received"), ("ada", SECOND, "missing")}
    optional = factories.course(tmp_path / "b", [f"c.Course.optional = [{SECOND!r}]"])
    assert states(intake.collect(optional, folder)) == {("ada", FIRST, "received")}


def test_links_strange_files_and_files_without_a_student_are_not_taken(course: Course, folder: Path) -> None:
    factories.write(folder / "01-first.ipynb", factories.first())
    target = factories.write(folder / "ada" / "report.ipynb", factories.notebook(factories.text("t", "Dear diary")))
    (folder / "ada" / f"{FIRST}.ipynb").symlink_to(target)
    os.mkfifo(folder / "ada" / f"{SECOND}.ipynb")
    (folder / "eve").symlink_to(folder / "ada")
    found = [receipt for receipt in intake.collect(course, folder) if receipt.state != "missing"]
    assert {receipt.state for receipt in found} == {"not understood"}
    assert {receipt.notebook for receipt in found} == {
        "01-first.ipynb",
        "report.ipynb",
        "02-second.ipynb",
        "eve",
    }
    assert course.students == ()
    assert receipts.show(found) == 1


def test_a_changed_file_takes_the_place_and_the_earlier_one_is_kept(course: Course, folder: Path) -> None:
    path = factories.write(folder / "ada" / f"{FIRST}.ipynb", factories.first())
    before = path.read_bytes()
    intake.collect(course, folder)
    assert ("ada", FIRST, "unchanged") in states(intake.collect(course, folder))
    for text in ("again", "and again"):
        factories.write(path, factories.notebook(factories.text("t", text)))
        (receipt,) = (r for r in intake.collect(course, folder) if r.notebook == FIRST)
        assert receipt.state == "replaced" and "is kept as 01-first.ipynb.previous-" in receipt.words
    kept = course.submitted("ada", FIRST).with_name(f"{FIRST}.ipynb.previous-1")
    assert kept.read_bytes() == before
    assert b"and again" in course.submitted("ada", FIRST).read_bytes()


def test_an_older_file_does_not_silently_replace_a_newer_one(course: Course, folder: Path) -> None:
    path = factories.write(folder / "ada" / f"{FIRST}.ipynb", factories.first())
    intake.collect(course, folder)
    factories.write(path, factories.notebook(*factories.first()["cells"], factories.text("more", "more")))
    os.utime(path, (1, 1))
    (receipt,) = (r for r in intake.collect(course, folder) if r.notebook == FIRST)
    assert "a newer one is kept as" in receipt.words


def test_of_two_copies_the_newest_counts_and_the_other_is_named(course: Course, folder: Path) -> None:
    blank = factories.notebook(*factories.first()["cells"][:3])
    old = factories.write(folder / "ada" / f"{FIRST}.ipynb", blank)
    os.utime(old, (1, 1))
    new = factories.write(folder / "ada" / f"{FIRST} (1).ipynb", factories.first())
    (receipt,) = (r for r in intake.collect(course, folder) if r.notebook == FIRST)
    assert receipt.words == "01-first (1).ipynb is the newest and counts, not 01-first.ipynb"
    assert course.submitted("ada", FIRST).read_bytes() == new.read_bytes()


def test_a_damaged_file_is_taken_and_named(course: Course, folder: Path) -> None:
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / f"{FIRST}.ipynb").write_text('{"cells": [')
    (receipt,) = (r for r in intake.collect(course, folder) if r.notebook == FIRST)
    assert receipt.state == "received" and "ask for it again" in receipt.words


def test_a_group_member_who_is_named_misses_nothing(course: Course, folder: Path) -> None:
    shared = factories.notebook(factories.students(("Lovelace, Ada", "ada"), ("Babbage, Charles", "charles")))
    factories.write(folder / "ada" / f"{FIRST}.ipynb", shared)
    factories.write(folder / "charles" / f"{SECOND}.ipynb", factories.second())
    missing = {entry for entry in states(intake.collect(course, folder)) if entry[2] == "missing"}
    assert missing == {("ada", SECOND, "missing")}


def test_a_folder_that_is_not_there_is_named(course: Course, folder: Path) -> None:
    with pytest.raises(NoSuchFolder, match="holds a folder for each student"):
        intake.collect(course, folder)


def test_the_students_cell_is_read_and_never_run(tmp_path: Path) -> None:
    source = 'import os\nstudents = [("Lovelace, Ada", "ada"), ("", ""), ("x\\x1b[31m", " b ")]\nos._exit(1)\n'
    path = factories.write(tmp_path / "a.ipynb", factories.notebook(factories.code("students", source)))
    assert received.members(path) == (Member("Lovelace, Ada", "ada"), Member("x [31m", "b"))


@pytest.mark.parametrize(
    "source", ["students = make()", "students = 3", "students = [1, (2, 3)]", "students = [", "print(students)", ""]
)
def test_a_students_cell_without_names_names_nobody(tmp_path: Path, source: str) -> None:
    path = factories.write(tmp_path / "a.ipynb", factories.notebook(factories.code("students", source)))
    assert received.members(path) == ()
