"""`lab.start` in real kernels: the student's own parts come along, and nothing else is touched."""

import zipfile
from pathlib import Path

import pytest
from kernels import kernel, write_notebook

from raisin.lab import framework

pytestmark = pytest.mark.slow

START = "import numpy as np\nfrom raisin import lab\nlab.start({!r}{})"
TWO, THREE, FOUR = "02-tensor-arithmetic", "03-graph-nodes", "04-backward"

TENSOR = """# framework: tensor-class
class Tensor:
    def __init__(self, data, requires_grad=False, grad_fn=None):
        self.data = as_array(data)
        self.requires_grad, self.grad_fn, self.grad = requires_grad, grad_fn, None
    def __mul__(self, other):
        return multiplication(self, other)
def tensor(data, requires_grad=False):
    return Tensor(data, requires_grad)
"""
HELPER = "def as_array(data):\n    return np.array(data, dtype=DTYPE)"
MULTIPLY = (
    "%%time\n# framework: multiplication\ndef multiplication(left, right):\n    return Tensor(left.data * right.data)\n"
)
NODE = """# framework: node-class
class Node:
    def __init__(self, *inputs):
        self.inputs = inputs
"""
RECORDING = """# framework: multiplication
class MultiplicationNode(Node):
    pass
def multiplication(left, right):
    return Tensor(left.data * right.data, True, MultiplicationNode(left, right))
"""
BACKWARD = """# framework: backward
@lab.add_to(Tensor)
def backward(self, grad_output=None):
    return "mine"
"""
STUB = "# framework: matmul\ndef matmul(left, right):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"


def start(notebook: str, more: str = "") -> str:
    return START.format(notebook, more)


def kept(course: Path, notebook: str) -> dict[str, str]:
    parts = framework.load(course / ".raisin" / "framework" / f"{notebook}.py")
    return {part.name: part.source for part in parts}


def test_three_notebooks_in_three_kernels_need_no_copying(tmp_path: Path) -> None:
    with kernel(tmp_path / TWO) as two:
        text = two.works(start(TWO))
        assert "kept in" in text and "Not there yet" not in text
        assert "no cell that ran so far defines as_array" in two.works(TENSOR)
        two.works("DTYPE = float", HELPER)
        assert "kept: multiplication" in two.works(MULTIPLY)
        assert "kept" not in two.works(MULTIPLY, STUB, "old = tensor([1.0])")
    helpers = {"helper-np", "helper-DTYPE", "helper-as_array"}
    assert set(kept(tmp_path, TWO)) == {"tensor-class", "multiplication"} | helpers
    with kernel(tmp_path / THREE) as three:
        text = three.works(start(THREE))
        assert "02-tensor-arithmetic (kept when you ran it):\n    tensor-class, multiplication" in text
        assert "Not there yet: addition, subtraction, matmul, power (notebook 02-tensor-arithmetic)" in text
        assert "stand_in=True" in text
        three.works("x = tensor([2.0, 3.0]); assert (x * x).data.tolist() == [4, 9]", NODE, RECORDING)
        # The operator looks its operation up when it is used: old instances record too.
        three.works("assert (x * x).grad_fn.inputs[0] is x")
    with kernel(tmp_path / FOUR) as four:
        text = four.works(start(FOUR))
        assert "03-graph-nodes (kept when you ran it):\n    node-class, multiplication" in text
        four.works("x = tensor([2.0])\nassert isinstance((x * x).grad_fn, Node)")
        four.works(BACKWARD, "assert x.backward() == 'mine'")
        # Again from the top, and the class cell of another notebook's making again: everything stays.
        four.works(start(FOUR), "assert x.backward() == 'mine' and isinstance(x, Tensor)")
        assert "second time" in four.works("class Tensor:\n    pass")
    assert set(kept(tmp_path, FOUR)) == {"backward"}
    assert not list(tmp_path.rglob("*.ipynb"))


def test_the_last_good_version_stays(tmp_path: Path) -> None:
    good = "# framework: power\ndef power(x, e):\n    return x ** e\n"
    with kernel(tmp_path / TWO) as two:
        two.works(start(TWO), good)
        for bad in (
            good + "1 / 0\n",
            "%%time\n" + good.replace("**", "+") + "1 / 0\n",
            good + "def (",
            good.replace("return x ** e", "# YOUR CODE HERE\n    raise NotImplementedError()"),
        ):
            assert "kept:" not in two.run(bad).out
        assert kept(tmp_path, TWO) == {"power": good}
        assert "kept: power" in two.works(good.replace("**", "*"))
    assert "x * e" in kept(tmp_path, TWO)["power"]
    previous = tmp_path / ".raisin" / "framework" / f"{TWO}.py.previous"
    assert "x ** e" in previous.read_text()


