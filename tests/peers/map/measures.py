"""Neighbors and measures of quality, the same for every layout.

Where a measure is taken on some rows only, these are the same rows on every side.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from settings import NEIGHBORS, THREADS

# Rows times points of one block of similarities: 200 MB of 32-bit floats.
BLOCK_VALUES = 50_000_000
# Below this every row is measured, above it as many rows as this.
SAMPLED_ROWS = 10_000
ROWS_OF_LARGE = 2_000


def sampled(n):
    """The rows that are measured among `n`."""
    if n <= SAMPLED_ROWS:
        return np.arange(n)
    return np.sort(np.random.default_rng(n).choice(n, ROWS_OF_LARGE, replace=False))


def blocks(rows, n_points):
    """Parts of `rows` so that a part against all points fits into memory."""
    step = max(1, BLOCK_VALUES // n_points)
    return (rows[start : start + step] for start in range(0, len(rows), step))


def similarities(x, rows):
    """Cosines of some rows to all rows of unit vectors; a row's own is below all others."""
    near = x[rows] @ x.T
    near[np.arange(len(rows)), rows] = -np.inf
    return near


@dataclass(frozen=True)
class Exact:
    """The true neighbors of some rows in the input, nearest first, and the farthest's cosine."""

    rows: np.ndarray
    neighbors: np.ndarray
    farthest: np.ndarray


def exact_neighbors(x, rows, k=NEIGHBORS):
    neighbors, farthest = [], []
    for part in blocks(rows, len(x)):
        near = similarities(x, part)
        found = np.argpartition(-near, k - 1, axis=1)[:, :k]
        cosines = np.take_along_axis(near, found, axis=1)
        order = np.argsort(-cosines, axis=1)
        neighbors.append(np.take_along_axis(found, order, axis=1))
        farthest.append(cosines.min(axis=1))
    return Exact(rows, np.concatenate(neighbors), np.concatenate(farthest))


def layout_neighbors(y, rows, k=NEIGHBORS):
    """The true neighbors of some rows in a layout, without the rows themselves."""
    found = cKDTree(y).query(y[rows], k=k + 1, workers=THREADS)[1]
    # Among copies of one point the row itself may stand anywhere, or be crowded out.
    kept = found != rows[:, None]
    kept[kept.all(axis=1), -1] = False
    return found[kept].reshape(len(rows), k)


def trustworthiness(x, rows, neighbors):
    """How seldom a layout shows neighbors that are none: scikit-learn's measure with cosine.

    `neighbors` are those of `rows` in the layout. Each counts by how far its rank in the input lies
    beyond `k`; the mean runs over `rows` instead of over all.
    """
    rank = _Ranks(len(x) - 1, neighbors.shape[1])
    start = 0
    for part in blocks(rows, len(x)):
        rank.add(similarities(x, part), neighbors[start : start + len(part)])
        start += len(part)
    return rank.trustworthiness()


def placed_trustworthiness(x_fit, x_new, y_fit, y_new, k=NEIGHBORS):
    """The same for rows placed on a finished layout: their neighbors are those of the fit only."""
    neighbors = cKDTree(y_fit).query(y_new, k=k, workers=THREADS)[1]
    rank = _Ranks(len(x_fit), k)
    for part in blocks(np.arange(len(x_new)), len(x_fit)):
        rank.add(x_new[part] @ x_fit.T, neighbors[part])
    return rank.trustworthiness()


class _Ranks:
    """Sums how far neighbors in a layout lie beyond the `k` nearest of the input."""

    def __init__(self, n_candidates, k):
        self.n_candidates, self.k = n_candidates, k
        self.n_rows, self.beyond = 0, 0

    def add(self, near, neighbors):
        cosines = np.take_along_axis(near, neighbors, axis=1)
        for column in range(self.k):
            ranks = 1 + (near > cosines[:, column, None]).sum(axis=1)
            self.beyond += np.maximum(ranks - self.k, 0).sum()
        self.n_rows += len(near)

    def trustworthiness(self):
        n, k = self.n_candidates + 1, self.k
        return 1 - self.beyond * 2 / (self.n_rows * k * (2 * n - 3 * k - 1))


def overlap(exact, neighbors):
    """The share of the input's neighbors that are neighbors in the layout."""
    return float(np.mean([np.isin(a, b).mean() for a, b in zip(exact.neighbors, neighbors)]))


def recall(x, exact, found):
    """The share of `found` that is as near as the true neighbors are.

    Copies of one text are equally near; which of them is found does not matter.
    """
    assert found.shape == exact.neighbors.shape, f"{found.shape} neighbors"
    assert (found != exact.rows[:, None]).all(), "a row is its own neighbor"
    assert (np.diff(np.sort(found, axis=1), axis=1) > 0).all(), "a neighbor is listed twice"
    hits = 0
    for column in range(found.shape[1]):
        cosines = np.einsum("ij,ij->i", x[exact.rows], x[found[:, column]])
        hits += (cosines >= exact.farthest - 1e-6).sum()
    return hits / found.size


def noise_share(labels):
    return float((labels < 0).mean())
