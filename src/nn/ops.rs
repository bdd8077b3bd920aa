//! The steps of a network composed of the tensor library's differentiable operations: what devices other
//! than the processor compute, and the twins that the kernels of our own are tested against.

use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CustomOp1, D, DType, Device, Layout, Result, Shape, Storage, Tensor, bail,
};

use super::decoder::Path;
use super::kernels::attention::Heads;
use super::kernels::rotary::Pairing;
use super::spans::{Sight, Span, Spans};

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

/// Spans of about equal length, padded to one.
struct Part {
    /// For each place of the padded queries, the row that stands there.
    queries: Pick,
    /// For each place of the padded keys, the row that stands there.
    keys: Pick,
    /// 0 where a query may look, −∞ where not: `spans × 1 × queries × keys`.
    mask: Tensor,
    sizes: (usize, usize, usize),
}

/// The spans of a batch as rows of equal length, for attention by tensor operations.
pub(super) struct Gather {
    parts: Vec<Part>,
    /// For each row, its place among the padded queries of all parts.
    back: Pick,
}

impl Gather {
    /// Finds the places.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn new(
        spans: &Spans,
        n: usize,
        n_keys: usize,
        sight: Sight,
        path: Path,
        device: &Device,
    ) -> Result<Self> {
        let mut order: Vec<&Span> = spans.all().iter().collect();
        order.sort_by_key(|s| (s.queries.len(), s.n_keys()));
        let mut parts = Vec::new();
        let mut back = vec![0u32; n];
        let mut n_places = 0;
        let mut rest = order.as_slice();
        while let Some(first) = rest.first() {
            // Little padding, and not too many parts.
            let most = first.queries.len() + first.queries.len() / 4 + 8;
            let n_part = rest.iter().take_while(|s| s.queries.len() <= most).count();
            let (of_part, others) = rest.split_at(n_part);
            rest = others;
            let (part, n_queries) = Part::new(of_part, (n, n_keys), sight, path, device)?;
            for (s, span) in of_part.iter().enumerate() {
                for (i, row) in span.queries.clone().enumerate() {
                    back[row] = (n_places + s * n_queries + i) as u32;
                }
            }
            n_places += of_part.len() * n_queries;
            parts.push(part);
        }
        let back = Pick::new(&back, n_places, path, device)?;
        Ok(Self { parts, back })
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
        let mixed: Vec<Tensor> = self
            .parts
            .iter()
            .map(|part| part.attention(q, k, v, h, path))
            .collect::<Result<_>>()?;
        self.back.rows(&Tensor::cat(&mixed, 0)?)
    }
}

impl Part {
    fn new(
        spans: &[&Span],
        (n, n_all_keys): (usize, usize),
        sight: Sight,
        path: Path,
        device: &Device,
    ) -> Result<(Self, usize)> {
        let n_queries = spans.iter().map(|s| s.queries.len()).max().unwrap_or(0);
        let n_keys = spans.iter().map(|s| s.n_keys()).max().unwrap_or(0);
        let mut queries = vec![NOTHING; spans.len() * n_queries];
        let mut keys = vec![NOTHING; spans.len() * n_keys];
        let mut mask = vec![f32::NEG_INFINITY; spans.len() * n_queries * n_keys];
        for (s, span) in spans.iter().enumerate() {
            for (i, row) in span.queries.clone().enumerate() {
                queries[s * n_queries + i] = row as u32;
                let at = (s * n_queries + i) * n_keys;
                mask[at..at + n_keys][Spans::seen(span, i, sight)].fill(0.0);
            }
            for i in span.queries.len()..n_queries {
                // Padding looks at something, so that its row has a sum.
                mask[(s * n_queries + i) * n_keys] = 0.0;
            }
            for (i, row) in span.keys().enumerate() {
                keys[s * n_keys + i] = row as u32;
            }
        }
        let sizes = (spans.len(), n_queries, n_keys);
        let part = Self {
            queries: Pick::new(&queries, n, path, device)?,
            keys: Pick::new(&keys, n_all_keys, path, device)?,
            mask: Tensor::from_vec(mask, (sizes.0, 1, n_queries, n_keys), device)?,
            sizes,
        };
        Ok((part, n_queries))
    }

