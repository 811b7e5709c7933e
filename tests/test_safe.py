"""What students wrote as HTML: shown, and never more than that."""

from html.parser import HTMLParser

import pytest

from raisin.grading import safe

VOID = {"br", "hr", "img", "input", "meta", "link"}


class Seen(HTMLParser):
    """Every tag with its attributes, whether all are closed, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.balanced = True
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.balanced = False

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "text <img src=x onerror=alert(1)> text",
        "[here](javascript:alert(1)) [there](data:text/html;base64,PHNjcmlwdD4=) [x](vbscript:a)",
        "![seen by whom?](https://example.org/pixel.png) ![](file:///etc/passwd)",
        "</div></section></main><h1>20 of 20 points</h1>",
        '<svg onload="alert(1)"><style>*{display:none}</style>',
        '<a href="https://example.org" onclick="alert(1)">x</a>',
        "$\\text{<script>alert(1)</script>}$ $\\href{javascript:alert(1)}{x}$ $\\style{color:red}{x}$",
        '$\\text{</math><img src=x onerror="alert(1)">}$',
        '$$\\class{a" onclick="alert(1)}{x}$$',
        "```html\n<script>alert(1)</script>\n```",
        "<!-- \n\n# Not closed",
        '<https://example.org/?a="onmouseover=alert(1)>',
    ],
)
def test_nothing_that_acts_or_loads_comes_through(source: str) -> None:
    seen = Seen(safe.markdown(source))
    assert seen.balanced and not seen.open
    for tag, attributes in seen.tags:
        assert tag not in {"script", "style", "img", "svg", "iframe", "object", "link", "meta", "h1", "form", "input"}
        assert not any(name.startswith("on") or name in ("style", "src", "srcset", "class") for name in attributes)
        assert str(attributes.get("href", "https://")).startswith(("https://", "http://", "mailto:"))


def test_what_is_meant_is_shown() -> None:
    made = safe.markdown(
        "**Because** $a < b$ and\n\n- one\n- `two`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[book](https://example.org)"
    )
    seen = Seen(made)
    assert {"strong", "math", "li", "code", "table", "a"} <= {tag for tag, _ in seen.tags}
    assert "a<b" in seen.text.replace(" ", "") and "one" in seen.text


@pytest.mark.parametrize(
    "source", [r"\frac{a}{b}", r"W^\top x + b", r"\sum_{i=1}^n x_i^2", r"\sigma(z) = \frac{1}{1 + e^{-z}}"]
)
def test_formulas_are_set(source: str) -> None:
    assert safe.formula(source, "inline").startswith("<math")


@pytest.mark.parametrize("source", [r"\thisisnone{x}", r"\frac{a", "x" * 5_000, r"\text{<b>}"])
def test_a_formula_that_cannot_be_set_stays_as_it_was_typed(source: str) -> None:
    made = safe.formula(source, "inline")
    assert made.startswith("<code>") and Seen(made).text == source


def test_what_is_nested_without_end_is_shown_as_it_was_typed() -> None:
    seen = Seen(safe.markdown("> " * 3_000 + "deep"))
    assert seen.balanced and "deep" in seen.text


def test_code_keeps_every_sign() -> None:
    source = "def f(x):\n    return x < 1 and '</code><script>'  # &amp;\n"
    seen = Seen(safe.code(source))
    assert seen.text.strip() == source.strip() and not any(tag == "script" for tag, _ in seen.tags)


def test_text_loses_a_terminals_colours_only() -> None:
    assert safe.plain("\x1b[31mred\x1b[0m <b>") == "red &lt;b&gt;"
