//! The decoder: token numbers to hidden states to logits, in the Llama layout.
//!
//! One implementation with two paths through the same weights, see [`Path`]. It holds weights and knows
//! no text.

use candle_core::{D, Device, Tensor};

use super::config::DecoderConfig;
use super::error::NnError;
use super::frozen;
use super::lora::{Adapter, Target};
use super::ops;

/// Positions a table is made for at most: longer texts than any statement, a few megabytes.
const MAX_POSITIONS: usize = 16_384;

/// Which operations a forward pass uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Fused operations, without gradient: scoring and generating.
    Fused,
    /// Differentiable operations, weights held fast, gradients for the adapter.
    Adapting,
    /// Differentiable operations with gradients for every weight.
    Training,
}

/// A matrix with its optional bias.
pub(super) struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    fn forward(&self, x: &Tensor, path: Path) -> candle_core::Result<Tensor> {
        let out = match path {
            Path::Training => x.matmul(&self.weight.t()?)?,
            Path::Fused | Path::Adapting => frozen::product(x, &self.weight)?,
        };
        match &self.bias {
            Some(bias) => out.broadcast_add(bias),
            None => Ok(out),
        }
    }
}

struct Layer {
    input_norm: Tensor,
    post_norm: Tensor,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    gate: Linear,
    up: Linear,
    down: Linear,
}

impl Layer {
    fn linear(&self, target: Target) -> &Linear {
        match target {
            Target::Query => &self.query,
            Target::Key => &self.key,
            Target::Value => &self.value,
            Target::Output => &self.output,
            Target::Gate => &self.gate,
            Target::Up => &self.up,
            Target::Down => &self.down,
        }
    }
}

/// Keys and values of the tokens seen so far, layer by layer.
#[derive(Default)]
pub struct Cache {
    layers: Vec<(Tensor, Tensor)>,
}

/// Where the rows of a batch stand, for generating with texts of unequal length.
pub struct Stand<'a> {
    /// Position of every token, `b × t`, u32.
    pub positions: &'a Tensor,
    /// 0 where a token may look, −∞ where not: `b × 1 × t × T` with T all tokens so far.
    pub mask: &'a Tensor,
    /// What came before; grows by this pass.
    pub cache: &'a mut Cache,
}

/// A decoder with its weights.
pub struct Decoder {
    /// Its shape.
    pub config: DecoderConfig,
    /// Where its weights lie.
    pub device: Device,
    embedding: Tensor,
    layers: Vec<Layer>,
    norm: Tensor,
    head: Option<Tensor>,
    cos: Tensor,
    sin: Tensor,
}

impl Decoder {
    /// Builds a decoder from tensors that `take` hands out by name and shape.
    ///
    /// # Errors
    /// Those of `take`.
    pub(super) fn build(
        config: DecoderConfig,
        device: &Device,
        mut take: impl FnMut(&str, &[usize]) -> Result<Tensor, NnError>,
    ) -> Result<Self, NnError> {
        let c = &config;
        let embedding = take("model.embed_tokens.weight", &[c.vocab, c.hidden])?;
        let mut layers = Vec::with_capacity(c.n_layers);
        for i in 0..c.n_layers {
            let mut linear = |target: Target| -> Result<Linear, NnError> {
                let (n_in, n_out) = target.sizes(c);
                let name = format!("model.layers.{i}.{}", target.path());
                let with_bias = c.attention_bias
                    && matches!(
                        target,
                        Target::Query | Target::Key | Target::Value | Target::Output
                    );
                Ok(Linear {
                    weight: take(&format!("{name}.weight"), &[n_out, n_in])?,
                    bias: if with_bias {
                        Some(take(&format!("{name}.bias"), &[n_out])?)
                    } else {
                        None
                    },
                })
            };
            let (query, key, value) = (
                linear(Target::Query)?,
                linear(Target::Key)?,
                linear(Target::Value)?,
            );
            let (output, gate) = (linear(Target::Output)?, linear(Target::Gate)?);
            let (up, down) = (linear(Target::Up)?, linear(Target::Down)?);
            layers.push(Layer {
                input_norm: take(
                    &format!("model.layers.{i}.input_layernorm.weight"),
                    &[c.hidden],
                )?,
                post_norm: take(
                    &format!("model.layers.{i}.post_attention_layernorm.weight"),
                    &[c.hidden],
                )?,
                query,
                key,
                value,
                output,
                gate,
                up,
                down,
            });
        }
        let norm = take("model.norm.weight", &[c.hidden])?;
        let head = if c.tied {
            None
        } else {
            Some(take("lm_head.weight", &[c.vocab, c.hidden])?)
        };
        let (cos, sin) = rotary_tables(c, device)?;
        Ok(Self {
            device: device.clone(),
            embedding,
            layers,
            norm,
            head,
            cos,
            sin,
            config,
        })
    }

