//! Preference training of an adapter: steps, reference log-probabilities, checkpoints.
//!
//! A trainer that is dropped and taken up from its checkpoint continues to the same numbers: a
//! checkpoint holds the adapter, the optimizer's moments and the step; data order follows from seed and
//! epoch alone, and nothing else is random.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};

use super::decoder::Path as Way;
use super::error::NnError;
use super::files::{json_text, read_json, write_whole};
use super::lora::{Adapter, LoraSettings};
use super::model::LanguageModel;
use super::optimizer::{AdamSettings, AdamW, GradientSum};
use super::preference::{PairLogps, PreferenceLoss, pair_losses};
use super::schedule::Schedule;
use super::score::sums;
use super::threads;
use super::tokenizer::Joint;
use super::weights::{Weights, of_kind, write_tensors};
use crate::base::hash::ContentHasher;
use crate::base::observe::Observe;
use crate::base::seed::Seed;
use crate::domain::alignment::TrainingStep;

/// A prompt with the answer to prefer and the one to avoid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What stands before the answer.
    pub prompt: String,
    /// The answer to prefer.
    pub chosen: String,
    /// The answer to avoid.
    pub rejected: String,
}

/// Settings of a preference training.
#[derive(Clone, Debug, PartialEq)]
pub struct DpoSettings {
    /// The adapter.
    pub lora: LoraSettings,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// β.
    pub beta: f64,
    /// Passes over the pairs.
    pub n_epochs: u32,
    /// Pairs in an optimizer step.
    pub batch_pairs: usize,
    /// Pairs computed at once; changes memory, not the mathematics.
    pub micro_pairs: usize,
    /// The loss.
    pub loss: PreferenceLoss,
    /// Course of the learning rate.
    pub schedule: Schedule,
    /// Share of the steps over which it rises.
    pub warmup_share: f64,
    /// Most optimizer steps.
    pub max_steps: Option<u32>,
    /// Pairs are shuffled in every epoch.
    pub shuffle: bool,
    /// Seed of adapter and order.
    pub seed: Seed,
}

impl Default for DpoSettings {
    fn default() -> Self {
        Self {
            lora: LoraSettings::default(),
            learning_rate: 5e-5,
            beta: 0.1,
            n_epochs: 3,
            batch_pairs: 64,
            micro_pairs: 16,
            loss: PreferenceLoss::Sigmoid,
            schedule: Schedule::Cosine,
            warmup_share: 0.1,
            max_steps: None,
            shuffle: true,
            seed: Seed(42),
        }
    }
}

impl DpoSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// [`NnError::Setting`] names the first setting that cannot be.
    pub fn check(&self) -> Result<(), NnError> {
        let refuse = |name, expected, value: String| {
            Err(NnError::Setting {
                name,
                expected,
                value,
            })
        };
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return refuse("learning rate", "above 0", self.learning_rate.to_string());
        }
        if !(self.beta.is_finite() && self.beta > 0.0) {
            return refuse("beta", "above 0", self.beta.to_string());
        }
        if self.batch_pairs == 0 || self.micro_pairs == 0 {
            return refuse("batch", "at least 1", "0".to_owned());
        }
        if self.n_epochs == 0 {
            return refuse("epochs", "at least 1", "0".to_owned());
        }
        if !(0.0..=1.0).contains(&self.warmup_share) {
            return refuse("warmup", "between 0 and 1", self.warmup_share.to_string());
        }
        Ok(())
    }

    /// Returns the optimizer steps that `n_pairs` take.
    pub fn n_steps(&self, n_pairs: usize) -> u32 {
        let all = self.n_epochs * n_pairs.div_ceil(self.batch_pairs) as u32;
        self.max_steps.map_or(all, |most| most.min(all))
    }

    /// Hashes everything that the numbers depend on.
    fn digest(&self, pairs: &[EncodedPair], fingerprint: &str) -> String {
        let mut h = ContentHasher::new();
        h.text(fingerprint).text(&format!("{self:?}"));
        for pair in pairs {
            for joint in [&pair.chosen, &pair.rejected] {
                h.bytes(bytemuck::cast_slice(&joint.ids))
                    .int(joint.n_context as i64);
            }
        }
        h.finish()
    }
}

