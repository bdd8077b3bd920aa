//! The graph of a nation's documents: nodes, merged links with their fates, and places that never move.
//!
//! It is made of all edges that ever were, so that decisions change what a link is and not where it lies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::super::model::conflicts::{Camps, ConflictGraph, GraphLink, GraphNode, Leaving};
use super::Book;
use crate::algo::conflict::reduce::{EdgeFate, ReductionState};
use crate::algo::graph_layout::layout;
use crate::algo::hull::soft_hulls;
use crate::base::ids::{DocId, EdgeId, IssueId, StatementId};
use crate::base::observe::Silent;
use crate::base::seed::Seed;
use crate::domain::conflict::ConflictEdge;
use crate::domain::corpus::Nation;
use crate::domain::statement::Statement;
use crate::stages::settings::Settings;

/// Steps of the force layout: after these it hardly moves.
const LAYOUT_STEPS: usize = 300;

/// The force layout of each nation's graph, kept while its edges stay the same: a decision moves no node
/// and costs no layout.
#[derive(Default)]
pub(super) struct LayoutCache {
    of_nation: BTreeMap<Nation, KeptLayout>,
}

struct KeptLayout {
    n_nodes: usize,
    springs: Vec<(u32, u32, f32)>,
    positions: Vec<[f32; 2]>,
}

impl LayoutCache {
    fn positions(
        &mut self,
        nation: Nation,
        n_nodes: usize,
        springs: Vec<(u32, u32, f32)>,
        seed: Seed,
    ) -> Vec<[f32; 2]> {
        if let Some(kept) = self.of_nation.get(&nation)
            && kept.n_nodes == n_nodes
            && kept.springs == springs
        {
            return kept.positions.clone();
        }
        let positions = layout(n_nodes, &springs, seed, LAYOUT_STEPS, &Silent).unwrap_or_default();
        self.of_nation.insert(
            nation,
            KeptLayout {
                n_nodes,
                springs,
                positions: positions.clone(),
            },
        );
        positions
    }
}

/// What the graph of a nation is made of.
pub(super) struct Parts<'a> {
    pub(super) settings: &'a Settings,
    pub(super) book: &'a Book,
    pub(super) nation: Nation,
    pub(super) state: &'a ReductionState,
    /// All edges of the nation, whatever became of them.
    pub(super) edges: &'a [ConflictEdge],
    pub(super) issue_idx: &'a BTreeMap<IssueId, u32>,
}

/// A nation's graph, with what tells which of it a verdict takes out.
pub(super) struct Placed {
    pub(super) graph: Arc<ConflictGraph>,
    node_of: BTreeMap<DocId, u32>,
    /// Statements of each document that closed rounds left.
    n_left: Vec<u32>,
    membership: Membership,
}

/// The edges that links are made of.
#[derive(Default)]
struct Membership {
    /// The link of every edge, by the edge's identity.
    link_of: Vec<(EdgeId, u32)>,
    /// Edges of each link that closed rounds left.
    n_live: Vec<u32>,
}

impl Placed {
    /// Returns the node of every document.
    pub(super) fn node_of(&self) -> &BTreeMap<DocId, u32> {
        &self.node_of
    }

    /// Lists what the verdicts of the open round take out.
    ///
    /// `dropped` holds all statements dropped so far, with the round; the open round is the state's.
    pub(super) fn leaving(
        &self,
        state: &ReductionState,
        book: &Book,
        dropped: &BTreeMap<StatementId, u32>,
    ) -> Leaving {
        let link_of = &self.membership.link_of;
        let links = state.leaving().into_iter().filter_map(|edge| {
            let at = link_of.binary_search_by_key(&edge, |(e, _)| *e).ok()?;
            link_of.get(at).map(|(_, link)| *link)
        });
        let now = dropped.iter().filter(|(_, round)| **round == state.round());
        let nodes = now.filter_map(|(s, _)| {
            let doc = book.statements.get(s)?.doc;
            self.node_of.get(&doc).copied()
        });
        Leaving {
            nodes: used_up(nodes, &self.n_left),
            links: used_up(links, &self.membership.n_live),
        }
    }
}

/// Lists the indices, ascending, that come as often as each has parts.
fn used_up(indices: impl Iterator<Item = u32>, n_parts: &[u32]) -> Vec<u32> {
    let mut n_of: BTreeMap<u32, u32> = BTreeMap::new();
    for i in indices {
        *n_of.entry(i).or_default() += 1;
    }
    let is_whole = |(i, n): &(u32, u32)| n_parts.get(*i as usize) == Some(n);
    n_of.into_iter().filter(is_whole).map(|(i, _)| i).collect()
}

