//! Pure part of the verification: which pair comes next, and what is said of rates and coefficients.

use crate::domain::corpus::Nation;
use crate::domain::verification::Judgment;
use crate::snapshot::model::verification::{CoefficientRow, PairStatement, RateRow};
use crate::ui::text;

/// Returns the place of the next pair without a judgment after `from`, round and round; `None` where all
/// have one.
pub(super) fn next_open(is_judged: &[bool], from: usize) -> Option<usize> {
    let n = is_judged.len();
    (1..=n)
        .map(|step| (from + step) % n.max(1))
        .find(|&i| is_judged.get(i) == Some(&false))
}

/// Says where a statement stands.
pub(super) fn byline(statement: &PairStatement) -> String {
    text::dotted([
        statement.speaker.as_deref().unwrap_or(""),
        statement.source.as_str(),
        text::date(&statement.date).as_str(),
    ])
}

/// Names the nation of a row.
pub(super) fn nation_name(nation: Option<&Nation>) -> &str {
    nation.map_or("All nations", Nation::name)
}

/// Says what a row of rates shows, for those who do not see it.
pub(super) fn rate_words(row: &RateRow) -> String {
    let pairs = match row.pairs {
        "all" => String::new(),
        other => format!(" {other} reduction"),
    };
    let mut parts = vec![format!(
        "{}{pairs}: {} of {} pairs settled",
        nation_name(row.nation.as_ref()),
        row.n_settled,
        row.n_items
    )];
    if row.n_disputed > 0 {
        parts.push(format!("{} disputed", row.n_disputed));
    }
    for (judgment, cell) in Judgment::ALL.iter().zip(&row.rates) {
        parts.extend(cell.map(|c| {
            format!(
                "{} {} %, 95 % interval {} to {} %",
                judgment.code(),
                percent(c.rate),
                percent(c.low),
                percent(c.high)
            )
        }));
    }
    parts.join(", ")
}

/// Writes a share in percent, without the sign, with one decimal: that 0 of 100 still allows 3.7 is the point.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

/// Names what a coefficient is of.
pub(super) fn whom(row: &CoefficientRow) -> String {
    if row.between.is_empty() {
        nation_name(row.nation.as_ref()).to_owned()
    } else {
        row.between.clone()
    }
}

/// Says what a coefficient is, for those who do not see it.
pub(super) fn coefficient_words(row: &CoefficientRow) -> String {
    let value = row.value.map_or_else(
        || "no value".to_owned(),
        |v| format!("{} on {} pairs", coefficient(v), row.n_items),
    );
    let mut parts = vec![format!("{}, {}: {value}", row.name, whom(row))];
    parts.extend(row.interval.map(|(low, high)| {
        format!(
            "95 % interval {} to {}",
            coefficient(low),
            coefficient(high)
        )
    }));
    parts.extend(row.remark.clone());
    parts.join(", ")
}

/// Writes a coefficient with two decimals and a true minus; never as a negative zero.
pub(super) fn coefficient(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    if rounded < 0.0 {
        format!("−{:.2}", -rounded)
    } else {
        format!("{:.2}", rounded.abs())
    }
}

/// Returns where a coefficient stands on an axis from −1 to 1, as a share of its width.
pub(super) fn place(value: f64) -> f32 {
    (0.5 * (value.clamp(-1.0, 1.0) + 1.0)) as f32
}

/// Tells whether a statement holds all words that somebody searches for.
pub(super) fn holds(statement: &str, words: &str) -> bool {
    let statement = statement.to_lowercase();
    words
        .to_lowercase()
        .split_whitespace()
        .all(|w| statement.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_open_pair_comes_round() {
        assert_eq!(next_open(&[false, true, false], 0), Some(2));
        assert_eq!(next_open(&[false, true, true], 2), Some(0));
        assert_eq!(next_open(&[true, true], 0), None);
        assert_eq!(next_open(&[], 0), None);
        assert_eq!(next_open(&[false], 0), Some(0));
    }

    #[test]
    fn coefficients_are_written_with_a_true_minus() {
        assert_eq!(coefficient(-0.154), "−0.15");
        assert_eq!(coefficient(-0.001), "0.00");
        assert_eq!(coefficient(1.0), "1.00");
        assert!((place(0.0) - 0.5).abs() < 1e-6 && (place(-3.0)).abs() < 1e-6);
    }

    #[test]
    fn what_has_no_value_says_why() {
        let row = CoefficientRow {
            name: "Cohen’s kappa",
            between: "Ada and Bo".to_owned(),
            nation: None,
            value: None,
            interval: None,
            n_items: 0,
            remark: Some("no item was judged by two people".to_owned()),
        };
        assert_eq!(
            coefficient_words(&row),
            "Cohen’s kappa, Ada and Bo: no value, no item was judged by two people"
        );
    }

    #[test]
    fn words_are_searched_for_in_any_order() {
        assert!(holds("The state must protect jobs", "JOBS protect"));
        assert!(holds("煤电是国家义务", "义务"));
        assert!(!holds("The state must protect jobs", "jobs taxes"));
    }
}