    /// # Shapes
    /// Returns `(spans · queries) × (heads · d)`.
    fn attention(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        h: Heads,
        path: Path,
    ) -> Result<Tensor> {
        let (s, n_queries, n_keys) = self.sizes;
        let share = h.queries / h.keys;
        let spread = |x: &Tensor| {
            self.keys
                .rows(x)?
                .reshape((s, n_keys, h.keys, h.width))?
                .transpose(1, 2)?
                .contiguous()
        };
        // Query heads that share a key's stand below each other, so that no key is copied.
        let query = self
            .queries
            .rows(q)?
            .reshape((s, n_queries, h.keys, share, h.width))?
            .permute((0, 2, 3, 1, 4))?
            .contiguous()?
            .reshape((s, h.keys, share * n_queries, h.width))?;
        let (key, value) = (spread(k)?, spread(v)?);
        let scale = 1.0 / (h.width as f64).sqrt();
        let scores = (query.matmul(&key.transpose(2, 3)?)? * scale)?
            .reshape((s, h.queries, n_queries, n_keys))?
            .to_dtype(DType::F32)?
            .broadcast_add(&self.mask)?;
        let weights = match path {
            Path::Scoring => candle_nn::ops::softmax_last_dim(&scores)?,
            Path::Training => softmax(&scores)?,
        };
        weights
            .to_dtype(value.dtype())?
            .reshape((s, h.keys, share * n_queries, n_keys))?
            .matmul(&value)?
            .reshape((s, h.keys, share, n_queries, h.width))?
            .permute((0, 3, 1, 2, 4))?
            .contiguous()?
            .reshape((s * n_queries, h.queries * h.width))
    }
}

/// Rows picked by number, with a gradient that picks as well.
///
/// The library's own gradient of picking adds row after row in one thread for each column.
pub(super) struct Pick {
    index: Tensor,
    /// For each row, the places it was picked to, as many times as the most picked row; a place that is
    /// none is one past the last.
    places: Vec<Tensor>,
}

/// A place where nothing stands.
const NOTHING: u32 = u32::MAX;

impl Pick {
    /// Takes the row for each place; for [`NOTHING`] the first, from which no gradient comes back.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn new(index: &[u32], n_rows: usize, path: Path, device: &Device) -> Result<Self> {
        let mut places: Vec<Vec<u32>> = Vec::new();
        if path == Path::Training {
            let mut n_picked = vec![0usize; n_rows];
            for (place, row) in index.iter().enumerate().filter(|(_, row)| **row != NOTHING) {
                let Some(n) = n_picked.get_mut(*row as usize) else {
                    bail!("row {row} of {n_rows} cannot be picked");
                };
                if places.len() == *n {
                    places.push(vec![index.len() as u32; n_rows]);
                }
                places[*n][*row as usize] = place as u32;
                *n += 1;
            }
        }
        let rows: Vec<u32> = index
            .iter()
            .map(|row| if *row == NOTHING { 0 } else { *row })
            .collect();
        let tensor = |values: &[u32]| Tensor::new(values, device);
        Ok(Self {
            index: tensor(&rows)?,
            places: places.iter().map(|p| tensor(p)).collect::<Result<_>>()?,
        })
    }

    /// Returns the picked rows.
    ///
    /// # Shapes
    /// - `x`: `rows × w`; returns `places × w`.
    pub(super) fn rows(&self, x: &Tensor) -> Result<Tensor> {
        if self.places.is_empty() {
            return x.index_select(&self.index, 0);
        }
        x.contiguous()?.apply_op1(Picked {
            index: self.index.clone(),
            places: self.places.clone(),
        })
    }
}

struct Picked {
    index: Tensor,
    places: Vec<Tensor>,
}

impl Picked {
    fn shape(&self, layout: &Layout) -> Result<Shape> {
        let (_, width) = layout.shape().dims2()?;
        Ok((self.index.elem_count(), width).into())
    }
}

impl CustomOp1 for Picked {
    fn name(&self) -> &'static str {
        "picked-rows"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (index, index_layout) = self.index.storage_and_layout();
        let Storage::Cpu(index) = &*index else {
            bail!("rows and what picks them lie on different devices");
        };
        let out = x.index_select(index, layout, index_layout, 0)?;
        Ok((out, self.shape(layout)?))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let (index, index_layout) = self.index.storage_and_layout();
        let Storage::Cuda(index) = &*index else {
            bail!("rows and what picks them lie on different devices");
        };
        let out = x.index_select(index, layout, index_layout, 0)?;
        Ok((out, self.shape(layout)?))
    }

    #[cfg(feature = "metal")]
    fn metal_fwd(
        &self,
        x: &candle_core::MetalStorage,
        layout: &Layout,
    ) -> Result<(candle_core::MetalStorage, Shape)> {
        let (index, index_layout) = self.index.storage_and_layout();
        let Storage::Metal(index) = &*index else {
            bail!("rows and what picks them lie on different devices");
        };
        let out = x.index_select(index, layout, index_layout, 0)?;
        Ok((out, self.shape(layout)?))
    }

    fn bwd(&self, _x: &Tensor, _out: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        // A row of zeros at the end is what a row gets that was picked less often than others.
        let nothing = grad.narrow(0, 0, 1)?.zeros_like()?;
        let padded = Tensor::cat(&[grad, &nothing], 0)?;
        let mut sum: Option<Tensor> = None;
        for places in &self.places {
            let picked = padded.index_select(places, 0)?;
            sum = Some(match sum {
                Some(sum) => (sum + picked)?,
                None => picked,
            });
        }
        Ok(sum)
    }
}
