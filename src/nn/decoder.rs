//! The decoder: token numbers to hidden states, for every family in [`super::config::KNOWN`].
//!
//! One implementation, driven by the configuration: grouped heads, biases, normalized heads, windows and
//! experts are there or not. It holds weights and knows no text. On the processor it is made of
//! [`super::kernels`], which serve scoring and training alike; elsewhere of plain and fused tensor
//! operations, the fused ones only where nothing is trained, since they drop gradients silently.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor};

use super::config::{DecoderConfig, RopeScaling};
use super::error::NnError;
use super::experts::Experts;
use super::kernels::attention::{Heads, attention};
use super::kernels::gate::silu_product;
use super::kernels::norm::rms_norm;
use super::kernels::rotary::{Angles, Pairing, rotary};
use super::lora::{Adapter, Target};
use super::matrix::{Linear, Matrix, Source};
use super::ops;
use super::spans::{Packed, Sight, Span, Spans};

/// Positions a table is made for at most: longer texts than any statement, a few megabytes.
const MAX_POSITIONS: usize = 16_384;

/// What a forward pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Scoring and generating: nothing is remembered for gradients.
    Scoring,
    /// Training: gradients for the adapter, and for weights that are variables.
    Training,
}

/// The feed-forward part of a layer.
enum FeedForward {
    One {
        gate: Linear,
        up: Linear,
        down: Linear,
    },
    Several(Experts),
}

struct Layer {
    input_norm: Tensor,
    post_norm: Tensor,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    /// Weights of the normalization of queries and keys, head by head.
    head_norms: Option<(Tensor, Tensor)>,
    feed_forward: FeedForward,
    window: Option<usize>,
}

/// Keys and values of the tokens seen so far, layer by layer, `tokens × (key heads · d)`.
#[derive(Default)]
pub struct Cache {
    layers: Vec<(Tensor, Tensor)>,
}

impl Cache {
    /// Returns how many tokens it remembers.
    fn n_keys(&self) -> usize {
        self.layers.first().map_or(0, |(k, _)| k.dims()[0])
    }
}

/// A decoder with its weights.
pub struct Decoder {
    /// Its shape.
    pub config: DecoderConfig,
    /// Where its weights lie.
    pub device: Device,
    /// Kind of numbers it computes with.
    dtype: DType,
    /// Computed by operations of our own.
    own: bool,
    embedding: Matrix,
    layers: Vec<Layer>,
    norm: Tensor,
    head: Matrix,
    /// Cosines and sines of every position, `positions × d/2`.
    angles: Angles,
}

/// What a pass knows of where its rows stand.
struct Stand {
    angles: Arc<Angles>,
    spans: Arc<Spans>,
    /// For operations that are not our own: rotary tensors and gathered attention per window.
    plain: Option<(Tensor, Tensor)>,
    gathers: Vec<(Option<usize>, ops::Gather)>,
}

