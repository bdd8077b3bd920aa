//! A flagged edge inside its cycles, and what removing it or following a rule would do.

use std::collections::BTreeMap;

use super::super::model::conflicts::{EdgeLook, PreviewRow};
use crate::algo::conflict::reduce::{EdgeFate, ReductionState};
use crate::base::ids::{DocId, EdgeId};
use crate::domain::conflict::Verdict;

/// Cycles shown of a flagged edge.
const N_EXAMPLE_CYCLES: usize = 8;

/// Looks an edge up in the graph as it stands; one that a verdict removed, as it stood without that.
pub(super) fn look(
    state: &ReductionState,
    edge: EdgeId,
    node_of: &BTreeMap<DocId, u32>,
) -> EdgeLook {
    if state.verdict(edge) == Some(Verdict::Remove) {
        let mut before = state.clone();
        before.decide(edge, None);
        return look(&before, edge, node_of);
    }
    let n_cycles = state.cycles_of(edge).map_or(0, |c| c.total());
    let cycles = state.example_cycles(edge, N_EXAMPLE_CYCLES).into_iter();
    let preview = state.preview(edge);
    EdgeLook {
        cycles: cycles
            .map(|cycle| {
                // The flagged link closes the cycle there; the view wants its two ends first.
                let nodes = cycle.iter().filter_map(|doc| node_of.get(doc));
                let mut nodes: Vec<u32> = nodes.copied().collect();
                let by = usize::from(!nodes.is_empty());
                nodes.rotate_right(by);
                nodes
            })
            .collect(),
        preview: preview.map_or_else(PreviewRow::default, |p| PreviewRow {
            n_cycles_broken: n_cycles.saturating_sub(p.link_cycles_left),
            n_cycles_left: p.link_cycles_left,
            of_graph: (p.cycles_broken, p.cycles_left),
            capped: p.capped,
            removed_of: p.removed_of,
            has_left: matches!(state.fate(edge), Some(EdgeFate::LeftWith { .. })),
            dropped: p.dropped,
            dominant_before: p.dominant_before.value,
            dominant_after: p.dominant_after.value,
            contested_after: p.dominant_after.contested.is_some(),
        }),
    }
}
