"""What a student gets back: feedback/<student>/<notebook>/<notebook>.html, one page that needs nothing else.

    graded notebook + its source + what the gradebook says --page--> Page (plain data) --html--> text

It shows points by task, every check with its message, the student's own cells and outputs, comments. It never shows
the code of tests, what was due, solutions, or anything of anybody else. `nbgrader generate_feedback` makes the same.
"""

import functools
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from nbconvert.exporters import Exporter
from nbgrader.api import Gradebook

from raisin import students
from raisin.grading import late, logs, outputs, received, roster, safe, shared, terminal, whole
from raisin.grading.course import Course, open_course, open_nbgrader, root_of
from raisin.grading.errors import RaisinError
from raisin.grading.printouts import AGAIN, penalty_of, remarks_on
from raisin.grading.roster import Person
from raisin.printout import secrets
from raisin.printout.request import Feedback, Remark

NOT_GRADED = "not graded yet: raisin grade"
# Where nbgrader's exchange says whose feedback it is: `nbgrader release_feedback` looks for them beside the page.
OF_THE_EXCHANGE = ("timestamp.txt", "submission_secret.txt")
LONGEST_OUTPUT = 20_000  # characters of text that one cell may show here; the graded notebook has more
_DUE = re.compile(r"\s*due\b[^:]*:", re.IGNORECASE)
_GOT_AND_DUE = re.compile(r"^(\s*(?:shapes: )?got\b.*?)[,;]? due\b.*$")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)


class NoFeedback(RaisinError, ValueError):
    """There is nothing to give back."""


@dataclass(frozen=True)
class Check:
    """One check. `state`: passed, carried (it counts, the mistake lies in an earlier notebook) or failed.

    `on`: the member of the group on whose earlier notebooks it passes, where it is carried by them.
    """

    what: str
    state: str
    said: tuple[str, ...] = ()
    looks: str = ""
    look_at: str = ""
    hint: str = ""
    on: str = ""


@dataclass(frozen=True)
class Output:
    """Of a student's cell: `text`, or a picture (a data URI) that `text` describes."""

    text: str
    picture: str = ""


@dataclass(frozen=True)
class Part:
    """One cell. `kind`: answer, own, written, text or tests; `body` is HTML of the cell, "" for tests."""

    kind: str
    name: str
    body: str = ""
    outputs: tuple[Output, ...] = ()
    checks: tuple[Check, ...] = ()
    stopped: str = ""
    remark: Remark | None = None


@dataclass(frozen=True)
class Task:
    """What stands under one heading of the notebook."""

    heading: str
    parts: tuple[Part, ...]

    @property
    def of(self) -> float:
        return sum(remark.of or 0 for remark in self._remarks())

    @property
    def points(self) -> float:
        return sum(remark.points or 0 for remark in self._remarks())

    @property
    def is_open(self) -> bool:
        """Whether a person has still to give points."""
        return any(remark.points is None for remark in self._remarks())

    def _remarks(self) -> Iterator[Remark]:
        return (part.remark for part in self.parts if part.remark is not None and part.remark.of is not None)


@dataclass(frozen=True)
class Page:
    """All that a page says."""

    title: str
    names: tuple[str, ...]
    submitted_by: str
    course: str
    total: str
    tasks: tuple[Task, ...]
    earlier: tuple[str, ...] = ()
    penalty: float = 0.0
    notes: tuple[str, ...] = ()


def page(nb: Any, source: Mapping[str, Any], feedback: Feedback, student: str, course: str, name: str) -> Page:
    """What a graded notebook gives back; `source`: the one that it was made from, as JSON; `name`: for its title."""
    return _Reader(source, feedback).page(nb, student, course, name)


