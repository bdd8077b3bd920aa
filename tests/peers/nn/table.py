"""Rows of the comparison with their verdicts."""

import statistics

from rows import NONE, Row, as_json, markdown

__all__ = ["NONE", "Row", "as_json", "markdown"]


def faster(what, peer, n, unit, theirs, ours, at_least=None):
    """A line about rates. Both sides are lists of seconds for `n` of `unit`; medians are compared."""
    their_secs, our_secs = statistics.median(theirs), statistics.median(ours)
    ratio = their_secs / our_secs
    return Row(
        what,
        peer,
        f"{n / their_secs:.3g} {unit}/s",
        f"{n / our_secs:.3g} {unit}/s",
        f"{ratio:.2f}",
        NONE if at_least is None else f"≥ {at_least:g} times as fast",
        None if at_least is None else ratio >= at_least,
        {"n": n, "their_secs": list(theirs), "our_secs": list(ours), "ratio": ratio},
    )


def smaller(what, peer, theirs, ours, at_most=None):
    """A line about the peak memory of whole processes, in bytes; the largest of the rounds counts."""
    ratio = max(ours) / max(theirs)
    return Row(
        what,
        peer,
        mebibytes(max(theirs)),
        mebibytes(max(ours)),
        f"{ratio:.2f}",
        NONE if at_most is None else f"≤ {at_most:g} of the peer's",
        None if at_most is None else ratio <= at_most,
        {"their_peak_bytes": list(theirs), "our_peak_bytes": list(ours), "ratio": ratio},
    )


def mebibytes(n_bytes):
    return f"{n_bytes / 2**20:,.0f} MiB"