def test_a_helper_that_changes_is_kept_anew(tmp_path: Path) -> None:
    with kernel(tmp_path / TWO) as two:
        two.works(start(TWO), "FACTOR = 2", "# framework: f\ndef f(): return FACTOR\n", "FACTOR = 3")
        assert kept(tmp_path, TWO)["helper-FACTOR"] == "FACTOR = 3\n"
        assert "used_later" in two.works("# framework: g\ndef g(): return used_later\n")
        two.works(start(TWO), "used_later = 4")
    assert kept(tmp_path, TWO)["helper-used_later"] == "used_later = 4\n"


def test_notebooks_beside_are_read_where_nothing_was_kept(tmp_path: Path) -> None:
    cells = [start(TWO), "DTYPE = float", HELPER, TENSOR, MULTIPLY, STUB, "# framework: power\ndef power(:\n"]
    write_notebook(tmp_path / TWO / f"{TWO}.ipynb", cells)
    (tmp_path / THREE).mkdir()
    (tmp_path / THREE / f"{THREE}.ipynb").write_text("{")
    with kernel(tmp_path / FOUR) as four:
        text = four.works(start(FOUR), "assert (tensor([2.0]) * tensor([2.0])).data == 4")
    assert f"{TWO} (read from {TWO}.ipynb):\n    tensor-class, multiplication" in text
    assert "still blank there: matmul" in text and "no valid Python there: power" in text
    assert f"{THREE} (unreadable):\n    nothing yet" in text and "cannot be read as a notebook" in text


def test_names_that_nobody_defines_are_named_at_once(tmp_path: Path) -> None:
    write_notebook(tmp_path / TWO / f"{TWO}.ipynb", [TENSOR, "# framework: power\nSQUARE = half(4)\n"])
    with kernel(tmp_path / FOUR) as four:
        text = four.works(start(FOUR))
    assert "used there, but no cell defines it: as_array, half" in text
    assert "did not run: power (NameError: name 'half' is not defined)" in text


def test_a_teammates_notebook_or_zip_goes_before_ones_own(tmp_path: Path) -> None:
    course, mate = tmp_path / "course", tmp_path / "mate"
    cell = "# framework: power\ndef power(x, e): return {!r}\n"
    write_notebook(course / TWO / f"{TWO}.ipynb", [cell.format("own")])
    path = write_notebook(mate / f"Copy of {TWO}.ipynb", [cell.format("mate's")])
    write_notebook(mate / f"{FOUR}.ipynb", ["# framework: spoiler\nspoiler = 1\n"])
    archive = tmp_path / "mate.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in mate.iterdir():
            packed.write(file, file.name)
    empty = write_notebook(tmp_path / "empty" / f"{TWO}.ipynb", ["x = 1"])
    with kernel(course / FOUR) as four:
        for given in (path, archive, mate):
            text = four.works(start(FOUR, f", framework={str(given)!r}"), 'assert power(1, 2) == "mate\'s"')
            assert f"from {given}" in text
        assert "spoiler" not in text
        four.works("assert 'spoiler' not in globals()", start(FOUR), "assert power(1, 2) == 'own'")
        missing = four.run(start(FOUR, ", framework='nowhere.zip'"))
        assert missing.error.startswith("FileNotFoundError") and "nowhere.zip" in missing.error
        assert "holds no framework cell" in four.run(start(FOUR, f", framework={str(empty)!r}")).error


def test_one_whose_parts_are_broken_goes_on_with_the_stand_in(tmp_path: Path) -> None:
    write_notebook(tmp_path / TWO / f"{TWO}.ipynb", ["# framework: tensor-class\nclass Tensor:\n    1 / 0\n"])
    with kernel(tmp_path / FOUR) as four:
        assert "did not run: tensor-class (ZeroDivisionError" in four.works(start(FOUR))
        text = four.works(start(FOUR, ", stand_in=True"), BACKWARD)
        assert "replaced by a stand-in" in text and "Not there yet" not in text
        assert "no cell that ran" not in text
        four.works("x = tensor([1.0, 2.0], requires_grad=True)\nassert (x * x).backward() == 'mine'")
    assert set(kept(tmp_path, FOUR)) == {"backward"}


