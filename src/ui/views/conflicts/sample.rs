//! A small invented graph with a queue, for tests of the view.

use std::sync::Arc;

use crate::base::ids::{DecisionId, DocId, EdgeId, IssueId, StatementId};
use crate::base::language::Language;
use crate::base::seed::Seed;
use crate::base::sentences::Span;
use crate::domain::conflict::{EdgeKind, Stance, Verdict};
use crate::domain::corpus::Nation;
use crate::domain::review::{EdgeVotes, Standing, Vote};
use crate::domain::statement::StatementSet;
use crate::snapshot::model::DocLine;
use crate::snapshot::model::conflicts::{
    Camps, ConflictData, ConflictGraph, EdgeLook, GraphLink, GraphNode, IssueRow, Looks,
    PreviewRow, QueueItem, StatementCard,
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

fn item(edge: i64) -> QueueItem {
    QueueItem {
        edge: EdgeId(edge),
        kind: EdgeKind::Opposed,
        issue_idx: 0,
        n_cycles: 1,
        priority: 1.0,
        a: Arc::new(card(0)),
        b: Arc::new(card(1)),
        proposal: Verdict::Remove,
        votes: EdgeVotes::default(),
        standing: Standing::Open,
    }
}

fn issue() -> IssueRow {
    IssueRow {
        id: IssueId(1),
        proposition: "Nuclear power should be part of a clean energy supply".to_owned(),
        n_statements: 3,
        n_docs: 3,
        dominant: 0.41,
        contested: false,
        stances: vec![0.9, -0.9, 0.45],
        dominant_by_round: vec![Some(0.41)],
    }
}

/// The cycle that every edge of [`sample`] lies on.
pub(crate) fn sample_looks(n_queue: i64) -> Looks {
    let look = Arc::new(EdgeLook {
        cycles: vec![vec![0, 1, 2]],
        preview: PreviewRow {
            n_cycles_broken: 1,
            of_graph: (1, 0),
            removed_of: (1, 1),
            dropped: vec![StatementId(2)],
            dominant_before: 0.41,
            dominant_after: 0.58,
            ..PreviewRow::default()
        },
    });
    (0..n_queue)
        .map(|edge| (EdgeId(edge), Arc::clone(&look)))
        .collect()
}

/// Gives an item of [`sample`] the verdicts of some reviewers.
pub(crate) fn voted(data: &mut ConflictData, idx: usize, votes: &[(&str, Verdict)]) {
    let Some(item) = data.queue.get_mut(idx) else {
        return;
    };
    item.votes.people = votes
        .iter()
        .zip(1..)
        .map(|(&(reviewer, verdict), row)| Vote {
            reviewer: reviewer.to_owned(),
            verdict,
            note: String::new(),
            decision: DecisionId(row),
            decided_ms: 0,
        })
        .collect();
    item.standing = item.votes.standing();
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
        leaving: Arc::default(),
        issues: vec![issue()],
        queue: (0..n_queue).map(item).collect(),
        rounds: Vec::new(),
        minority: Vec::new(),
        self_contradictions: Vec::new(),
        n_edges: 3,
        n_conflict_edges: 1,
        decisions: Vec::new(),
    }
}

/// A nation of 700 documents in twelve groups with 4,000 links: so many are counted into a picture.
pub(crate) fn crowd() -> ConflictData {
    const N_GROUPS: usize = 12;
    const N_NODES: usize = 700;
    const N_LINKS: usize = 4000;
    const SPEAKERS: [&str; 4] = ["Minister Vogt", "环境部发言人", "la préfète", "R. Alder"];
    let mut random = Seed(9).stream("crowd");
    let mut near = |scale: f64| (scale * random.next_normal()) as f32;
    let mut nodes: Vec<GraphNode> = Vec::new();
    for i in 0..N_NODES {
        let group = i % N_GROUPS;
        let turn = std::f32::consts::TAU * group as f32 / N_GROUPS as f32;
        let (dx, dy) = (near(0.09), near(0.09));
        let is_speaker = i % 9 == 0;
        let label = if is_speaker {
            SPEAKERS[i / 9 % 4].to_owned()
        } else {
            "The Alder Post".to_owned()
        };
        nodes.push(GraphNode {
            doc: DocId(i as i64 + 1),
            position: [0.75 * turn.cos() + dx, 0.5 * turn.sin() + dy],
            issue_idx: if group < 2 { 0 } else { u32::MAX },
            stance: [1.0, -1.0, 0.0][group.min(2)],
            label,
            is_speaker,
            source_idx: (i % 3) as u32,
            dropped_in: (i % 60 == 1).then_some(1),
        });
    }
    let mut random = Seed(9).stream("links of a crowd");
    let mut links: Vec<GraphLink> = (0..N_LINKS)
        .map(|k| {
            let a = random.below(N_NODES);
            let far = random.below(12) == 0;
            let b = if far {
                random.below(N_NODES)
            } else {
                (a + N_GROUPS * (1 + random.below(20))) % N_NODES
            };
            let conflict = a % N_GROUPS + b % N_GROUPS == 1;
            let kind = EdgeKind::ALL[[0, 2, 2, 3, 4][k % 5]];
            GraphLink {
                a: a.min(b) as u32,
                b: a.max(b) as u32,
                conflict,
                kind: if conflict { EdgeKind::Opposed } else { kind },
                agreement: match kind {
                    _ if conflict => -1.0,
                    EdgeKind::Shared => 1.0,
                    _ => 0.0,
                },
                weight: 0.5,
                n_edges: 1,
                edge: EdgeId(1000 + k as i64),
                gone_in: (k % 40 == 0).then_some(1),
            }
        })
        .filter(|l| l.a != l.b)
        .collect();
    links.push(GraphLink {
        a: 0,
        b: 1,
        conflict: true,
        kind: EdgeKind::Opposed,
        agreement: -1.0,
        weight: 1.0,
        n_edges: 1,
        edge: EdgeId(0),
        gone_in: None,
    });
    let members: Vec<(u32, f32)> = (0u32..)
        .zip(&nodes)
        .filter(|(_, n)| n.issue_idx == 0)
        .map(|(i, n)| (i, n.stance))
        .collect();
    let ellipse = |x: f32, y: f32| -> Vec<[f32; 2]> {
        (0..40)
            .map(|k| std::f32::consts::TAU * k as f32 / 40.0)
            .map(|turn| [x + 0.24 * turn.cos(), y + 0.24 * turn.sin()])
            .collect()
    };
    let camps = Camps {
        members,
        hulls: [vec![ellipse(0.75, 0.0)], vec![ellipse(0.65, 0.25)]],
    };
    let sources = ["The Alder Post", "Harbor Tribune", "人民观察"];
    let graph = ConflictGraph {
        sources: sources.map(str::to_owned).to_vec(),
        camps: vec![camps],
        ..ConflictGraph::new(nodes, links)
    };
    ConflictData {
        graph: Arc::new(graph),
        ..sample(1)
    }
}