class _Reader:
    """One notebook: what is its own in it, and what must not be shown."""

    def __init__(self, source: Mapping[str, Any], feedback: Feedback) -> None:
        cells = source["cells"]
        self._given = {str(cell.get("id", "")): _text(cell) for cell in cells}
        self._hidden = secrets.lines(_text(cell) for cell in cells if cell["cell_type"] == "code")
        self._feedback = feedback

    def page(self, nb: Any, student: str, course: str, name: str) -> Page:
        title, tasks, heading = name, [], "Before the first task"
        parts: list[Part] = []
        for cell in nb.cells:
            found = _HEADING.search(cell.source) if self._is_given_text(cell) else None
            if found is not None and len(found[1]) == 1:
                title = _plain(found[2])
            elif found is not None and len(found[1]) == 2:
                tasks.append(Task(heading, tuple(parts)))
                heading, parts = _plain(found[2]), []
            parts += self._parts(cell)
        tasks.append(Task(heading, tuple(parts)))
        members = students.members(cell.source for cell in nb.cells if cell.cell_type == "code")
        names = tuple(member.name or member.student for member in members)
        shown = tuple(task for task in tasks if task.parts)
        about = nb.metadata.get("raisin", {})
        earlier = tuple(str(line) for line in about.get("earlier", ())) if self._carried(shown) else ()
        notes = tuple(f"{line}: this is what this notebook was run on" for line in about.get("handed_in_by", ()))
        return Page(title, names, student, course, self._feedback.total, shown, earlier, notes=notes)

    @staticmethod
    def _carried(tasks: Iterable[Task]) -> bool:
        return any(
            check.state == "carried" and not check.on for task in tasks for part in task.parts for check in part.checks
        )

    def _is_given_text(self, cell: Any) -> bool:
        return cell.cell_type == "markdown" and "nbgrader" not in cell.metadata and cell.get("id", "") in self._given

    def _parts(self, cell: Any) -> Iterator[Part]:
        about = cell.metadata.get("nbgrader", {})
        name = str(about.get("grade_id", "") or cell.get("id", ""))
        remark = self._feedback.cells.get(name) if about else None
        unchanged = self._given.get(str(cell.get("id", ""))) == cell.source
        if about.get("grade") and not about.get("solution"):
            yield self._tests(cell, name, remark)
        elif about.get("solution"):
            body = safe.markdown(cell.source) if cell.cell_type == "markdown" else safe.code(cell.source)
            kind = "written" if cell.cell_type == "markdown" else "answer"
            yield Part(kind, name, body, self._outputs(cell), remark=remark)
        elif cell.cell_type == "code" and not about.get("locked") and not unchanged and cell.source.strip():
            if name != "students":
                yield Part("own", name, safe.code(cell.source), self._outputs(cell))
        elif cell.cell_type == "markdown" and not unchanged and str(cell.get("id", "")) not in self._given:
            yield Part("text", name, safe.markdown(cell.source))

    def _tests(self, cell: Any, name: str, remark: Remark | None) -> Part:
        about = cell.metadata.get("raisin", {})
        checks = tuple(self._check(check) for check in about.get("checks", ()))
        stopped = str(about.get("stopped", "")) or ("" if checks else _first_error(cell))
        return Part("tests", name, checks=checks, stopped=secrets.without_lines(stopped, self._hidden), remark=remark)

    def _check(self, data: Mapping[str, Any]) -> Check:
        state = "carried" if data.get("carried") else "passed" if data.get("counts") else "failed"
        found: dict[str, Any] = {"said": (), "on": str(data.get("on", "")) if state == "carried" else ""}
        for line in map(str, data.get("lines", ())) if state == "failed" else ():
            if line.startswith("it looks as if "):
                found["looks"] = line
            elif line.startswith("look at: "):
                found["look_at"] = line.removeprefix("look at: ")
            elif line.startswith("hint: "):
                found["hint"] = line.removeprefix("hint: ")
            elif told := self._told(line):
                found["said"] += (told,)
        return Check(str(data.get("what", "")), state, **found)

    def _told(self, line: str) -> str:
        """A line of a message without what was due; "" where nothing else is in it."""
        kept = [_GOT_AND_DUE.sub(r"\1", part) for part in line.splitlines() if not _DUE.match(part)]
        return secrets.without_lines("\n".join(kept), self._hidden)

    def _outputs(self, cell: Any) -> tuple[Output, ...]:
        if cell.cell_type != "code":
            return ()
        found, left = [], LONGEST_OUTPUT
        for output in outputs.reduced([dict(output) for output in cell.get("outputs", ())]):
            data = output.get("data", {})
            kind = next((kind for kind in ("image/png", "image/jpeg") if data.get(kind)), "")
            if kind:
                alt = output.get("metadata", {}).get(kind, {}).get("alt", "")
                found.append(Output(str(alt) or "A picture that this cell drew.", f"data:{kind};base64,{data[kind]}"))
                continue
            text = "\n".join(output["traceback"]) if output.output_type == "error" else ""
            text = secrets.without_lines(text or output.get("text", "") or data.get("text/plain", ""), self._hidden)
            if len(text) > left:
                text = f"{text[: max(left, 0)]}\n... the rest is in your notebook\n"
            left -= len(text)
            found.append(Output(text))
        return tuple(found)


