//! The graph of a nation's documents: nodes, merged links, and places that stay while links stay.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::conflicts::{GraphLink, GraphNode};
use super::Book;
use crate::algo::graph_layout::layout;
use crate::base::ids::{DocId, IssueId, StatementId};
use crate::base::observe::Silent;
use crate::base::seed::Seed;
use crate::domain::conflict::ConflictEdge;
use crate::domain::corpus::Nation;
use crate::domain::statement::Statement;
use crate::stages::settings::Settings;

/// Steps of the force layout: after these it hardly moves.
const LAYOUT_STEPS: usize = 300;

/// The force layout of each nation's graph, kept while its links stay the same: a decision that
/// changes no link moves no node and costs no layout.
#[derive(Default)]
pub struct LayoutCache {
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
/// Builds nodes and merged links of the live graph, and the index of every document's node.
pub(super) fn graph(
    settings: &Settings,
    book: &Book,
    nation: Nation,
    live: &[&ConflictEdge],
    issue_idx: &BTreeMap<IssueId, u32>,
    layouts: &mut LayoutCache,
) -> (Vec<GraphNode>, Vec<GraphLink>, BTreeMap<DocId, u32>) {
    let doc_of = |s: StatementId| book.statements.get(&s).map(|s| s.doc);
    let in_graph: BTreeSet<DocId> = book
        .statements
        .values()
        .filter(|s| s.nation == nation)
        .map(|s| s.doc)
        .collect();
    let node_of: BTreeMap<DocId, u32> = in_graph
        .iter()
        .enumerate()
        .map(|(i, d)| (*d, i as u32))
        .collect();
    let mut merged: BTreeMap<(u32, u32), GraphLink> = BTreeMap::new();
    let mut weights: BTreeMap<(u32, u32), (f64, f64)> = BTreeMap::new();
    for edge in live {
        let (Some(a), Some(b)) = (
            doc_of(edge.a).and_then(|d| node_of.get(&d)).copied(),
            doc_of(edge.b).and_then(|d| node_of.get(&d)).copied(),
        ) else {
            continue;
        };
        let key = (a.min(b), a.max(b));
        let link = merged.entry(key).or_insert(GraphLink {
            a: key.0,
            b: key.1,
            kind: edge.kind,
            conflict: false,
        });
        let (strongest, sum) = weights.entry(key).or_insert((0.0, 0.0));
        if edge.weight > *strongest {
            *strongest = edge.weight;
            link.kind = edge.kind;
        }
        *sum += edge.weight;
        link.conflict |= edge.is_conflict();
    }
    // Opposed statements attract as well: a conflict is between documents that speak of one matter.
    let springs: Vec<(u32, u32, f32)> = weights
        .iter()
        .map(|(&(a, b), &(_, sum))| (a, b, sum as f32))
        .collect();
    let positions = layouts.positions(nation, node_of.len(), springs, settings.seed);
    let mut statements_of: BTreeMap<DocId, Vec<&Statement>> = BTreeMap::new();
    for s in book.statements.values() {
        statements_of.entry(s.doc).or_default().push(s);
    }
    let nodes = node_of
        .iter()
        .map(|(doc, &i)| {
            let of_doc = statements_of.get(doc).map_or(&[][..], Vec::as_slice);
            let issue = of_doc
                .iter()
                .find_map(|s| book.sides.get(&s.id))
                .map(|(issue, _)| *issue);
            let sides: Vec<f64> = of_doc
                .iter()
                .filter_map(|s| book.sides.get(&s.id))
                .filter(|(i, _)| Some(*i) == issue)
                .map(|(_, m)| m.stance.value())
                .collect();
            let speaker = of_doc
                .iter()
                .find_map(|s| s.speaker.as_ref())
                .map(|s| s.name.clone());
            GraphNode {
                doc: *doc,
                position: positions.get(i as usize).copied().unwrap_or([0.0, 0.0]),
                issue_idx: issue
                    .and_then(|i| issue_idx.get(&i))
                    .copied()
                    .unwrap_or(u32::MAX),
                stance: if sides.is_empty() {
                    0.0
                } else {
                    (sides.iter().sum::<f64>() / sides.len() as f64) as f32
                },
                label: speaker
                    .or_else(|| book.docs.get(doc).map(|d| d.source.clone()))
                    .unwrap_or_default(),
            }
        })
        .collect();
    (nodes, merged.into_values().collect(), node_of)
}
