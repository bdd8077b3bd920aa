//! Intervals of rates, and how far the rates of repeated trials lie apart.

/// The normal quantile of a two-sided 95 % interval.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// A stretch of plausible values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Returns half its width, what stands after ± on screen.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

/// Returns the Wilson interval of a rate, `None` without trials or with more hits than trials.
///
/// # Units
/// Shares in `0.0..=1.0`; `z` is the normal quantile, [`Z_95`] for 95 %.
///
/// # Source
/// Wilson 1927, without continuity correction; equals `statsmodels` `proportion_confint(…, "wilson")`.
pub fn wilson(n_hits: u64, n_trials: u64, z: f64) -> Option<Interval> {
    if n_trials == 0 || n_hits > n_trials {
        return None;
    }
    let n = n_trials as f64;
    let p = n_hits as f64 / n;
    let z2 = z * z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // At 0 and n hits the end is exactly 0 or 1; rounding would leave a trace beside it.
    let low = if n_hits == 0 {
        0.0
    } else {
        (middle - half).max(0.0)
    };
    let high = if n_hits == n_trials {
        1.0
    } else {
        (middle + half).min(1.0)
    };
    Some(Interval { low, high })
}

/// Returns the sample standard deviation of the rates of some trials, `None` below two trials.
///
/// # Units
/// Shares in `0.0..=1.0`, as the rates.
///
/// # Source
/// The sum of squares about the mean over trials − 1; equals `numpy.std(…, ddof=1)`.
pub fn trial_spread(rates: &[f64]) -> Option<f64> {
    if rates.len() < 2 {
        return None;
    }
    let n = rates.len() as f64;
    let mean = rates.iter().sum::<f64>() / n;
    let squares: f64 = rates.iter().map(|r| (r - mean) * (r - mean)).sum();
    Some((squares / (n - 1.0)).sqrt())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    fn check(n_hits: u64, n_trials: u64, low: f64, high: f64) {
        let got = wilson(n_hits, n_trials, Z_95).unwrap();
        assert!(
            (got.low - low).abs() < 1e-9 && (got.high - high).abs() < 1e-9,
            "{got:?}"
        );
    }

    #[test]
    fn equals_the_closed_form() {
        for line in include_str!("../../../tests/golden/topics/stats.tsv").lines() {
            if let Some(rest) = line.strip_prefix("wilson\t") {
                let x: Vec<f64> = rest.split('\t').filter_map(|v| v.parse().ok()).collect();
                check(x[0] as u64, x[1] as u64, x[2], x[3]);
            }
        }
    }

    #[test]
    fn spread_equals_the_reference() {
        let mut n_checked = 0;
        for line in include_str!("../../../tests/golden/stats/stats.tsv").lines() {
            if let Some(rest) = line.strip_prefix("spread\t") {
                let (rates, want) = rest.split_once('\t').unwrap();
                let rates: Vec<f64> = rates.split(' ').map(|v| v.parse().unwrap()).collect();
                let want: f64 = want.parse().unwrap();
                assert!(
                    (trial_spread(&rates).unwrap() - want).abs() < 1e-12,
                    "{line}"
                );
                n_checked += 1;
            }
        }
        assert_eq!(n_checked, 4);
        assert_eq!(trial_spread(&[0.5]), None);
    }

    #[test]
    fn knows_its_ends() {
        assert_eq!(wilson(0, 0, Z_95), None);
        assert_eq!(wilson(3, 2, Z_95), None);
        assert!(
            wilson(0, 100, Z_95).is_some_and(|i| i.low == 0.0 && (i.high - 0.037).abs() < 0.0005)
        );
        assert!(wilson(5, 5, Z_95).is_some_and(|i| i.high >= 1.0 && i.half_width() > 0.2));
    }
}
