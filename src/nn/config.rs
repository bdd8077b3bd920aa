//! What a model's `config.json` says, checked. It loads no weights.

use std::path::Path;

use serde::Deserialize;

use super::error::NnError;
use super::files::read_json;
use super::gguf::{GgufConfig, GgufRopeScaling};

/// Architectures that the decoder has, as `config.json` names them.
pub const KNOWN: &str =
    "LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM, MixtralForCausalLM";

/// A family of decoders that `config.json` can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Llama 2 and 3.
    Llama,
    /// Mistral: Llama with a window.
    Mistral,
    /// Qwen 2 and 2.5: biases on queries, keys and values.
    Qwen2,
    /// Qwen 3: queries and keys normalized head by head.
    Qwen3,
    /// Mixtral: several feed-forward parts, few of which each token uses.
    Mixtral,
}

impl Architecture {
    /// Reads the name of a class or of a model type.
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "LlamaForCausalLM" | "llama" => Self::Llama,
            "MistralForCausalLM" | "mistral" => Self::Mistral,
            "Qwen2ForCausalLM" | "qwen2" => Self::Qwen2,
            "Qwen3ForCausalLM" | "qwen3" => Self::Qwen3,
            "MixtralForCausalLM" | "mixtral" => Self::Mixtral,
            _ => return None,
        })
    }
}

/// Stretching of rotary positions.
#[derive(Clone, Debug, PartialEq)]
pub enum RopeScaling {
    /// Every position is divided by a factor.
    Linear {
        /// The factor.
        factor: f64,
    },
    /// Long wavelengths are stretched and short ones kept, as Llama 3 does it.
    Llama3 {
        /// How far positions are stretched.
        factor: f64,
        /// Wavelengths above original length over this are stretched fully.
        low_freq_factor: f64,
        /// Wavelengths below original length over this stay as they are.
        high_freq_factor: f64,
        /// Length the model was first trained on, tokens.
        original_tokens: usize,
    },
    /// Each frequency is divided by a factor of its own; GGUF files keep Llama 3's so.
    Factors(Vec<f32>),
}

/// Several feed-forward parts of which each token uses few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Experts {
    /// Parts of a layer.
    pub n_experts: usize,
    /// Parts that a token uses.
    pub n_used: usize,
}

/// The shape of a decoder.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether the layers have one part or another"
)]
pub struct DecoderConfig {
    /// Its family.
    pub architecture: Architecture,
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
    /// Rotary positions turn neighbors instead of halves of a head: GGUF files of the Llama family.
    pub rope_neighbors: bool,
    /// The output matrix is the embedding.
    pub tied: bool,
    /// Query, key and value projections have biases.
    pub qkv_bias: bool,
    /// The output projection of attention has a bias.
    pub output_bias: bool,
    /// The projections of the feed-forward part have biases.
    pub mlp_bias: bool,
    /// Queries and keys are normalized head by head.
    pub qk_norm: bool,
    /// For each layer, how many tokens back it looks, itself counted; `None` looks at all.
    pub windows: Vec<Option<usize>>,
    /// Several feed-forward parts instead of one.
    pub experts: Option<Experts>,
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
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    rms_norm_eps: Option<f64>,
    rope_theta: Option<f64>,
    rope_scaling: Option<WrittenRope>,
    /// What transformers 5 writes in place of the two before.
    rope_parameters: Option<WrittenRope>,
    tie_word_embeddings: Option<bool>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    sliding_window: Option<usize>,
    use_sliding_window: Option<bool>,
    max_window_layers: Option<usize>,
    layer_types: Option<Vec<String>>,
    num_local_experts: Option<usize>,
    num_experts_per_tok: Option<usize>,
    max_position_embeddings: Option<usize>,
    bos_token_id: Option<u32>,
    eos_token_id: Option<OneOrMany>,
    hidden_act: Option<String>,
}

#[derive(Deserialize)]
struct WrittenRope {
    #[serde(alias = "type")]
    rope_type: Option<String>,
    rope_theta: Option<f64>,
    factor: Option<f64>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    original_max_position_embeddings: Option<usize>,
}

