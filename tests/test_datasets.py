"""The data that travel with the package."""

import numpy as np
import pytest

from raisin import lab
from raisin.lab import datasets


def test_the_regression_data_are_a_hundred_rows_of_float64() -> None:
    X, y = lab.load_regression()
    assert (X.shape, y.shape, X.dtype, y.dtype) == ((100, 2), (100, 1), np.float64, np.float64)
    assert np.isfinite(X).all() and np.isfinite(y).all()


def test_the_regression_data_hold_their_stated_truth() -> None:
    X, y = lab.load_regression()
    columns = np.column_stack([X, np.ones(len(X))])
    fitted = np.linalg.lstsq(columns, y[:, 0], rcond=None)[0]
    assert np.abs(fitted - [1.5, -0.8, 0.4]).max() < 0.1


def test_every_call_gives_arrays_of_its_own() -> None:
    X, y = lab.load_regression()
    X[:] = 0
    y[:] = 0
    again = lab.load_regression()
    assert again.X.any() and again.y.any()


def test_a_missing_file_says_what_to_do() -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.csv is missing .* install raisin again"):
        datasets._find("nothing.csv")
