//! Replays the record of decisions and compares what it leads to with what the project holds.

use std::collections::BTreeSet;

use super::super::StageError;
use super::replay::Replay;
use crate::base::observe::Silent;
use crate::store::{Store, StoreError};

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Decisions in the record.
    pub n_decisions: usize,
    /// Closed rounds replayed.
    pub n_rounds: u32,
    /// Whether the project holds exactly what the record leads to.
    pub agrees: bool,
    /// Each difference in a sentence.
    pub differences: Vec<String>,
}

/// Replays the newest reduction of a project.
///
/// # Errors
/// The store's.
pub fn audit(store: &Store) -> Result<Audit, StageError> {
    let Some(run) = store.newest_run("reduce")? else {
        return Ok(Audit {
            agrees: true,
            ..Audit::default()
        });
    };
    let n_rounds = n_rounds_of(&run.params_json)?;
    let replay = Replay::read(store, run.id, n_rounds, &Silent)?;
    let mut audit = Audit {
        n_decisions: store.decisions(run.id)?.len(),
        n_rounds: replay.round() - 1,
        ..Audit::default()
    };
    let stored: BTreeSet<_> = store.dropped(run.id)?.into_iter().collect();
    let replayed: BTreeSet<_> = replay
        .states()
        .flat_map(|(_, state, _)| state.minority())
        .collect();
    for (statement, round) in replayed.difference(&stored) {
        audit.differences.push(format!(
            "statement {statement} should be dropped in round {round} and is not"
        ));
    }
    for (statement, round) in stored.difference(&replayed) {
        audit.differences.push(format!(
            "statement {statement} is dropped in round {round} without a decision that leads there"
        ));
    }
    for round in store
        .rounds(run.id)?
        .iter()
        .filter(|r| r.closed && r.round + 1 == replay.round())
    {
        let left = replay.n_live_conflicts(round.nation);
        if left != round.n_conflict_left {
            audit.differences.push(format!(
                "{}: {} conflict edges are stored as left after round {}, the record leads to {left}",
                round.nation, round.n_conflict_left, round.round
            ));
        }
    }
    audit.agrees = audit.differences.is_empty();
    Ok(audit)
}

/// Reads the number of rounds a reduction was run with.
fn n_rounds_of(params_json: &str) -> Result<u32, StageError> {
    serde_json::from_str::<serde_json::Value>(params_json)
        .ok()
        .and_then(|v| v.get("n_rounds")?.as_u64())
        .map(|n| n as u32)
        .ok_or_else(|| {
            StageError::Store(StoreError::Unreadable {
                what: "number of rounds",
                value: params_json.to_owned(),
            })
        })
}
