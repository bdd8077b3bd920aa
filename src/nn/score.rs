//! Scoring: the log-probability of every token of a given continuation.
//!
//! Items with the same context share it: what their tokens have in common from the beginning on is
//! computed once, and the last token of each, which predicts nothing that is asked for, not at all. Logits
//! are computed only where a continuation's token is predicted, a few rows at a time. A batch holds
//! [`BATCH_TOKENS`] tokens without padding, so that the memory of a run is bounded by the model, and for
//! each thread one batch's activations (tokens · (6 · hidden + 3 · intermediate) numbers) and 32 MiB of
//! logits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use candle_core::Tensor;

use super::decoder::{Path, rows_of};
use super::error::NnError;
use super::lora::Adapter;
use super::model::LanguageModel;
use super::spans::{Packed, Tree};
use super::threads;
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

/// Tokens in a batch: keeps activations of a small model in the cache of a processor.
pub const BATCH_TOKENS: usize = 1024;

/// Tokens in a batch on an accelerator, which wants many.
const ACCELERATOR_BATCH_TOKENS: usize = 16_384;

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

/// Hears of each finished batch: positions of its items, and the log-probabilities of their tokens.
/// What it fails with ends the scoring.
pub type Finished<'a> = dyn Fn(&[(usize, Vec<f32>)]) -> Result<(), NnError> + Sync + 'a;

impl Score for Adapted<'_> {
    fn score(&self, items: &[ScoreItem], observe: &dyn Observe) -> Result<Vec<Scored>, NnError> {
        let joints = self.joints(items)?;
        let logps = self.score_joints(&joints, &[], observe, &|_| Ok(()))?;
        Ok(joints
            .into_iter()
            .zip(logps)
            .map(|(joint, logps)| Scored::new(joint, logps))
            .collect())
    }
}

impl Scored {
    /// Joins a text's tokens with their log-probabilities.
    pub fn new(joint: Joint, logps_nats: Vec<f32>) -> Self {
        Self {
            continuation: joint.continuation,
            logps_nats,
            ends: joint.ends,
            prefix_holds: joint.prefix_holds,
        }
    }
}

/// Texts that share a context, as positions among all texts, and how many tokens they share.
struct Group {
    items: Vec<usize>,
    n_shared: usize,
}

/// Finds what texts share: the same context, and what follows equally after it.
///
/// A tree of more than `most` tokens is cut into several.
fn groups(joints: &[&Joint], most: usize) -> Vec<Group> {
    let mut by_context: BTreeMap<&[u32], Vec<usize>> = BTreeMap::new();
    for (i, joint) in joints.iter().enumerate() {
        by_context
            .entry(&joint.ids[..joint.n_context])
            .or_default()
            .push(i);
    }
    let mut out = Vec::new();
    for items in by_context.into_values() {
        let mut part: Vec<usize> = Vec::new();
        let mut n_tokens = 0;
        for i in items {
            let n = joints[i].ids.len();
            if !part.is_empty() && n_tokens + n > most {
                out.push(group(joints, std::mem::take(&mut part)));
                n_tokens = 0;
            }
            n_tokens += if part.is_empty() {
                n
            } else {
                joints[i].n_scored()
            };
            part.push(i);
        }
        out.push(group(joints, part));
    }
    out
}

/// Finds how many tokens texts share; the last of each is never shared, since nothing follows it.
fn group(joints: &[&Joint], items: Vec<usize>) -> Group {
    let first = &joints[items[0]].ids;
    let shared_with = |i: &usize| {
        let ids = &joints[*i].ids;
        let n = ids.len().min(first.len()) - 1;
        (0..n).take_while(|k| ids[*k] == first[*k]).count()
    };
    let n_shared = items.iter().map(shared_with).min().unwrap_or(0);
    Group { items, n_shared }
}

/// Packs groups and tells which row predicts each scored token.
///
/// # Shapes
/// Returns the batch, and for the tokens of every item in the order of `groups`: row and token.
fn pack(joints: &[&Joint], groups: &[&Group]) -> (Packed, Vec<u32>, Vec<u32>) {
    let trees: Vec<Tree<'_>> = groups
        .iter()
        .map(|g| Tree {
            trunk: &joints[g.items[0]].ids[..g.n_shared],
            branches: g
                .items
                .iter()
                // The last token is predicted and predicts nothing that is asked for.
                .map(|&i| &joints[i].ids[g.n_shared..joints[i].ids.len() - 1])
                .collect(),
        })
        .collect();
    let packed = Packed::new(&trees);
    let (mut rows, mut targets) = (Vec::new(), Vec::new());
    for (t, g) in groups.iter().enumerate() {
        for (b, &i) in g.items.iter().enumerate() {
            let joint = joints[i];
            for k in joint.n_context..joint.ids.len() {
                let row = if k - 1 < g.n_shared {
                    packed.trunks[t].start + k - 1
                } else {
                    packed.branches[t][b].start + k - 1 - g.n_shared
                };
                rows.push(row as u32);
                targets.push(joint.ids[k]);
            }
        }
    }
    (packed, rows, targets)
}

