//! What can go wrong with a network, each with what to do next.

use std::path::PathBuf;

use crate::base::observe::Cancelled;

/// Why a network cannot be loaded, run or trained.
#[derive(Debug, thiserror::Error)]
pub enum NnError {
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The folder does not exist or is no folder.
    #[error("there is no model folder; give a folder in Hugging Face layout with config.json, tokenizer.json and safetensors, or a .gguf file: {}", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file of the folder is missing.
    #[error("the folder has no {name}; {advice}: {}", folder.display())]
    MissingFile {
        /// Name of the file.
        name: String,
        /// What to do.
        advice: &'static str,
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("cannot {what} ({source}): {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A JSON file says something that cannot be.
    #[error("{name} cannot be used ({reason}); take the file that came with the model: {}", path.display())]
    Config {
        /// Name of the file.
        name: String,
        /// Why.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The architecture is not one this program has.
    #[error("architecture {name:?} is not known; known are {known}")]
    UnknownArchitecture {
        /// The name in `config.json`.
        name: String,
        /// The names there are.
        known: &'static str,
    },
    /// The weights are in pickle files.
    #[error(
        "the weights are in a pickle file, which can run any program when it is read; convert them to safetensors (in Python: model.save_pretrained(folder, safe_serialization=True)): {}", path.display()
    )]
    Pickle {
        /// The file.
        path: PathBuf,
    },
    /// A shard that the index names is missing.
    #[error("shard {shard} of {n_shards} is missing; copy it into the folder again: {name}")]
    MissingShard {
        /// Its position, from 1.
        shard: usize,
        /// Shards in all.
        n_shards: usize,
        /// The file's name.
        name: String,
    },
    /// A file is no safetensors file.
    #[error("the weights cannot be read ({reason}); copy the file again: {}", path.display())]
    Unreadable {
        /// The reader's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A GGUF file cannot be used.
    #[error("the GGUF file cannot be used ({reason}); {advice}: {}", path.display())]
    Gguf {
        /// Why.
        reason: String,
        /// What to do.
        advice: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A tensor is missing.
    #[error(
        "the weights have no tensor for this architecture; the folder's config.json belongs to another model, or a shard is incomplete: {name}"
    )]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error(
        "a tensor has shape {found:?} where config.json asks for {expected:?}; config.json and weights belong to different models: {name}"
    )]
    Shape {
        /// Its name.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape asked for.
        expected: Vec<usize>,
    },
    /// A tensor's numbers are of a kind that is not read.
    #[error(
        "a tensor holds {dtype}, which is not read; use float32, float16 or bfloat16 weights: {name}"
    )]
    TensorKind {
        /// Its name.
        name: String,
        /// Kind of numbers.
        dtype: String,
    },
    /// A tensor holds something that is no number.
    #[error(
        "the weights hold values that are no finite numbers, so nothing computed with them would mean anything; get the model again: {name}"
    )]
    NotFinite {
        /// The tensor's name.
        name: String,
    },
    /// The model does not fit into memory.
    #[error("the model needs {needed_mib} MiB and {available_mib} MiB are free; close programs or take a smaller model: {}", path.display())]
    TooLarge {
        /// Memory needed, mebibytes.
        needed_mib: u64,
        /// Memory free, mebibytes.
        available_mib: u64,
        /// The folder.
        path: PathBuf,
    },
    /// The tokenizer cannot be used.
    #[error(
        "the tokenizer cannot be used ({reason}); take the tokenizer.json that came with the model"
    )]
    Tokenizer {
        /// Why.
        reason: String,
    },
    /// The tokenizer knows tokens that the model does not.
    #[error(
        "the tokenizer has {n_tokens} tokens and the model {vocab} rows for them; tokenizer.json belongs to another model"
    )]
    Vocabulary {
        /// Tokens of the tokenizer.
        n_tokens: usize,
        /// Rows of the embedding.
        vocab: usize,
    },
    /// The adapter cannot be used with this model.
    #[error("the adapter does not fit the model ({reason}); give the adapter that was trained on this model: {}", path.display())]
    AdapterMismatch {
        /// Why.
        reason: String,
        /// The adapter's folder.
        path: PathBuf,
    },
    /// There is nothing to work on.
    #[error("there is nothing to {what}; {advice}")]
    Nothing {
        /// What was asked for.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A text is longer than the model reads.
    #[error(
        "an item has {n_tokens} tokens, more than the {limit} that the model reads; shorten it: {text}"
    )]
    TooLong {
        /// Tokens of the item.
        n_tokens: usize,
        /// Most tokens the model reads.
        limit: usize,
        /// Its beginning.
        text: String,
    },
    /// A setting is out of its range.
    #[error("{name} must be {expected}, not {value}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        value: String,
    },
    /// Training left the numbers.
    #[error(
        "training left the finite numbers at step {step}; lower the learning rate and resume from the last checkpoint"
    )]
    Diverged {
        /// The step.
        step: u32,
    },
    /// The tensor library refused; our mistake, or memory ran out.
    #[error("the network cannot be computed ({0})")]
    Compute(#[from] candle_core::Error),
}
