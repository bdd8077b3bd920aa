//! Seeded chance: one small generator and a deck of cards.
//!
//! Every part of the corpus draws from a stream of its own (seed and label), so a longer sentence
//! bank in one language leaves the articles of the others as they were. Not for cryptography.

use std::ops::RangeInclusive;

/// A `SplitMix64` stream.
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// Starts the stream that belongs to `seed` and `label`.
    pub(crate) fn new(seed: u64, label: &str) -> Self {
        // FNV-1a: std's hasher promises no fixed result between versions.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in label.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        let mut random = Self { state: seed ^ hash };
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Draws a number under `n`, or 0 if `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// Draws a number of the range, both ends included.
    pub(crate) fn within(&mut self, range: RangeInclusive<usize>) -> usize {
        range.start() + self.below(range.end().saturating_sub(*range.start()) + 1)
    }

    /// Is true in the given share of draws.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        // 53 bits fill a double exactly.
        ((self.next() >> 11) as f64) < share * (1_u64 << 53) as f64
    }

    /// Draws one item; none of an empty slice.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Puts the items into random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// Draws `k` different numbers under `n`, in random order (all of them if `k` is larger).
    pub(crate) fn sample(&mut self, n: usize, k: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..n).collect();
        self.shuffle(&mut all);
        all.truncate(k);
        all
    }
}

/// Deals the numbers under `n`, each once, then shuffles and starts again.
///
/// Plain draws would use some sentences ten times and others never.
#[derive(Default)]
pub(crate) struct Deck {
    cards: Vec<usize>,
}

impl Deck {
    /// Deals the next number under `n`; `n` must stay the same between calls.
    pub(crate) fn deal(&mut self, n: usize, random: &mut Random) -> usize {
        if self.cards.is_empty() {
            self.cards = random.sample(n, n);
        }
        self.cards.pop().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seed_and_label_give_equal_draws() {
        let draw = |seed, label| {
            let mut random = Random::new(seed, label);
            (0..8).map(|_| random.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(42, "CN"), draw(42, "CN"));
        assert_ne!(draw(42, "CN"), draw(42, "US"));
        assert_ne!(draw(42, "CN"), draw(43, "CN"));
    }

    #[test]
    fn a_deck_deals_each_card_once_per_round() {
        let mut random = Random::new(1, "deck");
        let mut deck = Deck::default();
        let mut dealt: Vec<usize> = (0..7).map(|_| deck.deal(7, &mut random)).collect();
        dealt.sort_unstable();
        assert_eq!(dealt, (0..7).collect::<Vec<_>>());
    }
}
