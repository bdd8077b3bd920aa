"""Makes the points that all sides draw, and caches them under `target/peers/draw/data`.

Everything is seeded. A map of documents has dense cores, thin bridges and lonely outliers, and a
program that leaves points out shows it first where few are: so 60 elongated clusters of very
different size and density, and one point in twenty anywhere in the whole area.
"""

import os

import numpy as np

from settings import WORK

# Goes up when a change here makes other data, so that an old cache is not read.
VERSION = 1
FOLDER = WORK / "data" / f"v{VERSION}"
SEED = 20_240_611
BLOCK = 100_000

N_CLUSTERS = 60
N_NATIONS = 5
NOISE_SHARE = 0.05
# The noise fills this square; nearly all of the clusters lie inside.
HALF_SIDE = 12.0


def points(n):
    """The files of `n` points, float32 n×2, and of their nations, int64 n."""
    file, nations_file = FOLDER / f"points-{n}.npy", FOLDER / f"nations-{n}.npy"
    if not nations_file.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        xy, nations = np.empty((n, 2), np.float32), np.empty(n, np.int64)
        for index, start in enumerate(range(0, n, BLOCK)):
            stop = min(start + BLOCK, n)
            block, names = _block(index)
            xy[start:stop], nations[start:stop] = block[: stop - start], names[: stop - start]
        _save(file, xy)
        _save(nations_file, nations)
    return file, nations_file


def _shapes():
    """Centers, 2×2 spreads, shares, and shares of nations of the clusters."""
    rng = np.random.default_rng(SEED)
    centers = rng.uniform(-9, 9, size=(N_CLUSTERS, 2))
    long = np.exp(rng.uniform(np.log(0.08), np.log(1.5), size=N_CLUSTERS))
    thin = long * rng.uniform(0.15, 0.8, size=N_CLUSTERS)
    turn = rng.uniform(0, np.pi, size=N_CLUSTERS)
    axes = np.stack([np.cos(turn), np.sin(turn), -np.sin(turn), np.cos(turn)], axis=1)
    spreads = axes.reshape(-1, 2, 2) * np.stack([long, thin], axis=1)[:, :, None]
    shares = np.exp(rng.normal(0, 1.2, size=N_CLUSTERS))
    nations = rng.dirichlet(np.full(N_NATIONS, 0.5), size=N_CLUSTERS)
    return centers, spreads, shares / shares.sum(), nations


def _block(index):
    """Points and nations of one block. A block depends on its number only, so that a longer file
    begins with the rows of a shorter one."""
    centers, spreads, shares, nations = _shapes()
    rng = np.random.default_rng([SEED, index])
    cluster = rng.choice(N_CLUSTERS, size=BLOCK, p=shares)
    xy = centers[cluster] + np.einsum("ni,nij->nj", rng.normal(size=(BLOCK, 2)), spreads[cluster])
    names = (rng.random(BLOCK)[:, None] > np.cumsum(nations[cluster], axis=1)[:, :-1]).sum(axis=1)
    noisy = rng.random(BLOCK) < NOISE_SHARE
    xy[noisy] = rng.uniform(-HALF_SIDE, HALF_SIDE, size=(noisy.sum(), 2))
    names[noisy] = rng.integers(N_NATIONS, size=noisy.sum())
    return xy.astype(np.float32), names


def _save(file, array):
    """Writes under another name first, so that a stopped run leaves no half a file."""
    part = file.with_suffix(".part.npy")
    np.save(part, array)
    os.replace(part, file)
