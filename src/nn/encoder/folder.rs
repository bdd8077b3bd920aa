//! What a Sentence-Transformers folder says of how it is to be used.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::super::error::NnError;
use super::super::files::read_json;

/// Architectures that the encoder has, as `config.json` names them.
const KNOWN: &str = "BertModel, RobertaModel, XLMRobertaModel";

/// How a text's hidden states become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pooling {
    /// That of the first token.
    First,
    /// That of the last token.
    Last,
    /// The greatest in each dimension.
    Greatest,
    /// The mean.
    Mean,
    /// The sum over the square root of the length.
    MeanBySqrtLength,
    /// The mean with weights that rise with the position.
    WeighedMean,
}

impl Pooling {
    /// Reads the words of `pooling_mode`.
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "cls" => Self::First,
            "lasttoken" => Self::Last,
            "max" => Self::Greatest,
            "mean" => Self::Mean,
            "mean_sqrt_len_tokens" => Self::MeanBySqrtLength,
            "weightedmean" => Self::WeighedMean,
            _ => return None,
        })
    }
}

/// `config.json` of an encoder.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct EncoderConfig {
    /// Rows of the embedding.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Heads.
    pub num_attention_heads: usize,
    /// Width of the feed-forward part.
    pub intermediate_size: usize,
    /// Rows of the position embedding.
    pub max_position_embeddings: usize,
    /// Rows of the type embedding.
    #[serde(default = "two")]
    pub type_vocab_size: usize,
    /// ε of the normalizations.
    #[serde(default = "tiny")]
    pub layer_norm_eps: f64,
    #[serde(default)]
    hidden_act: Option<String>,
    #[serde(default)]
    pad_token_id: Option<usize>,
    #[serde(default)]
    position_embedding_type: Option<String>,
    /// Position of the first token; the `RoBERTa` family leaves room for padding.
    #[serde(skip)]
    pub first_position: usize,
}

fn two() -> usize {
    2
}

fn tiny() -> f64 {
    1e-12
}

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are those of the file, named as it names them"
)]
struct WrittenPooling {
    pooling_mode: Option<OneOrMany>,
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_max_tokens: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    #[serde(default)]
    pooling_mode_mean_sqrt_len_tokens: bool,
    #[serde(default)]
    pooling_mode_weightedmean_tokens: bool,
    #[serde(default)]
    pooling_mode_lasttoken: bool,
    include_prompt: Option<bool>,
}

#[derive(Default, Deserialize)]
struct WrittenLimits {
    max_seq_length: Option<usize>,
    do_lower_case: Option<bool>,
}

#[derive(Default, Deserialize)]
struct WrittenTokenizer {
    /// Some write a number beyond any integer for "none".
    model_max_length: Option<f64>,
}

#[derive(Default, Deserialize)]
struct WrittenPrompts {
    #[serde(default)]
    prompts: BTreeMap<String, String>,
    #[serde(default)]
    default_prompt_name: Option<String>,
}

/// How a folder is to be used.
#[derive(Clone, Debug)]
pub(super) struct EncoderFolder {
    /// The network's shape.
    pub config: EncoderConfig,
    /// How hidden states become vectors; several are put one after the other.
    pub pooling: Vec<Pooling>,
    /// The prompt's tokens are pooled too.
    pub pools_prompt: bool,
    /// Vectors get length 1.
    pub normalizes: bool,
    /// Tokens of a text at most, special ones counted.
    pub max_tokens: usize,
    /// Texts are lowered first.
    pub lowers: bool,
    /// Prompts by name.
    pub prompts: BTreeMap<String, String>,
    default_prompt: Option<String>,
}

impl EncoderFolder {
    /// Reads and checks a folder.
    ///
    /// # Errors
    /// [`NnError::MissingFile`], [`NnError::UnknownArchitecture`] or [`NnError::Config`].
    pub(super) fn read(folder: &Path) -> Result<Self, NnError> {
        let config = read_config(folder)?;
        let mut pooling = vec![Pooling::Mean];
        let (mut pools_prompt, mut normalizes) = (true, false);
        // Without modules.json the library takes a plain network and its mean.
        if folder.join("modules.json").is_file() {
            let modules: Vec<Module> = read_json(folder, "modules.json", "it names the steps")?;
            for module in modules {
                match module.kind.rsplit('.').next().unwrap_or_default() {
                    "Transformer" => {}
                    "Pooling" => {
                        let name = format!("{}/config.json", module.path);
                        let written: WrittenPooling =
                            read_json(folder, &name, "it says how texts are pooled")?;
                        pools_prompt = written.include_prompt.unwrap_or(true);
                        pooling = read_pooling(&written).map_err(|reason| NnError::Config {
                            name: name.clone(),
                            reason,
                            path: folder.join(&name),
                        })?;
                    }
                    "Normalize" => normalizes = true,
                    other => {
                        return Err(NnError::Config {
                            name: "modules.json".to_owned(),
                            reason: format!(
                                "it has a step {other}; known are Transformer, Pooling and Normalize"
                            ),
                            path: folder.join("modules.json"),
                        });
                    }
                }
            }
        }
        let limits: WrittenLimits = optional(folder, "sentence_bert_config.json")?;
        let of_tokenizer: WrittenTokenizer = optional(folder, "tokenizer_config.json")?;
        let prompts: WrittenPrompts = optional(folder, "config_sentence_transformers.json")?;
        let positions = config.max_position_embeddings - config.first_position;
        let of_tokenizer = of_tokenizer
            .model_max_length
            .filter(|n| *n >= 1.0 && *n < 1e9)
            .map(|n| n as usize);
        let max_tokens = limits
            .max_seq_length
            .or(of_tokenizer)
            .unwrap_or(positions)
            .clamp(1, positions);
        Ok(Self {
            config,
            pooling,
            pools_prompt,
            normalizes,
            max_tokens,
            lowers: limits.do_lower_case.unwrap_or(false),
            prompts: prompts.prompts,
            default_prompt: prompts.default_prompt_name,
        })
    }

