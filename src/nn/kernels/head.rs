//! Log-probabilities of given tokens from hidden states, without keeping the logits.
//!
//! The logits are the largest thing a network makes. Here a few rows' are computed at a time. Where a
//! gradient will be asked for, the same pass computes how each log-probability changes with its hidden
//! state, which is one row of the network's width, so that backward nothing is computed again.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::super::threads;
use super::product::Panels;
use super::softmax::Exponentials;
use super::{values, with_values};
use crate::base::lock::hold;
use crate::base::simd::dispatch;

/// Bytes of logits held at a time.
const LOGIT_BYTES: usize = 32 << 20;

/// Fewest and most rows of logits held at a time.
const ROWS: (usize, usize) = (12, 192);

struct AnswerHead {
    matrix: Arc<Panels>,
    targets: Vec<u32>,
    with_gradient: bool,
    /// d log-probability / d hidden state, `n × h`.
    slopes: Mutex<Option<Vec<f32>>>,
}

/// Returns ln softmax of `hidden · matrix` at one column per row.
///
/// # Shapes
/// - `hidden`: `n × h`; `targets`: `n` columns; returns `n`, nats.
pub(in crate::nn) fn answer_logps(
    hidden: &Tensor,
    matrix: &Arc<Panels>,
    targets: &[u32],
) -> Result<Tensor> {
    let op = AnswerHead {
        matrix: Arc::clone(matrix),
        targets: targets.to_vec(),
        with_gradient: hidden.track_op(),
        slopes: Mutex::new(None),
    };
    hidden.contiguous()?.apply_op1(op)
}

impl CustomOp1 for AnswerHead {
    fn name(&self) -> &'static str {
        "answer-head"
    }

    fn cpu_fwd(&self, hidden: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n, h) = layout.shape().dims2()?;
        let (vocab, depth) = self.matrix.sizes();
        if h != depth || n != self.targets.len() {
            bail!("{n} rows of {h} numbers do not fit an output matrix of {depth} × {vocab}");
        }
        if self.targets.iter().any(|t| *t as usize >= vocab) {
            bail!("a token lies outside the vocabulary of {vocab}");
        }
        let hidden = values(hidden, layout)?;
        let rows_at_once = (LOGIT_BYTES / (4 * vocab)).clamp(ROWS.0, ROWS.1);
        let mut out = Vec::with_capacity(n);
        let mut slopes = Vec::new();
        for (part, targets) in hidden
            .chunks(rows_at_once * h)
            .zip(self.targets.chunks(rows_at_once))
        {
            let mut logits = self.matrix.product(part)?;
            let of_targets: Vec<f32> = logits
                .chunks_exact(vocab)
                .zip(targets)
                .map(|(row, t)| row[*t as usize])
                .collect();
            let sums = Mutex::new(vec![(0.0f32, 0.0f64); targets.len()]);
            threads::rows(&mut logits, vocab, |i, row| {
                let (max, sum) = dispatch(Exponentials(row));
                if self.with_gradient {
                    // One at the target less the softmax.
                    let scale = -(1.0 / sum) as f32;
                    for x in row.iter_mut() {
                        *x *= scale;
                    }
                    row[targets[i] as usize] += 1.0;
                }
                hold(&sums)[i] = (max, sum);
            });
            let sums = sums.into_inner().unwrap_or_else(PoisonError::into_inner);
            out.extend(
                of_targets
                    .iter()
                    .zip(&sums)
                    .map(|(x, (max, sum))| (f64::from(x - max) - sum.ln()) as f32),
            );
            if self.with_gradient {
                slopes.extend(self.matrix.turned_product(&logits)?);
            }
        }
        if self.with_gradient {
            *hold(&self.slopes) = Some(slopes);
        }
        Ok((CpuStorage::F32(out), n.into()))
    }

    fn bwd(&self, hidden: &Tensor, _out: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let h = hidden.dim(1)?;
        let slopes = hold(&self.slopes);
        let Some(slopes) = slopes.as_ref() else {
            bail!("the head kept nothing for a gradient");
        };
        let dx = with_values(grad, |grad| {
            let mut dx = vec![0.0; slopes.len()];
            threads::rows(&mut dx, h, |i, dx| {
                for (d, s) in dx.iter_mut().zip(&slopes[i * h..(i + 1) * h]) {
                    *d = s * grad[i];
                }
            });
            dx
        })?;
        Ok(Some(Tensor::from_vec(dx, hidden.dims(), hidden.device())?))
    }
}
