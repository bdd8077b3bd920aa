//! Pure part of the topic table: order of rows, tints of cells, the months under a sparkline.

use crate::snapshot::model::TopicRow;

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
            per_month: Vec::new(),
            value_related,
            screen_confidence: 1.0,
            screen_reason: String::new(),
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
