//! Networks: one decoder driven by a model's `config.json` or GGUF file, encoders of texts, tokenizers,
//! scoring, generating, `LoRA` adapters, preference training and training from scratch.
//!
//! ```text
//! folder -> config, tokenizer, weights (mapped) \
//! file.gguf -> gguf                              -> LanguageModel
//! LanguageModel -> score (log-probabilities of a given text) / generate (text of its own)
//! Decoder + Adapter -> dpo::Trainer -> adapter in PEFT layout -> merge -> folder
//! Sentence-Transformers folder -> encoder::Embedder -> vectors;   texts -> pretrain -> folder
//! ```
//!
//! On the processor a network is made of `kernels`, operations with gradients of their own that serve
//! scoring and training alike; on accelerators of the tensor library's, the fused ones only where
//! nothing is trained, since they drop gradients silently. Tests hold both equal and every adapter
//! matrix's gradient non-zero. This room knows no project and no screen; it reads and writes the folders
//! of models, adapters and checkpoints.

pub mod bpe;
pub mod chat;
pub mod config;
pub mod decoder;
pub mod demonstration;
pub mod device;
pub mod dpo;
pub mod encoder;
mod error;
mod experts;
mod files;
mod frozen;
pub mod generate;
mod gguf;
mod kernels;
pub mod lora;
mod mapped;
mod matrix;
mod memory;
pub mod merge;
pub mod model;
mod ops;
pub mod optimizer;
pub mod peft;
pub mod preference;
pub mod pretrain;
pub mod schedule;
pub mod score;
mod spans;
pub mod threads;
pub mod tokenizer;
mod weights;

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panic")]
mod tests;

pub use error::NnError;
