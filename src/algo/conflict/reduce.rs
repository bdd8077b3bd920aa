//! The rounds of conflict reduction of one nation: flag, preview, apply (SPEC 7.5 to 7.7).
//!
//! The state changes by [`ReductionState::apply`] alone, and that removes only what a verdict says.
//! After a round only what it touched is computed again; the result is that of a fresh computation.
//! It stores nothing: replaying the same verdicts from the start gives the same state.

mod fixed;
mod look;
mod records;

pub use records::{
    DominantChange, EdgeFate, FlagOrder, IssueSummary, Preview, ReductionSettings, RoundOutcome,
};

use super::ConflictError;
use super::cycles::{
    LinkCycles, conflict_cycles_through, count_conflict_cycles, count_links, weaken_links,
};
use super::graph::GraphStatement;
use super::links::{LinkGraph, LinkState, links_near};
use super::stance::{
    Dominant, End, Vote, deviates, deviating_end, dominant, priority, top_count, vote_weight,
};
use crate::base::ids::{EdgeId, IssueId};
use crate::base::observe::{Observe, Silent};
use crate::domain::conflict::{ConflictEdge, Flag, Verdict};
use fixed::{Fixed, LinkTally, check_settings};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The reduction of one nation between two rounds. Copies share everything that stays the same.
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
    /// Edges kept by a decision, and whether D was positive then.
    kept: BTreeMap<usize, bool>,
    tallies: Vec<LinkTally>,
    graph: LinkGraph,
    /// Cycles of each link now in conflict.
    cycles: BTreeMap<usize, LinkCycles>,
    /// Distinct conflict cycles of the whole graph.
    n_cycles: u64,
    /// A cap was reached: cycle numbers are lower bounds.
    capped: bool,
    dominants: BTreeMap<IssueId, Dominant>,
}