    /// Runs tokens through the network, up to and with the last normalization.
    ///
    /// A token looks at itself and those before it, so padding at a row's end changes nothing before it.
    ///
    /// # Shapes
    /// - `ids`: `b × t`, u32; returns `b × t × h`.
    ///
    /// # Errors
    /// [`NnError::Compute`].
    pub fn hidden(
        &self,
        ids: &Tensor,
        adapter: Option<&Adapter>,
        path: Path,
    ) -> Result<Tensor, NnError> {
        let (_, t) = ids.dims2()?;
        let mask = causal_mask(t, &self.device)?;
        let cos = self.cos.narrow(0, 0, t)?;
        let sin = self.sin.narrow(0, 0, t)?;
        Ok(self.run(ids, &cos, &sin, &mask, None, adapter, path)?)
    }

    /// Runs the next tokens of a batch whose rows stand at positions of their own.
    ///
    /// # Shapes
    /// - `ids`: `b × t`, u32; returns `b × t × h`.
    ///
    /// # Errors
    /// [`NnError::Compute`].
    pub fn hidden_at(
        &self,
        ids: &Tensor,
        stand: Stand<'_>,
        adapter: Option<&Adapter>,
    ) -> Result<Tensor, NnError> {
        let (b, t) = stand.positions.dims2()?;
        let flat = stand.positions.flatten_all()?;
        let half = self.config.head_dim / 2;
        let pick = |table: &Tensor| table.index_select(&flat, 0)?.reshape((b, 1, t, half));
        let (cos, sin) = (pick(&self.cos)?, pick(&self.sin)?);
        let cache = Some(stand.cache);
        Ok(self.run(ids, &cos, &sin, stand.mask, cache, adapter, Path::Fused)?)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the two public forms differ in every one of these"
    )]
    fn run(
        &self,
        ids: &Tensor,
        cos: &Tensor,
        sin: &Tensor,
        mask: &Tensor,
        mut cache: Option<&mut Cache>,
        adapter: Option<&Adapter>,
        path: Path,
    ) -> candle_core::Result<Tensor> {
        let (b, t) = ids.dims2()?;
        let h = self.config.hidden;
        let mut x = self
            .embedding
            .index_select(&ids.flatten_all()?, 0)?
            .reshape((b * t, h))?;
        for (i, layer) in self.layers.iter().enumerate() {
            let normed = self.norm(&x, &layer.input_norm, path)?;
            let attended = self.attend(
                i,
                layer,
                &normed,
                (b, t),
                (cos, sin, mask),
                cache.as_deref_mut(),
                adapter,
                path,
            )?;
            x = (x + attended)?;
            let normed = self.norm(&x, &layer.post_norm, path)?;
            let gate = linear(i, layer, Target::Gate, &normed, adapter, path)?;
            let up = linear(i, layer, Target::Up, &normed, adapter, path)?;
            let inner = (ops::silu(&gate)? * up)?;
            x = (x + linear(i, layer, Target::Down, &inner, adapter, path)?)?;
        }
        self.norm(&x, &self.norm, path)?.reshape((b, t, h))
    }

    fn norm(&self, x: &Tensor, weight: &Tensor, path: Path) -> candle_core::Result<Tensor> {
        match path {
            Path::Fused => {
                candle_nn::ops::rms_norm(&x.contiguous()?, weight, self.config.rms_eps as f32)
            }
            Path::Adapting | Path::Training => ops::rms_norm(x, weight, self.config.rms_eps),
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "attention needs the layer, its input, positions, memory, adapter and path"
    )]
    fn attend(
        &self,
        i: usize,
        layer: &Layer,
        x: &Tensor,
        (b, t): (usize, usize),
        (cos, sin, mask): (&Tensor, &Tensor, &Tensor),
        cache: Option<&mut Cache>,
        adapter: Option<&Adapter>,
        path: Path,
    ) -> candle_core::Result<Tensor> {
        let c = &self.config;
        let heads = |target: Target, n: usize| -> candle_core::Result<Tensor> {
            linear(i, layer, target, x, adapter, path)?
                .reshape((b, t, n, c.head_dim))?
                .transpose(1, 2)?
                .contiguous()
        };
        let query = heads(Target::Query, c.n_heads)?;
        let key = heads(Target::Key, c.n_kv_heads)?;
        let mut value = heads(Target::Value, c.n_kv_heads)?;
        let turn = |x: &Tensor| {
            if path == Path::Fused && cos.rank() == 2 {
                candle_nn::rotary_emb::rope(x, cos, sin)
            } else {
                ops::rope(x, cos, sin)
            }
        };
        let query = turn(&query)?;
        let mut key = turn(&key)?;
        if let Some(cache) = cache {
            if let Some((k, v)) = cache.layers.get(i) {
                key = Tensor::cat(&[k, &key], 2)?;
                value = Tensor::cat(&[v, &value], 2)?;
            }
            let grown = (key.contiguous()?, value.contiguous()?);
            match cache.layers.get_mut(i) {
                Some(slot) => *slot = grown,
                None => cache.layers.push(grown),
            }
        }
        let key = repeat_heads(&key, c.n_heads / c.n_kv_heads)?;
        let value = repeat_heads(&value, c.n_heads / c.n_kv_heads)?;
        let scale = 1.0 / (c.head_dim as f64).sqrt();
        let weights = (query.matmul(&key.transpose(2, 3)?)? * scale)?.broadcast_add(mask)?;
        let weights = match path {
            Path::Fused => candle_nn::ops::softmax_last_dim(&weights)?,
            Path::Adapting | Path::Training => ops::softmax(&weights)?,
        };
        let mixed = weights
            .matmul(&value.contiguous()?)?
            .transpose(1, 2)?
            .reshape((b * t, c.n_heads * c.head_dim))?;
        linear(i, layer, Target::Output, &mixed, adapter, path)
    }

    /// Returns how many tokens it reads at once.
    pub fn max_tokens(&self) -> usize {
        self.config.max_tokens.min(MAX_POSITIONS)
    }

    /// Returns the logits of hidden states.
    ///
    /// # Shapes
    /// - `hidden`: `n × h`; returns `n × v`.
    ///
    /// # Errors
    /// [`NnError::Compute`].
    pub fn logits(&self, hidden: &Tensor, path: Path) -> Result<Tensor, NnError> {
        let weight = self.head.as_ref().unwrap_or(&self.embedding);
        Ok(match path {
            Path::Training => hidden.matmul(&weight.t()?)?,
            Path::Fused | Path::Adapting => frozen::product(hidden, weight)?,
        })
    }
}

