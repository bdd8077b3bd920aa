"""Makes the models of the comparison: `models.py FOLDER [--only NAME,...]`.

All weights are seeded noise, wide enough that log-probabilities differ from token to token, and all
folders are written by the libraries that write the released ones. A model stands in a folder of its
name; one that is there is kept. GGUF files are made from such folders by `gguf_file.py`.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zlib
from dataclasses import dataclass, field

import numpy as np

import vocabularies
from settings import SEED, WORK

# Goes up when a change here makes other models, so that old ones are not read.
VERSION = 1
FOLDER = WORK / f"models-v{VERSION}"

TINY = dict(
    hidden_size=64,
    intermediate_size=96,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=512,
    rms_norm_eps=1e-5,
    tie_word_embeddings=False,
)
LLAMA3_ROPE = dict(
    rope_type="llama3",
    rope_theta=500_000.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=64,
)
# Of a width that the K quantizations can cut into their blocks of 256.
WIDE = TINY | dict(hidden_size=256, intermediate_size=512, num_hidden_layers=2)
# 55.97 million parameters, as many as the target names.
MEDIUM = TINY | dict(
    hidden_size=512,
    intermediate_size=1_376,
    num_hidden_layers=8,
    num_attention_heads=8,
    num_key_value_heads=4,
)
# About 1.1 billion parameters, for accelerators.
LARGE = TINY | dict(
    hidden_size=2_048,
    intermediate_size=5_632,
    num_hidden_layers=22,
    num_attention_heads=32,
    num_key_value_heads=4,
)


@dataclass(frozen=True)
class Decoder:
    """A decoder to make: its class in transformers, its shape, its tokenizer and how it is stored.

    `old_config` writes `config.json` as releases before transformers 5 did, with the base and the
    scaling of the rotary positions apart.
    """

    family: str
    shape: dict
    tokenizer: str = "begins"
    dtype: str = "float32"
    shard: str = "1GB"
    old_config: bool = False


@dataclass(frozen=True)
class Encoder:
    """A Sentence-Transformers folder to make.

    `old_layout` writes it as early releases did, which most published folders still have: the longest
    text in `sentence_bert_config.json` instead of `tokenizer_config.json`, other names of the modules,
    and one switch for each kind of pooling.
    """

    family: str
    pooling: str = "mean"
    normalize: bool = True
    max_tokens: int = 128
    prompts: dict = field(default_factory=dict)
    include_prompt: bool = True
    old_layout: bool = False


PROMPTS = {"query": "query: ", "passage": "passage: the text says that "}

DECODERS = {
    "llama2": Decoder("Llama", TINY | dict(num_key_value_heads=4), "pieces"),
    "llama3": Decoder("Llama", TINY | dict(tie_word_embeddings=True, rope_parameters=LLAMA3_ROPE)),
    "llama3-old": Decoder(
        "Llama", TINY | dict(rope_parameters=LLAMA3_ROPE), dtype="bfloat16", old_config=True
    ),
    "llama-bias": Decoder("Llama", TINY | dict(attention_bias=True), dtype="float16"),
    # Shorter than most texts, so that the window shows.
    "mistral": Decoder("Mistral", TINY | dict(sliding_window=24), "pieces", dtype="bfloat16"),
    "qwen2": Decoder("Qwen2", TINY | dict(tie_word_embeddings=True), "plain", dtype="float16"),
    "qwen2-sharded": Decoder("Qwen2", TINY, "plain", shard="100KB"),
    # Heads wider than hidden size over heads.
    "qwen3": Decoder("Qwen3", TINY | dict(head_dim=24), "plain"),
    "qwen3-tied": Decoder(
        "Qwen3", TINY | dict(head_dim=32, tie_word_embeddings=True), "plain", dtype="bfloat16"
    ),
    "mixtral": Decoder(
        "Mixtral", TINY | dict(num_local_experts=4, num_experts_per_tok=2, sliding_window=None)
    ),
    "mixtral-sharded": Decoder(
        "Mixtral",
        TINY | dict(num_local_experts=8, num_experts_per_tok=3, sliding_window=None),
        "pieces",
        dtype="bfloat16",
        shard="100KB",
    ),
}
GGUF_SOURCES = {
    "wide-llama": Decoder("Llama", WIDE | dict(num_attention_heads=8, num_key_value_heads=4)),
    "wide-llama2": Decoder("Llama", WIDE, "pieces"),
    "wide-llama3": Decoder("Llama", WIDE | dict(rope_parameters=LLAMA3_ROPE, tie_word_embeddings=True)),
    "wide-qwen2": Decoder("Qwen2", WIDE, "plain"),
    "wide-qwen3": Decoder("Qwen3", WIDE | dict(head_dim=128), "plain"),
}
TRAINED = {
    "small": Decoder("Llama", TINY | dict(hidden_size=128, intermediate_size=256, num_hidden_layers=4)),
    "medium": Decoder("Llama", MEDIUM, "words"),
    "large": Decoder("Llama", LARGE, "words", dtype="bfloat16"),
}
ENCODERS = {
    "bert-mean": Encoder("Bert", prompts=PROMPTS),
    "bert-cls": Encoder("Bert", "cls", normalize=False, old_layout=True),
    "bert-max": Encoder("Bert", "max", normalize=False, max_tokens=16),
    "bert-prompt-apart": Encoder("Bert", prompts=PROMPTS, include_prompt=False),
    "xlmr-mean": Encoder("XLMRoberta", prompts=PROMPTS, max_tokens=32, old_layout=True),
    "xlmr-cls": Encoder("XLMRoberta", "cls", max_tokens=24),
    "xlmr-max": Encoder("XLMRoberta", "max", normalize=False),
}
ALL = DECODERS | GGUF_SOURCES | TRAINED | ENCODERS

TOKENIZERS = {
    "begins": vocabularies.byte_level,
    "plain": lambda: vocabularies.byte_level("qwen2", begins=False),
    "pieces": vocabularies.pieces,
    "words": vocabularies.words,
}


def folder(name):
    return FOLDER / name


def ensure(names):
    """Makes the models that are not there, in a process of its own, since that needs torch."""
    missing = [name for name in names if not folder(name).is_dir()]
    if missing:
        command = [sys.executable, __file__, WORK, "--only", ",".join(missing)]
        subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr)


def make(name):
    """Writes under another name first, so that a stopped run leaves no half a model."""
    place = folder(name)
    part = place.with_name(f"{name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    spec = ALL[name]
    (_make_decoder if isinstance(spec, Decoder) else _make_encoder)(spec, part)
    os.replace(part, place)


def _make_decoder(spec, place):
    import torch
    import transformers

    tokenizer = TOKENIZERS[spec.tokenizer]()
    begin = {"begins": vocabularies.BEGIN, "words": vocabularies.BEGIN, "pieces": "<s>"}.get(
        spec.tokenizer
    )
    end = "</s>" if spec.tokenizer == "pieces" else vocabularies.END
    config = getattr(transformers, f"{spec.family}Config")(
        **spec.shape,
        vocab_size=tokenizer.get_vocab_size(),
        bos_token_id=tokenizer.token_to_id(begin) if begin else None,
        eos_token_id=tokenizer.token_to_id(end),
        pad_token_id=None,
    )
    model = getattr(transformers, f"{spec.family}ForCausalLM")(config)
    _fill(model)
    model.to(getattr(torch, spec.dtype)).save_pretrained(place, max_shard_size=spec.shard)
    if spec.old_config:
        _rewrite(place / "config.json", _with_old_rope)
    special = {"bos_token": begin} if begin else {}
    vocabularies.save(tokenizer, place, eos_token=end, pad_token=end, **special)


def _make_encoder(spec, place):
    import torch
    import transformers

    roberta = spec.family == "XLMRoberta"
    tokenizer = vocabularies.unigram() if roberta else vocabularies.wordpiece()
    shape = dict(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=3,
        num_attention_heads=4,
        # XLM-RoBERTa counts positions from the padding token's number on.
        max_position_embeddings=514 if roberta else 512,
    )
    if roberta:
        shape |= dict(type_vocab_size=1, bos_token_id=0, pad_token_id=1, eos_token_id=2)
    model = getattr(transformers, f"{spec.family}Model")(
        getattr(transformers, f"{spec.family}Config")(**shape)
    )
    _fill(model)
    plain = place / "plain"
    model.to(torch.float32).save_pretrained(plain)
    names = ("<s>", "</s>", "<pad>", "<unk>") if roberta else ("[CLS]", "[SEP]", "[PAD]", "[UNK]")
    roles = dict(zip(("cls_token", "sep_token", "pad_token", "unk_token"), names))
    vocabularies.save(tokenizer, plain, **roles)
    _as_sentence_transformer(spec, plain, place)
    shutil.rmtree(plain)


def _as_sentence_transformer(spec, plain, place):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    body = Transformer(str(plain), max_seq_length=spec.max_tokens)
    pooling = Pooling(64, pooling_mode=spec.pooling, include_prompt=spec.include_prompt)
    modules = [body, pooling, *([Normalize()] if spec.normalize else [])]
    SentenceTransformer(modules=modules, prompts=spec.prompts or None, device="cpu").save(str(place))
    if spec.old_layout:
        _rewrite(place / "modules.json", _with_old_types)
        _rewrite(place / "1_Pooling" / "config.json", _with_old_pooling)
        _rewrite(place / "tokenizer_config.json", lambda config: config | {"model_max_length": 512})
        old = {"max_seq_length": spec.max_tokens, "do_lower_case": False}
        _rewrite(place / "sentence_bert_config.json", lambda _: old)


def _fill(model):
    """Fills all parameters with noise that depends on their names only."""
    import torch

    width = model.config.hidden_size
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            rng = np.random.default_rng([SEED, zlib.crc32(name.encode())])
            noise = torch.from_numpy(rng.standard_normal(tuple(tensor.shape), dtype=np.float32))
            lower = name.lower()
            if tensor.ndim == 1:
                is_scale = lower.endswith("norm.weight")
                tensor.copy_(0.2 * noise + (1.0 if is_scale else 0.0))
            elif "embed" in lower or "lm_head" in lower:
                tensor.copy_(2.0 / width**0.5 * noise)
            else:
                tensor.copy_(noise / tensor.shape[-1] ** 0.5)


def _rewrite(file, change):
    file.write_text(json.dumps(change(json.loads(file.read_text())), indent=2) + "\n")


def _with_old_rope(config):
    scaling = config.pop("rope_parameters")
    return config | {"rope_theta": scaling.pop("rope_theta"), "rope_scaling": scaling}


def _with_old_types(modules):
    return [m | {"type": f"sentence_transformers.models.{m['type'].rsplit('.', 1)[1]}"} for m in modules]


def _with_old_pooling(config):
    modes = {
        "cls": "cls_token",
        "mean": "mean_tokens",
        "max": "max_tokens",
        "sqrt": "mean_sqrt_len_tokens",
    }
    chosen = {f"pooling_mode_{word}": config["pooling_mode"] == mode for mode, word in modes.items()}
    return {"word_embedding_dimension": config["embedding_dimension"], **chosen}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path, help="where the models' folder is made")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(ALL))
    args = parser.parse_args()
    global FOLDER
    FOLDER = args.folder / f"models-v{VERSION}"
    for name in args.only:
        if not folder(name).is_dir():
            make(name)
            print(folder(name), flush=True)


if __name__ == "__main__":
    main()