def test_class_identity_survives_a_cell_that_runs_again(tmp_path: Path) -> None:
    with kernel(tmp_path / TWO) as two:
        two.works(start(TWO), "DTYPE = float", HELPER, TENSOR, "x = Tensor(1)", BACKWARD)
        two.works(TENSOR, "assert isinstance(x, Tensor) and x.backward() == 'mine' and type(Tensor(2)) is type(x)")
        hole = "# YOUR CODE HERE\n        raise NotImplementedError()"
        stub = f"# framework: thing\nclass Thing:\n    def f(self):\n        {hole}\n"
        two.works(stub, "y = Thing()", stub.replace(hole, "return 1"))
        two.works("assert isinstance(y, Thing) and y.f() == 1")


def test_torch_in_the_framework_is_pointed_out(tmp_path: Path) -> None:
    with kernel(tmp_path / TWO) as two:
        text = two.works(start(TWO), "import torch as t", "# framework: power\ndef power(x, e): return t.pow(x, e)\n")
        assert "helper-t uses torch" in text
        assert "matmul uses torch" in two.works("# framework: matmul\nfrom torch import matmul\n")


def test_a_part_of_two_cells_of_one_notebook_is_told_about_add_to(tmp_path: Path) -> None:
    with kernel(tmp_path / TWO) as two:
        two.works(start(TWO), "DTYPE = float", HELPER, TENSOR)
        assert "add_to" not in two.works(TENSOR)
        text = two.works("# framework: operators\nclass Tensor:\n    def __add__(self, other): return 1\n")
        assert "defines class Tensor a second time" in text and "@lab.add_to(Tensor)" in text


GRADED = {
    "by nbgrader": ("work/ada/{}", {"NBGRADER_EXECUTION": "autograde"}),
    "in source": ("source/{}", {}),
    "in submitted": ("submitted/ada/{}", {}),
    "in autograded": ("autograded/ada/{}", {}),
}


@pytest.mark.parametrize("how", GRADED)
def test_graded_nothing_is_kept_and_nothing_kept_is_read(tmp_path: Path, how: str) -> None:
    folder, env = GRADED[how]
    cell = "# framework: power\ndef power(x, e): return {!r}\n"
    framework.save(tmp_path / f".raisin/framework/{TWO}.py", [framework.Part("power", cell.format("kept"))])
    for tree in {"source/{}", folder}:
        tree = tree.replace("autograded", "submitted")
        write_notebook(tmp_path / tree.format(TWO) / f"{TWO}.ipynb", [cell.format(tree.split("/")[0])])
    before = [path for path in tmp_path.rglob("*") if path.is_file()]
    with kernel(tmp_path / folder.format(FOUR), env) as four:
        text = four.works(start(FOUR, ", stand_in=True"), "print(power(1, 2))", "# framework: backward\ny = 2\n")
    due = folder.split("/")[0].replace("autograded", "submitted")
    assert f"\n{due}\n" in text and "kept" not in text and str(tmp_path) not in text
    assert "none was handed in" not in text and ("as handed in" in text) == (due == "submitted")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == before


def test_a_notebook_not_handed_in_counts_as_the_courses_own_with_a_remark(tmp_path: Path) -> None:
    write_notebook(tmp_path / "source" / TWO / f"{TWO}.ipynb", ["# framework: power\npower = 'reference'\n"])
    with kernel(tmp_path / "autograded" / "ada" / FOUR, {"NBGRADER_EXECUTION": "autograde"}) as four:
        text = four.works(start(FOUR), "print(power)")
    assert "the course's own: none was handed in" in text and "reference" in text


def test_the_grader_hands_the_parts_over_in_a_folder(tmp_path: Path) -> None:
    handed = tmp_path / "handed"
    framework.save(handed / f"{TWO}.py", [framework.Part("power", "# framework: power\npower = 'handed'\n")])
    framework.save(handed / f"{FOUR}.py", [framework.Part("own", "# framework: own\nown = 1\n")])
    work = tmp_path / "work" / FOUR
    framework.save(tmp_path / f"work/.raisin/framework/{TWO}.py", [framework.Part("power", "power = 'kept'\n")])
    write_notebook(tmp_path / "work" / TWO / f"{TWO}.ipynb", ["# framework: power\npower = 'beside'\n"])
    with kernel(work, {"RAISIN_FRAMEWORK": str(handed)}) as four:
        text = four.works(start(FOUR), "print(power)\nassert 'own' not in globals()", "# framework: a\na = 1\n")
    assert "from the submitted notebook" in text and "\nhanded\n" in text and "kept" not in text
    assert not (tmp_path / f"work/.raisin/framework/{FOUR}.py").exists()
