//! The shape of a network as a GGUF file's metadata and tensors say it, checked. It loads no weights.

use super::super::error::NnError;
use super::header::{CONVERT_AGAIN, COPY_AGAIN, Header};
use super::kind;
use super::names;

/// Architectures that are read, as `general.architecture` names them.
pub(in crate::nn) const KNOWN: &str = "llama, qwen2, qwen3";

/// How a file stretches rotary positions beyond the length the model was trained on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::nn) enum GgufRopeScaling {
    /// Every position is divided by the factor.
    Linear {
        /// How far positions are stretched.
        factor: f64,
    },
    /// `YaRN`: long wavelengths are stretched, short ones are not.
    Yarn {
        /// How far positions are stretched.
        factor: f64,
        /// Length the model was first trained on, tokens.
        original_tokens: usize,
    },
}

/// What a GGUF file says about its network.
///
/// # Units
/// Widths in numbers, lengths in tokens.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of the file, independent of the others"
)]
pub(in crate::nn) struct GgufConfig {
    /// One of [`KNOWN`].
    pub architecture: String,
    /// Rows of the embedding; the list of tokens may be shorter.
    pub vocab: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width inside the feed-forward part.
    pub intermediate: usize,
    /// Layers.
    pub n_layers: usize,
    /// Heads of queries.
    pub n_heads: usize,
    /// Heads of keys and values.
    pub n_kv_heads: usize,
    /// Width of a head; all of it is rotated.
    pub head_dim: usize,
    /// ε of the root-mean-square normalization, a float32 in the file: 1e-6 reads as 9.99999997e-7.
    pub rms_eps: f64,
    /// Base of the rotary positions.
    pub rope_theta: f64,
    /// Stretching of rotary positions.
    pub rope_scaling: Option<GgufRopeScaling>,
    /// Divisors of the rotary frequencies, one for each pair of a head, which is how a Llama 3 file
    /// stretches positions.
    pub rope_factors: Option<Vec<f32>>,
    /// Rotary pairs stand side by side (0 with 1, 2 with 3), instead of half a head apart: llama.cpp
    /// permutes the rows of query and key so for the architecture llama and no other here.
    pub interleaved_rotary: bool,
    /// The output matrix is the embedding.
    pub tied: bool,
    /// Query, key and value projections have biases.
    pub attention_bias: bool,
    /// The attention's output projection has a bias.
    pub output_bias: bool,
    /// Queries and keys are normalized head by head.
    pub qk_norm: bool,
    /// Most tokens the model reads at once.
    pub max_tokens: usize,
    /// Token that begins a text.
    pub bos: Option<u32>,
    /// Tokens that end a text.
    pub eos: Vec<u32>,
}

/// Returns the architecture of a file, one of [`KNOWN`].
///
/// # Errors
/// [`NnError::UnknownArchitecture`], or [`NnError::Gguf`] where none is named.
pub(super) fn architecture<'a>(header: &Header, bytes: &'a [u8]) -> Result<&'a str, NnError> {
    let key = "general.architecture";
    let name = header
        .text(bytes, key)?
        .ok_or_else(|| header.missing(key))?;
    if KNOWN.split(", ").any(|known| known == name) {
        Ok(name)
    } else {
        Err(NnError::UnknownArchitecture {
            name: name.to_owned(),
            known: KNOWN,
        })
    }
}

