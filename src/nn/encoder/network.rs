//! The encoder's layers: BERT and the `RoBERTa` family, which differ in where positions begin.

use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::super::decoder::Path;
use super::super::error::NnError;
use super::super::kernels::attention::{Heads, attention};
use super::super::kernels::gate::gelu;
use super::super::kernels::norm::layer_norm;
use super::super::matrix::{Linear, Matrix, Source};
use super::super::ops::Gather;
use super::super::spans::{Packed, Sight};
use super::folder::EncoderConfig;

struct Norm {
    weight: Tensor,
    bias: Tensor,
    eps: f64,
}

impl Norm {
    fn take(source: &mut dyn Source, name: &str, c: &EncoderConfig) -> Result<Self, NnError> {
        Ok(Self {
            weight: source.vector(&format!("{name}.weight"), c.hidden_size)?,
            bias: source.vector(&format!("{name}.bias"), c.hidden_size)?,
            eps: c.layer_norm_eps,
        })
    }

    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        if x.device().is_cpu() {
            layer_norm(x, &self.weight, &self.bias, self.eps)
        } else {
            let x = x.contiguous()?;
            candle_nn::ops::layer_norm(&x, &self.weight, &self.bias, self.eps as f32)
        }
    }
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    output_norm: Norm,
}

/// An encoder with its weights.
pub(super) struct Encoder {
    /// Where its weights lie.
    pub device: Device,
    heads: Heads,
    first_position: usize,
    words: Matrix,
    positions: Matrix,
    /// The embedding of the first type, which every token has.
    kind: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
}

impl Encoder {
    /// Builds an encoder from a source whose names begin with `prefix`.
    ///
    /// # Errors
    /// Those of the source.
    pub(super) fn build(
        c: &EncoderConfig,
        prefix: &str,
        device: &Device,
        source: &mut dyn Source,
    ) -> Result<Self, NnError> {
        let h = c.hidden_size;
        let name = format!("{prefix}embeddings");
        let words = source.matrix(&format!("{name}.word_embeddings.weight"), c.vocab_size, h)?;
        let n_positions = c.max_position_embeddings;
        let positions = source.matrix(
            &format!("{name}.position_embeddings.weight"),
            n_positions,
            h,
        )?;
        let kinds = format!("{name}.token_type_embeddings.weight");
        let kind = source
            .matrix(&kinds, c.type_vocab_size, h)?
            .rows(&[0], device)?;
        let norm = Norm::take(source, &format!("{name}.LayerNorm"), c)?;
        let mut layers = Vec::with_capacity(c.num_hidden_layers);
        for i in 0..c.num_hidden_layers {
            let layer = format!("{prefix}encoder.layer.{i}");
            let mut linear =
                |part: &str, sizes| Linear::take(source, &format!("{layer}.{part}"), sizes, true);
            let query = linear("attention.self.query", (h, h))?;
            let key = linear("attention.self.key", (h, h))?;
            let value = linear("attention.self.value", (h, h))?;
            let output = linear("attention.output.dense", (h, h))?;
            let up = linear("intermediate.dense", (h, c.intermediate_size))?;
            let down = linear("output.dense", (c.intermediate_size, h))?;
            let of_attention = format!("{layer}.attention.output.LayerNorm");
            layers.push(Layer {
                query,
                key,
                value,
                output,
                attention_norm: Norm::take(source, &of_attention, c)?,
                up,
                down,
                output_norm: Norm::take(source, &format!("{layer}.output.LayerNorm"), c)?,
            });
        }
        Ok(Self {
            device: device.clone(),
            heads: Heads {
                queries: c.num_attention_heads,
                keys: c.num_attention_heads,
                width: h / c.num_attention_heads,
            },
            first_position: c.first_position,
            words,
            positions,
            kind,
            norm,
            layers,
        })
    }

    /// Runs packed texts through the network.
    ///
    /// # Shapes
    /// Returns `tokens × h`.
    ///
    /// # Errors
    /// [`NnError::Compute`].
    pub(super) fn hidden(&self, packed: &Packed) -> Result<Tensor, NnError> {
        let positions: Vec<u32> = packed
            .positions
            .iter()
            .map(|p| p + self.first_position as u32)
            .collect();
        let words = self.words.rows(&packed.ids, &self.device)?;
        let x = (words + self.positions.rows(&positions, &self.device)?)?;
        let mut x = self.norm.forward(&x.broadcast_add(&self.kind)?)?;
        let spans = Arc::new(packed.spans.clone());
        let gather = if self.device.is_cpu() {
            None
        } else {
            Some(Gather::new(
                &spans,
                packed.ids.len(),
                packed.ids.len(),
                Sight::All,
                Path::Scoring,
                &self.device,
            )?)
        };
        for layer in &self.layers {
            let apply = |linear: &Linear, x: &Tensor| linear.forward(x, None, false);
            let (q, k) = (apply(&layer.query, &x)?, apply(&layer.key, &x)?);
            let v = apply(&layer.value, &x)?;
            let mixed = match &gather {
                None => attention(&q, &k, &v, &spans, self.heads, Sight::All)?,
                Some(gather) => gather.attention(&q, &k, &v, self.heads, Path::Scoring)?,
            };
            let attended = (apply(&layer.output, &mixed)? + &x)?;
            x = layer.attention_norm.forward(&attended)?;
            let up = apply(&layer.up, &x)?;
            let bent = if self.device.is_cpu() {
                gelu(&up)?
            } else {
                up.gelu_erf()?
            };
            x = layer
                .output_norm
                .forward(&(apply(&layer.down, &bent)? + &x)?)?;
        }
        Ok(x)
    }
}