/// Builds the graph of a nation as the closed rounds left it.
pub(super) fn graph(parts: &Parts<'_>, layouts: &mut LayoutCache) -> Placed {
    let book = parts.book;
    let mut statements_of: BTreeMap<DocId, Vec<&Statement>> = BTreeMap::new();
    for s in book
        .statements
        .values()
        .filter(|s| s.nation == parts.nation)
    {
        statements_of.entry(s.doc).or_default().push(s);
    }
    let node_of: BTreeMap<DocId, u32> = statements_of.keys().copied().zip(0..).collect();
    let (links, membership) = links(parts, &node_of);
    // Opposed statements attract as well: a conflict is between documents that speak of one matter.
    let mut springs: Vec<(u32, u32, f32)> = links.iter().map(|l| (l.a, l.b, l.weight)).collect();
    springs.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
    let positions = layouts.positions(parts.nation, node_of.len(), springs, parts.settings.seed);
    let dropped: BTreeMap<StatementId, u32> = parts.state.minority().into_iter().collect();
    let n_left = statements_of
        .values()
        .map(|of_doc| {
            let left = of_doc.iter().filter(|s| !dropped.contains_key(&s.id));
            left.count() as u32
        })
        .collect();
    let sources = sources(book, &node_of);
    let source_idx: BTreeMap<&str, u32> = sources.iter().map(String::as_str).zip(0..).collect();
    let nodes = statements_of
        .iter()
        .zip(0usize..)
        .map(|((doc, of_doc), i)| {
            let issue = of_doc
                .iter()
                .find_map(|s| book.sides.get(&s.id))
                .map(|(issue, _)| *issue);
            let speaker = of_doc
                .iter()
                .find_map(|s| s.speaker.as_ref())
                .map(|s| s.name.clone());
            let source = book.docs.get(doc).map_or("", |d| d.source.as_str());
            GraphNode {
                doc: *doc,
                position: positions.get(i).copied().unwrap_or([0.0, 0.0]),
                issue_idx: issue
                    .and_then(|i| parts.issue_idx.get(&i))
                    .copied()
                    .unwrap_or(u32::MAX),
                stance: issue.map_or(0.0, |issue| mean_stance(book, of_doc, issue)),
                is_speaker: speaker.is_some(),
                label: speaker.unwrap_or_else(|| source.to_owned()),
                source_idx: source_idx.get(source).copied().unwrap_or(0),
                dropped_in: of_doc
                    .iter()
                    .map(|s| dropped.get(&s.id).copied())
                    .collect::<Option<Vec<u32>>>()
                    .and_then(|rounds| rounds.into_iter().max()),
            }
        })
        .collect();
    let graph = ConflictGraph::new(nodes, links);
    let camps = camps(parts, &statements_of, &node_of, &graph);
    let graph = ConflictGraph {
        sources,
        camps,
        ..graph
    };
    Placed {
        graph: Arc::new(graph),
        node_of,
        n_left,
        membership,
    }
}

