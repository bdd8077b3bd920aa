//! What each kind of edge contributes: the rounds once more without it, and with all of them.
//!
//! It decides nothing about the project: the rounds run on a copy, with the machine's proposals taken
//! as they are.

use super::ConflictError;
use super::graph::GraphStatement;
use super::reduce::{ReductionSettings, ReductionState};
use crate::base::ids::{EdgeId, StatementId};
use crate::base::observe::Observe;
use crate::domain::conflict::{ConflictEdge, EdgeKind, Verdict};
use std::collections::BTreeMap;

/// A graph and what its rounds come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AblatedRounds {
    /// Edges.
    pub n_edges: usize,
    /// Conflict edges among them.
    pub n_conflict_edges: usize,
    /// Conflict edges on at least one conflict cycle.
    pub n_on_cycles: usize,
    /// Distinct conflict cycles.
    pub n_cycles: u64,
    /// A cap was reached: the cycles are a lower bound.
    pub capped: bool,
    /// Edges flagged in all rounds, one that came twice twice.
    pub n_flagged: usize,
    /// Edges removed by the machine's proposals.
    pub n_removed: usize,
    /// Statements dropped, ascending.
    pub dropped: Vec<StatementId>,
    /// Conflict edges left after the rounds.
    pub n_conflict_left: usize,
}

impl AblatedRounds {
    /// Adds those of another nation.
    pub fn add(&mut self, other: &Self) {
        self.n_edges += other.n_edges;
        self.n_conflict_edges += other.n_conflict_edges;
        self.n_on_cycles += other.n_on_cycles;
        self.n_cycles += other.n_cycles;
        self.capped |= other.capped;
        self.n_flagged += other.n_flagged;
        self.n_removed += other.n_removed;
        self.n_conflict_left += other.n_conflict_left;
        self.dropped.extend_from_slice(&other.dropped);
        self.dropped.sort_unstable();
    }
}

/// Runs all rounds on a graph without the edges of one kind, or with all of them.
///
/// # Errors
/// What [`ReductionState::new`] says.
///
/// # Cost
/// A fresh count, and of each round what changed.
pub fn rounds_without(
    statements: &[GraphStatement],
    edges: &[ConflictEdge],
    without: Option<EdgeKind>,
    settings: &ReductionSettings,
    observe: &dyn Observe,
) -> Result<AblatedRounds, ConflictError> {
    let edges: Vec<ConflictEdge> = edges
        .iter()
        .filter(|e| Some(e.kind) != without)
        .copied()
        .collect();
    let conflicts: Vec<EdgeId> = edges
        .iter()
        .filter(|e| e.is_conflict())
        .map(|e| e.id)
        .collect();
    let n_edges = edges.len();
    let mut state = ReductionState::new(statements.to_vec(), edges, *settings, observe)?;
    let on_cycle = |id: &&EdgeId| state.cycles_of(**id).is_some_and(|c| c.total() > 0);
    let (n_cycles, capped) = state.n_cycles();
    let mut out = AblatedRounds {
        n_edges,
        n_conflict_edges: conflicts.len(),
        n_on_cycles: conflicts.iter().filter(on_cycle).count(),
        n_cycles,
        capped,
        ..AblatedRounds::default()
    };
    while !state.is_finished() {
        observe.step(u64::from(state.round()) - 1, u64::from(settings.max_rounds))?;
        let proposals: BTreeMap<EdgeId, Verdict> = state
            .flagged()
            .iter()
            .map(|f| (f.edge, f.proposal))
            .collect();
        out.n_flagged += proposals.len();
        let outcome = state.apply(&proposals);
        out.n_removed += outcome.removed.len();
        out.dropped.extend(outcome.dropped);
    }
    out.dropped.sort_unstable();
    out.n_conflict_left = conflicts.iter().filter(|id| state.is_live(**id)).count();
    Ok(out)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::ids::{DocId, IssueId};
    use crate::base::observe::Silent;
    use crate::domain::conflict::Stance;

    fn statement(id: i64, stance: Stance) -> GraphStatement {
        GraphStatement {
            id: StatementId(id),
            doc: DocId(id),
            topic: None,
            issue: Some(IssueId(1)),
            stance,
            confidence: 1.0,
            speaker: None,
            places: vec![],
            doc_group_size: 1,
            vector: 0,
        }
    }

    #[test]
    fn a_dissenter_that_only_one_kind_puts_on_a_cycle() {
        // 1 and 2 support, 4 supports, 3 opposes. Opposed edges 1–3 and 2–3, shared 1–2 and 2–4, and a place edge
        // 1–4 that closes nothing with 3.
        let statements: Vec<GraphStatement> = (1..=4)
            .map(|i| {
                statement(
                    i,
                    if i == 3 {
                        Stance::Opposes
                    } else {
                        Stance::Supports
                    },
                )
            })
            .collect();
        let edge = |id, a, b, kind, agreement| ConflictEdge {
            id: EdgeId(id),
            a: StatementId(a),
            b: StatementId(b),
            kind,
            weight: 0.5,
            agreement,
        };
        let edges = [
            edge(1, 1, 3, EdgeKind::Opposed, -1.0),
            edge(2, 2, 3, EdgeKind::Opposed, -1.0),
            edge(3, 1, 2, EdgeKind::Shared, 1.0),
            edge(4, 2, 4, EdgeKind::Shared, 1.0),
            edge(5, 1, 4, EdgeKind::Place, 1.0),
        ];
        let settings = ReductionSettings {
            top_share: 1.0,
            ..ReductionSettings::default()
        };
        let rounds =
            |without| rounds_without(&statements, &edges, without, &settings, &Silent).unwrap();
        // The triangle 1–2–3 and the square 1–4–2–3.
        let all = rounds(None);
        assert_eq!(
            (all.n_edges, all.n_conflict_edges, all.n_on_cycles),
            (5, 2, 2)
        );
        assert_eq!((all.n_cycles, all.n_flagged, all.n_removed), (2, 2, 2));
        assert_eq!(
            (all.dropped, all.n_conflict_left),
            (vec![StatementId(3)], 0)
        );
        let no_place = rounds(Some(EdgeKind::Place));
        assert_eq!((no_place.n_edges, no_place.n_cycles), (4, 1));
        assert_eq!(no_place.dropped, vec![StatementId(3)]);
        // Without shared edges nothing closes a cycle, and nothing is flagged.
        let no_shared = rounds(Some(EdgeKind::Shared));
        assert_eq!((no_shared.n_on_cycles, no_shared.n_flagged), (0, 0));
        assert_eq!((no_shared.dropped, no_shared.n_conflict_left), (vec![], 2));
        assert_eq!(rounds(Some(EdgeKind::Opposed)).n_conflict_edges, 0);
        let mut sum = rounds(None);
        sum.add(&no_place);
        assert_eq!((sum.n_edges, sum.n_cycles, sum.dropped.len()), (9, 3, 2));
    }
}
