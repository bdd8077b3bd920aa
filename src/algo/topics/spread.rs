//! How evenly a topic is spread over nations, and whether chance alone would spread it so unevenly.
//!
//! It counts documents; statements and their content are not looked at.

use rayon::prelude::*;

use crate::algo::stats::adjust::benjamini_hochberg;
use crate::base::observe::{Cancelled, Observe};
use crate::base::seed::Seed;

/// How a topic is spread over `K` nations.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// `q_n`: each nation's share, corrected for the size of its corpus; sums to 1, all 0 if the topic
    /// is empty.
    pub shares: Vec<f64>,
    /// H(q)/ln K: 0 for one nation, 1 for all alike.
    pub entropy: f64,
    /// Jensen-Shannon divergence between the nations, in nats.
    pub divergence_nats: f64,
}

/// Measures the spread of a topic.
///
/// # Shapes
/// - `n_in_topic`: documents of the topic by nation; `n_in_all`: documents of the corpus by nation, in
///   the same order. Nations without documents take no part.
///
/// # Source
/// q and H as in the specification, section 5. The divergence is the generalized one (Lin 1991, equal
/// weights) of the nations' distributions over *in the topic / not in it*: the information, in nats,
/// that a document's topic holds about its nation. It is 0 where every nation has the same share of
/// its documents in the topic, and at most the smaller of ln K and ln 2. Unlike the entropy it weighs
/// the topic's size: a handful of documents cannot divide nations far.
pub fn spread(n_in_topic: &[usize], n_in_all: &[usize]) -> Spread {
    let rates: Vec<Option<f64>> = n_in_all
        .iter()
        .enumerate()
        .map(|(k, &n)| (n > 0).then(|| n_in_topic.get(k).copied().unwrap_or(0) as f64 / n as f64))
        .collect();
    let sum: f64 = rates.iter().flatten().sum();
    let shares: Vec<f64> = rates
        .iter()
        .map(|rate| {
            if sum > 0.0 {
                rate.unwrap_or(0.0) / sum
            } else {
                0.0
            }
        })
        .collect();
    let n_nations = rates.iter().flatten().count();
    let entropy = if n_nations > 1 {
        (shares.iter().map(|&q| plogp(q)).sum::<f64>() / (n_nations as f64).ln()).clamp(0.0, 1.0)
    } else {
        0.0
    };
    Spread {
        shares,
        entropy,
        divergence_nats: divergence(&rates),
    }
}

/// Returns −p ln p, 0 at 0.
fn plogp(p: f64) -> f64 {
    if p > 0.0 { -p * p.ln() } else { 0.0 }
}

/// The divergence of two-way distributions with the given first shares, each of equal weight.
fn divergence(rates: &[Option<f64>]) -> f64 {
    let n = rates.iter().flatten().count();
    if n == 0 {
        return 0.0;
    }
    let two_way = |p: f64| plogp(p) + plogp(1.0 - p);
    let mean = rates.iter().flatten().sum::<f64>() / n as f64;
    let within = rates.iter().flatten().map(|&p| two_way(p)).sum::<f64>() / n as f64;
    (two_way(mean) - within).max(0.0)
}

/// A document as the permutation test sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpreadDoc {
    /// Its topic, none for outliers.
    pub topic: Option<usize>,
    /// Its nation, an index.
    pub nation: usize,
    /// Its stratum, any number: source × month by the specification. Nations change places only
    /// inside a stratum.
    pub stratum: u64,
}

/// How the permutation test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermutationSettings {
    /// Permutations; the smallest p-value is 1/(1 + this).
    pub n_permutations: usize,
    /// Seed of the permutations.
    pub seed: Seed,
}

impl Default for PermutationSettings {
    fn default() -> Self {
        Self {
            n_permutations: 999,
            seed: Seed(42),
        }
    }
}

/// What the permutation test says of one topic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpreadTest {
    /// Share of permutations (the observed order counted) that divide nations at least as far.
    pub p_value: f64,
    /// The same after Benjamini-Hochberg over all tested topics.
    pub p_adjusted: f64,
}

