//! Scales: from values to places, with ticks at round numbers, and numbers as they are written.

/// A linear scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    /// Value at the beginning.
    pub from: f64,
    /// Value at the end.
    pub to: f64,
    /// Place of the beginning in points.
    pub start: f32,
    /// Place of the end in points.
    pub end: f32,
}

impl Linear {
    /// Makes a scale; equal or unusable ends are spread by one, so that it never divides by zero.
    pub fn new(from: f64, to: f64, start: f32, end: f32) -> Self {
        let from = if from.is_finite() { from } else { 0.0 };
        let to = if to.is_finite() && (to - from).abs() > f64::EPSILON * from.abs().max(1.0) {
            to
        } else {
            from + 1.0
        };
        Self {
            from,
            to,
            start,
            end,
        }
    }

    /// Widens the ends to round numbers.
    #[must_use]
    pub fn nice(self, n_ticks: usize) -> Self {
        let step = tick_step(self.to - self.from, n_ticks);
        Self {
            from: (self.from / step).floor() * step,
            to: (self.to / step).ceil() * step,
            ..self
        }
    }

    /// Returns the place of a value.
    pub fn place(&self, value: f64) -> f32 {
        let share = (value - self.from) / (self.to - self.from);
        (f64::from(self.start) + share * f64::from(self.end - self.start)) as f32
    }

    /// Returns about `n_ticks` round values within the scale, in rising order.
    pub fn ticks(&self, n_ticks: usize) -> Vec<f64> {
        let (low, high) = if self.from <= self.to {
            (self.from, self.to)
        } else {
            (self.to, self.from)
        };
        let step = tick_step(high - low, n_ticks);
        let first = (low / step - 1e-9).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        (first..=last).take(1000).map(|i| i as f64 * step).collect()
    }

    /// Returns the decimals that tell its ticks apart.
    pub fn tick_decimals(&self, n_ticks: usize) -> usize {
        let step = tick_step((self.to - self.from).abs(), n_ticks);
        (0..8)
            .find(|&d| {
                let scaled = step * 10f64.powi(d);
                (scaled - scaled.round()).abs() < 1e-6
            })
            .unwrap_or(8) as usize
    }
}

/// Returns 1, 2 or 5 times a power of ten that gives about `n_ticks` steps.
fn tick_step(width: f64, n_ticks: usize) -> f64 {
    let rough = (width.abs() / n_ticks.max(1) as f64).max(f64::MIN_POSITIVE * 1e20);
    let power = 10f64.powf(rough.log10().floor());
    let lead = rough / power;
    power
        * if lead < 1.5 {
            1.0
        } else if lead < 3.5 {
            2.0
        } else if lead < 7.5 {
            5.0
        } else {
            10.0
        }
}

/// Writes a whole number with commas between thousands.
pub fn count_text(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Writes a real number with a real minus sign and without a minus on zero.
pub fn real_text(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// Writes a number of `-1.0..=1.0` without its leading zero, as tables of rates do: `.94`, `1.00`.
pub fn rate_text(value: f64, decimals: usize) -> String {
    let text = real_text(value, decimals);
    match (text.strip_prefix("0."), text.strip_prefix("−0.")) {
        (Some(rest), _) => format!(".{rest}"),
        (_, Some(rest)) => format!("−.{rest}"),
        _ => text,
    }
}

/// Writes a p-value: `<.001`, three decimals below .1, else two.
pub fn p_text(p: f64) -> String {
    if p < 0.001 {
        "<.001".to_owned()
    } else {
        rate_text(p, if p < 0.0995 { 3 } else { 2 })
    }
}

/// Writes a share as percent with a narrow gap.
pub fn percent_text(share: f64, decimals: usize) -> String {
    format!("{}\u{202f}%", real_text(share * 100.0, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let s = Linear::new(0.0, 4000.0, 0.0, 100.0);
        assert_eq!(s.ticks(4), [0.0, 1000.0, 2000.0, 3000.0, 4000.0]);
        assert!((s.place(1000.0) - 25.0).abs() < 1e-4);
        let r = Linear::new(-1.0, 1.0, 0.0, 10.0);
        assert_eq!(r.ticks(4), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(r.tick_decimals(4), 1);
        assert!((Linear::new(0.0, 87.0, 0.0, 1.0).nice(4).to - 100.0).abs() < 1e-9);
    }

    #[test]
    fn degenerate_ends_stay_usable() {
        for (a, b) in [(3.0, 3.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            let s = Linear::new(a, b, 0.0, 10.0);
            assert!(s.place(3.0).is_finite() && s.ticks(3).len() < 10);
        }
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(count_text(6_100_214), "6,100,214");
        assert_eq!(count_text(0), "0");
        assert_eq!(real_text(-0.04, 1), "0.0");
        assert_eq!(real_text(-2.5, 1), "−2.5");
        assert_eq!(rate_text(0.938, 2), ".94");
        assert_eq!(rate_text(1.0, 2), "1.00");
        assert_eq!(rate_text(-0.5, 1), "−.5");
        assert_eq!(p_text(0.0002), "<.001");
        assert_eq!(p_text(0.041), ".041");
        assert_eq!(percent_text(0.256, 0), "26\u{202f}%");
    }
}
