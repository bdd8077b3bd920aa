"""Placing new rows on a finished layout: time, and how well they are placed."""

import pathlib
from dataclasses import dataclass, replace

import numpy as np

import data
import peers
import programs
from measures import placed_trustworthiness
from rounds import alternate
from table import faster, no_worse


@dataclass(frozen=True)
class Files:
    """What is fitted and what is new, and what becomes of both."""

    fit: pathlib.Path
    new: pathlib.Path
    layout: pathlib.Path
    placed: pathlib.Path


def rows(options):
    made = [_rows(options, n, what, file) for what, n, file in data.usual(options)]
    return [line for lines in made for line in lines]


def _rows(options, n, what, file):
    """The last tenth of the file is new, the rest is what the layout was fitted on.

    The rows of both files are drawn without order, so neither part is special.
    """
    x = np.load(file)
    x_fit, x_new = x[: -(n // 10)], x[-(n // 10) :]
    files = Files(*(options.scratch / f"{part}.npy" for part in ("fit", "new", "layout", "placed")))
    np.save(files.fit, x_fit)
    np.save(files.new, x_new)
    models = [peers.umap_fit(x_fit, seed)[0] for seed in options.seeds]
    unseeded = peers.umap_fit(x_fit, seed=None)[0]
    made = alternate(
        options.repeat,
        {
            "ours": lambda: _transform_only(programs.umap(files.new, files.placed, fit_on=files.fit)),
            "seeded": lambda: peers.umap_transform(models[0], x_new)[1],
            "unseeded": lambda: peers.umap_transform(unseeded, x_new)[1],
        },
    )
    theirs = [
        placed_trustworthiness(x_fit, x_new, model.embedding_, peers.umap_transform(model, x_new)[0])
        for model in models
    ]
    ours = [placed_trustworthiness(x_fit, x_new, *_placed(files, seed)) for seed in options.seeds]
    what = f"transform of {len(x_new):,} rows onto {len(x_fit):,}, {what}"
    peer = peers.name("umap-learn")
    return [
        faster(what, f"{peer} seeded", made["seeded"], made["ours"], at_least=5),
        faster(what, f"{peer} unseeded", made["unseeded"], made["ours"], at_least=5),
        no_worse(f"{what}: trustworthiness", f"{peer} seeded", theirs, ours, below=0),
    ]


def _placed(files, seed):
    """Our layout, and the places of the new rows on it.

    With new rows our program writes these only. The fit is the same, byte for byte, when it runs
    alone with the same seed.
    """
    programs.umap(files.fit, files.layout, seed=seed)
    programs.umap(files.new, files.placed, seed=seed, fit_on=files.fit)
    return np.load(files.layout), np.load(files.placed)


def _transform_only(run):
    """The same run with the time of the placing in place of the whole."""
    return replace(run, secs=run.report["transform_secs"])
