//! Generating: text of the model's own after a prompt.

use candle_core::{DType, Tensor};
use rayon::prelude::*;

use super::decoder::{Cache, Path, Stand};
use super::error::NnError;
use super::score::Adapted;
use crate::base::observe::Observe;
use crate::base::seed::{Random, Seed};

/// How text is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Most tokens of an answer.
    pub max_tokens: usize,
    /// Flattens (over 1) or sharpens (under 1) the distribution; 0 takes the likeliest token.
    pub temperature: f64,
    /// Draws from the fewest tokens whose probabilities sum to this.
    pub top_p: f64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            max_tokens: 64,
            temperature: 0.6,
            top_p: 0.8,
        }
    }
}

/// Prompts in one batch.
const BATCH_PROMPTS: usize = 16;

/// Gives text of its own.
pub trait Generate {
    /// Continues prompts; answers come in their order. Prompt `i` draws from the stream named `labels[i]`
    /// of the seed, whatever else is in the call.
    ///
    /// # Errors
    /// [`NnError`]; [`NnError::Cancelled`] between tokens.
    fn generate(
        &self,
        prompts: &[String],
        labels: &[String],
        sampling: &Sampling,
        seed: Seed,
        observe: &dyn Observe,
    ) -> Result<Vec<String>, NnError>;
}

impl Generate for Adapted<'_> {
    fn generate(
        &self,
        prompts: &[String],
        labels: &[String],
        sampling: &Sampling,
        seed: Seed,
        observe: &dyn Observe,
    ) -> Result<Vec<String>, NnError> {
        let limit = self.model.decoder.max_tokens();
        let mut ids = Vec::with_capacity(prompts.len());
        for prompt in prompts {
            let of_prompt = self.model.tokenizer.encode(prompt)?;
            if of_prompt.len() + sampling.max_tokens > limit {
                return Err(NnError::TooLong {
                    n_tokens: of_prompt.len() + sampling.max_tokens,
                    limit,
                    text: prompt.chars().take(60).collect(),
                });
            }
            if of_prompt.is_empty() {
                return Err(NnError::Nothing {
                    what: "continue",
                    advice: "the prompt is empty",
                });
            }
            ids.push(of_prompt);
        }
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by_key(|&i| (ids[i].len(), i));
        let batches: Vec<&[usize]> = order.chunks(BATCH_PROMPTS).collect();
        let generated: Vec<Vec<Vec<u32>>> = batches
            .par_iter()
            .map(|batch| {
                let of_batch: Vec<&[u32]> = batch.iter().map(|&i| ids[i].as_slice()).collect();
                let mut random: Vec<Random> = batch
                    .iter()
                    .map(|&i| seed.stream(labels.get(i).map_or("", String::as_str)))
                    .collect();
                self.generate_batch(&of_batch, &mut random, sampling, observe)
            })
            .collect::<Result<_, NnError>>()?;
        let mut out = vec![String::new(); ids.len()];
        for (batch, answers) in batches.iter().zip(generated) {
            for (&i, tokens) in batch.iter().zip(answers) {
                let answer = self.model.tokenizer.decode(&tokens)?;
                answer.trim().clone_into(&mut out[i]);
            }
        }
        Ok(out)
    }
}

