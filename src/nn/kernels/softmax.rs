//! A row of exponentials over its greatest number, and their sum.

use crate::base::simd::{Kernel, exp};

/// Turns a row into exponentials over its greatest number; returns the greatest and the sum.
pub(super) struct Exponentials<'a>(pub &'a mut [f32]);

impl Kernel for Exponentials<'_> {
    type Out = (f32, f64);

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) -> (f32, f64) {
        let mut lanes = [f32::NEG_INFINITY; 16];
        let (chunks, rest) = self.0.as_chunks::<16>();
        for chunk in chunks {
            for (l, x) in lanes.iter_mut().zip(chunk) {
                *l = if *x > *l { *x } else { *l };
            }
        }
        let max = lanes
            .iter()
            .chain(rest)
            .copied()
            .fold(f32::NEG_INFINITY, f32::max);
        // A hundred and fifty thousand terms lose digits in float32: lanes over a stretch, then float64.
        let mut total = 0.0f64;
        for stretch in self.0.chunks_mut(1024) {
            let mut sums = [0.0f32; 16];
            let (chunks, rest) = stretch.as_chunks_mut::<16>();
            for chunk in chunks {
                for (s, x) in sums.iter_mut().zip(chunk) {
                    *x = exp::<FMA>(*x - max);
                    *s += *x;
                }
            }
            for (s, x) in sums.iter_mut().zip(rest) {
                *x = exp::<FMA>(*x - max);
                *s += *x;
            }
            total += sums.iter().map(|s| f64::from(*s)).sum::<f64>();
        }
        (max, total)
    }
}
