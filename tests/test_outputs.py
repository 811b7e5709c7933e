"""What may come back of a cell's outputs."""

import base64
import math
import struct
from typing import Any

import factories
import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raisin.grading import outputs


def stream(words: Any, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": words}


def shown(data: Any, metadata: Any = None, kind: str = "display_data") -> dict[str, Any]:
    return {"output_type": kind, "data": data, "metadata": {} if metadata is None else metadata}


def png(width: int, height: int, more: int = 0) -> str:
    content = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(9 + more)
    return base64.b64encode(content).decode()


def jpeg(width: int, height: int) -> str:
    app = b"\xff\xe0" + struct.pack(">H", 16) + bytes(14)
    frame = b"\xff\xc0" + struct.pack(">HBHH", 8, 8, height, width) + bytes(1)
    return base64.b64encode(b"\xff\xd8" + app + frame).decode()


def test_warnings_of_an_honest_student_become_plain_text() -> None:
    (kept,) = outputs.reduced([stream("UserWarning: x\n", "stderr")])
    assert kept == stream("UserWarning: x\n")


def test_a_number_of_the_students_own_is_no_points() -> None:
    (kept,) = outputs.reduced([shown({"text/plain": "10.0"}, kind="execute_result")])
    assert kept.output_type == "display_data" and kept.data == {"text/plain": "10.0"}


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/javascript", "text/latex", "text/markdown", "application/pdf"]
)
def test_what_a_browser_would_run_is_dropped(kind: str) -> None:
    assert outputs.reduced([shown({kind: "<script>1</script>"})]) == []


def test_a_picture_keeps_its_alternative_text_and_nothing_else() -> None:
    about = {"image/png": {"alt": "a line", "onload": "x", "width": 1e9}, "needs_background": "light"}
    (kept,) = outputs.reduced([shown({"image/png": factories.PNG + "\n", "text/html": "x"}, about)])
    assert kept.data == {"image/png": factories.PNG} and kept.metadata == {"image/png": {"alt": "a line"}}


@pytest.mark.parametrize(
    "good", [factories.PNG, png(4000, 3000), jpeg(640, 480), [factories.PNG[:9], factories.PNG[9:]]]
)
def test_pictures_are_kept(good: Any) -> None:
    assert outputs.picture(good)


@pytest.mark.parametrize(
    "bad",
    [
        "iVBORw0KGgo=",
        'iVBORw0KGgo="><script>1</script>',
        base64.b64encode(b"<svg onload=x>").decode(),
        png(60_000, 60_000),
        png(0, 5),
        png(10, 10, outputs.PICTURE_BYTES),
        jpeg(65_000, 65_000),
        base64.b64encode(b"\xff\xd8\xff").decode(),
        "no base64 at all",
        None,
        7,
        {"a": 1},
    ],
)
def test_no_picture_no_output(bad: Any) -> None:
    assert outputs.picture(bad) == ""


def test_text_keeps_colours_and_loses_other_controls() -> None:
    given_ = "\x1b[31mred\x1b[0m\x1b[2J\x1b]0;title\x07 \u202eevil\x00 \ud800 10%\r50%\r100%\r\nnext"
    assert outputs.text(given_) == "100%\nnext"
    assert outputs.text("\x1b[31mred\x1b[0m\x1b[2J\x07\u202e\ud800\n") == "\x1b[31mred\x1b[0m?\n"


def test_what_is_cut_is_said() -> None:
    (kept,) = outputs.reduced([stream("x" * (outputs.TEXT_BYTES + 5))])
    assert len(kept.text) < outputs.TEXT_BYTES + 100 and kept.text.endswith("... 5 more characters were cut\n")
    many = outputs.reduced([stream(f"{number}\n") for number in range(1000)])
    assert len(many) == outputs.CELL_OUTPUTS + 1 and "950 more outputs were cut" in many[-1].text
    heavy = outputs.reduced([stream("x" * outputs.TEXT_BYTES)] * 5, most=250_000)
    assert len(heavy) == 3 and "cut" in heavy[-1].text


def test_a_notebook_has_a_bound_of_its_own() -> None:
    cells = outputs.reduced_all([[stream("x" * 1000)] for _ in range(10)], most=3500)
    assert outputs.size(cells) < 4500 and "cut" in cells[-1][0].text


def test_an_error_is_kept_as_text() -> None:
    error = {"output_type": "error", "ename": "E" * 5000, "evalue": "<b>\x07", "traceback": ["l\x1b[31m"] * 900}
    (kept,) = outputs.reduced([error])
    assert len(kept.ename) < 1100 and kept.evalue == "<b>" and len(kept.traceback) == outputs._LINES + 1


def test_a_long_line_takes_no_longer_than_its_length() -> None:
    assert outputs.text("\r" * 10_000_000) == "\n... 9,900,000 more characters were cut\n"


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = {"data": [value]}
    return value


ODD = [None, 3, math.nan, "text", b"bytes", [], {}, [[]], nested(5000), {"image/png": nested(5000)}, object()]


@pytest.mark.parametrize("key", ["output_type", "text", "data", "metadata", "ename", "evalue", "traceback", "name"])
@pytest.mark.parametrize("kind", ["stream", "display_data", "execute_result", "error", "update_display_data"])
def test_odd_outputs_never_raise(kind: str, key: str) -> None:
    whole = {"output_type": kind, "text": "x", "data": {"text/plain": "x"}, "metadata": {}, "traceback": ["x"]}
    for odd in ODD:
        check_readable([{**whole, key: odd}, odd, {key: odd}, {**whole, "data": {"text/plain": odd, "image/png": odd}}])
        assert outputs.reduced(odd) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
records = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result"])},
    optional=dict.fromkeys(("text", "data", "metadata", "ename", "evalue", "traceback"), json_values),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(records | json_values, max_size=5))
def test_whatever_comes_the_result_is_a_valid_notebook(odd: list[Any]) -> None:
    check_readable(odd)


def check_readable(odd: list[Any]) -> None:
    cell = nbformat.v4.new_code_cell("1", outputs=outputs.reduced(odd))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode("utf-8")
