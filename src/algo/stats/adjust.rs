//! Corrections of p-values for many tests.

/// Returns p-values adjusted for the false discovery rate, in the order given.
///
/// # Units
/// Probabilities in `0.0..=1.0`.
///
/// # Source
/// Benjamini and Hochberg 1995, step-up; equals `scipy.stats.false_discovery_control`.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]).then(a.cmp(&b)));
    let mut adjusted = vec![1.0; n];
    let mut smallest = 1.0f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        smallest = smallest.min(p_values[i] * n as f64 / (rank + 1) as f64);
        adjusted[i] = smallest;
    }
    adjusted
}

/// Returns p-values adjusted so that the chance of any false alarm among them stays below the level
/// they are read at, in the order given.
///
/// # Units
/// Probabilities in `0.0..=1.0`.
///
/// # Source
/// Holm 1979, step-down; equals `statsmodels` 0.15 `multipletests(method="holm")`.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]).then(a.cmp(&b)));
    let mut adjusted = vec![1.0; n];
    let mut largest = 0.0f64;
    for (rank, &i) in order.iter().enumerate() {
        largest = largest.max(p_values[i] * (n - rank) as f64).min(1.0);
        adjusted[i] = largest;
    }
    adjusted
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    fn check(golden: &str, kind: &str, n_rows: usize, adjust: impl Fn(&[f64]) -> Vec<f64>) {
        let mut n_checked = 0;
        for line in golden.lines() {
            let Some(rest) = line.strip_prefix(kind) else {
                continue;
            };
            let (p, want) = rest.split_once('\t').unwrap();
            let read =
                |t: &str| -> Vec<f64> { t.split(' ').filter_map(|v| v.parse().ok()).collect() };
            let (got, want) = (adjust(&read(p)), read(want));
            assert_eq!(got.len(), want.len());
            for (g, w) in got.iter().zip(want) {
                assert!((g - w).abs() < 1e-12, "{got:?}");
            }
            n_checked += 1;
        }
        assert_eq!(n_checked, n_rows);
        assert!(adjust(&[]).is_empty());
    }

    #[test]
    fn equals_the_reference() {
        let topics = include_str!("../../../tests/golden/topics/stats.tsv");
        check(topics, "bh\t", 2, benjamini_hochberg);
        let stats = include_str!("../../../tests/golden/stats/stats.tsv");
        check(stats, "holm\t", 5, holm);
    }
}
