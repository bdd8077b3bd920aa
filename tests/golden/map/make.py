"""Makes the golden numbers of the map. Run with: python make.py

Needs umap-learn 0.5.12, hdbscan 0.8.44 and scikit-learn 1.9.1 (with numpy 2.4.6, scipy 1.17.1).
Writes curve.tsv, fuzzy_*.tsv, placing.tsv, trustworthiness.tsv, hdbscan_*.tsv and density.tsv beside itself. Coordinates are
rounded to what is written, in single precision, before anything is computed.
"""

import pathlib

import hdbscan
import numpy as np
from scipy.sparse import coo_matrix
from scipy.stats import gaussian_kde
from sklearn.datasets import make_blobs, make_moons
from sklearn.manifold import trustworthiness
from sklearn.metrics import pairwise_distances
from umap.umap_ import (
    compute_membership_strengths,
    find_ab_params,
    fuzzy_simplicial_set,
    init_graph_transform,
    smooth_knn_dist,
)

HERE = pathlib.Path(__file__).parent


def write(name, lines):
    (HERE / name).write_text("".join("\t".join(str(v) for v in line) + "\n" for line in lines))


def rounded(x, digits):
    return np.array([[f"{v:.{digits}f}" for v in row] for row in x])


def curve():
    settings = [(1.0, 0.0), (1.0, 0.1), (1.0, 0.5), (1.5, 0.25), (2.0, 0.0)]
    rows = [(s, m, *(f"{v:.8f}" for v in find_ab_params(s, m))) for s, m in settings]
    write("curve.tsv", rows)


def fuzzy(rng):
    """60 points, two of them on one spot, 8 neighbors with the point itself."""
    text = rounded(rng.normal(size=(60, 4)) + np.repeat(np.eye(3, 4) * 3, 20, axis=0), 3)
    text[41] = text[40]
    x = text.astype(np.float32)
    write("fuzzy_points.tsv", text)
    for metric in ("euclidean", "cosine"):
        far = pairwise_distances(x.astype(np.float64), metric=metric)
        np.fill_diagonal(far, 0)
        far[far < 1e-12] = 0
        order = np.argsort(far + np.diag([-1.0] * 60), axis=1, kind="stable")[:, :8]
        near = np.take_along_axis(far, order, axis=1).astype(np.float32)
        graph, sigmas, rhos = fuzzy_simplicial_set(
            x, 8, np.random.RandomState(0), metric, knn_indices=order, knn_dists=near
        )
        write(f"fuzzy_scales_{metric}.tsv", [(f"{r:.6f}", f"{s:.6f}") for r, s in zip(rhos, sigmas)])
        graph = graph.tocoo()
        edges = sorted((i, j, w) for i, j, w in zip(graph.row, graph.col, graph.data) if i < j)
        write(f"fuzzy_edges_{metric}.tsv", [(i, j, f"{w:.6f}") for i, j, w in edges])
    values = []
    for metric in ("euclidean", "cosine"):
        for k in (5, 12):
            trust = trustworthiness(x, x[:, :2], n_neighbors=k, metric=metric)
            values.append((metric, k, f"{trust:.8f}"))
    write("trustworthiness.tsv", values)


def placing():
    """The last 10 of the fuzzy points among the first 50, by 8 neighbors: weights and starts."""
    x = np.loadtxt(HERE / "fuzzy_points.tsv", delimiter="\t").astype(np.float32)
    old, new = x[:50], x[50:]
    far = pairwise_distances(new.astype(np.float64), old.astype(np.float64))
    order = np.argsort(far, axis=1, kind="stable")[:, :8]
    near = np.take_along_axis(far, order, axis=1).astype(np.float32)
    sigmas, rhos = smooth_knn_dist(near, 8.0, local_connectivity=0.0)
    rows, columns, weights, _ = compute_membership_strengths(order, near, sigmas, rhos, bipartite=True)
    graph = coo_matrix((weights, (rows, columns)), shape=(10, 50)).tocsr()
    starts = init_graph_transform(graph, old[:, :2])
    lines = []
    for i in range(10):
        pairs = [v for j, w in zip(order[i], weights[rows == i]) for v in (j, f"{w:.6f}")]
        lines.append((*pairs, *(f"{v:.6f}" for v in starts[i])))
    write("placing.tsv", lines)


