//! Pure part of the conflict view: which item comes next, the strip of stances.

use std::collections::BTreeMap;

use crate::base::ids::EdgeId;
use crate::domain::conflict::Verdict;
use crate::snapshot::model::conflicts::QueueItem;

/// Verdicts given in this window that the snapshot does not show yet.
pub(super) type Pending = BTreeMap<EdgeId, Verdict>;

/// Returns the verdict in force on an item: what was just given, else what the snapshot says.
pub(super) fn verdict_of(item: &QueueItem, pending: &Pending) -> Option<Verdict> {
    pending.get(&item.edge).copied().or(item.verdict)
}

/// Tells whether a verdict decides: "not sure" does not.
pub(super) fn decides(verdict: Option<Verdict>) -> bool {
    matches!(verdict, Some(Verdict::Keep | Verdict::Remove))
}

/// Counts decided items.
pub(super) fn n_decided(queue: &[QueueItem], pending: &Pending) -> usize {
    queue
        .iter()
        .filter(|q| decides(verdict_of(q, pending)))
        .count()
}

/// Returns the item to look at after `from`: the next without verdict, else the next not sure.
pub(super) fn next_open(queue: &[QueueItem], pending: &Pending, from: usize) -> Option<usize> {
    let n = queue.len();
    let round = || (1..=n).map(|step| (from + step) % n.max(1));
    let find = |wanted: fn(Option<Verdict>) -> bool| {
        round().find(|&i| queue.get(i).is_some_and(|q| wanted(verdict_of(q, pending))))
    };
    find(|v| v.is_none()).or_else(|| find(|v| v == Some(Verdict::NotSure)))
}

/// Spreads stances over a strip: x in `-1.0..=1.0`, y in `-1.0..=1.0` so that equal ones stay apart.
pub(super) fn strip(stances: &[f32]) -> Vec<[f32; 2]> {
    let mut seen: BTreeMap<i32, i32> = BTreeMap::new();
    stances
        .iter()
        .map(|&s| {
            let bin = (s * 24.0).round() as i32;
            let n = seen.entry(bin).or_insert(0);
            *n += 1;
            // 0, 1, −1, 2, −2, … : stacked about the middle.
            let level = if *n % 2 == 0 { *n / 2 } else { -(*n / 2) };
            [s.clamp(-1.0, 1.0), (level as f32 / 5.0).clamp(-1.0, 1.0)]
        })
        .collect()
}

