//! The replay of the newest reduction, kept between snapshots.
//!
//! A verdict changes what follows from it and nothing else: texts, places and closed rounds stay, and
//! the state of the graph takes the one verdict in. What is kept is read anew where the run or the open
//! round is another.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::SnapshotError;
use super::super::model::StatementLine;
use super::super::model::conflicts::{
    ConflictData, EdgeLook, Looks, QueueItem, ReviewData, RuleEffect,
};
use super::graph::{LayoutCache, Parts, Placed, graph};
use super::look::look;
use super::queue::{Cards, queue_item};
use super::review::review;
use super::rounds::{Step, round_rows};
use super::{Book, decision_rows, issue_rows};
use crate::base::ids::{DecisionId, EdgeId, RunId, StatementId};
use crate::base::observe::Silent;
use crate::domain::conflict::{Decision, Flag, Verdict};
use crate::domain::corpus::Nation;
use crate::domain::review::Votes;
use crate::domain::review::filter::Rule;
use crate::stages::reduce::{PairMeasure, Replay, effect};
use crate::stages::settings::Settings;
use crate::store::{RoundRecord, Store};

/// What is kept of the newest reduction between snapshots.
#[derive(Default)]
pub struct ConflictCache {
    layouts: LayoutCache,
    kept: Option<Kept>,
}

/// The graphs of all nations and their review, as views see them.
pub(in crate::snapshot) type Conflicts = (Vec<Arc<ConflictData>>, Arc<ReviewData>);

/// A reduction in its open round.
struct Kept {
    book: Book,
    /// The state with the settled verdicts of the open round.
    replay: Replay,
    history: BTreeMap<Nation, Vec<Step>>,
    graphs: BTreeMap<Nation, Placed>,
    cards: Cards,
    /// Opposed statements inside one document: no round changes them.
    within: BTreeMap<Nation, Vec<(StatementLine, StatementLine)>>,
    /// All there is of the record, oldest first.
    decisions: Vec<Decision>,
    votes: Votes,
    /// Flags of all rounds.
    flags: Vec<Flag>,
    rounds: Vec<RoundRecord>,
    /// How reviewers agree, as it was measured last.
    measured: Vec<PairMeasure>,
    data: BTreeMap<Nation, Arc<ConflictData>>,
}

impl ConflictCache {
    /// Reads the graphs and the review as the project has them now; none before the edges are there.
    ///
    /// # Errors
    /// The store's, or that the stored rounds cannot be replayed.
    ///
    /// # Cost
    /// Where the round is the one that was read last: the decisions added since and the nations they are
    /// about, the others stay the same, also as objects; and a walk through the record to compare reviewers.
    pub(in crate::snapshot) fn read(
        &mut self,
        store: &Store,
        settings: &Settings,
    ) -> Result<Conflicts, SnapshotError> {
        let run = store.newest_run("reduce")?.map(|run| run.id);
        // Edges are the stage's second unit.
        let ready = match run {
            Some(run) => store.done_units(run)?.contains(&1),
            None => false,
        };
        let Some(run) = run.filter(|_| ready) else {
            self.kept = None;
            return Ok(Conflicts::default());
        };
        let rounds = store.rounds(run)?;
        let closed = rounds.iter().filter(|r| r.closed).map(|r| r.round);
        let n_closed = closed.max().unwrap_or(0);
        let fits = |k: &Kept| k.book.run == run && k.votes.round == n_closed + 1;
        let kept = if let Some(kept) = self.kept.take().filter(fits) {
            self.kept.insert(kept)
        } else {
            let kept = Kept::read(store, settings, run, n_closed, &mut self.layouts)?;
            self.kept.insert(kept)
        };
        kept.catch_up(store, rounds)?;
        let nations: Vec<Nation> = kept.replay.states().map(|(nation, ..)| nation).collect();
        for nation in nations {
            if !kept.data.contains_key(&nation)
                && let Some(data) = kept.data_of(nation, n_closed)
            {
                kept.data.insert(nation, Arc::new(data));
            }
        }
        let mut data: Vec<Arc<ConflictData>> = kept.data.values().map(Arc::clone).collect();
        data.sort_by_key(|c| c.nation.paper_order());
        let review = review(
            &kept.book,
            &kept.flags,
            &kept.decisions,
            &kept.votes,
            &mut kept.measured,
        );
        Ok((data, Arc::new(review)))
    }

