//! `reduce`: issues and stances, the conflict graph of each nation, and rounds of reviewed removal.
//!
//! Units in order: the issues, the edges, then the flags of each round. A round with flags that
//! nobody decided on, or that reviewers differ on, rests as *awaiting review* and holds no thread; when
//! every flag is settled the round is applied and the next one flagged. Nations go through the rounds side by side. What is
//! stored besides the verdicts follows from them: [`audit`] replays the record and compares.

mod ablation;
mod agreement;
mod audit;
mod issues;
pub mod package;
mod replay;
mod review;

pub use ablation::{AfterRound, is_disputed, rounds_by_kind, rounds_one_by_one};
pub use agreement::{PairMeasure, agreement, measure_pairs};
pub use audit::{Audit, audit};
pub use replay::Replay;
pub use review::{Effect, QueueBook, effect};

use std::collections::BTreeMap;

use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, names};
use crate::algo::conflict::ConflictError;
use crate::algo::conflict::graph::build_edges;
use crate::annotate::Annotator;
use crate::base::ids::EdgeId;
use crate::domain::conflict::{Flag, Verdict};
use crate::domain::corpus::Nation;
use crate::domain::review::Votes;
use crate::store::{ChainHead, NewEdge, RoundRecord};

/// Unit of the issues.
const ISSUES: i64 = 0;

/// Unit of the edges.
const EDGES: i64 = 1;

/// Units before the one of round 1.
const BEFORE_ROUNDS: i64 = 1;

/// The stage.
pub(super) struct Reduce;

impl Stage for Reduce {
    fn name(&self) -> &'static str {
        "reduce"
    }

    fn version(&self) -> u32 {
        1
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["prepare", "describe", "extract", "judge_source", "triples"])
    }

    fn params(&self, settings: &Settings, annotator: &dyn Annotator) -> String {
        let reduction = settings.reduction.written().map_or_else(String::new, |w| {
            // A struct of plain options always serializes.
            let text = serde_json::to_string(&w).unwrap_or_default();
            format!(r#""reduction":{text},"#)
        });
        format!(
            r#"{{"annotator":"{}","issue_min_cosine":{:?},"n_rounds":{},{reduction}"version":{}}}"#,
            annotator.name(),
            settings.issue_min_cosine,
            settings.n_rounds,
            annotator.version()
        )
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        let n_units = BEFORE_ROUNDS + 1 + i64::from(cx.settings.n_rounds);
        cx.store
            .write(|unit| unit.put_measure(cx.run.id, "n_units", n_units as f64))?;
        let done = cx.store.done_units(cx.run.id)?;
        if !done.contains(&ISSUES) {
            issues::write(cx)?;
        }
        if !done.contains(&EDGES) {
            write_edges(cx)?;
        }
        let mut replay = Replay::read(cx.store, cx.run.id, cx.observe)?;
        loop {
            let round = replay.round();
            if round > cx.settings.n_rounds {
                return Ok(Rest::Done);
            }
            if !cx
                .store
                .done_units(cx.run.id)?
                .contains(&(BEFORE_ROUNDS + i64::from(round)))
            {
                let flags = replay.flags();
                write_flags(cx, round, &flags)?;
            }
            let flags: Vec<Flag> = cx
                .store
                .flags(cx.run.id)?
                .into_iter()
                .filter(|f| f.round == round)
                .collect();
            if flags.is_empty() {
                return Ok(Rest::Done);
            }
            // Where the record ended before it was read: people may decide while this runs.
            let head = cx.store.decision_head(cx.run.id)?;
            let votes = Votes::read(&cx.store.decisions_of_round(cx.run.id, round)?, round);
            let n_open = flags
                .iter()
                .filter(|f| !votes.standing(f.edge).is_settled())
                .count();
            if n_open > 0 {
                return Ok(Rest::AwaitingReview { round, n_open });
            }
            if !close_round(cx, &mut replay, &flags, &votes.verdicts(), &head)? {
                replay = Replay::read(cx.store, cx.run.id, cx.observe)?;
            }
        }
    }
}

