//! Pure part of the graph: what each document and link is drawn as, in which round, filter and focus.

use std::sync::Arc;

use crate::base::neighbors::FAR;
use crate::base::segments::Segment;
use crate::domain::conflict::EdgeKind;
use crate::gpu::graph::{HIDDEN, N_HUES, NodeInstance, node_bits, shuffled};
use crate::gpu::links::LinkInstance;
use crate::snapshot::model::MapData;
use crate::snapshot::model::conflicts::{
    ConflictData, ConflictGraph, GraphLink, GraphNode, Leaving,
};
use crate::snapshot::passing::Focus;
use crate::ui::paint::GraphScene;
use crate::ui::theme::Mark;

/// The round that stands for the graph as it is now.
pub(super) const NOW: u32 = u32::MAX;

/// Hue of documents that are not what is looked at.
pub(super) const HUE_CONTEXT: u8 = 0;
/// Hue of documents whose statements were all dropped.
pub(super) const HUE_GHOST: u8 = 1;
/// First hue of what is looked at: the nation, the first outlet, or those that support.
pub(super) const HUE_DATA: u8 = 2;
/// Outlets with a hue of their own; the others share one more.
pub(super) const N_OUTLETS: usize = N_HUES - HUE_DATA as usize - 1;

/// Mark of a document that is no longer there: an open circle.
pub(super) const MARK_GHOST: u8 = 6;

/// Class of links that are gone.
pub(super) const CLASS_GHOST: u8 = 30;
/// Class of links that are not what is looked at.
pub(super) const CLASS_CONTEXT: u8 = 31;

/// Agreement at or below which a conflict is drawn thick.
const STRONG_CONFLICT: f32 = -0.5;

/// Names beside documents at most.
const N_LABELS: usize = 260;

/// The same caption is written so often at most.
const SAME_LABELS: usize = 2;

/// What colors documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NodeColor {
    /// The nation, with the side on the issue as mark.
    #[default]
    Nation,
    /// The outlet.
    Outlet,
    /// The side on the issue.
    Camp,
}

impl NodeColor {
    pub(super) const ALL: [Self; 3] = [Self::Nation, Self::Outlet, Self::Camp];

    /// Returns the word on its chip.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Nation => "nation",
            Self::Outlet => "outlet",
            Self::Camp => "camp",
        }
    }

    pub(super) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|c| *c == self).unwrap_or(0);
        Self::ALL.get(at + 1).copied().unwrap_or_default()
    }
}

/// How much two documents agree, in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Neither.
    Plain,
    /// The same side.
    Agrees,
    /// Opposed, one of them only leaning.
    Conflict,
    /// Opposed.
    Strong,
}

impl Level {
    pub(super) const ALL: [Self; 4] = [Self::Plain, Self::Agrees, Self::Conflict, Self::Strong];

    fn of(link: &GraphLink) -> Self {
        if link.conflict {
            if link.agreement <= STRONG_CONFLICT {
                Self::Strong
            } else {
                Self::Conflict
            }
        } else if link.agreement > 0.0 {
            Self::Agrees
        } else {
            Self::Plain
        }
    }
}

/// Returns the class of links of a kind and level.
pub(super) fn class_of(kind: EdgeKind, level: Level) -> u8 {
    let kinds = EdgeKind::ALL.len();
    let kind = EdgeKind::ALL.iter().position(|k| *k == kind).unwrap_or(0);
    let level = Level::ALL.iter().position(|l| *l == level).unwrap_or(0);
    (level * kinds + kind) as u8
}

/// What a picture of the graph is made from.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) data: Arc<ConflictData>,
    /// Round, [`NOW`] for the graph as it is.
    pub(super) round: u32,
    /// What the open round takes out, where that is shown.
    pub(super) leaving: Arc<Leaving>,
    /// Issue whose documents are looked at.
    pub(super) issue: Option<u32>,
    /// Documents around which only so many hops are looked at.
    pub(super) hops: Option<([u32; 2], u8)>,
    pub(super) node_color: NodeColor,
    pub(super) hides_context: bool,
    /// What the filter lets through, of the map.
    pub(super) focus: Option<Arc<Focus>>,
    pub(super) map: Option<Arc<MapData>>,
}

impl Wanted {
    /// Tells whether both make the same picture.
    pub(super) fn same(&self, other: &Self) -> bool {
        let same_focus = match (&self.focus, &other.focus) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        same_focus
            && Arc::ptr_eq(&self.data.graph, &other.data.graph)
            && self.round == other.round
            && self.leaving == other.leaving
            && self.issue == other.issue
            && self.hops == other.hops
            && self.node_color == other.node_color
            && self.hides_context == other.hides_context
    }

    fn graph(&self) -> &ConflictGraph {
        &self.data.graph
    }

