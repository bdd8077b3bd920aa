//! How well two labelings of the same things agree, and how well a found set matches a true one.
//!
//! Labels are compared as names only; −1 is a cluster like any other.

use std::collections::BTreeMap;

/// Two labelings cannot be compared.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AgreementError {
    /// They do not speak of the same things.
    #[error("one labeling has {n_left} entries, the other {n_right}")]
    Length {
        /// Entries of the first.
        n_left: usize,
        /// Entries of the second.
        n_right: usize,
    },
}

/// Returns the Rand index corrected for chance: 1 for equal partitions, about 0 for unrelated ones.
///
/// # Errors
/// [`AgreementError::Length`] if the labelings differ in length.
///
/// # Source
/// Hubert and Arabie 1985; equals scikit-learn 1.9 `adjusted_rand_score`.
pub fn adjusted_rand(left: &[i32], right: &[i32]) -> Result<f64, AgreementError> {
    let table = Contingency::new(left, right)?;
    let pairs = |n: u64| -> f64 { n as f64 * (n as f64 - 1.0) / 2.0 };
    let both: f64 = table.cells.values().map(|&n| pairs(n)).sum();
    let in_left: f64 = table.rows.values().map(|&n| pairs(n)).sum();
    let in_right: f64 = table.cols.values().map(|&n| pairs(n)).sum();
    let all = pairs(table.n);
    let by_chance = if all > 0.0 {
        in_left * in_right / all
    } else {
        0.0
    };
    let at_most = f64::midpoint(in_left, in_right);
    // Both partitions trivial (all alone or all together) are equal.
    if at_most - by_chance == 0.0 {
        return Ok(1.0);
    }
    Ok((both - by_chance) / (at_most - by_chance))
}

/// Returns the mutual information over the arithmetic mean of both entropies, in `0.0..=1.0`.
///
/// # Errors
/// [`AgreementError::Length`] if the labelings differ in length.
///
/// # Source
/// Equals scikit-learn 1.9 `normalized_mutual_info_score` with its default average: 1 where both
/// labelings are one cluster or empty, 0 where they share nothing.
pub fn normalized_mutual_information(left: &[i32], right: &[i32]) -> Result<f64, AgreementError> {
    let table = Contingency::new(left, right)?;
    if table.rows.len() <= 1 && table.cols.len() <= 1 {
        return Ok(1.0);
    }
    let n = table.n as f64;
    let entropy = |sums: &BTreeMap<i32, u64>| -> f64 {
        sums.values()
            .map(|&k| k as f64 / n)
            .map(|p| -p * p.ln())
            .sum()
    };
    let mut information = 0.0;
    for ((a, b), &k) in &table.cells {
        let row = table.rows.get(a).copied().unwrap_or(0) as f64;
        let col = table.cols.get(b).copied().unwrap_or(0) as f64;
        information += k as f64 / n * (k as f64 * n / (row * col)).ln();
    }
    if information <= f64::EPSILON {
        return Ok(0.0);
    }
    Ok((information / f64::midpoint(entropy(&table.rows), entropy(&table.cols))).min(1.0))
}

/// Counts of pairs of labels with their margins.
struct Contingency {
    n: u64,
    cells: BTreeMap<(i32, i32), u64>,
    rows: BTreeMap<i32, u64>,
    cols: BTreeMap<i32, u64>,
}

impl Contingency {
    fn new(left: &[i32], right: &[i32]) -> Result<Self, AgreementError> {
        if left.len() != right.len() {
            return Err(AgreementError::Length {
                n_left: left.len(),
                n_right: right.len(),
            });
        }
        let mut table = Self {
            n: left.len() as u64,
            cells: BTreeMap::new(),
            rows: BTreeMap::new(),
            cols: BTreeMap::new(),
        };
        for (&a, &b) in left.iter().zip(right) {
            *table.cells.entry((a, b)).or_insert(0) += 1;
            *table.rows.entry(a).or_insert(0) += 1;
            *table.cols.entry(b).or_insert(0) += 1;
        }
        Ok(table)
    }
}

/// A found set beside the true one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrecisionRecall {
    /// Found and true.
    pub n_both: u64,
    /// Found in all.
    pub n_found: u64,
    /// True in all.
    pub n_true: u64,
}

impl PrecisionRecall {
    /// Counts one thing.
    pub fn add(&mut self, found: bool, is_true: bool) {
        self.n_found += u64::from(found);
        self.n_true += u64::from(is_true);
        self.n_both += u64::from(found && is_true);
    }

    /// Returns the share of found things that are true, `None` where nothing was found.
    pub fn precision(&self) -> Option<f64> {
        (self.n_found > 0).then(|| self.n_both as f64 / self.n_found as f64)
    }

    /// Returns the share of true things that were found, `None` where nothing is true.
    pub fn recall(&self) -> Option<f64> {
        (self.n_true > 0).then(|| self.n_both as f64 / self.n_true as f64)
    }

    /// Returns the harmonic mean of both, `None` where nothing is found and nothing true.
    pub fn f1(&self) -> Option<f64> {
        let n = self.n_found + self.n_true;
        (n > 0).then(|| 2.0 * self.n_both as f64 / n as f64)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn equals_the_reference() {
        let mut n_checked = 0;
        for line in include_str!("../../../tests/golden/topics/stats.tsv").lines() {
            let Some(rest) = line.strip_prefix("labels\t") else {
                continue;
            };
            let field: Vec<&str> = rest.split('\t').collect();
            let read =
                |t: &str| -> Vec<i32> { t.split(' ').filter_map(|v| v.parse().ok()).collect() };
            let (a, b) = (read(field[0]), read(field[1]));
            let ari: f64 = field[2].parse().unwrap();
            let nmi: f64 = field[3].parse().unwrap();
            assert!(
                (adjusted_rand(&a, &b).unwrap() - ari).abs() < 1e-12,
                "{line}"
            );
            assert!(
                (normalized_mutual_information(&a, &b).unwrap() - nmi).abs() < 1e-12,
                "{line}"
            );
            n_checked += 1;
        }
        assert_eq!(n_checked, 7);
    }

    #[test]
    fn lengths_must_agree() {
        assert_eq!(
            adjusted_rand(&[1], &[]),
            Err(AgreementError::Length {
                n_left: 1,
                n_right: 0
            })
        );
    }

    #[test]
    fn counts_precision_and_recall() {
        let mut pr = PrecisionRecall::default();
        for (found, is_true) in [
            (true, true),
            (true, false),
            (false, true),
            (true, true),
            (false, false),
        ] {
            pr.add(found, is_true);
        }
        assert_eq!((pr.n_both, pr.n_found, pr.n_true), (2, 3, 3));
        assert!(pr.precision() == pr.recall() && pr.f1() == pr.recall());
        assert_eq!(PrecisionRecall::default().f1(), None);
    }
}
