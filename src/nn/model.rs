//! A language model: decoder, tokenizer and name, loaded from a folder in Hugging Face layout.

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device};

use super::config::DecoderConfig;
use super::decoder::Decoder;
use super::error::NnError;
use super::lora::Adapter;
use super::peft;
use super::tokenizer::TextTokenizer;
use super::weights::Weights;
use crate::base::hash::ContentHasher;

/// A language model that can score and generate.
pub struct LanguageModel {
    /// The network.
    pub decoder: Decoder,
    /// Its tokenizer.
    pub tokenizer: TextTokenizer,
    /// Hash of configuration, tokenizer and weights.
    pub fingerprint: String,
    /// Where it was read from.
    pub folder: PathBuf,
    /// A sentence on what the model is, from the folder's `meridian.json`, for demonstration models.
    pub remark: Option<String>,
}

impl LanguageModel {
    /// Loads a model.
    ///
    /// Everything is checked before it is used: files, architecture, shapes, memory, finite weights, and
    /// that the tokenizer fits the vocabulary.
    ///
    /// # Errors
    /// [`NnError`] with what is wrong and what to do.
    pub fn load(folder: &Path, device: &Device) -> Result<Self, NnError> {
        if !folder.is_dir() {
            return Err(NnError::NoFolder {
                path: folder.to_owned(),
            });
        }
        let config = DecoderConfig::read(folder)?;
        let weights = Weights::open(folder)?;
        let tokenizer = TextTokenizer::read(folder, config.vocab, config.bos, &config.eos)?;
        weights.check_memory(folder)?;
        let mut config = config;
        // Some configurations say nothing of tying and simply leave the output matrix out.
        if !config.tied && !weights.has("lm_head.weight") {
            config.tied = true;
        }
        let decoder = Decoder::build(config, device, |name, shape| {
            weights.tensor(name, shape, device)
        })?;
        let mut hasher = ContentHasher::new();
        for name in ["config.json", "tokenizer.json"] {
            let path = folder.join(name);
            let bytes = fs::read(&path).map_err(|source| NnError::Io {
                what: "read",
                path,
                source,
            })?;
            hasher.bytes(&bytes);
        }
        weights.hash_into(&mut hasher);
        Ok(Self {
            decoder,
            tokenizer,
            fingerprint: hasher.finish(),
            folder: folder.to_owned(),
            remark: remark(folder),
        })
    }

    /// Reads an adapter for this model.
    ///
    /// # Errors
    /// As [`peft::read_adapter`].
    pub fn adapter(&self, folder: &Path) -> Result<Adapter, NnError> {
        peft::read_adapter(
            folder,
            &self.decoder.config,
            &self.fingerprint,
            &self.decoder.device,
        )
    }

    /// Returns the folder's last part: the model's name where nobody gave one.
    pub fn name(&self) -> String {
        self.folder
            .file_name()
            .map_or_else(|| "model".to_owned(), |n| n.to_string_lossy().into_owned())
    }
}

/// The kind of numbers that weights of our own are written in.
pub(super) const WRITTEN_KIND: DType = DType::F16;

/// Name of the file beside a model's weights that says what the model is.
pub const REMARK: &str = "meridian.json";

#[derive(serde::Deserialize)]
struct Remark {
    remark: String,
}

/// Reads what a folder says of its model, `None` where it says nothing.
pub fn remark(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join(REMARK)).ok()?;
    serde_json::from_str::<Remark>(&text).ok().map(|r| r.remark)
}
