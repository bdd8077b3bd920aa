//! Training a small decoder from nothing on texts: how the demonstration models are made.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor, Var};
use serde::Serialize;

use super::bpe;
use super::config::{Architecture, DecoderConfig};
use super::decoder::{Decoder, Path as Way};
use super::error::NnError;
use super::files::{json_text, write_whole};
use super::matrix::{Matrix, Source};
use super::model::{REMARK, WRITTEN_KIND};
use super::optimizer::{AdamSettings, AdamW, GradientSum};
use super::schedule::Schedule;
use super::spans::Packed;
use super::tokenizer::TextTokenizer;
use super::weights::{SINGLE, of_kind, write_tensors};
use crate::base::observe::Observe;
use crate::base::seed::{Random, Seed};

/// Shape and course of a training from nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct PretrainSettings {
    /// Tokens of the tokenizer.
    pub vocab: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width of the feed-forward part.
    pub intermediate: usize,
    /// Layers.
    pub n_layers: usize,
    /// Heads.
    pub n_heads: usize,
    /// Heads of keys and values.
    pub n_kv_heads: usize,
    /// Tokens in a row.
    pub row_tokens: usize,
    /// Rows in a step.
    pub batch_rows: usize,
    /// Steps.
    pub n_steps: u32,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Seed of weights and order.
    pub seed: Seed,
}

/// What a step of the training tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PretrainStep {
    /// Step, from 1.
    pub step: u32,
    /// Mean loss, nats per token.
    pub loss_nats: f64,
}

#[derive(Serialize)]
struct Origin<'a> {
    remark: &'a str,
}

/// Weights drawn anew, each a variable.
struct Fresh {
    vars: BTreeMap<String, Var>,
    random: Random,
    residual_std: f64,
}

impl Fresh {
    fn keep(&mut self, name: &str, values: Vec<f32>, shape: &[usize]) -> Result<Tensor, NnError> {
        let var = Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)?;
        let tensor = var.as_tensor().clone();
        self.vars.insert(name.to_owned(), var);
        Ok(tensor)
    }
}

impl Source for Fresh {
    fn matrix(&mut self, name: &str, n_out: usize, n_in: usize) -> Result<Matrix, NnError> {
        let std = if name.ends_with("o_proj.weight") || name.ends_with("down_proj.weight") {
            self.residual_std
        } else {
            0.02
        };
        let values = (0..n_out * n_in)
            .map(|_| (self.random.next_normal() * std) as f32)
            .collect();
        Ok(Matrix::Tensor(self.keep(name, values, &[n_out, n_in])?))
    }

    fn vector(&mut self, name: &str, n: usize) -> Result<Tensor, NnError> {
        self.keep(name, vec![1.0; n], &[n])
    }
}

/// Longest text a model of this size is told to read, tokens.
const MAX_TOKENS: usize = 512;

