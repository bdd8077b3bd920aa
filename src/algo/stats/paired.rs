//! Paired comparisons: two rates measured on the same items.
//!
//! Items of one document stand or fall together, so the unit that is resampled is the cluster and
//! never the item. It decides nothing; which comparisons are corrected together is the caller's.

use rayon::prelude::*;

use super::intervals::Interval;
use crate::base::seed::{Random, Seed, mix};

/// Resamples of the bootstrap where nobody says otherwise.
pub const N_RESAMPLES: usize = 2_000;

/// Two measurements cannot be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PairedError {
    /// There is no item.
    #[error("a paired comparison needs at least one item")]
    Empty,
    /// An item has no cluster or a cluster no item.
    #[error(
        "{n_pairs} items are said to lie in {n_clusters} clusters, one for each item is needed"
    )]
    Length {
        /// Items.
        n_pairs: usize,
        /// Clusters given.
        n_clusters: usize,
    },
    /// An item's rate is no share.
    #[error("item {item_idx} has the rate {value}, which does not lie in 0..=1")]
    Rate {
        /// Position of the item.
        item_idx: usize,
        /// The rate.
        value: f64,
    },
}

/// A paired difference of two mean rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedInterval {
    /// Second mean minus first, `-1.0..=1.0`.
    pub difference: f64,
    /// 95 % percentile interval; −1 to 1 where a single cluster or no resample tells nothing.
    pub interval: Interval,
    /// Two-sided p-value of no difference, by the share of resamples on the other side of zero; never
    /// below 2 / (resamples + 1).
    pub p_value: f64,
    /// Items compared.
    pub n_items: usize,
    /// Clusters they lie in.
    pub n_clusters: usize,
}

/// Compares two rates of the same items by resampling whole clusters.
///
/// # Shapes
/// - `pairs`: `n`, the item's first and second rate, averaged over its trials.
/// - `clusters`: `n`, the item's cluster, such as its document.
///
/// # Units
/// Rates are shares in `0.0..=1.0`.
///
/// # Errors
/// [`PairedError`] without items, with unequal lengths, or with a rate that is no share.
///
/// # Source
/// Efron and Tibshirani 1993, percentile interval; clusters drawn with replacement as in Cameron,
/// Gelbach and Miller 2008; the statistic is the ratio of sums, as resamples differ in their items.
/// Agrees with `scipy.stats.bootstrap(method="percentile")` up to the noise of resampling. The p-value
/// counts the observed sample among the resamples (Davison and Hinkley 1997), so it is never 0.
///
/// # Cost
/// `n_resamples` × clusters; resample *r* has a stream of its own, so threads do not matter, and
/// items are sorted first, so their order does not either.
pub fn bootstrap_difference<C: Copy + Ord>(
    pairs: &[[f64; 2]],
    clusters: &[C],
    n_resamples: usize,
    seed: Seed,
) -> Result<PairedInterval, PairedError> {
    if pairs.len() != clusters.len() {
        return Err(PairedError::Length {
            n_pairs: pairs.len(),
            n_clusters: clusters.len(),
        });
    }
    if pairs.is_empty() {
        return Err(PairedError::Empty);
    }
    for (item_idx, pair) in pairs.iter().enumerate() {
        for &value in pair {
            if !(0.0..=1.0).contains(&value) {
                return Err(PairedError::Rate { item_idx, value });
            }
        }
    }
    let sums = cluster_sums(pairs, clusters);
    let total = sums.iter().fold(Sum::default(), |all, one| all.plus(*one));
    let difference = total.mean();
    let n_clusters = sums.len();
    let mut resampled: Vec<f64> = if n_clusters < 2 {
        Vec::new()
    } else {
        let start = seed.stream("paired bootstrap").next_u64();
        (0..n_resamples as u64)
            .into_par_iter()
            .map(|r| {
                let mut random = Random::new(mix(start ^ mix(r)));
                (0..n_clusters)
                    .fold(Sum::default(), |all, _| {
                        all.plus(sums[random.below(n_clusters)])
                    })
                    .mean()
            })
            .collect()
    };
    resampled.sort_by(f64::total_cmp);
    let interval = match (quantile(&resampled, 0.025), quantile(&resampled, 0.975)) {
        (Some(low), Some(high)) => Interval { low, high },
        _ => Interval {
            low: -1.0,
            high: 1.0,
        },
    };
    let at_most_zero = resampled.iter().filter(|&&d| d <= 0.0).count();
    let at_least_zero = resampled.iter().filter(|&&d| d >= 0.0).count();
    let n_other_side = at_most_zero.min(at_least_zero);
    let p_value = 2.0 * (n_other_side + 1) as f64 / (resampled.len() + 1) as f64;
    Ok(PairedInterval {
        difference,
        interval,
        p_value: p_value.min(1.0),
        n_items: pairs.len(),
        n_clusters,
    })
}

