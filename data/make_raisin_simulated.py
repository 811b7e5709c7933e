"""Draws data/raisin_simulated.csv, which stands in for UCI's Raisin set: `python data/make_raisin_simulated.py`.

For each class a six-dimensional normal, fitted to summary statistics (mean, standard deviation, correlation) of UCI's
450 rows of that class, in the coordinates

    ln major axis, ln minor axis, ln(1.001 - area / ellipse), ln(convex area / area - 1), logit extent,
    ln(perimeter / perimeter of the ellipse - 1)

where the ellipse has these two axes. The seven columns follow from these six, so that what holds among the real columns
(the eccentricity is that of the axes, the convex area is never below the area) holds here too.
"""

import csv
import itertools
from pathlib import Path

import numpy as np

SEED = 2
ROWS = 450  # of each class
HEADER = ["Area", "MajorAxisLength", "MinorAxisLength", "Eccentricity", "ConvexArea", "Extent", "Perimeter", "Class"]
PATH = Path(__file__).with_name("raisin_simulated.csv")

# For each class: means, standard deviations, and the correlations of each coordinate with the ones after it.
CLASSES = {
    "Kecimen": (
        (5.853, 5.424, -4.302, -3.415, 0.894, -2.838),
        (0.161, 0.150, 0.621, 0.400, 0.210, 0.360),
        ((0.60, -0.09, -0.11, -0.15, -0.11), (-0.26, -0.39, 0.21, -0.15), (0.74, -0.41, 0.57), (-0.46, 0.76), (-0.40,)),
    ),
    "Besni": (
        (6.212, 5.617, -4.221, -3.315, 0.820, -2.813),
        (0.204, 0.178, 0.702, 0.466, 0.280, 0.412),
        ((0.64, -0.10, -0.18, -0.07, -0.33), (-0.29, -0.42, 0.29, -0.24), (0.76, -0.48, 0.51), (-0.48, 0.74), (-0.33,)),
    ),
}


def draw() -> list[list[str]]:
    """The rows as they are written, sorted by class as UCI's are: seven numbers with nine digits, and the class."""
    rng = np.random.default_rng(SEED)
    rows = []
    for name, (mean, deviation, correlations) in CLASSES.items():
        z = mean + rng.standard_normal((ROWS, 6)) @ root(np.array(deviation), correlations)
        rows += [[*(f"{value:.9g}" for value in row), name] for row in columns(z)]
    return rows


def root(deviation: np.ndarray, correlations: tuple[tuple[float, ...], ...]) -> np.ndarray:
    """The symmetric root of the covariance, of shape (6, 6).

    Of all its roots this one is unique; others depend on the signs that the linear algebra at hand happens to choose.
    """
    correlation = np.eye(6)
    for (i, j), value in zip(itertools.combinations(range(6), 2), itertools.chain(*correlations), strict=True):
        correlation[i, j] = correlation[j, i] = value
    values, vectors = np.linalg.eigh(correlation * np.outer(deviation, deviation))
    return (vectors * np.sqrt(values)) @ vectors.T


def columns(z: np.ndarray) -> np.ndarray:
    """The seven columns, of shape (n, 7), from coordinates of shape (n, 6)."""
    # Once in a few hundred draws the second axis is the longer one; the longer one is the major axis, whichever it is.
    major, minor = np.exp(z[:, :2].max(axis=1)), np.exp(z[:, :2].min(axis=1))
    area = np.pi / 4 * major * minor * (1.001 - np.exp(z[:, 2]))
    convex_area = area * (1 + np.exp(z[:, 3]))
    eccentricity = np.sqrt(1 - (minor / major) ** 2)
    extent = 1 / (1 + np.exp(-z[:, 4]))
    perimeter = ellipse_perimeter(major, minor) * (1 + np.exp(z[:, 5]))
    return np.column_stack([area.round(), major, minor, eccentricity, convex_area.round(), extent, perimeter])


def ellipse_perimeter(major: np.ndarray, minor: np.ndarray) -> np.ndarray:
    """Ramanujan's second formula, for full axes."""
    h = ((major - minor) / (major + minor)) ** 2
    return np.pi * (major + minor) / 2 * (1 + 3 * h / (10 + np.sqrt(4 - 3 * h)))


def write(rows: list[list[str]], path: Path) -> None:
    """Write a header and one line a row, lines ended by LF."""
    with path.open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)


if __name__ == "__main__":
    rows = draw()
    write(rows, PATH)
    print(f"{len(rows)} rows -> {PATH.name}")
