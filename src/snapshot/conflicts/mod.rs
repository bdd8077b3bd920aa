//! The conflict graph of each nation with its issues, queue and rounds.
//!
//! [`ConflictCache`] keeps the replay of the rounds between snapshots, so that a verdict costs no more than
//! what it changes. [`graph`] lays documents and links out, [`queue`] shows flagged edges, [`look`] puts one
//! inside its cycles, [`rounds`] is the timeline, [`review`] compares reviewers.

mod cache;
mod graph;
mod look;
mod queue;
mod review;
mod rounds;

pub use cache::ConflictCache;

use std::collections::BTreeMap;

use super::model::StatementLine;
use super::model::conflicts::{DecisionRow, IssueRow};
use crate::algo::conflict::reduce::ReductionState;
use crate::base::ids::{DocId, EdgeId, IssueId, RunId, StatementId};
use crate::base::seed::Seed;
use crate::domain::conflict::{ConflictEdge, Decision, Issue, IssueMember};
use crate::domain::corpus::{Document, Nation};
use crate::domain::statement::Statement;
use crate::store::{Store, StoreError};

/// Decisions listed.
const N_DECISIONS: usize = 200;

/// What stays the same through a run of the reduction.
struct Book {
    run: RunId,
    /// Seed of the run.
    seed: Seed,
    docs: BTreeMap<DocId, Document>,
    statements: BTreeMap<StatementId, Statement>,
    sides: BTreeMap<StatementId, (IssueId, IssueMember)>,
    issues: Vec<Issue>,
    /// Proposition of each issue.
    propositions: BTreeMap<IssueId, String>,
    edges: BTreeMap<EdgeId, ConflictEdge>,
}

impl Book {
    fn read(store: &Store, run: RunId) -> Result<Self, StoreError> {
        let issues = store.issues(run)?;
        let members = issues.iter().flat_map(|issue| {
            let members = issue.members.iter();
            members.map(|m| (m.statement, (issue.id, *m)))
        });
        let sides = members.collect();
        let statements: BTreeMap<StatementId, Statement> =
            store.statements()?.into_iter().map(|s| (s.id, s)).collect();
        let mut with_statements: Vec<DocId> = statements.values().map(|s| s.doc).collect();
        with_statements.sort_unstable();
        with_statements.dedup();
        let docs = store.documents_of(&with_statements)?;
        let edges = store.edges(run)?;
        let seed = store.run(run)?.map_or(Seed(0), |r| Seed(r.seed));
        Ok(Self {
            run,
            seed,
            docs: docs.into_iter().map(|d| (d.id, d)).collect(),
            statements,
            sides,
            propositions: issues
                .iter()
                .map(|i| (i.id, i.proposition.clone()))
                .collect(),
            issues,
            edges: edges.into_iter().map(|(_, e)| (e.id, e)).collect(),
        })
    }

    /// Returns the issue of a statement.
    fn issue_of(&self, statement: StatementId) -> Option<IssueId> {
        self.sides.get(&statement).map(|(issue, _)| *issue)
    }

    /// Returns the issue that both ends of an edge are on.
    fn issue_of_edge(&self, edge: EdgeId) -> Option<IssueId> {
        let edge = self.edges.get(&edge)?;
        let issue = self.issue_of(edge.a)?;
        (self.issue_of(edge.b) == Some(issue)).then_some(issue)
    }

    /// Returns the nation of an edge.
    fn nation_of(&self, edge: EdgeId) -> Option<Nation> {
        let edge = self.edges.get(&edge)?;
        Some(self.statements.get(&edge.a)?.nation)
    }

    fn proposition(&self, issue: Option<IssueId>) -> String {
        let found = issue.and_then(|i| self.propositions.get(&i));
        found.cloned().unwrap_or_default()
    }

    /// Returns the place of every issue of a nation in the list of its issues.
    fn issue_places(&self, nation: Nation) -> BTreeMap<IssueId, u32> {
        let issues = self.issues.iter().filter(|i| i.nation == nation);
        issues.zip(0u32..).map(|(i, at)| (i.id, at)).collect()
    }

    fn line(&self, id: StatementId) -> Option<StatementLine> {
        let s = self.statements.get(&id)?;
        let side = self.sides.get(&id);
        Some(StatementLine {
            id,
            doc: s.doc,
            text: s.text.clone(),
            set: s.set,
            speaker: s.speaker.clone(),
            stance: side.map(|(issue, m)| (m.stance, self.proposition(Some(*issue)))),
        })
    }
}

/// Lists the issues of a nation as they stand, with what became of their dominant stances.
fn issue_rows(
    book: &Book,
    nation: Nation,
    state: &ReductionState,
    dropped: &BTreeMap<StatementId, u32>,
    history: &[rounds::Step],
) -> Vec<IssueRow> {
    let summaries: BTreeMap<IssueId, _> = state
        .issue_summaries()
        .into_iter()
        .map(|s| (s.issue, s))
        .collect();
    let row = |issue: &Issue| {
        let summary = summaries.get(&issue.id);
        let live = issue
            .members
            .iter()
            .filter(|m| !dropped.contains_key(&m.statement));
        let then = |step: &rounds::Step| step.dominants.get(&issue.id).copied();
        IssueRow {
            id: issue.id,
            proposition: issue.proposition.clone(),
            n_statements: summary.map_or(issue.members.len(), |s| s.n_live),
            n_docs: summary.map_or(0, |s| s.n_docs),
            dominant: summary.map_or(0.0, |s| s.dominant),
            contested: summary.is_some_and(|s| s.contested.is_some()),
            stances: live
                .map(|m| (m.stance.value() * m.confidence) as f32)
                .collect(),
            dominant_by_round: history.iter().map(then).collect(),
        }
    };
    let issues = book.issues.iter().filter(|i| i.nation == nation);
    issues.map(row).collect()
}

/// Lists the newest decisions on edges of a nation.
fn decision_rows(book: &Book, nation: Nation, decisions: &[Decision]) -> Vec<DecisionRow> {
    let of_nation = decisions.iter().rev().filter_map(|d| {
        let is_of_nation = book.nation_of(d.edge) == Some(nation);
        is_of_nation.then(|| (d, book.issue_of_edge(d.edge)))
    });
    of_nation
        .take(N_DECISIONS)
        .map(|(d, issue)| DecisionRow {
            at_ms: d.decided_ms,
            verdict: d.verdict,
            issue: book.proposition(issue),
            reviewer: d.reviewer.clone(),
            note: d.note.clone(),
            round: d.round,
            spent_ms: d.spent_ms,
            adjudicates: d.adjudicates,
        })
        .collect()
}
