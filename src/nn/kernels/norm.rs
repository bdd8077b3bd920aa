//! Normalization of rows: by root mean square for decoders, by mean and variance for encoders.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::super::threads;
use super::{values, with_values};
use crate::base::simd::{Kernel, dispatch, fma};

/// Sums of eight lanes each, added up in one order.
#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
fn dot<const FMA: bool>(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 16];
    let (a16, a_rest) = a.as_chunks::<16>();
    let (b16, b_rest) = b.as_chunks::<16>();
    for (a, b) in a16.iter().zip(b16) {
        for ((s, a), b) in sums.iter_mut().zip(a).zip(b) {
            *s = fma::<FMA>(*a, *b, *s);
        }
    }
    for ((s, a), b) in sums.iter_mut().zip(a_rest).zip(b_rest) {
        *s = fma::<FMA>(*a, *b, *s);
    }
    let mut half = 8;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}

struct Dot<'a>(&'a [f32], &'a [f32]);

impl Kernel for Dot<'_> {
    type Out = f32;

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) -> f32 {
        dot::<FMA>(self.0, self.1)
    }
}

/// 1 / √(mean of squares + ε).
fn inverse_rms(x: &[f32], eps: f32) -> f32 {
    1.0 / (dispatch(Dot(x, x)) / x.len() as f32 + eps).sqrt()
}

struct RmsNorm {
    eps: f32,
}

/// Normalizes rows to a root mean square of 1 and multiplies them with a weight.
///
/// # Shapes
/// - `x`: `… × h`; `weight`: `h`.
pub(in crate::nn) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
    x.contiguous()?
        .apply_op2(&weight.contiguous()?, RmsNorm { eps: eps as f32 })
}

impl CustomOp2 for RmsNorm {
    fn name(&self) -> &'static str {
        "rms-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight) = (values(x, x_layout)?, values(weight, weight_layout)?);
        let h = weight.len();
        if h == 0 || !x.len().is_multiple_of(h) {
            bail!(
                "rows of {} numbers cannot be normalized by {h} weights",
                x.len()
            );
        }
        let mut out = vec![0.0; x.len()];
        threads::rows(&mut out, h, |i, out| {
            let row = &x[i * h..(i + 1) * h];
            let scale = inverse_rms(row, self.eps);
            for ((o, x), w) in out.iter_mut().zip(row).zip(weight) {
                *o = x * scale * w;
            }
        });
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _out: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let h = weight.elem_count();
        let (dx, dw) = with_values(x, |x| {
            with_values(weight, |w| {
                with_values(grad, |g| {
                    let mut dx = vec![0.0; x.len()];
                    threads::rows(&mut dx, h, |i, dx| {
                        let (x, g) = (&x[i * h..(i + 1) * h], &g[i * h..(i + 1) * h]);
                        let scale = inverse_rms(x, self.eps);
                        for ((d, g), w) in dx.iter_mut().zip(g).zip(w) {
                            *d = g * w;
                        }
                        // Along x itself a longer row changes nothing.
                        let along = dispatch(Dot(dx, x)) * scale * scale / h as f32;
                        for (d, x) in dx.iter_mut().zip(x) {
                            *d = scale * (*d - x * along);
                        }
                    });
                    let dw = weight.track_op().then(|| {
                        let mut dw = vec![0.0; h];
                        for (x, g) in x.chunks_exact(h).zip(g.chunks_exact(h)) {
                            let scale = inverse_rms(x, self.eps);
                            for ((d, x), g) in dw.iter_mut().zip(x).zip(g) {
                                *d += g * x * scale;
                            }
                        }
                        dw
                    });
                    (dx, dw)
                })
            })
        })???;
        let device = x.device();
        let dw = dw.map(|dw| Tensor::from_vec(dw, h, device)).transpose()?;
        Ok((Some(Tensor::from_vec(dx, x.dims(), device)?), dw))
    }
}

struct LayerNorm {
    eps: f32,
}

/// Normalizes rows to mean 0 and variance 1, multiplies and shifts them; without gradient.
///
/// # Shapes
/// - `x`: `… × h`; `weight`, `bias`: `h`.
pub(in crate::nn) fn layer_norm(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    eps: f64,
) -> Result<Tensor> {
    let op = LayerNorm { eps: eps as f32 };
    x.contiguous()?
        .apply_op3_no_bwd(&weight.contiguous()?, &bias.contiguous()?, &op)
}

struct Normalize<'a> {
    row: &'a [f32],
    weight: &'a [f32],
    bias: &'a [f32],
    eps: f32,
    out: &'a mut [f32],
}

impl Kernel for Normalize<'_> {
    type Out = ();

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let h = self.row.len() as f32;
        let mut sums = [0.0f32; 16];
        let (chunks, rest) = self.row.as_chunks::<16>();
        for chunk in chunks {
            for (s, x) in sums.iter_mut().zip(chunk) {
                *s += x;
            }
        }
        let mean = (sums.iter().sum::<f32>() + rest.iter().sum::<f32>()) / h;
        for (o, x) in self.out.iter_mut().zip(self.row) {
            *o = x - mean;
        }
        let scale = 1.0 / (dot::<FMA>(self.out, self.out) / h + self.eps).sqrt();
        for ((o, w), b) in self.out.iter_mut().zip(self.weight).zip(self.bias) {
            *o = fma::<FMA>(*o * scale, *w, *b);
        }
    }
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = values(x, x_layout)?;
        let (weight, bias) = (values(weight, weight_layout)?, values(bias, bias_layout)?);
        let h = weight.len();
        if h == 0 || bias.len() != h || !x.len().is_multiple_of(h) {
            bail!(
                "rows of {} numbers cannot be normalized by {h} weights",
                x.len()
            );
        }
        let mut out = vec![0.0; x.len()];
        threads::rows(&mut out, h, |i, out| {
            dispatch(Normalize {
                row: &x[i * h..(i + 1) * h],
                weight,
                bias,
                eps: self.eps,
                out,
            });
        });
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }
}
