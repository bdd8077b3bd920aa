//! The timeline: how every dominant stance stood before the first round and after each closed one.

use std::collections::BTreeMap;

use super::super::model::conflicts::RoundRow;
use crate::algo::conflict::reduce::ReductionState;
use crate::base::ids::IssueId;
use crate::domain::corpus::Nation;
use crate::store::RoundRecord;

/// A nation's issues between two rounds.
pub(super) struct Step {
    /// D of every issue that was not contested.
    pub(super) dominants: BTreeMap<IssueId, f64>,
    /// Issues that were.
    pub(super) n_contested: usize,
}

impl Step {
    /// Reads how a nation stands.
    pub(super) fn of(state: &ReductionState) -> Self {
        let all = state.issue_summaries();
        Self {
            dominants: all
                .iter()
                .filter(|s| s.contested.is_none())
                .map(|s| (s.issue, s.dominant))
                .collect(),
            n_contested: all.iter().filter(|s| s.contested.is_some()).count(),
        }
    }
}

/// Lists what the rounds of a nation did; `history` begins before the first.
pub(super) fn round_rows(
    nation: Nation,
    records: &[RoundRecord],
    history: &[Step],
) -> Vec<RoundRow> {
    let of_nation = records.iter().filter(|r| r.nation == nation);
    of_nation
        .map(|r| RoundRow {
            round: r.round,
            n_flagged: r.n_flagged,
            n_removed: r.n_removed,
            n_kept: r.n_kept,
            n_dropped: r.n_dropped,
            n_conflict_left: r.n_conflict_left,
            n_contested: history.get(r.round as usize).map_or(0, |s| s.n_contested),
            closed: r.closed,
        })
        .collect()
}