/// Differences of some items, summed.
#[derive(Clone, Copy, Default)]
struct Sum {
    difference: f64,
    n_items: f64,
}

impl Sum {
    fn plus(self, other: Self) -> Self {
        Self {
            difference: self.difference + other.difference,
            n_items: self.n_items + other.n_items,
        }
    }

    fn mean(self) -> f64 {
        self.difference / self.n_items
    }
}

/// Sums differences per cluster, clusters in rising order.
fn cluster_sums<C: Copy + Ord>(pairs: &[[f64; 2]], clusters: &[C]) -> Vec<Sum> {
    let mut keyed: Vec<(C, f64)> = pairs
        .iter()
        .zip(clusters)
        .map(|([first, second], &cluster)| (cluster, second - first))
        .collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    keyed
        .chunk_by(|a, b| a.0 == b.0)
        .map(|items| Sum {
            difference: items.iter().map(|i| i.1).sum(),
            n_items: items.len() as f64,
        })
        .collect()
}

/// Returns a quantile of sorted values between its two neighbors, as numpy's default does.
pub(super) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64))
}

/// Returns the exact two-sided p-value of the items that only one of two models has right.
///
/// Without such items there is nothing to tell the two apart by, and it is 1.
///
/// # Source
/// `McNemar` 1947 with the exact binomial law: twice the lower tail of Bin(n, ½), at most 1; equals
/// `statsmodels` 0.15 `mcnemar(exact=True)`. The largest term of the tail is computed by Loader 2000
/// ("Fast and accurate computation of binomial probabilities"), the others by their ratios, so that
/// billions of items lose no more than a few digits.
///
/// # Cost
/// At most `min(n_only_first, n_only_second)` steps, about ten standard deviations in practice.
pub fn mcnemar_exact(n_only_first: u64, n_only_second: u64) -> f64 {
    let n_less = n_only_first.min(n_only_second);
    if n_only_first == n_only_second {
        return 1.0;
    }
    let n = n_only_first + n_only_second;
    let (mut term, mut tail) = (1.0, 1.0);
    for k in (1..=n_less).rev() {
        term *= k as f64 / (n - k + 1) as f64;
        tail += term;
        if term < tail * f64::EPSILON * 0.01 {
            break;
        }
    }
    (std::f64::consts::LN_2 + ln_half_binomial(n_less, n) + tail.ln())
        .exp()
        .min(1.0)
}

/// ln P(X = k) of Bin(n, ½).
fn ln_half_binomial(k: u64, n: u64) -> f64 {
    let (k, n) = (k as f64, n as f64);
    let rest = n - k;
    if k == 0.0 || rest == 0.0 {
        return -n * std::f64::consts::LN_2;
    }
    let half = n / 2.0;
    stirling_rest(n)
        - stirling_rest(k)
        - stirling_rest(rest)
        - deviance(k, half)
        - deviance(rest, half)
        - 0.5 * (std::f64::consts::TAU * k * (rest / n)).ln()
}

/// What Stirling's formula lacks: ln n! − ln(√(2πn) (n/e)ⁿ).
fn stirling_rest(n: f64) -> f64 {
    // From here on the first term left out is below 10⁻¹⁶.
    const SERIES_FROM: f64 = 16.0;
    if n < SERIES_FROM {
        let ln_factorial: f64 = (2..=n as u32).map(|i| f64::from(i).ln()).sum();
        return ln_factorial - (0.5 * (std::f64::consts::TAU * n).ln() + n * n.ln() - n);
    }
    let n2 = n * n;
    (1.0 / 12.0
        - (1.0 / 360.0
            - (1.0 / 1260.0 - (1.0 / 1680.0 - (1.0 / 1188.0 - 691.0 / 360_360.0 / n2) / n2) / n2)
                / n2)
            / n2)
        / n
}

/// x ln(x / m) + m − x without loss where the two are near.
fn deviance(x: f64, m: f64) -> f64 {
    let v = (x - m) / (x + m);
    if v.abs() >= 0.1 {
        return x * (x / m).ln() + m - x;
    }
    let mut sum = (x - m) * v;
    let mut power = 2.0 * x * v;
    let mut odd = 1.0;
    // v² < 0.01, so that each step adds two digits and ten steps are all there are.
    for _ in 0..10 {
        power *= v * v;
        odd += 2.0;
        sum += power / odd;
    }
    sum
}

