"""Seeded graphs of both sides, as rows `u, v, agreement`, and their files."""

import csv
import random

CONFLICT = -0.25

# SPEC's largest case: mean degree 20, a few documents with very many links.
BIG = {"n_nodes": 100_000, "n_links": 1_000_000, "n_conflicts": 10_000, "n_hubs": 5, "hub_degree": 5_000}
# Both sides can do this one; the peer lists every cycle, so it must be small.
SMALL = {"n_nodes": 400, "n_links": 2_400, "n_conflicts": 60, "n_hubs": 1, "hub_degree": 60}


def varied(seed):
    """A small graph of some density and share of conflicts, sometimes with parallel rows and names of text."""
    rng = random.Random(seed)
    n = rng.randint(3, 14)
    density = rng.choice((0.15, 0.3, 0.5, 0.75, 1.0))
    conflicts = rng.choice((0.05, 0.3, 0.6, 1.0))
    name = str if seed % 2 else (lambda i: f"document {i}, «{chr(0x4E00 + i)}»")
    rows = []
    for u in range(n):
        for v in range(u + 1, n):
            if rng.random() < density:
                rows.append(_row(rng, name(u), name(v), conflicts))
                while rng.random() < 0.15:
                    rows.append(_row(rng, name(v), name(u), conflicts))
    if rng.random() < 0.2:
        rows.append((name(0), name(0), -1.0))
    rng.shuffle(rows)
    return rows


def _row(rng, u, v, conflicts):
    if rng.random() < conflicts:
        return (u, v, rng.choice((-0.25, -0.5, -1.0)))
    return (u, v, rng.choice((-0.2, 0.0, 0.25, 1.0)))


def large(n_nodes, n_links, n_conflicts, n_hubs, hub_degree, seed=7):
    """A graph of the given sizes: hubs first, the rest of the links half near in the order, half anywhere."""
    rng = random.Random(seed)
    pairs = {}
    for hub in range(n_hubs):
        while len(pairs) < (hub + 1) * hub_degree:
            _add(pairs, hub, rng.randrange(n_nodes))
    while len(pairs) < n_links:
        u = rng.randrange(n_nodes)
        v = (u + rng.randint(1, 40)) % n_nodes if rng.random() < 0.5 else rng.randrange(n_nodes)
        _add(pairs, u, v)
    links = list(pairs)
    for pair in rng.sample(links, n_conflicts):
        pairs[pair] = rng.choice((-0.25, -0.5, -1.0))
    return [(u, v, agreement) for (u, v), agreement in pairs.items()]


def _add(pairs, u, v):
    if u != v:
        pairs.setdefault((min(u, v), max(u, v)), 0.0)


def write(rows, file):
    with open(file, "w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(("u", "v", "agreement"))
        table.writerows(rows)


def merged(rows):
    """Each pair once, a conflict if any of its rows is."""
    links = {}
    for u, v, agreement in rows:
        if u != v:
            pair = frozenset((u, v))
            links[pair] = links.get(pair, False) or agreement <= CONFLICT
    return links