/// Trains a decoder on texts and writes it into a folder in Hugging Face layout.
///
/// The tokenizer is learned from `tokenizer_texts`, so that models trained on different texts can share one.
///
/// # Errors
/// [`NnError`]; [`NnError::Cancelled`] between steps: nothing is written then but the tokenizer.
pub fn pretrain(
    tokenizer_texts: &[String],
    texts: &[String],
    settings: &PretrainSettings,
    remark: &str,
    folder: &Path,
    observe: &dyn Observe,
    mut told: impl FnMut(PretrainStep),
) -> Result<(), NnError> {
    if texts.is_empty() {
        return Err(NnError::Nothing {
            what: "train on",
            advice: "give files with texts",
        });
    }
    let device = Device::Cpu;
    observe.phase("tokenizer");
    bpe::learn(tokenizer_texts, settings.vocab, folder)?;
    let config = DecoderConfig {
        architecture: Architecture::Llama,
        vocab: settings.vocab,
        hidden: settings.hidden,
        intermediate: settings.intermediate,
        n_layers: settings.n_layers,
        n_heads: settings.n_heads,
        n_kv_heads: settings.n_kv_heads,
        head_dim: settings.hidden / settings.n_heads.max(1),
        rms_eps: 1e-5,
        rope_theta: 10_000.0,
        rope_scaling: None,
        rope_neighbors: false,
        tied: true,
        qkv_bias: false,
        output_bias: false,
        mlp_bias: false,
        qk_norm: false,
        windows: vec![None; settings.n_layers],
        experts: None,
        max_tokens: MAX_TOKENS,
        bos: Some(bpe::BEGIN_ID),
        eos: vec![bpe::END_ID],
    };
    write_whole(&folder.join("config.json"), config.to_json().as_bytes())?;
    // Read back, so that a shape that cannot be is refused before hours of work.
    let config = DecoderConfig::read(folder)?;
    let tokenizer = TextTokenizer::read(folder, config.vocab, config.bos, &config.eos)?;
    let mut stream = Vec::new();
    let mut order: Vec<usize> = (0..texts.len()).collect();
    settings.seed.stream("texts").shuffle(&mut order);
    for &i in &order {
        stream.extend(tokenizer.encode(&texts[i])?);
        stream.push(bpe::END_ID);
    }
    let rows: Vec<&[u32]> = stream
        .windows(settings.row_tokens + 1)
        .step_by(settings.row_tokens)
        .collect();
    if rows.is_empty() {
        return Err(NnError::Nothing {
            what: "train on",
            advice: "the texts are shorter than one row of tokens",
        });
    }
    let mut fresh = Fresh {
        vars: BTreeMap::new(),
        random: settings.seed.stream("weights"),
        residual_std: 0.02 / (2.0 * settings.n_layers as f64).sqrt(),
    };
    let decoder = Decoder::build(config, &device, DType::F32, &mut fresh)?;
    let vars = fresh.vars;
    let named: Vec<(String, &Var)> = vars.iter().map(|(n, v)| (n.clone(), v)).collect();
    let adam = AdamSettings {
        beta2: 0.95,
        weight_decay: 0.1,
        ..AdamSettings::default()
    };
    let mut optimizer = AdamW::new(&named, adam)?;
    let n_warmup = settings.n_steps / 20;
    let mut epoch_order: Vec<usize> = Vec::new();
    let mut epoch = 0;
    observe.phase("training");
    for step in 0..settings.n_steps {
        observe.step(u64::from(step), u64::from(settings.n_steps))?;
        let mut batch: Vec<&[u32]> = Vec::with_capacity(settings.batch_rows);
        while batch.len() < settings.batch_rows {
            if epoch_order.is_empty() {
                epoch_order = (0..rows.len()).collect();
                settings
                    .seed
                    .stream(&format!("epoch {epoch}"))
                    .shuffle(&mut epoch_order);
                epoch += 1;
            }
            batch.extend(epoch_order.pop().and_then(|i| rows.get(i)));
        }
        let t = settings.row_tokens;
        let targets: Vec<u32> = batch.iter().flat_map(|r| r[1..].to_vec()).collect();
        let packed = Packed::texts(batch.iter().map(|r| &r[..t]));
        let hidden = decoder.hidden(&packed, None, Way::Training)?;
        let loss = decoder.answer_logps(&hidden, &targets)?.mean_all()?.neg()?;
        let mut gradients = GradientSum::new(named.len());
        gradients.add(&named, &loss.backward()?)?;
        let factor = Schedule::Cosine.factor(step + 1, n_warmup, settings.n_steps + 1);
        optimizer.step(&named, &gradients, settings.learning_rate * factor)?;
        told(PretrainStep {
            step: step + 1,
            loss_nats: f64::from(loss.to_scalar::<f32>()?),
        });
    }
    let tensors: BTreeMap<String, Tensor> = vars
        .iter()
        .map(|(name, var)| (name.clone(), var.as_detached_tensor()))
        .collect();
    write_whole(
        &folder.join(REMARK),
        json_text(&Origin { remark }).as_bytes(),
    )?;
    write_tensors(&folder.join(SINGLE), &of_kind(tensors, WRITTEN_KIND))?;
    Ok(())
}