/// A pair as tokens, both ends of text scored.
#[derive(Clone, Debug, PartialEq)]
pub struct EncodedPair {
    chosen: Joint,
    rejected: Joint,
}

impl EncodedPair {
    /// Chosen and rejected answer, which share the prompt.
    fn both(&self) -> Vec<&Joint> {
        vec![&self.chosen, &self.rejected]
    }
}

/// Encodes pairs, each answer closed by the end of text.
///
/// # Errors
/// [`NnError::Tokenizer`], [`NnError::TooLong`], [`NnError::Nothing`] for an empty answer or no pairs.
pub fn encode_pairs(model: &LanguageModel, pairs: &[Pair]) -> Result<Vec<EncodedPair>, NnError> {
    if pairs.is_empty() {
        return Err(NnError::Nothing {
            what: "train on",
            advice: "there are no pairs; a pair is a prompt with a chosen and a rejected answer",
        });
    }
    let end = model.tokenizer.end();
    let limit = model.decoder.max_tokens();
    pairs
        .iter()
        .map(|p| {
            let both = model.tokenizer.pair(&p.prompt, [&p.chosen, &p.rejected])?;
            let [chosen, rejected] = both.map(|mut joint| {
                joint.ids.extend(end);
                joint
            });
            let n_tokens = chosen.ids.len().max(rejected.ids.len());
            if n_tokens > limit {
                return Err(NnError::TooLong {
                    n_tokens,
                    limit,
                    text: p.prompt.chars().take(60).collect(),
                });
            }
            Ok(EncodedPair { chosen, rejected })
        })
        .collect()
}

/// Log-probabilities of both answers of a pair under the reference, nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// Of the chosen answer.
    pub chosen_nats: f64,
    /// Of the rejected answer.
    pub rejected_nats: f64,
}

/// Computes the reference's log-probabilities once: the same model with the adapter off.
///
/// # Errors
/// [`NnError`]; [`NnError::Cancelled`] between batches.
pub fn references(
    model: &LanguageModel,
    pairs: &[EncodedPair],
    batch_pairs: usize,
    observe: &dyn Observe,
) -> Result<Vec<Reference>, NnError> {
    let mut out = Vec::with_capacity(pairs.len());
    for batch in pairs.chunks(batch_pairs.max(1)) {
        observe.step(out.len() as u64, pairs.len() as u64)?;
        let sets: Vec<Vec<&Joint>> = batch.iter().map(EncodedPair::both).collect();
        let of_batch = sums(model, None, &sets, Way::Scoring)?.to_vec1::<f32>()?;
        let (of_pairs, _) = of_batch.as_chunks::<2>();
        out.extend(of_pairs.iter().map(|[chosen, rejected]| Reference {
            chosen_nats: f64::from(*chosen),
            rejected_nats: f64::from(*rejected),
        }));
    }
    Ok(out)
}

/// Computes a part of a batch: losses, and sums of chosen and of rejected answers under the model.
///
/// # Shapes
/// All `b`, nats.
fn part_losses(
    model: &LanguageModel,
    adapter: &Adapter,
    pairs: &[&EncodedPair],
    references: &[Reference],
    loss: PreferenceLoss,
    beta: f64,
) -> Result<(Tensor, Tensor, Tensor), NnError> {
    let sets: Vec<Vec<&Joint>> = pairs.iter().map(|p| p.both()).collect();
    let b = pairs.len();
    let by_pair = sums(model, Some(adapter), &sets, Way::Training)?.reshape((b, 2))?;
    let column = |values: Vec<f64>| -> Result<Tensor, NnError> {
        let values: Vec<f32> = values.into_iter().map(|x| x as f32).collect();
        Ok(Tensor::from_vec(values, b, &model.decoder.device)?)
    };
    let side = |i: usize| by_pair.narrow(1, i, 1)?.reshape(b);
    let (chosen, rejected) = (side(0)?, side(1)?);
    let of_references = |f: fn(&Reference) -> f64| references.iter().map(f).collect();
    let of_pairs = |f: fn(&EncodedPair) -> f64| pairs.iter().map(|p| f(p)).collect();
    let logps = PairLogps {
        chosen: &chosen,
        rejected: &rejected,
        chosen_reference: &column(of_references(|r| r.chosen_nats))?,
        rejected_reference: &column(of_references(|r| r.rejected_nats))?,
        chosen_tokens: &column(of_pairs(|p| p.chosen.n_scored() as f64))?,
        rejected_tokens: &column(of_pairs(|p| p.rejected.n_scored() as f64))?,
    };
    let losses = pair_losses(loss, beta, &logps)?;
    Ok((losses, chosen, rejected))
}

