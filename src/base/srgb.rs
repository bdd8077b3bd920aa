//! The curve between sRGB values as they are stored and light.
//!
//! # Source
//! IEC 61966-2-1.

/// Returns the light of a stored value, both `0.0..=1.0`.
pub fn linear(stored: f64) -> f64 {
    if stored <= 0.040_45 {
        stored / 12.92
    } else {
        ((stored + 0.055) / 1.055).powf(2.4)
    }
}

/// Returns the light of a stored byte, `0.0..=1.0`.
pub fn linear_of_byte(stored: u8) -> f64 {
    linear(f64::from(stored) / 255.0)
}

/// Returns the stored value of light, held within `0.0..=1.0`; undoes [`linear`].
pub fn stored(light: f64) -> f64 {
    let light = light.clamp(0.0, 1.0);
    if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    }
}

/// Returns the stored byte of light.
pub fn byte(light: f64) -> u8 {
    (stored(light) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        for b in 0..=255 {
            assert_eq!(byte(linear_of_byte(b)), b);
        }
        assert_eq!((byte(-1.0), byte(2.0)), (0, 255));
    }
}
