"""Rows of the comparison with their verdicts."""

import statistics

import numpy as np

from rows import NONE, Row, as_json, markdown

__all__ = ["as_json", "markdown", "against", "targets"]

MOST_FRAME_MS, MOST_EXACT_MS, MOST_FIRST_MS, MOST_PEAK_MIB = 50, 1_000, 3_000, 1_536


def against(n, peer, theirs, ours):
    """The rows of one peer. `theirs` and `ours` are reports, one a round; medians are compared, of
    frames those of all rounds together."""
    frames = [ms for report in theirs for ms in report["frame_ms"]]
    their_frame, our_frame = statistics.median(frames), _middle(ours, _frame("median"))
    # The path begins and ends with the whole map, the view with most to draw.
    ends = [ms for report in theirs for ms in (report["frame_ms"][0], report["frame_ms"][-1])]
    their_whole, exact = statistics.median(ends), _middle(ours, lambda report: report["exact_ms"])
    rows = [
        _row(
            f"{n:,} points: frame of the zoom path, median and p95",
            peer,
            f"{_ms(their_frame)}, {_ms(np.percentile(frames, 95))} ({len(frames)} frames)",
            f"{_ms(our_frame)}, {_ms(_middle(ours, _frame('p95')))}",
            their_frame / our_frame,
            {"their_ms": [report["frame_ms"] for report in theirs]},
        ),
        _row(
            f"{n:,} points: the whole map, their frame and our exact picture",
            peer,
            _ms(their_whole),
            _ms(exact),
            their_whole / exact,
        ),
    ]
    for what, key, mine, show in (
        ("first complete frame", "first_frame_ms", lambda r: r["first_frame_ms"], _ms),
        ("peak memory", "peak_bytes", lambda r: r["peak_mib"] * 2**20, _mebibytes),
        ("covered pixels of the whole map", "covered_px", lambda r: r["covered_px"], _count),
    ):
        their_figure, our_figure = _middle(theirs, lambda r, key=key: r[key]), _middle(ours, mine)
        if key == "peak_bytes":
            their_figure, our_figure = max(r[key] for r in theirs), max(map(mine, ours))
        rows.append(
            _row(
                f"{n:,} points: {what}",
                peer,
                show(their_figure),
                show(our_figure),
                their_figure / our_figure,
                {"theirs": [report[key] for report in theirs]},
            )
        )
    return rows


def targets(n, ours, judged):
    """What Meridian promises for the largest map, ours alone."""
    report = ours[-1]
    rows = []
    for what, figure, most, show in (
        ("95 of 100 frames of the zoom path", _middle(ours, _frame("p95")), MOST_FRAME_MS, _ms),
        ("exact picture", _middle(ours, lambda r: r["exact_ms"]), MOST_EXACT_MS, _ms),
        ("first frame", _middle(ours, lambda r: r["first_frame_ms"]), MOST_FIRST_MS, _ms),
        ("peak memory", max(r["peak_mib"] for r in ours) * 2**20, MOST_PEAK_MIB * 2**20, _mebibytes),
    ):
        rows.append(
            Row(
                f"{n:,} points: {what}",
                NONE,
                NONE,
                show(figure),
                NONE,
                f"≤ {show(most)}" if judged else NONE,
                bool(figure <= most) if judged else None,
                {"ours": list(ours)},
            )
        )
    rows.append(
        Row(
            f"{n:,} points: drawn in the last frame, of all; adapter",
            NONE,
            NONE,
            f"{report['drawn']:,} of {report['total']:,}; {report['adapter']}",
        )
    )
    return rows


def _row(what, peer, theirs, ours, ratio, figures=None):
    return Row(what, peer, theirs, ours, f"{ratio:.2f}", figures={**(figures or {}), "ratio": ratio})


def _frame(which):
    return lambda report: report["frame_ms"][which]


def _middle(reports, figure):
    return statistics.median(map(figure, reports))


def _ms(ms):
    if ms >= 10_000:
        return f"{ms / 1_000:.1f} s"
    return f"{ms / 1_000:.2f} s" if ms >= 1_000 else f"{ms:.3g} ms"


def _mebibytes(n_bytes):
    return f"{n_bytes / 2**20:,.0f} MiB"


def _count(n):
    return f"{n:,.0f}"