/// The mean loss of pairs, for tests of its gradient.
#[cfg(test)]
pub(super) fn batch_loss(
    model: &LanguageModel,
    adapter: &Adapter,
    pairs: &[EncodedPair],
    references: &[Reference],
    loss: PreferenceLoss,
    beta: f64,
) -> Result<Tensor, NnError> {
    let pairs: Vec<&EncodedPair> = pairs.iter().collect();
    let (losses, _, _) = part_losses(model, adapter, &pairs, references, loss, beta)?;
    Ok(losses.mean_all()?)
}

/// `trainer_state.json` of a checkpoint.
#[derive(Serialize, Deserialize)]
struct State {
    step: u32,
    digest: String,
}

/// Parts of a batch computed side by side at most: each holds its activations.
const MOST_PARTS_AT_ONCE: usize = 4;

const STATE: &str = "trainer_state.json";
const ADAPTER: &str = "adapter.safetensors";
const MOMENTS: &str = "optimizer.safetensors";

/// What a step saw of one pair.
struct PairFacts {
    loss_nats: f64,
    chosen_nats: f64,
    rejected_nats: f64,
    reference: Reference,
    n_tokens: u64,
}

impl PairFacts {
    /// How much more the adapter added to the chosen answer than to the rejected one.
    fn margin_nats(&self) -> f64 {
        (self.chosen_nats - self.reference.chosen_nats)
            - (self.rejected_nats - self.reference.rejected_nats)
    }
}

/// Trains one adapter.
pub struct Trainer<'a> {
    model: &'a LanguageModel,
    settings: DpoSettings,
    pairs: &'a [EncodedPair],
    references: &'a [Reference],
    /// The adapter in training.
    pub adapter: Adapter,
    optimizer: AdamW,
    digest: String,
    n_steps: u32,
}

impl<'a> Trainer<'a> {
    /// Begins with a fresh adapter, or with `initial`.
    ///
    /// # Errors
    /// [`NnError::Setting`] or [`NnError::Compute`].
    ///
    /// # Panics
    /// If there is not one reference per pair.
    pub fn new(
        model: &'a LanguageModel,
        pairs: &'a [EncodedPair],
        references: &'a [Reference],
        settings: DpoSettings,
        initial: Option<Adapter>,
    ) -> Result<Self, NnError> {
        assert_eq!(pairs.len(), references.len(), "one reference per pair");
        settings.check()?;
        model.check_trainable()?;
        let adapter = match initial {
            Some(adapter) => adapter,
            None => Adapter::new(
                &model.decoder.config,
                settings.lora.clone(),
                settings.seed,
                &model.decoder.device,
            )?,
        };
        let optimizer = AdamW::new(&adapter.vars(), AdamSettings::default())?;
        let digest = settings.digest(pairs, &model.fingerprint);
        let n_steps = settings.n_steps(pairs.len());
        Ok(Self {
            model,
            settings,
            pairs,
            references,
            adapter,
            optimizer,
            digest,
            n_steps,
        })
    }

    /// Returns the optimizer steps in all.
    pub fn n_steps(&self) -> u32 {
        self.n_steps
    }

