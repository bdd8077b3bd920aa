//! The bent steps of feed-forward parts: `silu(gate) · up` for decoders, GELU for encoders.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, bail};

use super::super::threads;
use super::{values, with_values};
use crate::base::simd::{Kernel, dispatch, exp, fma};

struct SiluProduct;

/// Numbers handled at once.
const PART: usize = 4096;

struct Forward<'a> {
    gate: &'a [f32],
    up: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Out = ();

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for ((o, g), u) in self.out.iter_mut().zip(self.gate).zip(self.up) {
            *o = g / (1.0 + exp::<FMA>(-g)) * u;
        }
    }
}

/// Gradients of gate and up, in place of copies of them.
struct Backward<'a> {
    gate: &'a mut [f32],
    up: &'a mut [f32],
    grad: &'a [f32],
}

impl Kernel for Backward<'_> {
    type Out = ();

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for ((g, u), d) in self.gate.iter_mut().zip(self.up).zip(self.grad) {
            let s = 1.0 / (1.0 + exp::<FMA>(-*g));
            let silu = *g * s;
            let slope = s * (1.0 + *g * (1.0 - s));
            *g = d * *u * slope;
            *u = d * silu;
        }
    }
}

/// Returns `silu(gate) · up`.
///
/// # Shapes
/// Both and the result: equal.
pub(in crate::nn) fn silu_product(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    gate.contiguous()?.apply_op2(&up.contiguous()?, SiluProduct)
}

impl CustomOp2 for SiluProduct {
    fn name(&self) -> &'static str {
        "silu-product"
    }

    fn cpu_fwd(
        &self,
        gate: &CpuStorage,
        gate_layout: &Layout,
        up: &CpuStorage,
        up_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (gate, up) = (values(gate, gate_layout)?, values(up, up_layout)?);
        if gate.len() != up.len() {
            bail!(
                "gate and way up differ: {} and {} numbers",
                gate.len(),
                up.len()
            );
        }
        let mut out = vec![0.0; gate.len()];
        let parts: Vec<_> = out
            .chunks_mut(PART)
            .zip(gate.chunks(PART))
            .zip(up.chunks(PART))
            .map(|((out, gate), up)| Forward { gate, up, out })
            .collect();
        threads::each(parts, dispatch);
        Ok((CpuStorage::F32(out), gate_layout.shape().clone()))
    }

    fn bwd(
        &self,
        gate: &Tensor,
        up: &Tensor,
        _out: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut d_gate = with_values(gate, <[f32]>::to_vec)?;
        let mut d_up = with_values(up, <[f32]>::to_vec)?;
        with_values(grad, |grad| {
            let parts: Vec<_> = d_gate
                .chunks_mut(PART)
                .zip(d_up.chunks_mut(PART))
                .zip(grad.chunks(PART))
                .map(|((gate, up), grad)| Backward { gate, up, grad })
                .collect();
            threads::each(parts, dispatch);
        })?;
        Ok((
            Some(Tensor::from_vec(d_gate, gate.dims(), gate.device())?),
            Some(Tensor::from_vec(d_up, up.dims(), up.device())?),
        ))
    }
}

struct Gelu;

/// Returns `x · Φ(x)` with Φ the normal distribution; without gradient.
///
/// # Shapes
/// Any; returns the shape of `x`.
pub(in crate::nn) fn gelu(x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1_no_bwd(&Gelu)
}

struct GeluPart<'a> {
    x: &'a [f32],
    out: &'a mut [f32],
}

/// Coefficients of the error function, Abramowitz and Stegun 1964, 7.1.26: wrong by at most 1.5e-7.
const ERF: [f32; 5] = [
    1.061_405_4,
    -1.453_152,
    1.421_413_8,
    -0.284_496_74,
    0.254_829_6,
];

impl Kernel for GeluPart<'_> {
    type Out = ();

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (o, x) in self.out.iter_mut().zip(self.x) {
            let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
            let t = 1.0 / fma::<FMA>(0.327_591_1, z, 1.0);
            let mut p = ERF[0];
            for a in &ERF[1..] {
                p = fma::<FMA>(p, t, *a);
            }
            let tail = p * t * exp::<FMA>(-z * z);
            let erf = (1.0 - tail).copysign(*x);
            *o = 0.5 * x * (1.0 + erf);
        }
    }
}

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = values(x, layout)?;
        let mut out = vec![0.0; x.len()];
        let parts: Vec<_> = out
            .chunks_mut(PART)
            .zip(x.chunks(PART))
            .map(|(out, x)| GeluPart { x, out })
            .collect();
        threads::each(parts, dispatch);
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }
}
