"""Makes `agreement.tsv` beside this file: tables of judgments and the coefficients of agreement of each.

The versions that made them stand in its first line; `irrCAC` asks for an older numpy than `make.py`
does, so this is a script of its own. A table is one word for each item, one character for each person,
`.` where a judgment is missing. Values: `cohen` of the first two people where both judged,
`fleiss`, `alpha` (nominal), `ac1 of Q` with Q kinds that could be given; `none` where the reference
finds none. The interval of alpha is the percentile interval of 200,000 resamples of whole items.
Run: python agreement.py
"""

import importlib.metadata
import sys
import warnings

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

warnings.filterwarnings("ignore")

# Fleiss 1971, Table 1: patients by depression, personality disorder, schizophrenia, neurosis, other.
FLEISS_1971 = """
0 0 0 6 0  0 3 0 0 3  0 1 4 0 1  0 0 0 0 6  0 3 0 3 0  2 0 4 0 0  0 0 4 0 2  2 0 3 1 0  2 0 0 4 0  0 0 0 0 6
1 0 0 5 0  1 1 0 4 0  0 3 3 0 0  1 0 0 5 0  0 2 0 3 1  0 0 5 0 1  3 0 0 1 2  5 1 0 0 0  0 2 0 4 0  1 0 2 0 3
0 0 0 0 6  0 1 0 5 0  0 2 0 1 3  2 0 0 4 0  1 0 0 4 1  0 5 0 1 0  4 0 0 0 2  0 2 0 4 0  1 0 5 0 0  0 0 0 0 6
"""


def of_counts(text):
    """Items as lists of judgments from their counts; who gave which is lost, and no value needs it but Cohen's."""
    rows = np.array(text.split(), dtype=int).reshape(-1, 5)
    return [[kind for kind, n in enumerate(row) for _ in range(n)] for row in rows]


def of_people(*people):
    """Items from each person's judgments, `.` where missing."""
    return [[None if c == "." else "abcde".index(c) for c in item] for item in zip(*people)]


PUBLISHED = {
    "Fleiss 1971": of_counts(FLEISS_1971),
    "Krippendorff 2011 A": of_people("abaaaaaaba", "bbbaabaaaa"),
    "Krippendorff 2011 B": of_people("aabbdcccedda", "babbbccceddd"),
    "Krippendorff 2011": of_people("abccbadab...", "abccbbdabe..", ".cccbcdbbeac", "abccbddabea."),
}


def write_value(out, name, compute):
    try:
        value = float(compute())
    except (AssertionError, ValueError, ZeroDivisionError, IndexError, KeyError):
        value = float("nan")
    out.write(f"value\t{name}\t{repr(value) if np.isfinite(value) else 'none'}\n")


def cohen(items):
    table = np.zeros((5, 5))
    for item in items:
        if item[0] is not None and item[1] is not None:
            table[item[0], item[1]] += 1
    return cohens_kappa(table).kappa


def cac(items, n_kinds, what):
    frame = pd.DataFrame([[np.nan if k is None else float(k) for k in item] for item in items])
    frame = frame[frame.notna().any(axis=1)].reset_index(drop=True)
    if not (frame.notna().sum(axis=1) > 1).any():
        return float("nan")
    found = CAC(frame, categories=[float(k) for k in range(n_kinds)], digits=14)
    return getattr(found, what)()["est"]["coefficient_value"]


def alpha(items):
    data = np.array([[np.nan if k is None else float(k) for k in item] for item in items]).T
    return krippendorff.alpha(data, level_of_measurement="nominal", value_domain=list(range(5)))


def one_kind(items):
    return len({k for item in items if sum(k is not None for k in item) > 1 for k in item if k is not None}) < 2


