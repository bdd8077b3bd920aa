"""Calls the Python peers, warmed, and times their computation alone.

numba compiles at the first call of a process. Each peer therefore sees a small input once before it
is timed, in the same mode, since each mode is compiled apart.
"""

import time
import warnings
from functools import cache
from importlib.metadata import version

import fast_hdbscan
import hdbscan
import numba
import numpy as np
import umap

from settings import COMPONENTS, MIN_DIST, NEIGHBORS, SEED, THREADS

# Above this umap-learn searches neighbors by descent; below it takes all pairs.
WARM_ROWS = 4_500

numba.set_num_threads(THREADS)


def timed(call):
    """What `call` returns, and its seconds."""
    start = time.perf_counter()
    made = call()
    return made, time.perf_counter() - start


def name(package):
    return f"{package} {version(package)}"


def umap_model(seed):
    """umap-learn with the paper's settings. With a seed it runs on one thread, by its nature."""
    return umap.UMAP(
        n_neighbors=NEIGHBORS,
        n_components=COMPONENTS,
        min_dist=MIN_DIST,
        metric="cosine",
        random_state=seed,
        n_jobs=THREADS if seed is None else 1,
    )


def umap_fit(x, seed=SEED):
    """The fitted model and the seconds of the fit; `seed` None runs on two threads."""
    _warm_umap(seed is None)
    return _quietly(lambda: timed(lambda: umap_model(seed).fit(x)))


def umap_transform(model, x):
    """The places of new rows and the seconds it took."""
    _warm_umap_transform()
    return _quietly(lambda: timed(lambda: model.transform(x)))


def hdbscan_fit(y, *, size, samples, method="eom", exact=False):
    """The fitted hdbscan. `exact` is for comparing labels: the tree is then the true one."""
    model = hdbscan.HDBSCAN(
        min_cluster_size=size,
        min_samples=samples,
        cluster_selection_method=method,
        approx_min_span_tree=not exact,
        core_dist_n_jobs=THREADS,
    )
    _warm_hdbscan()
    return _quietly(lambda: timed(lambda: model.fit(y)))


def fast_hdbscan_fit(y, *, size, samples):
    model = fast_hdbscan.HDBSCAN(min_cluster_size=size, min_samples=samples)
    _warm_fast_hdbscan()
    return _quietly(lambda: timed(lambda: model.fit(y)))


def _small(width):
    return np.random.default_rng(0).normal(size=(WARM_ROWS, width)).astype(np.float32)


@cache
def _warm_umap(unseeded):
    _quietly(lambda: umap_model(None if unseeded else SEED).fit(_small(32)))


@cache
def _warm_umap_transform():
    _quietly(lambda: umap_model(SEED).fit(_small(32)).transform(_small(32)[:100] + 0.1))


@cache
def _warm_hdbscan():
    """Nothing is compiled here, but its pool of processes takes a second to start."""
    _quietly(lambda: hdbscan.HDBSCAN(core_dist_n_jobs=THREADS).fit(_small(COMPONENTS)))


@cache
def _warm_fast_hdbscan():
    _quietly(lambda: fast_hdbscan.HDBSCAN(min_cluster_size=20).fit(_small(COMPONENTS)))


def _quietly(call):
    """Without the libraries' warnings about seeds, threads and their own dependencies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()
