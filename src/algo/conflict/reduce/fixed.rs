//! What stays the same through all rounds: statements, edges and who meets whom.
//!
//! It checks the arguments once, so that the rounds need not. It holds no state of a round.

use super::ReductionSettings;
use crate::algo::conflict::ConflictError;
use crate::algo::conflict::graph::GraphStatement;
use crate::algo::conflict::links::{LinkGraph, LinkState};
use crate::base::ids::{DocId, EdgeId, IssueId, StatementId};
use crate::domain::conflict::ConflictEdge;
use std::collections::BTreeMap;

/// Statements and edges by position, both ascending by id.
#[derive(Debug, PartialEq)]
pub(super) struct Fixed {
    pub(super) statements: Vec<GraphStatement>,
    pub(super) edges: Vec<ConflictEdge>,
    /// Documents by node of the graph, ascending.
    pub(super) docs: Vec<DocId>,
    /// Node of each statement's document.
    pub(super) node_of: Vec<u32>,
    /// Both statements of each edge, `a` first.
    pub(super) ends: Vec<[usize; 2]>,
    /// Link of each edge.
    pub(super) link_of: Vec<usize>,
    /// Edges at each statement, ascending.
    pub(super) edges_of: Vec<Vec<usize>>,
    /// Conflict edges at each statement before the first round.
    pub(super) n_first_conflicts: Vec<usize>,
    /// Conflict edges, ascending.
    pub(super) conflicts: Vec<usize>,
    /// Statements of each issue, ascending.
    pub(super) members: BTreeMap<IssueId, Vec<usize>>,
}

/// Live edges of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LinkTally {
    /// All of them.
    pub(super) n_live: u32,
    /// Conflict edges among them.
    pub(super) n_conflict: u32,
}

impl LinkTally {
    /// Counts an edge that is live now.
    pub(super) fn put(&mut self, edge: &ConflictEdge) {
        self.n_live += 1;
        self.n_conflict += u32::from(edge.is_conflict());
    }

    /// Counts an edge that is live no more.
    pub(super) fn take(&mut self, edge: &ConflictEdge) {
        self.n_live -= 1;
        self.n_conflict -= u32::from(edge.is_conflict());
    }

    /// Returns what the link is with these edges.
    pub(super) fn state(self) -> LinkState {
        match (self.n_live, self.n_conflict) {
            (0, _) => LinkState::Gone,
            (_, 0) => LinkState::Plain,
            _ => LinkState::Conflict,
        }
    }
}

impl Fixed {
    /// Checks statements and edges and puts them in order.
    ///
    /// # Errors
    /// What [`super::ReductionState::new`] says.
    pub(super) fn new(
        mut statements: Vec<GraphStatement>,
        mut edges: Vec<ConflictEdge>,
    ) -> Result<(Self, LinkGraph, Vec<LinkTally>), ConflictError> {
        statements.sort_by_key(|s| s.id);
        edges.sort_by_key(|e| e.id);
        for pair in statements.windows(2) {
            if pair[0].id == pair[1].id {
                return Err(ConflictError::RepeatedStatement {
                    statement: pair[0].id,
                });
            }
        }
        for s in &statements {
            if !(0.0..=1.0).contains(&s.confidence) {
                return Err(ConflictError::BadStatement {
                    statement: s.id,
                    what: "confidence",
                    value: s.confidence,
                });
            }
        }
        let mut docs: Vec<DocId> = statements.iter().map(|s| s.doc).collect();
        docs.sort_unstable();
        docs.dedup();
        let node_of: Vec<u32> = statements
            .iter()
            .map(|s| docs.partition_point(|&d| d < s.doc) as u32)
            .collect();

        let mut ends = Vec::with_capacity(edges.len());
        let mut doc_pairs = Vec::with_capacity(edges.len());
        let mut edges_of = vec![Vec::new(); statements.len()];
        let mut n_first_conflicts = vec![0; statements.len()];
        for (e, edge) in edges.iter().enumerate() {
            let pair = check_edge(edge, &statements)?;
            if e > 0 && edges[e - 1].id == edge.id {
                return Err(ConflictError::RepeatedEdge { edge: edge.id });
            }
            for i in pair {
                edges_of[i].push(e);
                n_first_conflicts[i] += usize::from(edge.is_conflict());
            }
            let nodes = pair.map(|i| node_of[i]);
            doc_pairs.push((nodes[0], nodes[1], edge.is_conflict()));
            ends.push(pair);
        }
        let graph = LinkGraph::new(docs.len(), &doc_pairs)?;
        let mut tallies = vec![LinkTally::default(); graph.n_links()];
        let mut link_of = Vec::with_capacity(edges.len());
        for (&(a, b, _), edge) in doc_pairs.iter().zip(&edges) {
            // Every pair was given to the graph, so each is found.
            let link = graph.find(a, b).unwrap_or_default();
            tallies[link].put(edge);
            link_of.push(link);
        }
        let mut members: BTreeMap<IssueId, Vec<usize>> = BTreeMap::new();
        for (i, s) in statements.iter().enumerate() {
            if let Some(issue) = s.issue {
                members.entry(issue).or_default().push(i);
            }
        }
        let conflicts = (0..edges.len())
            .filter(|&e| edges[e].is_conflict())
            .collect();
        let fixed = Self {
            statements,
            edges,
            docs,
            node_of,
            ends,
            link_of,
            edges_of,
            n_first_conflicts,
            conflicts,
            members,
        };
        Ok((fixed, graph, tallies))
    }

