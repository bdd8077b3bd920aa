"""Makes the data that both sides get, and caches it under `target/peers/data`.

Everything is seeded. Both sides read the same bytes of the same file. Rows are 32-bit floats; high
rows are unit vectors, as sentence embeddings are.
"""

import json
import os
import pathlib
import subprocess
import sys
from functools import lru_cache

import numpy as np

import articles
from settings import PEERS, WIDTH

# Goes up when a change here makes other data, so that an old cache is not read.
VERSION = 1
FOLDER = PEERS / "data" / f"v{VERSION}"
SEED = 20_240_501
BLOCK = 50_000

N_FAMILIES = 10
N_BLOBS = 60
# Sentence embeddings of one topic vary along few directions, and some texts belong to two topics.
BLOB_DIMENSIONS = 12
BLOB_SPREAD = 0.7
BLOB_NOISE = 0.25
BETWEEN_SHARE = 0.1

# Rows of the blobs that the fast lines are measured on.
BLOBS, BLOBS_QUICK = 50_000, 1_500

N_GAUSSIANS = 40
NOISE_SHARE = 0.1

ARTICLE_CHARS = 1_000
PASSAGE_CHARS = 200
NATIONS = ("CN", "US", "GB", "DE", "FR")


def path(name):
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER / name


def cached(name, make):
    """The array of this name; `make` is called only where no earlier run has left it."""
    file = path(name)
    if not file.exists():
        save(file, make())
    return np.load(file)


def save(file, array):
    """Writes under another name first, so that a stopped run leaves no half a file."""
    part = file.with_suffix(".part.npy")
    np.save(part, array)
    os.replace(part, file)


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@lru_cache(maxsize=1)
def _blob_shapes():
    """Centers, directions and shares of the blobs. Blobs of one family lie close together."""
    rng = np.random.default_rng(SEED)
    families = unit(rng.normal(size=(N_FAMILIES, WIDTH)))
    own = unit(rng.normal(size=(N_BLOBS, WIDTH)))
    centers = unit(families[np.arange(N_BLOBS) % N_FAMILIES] + own)
    directions = np.stack(
        [np.linalg.qr(rng.normal(size=(WIDTH, BLOB_DIMENSIONS)))[0].T for _ in range(N_BLOBS)]
    )
    shares = rng.gamma(2.0, size=N_BLOBS) + 0.2
    return centers, directions, shares / shares.sum()


def _blob_block(index, n):
    """Rows and labels of one block. A block depends on its number only, so that a longer file
    begins with the rows of a shorter one."""
    centers, directions, shares = _blob_shapes()
    rng = np.random.default_rng([SEED, index])
    labels = rng.choice(N_BLOBS, size=n, p=shares)
    others = rng.choice(N_BLOBS, size=n, p=shares)
    pull = np.where(rng.random(n) < BETWEEN_SHARE, rng.uniform(0.0, 0.45, size=n), 0.0)[:, None]
    middle = (1 - pull) * centers[labels] + pull * centers[others]
    scales = BLOB_SPREAD / np.sqrt(BLOB_DIMENSIONS) * rng.normal(size=(n, BLOB_DIMENSIONS))
    noise = BLOB_NOISE / np.sqrt(WIDTH) * rng.normal(size=(n, WIDTH))
    for blob in range(N_BLOBS):
        members = labels == blob
        noise[members] += scales[members] @ directions[blob]
    return unit(middle + noise).astype(np.float32), labels


def blobs(n):
    """The file of `n` × 384 blobs with low-dimensional structure, and their planted labels.

    Written block by block, since a million rows need not fit into memory beside the rest.
    """
    file, labels_file = path(f"blobs-{n}.npy"), path(f"blobs-{n}-labels.npy")
    if not labels_file.exists():
        part = file.with_suffix(".part.npy")
        rows = np.lib.format.open_memmap(part, mode="w+", dtype=np.float32, shape=(n, WIDTH))
        labels = np.empty(n, dtype=np.int64)
        for index, start in enumerate(range(0, n, BLOCK)):
            stop = min(start + BLOCK, n)
            block, names = _blob_block(index, BLOCK)
            rows[start:stop], labels[start:stop] = block[: stop - start], names[: stop - start]
        rows.flush()
        os.replace(part, file)
        save(labels_file, labels)
    return file, np.load(labels_file)


