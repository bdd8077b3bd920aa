//! Questions to the state of a reduction that change nothing: fates, minority, cycles, issues.
//!
//! All answers are those of the moment, decisions of the open round included.

use super::{EdgeFate, IssueSummary, ReductionState};
use crate::algo::conflict::cycles::{LinkCycles, cycles_through};
use crate::algo::conflict::graph::GraphStatement;
use crate::algo::conflict::stance::Dominant;
use crate::base::ids::{DocId, EdgeId, IssueId, StatementId};
use crate::domain::conflict::{CONFLICT_AGREEMENT, SelfContradiction};
use std::collections::BTreeMap;

impl ReductionState {
    /// Returns the number of statements, dropped ones too.
    pub fn n_statements(&self) -> usize {
        self.fixed.statements.len()
    }

    /// Returns all statements, dropped ones too, ascending by id.
    pub fn statements(&self) -> &[GraphStatement] {
        &self.fixed.statements
    }

    /// Returns where an edge is; `None` if there is no such edge.
    pub fn fate(&self, edge: EdgeId) -> Option<EdgeFate> {
        self.fixed.find_edge(edge).map(|e| self.fates[e])
    }

    /// Tells whether an edge is in the graph.
    pub fn is_live(&self, edge: EdgeId) -> bool {
        self.fate(edge) == Some(EdgeFate::Live)
    }

    /// Returns the edges in the graph, ascending.
    pub fn live_edges(&self) -> Vec<EdgeId> {
        let pairs = self.fixed.edges.iter().zip(&self.fates);
        pairs
            .filter(|(_, fate)| **fate == EdgeFate::Live)
            .map(|(e, _)| e.id)
            .collect()
    }

    /// Counts the edges in the graph, and the conflict edges among them.
    pub fn n_live_edges(&self) -> (usize, usize) {
        let pairs = self.fixed.edges.iter().zip(&self.fates);
        let live = pairs.filter(|(_, fate)| **fate == EdgeFate::Live);
        live.fold((0, 0), |(n, n_conflict), (e, _)| {
            (n + 1, n_conflict + usize::from(e.is_conflict()))
        })
    }

    /// Lists the edges that the verdicts of the open round took out, removed or left with a statement,
    /// ascending.
    ///
    /// # Cost
    /// The verdicts given, a look at each statement, and the edges of those dropped; not the edges of the graph.
    pub fn leaving(&self) -> Vec<EdgeId> {
        let dropped = self.dropped_in.iter().enumerate();
        let dropped = dropped.filter(|(_, round)| **round == Some(self.round));
        let with_statements = dropped.flat_map(|(s, _)| &self.fixed.edges_of[s]);
        let is_gone = |e: &&usize| match self.fates[**e] {
            EdgeFate::Live => false,
            EdgeFate::Removed { round, .. } | EdgeFate::LeftWith { round, .. } => {
                round == self.round
            }
        };
        let asked = self.open.verdicts.keys().chain(with_statements);
        let mut edges: Vec<EdgeId> = asked
            .filter(is_gone)
            .map(|&e| self.fixed.edges[e].id)
            .collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// Returns the dropped statements, ascending, with the round that dropped them: the *Minority*.
    pub fn minority(&self) -> Vec<(StatementId, u32)> {
        let pairs = self.fixed.statements.iter().zip(&self.dropped_in);
        pairs
            .filter_map(|(s, round)| round.map(|r| (s.id, r)))
            .collect()
    }

    /// Returns the cycle counts of the link an edge lies on, if it is in conflict; ends are positions
    /// among the documents, ascending.
    pub fn cycles_of(&self, edge: EdgeId) -> Option<LinkCycles> {
        let e = self.fixed.find_edge(edge)?;
        self.cycles.get(&self.fixed.link_of[e]).copied()
    }

    /// Lists up to `limit` cycles through an edge's link, shortest first.
    ///
    /// Each starts at one of the edge's documents and ends at the other.
    pub fn example_cycles(&self, edge: EdgeId, limit: usize) -> Vec<Vec<DocId>> {
        let Some(e) = self.fixed.find_edge(edge) else {
            return Vec::new();
        };
        let cycles = cycles_through(
            &self.graph,
            self.fixed.link_of[e],
            &self.settings.cycles,
            limit,
        );
        let named = |cycle: Vec<u32>| {
            cycle
                .into_iter()
                .map(|node| self.fixed.docs[node as usize])
                .collect()
        };
        cycles.into_iter().map(named).collect()
    }

    /// Summarizes every issue as it is now, ascending.
    pub fn issue_summaries(&self) -> Vec<IssueSummary> {
        let mut n_conflict_edges: BTreeMap<IssueId, usize> = BTreeMap::new();
        for &e in self
            .fixed
            .conflicts
            .iter()
            .filter(|&&e| self.fates[e] == EdgeFate::Live)
        {
            if let Some(issue) = self.fixed.issue_of(e) {
                *n_conflict_edges.entry(issue).or_default() += 1;
            }
        }
        let summarize = |(issue, dominant): (&IssueId, &Dominant)| {
            let members = self.fixed.members.get(issue).map_or(&[][..], Vec::as_slice);
            let live = || members.iter().filter(|&&i| self.dropped_in[i].is_none());
            let on_side = |side: f64| {
                live()
                    .filter(|&&i| self.fixed.statements[i].stance.value() * side > 0.0)
                    .count()
            };
            IssueSummary {
                issue: *issue,
                dominant: dominant.value,
                contested: dominant.contested,
                n_statements: members.len(),
                n_live: live().count(),
                n_docs: dominant.n_docs,
                n_for: on_side(1.0),
                n_against: on_side(-1.0),
                n_conflict_edges: n_conflict_edges.get(issue).copied().unwrap_or(0),
            }
        };
        self.dominants.iter().map(summarize).collect()
    }

    /// Lists opposed statements of one issue inside one document, dropped ones too, ascending.
    pub fn self_contradictions(&self) -> Vec<SelfContradiction> {
        let mut together: BTreeMap<(DocId, IssueId), Vec<&GraphStatement>> = BTreeMap::new();
        for s in &self.fixed.statements {
            if let Some(issue) = s.issue {
                together.entry((s.doc, issue)).or_default().push(s);
            }
        }
        let mut found = Vec::new();
        for ((doc, _), group) in &together {
            for (i, a) in group.iter().enumerate() {
                let opposed = |b: &&&GraphStatement| {
                    a.stance.value() * b.stance.value() <= CONFLICT_AGREEMENT
                };
                found.extend(
                    group[i + 1..]
                        .iter()
                        .filter(opposed)
                        .map(|b| SelfContradiction {
                            doc: *doc,
                            a: a.id,
                            b: b.id,
                        }),
                );
            }
        }
        found.sort_by_key(|c| (c.doc, c.a, c.b));
        found
    }
}
