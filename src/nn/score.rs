//! Scoring: the log-probability of every token of a given continuation.

use std::sync::atomic::{AtomicU64, Ordering};

use candle_core::{DType, Tensor};
use rayon::prelude::*;

use super::answer_logps::answer_logps;
use super::decoder::{Path, rows_of};
use super::error::NnError;
use super::lora::Adapter;
use super::model::LanguageModel;
use super::tokenizer::Joint;
use crate::base::observe::Observe;

/// A text to score and what stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreItem {
    /// What stands before; may be empty.
    pub context: String,
    /// The text whose tokens are scored.
    pub continuation: String,
}

/// A scored continuation.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The continuation with the blanks that stood at the context's end.
    pub continuation: String,
    /// ln p of each of its tokens given all before, nats.
    pub logps_nats: Vec<f32>,
    /// Where each token ends in [`Scored::continuation`], in characters.
    pub ends: Vec<u32>,
    /// The context's tokens are a prefix of the whole's.
    pub prefix_holds: bool,
}

impl Scored {
    /// Returns the sum of log-probabilities, nats.
    pub fn sum_nats(&self) -> f64 {
        self.logps_nats.iter().map(|l| f64::from(*l)).sum()
    }

    /// Returns exp of the mean negative log-probability.
    pub fn perplexity(&self) -> f64 {
        (-self.sum_nats() / self.logps_nats.len().max(1) as f64).exp()
    }
}

/// Tokens in a batch, padding counted; keeps activations of a small model in the cache of a processor.
const BATCH_TOKENS: usize = 1024;

/// Gives log-probabilities of given texts.
pub trait Score {
    /// Scores items; answers come in their order.
    ///
    /// # Errors
    /// [`NnError`]; [`NnError::Cancelled`] between batches.
    fn score(&self, items: &[ScoreItem], observe: &dyn Observe) -> Result<Vec<Scored>, NnError>;
}

/// A model with the adapter in force, if any.
#[derive(Clone, Copy)]
pub struct Adapted<'a> {
    /// The model.
    pub model: &'a LanguageModel,
    /// Its adapter.
    pub adapter: Option<&'a Adapter>,
}

impl Score for Adapted<'_> {
    fn score(&self, items: &[ScoreItem], observe: &dyn Observe) -> Result<Vec<Scored>, NnError> {
        let limit = self.model.decoder.max_tokens();
        let mut joints = Vec::with_capacity(items.len());
        for item in items {
            let joint = self
                .model
                .tokenizer
                .join(&item.context, &item.continuation)?;
            if joint.ids.len() > limit {
                return Err(NnError::TooLong {
                    n_tokens: joint.ids.len(),
                    limit,
                    text: item.context.chars().take(60).collect(),
                });
            }
            joints.push(joint);
        }
        // Equal lengths stand together, so that little is padded; ties keep their order.
        let mut order: Vec<usize> = (0..joints.len()).collect();
        order.sort_by_key(|&i| (joints[i].ids.len(), i));
        let mut batches: Vec<&[usize]> = Vec::new();
        let mut rest = order.as_slice();
        while let Some(&first) = rest.first() {
            let mut n = 1;
            while n < rest.len()
                && (n + 1) * joints[rest[n]].ids.len() <= BATCH_TOKENS.max(joints[first].ids.len())
            {
                n += 1;
            }
            let (batch, after) = rest.split_at(n);
            batches.push(batch);
            rest = after;
        }
        // Batches side by side use small networks' processors better than threads inside one; what a
        // batch holds does not depend on the threads, and neither do its numbers.
        let n_done = AtomicU64::new(0);
        let scored: Vec<Vec<Vec<f32>>> = batches
            .par_iter()
            .map(|batch| {
                let done = n_done.fetch_add(batch.len() as u64, Ordering::Relaxed);
                observe.step(done, joints.len() as u64)?;
                let of_batch: Vec<&Joint> = batch.iter().map(|&i| &joints[i]).collect();
                self.score_batch(&of_batch)
            })
            .collect::<Result<_, NnError>>()?;
        let mut logps: Vec<Vec<f32>> = vec![Vec::new(); joints.len()];
        for (batch, of_batch) in batches.iter().zip(scored) {
            for (&i, of_item) in batch.iter().zip(of_batch) {
                logps[i] = of_item;
            }
        }
        Ok(joints
            .into_iter()
            .zip(logps)
            .map(|(joint, logps_nats)| Scored {
                continuation: joint.continuation,
                logps_nats,
                ends: joint.ends,
                prefix_holds: joint.prefix_holds,
            })
            .collect())
    }
}

impl Adapted<'_> {
    /// Scores items of about equal length together.
    fn score_batch(&self, batch: &[&Joint]) -> Result<Vec<Vec<f32>>, NnError> {
        let (ids, t) = padded(
            batch.iter().map(|j| j.ids.as_slice()),
            &self.model.decoder.device,
        )?;
        let hidden = self.model.decoder.hidden(&ids, self.adapter, Path::Fused)?;
        let (rows, targets) = positions(batch, t);
        let logits = self
            .model
            .decoder
            .logits(&rows_of(&hidden, &rows)?, Path::Fused)?
            .to_dtype(DType::F32)?;
        let flat = answer_logps(&logits, &targets)?.to_vec1::<f32>()?;
        let mut out = Vec::with_capacity(batch.len());
        let mut flat = flat.as_slice();
        for joint in batch {
            let (of_item, rest) = flat.split_at(joint.n_scored());
            out.push(of_item.to_vec());
            flat = rest;
        }
        Ok(out)
    }
}

/// Puts rows of unequal length into one tensor, padded at their ends.
///
/// # Shapes
/// Returns `b × t`, u32, and t.
pub(super) fn padded<'a>(
    rows: impl ExactSizeIterator<Item = &'a [u32]> + Clone,
    device: &candle_core::Device,
) -> Result<(Tensor, usize), NnError> {
    let b = rows.len();
    let t = rows.clone().map(<[u32]>::len).max().unwrap_or(0);
    let mut flat = Vec::with_capacity(b * t);
    for row in rows {
        flat.extend_from_slice(row);
        flat.resize(flat.len() + t - row.len(), 0);
    }
    Ok((Tensor::from_vec(flat, (b, t), device)?, t))
}

/// For every token of every continuation: the row of hidden states that predicts it, and the token.
pub(super) fn positions(batch: &[&Joint], t: usize) -> (Vec<u32>, Vec<u32>) {
    let mut rows = Vec::new();
    let mut targets = Vec::new();
    for (b, joint) in batch.iter().enumerate() {
        for i in joint.n_context..joint.ids.len() {
            rows.push((b * t + i - 1) as u32);
            targets.push(joint.ids[i]);
        }
    }
    (rows, targets)
}
