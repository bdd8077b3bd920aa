"""Time of a whole UMAP against three peers, in turns."""

import numpy as np

import data
import peers
import programs
from rounds import alternate
from table import faster

MANIFOLDS = "manifolds-rs 0.8"


def rows(options):
    made = [_rows(options, n, what, file) for what, n, file in data.usual(options)]
    return [line for lines in made for line in lines]


def _rows(options, n, what, file):
    x = np.load(file)
    out = options.scratch / "layout.npy"
    made = alternate(
        options.repeat,
        {
            "ours": lambda: programs.umap(file, out),
            "seeded": lambda: peers.umap_fit(x)[1],
            "unseeded": lambda: peers.umap_fit(x, seed=None)[1],
            "manifolds": lambda: programs.manifolds(file, out, n, optimizer="adam_parallel").secs,
        },
    )
    what = f"UMAP, {n:,} × {x.shape[1]}, {what}"
    peer = peers.name("umap-learn")
    return [
        faster(what, f"{peer} seeded", made["seeded"], made["ours"], at_least=4),
        faster(what, f"{peer} unseeded, 2 threads", made["unseeded"], made["ours"], at_least=2),
        faster(what, MANIFOLDS, made["manifolds"], made["ours"], at_least=1.5),
    ]