impl Decoder {
    /// Builds a decoder from a source of weights.
    ///
    /// # Errors
    /// Those of the source.
    pub(super) fn build(
        config: DecoderConfig,
        device: &Device,
        dtype: DType,
        source: &mut dyn Source,
    ) -> Result<Self, NnError> {
        let c = &config;
        let embedding = source.matrix("model.embed_tokens.weight", c.vocab, c.hidden)?;
        let mut layers = Vec::with_capacity(c.n_layers);
        for i in 0..c.n_layers {
            let name = format!("model.layers.{i}");
            let mut linear = |target: Target| {
                let bias = match target {
                    Target::Query | Target::Key | Target::Value => c.qkv_bias,
                    Target::Output => c.output_bias,
                    Target::Gate | Target::Up | Target::Down => c.mlp_bias,
                };
                let name = format!("{name}.{}", target.path());
                Linear::take(source, &name, target.sizes(c), bias)
            };
            let query = linear(Target::Query)?;
            let key = linear(Target::Key)?;
            let value = linear(Target::Value)?;
            let output = linear(Target::Output)?;
            let feed_forward = match c.experts {
                None => FeedForward::One {
                    gate: linear(Target::Gate)?,
                    up: linear(Target::Up)?,
                    down: linear(Target::Down)?,
                },
                Some(experts) => FeedForward::Several(Experts::take(source, &name, c, experts)?),
            };
            let mut vector =
                |part: &str, n: usize| source.vector(&format!("{name}.{part}.weight"), n);
            let head_norms = if c.qk_norm {
                Some((
                    vector("self_attn.q_norm", c.head_dim)?,
                    vector("self_attn.k_norm", c.head_dim)?,
                ))
            } else {
                None
            };
            layers.push(Layer {
                input_norm: vector("input_layernorm", c.hidden)?,
                post_norm: vector("post_attention_layernorm", c.hidden)?,
                query,
                key,
                value,
                output,
                head_norms,
                feed_forward,
                window: c.windows.get(i).copied().flatten(),
            });
        }
        let norm = source.vector("model.norm.weight", c.hidden)?;
        let head = if c.tied {
            embedding.clone()
        } else {
            source.matrix("lm_head.weight", c.vocab, c.hidden)?
        };
        Ok(Self {
            device: device.clone(),
            dtype,
            own: device.is_cpu(),
            embedding,
            layers,
            norm,
            head,
            angles: all_angles(c),
            config,
        })
    }

    /// Computes with the tensor library's operations even on the processor, as other devices do.
    #[cfg(test)]
    pub(super) fn without_own_kernels(mut self) -> Self {
        self.own = false;
        self
    }

    /// Runs a packed batch through the network, up to and with the last normalization.
    ///
    /// # Shapes
    /// Returns `tokens × h`.
    ///
    /// # Errors
    /// [`NnError::Compute`].
    pub(super) fn hidden(
        &self,
        packed: &Packed,
        adapter: Option<&Adapter>,
        path: Path,
    ) -> Result<Tensor, NnError> {
        let spans = &packed.spans;
        self.hidden_after(&packed.ids, &packed.positions, spans, None, adapter, path)
    }

    /// Runs the next tokens of texts whose beginnings a cache remembers.
    ///
    /// # Shapes
    /// - `ids`, `positions`: one per token; `spans`: their keys counted with those in the cache, which
    ///   grows by these tokens; returns `tokens × h`.
    ///
    /// # Errors
    /// [`NnError::Compute`].
    pub(super) fn hidden_after(
        &self,
        ids: &[u32],
        positions: &[u32],
        spans: &Spans,
        mut cache: Option<&mut Cache>,
        adapter: Option<&Adapter>,
        path: Path,
    ) -> Result<Tensor, NnError> {
        let n_before = cache.as_ref().map_or(0, |c| c.n_keys());
        let stand = self.stand(positions, n_before + ids.len(), spans, path)?;
        let trains = path == Path::Training;
        let mut x = self.embedding.rows(ids, &self.device)?;
        for (i, layer) in self.layers.iter().enumerate() {
            let with = |target: Target| {
                let pair = adapter.and_then(|a| a.pair(i, target).map(|p| (p, a.scale(i, target))));
                move |linear: &Linear, x: &Tensor| linear.forward(x, pair, trains)
            };
            let normed = self.norm(&x, &layer.input_norm, path)?;
            let mut query = with(Target::Query)(&layer.query, &normed)?;
            let mut key = with(Target::Key)(&layer.key, &normed)?;
            let mut value = with(Target::Value)(&layer.value, &normed)?;
            if let Some((of_query, of_key)) = &layer.head_norms {
                query = self.head_norm(&query, of_query, path)?;
                key = self.head_norm(&key, of_key, path)?;
            }
            query = self.turned(&query, &stand)?;
            key = self.turned(&key, &stand)?;
            if let Some(cache) = cache.as_deref_mut() {
                if let Some((k, v)) = cache.layers.get(i) {
                    key = Tensor::cat(&[k, &key], 0)?;
                    value = Tensor::cat(&[v, &value], 0)?;
                }
                let grown = (key.clone(), value.clone());
                match cache.layers.get_mut(i) {
                    Some(slot) => *slot = grown,
                    None => cache.layers.push(grown),
                }
            }
            let mixed = self.attend((&query, &key, &value), &stand, layer.window, path)?;
            x = (x + with(Target::Output)(&layer.output, &mixed)?)?;
            let normed = self.norm(&x, &layer.post_norm, path)?;
            let fed = match &layer.feed_forward {
                FeedForward::One { gate, up, down } => {
                    let gate = with(Target::Gate)(gate, &normed)?;
                    let up = with(Target::Up)(up, &normed)?;
                    with(Target::Down)(down, &self.gated(&gate, &up)?)?
                }
                FeedForward::Several(experts) => {
                    experts.forward(&normed, |gate, up| self.gated(gate, up))?
                }
            };
            x = (x + fed)?;
        }
        Ok(self.norm(&x, &self.norm, path)?)
    }

