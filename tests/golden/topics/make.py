"""Makes the reference numbers beside this file.

Versions: Python 3, numpy 2.4.6, scikit-learn 1.9.1, scipy 1.17.1. The c-TF-IDF lines are the formula of
BERTopic 0.17 `ClassTfidfTransformer` written out over scikit-learn's `CountVectorizer`; the
maximal marginal relevance is that of KeyBERT, and the KeyBERT-style words are those of BERTopic 0.17
`KeyBERTInspired` with every document drawn, both written out over scikit-learn's cosine.
Run: python make.py
"""

import math

import numpy as np
from scipy.cluster.hierarchy import cut_tree, leaves_list, linkage
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import squareform
from scipy.stats import false_discovery_control
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize

DOCS = [
    (0, "The grid needs wind and the wind needs a grid"),
    (0, "Coal leaves the grid; wind stays, 2 of 10 plants close"),
    (0, "Wind, wind and again wind over the coast"),
    (1, "A court rules on asylum and on the border"),
    (1, "Border police and court disagree about asylum rules"),
    (2, "The school teaches two languages"),
    (2, "Parents ask the school for a third language, the teacher agrees with the parents"),
]


def ctfidf():
    topics = [t for t, _ in DOCS]
    vectorizer = CountVectorizer(ngram_range=(1, 2))
    # Documents are counted one by one and summed, so that no pair spans two documents.
    counts = vectorizer.fit_transform([d for _, d in DOCS]).toarray()
    terms = vectorizer.get_feature_names_out()
    x = np.array([counts[[i for i, u in enumerate(topics) if u == t]].sum(axis=0) for t in range(3)], dtype=float)
    f = x.sum(axis=0)
    a = int(x.sum(axis=1).mean())
    tf = normalize(x, norm="l1", axis=1)
    tables = {
        "plain": tf * np.log(1 + a / f),
        "bm25": tf * np.log(1 + (a - f + 0.5) / (f + 0.5)),
        "reduced": np.sqrt(tf) * np.log(1 + a / f),
    }
    with open("ctfidf.tsv", "w", encoding="utf-8") as out:
        for topic, text in DOCS:
            out.write(f"doc\t{topic}\t{text}\n")
        for name, w in tables.items():
            for t in range(3):
                for j in np.flatnonzero(x[t]):
                    out.write(f"{name}\t{t}\t{terms[j]}\t{float(w[t, j])!r}\n")


def mmr():
    rng = np.random.default_rng(3)
    words = rng.normal(size=(20, 6)).round(3).astype(np.float32)
    words[7] = words[2] * 2
    topic = (words[:6].mean(axis=0)).round(3).astype(np.float32)
    d = 0.3
    fit = cosine_similarity(words.astype(float), topic[None].astype(float))[:, 0]
    between = cosine_similarity(words.astype(float))
    chosen = [int(np.argmax(fit))]
    while len(chosen) < 10:
        rest = [i for i in range(len(words)) if i not in chosen]
        score = [(1 - d) * fit[i] - d * between[i, chosen].max() for i in rest]
        chosen.append(rest[int(np.argmax(score))])
    with open("mmr.tsv", "w", encoding="utf-8") as out:
        out.write("# the topic, the order of choice, then one word's vector a line\n")
        for row in [topic, chosen, *words]:
            out.write(" ".join(str(v) for v in row) + "\n")


def stats():
    rng = np.random.default_rng(5)
    cases = [
        ([0, 0, 1, 1], [1, 1, 0, 0]),
        ([0, 0, 1, 1], [0, 1, 0, 1]),
        ([0, 0, 0, 0], [0, 1, 2, 3]),
        ([0, 0, 0], [5, 5, 5]),
        ([0, 1, 2], [2, 1, 0]),
        (rng.integers(-1, 4, 60).tolist(), rng.integers(-1, 3, 60).tolist()),
    ]
    left = rng.integers(-1, 5, 80)
    right = np.where(rng.random(80) < 0.7, left, rng.integers(0, 5, 80))
    cases.append((left.tolist(), right.tolist()))
    with open("stats.tsv", "w", encoding="utf-8") as out:
        for a, b in cases:
            line = [" ".join(map(str, a)), " ".join(map(str, b))]
            line += [repr(float(adjusted_rand_score(a, b))), repr(float(normalized_mutual_info_score(a, b)))]
            out.write("labels\t" + "\t".join(line) + "\n")
        for p in ([0.01, 0.04, 0.03, 0.2, 0.9, 0.005], [0.5, 0.5, 0.02]):
            q = false_discovery_control(p)
            out.write("bh\t" + " ".join(map(str, p)) + "\t" + " ".join(repr(float(v)) for v in q) + "\n")
        z = 1.959963984540054
        for k, n in [(0, 100), (1, 10), (37, 100), (520, 943), (5, 5)]:
            # Roots of (p - k/n)^2 = z^2 p (1 - p) / n, another way to the same interval.
            low, high = sorted(np.roots([1 + z * z / n, -2 * k / n - z * z / n, (k / n) ** 2]).real)
            out.write(f"wilson\t{k}\t{n}\t{float(low)!r}\t{float(high)!r}\n")


