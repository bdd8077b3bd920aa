"""UMAP of 50,000, 200,000 and 1,000,000 rows: time, growth and peak memory, ours alone."""

import math

import data
import programs
from table import Row, gibibytes, seconds

MOST_BYTES = 12 * 2**30


def rows(options):
    sizes = (1_000, 2_000, 4_000) if options.quick else (50_000, 200_000, 1_000_000)
    lines, before = [], None
    for n in sizes:
        run = programs.umap(data.blobs(n)[0], options.scratch / "layout.npy")
        lines.append(_row(n, run, before, target=n == sizes[-1]))
        before = (n, run)
    return lines


def _row(n, run, before, target):
    peak = run.report["peak_bytes"]
    growth = None
    if before is not None:
        # Time as a power of n: 1 is linear growth, 2 quadratic.
        growth = math.log(run.secs / before[1].secs) / math.log(n / before[0])
    return Row(
        f"UMAP, {n:,} × 384, blobs: time, peak memory",
        "–",
        "–",
        f"{seconds(run.secs)} (process {seconds(run.wall_secs)}), {gibibytes(peak)}",
        "–" if growth is None else f"grows as n^{growth:.2f}",
        f"completes, ≤ {gibibytes(MOST_BYTES)}" if target else "–",
        peak <= MOST_BYTES if target else None,
        {"secs": run.secs, "wall_secs": run.wall_secs, "peak_bytes": peak, "growth": growth,
         "phases": run.report.get("phases")},
    )
