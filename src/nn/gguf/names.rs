//! Names of tensors: Hugging Face's to GGUF's. It knows names, no tensors.

/// Parts of a layer, Hugging Face's name first.
const LAYER: [(&str, &str); 11] = [
    ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"),
    ("self_attn.o_proj", "attn_output"),
    ("self_attn.q_norm", "attn_q_norm"),
    ("self_attn.k_norm", "attn_k_norm"),
    ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"),
    ("input_layernorm", "attn_norm"),
    ("post_attention_layernorm", "ffn_norm"),
];

/// Tensors outside the layers, Hugging Face's name first.
const OUTSIDE: [(&str, &str); 3] = [
    ("model.embed_tokens.weight", EMBEDDING),
    ("model.norm.weight", "output_norm.weight"),
    ("lm_head.weight", HEAD),
];

/// Parts of a layer that may have a bias.
const BIASED: [&str; 4] = ["attn_q", "attn_k", "attn_v", "attn_output"];

/// The embedding.
pub(super) const EMBEDDING: &str = "token_embd.weight";

/// The output matrix.
pub(super) const HEAD: &str = "output.weight";

/// Divisors of the rotary frequencies.
pub(super) const ROPE_FACTORS: &str = "rope_freqs.weight";

/// Returns GGUF's name of a tensor that Hugging Face's layout names so, if there is one.
///
/// # Source
/// llama.cpp `gguf-py/gguf/tensor_mapping.py` and `constants.py`, rows of the architectures llama,
/// qwen2 and qwen3.
pub(in crate::nn) fn tensor_name(hf_name: &str) -> Option<String> {
    if let Some((_, name)) = OUTSIDE.iter().find(|(hf, _)| *hf == hf_name) {
        return Some((*name).to_owned());
    }
    let (layer, rest) = hf_name.strip_prefix("model.layers.")?.split_once('.')?;
    let layer = layer_number(layer)?;
    let (part, kind) = rest.rsplit_once('.')?;
    let (_, part) = LAYER.iter().find(|(hf, _)| *hf == part)?;
    may_be(part, kind).then(|| format!("blk.{layer}.{part}.{kind}"))
}

/// Tells whether a tensor of this name belongs to a decoder of `n_layers` layers.
pub(super) fn known(name: &str, n_layers: usize) -> bool {
    if name == ROPE_FACTORS || OUTSIDE.iter().any(|(_, n)| *n == name) {
        return true;
    }
    let Some((layer, rest)) = name.strip_prefix("blk.").and_then(|n| n.split_once('.')) else {
        return false;
    };
    let Some((part, kind)) = rest.rsplit_once('.') else {
        return false;
    };
    layer_number(layer).is_some_and(|l| l < n_layers)
        && LAYER.iter().any(|(_, p)| *p == part)
        && may_be(part, kind)
}

fn may_be(part: &str, kind: &str) -> bool {
    kind == "weight" || (kind == "bias" && BIASED.contains(&part))
}

/// Reads a layer's number as it is always written: digits, no leading zero, no sign.
fn layer_number(text: &str) -> Option<usize> {
    let number: usize = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
