//! What a model's `config.json` says, checked. It loads no weights.

use std::path::Path;

use serde::Deserialize;

use super::error::NnError;
use super::files::read_json;

/// Architectures that the decoder has, as `config.json` names them.
pub const KNOWN: &str = "LlamaForCausalLM";

/// Stretching of rotary positions as Llama 3 does it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RopeScaling {
    /// How far positions are stretched.
    pub factor: f64,
    /// Wavelengths above original length over this are stretched fully.
    pub low_freq_factor: f64,
    /// Wavelengths below original length over this stay as they are.
    pub high_freq_factor: f64,
    /// Length the model was first trained on, tokens.
    pub original_tokens: usize,
}

/// The shape of a decoder.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderConfig {
    /// Rows of the embedding.
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
    /// Width of a head.
    pub head_dim: usize,
    /// ε of the root-mean-square normalization.
    pub rms_eps: f64,
    /// Base of the rotary positions.
    pub rope_theta: f64,
    /// Stretching of rotary positions.
    pub rope_scaling: Option<RopeScaling>,
    /// The output matrix is the embedding.
    pub tied: bool,
    /// Query, key, value and output projections have biases.
    pub attention_bias: bool,
    /// Most tokens the model reads at once.
    pub max_tokens: usize,
    /// Token that begins a text.
    pub bos: Option<u32>,
    /// Tokens that end a text.
    pub eos: Vec<u32>,
}

/// `config.json` as written.
#[derive(Deserialize)]
struct Written {
    architectures: Option<Vec<String>>,
    model_type: Option<String>,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    rms_norm_eps: Option<f64>,
    rope_theta: Option<f64>,
    rope_scaling: Option<WrittenScaling>,
    tie_word_embeddings: Option<bool>,
    attention_bias: Option<bool>,
    max_position_embeddings: Option<usize>,
    bos_token_id: Option<u32>,
    eos_token_id: Option<OneOrMany>,
    hidden_act: Option<String>,
}

#[derive(Deserialize)]
struct WrittenScaling {
    #[serde(alias = "type")]
    rope_type: Option<String>,
    factor: Option<f64>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    original_max_position_embeddings: Option<usize>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

impl DecoderConfig {
    /// Reads and checks a folder's `config.json`.
    ///
    /// # Errors
    /// [`NnError::MissingFile`], [`NnError::UnknownArchitecture`] or [`NnError::Config`] with the field.
    pub fn read(folder: &Path) -> Result<Self, NnError> {
        let path = folder.join("config.json");
        let refuse = |reason: String| NnError::Config {
            name: "config.json".to_owned(),
            reason,
            path: path.clone(),
        };
        let value: serde_json::Value =
            read_json(folder, "config.json", "it describes the network's shape")?;
        // The architecture first: another one's file lacks fields, which would be the wrong complaint.
        let name = value
            .get("architectures")
            .and_then(|a| a.get(0))
            .or_else(|| value.get("model_type"))
            .and_then(|n| n.as_str())
            .unwrap_or("none named")
            .to_owned();
        if !matches!(name.as_str(), "LlamaForCausalLM" | "llama") {
            return Err(NnError::UnknownArchitecture { name, known: KNOWN });
        }
        let w: Written = serde_json::from_value(value).map_err(|e| refuse(e.to_string()))?;
        drop((w.architectures, w.model_type));
        if let Some(act) = w.hidden_act.filter(|a| a != "silu") {
            return Err(refuse(format!("hidden_act must be silu, not {act}")));
        }
        let positive = |name: &str, n: usize| {
            if n == 0 {
                Err(refuse(format!("{name} must be at least 1")))
            } else {
                Ok(n)
            }
        };
        let n_heads = positive("num_attention_heads", w.num_attention_heads)?;
        let hidden = positive("hidden_size", w.hidden_size)?;
        let n_kv_heads = positive(
            "num_key_value_heads",
            w.num_key_value_heads.unwrap_or(n_heads),
        )?;
        if !n_heads.is_multiple_of(n_kv_heads) {
            return Err(refuse(format!(
                "num_attention_heads ({n_heads}) must be a multiple of num_key_value_heads ({n_kv_heads})"
            )));
        }
        if w.head_dim.is_none() && !hidden.is_multiple_of(n_heads) {
            return Err(refuse(format!(
                "hidden_size ({hidden}) must be a multiple of num_attention_heads ({n_heads})"
            )));
        }
        let head_dim = positive("head_dim", w.head_dim.unwrap_or(hidden / n_heads))?;
        if !head_dim.is_multiple_of(2) {
            return Err(refuse(format!("head_dim ({head_dim}) must be even")));
        }
        let rope_scaling = match w.rope_scaling {
            None => None,
            Some(s) => match s.rope_type.as_deref() {
                None | Some("default") => None,
                Some("llama3") => Some(RopeScaling {
                    factor: s.factor.unwrap_or(8.0),
                    low_freq_factor: s.low_freq_factor.unwrap_or(1.0),
                    high_freq_factor: s.high_freq_factor.unwrap_or(4.0),
                    original_tokens: s.original_max_position_embeddings.unwrap_or(8192),
                }),
                Some(other) => {
                    return Err(refuse(format!(
                        "rope_scaling of type {other} is not known; known are default and llama3"
                    )));
                }
            },
        };
        Ok(Self {
            vocab: positive("vocab_size", w.vocab_size)?,
            hidden,
            intermediate: positive("intermediate_size", w.intermediate_size)?,
            n_layers: positive("num_hidden_layers", w.num_hidden_layers)?,
            n_heads,
            n_kv_heads,
            head_dim,
            rms_eps: w.rms_norm_eps.unwrap_or(1e-6),
            rope_theta: w.rope_theta.unwrap_or(10_000.0),
            rope_scaling,
            tied: w.tie_word_embeddings.unwrap_or(false),
            attention_bias: w.attention_bias.unwrap_or(false),
            max_tokens: positive(
                "max_position_embeddings",
                w.max_position_embeddings.unwrap_or(2048),
            )?,
            bos: w.bos_token_id,
            eos: match w.eos_token_id {
                None => Vec::new(),
                Some(OneOrMany::One(id)) => vec![id],
                Some(OneOrMany::Many(ids)) => ids,
            },
        })
    }

    /// Writes it as `config.json` text in the Llama layout.
    pub fn to_json(&self) -> String {
        let value = serde_json::json!({
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": self.vocab,
            "hidden_size": self.hidden,
            "intermediate_size": self.intermediate,
            "num_hidden_layers": self.n_layers,
            "num_attention_heads": self.n_heads,
            "num_key_value_heads": self.n_kv_heads,
            "head_dim": self.head_dim,
            "hidden_act": "silu",
            "rms_norm_eps": self.rms_eps,
            "rope_theta": self.rope_theta,
            "rope_scaling": null,
            "tie_word_embeddings": self.tied,
            "attention_bias": self.attention_bias,
            "mlp_bias": false,
            "max_position_embeddings": self.max_tokens,
            "bos_token_id": self.bos,
            "eos_token_id": self.eos.first(),
            "torch_dtype": "float16",
        });
        format!("{value:#}\n")
    }

    /// Counts the network's numbers.
    pub fn n_params(&self) -> usize {
        let attention = self.hidden * self.head_dim * (2 * self.n_heads + 2 * self.n_kv_heads);
        let layer = attention + 3 * self.hidden * self.intermediate + 2 * self.hidden;
        let embeddings = self.vocab * self.hidden * if self.tied { 1 } else { 2 };
        embeddings + self.n_layers * layer + self.hidden
    }
}
