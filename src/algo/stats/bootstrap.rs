//! Intervals of a coefficient of agreement by resampling the items that were judged.
//!
//! People are fixed, items are what could have been others: a resample draws as many items with
//! replacement, each with all its judgments.

use rayon::prelude::*;

use super::intervals::Interval;
use super::kappa::{Agreement, Undefined, cohen_kappa_of};
use super::paired::quantile;
use crate::base::seed::{Random, Seed, mix};

/// Why there is a coefficient and no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoInterval {
    /// One item tells nothing of the spread.
    #[error("too few items were judged twice for an interval ({n_items})")]
    FewItems {
        /// Items with two judgments.
        n_items: usize,
    },
    /// Most resamples have no coefficient.
    #[error(
        "judgments of another kind are so rare that {n_undefined} of {n_resamples} resamples hold none; an interval would speak of the rest only"
    )]
    MostlyUndefined {
        /// Resamples without a coefficient.
        n_undefined: usize,
        /// Resamples drawn.
        n_resamples: usize,
    },
}

/// A coefficient with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrapped {
    /// The coefficient of the items as they are.
    pub agreement: Agreement,
    /// 95 % percentile interval.
    pub interval: Result<Interval, NoInterval>,
    /// Resamples without a coefficient, left out of the interval.
    pub n_undefined: usize,
}

impl Bootstrapped {
    /// Says what the interval is not, or what it leaves out of `n_resamples`.
    pub fn remark(&self, n_resamples: usize) -> Option<String> {
        match self.interval {
            Err(why) => Some(why.to_string()),
            Ok(_) if self.n_undefined > 0 => Some(format!(
                "{} of {n_resamples} resamples hold judgments of one kind only and are left out of the interval",
                self.n_undefined
            )),
            Ok(_) => None,
        }
    }
}

/// Computes a coefficient and its interval.
///
/// # Shapes
/// - `items`: what was judged; `coefficient` is computed of them and of each resample.
///
/// # Errors
/// Those of `coefficient` of the items as they are.
///
/// # Source
/// Efron and Tibshirani 1993, percentile interval. Krippendorff's own bootstrap of alpha resamples pairs
/// of judgments as if they were independent; items are drawn here, as their judgments belong together
/// (Zapf et al. 2016, "Measuring inter-rater reliability for nominal data", who find its coverage good).
/// Resamples in which the coefficient means nothing are left out, counted, and above half of all they
/// leave no interval.
///
/// # Cost
/// `n_resamples` computations; resample *r* has a stream of its own, so threads change nothing.
pub fn bootstrap_agreement<T: Copy + Sync>(
    items: &[T],
    n_resamples: usize,
    seed: Seed,
    coefficient: impl Fn(&[T]) -> Result<Agreement, Undefined> + Sync,
) -> Result<Bootstrapped, Undefined> {
    let draw = |random: &mut Random| {
        let drawn: Vec<T> = (0..items.len())
            .map(|_| items[random.below(items.len())])
            .collect();
        coefficient(&drawn)
    };
    Ok(resample(coefficient(items)?, n_resamples, seed, draw))
}

/// Computes Cohen's kappa of two people and its interval from the table of what they said, as
/// [`bootstrap_agreement`] does from the items.
///
/// # Shapes
/// - `table`: items by what the first said (rows) and the second (columns).
///
/// # Errors
/// As [`cohen_kappa_of`].
///
/// # Cost
/// `n_resamples` times a draw for each item, without a copy of them.
pub fn bootstrap_kappa<const Q: usize>(
    table: &[[usize; Q]; Q],
    n_resamples: usize,
    seed: Seed,
) -> Result<Bootstrapped, Undefined> {
    let n: usize = table.iter().flatten().sum();
    // Items of one cell are alike: which cell a draw falls into is all that counts.
    let cell_of: Vec<(usize, usize)> = (0..Q)
        .flat_map(|a| (0..Q).map(move |b| (a, b)))
        .flat_map(|(a, b)| std::iter::repeat_n((a, b), table[a][b]))
        .collect();
    let draw = |random: &mut Random| {
        let mut drawn = [[0usize; Q]; Q];
        for _ in 0..n {
            let (a, b) = cell_of[random.below(n)];
            drawn[a][b] += 1;
        }
        cohen_kappa_of(&drawn)
    };
    Ok(resample(cohen_kappa_of(table)?, n_resamples, seed, draw))
}

