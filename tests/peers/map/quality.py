"""Quality of layouts: what a reader of the map can trust, on blobs and on real embeddings.

Three measures, each taken alike on every layout: trustworthiness, the overlap of neighborhoods, and
how well clusters found in the layout agree with known labels. The clusters are always those of the
hdbscan library, so that only the layouts differ.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score

import articles
import data
import measures
import peers
import programs
from settings import NEIGHBORS
from table import no_worse

MAY_BE_BELOW = 0.003
CLUSTER_SIZE = 50
# One nation's part is small, and each of its newspaper's sections a part of that.
SECTION_SIZE = 20
RUST_PEERS = {
    "manifolds-rs 0.8, Adam": {"optimizer": "adam_parallel"},
    "manifolds-rs 0.8, Adam, exact neighbors": {"optimizer": "adam_parallel", "search": "exhaustive"},
    "manifolds-rs 0.8, SGD": {"optimizer": "sgd"},
}


@dataclass(frozen=True)
class Labels:
    """Known labels of some rows, and the smallest cluster to look for among these rows alone."""

    name: str
    values: np.ndarray
    rows: np.ndarray
    size: int


def rows(options):
    small, large = (600, 1_000) if options.quick else (8_000, 50_000)
    lines = []
    for n in (small, large):
        file, planted = data.blobs(n)
        labels = [Labels("planted labels", planted, np.arange(n), CLUSTER_SIZE)]
        lines += _rows(options, f"{n:,} blobs", file, labels)
    if articles.available():
        lines += _rows(options, f"{small:,} real articles", *_real(data.real_articles(small)))
    if options.passages and articles.available():
        what = f"{options.passages:,} real passages"
        lines += _rows(options, what, *_real(data.real_passages(options.passages)))
    return lines


def _real(made):
    """Known labels of real text: the nation of all, and the newspaper's section of German ones."""
    file, nations, topics = made
    german = np.flatnonzero(nations == data.NATIONS.index("DE"))
    labels = [
        Labels("nations", nations, np.arange(len(nations)), CLUSTER_SIZE),
        Labels("sections, German part", topics[german], german, SECTION_SIZE),
    ]
    return file, labels


def _rows(options, what, file, labels):
    x = np.load(file)
    exact = measures.exact_neighbors(x, measures.sampled(len(x)))

    def judged(layouts):
        """A list for each measure, over the layouts of all seeds."""
        every = [_measures(x, exact, labels, layout) for layout in layouts]
        return {name: [one[name] for one in every] for name in every[0]}

    ours = judged(_ours(options, file))
    theirs = {peer: judged(layouts) for peer, layouts in _peers(options, file, x)}
    return [
        no_worse(f"{what}: {name}", peer, values[name], ours[name], _may_be_below(peer))
        for name in ours
        for peer, values in theirs.items()
    ]


def _may_be_below(peer):
    """Only umap-learn is the standard; manifolds-rs stands beside it for the record."""
    return MAY_BE_BELOW if peer.startswith("umap-learn") else None


def _measures(x, exact, labels, layout):
    neighbors = measures.layout_neighbors(layout, exact.rows)
    values = {
        f"trustworthiness at {NEIGHBORS}": measures.trustworthiness(x, exact.rows, neighbors),
        f"{NEIGHBORS}-neighbor overlap": measures.overlap(exact, neighbors),
    }
    for known in labels:
        points = layout[known.rows]
        found = peers.hdbscan_fit(points, size=known.size, samples=None, exact=True)[0].labels_
        agreement = adjusted_rand_score(known.values, found)
        values[f"adjusted Rand of clusters with {known.name}"] = agreement
    return values


def _ours(options, file):
    out = options.scratch / "layout.npy"
    for seed in options.seeds:
        programs.umap(file, out, seed=seed)
        yield np.load(out)


def _peers(options, file, x):
    yield f"{peers.name('umap-learn')} seeded", _umap_learn(options, file, x)
    for peer, settings in RUST_PEERS.items():
        # All pairs of a large input take longer than all else here.
        if settings.get("search") != "exhaustive" or len(x) <= measures.SAMPLED_ROWS:
            yield peer, _manifolds(options, file, x, settings)


def _umap_learn(options, file, x):
    """Layouts of umap-learn do not change between runs, so they are kept beside the data."""
    for seed in options.seeds:
        name = f"{file.stem}-{peers.name('umap-learn').replace(' ', '-')}-{seed}.npy"
        yield data.cached(name, lambda seed=seed: peers.umap_fit(x, seed)[0].embedding_)


def _manifolds(options, file, x, settings):
    out = options.scratch / "layout.npy"
    for seed in options.seeds:
        programs.manifolds(file, out, len(x), seed=seed, **settings)
        yield np.load(out)