impl Adapted<'_> {
    /// Encodes items.
    ///
    /// # Errors
    /// [`NnError::Tokenizer`], [`NnError::TooLong`] or [`NnError::Nothing`].
    pub fn joints(&self, items: &[ScoreItem]) -> Result<Vec<Joint>, NnError> {
        let limit = self.model.decoder.max_tokens();
        items
            .iter()
            .map(|item| {
                let tokenizer = &self.model.tokenizer;
                let joint = tokenizer.join(&item.context, &item.continuation)?;
                if joint.ids.len() > limit {
                    return Err(NnError::TooLong {
                        n_tokens: joint.ids.len(),
                        limit,
                        text: item.context.chars().take(60).collect(),
                    });
                }
                Ok(joint)
            })
            .collect()
    }

    /// Scores encoded items but those whose scores are `known` already, in the order of the items.
    ///
    /// # Errors
    /// [`NnError`]; [`NnError::Cancelled`] between batches; what `finished` fails with.
    pub fn score_joints(
        &self,
        joints: &[Joint],
        known: &[(usize, Vec<f32>)],
        observe: &dyn Observe,
        finished: &Finished<'_>,
    ) -> Result<Vec<Vec<f32>>, NnError> {
        let mut logps: Vec<Option<Vec<f32>>> = vec![None; joints.len()];
        for (i, of_item) in known {
            if let Some(slot) = logps.get_mut(*i) {
                *slot = Some(of_item.clone());
            }
        }
        let open: Vec<usize> = (0..joints.len()).filter(|i| logps[*i].is_none()).collect();
        let of_open: Vec<&Joint> = open.iter().map(|i| &joints[*i]).collect();
        let on_processor = self.model.decoder.device.is_cpu();
        let most = if on_processor {
            BATCH_TOKENS
        } else {
            ACCELERATOR_BATCH_TOKENS
        };
        let groups = groups(&of_open, most);
        let n_tokens = |g: &Group| {
            let branches = g
                .items
                .iter()
                .map(|i| of_open[*i].ids.len() - g.n_shared - 1);
            g.n_shared + branches.sum::<usize>()
        };
        // Equal lengths stand together: attention by tensor operations is padded to the longest.
        let mut order: Vec<&Group> = groups.iter().collect();
        order.sort_by_key(|g| (n_tokens(g), g.items[0]));
        let mut batches: Vec<Vec<&Group>> = Vec::new();
        let mut filled = most;
        for group in order {
            let n = n_tokens(group);
            if filled + n > most {
                batches.push(Vec::new());
                filled = 0;
            }
            filled += n;
            if let Some(batch) = batches.last_mut() {
                batch.push(group);
            }
        }
        let n_done = AtomicU64::new((joints.len() - open.len()) as u64);
        let beside = on_processor && batches.len() >= 2 * rayon::current_num_threads();
        let scored = threads::batches(&batches, beside, |batch| {
            observe.step(n_done.load(Ordering::Relaxed), joints.len() as u64)?;
            let of_batch: Vec<(usize, Vec<f32>)> = self
                .score_groups(&of_open, batch)?
                .into_iter()
                .map(|(i, logps)| (open[i], logps))
                .collect();
            n_done.fetch_add(of_batch.len() as u64, Ordering::Relaxed);
            finished(&of_batch)?;
            Ok::<_, NnError>(of_batch)
        })?;
        for (i, of_item) in scored.into_iter().flatten() {
            logps[i] = Some(of_item);
        }
        Ok(logps.into_iter().map(Option::unwrap_or_default).collect())
    }

    fn score_groups(
        &self,
        joints: &[&Joint],
        groups: &[&Group],
    ) -> Result<Vec<(usize, Vec<f32>)>, NnError> {
        let (packed, rows, targets) = pack(joints, groups);
        let decoder = &self.model.decoder;
        let hidden = decoder.hidden(&packed, self.adapter, Path::Scoring)?;
        let logps = decoder.answer_logps(&rows_of(&hidden, &rows, Path::Scoring)?, &targets)?;
        let flat = logps.to_vec1::<f32>()?;
        let mut flat = flat.as_slice();
        let mut out = Vec::new();
        for &i in groups.iter().flat_map(|g| &g.items) {
            let (of_item, rest) = flat.split_at(joints[i].n_scored());
            out.push((i, of_item.to_vec()));
            flat = rest;
        }
        Ok(out)
    }
}

/// Sums of the log-probabilities of texts' scored tokens, differentiable where `path` is; the texts of
/// each set share what they have in common.
///
/// # Shapes
/// Returns one sum per text, set by set, nats.
///
/// # Errors
/// [`NnError::Compute`].
pub(super) fn sums(
    model: &LanguageModel,
    adapter: Option<&Adapter>,
    sets: &[Vec<&Joint>],
    path: Path,
) -> Result<Tensor, NnError> {
    let joints: Vec<&Joint> = sets.iter().flatten().copied().collect();
    let mut groups = Vec::with_capacity(sets.len());
    let mut at = 0;
    for set in sets {
        groups.push(group(&joints, (at..at + set.len()).collect()));
        at += set.len();
    }
    let of_groups: Vec<&Group> = groups.iter().collect();
    let (packed, rows, targets) = pack(&joints, &of_groups);
    let decoder = &model.decoder;
    let hidden = decoder.hidden(&packed, adapter, path)?;
    let logps = decoder.answer_logps(&rows_of(&hidden, &rows, path)?, &targets)?;
    // A matrix of ones and zeros sums each text's tokens; its gradient is exact.
    let n_tokens = rows.len();
    let mut ones = vec![0.0f32; joints.len() * n_tokens];
    let mut at = 0;
    for (i, joint) in joints.iter().enumerate() {
        let n = joint.n_scored();
        ones[i * n_tokens + at..i * n_tokens + at + n].fill(1.0);
        at += n;
    }
    let ones = Tensor::from_vec(ones, (joints.len(), n_tokens), &decoder.device)?;
    Ok(ones.matmul(&logps.unsqueeze(1)?)?.squeeze(1)?)
}
