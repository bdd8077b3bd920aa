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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn equals_the_reference() {
        let mut n_checked = 0;
        for line in include_str!("../../../tests/golden/topics/stats.tsv").lines() {
            let Some(rest) = line.strip_prefix("bh\t") else {
                continue;
            };
            let (p, want) = rest.split_once('\t').unwrap();
            let read =
                |t: &str| -> Vec<f64> { t.split(' ').filter_map(|v| v.parse().ok()).collect() };
            let got = benjamini_hochberg(&read(p));
            for (g, w) in got.iter().zip(read(want)) {
                assert!((g - w).abs() < 1e-12, "{got:?}");
            }
            n_checked += 1;
        }
        assert_eq!(n_checked, 2);
        assert!(benjamini_hochberg(&[]).is_empty());
    }
}
