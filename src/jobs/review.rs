//! The review of flagged edges: what is open, and decisions as rows that are only added.
//!
//! A decision is a short edit and no job: it is stored at once, through the engine or, while a job runs,
//! through the desk. Several of them are one unit of work. What is in force follows from the rows
//! ([`Votes`]); a round that was closed takes no more.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::{Edits, MAX_TRIES};
use super::engine::{Engine, JobsError, Outcome, Target};
use super::hub::Watch;
use crate::base::clock::Clock;
use crate::base::ids::{DecisionId, EdgeId, RunId};
use crate::domain::conflict::{Decision, Flag, Verdict};
use crate::domain::review::filter::Rule;
use crate::domain::review::{MACHINE, Standing, Votes, reviewer_name};
use crate::stages::reduce::QueueBook;
use crate::stages::reduce::package::{PackageError, PackageLine, reduction_of};
use crate::store::{ChainHead, NewDecision, Store, StoreError};

/// The open round of the reduction.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenReview {
    /// The reduction's run.
    pub run: RunId,
    /// The round, from 1.
    pub round: u32,
    /// Its flags by falling priority, each with where it stands.
    pub flags: Vec<(Flag, Standing)>,
    /// Who said what.
    pub votes: Votes,
    /// Where the record ended when it was read.
    head: ChainHead,
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

/// What came of the lines of a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AppliedLines {
    /// Lines stored as decisions.
    pub n_stored: usize,
    /// Lines that say what the record says already.
    pub n_there: usize,
    /// Lines without a verdict.
    pub n_blank: usize,
}

/// A decision about to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The edge.
    pub edge: EdgeId,
    /// The verdict.
    pub verdict: Verdict,
    /// Who decides.
    pub reviewer: String,
    /// The reason, may be empty.
    pub note: String,
    /// Milliseconds spent on the edge, `None` where nobody measured.
    pub spent_ms: Option<i64>,
    /// Decides over what the reviewers say.
    pub adjudicates: bool,
    /// When, in milliseconds since 1970; `None` for now.
    pub decided_ms: Option<i64>,
    /// Words of the rule that makes it, empty for none.
    pub rule: String,
}

impl Given {
    /// A reviewer's verdict on one edge, now.
    pub fn new(edge: EdgeId, verdict: Verdict, reviewer: &str, note: &str) -> Self {
        Self {
            edge,
            verdict,
            reviewer: reviewer.to_owned(),
            note: note.to_owned(),
            spent_ms: None,
            adjudicates: false,
            decided_ms: None,
            rule: String::new(),
        }
    }

    /// The row it makes in a round, for reading what is in force after it.
    fn row(&self, round: u32) -> Decision {
        Decision {
            // Newer than all rows there are.
            id: DecisionId(i64::MAX),
            edge: self.edge,
            round,
            verdict: self.verdict,
            before: None,
            reviewer: self.reviewer.clone(),
            note: self.note.clone(),
            decided_ms: self.decided_ms.unwrap_or(i64::MAX),
            spent_ms: self.spent_ms,
            adjudicates: self.adjudicates,
            rule: self.rule.clone(),
        }
    }
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
        let round = store.last_closed_round(run.id)? + 1;
        let mut flags = store.flags(run.id)?;
        flags.retain(|f| f.round == round);
        if run.output_hash.is_some() || flags.is_empty() {
            return Ok(None);
        }
        // The head first: what comes between the two is noticed when something is stored.
        let head = store.decision_head(run.id)?;
        let votes = Votes::read(&store.decisions_of_round(run.id, round)?, round);
        let with_standing = |f: Flag| (f, votes.standing(f.edge));
        Ok(Some(Self {
            run: run.id,
            round,
            flags: flags.into_iter().map(with_standing).collect(),
            votes,
            head,
        }))
    }

    /// Counts flags that nobody said anything about.
    pub fn n_open(&self) -> usize {
        self.count(|s| *s == Standing::Open)
    }

    /// Counts flags that reviewers differ on.
    pub fn n_disputed(&self) -> usize {
        self.count(|s| matches!(s, Standing::Disputed { .. }))
    }

    /// Counts flags that keep the round open.
    pub fn n_unsettled(&self) -> usize {
        self.count(|s| !s.is_settled())
    }

    fn count(&self, is_meant: impl Fn(&Standing) -> bool) -> usize {
        self.flags.iter().filter(|(_, s)| is_meant(s)).count()
    }

    /// Reads what filters and rules ask of its edges.
    ///
    /// # Errors
    /// The store's.
    pub fn book(&self, store: &Store) -> Result<QueueBook, StoreError> {
        let flags = self.flags.iter().map(|(f, _)| *f).collect();
        QueueBook::read(store, self.run, flags, self.votes.clone())
    }
}