/// Permutations done between two looks at a cancel.
const CHUNK_PERMUTATIONS: usize = 16;

/// Room for rounding when two divergences are compared: equal counts must count as equal.
const TIE_NATS: f64 = 1e-12;

/// Tests every topic's divergence by permuting nations within strata.
///
/// # Shapes
/// - returns: one entry per topic below `n_topics`. `None` where the test can say nothing: none of
///   the topic's documents lies in a stratum that holds more than one nation (with one nation per
///   source, strata by source never do; the screen must say that source and nation coincide).
///
/// # Errors
/// [`Cancelled`] if the observer asks for it.
///
/// # Source
/// Permutation test with the observed order counted (Phipson and Smyth 2010); Benjamini and Hochberg
/// 1995 over the tested topics. Permutation `i` draws from its own stream, so that the thread count
/// changes nothing.
pub fn test_spread(
    docs: &[SpreadDoc],
    n_topics: usize,
    n_nations: usize,
    settings: PermutationSettings,
    observe: &dyn Observe,
) -> Result<Vec<Option<SpreadTest>>, Cancelled> {
    observe.phase("permutations");
    let strata = mixed_strata(docs);
    let mut testable = vec![false; n_topics];
    for &i in strata.iter().flatten() {
        if let Some(flag) = docs[i].topic.and_then(|t| testable.get_mut(t)) {
            *flag = true;
        }
    }
    let mut n_in_all = vec![0usize; n_nations];
    for doc in docs {
        if let Some(n) = n_in_all.get_mut(doc.nation) {
            *n += 1;
        }
    }
    let nations: Vec<usize> = docs.iter().map(|d| d.nation).collect();
    let divergences = |nations: &[usize]| -> Vec<f64> {
        let mut counts = vec![0usize; n_topics * n_nations];
        for (doc, &nation) in docs.iter().zip(nations) {
            if let Some(topic) = doc.topic
                && topic < n_topics
                && nation < n_nations
            {
                counts[topic * n_nations + nation] += 1;
            }
        }
        counts
            .chunks(n_nations.max(1))
            .map(|row| {
                let rates: Vec<Option<f64>> = row
                    .iter()
                    .zip(&n_in_all)
                    .map(|(&k, &n)| (n > 0).then(|| k as f64 / n as f64))
                    .collect();
                divergence(&rates)
            })
            .collect()
    };
    let observed = divergences(&nations);
    let mut n_as_far = vec![0usize; n_topics];
    let mut done = 0;
    while done < settings.n_permutations {
        observe.step(done as u64, settings.n_permutations as u64)?;
        let end = (done + CHUNK_PERMUTATIONS).min(settings.n_permutations);
        let permuted: Vec<Vec<f64>> = (done..end)
            .into_par_iter()
            .map(|i| {
                let mut random = settings.seed.stream(&format!("topics/spread/{i}"));
                let mut shuffled = nations.clone();
                for stratum in &strata {
                    let mut here: Vec<usize> = stratum.iter().map(|&d| nations[d]).collect();
                    random.shuffle(&mut here);
                    for (&d, nation) in stratum.iter().zip(here) {
                        shuffled[d] = nation;
                    }
                }
                divergences(&shuffled)
            })
            .collect();
        for row in permuted {
            for ((n, far), seen) in n_as_far.iter_mut().zip(row).zip(&observed) {
                *n += usize::from(far >= seen - TIE_NATS);
            }
        }
        done = end;
    }
    observe.step(done as u64, settings.n_permutations as u64)?;
    let tested: Vec<usize> = (0..n_topics).filter(|&t| testable[t]).collect();
    let p_values: Vec<f64> = tested
        .iter()
        .map(|&t| (n_as_far[t] + 1) as f64 / (settings.n_permutations + 1) as f64)
        .collect();
    let adjusted = benjamini_hochberg(&p_values);
    let mut out = vec![None; n_topics];
    for ((&t, &p_value), &p_adjusted) in tested.iter().zip(&p_values).zip(&adjusted) {
        out[t] = Some(SpreadTest {
            p_value,
            p_adjusted,
        });
    }
    Ok(out)
}

