"""Recall of the neighbor search against exact neighbors."""

import statistics

import numpy as np

import data
import measures
import programs
from rounds import alternate
from settings import NEIGHBORS
from table import Row, seconds

TARGET = 0.97


def rows(options):
    lines = [_row(options, n, what, file) for what, n, file in data.usual(options)]
    n = data.BLOBS_QUICK if options.quick else data.BLOBS
    return [*lines, _row(options, n, "directions without structure", data.directions(n))]


def _row(options, n, what, file):
    x = np.load(file)
    out = options.scratch / "neighbors.npy"
    runs = alternate(options.repeat, {"ours": lambda: programs.knn(file, out)})["ours"]
    share = measures.recall(x, _exact(file, x), np.load(out))
    secs = statistics.median(run.secs for run in runs)
    return Row(
        f"kNN recall@{NEIGHBORS}, {n:,} × {x.shape[1]}, {what}",
        "exact (numpy)",
        "1.0000",
        f"{share:.4f} in {seconds(secs)}",
        target=f"≥ {TARGET}",
        holds=bool(share >= TARGET),
        figures={"recall": share, "our_secs": [run.secs for run in runs]},
    )


def _exact(file, x):
    """Exact neighbors take longer than the rest of the row, so they are kept beside the data."""
    every = np.arange(len(x))
    kept = data.path(f"{file.stem}-exact.npz")
    if not kept.exists():
        exact = measures.exact_neighbors(x, every)
        np.savez(kept, neighbors=exact.neighbors, farthest=exact.farthest)
    with np.load(kept) as arrays:
        return measures.Exact(every, arrays["neighbors"], arrays["farthest"])