/// Says a dominant stance in words.
pub(super) fn dominant_words(dominant: f64) -> &'static str {
    if dominant > 0.2 {
        "supports"
    } else if dominant < -0.2 {
        "opposes"
    } else {
        "contested"
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "places are compared as they are")]
pub(crate) mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::base::ids::{DocId, StatementId};
    use crate::base::language::Language;
    use crate::base::sentences::Span;
    use crate::domain::conflict::{EdgeKind, Stance};
    use crate::domain::corpus::Nation;
    use crate::domain::statement::StatementSet;
    use crate::snapshot::model::DocLine;
    use crate::snapshot::model::conflicts::{
        Camps, ConflictData, ConflictGraph, GraphLink, GraphNode, PreviewRow, StatementCard,
    };

    fn card(node: u32) -> StatementCard {
        StatementCard {
            id: StatementId(1),
            doc: DocLine {
                id: DocId(1),
                title: String::new(),
                nation: Nation::FIVE[0],
                source: String::new(),
                date: String::new(),
            },
            node,
            text: String::new(),
            language: Language::En,
            context: String::new(),
            passage_in_context: Span { start: 0, end: 0 },
            set: StatementSet::Official,
            speaker: None,
            stance: Stance::Supports,
            confidence: 1.0,
        }
    }

    fn item(edge: i64, verdict: Option<Verdict>) -> QueueItem {
        QueueItem {
            edge: EdgeId(edge),
            issue_idx: 0,
            n_cycles: 1,
            priority: 1.0,
            a: card(0),
            b: card(1),
            cycles: vec![vec![0, 1, 2]],
            preview: PreviewRow::default(),
            proposal: Verdict::Remove,
            verdict,
            reviewer: String::new(),
        }
    }

    /// A small graph of the United States with `n_queue` flagged edges, numbered from 0, and one issue.
    pub(crate) fn sample(n_queue: i64) -> ConflictData {
        let node = |doc: i64, x: f32, stance: f32, label: &str| GraphNode {
            doc: DocId(doc),
            position: [x, 0.5 * x * x],
            issue_idx: 0,
            stance,
            label: label.to_owned(),
            is_speaker: true,
            source_idx: 0,
            dropped_in: None,
        };
        let link = |a: u32, b: u32, kind: EdgeKind, agreement: f32, edge: i64| GraphLink {
            a,
            b,
            conflict: agreement < 0.0,
            kind,
            agreement,
            weight: 0.8,
            n_edges: 1,
            edge: EdgeId(edge),
            gone_in: None,
        };
        let mut nodes = vec![
            node(1, 0.0, 1.0, "governor"),
            node(2, 0.5, -1.0, "columnist"),
            node(3, 1.0, 0.5, "工会主席"),
        ];
        let mut links = vec![
            link(0, 1, EdgeKind::Opposed, -1.0, 0),
            link(0, 2, EdgeKind::Shared, 0.5, 100),
            link(1, 2, EdgeKind::Semantic, 0.0, 101),
        ];
        // A ring of documents beside the issue, joined by every kind, each a hop farther.
        for k in 0..12i64 {
            let turn = std::f32::consts::TAU * k as f32 / 12.0;
            let i = nodes.len() as u32;
            let mut other = node(10 + k, 0.0, 0.0, "The Alder Post");
            other.position = [-0.5 + 0.35 * turn.cos(), 0.3 + 0.35 * turn.sin()];
            other.issue_idx = u32::MAX;
            other.is_speaker = false;
            nodes.push(other);
            let kind = [EdgeKind::Place, EdgeKind::People, EdgeKind::Semantic][k as usize % 3];
            let from = if k == 0 { 0 } else { i - 1 };
            links.push(link(from, i, kind, 0.0, 200 + k));
        }
        if let Some(gone) = links.last_mut() {
            gone.gone_in = Some(1);
        }
        let camps = Camps {
            members: vec![(0, 1.0), (1, -1.0), (2, 0.5)],
            hulls: [
                vec![vec![[-0.1, -0.1], [1.1, -0.1], [1.1, 0.6], [-0.1, 0.2]]],
                vec![vec![[0.4, 0.0], [0.6, 0.0], [0.6, 0.25], [0.4, 0.25]]],
            ],
        };
        let graph = ConflictGraph {
            sources: vec!["The Alder Post".to_owned()],
            camps: vec![camps],
            ..ConflictGraph::new(nodes, links)
        };
        ConflictData {
            nation: Nation::FIVE[1],
            round: 0,
            n_rounds: 5,
            graph: Arc::new(graph),
            issues: Vec::new(),
            queue: (0..n_queue).map(|edge| item(edge, None)).collect(),
            rounds: Vec::new(),
            minority: Vec::new(),
            self_contradictions: Vec::new(),
            n_edges: 3,
            n_conflict_edges: 1,
            decisions: Vec::new(),
        }
    }

    #[test]
    fn the_next_item_is_the_next_open_one() {
        let queue = [
            item(1, None),
            item(2, Some(Verdict::Keep)),
            item(3, None),
            item(4, Some(Verdict::NotSure)),
        ];
        let mut pending = Pending::new();
        assert_eq!(next_open(&queue, &pending, 0), Some(2));
        pending.insert(EdgeId(3), Verdict::Remove);
        assert_eq!(next_open(&queue, &pending, 2), Some(0));
        pending.insert(EdgeId(1), Verdict::Remove);
        assert_eq!(
            next_open(&queue, &pending, 0),
            Some(3),
            "not sure comes back at the end"
        );
        pending.insert(EdgeId(4), Verdict::Keep);
        assert_eq!(next_open(&queue, &pending, 0), None);
        assert_eq!(n_decided(&queue, &pending), 4);
        assert_eq!(next_open(&[], &pending, 0), None);
    }

    #[test]
    fn equal_stances_stay_apart() {
        let points = strip(&[0.5, 0.5, 0.5, -1.0]);
        assert_eq!(points.len(), 4);
        assert!(points[0] != points[1] && points[1] != points[2]);
        assert_eq!(points[3][0], -1.0);
    }
}
