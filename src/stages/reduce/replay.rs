//! The state of the rounds, replayed from what is stored: the same record leads to the same state.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::StageError;
use super::super::settings::{Preset, Reduction, WrittenReduction};
use super::{conflict_error, issues::plain_graph_statements};
use crate::algo::conflict::reduce::{ReductionSettings, ReductionState, RoundOutcome};
use crate::base::ids::{EdgeId, RunId};
use crate::base::observe::Observe;
use crate::domain::conflict::{ConflictEdge, Flag, Verdict};
use crate::domain::corpus::Nation;
use crate::domain::review::Votes;
use crate::store::{Store, StoreError};

/// Every nation's state after the rounds that are closed.
pub struct Replay {
    states: BTreeMap<Nation, (ReductionState, Vec<ConflictEdge>)>,
    round: u32,
}

impl Replay {
    /// Reads issues and edges of a run, before the first round.
    ///
    /// # Errors
    /// The store's, or [`StageError::Cancelled`].
    pub fn start(store: &Store, run: RunId, observe: &dyn Observe) -> Result<Self, StageError> {
        let docs = store.documents()?.into_iter().map(|d| (d.id, d)).collect();
        let statements = store.statements()?;
        let mut edges: BTreeMap<Nation, Vec<ConflictEdge>> = BTreeMap::new();
        for (nation, edge) in store.edges(run)? {
            edges.entry(nation).or_default().push(edge);
        }
        let settings = rounds_of(store, run)?;
        let mut states = BTreeMap::new();
        for (nation, statements) in plain_graph_statements(store, run, &statements, &docs)? {
            let edges = edges.remove(&nation).unwrap_or_default();
            let state = ReductionState::new(statements, edges.clone(), settings, observe)
                .map_err(conflict_error)?;
            states.insert(nation, (state, edges));
        }
        Ok(Self { states, round: 1 })
    }

    /// Reads issues and edges of a run and applies the verdicts of its closed rounds.
    ///
    /// # Errors
    /// The store's, or [`StageError::Cancelled`].
    pub fn read(store: &Store, run: RunId, observe: &dyn Observe) -> Result<Self, StageError> {
        let mut replay = Self::start(store, run, observe)?;
        let n_closed = store.last_closed_round(run)?;
        let decisions = store.decisions(run)?;
        for round in 1..=n_closed {
            replay.apply(&Votes::read(&decisions, round).verdicts());
        }
        Ok(replay)
    }

    /// Returns the round that is open now, from 1.
    pub fn round(&self) -> u32 {
        self.round
    }

    /// Returns the state of every nation with its edges.
    pub fn states(&self) -> impl Iterator<Item = (Nation, &ReductionState, &[ConflictEdge])> {
        self.states
            .iter()
            .map(|(nation, (state, edges))| (*nation, state, edges.as_slice()))
    }

    /// Returns the edges that the open round flags in every nation.
    pub fn flags(&self) -> Vec<(Nation, Vec<Flag>)> {
        self.states
            .iter()
            .map(|(nation, (state, _))| (*nation, state.flagged().to_vec()))
            .collect()
    }

    /// Brings the open round to these verdicts: what is not among them is taken back.
    ///
    /// # Cost
    /// Each verdict that differs is taken in, and counts follow once.
    pub fn put(&mut self, verdicts: &BTreeMap<EdgeId, Verdict>) {
        for (state, _) in self.states.values_mut() {
            let flagged = state.flagged().iter().map(|f| f.edge);
            let changed: BTreeMap<EdgeId, Verdict> = flagged
                .filter(|e| state.verdict(*e) != verdicts.get(e).copied())
                .map(|e| (e, verdicts.get(&e).copied().unwrap_or(Verdict::Undo)))
                .collect();
            if !changed.is_empty() {
                state.decide_all(&changed);
            }
        }
    }

    /// Closes the open round in every nation.
    pub fn apply(&mut self, verdicts: &BTreeMap<EdgeId, Verdict>) -> Vec<(Nation, RoundOutcome)> {
        self.round += 1;
        self.states
            .iter_mut()
            .map(|(nation, (state, _))| (*nation, state.apply(verdicts)))
            .collect()
    }

    /// Says what closing the open round with these verdicts would do, in every nation, without doing it.
    pub fn what_if(&self, verdicts: &BTreeMap<EdgeId, Verdict>) -> Vec<(Nation, RoundOutcome)> {
        self.states
            .iter()
            .map(|(nation, (state, _))| (*nation, state.what_if(verdicts)))
            .collect()
    }

    /// Counts the conflict edges of a nation that are still in the graph.
    pub fn n_live_conflicts(&self, nation: Nation) -> usize {
        let state = self.states.get(&nation);
        state.map_or(0, |(state, _)| state.n_live_edges().1)
    }
}

/// Reads how the rounds of a run flag and drop: as it was run, whatever the project's settings are now.
fn rounds_of(store: &Store, run: RunId) -> Result<ReductionSettings, StageError> {
    #[derive(Deserialize)]
    struct Params {
        n_rounds: u32,
        reduction: Option<WrittenReduction>,
    }
    let Some(run) = store.run(run)? else {
        return Ok(ReductionSettings::default());
    };
    let unreadable = || {
        StageError::Store(StoreError::Unreadable {
            what: "settings of a reduction",
            value: run.params_json.clone(),
        })
    };
    let params: Params = serde_json::from_str(&run.params_json).map_err(|_reason| unreadable())?;
    // What differs from SPEC 7 is written down, the preset's own differences too.
    let checked = Reduction::check(params.reduction.as_ref(), Preset::Quick);
    let rounds = checked.map(|r| r.rounds).map_err(|_reason| unreadable())?;
    Ok(ReductionSettings {
        max_rounds: params.n_rounds,
        ..rounds
    })
}
