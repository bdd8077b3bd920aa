//! Powers of positive numbers in single precision, written so that the compiler makes vectors of
//! them. Exact to about six digits, which a layout cannot tell from all; not for general use.

use super::super::simd::fma;

/// Adding and taking away this number rounds to a whole number (1.5 · 2²³).
const ROUNDER: f32 = 12_582_912.0;

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
    // The mantissa is brought between √½ and √2, where the series below converges fast.
    let bits = x.to_bits() as i32;
    let shifted = bits.wrapping_sub(0x3f35_04f3);
    let exponent = (shifted >> 23) as f32;
    let mantissa = f32::from_bits((bits.wrapping_sub(shifted & !0x007f_ffff)) as u32);
    // log2(m) = 2/ln 2 · artanh t, with t = (m − 1)/(m + 1).
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let t2 = t * t;
    let mut series = fma::<FMA>(t2, 2.0 / 7.0, 2.0 / 5.0);
    series = fma::<FMA>(series, t2, 2.0 / 3.0);
    series = fma::<FMA>(series, t2, 2.0);
    fma::<FMA>(series * t, std::f32::consts::LOG2_E, exponent)
}

#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
fn exp2<const FMA: bool>(x: f32) -> f32 {
    let x = x.clamp(-126.0, 126.0);
    let rounded = x + ROUNDER;
    let whole = rounded - ROUNDER;
    // Taylor's series in ln 2 · f, with f between −½ and ½.
    let f = (x - whole) * std::f32::consts::LN_2;
    let mut series = fma::<FMA>(f, 1.0 / 720.0, 1.0 / 120.0);
    series = fma::<FMA>(series, f, 1.0 / 24.0);
    series = fma::<FMA>(series, f, 1.0 / 6.0);
    series = fma::<FMA>(series, f, 0.5);
    series = fma::<FMA>(series, f, 1.0);
    series = fma::<FMA>(series, f, 1.0);
    let exponent = rounded.to_bits().wrapping_sub(ROUNDER.to_bits());
    f32::from_bits(series.to_bits().wrapping_add(exponent << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_exact_to_six_digits() {
        for i in -400..400 {
            let x = (f64::from(i) * 0.1).exp2() * 1.37;
            for y in [0.79f32, -0.2, 1.0, -0.9, 0.5] {
                let wanted = x.powf(f64::from(y));
                for got in [power::<false>(x as f32, y), power::<true>(x as f32, y)] {
                    assert!((f64::from(got) / wanted - 1.0).abs() < 4e-6, "{x}^{y}");
                }
            }
        }
        assert!(power::<false>(0.0, 0.5) < 1e-18);
    }
}