/// Decides on flagged edges, through the engine or beside it.
pub trait Reviews: Edits {
    /// Adds several decisions in one unit of work, all of them or none, and returns how many rows that made.
    ///
    /// Taking back what is not there makes none. A person's verdict on an edge that stands by an
    /// adjudication of that same person renews the adjudication.
    ///
    /// # Errors
    /// [`JobsError::NothingToReview`]; [`JobsError::NotFlagged`] for the first edge that the open round does
    /// not ask about; [`JobsError::Reviewer`] for a name that is none.
    fn decide_all(&mut self, given: &[Given]) -> Result<usize, JobsError> {
        let cx = self.edit_cx();
        decide_all(cx.store, cx.clock, given)
    }

    /// Takes the reviewer's newest verdict in the open round back; returns its edge, `None` if there is none.
    ///
    /// # Errors
    /// The store's.
    fn undo_decision(&mut self, reviewer: &str) -> Result<Option<EdgeId>, JobsError> {
        let cx = self.edit_cx();
        let Some(review) = OpenReview::read(cx.store)? else {
            return Ok(None);
        };
        let Some((edge, _, adjudicates)) = review.votes.last_of(reviewer) else {
            return Ok(None);
        };
        let given = Given {
            adjudicates,
            ..Given::new(edge, Verdict::Undo, reviewer, "")
        };
        decide_all(cx.store, cx.clock, &[given])?;
        Ok(Some(edge))
    }

    /// Decides as a rule says, in one unit of work with the rule's words as reason; returns what was
    /// decided.
    ///
    /// # Errors
    /// As [`Reviews::decide_all`].
    fn apply_rule(
        &mut self,
        rule: &Rule,
        reviewer: &str,
    ) -> Result<Vec<(EdgeId, Verdict)>, JobsError> {
        let cx = self.edit_cx();
        let review = OpenReview::read(cx.store)?.ok_or(JobsError::NothingToReview)?;
        let chosen = review.book(cx.store)?.chosen(rule);
        let words = rule.sentence();
        let given: Vec<Given> = chosen
            .iter()
            .map(|(edge, verdict)| Given {
                rule: words.clone(),
                ..Given::new(*edge, *verdict, reviewer, &words)
            })
            .collect();
        decide_all(cx.store, cx.clock, &given)?;
        Ok(chosen)
    }

    /// Takes the lines of a package as decisions, in one unit of work. A line that names nobody is
    /// `reviewer`'s; with `adjudicate` all of them adjudicate.
    ///
    /// The same line twice does nothing the second time, and neither does one that the record holds.
    ///
    /// # Errors
    /// [`JobsError::Package`] names every line that cannot be taken; nothing is stored then.
    fn apply_lines(
        &mut self,
        lines: &[PackageLine],
        reviewer: &str,
        adjudicate: bool,
    ) -> Result<AppliedLines, JobsError> {
        let cx = self.edit_cx();
        for _ in 0..MAX_TRIES {
            let read = read_lines(cx.store, lines, reviewer, adjudicate)?;
            let Some(review) = read.review.filter(|_| !read.given.is_empty()) else {
                return Ok(read.applied);
            };
            if store_rows(cx.store, cx.clock, &review, &read.given)? {
                return Ok(read.applied);
            }
        }
        Err(JobsError::ReviewMoved)
    }
}

impl<T: Edits + ?Sized> Reviews for T {}

fn decide_all(store: &mut Store, clock: &dyn Clock, given: &[Given]) -> Result<usize, JobsError> {
    for _ in 0..MAX_TRIES {
        let review = OpenReview::read(store)?.ok_or(JobsError::NothingToReview)?;
        let asked: BTreeSet<EdgeId> = review.flags.iter().map(|(f, _)| f.edge).collect();
        let mut votes = review.votes.clone();
        let mut rows = Vec::with_capacity(given.len());
        for g in given {
            if !asked.contains(&g.edge) {
                return Err(JobsError::NotFlagged { edge: g.edge.0 });
            }
            let row = in_channel(g, &votes)?;
            if row.verdict == Verdict::Undo && said(&votes, &row).is_none() {
                continue;
            }
            votes.take(&row.row(review.round));
            rows.push(row);
        }
        if rows.is_empty() || store_rows(store, clock, &review, &rows)? {
            return Ok(rows.len());
        }
    }
    Err(JobsError::ReviewMoved)
}