/// Drafts and stores the edges of every nation's graph.
fn write_edges(cx: &mut StageCx<'_>) -> Result<(), StageError> {
    let by_nation = issues::graph_statements(cx.store, cx.run.id, cx.settings.extract_chars)?;
    let mut rows = Vec::new();
    for (nation, of_nation) in &by_nation {
        let drafts = build_edges(
            &of_nation.statements,
            &of_nation.vectors,
            of_nation.n_docs,
            &cx.settings.reduction.graph,
            cx.observe,
        )
        .map_err(conflict_error)?;
        for d in drafts {
            rows.push(NewEdge {
                number: rows.len() as i64,
                nation: *nation,
                a: d.a,
                b: d.b,
                kind: d.kind,
                weight: d.weight,
                agreement: d.agreement,
            });
        }
    }
    cx.store.write(|unit| {
        unit.insert_edges(cx.run.id, &rows)?;
        unit.finish_unit(cx.run.id, EDGES)
    })?;
    Ok(())
}

fn write_flags(
    cx: &mut StageCx<'_>,
    round: u32,
    flags: &[(Nation, Vec<Flag>)],
) -> Result<(), StageError> {
    cx.store.write(|unit| {
        for (nation, of_nation) in flags {
            unit.insert_flags(cx.run.id, of_nation)?;
            if !of_nation.is_empty() {
                unit.put_round(
                    cx.run.id,
                    &RoundRecord {
                        nation: *nation,
                        round,
                        n_flagged: of_nation.len(),
                        n_removed: 0,
                        n_kept: 0,
                        n_dropped: 0,
                        n_conflict_left: 0,
                        closed: false,
                    },
                )?;
            }
        }
        unit.finish_unit(cx.run.id, BEFORE_ROUNDS + i64::from(round))
    })?;
    Ok(())
}

/// Applies the verdicts of a round and stores what follows from them; tells whether they were still all.
/// If not, nothing is stored and the replay is to be read anew.
fn close_round(
    cx: &mut StageCx<'_>,
    replay: &mut Replay,
    flags: &[Flag],
    verdicts: &BTreeMap<EdgeId, Verdict>,
    head: &ChainHead,
) -> Result<bool, StageError> {
    let round = replay.round();
    let outcomes = replay.apply(verdicts);
    let now = cx.clock.now_ms();
    let (mut n_removed, mut n_kept, mut n_dropped) = (0, 0, 0);
    cx.store.write(|unit| {
        if unit.decision_head(cx.run.id)? != *head {
            return Ok(false);
        }
        for (nation, outcome) in &outcomes {
            let n_flagged = outcome.removed.len() + outcome.kept.len() + outcome.undecided.len();
            n_removed += outcome.removed.len();
            n_kept += n_flagged - outcome.removed.len();
            n_dropped += outcome.dropped.len();
            unit.put_round(
                cx.run.id,
                &RoundRecord {
                    nation: *nation,
                    round,
                    n_flagged,
                    n_removed: outcome.removed.len(),
                    n_kept: n_flagged - outcome.removed.len(),
                    n_dropped: outcome.dropped.len(),
                    n_conflict_left: replay.n_live_conflicts(*nation),
                    closed: true,
                },
            )?;
            for statement in &outcome.dropped {
                unit.insert_dropped(cx.run.id, *statement, round)?;
            }
        }
        unit.insert_event(
            now,
            &format!("Round {round} closed"),
            &format!(
                "{} flagged, {n_removed} removed, {n_kept} kept, {n_dropped} statements dropped",
                flags.len()
            ),
        )?;
        Ok(true)
    })
}

/// Turns an error of the conflict mathematics into the stage's.
fn conflict_error(error: ConflictError) -> StageError {
    match error {
        ConflictError::Cancelled(_) => StageError::Cancelled,
        other => StageError::Compute {
            stage: "reduce",
            reason: other.to_string(),
        },
    }
}
