//! Sparse rows and the few products the room needs. Sums run in index order, so threads change nothing.

/// One sparse vector: indices rising, values beside them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SparseRow {
    entries: Vec<(u32, f32)>,
}

impl SparseRow {
    /// Takes entries whose indices rise.
    pub(super) fn from_entries(entries: Vec<(u32, f32)>) -> Self {
        Self { entries }
    }

    /// Returns the entries.
    pub(super) fn entries(&self) -> &[(u32, f32)] {
        &self.entries
    }

    /// Scales to length 1; a zero vector stays.
    pub(super) fn normalize(&mut self) {
        let norm = self.entries.iter().map(|&(_, v)| v * v).sum::<f32>().sqrt();
        if norm > 0.0 {
            for (_, v) in &mut self.entries {
                *v /= norm;
            }
        }
    }

    /// Adds `scale` times this vector to a dense one.
    pub(super) fn add_to(&self, scale: f32, dense: &mut [f32]) {
        for &(i, v) in &self.entries {
            dense[i as usize] += scale * v;
        }
    }
}

/// Multiplies two dense vectors.
///
/// Eight partial sums in a fixed order let the compiler use vector registers.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    for (x, y) in a8.iter().zip(b8) {
        for ((s, p), q) in sums.iter_mut().zip(x).zip(y) {
            *s += p * q;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(p, q)| p * q).sum();
    sums.iter().sum::<f32>() + rest
}

/// Scales a dense vector to length 1; a (nearly) zero vector stays.
pub(super) fn normalize(v: &mut [f32]) {
    let norm = dot(v, v).sqrt();
    if norm > 1e-9 {
        for x in v.iter_mut() {
            *x /= norm;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_covers_the_rest() {
        let a: Vec<f32> = (0..19u8).map(f32::from).collect();
        assert!((dot(&a, &a) - 2109.0).abs() < 1e-3);
        let mut b = a;
        normalize(&mut b);
        assert!((dot(&b, &b) - 1.0).abs() < 1e-6);
        let mut zero = [0.0f32; 3];
        normalize(&mut zero);
        assert!(zero.iter().all(|x| x.abs() < f32::MIN_POSITIVE));
    }
}
