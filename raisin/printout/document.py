"""A notebook as data for the template: one pass over its cells.

    notebook.ipynb --> Document --> notebook.json + picture files --> template.typ --> PDF

What a notebook holds is never trusted: every part is bounded, and a part that cannot be read is a note in its place.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from raisin import students
from raisin.printout import formula, front, markdown, markup, outputs, secrets
from raisin.printout.flow import Block, Flow
from raisin.printout.lines import PLAIN, Line, Style, shortened
from raisin.printout.listing import listing
from raisin.printout.pictures import NoPicture, Picture, Pictures
from raisin.printout.request import About, Remark
from raisin.printout.tex import Macro

MOST_CELLS, MOST_OUTPUTS, MOST_LINES = 1_000, 100, 6_000
MOST_FORMULAS = 1_500
MOST_RUNS = 15_000  # of text in its own colour: each costs the compiler a tenth of a millisecond
LONGEST_TEXT, LONGEST_TEXTS = 30_000, 200_000  # characters of one cell of Markdown, and of all
_MAGIC = re.compile(r"%%(bash|html|javascript|js|latex|markdown|perl|R|ruby|sh|svg)\b")


class Document:
    """Data for one printout. `plain`: text only, where pictures, tables or formulas have made trouble."""

    def __init__(
        self, notebook: Mapping[str, Any], about: About, *, plain: bool = False, pictures: bool = True
    ) -> None:
        self.notebook = notebook
        self.about = about
        self.plain = plain
        self.pictures_wanted = pictures and not plain
        self.pictures = Pictures()
        self.problems: list[str] = []
        self.metadata: Mapping[str, Any] = _dict(notebook.get("metadata"))
        self.cells = [cell for cell in notebook.get("cells", ()) if isinstance(cell, dict)]
        sources = [outputs.text_of(cell.get("source")) for cell in self.cells]
        self.members = students.members(sources)
        self.hidden = secrets.lines(sources)
        self._macros: dict[str, Macro] = {}
        self._styles: dict[Style, int] = {PLAIN: 0}
        self._lines = self._formulas = self._runs = self._characters = 0
        self._title: list[Any] = []

    def data(self) -> dict[str, Any]:
        """What the template reads. Raises nothing that a notebook can cause but RecursionError and MemoryError."""
        language = _dict(self.metadata.get("language_info")).get("name") or "python"
        blocks: list[Block] = []
        for count, cell in enumerate(self.cells):
            if count >= MOST_CELLS or self._lines >= MOST_LINES:
                words = f"{len(self.cells) - count} more cells are left out of the printout: it is too long."
                blocks.append({"k": "note", "c": words})
                self.problem("too long")
                break
            if found := self._cell(cell, str(language)):
                blocks.append({"k": "cell", "c": found})
        return {**self._head(), "blocks": blocks, "styles": [list(style) for style in self._styles]}

    def problem(self, what: str) -> None:
        if what not in self.problems and len(self.problems) < 50:
            self.problems.append(what)

    # --- what a text becomes ----------------------------------------------------------------------------------------

    def markdown(self, source: str, attachments: Mapping[str, Any] | None = None) -> list[Block]:
        self._characters += len(source)
        if self.plain or len(source) > LONGEST_TEXT or self._characters > LONGEST_TEXTS:
            return self.raw(source)
        try:
            return self.html(markdown.to_html(source), attachments)
        except RecursionError:
            self.problem("a text is nested too deep")
            return self.raw(source)

    def html(self, source: str, attachments: Mapping[str, Any] | None = None) -> list[Block]:
        if self.plain:
            return []
        root, css = markup.tree(source)

        def picture(url: str, size: Mapping[str, str]) -> Picture:
            if not self.pictures_wanted:
                raise NoPicture("left out")
            return self.pictures.add_url(url, size, attachments or {})

        flow = Flow(self.formula, picture, self.code, css)
        found = flow.blocks(root.children)
        for problem in flow.problems:
            self.problem(problem)
        return found

    def formula(self, source: str) -> Any:
        self._formulas += 1
        if self._formulas > MOST_FORMULAS:
            self.problem("too many formulas: the rest is printed as it is written")
            return ["source", source[:2000]]
        node, unknown = formula.parse(source, self._macros)
        for what in unknown:
            self.problem(f"formula: {what}")
        return node

    def code(self, source: str, language: str) -> list[Any]:
        return self.pack(shortened(listing(source, language), self.lines_left()))

    def raw(self, source: str) -> list[Block]:
        """Text as it is."""
        return [{"k": "text", "c": self.code(source, "")}] if source.strip() else []

    def lines_left(self) -> int:
        """How many lines of fixed width the printout still holds; never less than a few."""
        return max(30, MOST_LINES - self._lines)

    def pack(self, lines: Iterable[Line]) -> list[Any]:
        """Lines as the template reads them: [continued, text, style, text, style, ...]."""
        packed = []
        for line in lines:
            self._lines += 1
            self._runs += len(line.runs)
            made: list[Any] = [int(line.continued)]
            if self._runs > MOST_RUNS:
                made += ["".join(run.text for run in line.runs), 0]
            else:
                for text, style in line.runs:
                    made += [text, self._styles.setdefault(style, len(self._styles))]
            packed.append(made)
        return packed

    # --- cells ------------------------------------------------------------------------------------------------------

    def _cell(self, cell: Mapping[str, Any], language: str) -> list[Block]:
        meta = _dict(cell.get("metadata"))
        graded = _dict(meta.get("nbgrader"))
        remark = self._remark(graded)
        source = secrets.without(outputs.text_of(cell.get("source")))
        kind = cell.get("cell_type")
        if kind == "code":
            found = self._code_cell(cell, source, language, meta)
        elif kind == "markdown":
            found = self.markdown(source, _dict(cell.get("attachments")))
            found = self._without_title(found)
        else:
            found = self.raw(source)
        if remark is None:
            return found
        if remark.of is not None:
            found.insert(0, front.badge(str(graded.get("grade_id", "")), remark))
        if remark.comment:
            found.append({"k": "comment", "c": self.markdown(remark.comment)})
        return found

    def _remark(self, graded: Mapping[str, Any]) -> Remark | None:
        if self.about.feedback is None:
            return None
        return self.about.feedback.cells.get(str(graded.get("grade_id", "")))

    def _without_title(self, blocks: list[Block]) -> list[Block]:
        """The first heading of the notebook stands in the head of the printout."""
        for at, block in enumerate(blocks):
            if block["k"] == "heading" and block["level"] == 1 and not self._title:
                self._title = block["c"]
                return blocks[:at] + blocks[at + 1 :]
        return blocks

    def _code_cell(self, cell: Mapping[str, Any], source: str, language: str, meta: Mapping[str, Any]) -> list[Block]:
        given = cell.get("outputs")
        found = outputs.merged(given if isinstance(given, list) else [])
        if not source.strip() and not found:
            return []
        magic = _MAGIC.match(source)
        count = cell.get("execution_count")
        prompt = str(count) if isinstance(count, int) and 0 < count < 100_000 else ""
        blocks: list[Block] = [
            {"k": "code", "prompt": prompt, "c": self.code(source.strip("\n"), magic[1] if magic else language)}
        ]
        graded = _dict(meta.get("nbgrader"))
        if graded.get("grade") and not graded.get("solution") and self.about.feedback is not None:
            return blocks + self._tested(found, meta)
        for output in found[:MOST_OUTPUTS]:
            blocks += self._output(output)
        if len(found) > MOST_OUTPUTS:
            words = f"{len(found) - MOST_OUTPUTS} more outputs are left out of the printout."
            blocks.append({"k": "note", "c": words})
        return blocks

    def _output(self, output: Mapping[str, Any]) -> list[Block]:
        try:
            return outputs.blocks_of(self, output)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, OverflowError) as error:
            self.problem(f"an output: {type(error).__name__}")
            return [{"k": "note", "c": "An output stood here that could not be read."}]

    def _tested(self, found: Iterable[Mapping[str, Any]], meta: Mapping[str, Any]) -> list[Block]:
        """What a test cell found, without what was due: of hidden tests, nothing but names may be printed."""
        checks = _dict(meta.get("raisin")).get("checks")
        if not isinstance(checks, list):
            return [
                {"k": "note", "c": f"{output.get('ename')}: a test failed."}
                for output in found
                if output.get("output_type") == "error"
            ]
        lines: list[list[Any]] = []
        before: list[str] = []
        for check in filter(None, map(_dict, checks)):
            sign = "↻" if check.get("carried") else "✓" if check.get("counts") else "✗"
            given = check.get("lines") if sign == "✗" else ()
            said = _harmless(given if isinstance(given, list) else ())
            lines.append([sign, str(check.get("what", ""))[:300], ["the same"] if said and said == before else said])
            before = said
        return [{"k": "checks", "c": lines}]

    def _head(self) -> dict[str, Any]:
        names = list(self.about.names) or [member.name or member.student for member in self.members]
        return front.head(self.about, names, self._title, self.cells)


def _harmless(lines: Iterable[object]) -> list[str]:
    """Of a failed check's lines those that do not hold what was due."""
    kept = []
    for part in (part for line in lines for part in str(line).splitlines()):
        if not re.match(r"\s*(?:due\b|shapes:|got\b.*\bdue\b|\d+ of \d+ entries)", part) and "due " not in part:
            kept.append(part[:300])
    return kept[:12]


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
