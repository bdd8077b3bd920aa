//! The rounds of conflict reduction of one nation: flag, preview, decide, close (SPEC 7.5 to 7.7).
//!
//! [`ReductionState::decide`] takes effect at once and can be taken back until the round is closed;
//! nothing else removes anything. After a decision only what it touched is computed again; the
//! result is that of a fresh computation. It stores nothing: replaying the same verdicts from the
//! start, in any order within a round, gives the same state.

mod count;
mod decide;
mod fixed;
mod look;
mod prevail;
mod records;

pub use records::{
    DecisionEffect, DominantChange, EdgeFate, FlagOrder, IssueSummary, Preview, ReductionSettings,
    RoundOutcome,
};

use super::ConflictError;
use super::around::Corners;
use super::cycles::{LinkCycles, count_conflict_cycles};
use super::graph::GraphStatement;
use super::links::LinkGraph;
use super::stance::{Dominant, End, deviates, deviating_end, priority, top_count};
use crate::base::ids::IssueId;
use crate::base::observe::Observe;
use crate::domain::conflict::{ConflictEdge, Flag, Verdict};
use fixed::{Fixed, LinkTally, check_settings};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The reduction of one nation in its open round. Copies share everything that stays the same.
#[derive(Clone, Debug, PartialEq)]
pub struct ReductionState {
    fixed: Arc<Fixed>,
    settings: ReductionSettings,
    /// The round that is reviewed now, from 1.
    round: u32,
    fates: Vec<EdgeFate>,
    /// Round in which each statement was dropped.
    dropped_in: Vec<Option<u32>>,
    /// Edges removed with each statement as the deviating end.
    n_removed: Vec<usize>,
    /// Edges kept by a decision of a closed round, and whether D was positive then.
    kept: BTreeMap<usize, bool>,
    tallies: Vec<LinkTally>,
    graph: LinkGraph,
    /// Cycles of each link now in conflict.
    cycles: BTreeMap<usize, LinkCycles>,
    /// Distinct conflict cycles of the whole graph.
    n_cycles: u64,
    /// A cap was reached: cycle numbers are lower bounds.
    capped: bool,
    /// A cap was reached before the first round, so differences of counts mean nothing. The graph is
    /// never larger than then: where none was reached, none ever is.
    bounded: bool,
    /// Triangles at each document.
    corners: Corners,
    /// Weights of each statement's live non-conflict edges inside its issue, added up.
    supports: Vec<f64>,
    dominants: BTreeMap<IssueId, Dominant>,
    open: OpenRound,
}

/// The round under review: what it asks, what was answered, and how things stood when it began.
#[derive(Clone, Debug, PartialEq)]
struct OpenRound {
    /// Its flags, the most pressing first.
    flags: Arc<Vec<Flag>>,
    /// Position among the flags and deviating end of each flagged edge.
    asked: Arc<BTreeMap<usize, (usize, usize)>>,
    /// Verdicts given so far.
    verdicts: BTreeMap<usize, Verdict>,
    /// Edges removed in this round with each statement as the deviating end.
    n_removed: BTreeMap<usize, usize>,
    dominants_before: Arc<BTreeMap<IssueId, Dominant>>,
    n_cycles_before: u64,
    capped_before: bool,
}

impl ReductionState {
    /// Begins before the first round.
    ///
    /// # Errors
    /// [`ConflictError`] names the first statement, edge or setting that is wrong: identities given
    /// twice, edges to unknown statements or inside one document, weights that are not positive,
    /// conflict edges across issues, numbers out of range; or [`ConflictError::Cancelled`].
    pub fn new(
        statements: Vec<GraphStatement>,
        edges: Vec<ConflictEdge>,
        settings: ReductionSettings,
        observe: &dyn Observe,
    ) -> Result<Self, ConflictError> {
        check_settings(&settings)?;
        let (fixed, graph, tallies) = Fixed::new(statements, edges)?;
        let mut state = Self {
            settings,
            round: 1,
            fates: vec![EdgeFate::Live; fixed.edges.len()],
            dropped_in: vec![None; fixed.statements.len()],
            n_removed: vec![0; fixed.statements.len()],
            kept: BTreeMap::new(),
            tallies,
            graph,
            cycles: BTreeMap::new(),
            n_cycles: 0,
            capped: false,
            bounded: false,
            corners: Corners::default(),
            supports: Vec::new(),
            dominants: BTreeMap::new(),
            open: OpenRound {
                flags: Arc::default(),
                asked: Arc::default(),
                verdicts: BTreeMap::new(),
                n_removed: BTreeMap::new(),
                dominants_before: Arc::default(),
                n_cycles_before: 0,
                capped_before: false,
            },
            fixed: Arc::new(fixed),
        };
        observe.phase("cycles per link");
        state.count_again(&state.graph.conflict_links(), observe)?;
        observe.phase("cycles");
        let all = count_conflict_cycles(&state.graph, &settings.cycles, observe)?;
        (state.n_cycles, state.capped) = (all.total(), all.capped);
        state.bounded = state.capped || state.cycles.values().any(|c| c.capped);
        state.count_corners();
        state.supports = (0..state.fixed.statements.len())
            .map(|i| state.support(i, &BTreeSet::new()))
            .collect();
        state.dominants = state
            .fixed
            .members
            .keys()
            .map(|&issue| (issue, state.dominant_without(issue, &BTreeSet::new())))
            .collect();
        state.begin_round();
        Ok(state)
    }

    /// Returns the round that is reviewed now, from 1; after the last one a number higher.
    pub fn round(&self) -> u32 {
        self.round
    }