    fn stand(
        &self,
        positions: &[u32],
        n_keys: usize,
        spans: &Spans,
        path: Path,
    ) -> Result<Stand, NnError> {
        let half = self.angles.half;
        let pick = |table: &[f32]| -> Vec<f32> {
            positions
                .iter()
                .flat_map(|p| &table[*p as usize * half..(*p as usize + 1) * half])
                .copied()
                .collect()
        };
        let angles = Angles {
            cos: pick(&self.angles.cos),
            sin: pick(&self.angles.sin),
            half,
            pairing: self.angles.pairing,
        };
        let mut gathers: Vec<(Option<usize>, ops::Gather)> = Vec::new();
        let mut plain = None;
        if !self.own {
            let shape = (positions.len(), 1, half);
            let tensor = |values: &[f32]| -> Result<Tensor, NnError> {
                Ok(Tensor::from_slice(values, shape, &self.device)?.to_dtype(self.dtype)?)
            };
            plain = Some((tensor(&angles.cos)?, tensor(&angles.sin)?));
            for layer in &self.layers {
                if gathers.iter().all(|(window, _)| *window != layer.window) {
                    let gather = ops::Gather::new(
                        spans,
                        positions.len(),
                        n_keys,
                        Sight::Before(layer.window),
                        path,
                        &self.device,
                    )?;
                    gathers.push((layer.window, gather));
                }
            }
        }
        Ok(Stand {
            angles: Arc::new(angles),
            spans: Arc::new(spans.clone()),
            plain,
            gathers,
        })
    }

    fn norm(&self, x: &Tensor, weight: &Tensor, path: Path) -> candle_core::Result<Tensor> {
        let eps = self.config.rms_eps;
        if self.own {
            return rms_norm(x, weight, eps);
        }
        match path {
            Path::Scoring => candle_nn::ops::rms_norm(&x.contiguous()?, weight, eps as f32),
            Path::Training => ops::rms_norm(x, weight, eps),
        }
    }

    fn head_norm(&self, x: &Tensor, weight: &Tensor, path: Path) -> candle_core::Result<Tensor> {
        let (n, width) = x.dims2()?;
        let d = self.config.head_dim;
        let heads = x.reshape((n * width / d, d))?;
        self.norm(&heads, weight, path)?.reshape((n, width))
    }

    fn turned(&self, x: &Tensor, stand: &Stand) -> candle_core::Result<Tensor> {
        match &stand.plain {
            None => rotary(x, &stand.angles),
            Some((cos, sin)) => ops::rotary(x, cos, sin, self.angles.pairing),
        }
    }

    fn gated(&self, gate: &Tensor, up: &Tensor) -> candle_core::Result<Tensor> {
        if self.own {
            silu_product(gate, up)
        } else {
            gate.silu()? * up
        }
    }

    fn attend(
        &self,
        (q, k, v): (&Tensor, &Tensor, &Tensor),
        stand: &Stand,
        window: Option<usize>,
        path: Path,
    ) -> candle_core::Result<Tensor> {
        let heads = Heads {
            queries: self.config.n_heads,
            keys: self.config.n_kv_heads,
            width: self.config.head_dim,
        };
        match stand.gathers.iter().find(|(w, _)| *w == window) {
            None => attention(q, k, v, &stand.spans, heads, Sight::Before(window)),
            Some((_, gather)) => gather.attention(q, k, v, heads, path),
        }
    }

