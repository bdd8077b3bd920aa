//! ln softmax at one column per row as one operation, forward and backward.
//!
//! The logits are the largest thing a small model makes; composed of plain steps they would be walked
//! through a dozen times. On the processor this walks through them once forward and once backward; on
//! other devices the plain steps of [`super::ops`] are used.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Device, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::ops;

/// ln of the sum of exponentials of a row.
fn log_sum_exp(row: &[f32]) -> f32 {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    // Sums of four thousand terms lose digits in float32; eight lanes of float32 first, then float64.
    let sum: f64 = row
        .chunks(64)
        .map(|c| f64::from(c.iter().map(|x| (x - max).exp()).sum::<f32>()))
        .sum();
    max + sum.ln() as f32
}

fn rows<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<(&'a [f32], usize)> {
    let (_, v) = layout.shape().dims2()?;
    let CpuStorage::F32(values) = storage else {
        bail!("logits must be float32");
    };
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok((&values[from..to], v)),
        None => bail!("logits must be contiguous"),
    }
}

/// The forward operation.
struct AnswerLogps {
    targets: Vec<u32>,
}

impl CustomOp1 for AnswerLogps {
    fn name(&self) -> &'static str {
        "answer-logps"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (values, v) = rows(logits, layout)?;
        let out: Vec<f32> = values
            .par_chunks(v)
            .zip(&self.targets)
            .map(|(row, &target)| row[target as usize] - log_sum_exp(row))
            .collect();
        let n = out.len();
        Ok((CpuStorage::F32(out), n.into()))
    }

    fn bwd(&self, logits: &Tensor, _out: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let backward = Backward {
            targets: self.targets.clone(),
        };
        Ok(Some(
            logits.apply_op2_no_bwd(&grad.contiguous()?, &backward)?,
        ))
    }
}

/// The gradient: (one at the target − softmax) · gradient of the row.
struct Backward {
    targets: Vec<u32>,
}

impl CustomOp2 for Backward {
    fn name(&self) -> &'static str {
        "answer-logps-backward"
    }

    fn cpu_fwd(
        &self,
        logits: &CpuStorage,
        layout: &Layout,
        grad: &CpuStorage,
        grad_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (values, v) = rows(logits, layout)?;
        let (CpuStorage::F32(grads), Some((from, to))) = (grad, grad_layout.contiguous_offsets())
        else {
            bail!("gradients must be contiguous float32");
        };
        let grads = &grads[from..to];
        let mut out = vec![0.0f32; values.len()];
        out.par_chunks_mut(v)
            .zip(values.par_chunks(v))
            .zip(grads)
            .zip(&self.targets)
            .for_each(|(((out, row), &grad), &target)| {
                let total = log_sum_exp(row);
                for (o, x) in out.iter_mut().zip(row) {
                    *o = -grad * (x - total).exp();
                }
                out[target as usize] += grad;
            });
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }
}

/// Returns ln softmax at one column per row.
///
/// # Shapes
/// - `logits`: `n × v`; `targets`: `n` columns; returns `n`, nats.
pub(super) fn answer_logps(logits: &Tensor, targets: &[u32]) -> Result<Tensor> {
    match logits.device() {
        Device::Cpu => logits.contiguous()?.apply_op1(AnswerLogps {
            targets: targets.to_vec(),
        }),
        device => ops::log_softmax_at(logits, &Tensor::new(targets, device)?),
    }
}