/// Merges the edges of each two documents: those in conflict, and the others.
fn links(parts: &Parts<'_>, node_of: &BTreeMap<DocId, u32>) -> (Vec<GraphLink>, Membership) {
    let node = |s: StatementId| {
        let doc = parts.book.statements.get(&s)?.doc;
        node_of.get(&doc).copied()
    };
    let mut all: Vec<(GraphLink, f64)> = parts
        .edges
        .iter()
        .filter_map(|edge| {
            let (a, b) = (node(edge.a)?, node(edge.b)?);
            let gone_in = match parts.state.fate(edge.id) {
                Some(EdgeFate::Removed { round, .. } | EdgeFate::LeftWith { round, .. }) => {
                    Some(round)
                }
                Some(EdgeFate::Live) | None => None,
            };
            let link = GraphLink {
                a: a.min(b),
                b: a.max(b),
                conflict: edge.is_conflict(),
                kind: edge.kind,
                agreement: edge.agreement as f32,
                weight: edge.weight as f32,
                n_edges: 1,
                edge: edge.id,
                gone_in,
            };
            Some((link, edge.weight))
        })
        .collect();
    // The edge that stands for a link comes first: the one in strongest conflict, else the strongest.
    all.par_sort_by(|(x, x_weight), (y, y_weight)| {
        (x.a, x.b, x.conflict)
            .cmp(&(y.a, y.b, y.conflict))
            .then_with(|| {
                let depth = |l: &GraphLink| if l.conflict { l.agreement } else { 0.0 };
                depth(x).total_cmp(&depth(y))
            })
            .then_with(|| y_weight.total_cmp(x_weight))
            .then_with(|| x.edge.cmp(&y.edge))
    });
    let mut links: Vec<GraphLink> = Vec::with_capacity(all.len());
    let mut membership = Membership::default();
    for (edge, _) in all {
        let (id, is_live) = (edge.edge, edge.gone_in.is_none());
        match links.last_mut() {
            Some(link) if (link.a, link.b, link.conflict) == (edge.a, edge.b, edge.conflict) => {
                link.weight += edge.weight;
                link.n_edges += 1;
                link.gone_in = link.gone_in.zip(edge.gone_in).map(|(x, y)| x.max(y));
            }
            _ => {
                links.push(edge);
                membership.n_live.push(0);
            }
        }
        membership.link_of.push((id, links.len() as u32 - 1));
        if let Some(n) = membership.n_live.last_mut() {
            *n += u32::from(is_live);
        }
    }
    membership.link_of.par_sort_unstable();
    (links, membership)
}

/// Lists the outlets of documents, most documents first.
fn sources(book: &Book, node_of: &BTreeMap<DocId, u32>) -> Vec<String> {
    let mut n_docs: BTreeMap<&str, usize> = BTreeMap::new();
    for doc in node_of.keys().filter_map(|d| book.docs.get(d)) {
        *n_docs.entry(&doc.source).or_default() += 1;
    }
    let mut sources: Vec<(&str, usize)> = n_docs.into_iter().collect();
    sources.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
    sources
        .into_iter()
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Returns the mean stance of a document's statements on an issue, 0 where it has none.
fn mean_stance(book: &Book, of_doc: &[&Statement], issue: IssueId) -> f32 {
    let sides: Vec<f64> = of_doc
        .iter()
        .filter_map(|s| book.sides.get(&s.id))
        .filter(|(i, _)| *i == issue)
        .map(|(_, m)| m.stance.value())
        .collect();
    (sides.iter().sum::<f64>() / sides.len().max(1) as f64) as f32
}

/// Finds the camps of all issues with their outlines.
fn camps(
    parts: &Parts<'_>,
    statements_of: &BTreeMap<DocId, Vec<&Statement>>,
    node_of: &BTreeMap<DocId, u32>,
    graph: &ConflictGraph,
) -> Vec<Camps> {
    let book = parts.book;
    let mut docs_of: Vec<BTreeSet<DocId>> = vec![BTreeSet::new(); parts.issue_idx.len()];
    for (doc, of_doc) in statements_of {
        for (issue, _) in of_doc.iter().filter_map(|s| book.sides.get(&s.id)) {
            let docs = parts
                .issue_idx
                .get(issue)
                .and_then(|i| docs_of.get_mut(*i as usize));
            if let Some(docs) = docs {
                docs.insert(*doc);
            }
        }
    }
    let id_of: BTreeMap<u32, IssueId> = parts.issue_idx.iter().map(|(id, i)| (*i, *id)).collect();
    // As far from an outline to its documents as these are apart in the middle.
    let n_nodes = graph.nodes.len().max(1) as f32;
    let pad = 0.7 * (4.0 / n_nodes).sqrt();
    docs_of
        .into_par_iter()
        .enumerate()
        .map(|(i, docs)| {
            let issue = id_of.get(&(i as u32)).copied();
            let members: Vec<(u32, f32)> = docs
                .iter()
                .filter_map(|doc| {
                    let of_doc = statements_of.get(doc)?;
                    Some((*node_of.get(doc)?, mean_stance(book, of_doc, issue?)))
                })
                .collect();
            let side = |sign: f32| {
                let places: Vec<[f32; 2]> = members
                    .iter()
                    .filter(|(_, stance)| stance * sign > 0.0)
                    .filter_map(|(node, _)| graph.nodes.get(*node as usize))
                    .map(|node| node.position)
                    .collect();
                soft_hulls(&places, pad.min(0.08))
            };
            Camps {
                hulls: [side(1.0), side(-1.0)],
                members,
            }
        })
        .collect()
}
