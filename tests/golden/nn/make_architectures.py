"""Writes architectures/ and encoders/: what transformers makes of tiny models whose weights are formulas.

Needs transformers 5.23.0 (with torch 2.15.0, safetensors 0.8.0, numpy 2.4.6). Run with:
python make_architectures.py

For each model two files stand beside each other: `NAME.json`, the `config.json` as save_pretrained writes
it, and `NAME.tsv`, what the network returns in float32 on the CPU. No weights are kept, since they follow
from the names that safetensors gives them on disk. Element i of a tensor, in row-major order, is

    base + 0.3 · sin(1.7 · s + 0.61 · i),   s = (sum of the bytes of the name mod 997) / 10,

computed in float64 and rounded once to float32. `base` is 1 where the lower-case name ends in
`norm.weight`, else 0.

Names are those on disk. A tied output matrix is not stored. transformers 5 holds the experts of Mixtral
in two stacked tensors, but stores them one by one under the names of the first release
(`model.layers.L.block_sparse_moe.experts.E.w1|w2|w3.weight`, gate, down and up, and
`block_sparse_moe.gate.weight`), so that is what the formula sees. Encoders are saved without a task's
head, hence without the prefix `bert.` or `roberta.`.

Decoders read the 12 tokens (7 i + 3) mod 50; a line holds the logits of one position. Encoders read two
rows, the second shorter than the first and padded; a line holds the row, the token and its last hidden
state, and padding has no lines.
"""

import json
import pathlib
import tempfile

import numpy as np
import safetensors
import torch
import transformers
from safetensors.numpy import load_file, save_file

HERE = pathlib.Path(__file__).parent
VOCAB, N_TOKENS = 50, 12
SHAPE = dict(
    vocab_size=VOCAB,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=64,
)
DECODER = SHAPE | dict(
    num_key_value_heads=2,
    rms_norm_eps=1e-5,
    bos_token_id=0,
    eos_token_id=1,
    pad_token_id=None,
    tie_word_embeddings=False,
)
LLAMA3_ROPE = dict(
    rope_type="llama3",
    rope_theta=500_000.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=16,
)


def decoders():
    t = transformers
    return {
        "llama": t.LlamaForCausalLM(t.LlamaConfig(**DECODER)),
        # The small models of Llama 3 are tied.
        "llama3": t.LlamaForCausalLM(
            t.LlamaConfig(**DECODER | dict(tie_word_embeddings=True, rope_parameters=LLAMA3_ROPE))
        ),
        # Shorter than the text, so that the window shows.
        "mistral": t.MistralForCausalLM(t.MistralConfig(**DECODER, sliding_window=6)),
        "qwen2": t.Qwen2ForCausalLM(t.Qwen2Config(**DECODER)),
        # Heads wider than hidden size over heads.
        "qwen3": t.Qwen3ForCausalLM(t.Qwen3Config(**DECODER, head_dim=8)),
        "mixtral": t.MixtralForCausalLM(
            t.MixtralConfig(**DECODER, num_local_experts=4, num_experts_per_tok=2)
        ),
    }


def encoders():
    t = transformers
    return {
        "bert": t.BertModel(t.BertConfig(**SHAPE)),
        # Positions begin after the padding token, and there is one kind of token.
        "xlm-roberta": t.XLMRobertaModel(
            t.XLMRobertaConfig(
                **SHAPE | dict(max_position_embeddings=66),
                type_vocab_size=1,
                bos_token_id=0,
                pad_token_id=1,
                eos_token_id=2,
            )
        ),
    }


def formula(name, shape):
    s = sum(name.encode()) % 997 / 10
    base = 1.0 if name.lower().endswith("norm.weight") else 0.0
    i = np.arange(int(np.prod(shape)), dtype=np.float64)
    return (base + 0.3 * np.sin(s * 1.7 + i * 0.61)).astype(np.float32).reshape(shape)


def by_formula(model, folder):
    """The model as it is read back after every tensor on disk was replaced, and the names on disk."""
    model.save_pretrained(folder)
    file = folder / "model.safetensors"
    tensors = {name: formula(name, tensor.shape) for name, tensor in load_file(file).items()}
    save_file(tensors, file, metadata={"format": "pt"})
    again = type(model).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    return again.eval(), sorted(tensors)


def write(place, model, rows_of):
    """Writes both files of one model; `rows_of` gives the lines, each a list of columns."""
    place.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model, names = by_formula(model, folder)
        config = json.loads((folder / "config.json").read_text())
    place.with_suffix(".json").write_text(json.dumps(config, indent=2) + "\n")
    with torch.inference_mode():
        rows = rows_of(model)
    versions = f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, "
    versions += f"safetensors {safetensors.__version__}"
    head = f"# make_architectures.py, {versions}: {len(names)} tensors"
    lines = ["\t".join(row) for row in rows]
    place.with_suffix(".tsv").write_text("\n".join([head, *lines]) + "\n")


def shown(values):
    return [f"{value:.7g}" for value in values.tolist()]


def logits(model):
    ids = torch.tensor([[(i * 7 + 3) % VOCAB for i in range(N_TOKENS)]])
    return [shown(row) for row in model(ids).logits[0]]


def hidden(model):
    """The last hidden states of the tokens that are no padding."""
    pad = model.config.pad_token_id
    first = [(i * 7 + 3) % VOCAB for i in range(N_TOKENS)]
    second = [(i * 11 + 5) % VOCAB for i in range(8)]
    ids = torch.tensor([first, second + [pad] * (N_TOKENS - len(second))])
    mask = (torch.arange(N_TOKENS)[None] < torch.tensor([[len(first)], [len(second)]])).long()
    states = model(ids, attention_mask=mask).last_hidden_state
    return [
        [str(row), str(ids[row, place].item()), *shown(states[row, place])]
        for row in range(2)
        for place in range(int(mask[row].sum()))
    ]


def main():
    torch.set_num_threads(1)
    for name, model in decoders().items():
        write(HERE / "architectures" / name, model, logits)
    for name, model in encoders().items():
        write(HERE / "encoders" / name, model, hidden)


if __name__ == "__main__":
    main()
