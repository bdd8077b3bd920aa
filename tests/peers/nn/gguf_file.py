"""Writes GGUF files of Llama, Qwen2 and Qwen3.

Names, layout and metadata are llama.cpp's. In files of Llama, and only there, the rows of queries and
keys are interleaved: row 2 i + j of a head is row i of its half j in Hugging Face's layout. Llama 3's
stretching of rotary positions is a tensor of divisors, `rope_freqs.weight`. Norms and biases stay
float32. A matrix whose rows are not whole blocks takes the next type that fits, as in llama.cpp.
"""

import json
import math
import os
import pathlib

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind
from gguf import TokenType

from quantize import quantize

# A layer's names here and in a model folder.
NAMES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
}
# What the output matrix and matrices with other rows are stored as where a type is asked for.
OUTPUT = {Kind.Q4_K: Kind.Q6_K}
FALLBACK = {Kind.Q4_K: Kind.Q5_0, Kind.Q6_K: Kind.Q8_0}
PRE = {"llama": "llama-bpe", "qwen2": "qwen2", "qwen3": "qwen2"}


def write(folder, file, kind):
    """Writes the model of a folder with its tokenizer; `kind` names a type, e.g. `Q4_K`."""
    folder, kind = pathlib.Path(folder), Kind[kind]
    config = json.loads((folder / "config.json").read_text())
    arch = config["model_type"]
    part = file.with_suffix(".part")
    writer = gguf.GGUFWriter(part, arch)
    _write_shape(writer, config)
    _write_tokenizer(writer, folder, config)
    for name, weights in _tensors(folder, config):
        stored = _kind_of(name, weights, kind)
        writer.add_tensor(name, quantize(weights, stored), raw_dtype=stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(part, file)


def _write_shape(writer, config):
    heads = config["num_attention_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] // heads
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_rope_dimension_count(head_dim)
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])


def _write_tokenizer(writer, folder, config):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    vocab = tokenizer["model"]["vocab"] | {t["content"]: t["id"] for t in tokenizer["added_tokens"]}
    special = {t["content"] for t in tokenizer["added_tokens"] if t["special"]}
    tokens = sorted(vocab, key=vocab.get)
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in tokenizer["model"]["merges"]]
    begin = config.get("bos_token_id")
    if tokenizer["model"].get("byte_fallback"):
        # Pieces: what merges first has the higher score. Bytes and special tokens merge with nothing.
        rank = {merge.replace(" ", ""): i for i, merge in reversed(list(enumerate(merges)))}
        writer.add_tokenizer_model("llama")
        writer.add_tokenizer_pre("default")
        writer.add_token_scores([float(-rank.get(token, len(merges))) for token in tokens])
        writer.add_add_space_prefix(True)
    else:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(PRE[config["model_type"]])
        writer.add_token_merges(merges)
    writer.add_token_list(tokens)
    writer.add_token_types([_type_of(token, special) for token in tokens])
    writer.add_eos_token_id(config["eos_token_id"])
    if begin is not None:
        writer.add_bos_token_id(begin)
    writer.add_add_bos_token(begin is not None)


def _type_of(token, special):
    if token == "<unk>":
        return TokenType.UNKNOWN
    if token in special:
        return TokenType.CONTROL
    is_byte = len(token) == 6 and token.startswith("<0x") and token.endswith(">")
    return TokenType.BYTE if is_byte else TokenType.NORMAL


def _tensors(folder, config):
    """Names and float32 arrays as they go into the file."""
    from safetensors.numpy import load_file

    stored = load_file(folder / "model.safetensors")
    scaling = config["rope_parameters"]
    if scaling["rope_type"] == "llama3":
        yield "rope_freqs.weight", _rope_divisors(config, scaling)
    for name, weights in stored.items():
        heads = _n_heads(name, config["num_attention_heads"], config["num_key_value_heads"])
        if config["model_type"] == "llama" and heads is not None:
            weights = _interleaved(weights, heads)
        yield _gguf_name(name), weights.astype(np.float32)


def _kind_of(name, weights, kind):
    if weights.ndim == 1:
        return Kind.F32
    kind = OUTPUT.get(kind, kind) if name == "output.weight" else kind
    block = gguf.GGML_QUANT_SIZES[kind][0]
    return kind if weights.shape[1] % block == 0 else FALLBACK[kind]


def _n_heads(name, n_heads, n_kv_heads):
    if "self_attn.q_proj." in name:
        return n_heads
    return n_kv_heads if "self_attn.k_proj." in name else None


def _interleaved(weights, n_heads):
    return weights.reshape(n_heads, 2, -1, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def _rope_divisors(config, scaling):
    """What each rotary frequency is divided by: 1 for short waves, the factor for long ones."""
    head_dim = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    divisors = []
    for i in range(0, head_dim, 2):
        turns = scaling["original_max_position_embeddings"] / (
            2 * math.pi * scaling["rope_theta"] ** (i / head_dim)
        )
        smooth = min(max((turns - low) / (high - low), 0.0), 1.0)
        divisors.append(1 / ((1 - smooth) / scaling["factor"] + smooth))
    return np.array(divisors, dtype=np.float32)


def _gguf_name(name):
    whole = {
        "model.embed_tokens.weight": "token_embd.weight",
        "model.norm.weight": "output_norm.weight",
        "lm_head.weight": "output.weight",
    }
    if name in whole:
        return whole[name]
    _, _, layer, *module, leaf = name.split(".")
    short = {long: short for short, long in NAMES.items()}[".".join(module)]
    return f"blk.{layer}.{short}.{leaf}"