fn linear(
    i: usize,
    layer: &Layer,
    target: Target,
    x: &Tensor,
    adapter: Option<&Adapter>,
    path: Path,
) -> candle_core::Result<Tensor> {
    let out = layer.linear(target).forward(x, path)?;
    match adapter
        .map(|a| a.delta(i, target, x))
        .transpose()?
        .flatten()
    {
        Some(delta) => out + delta,
        None => Ok(out),
    }
}

/// Gives each group of query heads its keys or values.
fn repeat_heads(x: &Tensor, n: usize) -> candle_core::Result<Tensor> {
    if n == 1 {
        return Ok(x.clone());
    }
    let (b, heads, t, d) = x.dims4()?;
    x.unsqueeze(2)?
        .broadcast_as((b, heads, n, t, d))?
        .reshape((b, heads * n, t, d))
}

/// 0 on and below the diagonal, −∞ above.
fn causal_mask(t: usize, device: &Device) -> candle_core::Result<Tensor> {
    let values: Vec<f32> = (0..t * t)
        .map(|i| {
            if i % t > i / t {
                f32::NEG_INFINITY
            } else {
                0.0
            }
        })
        .collect();
    Tensor::from_vec(values, (1, 1, t, t), device)
}

/// Cosines and sines of every position and pair, `t × d/2` each.
///
/// # Source
/// Su et al. 2021; Llama 3's stretching as in transformers 4.43 `_compute_llama3_parameters`.
fn rotary_tables(c: &DecoderConfig, device: &Device) -> candle_core::Result<(Tensor, Tensor)> {
    let half = c.head_dim / 2;
    let frequencies: Vec<f64> = (0..half)
        .map(|i| {
            let f = 1.0 / c.rope_theta.powf(2.0 * i as f64 / c.head_dim as f64);
            c.rope_scaling.map_or(f, |s| stretched(f, &s))
        })
        .collect();
    let n = c.max_tokens.min(MAX_POSITIONS);
    let angles: Vec<f64> = (0..n)
        .flat_map(|p| frequencies.iter().map(move |f| p as f64 * f))
        .collect();
    let table = |f: fn(f64) -> f64| {
        let values: Vec<f32> = angles.iter().map(|a| f(*a) as f32).collect();
        Tensor::from_vec(values, (n, half), device)
    };
    Ok((table(f64::cos)?, table(f64::sin)?))
}

fn stretched(frequency: f64, s: &super::config::RopeScaling) -> f64 {
    let wavelength = std::f64::consts::TAU / frequency;
    let original = s.original_tokens as f64;
    if wavelength < original / s.high_freq_factor {
        frequency
    } else if wavelength > original / s.low_freq_factor {
        frequency / s.factor
    } else {
        let smooth =
            (original / wavelength - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor);
        (1.0 - smooth) * frequency / s.factor + smooth * frequency
    }
}

/// Picks rows of hidden states.
///
/// # Shapes
/// - `hidden`: `b × t × h`; `rows`: `n` positions in `b · t`; returns `n × h`.
///
/// # Errors
/// [`NnError::Compute`].
pub fn rows_of(hidden: &Tensor, rows: &[u32]) -> Result<Tensor, NnError> {
    let h = hidden.dim(D::Minus1)?;
    let flat = hidden.reshape(((), h))?;
    let index = Tensor::new(rows, hidden.device())?;
    Ok(flat.index_select(&index, 0)?)
}
