//! One decision at a time: what it removes, what that entails, and what it would do.

use super::count::Touched;
use super::{DecisionEffect, DominantChange, EdgeFate, Preview, ReductionState, RoundOutcome};
use crate::algo::conflict::around::{Around, Change, Corners};
use crate::algo::conflict::cycles::{conflict_cycles_through, weaken_links};
use crate::algo::conflict::links::LinkState;
use crate::base::ids::{EdgeId, StatementId};
use crate::domain::conflict::Verdict;
use std::collections::{BTreeMap, BTreeSet};

impl ReductionState {
    /// Gives a flagged edge of the open round a verdict, or takes it back; `None` unless it is flagged.
    ///
    /// *Remove* takes the edge out at once; *keep* keeps it from being flagged until D changes sign;
    /// *not sure* leaves it as it is; *undo* and no verdict take the verdict back with all it entailed.
    /// A statement is dropped when the share of its first conflict edges that were removed with it as the
    /// deviating end, which is that of the flag, is reached; all its edges leave with it. So the
    /// order of decisions does not matter. An edge that left with a statement in this round can still
    /// be removed in its own right.
    ///
    /// # Cost
    /// The degrees of the neighbors of the deviating statement's document, one look at each conflict
    /// link, and the statements of the issue where one is dropped or comes back.
    pub fn decide(&mut self, edge: EdgeId, verdict: Option<Verdict>) -> Option<DecisionEffect> {
        let e = self.fixed.find_edge(edge)?;
        let (_, t) = self.flag_of(e)?;
        let cycles_before = self.n_cycles;
        let was_dropped = self.dropped_in[t].is_some();
        let mut changed = Changed::default();
        self.settle(e, verdict, &mut changed);
        self.take_over(&changed);
        let is_dropped = self.dropped_in[t].is_some();
        let turned = |from: bool, to: bool| {
            let turned = was_dropped == from && is_dropped == to;
            turned.then(|| self.fixed.statements[t].id)
        };
        Some(DecisionEffect {
            edge,
            cycles_before,
            cycles_left: self.n_cycles,
            dropped: turned(false, true),
            returned: turned(true, false),
            capped: self.capped,
        })
    }

    /// Returns the verdict on an edge in the open round.
    pub fn verdict(&self, edge: EdgeId) -> Option<Verdict> {
        let e = self.fixed.find_edge(edge)?;
        self.open.verdicts.get(&e).copied()
    }

    /// Closes the open round and begins the next.
    ///
    /// What was decided has its effect already; the edges kept are remembered, and the next round
    /// flags.
    pub fn close_round(&mut self) -> RoundOutcome {
        let this_round = Some(self.round);
        let dropped: Vec<usize> = (0..self.dropped_in.len())
            .filter(|&s| self.dropped_in[s] == this_round)
            .collect();
        let left = dropped.iter().flat_map(|&s| &self.fixed.edges_of[s]);
        let left_with: BTreeSet<usize> = left
            .copied()
            .filter(|&e| {
                matches!(self.fates[e], EdgeFate::LeftWith { round, .. } if Some(round) == this_round)
            })
            .collect();
        let mut outcome = RoundOutcome {
            round: self.round,
            removed: Vec::new(),
            kept: Vec::new(),
            undecided: Vec::new(),
            ignored: Vec::new(),
            dropped: dropped
                .iter()
                .map(|&s| self.fixed.statements[s].id)
                .collect(),
            left_with: left_with.iter().map(|&e| self.fixed.edges[e].id).collect(),
            dominant: self
                .open
                .dominants_before
                .iter()
                .zip(self.dominants.values())
                .map(|((&issue, &before), &after)| DominantChange {
                    issue,
                    before,
                    after,
                })
                .collect(),
            cycles_broken: self.open.n_cycles_before.saturating_sub(self.n_cycles),
            cycles_left: self.n_cycles,
            capped: self.open.capped_before || self.capped,
        };
        for &e in self.open.asked.keys() {
            let id = self.fixed.edges[e].id;
            match self.open.verdicts.get(&e) {
                Some(Verdict::Remove) => outcome.removed.push(id),
                Some(Verdict::Keep) => outcome.kept.push(id),
                Some(Verdict::NotSure | Verdict::Undo) | None => outcome.undecided.push(id),
            }
        }
        let kept: Vec<(usize, bool)> = self
            .open
            .verdicts
            .iter()
            .filter(|&(_, &verdict)| verdict == Verdict::Keep)
            .filter_map(|(&e, _)| Some((e, self.kept_under(e)?)))
            .collect();
        self.kept.extend(kept);
        self.round += 1;
        self.begin_round();
        outcome
    }

