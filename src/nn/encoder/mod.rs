//! Encoders: Sentence-Transformers folders that turn texts into vectors.
//!
//! ```text
//! folder -> folder (modules, pooling, prompts, length) -> network (BERT, XLM-RoBERTa) -> pooled rows
//! ```
//!
//! Texts are packed without padding; a text's vector depends on no other text and on no thread.

mod folder;
mod network;
#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panic")]
mod tests;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use candle_core::{DType, Device};
use tokenizers::{Tokenizer, TruncationParams};

use super::error::NnError;
use super::spans::Packed;
use super::threads;
use super::weights::{FromFolder, Weights};
use crate::base::hash::ContentHasher;
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;
use folder::{EncoderFolder, Pooling};
use network::Encoder;

/// Tokens in a batch.
const BATCH_TOKENS: usize = 2048;

/// A loaded Sentence-Transformers folder.
pub struct Embedder {
    encoder: Encoder,
    tokenizer: Tokenizer,
    folder: EncoderFolder,
    /// Hash of configuration, tokenizer and weights.
    pub fingerprint: String,
}

impl Embedder {
    /// Loads a folder as Sentence-Transformers would.
    ///
    /// # Errors
    /// [`NnError`] with what is wrong and what to do.
    pub fn load(path: &Path, device: &Device) -> Result<Self, NnError> {
        if !path.is_dir() {
            return Err(NnError::NoFolder {
                path: path.to_owned(),
            });
        }
        let folder = EncoderFolder::read(path)?;
        let weights = Weights::open(path)?;
        weights.check_memory(path)?;
        let mut tokenizer = super::tokenizer::read_file(path)?;
        let refuse = |e: tokenizers::Error| NnError::Tokenizer {
            reason: e.to_string(),
        };
        tokenizer
            .with_padding(None)
            .with_truncation(Some(TruncationParams {
                max_length: folder.max_tokens,
                ..TruncationParams::default()
            }))
            .map_err(refuse)?;
        let n_tokens = tokenizer.get_vocab(true).into_values().max();
        let n_tokens = n_tokens.map_or(0, |m| m as usize + 1);
        if n_tokens > folder.config.vocab_size {
            return Err(NnError::Vocabulary {
                n_tokens,
                vocab: folder.config.vocab_size,
            });
        }
        let prefix = weights
            .names()
            .find_map(|n| n.strip_suffix("embeddings.word_embeddings.weight"))
            .unwrap_or_default()
            .to_owned();
        let mut source = FromFolder {
            weights: &weights,
            device,
            dtype: DType::F32,
        };
        let encoder = Encoder::build(&folder.config, &prefix, device, &mut source)?;
        let mut hasher = ContentHasher::new();
        hasher.text(&format!("{folder:?}"));
        super::model::hash_file(&mut hasher, &path.join("tokenizer.json"))?;
        weights.hash_into(&mut hasher);
        Ok(Self {
            encoder,
            tokenizer,
            folder,
            fingerprint: hasher.finish(),
        })
    }

    /// Returns the numbers of a vector.
    pub fn n_dims(&self) -> usize {
        self.folder.config.hidden_size * self.folder.pooling.len()
    }

    /// Returns the names of the folder's prompts.
    pub fn prompt_names(&self) -> Vec<&str> {
        self.folder.prompts.keys().map(String::as_str).collect()
    }

