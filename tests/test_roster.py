"""Who is who: Canvas's exports, plain tables, and what is wrong with them."""

from pathlib import Path

import factories
import pytest

from raisin.grading import roster
from raisin.grading.errors import BadRoster
from raisin.grading.roster import Person, Roster, mangled

GRADEBOOK = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Tensors (4711),due 02-second,Current Score
Manual Posting,,,,,,,
    Points Possible,,,,,15,,(read only)
"García Márquez, José",130,u1,jgm,"A, B",12,2,80
"O'Neil-Smith, Sinéad",131,u2,,A,,,
"Student, Test",999,,x,A,,,
"""


def table(folder: Path, text: str) -> Path:
    path = folder / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_canvas_gradebook_gives_people_and_nothing_else(tmp_path: Path) -> None:
    found = roster.read(table(tmp_path, GRADEBOOK))
    assert found.people == (
        Person(
            *("jgm", "José García Márquez", "García Márquez, José", "", "130", "jgm", "A, B", ""),
            {"02-second": "2"},
        ),
        Person("u2", "Sinéad O'Neil-Smith", "O'Neil-Smith, Sinéad", "", "131", "", "A"),
    )


def test_the_student_id_is_the_login_then_the_sis_id_then_canvas_own(tmp_path: Path) -> None:
    def ids(columns: str, row: str) -> list[str]:
        return [person.student for person in roster.read(table(tmp_path, f"Student,ID,{columns}Section\n{row}\n"))]

    assert ids("SIS User ID,SIS Login ID,", '"Doe, Jo",7,s7,jo,A') == ["jo"]
    assert ids("SIS User ID,SIS Login ID,", '"Doe, Jo",7,s7,,A') == ["s7"]
    assert ids("", '"Doe, Jo",7,A') == ["7"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_plain_table_may_use_any_usual_delimiter(tmp_path: Path, delimiter: str) -> None:
    lines = [["student_id", "name", "E-mail", "Group"], ["ada", "Ada Lovelace", "ada@example.org", "Team 7"]]
    (person,) = roster.read(table(tmp_path, "".join(delimiter.join(line) + "\r\n" for line in lines)))
    assert person == Person("ada", "Ada Lovelace", email="ada@example.org", group="Team 7")


def test_canvas_list_of_groups_and_nbgraders_students_are_rosters_too(tmp_path: Path) -> None:
    groups = "name,canvas_user_id,user_id,login_id,sections,group_name\nAda Lovelace,130,s1,ada,A,team_7\n"
    (person,) = roster.read(table(tmp_path, groups))
    assert (person.student, person.canvas, person.group) == ("ada", "130", "team_7")
    (person,) = roster.read(table(tmp_path, "id,first_name,last_name,email\nada,Ada,Lovelace,a@b.org\n"))
    assert (person.student, person.sortable_name, person.name) == ("ada", "Lovelace, Ada", "Ada Lovelace")


def test_canvas_mangles_names_and_they_are_found_again(tmp_path: Path) -> None:
    assert mangled("O'Neil-Smith, Sinéad 2_x") == "oneilsmithsinéad2_x"
    assert mangled("team_7") == "team_7" and mangled("x_12_y") == "x12y"  # Canvas looks for numbers between _
    assert mangled("Jose\u0301") == mangled("JOSÉ") == "josé"
    found = roster.read(table(tmp_path, GRADEBOOK))
    assert [person.student for person in found.by_mangled("garcíamárquezjosé")] == ["jgm"]
    plain = Roster(
        [Person("jan", "Jan van der Berg"), Person("ann", "Ann Berg"), Person("anna", sortable_name="Berg, Ann")]
    )
    assert [person.student for person in plain.by_mangled("vanderbergjan")] == ["jan"]
    assert [person.student for person in plain.by_mangled("bergann")] == ["ann", "anna"]


def test_an_id_is_found_before_a_name_and_case_does_not_matter() -> None:
    found = Roster([Person("ada", "Bob"), Person("bob", "Ada", email="Bob@example.org", canvas="130")])
    assert [person.student for person in found.find("ada")] == ["ada"]
    assert [person.student for person in found.find("bob@EXAMPLE.org")] == ["bob"]
    assert found.by_canvas("130") == found.by_student("bob")
    assert found.find("130") == (found.by_canvas("130"),) and found.find("nobody") == () == found.find("")


def test_groups_are_found_by_their_name_and_by_what_canvas_makes_of_it() -> None:
    found = Roster(
        [Person("a", group="Team 7!"), Person("b", group="Team 7!"), Person("c", group=""), Person("d", group="x")]
    )
    assert [person.student for person in found.in_group("Team 7!")] == ["a", "b"]
    assert [person.student for person in found.group_by_mangled("team7")] == ["a", "b"]
    assert found.in_group("") == () == found.group_by_mangled("nobodys")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: no column says who is who"),
        ("name,email\nAda,a@b.org\n", "line 1: no column says who is who"),
        ("student_id,name\nada,Ada\n,Bob\n", "line 3: nothing says by which id"),
        ("student_id,name\nada,Ada\n\nada,Bob\n", "line 4: ada is on line 2 already"),
        ("student_id,group\nada,1\nada,2\n", "line 3: ada is on line 2 already, with other entries"),
        ("student_id\nada\nAda\n", "differ by case alone"),
        ("student_id,canvas_id\nada,1\nbob,1\n", "ada and bob have the same Canvas id 1"),
        ("student_id\n../ada\n", "line 2: '../ada' cannot name a folder"),
        ("student_id\n[b]*\n", "cannot name a folder"),
        ("student_id,due 01\nada,soon\n", "line 2, due date of 01: 'soon' is no date"),
        ('student_id,name\nada,"Ada\n', "line 2"),
    ],
)
def test_what_cannot_be_meant_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadRoster) as caught:
        roster.read(table(tmp_path, text))
    assert says in str(caught.value) and "roster.csv" in str(caught.value)


def test_a_line_that_stands_twice_is_one_person(tmp_path: Path) -> None:
    assert len(roster.read(table(tmp_path, "student_id,name\nada,Ada\nada,Ada\n"))) == 1


def test_a_file_that_is_no_text_or_not_there_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    with pytest.raises(BadRoster, match=r"roster\.csv cannot be read"):
        roster.read(path)
    path.write_bytes("student_id,name\nada,Jos\xe9\n".encode("cp1252"))
    with pytest.raises(BadRoster, match="save it as 'CSV UTF-8'"):
        roster.read(path)


def test_the_course_keeps_one_and_another_may_be_given(tmp_path: Path) -> None:
    course = factories.course(tmp_path / "course")
    assert course.roster_file is None and len(roster.of_course(course)) == 0
    table(course.root, "student_id,due 02\nada,3\n")
    assert roster.of_course(course).people[0].extension("02-second") == "3"
    assert len(roster.of_course(course, table(tmp_path, GRADEBOOK))) == 2
    table(course.root, "student_id,due 05\nada,3\n")
    with pytest.raises(BadRoster, match="due date of '05': no single notebook"):
        roster.of_course(course)


def test_canvas_list_of_groups_may_lie_beside_the_roster(tmp_path: Path) -> None:
    course = factories.course(tmp_path)
    table(course.root, GRADEBOOK)
    groups = course.root / "groups.csv"
    groups.write_text("canvas_user_id,user_id,login_id,group_name\n130,,,team_7\n,u2,,team_7\n999,,,team_8\n")
    assert [(person.student, person.group) for person in roster.of_course(course)] == [
        ("jgm", "team_7"),
        ("u2", "team_7"),
    ]
    table(course.root, GRADEBOOK.replace("Section,", "Group,"))
    with pytest.raises(BadRoster, match=r"groups\.csv: jgm is in team_7 here, in A, B on the roster"):
        roster.of_course(course)