/// What removing edges entails.
struct Plan {
    dropped: Vec<usize>,
    /// Edges that leave with the dropped, each with its statement, ascending.
    left_with: Vec<(usize, usize)>,
    /// Links with other live edges than before.
    tallies: BTreeMap<usize, LinkTally>,
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
            dominants: BTreeMap::new(),
            fixed: Arc::new(fixed),
        };
        observe.phase("cycles per link");
        state.count_again(&state.graph.conflict_links(), observe)?;
        observe.phase("cycles");
        (state.n_cycles, state.capped) =
            count_conflict_cycles(&state.graph, &settings.cycles, observe)?;
        state.dominants = state
            .fixed
            .members
            .keys()
            .map(|&issue| (issue, state.dominant_without(issue, &BTreeSet::new())))
            .collect();
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

    /// Tells whether the last round is over or nothing is flagged any more.
    pub fn is_finished(&self) -> bool {
        self.candidates().is_empty()
    }

    /// Returns the number of distinct conflict cycles, and whether the cap makes it a lower bound.
    pub fn n_cycles(&self) -> (u64, bool) {
        (self.n_cycles, self.capped)
    }

    /// Flags the edges of the current round, the most pressing first.
    ///
    /// A candidate is a live conflict edge on a conflict cycle of an issue that is not contested,
    /// whose deviating end deviates, and that was not kept under the same sign of D. The machine
    /// proposes *remove* when the deviating stance is confident enough and at least one of the
    /// cycles is even, that is, explained by two camps with the deviating end in one of them; where all
    /// are odd the issue may be mixed, and it proposes *keep*.
    ///
    /// # Errors
    /// [`ConflictError::Cancelled`].
    pub fn flag(&self, observe: &dyn Observe) -> Result<Vec<Flag>, ConflictError> {
        // One pass over the conflict edges: their cycles are counted already.
        observe.step(0, 1)?;
        let flags = self.flagged();
        observe.step(1, 1)?;
        Ok(flags)
    }

    fn flagged(&self) -> Vec<Flag> {
        let mut candidates = self.candidates();
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

    /// All edges that could be flagged now, by id, with the confidence of the deviating stance.
    fn candidates(&self) -> Vec<(Flag, f64)> {
        if self.round > self.settings.max_rounds {
            return Vec::new();
        }
        let conflicts = self.fixed.conflicts.iter();
        conflicts.filter_map(|&e| self.candidate(e)).collect()
    }

    fn candidate(&self, e: usize) -> Option<(Flag, f64)> {
        let edge = &self.fixed.edges[e];
        let (t, dominant) = self.deviation(e)?;
        let statement = &self.fixed.statements[t];
        let d = dominant.value;
        let settled = self.kept.get(&e) == Some(&(d > 0.0));
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
            round: self.round,
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

    /// Applies the verdicts of the current round and begins the next.
    ///
    /// Only edges flagged now take a verdict. *Remove* takes the edge out; *keep* keeps it from
    /// being flagged until D changes sign; *not sure*, *undo* and no verdict leave it as it is. A
    /// statement is dropped when the share of its first conflict edges that were removed with it as the
    /// deviating end is reached; all its edges leave with it.
    ///
    /// # Cost
    /// One pass over the conflict edges; cycles are counted again near changed links only.
    pub fn apply(&mut self, verdicts: &BTreeMap<EdgeId, Verdict>) -> RoundOutcome {
        let flags: BTreeMap<EdgeId, Flag> =
            self.flagged().into_iter().map(|f| (f.edge, f)).collect();
        let is_flagged = |id: &EdgeId| flags.contains_key(id);
        let mut outcome = RoundOutcome {
            round: self.round,
            removed: Vec::new(),
            kept: Vec::new(),
            undecided: Vec::new(),
            ignored: verdicts
                .keys()
                .copied()
                .filter(|id| !is_flagged(id))
                .collect(),
            dropped: Vec::new(),
            left_with: Vec::new(),
            dominant: Vec::new(),
            cycles_broken: 0,
            cycles_left: 0,
            capped: self.capped,
        };
        let mut removals = Vec::new();
        for (&id, flag) in &flags {
            let Some((e, (t, _))) = self
                .fixed
                .find_edge(id)
                .and_then(|e| Some((e, self.deviation(e)?)))
            else {
                continue;
            };
            match verdicts.get(&id) {
                Some(Verdict::Remove) => {
                    outcome.removed.push(id);
                    removals.push((e, t));
                }
                Some(Verdict::Keep) => {
                    outcome.kept.push(id);
                    self.kept.insert(e, flag.dominant > 0.0);
                }
                Some(Verdict::NotSure | Verdict::Undo) | None => outcome.undecided.push(id),
            }
        }
        let plan = self.plan(&removals);
        let before = self.dominants.clone();
        let n_before = self.n_cycles;
        for &(e, t) in &removals {
            self.n_removed[t] += 1;
            self.fates[e] = EdgeFate::Removed {
                round: self.round,
                deviating: self.fixed.statements[t].id,
            };
        }
        for &(e, s) in &plan.left_with {
            outcome.left_with.push(self.fixed.edges[e].id);
            self.fates[e] = EdgeFate::LeftWith {
                round: self.round,
                statement: self.fixed.statements[s].id,
            };
        }
        for &s in &plan.dropped {
            outcome.dropped.push(self.fixed.statements[s].id);
            self.dropped_in[s] = Some(self.round);
        }
        self.change_links(&plan);
        let issues: BTreeSet<IssueId> = plan
            .dropped
            .iter()
            .filter_map(|&s| self.fixed.statements[s].issue)
            .collect();
        for issue in issues {
            self.dominants
                .insert(issue, self.dominant_without(issue, &BTreeSet::new()));
        }
        outcome.dominant = before
            .into_iter()
            .zip(self.dominants.values())
            .map(|((issue, before), &after)| DominantChange {
                issue,
                before,
                after,
            })
            .collect();
        outcome.cycles_left = self.n_cycles;
        outcome.capped |= self.capped;
        outcome.cycles_broken = n_before.saturating_sub(self.n_cycles);
        self.round += 1;
        outcome
    }

    /// Says what [`Self::apply`] would do, without doing it.
    pub fn what_if(&self, verdicts: &BTreeMap<EdgeId, Verdict>) -> RoundOutcome {
        self.clone().apply(verdicts)
    }

    /// Says what removing one edge would do; `None` unless it is a live conflict edge.
    pub fn preview(&self, edge: EdgeId) -> Option<Preview> {
        let e = self.fixed.find_edge(edge)?;
        let (t, dominant_before) = self.deviation(e)?;
        let plan = self.plan(&[(e, t)]);
        let dropped: BTreeSet<usize> = plan.dropped.iter().copied().collect();
        let mut graph = self.graph.clone();
        let cycles = &self.settings.cycles;
        let (cycles_broken, capped) = weaken_links(&mut graph, &self.state_changes(&plan), cycles);
        let (link_cycles_left, capped_here) =
            conflict_cycles_through(&graph, self.fixed.link_of[e], cycles);
        Some(Preview {
            edge,
            deviating: self.fixed.statements[t].id,
            cycles_broken,
            cycles_left: self.n_cycles.saturating_sub(cycles_broken),
            link_cycles_left,
            capped: self.capped || capped || capped_here,
            dropped: dropped
                .iter()
                .map(|&s| self.fixed.statements[s].id)
                .collect(),
            dominant_before,
            dominant_after: self.dominant_without(self.fixed.issue_of(e)?, &dropped),
        })
    }

    /// Finds what follows from removing live edges, each with its deviating end.
    fn plan(&self, removals: &[(usize, usize)]) -> Plan {
        let mut n_more: BTreeMap<usize, usize> = BTreeMap::new();
        for &(_, t) in removals {
            *n_more.entry(t).or_default() += 1;
        }
        let reached = |&(&s, &more): &(&usize, &usize)| {
            let n_removed = (self.n_removed[s] + more) as f64;
            n_removed + 1e-9 >= self.settings.drop_share * self.fixed.n_first_conflicts[s] as f64
        };
        let dropped: Vec<usize> = n_more.iter().filter(reached).map(|(&s, _)| s).collect();
        let mut gone: BTreeSet<usize> = removals.iter().map(|&(e, _)| e).collect();
        let mut left_with = Vec::new();
        for &s in &dropped {
            for &e in &self.fixed.edges_of[s] {
                if self.fates[e] == EdgeFate::Live && gone.insert(e) {
                    left_with.push((e, s));
                }
            }
        }
        left_with.sort_unstable();
        let mut tallies = BTreeMap::new();
        for e in gone {
            let link = self.fixed.link_of[e];
            let tally: &mut LinkTally = tallies.entry(link).or_insert(self.tallies[link]);
            tally.n_live -= 1;
            tally.n_conflict -= usize::from(self.fixed.edges[e].is_conflict());
        }
        Plan {
            dropped,
            left_with,
            tallies,
        }
    }

    /// Links whose state a plan changes, with the new state.
    fn state_changes(&self, plan: &Plan) -> Vec<(usize, LinkState)> {
        let states = plan
            .tallies
            .iter()
            .map(|(&link, tally)| (link, tally.state()));
        states
            .filter(|&(link, state)| self.graph.state(link) != state)
            .collect()
    }

    /// Takes a plan's links over and counts again where they could matter.
    fn change_links(&mut self, plan: &Plan) {
        let changes = self.state_changes(plan);
        for (&link, &tally) in &plan.tallies {
            self.tallies[link] = tally;
        }
        if changes.is_empty() {
            return;
        }
        let links: Vec<usize> = changes.iter().map(|&(link, _)| link).collect();
        // Beyond this many changes one pass over all conflict links is the cheaper way.
        let many = changes.len() > 32 + self.cycles.len() / 32;
        let near = if many {
            self.cycles.keys().copied().collect()
        } else {
            links_near(&self.graph, self.cycles.keys().copied(), &links)
        };
        let (n_broken, capped) = if many || self.capped {
            for &(link, state) in &changes {
                self.graph.set_state(link, state);
            }
            (0, true)
        } else {
            weaken_links(&mut self.graph, &changes, &self.settings.cycles)
        };
        // Under a cap numbers are bounds, which cannot be taken off one another.
        if !capped {
            self.n_cycles = self.n_cycles.saturating_sub(n_broken);
        } else if let Ok(counted) =
            // `Silent` never cancels, and the settings were checked at the start.
            count_conflict_cycles(&self.graph, &self.settings.cycles, &Silent)
        {
            (self.n_cycles, self.capped) = counted;
        }
        for link in &links {
            self.cycles.remove(link);
        }
        let in_conflict = |&link: &usize| self.graph.state(link) == LinkState::Conflict;
        let again: Vec<usize> = near.into_iter().filter(in_conflict).collect();
        if let Err(error) = self.count_again(&again, &Silent) {
            debug_assert!(false, "counting cannot fail after the start: {error}");
        }
    }

    fn count_again(&mut self, links: &[usize], observe: &dyn Observe) -> Result<(), ConflictError> {
        let counted = count_links(&self.graph, links, &self.settings.cycles, observe)?;
        self.cycles.extend(links.iter().copied().zip(counted));
        Ok(())
    }

    /// The dominant stance of an issue over its live statements, some left out besides.
    fn dominant_without(&self, issue: IssueId, without: &BTreeSet<usize>) -> Dominant {
        let fixed = &self.fixed;
        let lives = |i: usize| self.dropped_in[i].is_none() && !without.contains(&i);
        let members = fixed.members.get(&issue).into_iter().flatten().copied();
        let votes: Vec<Vote> = members
            .filter(|&i| lives(i))
            .map(|i| {
                // A plain edge leaves only with a statement, so its ends tell whether it lives.
                let support = fixed.edges_of[i]
                    .iter()
                    .filter(|&&e| !fixed.edges[e].is_conflict() && fixed.issue_of(e).is_some())
                    .filter(|&&e| lives(fixed.other_end(e, i)))
                    .map(|&e| fixed.edges[e].weight)
                    .sum();
                let s = &fixed.statements[i];
                Vote {
                    doc: s.doc,
                    stance: s.stance,
                    weight: vote_weight(s.confidence, support, s.doc_group_size),
                }
            })
            .collect();
        dominant(&votes, &self.settings.dominant)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod properties;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
