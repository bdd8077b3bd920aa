//! Pure part of the conflict view: the graph as points and lines, which item comes next, the strip of
//! stances.

use std::collections::BTreeMap;

use crate::base::cloud::{Bounds, bounds_of};
use crate::base::ids::EdgeId;
use crate::domain::conflict::Verdict;
use crate::gpu::lines::{self, LineInstance};
use crate::gpu::points::{PointInstance, class_bits};
use crate::snapshot::model::conflicts::{ConflictData, GraphLink, QueueItem};

use crate::ui::paint::Scene;
use crate::ui::theme::Mark;

/// Color class of links without conflict.
pub(super) const LINE_PLAIN: u8 = 0;
/// Color class of conflict links.
pub(super) const LINE_CONFLICT: u8 = 1;
/// Group of nodes with an issue.
pub(super) const NODE_WITH_ISSUE: u8 = 0;
/// Group of nodes without one.
pub(super) const NODE_WITHOUT_ISSUE: u8 = 1;

/// Verdicts given in this window that the snapshot does not show yet.
pub(super) type Pending = BTreeMap<EdgeId, Verdict>;

/// Turns a nation's graph into points and lines; done once per snapshot.
pub(super) fn graph_scene(data: &ConflictData) -> Scene {
    let at = |i: u32| data.nodes.get(i as usize).map(|n| n.position);
    let mut lines: Vec<LineInstance> = Vec::with_capacity(data.links.len());
    // Conflict links last, so that they lie above the plain ones.
    for conflict in [false, true] {
        for link in data.links.iter().filter(|l| l.conflict == conflict) {
            if let (Some(a_in_map), Some(b_in_map)) = (at(link.a), at(link.b)) {
                let color = if conflict { LINE_CONFLICT } else { LINE_PLAIN };
                lines.push(LineInstance {
                    a_in_map,
                    b_in_map,
                    class_bits: lines::class_bits(color, conflict),
                });
            }
        }
    }
    let points = data
        .nodes
        .iter()
        .map(|node| {
            let issue = (node.issue_idx != u32::MAX).then_some(node.issue_idx);
            let group = if issue.is_some() {
                NODE_WITH_ISSUE
            } else {
                NODE_WITHOUT_ISSUE
            };
            let mark = if node.stance < 0.0 {
                Mark::TriangleDown
            } else {
                Mark::Circle
            };
            PointInstance {
                center_in_map: node.position,
                class_bits: class_bits(group, issue, false, mark.number()),
            }
        })
        .collect();
    Scene { points, lines }
}

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

/// Returns the box around a cycle, wide enough to show what surrounds it.
pub(super) fn focus_bounds(data: &ConflictData, cycle: &[u32]) -> Option<Bounds> {
    let places: Vec<[f32; 2]> = cycle
        .iter()
        .filter_map(|&i| data.nodes.get(i as usize))
        .map(|n| n.position)
        .collect();
    let (lo, hi) = bounds_of(&places)?;
    let size = (hi[0] - lo[0]).max(hi[1] - lo[1]).max(0.12);
    let pad = 0.9 * size;
    Some(([lo[0] - pad, lo[1] - pad], [hi[0] + pad, hi[1] + pad]))
}

/// Tells whether the documents `a` and `b` are joined by a conflict link.
pub(super) fn is_conflict(links: &[GraphLink], a: u32, b: u32) -> bool {
    links
        .iter()
        .any(|l| l.conflict && ((l.a == a && l.b == b) || (l.a == b && l.b == a)))
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
    use crate::base::ids::{DocId, StatementId};
    use crate::base::language::Language;
    use crate::base::sentences::Span;
    use crate::domain::conflict::{EdgeKind, Stance};
    use crate::domain::corpus::Nation;
    use crate::domain::statement::StatementSet;
    use crate::snapshot::model::DocLine;
    use crate::snapshot::model::conflicts::{GraphNode, PreviewRow, StatementCard};

    fn card() -> StatementCard {
        StatementCard {
            id: StatementId(1),
            doc: DocLine {
                id: DocId(1),
                title: String::new(),
                nation: Nation::FIVE[0],
                source: String::new(),
                date: String::new(),
            },
            node: 0,
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
            a: card(),
            b: card(),
            cycles: Vec::new(),
            preview: PreviewRow::default(),
            proposal: Verdict::Remove,
            verdict,
            reviewer: String::new(),
        }
    }

    /// A small graph of the United States with `n_queue` flagged edges, numbered from 0.
    pub(crate) fn sample(n_queue: i64) -> ConflictData {
        let node = |x: f32, stance: f32| GraphNode {
            doc: DocId(1),
            position: [x, 0.5 * x * x],
            issue_idx: 0,
            stance,
            label: "governor".to_owned(),
        };
        let link = |a: u32, b: u32, conflict: bool| GraphLink {
            a,
            b,
            kind: EdgeKind::Shared,
            conflict,
        };
        ConflictData {
            nation: Nation::FIVE[1],
            round: 0,
            n_rounds: 5,
            nodes: vec![node(0.0, 1.0), node(0.5, -1.0), node(1.0, 0.5)],
            links: vec![link(0, 1, true), link(1, 2, false), link(2, 0, false)],
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
    fn the_graph_skips_links_to_nowhere() {
        let node = |issue_idx: u32, stance: f32| GraphNode {
            doc: DocId(1),
            position: [0.5, 0.5],
            issue_idx,
            stance,
            label: String::new(),
        };
        let link = |a: u32, b: u32, conflict: bool| GraphLink {
            a,
            b,
            kind: EdgeKind::Shared,
            conflict,
        };
        let data = ConflictData {
            nation: Nation::FIVE[1],
            round: 0,
            n_rounds: 5,
            nodes: vec![node(0, 1.0), node(u32::MAX, 0.0), node(0, -1.0)],
            links: vec![link(0, 2, true), link(0, 1, false), link(0, 9, false)],
            issues: Vec::new(),
            queue: Vec::new(),
            rounds: Vec::new(),
            minority: Vec::new(),
            self_contradictions: Vec::new(),
            n_edges: 3,
            n_conflict_edges: 1,
            decisions: Vec::new(),
        };
        let scene = graph_scene(&data);
        assert_eq!((scene.points.len(), scene.lines.len()), (3, 2));
        assert_eq!(
            scene.lines[1].class_bits,
            lines::class_bits(LINE_CONFLICT, true)
        );
        assert!(is_conflict(&data.links, 2, 0) && !is_conflict(&data.links, 0, 1));
        assert!(focus_bounds(&data, &[]).is_none());
        assert!(focus_bounds(&data, &[0, 2]).is_some_and(|(lo, hi)| hi[0] > lo[0]));
    }

    #[test]
    fn equal_stances_stay_apart() {
        let points = strip(&[0.5, 0.5, 0.5, -1.0]);
        assert_eq!(points.len(), 4);
        assert!(points[0] != points[1] && points[1] != points[2]);
        assert_eq!(points[3][0], -1.0);
    }
}
