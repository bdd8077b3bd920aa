//! Pure part of the topic table: order of rows, tints of cells, the months under a sparkline.

use crate::snapshot::model::{MapData, NationCount, TopicRow};
use crate::snapshot::passing::Counted;

/// The column that sorts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SortKey {
    /// By size, as the project numbers them.
    #[default]
    Size,
    /// Value-related first.
    Value,
    /// By label.
    Label,
    /// By the share of the nation at this index.
    Nation(usize),
    /// By evenness.
    Entropy,
    /// By divergence.
    Divergence,
    /// By p-value.
    PValue,
}

impl SortKey {
    /// Tells whether the first click puts large values on top.
    pub(super) fn falls_first(self) -> bool {
        !matches!(self, Self::Label | Self::PValue)
    }
}

/// Orders rows; equal ones keep their order by size.
pub(super) fn order(
    topics: &[TopicRow],
    key: SortKey,
    falls: bool,
    value_only: bool,
) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..topics.len())
        .filter(|&i| !value_only || topics.get(i).is_some_and(|t| t.value_related))
        .collect();
    let share = |t: &TopicRow, n: usize| t.by_nation.get(n).map_or(0.0, |c| c.1);
    rows.sort_by(|&i, &j| {
        let (Some(a), Some(b)) = (topics.get(i), topics.get(j)) else {
            return i.cmp(&j);
        };
        let by_key = match key {
            SortKey::Size => a.n_docs.cmp(&b.n_docs),
            SortKey::Value => a.value_related.cmp(&b.value_related),
            SortKey::Label => a.label.to_lowercase().cmp(&b.label.to_lowercase()),
            SortKey::Nation(n) => share(a, n).total_cmp(&share(b, n)),
            SortKey::Entropy => a.entropy.total_cmp(&b.entropy),
            SortKey::Divergence => a.divergence_nats.total_cmp(&b.divergence_nats),
            SortKey::PValue => a
                .p_value
                .unwrap_or(2.0)
                .total_cmp(&b.p_value.unwrap_or(2.0)),
        };
        let by_key = if falls { by_key.reverse() } else { by_key };
        by_key.then(i.cmp(&j))
    });
    rows
}

/// Documents of a topic by nation with the nations' shares, corrected for corpus size.
///
/// # Shapes
/// - `shown`: what filter and selection let through; `None` for all.
/// - returns: the number of documents, and per nation of `Snapshot::nations` number and share.
pub(crate) fn counts(
    topic: &TopicRow,
    nations: &[NationCount],
    shown: Option<(&MapData, &Counted)>,
) -> (usize, Vec<(usize, f64)>) {
    let Some((map, shown)) = shown else {
        return (topic.n_docs, topic.by_nation.clone());
    };
    let row = shown.by_topic.get(topic.number);
    let n_of = |nation: &NationCount| {
        let k = map
            .places
            .nations
            .iter()
            .position(|n| *n == nation.nation)?;
        row.and_then(|r| r.get(k)).map(|n| *n as usize)
    };
    let of_nation: Vec<usize> = nations.iter().map(|n| n_of(n).unwrap_or(0)).collect();
    let rates: Vec<f64> = of_nation
        .iter()
        .zip(nations)
        .map(|(n, all)| *n as f64 / all.n_docs.max(1) as f64)
        .collect();
    let sum: f64 = rates.iter().sum();
    let share = |rate: f64| if sum > 0.0 { rate / sum } else { 0.0 };
    (
        of_nation.iter().sum(),
        of_nation
            .iter()
            .zip(rates)
            .map(|(n, rate)| (*n, share(rate)))
            .collect(),
    )
}

/// How strongly a cell is tinted for a share of a topic: full from two thirds on.
pub(super) fn tint_share(share: f64) -> f32 {
    (share / 0.66).clamp(0.0, 1.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::TopicId;

    fn topic(
        id: i64,
        label: &str,
        n_docs: usize,
        value_related: bool,
        p_value: Option<f64>,
    ) -> TopicRow {
        TopicRow {
            id: TopicId(id),
            number: id as usize,
            label: label.to_owned(),
            terms: Vec::new(),
            mmr_terms: Vec::new(),
            n_docs,
            n_docs_by_tags: 0,
            n_statements: 0,
            by_nation: vec![(n_docs, 1.0 / id as f64)],
            entropy: 0.1 * id as f64,
            divergence_nats: 0.0,
            p_value,
            regrouped: false,
            per_month: Vec::new(),
            value_related,
            screen_confidence: 1.0,
            screen_reason: String::new(),
            screened_by: None,
            overruled: None,
            history: Vec::new(),
            central_docs: Vec::new(),
        }
    }

    #[test]
    fn rows_sort_by_any_column() {
        let topics = [
            topic(1, "Beta", 90, true, Some(0.2)),
            topic(2, "alpha", 50, false, None),
            topic(3, "Gamma", 50, true, Some(0.001)),
        ];
        assert_eq!(order(&topics, SortKey::Size, true, false), [0, 1, 2]);
        assert_eq!(order(&topics, SortKey::Size, false, false), [1, 2, 0]);
        assert_eq!(order(&topics, SortKey::Label, false, false), [1, 0, 2]);
        assert_eq!(order(&topics, SortKey::PValue, false, false), [2, 0, 1]);
        assert_eq!(order(&topics, SortKey::Entropy, true, false), [2, 1, 0]);
        assert_eq!(order(&topics, SortKey::Nation(0), true, false), [0, 1, 2]);
        assert_eq!(order(&topics, SortKey::Size, true, true), [0, 2]);
        assert!(order(&[], SortKey::Value, true, false).is_empty());
    }

    #[test]
    fn tints_stay_in_range() {
        assert!((tint_share(0.33) - 0.5).abs() < 1e-6);
        assert!((tint_share(3.0) - 1.0).abs() < 1e-6);
        assert!(tint_share(-1.0).abs() < 1e-6);
    }
}
