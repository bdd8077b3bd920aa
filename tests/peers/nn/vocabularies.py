"""Tokenizers of the kinds that released models have, trained on our own sentences.

All are written as `tokenizer.json` and `tokenizer_config.json`. The class named there is the plain
one, so that transformers takes the file as it stands and does not put a model's own rules on top.
"""

import itertools

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

import texts

# How text is cut before merges, as the released tokenizers have it and as GGUF files name it.
SPLITS = {
    "llama-bpe": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
    "qwen2": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
}
BEGIN, END = "<|begin_of_text|>", "<|end_of_text|>"
N_SENTENCES = 6_000
# Few enough that most words are several tokens.
N_TOKENS = 800

CONSONANTS = "bcdfghjklmnpqrstvwxz"
VOWELS = "aeiou"
N_WORD_TOKENS = 32_000


def byte_level(split="llama-bpe", begins=True):
    """Byte-level BPE as Llama 3 (with a beginning of text) and Qwen (without one) have it."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=begins))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLITS[split]), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    if not begins:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=N_TOKENS,
        special_tokens=[BEGIN, END] if begins else [END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts.corpus(N_SENTENCES), trainer)
    if begins:
        tokenizer.post_processor = _begin_with(tokenizer, BEGIN)
    return tokenizer


def pieces():
    """BPE over pieces as Llama 2 has it: blanks are `▁`, one stands before the text, and characters
    that are not in the vocabulary fall apart into bytes. A third of the Chinese ones are not."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = trainers.BpeTrainer(vocab_size=N_TOKENS - 259, limit_alphabet=150, show_progress=False)
    trained.train_from_iterator(texts.corpus(N_SENTENCES), trainer)
    learned = _model(trained)
    fixed = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    ordered = sorted(learned["vocab"], key=learned["vocab"].get)
    vocab = {token: i for i, token in enumerate([*fixed, *(t for t in ordered if t not in fixed)])}
    merges = [tuple(pair) for pair in learned["merges"]]
    tokenizer = Tokenizer(
        models.BPE(vocab=vocab, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in fixed[:3]])
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.post_processor = _begin_with(tokenizer, "<s>")
    return tokenizer


def words():
    """Byte-level BPE of 32,000 entries in which each of many thousand made-up words is one token.

    Its merges are laid out by hand: syllables first, then a blank and a syllable, then two and three
    syllables after a blank. A text of such words has as many tokens as words, however it is cut.
    """
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    blank = "Ġ"
    syllables = ["".join(pair) for pair in itertools.product(CONSONANTS, VOWELS)]
    merges = [tuple(syllable) for syllable in syllables]
    merges += [(blank, syllable) for syllable in syllables]
    merges += [(blank + a, b) for a in syllables for b in syllables]
    n_left = N_WORD_TOKENS - 2 - len(alphabet) - len(merges)
    # Every 43rd of a million, so that the three-syllable words begin and end in all ways.
    triples = itertools.islice(itertools.product(syllables, repeat=3), 0, None, 43)
    merges += [(blank + a + b, c) for a, b, c in itertools.islice(triples, n_left)]
    tokens = [BEGIN, END, *alphabet, *("".join(pair) for pair in merges)]
    assert len(tokens) == len(set(tokens)) == N_WORD_TOKENS
    tokenizer = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    tokenizer.add_special_tokens([BEGIN, END])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLITS["llama-bpe"]), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = _begin_with(tokenizer, BEGIN)
    return tokenizer


def single_words(tokenizer):
    """The words of `words()` that are one token after a blank, without that blank."""
    vocab = tokenizer.get_vocab()
    return [t[1:] for t in sorted(vocab, key=vocab.get) if t.startswith("Ġ") and len(t) >= 5]


def wordpiece():
    """WordPiece as BERT has it."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=N_TOKENS, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts.corpus(N_SENTENCES), trainer)
    tokenizer.post_processor = _between(tokenizer, "[CLS]", "[SEP]")
    return tokenizer


def unigram():
    """Unigram pieces as XLM-RoBERTa has them; its padding is token 1."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    trainer = trainers.UnigramTrainer(
        vocab_size=N_TOKENS,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        unk_token="<unk>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts.corpus(N_SENTENCES), trainer)
    tokenizer.post_processor = _between(tokenizer, "<s>", "</s>")
    return tokenizer


def save(tokenizer, folder, **special):
    """Writes both files of a tokenizer; `special` are its `bos_token`, `eos_token` and so on."""
    from transformers import PreTrainedTokenizerFast

    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)


def _model(tokenizer):
    import json

    return json.loads(tokenizer.to_str())["model"]


def _begin_with(tokenizer, begin):
    return processors.TemplateProcessing(
        single=f"{begin} $A",
        pair=f"{begin} $A {begin}:1 $B:1",
        special_tokens=[(begin, tokenizer.token_to_id(begin))],
    )


def _between(tokenizer, begin, end):
    special = [(token, tokenizer.token_to_id(token)) for token in (begin, end)]
    return processors.TemplateProcessing(
        single=f"{begin} $A {end}", pair=f"{begin} $A {end} $B:1 {end}:1", special_tokens=special
    )
