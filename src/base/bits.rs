//! A set of small whole numbers as bits: which rows of many are meant.

use std::ops::Range;

use rayon::prelude::*;

/// Bits of one word.
const WORD: usize = 64;

/// Words that one thread works on at a time.
const CHUNK_WORDS: usize = 1 << 12;

/// Which of `n` rows are in the set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    n: usize,
}

impl Bits {
    /// Makes a set of `n` rows with none in it.
    pub fn none(n: usize) -> Self {
        Self {
            words: vec![0; n.div_ceil(WORD)],
            n,
        }
    }

    /// Makes a set of the rows that `holds`, asked in parallel.
    pub fn of(n: usize, holds: impl Fn(usize) -> bool + Sync) -> Self {
        let mut set = Self::none(n);
        set.words
            .par_chunks_mut(CHUNK_WORDS)
            .enumerate()
            .for_each(|(chunk, words)| {
                for (w, word) in words.iter_mut().enumerate() {
                    let first = (chunk * CHUNK_WORDS + w) * WORD;
                    for bit in 0..WORD.min(n - first) {
                        *word |= u64::from(holds(first + bit)) << bit;
                    }
                }
            });
        set
    }

    /// Returns how many rows there are, in the set or not.
    pub fn n_rows(&self) -> usize {
        self.n
    }

    /// Makes room for at least `n` rows; the new ones are not in the set.
    pub fn grow(&mut self, n: usize) {
        if n > self.n {
            self.n = n;
            self.words.resize(n.div_ceil(WORD), 0);
        }
    }

    /// Tells whether a row is in the set.
    pub fn has(&self, row: usize) -> bool {
        self.words
            .get(row / WORD)
            .is_some_and(|w| w >> (row % WORD) & 1 == 1)
    }

    /// Puts a row in.
    pub fn insert(&mut self, row: usize) {
        if row < self.n
            && let Some(word) = self.words.get_mut(row / WORD)
        {
            *word |= 1 << (row % WORD);
        }
    }

    /// Puts a run of rows in.
    pub fn insert_run(&mut self, run: Range<usize>) {
        let mut row = run.start;
        let end = run.end.min(self.n);
        while row < end {
            let Some(word) = self.words.get_mut(row / WORD) else {
                return;
            };
            let (from, left) = (row % WORD, end - row);
            let n = (WORD - from).min(left);
            *word |= (u64::MAX >> (WORD - n)) << from;
            row += n;
        }
    }

    /// Counts the rows in the set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Keeps what is in both.
    pub fn intersect(&mut self, other: &Self) {
        for (a, i) in self.words.iter_mut().zip(0..) {
            *a &= other.words.get(i).copied().unwrap_or(0);
        }
    }

    /// Adds what is in the other.
    pub fn unite(&mut self, other: &Self) {
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a |= b;
        }
    }

    /// Takes out what is in the other.
    pub fn subtract(&mut self, other: &Self) {
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a &= !b;
        }
    }

    /// Returns the rows in the set, in rising order.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(w, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = left.trailing_zeros() as usize;
                    left &= left - 1;
                    w * WORD + bit
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_agree_with_lists() {
        let n = 300;
        let thirds = Bits::of(n, |i| i % 3 == 0);
        let mut run = Bits::none(n);
        run.insert_run(60..201);
        run.insert_run(299..400);
        let list = |b: &Bits| b.rows().collect::<Vec<_>>();
        let expect = |f: &dyn Fn(usize) -> bool| (0..n).filter(|i| f(*i)).collect::<Vec<_>>();
        let in_run = |i: usize| (60..201).contains(&i) || i == 299;
        assert_eq!(list(&thirds), expect(&|i| i % 3 == 0));
        assert_eq!(list(&run), expect(&in_run));
        let mut both = thirds.clone();
        both.intersect(&run);
        assert_eq!(list(&both), expect(&|i| i % 3 == 0 && in_run(i)));
        let mut either = thirds.clone();
        either.unite(&run);
        assert_eq!(list(&either), expect(&|i| i % 3 == 0 || in_run(i)));
        let mut less = thirds.clone();
        less.subtract(&run);
        assert_eq!(list(&less), expect(&|i| i % 3 == 0 && !in_run(i)));
        assert_eq!(less.count(), list(&less).len());
        assert!(thirds.has(297) && !thirds.has(298) && !thirds.has(n));
        let mut one = Bits::none(n);
        one.insert(64);
        one.insert(n);
        assert_eq!(list(&one), [64]);
    }

    #[test]
    fn a_smaller_set_counts_as_having_none_beyond() {
        let mut a = Bits::of(200, |_| true);
        a.intersect(&Bits::of(64, |_| true));
        assert_eq!(a.count(), 64);
        assert_eq!(Bits::none(0).count(), 0);
    }
}
