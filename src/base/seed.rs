//! Seeds and random streams: equal seeds and labels give equal numbers on every machine and thread count.
//!
//! There is no global randomness in this program; who needs a stream derives one by a label.

/// The seed of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// Derives the stream named `label`; streams of different labels are independent.
    pub fn stream(self, label: &str) -> Random {
        // FNV-1a over the label, mixed with the seed by SplitMix64's finalizer.
        let mut h: u64 = 0xcbf2_9ce4_8422_2325;
        for b in label.bytes() {
            h = (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Random::new(mix(h ^ mix(self.0)))
    }
}

/// `SplitMix64`'s finalizer: spreads every input bit over the whole word.
pub fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A `SplitMix64` stream.
///
/// # Source
/// Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// Starts a stream at `state`.
    pub fn new(state: u64) -> Self {
        Self { state }
    }

    /// Returns the next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let out = mix(self.state);
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        out
    }

    /// Returns a number in `0.0..1.0`.
    pub fn next_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Returns an index below `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        // The multiply-shift reduction; its bias is below 2⁻³² for every n met here.
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }

    /// Returns a standard normal number (Box and Muller 1958).
    pub fn next_normal(&mut self) -> f64 {
        let u = 1.0 - self.next_f64();
        let v = self.next_f64();
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Shuffles `items` in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i + 1);
            items.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ_by_label() {
        let a: Vec<u64> = (0..4)
            .scan(Seed(7).stream("a"), |r, _| Some(r.next_u64()))
            .collect();
        let again: Vec<u64> = (0..4)
            .scan(Seed(7).stream("a"), |r, _| Some(r.next_u64()))
            .collect();
        let b: Vec<u64> = (0..4)
            .scan(Seed(7).stream("b"), |r, _| Some(r.next_u64()))
            .collect();
        assert_eq!(a, again);
        assert_ne!(a, b);
    }

    #[test]
    fn below_stays_below() {
        let mut r = Seed(1).stream("x");
        assert!((0..1000).all(|_| r.below(7) < 7));
        assert_eq!(r.below(0), 0);
    }
}
