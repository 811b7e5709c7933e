"""Printouts from end to end: what stands in the PDF, and that there always is one."""

import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import factories
import nbformat
import printout_samples as samples
import pypdf
import pytest

from raisin.printout import About, Feedback, Printed, Printer, PrinterBroken, Remark, printer, secrets


@pytest.fixture(scope="module")
def ours() -> Iterator[Printer]:
    """Generous with time, because tests run on busy machines."""
    with Printer(seconds=20) as made:
        yield made


def pages(printed: Printed, most: int = 99) -> list[str]:
    """The text of the first pages; long words may be broken anywhere, so invisible breaks are taken out."""
    return [page.extract_text().replace("\u200b", "") for page in pypdf.PdfReader(io.BytesIO(printed.pdf)).pages[:most]]


def text(printed: Printed) -> str:
    return "\n".join(pages(printed))


@pytest.fixture(scope="module")
def rich(ours: Printer) -> Printed:
    return ours.print(samples.rich(), About(course="Deep learning"))


def test_every_page_has_names_title_course_and_number(rich: Printed) -> None:
    found = pages(rich)
    for number, page in enumerate(found, 1):
        assert "Żak, Łucja; Ó Briain, Seán · Everything, and x2" in page
        assert "Deep learning" in page
        assert f"page {number} of {len(found)}" in page
    information = pypdf.PdfReader(io.BytesIO(rich.pdf)).metadata
    assert information and information.title == "Everything, and x2"


@pytest.mark.parametrize(
    "letters", ["Zażółć gęślą jaźń", "αβγδ", "Привет", "中文", "日本語", "한국어", "✓", "✗", "🎉", "שלום"]
)
def test_letters_of_many_scripts_are_there(rich: Printed, letters: str) -> None:
    found = text(rich)
    assert letters in found or letters[::-1] in found


