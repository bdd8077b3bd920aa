"""Runs Meridian and the Rust peer as processes and reads what they report about themselves."""

import json
import os
import subprocess
import time
from dataclasses import dataclass

from settings import (
    COMPONENTS,
    MANIFOLDS,
    MERIDIAN,
    MIN_DIST,
    NEIGHBORS,
    SEED,
    THREADS,
    epochs_for,
)


class Failed(Exception):
    """A program ended with an error; the message is the end of what it said."""


@dataclass(frozen=True)
class Run:
    """`secs` is the computation as the program reports it, `wall_secs` the whole process, with
    its start and the reading and writing of files."""

    secs: float
    wall_secs: float
    report: dict


def meridian_version():
    return _output([MERIDIAN, "--version"]).strip()


def knn(x, indices, *, threads=THREADS):
    return _tool("knn", x, indices, "--k", NEIGHBORS, "--metric", "cosine", "--threads", threads)


def umap(x, y, *, seed=SEED, threads=THREADS, fit_on=None):
    """The paper's settings; the number of epochs is left to Meridian."""
    args = ["--neighbors", NEIGHBORS, "--components", COMPONENTS, "--min-dist", MIN_DIST]
    args += ["--metric", "cosine", "--seed", seed, "--threads", threads]
    if fit_on is not None:
        args += ["--fit-on", fit_on]
    return _tool("umap", x, y, *args)


def hdbscan(y, labels, *, size, samples, method="eom", threads=THREADS):
    args = ["--min-cluster-size", size, "--method", method, "--threads", threads]
    if samples is not None:
        args += ["--min-samples", samples]
    return _tool("hdbscan", y, labels, *args)


def ctfidf(docs, terms, *options):
    return _tool("ctfidf", docs, terms, *options)


def manifolds(x, y, n, *, optimizer, search="nndescent", seed=SEED, threads=THREADS):
    """UMAP of manifolds-rs on `n` rows. It has no number of epochs of its own, so it gets that of
    the others; its threads are rayon's."""
    args = [x, y, "--optimizer", optimizer, "--search", search, "--seed", seed]
    args += ["--epochs", epochs_for(n)]
    return _run([MANIFOLDS, *args], {"RAYON_NUM_THREADS": str(threads)})


def _tool(name, *args):
    return _run([MERIDIAN, "tool", name, *args, "--json"])


def _run(command, variables=None):
    start = time.perf_counter()
    text = _output(command, variables)
    wall_secs = time.perf_counter() - start
    report = json.loads(text)
    return Run(report["secs"], wall_secs, report)


def _output(command, variables=None):
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **(variables or {})},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        said = done.stderr.strip()[-500:]
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}: {said}")
    return done.stdout
