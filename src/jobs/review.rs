//! The review of flagged edges: what is open, and decisions as rows that are only added.

use super::engine::{Engine, JobsError, Outcome, Target};
use super::hub::Watch;
use crate::base::ids::{EdgeId, RunId};
use crate::domain::conflict::{Decision, Flag, Verdict};
use crate::stages::reduce::decisions_in_force;
use crate::store::{NewDecision, Store, StoreError};

/// The reviewer's name under accepted proposals.
const MACHINE: &str = "machine";

/// The open round of the reduction.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenReview {
    /// The reduction's run.
    pub run: RunId,
    /// The round, from 1.
    pub round: u32,
    /// Its flags by falling priority, each with the decision in force.
    pub flags: Vec<(Flag, Option<Decision>)>,
}

/// What accepting the machine's proposals did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Rounds closed.
    pub n_rounds: u32,
    /// Edges the machine kept.
    pub n_kept: usize,
    /// Edges the machine removed.
    pub n_removed: usize,
}

impl OpenReview {
    /// Reads the open round, `None` when nothing waits for review.
    ///
    /// # Errors
    /// The store's.
    pub fn read(store: &Store) -> Result<Option<Self>, StoreError> {
        let Some(run) = store.newest_run("reduce")? else {
            return Ok(None);
        };
        let closed = store
            .rounds(run.id)?
            .iter()
            .filter(|r| r.closed)
            .map(|r| r.round)
            .max()
            .unwrap_or(0);
        let flags: Vec<Flag> = store
            .flags(run.id)?
            .into_iter()
            .filter(|f| f.round == closed + 1)
            .collect();
        if run.output_hash.is_some() || flags.is_empty() {
            return Ok(None);
        }
        let mut in_force = decisions_in_force(&store.decisions(run.id)?, closed + 1);
        Ok(Some(Self {
            run: run.id,
            round: closed + 1,
            flags: flags
                .into_iter()
                .map(|f| {
                    let decision = in_force.remove(&f.edge);
                    (f, decision)
                })
                .collect(),
        }))
    }

    /// Counts flags without a verdict.
    pub fn n_open(&self) -> usize {
        self.flags.iter().filter(|(_, d)| d.is_none()).count()
    }
}

impl Engine {
    /// Adds a reviewer's decision on an edge of the open round.
    ///
    /// # Errors
    /// [`JobsError::NotFlagged`] if no open round asks about it.
    pub fn decide(
        &mut self,
        edge: EdgeId,
        verdict: Verdict,
        reviewer: &str,
        note: &str,
    ) -> Result<(), JobsError> {
        self.decide_all(&[(edge, verdict, reviewer.to_owned(), note.to_owned())])
    }

    /// Adds several decisions in one unit of work: all of them, or none.
    ///
    /// # Errors
    /// [`JobsError::NotFlagged`] for the first edge that no open round asks about; none is stored then.
    pub fn decide_all(
        &mut self,
        decisions: &[(EdgeId, Verdict, String, String)],
    ) -> Result<(), JobsError> {
        let review = OpenReview::read(&self.store)?.ok_or(JobsError::NothingToReview)?;
        if let Some((edge, ..)) = decisions
            .iter()
            .find(|(e, ..)| review.flags.iter().all(|(f, _)| f.edge != *e))
        {
            return Err(JobsError::NotFlagged { edge: edge.0 });
        }
        let now = self.clock.now_ms();
        self.store.write(|unit| {
            for (edge, verdict, reviewer, note) in decisions {
                unit.insert_decision(
                    review.run,
                    &NewDecision {
                        edge: *edge,
                        round: review.round,
                        verdict: *verdict,
                        reviewer,
                        note,
                        decided_ms: now,
                    },
                )?;
            }
            Ok::<_, JobsError>(())
        })
    }

    /// Takes the reviewer's last decision in the open round back; returns its edge.
    ///
    /// # Errors
    /// The store's.
    pub fn undo_decision(&mut self, reviewer: &str) -> Result<Option<EdgeId>, JobsError> {
        let Some(review) = OpenReview::read(&self.store)? else {
            return Ok(None);
        };
        let last = review
            .flags
            .iter()
            .filter_map(|(_, d)| d.as_ref())
            .filter(|d| d.reviewer == reviewer)
            .max_by_key(|d| d.id)
            .map(|d| d.edge);
        if let Some(edge) = last {
            self.decide(edge, Verdict::Undo, reviewer, "")?;
        }
        Ok(last)
    }

    /// Takes the machine's proposal for every open flag and goes on: one round, or all that follow.
    ///
    /// # Errors
    /// [`JobsError::NothingToReview`] if no round waits.
    pub fn accept(
        &mut self,
        all_rounds: bool,
        watch: &dyn Watch,
    ) -> Result<(Accepted, Outcome), JobsError> {
        let mut accepted = Accepted::default();
        loop {
            let Some(review) = OpenReview::read(&self.store)? else {
                if accepted.n_rounds == 0 {
                    return Err(JobsError::NothingToReview);
                }
                return Ok((accepted, Outcome::Done));
            };
            let open: Vec<_> = review
                .flags
                .iter()
                .filter(|(_, d)| d.is_none())
                .map(|(f, _)| (f.edge, f.proposal, MACHINE.to_owned(), String::new()))
                .collect();
            accepted.n_rounds += 1;
            accepted.n_removed += open
                .iter()
                .filter(|(_, v, ..)| *v == Verdict::Remove)
                .count();
            accepted.n_kept += open.iter().filter(|(_, v, ..)| *v == Verdict::Keep).count();
            self.decide_all(&open)?;
            let outcome = self.run(Target::To("reduce"), watch)?;
            if !all_rounds || outcome == Outcome::Done {
                return Ok((accepted, outcome));
            }
        }
    }
}
