//! Walks the record of decisions and replays it: its chain, its flags, its rounds, what was dropped.

use std::collections::{BTreeMap, BTreeSet};

use super::super::StageError;
use super::BEFORE_ROUNDS;
use super::replay::Replay;
use crate::algo::conflict::reduce::RoundOutcome;
use crate::base::ids::{EdgeId, RunId};
use crate::base::observe::Silent;
use crate::domain::conflict::{Decision, Flag};
use crate::domain::corpus::Nation;
use crate::domain::review::Votes;
use crate::store::{RoundRecord, Store, StoreError};

/// Differences of one kind listed in full.
const MAX_LISTED: usize = 20;

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Decisions in the record.
    pub n_decisions: usize,
    /// Closed rounds replayed.
    pub n_rounds: u32,
    /// Hash of the record's last row: who writes it down elsewhere can tell that the record is the same.
    pub head: String,
    /// Whether the project holds exactly what the record leads to.
    pub agrees: bool,
    /// Each difference in a sentence, the first broken row of the chain before all.
    pub differences: Vec<String>,
}

impl Audit {
    fn differ(&mut self, mut sentences: Vec<String>) {
        let n_more = sentences.len().saturating_sub(MAX_LISTED);
        sentences.truncate(MAX_LISTED);
        self.differences.extend(sentences);
        if n_more > 0 {
            self.differences
                .push(format!("… and {n_more} more like it"));
        }
    }
}

/// Checks the records of all reductions and replays that of the newest.
///
/// # Errors
/// The store's. Values that cannot be read are differences, not errors.
pub fn audit(store: &Store) -> Result<Audit, StageError> {
    let mut audit = Audit::default();
    let newest = store.newest_run("reduce")?;
    for chain in store.check_chains()? {
        let is_newest = newest.as_ref().is_some_and(|run| run.id == chain.run);
        if is_newest {
            audit.n_decisions = chain.head.n_rows;
            audit.head.clone_from(&chain.head.head);
        }
        if let Some(broken) = chain.broken {
            let of = if is_newest {
                String::new()
            } else {
                format!(" (in the record of run {})", chain.run)
            };
            audit.differences.push(format!("{broken}{of}"));
        }
    }
    if let Some(run) = newest {
        if audit.head.is_empty() {
            audit.head = store.decision_head(run.id)?.head;
        }
        match replay_all(store, run.id, &mut audit) {
            // A changed row may hold what nothing can be read from.
            Err(StageError::Store(error @ StoreError::Unreadable { .. })) => {
                audit.differences.push(error.to_string());
            }
            Err(StageError::Store(StoreError::Database(error)))
                if !audit.differences.is_empty() =>
            {
                let text = format!("the rounds cannot be replayed from such rows ({error})");
                audit.differences.push(text);
            }
            other => other?,
        }
    }
    audit.agrees = audit.differences.is_empty();
    Ok(audit)
}

/// Goes through the rounds as they were gone through, and compares what each left.
fn replay_all(store: &Store, run: RunId, audit: &mut Audit) -> Result<(), StageError> {
    let decisions = store.decisions(run)?;
    let flags = store.flags(run)?;
    let rounds = store.rounds(run)?;
    audit.differ(unasked(&decisions, &flags));
    let n_closed = rounds
        .iter()
        .filter(|r| r.closed)
        .map(|r| r.round)
        .max()
        .unwrap_or(0);
    let done = store.done_units(run)?;
    let mut replay = Replay::start(store, run, &Silent)?;
    for round in 1..=n_closed + 1 {
        if !done.contains(&(BEFORE_ROUNDS + i64::from(round))) {
            break;
        }
        let of_round: Vec<Flag> = flags.iter().filter(|f| f.round == round).copied().collect();
        let replayed = replay.flags();
        let replayed = replayed.into_iter().flat_map(|(_, flags)| flags);
        audit.differ(flag_differences(round, &of_round, replayed));
        if round > n_closed {
            audit.differ(round_differences(
                &rounds,
                round,
                &open_rounds(&replay, &of_round),
            ));
            break;
        }
        let votes = Votes::read(&decisions, round);
        let unsettled = of_round
            .iter()
            .filter(|f| !votes.standing(f.edge).is_settled());
        audit.differ(
            unsettled
                .map(|f| {
                    format!(
                        "round {round} is closed, though edge {} is {}",
                        f.edge,
                        votes.standing(f.edge).words()
                    )
                })
                .collect(),
        );
        let outcomes = replay.apply(&votes.verdicts());
        audit.differ(round_differences(
            &rounds,
            round,
            &closed_rounds(&replay, &outcomes),
        ));
    }
    audit.n_rounds = replay.round() - 1;
    audit.differ(dropped_differences(store, run, &replay)?);
    Ok(())
}

/// Finds decisions on edges that their round did not ask about.
fn unasked(decisions: &[Decision], flags: &[Flag]) -> Vec<String> {
    let asked: BTreeSet<(u32, EdgeId)> = flags.iter().map(|f| (f.round, f.edge)).collect();
    let unasked = decisions
        .iter()
        .filter(|d| !asked.contains(&(d.round, d.edge)));
    unasked
        .map(|d| {
            format!(
                "decision {} is on edge {}, which round {} did not flag",
                d.id, d.edge, d.round
            )
        })
        .collect()
}

