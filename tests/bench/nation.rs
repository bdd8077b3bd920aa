//! An invented nation for benchmarks of the review: statements on issues, links, a few documents with very many.

use std::collections::BTreeSet;

use meridian::algo::conflict::graph::GraphStatement;
use meridian::base::ids::{DocId, EdgeId, IssueId, StatementId};
use meridian::base::seed::Random;
use meridian::domain::conflict::{ConflictEdge, EdgeKind, Stance};

/// Documents that very many others are linked with; they come first.
pub(crate) const N_HUBS: usize = 5;

/// Links of each of them.
const HUB_DEGREE: usize = 5_000;

/// Statements of an issue.
const ISSUE_STATEMENTS: usize = 500;

/// One statement in so many is on the smaller side of its issue.
const ONE_DISSENTS_IN: usize = 12;

/// Makes one statement a document, issues of equal size, conflict edges only between the sides of an issue.
pub(crate) fn nation(
    random: &mut Random,
    n_docs: usize,
    n_links: usize,
    n_conflicts: usize,
) -> (Vec<GraphStatement>, Vec<ConflictEdge>) {
    let n_issues = n_docs.div_ceil(ISSUE_STATEMENTS);
    let statements: Vec<GraphStatement> = (0..n_docs)
        .map(|i| GraphStatement {
            id: StatementId(i as i64 + 1),
            doc: DocId(i as i64 + 1),
            topic: None,
            issue: Some(IssueId((i % n_issues) as i64 + 1)),
            stance: if i < N_HUBS || random.below(ONE_DISSENTS_IN) == 0 {
                Stance::Opposes
            } else {
                Stance::Supports
            },
            confidence: 0.5 + 0.5 * random.next_f64(),
            speaker: None,
            places: Vec::new(),
            doc_group_size: 1,
            vector: 0,
        })
        .collect();
    let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
    let member = |issue: usize, k: usize| (issue + k * n_issues) % n_docs;
    let side = |i: usize| statements.get(i).map(|s| (s.issue, s.stance));
    // One pair in fifty goes to a hub, until it has its degree; a few of these inside the hub's issue.
    for hub in 0..N_HUBS.min(n_docs) {
        for k in 0..HUB_DEGREE.min(n_docs / 4) {
            let other = if k < 40 {
                member(hub % n_issues, random.below(ISSUE_STATEMENTS))
            } else {
                random.below(n_docs)
            };
            if other != hub {
                pairs.insert((hub.min(other), hub.max(other)));
            }
        }
    }
    let is_opposed = |a: usize, b: usize| match (side(a), side(b)) {
        (Some((i, s)), Some((j, t))) => i == j && s != t,
        _ => false,
    };
    let mut left =
        n_conflicts.saturating_sub(pairs.iter().filter(|p| is_opposed(p.0, p.1)).count());
    while left > 0 {
        let issue = random.below(n_issues);
        let (a, b) = (
            member(issue, random.below(ISSUE_STATEMENTS)),
            member(issue, random.below(ISSUE_STATEMENTS)),
        );
        if is_opposed(a, b) && pairs.insert((a.min(b), a.max(b))) {
            left -= 1;
        }
    }
    while pairs.len() < n_links {
        // Half of the links stay inside an issue, so that there are cycles.
        let a = random.below(n_docs);
        let b = if random.below(2) == 0 {
            member(a % n_issues, random.below(ISSUE_STATEMENTS))
        } else {
            random.below(n_docs)
        };
        if a != b && !is_opposed(a, b) {
            pairs.insert((a.min(b), a.max(b)));
        }
    }
    let edges = pairs.into_iter().enumerate().map(|(id, (a, b))| {
        let agreement = match (side(a), side(b)) {
            (Some((i, s)), Some((j, t))) if i == j => s.value() * t.value(),
            _ => 0.0,
        };
        ConflictEdge {
            id: EdgeId(id as i64 + 1),
            a: StatementId(a as i64 + 1),
            b: StatementId(b as i64 + 1),
            kind: EdgeKind::Semantic,
            weight: 0.1 + 0.9 * random.next_f64(),
            agreement,
        }
    });
    let edges = edges.collect();
    (statements, edges)
}
