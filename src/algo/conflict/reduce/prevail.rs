//! The dominant stances of a reduction, kept up to date as statements are dropped and come back.
//!
//! Sums run over statements and edges in their order always, so that what is kept up to date has
//! the bytes of what is computed afresh.

use super::ReductionState;
use crate::algo::conflict::stance::{Dominant, Vote, dominant, vote_weight};
use crate::base::ids::IssueId;
use std::collections::{BTreeMap, BTreeSet};

impl ReductionState {
    fn lives_without(&self, i: usize, without: &BTreeSet<usize>) -> bool {
        self.dropped_in[i].is_none() && !without.contains(&i)
    }

    /// Adds up the weights of a statement's live non-conflict edges inside its issue, some
    /// statements left out besides.
    pub(super) fn support(&self, i: usize, without: &BTreeSet<usize>) -> f64 {
        let fixed = &self.fixed;
        // A plain edge leaves only with a statement, so its ends tell whether it lives.
        fixed.edges_of[i]
            .iter()
            .filter(|&&e| fixed.is_support(e))
            .filter(|&&e| self.lives_without(fixed.other_end(e, i), without))
            .map(|&e| fixed.edges[e].weight)
            .sum()
    }

    /// Statements whose support an edge to `i` is part of.
    fn supported_by(&self, i: usize) -> impl Iterator<Item = usize> {
        let fixed = &self.fixed;
        let edges = fixed.edges_of[i].iter().filter(|&&e| fixed.is_support(e));
        edges.map(move |&e| fixed.other_end(e, i))
    }

    /// The dominant stance of an issue over its live statements, some left out besides.
    ///
    /// # Cost
    /// The issue's statements, and the edges of what those left out support.
    pub(super) fn dominant_without(&self, issue: IssueId, without: &BTreeSet<usize>) -> Dominant {
        let fixed = &self.fixed;
        let mut changed: BTreeMap<usize, f64> = BTreeMap::new();
        for other in without.iter().flat_map(|&i| self.supported_by(i)) {
            changed
                .entry(other)
                .or_insert_with(|| self.support(other, without));
        }
        let members = fixed.members.get(&issue).into_iter().flatten().copied();
        let votes: Vec<Vote> = members
            .filter(|&i| self.lives_without(i, without))
            .map(|i| {
                let support = changed.get(&i).copied().unwrap_or(self.supports[i]);
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

    /// Takes over that statements were dropped or came back.
    pub(super) fn prevail_again(&mut self, turned: &BTreeSet<usize>) {
        let none = BTreeSet::new();
        let others: BTreeSet<usize> = turned.iter().flat_map(|&i| self.supported_by(i)).collect();
        for other in others {
            self.supports[other] = self.support(other, &none);
        }
        let issues: BTreeSet<IssueId> = turned
            .iter()
            .filter_map(|&i| self.fixed.statements[i].issue)
            .collect();
        for issue in issues {
            let dominant = self.dominant_without(issue, &none);
            self.dominants.insert(issue, dominant);
        }
    }
}