def clusters(rng):
    blobs, _ = make_blobs(300, centers=6, cluster_std=[0.3, 0.5, 0.8, 1.0, 1.2, 0.4], random_state=4)
    moons, _ = make_moons(300, noise=0.07, random_state=5)
    noise = np.vstack([
        rng.normal(size=(90, 2)) * 0.2,
        rng.normal(size=(90, 2)) * 0.5 + 3,
        rng.uniform(-4, 7, size=(120, 2)),
    ])
    spots = rng.normal(size=(100, 2)) * np.repeat([[0.3], [0.6]], 50, axis=0)
    spots[50:] += 4
    duplicates = spots[rng.integers(0, 100, size=300)]
    sets = {
        "blobs": (blobs, 12, 5, "eom"),
        "moons": (moons, 15, 15, "eom"),
        "noise": (noise, 20, 8, "eom"),
        "duplicates": (duplicates, 20, 10, "eom"),
        "leaves": (blobs[:200], 8, 4, "leaf"),
    }
    for name, (x, size, samples, method) in sets.items():
        text = rounded(x, 4)
        found = hdbscan.HDBSCAN(
            min_cluster_size=size,
            min_samples=samples,
            cluster_selection_method=method,
            approx_min_span_tree=False,
        ).fit(text.astype(np.float32))
        first = {}
        for label in found.labels_:
            if label >= 0:
                first.setdefault(label, len(first))
        # Labels by the first row of each cluster; persistence in that order.
        labels = [first.get(label, -1) for label in found.labels_]
        persistence = [f"{found.cluster_persistence_[label]:.5f}" for label in first]
        rows = [(size, samples, method, *persistence)]
        for point, label, p, o in zip(text, labels, found.probabilities_, found.outlier_scores_):
            rows.append((*point, label, f"{p:.4f}", f"{o:.4f}"))
        write(f"hdbscan_{name}.tsv", rows)


def density(rng):
    """Kernel densities of points mirrored in x, so that scipy's turned kernel is ours, by Scott's rule."""
    half = np.vstack([
        rng.normal(size=(60, 2)) * [0.5, 0.8] + [2.5, 1],
        rng.normal(size=(40, 2)) * [1.2, 0.4] + [4, -2],
    ])
    text = rounded(np.vstack([half, half * [-1, 1]]), 3)
    points = text.astype(np.float32).astype(float)
    raw = rounded(rng.uniform(0, 3, size=(100, 1)), 2)
    lines = []
    for name, weights in (("even", np.array([["1"]] * 200)), ("weighed", np.vstack([raw, raw]))):
        w = weights[:, 0].astype(np.float32).astype(float)
        kde = gaussian_kde(points.T, weights=w)
        lines += [("point", name, *p, *v) for p, v in zip(text, weights)]
        lines.append(("bandwidth", name, *(f"{v:.9f}" for v in np.sqrt(np.diag(kde.covariance)))))
        for p in rng.uniform([-6, -4], [6, 4], size=(40, 2)).round(3):
            lines.append(("at", name, *p, f"{kde(p)[0]:.9f}"))
        # Levels and areas by a grid far finer than ours.
        xs, ys = np.linspace(-11, 11, 900), np.linspace(-7, 7, 700)
        f = kde(np.array(np.meshgrid(xs, ys)).reshape(2, -1))
        cell = (xs[1] - xs[0]) * (ys[1] - ys[0])
        falling = np.sort(f)[::-1]
        mass = np.cumsum(falling) / falling.sum()
        for share in (0.25, 0.5, 0.75, 0.95):
            at = np.searchsorted(mass, share)
            lines.append(("level", name, share, f"{falling[at]:.9f}", f"{(at + 1) * cell:.5f}"))
    write("density.tsv", lines)


curve()
fuzzy(np.random.default_rng(11))
placing()
clusters(np.random.default_rng(12))
density(np.random.default_rng(13))
