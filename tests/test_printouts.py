"""Printouts of a class: who gets which, with which points, and what is not printed."""

from pathlib import Path
from types import SimpleNamespace

import factories
import printout_samples as samples
import pypdf
import pytest
from factories import FIRST, SECOND
from nbgrader.api import Gradebook

from raisin import cli
from raisin.grading import logs, printouts, release
from raisin.grading.course import Course, open_nbgrader
from raisin.printout import Feedback, Remark

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = factories.course(tmp_path)
    release.release(made)
    for student in ("ada", "bob"):
        factories.hand_in(made, student, FIRST)
    graded = made.autograded("ada", FIRST)
    graded.parent.mkdir(parents=True)
    graded.write_bytes(made.submitted("ada", FIRST).read_bytes())
    with Gradebook(f"sqlite:///{made.root}/gradebook.db") as gradebook:
        gradebook.update_or_create_student("ada")
        submission = gradebook.update_or_create_submission(FIRST, "ada").notebooks[0]
        for grade in submission.grades:
            grade.auto_score = {"test-double-number": 3.0, "test-bonus-double-list": 1.0}.get(grade.name, 0.0)
            grade.needs_manual_grade = grade.name == "why-double"
        for comment in submission.comments:
            if comment.name == "why-double":
                comment.manual_comment = "Say more, Ada."
        gradebook.db.commit()
    return made


def text(path: Path) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def sheets(course: Course, *names: str, **how: object) -> dict[str, printouts.Sheet]:
    return {sheet.what: sheet for sheet in printouts.print_class(course, names, **how)}  # type: ignore[arg-type]


def test_the_gradebook_gives_points_and_comments(course: Course) -> None:
    coursedir = open_nbgrader(course.root).coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        assert printouts.remarks_on(gradebook, FIRST, "bob") is None
        found = printouts.remarks_on(gradebook, FIRST, "ada")
    assert isinstance(found, Feedback)
    assert found.total == "4 of 7 points, 1 of them bonus so far"
    assert found.cells["why-double"] == Remark(None, 3.0, "Say more, Ada.")
    assert found.cells["test-double-number"] == Remark(3.0, 3.0)


def test_everybody_gets_a_pdf_with_points_where_there_are_some(course: Course) -> None:
    found = sheets(course)
    assert set(found) == {f"ada/{FIRST}", f"bob/{FIRST}"}
    ada, bob = (course.root / "printouts" / name / f"{FIRST}.pdf" for name in ("ada", "bob"))
    assert text(ada).startswith(f"ada · {FIRST}") and text(ada).endswith("raisin page 1 of 1")
    assert "4 of 7 points" in text(ada) and "Say more, Ada." in text(ada)
    assert "points, " not in text(bob) and "Comment" not in text(bob)
    assert "BEGIN HIDDEN" not in text(ada) + text(bob)
    assert sorted(path.name for path in ada.parent.iterdir()) == [ada.name]


def test_one_student_one_notebook_without_points(course: Course) -> None:
    assert set(sheets(course, "01", student="ada", feedback=False)) == {f"ada/{FIRST}"}
    assert "4 of 7" not in text(course.root / "printouts" / "ada" / f"{FIRST}.pdf")
    assert sheets(course, "02", student="ada") == {}
    with pytest.raises(printouts.CannotPrint, match="zoe"):
        sheets(course, student="zoe")


def test_a_link_is_not_followed(course: Course) -> None:
    path = course.submitted("bob", FIRST)
    path.unlink()
    path.symlink_to(course.submitted("ada", FIRST))
    sheet = sheets(course, student="bob")[f"bob/{FIRST}"]
    assert sheet.path is None and "no regular file" in sheet.missing[0]


def test_what_was_handed_in_again_is_said(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    graded = SimpleNamespace(handed_in=logs.digest(course.submitted("ada", FIRST)))
    monkeypatch.setattr(logs, "read", lambda *of: graded)
    assert sheets(course, student="ada")[f"ada/{FIRST}"].missing == ()
    factories.hand_in(course, "ada", FIRST, lambda content: content["cells"].append(factories.text("new", "new")))
    assert sheets(course, student="ada")[f"ada/{FIRST}"].missing == (printouts.AGAIN,)


def test_single_files_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.ipynb").write_bytes(samples.notebook(samples.markdown("no heading, ąę")))
    Path("bad.ipynb").write_bytes(b"this is no notebook")
    assert cli.main(["print", "good.ipynb"]) == 0
    assert capsys.readouterr().out.splitlines() == ["good.pdf", "1 printed"]
    assert "good" in text(Path("good.pdf")) and "no heading, ąę" in text(Path("good.pdf"))
    assert cli.main(["print", "good.ipynb", "bad.ipynb", "--to", "out"]) == 1
    assert "It could not be read" in capsys.readouterr().out
    assert "could not be printed" in text(Path("out/bad.pdf"))
    assert cli.main(["print", "none.ipynb"]) == 2
    assert "none.ipynb is no file" in capsys.readouterr().err


def test_a_class_from_the_command_line(
    course: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(course.root)
    assert cli.main(["print", "01", "--student", "bob"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"printouts/bob/{FIRST}.pdf", "1 printed"]
    assert cli.main(["print", SECOND]) == 0
    assert capsys.readouterr().out.splitlines() == ["0 printed"]