def test_no_font_is_asked_of_the_machine_and_no_letter_is_missing(rich: Printed) -> None:
    fonts = set()
    for page in pypdf.PdfReader(io.BytesIO(rich.pdf)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            fonts.add(font.get_object()["/BaseFont"].split("+")[-1])
    assert any("NotoSansCJK" in font for font in fonts)
    assert not any("LastResort" in font for font in fonts), fonts


def test_long_code_is_wrapped_with_a_mark_and_never_cut(rich: Printed) -> None:
    words = " ".join(text(rich).split())
    assert re.search(r"a very long comment.*↪.*to its ↪ end", words)


def test_outputs_are_there_as_they_ended(rich: Printed) -> None:
    found = text(rich)
    assert "training: 100%" in found and "training:  99%" not in found
    assert "8/8 [00:03<00:00]" in found and "HBox()" not in found
    assert "ValueError: no such thing" in found and "\x1b" not in found
    for column in range(24):
        assert f"column {column}" in found
    assert "plain text instead" not in found


def test_pictures_of_every_kind_are_there(rich: Printed) -> None:
    images = [image for page in pypdf.PdfReader(io.BytesIO(rich.pdf)).pages for image in page.images]
    assert len(images) == 3  # PNG, JPEG and the attached one; the SVG stays lines
    assert rich.missing == (r"formula: \frca",)


def test_text_that_looks_like_a_program_is_text(rich: Printed) -> None:
    found = text(rich)
    assert "raw \\textbf{text} #set page(width: 1pt)" in found
    assert r"\frca" in found


@pytest.mark.parametrize("name", samples.HOSTILE)
def test_hostile_notebooks_give_a_pdf_with_nothing_of_the_machine(ours: Printer, name: str) -> None:
    found = "\n".join(pages(ours.print(samples.HOSTILE[name]()), most=8))
    assert samples.OUTSIDE_HOLDS not in found
    assert "page 1 of" in found


def test_there_are_enough_hostile_notebooks() -> None:
    assert len(samples.HOSTILE) >= 30


def test_what_takes_too_long_is_printed_in_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is done in no time at all stands for all that take too long."""
    notebook = samples.notebook(samples.markdown("stays $x$"), samples.code("1", samples.html("<p>html</p>")))
    monkeypatch.setattr(printer, "SECONDS", {**printer.SECONDS, "text only": 20.0})
    with Printer(seconds=1e-4) as hasty:
        printed = hasty.print(notebook)
        assert "Only its text could be printed" in text(printed)
        assert "stays $x$" in text(printed)
        assert any("too much time" in words for words in printed.missing)
        hasty.seconds["full"] = 20.0
        assert "html" in text(hasty.print(notebook))  # the next notebook has a worker again


def test_what_takes_too_much_memory_is_printed_in_less(monkeypatch: pytest.MonkeyPatch) -> None:
    with Printer(seconds=20, memory_mb=700) as small:
        monkeypatch.setattr(printer, "WALL_SECONDS", 60.0)
        huge = samples.notebook(samples.code("x", *[samples.shown({"image/png": samples.png(6_000, 6_000)})] * 4))
        found = text(small.print(huge))
        assert "page 1 of" in found
        assert "x" in found


def test_a_printer_without_its_compiler_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "typst.py").write_text("raise ModuleNotFoundError('No module named typst')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{factories.PROJECT}")
    with Printer() as none, pytest.raises(PrinterBroken, match=re.escape("pip install raisin[print]")):
        none.print(samples.rich())


def test_the_worker_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAISIN_CANARY", "canary")
    with Printer(seconds=20) as made:
        made.print(samples.notebook(samples.markdown("x")))
        worker = made._worker
        assert worker is not None
        environment = Path(f"/proc/{worker.pid}/environ")
        if environment.is_file():
            assert b"canary" not in environment.read_bytes()
            assert Path(f"/proc/{worker.pid}/cwd").resolve().name.startswith("raisin-printer-")


def graded(score: float | None = 2.0) -> tuple[bytes, About]:
    hidden = "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(21) == 42\n### END HIDDEN TESTS\n"
    test = factories.check("test-double", hidden, 3)
    test["outputs"] = [
        {"output_type": "error", "ename": "AssertionError", "evalue": "42", "traceback": ["assert double(21) == 42"]}
    ]
    listed = factories.check("test-listed", "lab.equal('x')", 1)
    listed["metadata"]["raisin"] = {"checks": [
        {"what": "a check that passes", "counts": True, "carried": False, "lines": []},
        {"what": "one carried forward", "counts": True, "carried": True, "lines": ["due: 17.25"]},
        {"what": "one that fails", "counts": False, "carried": False, "diagnosis": "sign",
         "lines": ["got at [0]: 3", "due at [0]: 17.25", "2 of 2 entries differ", "it looks as if the sign is wrong", "hint: mind the sign"]},
    ]}  # fmt: skip
    own = factories.code("try", "double(21)")
    own["outputs"] = [samples.stream("    assert double(21) == 42\nmy own output\n")]
    cells = (factories.text("title", "# Doubling"), factories.students(("Noor", "noor")), test, listed, own)
    remarks = {
        "test-double": Remark(score, 3.0, "Nearly: **think** of $2x$."),
        "test-listed": Remark(1.0, 1.0),
        "why": Remark(None, 2.0),
    }
    written = factories.manual("why", "Because.", 2)
    notebook = factories.notebook(*cells, written)
    return nbformat.writes(nbformat.from_dict(notebook)).encode(), About(
        feedback=Feedback(remarks, "3 of 6 points so far")
    )


def test_a_graded_notebook_has_points_checks_and_comments(ours: Printer) -> None:
    notebook, about = graded()
    found = text(ours.print(notebook, about))
    assert "3 of 6 points so far" in found
    assert "test-double: 2 of 3" in found and "why: not graded yet" in found
    assert "Comment" in found and "Nearly: think of 2𝑥." in found
    assert re.search(r"✓\s*a check that passes", found) and re.search(r"↻\s*one carried forward", found)
    assert "it looks as if the sign is wrong" in found and "hint: mind the sign" in found


def test_hidden_tests_and_what_was_due_are_nowhere(ours: Printer) -> None:
    for about in (graded()[1], About()):
        found = text(ours.print(graded()[0], about))
        assert "double(2) == 4" in found
        assert "double(21) == 42" not in found
        assert "HIDDEN" not in found
        assert "17.25" not in found
        assert "my own output" in found


def test_nbconvert_makes_the_same() -> None:
    from nbconvert.exporters import get_exporter

    exporter = get_exporter("raisin.printout.exporter.TypstPDFExporter")(seconds=20.0, course="Deep learning")
    pdf, resources = exporter.from_notebook_node(nbformat.from_dict(json.loads(samples.rich())))
    assert resources["output_extension"] == ".pdf"
    assert pages(Printed(pdf))[0].count("Deep learning") == 1


def test_nbconvert_shows_the_points_that_nbgrader_puts_into_a_notebook() -> None:
    from raisin.printout.exporter import feedback_in

    notebook: Any = nbformat.from_dict(factories.first())
    assert feedback_in(notebook) is None
    for cell in notebook.cells:
        graded = cell.metadata.get("nbgrader")
        if graded and graded.grade:
            graded.score, graded.needs_manual_grade = 1.0, graded.grade_id == "why-double"
            graded.comment = "No response." if graded.grade_id == "why-double" else None
    found = feedback_in(notebook)
    assert found is not None and found.total == "3 of 8 points"
    assert found.cells["why-double"] == Remark(None, 3.0, "No response.")


def test_the_deepest_formulas_that_are_parsed_can_be_set(ours: Printer) -> None:
    """The template calls itself for every level, and the compiler stops at some depth."""
    pieces = ("x^{%s}", r"\frac{%s}{2}", r"\left(%s\right)", r"\begin{pmatrix}%s\end{pmatrix}", r"\begin{cases}%s & 1\end{cases}",
              r"\begin{aligned}%s &= 1 \\ 2\end{aligned}", r"\text{a $%s$}", r"{\color{red} %s}", r"\boxed{%s}")  # fmt: skip
    sources = []
    for piece in pieces:
        source = "x"
        for _ in range(18):
            source = piece % source if piece.count("$") < 2 or source == "x" else source
            sources.append(f"$${source}$$\n\n- a list\n  - in it ${source}$")
    printed = ours.print(samples.notebook(samples.markdown("> " + sources[-1]), *map(samples.markdown, sources)))
    assert set(printed.missing) <= {"formula: nested too deep"}


def squeezed(words: str) -> str:
    return re.sub(r"[\s↪]", "", words)


@pytest.mark.parametrize("path", sorted(factories.PROJECT.glob("source/*/*.ipynb")), ids=lambda path: path.stem)
def test_hidden_tests_of_the_course_are_in_no_printout(ours: Printer, path: Path) -> None:
    """The source notebook holds them, so does every graded one; a student's traceback may show one of their lines."""
    notebook = factories.read(path)
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    shown = squeezed("".join(map(secrets.without, sources)))
    hidden = {line for line in secrets.lines(sources) if squeezed(line) not in shown}
    assert len(hidden) > 5
    loud = factories.code("loud", "raise ValueError")
    loud["outputs"] = [samples.stream("\n".join(sorted(hidden)))]
    notebook["cells"].append(loud)
    printed = ours.print(json.dumps(notebook).encode())
    found = squeezed(text(printed))
    assert squeezed(factories.cell(notebook, "students")["source"]) in found
    assert printed.missing == ()
    for line in hidden:
        assert squeezed(line) not in found
