"""Items to score and pairs to train on, as dictionaries that become JSON lines."""

import numpy as np

import texts
import vocabularies
from settings import SEED

ANSWERS = {
    "en": "My answer is",
    "de": "Meine Antwort lautet:",
    "fr": "Ma réponse est",
    "zh": "我的回答是",
}
BLANKS = (" ", "  ", "\n", "\n\n", "\t", "\u3000", "\u00a0", " \n")


def mixed(n, label=11):
    """Contexts of one to four sentences and continuations of one or two, all languages in turn."""
    rng = np.random.default_rng([SEED, label])
    made = []
    for i in range(n):
        language = list(texts.LANGUAGES)[i % len(texts.LANGUAGES)]
        blank = texts.LANGUAGES[language].blank
        context = _sentences(rng, language, rng.integers(1, 5))
        made.append(_item(context, blank + _sentences(rng, language, rng.integers(1, 3))))
    return made


def boundary(n, rules):
    """Items in which it is not plain where the continuation begins.

    Left out are those whose continuation has no token of its own under one of the rules, because it
    melts into the context; what should then be scored is not defined.
    """
    rng = np.random.default_rng([SEED, 12])
    kinds = (_plain, _template, _trailing, _nothing, _cut, _changing)
    languages = list(texts.LANGUAGES)
    made = []
    while len(made) < n:
        i = len(made)
        item = kinds[i // len(languages) % len(kinds)](rng, languages[i % len(languages)])
        if all(rule.join(**item).n_scored > 0 for rule in rules):
            made.append(item)
    return made


def _plain(rng, language):
    blank = texts.LANGUAGES[language].blank
    return _item(texts.sentence(rng, language), blank + texts.sentence(rng, language))


def _template(rng, language):
    """Question, newline, answer, with the newline on either side or on both."""
    question, answer = (
        texts.sentence(rng, language),
        f"{ANSWERS[language]} {texts.sentence(rng, language)}",
    )
    before, after = (("\n", ""), ("", "\n"), ("\n", "\n"))[rng.integers(3)]
    return _item(question + before, after + answer)


def _trailing(rng, language):
    """Blanks at the context's end, with and without a further one before the continuation."""
    context = texts.sentence(rng, language) + BLANKS[rng.integers(len(BLANKS))]
    return _item(context, (" " if rng.random() < 0.4 else "") + texts.sentence(rng, language))


def _nothing(rng, language):
    """No context at all, or one of blanks only."""
    context = "" if rng.random() < 0.7 else BLANKS[rng.integers(len(BLANKS))]
    return _item(context, (" " if rng.random() < 0.3 else "") + texts.sentence(rng, language))


def _cut(rng, language):
    """One sentence cut anywhere, most often within a word, where tokens may span the cut."""
    whole = texts.sentence(rng, language)
    at = int(rng.integers(1, len(whole) - 1))
    return _item(whole[:at], whole[at:])


def _changing(rng, language):
    """Another language after the cut, without a blank between."""
    others = [other for other in texts.LANGUAGES if other != language]
    other = others[rng.integers(len(others))]
    return _item(texts.sentence(rng, language)[:-1], texts.sentence(rng, other))


def triples(n, n_question, n_answer):
    """Two items for each triple, S and RS after the same question, of so many tokens each.

    Made of words that are one token each for the tokenizer `words`. The question's tokens count the
    beginning of text.
    """
    rng = np.random.default_rng([SEED, 13, n_question, n_answer])
    words = vocabularies.single_words(vocabularies.words())
    made = []
    for _ in range(n):
        question = "ba" + _words(rng, words, n_question - 2)
        made += [_item(question, _words(rng, words, n_answer)) for _ in range(2)]
    return made


def pairs(n, label=14):
    """Pairs whose answers begin with a blank (none in Chinese), so that everybody cuts them alike."""
    rng = np.random.default_rng([SEED, label])
    languages = ("en", "de", "fr")
    made = []
    for i in range(n):
        language = languages[i % len(languages)]
        prompt = _sentences(rng, language, rng.integers(1, 3))
        chosen, rejected = (" " + _sentences(rng, language, rng.integers(1, 3)) for _ in range(2))
        made.append({"prompt": prompt, "chosen": chosen, "rejected": rejected})
    return made


def knotty_pairs(n, rules):
    """Pairs that are cut within words, after newlines and after blanks."""
    rng = np.random.default_rng([SEED, 15])
    languages = list(texts.LANGUAGES)
    kinds = (_template, _trailing, _cut)
    made = []
    while len(made) < n:
        i = len(made)
        language = languages[i % len(languages)]
        item = kinds[i % len(kinds)](rng, language)
        other = texts.sentence(rng, language)
        lead = item["continuation"][: len(item["continuation"]) - len(item["continuation"].lstrip())]
        pair = {"prompt": item["context"], "chosen": item["continuation"], "rejected": lead + other}
        both = [_item(pair["prompt"], pair[side]) for side in ("chosen", "rejected")]
        if all(rule.join(**one).n_scored > 0 for rule in rules for one in both):
            made.append(pair)
    return made


def word_pairs(n, n_prompt, n_answer):
    """Pairs of so many tokens: the prompt with the beginning of text, answers with the end of text."""
    rng = np.random.default_rng([SEED, 16])
    words = vocabularies.single_words(vocabularies.words())
    return [
        {
            "prompt": "ba" + _words(rng, words, n_prompt - 2),
            "chosen": _words(rng, words, n_answer - 1),
            "rejected": _words(rng, words, n_answer - 1),
        }
        for _ in range(n)
    ]


def _item(context, continuation):
    return {"context": context, "continuation": continuation}


def _sentences(rng, language, n):
    blank = texts.LANGUAGES[language].blank
    return blank.join(texts.sentence(rng, language) for _ in range(n))


def _words(rng, words, n):
    return "".join(f" {words[i]}" for i in rng.integers(len(words), size=n))