fn resample(
    agreement: Agreement,
    n_resamples: usize,
    seed: Seed,
    draw: impl Fn(&mut Random) -> Result<Agreement, Undefined> + Sync,
) -> Bootstrapped {
    if agreement.n_items < 2 {
        let n_items = agreement.n_items;
        return Bootstrapped {
            agreement,
            interval: Err(NoInterval::FewItems { n_items }),
            n_undefined: 0,
        };
    }
    let start = seed.stream("agreement bootstrap").next_u64();
    let mut resampled: Vec<f64> = (0..n_resamples as u64)
        .into_par_iter()
        .filter_map(|r| {
            let mut random = Random::new(mix(start ^ mix(r)));
            draw(&mut random).ok().map(|a| a.value)
        })
        .collect();
    resampled.sort_by(f64::total_cmp);
    let n_undefined = n_resamples - resampled.len();
    let ends = quantile(&resampled, 0.025).zip(quantile(&resampled, 0.975));
    let interval = match ends {
        Some((low, high)) if n_undefined * 2 <= n_resamples => Ok(Interval { low, high }),
        _ => Err(NoInterval::MostlyUndefined {
            n_undefined,
            n_resamples,
        }),
    };
    Bootstrapped {
        agreement,
        interval,
        n_undefined,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::super::kappa::tests::Golden;
    use super::super::kappa::{cohen_kappa, fleiss_kappa};
    use super::super::krippendorff::nominal_alpha;
    use super::*;

    /// 20,000 resamples against the reference's 200,000: what is left is the noise of drawing.
    #[test]
    fn agrees_with_the_reference() {
        let table = Golden::all()
            .into_iter()
            .find(|t| t.name == "Fleiss 1971")
            .unwrap();
        let want = |name: &str| {
            table
                .values
                .iter()
                .find(|(n, _)| n == name)
                .and_then(|(_, v)| *v)
                .unwrap()
        };
        let got = bootstrap_agreement(&table.counts(), 20_000, Seed(5), nominal_alpha).unwrap();
        let interval = got.interval.unwrap();
        assert!(
            (interval.low - want("alpha low")).abs() < 0.006,
            "{interval:?}"
        );
        assert!(
            (interval.high - want("alpha high")).abs() < 0.006,
            "{interval:?}"
        );
        assert_eq!(got.n_undefined, 0);
    }

    #[test]
    fn threads_change_no_byte() {
        let items = Golden::all()
            .into_iter()
            .find(|t| t.name == "Fleiss 1971")
            .unwrap()
            .counts();
        let on = |n_threads: usize, seed: u64| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .unwrap()
                .install(|| bootstrap_agreement(&items, 500, Seed(seed), fleiss_kappa).unwrap())
        };
        assert_eq!(on(1, 3), on(7, 3));
        assert_ne!(on(1, 3).interval, on(1, 4).interval);
        assert_eq!(on(1, 3).agreement, on(1, 4).agreement);
    }

    /// Of 300 pairs of people whose kappa is known about 5 % must fall outside.
    #[test]
    fn covers_as_it_says() {
        // Both copy a fair coin with probability 0.8 and toss their own else, so κ = 0.64.
        let mut n_missed = 0;
        for sample in 0..300 {
            let mut random = Seed(sample).stream("coverage");
            let pairs: Vec<(u8, u8)> = (0..100)
                .map(|_| {
                    let coin = random.below(2) as u8;
                    let mut one = || {
                        if random.next_f64() < 0.8 {
                            coin
                        } else {
                            random.below(2) as u8
                        }
                    };
                    (one(), one())
                })
                .collect();
            let got = bootstrap_agreement(&pairs, 400, Seed(sample), cohen_kappa).unwrap();
            let interval = got.interval.unwrap();
            n_missed += usize::from(!(interval.low..=interval.high).contains(&0.64));
        }
        assert!((4..=32).contains(&n_missed), "{n_missed} of 300");
    }

    #[test]
    fn no_interval_says_why() {
        let of =
            |items: &[[u32; 3]]| bootstrap_agreement(items, 1_000, Seed(1), nominal_alpha).unwrap();
        assert_eq!(
            of(&[[1, 1, 0], [1, 0, 0]]).interval,
            Err(NoInterval::FewItems { n_items: 1 })
        );
        // One item in a hundred is of another kind: a resample misses it with probability 0.37.
        let mut rare = [[0, 0, 2]; 100];
        rare[0] = [2, 0, 0];
        let got = of(&rare);
        assert!((330..400).contains(&got.n_undefined), "{got:?}");
        assert!(got.interval.is_ok());
        // Only a resample with both of two items has two kinds, and about 0.4 of them have.
        let mut lone = [[1, 0, 0]; 52];
        (lone[0], lone[1]) = ([2, 0, 0], [0, 2, 0]);
        let got = of(&lone);
        assert!((540..660).contains(&got.n_undefined), "{got:?}");
        assert_eq!(
            got.interval,
            Err(NoInterval::MostlyUndefined {
                n_undefined: got.n_undefined,
                n_resamples: 1_000
            })
        );
    }

    #[test]
    fn a_table_gives_what_its_items_give() {
        for table in [[[40, 9], [6, 45]], [[5, 0], [1, 0]], [[3, 2], [2, 3]]] {
            let items: Vec<(usize, usize)> = (0..4)
                .map(|cell| (cell / 2, cell % 2))
                .flat_map(|(a, b): (usize, usize)| std::iter::repeat_n((a, b), table[a][b]))
                .collect();
            // The same draws in the same order: equal to the last digit.
            let of_items = bootstrap_agreement(&items, 500, Seed(3), cohen_kappa);
            assert_eq!(bootstrap_kappa(&table, 500, Seed(3)), of_items);
        }
        let one_kind = bootstrap_kappa(&[[4, 0], [0, 0]], 10, Seed(1));
        assert_eq!(one_kind, Err(Undefined::OneCategory));
        assert_eq!(
            bootstrap_kappa(&[[0; 2]; 2], 10, Seed(1)),
            Err(Undefined::NoOverlap)
        );
    }
}
