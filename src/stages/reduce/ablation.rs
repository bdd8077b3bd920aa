//! What the rounds of a project came to one by one, and what each kind of edge contributes.
//!
//! It reads and computes; nothing of it is stored, and no decision is made.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::super::StageError;
use super::conflict_error;
use super::replay::Replay;
use crate::algo::conflict::ablation::{AblatedRounds, rounds_without};
use crate::algo::conflict::reduce::IssueSummary;
use crate::base::ids::{IssueId, RunId, StatementId};
use crate::base::observe::Observe;
use crate::domain::conflict::EdgeKind;
use crate::domain::review::Votes;
use crate::store::Store;

/// Where a project stands after a round.
#[derive(Clone, Debug, PartialEq)]
pub struct AfterRound {
    /// The round; 0 before the first.
    pub round: u32,
    /// Statements not dropped.
    pub n_statements: usize,
    /// Conflict edges left.
    pub n_conflict_edges: usize,
    /// Distinct conflict cycles left.
    pub n_cycles: u64,
    /// A cap was reached: the cycles are a lower bound.
    pub capped: bool,
    /// Issues in which neither side prevails, see [`is_disputed`].
    pub n_contested: usize,
    /// Statements dropped so far, ascending.
    pub dropped: Vec<StatementId>,
    /// Every issue then.
    pub issues: BTreeMap<IssueId, IssueSummary>,
}

/// Tells whether an issue is contested by two sides in at least three documents, not by lack of them.
pub fn is_disputed(s: &IssueSummary) -> bool {
    s.contested.is_some() && s.n_docs >= 3 && s.n_for > 0 && s.n_against > 0
}

/// Replays the closed rounds of a run and looks at each.
///
/// # Errors
/// The store's, or [`StageError::Cancelled`].
pub fn rounds_one_by_one(
    store: &Store,
    run: RunId,
    observe: &dyn Observe,
) -> Result<Vec<AfterRound>, StageError> {
    let n_closed = store.last_closed_round(run)?;
    let decisions = store.decisions(run)?;
    let mut replay = Replay::start(store, run, observe)?;
    let mut out = Vec::new();
    for round in 0..=n_closed {
        if round > 0 {
            replay.apply(&Votes::read(&decisions, round).verdicts());
        }
        out.push(look(&replay, round));
    }
    Ok(out)
}

fn look(replay: &Replay, round: u32) -> AfterRound {
    let mut after = AfterRound {
        round,
        n_statements: 0,
        n_conflict_edges: 0,
        n_cycles: 0,
        capped: false,
        n_contested: 0,
        dropped: Vec::new(),
        issues: BTreeMap::new(),
    };
    for (_, state, _) in replay.states() {
        let dropped = state.minority();
        after.n_statements += state.n_statements() - dropped.len();
        after.dropped.extend(dropped.into_iter().map(|(s, _)| s));
        after.n_conflict_edges += state.n_live_edges().1;
        let (n_cycles, capped) = state.n_cycles();
        after.n_cycles += n_cycles;
        after.capped |= capped;
        let summaries = state.issue_summaries();
        after.n_contested += summaries.iter().filter(|s| is_disputed(s)).count();
        after
            .issues
            .extend(summaries.into_iter().map(|s| (s.issue, s)));
    }
    after.dropped.sort_unstable();
    after
}

/// Runs the rounds of every nation with all edges and without each kind, the machine's proposals taken.
///
/// The first entry is that of all kinds.
///
/// # Errors
/// The store's, or [`StageError::Cancelled`].
pub fn rounds_by_kind(
    store: &Store,
    run: RunId,
    observe: &dyn Observe,
) -> Result<Vec<(Option<EdgeKind>, AblatedRounds)>, StageError> {
    let replay = Replay::start(store, run, observe)?;
    let kinds: Vec<Option<EdgeKind>> = std::iter::once(None)
        .chain(EdgeKind::ALL.into_iter().map(Some))
        .collect();
    kinds
        .par_iter()
        .map(|&kind| {
            let mut sum = AblatedRounds::default();
            for (_, state, edges) in replay.states() {
                let rounds =
                    rounds_without(state.statements(), edges, kind, state.settings(), observe);
                sum.add(&rounds.map_err(conflict_error)?);
            }
            Ok((kind, sum))
        })
        .collect()
}
