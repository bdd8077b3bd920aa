"""Weights of topic words against BERTopic's own transformer."""

import json

import numpy as np
from bertopic.vectorizers import ClassTfidfTransformer
from sklearn.feature_extraction.text import CountVectorizer

import articles
import peers
import programs
from table import Row

MOST_APART = 1e-5
TIE = 1e-12
N_SHOWN = 10
# Enough of each topic's words to compare weights far down the list.
N_COMPARED = 1_000
LEAST_DOCS = 15
NGRAMS = ((1, 1), (1, 2))
WEIGHTINGS = {
    "plain": {},
    "bm25": {"bm25_weighting": True},
    "reduce-frequent": {"reduce_frequent_words": True},
    "bm25, reduce-frequent": {"bm25_weighting": True, "reduce_frequent_words": True},
}
FLAGS = {"bm25_weighting": "--bm25", "reduce_frequent_words": "--reduce-frequent"}
LANGUAGES = {"English": ("US", "GB"), "French": ("FR",), "German": ("DE",)}


def rows(options):
    if not articles.available():
        return []
    every = articles.articles()
    if options.quick:
        every = every[::5]
    lines = []
    for language, nations in LANGUAGES.items():
        docs = _topics([article for article in every if article.nation in nations])
        lines += [_row(options, language, docs, ngrams) for ngrams in NGRAMS]
    return [*lines, _chinese_row(options, [article for article in every if article.nation == "CN"])]


def _topics(chosen):
    """Texts with the number of their topic; topics of a few texts are left out."""
    names = [article.topic for article in chosen]
    kept = sorted(topic for topic in set(names) if names.count(topic) >= LEAST_DOCS)
    return [(kept.index(a.topic), a.text) for a in chosen if a.topic in kept]


def _row(options, language, docs, ngrams):
    """One line with the worst of all ways of weighing."""
    made = {
        name: _compared(
            _theirs(_joined(docs), ngrams, settings), _ours(options, docs, ngrams, settings)
        )
        for name, settings in WEIGHTINGS.items()
    }
    apart = max(one["apart"] for one in made.values())
    wrong = sum(one["out_of_order"] for one in made.values())
    n_weights = sum(one["n_weights"] for one in made.values())
    return Row(
        f"c-TF-IDF, {language}, {len(docs):,} articles, n-grams {ngrams[0]} to {ngrams[1]}, "
        f"{len(WEIGHTINGS)} weightings",
        peers.name("bertopic"),
        f"{n_weights:,} weights",
        f"apart by {apart:.1e}; {wrong} of the top {N_SHOWN} out of order",
        target=f"≤ {MOST_APART:.0e}, same order",
        holds=bool(apart <= MOST_APART and wrong == 0),
        figures=made,
    )


def _chinese_row(options, chosen):
    """Two programs cut Chinese into words in two ways, so the line has no target."""
    import jieba

    jieba.setLogLevel("ERROR")
    docs = _topics(chosen)
    cut = [(topic, " ".join(jieba.lcut(text))) for topic, text in docs]
    theirs = _theirs(_joined(cut), (1, 1), {})
    ours = _ours(options, docs, (1, 1), {})
    common = [
        len({term for term, _ in own[:N_SHOWN]} & set(_heaviest(theirs[topic])))
        for topic, own in ours.items()
    ]
    share = sum(common) / (N_SHOWN * len(common))
    return Row(
        f"c-TF-IDF, Chinese, {len(docs):,} articles: top {N_SHOWN} terms in common",
        f"{peers.name('bertopic')}, {peers.name('jieba')}",
        "–",
        f"{share:.0%}",
        figures={"common_share": share},
    )


def _joined(docs):
    """The texts of each topic joined by a blank, as BERTopic joins them before it counts."""
    texts = {}
    for topic, text in docs:
        texts.setdefault(topic, []).append(text)
    return {topic: " ".join(own) for topic, own in sorted(texts.items())}


def _theirs(joined, ngrams, settings):
    """The weight of each term in each topic."""
    counter = CountVectorizer(ngram_range=ngrams)
    weights = ClassTfidfTransformer(**settings).fit_transform(counter.fit_transform(joined.values()))
    terms = counter.get_feature_names_out()
    return {
        topic: dict(zip(terms[row.indices], row.data))
        for topic, row in zip(joined, (weights[i] for i in range(weights.shape[0])))
    }


def _ours(options, docs, ngrams, settings):
    """Terms and weights of each topic, heaviest first."""
    docs_file, terms_file = options.scratch / "docs.jsonl", options.scratch / "terms.jsonl"
    with open(docs_file, "w", encoding="utf-8") as out:
        for topic, text in docs:
            out.write(json.dumps({"text": text, "topic": topic}, ensure_ascii=False) + "\n")
    flags = [FLAGS[name] for name in settings]
    flags += ["--ngrams", ",".join(map(str, ngrams)), "--top", N_COMPARED]
    programs.ctfidf(docs_file, terms_file, *flags)
    with open(terms_file, encoding="utf-8") as lines:
        return {
            row["topic"]: [(term["term"], term["weight"]) for term in row["terms"]]
            for row in map(json.loads, lines)
        }


def _compared(theirs, ours):
    """How far weights lie apart, and how many of the shown terms stand in another place.

    A term that only one side has counts with its whole weight. Terms of equal weight may stand in
    any order.
    """
    assert set(theirs) == set(ours), "other topics"
    apart, wrong, n_weights = 0.0, 0, 0
    for topic, own in ours.items():
        weights = theirs[topic]
        for term, weight in own:
            apart = max(apart, abs(weight - weights.get(term, 0.0)))
        n_weights += len(own)
        heaviest = sorted(weights.values(), reverse=True)[:N_SHOWN]
        shown = [weights.get(term, -np.inf) for term, _ in own[:N_SHOWN]]
        assert len(shown) == len(heaviest), f"{len(shown)} terms of topic {topic}"
        wrong += sum(abs(a - b) > TIE for a, b in zip(shown, heaviest))
    return {"apart": apart, "out_of_order": int(wrong), "n_weights": n_weights}


def _heaviest(weights):
    return sorted(weights, key=weights.get, reverse=True)[:N_SHOWN]