def write_table(out, name, items, with_cohen, n_kinds):
    text = " ".join("".join("." if k is None else str(k) for k in item) for item in items)
    out.write(f"table\t{name}\t{text}\n")
    if with_cohen:
        write_value(out, "cohen", lambda: cohen(items))
    complete = all(k is not None for item in items for k in item)
    kinds_seen = {k for item in items for k in item if k is not None}
    fleiss = float("nan") if len(kinds_seen) < 2 else cac(items, 5, "fleiss")
    if complete and len(kinds_seen) > 1:
        counts = [[item.count(k) for k in range(5)] for item in items]
        assert abs(fleiss - fleiss_kappa(counts)) < 1e-9, (name, fleiss)
    write_value(out, "fleiss", lambda: fleiss)
    write_value(out, "alpha", lambda: float("nan") if one_kind(items) else alpha(items))
    for q in sorted({5, n_kinds}):
        write_value(out, f"ac1 of {q}", lambda: cac(items, q, "gwet"))


def write_alpha_interval(out, items, n_resamples=200_000):
    """Alpha of each resample from the items' counts; the whole sample's is compared with the package's."""
    counts = np.array([[item.count(k) for k in range(5)] for item in items], dtype=float)
    n_of = counts.sum(axis=1)
    alike_of = (counts * (counts - 1)).sum(axis=1) / (n_of - 1)

    def of(idx):
        n = n_of[idx].sum(axis=-1)
        kinds = counts[idx].sum(axis=-2)
        expected = (kinds * (kinds - 1)).sum(axis=-1) / (n * (n - 1))
        return 1 - (1 - alike_of[idx].sum(axis=-1) / n) / (1 - expected)

    assert abs(of(np.arange(len(items))) - alpha(items)) < 1e-12
    rng = np.random.default_rng(23)
    drawn = np.concatenate([of(rng.integers(0, len(items), (20_000, len(items)))) for _ in range(n_resamples // 20_000)])
    low, high = np.quantile(drawn, [0.025, 0.975])
    out.write(f"value\talpha low\t{float(low)!r}\nvalue\talpha high\t{float(high)!r}\n")


def random_table(rng, n_items, n_people, n_kinds, agree, missing):
    items = []
    for _ in range(n_items):
        true = int(rng.integers(n_kinds))
        item = [true if rng.random() < agree else int(rng.integers(n_kinds)) for _ in range(n_people)]
        items.append([None if rng.random() < missing else k for k in item])
    return items


with open("agreement.tsv", "w", encoding="utf-8") as out:
    python = ".".join(map(str, sys.version_info[:3]))
    names = ("numpy", "krippendorff", "irrCAC", "statsmodels")
    out.write(f"# Python {python}, " + ", ".join(f"{n} {importlib.metadata.version(n)}" for n in names) + "\n")
    for name, items in PUBLISHED.items():
        write_table(out, name, items, name != "Fleiss 1971", 5)
        if name == "Fleiss 1971":
            write_alpha_interval(out, items)
    rng = np.random.default_rng(29)
    for n_items, n_people, n_kinds, agree, missing in [
        (2, 2, 3, 0.0, 0), (5, 2, 3, 0.8, 0), (40, 2, 3, 0.8, 0), (100, 2, 3, 0.95, 0),
        (100, 2, 2, 0.5, 0.2), (30, 3, 3, 0.7, 0), (30, 3, 3, 0.7, 0.3), (60, 4, 3, 0.9, 0.5), (60, 5, 5, 0.6, 0.4),
        (12, 3, 3, 0.0, 0.2), (200, 6, 3, 0.85, 0.6), (20, 2, 5, 1.0, 0), (25, 3, 2, 0.9, 0.1), (500, 2, 3, 0.7, 0.7),
        (10, 8, 4, 0.5, 0.2),
    ]:
        name = f"{n_items} items, {n_people} people, {n_kinds} kinds, {agree} agree, {missing} missing"
        write_table(out, name, random_table(rng, n_items, n_people, n_kinds, agree, missing), True, n_kinds)
    write_table(out, "one kind", [[2, 2], [2, 2], [2, 2]], True, 3)
    write_table(out, "no overlap", [[0, None], [None, 1], [2, None]], True, 3)
    write_table(out, "one of a hundred differs", [[2, 2]] * 99 + [[0, 2]], True, 3)
