"""Makes the reference numbers beside this file.

The versions that made them stand in the first line of `stats.tsv`. The bootstrap line is
`scipy.stats.bootstrap` over whole clusters with the ratio of sums as its statistic and many more
resamples than the program takes, so that what is left is the program's own noise.
Run: python make.py
"""

import sys

import mpmath
import numpy as np
import scipy
import statsmodels
from scipy.stats import binomtest, bootstrap
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint


def exact_mcnemar(b, c):
    """Sum of the lower tail in 60 digits, from its largest term downward."""
    mpmath.mp.dps = 60
    m, n = min(b, c), b + c
    term = mpmath.exp(mpmath.loggamma(n + 1) - mpmath.loggamma(m + 1) - mpmath.loggamma(n - m + 1) - n * mpmath.log(2))
    total, k = term, m
    while k > 0 and term > total * mpmath.mpf(10) ** -30:
        term = term * k / (n - k + 1)
        total += term
        k -= 1
    return float(min(mpmath.mpf(1), 2 * total))


def write_mcnemar(out):
    pairs = [(0, 0), (1, 0), (0, 5), (3, 3), (6, 5), (12, 5), (5, 12), (52, 118), (40, 41), (0, 1000)]
    pairs += [(1000, 1100), (30_000, 30_400), (100_000, 101_000), (5_000_000, 5_008_000), (800_000_000, 800_090_000)]
    for b, c in pairs:
        p = exact_mcnemar(b, c)
        if b + c < 10_000:
            for other in (
                mcnemar([[7, b], [c, 9]], exact=True).pvalue,
                binomtest(min(b, c), b + c).pvalue if b + c else 1.0,
            ):
                assert abs(float(other) - p) <= 1e-11 * p, (b, c, other, p)
        out.write(f"mcnemar\t{b}\t{c}\t{p!r}\n")


def write_holm(out):
    rng = np.random.default_rng(11)
    for p in (
        [0.01, 0.04, 0.03, 0.2, 0.9, 0.005],
        [0.5, 0.5, 0.02],
        [0.04],
        [0.0, 1.0, 0.02, 0.02],
        (rng.random(20) ** 3).round(4).tolist(),
    ):
        q = multipletests(p, method="holm")[1]
        out.write("holm\t" + " ".join(map(str, p)) + "\t" + " ".join(repr(float(v)) for v in q) + "\n")


def write_spread(out):
    for rates in ([0.5, 0.52, 0.49], [0.25, 0.25, 0.25], [0.1, 0.9], [1.0, 0.999999, 0.999998, 1.0]):
        out.write("spread\t" + " ".join(map(str, rates)) + f"\t{float(np.std(rates, ddof=1))!r}\n")


def write_wilson(out):
    for k, n in [(0, 100), (3, 943), (52, 170), (471, 943), (943, 943), (1, 1)]:
        low, high = proportion_confint(k, n, 0.05, "wilson")
        out.write(f"wilson\t{k}\t{n}\t{float(low)!r}\t{float(high)!r}\n")


def write_bootstrap(out):
    """Three trials per item; clusters of very unequal size whose items resemble each other."""
    rng = np.random.default_rng(17)
    clusters, first, second = [], [], []
    for cluster in range(60):
        lean = rng.normal(0.0, 0.25)
        for _ in range(1 + rng.geometric(0.3)):
            clusters.append(cluster)
            first.append(int(rng.binomial(3, np.clip(0.5 + lean, 0.02, 0.98))))
            second.append(int(rng.binomial(3, np.clip(0.56 + 0.4 * lean + rng.normal(0, 0.15), 0.02, 0.98))))
    clusters, first, second = np.array(clusters), np.array(first) / 3, np.array(second) / 3
    n_of = np.bincount(clusters).astype(float)
    sum_of = np.bincount(clusters, weights=second - first)

    def ratio(sums, ns, axis):
        return sums.sum(axis=axis) / ns.sum(axis=axis)

    found = bootstrap(
        (sum_of, n_of), ratio, paired=True, vectorized=True, n_resamples=400_000, batch=20_000,
        confidence_level=0.95, method="percentile", rng=np.random.default_rng(3),
    )
    share = float(np.mean(found.bootstrap_distribution <= 0))
    for name, values in (("cluster", clusters), ("first", first), ("second", second)):
        out.write(f"{name}\t" + " ".join(repr(v) for v in values.tolist()) + "\n")
    low, high = found.confidence_interval
    difference = float(sum_of.sum() / n_of.sum())
    out.write(f"bootstrap\t{difference!r}\t{float(low)!r}\t{float(high)!r}\t{2 * min(share, 1 - share)!r}\n")


with open("stats.tsv", "w", encoding="utf-8") as out:
    python = ".".join(map(str, sys.version_info[:3]))
    out.write(
        f"# Python {python}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"statsmodels {statsmodels.__version__}, mpmath {mpmath.__version__}\n"
    )
    write_mcnemar(out)
    write_holm(out)
    write_spread(out)
    write_wilson(out)
    write_bootstrap(out)