    /// Turns texts into vectors, one row each.
    ///
    /// # Shapes
    /// Returns `texts × dims`.
    ///
    /// # Errors
    /// [`NnError::Setting`] for a prompt that the folder does not name; [`NnError::Cancelled`] between
    /// batches.
    pub fn embed(
        &self,
        texts: &[String],
        prompt_name: Option<&str>,
        observe: &dyn Observe,
    ) -> Result<Matrix<f32>, NnError> {
        let prompt = self.folder.prompt(prompt_name)?;
        let n_prompt = if self.folder.pools_prompt || prompt.is_empty() {
            0
        } else {
            // The token that closes the prompt alone stands at the text's end.
            self.encode(prompt)?.len().saturating_sub(1)
        };
        let mut ids = Vec::with_capacity(texts.len());
        for (i, text) in texts.iter().enumerate() {
            if i % 256 == 0 {
                observe.step(0, texts.len() as u64)?;
            }
            ids.push(self.encode(&format!("{prompt}{text}"))?);
        }
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by_key(|&i| (ids[i].len(), i));
        let mut batches: Vec<Vec<usize>> = Vec::new();
        let mut filled = BATCH_TOKENS;
        for i in order {
            if filled + ids[i].len() > BATCH_TOKENS {
                batches.push(Vec::new());
                filled = 0;
            }
            filled += ids[i].len();
            if let Some(batch) = batches.last_mut() {
                batch.push(i);
            }
        }
        let n_done = AtomicU64::new(0);
        let beside = self.encoder.device.is_cpu();
        let vectors = threads::batches(&batches, beside, |batch| {
            observe.step(n_done.load(Ordering::Relaxed), texts.len() as u64)?;
            let packed = Packed::texts(batch.iter().map(|&i| ids[i].as_slice()));
            // Texts without any token have no hidden states to pool.
            let hidden = if packed.ids.is_empty() {
                Vec::new()
            } else {
                self.encoder.hidden(&packed)?.to_vec2::<f32>()?
            };
            let of_batch: Vec<Vec<f32>> = packed
                .trunks
                .iter()
                .map(|rows| self.pooled(&hidden[rows.clone()], n_prompt))
                .collect();
            n_done.fetch_add(batch.len() as u64, Ordering::Relaxed);
            Ok::<_, NnError>(of_batch)
        })?;
        let mut out = Matrix::filled(texts.len(), self.n_dims(), 0.0);
        for (i, vector) in batches.iter().flatten().zip(vectors.into_iter().flatten()) {
            out.row_mut(*i).copy_from_slice(&vector);
        }
        Ok(out)
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>, NnError> {
        let lower;
        let text = if self.folder.lowers {
            lower = text.to_lowercase();
            lower.as_str()
        } else {
            text
        };
        self.tokenizer
            .encode_fast(text, true)
            .map(|e| e.get_ids().to_vec())
            .map_err(|e| NnError::Tokenizer {
                reason: e.to_string(),
            })
    }

    /// Makes one vector of a text's hidden states.
    fn pooled(&self, hidden: &[Vec<f32>], n_prompt: usize) -> Vec<f32> {
        // A text that was cut down to its prompt keeps its last token.
        let after_prompt = &hidden[n_prompt.min(hidden.len().saturating_sub(1))..];
        let mut out = Vec::with_capacity(self.n_dims());
        for pooling in &self.folder.pooling {
            out.extend(pooling.apply(after_prompt, self.folder.config.hidden_size));
        }
        if self.folder.normalizes {
            let length = out
                .iter()
                .map(|x| f64::from(*x) * f64::from(*x))
                .sum::<f64>();
            // The reference divides by at least 1e-12.
            let scale = 1.0 / length.sqrt().max(1e-12);
            for x in &mut out {
                *x = (f64::from(*x) * scale) as f32;
            }
        }
        out
    }
}

impl Pooling {
    /// Makes one vector of several.
    ///
    /// # Source
    /// sentence-transformers 6.2 `Pooling`.
    fn apply(self, hidden: &[Vec<f32>], n: usize) -> Vec<f32> {
        let weighed = |weight: &dyn Fn(usize) -> f64, total: f64| {
            let mut sums = vec![0.0f64; n];
            for (i, row) in hidden.iter().enumerate() {
                for (sum, x) in sums.iter_mut().zip(row) {
                    *sum += weight(i) * f64::from(*x);
                }
            }
            sums.iter().map(|s| (s / total) as f32).collect()
        };
        let n_rows = hidden.len().max(1) as f64;
        match self {
            Self::First => hidden.first().cloned().unwrap_or_else(|| vec![0.0; n]),
            Self::Last => hidden.last().cloned().unwrap_or_else(|| vec![0.0; n]),
            Self::Greatest => (0..n)
                .map(|d| {
                    hidden
                        .iter()
                        .map(|row| row[d])
                        .fold(f32::NEG_INFINITY, f32::max)
                })
                .collect(),
            Self::Mean => weighed(&|_| 1.0, n_rows),
            Self::MeanBySqrtLength => weighed(&|_| 1.0, n_rows.sqrt()),
            Self::WeighedMean => weighed(&|i| (i + 1) as f64, n_rows * (n_rows + 1.0) / 2.0),
        }
    }
}