fn flag_differences(
    round: u32,
    stored: &[Flag],
    replayed: impl Iterator<Item = Flag>,
) -> Vec<String> {
    let by_edge = |flags: &mut dyn Iterator<Item = Flag>| -> BTreeMap<EdgeId, Flag> {
        flags.map(|f| (f.edge, f)).collect()
    };
    let stored = by_edge(&mut stored.iter().copied());
    let replayed = by_edge(&mut { replayed });
    let edges: BTreeSet<EdgeId> = stored.keys().chain(replayed.keys()).copied().collect();
    let say = |edge: EdgeId| match (stored.get(&edge), replayed.get(&edge)) {
        (Some(a), Some(b)) if a == b => None,
        (Some(_), Some(_)) => Some(format!(
            "edge {edge} is flagged in round {round} with other numbers than the record leads to"
        )),
        (Some(_), None) => Some(format!(
            "edge {edge} is flagged in round {round}, and the record does not lead there"
        )),
        (None, _) => Some(format!(
            "edge {edge} should be flagged in round {round} and is not"
        )),
    };
    edges.into_iter().filter_map(say).collect()
}

/// The rows that a round leaves when it is flagged.
fn open_rounds(replay: &Replay, flags: &[Flag]) -> Vec<RoundRecord> {
    let n_flagged = |edges: &[crate::domain::conflict::ConflictEdge]| {
        let ids: BTreeSet<EdgeId> = edges.iter().map(|e| e.id).collect();
        flags.iter().filter(|f| ids.contains(&f.edge)).count()
    };
    let row = |nation: Nation, n_flagged: usize| RoundRecord {
        nation,
        round: replay.round(),
        n_flagged,
        n_removed: 0,
        n_kept: 0,
        n_dropped: 0,
        n_conflict_left: 0,
        closed: false,
    };
    let rows = replay
        .states()
        .map(|(nation, _, edges)| row(nation, n_flagged(edges)));
    rows.filter(|r| r.n_flagged > 0).collect()
}

/// The rows that a round leaves when it is closed.
fn closed_rounds(replay: &Replay, outcomes: &[(Nation, RoundOutcome)]) -> Vec<RoundRecord> {
    let row = |(nation, outcome): &(Nation, RoundOutcome)| {
        let n_flagged = outcome.removed.len() + outcome.kept.len() + outcome.undecided.len();
        RoundRecord {
            nation: *nation,
            round: outcome.round,
            n_flagged,
            n_removed: outcome.removed.len(),
            n_kept: n_flagged - outcome.removed.len(),
            n_dropped: outcome.dropped.len(),
            n_conflict_left: replay.n_live_conflicts(*nation),
            closed: true,
        }
    };
    outcomes.iter().map(row).collect()
}

fn round_differences(stored: &[RoundRecord], round: u32, replayed: &[RoundRecord]) -> Vec<String> {
    let of_round = |rows: &[RoundRecord]| -> BTreeMap<Nation, RoundRecord> {
        let rows = rows.iter().filter(|r| r.round == round);
        rows.map(|r| (r.nation, *r)).collect()
    };
    let (stored, replayed) = (of_round(stored), of_round(replayed));
    let nations: BTreeSet<Nation> = stored.keys().chain(replayed.keys()).copied().collect();
    let say = |nation: Nation| match (stored.get(&nation), replayed.get(&nation)) {
        (Some(a), Some(b)) if a == b => None,
        (Some(a), Some(b)) => Some(format!(
            "{nation}: round {round} is stored as {}, the record leads to {}",
            numbers(a),
            numbers(b)
        )),
        (Some(_), None) => Some(format!(
            "{nation}: round {round} is stored, and the record does not lead there"
        )),
        (None, _) => Some(format!("{nation}: round {round} is not stored")),
    };
    nations.into_iter().filter_map(say).collect()
}

fn numbers(r: &RoundRecord) -> String {
    format!(
        "{}, {} flagged, {} removed, {} kept, {} statements dropped, {} conflict edges left",
        if r.closed { "closed" } else { "open" },
        r.n_flagged,
        r.n_removed,
        r.n_kept,
        r.n_dropped,
        r.n_conflict_left
    )
}

fn dropped_differences(
    store: &Store,
    run: RunId,
    replay: &Replay,
) -> Result<Vec<String>, StageError> {
    let stored: BTreeSet<_> = store.dropped(run)?.into_iter().collect();
    let replayed: BTreeSet<_> = replay
        .states()
        .flat_map(|(_, state, _)| state.minority())
        .collect();
    let missing = replayed.difference(&stored).map(|(statement, round)| {
        format!("statement {statement} should be dropped in round {round} and is not")
    });
    let more = stored.difference(&replayed).map(|(statement, round)| {
        format!(
            "statement {statement} is dropped in round {round} without a decision that leads there"
        )
    });
    Ok(missing.chain(more).collect())
}