    /// Finds an edge by its id.
    pub(super) fn find_edge(&self, id: EdgeId) -> Option<usize> {
        self.edges.binary_search_by_key(&id, |e| e.id).ok()
    }

    /// Returns the other end of an edge.
    pub(super) fn other_end(&self, edge: usize, statement: usize) -> usize {
        let [a, b] = self.ends[edge];
        if a == statement { b } else { a }
    }

    /// Tells whether an edge adds to the support of its ends: one inside an issue, without conflict.
    pub(super) fn is_support(&self, edge: usize) -> bool {
        !self.edges[edge].is_conflict() && self.issue_of(edge).is_some()
    }

    /// Returns the issue that both ends of an edge are on.
    pub(super) fn issue_of(&self, edge: usize) -> Option<IssueId> {
        let [a, b] = self.ends[edge].map(|i| self.statements[i].issue);
        a.filter(|_| a == b)
    }
}

fn find_statement(statements: &[GraphStatement], id: StatementId) -> Option<usize> {
    statements.binary_search_by_key(&id, |s| s.id).ok()
}

fn check_edge(
    edge: &ConflictEdge,
    statements: &[GraphStatement],
) -> Result<[usize; 2], ConflictError> {
    let find = |statement| {
        find_statement(statements, statement).ok_or(ConflictError::UnknownStatement {
            edge: edge.id,
            statement,
        })
    };
    let (a, b) = (find(edge.a)?, find(edge.b)?);
    let (x, y) = (&statements[a], &statements[b]);
    if x.doc == y.doc {
        return Err(ConflictError::SameDocument { edge: edge.id });
    }
    let weight_fits = edge.weight.is_finite() && edge.weight > 0.0;
    if !weight_fits || !(-1.0..=1.0).contains(&edge.agreement) {
        return Err(ConflictError::BadEdge {
            edge: edge.id,
            weight: edge.weight,
            agreement: edge.agreement,
        });
    }
    if edge.is_conflict() && (x.issue.is_none() || x.issue != y.issue) {
        return Err(ConflictError::ConflictOutsideIssue { edge: edge.id });
    }
    Ok([a, b])
}

/// Checks the settings that have a range.
pub(super) fn check_settings(settings: &ReductionSettings) -> Result<(), ConflictError> {
    settings.cycles.check()?;
    let shares = [
        ("contested_below", settings.dominant.contested_below),
        ("drop_share", settings.drop_share),
        ("top_share", settings.top_share),
        ("propose_min_confidence", settings.propose_min_confidence),
    ];
    for (name, value) in shares {
        if !(0.0..=1.0).contains(&value) {
            return Err(ConflictError::Setting { name, value });
        }
    }
    if !(0.0..=2.0).contains(&settings.delta) {
        return Err(ConflictError::Setting {
            name: "delta",
            value: settings.delta,
        });
    }
    Ok(())
}
