"""HTML as blocks: tables become grids that fit the page, and what HTML could do besides is not done."""

import re
from typing import Any

import pytest

from raisin.printout import markdown, markup, tables
from raisin.printout.flow import Flow
from raisin.printout.pictures import NoPicture


def flow(html: str) -> list[dict[str, Any]]:
    root, css = markup.tree(html)

    def no_picture(url: str, size: object) -> Any:
        raise NoPicture("only linked")

    return Flow(lambda source: ["source", source], no_picture, lambda source, _: [source], css).blocks(root.children)


def table(html: str) -> dict[str, Any]:
    (found,) = flow(html)
    assert found["k"] == "table"
    return found


def words(found: dict[str, Any], part: int = 0) -> list[list[str]]:
    return [
        ["".join(cell["c"]) for cell in row] for row in [*found["parts"][part]["head"], *found["parts"][part]["body"]]
    ]


def test_head_body_and_index() -> None:
    found = table(
        "<table><thead><tr><th></th><th>a</th></tr></thead><tbody><tr><th>0</th><td>1.5</td></tr></tbody></table>"
    )
    assert words(found) == [["", "a"], ["0", "1.5"]]
    ((index, value),) = found["parts"][0]["body"]
    assert index["bold"] and value["side"] == "right"


def test_spanned_cells_are_blank() -> None:
    found = table("<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d</table>")
    assert words(found) == [["a", "b", ""], ["", "c", "d"]]


def test_a_wide_table_is_split_and_its_index_repeated() -> None:
    head = "<tr><th></th>" + "".join(f"<th>column number {k}</th>" for k in range(30)) + "</tr>"
    body = "".join(f"<tr><th>{row}</th>" + f"<td>{row}</td>" * 30 + "</tr>" for row in range(3))
    found = table(f"<table><thead>{head}</thead><tbody>{body}</tbody></table>")
    assert len(found["parts"]) > 2
    assert [row[0] for row in words(found, 1)] == ["", "0", "1", "2"]
    assert sum(part["columns"] - 1 for part in found["parts"]) == 30
    assert max(part["columns"] for part in found["parts"]) - min(part["columns"] for part in found["parts"]) <= 4


def test_only_columns_of_numbers_are_flush_right() -> None:
    found = table("<table><tr><td>1</td><td>1</td></tr><tr><td>2</td><td>two</td></tr></table>")
    assert [[cell.get("side") for cell in row] for row in found["parts"][0]["body"]] == [
        ["right", None],
        ["right", None],
    ]


def test_colours_come_from_the_style_sheet_of_pandas() -> None:
    css = "<style>#T_1_row0_col0, #T_1_row1_col0 {background-color: #ffcccc; color: rgb(10, 20, 30);}</style>"
    found = table(
        f'{css}<table><tr><td id="T_1_row0_col0">1</td><td id="T_1_row0_col1" style="color:red;width:9e9px">2</td></tr></table>'
    )
    ((first, second),) = found["parts"][0]["body"]
    assert (first["fill"], first["colour"], second["colour"]) == ("#ffcccc", "#0a141e", "#c00000")


@pytest.mark.parametrize("columns", [61, 1_000])
def test_what_is_too_large_is_left_out_with_a_note(columns: int) -> None:
    found = table("<table>" + ("<tr>" + "<td>1</td>" * columns) * 300 + "</table>")
    assert sum(part["columns"] for part in found["parts"]) == tables.MOST_COLUMNS
    assert re.search(r"\d+ rows and columns beyond the first 60 are left out", found["note"])


def test_scripts_forms_and_pages_are_left_out() -> None:
    html = "<script>a</script><style>b</style><iframe src=x>c</iframe><object>d</object><p>shown</p><svg><text>e</text></svg>"
    assert flow(html) == [{"k": "paragraph", "c": ["shown"]}]
    assert flow("<p hidden>a</p><div style='display: none'>b</div>") == []


def test_only_links_to_pages_are_links() -> None:
    (found,) = flow(
        '<p><a href="https://e.org">a</a><a href="file:///etc/passwd">b</a><a href="javascript:x">c</a></p>'
    )
    assert found["c"] == [["link", "https://e.org", ["a"]], "b", "c"]


def test_unclosed_and_crossed_tags_are_read() -> None:
    assert flow("<p>one<p>two <b>three<i>four</b>five") == [
        {"k": "paragraph", "c": ["one"]},
        {"k": "paragraph", "c": ["two ", ["style", "bold", ["three", ["style", "italic", ["four"]]]], "five"]},
    ]


@pytest.mark.parametrize(
    ("source", "formulas"),
    [
        ("costs $5 and $6", []),
        (r"\$a\$ and `$b$`", []),
        ("$a_1$ and $b_1$", ["inline:a_1", "inline:b_1"]),
        ("$$x$$", ["display:x"]),
        ("text $$x$$ text", ["display:x"]),
        (
            "\\begin{align}\na &= b \\\\\n*c* &= d\n\\end{align}",
            ["display:\\begin{align}\na &= b \\\\\n*c* &= d\n\\end{align}"],
        ),
        ("- item\n  $$\n  x * y * z\n  $$", ["display:\nx * y * z\n"]),
        ("| $a$ |\n|--|\n| $b$ |", ["inline:a", "inline:b"]),
    ],
)
def test_formulas_are_found_in_markdown(source: str, formulas: list[str]) -> None:
    from html import unescape

    found = re.findall(r"<x-(inline|display)>(.*?)</x-", markdown.to_html(source), re.DOTALL)
    assert [f"{kind}:{unescape(text)}" for kind, text in found] == formulas
