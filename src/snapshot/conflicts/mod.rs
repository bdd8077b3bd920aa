//! The conflict graph of each nation with its issues, queue and rounds.
//!
//! [`graph`] lays documents and links out, [`queue`] shows flagged edges inside their cycles.

mod graph;
mod queue;

pub use graph::LayoutCache;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SnapshotError;
use super::model::StatementLine;
use super::model::conflicts::{ConflictData, DecisionRow, IssueRow, RoundRow};
use crate::algo::conflict::reduce::{EdgeFate, ReductionState};
use crate::base::ids::{DocId, IssueId, RunId, StatementId};
use crate::base::observe::Silent;
use crate::domain::conflict::{ConflictEdge, Issue, IssueMember};
use crate::domain::corpus::{Document, Nation};
use crate::domain::review::{Standing, Votes};
use crate::domain::statement::Statement;
use crate::stages::reduce::Replay;
use crate::stages::settings::Settings;
use crate::store::Store;
use graph::{Parts, graph};
use queue::queue_item;

/// Decisions listed.
const N_DECISIONS: usize = 200;

struct Book {
    docs: BTreeMap<DocId, Document>,
    statements: BTreeMap<StatementId, Statement>,
    sides: BTreeMap<StatementId, (IssueId, IssueMember)>,
    issues: Vec<Issue>,
    run: RunId,
}

/// Builds the graphs of all nations, none before the edges are there.
pub(super) fn build(
    store: &Store,
    settings: &Settings,
    layouts: &mut LayoutCache,
) -> Result<Vec<ConflictData>, SnapshotError> {
    let Some(run) = store.newest_run("reduce")? else {
        return Ok(Vec::new());
    };
    // Edges are the stage's second unit.
    if !store.done_units(run.id)?.contains(&1) {
        return Ok(Vec::new());
    }
    let issues = store.issues(run.id)?;
    let mut sides = BTreeMap::new();
    for issue in &issues {
        for m in &issue.members {
            sides.insert(m.statement, (issue.id, *m));
        }
    }
    let statements: BTreeMap<StatementId, Statement> =
        store.statements()?.into_iter().map(|s| (s.id, s)).collect();
    let mut with_statements: Vec<DocId> = statements.values().map(|s| s.doc).collect();
    with_statements.sort_unstable();
    with_statements.dedup();
    let docs = store.documents_of(&with_statements)?;
    let book = Book {
        docs: docs.into_iter().map(|d| (d.id, d)).collect(),
        statements,
        sides,
        issues,
        run: run.id,
    };
    let replay = Replay::read(store, run.id, settings.n_rounds, &Silent)?;
    let mut out = Vec::new();
    for (nation, state, edges) in replay.states() {
        out.push(nation_data(
            store,
            settings,
            &book,
            &Open {
                nation,
                state,
                edges,
                round: replay.round(),
            },
            layouts,
        )?);
    }
    out.sort_by_key(|c| c.nation.paper_order());
    Ok(out)
}

/// A nation's graph in its open round.
struct Open<'a> {
    nation: Nation,
    state: &'a ReductionState,
    edges: &'a [ConflictEdge],
    round: u32,
}

