//! The steps of a network composed of the tensor library's differentiable operations: what devices other
//! than the processor compute, and the twins that the kernels of our own are tested against.

use candle_core::{D, DType, Device, Result, Tensor};

use super::decoder::Path;
use super::kernels::attention::Heads;
use super::kernels::rotary::Pairing;
use super::spans::{Sight, Spans};

/// Root-mean-square normalization over the last axis, in float32 whatever x holds.
///
/// # Shapes
/// - `x`: `… × h`; `weight`: `h`.
pub(super) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
    let wide = x.to_dtype(DType::F32)?;
    let mean_square = wide.sqr()?.mean_keepdim(D::Minus1)?;
    wide.broadcast_div(&(mean_square + eps)?.sqrt()?)?
        .to_dtype(x.dtype())?
        .broadcast_mul(weight)
}

/// Softmax over the last axis.
pub(super) fn softmax(x: &Tensor) -> Result<Tensor> {
    // The largest value only keeps the exponential finite; its gradient cancels.
    let max = x.max_keepdim(D::Minus1)?.detach();
    let exp = x.broadcast_sub(&max)?.exp()?;
    exp.broadcast_div(&exp.sum_keepdim(D::Minus1)?)
}

/// ln softmax at one column per row.
///
/// # Shapes
/// - `logits`: `n × v`; `targets`: `n`, u32; returns `n`.
pub(super) fn log_softmax_at(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    let max = logits.max_keepdim(D::Minus1)?.detach();
    let shifted = logits.broadcast_sub(&max)?;
    let log_sum = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?;
    shifted
        .gather(&targets.unsqueeze(1)?, 1)?
        .sub(&log_sum)?
        .squeeze(1)
}

/// Turns halves, or neighbors, of heads by their position's angle.
///
/// # Shapes
/// - `x`: `n × (heads · d)`; `cos`, `sin`: `n × 1 × d/2`; returns the shape of `x`.
pub(super) fn rotary(x: &Tensor, cos: &Tensor, sin: &Tensor, pairing: Pairing) -> Result<Tensor> {
    let (n, width) = x.dims2()?;
    let half = cos.dim(D::Minus1)?;
    let heads = width / (2 * half);
    let (left, right) = match pairing {
        Pairing::Halves => {
            let x = x.reshape((n, heads, 2 * half))?;
            (x.narrow(2, 0, half)?, x.narrow(2, half, half)?)
        }
        Pairing::Neighbors => {
            let x = x.reshape((n, heads, half, 2))?;
            (
                x.narrow(3, 0, 1)?.squeeze(3)?,
                x.narrow(3, 1, 1)?.squeeze(3)?,
            )
        }
    };
    let turned_left = left.broadcast_mul(cos)?.sub(&right.broadcast_mul(sin)?)?;
    let turned_right = right.broadcast_mul(cos)?.add(&left.broadcast_mul(sin)?)?;
    match pairing {
        Pairing::Halves => Tensor::cat(&[turned_left, turned_right], 2)?,
        Pairing::Neighbors => Tensor::stack(&[turned_left, turned_right], 3)?,
    }
    .reshape((n, width))
}

/// `−ln(1 + e^(−x))` = ln σ(x), finite for any x.
pub(super) fn log_sigmoid(x: &Tensor) -> Result<Tensor> {
    // ln σ(x) = min(x, 0) − ln(1 + e^(−|x|)); min(x, 0) = −relu(−x), whose gradient is right everywhere but at 0.
    let least = x.neg()?.relu()?.neg()?;
    let tail = (x.abs()?.neg()?.exp()? + 1.0)?.log()?;
    least - tail
}

/// The spans of a batch as rows of equal length, for attention by tensor operations.
pub(super) struct Gather {
    /// For each place of the padded queries, the row that stands there.
    queries: Tensor,
    /// For each place of the padded keys, the row that stands there.
    keys: Tensor,
    /// For each row, its place among the padded queries.
    back: Tensor,
    /// 0 where a query may look, −∞ where not: `spans × 1 × queries × keys`.
    mask: Tensor,
    sizes: (usize, usize, usize),
}

