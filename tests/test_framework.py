"""Framework cells as text: found, completed with what they lean on, kept, read again."""

import json
import os
from pathlib import Path

import pytest
from kernels import write_notebook

from raisin.lab import framework
from raisin.lab.framework import Part, collect, definitions, is_blank, load, names_of, part_name, read_sources, save

STUB = "# framework: power\ndef power(left, right):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("# framework: matmul\ndef f(): ...", "matmul"),
        ("#framework:tensor-class", "tensor-class"),
        ("%%time\n# framework: matmul\n", "matmul"),
        ("%%capture out\n\n#@title Matrices { run: 'auto' }\n# framework: matmul\n", "matmul"),
        ("# @title Matrices\n# @markdown words\n# framework: matmul\n", "matmul"),
        ("%matplotlib inline\n# framework: matmul", "matmul"),
        ("x = 1\n# framework: matmul\n", None),
        ("# my own framework: matmul\n", None),
        ("# framework:\n", None),
        ("", None),
    ],
)
def test_a_marker_is_found_below_magics_and_form_comments(source: str, name: str | None) -> None:
    assert part_name(source) == name


def test_a_stub_is_blank_and_a_raise_of_ones_own_is_not() -> None:
    assert is_blank(STUB)
    assert not is_blank(
        "# framework: optimizer\nclass Optimizer:\n    def step(self):\n        raise NotImplementedError()\n"
    )
    assert not is_blank("# framework: power\n# YOUR CODE HERE\ndef power(left, right):\n    return left\n")


def test_magics_go_and_python_stays() -> None:
    source = (
        "%%time\n# framework: f\n%matplotlib inline\nx = 7 \\\n    % 4\n!ls\ndef f():\n    %timeit 1\n    return 1\n"
    )
    text = framework.without_magics(source)
    names: dict[str, object] = {}
    exec(text, names)
    assert text.startswith("# framework: f\n")
    assert callable(names["f"])


def test_a_percent_sign_that_continues_a_line_is_no_magic() -> None:
    names: dict[str, object] = {}
    exec(framework.without_magics("# framework: f\nx = (7\n    % 4)\n"), names)
    assert names["x"] == 3


def test_blank_parts_are_named_and_left_out() -> None:
    found = collect([STUB, "# framework: matmul\ndef matmul(a, b): return a @ b\n"])
    assert [part.name for part in found.parts] == ["matmul"]
    assert found.blank == ("power",)


def test_a_part_written_twice_counts_as_it_was_written_last() -> None:
    found = collect(["# framework: f\nx = 1\n", "# framework: g\ny = 1\n", "# framework: f\nx = 2\n"])
    assert {part.name: part.source for part in found.parts}["f"] == "# framework: f\nx = 2\n"
    assert len(found.parts) == 2


def run(found: framework.Collected) -> dict[str, object]:
    names: dict[str, object] = {}
    for part in found.parts:
        exec(part.source, names)
    return names


@pytest.mark.parametrize(
    "cell",
    [
        "import math",
        "from math import sqrt as root, pi",
        "ROOT = 2",
        "ROOT: int = 2",
        "try:\n    from math import sqrt\nexcept ImportError:\n    sqrt = None",
        "if True:\n    LIMIT = 3\nelse:\n    LIMIT = 4",
        "def helper(x):\n    return x",
        "class Helper:\n    pass",
        "first, (second, *rest) = 1, (2, 3)",
    ],
)
def test_what_a_part_uses_comes_along_from_an_unmarked_cell(cell: str) -> None:
    for name in names_of(cell)[1]:
        found = collect(["print('not kept')", cell, f"# framework: f\ndef f():\n    return {name}\n"])
        assert found.missing == ()
        run(found)["f"]()  # type: ignore[operator]
        assert "not kept" not in "".join(part.source for part in found.parts)


def test_helpers_of_helpers_come_along_innermost_first() -> None:
    cells = [
        "import functools\nimport numpy as np\nimport json",
        "SCALE = 2.0\nUNUSED = 3",
        "def logged(function):\n    @functools.wraps(function)\n    def inner(x): return function(x)\n    return inner",
        "@logged\ndef scaled(x):\n    return np.asarray(x) * SCALE",
        "# framework: double\n@logged\ndef double(x):\n    return scaled(x)\n",
    ]
    found = collect(cells)
    assert found.missing == ()
    kept = [part.name for part in found.parts]
    assert sorted(kept) == sorted(
        ["helper-SCALE", "helper-functools", "helper-np", "helper-logged", "helper-scaled", "double"]
    )
    assert kept[-1] == "double"
    assert run(found)["double"](3) == 6  # type: ignore[operator]


def test_a_helper_that_was_written_twice_counts_as_it_was_written_last() -> None:
    assert run(collect(["A = 1", "A = 2", "# framework: f\nB = A\n"]))["B"] == 2


def test_names_that_no_cell_defines_are_listed() -> None:
    found = collect(
        ["# framework: f\ndef f(x):\n    return helper(x) + len(lost)\n", "def helper(x): return deeper(x)"]
    )
    assert sorted(found.missing) == ["deeper", "lost"]


def test_names_of_other_parts_and_of_earlier_notebooks_are_not_missing() -> None:
    cells = ["# framework: f\ndef f(): return g() + tensor(1)\n", "# framework: g\ndef g(): return 1\n"]
    assert collect(cells, known={"tensor"}).missing == ()


def test_a_helper_defined_anew_comes_along_although_it_is_known() -> None:
    cells = ["def as_array(x): return 2", "# framework: f\nx = as_array(1)\n"]
    assert run(collect(cells, known={"as_array"}))["x"] == 2


