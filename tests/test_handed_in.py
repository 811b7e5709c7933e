"""A submission as everybody reads it: any file that is a notebook at all, laid on the release."""

import copy
import json
from pathlib import Path
from typing import Any

import factories
import pytest
from factories import FIRST, SECOND, Notebook

from raisin.grading import earlier, handed_in, reading, release
from raisin.grading.course import Course
from raisin.grading.reading import NotANotebook


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = factories.course(tmp_path)
    release.release(made)
    return made


def test_the_release_is_made_from_the_source_alone_and_is_the_released_one(course: Course) -> None:
    for name in (FIRST, SECOND):
        blank, released = release.blank(course, name), factories.read(course.released(name))
        assert blank["cells"] == released["cells"] and blank["metadata"] == released["metadata"]
    course.released(FIRST).write_text("a release that somebody spoilt")
    factories.hand_in(course, "ada", SECOND)
    assert handed_in.read(course, "ada", SECOND).notes == ()


def test_a_changed_source_counts_at_once(course: Course) -> None:
    path = factories.hand_in(course, "ada", FIRST)
    content = factories.first()
    content["cells"].insert(5, factories.check("test-new", "assert True\n", 1))
    factories.write(course.source(FIRST), content)
    names = [cell["id"] for cell in handed_in.read(course, "ada", FIRST).notebook["cells"]]
    assert "test-new" in names and "test-new" not in path.read_text()


@pytest.mark.parametrize("name", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_every_encoding_that_says_what_it_is_is_read(name: str) -> None:
    text = json.dumps(factories.first())
    content = b"\xfe\xff" + text.encode(name) if name == "utf-16-be" else text.encode(name)
    assert len(reading.read(content)[0]["cells"]) == len(factories.first()["cells"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged or incomplete"),
        (b"\xff", "damaged or incomplete"),
        (b'{"cells": [', "damaged or incomplete"),
        (b"[" * 200_000, "nested without end"),
        (b"[]", "no notebook"),
        (b'{"cells": 3}', "no notebook of format 3 or 4"),
        (b'{"nbformat": 2, "worksheets": 7}', "format 3 and cannot be read"),
        (b'{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "outputs": 3}]}]}', "format 3 and cannot"),
    ],
)
def test_what_is_no_notebook_says_why_and_what_to_ask_for(content: bytes, words: str) -> None:
    with pytest.raises(NotANotebook, match=f"{words}.*ask for it again"):
        reading.read(content)


def test_fields_of_every_wrong_type_are_left_out(course: Course) -> None:
    odd: list[Any] = [
        {"cell_type": "code"},
        {"cell_type": "poem", "source": 3, "metadata": []},
        {"cell_type": "code", "source": ["a", 3], "metadata": {"nbgrader": "x", "tags": 7}, "outputs": {}, "id": 9},
        {"cell_type": "markdown", "source": "b", "metadata": {"tags": ["x", 3], "nbgrader": {"grade_id": ["y"]}}},
        "no cell",
    ]
    factories.hand_in(course, "ada", FIRST, lambda content: content["cells"].extend(copy.deepcopy(odd)))
    rebuilt = handed_in.read(course, "ada", FIRST)
    *_, empty, poem, code, text = rebuilt.notebook["cells"]
    assert (empty["source"], empty["outputs"], poem["cell_type"], poem["source"]) == ("", [], "raw", "")
    assert (code["source"], code["outputs"], code["metadata"]) == ("a", [], {"tags": []})
    assert text["metadata"] == {"tags": ["x"]} and not rebuilt.open
    assert rebuilt.remarks == ("some cells lacked what every cell has",)


def _two_attempts(content: Notebook) -> None:
    other = copy.deepcopy(factories.cell(content, "double"))
    content["cells"].append({**other, "id": "x", "source": factories.RIGHT})


def test_where_a_person_must_decide_on_an_earlier_part_the_courses_own_stands_in(course: Course) -> None:
    factories.hand_in(course, "ada", FIRST, _two_attempts)
    factories.hand_in(course, "ada", SECOND)
    (found,) = earlier.earlier_parts(course, "ada", SECOND)
    assert found.remark.startswith(f"{FIRST} holds none of its framework cells")
    assert "return 2 * x" in found.parts[0].source


def test_of_several_earlier_parts_only_the_uncertain_one_is_the_courses(course: Course) -> None:
    content = factories.first()
    triple = factories.DOUBLE.replace("double", "triple").replace("2 * x", "3 * x")
    content["cells"].insert(4, factories.answer("triple", triple))
    factories.write(course.source(FIRST), content)
    release.release(course)

    def change(content: Notebook) -> None:
        factories.cell(content, "triple")["source"] = "# framework: triple\ndef triple(x):\n    return x + x + x\n"
        _two_attempts(content)

    factories.hand_in(course, "ada", FIRST, change)
    (found,) = earlier.earlier_parts(course, "ada", SECOND)
    sources = {part.name: part.source for part in found.parts}
    assert "return 2 * x" in sources["double"] and "return x + x + x" in sources["triple"]
    assert found.remark.startswith(f"{FIRST}: the course's own stand in for double until a person has decided")


def test_an_earlier_part_is_found_in_its_rebuilt_form(course: Course) -> None:
    def change(content: Notebook) -> None:
        answer = factories.cell(content, "double")
        answer.update(cell_type="markdown", metadata={}, id="x", source=f"```python\n{factories.RIGHT}\n```")
        del answer["outputs"], answer["execution_count"]

    factories.hand_in(course, "ada", FIRST, change)
    (found,) = earlier.earlier_parts(course, "ada", SECOND)
    assert found.parts[0].source == factories.RIGHT and found.remark == ""
