//! Turning halves, or neighbors, of heads by their position's angle.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::super::threads;
use super::{values, with_values};

/// Which numbers of a head turn together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::nn) enum Pairing {
    /// The i-th with the i-th of the other half: folders in Hugging Face layout.
    Halves,
    /// Neighbors: GGUF files of the Llama family.
    Neighbors,
}

/// Cosines and sines of every row's position.
pub(in crate::nn) struct Angles {
    /// `n × d/2`, row-major.
    pub cos: Vec<f32>,
    /// `n × d/2`, row-major.
    pub sin: Vec<f32>,
    /// d/2.
    pub half: usize,
    /// Which numbers turn together.
    pub pairing: Pairing,
}

struct Rotary {
    angles: Arc<Angles>,
}

/// Turns every head of every row by the row's angles.
///
/// # Shapes
/// - `x`: `n × (heads · d)`; returns the same.
pub(in crate::nn) fn rotary(x: &Tensor, angles: &Arc<Angles>) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Rotary {
        angles: Arc::clone(angles),
    })
}

/// Turns by the angles times `sign`.
fn turn(x: &[f32], a: &Angles, width: usize, sign: f32) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    threads::rows(&mut out, width, |i, out| {
        let row = &x[i * width..(i + 1) * width];
        let (cos, sin) = (
            &a.cos[i * a.half..(i + 1) * a.half],
            &a.sin[i * a.half..(i + 1) * a.half],
        );
        for (out, head) in out
            .chunks_exact_mut(2 * a.half)
            .zip(row.chunks_exact(2 * a.half))
        {
            let angles = cos.iter().zip(sin).map(|(c, s)| (*c, sign * s));
            match a.pairing {
                Pairing::Halves => {
                    let (left, right) = head.split_at(a.half);
                    let (out_left, out_right) = out.split_at_mut(a.half);
                    let places = out_left.iter_mut().zip(out_right);
                    for (((l, r), (x, y)), (c, s)) in places.zip(left.iter().zip(right)).zip(angles)
                    {
                        *l = x * c - y * s;
                        *r = y * c + x * s;
                    }
                }
                Pairing::Neighbors => {
                    let (places, _) = out.as_chunks_mut::<2>();
                    let (pairs, _) = head.as_chunks::<2>();
                    for ((out, [x, y]), (c, s)) in places.iter_mut().zip(pairs).zip(angles) {
                        *out = [x * c - y * s, y * c + x * s];
                    }
                }
            }
        }
    });
    out
}

impl CustomOp1 for Rotary {
    fn name(&self) -> &'static str {
        "rotary"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n, width) = layout.shape().dims2()?;
        let a = &*self.angles;
        if n * a.half != a.cos.len() || !width.is_multiple_of(2 * a.half.max(1)) {
            bail!("{n} rows of {width} numbers do not fit the angles");
        }
        let out = turn(values(x, layout)?, a, width, 1.0);
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _out: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let width = x.dim(1)?;
        // A turn's gradient is turned back.
        let dx = with_values(grad, |g| turn(g, &self.angles, width, -1.0))?;
        Ok(Some(Tensor::from_vec(dx, x.dims(), x.device())?))
    }
}