    /// Decides on all the edges given, as [`Self::decide`] does on each in any order, and brings counts up to
    /// date once; returns the edges that the open round does not ask about.
    pub fn decide_all(&mut self, verdicts: &BTreeMap<EdgeId, Verdict>) -> Vec<EdgeId> {
        let mut ignored = Vec::new();
        let mut changed = Changed::default();
        for (&id, &verdict) in verdicts {
            match self.fixed.find_edge(id) {
                Some(e) if self.open.asked.contains_key(&e) => {
                    self.settle(e, Some(verdict), &mut changed);
                }
                _ => ignored.push(id),
            }
        }
        self.take_over(&changed);
        ignored
    }

    /// Decides on all the edges given and closes the round: [`Self::decide_all`], [`Self::close_round`].
    pub fn apply(&mut self, verdicts: &BTreeMap<EdgeId, Verdict>) -> RoundOutcome {
        let ignored = self.decide_all(verdicts);
        RoundOutcome {
            ignored,
            ..self.close_round()
        }
    }

    /// Says what [`Self::apply`] would do, without doing it.
    pub fn what_if(&self, verdicts: &BTreeMap<EdgeId, Verdict>) -> RoundOutcome {
        let mut copy = self.clone();
        // It is thrown away, so nothing is kept up for later decisions.
        copy.corners = Corners::default();
        copy.apply(verdicts)
    }

    /// Says what removing one edge would do as things stand now.
    ///
    /// `None` unless it is a live conflict edge, or one flagged in the open round that was not removed
    /// by a decision already. The deviating end is that of the flag, or else the one farther from D now.
    pub fn preview(&self, edge: EdgeId) -> Option<Preview> {
        let e = self.fixed.find_edge(edge)?;
        let flagged = self.flag_of(e).map(|(_, t)| t);
        let t = match flagged {
            Some(t) if !matches!(self.fates[e], EdgeFate::Removed { .. }) => t,
            Some(_) => return None,
            None => self.deviation(e)?.0,
        };
        let issue = self.fixed.issue_of(e)?;
        let dominant_before = *self.dominants.get(&issue)?;
        let is_dropped = self.dropped_in[t].is_none() && self.is_reached(t, self.n_removed[t] + 1);
        let with_it = self.fixed.edges_of[t].iter().filter(|_| is_dropped);
        let leaving: BTreeSet<usize> = with_it
            .chain([&e])
            .copied()
            .filter(|&e| self.fates[e] == EdgeFate::Live)
            .collect();
        let mut tallies = BTreeMap::new();
        for e in leaving {
            let link = self.fixed.link_of[e];
            let tally = tallies.entry(link).or_insert(self.tallies[link]);
            tally.take(&self.fixed.edges[e]);
        }
        let changes: Vec<(usize, LinkState)> = tallies
            .into_iter()
            .map(|(link, tally)| (link, tally.state()))
            .filter(|&(link, state)| self.graph.state(link) != state)
            .collect();
        let settings = &self.settings.cycles;
        let mut graph = self.graph.clone();
        let (cycles_broken, capped) = if self.bounded {
            weaken_links(&mut graph, &changes, settings)
        } else if changes.is_empty() {
            (0, false)
        } else {
            let place = self.fixed.node_of[t];
            let before = Around::new(&graph, place);
            for &(link, state) in &changes {
                graph.set_state(link, state);
            }
            let change = Change::new(before, Around::new(&graph, place));
            let gained = change.conflict_cycles(&graph, settings, &self.corners);
            (gained.min(0).unsigned_abs(), false)
        };
        let (link_cycles_left, capped_here) =
            conflict_cycles_through(&graph, self.fixed.link_of[e], settings);
        let dropped: BTreeSet<usize> = [t].into_iter().filter(|_| is_dropped).collect();
        Some(Preview {
            edge,
            deviating: self.fixed.statements[t].id,
            cycles_broken,
            cycles_left: self.n_cycles.saturating_sub(cycles_broken),
            link_cycles_left,
            capped: self.capped || capped || capped_here,
            removed_of: (self.n_removed[t] + 1, self.fixed.n_first_conflicts[t]),
            dropped: dropped
                .iter()
                .map(|&s| self.fixed.statements[s].id)
                .collect(),
            dominant_before,
            dominant_after: if is_dropped {
                self.dominant_without(issue, &dropped)
            } else {
                dominant_before
            },
        })
    }