    /// Returns the prompt of a name, or the folder's own where none is asked for.
    ///
    /// # Errors
    /// [`NnError::Setting`] for a name the folder does not have.
    pub(super) fn prompt(&self, name: Option<&str>) -> Result<&str, NnError> {
        let Some(name) = name.or(self.default_prompt.as_deref()) else {
            return Ok("");
        };
        // Two names are in use for the same thing.
        let other = match name {
            "passage" => "document",
            "document" => "passage",
            same => same,
        };
        self.prompts
            .get(name)
            .or_else(|| self.prompts.get(other))
            .map(String::as_str)
            .ok_or_else(|| NnError::Setting {
                name: "prompt name",
                expected: "one of those in the folder's config_sentence_transformers.json",
                value: name.to_owned(),
            })
    }
}

/// Reads a file that may be missing.
fn optional<T: Default + serde::de::DeserializeOwned>(
    folder: &Path,
    name: &str,
) -> Result<T, NnError> {
    if folder.join(name).is_file() {
        read_json(folder, name, "it may be left out")
    } else {
        Ok(T::default())
    }
}

fn read_pooling(w: &WrittenPooling) -> Result<Vec<Pooling>, String> {
    let names: Vec<&str> = match &w.pooling_mode {
        Some(OneOrMany::One(name)) => vec![name],
        Some(OneOrMany::Many(names)) => names.iter().map(String::as_str).collect(),
        // In the library's order, which is that of the parts of the vector.
        None => [
            (w.pooling_mode_cls_token, "cls"),
            (w.pooling_mode_max_tokens, "max"),
            (w.pooling_mode_mean_tokens, "mean"),
            (w.pooling_mode_mean_sqrt_len_tokens, "mean_sqrt_len_tokens"),
            (w.pooling_mode_weightedmean_tokens, "weightedmean"),
            (w.pooling_mode_lasttoken, "lasttoken"),
        ]
        .into_iter()
        .filter_map(|(is_on, name)| is_on.then_some(name))
        .collect(),
    };
    if names.is_empty() {
        return Err("it names no pooling".to_owned());
    }
    names
        .into_iter()
        .map(|name| Pooling::parse(name).ok_or_else(|| format!("its pooling {name} is not known")))
        .collect()
}

fn read_config(folder: &Path) -> Result<EncoderConfig, NnError> {
    let name = "config.json";
    let value: serde_json::Value = read_json(folder, name, "it describes the network's shape")?;
    let refuse = |reason: String| NnError::Config {
        name: name.to_owned(),
        reason,
        path: folder.join(name),
    };
    let architecture = value
        .get("architectures")
        .and_then(|a| a.get(0))
        .or_else(|| value.get("model_type"))
        .and_then(|n| n.as_str())
        .unwrap_or("none named")
        .to_owned();
    let is_bert = match architecture.as_str() {
        "BertModel" | "BertForMaskedLM" | "bert" => true,
        "RobertaModel"
        | "RobertaForMaskedLM"
        | "roberta"
        | "XLMRobertaModel"
        | "XLMRobertaForMaskedLM"
        | "xlm-roberta" => false,
        _ => {
            return Err(NnError::UnknownArchitecture {
                name: architecture,
                known: KNOWN,
            });
        }
    };
    let mut config: EncoderConfig =
        serde_json::from_value(value).map_err(|e| refuse(e.to_string()))?;
    if let Some(act) = config.hidden_act.as_ref().filter(|a| *a != "gelu") {
        return Err(refuse(format!("hidden_act must be gelu, not {act}")));
    }
    if let Some(kind) = config
        .position_embedding_type
        .as_ref()
        .filter(|k| *k != "absolute")
    {
        return Err(refuse(format!("positions must be absolute, not {kind}")));
    }
    if config.num_attention_heads == 0
        || !config
            .hidden_size
            .is_multiple_of(config.num_attention_heads)
        || config.hidden_size == 0
    {
        return Err(refuse(
            "hidden_size must be a multiple of num_attention_heads".to_owned(),
        ));
    }
    if !is_bert {
        config.first_position = config.pad_token_id.unwrap_or(1) + 1;
    }
    if config.max_position_embeddings <= config.first_position {
        return Err(refuse(
            "max_position_embeddings leaves room for no token".to_owned(),
        ));
    }
    Ok(config)
}
