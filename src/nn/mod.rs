//! Networks: one decoder driven by a model's `config.json`, its tokenizer, scoring, generating, `LoRA`
//! adapters, preference training and training from scratch.
//!
//! ```text
//! folder -> config, tokenizer, weights (mapped) -> LanguageModel
//! LanguageModel -> score (log-probabilities of a given text) / generate (text of its own)
//! Decoder + Adapter -> dpo::Trainer -> adapter in PEFT layout;   texts -> pretrain -> folder
//! ```
//!
//! The decoder has two paths through the same weights: *fused* operations where it only scores, plain
//! differentiable ones where it trains, since candle's fused operations drop gradients silently. A test
//! holds both equal and every adapter matrix's gradient non-zero. This room knows no project and no
//! screen; it reads and writes the folders of models, adapters and checkpoints.

mod answer_logps;
pub mod bpe;
pub mod config;
pub mod decoder;
pub mod demonstration;
pub mod device;
pub mod dpo;
mod error;
mod files;
mod frozen;
pub mod generate;
pub mod lora;
mod mapped;
mod memory;
pub mod model;
mod ops;
pub mod optimizer;
pub mod peft;
pub mod preference;
pub mod pretrain;
pub mod schedule;
pub mod score;
pub mod threads;
pub mod tokenizer;
mod weights;

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panic")]
mod tests;

pub use error::NnError;
