"""Sentences in four languages for tokenizers, prompts and embeddings.

Made from lists of words by a seeded generator, so that every run and every machine has the same
texts. They say nothing; what matters is that letters, lengths and word borders vary. Real passages
are there too where the news files are.
"""

import importlib.util
import pathlib
from dataclasses import dataclass

import numpy as np

from settings import NEWS, SEED


@dataclass(frozen=True)
class Language:
    """Parts of a sentence; `blank` stands between words, `stop` after a sentence."""

    starts: tuple
    subjects: tuple
    verbs: tuple
    objects: tuple
    ends: tuple
    blank: str
    stop: str


def _split(text):
    return tuple(part.strip() for part in text.split("|"))


LANGUAGES = {
    "en": Language(
        _split(
            "Last year|In spring|After the vote|Without delay|Once again|By law|For many years|In 2024"
        ),
        _split(
            "the council|a young teacher|the minister of trade|every village|the old harbor|"
            "her neighbor|the court|a farmers' union|the newspaper|our grandmother|the library|nobody"
        ),
        _split(
            "protects|defends|rejects|should honor|has not forgotten|pays for|doubts|welcomes|"
            "would rather lose|explains|postponed|couldn't accept"
        ),
        _split(
            "the right to work|clean water|free speech|the family's customs|public schools|"
            "an honest answer|higher taxes|the freedom of others|peace along the border|privacy|"
            "24 new rules|the dignity of the poor"
        ),
        _split(
            "in quiet times|for its own sake|beyond the river|with great care|against all advice|"
            "at any price|within 3.5 years|together with strangers|as the charter asks|"
            "under the open sky"
        ),
        " ",
        ".",
    ),
    "de": Language(
        _split(
            "Seit Jahren|Im Frühling|Trotz der Wahl|Ohne Zögern|Wieder einmal|Laut Gesetz|"
            "Am 3. Oktober|Heute"
        ),
        _split(
            "der Gemeinderat|eine junge Lehrerin|das Bundesverfassungsgericht|jedes Dorf|"
            "der alte Hafen|ihr Nachbar|die Bürgerinitiative|der Bauernverband|die Zeitung|"
            "unsere Großmutter|die Stadtbücherei|niemand"
        ),
        _split(
            "schützt|verteidigt|verweigert|ehrt|vergisst nie|bezahlt|bezweifelt|begrüßt|übersieht|"
            "erklärt|verschiebt|prüft"
        ),
        _split(
            "das Recht auf Arbeit|sauberes Wasser|die Meinungsfreiheit|alte Bräuche|"
            "öffentliche Schulen|eine ehrliche Antwort|höhere Steuern|die Freiheit der anderen|"
            "den Frieden an der Grenze|den Datenschutz|24 neue Vorschriften|die Würde der Ärmsten"
        ),
        _split(
            "in ruhigen Zeiten|um ihrer selbst willen|jenseits des Flusses|mit großer Sorgfalt|"
            "gegen jeden Rat|um jeden Preis|binnen 3,5 Jahren|gemeinsam mit Fremden|"
            "wie die Verfassung verlangt|unter freiem Himmel"
        ),
        " ",
        ".",
    ),
    "fr": Language(
        _split(
            "L’an dernier|Au printemps|Après le vote|Sans tarder|Encore une fois|Selon la loi|"
            "Le 14 juillet|Ici"
        ),
        _split(
            "le conseil municipal|une jeune enseignante|le ministre du commerce|chaque village|"
            "le vieux port|sa voisine|la cour d’appel|un syndicat d’éleveurs|le journal|"
            "notre grand-mère|la bibliothèque|personne"
        ),
        _split(
            "protège|défend|refuse|honore|n’oublie pas|finance|remet en cause|accueille|"
            "préfère perdre|explique|a reporté|doit respecter"
        ),
        _split(
            "le droit au travail|l’eau potable|la liberté d’expression|les coutumes de la famille|"
            "l’école publique|une réponse honnête|des impôts plus élevés|la liberté d’autrui|"
            "la paix à la frontière|la vie privée|24 règles nouvelles|la dignité des plus pauvres"
        ),
        _split(
            "en temps calme|pour elle-même|au-delà du fleuve|avec grand soin|contre tout avis|"
            "à tout prix|d’ici 3,5 ans|avec des inconnus|comme l’exige la charte|à ciel ouvert"
        ),
        " ",
        ".",
    ),
    "zh": Language(
        _split("去年|春天里|投票之后|毫不迟疑地|再一次|依照法律|多年以来|在2024年"),
        _split(
            "村委会|一位年轻的老师|商务部长|每个村庄|古老的港口|她的邻居|最高法院|农民协会|报纸|"
            "我们的祖母|图书馆|没有人"
        ),
        _split("保护|捍卫|拒绝|应当尊重|没有忘记|支付|怀疑|欢迎|宁愿失去|解释|推迟了|不能接受"),
        _split(
            "劳动的权利|干净的水|言论自由|家庭的习俗|公立学校|诚实的回答|更高的税收|他人的自由|"
            "边境的和平|个人隐私|24条新规定|穷人的尊严"
        ),
        _split(
            "，即使在平静的日子里|，只为其本身|，远在大河那边|，十分谨慎|，不顾劝告|，不惜代价|"
            "，在三年半之内|，与陌生人一起|，正如宪章所要求|，在蓝天之下"
        ),
        "",
        "。",
    ),
}


def sentence(rng, language):
    words = LANGUAGES[language]
    parts = [words.subjects, words.verbs, words.objects]
    if rng.random() < 0.6:
        parts.append(words.ends)
    chosen = [part[rng.integers(len(part))] for part in parts]
    if rng.random() < 0.4:
        chosen.insert(0, words.starts[rng.integers(len(words.starts))])
    made = words.blank.join(chosen)
    return made[0].upper() + made[1:] + words.stop


def text(rng, language, n_words):
    """Sentences cut after `n_words` words; for Chinese, two characters count as a word."""
    blank = LANGUAGES[language].blank
    made = ""
    while _n_words(made, blank) < n_words:
        made += (blank if made else "") + sentence(rng, language)
    return " ".join(made.split(" ")[:n_words]) if blank else made[: 2 * n_words]


def _n_words(made, blank):
    return len(made.split()) if blank else len(made) // 2


def corpus(n_sentences, label=0):
    """Sentences of all languages in turn, for training tokenizers."""
    rng = np.random.default_rng([SEED, label])
    languages = list(LANGUAGES)
    return [sentence(rng, languages[i % len(languages)]) for i in range(n_sentences)]


def varied(n, least_words=5, most_words=200, label=1):
    """Texts of all languages in turn, lengths spread evenly on a logarithmic scale."""
    rng = np.random.default_rng([SEED, label])
    languages = list(LANGUAGES)
    lengths = np.exp(rng.uniform(np.log(least_words), np.log(most_words + 1), size=n)).astype(int)
    return [text(rng, languages[i % len(languages)], int(lengths[i])) for i in range(n)]


def passages(n, n_chars=600):
    """Passages of real articles, or nothing where the news files are not there."""
    if not NEWS.is_dir():
        return []
    # The reader of the map's comparison, which takes its folder from this folder's settings.
    file = pathlib.Path(__file__).resolve().parents[1] / "map" / "articles.py"
    spec = importlib.util.spec_from_file_location("articles", file)
    articles = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(articles)
    every = [passage.text for passage in articles.passages(n_chars)]
    order = np.random.default_rng([SEED, 2]).permutation(len(every))[:n]
    return [every[i] for i in order]