def directions(n):
    """The file of `n` × 384 directions without any structure: the hardest case for neighbors."""
    name = f"directions-{n}.npy"
    cached(name, lambda: unit(np.random.default_rng(SEED + 1).normal(size=(n, WIDTH))).astype(np.float32))
    return path(name)


def usual(options):
    """What time and recall are measured on: a name, the number of rows and their file."""
    n = BLOBS_QUICK if options.quick else BLOBS
    yield "blobs", n, blobs(n)[0]
    if options.passages and articles.available():
        n = options.passages
        yield "real passages, MiniLM", n, real_passages(n)[0]


def real_articles(n):
    """The file of `n` embedded article passages, their nations, and their topics.

    Each nation gives the same number. Openings come first, so that every article is in before one
    of them is in twice: the five files hold fewer than 8,000 articles.
    """

    def choose(rng):
        every = articles.passages(ARTICLE_CHARS)
        chosen = []
        for nation in NATIONS:
            own = [passage for passage in every if passage.nation == nation]
            order = sorted(rng.permutation(len(own)), key=lambda i: own[i].place)
            chosen += [own[i] for i in order[: n // len(NATIONS)]]
        return chosen

    return _embedded(f"articles-{n}", choose)


def real_passages(n):
    """The file of `n` embedded short passages, their nations, and their topics."""

    def choose(rng):
        every = articles.passages(PASSAGE_CHARS)
        return [every[i] for i in rng.permutation(len(every))[:n]]

    return _embedded(f"passages-{n}", choose)


def _embedded(name, choose):
    """Embeds what `choose` picks and keeps nations and topics as numbers beside the vectors.

    Passages that embed alike are kept: real corpora hold copies too.
    """
    file = path(f"{name}.npy")
    if not file.exists():
        chosen = choose(np.random.default_rng(SEED + 2))
        nations = np.array([NATIONS.index(passage.nation) for passage in chosen])
        topics = np.unique([passage.topic for passage in chosen], return_inverse=True)[1]
        save(path(f"{name}-nations.npy"), nations)
        save(path(f"{name}-topics.npy"), topics)
        _embed(file, [passage.text for passage in chosen])
    return file, np.load(path(f"{name}-nations.npy")), np.load(path(f"{name}-topics.npy"))


def _embed(file, texts):
    """Has another process embed the texts and takes the vectors over once they are complete."""
    part = file.with_suffix(".part.npy")
    print(f"embedding {len(texts):,} texts for {file.name}, once", file=sys.stderr, flush=True)
    subprocess.run(
        [sys.executable, pathlib.Path(__file__).with_name("embed.py"), part],
        input=json.dumps(texts),
        text=True,
        env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
        check=True,
    )
    os.replace(part, file)


def gaussians(n):
    """The file of `n` × 5 points: 40 Gaussian blobs of different widths, a tenth uniform noise."""

    def make():
        rng = np.random.default_rng(SEED + 3)
        centers = rng.uniform(-10, 10, size=(N_GAUSSIANS, 5))
        widths = np.exp(rng.uniform(np.log(0.15), np.log(1.2), size=N_GAUSSIANS))
        shares = rng.gamma(3.0, size=N_GAUSSIANS) + 0.5
        blob = rng.choice(N_GAUSSIANS, size=n, p=shares / shares.sum())
        points = centers[blob] + widths[blob, None] * rng.normal(size=(n, 5))
        noisy = rng.random(n) < NOISE_SHARE
        points[noisy] = rng.uniform(-13, 13, size=(noisy.sum(), 5))
        return points.astype(np.float32)

    name = f"gaussians-{n}.npy"
    cached(name, make)
    return path(name)