/// Normal quantiles of a two-sided test at 5 % and of 80 % power, added: 1.960 + 0.842.
const DETECTABLE: f64 = 2.80;

/// Returns the smallest paired difference that `n` items can show with 80 % power.
///
/// # Units
/// `p10` is the share of items that only the first model has right, `p01` that of the second; the
/// answer is a share too, and 1 at most.
///
/// # Source
/// 2.80 · √(p10 + p01) / √n, the normal approximation to `McNemar`'s test (Miettinen 1968); `None`
/// without items.
pub fn detectable_difference(p10: f64, p01: f64, n: usize) -> Option<f64> {
    (n > 0).then(|| (DETECTABLE * (p10 + p01).max(0.0).sqrt() / (n as f64).sqrt()).min(1.0))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::algo::stats::intervals::{Z_95, wilson};

    const GOLDEN: &str = include_str!("../../../tests/golden/stats/stats.tsv");

    /// Rows of one kind, as numbers.
    fn golden(kind: &str) -> Vec<Vec<f64>> {
        let rows: Vec<Vec<f64>> = GOLDEN
            .lines()
            .filter_map(|line| line.strip_prefix(kind)?.strip_prefix('\t'))
            .map(|rest| {
                rest.split(['\t', ' '])
                    .map(|v| v.parse().unwrap())
                    .collect()
            })
            .collect();
        assert!(!rows.is_empty(), "{kind}");
        rows
    }

    fn example() -> (Vec<[f64; 2]>, Vec<i64>) {
        let one = |kind: &str| golden(kind).remove(0);
        let pairs = one("first")
            .into_iter()
            .zip(one("second"))
            .map(|(a, b)| [a, b])
            .collect();
        (
            pairs,
            one("cluster").into_iter().map(|c| c as i64).collect(),
        )
    }

    #[test]
    fn mcnemar_equals_the_reference() {
        for row in golden("mcnemar") {
            let got = mcnemar_exact(row[0] as u64, row[1] as u64);
            assert!((got - row[2]).abs() <= 1e-8 * row[2], "{row:?} {got}");
        }
    }

    #[test]
    fn mcnemar_of_the_full_range_is_a_probability() {
        for (a, b) in [(0, 1_000_000), (1, 1_000_000), (u64::MAX / 4, u64::MAX / 4)] {
            assert!((0.0..=1.0).contains(&mcnemar_exact(a, b)), "{a} {b}");
        }
    }

    #[test]
    fn bootstrap_agrees_with_the_reference() {
        let (pairs, clusters) = example();
        let want = golden("bootstrap").remove(0);
        let got = bootstrap_difference(&pairs, &clusters, 40_000, Seed(1)).unwrap();
        assert!((got.difference - want[0]).abs() < 1e-12, "{got:?}");
        // The noise of 40,000 resamples at these quantiles is about 0.0003.
        assert!((got.interval.low - want[1]).abs() < 0.0015, "{got:?}");
        assert!((got.interval.high - want[2]).abs() < 0.0015, "{got:?}");
        assert!((got.p_value - want[3]).abs() < 0.01, "{got:?}");
        assert_eq!((got.n_items, got.n_clusters), (clusters.len(), 60));
    }

    /// Resampling items instead of documents would give a narrower interval than scipy's.
    #[test]
    fn documents_are_what_is_resampled() {
        let (pairs, clusters) = example();
        let alone: Vec<usize> = (0..clusters.len()).collect();
        let by_doc = bootstrap_difference(&pairs, &clusters, 4_000, Seed(1)).unwrap();
        let by_item = bootstrap_difference(&pairs, &alone, 4_000, Seed(1)).unwrap();
        assert!(by_doc.interval.half_width() > 1.05 * by_item.interval.half_width());
    }

    #[test]
    fn threads_and_order_change_no_byte() {
        let (mut pairs, mut clusters) = example();
        let on = |n_threads: usize, pairs: &[[f64; 2]], clusters: &[i64]| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .unwrap()
                .install(|| bootstrap_difference(pairs, clusters, N_RESAMPLES, Seed(9)).unwrap())
        };
        let one = on(1, &pairs, &clusters);
        assert_eq!(one, on(7, &pairs, &clusters));
        pairs.reverse();
        clusters.reverse();
        assert_eq!(one, on(3, &pairs, &clusters));
        let other = bootstrap_difference(&pairs, &clusters, N_RESAMPLES, Seed(10)).unwrap();
        assert_ne!(other.interval, one.interval);
        assert_eq!(other.difference.to_bits(), one.difference.to_bits());
    }

    #[test]
    fn bad_input_is_refused() {
        let run = |pairs: &[[f64; 2]], clusters: &[u8]| {
            bootstrap_difference(pairs, clusters, 10, Seed(1)).unwrap_err()
        };
        assert_eq!(run(&[], &[]), PairedError::Empty);
        assert_eq!(
            run(&[[0.0, 1.0]], &[]),
            PairedError::Length {
                n_pairs: 1,
                n_clusters: 0
            }
        );
        assert!(matches!(
            run(&[[0.0, 1.0], [0.5, f64::NAN]], &[1, 1]),
            PairedError::Rate { item_idx: 1, .. }
        ));
    }

    #[test]
    fn one_document_tells_nothing_of_the_spread() {
        let got = bootstrap_difference(&[[0.0, 1.0], [0.0, 1.0]], &[4, 4], 100, Seed(1)).unwrap();
        assert!(got.difference >= 1.0 && got.p_value >= 1.0);
        assert!(got.interval.low <= -1.0 && got.interval.high >= 1.0);
    }

    /// Of 300 samples without a difference about 5 % must be called different.
    #[test]
    fn interval_covers_as_it_says() {
        let mut n_missed = 0;
        for sample in 0..300 {
            let mut random = Seed(sample).stream("coverage");
            let (mut pairs, mut clusters) = (Vec::new(), Vec::new());
            for cluster in 0..80 {
                for _ in 0..=random.below(4) {
                    let mut rate = || random.below(4) as f64 / 3.0;
                    pairs.push([rate(), rate()]);
                    clusters.push(cluster);
                }
            }
            let got = bootstrap_difference(&pairs, &clusters, 400, Seed(sample)).unwrap();
            n_missed += usize::from(got.interval.low > 0.0 || got.interval.high < 0.0);
        }
        assert!((5..=30).contains(&n_missed), "{n_missed} of 300");
    }

    #[test]
    fn detectable_is_the_formula() {
        let got = detectable_difference(0.055, 0.125, 943).unwrap();
        assert!((got - 2.80 * 0.18f64.sqrt() / 943f64.sqrt()).abs() < 1e-15);
        assert!((got - 0.038_685).abs() < 1e-5);
        assert_eq!(detectable_difference(0.1, 0.1, 0), None);
    }

    #[test]
    fn wilson_equals_the_reference() {
        for row in golden("wilson") {
            let got = wilson(row[0] as u64, row[1] as u64, Z_95).unwrap();
            assert!((got.low - row[2]).abs() < 1e-12 && (got.high - row[3]).abs() < 1e-12);
        }
    }

    proptest! {
        /// The two models are exchangeable.
        #[test]
        fn swapping_turns_the_sign(
            items in proptest::collection::vec((0u8..=3, 0u8..=3, 0u8..9), 1..60),
            seed: u64,
        ) {
            let share = |n: u8| f64::from(n) / 3.0;
            let pairs: Vec<[f64; 2]> = items.iter().map(|i| [share(i.0), share(i.1)]).collect();
            let swapped: Vec<[f64; 2]> = pairs.iter().map(|p| [p[1], p[0]]).collect();
            let clusters: Vec<u8> = items.iter().map(|i| i.2).collect();
            let one = bootstrap_difference(&pairs, &clusters, 200, Seed(seed)).unwrap();
            let two = bootstrap_difference(&swapped, &clusters, 200, Seed(seed)).unwrap();
            prop_assert!((one.difference + two.difference).abs() < 1e-12);
            prop_assert!((one.interval.low + two.interval.high).abs() < 1e-12);
            prop_assert!((0.0..=1.0).contains(&one.p_value));
            prop_assert!(one.interval.low >= -1.0 && one.interval.high <= 1.0);
        }

        /// More lopsided counts of the same sum are less likely.
        #[test]
        fn mcnemar_falls_with_the_gap(n in 2u64..3000, share in 0.0..0.49f64) {
            let less = (n as f64 * share) as u64;
            let p = mcnemar_exact(less, n - less);
            prop_assert!((p - mcnemar_exact(n - less, less)).abs() < f64::EPSILON);
            prop_assert!(less == 0 || mcnemar_exact(less - 1, n - less + 1) < p || p == 0.0);
        }
    }
}
