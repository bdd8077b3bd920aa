//! A layer's weights: laid out for the processor, or as a tensor where another device computes or where
//! they are trained.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor};

use super::error::NnError;
use super::frozen;
use super::kernels::linear::Frozen;
use super::kernels::product::Panels;
use super::kernels::{head, with_values};
use super::lora::LoraPair;
use super::ops;

/// Where a network's weights come from, by the names of the Hugging Face layout.
pub(super) trait Source {
    /// Returns the weights of a layer.
    ///
    /// # Errors
    /// Those of the file.
    fn matrix(&mut self, name: &str, n_out: usize, n_in: usize) -> Result<Matrix, NnError>;

    /// Returns a vector in float32: a bias or the weights of a normalization.
    ///
    /// # Errors
    /// Those of the file.
    fn vector(&mut self, name: &str, n: usize) -> Result<Tensor, NnError>;
}

/// Weights of `out × in`.
#[derive(Clone)]
pub(super) enum Matrix {
    /// On the processor, frozen.
    Panels(Arc<Panels>),
    /// A tensor, `out × in`.
    Tensor(Tensor),
}

impl Matrix {
    /// Returns rows of the weights, e.g. the embeddings of tokens.
    ///
    /// # Shapes
    /// Returns `ids × in`.
    pub(super) fn rows(&self, ids: &[u32], device: &Device) -> candle_core::Result<Tensor> {
        match self {
            Self::Panels(panels) => {
                let (_, width) = panels.sizes();
                let mut out = vec![0.0; ids.len() * width];
                for (id, row) in ids.iter().zip(out.chunks_exact_mut(width.max(1))) {
                    panels.column(*id as usize, row)?;
                }
                Tensor::from_vec(out, (ids.len(), width), device)
            }
            Self::Tensor(weights) => weights.index_select(&Tensor::new(ids, device)?, 0),
        }
    }

    /// Returns ln softmax of `hidden · weightsᵀ` at one column per row.
    ///
    /// # Shapes
    /// - `hidden`: `n × in`; `targets`: `n`; returns `n`, nats, float32.
    pub(super) fn answer_logps(
        &self,
        hidden: &Tensor,
        targets: &[u32],
    ) -> candle_core::Result<Tensor> {
        match self {
            Self::Panels(panels) => head::answer_logps(hidden, panels, targets),
            Self::Tensor(weights) => {
                let logits = product(hidden, weights)?.to_dtype(DType::F32)?;
                ops::log_softmax_at(&logits, &Tensor::new(targets, hidden.device())?)
            }
        }
    }
}

/// `x · weightsᵀ`; weights that are trained get a gradient, frozen ones do not.
fn product(x: &Tensor, weights: &Tensor) -> candle_core::Result<Tensor> {
    if weights.track_op() {
        x.matmul(&weights.t()?)
    } else {
        frozen::product(x, weights)
    }
}

/// A layer: weights with an optional bias.
#[derive(Clone)]
pub(super) enum Linear {
    /// On the processor.
    Frozen(Frozen),
    /// Elsewhere, or in training.
    Plain(Tensor, Option<Tensor>),
}

impl Linear {
    /// Joins weights and bias.
    ///
    /// # Errors
    /// [`NnError::Compute`].
    pub(super) fn new(weights: Matrix, bias: Option<Tensor>) -> Result<Self, NnError> {
        Ok(match weights {
            Matrix::Panels(panels) => Self::Frozen(Frozen {
                panels,
                bias: bias
                    .map(|b| with_values(&b, |b| Arc::new(b.to_vec())))
                    .transpose()?,
            }),
            Matrix::Tensor(weights) => Self::Plain(weights, bias),
        })
    }

    /// Takes a layer from a source.
    ///
    /// # Errors
    /// Those of the source.
    pub(super) fn take(
        source: &mut dyn Source,
        name: &str,
        (n_in, n_out): (usize, usize),
        with_bias: bool,
    ) -> Result<Self, NnError> {
        let weights = source.matrix(&format!("{name}.weight"), n_out, n_in)?;
        let bias = if with_bias {
            Some(source.vector(&format!("{name}.bias"), n_out)?)
        } else {
            None
        };
        Self::new(weights, bias)
    }

    /// Applies the layer, with a low-rank pair beside it where one is given.
    ///
    /// With `keeps_gradient` false nothing is remembered for a gradient of the pair.
    ///
    /// # Shapes
    /// - `x`: `m × in`; returns `m × out`.
    pub(super) fn forward(
        &self,
        x: &Tensor,
        pair: Option<(&LoraPair, f64)>,
        keeps_gradient: bool,
    ) -> candle_core::Result<Tensor> {
        let pair = pair.map(|(pair, scale)| {
            if keeps_gradient {
                (
                    pair.a.as_tensor().clone(),
                    pair.b.as_tensor().clone(),
                    scale,
                )
            } else {
                let detached = (pair.a.as_detached_tensor(), pair.b.as_detached_tensor());
                (detached.0, detached.1, scale)
            }
        });
        match (self, pair) {
            (Self::Frozen(layer), None) => layer.forward(x),
            (Self::Frozen(layer), Some((a, b, scale))) => layer.forward_adapted(x, &a, &b, scale),
            (Self::Plain(weights, bias), pair) => {
                let mut out = product(x, weights)?;
                if let Some(bias) = bias {
                    out = out.broadcast_add(&bias.to_dtype(out.dtype())?)?;
                }
                let Some((a, b, scale)) = pair else {
                    return Ok(out);
                };
                let (a, b) = (a.to_dtype(x.dtype())?, b.to_dtype(x.dtype())?);
                out + (x.matmul(&a.t()?)?.matmul(&b.t()?)? * scale)?
            }
        }
    }
}