    /// Tells whether so many removed edges are enough to drop a statement.
    fn is_reached(&self, s: usize, n_removed: usize) -> bool {
        let needed = self.settings.drop_share * self.fixed.n_first_conflicts[s] as f64;
        n_removed as f64 + 1e-9 >= needed
    }

    /// Takes a verdict on a flagged edge down and moves edges and statements; counts follow later.
    fn settle(&mut self, e: usize, verdict: Option<Verdict>, changed: &mut Changed) {
        let Some((_, t)) = self.flag_of(e) else {
            return;
        };
        let before = match verdict {
            None | Some(Verdict::Undo) => self.open.verdicts.remove(&e),
            Some(verdict) => self.open.verdicts.insert(e, verdict),
        };
        let was = before == Some(Verdict::Remove);
        let is = verdict == Some(Verdict::Remove);
        if was == is {
            return;
        }
        let n_before = self.open.n_removed.remove(&t).unwrap_or(0);
        let n_now = if is {
            self.n_removed[t] += 1;
            n_before + 1
        } else {
            self.n_removed[t] -= 1;
            n_before - 1
        };
        if n_now > 0 {
            self.open.n_removed.insert(t, n_now);
        }
        // A statement is dropped by a removal, never by having nothing to remove.
        let drops = n_now > 0 && self.is_reached(t, self.n_removed[t]);
        self.place_edge(e, t, changed);
        // One dropped in an earlier round has no live edge that could be flagged.
        if drops != self.dropped_in[t].is_some() {
            self.dropped_in[t] = drops.then_some(self.round);
            let turned = changed.turned.insert(t);
            if !turned {
                changed.turned.remove(&t);
            }
            let fixed = self.fixed.clone();
            for &edge in &fixed.edges_of[t] {
                self.place_edge(edge, t, changed);
            }
        }
    }

    /// Puts an edge where verdicts and drops of the open round want it.
    fn place_edge(&mut self, e: usize, t: usize, changed: &mut Changed) {
        let (is_over, was_live) = match self.fates[e] {
            EdgeFate::Live => (false, true),
            EdgeFate::Removed { round, .. } | EdgeFate::LeftWith { round, .. } => {
                (round < self.round, false)
            }
        };
        if is_over {
            return;
        }
        let round = self.round;
        let id = |s: usize| -> StatementId { self.fixed.statements[s].id };
        let [a, b] = self.fixed.ends[e];
        let first_dropped = [a.min(b), a.max(b)]
            .into_iter()
            .find(|&s| self.dropped_in[s] == Some(round));
        let removed_by = match self.open.verdicts.get(&e) {
            Some(Verdict::Remove) => self.flag_of(e).map(|(_, t)| t),
            _ => None,
        };
        let fate = match (removed_by, first_dropped) {
            (Some(t), _) => EdgeFate::Removed {
                round,
                deviating: id(t),
            },
            (None, Some(s)) => EdgeFate::LeftWith {
                round,
                statement: id(s),
            },
            (None, None) => EdgeFate::Live,
        };
        self.fates[e] = fate;
        let is_live = fate == EdgeFate::Live;
        if was_live != is_live {
            let link = self.fixed.link_of[e];
            let edge = &self.fixed.edges[e];
            if is_live {
                self.tallies[link].put(edge);
            } else {
                self.tallies[link].take(edge);
            }
            changed.links.insert(link, self.fixed.node_of[t]);
        }
    }

    /// Brings counts and dominant stances up to date.
    fn take_over(&mut self, changed: &Changed) {
        self.follow(&changed.links);
        if !changed.turned.is_empty() {
            self.prevail_again(&changed.turned);
        }
    }
}

/// What decisions changed, until counts and stances follow.
#[derive(Default)]
struct Changed {
    links: Touched,
    /// Statements dropped that were not, and the other way round.
    turned: BTreeSet<usize>,
}
