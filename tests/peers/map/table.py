"""Rows of the comparison with their verdicts."""

import statistics

from rows import NONE, Row, as_json, markdown

__all__ = ["NONE", "Row", "as_json", "markdown"]


def faster(what, peer, theirs, ours, at_least=None):
    """A line about time. `theirs` are seconds, `ours` runs; the medians are compared."""
    their_secs = statistics.median(theirs)
    our_secs = statistics.median(run.secs for run in ours)
    wall_secs = statistics.median(run.wall_secs for run in ours)
    ratio = their_secs / our_secs
    return Row(
        what,
        peer,
        seconds(their_secs),
        f"{seconds(our_secs)} (process {seconds(wall_secs)})",
        f"{ratio:.2f}",
        NONE if at_least is None else f"≥ {at_least:g} times faster",
        None if at_least is None else ratio >= at_least,
        {
            "their_secs": list(theirs),
            "our_secs": [run.secs for run in ours],
            "our_wall_secs": [run.wall_secs for run in ours],
            "our_phases": ours[-1].report.get("phases"),
            "our_peak_bytes": ours[-1].report.get("peak_bytes"),
            "ratio": ratio,
        },
    )


def no_worse(what, peer, theirs, ours, below=None):
    """A line about quality: means over seeds, and their range where there are several."""
    difference = statistics.mean(ours) - statistics.mean(theirs)
    return Row(
        what,
        peer,
        mean_and_range(theirs),
        mean_and_range(ours),
        f"{difference:+.4f}",
        NONE if below is None else f"≥ −{below:g}" if below else "≥ 0",
        None if below is None else bool(difference >= -below),
        {"theirs": list(theirs), "ours": list(ours), "difference": difference},
    )


def mean_and_range(values):
    mean = f"{statistics.mean(values):.4f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.4f} to {max(values):.4f})"


def seconds(secs):
    return f"{secs:.1f} s" if secs >= 10 else f"{secs:.2f} s"


def gibibytes(n_bytes):
    return f"{n_bytes / 2**30:.2f} GiB"
