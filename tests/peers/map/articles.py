"""Reads the news files and cuts articles into passages.

The files differ in format on purpose; this reads each as it is and keeps what the comparison uses:
the nation, a topic given by the source, the text. The text is read where it lies and is never
written anywhere but into the cache under `target/`.
"""

import csv
import json
import re
import sys
from dataclasses import dataclass

from settings import NEWS

LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*\s*")
# A Chinese character says about as much to the embedding model as four Latin ones.
LATIN_PER_HAN = 4


@dataclass(frozen=True)
class Article:
    nation: str
    topic: str
    text: str


@dataclass(frozen=True)
class Passage:
    """A stretch of one article; `place` counts from 0, the article's opening."""

    nation: str
    topic: str
    place: int
    text: str


def available():
    """Whether the news folder is there; without it the rows on real text are left out."""
    return NEWS.is_dir()


def articles():
    """All articles of the five files, in file order."""
    csv.field_size_limit(sys.maxsize)
    return [*_chinese(), *_american(), *_british(), *_german(), *_french()]


def passages(n_chars):
    """Every article cut at ends of sentences into passages of about `n_chars` Latin characters."""
    return [
        Passage(article.nation, article.topic, place, text)
        for article in articles()
        for place, text in enumerate(_cut(article, n_chars))
    ]


def _cut(article, n_chars):
    limit = n_chars // LATIN_PER_HAN if article.nation == "CN" else n_chars
    pieces, open_piece = [], ""
    for sentence in SENTENCE.findall(article.text):
        open_piece += sentence
        if len(open_piece) >= limit:
            pieces.append(open_piece.strip())
            open_piece = ""
    # A short rest would be a passage of next to no content; a short article is kept whole.
    if len(open_piece) >= limit // 2 or not pieces:
        pieces.append(open_piece.strip())
    return pieces


def _chinese():
    with open(NEWS / "cn_broadcast.jsonl", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            # The link to the original that closes each text would make every last passage alike.
            yield Article("CN", row["date"][:7], LINK.sub("", row["text"]))


def _american():
    with open(NEWS / "us_press.jsonl", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield Article("US", row["topic"], row["content"])


def _british():
    with open(NEWS / "uk_press.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Article("GB", row["topic"], row["content"])


def _german():
    with open(NEWS / "de_10kgnad_test.csv", encoding="utf-8", newline="") as file:
        for topic, text in csv.reader(file, delimiter=";", quotechar="'"):
            yield Article("DE", topic, text)


def _french():
    with open(NEWS / "fr_press.json", encoding="utf-8") as file:
        for row in json.load(file):
            yield Article("FR", f"{row['source']} {row['date'][:7]}", row["body"])
