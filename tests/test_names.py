"""What T is on both sides of a check."""

import sys

import numpy as np
import pytest
import torch

from raisin.lab.names import MissingName, StudentNames, TorchNames


def test_the_students_names_are_looked_up_when_they_are_used() -> None:
    notebook = {"power": 1}
    names = StudentNames(notebook)
    notebook["power"] = 2
    assert names.power == 2
    assert names.optim.power == names.nn.functional.power == 2


def test_a_name_that_the_notebook_lacks_is_an_error_that_says_so() -> None:
    with pytest.raises(MissingName, match="`matmul` is not defined in this notebook yet"):
        _ = StudentNames({}).matmul


def test_on_the_students_side_only_asarray_and_the_dtypes_are_numpys() -> None:
    names = StudentNames({})
    data = np.ones(3)
    made = names.asarray(data)
    assert isinstance(made, np.ndarray) and made is not data
    assert names.float32 is np.float32
    for other in ("zeros", "exp", "einsum", "linalg"):
        with pytest.raises(MissingName):
            getattr(names, other)


def test_the_courses_names_lead_to_torch() -> None:
    names = TorchNames()
    expected = [torch.add, torch.sub, torch.mul, torch.matmul, torch.pow]
    assert [getattr(names, n) for n in ("addition", "subtraction", "multiplication", "matmul", "power")] == expected
    assert names.SGD is names.optim.SGD is torch.optim.SGD
    assert names.nn.functional.relu is torch.nn.functional.relu or names.relu is torch.relu
    assert names.float64 is torch.float64
    assert names.Module is names.nn.Module is torch.nn.Module
    assert (names.Parameter, names.DataLoader) == (torch.nn.Parameter, torch.utils.data.DataLoader)
    with pytest.raises(AttributeError, match="'unbroadcast'"):
        _ = names.unbroadcast


def test_torchs_tensors_have_numpys_dtype_and_are_copies() -> None:
    data = np.ones((2, 3))
    made = TorchNames().tensor(data, requires_grad=True)
    data[0, 0] = 7
    assert made.dtype == torch.float64 and made.requires_grad and made[0, 0] == 1
    assert TorchNames().tensor([1.0, 2.0]).dtype == torch.float64


def test_both_sides_note_the_shapes_that_go_in() -> None:
    student = StudentNames({"tensor": lambda data, requires_grad=False: data})
    student.tensor(np.ones((3, 2)))
    student.asarray(np.ones(4))
    assert student.drawn == [(3, 2), (4,)]


def test_without_torch_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="compares with torch: pip install torch"):
        TorchNames().tensor(np.ones(2))