impl Gather {
    /// Finds the places.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn new(spans: &Spans, n: usize, sight: Sight, device: &Device) -> Result<Self> {
        let all = spans.all();
        let n_queries = all.iter().map(|s| s.queries.len()).max().unwrap_or(0);
        let n_keys = all
            .iter()
            .map(super::spans::Span::n_keys)
            .max()
            .unwrap_or(0);
        let mut queries = vec![0u32; all.len() * n_queries];
        let mut keys = vec![0u32; all.len() * n_keys];
        let mut back = vec![0u32; n];
        let mut mask = vec![f32::NEG_INFINITY; all.len() * n_queries * n_keys];
        for (s, span) in all.iter().enumerate() {
            for (i, row) in span.queries.clone().enumerate() {
                queries[s * n_queries + i] = row as u32;
                back[row] = (s * n_queries + i) as u32;
                let at = (s * n_queries + i) * n_keys;
                mask[at..at + n_keys][Spans::seen(span, i, sight)].fill(0.0);
            }
            for i in span.queries.len()..n_queries {
                // Padding looks at something, so that its row has a sum; nobody reads it.
                mask[(s * n_queries + i) * n_keys] = 0.0;
            }
            for (i, row) in span.keys().enumerate() {
                keys[s * n_keys + i] = row as u32;
            }
        }
        let sizes = (all.len(), n_queries, n_keys);
        Ok(Self {
            queries: Tensor::from_vec(queries, sizes.0 * n_queries, device)?,
            keys: Tensor::from_vec(keys, sizes.0 * n_keys, device)?,
            back: Tensor::from_vec(back, n, device)?,
            mask: Tensor::from_vec(mask, (sizes.0, 1, n_queries, n_keys), device)?,
            sizes,
        })
    }

    /// Lets every row of `q` mix the values of the keys it may look at.
    ///
    /// # Shapes
    /// - `q`: `n × (heads · d)`; `k`, `v`: `n_keys × (key heads · d)`; returns the shape of `q`.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn attention(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        h: Heads,
        path: Path,
    ) -> Result<Tensor> {
        let (s, n_queries, n_keys) = self.sizes;
        let spread = |x: &Tensor, index: &Tensor, t: usize, heads: usize| {
            x.index_select(index, 0)?
                .reshape((s, t, heads, h.width))?
                .transpose(1, 2)?
                .contiguous()
        };
        let query = spread(q, &self.queries, n_queries, h.queries)?;
        let key = repeat_heads(&spread(k, &self.keys, n_keys, h.keys)?, h.queries / h.keys)?;
        let value = repeat_heads(&spread(v, &self.keys, n_keys, h.keys)?, h.queries / h.keys)?;
        let scale = 1.0 / (h.width as f64).sqrt();
        let scores = (query.matmul(&key.transpose(2, 3)?)? * scale)?
            .to_dtype(DType::F32)?
            .broadcast_add(&self.mask)?;
        let weights = match path {
            Path::Scoring => candle_nn::ops::softmax_last_dim(&scores)?,
            Path::Training => softmax(&scores)?,
        };
        weights
            .to_dtype(value.dtype())?
            .matmul(&value)?
            .transpose(1, 2)?
            .reshape((s * n_queries, h.queries * h.width))?
            .index_select(&self.back, 0)
    }
}

/// Gives each group of query heads its keys or values.
fn repeat_heads(x: &Tensor, n: usize) -> Result<Tensor> {
    if n == 1 {
        return Ok(x.clone());
    }
    let (s, heads, t, d) = x.dims4()?;
    x.unsqueeze(2)?
        .broadcast_as((s, heads, n, t, d))?
        .reshape((s, heads * n, t, d))
}