impl WrittenRope {
    fn scaling(&self) -> Result<Option<RopeScaling>, String> {
        Ok(match self.rope_type.as_deref() {
            None | Some("default") => None,
            Some("linear") => Some(RopeScaling::Linear {
                factor: self.factor.unwrap_or(1.0),
            }),
            Some("llama3") => Some(RopeScaling::Llama3 {
                factor: self.factor.unwrap_or(8.0),
                low_freq_factor: self.low_freq_factor.unwrap_or(1.0),
                high_freq_factor: self.high_freq_factor.unwrap_or(4.0),
                original_tokens: self.original_max_position_embeddings.unwrap_or(8192),
            }),
            Some(other) => {
                return Err(format!(
                    "rope scaling of type {other} is not known; known are default, linear and llama3"
                ));
            }
        })
    }
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
        let Some(architecture) = Architecture::parse(&name) else {
            return Err(NnError::UnknownArchitecture { name, known: KNOWN });
        };
        let w: Written = serde_json::from_value(value).map_err(|e| refuse(e.to_string()))?;
        if let Some(act) = w.hidden_act.as_ref().filter(|a| *a != "silu") {
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
        let rope = w.rope_parameters.as_ref().or(w.rope_scaling.as_ref());
        let rope_scaling = rope
            .map(WrittenRope::scaling)
            .transpose()
            .map_err(&refuse)?
            .flatten();
        let rope_theta = rope
            .and_then(|r| r.rope_theta)
            .or(w.rope_theta)
            .unwrap_or(10_000.0);
        let n_layers = positive("num_hidden_layers", w.num_hidden_layers)?;
        let windows = windows(architecture, &w, n_layers);
        let experts = if architecture == Architecture::Mixtral {
            let n_experts = positive("num_local_experts", w.num_local_experts.unwrap_or(8))?;
            let n_used = positive("num_experts_per_tok", w.num_experts_per_tok.unwrap_or(2))?;
            if n_used > n_experts {
                return Err(refuse(format!(
                    "num_experts_per_tok ({n_used}) must be at most num_local_experts ({n_experts})"
                )));
            }
            Some(Experts { n_experts, n_used })
        } else {
            None
        };
        let bias = w.attention_bias.unwrap_or(false);
        Ok(Self {
            architecture,
            vocab: positive("vocab_size", w.vocab_size)?,
            hidden,
            intermediate: positive("intermediate_size", w.intermediate_size)?,
            n_layers,
            n_heads,
            n_kv_heads,
            head_dim,
            rms_eps: w.rms_norm_eps.unwrap_or(1e-6),
            rope_theta,
            rope_scaling,
            rope_neighbors: false,
            tied: w.tie_word_embeddings.unwrap_or(false),
            qkv_bias: bias || architecture == Architecture::Qwen2,
            output_bias: bias && architecture != Architecture::Qwen2,
            mlp_bias: w.mlp_bias.unwrap_or(false) && architecture == Architecture::Llama,
            qk_norm: architecture == Architecture::Qwen3,
            windows,
            experts,
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

    /// Takes what a GGUF file says.
    ///
    /// # Errors
    /// [`NnError::Config`] for a stretching of positions that is not known.
    pub(super) fn from_gguf(g: GgufConfig, path: &Path) -> Result<Self, NnError> {
        let architecture = match g.architecture.as_str() {
            "qwen2" => Architecture::Qwen2,
            "qwen3" => Architecture::Qwen3,
            _ => Architecture::Llama,
        };
        let rope_scaling = match (g.rope_factors, g.rope_scaling) {
            (Some(factors), _) => Some(RopeScaling::Factors(factors)),
            (None, Some(GgufRopeScaling::Linear { factor })) => {
                Some(RopeScaling::Linear { factor })
            }
            (None, Some(GgufRopeScaling::Yarn { .. })) => {
                return Err(NnError::Config {
                    name: "rope.scaling.type".to_owned(),
                    reason: "positions stretched by yarn are not known".to_owned(),
                    path: path.to_owned(),
                });
            }
            (None, None) => None,
        };
        Ok(Self {
            architecture,
            vocab: g.vocab,
            hidden: g.hidden,
            intermediate: g.intermediate,
            n_layers: g.n_layers,
            n_heads: g.n_heads,
            n_kv_heads: g.n_kv_heads,
            head_dim: g.head_dim,
            rms_eps: g.rms_eps,
            rope_theta: g.rope_theta,
            rope_scaling,
            rope_neighbors: g.interleaved_rotary,
            tied: g.tied,
            qkv_bias: g.attention_bias,
            output_bias: g.output_bias,
            mlp_bias: false,
            qk_norm: g.qk_norm,
            windows: vec![None; g.n_layers],
            experts: None,
            max_tokens: g.max_tokens,
            bos: g.bos,
            eos: g.eos,
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
            "attention_bias": self.qkv_bias,
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
        let n_parts = self.experts.map_or(1, |e| e.n_experts);
        let layer = attention + n_parts * 3 * self.hidden * self.intermediate + 2 * self.hidden;
        let embeddings = self.vocab * self.hidden * if self.tied { 1 } else { 2 };
        embeddings + self.n_layers * layer + self.hidden
    }
}

/// How far back each layer looks.
///
/// # Source
/// transformers 5.23: Mistral and Mixtral give every layer the window; Qwen 2 and 3 only with
/// `use_sliding_window`, and then the layers that `layer_types` names, or those from `max_window_layers`.
fn windows(architecture: Architecture, w: &Written, n_layers: usize) -> Vec<Option<usize>> {
    let window = w.sliding_window.filter(|window| *window > 0);
    let of_layer = |i: usize| match architecture {
        Architecture::Llama => None,
        Architecture::Mistral | Architecture::Mixtral => window,
        Architecture::Qwen2 | Architecture::Qwen3 => {
            let named = w.layer_types.as_ref().and_then(|types| types.get(i));
            let slides = named.map_or_else(
                || i >= w.max_window_layers.unwrap_or(28),
                |kind| kind == "sliding_attention",
            );
            window.filter(|_| slides && w.use_sliding_window.unwrap_or(false))
        }
    };
    (0..n_layers).map(of_layer).collect()
}