    /// Counts the decisions of the reduction that was read last.
    pub(in crate::snapshot) fn n_decisions(&self) -> usize {
        self.kept.as_ref().map_or(0, |kept| kept.decisions.len())
    }

    /// Looks edges up inside their cycles, as the graph stood when it was read last; unknown ones are left out.
    pub fn looks(&self, edges: &[EdgeId]) -> Looks {
        let Some(kept) = &self.kept else {
            return Looks::new();
        };
        let found = |&edge: &EdgeId| -> Option<(EdgeId, Arc<EdgeLook>)> {
            let statement = kept.book.edges.get(&edge)?.a;
            let nation = kept.book.statements.get(&statement)?.nation;
            let (_, state, _) = kept.replay.states().find(|(n, ..)| *n == nation)?;
            let placed = kept.graphs.get(&nation)?;
            Some((edge, Arc::new(look(state, edge, placed.node_of()))))
        };
        edges.iter().filter_map(found).collect()
    }

    /// Works out what a reviewer's rule would do to the queue as it was read last.
    pub fn rule_effect(&self, rule: &Rule, reviewer: &str) -> Option<RuleEffect> {
        let kept = self.kept.as_ref()?;
        let queues = kept.data.values();
        let chosen: BTreeMap<EdgeId, Verdict> = queues
            .flat_map(|data| {
                let items = data.queue.iter();
                items.filter_map(|item| Some((item.edge, rule.verdict_on(&item.facts(data))?)))
            })
            .collect();
        let effect = effect(&kept.replay, &kept.votes, &chosen, reviewer);
        let mut dominants: Vec<(String, f64, f64)> = effect
            .dominants
            .iter()
            .map(|d| {
                let proposition = kept.book.proposition(Some(d.issue));
                (proposition, d.before.value, d.after.value)
            })
            .collect();
        let moved = |d: &(String, f64, f64)| (d.2 - d.1).abs();
        dominants.sort_by(|x, y| moved(y).total_cmp(&moved(x)));
        Some(RuleEffect {
            rule: rule.clone(),
            n_kept: effect.n_kept,
            n_removed: effect.n_removed,
            n_disputed: effect.n_disputed,
            n_chosen: chosen.len(),
            cycles_broken: effect.cycles_broken,
            cycles_left: effect.cycles_left,
            capped: effect.capped,
            n_dropped: effect.dropped.len(),
            dominants,
        })
    }
}

impl Kept {
    /// Reads a reduction and replays its closed rounds.
    fn read(
        store: &Store,
        settings: &Settings,
        run: RunId,
        n_closed: u32,
        layouts: &mut LayoutCache,
    ) -> Result<Self, SnapshotError> {
        let book = Book::read(store, run)?;
        let decisions = store.decisions(run)?;
        let mut replay = Replay::start(store, run, &Silent)?;
        let mut history: BTreeMap<Nation, Vec<Step>> = BTreeMap::new();
        let mut note = |replay: &Replay| {
            for (nation, state, _) in replay.states() {
                history.entry(nation).or_default().push(Step::of(state));
            }
        };
        note(&replay);
        for round in 1..=n_closed {
            replay.apply(&Votes::read(&decisions, round).verdicts());
            note(&replay);
        }
        let mut graphs = BTreeMap::new();
        let mut within = BTreeMap::new();
        for (nation, state, edges) in replay.states() {
            let pairs = state.self_contradictions().into_iter();
            let lines = pairs.filter_map(|c| Some((book.line(c.a)?, book.line(c.b)?)));
            within.insert(nation, lines.collect());
            let places = book.issue_places(nation);
            let parts = Parts {
                settings,
                book: &book,
                nation,
                state,
                edges,
                issue_idx: &places,
            };
            graphs.insert(nation, graph(&parts, layouts));
        }
        let mut kept = Self {
            book,
            replay,
            history,
            graphs,
            cards: Cards::default(),
            within,
            votes: Votes::read(&decisions, n_closed + 1),
            decisions,
            flags: Vec::new(),
            rounds: Vec::new(),
            measured: Vec::new(),
            data: BTreeMap::new(),
        };
        kept.replay.put(&kept.votes.verdicts());
        Ok(kept)
    }

