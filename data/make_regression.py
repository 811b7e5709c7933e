"""Draws data/regression.csv, the data set of notebooks 01 and 05: `python data/make_regression.py`.

The truth is y = 1.5 x1 - 0.8 x2 + 0.4 + noise, with x1, x2 standard normal and the noise normal with standard
deviation 0.3. The features are rounded to six decimals before y is made of them, and y is rounded too; so the
decimals in the file are the data, exactly, and a float64 written and read again is the same float64.
"""

import csv
from pathlib import Path

import numpy as np

SEED = 20261121
ROWS = 100
WEIGHTS = np.array([1.5, -0.8])
BIAS = 0.4
NOISE = 0.3
DECIMALS = 6
PATH = Path(__file__).with_name("regression.csv")


def draw() -> np.ndarray:
    """The table of shape (100, 3): the columns x1, x2 and y."""
    rng = np.random.default_rng(SEED)
    features = rng.normal(size=(ROWS, 2)).round(DECIMALS)
    target = features @ WEIGHTS + BIAS + rng.normal(scale=NOISE, size=ROWS)
    return np.column_stack([features, target.round(DECIMALS)])


def write(table: np.ndarray, path: Path) -> None:
    """Write a header and one line a row, each number with its six decimals, lines ended by LF."""
    with path.open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["x1", "x2", "y"])
        writer.writerows([f"{value:.{DECIMALS}f}" for value in row] for row in table)


if __name__ == "__main__":
    write(draw(), PATH)
    print(f"{ROWS} rows -> {PATH.name}")
