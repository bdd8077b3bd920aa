//! Powers of positive numbers in single precision, written so that the compiler makes vectors of
//! them. Exact to about four digits, which a layout cannot tell from all: its steps carry far more
//! noise from the points they are drawn with. Not for general use.

use crate::base::simd::fma;

/// Adding and taking away this number rounds to a whole number (1.5 · 2²³).
const ROUNDER: f32 = 12_582_912.0;
/// Minimax polynomial of log2 between 1 and 2, error below 9e-5; the highest power first.
const LOG2: [f32; 5] = [
    -0.081_615_82,
    0.645_142_4,
    -2.120_675_3,
    4.070_091,
    -2.512_854_8,
];
/// Minimax polynomial of 2^x between −½ and ½, relative error below 8e-5; the highest power first.
const EXP2: [f32; 4] = [0.055_171_67, 0.242_611_13, 0.693_260_99, 0.999_928_07];

/// Returns `x^y` for `x` from 2⁻¹²⁶ on; smaller `x` counts as 2⁻¹²⁶, and the result is kept within
/// 2^±126.
#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
pub(super) fn power<const FMA: bool>(x: f32, y: f32) -> f32 {
    exp2::<FMA>(y * log2::<FMA>(x.max(f32::MIN_POSITIVE)))
}

#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
fn log2<const FMA: bool>(x: f32) -> f32 {
    let bits = x.to_bits();
    let exponent = ((bits >> 23) as i32 - 127) as f32;
    let mantissa = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000);
    polynomial::<FMA, 5>(&LOG2, mantissa) + exponent
}

#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
fn exp2<const FMA: bool>(x: f32) -> f32 {
    let x = x.clamp(-126.0, 126.0);
    let rounded = x + ROUNDER;
    let whole = rounded - ROUNDER;
    let series = polynomial::<FMA, 4>(&EXP2, x - whole);
    let exponent = rounded.to_bits().wrapping_sub(ROUNDER.to_bits());
    f32::from_bits(series.to_bits().wrapping_add(exponent << 23))
}

#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
fn polynomial<const FMA: bool, const N: usize>(factors: &[f32; N], x: f32) -> f32 {
    let mut sum = factors[0];
    for factor in &factors[1..] {
        sum = fma::<FMA>(sum, x, *factor);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_exact_to_four_digits() {
        for i in -400..400 {
            let x = (f64::from(i) * 0.1).exp2() * 1.37;
            for y in [0.79f32, -0.2, 1.0, -0.9, 0.5] {
                let wanted = x.powf(f64::from(y));
                for got in [power::<false>(x as f32, y), power::<true>(x as f32, y)] {
                    assert!((f64::from(got) / wanted - 1.0).abs() < 2e-4, "{x}^{y}");
                }
            }
        }
        assert!(power::<false>(0.0, 0.5) < 1e-18);
    }
}
