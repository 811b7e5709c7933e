"""What goes wrong with notebooks on their way: each trouble is a function that does it to a whole notebook.

A notebook's sources are plain texts here. A trouble changes the notebook, or gives the bytes of the file it became.
None changes an answer's text but by what tools do to it, so the points must stay what they were; `LOOK` names those
after which nobody can tell which answer counts, or whether there is one.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

Json = dict[str, Any]
Trouble = Callable[[Json, Json], bytes | None]  # (the notebook, the same as it was released)

COLAB = {"base_uri": "https://localhost:8080/", "height": 423}


def at(notebook: Json, name: str) -> int:
    return next(k for k, cell in enumerate(notebook["cells"]) if cell.get("id") == name)


def _get(notebook: Json, name: str) -> Json:
    cell: Json = notebook["cells"][at(notebook, name)]
    return cell


def _code(name: str, source: str) -> Json:
    plain = {"cell_type": "code", "execution_count": None, "id": name, "metadata": {}, "outputs": []}
    return {**plain, "source": source}


def _copy(notebook: Json, name: str, where: int, **changed: Any) -> None:
    notebook["cells"].insert(where, {**deepcopy(_get(notebook, name)), "id": f"copy-of-{name}", **changed})


def _turned(cell: Json, kind: str) -> None:
    cell["cell_type"] = kind
    if kind == "code":
        cell.update(outputs=[], execution_count=None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def _written(notebook: Json) -> bytes:
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode()


def _tests(notebook: Json) -> list[Json]:
    return [cell for cell in notebook["cells"] if cell["id"].startswith("test-") and "nbgrader" in cell["metadata"]]


# --- Copies ---------------------------------------------------------------------------------------------------------


def blank_copy_below(notebook: Json, released: Json) -> None:
    _copy(notebook, "power", at(notebook, "power") + 1, source=_get(released, "power")["source"])


def same_copy_at_the_end(notebook: Json, released: Json) -> None:
    _copy(notebook, "power", len(notebook["cells"]))


def test_copied(notebook: Json, released: Json) -> None:
    _copy(notebook, "test-power-value", 5)


def first_attempt_kept(notebook: Json, released: Json) -> None:
    _copy(notebook, "power", at(notebook, "power"), source="def power(base, exponent):\n    return base")


def attempts_far_apart(notebook: Json, released: Json) -> None:
    _copy(notebook, "power", len(notebook["cells"]), source="def power(base, exponent):\n    return base")


# --- Cells deleted, typed anew, turned into something else ----------------------------------------------------------


def test_deleted(notebook: Json, released: Json) -> None:
    del notebook["cells"][at(notebook, "test-power-value")]


def all_tests_deleted(notebook: Json, released: Json) -> None:
    notebook["cells"] = [cell for cell in notebook["cells"] if cell not in _tests(notebook)]


def setup_deleted(notebook: Json, released: Json) -> None:
    del notebook["cells"][at(notebook, "setup")]


def answer_typed_anew(notebook: Json, released: Json) -> None:
    k = at(notebook, "power")
    notebook["cells"][k] = _code("3f9a", notebook["cells"][k]["source"])


def answer_below_the_blank(notebook: Json, released: Json) -> None:
    k = at(notebook, "power")
    notebook["cells"].insert(k + 1, _code("3f9a", notebook["cells"][k]["source"]))
    notebook["cells"][k]["source"] = _get(released, "power")["source"]


def answer_unlike_what_was_asked(notebook: Json, released: Json) -> None:
    k = at(notebook, "power")
    notebook["cells"][k] = _code("3f9a", "power = lambda base, exponent: base * base")


def answer_to_markdown(notebook: Json, released: Json) -> None:
    _turned(_get(notebook, "power"), "markdown")


def answer_to_raw(notebook: Json, released: Json) -> None:
    _turned(_get(notebook, "power"), "raw")


def answer_between_fences(notebook: Json, released: Json) -> None:
    cell = _get(notebook, "power")
    _turned(cell, "markdown")
    cell["source"] = f"```python\n{cell['source']}\n```"


def words_to_code(notebook: Json, released: Json) -> None:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and "nbgrader" in cell["metadata"]:
            _turned(cell, "code")


def tests_to_text(notebook: Json, released: Json) -> None:
    for cell in _tests(notebook):
        _turned(cell, "raw")


# --- Split and merged ----------------------------------------------------------------------------------------------


def answer_split(notebook: Json, released: Json) -> None:
    k = at(notebook, "power")
    lines = notebook["cells"][k]["source"].split("\n")
    middle = next(n for n, line in enumerate(lines) if line.startswith("def ")) + 2
    notebook["cells"][k]["source"] = "\n".join(lines[:middle])
    _copy(notebook, "power", k + 1, source="\n".join(lines[middle:]))


def _merge(notebook: Json, name: str, other: str) -> None:
    _get(notebook, name)["source"] += f"\n\n{_get(notebook, other)['source']}"
    del notebook["cells"][at(notebook, other)]


def answers_merged(notebook: Json, released: Json) -> None:
    _merge(notebook, "subtraction", "multiplication")


def answer_merged_with_test(notebook: Json, released: Json) -> None:
    first = next(cell["id"] for cell in _tests(notebook) if at(notebook, cell["id"]) > at(notebook, "power"))
    _merge(notebook, "power", first)


def words_merged_with_question(notebook: Json, released: Json) -> None:
    k = next(k for k, c in enumerate(notebook["cells"]) if c["cell_type"] == "markdown" and "nbgrader" in c["metadata"])
    _merge(notebook, notebook["cells"][k - 1]["id"], notebook["cells"][k]["id"])


# --- Names lost ------------------------------------------------------------------------------------------------------


def metadata_of_one_lost(notebook: Json, released: Json) -> None:
    _get(notebook, "power")["metadata"] = {}


def all_metadata_lost(notebook: Json, released: Json) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def all_names_lost(notebook: Json, released: Json) -> None:
    all_metadata_lost(notebook, released)
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"{number:08x}"


def ids_doubled(notebook: Json, released: Json) -> None:
    for cell in notebook["cells"]:
        cell["id"] = "cell"


def ids_missing(notebook: Json, released: Json) -> None:
    for cell in notebook["cells"][::2]:
        del cell["id"]


def grade_id_renamed(notebook: Json, released: Json) -> None:
    _get(notebook, "power")["metadata"]["nbgrader"]["grade_id"] = "my-power"


def older_schema(notebook: Json, released: Json) -> None:
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["schema_version"] = 1


def tests_weakened(notebook: Json, released: Json) -> None:
    for cell in _tests(notebook):
        cell["source"] = "pass"


# --- Order, and what students add ----------------------------------------------------------------------------------


def answer_moved_up(notebook: Json, released: Json) -> None:
    notebook["cells"].insert(6, notebook["cells"].pop(at(notebook, "power")))


def tests_moved_up(notebook: Json, released: Json) -> None:
    tests = _tests(notebook)
    notebook["cells"] = [*notebook["cells"][:5], *tests, *(c for c in notebook["cells"][5:] if c not in tests)]


def own_cells_everywhere(notebook: Json, released: Json) -> None:
    cells = []
    for number, cell in enumerate(notebook["cells"]):
        cells += [cell, _code(f"own-{number}", f"note_{number} = {number}\nnote_{number}")]
    notebook["cells"] = cells


# --- Services and formats -------------------------------------------------------------------------------------------


def by_colab(notebook: Json, released: Json) -> None:
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"]["id"] = cell["id"]
        if cell["cell_type"] == "code":
            cell["metadata"] |= {"outputId": f"{number:08x}", "colab": COLAB}
    badge = {"cell_type": "markdown", "metadata": {"id": "view-in-github", "colab_type": "text"}, "source": "badge"}
    notebook["cells"].insert(0, badge)
    notebook["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}


def another_kernel(notebook: Json, released: Json) -> None:
    notebook["metadata"]["kernelspec"] = {"name": "conda-env-ml-py", "display_name": "ml", "language": "python"}


def format_3(notebook: Json, released: Json) -> bytes:
    cells = []
    for cell in notebook["cells"]:
        about = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        if cell["cell_type"] == "code":
            cells.append({**about, "input": cell["source"], "language": "python", "outputs": [], "collapsed": False})
        else:
            cells.append({**about, "source": cell["source"]})
    sheets = [{"cells": cells, "metadata": {}}]
    return _written({"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets})


def format_4_0(notebook: Json, released: Json) -> None:
    notebook["nbformat_minor"] = 0
    for cell in notebook["cells"]:
        del cell["id"]


def byte_order_mark(notebook: Json, released: Json) -> bytes:
    return b"\xef\xbb\xbf" + _written(notebook)


def utf_16(notebook: Json, released: Json) -> bytes:
    return json.dumps(notebook, ensure_ascii=False).encode("utf-16")


def windows_lines(notebook: Json, released: Json) -> None:
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n")


def long_outputs(notebook: Json, released: Json) -> None:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            data = {"text/html": "<script>1</script>" * 5_000, "text/plain": "a table"}
            cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]


def cut_off(notebook: Json, released: Json) -> bytes:
    content = _written(notebook)
    return content[: len(content) // 2]


LOOK: tuple[Trouble, ...] = (attempts_far_apart, answer_unlike_what_was_asked, cut_off)
TROUBLES: tuple[Trouble, ...] = (
    *(blank_copy_below, same_copy_at_the_end, test_copied, first_attempt_kept, attempts_far_apart),
    *(test_deleted, all_tests_deleted, setup_deleted, answer_typed_anew, answer_below_the_blank),
    *(answer_unlike_what_was_asked, answer_to_markdown, answer_to_raw, answer_between_fences, words_to_code),
    *(tests_to_text, answer_split, answers_merged, answer_merged_with_test, words_merged_with_question),
    *(metadata_of_one_lost, all_metadata_lost, all_names_lost, ids_doubled, ids_missing, grade_id_renamed),
    *(older_schema, tests_weakened, answer_moved_up, tests_moved_up, own_cells_everywhere),
    *(by_colab, another_kernel, format_3, format_4_0, byte_order_mark, utf_16, windows_lines, long_outputs, cut_off),
)