    /// Takes in what the project has more than was read; what is out of date is let go.
    fn catch_up(&mut self, store: &Store, rounds: Vec<RoundRecord>) -> Result<(), SnapshotError> {
        let run = self.book.run;
        // Flags are written after edges, in their own unit of work.
        if store.n_flags(run)? != self.flags.len() || self.rounds != rounds {
            self.flags = store.flags(run)?;
            self.rounds = rounds;
            self.data.clear();
        }
        let last = self.decisions.last().map_or(DecisionId(0), |d| d.id);
        let news = store.decisions_after(run, last)?;
        if news.is_empty() {
            return Ok(());
        }
        for decision in &news {
            if let Some(nation) = self.book.nation_of(decision.edge) {
                self.data.remove(&nation);
            }
            self.votes.take(decision);
        }
        self.decisions.extend(news);
        self.replay.put(&self.votes.verdicts());
        Ok(())
    }

    /// Puts together what a view shows of a nation.
    fn data_of(&mut self, nation: Nation, n_closed: u32) -> Option<ConflictData> {
        let queue = self.queue(nation);
        let (_, state, _) = self.replay.states().find(|(n, ..)| *n == nation)?;
        let history = self.history.get(&nation).map_or(&[][..], Vec::as_slice);
        let placed = self.graphs.get(&nation);
        let dropped: BTreeMap<StatementId, u32> = state.minority().into_iter().collect();
        // What the open round's verdicts drop is no minority before the round is closed.
        let minority = dropped.iter().filter(|(_, round)| **round <= n_closed);
        let (n_edges, n_conflict_edges) = state.n_live_edges();
        let leaving = placed.map(|p| p.leaving(state, &self.book, &dropped));
        Some(ConflictData {
            nation,
            round: n_closed,
            n_rounds: state.settings().max_rounds,
            graph: placed.map(|p| Arc::clone(&p.graph)).unwrap_or_default(),
            leaving: Arc::new(leaving.unwrap_or_default()),
            issues: issue_rows(&self.book, nation, state, &dropped, history),
            queue,
            rounds: round_rows(nation, &self.rounds, history),
            minority: minority
                .filter_map(|(id, round)| Some((self.book.line(*id)?, *round)))
                .collect(),
            self_contradictions: self.within.get(&nation).cloned().unwrap_or_default(),
            n_edges,
            n_conflict_edges,
            decisions: decision_rows(&self.book, nation, &self.decisions),
        })
    }

    /// Lists the flagged edges of a nation in the open round.
    fn queue(&mut self, nation: Nation) -> Vec<QueueItem> {
        let places = self.book.issue_places(nation);
        let Some(placed) = self.graphs.get(&nation) else {
            return Vec::new();
        };
        let of_round = self.flags.iter().filter(|f| f.round == self.votes.round);
        of_round
            .filter(|f| self.book.nation_of(f.edge) == Some(nation))
            .filter_map(|f| {
                let node_of = placed.node_of();
                queue_item(
                    &self.book,
                    f,
                    &self.votes,
                    &places,
                    node_of,
                    &mut self.cards,
                )
            })
            .collect()
    }
}