def _text(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def _first_error(cell: Any) -> str:
    """Of a test that is not counted in checks: the error that ended it, without where."""
    errors = [output for output in cell.get("outputs", ()) if output.get("output_type") == "error"]
    return f"{errors[0].get('ename', '')}: {errors[0].get('evalue', '')}"[:500] if errors else ""


def _plain(heading: str) -> str:
    """A heading without Markdown's signs, but for formulas."""
    return re.sub(r"[*_`]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip()


# --- HTML -------------------------------------------------------------------------------------------------------------


@functools.cache
def _template() -> jinja2.Template:
    return safe.template("feedback.html.j2")


def html(made: Page) -> str:
    """One file of HTML: its styles and pictures are in it, there is no script."""
    return _template().render(page=made, styles=safe.STYLES)


# --- For a class, and for nbgrader ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """One page that was written, or the reason (`path` None) why not."""

    what: str
    path: Path | None
    reason: str = ""


def write_class(course: Course, names: Sequence[str] = (), student: str | None = None) -> Iterator[Given]:
    """Write the pages of what was handed in, one for each member of a group. Raises NoSuchNotebook, NoFeedback."""
    chosen = course.chosen(names)
    others = {notebook: shared.shared_with(course, notebook) for notebook in chosen}
    found = [
        (by, notebook, [one for one in (by, *others[notebook].get(by, ())) if student in (None, one)])
        for by in course.students
        for notebook in chosen
        if course.has_submission(by, notebook)
    ]
    if not any(whom for _, _, whom in found):
        words = f"submitted/ holds nothing of {student}" if student else "nobody has handed anything in yet"
        raise NoFeedback(words)
    late.settle_if_free(course)
    coursedir = open_nbgrader(course.root).coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for by, notebook, whom in found:
            if whom:
                yield from _write_one(course, gradebook, coursedir.course_id, notebook, by, whom)


def _write_one(
    course: Course, gradebook: Any, course_id: str, notebook: str, student: str, whom: Sequence[str]
) -> Iterator[Given]:
    """The page on what `student` handed in, for everybody in `whom`."""
    last = logs.read(course, student, notebook)
    remarks = remarks_on(gradebook, notebook, student)
    path = course.autograded(student, notebook)
    reason = f"a person must look: {last.reason}" if last is not None and last.reason else ""
    if not reason and (remarks is None or not path.is_file()):
        reason = NOT_GRADED
    if reason or remarks is None:
        yield from (Given(f"{one}/{notebook}", None, reason) for one in whom)
        return
    nb = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    stale = logs.is_stale(last, course.submitted(student, notebook))
    made = _page_of(course, gradebook, nb, remarks, student, course_id, notebook)
    text = html(replace(made, notes=(*([AGAIN] if stale else []), *made.notes)))
    for one in whom:
        target = course.root / "feedback" / one / notebook / f"{notebook}.html"
        whole.write(target, text)
        for name in OF_THE_EXCHANGE if one == student else ():
            if (came := course.submitted(student, notebook).with_name(name)).is_file():
                shutil.copy2(came, target.with_name(name))
        yield Given(f"{one}/{notebook}", target, AGAIN if stale else "")


def _page_of(
    course: Course, gradebook: Any, nb: Any, remarks: Feedback, student: str, course_id: str, notebook: str
) -> Page:
    """With what only the course knows: who shares it, and what coming late costs."""
    made = page(nb, _source(course, notebook), remarks, student, course_id, notebook)
    if (record := received.read(course, student, notebook)) is not None and len(record.members) > 1:
        people = roster.of_course(course)
        known = [people.by_student(one) or Person(one) for one in record.members]
        made = replace(made, names=tuple(person.name or person.student for person in known))
    return replace(made, penalty=penalty_of(gradebook, notebook, student))


def _source(course: Course, notebook: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(course.source(notebook).read_text(encoding="utf-8"))
    return found


class FeedbackExporter(Exporter):
    """For ``c.GenerateFeedback.exporter_class``: the same page by nbgrader's own command, and by formgrader."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **more: Any) -> tuple[Any, Any]:
        nb, resources = super().from_notebook_node(nb, resources, **more)
        about = resources["nbgrader"]
        course = open_course(root_of(Path(resources["metadata"]["path"]).absolute()))
        notebook, student = about["notebook"], about["student"]
        course_id = open_nbgrader(course.root).coursedir.course_id
        with Gradebook(about["db_url"], course_id) as gradebook:
            remarks = remarks_on(gradebook, notebook, student)
            if remarks is None:
                raise NoFeedback(f"{student}/{notebook} is {NOT_GRADED}")
            return html(_page_of(course, gradebook, nb, remarks, student, course_id, notebook)), resources


def show(given: Iterable[Given]) -> int:
    """Print a line for each; the exit status: 1 where somebody gets nothing."""
    out = terminal.console()
    made = without = 0
    for one in given:
        where = os.path.relpath(one.path) if one.path is not None else f"{one.what}: nothing to give back"
        line = f"{where}  ({one.reason})" if one.reason else where
        out.print(terminal.printable(line), markup=False, soft_wrap=True)
        made += one.path is not None
        without += one.path is None
    out.print(f"{made} written" + (f", {without} have nothing to get back" if without else ""), markup=False)
    return 1 if without else 0