/// Reads the shape and compares it with the tensors.
///
/// # Errors
/// [`NnError::Gguf`], [`NnError::MissingTensor`], [`NnError::Shape`] or [`NnError::NotFinite`].
pub(super) fn read(
    header: &Header,
    bytes: &[u8],
    bos: Option<u32>,
    eos: &[u32],
) -> Result<GgufConfig, NnError> {
    let arch = architecture(header, bytes)?;
    let key = |field: &str| format!("{arch}.{field}");
    let count = |field: &str| header.count_of_layers(bytes, &key(field));
    let positive = |field: &str, n: Option<usize>| match n {
        None => Err(header.missing(&key(field))),
        Some(0) => Err(header.refuse(format!("{} is 0", key(field)), COPY_AGAIN)),
        Some(n) => Ok(n),
    };
    let required = |field: &str| positive(field, count(field)?);
    let refuse = |reason: String, advice| Err(header.refuse(reason, advice));

    if count("expert_count")?.is_some_and(|n| n > 0) {
        return refuse(
            "it is a mixture of experts".to_owned(),
            "take a dense model",
        );
    }
    let n_layers = required("block_count")?;
    // A decoder that leaves out a tensor computes another model than the file's.
    if let Some((name, _)) = header.tensors().find(|(n, _)| !names::known(n, n_layers)) {
        return refuse(
            format!("it holds the tensor {name}, which no decoder of this kind has"),
            "take a plain model of the Llama or Qwen family",
        );
    }
    let hidden = required("embedding_length")?;
    let intermediate = required("feed_forward_length")?;
    let n_heads = required("attention.head_count")?;
    let n_kv_heads = positive(
        "attention.head_count_kv",
        count("attention.head_count_kv")?.or(Some(n_heads)),
    )?;
    if !n_heads.is_multiple_of(n_kv_heads) {
        return refuse(
            format!("{n_heads} heads of queries are no multiple of {n_kv_heads} of keys"),
            COPY_AGAIN,
        );
    }
    let head_dim = positive(
        "attention.key_length",
        count("attention.key_length")?.or(Some(hidden / n_heads)),
    )?;
    for field in ["attention.value_length", "rope.dimension_count"] {
        if let Some(n) = count(field)?.filter(|n| *n != head_dim) {
            return refuse(
                format!("{} is {n}, unlike the {head_dim} of a head", key(field)),
                "take a plain model of the Llama or Qwen family",
            );
        }
    }
    if !head_dim.is_multiple_of(2) {
        return refuse(
            format!("the width of a head, {head_dim}, is odd"),
            COPY_AGAIN,
        );
    }

    let shape = |name: &str| {
        let place = header.tensor(name).ok_or_else(|| NnError::MissingTensor {
            name: name.to_owned(),
        })?;
        Ok::<_, NnError>(place.shape.as_slice())
    };
    let vocab = shape(names::EMBEDDING)?[0];
    // The tensors bound the numbers: whoever multiplies or allocates by them stays within what the file holds.
    let n_rows = |heads: usize| heads.saturating_mul(head_dim);
    for (name, expected) in [
        (names::EMBEDDING, [vocab, hidden]),
        ("blk.0.attn_q.weight", [n_rows(n_heads), hidden]),
        ("blk.0.attn_k.weight", [n_rows(n_kv_heads), hidden]),
        ("blk.0.ffn_up.weight", [intermediate, hidden]),
    ] {
        let found = shape(name)?;
        if found != expected {
            return Err(NnError::Shape {
                name: name.to_owned(),
                found: found.to_vec(),
                expected: expected.to_vec(),
            });
        }
    }
    shape(&format!("blk.{}.ffn_up.weight", n_layers - 1))?;

    let attention_bias = in_all_layers(
        header,
        n_layers,
        &["attn_q.bias", "attn_k.bias", "attn_v.bias"],
    )?;
    let output_bias = in_all_layers(header, n_layers, &["attn_output.bias"])?;
    let qk_norm = in_all_layers(
        header,
        n_layers,
        &["attn_q_norm.weight", "attn_k_norm.weight"],
    )?;

    let eps = "attention.layer_norm_rms_epsilon";
    Ok(GgufConfig {
        architecture: arch.to_owned(),
        vocab,
        hidden,
        intermediate,
        n_layers,
        n_heads,
        n_kv_heads,
        head_dim,
        rms_eps: header
            .number(&key(eps))?
            .ok_or_else(|| header.missing(&key(eps)))?,
        rope_theta: header.number(&key("rope.freq_base"))?.unwrap_or(10_000.0),
        rope_scaling: rope_scaling(header, bytes, arch)?,
        rope_factors: rope_factors(header, bytes, head_dim)?,
        interleaved_rotary: arch == "llama",
        tied: header.tensor(names::HEAD).is_none(),
        attention_bias,
        output_bias,
        qk_norm,
        max_tokens: required("context_length")?,
        bos,
        eos: eos.to_vec(),
    })
}

/// Tells whether all layers have these parts, which the metadata does not say.
///
/// # Errors
/// [`NnError::MissingTensor`] if only some have them: leaving out a bias would give another model.
fn in_all_layers(header: &Header, n_layers: usize, parts: &[&str]) -> Result<bool, NnError> {
    let ends = |name: &str| parts.iter().any(|p| name.ends_with(&format!(".{p}")));
    let n_found = header.tensors().filter(|(n, _)| ends(n)).count();
    if n_found == 0 || n_found == n_layers * parts.len() {
        return Ok(n_found > 0);
    }
    let missing = (0..n_layers)
        .flat_map(|i| parts.iter().map(move |p| format!("blk.{i}.{p}")))
        .find(|name| header.tensor(name).is_none());
    Err(NnError::MissingTensor {
        name: missing.unwrap_or_default(),
    })
}

fn rope_scaling(
    header: &Header,
    bytes: &[u8],
    arch: &str,
) -> Result<Option<GgufRopeScaling>, NnError> {
    let key = |field: &str| format!("{arch}.rope.scaling.{field}");
    let positive = |key: &str, x: Option<f64>| match x {
        None => Err(header.missing(key)),
        Some(x) if x > 0.0 => Ok(x),
        Some(x) => Err(header.refuse(format!("{key} is {x}"), CONVERT_AGAIN)),
    };
    // Files older than the scaling's type have this one number, and it means linear.
    let old = format!("{arch}.rope.scale_linear");
    let factor = || positive(&key("factor"), header.number(&key("factor"))?);
    match header.text(bytes, &key("type"))? {
        None => match header.number(&old)? {
            None => Ok(None),
            factor => Ok(Some(GgufRopeScaling::Linear {
                factor: positive(&old, factor)?,
            })),
        },
        Some("none") => Ok(None),
        Some("linear") => Ok(Some(GgufRopeScaling::Linear { factor: factor()? })),
        Some("yarn") => {
            let original = key("original_context_length");
            Ok(Some(GgufRopeScaling::Yarn {
                factor: factor()?,
                original_tokens: header
                    .count(&original)?
                    .ok_or_else(|| header.missing(&original))?,
            }))
        }
        Some(other) => Err(header.refuse(
            format!("its rotary positions are scaled by {other}, and known are linear and yarn"),
            "take a plain model of the Llama or Qwen family",
        )),
    }
}

fn rope_factors(
    header: &Header,
    bytes: &[u8],
    head_dim: usize,
) -> Result<Option<Vec<f32>>, NnError> {
    let name = names::ROPE_FACTORS;
    let Some(place) = header.tensor(name) else {
        return Ok(None);
    };
    let expected = vec![head_dim / 2];
    if place.shape != expected {
        return Err(NnError::Shape {
            name: name.to_owned(),
            found: place.shape.clone(),
            expected,
        });
    }
    let bytes = bytes.get(place.bytes.clone()).unwrap_or_default();
    let factors = kind::numbers(place.kind, bytes, place.shape[0])?;
    if factors.iter().all(|f| f.is_finite() && *f > 0.0) {
        Ok(Some(factors))
    } else {
        Err(NnError::NotFinite {
            name: name.to_owned(),
        })
    }
}