    /// Returns the optimizer steps done.
    pub fn n_done(&self) -> u32 {
        self.optimizer.n_steps()
    }

    /// Tells whether every step is done.
    pub fn is_done(&self) -> bool {
        self.n_done() >= self.n_steps
    }

    /// Returns the pairs of a step, from 0.
    fn batch(&self, step: u32) -> Vec<usize> {
        let per_epoch = self.pairs.len().div_ceil(self.settings.batch_pairs) as u32;
        let (epoch, within) = (step / per_epoch, (step % per_epoch) as usize);
        let mut order: Vec<usize> = (0..self.pairs.len()).collect();
        if self.settings.shuffle {
            self.settings
                .seed
                .stream(&format!("epoch {epoch}"))
                .shuffle(&mut order);
        }
        order
            .chunks(self.settings.batch_pairs)
            .nth(within)
            .map(<[usize]>::to_vec)
            .unwrap_or_default()
    }

    /// Takes one optimizer step and tells what it saw.
    ///
    /// # Errors
    /// [`NnError::Diverged`] before anything is changed; [`NnError::Cancelled`] between parts of the batch.
    pub fn step(&mut self, observe: &dyn Observe) -> Result<TrainingStep, NnError> {
        let done = self.n_done();
        let batch = self.batch(done);
        let n = batch.len() as f64;
        let s = &self.settings;
        let n_warmup = (f64::from(self.n_steps) * s.warmup_share).ceil() as u32;
        let factor = s.schedule.factor(done, n_warmup, self.n_steps);
        let learning_rate = s.learning_rate * factor;
        let mut told = TrainingStep {
            step: done + 1,
            learning_rate,
            ..TrainingStep::default()
        };
        // Parts are computed side by side and added up in their order, so that threads do not matter.
        let parts: Vec<&[usize]> = batch.chunks(s.micro_pairs).collect();
        // A few at a time: each holds its activations and its gradients until it is added.
        let vars = self.adapter.vars();
        let mut gradients = GradientSum::new(vars.len());
        let at_once = rayon::current_num_threads().min(MOST_PARTS_AT_ONCE);
        let beside = self.model.decoder.device.is_cpu();
        let mut computed = Vec::with_capacity(parts.len());
        for several in parts.chunks(at_once) {
            let of_several = threads::batches(several, beside, |part| {
                observe.step(u64::from(done), u64::from(self.n_steps))?;
                self.part(part, n)
            })?;
            for (facts, grads) in of_several {
                gradients.add(&vars, &grads)?;
                computed.push(facts);
            }
        }
        for facts in &computed {
            for f in facts {
                told.loss_nats += f.loss_nats / n;
                told.chosen_logp_nats += f.chosen_nats / n;
                told.rejected_logp_nats += f.rejected_nats / n;
                told.reward_chosen += s.beta * (f.chosen_nats - f.reference.chosen_nats) / n;
                told.reward_rejected += s.beta * (f.rejected_nats - f.reference.rejected_nats) / n;
                told.accuracy_share += f64::from(u8::from(f.margin_nats() > 0.0)) / n;
                told.n_tokens += f.n_tokens;
            }
        }
        if !told.loss_nats.is_finite() {
            return Err(NnError::Diverged { step: done + 1 });
        }
        told.gradient_norm = self.optimizer.step(&vars, &gradients, learning_rate)?;
        Ok(told)
    }

