//! How fast the conflict engine answers a reviewer on a large graph of documents.
//!
//! `cargo bench --bench conflict -- [DOCUMENTS] [LINKS] [CONFLICTS]` makes a nation of invented statements,
//! by default 100,000 documents, 1,000,000 links and 10,000 conflict edges with five documents of
//! degree 5,000, and prints milliseconds of single decisions, of taking them back and of previews. It
//! judges nothing.
#![expect(clippy::print_stdout, reason = "its output is a table")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use meridian::algo::conflict::graph::GraphStatement;
use meridian::algo::conflict::reduce::{ReductionSettings, ReductionState};
use meridian::base::ids::{DocId, EdgeId, IssueId, StatementId};
use meridian::base::observe::Silent;
use meridian::base::seed::{Random, Seed};
use meridian::domain::conflict::{ConflictEdge, EdgeKind, Stance, Verdict};

/// Documents that very many others are linked with.
const N_HUBS: usize = 5;

/// Links of each of them.
const HUB_DEGREE: usize = 5_000;

/// Statements of an issue.
const ISSUE_STATEMENTS: usize = 500;

/// One statement in so many is on the smaller side of its issue.
const ONE_DISSENTS_IN: usize = 12;

/// Decisions of a kind.
const N_DECISIONS: usize = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .map(|a| a.parse())
        .collect::<Result<_, _>>()?;
    let size = |i: usize, default| sizes.get(i).copied().unwrap_or(default);
    let (n_docs, n_links, n_conflicts) = (size(0, 100_000), size(1, 1_000_000), size(2, 10_000));
    let mut random = Seed(7).stream("nation");
    let (statements, edges) = nation(&mut random, n_docs, n_links, n_conflicts);
    let began = Instant::now();
    let settings = ReductionSettings {
        top_share: 1.0,
        ..ReductionSettings::default()
    };
    let mut state = ReductionState::new(statements, edges.clone(), settings, &Silent)?;
    println!(
        "{n_docs} documents, {} links, {} conflict edges; {} flagged; {} conflict cycles; made and counted in {:.2} s",
        edges.len(),
        edges.iter().filter(|e| e.is_conflict()).count(),
        state.flagged().len(),
        state.n_cycles().0,
        began.elapsed().as_secs_f64()
    );
    println!(
        "{:<44}{:>8}{:>10}{:>10}{:>10}",
        "milliseconds", "n", "median", "95 %", "worst"
    );
    let hubs: BTreeSet<StatementId> = (0..N_HUBS as i64).map(StatementId).collect();
    let (at_hubs, elsewhere): (Vec<_>, Vec<_>) = state
        .flagged()
        .iter()
        .copied()
        .partition(|f| hubs.contains(&f.deviating));
    for (place, flags) in [("anywhere", elsewhere), ("at the largest", at_hubs)] {
        let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let mut order: Vec<EdgeId> = flags.iter().map(|f| f.edge).collect();
        random.shuffle(&mut order);
        order.truncate(N_DECISIONS);
        let mut n_dropped = 0;
        let mut note = |what, began: Instant| {
            let ms = began.elapsed().as_secs_f64() * 1e3;
            times.entry(what).or_default().push(ms);
        };
        for (i, &edge) in order.iter().enumerate() {
            let began = Instant::now();
            let preview = state.preview(edge);
            note("preview", began);
            let began = Instant::now();
            let effect = state.decide(edge, Some(Verdict::Remove));
            let dropped = effect.and_then(|e| e.dropped).is_some();
            note(if dropped { "remove, drops" } else { "remove" }, began);
            n_dropped += usize::from(dropped);
            let expected = preview.map(|p| p.cycles_left);
            if effect.map(|e| e.cycles_left) != expected {
                return Err(
                    format!("the preview of edge {edge} did not tell what happened").into(),
                );
            }
            let began = Instant::now();
            let next = state.flags_now();
            note("flags as they would be", began);
            drop(next);
            // Every third decision is taken back, and those that drop always.
            if dropped || i % 3 == 0 {
                let began = Instant::now();
                let effect = state.decide(edge, None);
                let returned = effect.and_then(|e| e.returned).is_some();
                note(
                    if returned {
                        "undo, brings back"
                    } else {
                        "undo"
                    },
                    began,
                );
                if returned && i % 2 == 0 {
                    state.decide(edge, Some(Verdict::Remove));
                }
            }
        }
        for (what, ms) in &mut times {
            ms.sort_by(f64::total_cmp);
            let at = |share: f64| {
                let i = (share * (ms.len() - 1) as f64).round() as usize;
                ms.get(i).copied().unwrap_or_default()
            };
            println!(
                "{:<44}{:>8}{:>10.2}{:>10.2}{:>10.2}",
                format!("{what}, {place}"),
                ms.len(),
                at(0.5),
                at(0.95),
                at(1.0)
            );
        }
        println!("{n_dropped} statements dropped, {place}");
    }
    let began = Instant::now();
    let outcome = state.close_round();
    println!(
        "closing the round: {:.1} ms; {} removed, {} dropped, {} cycles left, {} flagged next",
        began.elapsed().as_secs_f64() * 1e3,
        outcome.removed.len(),
        outcome.dropped.len(),
        outcome.cycles_left,
        state.flagged().len()
    );
    let all: BTreeMap<EdgeId, Verdict> = state
        .flagged()
        .iter()
        .map(|f| (f.edge, f.proposal))
        .collect();
    let began = Instant::now();
    let outcome = state.what_if(&all);
    println!(
        "what a rule over {} edges would do: {:.1} ms; {} dropped",
        all.len(),
        began.elapsed().as_secs_f64() * 1e3,
        outcome.dropped.len()
    );
    Ok(())
}

/// One statement a document, issues of equal size, conflict edges only between the sides of an issue.
fn nation(
    random: &mut Random,
    n_docs: usize,
    n_links: usize,
    n_conflicts: usize,
) -> (Vec<GraphStatement>, Vec<ConflictEdge>) {
    let n_issues = n_docs.div_ceil(ISSUE_STATEMENTS);
    let statements: Vec<GraphStatement> = (0..n_docs)
        .map(|i| GraphStatement {
            id: StatementId(i as i64),
            doc: DocId(i as i64),
            topic: None,
            issue: Some(IssueId((i % n_issues) as i64)),
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
            id: EdgeId(id as i64),
            a: StatementId(a as i64),
            b: StatementId(b as i64),
            kind: EdgeKind::Semantic,
            weight: 0.1 + 0.9 * random.next_f64(),
            agreement,
        }
    });
    let edges = edges.collect();
    (statements, edges)
}
