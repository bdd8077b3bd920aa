//! Generating: text of the model's own after a prompt.

use std::ops::Range;

use super::decoder::{Cache, Path, next_spans, rows_of};
use super::error::NnError;
use super::score::Adapted;
use super::spans::Packed;
use super::threads;
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
    /// Prompts are a user's messages, to be wrapped in the model's chat template.
    pub chat: bool,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            max_tokens: 64,
            temperature: 0.6,
            top_p: 0.8,
            chat: false,
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
            let tokenizer = &self.model.tokenizer;
            let of_prompt = if sampling.chat {
                tokenizer.encode_chat(prompt)?
            } else {
                tokenizer.encode(prompt)?
            };
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
        let beside = self.model.decoder.device.is_cpu();
        let generated: Vec<Vec<Vec<u32>>> = threads::batches(&batches, beside, |batch| {
            let of_batch: Vec<&[u32]> = batch.iter().map(|&i| ids[i].as_slice()).collect();
            let mut random: Vec<Random> = batch
                .iter()
                .map(|&i| seed.stream(labels.get(i).map_or("", String::as_str)))
                .collect();
            self.generate_batch(&of_batch, &mut random, sampling, observe)
        })?;
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

/// A text that is going on.
struct Live {
    /// Its position in the batch.
    row: usize,
    /// Keys of its tokens so far, in order.
    keys: Vec<Range<usize>>,
    /// Tokens so far.
    n_tokens: usize,
    /// The token that was drawn last.
    last: u32,
}

impl Adapted<'_> {
    /// Continues a batch; a text that has ended takes no further part.
    fn generate_batch(
        &self,
        prompts: &[&[u32]],
        random: &mut [Random],
        sampling: &Sampling,
        observe: &dyn Observe,
    ) -> Result<Vec<Vec<u32>>, NnError> {
        let decoder = &self.model.decoder;
        let mut answers: Vec<Vec<u32>> = vec![Vec::new(); prompts.len()];
        let mut cache = Cache::default();
        observe.step(0, 0)?;
        let packed = Packed::texts(prompts.iter().copied());
        let hidden = decoder.hidden_after(
            &packed.ids,
            &packed.positions,
            &packed.spans,
            Some(&mut cache),
            self.adapter,
            Path::Scoring,
        )?;
        let ends: Vec<u32> = packed.trunks.iter().map(|r| r.end as u32 - 1).collect();
        let mut logits = decoder
            .logits(&rows_of(&hidden, &ends, Path::Scoring)?)?
            .to_vec2::<f32>()?;
        let mut n_keys = packed.ids.len();
        let mut live: Vec<Live> = packed
            .trunks
            .into_iter()
            .enumerate()
            .map(|(row, keys)| Live {
                row,
                n_tokens: keys.len(),
                keys: vec![keys],
                last: 0,
            })
            .collect();
        for step in 0..sampling.max_tokens {
            for (text, logits) in live.iter_mut().zip(&logits) {
                text.last = draw(logits, sampling, &mut random[text.row]);
            }
            live.retain(|text| !self.model.tokenizer.eos().contains(&text.last));
            for text in &live {
                answers[text.row].push(text.last);
            }
            if live.is_empty() || step + 1 == sampling.max_tokens {
                break;
            }
            observe.step(0, 0)?;
            let ids: Vec<u32> = live.iter().map(|t| t.last).collect();
            let positions: Vec<u32> = live.iter().map(|t| t.n_tokens as u32).collect();
            let spans = next_spans(live.iter().map(|t| t.keys.clone()).collect(), n_keys);
            let hidden = decoder.hidden_after(
                &ids,
                &positions,
                &spans,
                Some(&mut cache),
                self.adapter,
                Path::Scoring,
            )?;
            for (i, text) in live.iter_mut().enumerate() {
                text.keys.push(n_keys + i..n_keys + i + 1);
                text.n_tokens += 1;
            }
            n_keys += live.len();
            logits = decoder.logits(&hidden)?.to_vec2::<f32>()?;
        }
        Ok(answers)
    }
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