/// Returns the decision as it is to be stored: its reviewer's name without spaces, and whether it renews an
/// adjudication.
fn in_channel(given: &Given, votes: &Votes) -> Result<Given, JobsError> {
    let reviewer = match given.reviewer.as_str() {
        MACHINE => MACHINE.to_owned(),
        name => reviewer_name(name)?,
    };
    let renews = votes
        .of(given.edge)
        .is_some_and(|v| v.renews_adjudication(&reviewer));
    Ok(Given {
        adjudicates: given.adjudicates || renews,
        reviewer,
        ..given.clone()
    })
}

/// What the reviewer of a decision said until now, in the same channel.
fn said<'a>(votes: &'a Votes, row: &Given) -> Option<&'a crate::domain::review::Vote> {
    let of_edge = votes.of(row.edge)?;
    if row.adjudicates {
        // There is one adjudication on an edge, whoever gave it.
        of_edge.adjudication.as_ref()
    } else {
        of_edge.said_by(&row.reviewer, false)
    }
}

/// Stores decisions in one unit of work, unless the record or the round is another than was read: then it
/// stores nothing and returns false.
fn store_rows(
    store: &mut Store,
    clock: &dyn Clock,
    review: &OpenReview,
    rows: &[Given],
) -> Result<bool, JobsError> {
    let now = clock.now_ms();
    store.write(|unit| {
        let is_open = unit.last_closed_round(review.run)? + 1 == review.round;
        if !is_open || unit.decision_head(review.run)? != review.head {
            return Ok(false);
        }
        for row in rows {
            unit.insert_decision(
                review.run,
                &NewDecision {
                    edge: row.edge,
                    round: review.round,
                    verdict: row.verdict,
                    reviewer: &row.reviewer,
                    note: &row.note,
                    decided_ms: row.decided_ms.unwrap_or(now),
                    spent_ms: row.spent_ms,
                    adjudicates: row.adjudicates,
                    rule: &row.rule,
                },
            )?;
        }
        Ok(true)
    })
}

/// The lines of a package as decisions that are new.
struct ReadLines {
    review: Option<OpenReview>,
    given: Vec<Given>,
    applied: AppliedLines,
}

/// What makes two rows of the record the same one.
type RowKey<'a> = (EdgeId, &'a str, Verdict, &'a str, i64, bool);