    fn is_live(&self, i: u32, link: &GraphLink) -> bool {
        link.is_live(self.round) && !self.leaving.has_link(i)
    }

    fn is_left(&self, i: usize, node: &GraphNode) -> bool {
        node.is_left(self.round) && !self.leaving.has_node(i as u32)
    }
}

/// What a document is in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Not drawn.
    Hidden,
    /// All its statements were dropped.
    Ghost,
    /// Left out by the filter, or too many hops away.
    Context,
    /// Let through, but without a statement on the issue.
    Aside,
    /// What is looked at.
    Data,
}

/// A graph ready to be drawn.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Links in the order of [`crate::gpu::graph::Drawn`]: those in conflict first.
    pub(super) segments: Vec<Segment>,
    /// Class of each.
    pub(super) classes: Vec<u8>,
    /// Links at the beginning that lie over the others.
    pub(super) n_over: usize,
    /// Documents, what is looked at last.
    pub(super) nodes: Vec<NodeInstance>,
    /// What each document is.
    pub(super) shown: Vec<Shown>,
    /// Whether each link is drawn.
    pub(super) has_link: Vec<bool>,
    /// Documents by how much their names are wanted.
    pub(super) labels: Vec<u32>,
    /// Documents that are looked at, and live links drawn.
    pub(super) n_data: usize,
    /// Live links between what is not context.
    pub(super) n_links: usize,
}

impl Made {
    /// Works out what is drawn.
    pub(super) fn new(wanted: &Wanted) -> Self {
        let graph = wanted.graph();
        let hops = wanted.hops.map(|(from, most)| {
            let passes = |i: u32| {
                let link = graph.links.get(i as usize);
                link.is_some_and(|l| wanted.is_live(i, l))
            };
            graph.neighbors.hops(&from, most, passes)
        });
        let mut in_issue = vec![false; graph.nodes.len()];
        let mut side = vec![0.0f32; graph.nodes.len()];
        let members = wanted.issue.and_then(|i| graph.camps.get(i as usize));
        for (node, stance) in members.map_or(&[][..], |c| &c.members) {
            if let (Some(is_in), Some(s)) = (
                in_issue.get_mut(*node as usize),
                side.get_mut(*node as usize),
            ) {
                *is_in = true;
                *s = *stance;
            }
        }
        let row_of = |i: usize| {
            let doc = graph.nodes.get(i)?.doc;
            wanted.map.as_ref()?.places.row_of(doc)
        };
        let mut made = Self::default();
        let mut is_ringed = vec![false; graph.nodes.len()];
        for (i, node) in graph.nodes.iter().enumerate() {
            let is_far = hops
                .as_ref()
                .is_some_and(|h| h.get(i).is_none_or(|h| *h == FAR));
            let mut passes = true;
            if let Some(focus) = &wanted.focus {
                let row = row_of(i);
                passes = row.is_some_and(|row| focus.shown.has(row));
                if let (Some(selected), Some(row), Some(ring)) =
                    (&focus.selected, row, is_ringed.get_mut(i))
                {
                    *ring = selected.has(row);
                }
            }
            let is_member = in_issue.get(i).copied().unwrap_or(false);
            let shown = if is_far || !passes {
                if wanted.hides_context {
                    Shown::Hidden
                } else {
                    Shown::Context
                }
            } else if !wanted.is_left(i, node) {
                if wanted.hides_context {
                    Shown::Hidden
                } else {
                    Shown::Ghost
                }
            } else if wanted
                .issue
                .map_or(node.issue_idx != u32::MAX, |_| is_member)
            {
                Shown::Data
            } else {
                Shown::Aside
            };
            made.shown.push(shown);
        }
        made.take_links(wanted);
        made.take_nodes(wanted, &side, &is_ringed);
        made.take_labels(graph);
        made
    }

    fn take_links(&mut self, wanted: &Wanted) {
        let graph = wanted.graph();
        let shown = |i: u32| self.shown.get(i as usize).copied().unwrap_or(Shown::Hidden);
        let class = |(i, link): (u32, &GraphLink)| {
            let ends = [shown(link.a), shown(link.b)];
            let is_live = wanted.is_live(i, link);
            if ends.contains(&Shown::Hidden) || (wanted.hides_context && !is_live) {
                HIDDEN
            } else if !is_live {
                CLASS_GHOST
            } else if ends.contains(&Shown::Context) {
                CLASS_CONTEXT
            } else {
                class_of(link.kind, Level::of(link))
            }
        };
        let classes: Vec<u8> = (0u32..).zip(&graph.links).map(class).collect();
        let at = |i: u32| graph.nodes.get(i as usize).map(|n| n.position);
        let mut over = Vec::new();
        let mut under = Vec::new();
        for (i, link) in shuffled(graph.links.len()).into_iter().filter_map(|i| {
            let link = graph.links.get(i as usize)?;
            Some((i, link))
        }) {
            let class = classes.get(i as usize).copied().unwrap_or(HIDDEN);
            let (Some(a), Some(b)) = (at(link.a), at(link.b)) else {
                continue;
            };
            if class == HIDDEN {
                continue;
            }
            if link.conflict && class < CLASS_GHOST {
                over.push(([a, b], class));
            } else {
                under.push(([a, b], class));
            }
        }
        self.n_links = classes.iter().filter(|c| **c < CLASS_GHOST).count();
        self.has_link = classes.iter().map(|c| *c != HIDDEN).collect();
        self.n_over = over.len();
        (self.segments, self.classes) = over.into_iter().chain(under).unzip();
    }

