"""Placing new rows on a finished layout: time, and how well they are placed."""

import numpy as np

import articles
import data
import measures
import peers
import programs
from programs import Run
from rounds import alternate
from table import faster, no_worse


def rows(options):
    n = 1_500 if options.quick else 50_000
    lines = _rows(options, n, "blobs", data.blobs(n)[0])
    if articles.available():
        lines += _rows(options, n, "real passages, MiniLM", data.real_passages(n)[0])
    return lines


def _rows(options, n, what, file):
    """The last tenth of the file is new, the rest is what the layout was fitted on.

    The rows of both files are drawn without order, so neither part is special.
    """
    x = np.load(file)
    n_new = n // 10
    x_fit, x_new = x[:-n_new], x[-n_new:]
    fit_file, new_file = options.scratch / "fit.npy", options.scratch / "new.npy"
    np.save(fit_file, x_fit)
    np.save(new_file, x_new)
    seeded = peers.umap_fit(x_fit)[0]
    unseeded = peers.umap_fit(x_fit, seed=None)[0]
    placed_file = options.scratch / "placed.npy"
    made = alternate(
        options.repeat,
        {
            "ours": lambda: _transform_only(programs.umap(new_file, placed_file, fit_on=fit_file)),
            "seeded": lambda: peers.umap_transform(seeded, x_new),
            "unseeded": lambda: peers.umap_transform(unseeded, x_new),
        },
    )
    # Our program writes the new rows only. The fit is the same, byte for byte, when it runs alone.
    layout_file = options.scratch / "layout.npy"
    programs.umap(fit_file, layout_file)
    ours = measures.placed_trustworthiness(x_fit, x_new, np.load(layout_file), np.load(placed_file))
    lines = []
    what = f"transform of {n_new:,} rows onto {len(x_fit):,}, {what}"
    for side, model in (("seeded", seeded), ("unseeded", unseeded)):
        peer = f"{peers.name('umap-learn')} {side}"
        secs = [secs for _, secs in made[side]]
        lines.append(faster(what, peer, secs, made["ours"], at_least=5))
        placed = made[side][-1][0]
        theirs = measures.placed_trustworthiness(x_fit, x_new, model.embedding_, placed)
        lines.append(no_worse(f"{what}: trustworthiness", peer, [theirs], [ours], below=0))
    return lines


def _transform_only(run):
    """The same run with the time of the placing in place of the whole."""
    return Run(run.report["transform_secs"], run.wall_secs, run.report)
