//! A language model: decoder, tokenizer and name, loaded from a folder in Hugging Face layout or from a
//! GGUF file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};

use super::chat::ChatTemplate;
use super::config::DecoderConfig;
use super::decoder::Decoder;
use super::error::NnError;
use super::files::read_json;
use super::gguf::GgufFile;
use super::kernels::product::{COLUMNS_PER_BLOCK, Panels};
use super::lora::Adapter;
use super::matrix::{Matrix, Source};
use super::memory;
use super::peft;
use super::tokenizer::TextTokenizer;
use super::weights::{FromFolder, Weights};
use crate::base::hash::ContentHasher;

/// A language model that can score and generate.
pub struct LanguageModel {
    /// The network.
    pub decoder: Decoder,
    /// Its tokenizer.
    pub tokenizer: TextTokenizer,
    /// Hash of configuration, tokenizer and weights.
    pub fingerprint: String,
    /// Where it was read from: a folder, or a GGUF file.
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
        Self::load_as(folder, device, DType::F32)
    }

    /// Loads a model to compute with another kind of numbers, which an accelerator does; the processor
    /// keeps weights in the kind they were saved in and computes in float32.
    ///
    /// # Errors
    /// As [`LanguageModel::load`].
    pub fn load_as(path: &Path, device: &Device, dtype: DType) -> Result<Self, NnError> {
        if path.extension().is_some_and(|e| e == "gguf") {
            return Self::load_gguf(path, device, dtype);
        }
        if !path.is_dir() {
            return Err(NnError::NoFolder {
                path: path.to_owned(),
            });
        }
        let mut config = DecoderConfig::read(path)?;
        config.eos.extend(generation_ends(path)?);
        let weights = Weights::open(path)?;
        let tokenizer = TextTokenizer::read(path, config.vocab, config.bos, &config.eos)?;
        weights.check_memory(path)?;
        // Some configurations say nothing of tying and simply leave the output matrix out.
        if !config.tied && !weights.has("lm_head.weight") {
            config.tied = true;
        }
        let mut source = FromFolder {
            weights: &weights,
            device,
            dtype,
        };
        let decoder = Decoder::build(config, device, dtype, &mut source)?;
        let mut hasher = ContentHasher::new();
        for name in ["config.json", "tokenizer.json"] {
            hash_file(&mut hasher, &path.join(name))?;
        }
        weights.hash_into(&mut hasher);
        Ok(Self {
            decoder,
            tokenizer,
            fingerprint: hasher.finish(),
            folder: path.to_owned(),
            remark: remark(path),
        })
    }

    fn load_gguf(path: &Path, device: &Device, dtype: DType) -> Result<Self, NnError> {
        let file = GgufFile::open(path)?;
        let config = DecoderConfig::from_gguf(file.config()?, path)?;
        memory::check(file.weight_bytes(), path)?;
        let inner = file.tokenizer()?;
        let text = |id: Option<u32>| id.and_then(|id| inner.id_to_token(id)).unwrap_or_default();
        let (bos, eos) = (text(config.bos), text(config.eos.first().copied()));
        let chat = file
            .chat_template()
            .map(|source| ChatTemplate::new(source.to_owned(), bos, eos));
        let tokenizer =
            TextTokenizer::new(inner, config.vocab, config.bos, &config.eos)?.with_chat(chat);
        let mut source = FromGguf {
            file: &file,
            device,
            dtype,
        };
        let decoder = Decoder::build(config, device, dtype, &mut source)?;
        let mut hasher = ContentHasher::new();
        hasher.bytes(file.bytes());
        Ok(Self {
            decoder,
            tokenizer,
            fingerprint: hasher.finish(),
            folder: path.to_owned(),
            remark: None,
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

    /// Refuses a model whose weights a training or a merge cannot start from.
    ///
    /// # Errors
    /// [`NnError::Setting`] for a GGUF file.
    pub(super) fn check_trainable(&self) -> Result<(), NnError> {
        if self.folder.is_dir() {
            return Ok(());
        }
        Err(NnError::Setting {
            name: "model",
            expected: "a folder in Hugging Face layout, since a GGUF file can only score and generate",
            value: self.folder.display().to_string(),
        })
    }

    /// Returns the folder's last part: the model's name where nobody gave one.
    pub fn name(&self) -> String {
        self.folder
            .file_name()
            .map_or_else(|| "model".to_owned(), |n| n.to_string_lossy().into_owned())
    }
}

/// Further tokens that end an answer, as `generation_config.json` names them; it may be missing.
fn generation_ends(folder: &Path) -> Result<Vec<u32>, NnError> {
    let name = "generation_config.json";
    if !folder.join(name).is_file() {
        return Ok(Vec::new());
    }
    let value: serde_json::Value = read_json(folder, name, "it may be left out")?;
    let ids = match value.get("eos_token_id") {
        Some(serde_json::Value::Array(ids)) => ids.clone(),
        Some(id) => vec![id.clone()],
        None => Vec::new(),
    };
    Ok(ids
        .iter()
        .filter_map(|id| id.as_u64().map(|id| id as u32))
        .collect())
}

/// Adds a file's bytes to a hash.
///
/// # Errors
/// [`NnError::Io`].
pub(super) fn hash_file(hasher: &mut ContentHasher, path: &Path) -> Result<(), NnError> {
    let bytes = fs::read(path).map_err(|source| NnError::Io {
        what: "read",
        path: path.to_owned(),
        source,
    })?;
    hasher.bytes(&bytes);
    Ok(())
}

/// The weights of a GGUF file as the layers of a network on a device.
struct FromGguf<'a> {
    file: &'a GgufFile,
    device: &'a Device,
    dtype: DType,
}

impl Source for FromGguf<'_> {
    fn matrix(&mut self, name: &str, n_out: usize, n_in: usize) -> Result<Matrix, NnError> {
        let chunks = self
            .file
            .quantized(name, [n_out, n_in], COLUMNS_PER_BLOCK)?;
        if self.device.is_cpu() {
            let panels = Panels::of_quantized(chunks, n_out, n_in);
            return Ok(Matrix::Panels(Arc::new(panels)));
        }
        // An accelerator gets the numbers unpacked.
        let rows: Vec<Tensor> = chunks
            .iter()
            .map(|chunk| chunk.dequantize(&Device::Cpu)?.to_dtype(self.dtype))
            .collect::<candle_core::Result<_>>()?;
        Ok(Matrix::Tensor(
            Tensor::cat(&rows, 0)?.to_device(self.device)?,
        ))
    }

    fn vector(&mut self, name: &str, n: usize) -> Result<Tensor, NnError> {
        let values = self.file.vector(name, &[n])?;
        Ok(Tensor::from_vec(values, n, self.device)?.to_dtype(self.dtype)?)
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