    /// Returns the settings.
    pub fn settings(&self) -> &ReductionSettings {
        &self.settings
    }

    /// Tells whether the last round is over or the open one flags nothing.
    pub fn is_finished(&self) -> bool {
        self.open.flags.is_empty()
    }

    /// Returns the number of distinct conflict cycles now, and whether the cap makes it a lower bound.
    pub fn n_cycles(&self) -> (u64, bool) {
        (self.n_cycles, self.capped)
    }

    /// Returns the edges flagged when the open round began, the most pressing first.
    ///
    /// They stay the same until the round is closed, whatever is decided meanwhile.
    ///
    /// A candidate is a live conflict edge on a conflict cycle of an issue that is not contested,
    /// whose deviating end deviates, and that was not kept under the same sign of D. The machine
    /// proposes *remove* when the deviating stance is confident enough and at least one of the
    /// cycles is even, that is, explained by two camps with the deviating end in one of them; where all
    /// are odd the issue may be mixed, and it proposes *keep*.
    pub fn flagged(&self) -> &[Flag] {
        &self.open.flags
    }

    /// Returns the edges that would be flagged if the open round were closed now.
    ///
    /// # Cost
    /// One pass over the conflict edges: their cycles are counted already.
    pub fn flags_now(&self) -> Vec<Flag> {
        self.flags_of(self.round + 1)
    }

    fn flags_of(&self, round: u32) -> Vec<Flag> {
        let mut candidates = self.candidates(round);
        candidates.sort_by(|(x, x_sure), (y, y_sure)| {
            let by_priority = y.priority.total_cmp(&x.priority);
            let by_confidence = x_sure.total_cmp(y_sure);
            let order = match self.settings.order {
                FlagOrder::Priority => by_priority.then(by_confidence),
                FlagOrder::LeastConfident => by_confidence.then(by_priority),
            };
            order.then(x.edge.cmp(&y.edge))
        });
        candidates.truncate(top_count(candidates.len(), self.settings.top_share));
        candidates.into_iter().map(|(flag, _)| flag).collect()
    }

    /// All edges that a round could flag as things stand, by id, with the confidence of the deviating stance.
    fn candidates(&self, round: u32) -> Vec<(Flag, f64)> {
        if round > self.settings.max_rounds {
            return Vec::new();
        }
        let conflicts = self.fixed.conflicts.iter();
        conflicts
            .filter_map(|&e| self.candidate(e, round))
            .collect()
    }

    fn candidate(&self, e: usize, round: u32) -> Option<(Flag, f64)> {
        let edge = &self.fixed.edges[e];
        let (t, dominant) = self.deviation(e)?;
        let statement = &self.fixed.statements[t];
        let d = dominant.value;
        let settled = self.kept_under(e) == Some(d > 0.0);
        if dominant.contested.is_some()
            || settled
            || !deviates(statement.stance, d, self.settings.delta)
        {
            return None;
        }
        let cycles = self
            .cycles
            .get(&self.fixed.link_of[e])
            .filter(|c| c.total() > 0)?;
        let explained = cycles.total_odd() < cycles.total();
        let sure = statement.confidence >= self.settings.propose_min_confidence;
        let flag = Flag {
            edge: edge.id,
            round,
            deviating: statement.id,
            n_cycles: cycles.total(),
            priority: priority(cycles.total(), statement.stance, d, edge.weight),
            dominant: d,
            proposal: if sure && explained {
                Verdict::Remove
            } else {
                Verdict::Keep
            },
        };
        Some((flag, statement.confidence))
    }

    /// The deviating end of a live conflict edge, and its issue's dominant stance.
    fn deviation(&self, e: usize) -> Option<(usize, Dominant)> {
        if self.fates[e] != EdgeFate::Live || !self.fixed.edges[e].is_conflict() {
            return None;
        }
        let dominant = *self.dominants.get(&self.fixed.issue_of(e)?)?;
        let [a, b] = self.fixed.ends[e];
        let stance = |i: usize| self.fixed.statements[i].stance;
        let t = match deviating_end(stance(a), stance(b), dominant.value) {
            End::A => a,
            End::B => b,
        };
        Some((t, dominant))
    }

    /// Whether D was positive when an edge was kept; `None` if it was not.
    fn kept_under(&self, e: usize) -> Option<bool> {
        if self.open.verdicts.get(&e) == Some(&Verdict::Keep) {
            return self.flag_of(e).map(|(flag, _)| flag.dominant > 0.0);
        }
        self.kept.get(&e).copied()
    }

    /// The open round's flag of an edge, and its deviating end.
    fn flag_of(&self, e: usize) -> Option<(&Flag, usize)> {
        let &(position, t) = self.open.asked.get(&e)?;
        Some((self.open.flags.get(position)?, t))
    }

    /// Flags, and remembers how things stand.
    fn begin_round(&mut self) {
        let flags = self.flags_of(self.round);
        let mut asked = BTreeMap::new();
        for (position, flag) in flags.iter().enumerate() {
            let found = self.fixed.find_edge(flag.edge);
            if let Some((e, (t, _))) = found.and_then(|e| Some((e, self.deviation(e)?))) {
                asked.insert(e, (position, t));
            }
        }
        self.open = OpenRound {
            flags: Arc::new(flags),
            asked: Arc::new(asked),
            verdicts: BTreeMap::new(),
            n_removed: BTreeMap::new(),
            dominants_before: Arc::new(self.dominants.clone()),
            n_cycles_before: self.n_cycles,
            capped_before: self.capped,
        };
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod properties;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
