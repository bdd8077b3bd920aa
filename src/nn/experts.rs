//! Several feed-forward parts of which each token uses few, as Mixtral has them.

use candle_core::{D, DType, Tensor};

use super::config::{DecoderConfig, Experts as Counts};
use super::error::NnError;
use super::matrix::{Linear, Source};

struct Expert {
    gate: Linear,
    up: Linear,
    down: Linear,
}

/// The parts of a layer and what chooses among them.
pub(super) struct Experts {
    router: Linear,
    parts: Vec<Expert>,
    n_used: usize,
}

impl Experts {
    /// Takes the parts of a layer from a source.
    ///
    /// # Errors
    /// Those of the source.
    pub(super) fn take(
        source: &mut dyn Source,
        layer: &str,
        c: &DecoderConfig,
        counts: Counts,
    ) -> Result<Self, NnError> {
        let name = format!("{layer}.block_sparse_moe");
        let (h, inner) = (c.hidden, c.intermediate);
        let router = Linear::take(
            source,
            &format!("{name}.gate"),
            (h, counts.n_experts),
            false,
        )?;
        let parts = (0..counts.n_experts)
            .map(|e| {
                let mut part = |part: &str, sizes| {
                    Linear::take(source, &format!("{name}.experts.{e}.{part}"), sizes, false)
                };
                Ok(Expert {
                    gate: part("w1", (h, inner))?,
                    up: part("w3", (h, inner))?,
                    down: part("w2", (inner, h))?,
                })
            })
            .collect::<Result<_, NnError>>()?;
        Ok(Self {
            router,
            parts,
            n_used: counts.n_used,
        })
    }

    /// Lets every row through the parts that its router weighs most, and adds up what they make of it.
    ///
    /// # Shapes
    /// - `x`: `n × h`; returns the same.
    ///
    /// # Source
    /// Jiang et al. 2024; weights are the softmax over all parts, made to sum to one over the used ones.
    pub(super) fn forward(
        &self,
        x: &Tensor,
        gated: impl Fn(&Tensor, &Tensor) -> candle_core::Result<Tensor>,
    ) -> candle_core::Result<Tensor> {
        let logits = self.router.forward(x, None, false)?.to_dtype(DType::F32)?;
        let shifted = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?.detach())?;
        let exps = shifted.exp()?;
        let shares = exps.broadcast_div(&exps.sum_keepdim(D::Minus1)?)?;
        // Who is used is no matter of gradients; ties go to the first part, as in the reference.
        let chosen: Vec<Vec<u32>> = shares
            .to_vec2::<f32>()?
            .iter()
            .map(|row| {
                let mut order: Vec<u32> = (0..row.len() as u32).collect();
                order.sort_by(|a, b| row[*b as usize].total_cmp(&row[*a as usize]).then(a.cmp(b)));
                order.truncate(self.n_used);
                order
            })
            .collect();
        let flat: Vec<u32> = chosen.iter().flatten().copied().collect();
        let n = chosen.len();
        let used = Tensor::from_vec(flat, (n, self.n_used), x.device())?;
        let weights = shares.gather(&used, 1)?;
        let weights = weights
            .broadcast_div(&weights.sum_keepdim(1)?)?
            .flatten_all()?;
        let mut out = x.zeros_like()?;
        for (e, expert) in self.parts.iter().enumerate() {
            let (mut rows, mut slots) = (Vec::new(), Vec::new());
            for (i, used) in chosen.iter().enumerate() {
                for (slot, id) in used.iter().enumerate() {
                    if *id as usize == e {
                        rows.push(i as u32);
                        slots.push((i * self.n_used + slot) as u32);
                    }
                }
            }
            if rows.is_empty() {
                continue;
            }
            let rows = Tensor::new(rows.as_slice(), x.device())?;
            let slots = Tensor::new(slots.as_slice(), x.device())?;
            let part = x.index_select(&rows, 0)?;
            let gate = expert.gate.forward(&part, None, false)?;
            let up = expert.up.forward(&part, None, false)?;
            let down = expert.down.forward(&gated(&gate, &up)?, None, false)?;
            let weight = weights.index_select(&slots, 0)?.unsqueeze(1)?;
            let weighed = down.broadcast_mul(&weight.to_dtype(down.dtype())?)?;
            out = out.index_add(&rows, &weighed, 0)?;
        }
        Ok(out)
    }
}