    fn take_nodes(&mut self, wanted: &Wanted, side: &[f32], is_ringed: &[bool]) {
        let graph = wanted.graph();
        let mut layers: [Vec<NodeInstance>; 2] = Default::default();
        for (i, (node, shown)) in graph.nodes.iter().zip(&self.shown).enumerate() {
            let stance = if wanted.issue.is_some() {
                side.get(i).copied().unwrap_or(0.0)
            } else {
                node.stance
            };
            let (hue, mark) = match shown {
                Shown::Hidden => continue,
                Shown::Ghost => (HUE_GHOST, MARK_GHOST),
                Shown::Context | Shown::Aside => (HUE_CONTEXT, 0),
                Shown::Data => look_of(wanted.node_color, node.source_idx, stance),
            };
            let ringed = is_ringed.get(i).copied().unwrap_or(false);
            let is_data = *shown == Shown::Data;
            self.n_data += usize::from(is_data);
            if let Some(layer) = layers.get_mut(usize::from(is_data || ringed)) {
                layer.push(NodeInstance {
                    center_in_map: node.position,
                    bits: node_bits(hue, mark, ringed),
                });
            }
        }
        self.nodes = layers.concat();
    }

    /// Picks the documents that are named: those with a speaker first, then those with most links.
    fn take_labels(&mut self, graph: &ConflictGraph) {
        let mut wanted: Vec<(bool, usize, u32)> = (0u32..)
            .zip(graph.nodes.iter().zip(&self.shown))
            .filter(|(_, (node, shown))| **shown == Shown::Data && !node.label.is_empty())
            .map(|(i, (node, _))| (!node.is_speaker, graph.neighbors.of(i).len(), i))
            .collect();
        wanted.sort_by_key(|(by_outlet, degree, i)| (*by_outlet, std::cmp::Reverse(*degree), *i));
        let mut n_of: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for (_, _, i) in wanted {
            let Some(node) = graph.nodes.get(i as usize) else {
                continue;
            };
            let n = n_of.entry(&node.label).or_default();
            *n += 1;
            if *n <= SAME_LABELS {
                self.labels.push(i);
            }
            if self.labels.len() == N_LABELS {
                break;
            }
        }
    }

    /// Returns what is handed to the graphics card: links that lie over others last.
    pub(super) fn scene(&self) -> GraphScene {
        let link = |i: usize| {
            let ([a_in_map, b_in_map], class) = (self.segments.get(i)?, self.classes.get(i)?);
            Some(LinkInstance {
                a_in_map: *a_in_map,
                b_in_map: *b_in_map,
                class: u32::from(*class),
            })
        };
        let order = (self.n_over..self.segments.len()).chain(0..self.n_over);
        GraphScene {
            links: order.filter_map(link).collect(),
            nodes: self.nodes.clone(),
        }
    }
}

/// Returns hue and mark of a document that is looked at.
fn look_of(by: NodeColor, source_idx: u32, stance: f32) -> (u8, u8) {
    match by {
        NodeColor::Nation => (HUE_DATA, mark_of_side(stance)),
        NodeColor::Outlet => {
            let i = (source_idx as usize).min(N_OUTLETS);
            (HUE_DATA + i as u8, mark_of_outlet(i).number())
        }
        NodeColor::Camp => {
            let hue = if stance > 0.0 {
                0
            } else if stance < 0.0 {
                1
            } else {
                2
            };
            (HUE_DATA + hue, mark_of_side(stance))
        }
    }
}

/// Returns the mark of a side: round for it, a triangle that points down against it.
fn mark_of_side(stance: f32) -> u8 {
    if stance < 0.0 {
        Mark::TriangleDown.number()
    } else {
        Mark::Circle.number()
    }
}

/// Returns the mark of an outlet: neighbors by size differ.
pub(super) fn mark_of_outlet(i: usize) -> Mark {
    const MARKS: [Mark; 5] = [
        Mark::Circle,
        Mark::Square,
        Mark::TriangleUp,
        Mark::Diamond,
        Mark::TriangleDown,
    ];
    MARKS.get(i % MARKS.len()).copied().unwrap_or(Mark::Circle)
}