def hierarchy():
    """Ward's tree over 1 - cosine of 24 topics in four families, as BERTopic's hierarchical_topics builds it."""
    rng = np.random.default_rng(9)
    families = rng.gamma(0.3, size=(4, 30))
    rows = (families[rng.integers(0, 4, 24)] + rng.gamma(0.2, 0.5, size=(24, 30))).round(3)
    far = 1 - cosine_similarity(rows)
    np.fill_diagonal(far, 0)
    z = linkage(squareform(far, checks=False), "ward", optimal_ordering=True)
    order = leaves_list(z)
    with open("hierarchy.tsv", "w", encoding="utf-8") as out:
        for row in rows:
            out.write("row\t" + "\t".join(str(float(v)) for v in row) + "\n")
        for a, b, height, n in z:
            out.write(f"merge\t{int(min(a, b))}\t{int(max(a, b))}\t{float(height)!r}\t{int(n)}\n")
        out.write(f"length\t{float(far[order[:-1], order[1:]].sum())!r}\n")
        for k in (2, 5, 11):
            # scipy numbers groups by their first topic, as we do.
            out.write(f"cut\t{k}\t" + "\t".join(str(int(g)) for g in cut_tree(z, k)[:, 0]) + "\n")


def keybert():
    rng = np.random.default_rng(21)
    topics = [t for t, _ in DOCS] + [0, 1, 2, 2, 1]
    texts = [d for _, d in DOCS] + [
        "Wind and sun feed the grid at night and by day",
        "The court sends the border police home",
        "A school of languages and a language of schools",
        "The teacher and the parents of the school",
        "Asylum, border, court: the rules of the police",
    ]
    vectorizer = CountVectorizer()
    counts = vectorizer.fit_transform(texts).toarray()
    terms = vectorizer.get_feature_names_out()
    x = np.array([counts[[i for i, u in enumerate(topics) if u == t]].sum(axis=0) for t in range(3)], dtype=float)
    idf = np.log(1 + int(x.sum(axis=1).mean()) / x.sum(axis=0))
    weights = normalize(x, norm="l1", axis=1) * idf
    docs = rng.normal(size=(len(texts), 5)).round(3).astype(np.float32)
    words = rng.normal(size=(len(terms), 5)).round(3).astype(np.float32)
    with open("keybert.tsv", "w", encoding="utf-8") as out:
        for topic, text, v in zip(topics, texts, docs):
            out.write(f"doc\t{topic}\t{text}\t" + "\t".join(str(y) for y in v) + "\n")
        for term, v in zip(terms, words):
            out.write(f"word\t{term}\t" + "\t".join(str(y) for y in v) + "\n")
        for t in range(3):
            own = np.array([i for i, u in enumerate(topics) if u == t])
            near = cosine_similarity(normalize(counts[own].astype(float), norm="l1", axis=1) * idf, weights[[t]])[:, 0]
            middle = docs[own[np.argsort(-near, kind="stable")[:3]]].astype(float).mean(axis=0)
            candidates = np.argsort(-weights[t], kind="stable")[:8]
            fit = cosine_similarity(middle[None], words[candidates].astype(float))[0]
            for k in np.argsort(-fit, kind="stable")[:5]:
                out.write(f"best\t{t}\t{terms[candidates[k]]}\t{float(fit[k])!r}\n")


def assignment():
    rng = np.random.default_rng(17)
    with open("assignment.tsv", "w", encoding="utf-8") as out:
        for n, m in [(1, 1), (9, 9), (7, 12), (12, 7), (20, 20), (15, 40)]:
            scores = rng.random((n, m)).round(3)
            rows, columns = linear_sum_assignment(scores, maximize=True)
            out.write(f"total\t{float(scores[rows, columns].sum())!r}\n")
            for row in scores:
                out.write("\t".join(str(float(v)) for v in row) + "\n")


ctfidf()
mmr()
hierarchy()
keybert()
stats()
assignment()