impl Adapted<'_> {
    /// Continues a batch whose rows are padded at their beginnings, so that they end together.
    fn generate_batch(
        &self,
        prompts: &[&[u32]],
        random: &mut [Random],
        sampling: &Sampling,
        observe: &dyn Observe,
    ) -> Result<Vec<Vec<u32>>, NnError> {
        let decoder = &self.model.decoder;
        let device = &decoder.device;
        let b = prompts.len();
        let t = prompts.iter().map(|p| p.len()).max().unwrap_or(0);
        let pads: Vec<usize> = prompts.iter().map(|p| t - p.len()).collect();
        let mut flat = Vec::with_capacity(b * t);
        let mut positions = Vec::with_capacity(b * t);
        for (prompt, &pad) in prompts.iter().zip(&pads) {
            flat.resize(flat.len() + pad, 0u32);
            flat.extend_from_slice(prompt);
            positions.extend((0..t).map(|i| i.saturating_sub(pad) as u32));
        }
        let mut ids = Tensor::from_vec(flat, (b, t), device)?;
        let mut places = Tensor::from_vec(positions, (b, t), device)?;
        let mut cache = Cache::default();
        let mut answers: Vec<Vec<u32>> = vec![Vec::new(); b];
        let mut ended = vec![false; b];
        let mut n_before = 0;
        for step in 0..sampling.max_tokens {
            observe.step(0, 0)?;
            let n_now = ids.dim(1)?;
            let mask = looks(&pads, n_before, n_now);
            let mask = Tensor::from_vec(mask, (b, 1, n_now, n_before + n_now), device)?;
            let stand = Stand {
                positions: &places,
                mask: &mask,
                cache: &mut cache,
            };
            let hidden = decoder.hidden_at(&ids, stand, self.adapter)?;
            n_before += n_now;
            let last = hidden.narrow(1, n_now - 1, 1)?.squeeze(1)?;
            let logits = decoder
                .logits(&last.contiguous()?, Path::Fused)?
                .to_dtype(DType::F32)?
                .to_vec2::<f32>()?;
            let mut next = Vec::with_capacity(b);
            for (i, row) in logits.iter().enumerate() {
                // Every row draws in every step, ended or not, so that streams stay aligned.
                let token = draw(row, sampling, &mut random[i]);
                if self.model.tokenizer.eos().contains(&token) {
                    ended[i] = true;
                }
                if !ended[i] {
                    answers[i].push(token);
                }
                next.push(token);
            }
            if ended.iter().all(|e| *e) || step + 1 == sampling.max_tokens {
                break;
            }
            ids = Tensor::from_vec(next, (b, 1), device)?;
            let place: Vec<u32> = pads.iter().map(|pad| (n_before - pad) as u32).collect();
            places = Tensor::from_vec(place, (b, 1), device)?;
        }
        Ok(answers)
    }
}

/// 0 where a token may look, −∞ on padding and on what comes later.
fn looks(pads: &[usize], n_before: usize, n_now: usize) -> Vec<f32> {
    let n_all = n_before + n_now;
    let mut out = Vec::with_capacity(pads.len() * n_now * n_all);
    for &pad in pads {
        for i in 0..n_now {
            let here = n_before + i;
            for j in 0..n_all {
                // A padding token looks at itself, so that its row has something to sum.
                let sees = (j >= pad && j <= here) || j == here;
                out.push(if sees { 0.0 } else { f32::NEG_INFINITY });
            }
        }
    }
    out
}

/// Draws a token.
///
/// # Source
/// Holtzman et al. 2020, nucleus sampling; ties go to the smaller token number.
fn draw(logits: &[f32], sampling: &Sampling, random: &mut Random) -> u32 {
    let u = random.next_f64();
    let best = || {
        logits
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))
            .map_or(0, |(i, _)| i as u32)
    };
    if sampling.temperature <= 0.0 {
        return best();
    }
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut weights: Vec<(f64, u32)> = logits
        .iter()
        .enumerate()
        .map(|(i, l)| {
            let x = f64::from(l - max) / sampling.temperature;
            (x.exp(), i as u32)
        })
        .collect();
    let total: f64 = weights.iter().map(|w| w.0).sum();
    weights.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut kept = 0.0;
    let mut n = 0;
    while n < weights.len() && (n == 0 || kept < sampling.top_p * total) {
        kept += weights[n].0;
        n += 1;
    }
    let mut left = u * kept;
    for (weight, token) in &weights[..n] {
        left -= weight;
        if left < 0.0 {
            return *token;
        }
    }
    weights[n - 1].1
}