fn read_lines(
    store: &Store,
    lines: &[PackageLine],
    reviewer: &str,
    adjudicate: bool,
) -> Result<ReadLines, JobsError> {
    let newest = store.newest_run("reduce")?;
    let newest = newest.ok_or(JobsError::NothingToReview)?;
    let reduction = reduction_of(&newest);
    let review = OpenReview::read(store)?;
    let decisions = store.decisions(newest.id)?;
    let edges: BTreeSet<EdgeId> = store.edges(newest.id)?.iter().map(|(_, e)| e.id).collect();
    let round = review.as_ref().map_or(0, |r| r.round);
    let asked: BTreeSet<EdgeId> = review
        .iter()
        .flat_map(|r| r.flags.iter().map(|(f, _)| f.edge))
        .collect();
    let mut votes = review
        .as_ref()
        .map_or_else(Votes::default, |r| r.votes.clone());
    let mut there: BTreeMap<RowKey<'_>, BTreeSet<u32>> = BTreeMap::new();
    for d in &decisions {
        let key = (
            d.edge,
            d.reviewer.as_str(),
            d.verdict,
            d.note.as_str(),
            d.decided_ms,
            d.adjudicates,
        );
        there.entry(key).or_default().insert(d.round);
    }
    let mut applied = AppliedLines::default();
    let mut given = Vec::new();
    let mut problems = Vec::new();
    for line in lines {
        let Some(verdict) = line.verdict else {
            applied.n_blank += 1;
            continue;
        };
        let row = Given {
            spent_ms: line.spent_ms,
            adjudicates: line.adjudicates || adjudicate,
            decided_ms: line.decided_ms,
            rule: line.rule.clone(),
            ..Given::new(
                line.edge,
                verdict,
                line.reviewer.as_deref().unwrap_or(reviewer),
                &line.note,
            )
        };
        let as_written = row.adjudicates;
        let row = match in_channel(&row, &votes) {
            Ok(row) => row,
            Err(error) => {
                problems.push((line.number, error.to_string()));
                continue;
            }
        };
        let same_row = row.decided_ms.is_some_and(|at| {
            // Whether it renewed an adjudication is not for the line to know.
            [as_written, row.adjudicates]
                .into_iter()
                .any(|adjudicates| {
                    let key = (
                        row.edge,
                        row.reviewer.as_str(),
                        verdict,
                        row.note.as_str(),
                        at,
                        adjudicates,
                    );
                    let rounds = there.get(&key);
                    rounds.is_some_and(|of| line.round.is_none_or(|r| of.contains(&r)))
                })
        });
        let problem = if line.reduction.as_ref().is_some_and(|r| *r != reduction) {
            Some("it belongs to another reduction: the pipeline was run again, or this is another project".to_owned())
        } else if !edges.contains(&line.edge) {
            Some(format!("there is no edge {}", line.edge))
        } else if same_row {
            None
        } else if round == 0 {
            Some("no round waits for review".to_owned())
        } else if line.round.is_some_and(|r| r != round) {
            Some(format!(
                "it decides in round {}, and round {round} is open",
                line.round.unwrap_or(0)
            ))
        } else if !asked.contains(&line.edge) {
            Some(format!(
                "edge {} is not flagged in round {round}",
                line.edge
            ))
        } else {
            None
        };
        if let Some(problem) = problem {
            problems.push((line.number, problem));
            continue;
        }
        let in_force = said(&votes, &row);
        let says_it_already = match verdict {
            Verdict::Undo => in_force.is_none(),
            _ => in_force.is_some_and(|v| {
                v.reviewer == row.reviewer && v.verdict == verdict && v.note == row.note
            }),
        };
        // A line with its time is a row of its own, unless that row is there; one without says what is to be.
        let is_new =
            !same_row && (row.decided_ms.is_some() && verdict != Verdict::Undo || !says_it_already);
        if !is_new {
            applied.n_there += 1;
            continue;
        }
        votes.take(&row.row(round));
        applied.n_stored += 1;
        given.push(row);
    }
    if !problems.is_empty() {
        return Err(PackageError { problems }.into());
    }
    // The same line twice in one file: the second is the first's row.
    let mut seen: BTreeSet<(EdgeId, String, Verdict, String, i64, bool)> = BTreeSet::new();
    given.retain(|g| {
        g.decided_ms.is_none_or(|at| {
            seen.insert((
                g.edge,
                g.reviewer.clone(),
                g.verdict,
                g.note.clone(),
                at,
                g.adjudicates,
            ))
        })
    });
    applied.n_there += applied.n_stored - given.len();
    applied.n_stored = given.len();
    Ok(ReadLines {
        review,
        given,
        applied,
    })
}

impl Engine {
    /// Adds a reviewer's decision on an edge of the open round.
    ///
    /// # Errors
    /// As [`Reviews::decide_all`].
    pub fn decide(
        &mut self,
        edge: EdgeId,
        verdict: Verdict,
        reviewer: &str,
        note: &str,
    ) -> Result<(), JobsError> {
        self.decide_all(&[Given::new(edge, verdict, reviewer, note)])?;
        Ok(())
    }

    /// Takes the machine's proposal for every edge that nobody spoke about and goes on: one round, or all
    /// that follow, as far as no reviewers differ.
    ///
    /// # Errors
    /// [`JobsError::NothingToReview`] if no round waits.
    pub fn accept(
        &mut self,
        all_rounds: bool,
        watch: &dyn Watch,
    ) -> Result<(Accepted, Outcome), JobsError> {
        let mut accepted = Accepted::default();
        let mut is_first = true;
        loop {
            let Some(review) = OpenReview::read(&self.store)? else {
                if is_first {
                    return Err(JobsError::NothingToReview);
                }
                return Ok((accepted, Outcome::Done));
            };
            is_first = false;
            let open: Vec<Given> = review
                .flags
                .iter()
                .filter(|(_, standing)| *standing == Standing::Open)
                .map(|(f, _)| Given::new(f.edge, f.proposal, MACHINE, ""))
                .collect();
            let count = |verdict| open.iter().filter(|g| g.verdict == verdict).count();
            accepted.n_removed += count(Verdict::Remove);
            accepted.n_kept += count(Verdict::Keep);
            self.decide_all(&open)?;
            let outcome = self.run(Target::To("reduce"), watch)?;
            let stays =
                matches!(outcome, Outcome::AwaitingReview { round, .. } if round == review.round);
            accepted.n_rounds += u32::from(!stays);
            if stays || !all_rounds || outcome == Outcome::Done {
                return Ok((accepted, outcome));
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