    /// Computes a part of a batch of `n` pairs: what it saw, and the gradient of its share of the mean loss.
    fn part(&self, part: &[usize], n: f64) -> Result<(Vec<PairFacts>, GradStore), NnError> {
        let s = &self.settings;
        let pairs: Vec<&EncodedPair> = part.iter().map(|&i| &self.pairs[i]).collect();
        let references: Vec<Reference> = part.iter().map(|&i| self.references[i]).collect();
        let (losses, chosen, rejected) = part_losses(
            self.model,
            &self.adapter,
            &pairs,
            &references,
            s.loss,
            s.beta,
        )?;
        let grads = (losses.sum_all()? * (1.0 / n))?.backward()?;
        let numbers = [&losses, &chosen, &rejected].map(Tensor::to_vec1::<f32>);
        let [losses, chosen, rejected] = numbers;
        let (losses, chosen, rejected) = (losses?, chosen?, rejected?);
        let facts = pairs
            .iter()
            .zip(references)
            .enumerate()
            .map(|(i, (pair, reference))| PairFacts {
                loss_nats: f64::from(losses[i]),
                chosen_nats: f64::from(chosen[i]),
                rejected_nats: f64::from(rejected[i]),
                reference,
                n_tokens: (pair.chosen.n_scored() + pair.rejected.n_scored()) as u64,
            })
            .collect();
        Ok((facts, grads))
    }

    /// Writes a checkpoint of this moment into `folder`, whole or not at all, and removes those of steps
    /// before `keep_from`.
    ///
    /// # Errors
    /// [`NnError::Io`].
    pub fn save(&self, folder: &Path, keep_from: u32) -> Result<(), NnError> {
        let step = self.n_done();
        let place = folder.join(format!("checkpoint-{step}"));
        let beside = folder.join(format!("checkpoint-{step}.tmp"));
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| NnError::Io {
                what: "write a checkpoint",
                path,
                source,
            }
        };
        if beside.exists() {
            fs::remove_dir_all(&beside).map_err(io(&beside))?;
        }
        let vars = self.adapter.vars();
        let matrices: BTreeMap<String, Tensor> = vars
            .iter()
            .map(|(name, var)| (name.clone(), var.as_detached_tensor()))
            .collect();
        write_tensors(&beside.join(ADAPTER), &of_kind(matrices, DType::F32))?;
        let moments = of_kind(self.optimizer.state(&vars), DType::F32);
        write_tensors(&beside.join(MOMENTS), &moments)?;
        let state = State {
            step,
            digest: self.digest.clone(),
        };
        write_whole(&beside.join(STATE), json_text(&state).as_bytes())?;
        if place.exists() {
            fs::remove_dir_all(&place).map_err(io(&place))?;
        }
        fs::rename(&beside, &place).map_err(io(&place))?;
        for (older, path) in checkpoints(folder) {
            if older < keep_from.min(step) {
                fs::remove_dir_all(&path).map_err(io(&path))?;
            }
        }
        Ok(())
    }

    /// Takes up the newest checkpoint in `folder` that is not beyond `most`, if there is one.
    ///
    /// # Errors
    /// [`NnError::Config`] if it belongs to another training; [`NnError::Unreadable`].
    pub fn resume(&mut self, folder: &Path, most: Option<u32>) -> Result<bool, NnError> {
        let newest = checkpoints(folder)
            .into_iter()
            .filter(|(step, _)| most.is_none_or(|m| *step <= m))
            .max();
        let Some((step, place)) = newest else {
            return Ok(false);
        };
        let state: State = read_json(&place, STATE, "it names the step")?;
        if state.digest != self.digest || state.step != step {
            return Err(NnError::Config {
                name: STATE.to_owned(),
                reason: "the checkpoint belongs to a training with other data or settings"
                    .to_owned(),
                path: place,
            });
        }
        let device: &Device = &self.model.decoder.device;
        let matrices = Weights::open_files(&place, &[ADAPTER.to_owned()])?;
        let moments = Weights::open_files(&place, &[MOMENTS.to_owned()])?;
        let vars = self.adapter.vars();
        for (name, var) in &vars {
            var.set(&matrices.tensor(name, var.dims(), device)?)?;
        }
        self.optimizer.restore(&vars, step, |name, shape| {
            moments.tensor(name, shape, device)
        })?;
        Ok(true)
    }
}

/// Returns the checkpoints of a folder by step.
fn checkpoints(folder: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut out: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|e| {
            let name = e.file_name();
            let step = name.to_str()?.strip_prefix("checkpoint-")?.parse().ok()?;
            Some((step, e.path()))
        })
        .collect();
    out.sort();
    out
}
