//! Cosines of unit vectors and the best few of many candidates. It builds no index: sets are small.

/// Returns the dot product of two rows of equal length.
///
/// Eight running sums, always added in one order, so that the compiler can use wide registers and
/// the result is the same on every thread.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (a_eights, a_rest) = a.as_chunks::<8>();
    let (b_eights, b_rest) = b.as_chunks::<8>();
    for (x, y) in a_eights.iter().zip(b_eights) {
        for ((sum, p), q) in sums.iter_mut().zip(x).zip(y) {
            *sum += p * q;
        }
    }
    let mut rest = 0.0;
    for (p, q) in a_rest.iter().zip(b_rest) {
        rest += p * q;
    }
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7])) + rest
}

/// The best `k` of the candidates offered: highest score first, of equal ones the smaller index.
#[derive(Clone, Debug)]
pub(super) struct Best {
    k: usize,
    /// Score and index, best first; never longer than `k`.
    held: Vec<(f32, usize)>,
}

impl Best {
    /// Starts with nothing held.
    pub(super) fn new(k: usize) -> Self {
        Self {
            k,
            held: Vec::with_capacity(k.min(64) + 1),
        }
    }

    /// Holds the candidate if it is among the best so far.
    pub(super) fn offer(&mut self, score: f32, index: usize) {
        let ahead = |&(s, i): &(f32, usize)| s > score || (s >= score && i < index);
        if self.held.len() == self.k && self.held.last().is_none_or(ahead) {
            return;
        }
        let at = self.held.partition_point(ahead);
        self.held.insert(at, (score, index));
        self.held.truncate(self.k);
    }

    /// Gives score and index of what is held, best first.
    pub(super) fn into_held(self) -> Vec<(f32, usize)> {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::seed::Seed;

    #[test]
    fn dot_adds_all_lanes_and_the_rest() {
        let a: Vec<f32> = (0..19).map(|i| i as f32).collect();
        let expected: f32 = (0..19).map(|i| (i * i) as f32).sum();
        assert!((dot(&a, &a) - expected).abs() < 1e-3);
    }

    #[test]
    fn best_equals_sorting() {
        let mut random = Seed(3).stream("best");
        for k in [0, 1, 4, 40] {
            let scores: Vec<f32> = (0..30).map(|_| random.below(8) as f32).collect();
            let mut best = Best::new(k);
            for (i, &s) in scores.iter().enumerate() {
                best.offer(s, i);
            }
            let mut sorted: Vec<(f32, usize)> = scores.iter().copied().zip(0..).collect();
            sorted.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
            sorted.truncate(k);
            assert_eq!(best.into_held(), sorted);
        }
    }
}