/// Lists the documents of each stratum with more than one nation, strata in order of their number.
fn mixed_strata(docs: &[SpreadDoc]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..docs.len()).collect();
    order.sort_by_key(|&i| (docs[i].stratum, i));
    order
        .chunk_by(|&a, &b| docs[a].stratum == docs[b].stratum)
        .filter(|c| c.iter().any(|&i| docs[i].nation != docs[c[0]].nation))
        .map(<[usize]>::to_vec)
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;

    #[test]
    fn knows_even_and_single() {
        let even = spread(&[40, 4, 8], &[400, 40, 80]);
        assert!((even.entropy - 1.0).abs() < 1e-12 && even.divergence_nats < 1e-12);
        let single = spread(&[0, 7, 0], &[400, 40, 80]);
        assert_eq!(single.shares, [0.0, 1.0, 0.0]);
        assert!(single.entropy == 0.0 && single.divergence_nats > 0.0);
    }

    #[test]
    fn follows_the_formula() {
        // Rates 0.1 and 0.3: q = ¼, ¾; H = 0.562335 nats, over ln 2 = 0.811278.
        let s = spread(&[10, 30], &[100, 100]);
        assert!((s.entropy - 0.811_278_124_459_132_8).abs() < 1e-12);
        // H(0.2) − (H(0.1) + H(0.3))/2 = 0.500402 − (0.325083 + 0.610864)/2 = 0.032429.
        assert!(
            (s.divergence_nats - 0.032_428_785_8).abs() < 1e-9,
            "{}",
            s.divergence_nats
        );
        // Two nations, one wholly inside and one wholly outside: ln 2.
        let apart = spread(&[5, 0], &[5, 9]);
        assert!((apart.divergence_nats - std::f64::consts::LN_2).abs() < 1e-12);
    }

    #[test]
    fn takes_nothing() {
        let s = spread(&[], &[]);
        assert!(s.shares.is_empty() && s.entropy == 0.0 && s.divergence_nats == 0.0);
        assert_eq!(spread(&[0, 0], &[3, 0]).shares, [0.0, 0.0]);
        assert_eq!(
            test_spread(&[], 0, 0, PermutationSettings::default(), &Silent),
            Ok(vec![])
        );
    }

    fn corpus(divided: bool) -> Vec<SpreadDoc> {
        (0..400)
            .map(|i| SpreadDoc {
                topic: Some(if divided { (i / 2) % 2 } else { i % 2 }),
                nation: (i / 2) % 2,
                stratum: (i / 40) as u64,
            })
            .collect()
    }

    #[test]
    fn tells_chance_from_division() {
        let p = |divided: bool| {
            test_spread(
                &corpus(divided),
                3,
                2,
                PermutationSettings::default(),
                &Silent,
            )
            .unwrap()
        };
        assert!(p(true)[0].is_some_and(|t| t.p_value <= 0.001));
        assert!(p(false)[0].is_some_and(|t| t.p_value > 0.5));
        assert_eq!(p(true)[2], None);
    }

    #[test]
    fn says_nothing_where_source_and_nation_coincide() {
        let mut docs = corpus(true);
        for doc in &mut docs {
            doc.stratum = doc.nation as u64;
        }
        assert_eq!(
            test_spread(&docs, 2, 2, PermutationSettings::default(), &Silent),
            Ok(vec![None, None])
        );
    }

    #[test]
    fn repeats_at_any_thread_count() {
        let run = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .unwrap();
            pool.install(|| {
                test_spread(
                    &corpus(false),
                    2,
                    2,
                    PermutationSettings::default(),
                    &Silent,
                )
            })
        };
        assert_eq!(run(1), run(3));
    }
}
