"""Sheets of all formulas in formulas.txt, to be looked at: `python tests/formula_sheets.py FOLDER`.

Each formula stands beside its source. Who has looked at every one of them and found them right says so with
`python tests/formula_sheets.py --seen`: that keeps digests of what was looked at in formulas.json, and
test_formula.py fails from then on where something else would be set.
"""

import hashlib
import json
import sys
from pathlib import Path

import typst

from raisin.printout import formula, typesetting

HERE = Path(__file__).parent
LIST, SEEN = HERE / "formulas.txt", HERE / "formulas.json"
A_SHEET = 44
_PAGE = """
#set page(width: 27cm, height: auto, margin: 4mm)
#set text(size: 9pt)
#let half = calc.ceil(data.rows.len() / 2)
#let part(from, rows) = table(columns: (auto, 1fr, 1.4fr), stroke: .3pt + luma(80%), inset: 3pt, align: horizon,
  ..rows.enumerate().map(((i, row)) => (
    str(data.first + from + i), text(font: mono, size: 5.5pt, row.at(0)), displayed(row.at(1)))).flatten())
#grid(columns: (1fr, 1fr), gutter: 3mm, part(0, data.rows.slice(0, half)), part(half, data.rows.slice(half)))
"""


def formulas() -> list[str]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _section() -> str:
    """What the template says about formulas."""
    template = typesetting.TEMPLATE.decode()
    return template[template.index("// --- Formulas") : template.index("// --- What runs")]


def digests() -> dict[str, str]:
    """What is set for every formula, and how: the trees, the template's part, the compiler."""
    found = {"(template)": _digest(_section()), "(typst)": typst.__version__}
    return found | {source: _digest(json.dumps(formula.parse(source, {}))) for source in formulas()}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def draw(folder: Path) -> None:
    """One PNG for every forty-four formulas."""
    template = typesetting.TEMPLATE.decode()
    settings = template[: template.index("#set page(")] + "#let faint = gray\n"
    fonts = next(line for line in template.splitlines() if line.startswith("#show math.equation: set text"))
    for first in range(0, len(formulas()), A_SHEET):
        rows = [[source, formula.parse(source, {})[0]] for source in formulas()[first : first + A_SHEET]]
        made = folder / f"sheet{first // A_SHEET}"
        made.mkdir(parents=True, exist_ok=True)
        data = {"title": "", "authors": [], "first": first + 1, "rows": rows}
        (made / "notebook.json").write_text(json.dumps(data), encoding="utf-8")
        (made / "main.typ").write_text(settings + fonts + "\n" + _section() + _PAGE, encoding="utf-8")
        target = folder / f"formulas{first // A_SHEET}.png"
        typst.compile(
            str(made / "main.typ"), output=str(target), root=str(made), font_paths=typesetting.fonts(), ppi=120
        )
        print(target)


if __name__ == "__main__":
    if sys.argv[1:] == ["--seen"]:
        SEEN.write_text(json.dumps(digests(), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    else:
        draw(Path(sys.argv[1]))
