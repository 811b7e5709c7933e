"""`raisin collect` on what Canvas and people make of it: all are matched or named, nobody mixed up, twice is once."""

import errno
import io
import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import factories
import pytest
from factories import FIRST, SECOND

from raisin import cli
from raisin.grading import intake, links, received, storing
from raisin.grading.course import Course
from raisin.grading.errors import BadRoster, BadSetting, NoRoom, NoSuchFolder
from raisin.grading.receipts import Receipt
from raisin.grading.received import Canvas, Record
from raisin.lab.parcel import Parcel
from raisin.students import Member

ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section,Group,due 01
    Points Possible,,,,,,
"Lovelace, Ada",130,s0,ada,A,,
"García Márquez, José",131,s1,jgm,A,,2
"O'Neil-Smith, Sinéad",132,s2,sin,A,team_7,
"Byron, Bob",133,s3,bob,A,team_7,
"En, Sev",7,s4,sev,A,,
"Student, Test",9,s9,test,A,,
"""
Members = dict[str, bytes]


def work(text: str, *members: tuple[str, str], of: Any = factories.first) -> bytes:
    """A notebook that is told apart by `text`."""
    content = of()
    if members:
        content["cells"] = [factories.students(*members), *(c for c in content["cells"] if c["id"] != "students")]
    content["cells"].append(factories.text("mine", text))
    return json.dumps(content).encode()


def zipped(members: Members, when: tuple[int, int, int, int, int, int] = (2026, 11, 20, 8, 0, 0)) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, when), content)
    return buffer.getvalue()


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = factories.course(tmp_path / "course")
    (made.root / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return made


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    return tmp_path / "submissions.zip"


def collected(course: Course, handed_in: Path, members: Members, **about: Any) -> list[Receipt]:
    handed_in.write_bytes(zipped(members))
    return list(intake.collect(course, handed_in, **about))


def lines(receipts: list[Receipt], *states: str) -> list[tuple[str, str, str]]:
    return sorted((r.student, r.notebook, r.words) for r in receipts if r.state in states)


def tree(course: Course) -> dict[str, tuple[bytes, int]]:
    files = (path for path in (course.root / "submitted").rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


CANVAS: Members = {
    "lovelaceada_130_4001_Copy of 01-first (1).ipynb": work("ada"),
    "garcíamárquezjosé_LATE_131_4002_h_1_2_done.ipynb": work("josé"),
    "team_7_132_4003_01.ipynb": work("team"),
    "ensev_7_4004_all.zip": zipped({"x/one.ipynb": work("sev"), "x/two.ipynb": work("sev", of=factories.second)}),
}


def test_a_download_from_canvas_finds_its_people_and_says_who_is_missing(course: Course, handed_in: Path) -> None:
    receipts = collected(course, handed_in, CANVAS)
    assert {(r.student, r.notebook, r.late) for r in receipts if r.state == "received"} == {
        ("ada", FIRST, ""),
        ("jgm", FIRST, "late"),
        ("sin", FIRST, ""),
        ("sev", FIRST, ""),
        ("sev", SECOND, ""),
    }
    missing = [r for r in receipts if r.state == "missing"]
    assert {(r.student, r.notebook) for r in missing} == {(s, SECOND) for s in ("ada", "jgm", "sin", "bob")}
    assert {r.name for r in missing} == {"Lovelace, Ada", "García Márquez, José", "O'Neil-Smith, Sinéad", "Byron, Bob"}
    assert lines(receipts, "not understood") == []
    for student, name in (("ada", "lovelace"), ("jgm", "garcía"), ("sin", "team_7")):
        content = next(content for key, content in CANVAS.items() if key.startswith(name))
        assert course.submitted(student, FIRST).read_bytes() == content
    record = received.read(course, "jgm", FIRST)
    assert record is not None and record.sha256
    assert record == Record(
        ("jgm",), "alone", "", True, Canvas("131", "4002"), "h_1_2_done.ipynb", sha256=record.sha256
    )
    assert received.share(course, "sin", FIRST) == ("sin", "bob")
    record = received.read(course, "sev", SECOND)
    assert record is not None and (record.file, record.late) == ("two.ipynb", False)


def test_collecting_twice_changes_nothing_and_three_resubmissions_change_three(course: Course, handed_in: Path) -> None:
    collected(course, handed_in, CANVAS)
    before = tree(course)
    again = collected(course, handed_in, CANVAS)
    assert tree(course) == before
    assert {r.state for r in again} == {"unchanged", "missing"}
    newer = {
        **{name: content for name, content in CANVAS.items() if name.startswith("lovelace")},
        "garcíamárquezjosé_LATE_131_5002_h_1_2_done-1.ipynb": work("josé 2"),
        "team_7_133_5003_01-1.ipynb": work("team 2"),  # another member stands for the group now
        "ensev_7_5004_all-1.zip": zipped(
            {"x/one.ipynb": work("sev"), "x/two.ipynb": work("sev 2", of=factories.second)}
        ),
    }
    receipts = collected(course, handed_in, newer)
    assert {(r.student, r.notebook) for r in receipts if r.state == "replaced"} == {
        ("jgm", FIRST),
        ("sin", FIRST),
        ("sev", SECOND),
    }
    notebooks = {path for path, content in tree(course).items() if path.endswith(".ipynb") and content != before[path]}
    assert len(notebooks) == 3
    assert course.submitted("sin", FIRST).read_bytes() == work("team 2")
    assert received.read(course, "sin", FIRST).canvas == Canvas("133", "5003")  # type: ignore[union-attr]
    assert course.students == ("ada", "jgm", "sev", "sin")
    after = tree(course)
    receipts = collected(course, handed_in, CANVAS)  # the old download once more
    assert tree(course) == after
    assert ("jgm", FIRST, "h_1_2_done.ipynb is an older attempt; the newer one, h_1_2_done-1.ipynb, stays") in lines(
        receipts, "unchanged"
    )


def test_what_is_no_notebook_is_named_with_what_to_ask_for(course: Course, handed_in: Path) -> None:
    receipts = collected(
        course,
        handed_in,
        {
            "lovelaceada_130_4001_work.pdf": b"%PDF",
            "garcíamárquezjosé_131_text.html": b"<p>sorry</p>",
            "ensev_7_4004_01-first.ipynb": b"<html>",
            "byronbob_133_4005_01.ipynb": work("bob"),
            "byronbob_133_4006_01.pdf": b"%PDF",  # beside a notebook it is nobody's trouble
            "stranger_999_4007_01.ipynb": work("stranger"),
            "anon_ab12c_4008_01.ipynb": work("anonymous"),
            "README.txt": b"from Canvas",
        },
    )
    odd = lines(receipts, "not understood")
    assert [(student, words.partition(";")[0]) for student, _, words in odd] == [
        ("", "no notebook"),
        ("", "it was downloaded while the grading is anonymous, so it says nobody's name"),
        ("", "user 999 (stranger) is not in the roster"),
        ("ada", "a PDF, no notebook"),
        ("jgm", "a text, no notebook"),
    ]
    missing = lines(receipts, "missing")
    assert ("ada", FIRST, "something came that was not understood, see there; until then it has no points") in missing
    assert ("sev", FIRST, "a web page under this name; ask for the notebook itself (File, Download .ipynb)") in lines(
        receipts, "received"
    )
    assert course.students == ("bob", "sev")


def test_what_cannot_be_read_never_takes_the_place_of_what_can(course: Course, handed_in: Path) -> None:
    collected(course, handed_in, {"lovelaceada_130_1_01.ipynb": work("good")})
    receipts = collected(course, handed_in, {"lovelaceada_130_2_01-first.ipynb": b'{"cells": ['})
    assert lines(receipts, "not understood") == [
        ("ada", FIRST, "it cannot be read as a notebook; ask for it again; the one before counts")
    ]
    assert course.submitted("ada", FIRST).read_bytes() == work("good")


@pytest.mark.parametrize(
    "name",
    [
        f"ada/{FIRST}/{FIRST}.ipynb",
        "130/x.ipynb",
        "S0/x.ipynb",
        "Lovelace, Ada/week 1/x.ipynb",
        f"{FIRST}/Ada Lovelace/x.ipynb",
        f"everything/{FIRST}/ada.ipynb",
        f"ada-{FIRST}.ipynb",
        "all/ada.zip/x.ipynb",
        "names.ipynb",
    ],
)
def test_the_roster_finds_people_in_any_layout(course: Course, tmp_path: Path, name: str) -> None:
    outer, _, inner = name.partition(".zip/")
    path = tmp_path / "in" / (f"{outer}.zip" if inner else outer)
    path.parent.mkdir(parents=True)
    content = work("ada", ("Lovelace, Ada", "ada"))
    path.write_bytes(zipped({inner: content}) if inner else content)
    if name.startswith("S0"):
        (course.root / "roster.csv").write_text("student_id,login,name\nada,s0,Ada\nbob,s1,Bob\n", encoding="utf-8")
    receipts = intake.collect(course, tmp_path / "in")
    assert [r.student for r in receipts if r.state == "received"] == ["ada"], receipts
    assert course.submitted("ada", FIRST).read_bytes() == content


def test_what_a_student_packs_inside_stays_the_students(course: Course, handed_in: Path) -> None:
    inner = zipped({"bob/01.ipynb": work("x"), "byronbob_133_9999_02.ipynb": work("y", of=factories.second)})
    collected(course, handed_in, {"lovelaceada_130_4001_all.zip": inner})
    assert course.students == ("ada",)


def test_of_two_files_in_one_zip_the_newest_counts_and_equally_old_ones_are_asked_about(
    course: Course, handed_in: Path
) -> None:
    two = {"a.ipynb": work("a"), "a copy.ipynb": work("b")}
    receipts = collected(course, handed_in, {"lovelaceada_130_4001_all.zip": zipped(two)})
    words = "nothing tells which is newer: a.ipynb counts by its name, not a copy.ipynb; ask which is meant"
    assert lines(receipts, "received") == [("ada", FIRST, words)]
    receipts = collected(course, handed_in, {"ensev_7_1_a.ipynb": work("a"), "ensev_7_2_a-1.ipynb": work("b")})
    assert lines(receipts, "received") == [("sev", FIRST, "a-1.ipynb is the newest and counts, not a.ipynb")]


def test_what_was_handed_in_for_another_assignment_can_be_left(course: Course, handed_in: Path) -> None:
    collected(course, handed_in, {"lovelaceada_130_1_b.ipynb": work("final", of=factories.second)})
    wrong = {"lovelaceada_130_2_01.ipynb": work("draft", of=factories.second), "ensev_7_3_01.ipynb": work("sev")}
    receipts = collected(course, handed_in, wrong, only=["01"])
    odd = (
        "ada",
        "submissions.zip/lovelaceada_130_2_01.ipynb",
        f"it is {SECOND}; ask for the notebook that was to be handed in",
    )
    assert lines(receipts, "not understood") == [odd]
    assert {r.notebook for r in receipts if r.state == "missing"} == {FIRST}
    assert course.submitted("ada", SECOND).read_bytes() == work("final", of=factories.second)


def test_a_class_zip_may_be_called_like_a_number_of_somebodys(course: Course, tmp_path: Path) -> None:
    for name, member, who in (("130", "bob/a.ipynb", "bob"), ("jgm", "a.ipynb", "jgm")):
        path = tmp_path / f"{name}.zip"
        path.write_bytes(zipped({member: work(who)}))
        intake.collect(course, path)
    assert course.students == ("bob", "jgm")


def test_single_files_are_taken_by_their_folder_or_by_their_name(course: Course, tmp_path: Path) -> None:
    (tmp_path / "Ada Lovelace").mkdir()
    one, other = tmp_path / "Ada Lovelace" / "x.ipynb", tmp_path / "byronbob_133_7_y.ipynb"
    one.write_bytes(work("ada"))
    other.write_bytes(work("bob"))
    intake.collect(course, one, other)
    assert course.students == ("ada", "bob")


def test_without_a_roster_what_is_certain_is_taken_and_the_rest_named(tmp_path: Path, handed_in: Path) -> None:
    course = factories.course(tmp_path / "course")
    receipts = collected(course, handed_in, CANVAS)
    assert course.students == ("130", "131", "7")
    assert lines(receipts, "not understood") == [
        (
            "",
            "submissions.zip/team_7_132_4003_01.ipynb",
            "its name can mean user 7 or 132; give the roster: --roster GRADEBOOK.csv",
        )
    ]


def test_a_folder_around_all_is_nobodys_also_without_a_roster(tmp_path: Path) -> None:
    course = factories.course(tmp_path / "a")
    path = tmp_path / "all.zip"
    path.write_bytes(zipped({f"week 1/{who}/hw/01.ipynb": work(who) for who in ("ada", "bob")}))
    intake.collect(course, path)
    assert course.students == ("ada", "bob")
    flat = factories.course(tmp_path / "b")
    (tmp_path / "in" / "submissions").mkdir(parents=True)
    (tmp_path / "in" / "submissions" / "lovelaceada_130_4001_01.ipynb").write_bytes(work("ada"))
    intake.collect(flat, tmp_path / "in")
    assert flat.students == ("130",)


def test_a_group_is_one_submission_whoever_hands_in_and_the_newest_counts(course: Course, handed_in: Path) -> None:
    both = ("Lovelace, Ada", "ada"), ("Byron, Bob", "133")
    members = {"lovelaceada_130_1_a.ipynb": work("a", *both), "byronbob_133_2_b.ipynb": work("b", *both)}
    receipts = collected(course, handed_in, members)
    assert lines(receipts, "received") == [("bob", FIRST, "ada handed in for the same group, this one is newer")]
    assert received.share(course, "bob", FIRST) == ("bob", "ada") and course.students == ("bob",)
    assert not [r for r in receipts if r.state == "missing" and r.student in ("ada", "bob")]
    assert course.submitted("bob", FIRST).with_name(f"{FIRST}.ipynb.previous-1").read_bytes() == work("a", *both)
    before = tree(course)
    collected(course, handed_in, members)
    assert tree(course) == before
    receipts = collected(course, handed_in, {"lovelaceada_130_3_a-1.ipynb": work("c", *both)})
    assert lines(receipts, "replaced")[0][0] == "bob" and course.students == ("bob",)
    assert "handed in by ada, kept in the folder of bob" in lines(receipts, "replaced")[0][2]
    assert received.read(course, "bob", FIRST).canvas == Canvas("130", "3")  # type: ignore[union-attr]


def test_copies_of_one_group_that_canvas_lists_by_member_are_one(course: Course, handed_in: Path) -> None:
    shared = work("a", ("Lovelace, Ada", "ada"), ("Byron, Bob", "bob"))
    receipts = collected(course, handed_in, {"lovelaceada_130_1_a.ipynb": shared, "byronbob_133_2_a.ipynb": shared})
    assert lines(receipts, "received") == [("bob", FIRST, "ada handed in the same")]
    record = received.read(course, "bob", FIRST)
    assert record is not None and (record.canvas, record.partners) == (Canvas("133", "2"), (Canvas("130", "1"),))
    assert [path.name for path in course.submitted("bob", FIRST).parent.iterdir() if "previous" in path.name] == []


def test_a_full_disk_is_said_and_the_same_command_goes_on(
    course: Course, handed_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    with monkeypatch.context() as patch:
        patch.setattr(storing, "_copy", full)
        with pytest.raises(NoRoom, match=r"01-first\.ipynb could not be written .* run the same command again"):
            collected(course, handed_in, CANVAS)
    assert course.students == ()
    assert len(lines(collected(course, handed_in, CANVAS), "received")) == 5


def test_claims_that_do_not_fit_are_listed_and_nobody_loses_work(course: Course, handed_in: Path) -> None:
    members = {
        "lovelaceada_130_1_a.ipynb": work("a", ("", "ada")),
        "ensev_7_2_b.ipynb": work("b", ("", "sev"), ("", "ada"), ("Mallory", "mal")),
    }
    receipts = collected(course, handed_in, members)
    assert lines(receipts, "not understood") == [
        ("sev", FIRST, "names 'Mallory' (mal), who is not in the roster"),
        ("sev", FIRST, "names ada, who handed in alone or in another group: that counts there"),
    ]
    assert received.share(course, "sev", FIRST) == ("sev",) and received.share(course, "ada", FIRST) == ("ada",)


def test_a_roster_that_changes_changes_the_members_and_nothing_else(course: Course, handed_in: Path) -> None:
    collected(course, handed_in, CANVAS)
    before = tree(course)
    text = ROSTER.replace("bob,A,team_7", "bob,A,")
    (course.root / "roster.csv").write_text(text, encoding="utf-8")
    receipts = collected(course, handed_in, CANVAS)
    assert ("sin", FIRST, "members are now sin, before sin, bob") in lines(receipts, "unchanged")
    assert received.share(course, "sin", FIRST) == ("sin",)
    changed = {path for path, content in tree(course).items() if content != before[path]}
    assert changed == {str(course.submitted("sin", FIRST).with_name("collected.json"))}
    assert ("bob", FIRST) in {(r.student, r.notebook) for r in receipts if r.state == "missing"}


def test_times_of_given_files_count_when_asked_for_and_give_lateness_at_the_minute(
    tmp_path: Path, handed_in: Path
) -> None:
    course = factories.course(tmp_path / "course", ['c.Course.due = {"01": "2026-11-02 12:00 UTC"}'])
    (course.root / "roster.csv").write_text(ROSTER, encoding="utf-8")
    folder = tmp_path / "in"
    stamps = {"ada": (2, 12, 0), "bob": (2, 12, 1), "jgm": (4, 12, 0), "sev": (4, 13, 2)}
    for student, when in stamps.items():
        path = folder / student / "01.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(work(student, ("", student)))
        os.utime(path, (datetime(2026, 11, *when, tzinfo=UTC).timestamp(),) * 2)
    inner = zipped({"01.ipynb": work("sin", ("", "sin"))}, (2020, 1, 1, 0, 0, 0))
    (folder / "sin").mkdir()
    (folder / "sin" / "all.zip").write_bytes(inner)
    os.utime(folder / "sin" / "all.zip", (datetime(2026, 11, 3, 12, 30, tzinfo=UTC).timestamp(),) * 2)
    intake.collect(course, folder)
    assert received.read(course, "bob", FIRST).time == ""  # type: ignore[union-attr]
    receipts = intake.collect(course, folder, times="files")
    assert {r.student: r.late for r in receipts if r.state == "unchanged"} == {
        "ada": "",
        "bob": "0 d 0 h 1 min",
        "jgm": "",  # two days more
        "sev": "2 d 1 h 2 min",
        "sin": "1 d 0 h 30 min",
    }
    assert received.read(course, "bob", FIRST).at == datetime(2026, 11, 2, 12, 1, tzinfo=UTC)  # type: ignore[union-attr]
    before = tree(course)
    intake.collect(course, folder)
    assert tree(course) == before  # what is known stays known
    (folder / "bob" / "01.ipynb").write_bytes(work("bob again", ("", "bob")))
    intake.collect(course, folder)
    assert received.read(course, "bob", FIRST).time == ""  # type: ignore[union-attr]
    assert not course.submitted("bob", FIRST).with_name("timestamp.txt").exists()


def test_a_time_that_nbgraders_exchange_brought_along_stays(course: Course, handed_in: Path) -> None:
    there = course.submitted("ada", FIRST)
    there.parent.mkdir(parents=True)
    there.write_bytes(CANVAS["lovelaceada_130_4001_Copy of 01-first (1).ipynb"])
    there.with_name("timestamp.txt").write_text("2026-11-02 13:00:00.000000 CET")
    collected(course, handed_in, CANVAS)
    assert received.read(course, "ada", FIRST).time == "2026-11-02T12:00:00+00:00"  # type: ignore[union-attr]
    assert there.with_name("timestamp.txt").read_text() == "2026-11-02 12:00:00.000000 UTC"


def test_what_a_student_packed_tells_no_time(course: Course, handed_in: Path) -> None:
    handed_in.write_bytes(zipped({"x/a.ipynb": work("ada", ("Lovelace, Ada", "ada"))}, (2026, 11, 2, 8, 0, 0)))
    (receipt,) = (r for r in intake.collect(course, handed_in, times="files") if r.state == "received")
    assert receipt.student == "ada"
    assert received.read(course, "ada", FIRST).time == ""  # type: ignore[union-attr]


def test_what_lab_submit_packs_is_taken_from_a_folder_from_canvas_and_by_itself(course: Course, tmp_path: Path) -> None:
    both = ("Lovelace, Ada", "ada"), ("Byron, Bob", "bob")
    files = {f"{FIRST}.ipynb": work("both", *both), f"{FIRST}.pdf": b"%PDF"}
    path = Parcel(FIRST, tuple(Member(*one) for one in both), files, ("kernel: Python 3",)).write(tmp_path)
    assert path.name == "01-first_Lovelace-Ada_Byron-Bob.zip"
    for number, name in enumerate((path.name, f"downloads/{path.name}", f"lovelaceada_130_5_{path.name}")):
        there = tmp_path / str(number) / name
        there.parent.mkdir(parents=True)
        there.write_bytes(path.read_bytes())
        given = there if number == 0 else tmp_path / str(number)
        receipts = list(intake.collect(course, given))
        assert lines(receipts, "not understood") == []
        assert lines(receipts, "received", "unchanged") == [("ada", FIRST, "")]
        assert received.share(course, "ada", FIRST) == ("ada", "bob")


def test_a_roster_among_what_is_given_is_no_work(course: Course, tmp_path: Path) -> None:
    roster = tmp_path / "in" / "class.csv"
    (tmp_path / "in" / "ada").mkdir(parents=True)
    roster.write_text(ROSTER, encoding="utf-8")
    (tmp_path / "in" / "ada" / "a.ipynb").write_bytes(work("ada"))
    assert lines(list(intake.collect(course, tmp_path / "in", roster_file=roster)), "not understood") == []
    (tmp_path / "in" / "notes.csv").write_text("x", encoding="utf-8")
    assert len(lines(list(intake.collect(course, tmp_path / "in", roster_file=roster)), "not understood")) == 1


def test_a_table_says_when_and_a_download_from_canvas_does_not(course: Course, handed_in: Path, tmp_path: Path) -> None:
    collected(course, handed_in, CANVAS, times="files")
    assert {received.read(course, who, FIRST).time for who in course.students} == {""}  # type: ignore[union-attr]
    table = tmp_path / "times.csv"
    table.write_text('user_id,submitted_at,assignment\n130,2026-11-02T22:59:00Z,01\n"O\'Neil-Smith, Sinéad",,\n')
    collected(course, handed_in, CANVAS, times=str(table))
    assert received.read(course, "ada", FIRST).time == "2026-11-02T22:59:00+00:00"  # type: ignore[union-attr]
    for text, why in (
        ("name,when\n", "line 1: give a table that begins with a line like student_id,notebook,time"),
        ("id,time\n130,2026-11-02 10:00\n999,2026-11-02 10:00\n", "line 3: '999' is nobody on the roster"),
        ("id,time\n130,soon\n", "line 2: 'soon' is no date"),
        ("id,time,notebook\n130,2026-11-02,09\n", "line 2: no single notebook is called '09'"),
    ):
        table.write_text(text, encoding="utf-8")
        with pytest.raises(BadRoster, match=why):
            collected(course, handed_in, CANVAS, times=str(table))


def test_links_are_fetched_once_and_no_access_is_reported_with_the_name(course: Course, handed_in: Path) -> None:
    good, bad = (f"https://colab.research.google.com/drive/1aBcDefGhijK{k}" for k in "01")
    asked: list[str] = []

    def fetch(link: str) -> bytes:
        asked.append(link)
        if link == bad:
            raise links.NotFetched("no access (403)")
        return work("ada")

    members = {
        "lovelaceada_130_link.html": f'<a href="{good}">x</a>'.encode(),
        "byronbob_LATE_133_text.html": f"<p>see {bad}</p>".encode(),
        "ensev_7_4004_link.txt": b"my site: https://example.org/x",
    }
    receipts = collected(course, handed_in, members)
    named = lines(receipts, "not understood")[0][2]
    assert "--no-links" in named and good in named + lines(receipts, "not understood")[1][2] and course.students == ()
    receipts = collected(course, handed_in, members, fetch=fetch)
    assert [(s, w) for s, _, w in lines(receipts, "not understood")] == [
        ("bob", "no access (403)"),
        ("sev", "no notebook; ask for the notebook (.ipynb; in Colab: File, Download)"),
    ]
    record = received.read(course, "ada", FIRST)
    assert record is not None and (record.link, record.canvas) == (good, Canvas("130", ""))
    receipts = collected(course, handed_in, members, fetch=fetch)
    assert asked == [good, bad, bad] and lines(receipts, "unchanged")[0][:2] == ("ada", FIRST)


def test_without_a_network_only_the_first_link_is_tried(course: Course, handed_in: Path) -> None:
    asked: list[str] = []

    def fetch(link: str) -> bytes:
        asked.append(link)
        raise links.NotFetched("there is no network here", offline=True)

    link = b"https://colab.research.google.com/drive/1aBcDefGhijK"
    receipts = collected(course, handed_in, {f"x_{k}_link.html": link for k in (130, 131, 133)}, fetch=fetch)
    assert len(asked) == 1 and len(lines(receipts, "not understood")) == 3
    assert all("no network here" in words for _, _, words in lines(receipts, "not understood"))


def test_bad_input_is_refused_before_anything_is_done(tmp_path: Path, course: Course, handed_in: Path) -> None:
    with pytest.raises(NoSuchFolder, match="is not there"):
        intake.collect(course, handed_in)
    handed_in.write_bytes(zipped(CANVAS))
    with pytest.raises(BadRoster):
        intake.collect(course, handed_in, roster_file=tmp_path / "nowhere.csv")
    wrong = factories.course(tmp_path / "b", ['c.Course.due = {"01": "soon"}'])
    with pytest.raises(BadSetting):
        intake.collect(wrong, handed_in)
    assert course.students == wrong.students == ()


def test_the_command_takes_several_paths_and_says_with_its_status_that_a_person_must_look(
    course: Course, handed_in: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(course.root)
    handed_in.write_bytes(zipped(CANVAS))
    other = handed_in.with_name("byronbob_133_8_x.ipynb")
    other.write_bytes(work("bob", ("", "bob"), of=factories.second))
    assert cli.main(["collect", "--no-links", str(handed_in), str(other)]) == 0
    out = capsys.readouterr().out
    assert "6 received, 0 replaced, 0 unchanged, 1 late, 0 not understood, 3 missing" in out
    assert "García Márquez, José" in out
    handed_in.write_bytes(zipped({"lovelaceada_130_9_b.ipynb": work("ada", of=factories.second)}))
    assert cli.main(["collect", "--no-links", str(handed_in)]) == 0
    handed_in.write_bytes(zipped({"stranger_999_1_01.ipynb": work("x")}))
    assert cli.main(["collect", "--no-links", str(handed_in)]) == 1
    assert cli.main(["collect", str(handed_in), "--roster", "nowhere.csv"]) == 2