def test_an_experiment_with_a_known_class_does_not_replace_it() -> None:
    cells = ["class Tensor:\n    pass", "# framework: f\ndef f(): return Tensor()\n"]
    assert [part.name for part in collect(cells, known={"Tensor"}).parts] == ["f"]


def test_add_to_needs_no_import_cell() -> None:
    assert collect(["# framework: f\n@lab.add_to(int)\ndef f(self): return self\n"]).missing == ()


def test_local_names_arguments_and_attributes_are_not_used_names() -> None:
    used, defined = names_of(
        "class A:\n    size = 1\n    def f(self, x):\n        return [z for z in x], self.size, super().f(w)\n"
    )
    assert used == {"super", "w"}
    assert defined == {"A"}


def test_definitions_are_whole_statements_whatever_the_strings_hold() -> None:
    source = 'TEXT = "a\\x0cb"\nODD = "\x0c\u2028"\n@property\ndef f(x):\n    """doc\n    more"""\n    return x\n'
    assert definitions(source)["f"] == '@property\ndef f(x):\n    """doc\n    more"""\n    return x\n'


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("import torch", True),
        ("import torch as t", True),
        ("import torch.nn.functional as F", True),
        ("from torch import nn", True),
        ("def f(): return torch.ones(2)", True),
        ("lab.same_as_torch('torch')", False),
        ("import torchlight", False),
    ],
)
def test_use_of_torch_is_seen(source: str, uses: bool) -> None:
    assert framework.uses_torch(source) is uses


PARTS = (
    Part("tensor-class", "# framework: tensor-class\nclass Tensor:\n\n    # é ✓\n    pass\n"),
    Part("matmul", "# framework: matmul\ndef matmul(a, b):\n    return a @ b\n"),
)


def test_what_is_kept_is_read_again_to_the_byte(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "02-tensor-arithmetic.py"
    save(file, PARTS)
    first = file.read_bytes()
    assert load(file) == PARTS
    save(file, load(file))
    assert file.read_bytes() == first
    compile(first, "kept", "exec")


def test_the_previous_version_stays_beside_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "02.py"
    save(file, PARTS[:1])
    first = file.read_bytes()
    save(file, PARTS)
    save(file, PARTS)  # nothing changed: the previous one is not lost
    assert (tmp_path / "02.py.previous").read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["02.py", "02.py.previous"]


def test_a_save_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "02.py"
    save(file, PARTS[:1])
    first = file.read_bytes()

    def full(*paths: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        save(file, PARTS)
    assert file.read_bytes() == first
    assert not [path for path in tmp_path.iterdir() if path.suffix not in (".py", ".previous")]


def test_a_kept_file_is_as_readable_for_others_as_any(tmp_path: Path) -> None:
    save(tmp_path / "02.py", PARTS)
    (tmp_path / "other").write_text("")
    assert (tmp_path / "02.py").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_file_without_parts_is_one_part(tmp_path: Path) -> None:
    (tmp_path / "my file.py").write_text("x = 1\n")
    assert load(tmp_path / "my file.py") == (Part("my-file", "x = 1\n"),)


def test_code_cells_are_read_from_a_notebook(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", ["x = 1\ny = 2", "z = 3"])
    assert read_sources(path) == ["x = 1\ny = 2", "z = 3"]
    content = json.loads(path.read_text())
    content["cells"][0]["source"] = ["x = 1\n", "y = 2"]
    content["cells"].insert(0, {"cell_type": "markdown", "metadata": {"id": "view-in-github"}, "source": "badge"})
    path.write_text(json.dumps(content))
    assert read_sources(path) == ["x = 1\ny = 2", "z = 3"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1, 2]", b"{}", b'{"cells": [{"cell_type": "code"}]}', b"\xff\xfe", b'{"cells": null}']
)
def test_a_broken_notebook_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.ipynb cannot be read as a notebook"):
        read_sources(path)


def test_a_notebook_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone\.ipynb"):
        read_sources(tmp_path / "gone.ipynb")


def test_an_import_that_a_later_part_repeats_still_comes_before_the_part_that_needs_it() -> None:
    """Here `Pair` is made with `dataclass` before the second part imports it again."""
    found = framework.collect(
        [
            "from dataclasses import dataclass",
            "@dataclass\nclass Pair:\n    x: int",
            "# framework: first\ndef first():\n    return Pair(1)",
            "# framework: second\nfrom dataclasses import dataclass\n\n@dataclass\nclass Other:\n    y: int",
        ]
    )
    assert found.missing == ()
    names: dict[str, object] = {}
    for part in found.parts:
        exec(part.source, names)
    assert [part.name for part in found.parts] == ["helper-dataclass", "helper-Pair", "first", "second"]


def test_a_name_that_a_later_part_defines_is_no_helper() -> None:
    """A draft of it in an unmarked cell stays behind: functions look their names up when they are called."""
    found = framework.collect(
        ["def f(): return 0", "# framework: a\ndef g(): return f()", "# framework: b\ndef f(): return 1"]
    )
    assert [part.name for part in found.parts] == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "due"),
    [
        ("@lab.add_to(Tensor)\ndef f(self): ...", True),
        ("add_to(Tensor)(f)", True),
        ("x.add(1)", False),
        ("def (", False),
    ],
)
def test_a_cell_that_adds_to_a_class_is_known(source: str, due: bool) -> None:
    assert framework.adds_to_a_class(source) is due
