"""The same bytes at any number of threads, and twice in a row."""

import hashlib

import data
import programs
from table import Row

# Two threads come twice: the second run must repeat the first.
THREADS = (1, 2, 3, 8, 2)


def rows(options):
    n = 1_500 if options.quick else 50_000
    high = data.blobs(n)[0]
    low = data.gaussians(n)
    size = 20 if options.quick else 200
    return [
        _row(options, f"kNN, {n:,} × 384", lambda out, t: programs.knn(high, out, threads=t)),
        _row(options, f"UMAP, {n:,} × 384", lambda out, t: programs.umap(high, out, threads=t)),
        _row(
            options,
            f"HDBSCAN, {n:,} × 5",
            lambda out, t: programs.hdbscan(low, out, size=size, samples=15, threads=t),
        ),
    ]


def _row(options, what, run):
    out = options.scratch / "out.npy"
    digests, secs = [], {}
    for threads in THREADS:
        secs[threads] = run(out, threads).secs
        digests.append(hashlib.sha256(out.read_bytes()).hexdigest())
    same = len(set(digests)) == 1
    return Row(
        f"{what}: bytes at 1, 2, 3 and 8 threads, and again at 2",
        "–",
        "–",
        "same" if same else f"{len(set(digests))} different files",
        target="same",
        holds=same,
        figures={"digests": digests, "secs_by_threads": secs},
    )
