//! Chooses AVX2 with fused multiply-add at run time for hot loops.
//!
//! Default x86-64 builds stop at SSE2. A hot loop is written once, in safe code that the compiler
//! can turn into vectors, as a [`Kernel`]; here it is compiled a second time for AVX2 and FMA.
//! This file holds the unsafe line, and of arithmetic only what kernels share.
#![expect(
    unsafe_code,
    reason = "calling a function compiled for AVX2 is unsafe; the features are asked for first"
)]

/// A hot loop in safe code.
pub(crate) trait Kernel {
    /// What the loop returns.
    type Out;

    /// Runs the loop; must be `#[inline(always)]`, so that it is compiled with the features of
    /// its caller. With `FMA`, products and sums are fused by [`fma`].
    fn run<const FMA: bool>(self) -> Self::Out;
}

/// Returns `a · b + c`, rounded once with `FMA` and twice without.
#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
pub(crate) fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// Adds halves to halves, which takes fewer steps than one after the other.
#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
pub(crate) fn add_up(v: [f32; 8]) -> f32 {
    let mut four = [0.0; 4];
    for (i, sum) in four.iter_mut().enumerate() {
        *sum = v[i] + v[i + 4];
    }
    (four[0] + four[2]) + (four[1] + four[3])
}

/// 1.5 · 2²³: adding and taking it away rounds to a whole number.
const ROUND: f32 = 12_582_912.0;

/// The high part of ln 2, few digits, so that its products are exact.
const LN_2_HIGH: f32 = 0.693_359_4;

/// What is left of ln 2.
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// Returns e^x to about one unit in the last place; 0 below −87 and ∞ nowhere: x is held below 88.
///
/// A polynomial without branches, so that a loop over it becomes vectors.
///
/// # Source
/// Cody and Waite's reduction by ln 2 in two parts; the polynomial is Cephes' `expf`.
#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
pub(crate) fn exp<const FMA: bool>(x: f32) -> f32 {
    let held = x.clamp(-87.0, 88.0);
    let rounded = fma::<FMA>(held, std::f32::consts::LOG2_E, ROUND);
    let n = rounded - ROUND;
    let r = fma::<FMA>(n, -LN_2_LOW, fma::<FMA>(n, -LN_2_HIGH, held));
    let mut p = 1.987_569_1e-4;
    for c in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        0.166_666_65,
        0.5,
    ] {
        p = fma::<FMA>(p, r, c);
    }
    let fraction = fma::<FMA>(p * r, r, r) + 1.0;
    // The whole number stands in the last bits of the rounded one; moved up, it is the exponent.
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(127 << 23));
    let y = fraction * power;
    if x < -87.0 { 0.0 } else { y }
}

/// Runs a kernel with the widest instructions this machine has.
///
/// Results are equal on one machine; with and without AVX2 they differ by rounding.
pub(crate) fn dispatch<K: Kernel>(kernel: K) -> K::Out {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has just said that it has both features.
        return unsafe { run_avx2(kernel) };
    }
    kernel.run::<false>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Out {
    kernel.run::<true>()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Dot<'a>(&'a [f32], &'a [f32]);

    impl Kernel for Dot<'_> {
        type Out = f32;

        #[expect(clippy::inline_always, reason = "see Kernel::run")]
        #[inline(always)]
        fn run<const FMA: bool>(self) -> f32 {
            self.0
                .iter()
                .zip(self.1)
                .fold(0.0, |sum, (a, b)| fma::<FMA>(*a, *b, sum))
        }
    }

    struct Exps<'a>(&'a mut [f32]);

    impl Kernel for Exps<'_> {
        type Out = ();

        #[expect(clippy::inline_always, reason = "see Kernel::run")]
        #[inline(always)]
        fn run<const FMA: bool>(self) {
            for x in self.0 {
                *x = exp::<FMA>(*x);
            }
        }
    }

    #[test]
    fn exponentials_equal_the_library_s() {
        let xs: Vec<f32> = (-8700..8800).map(|i| i as f32 * 0.01).collect();
        let mut fused = xs.clone();
        dispatch(Exps(&mut fused));
        let mut plain = xs.clone();
        Exps(&mut plain).run::<false>();
        for ((x, y), z) in xs.iter().zip(&fused).zip(&plain) {
            let exact = f64::from(*x).exp();
            for y in [y, z] {
                assert!(
                    (f64::from(*y) / exact - 1.0).abs() < 3e-7,
                    "{x}: {y} {exact}"
                );
            }
        }
        let mut ends = [f32::NEG_INFINITY, -200.0, 0.0];
        dispatch(Exps(&mut ends));
        assert_eq!(ends.map(f32::to_bits), [0.0f32, 0.0, 1.0].map(f32::to_bits));
    }

    #[test]
    fn both_paths_agree() {
        let a: Vec<f32> = (0..100).map(|i| (i as f32 * 0.37).sin()).collect();
        let b: Vec<f32> = (0..100).map(|i| (i as f32 * 0.91).cos()).collect();
        let plain = Dot(&a, &b).run::<false>();
        assert!((dispatch(Dot(&a, &b)) - plain).abs() < 1e-4);
    }
}
