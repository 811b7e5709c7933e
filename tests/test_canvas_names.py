"""Canvas's names of files, read in every way they can be read; the roster settles which one is meant."""

import random
import re

import pytest

from raisin.grading import canvas_names
from raisin.grading.canvas_names import LINK, TEXT, Reading, Settled, readings, settle
from raisin.grading.roster import Person, Roster

NOBODY = Roster()
CLASS = Roster(
    [
        Person("ada", "Ada Lovelace", "Lovelace, Ada", canvas="130", group="team_7"),
        Person("jgm", "José García Márquez", "García Márquez, José", canvas="131"),
        Person("sin", "Sinéad O'Neil-Smith 3", "O'Neil-Smith 3, Sinéad", canvas="132"),
        Person("one", "Una One", "One, Una", canvas="1"),
        Person("seven", "Sev En", "En, Sev", canvas="7"),
        Person("team", "Team", "Team", canvas="140"),
    ]
)


def student(file_name: str, roster: Roster = CLASS) -> str:
    found = settle(file_name, roster)
    assert isinstance(found, Settled), found
    return found.person.student if found.person else found.reading.user


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("lovelaceada_130_4574_02.ipynb", Reading("lovelaceada", False, "130", "4574", "02.ipynb")),
        ("lovelaceada_LATE_130_4574_h (1).ipynb", Reading("lovelaceada", True, "130", "4574", "h (1).ipynb")),
        ("a_b3_LATE_130_4574_h_1_2_x.ipynb", Reading("a_b3", True, "130", "4574", "h_1_2_x.ipynb")),
        ("lovelaceada_130_text.html", Reading("lovelaceada", False, "130", "", "text.html", TEXT)),
        ("lovelaceada_LATE_130_link.html", Reading("lovelaceada", True, "130", "", "link.html", LINK)),
        ("garcíamárquezjosé_131_9_x-1.ipynb", Reading("garcíamárquezjosé", False, "131", "9", "x-1.ipynb")),
        ("garci\u0301a_131_9_x", Reading("garcía", False, "131", "9", "x")),
    ],
)
def test_a_name_of_canvas_is_read(name: str, reading: Reading) -> None:
    assert readings(name) == (reading,)


@pytest.mark.parametrize(
    "name",
    ["02.ipynb", "Ada_1_2_x.ipynb", "ada lovelace_1_2_x", "_1_2_x", "ada_1_2_", "ada_01_02_x", "a_1_x.html", ""],
)
def test_other_names_are_not_of_canvas(name: str) -> None:
    assert readings(name) == () and settle(name, CLASS) is None


def test_a_name_with_more_numbers_is_read_in_every_way() -> None:
    users = {(reading.name, reading.user, reading.attachment) for reading in readings("team_7_130_4574_hw_1_2_x.ipynb")}
    assert users == {("team", "7", "130"), ("team_7", "130", "4574")}  # Canvas leaves no _130_ in a name


def test_the_roster_settles_what_the_pattern_leaves_open() -> None:
    assert student("team_7_130_4574_hw1.ipynb") == "ada"  # 7 is a user too, but not called team
    assert student("lovelaceada_130_4574_h_1_2_done.ipynb") == "ada"
    assert student("oneilsmith3sinéad_132_9_x.ipynb") == "sin"
    assert student("lovelaceada_130_1_text.html") == "ada"  # a file called text.html
    assert student("another_131_9_x.ipynb") == "jgm"  # a group that the roster does not know


def test_without_a_roster_only_what_is_unambiguous_is_taken() -> None:
    assert student("lovelaceada_130_4574_hw.ipynb", NOBODY) == "130"
    found = settle("team_7_130_4574_hw1.ipynb", NOBODY)
    assert found == "its name can mean user 7 or 130; give the roster: --roster GRADEBOOK.csv"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("stranger_999_4574_x.ipynb", "user 999 (stranger) is not in the roster"),
        ("lovelaceada_131_4574_x.ipynb", "user 131 is García Márquez, José, and the name is of Lovelace, Ada"),
        (
            "other_7_130_4574_x.ipynb",
            "its name can mean En, Sev (7) or Lovelace, Ada (130); add the names of",
        ),
        ("other_7_139_4574_x.ipynb", "its name can mean En, Sev (7) or user 139"),
        ("anon_ab12C_4574_x.ipynb", "anonymous"),
        ("LATE_anon_12345_4574_x.ipynb", "anonymous"),
        ("anon_12345_4574_x.ipynb", "anonymous"),
    ],
)
def test_what_stays_uncertain_is_said_and_nobody_is_guessed(name: str, why: str) -> None:
    found = settle(name, CLASS)
    assert isinstance(found, str) and why in found
    if "anon" in name:
        assert isinstance(settle(name, NOBODY), str) and canvas_names.is_anonymous(name)


def canvas_calls(name: str, late: bool, user: str, attachment: str, file: str) -> str:
    """As Canvas does it (lib/content_zipper.rb): from the sortable name of a student or a group."""
    name = re.sub(r"_(\d+)_", r"\1", name).lower()
    whole = "_".join(filter(None, (name, "LATE" if late else "", user)))
    return re.sub(r"[^\w]", "", whole) + f"_{attachment}_{file}"


def test_nobody_is_mixed_up_with_somebody_else_whatever_names_and_numbers_there_are() -> None:
    rng = random.Random(8)
    words = ["Ada", "O'Neil", "van der Berg", "José", "team", "Team_7", "a_1_b", "12", "x_3", "Ångström-Öz", "_", "7_a"]
    settled = 0
    for _ in range(300):
        ids = rng.sample(range(1, 40), 12)
        groups = ["", "", "team_7", "Team 8", "a_1_b", str(ids[0])]
        people = []
        for k, user in enumerate(ids):
            name = f"{rng.choice(words)}, {rng.choice(words)}"
            people.append(Person(f"s{k}", sortable_name=name, canvas=str(user), group=rng.choice(groups)))
        person = rng.choice(people)
        name = person.group if person.group and rng.random() < 0.5 else person.sortable_name
        file = rng.choice(
            ["02.ipynb", "3_4_x.ipynb", f"{ids[1]}_{ids[2]}_x", "h_1_2_done.ipynb", "text.html", "x-1.ipynb"]
        )
        left_out = rng.random() < 0.2
        known = Roster(other for other in people if not (left_out and other == person))
        found = settle(canvas_calls(name, rng.random() < 0.3, person.canvas, str(rng.randrange(1, 9999)), file), known)
        if isinstance(found, Settled):
            assert found.person == person and (found.reading.user, found.reading.file) == (person.canvas, file)
            settled += 1
        elif not left_out:
            assert isinstance(found, str) and name == person.group, (name, file, found)
    assert settled > 200


def test_a_roster_without_canvas_ids_is_asked_for_names() -> None:
    plain = Roster([Person("jan", "Jan van der Berg"), Person("ann", "Ann Berg"), Person("anna", "", "Berg, Ann")])
    assert student("vanderbergjan_130_4574_x.ipynb", plain) == "jan"
    found = settle("bergann_131_4574_x.ipynb", plain)
    assert isinstance(found, str) and "(ann)" in found and "(anna)" in found and "add their Canvas ids" in found
    groups = Roster([Person("jan", "Jan Berg", group="Team 7"), Person("eva", "Eva Li", group="Team 7")])
    assert student("team7_130_4574_x.ipynb", groups) == "jan"