fn nation_data(
    store: &Store,
    settings: &Settings,
    book: &Book,
    open: &Open<'_>,
    layouts: &mut LayoutCache,
) -> Result<ConflictData, SnapshotError> {
    let Open {
        nation,
        state,
        edges,
        round: open_round,
    } = *open;
    let issues: Vec<&Issue> = book.issues.iter().filter(|i| i.nation == nation).collect();
    let issue_idx: BTreeMap<IssueId, u32> = issues
        .iter()
        .enumerate()
        .map(|(i, issue)| (issue.id, i as u32))
        .collect();
    let live: Vec<&ConflictEdge> = edges
        .iter()
        .filter(|e| state.fate(e.id) == Some(EdgeFate::Live))
        .collect();
    let parts = Parts {
        settings,
        book,
        nation,
        state,
        edges,
        issue_idx: &issue_idx,
    };
    let (graph, node_of) = graph(&parts, layouts);
    let dropped: BTreeMap<StatementId, u32> = state.minority().into_iter().collect();
    let rounds: Vec<RoundRow> = store
        .rounds(book.run)?
        .into_iter()
        .filter(|r| r.nation == nation)
        .map(|r| RoundRow {
            round: r.round,
            n_flagged: r.n_flagged,
            n_removed: r.n_removed,
            n_kept: r.n_kept,
            n_dropped: r.n_dropped,
            n_conflict_left: r.n_conflict_left,
            closed: r.closed,
        })
        .collect();
    let decisions = store.decisions(book.run)?;
    let votes = Votes::read(&decisions, open_round);
    let by_id: BTreeMap<_, &ConflictEdge> = edges.iter().map(|e| (e.id, e)).collect();
    let proposition_of = |s: StatementId| {
        book.sides
            .get(&s)
            .and_then(|(issue, _)| issue_idx.get(issue))
            .and_then(|&i| issues.get(i as usize))
            .map_or_else(String::new, |i| i.proposition.clone())
    };
    let mut queue = Vec::new();
    for flag in store
        .flags(book.run)?
        .iter()
        .filter(|f| f.round == open_round)
    {
        let Some(edge) = by_id.get(&flag.edge) else {
            continue;
        };
        if let Some(mut item) = queue_item(book, state, flag, edge, &issue_idx, &node_of) {
            let standing = votes.standing(flag.edge);
            item.verdict = standing.verdict();
            if let Standing::NotSure { by, .. } | Standing::Decided { by, .. } = standing {
                item.reviewer = by.join(", ");
            }
            queue.push(item);
        }
    }
    let summaries: BTreeMap<IssueId, _> = state
        .issue_summaries()
        .into_iter()
        .map(|s| (s.issue, s))
        .collect();
    let line = |id: StatementId| statement_line(book, id, &proposition_of);
    Ok(ConflictData {
        nation,
        round: open_round - 1,
        n_rounds: settings.n_rounds,
        graph: Arc::new(graph),
        issues: issues
            .iter()
            .map(|issue| {
                let summary = summaries.get(&issue.id);
                IssueRow {
                    id: issue.id,
                    proposition: issue.proposition.clone(),
                    n_statements: summary.map_or(issue.members.len(), |s| s.n_live),
                    n_docs: summary.map_or(0, |s| s.n_docs),
                    dominant: summary.map_or(0.0, |s| s.dominant),
                    contested: summary.is_some_and(|s| s.contested.is_some()),
                    stances: issue
                        .members
                        .iter()
                        .filter(|m| !dropped.contains_key(&m.statement))
                        .map(|m| (m.stance.value() * m.confidence) as f32)
                        .collect(),
                }
            })
            .collect(),
        queue,
        rounds,
        minority: dropped.keys().filter_map(|id| line(*id)).collect(),
        self_contradictions: state
            .self_contradictions()
            .into_iter()
            .filter_map(|c| Some((line(c.a)?, line(c.b)?)))
            .collect(),
        n_edges: live.len(),
        n_conflict_edges: live.iter().filter(|e| e.is_conflict()).count(),
        decisions: decisions
            .iter()
            .rev()
            .filter_map(|d| by_id.get(&d.edge).map(|e| (d, e)))
            .take(N_DECISIONS)
            .map(|(d, edge)| DecisionRow {
                at_ms: d.decided_ms,
                verdict: d.verdict,
                issue: proposition_of(edge.a),
                reviewer: d.reviewer.clone(),
                note: d.note.clone(),
                round: d.round,
            })
            .collect(),
    })
}

fn statement_line(
    book: &Book,
    id: StatementId,
    proposition_of: &dyn Fn(StatementId) -> String,
) -> Option<StatementLine> {
    let s = book.statements.get(&id)?;
    Some(StatementLine {
        id,
        doc: s.doc,
        text: s.text.clone(),
        set: s.set,
        speaker: s.speaker.clone(),
        stance: book
            .sides
            .get(&id)
            .map(|(_, m)| (m.stance, proposition_of(id))),
    })
}
