//! Chooses AVX2 with fused multiply-add at run time for the hot loops of the map.
//!
//! Default x86-64 builds stop at SSE2. A hot loop is written once, in safe code that the compiler
//! can turn into vectors, as a [`Kernel`]; here it is compiled a second time for AVX2 and FMA.
//! This file holds the room's only unsafe line, and of arithmetic only what kernels share.
#![expect(
    unsafe_code,
    reason = "calling a function compiled for AVX2 is unsafe; the features are asked for first"
)]

/// A hot loop in safe code.
pub(super) trait Kernel {
    /// What the loop returns.
    type Out;

    /// Runs the loop; must be `#[inline(always)]`, so that it is compiled with the features of
    /// its caller. With `FMA`, products and sums are fused by [`fma`].
    fn run<const FMA: bool>(self) -> Self::Out;
}

/// Returns `a · b + c`, rounded once with `FMA` and twice without.
#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
pub(super) fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// Adds halves to halves, which takes fewer steps than one after the other.
#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
pub(super) fn add_up(v: [f32; 8]) -> f32 {
    let mut four = [0.0; 4];
    for (i, sum) in four.iter_mut().enumerate() {
        *sum = v[i] + v[i + 4];
    }
    (four[0] + four[2]) + (four[1] + four[3])
}

/// Runs a kernel with the widest instructions this machine has.
///
/// Results are equal on one machine; with and without AVX2 they differ by rounding.
pub(super) fn dispatch<K: Kernel>(kernel: K) -> K::Out {
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

    #[test]
    fn both_paths_agree() {
        let a: Vec<f32> = (0..100).map(|i| (i as f32 * 0.37).sin()).collect();
        let b: Vec<f32> = (0..100).map(|i| (i as f32 * 0.91).cos()).collect();
        let plain = Dot(&a, &b).run::<false>();
        assert!((dispatch(Dot(&a, &b)) - plain).abs() < 1e-4);
    }
}