    /// Returns how many tokens it reads at once.
    pub fn max_tokens(&self) -> usize {
        self.config.max_tokens.min(MAX_POSITIONS)
    }

    /// Returns the logits of hidden states, float32.
    ///
    /// # Shapes
    /// - `hidden`: `n × h`; returns `n × v`.
    ///
    /// # Errors
    /// [`NnError::Compute`].
    pub(super) fn logits(&self, hidden: &Tensor) -> Result<Tensor, NnError> {
        let head = Linear::new(self.head.clone(), None)?;
        Ok(head.forward(hidden, None, false)?.to_dtype(DType::F32)?)
    }

    /// Returns ln p of given tokens at hidden states, nats.
    ///
    /// # Shapes
    /// - `hidden`: `n × h`; `targets`: `n`; returns `n`, float32.
    ///
    /// # Errors
    /// [`NnError::Compute`].
    pub(super) fn answer_logps(&self, hidden: &Tensor, targets: &[u32]) -> Result<Tensor, NnError> {
        Ok(self.head.answer_logps(hidden, targets)?)
    }
}

/// Picks rows of hidden states.
///
/// # Shapes
/// - `hidden`: `tokens × h`; returns `rows × h`.
///
/// # Errors
/// [`NnError::Compute`].
pub(super) fn rows_of(hidden: &Tensor, rows: &[u32], path: Path) -> Result<Tensor, NnError> {
    let pick = ops::Pick::new(rows, hidden.dim(0)?, path, hidden.device())?;
    Ok(pick.rows(hidden)?)
}

/// Returns spans of single tokens that go on texts in a cache: for each, the keys before it and its own.
pub(super) fn next_spans(before: Vec<Vec<std::ops::Range<usize>>>, n_keys: usize) -> Spans {
    let spans = before.into_iter().enumerate().map(|(i, before)| Span {
        queries: i..i + 1,
        before,
        own: n_keys + i..n_keys + i + 1,
    });
    Spans::new(spans.collect())
}

/// Cosines and sines of every position.
///
/// # Source
/// Su et al. 2021; Llama 3's stretching as in transformers 5.23 `_compute_llama3_parameters`.
fn all_angles(c: &DecoderConfig) -> Angles {
    let half = c.head_dim / 2;
    let frequencies: Vec<f64> = (0..half)
        .map(|i| {
            let f = 1.0 / c.rope_theta.powf(2.0 * i as f64 / c.head_dim as f64);
            match &c.rope_scaling {
                None => f,
                Some(scaling) => stretched(f, i, scaling),
            }
        })
        .collect();
    let n = c.max_tokens.min(MAX_POSITIONS);
    let angles: Vec<f64> = (0..n)
        .flat_map(|p| frequencies.iter().map(move |f| p as f64 * f))
        .collect();
    Angles {
        cos: angles.iter().map(|a| a.cos() as f32).collect(),
        sin: angles.iter().map(|a| a.sin() as f32).collect(),
        half,
        pairing: if c.rope_neighbors {
            Pairing::Neighbors
        } else {
            Pairing::Halves
        },
    }
}

fn stretched(frequency: f64, i: usize, scaling: &RopeScaling) -> f64 {
    match scaling {
        RopeScaling::Linear { factor } => frequency / factor,
        RopeScaling::Factors(factors) => frequency / factors.get(i).map_or(1.0, |f| f64::from(*f)),
        RopeScaling::Llama3 {
            factor,
            low_freq_factor,
            high_freq_factor,
            original_tokens,
        } => {
            let wavelength = std::f64::consts::TAU / frequency;
            let original = *original_tokens as f64;
            if wavelength < original / high_freq_factor {
                frequency
            } else if wavelength > original / low_freq_factor {
                frequency / factor
            } else {
                let smooth = (original / wavelength - low_freq_factor)
                    / (high_freq_factor - low_freq_factor);
                (1.0 - smooth) * frequency / factor + smooth * frequency
            }
        }
    }
}
