//! What the conflict view remembers between frames, and what its keys do.

use std::sync::{Arc, Weak};

use egui::{Context, Key, Modifiers};

use super::derive::{Pending, graph_scene, n_decided, next_open, verdict_of};
use crate::base::cloud::Finder;
use crate::base::ids::EdgeId;
use crate::domain::conflict::Verdict;
use crate::domain::corpus::Nation;
use crate::snapshot::model::{ConflictData, QueueItem};
use crate::ui::camera::Camera;
use crate::ui::paint::Scene;
use crate::ui::{Command, Cx};

/// Which part of the conflict view is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tab {
    /// The flagged edges.
    #[default]
    Review,
    /// Issues too even for a dominant stance.
    Contested,
    /// Statements that reduction dropped.
    Minority,
    /// Opposed statements inside one document.
    Within,
    /// What each round did.
    Rounds,
}

/// What the conflict view remembers.
#[derive(Default)]
pub struct ConflictsState {
    pub(super) nation: Option<Nation>,
    pub(super) tab: Tab,
    pub(super) edge: Option<EdgeId>,
    pub(super) cycle_idx: usize,
    pub(super) note: String,
    pub(super) reviewer: Option<String>,
    pub(super) shows_proposal: bool,
    pub(super) pending: Pending,
    pub(super) camera: Option<Camera>,
    pub(super) wants_focus: bool,
    pub(super) hovered: Option<u32>,
    pub(super) scene: Arc<Scene>,
    pub(super) finder: Option<Finder>,
    /// The item on show was chosen by hand, so that a key may change its verdict.
    revisits: bool,
    history: Vec<EdgeId>,
    source: Weak<ConflictData>,
}

/// Returns the graphs of the nations that the filter lets through; all where it leaves none.
pub(super) fn shown<'a>(cx: &Cx<'a>) -> Vec<&'a Arc<ConflictData>> {
    let all = &cx.input.snapshot.conflicts;
    let through: Vec<_> = all.iter().filter(|d| cx.shared.shows(d.nation)).collect();
    if through.is_empty() {
        all.iter().collect()
    } else {
        through
    }
}

impl ConflictsState {
    /// Returns the graph to show: the nation chosen, else the first with something to decide.
    pub(super) fn data(&self, cx: &Cx<'_>) -> Option<Arc<ConflictData>> {
        let all = shown(cx);
        all.iter()
            .find(|d| Some(d.nation) == self.nation)
            .or_else(|| {
                all.iter()
                    .find(|d| n_decided(&d.queue, &self.pending) < d.queue.len())
            })
            .or_else(|| all.first())
            .map(|&d| Arc::clone(d))
    }

    /// Follows the snapshot: a new graph is turned into a scene once, shown verdicts leave `pending`.
    pub(super) fn follow(&mut self, data: &Arc<ConflictData>) {
        if self.source.as_ptr() == Arc::as_ptr(data) {
            return;
        }
        let other_nation = self
            .source
            .upgrade()
            .is_none_or(|d| d.nation != data.nation);
        self.source = Arc::downgrade(data);
        self.nation = Some(data.nation);
        self.scene = Arc::new(graph_scene(data));
        let positions: Vec<[f32; 2]> = data.nodes.iter().map(|n| n.position).collect();
        self.finder = Some(Finder::new(&positions));
        self.hovered = None;
        for item in data.queue.iter().filter(|q| q.verdict.is_some()) {
            self.pending.remove(&item.edge);
        }
        let still_there = data.queue.iter().any(|q| Some(q.edge) == self.edge);
        if other_nation || !still_there {
            let first = next_open(&data.queue, &self.pending, data.queue.len().wrapping_sub(1))
                .unwrap_or(0);
            self.select(data, first);
            self.camera = None;
        }
    }

    /// Puts an item of the queue before the reviewer.
    pub(super) fn select(&mut self, data: &ConflictData, idx: usize) {
        self.edge = data.queue.get(idx).map(|q| q.edge);
        self.cycle_idx = 0;
        self.wants_focus = true;
        self.note.clear();
    }

    /// Returns the item before the reviewer with its place in the queue.
    pub(super) fn item<'a>(&self, data: &'a ConflictData) -> Option<(usize, &'a QueueItem)> {
        data.queue
            .iter()
            .enumerate()
            .find(|(_, q)| Some(q.edge) == self.edge)
    }

    /// Returns the cycle on show of an item.
    pub(super) fn cycle<'a>(&self, item: &'a QueueItem) -> &'a [u32] {
        let n = item.cycles.len().max(1);
        item.cycles
            .get(self.cycle_idx % n)
            .map_or(&[], Vec::as_slice)
    }

    /// Records a verdict on the item on show and goes on to the next.
    pub(super) fn decide(&mut self, cx: &mut Cx<'_>, data: &ConflictData, verdict: Verdict) {
        let Some((idx, item)) = self.item(data) else {
            return;
        };
        let edge = item.edge;
        cx.send(Command::Decide {
            edge,
            verdict,
            note: std::mem::take(&mut self.note).trim().to_owned(),
        });
        self.pending.insert(edge, verdict);
        self.history.push(edge);
        self.revisits = false;
        match next_open(&data.queue, &self.pending, idx).filter(|&next| next != idx) {
            Some(next) => self.select(data, next),
            // This nation is through: the next one with something to decide comes up.
            None => self.nation = None,
        }
    }

    /// Puts an item before the reviewer that may have its verdict already and may get another.
    pub(super) fn revisit(&mut self, data: &ConflictData, idx: usize) {
        self.select(data, idx);
        self.revisits = true;
    }

    /// Goes on without a verdict.
    pub(super) fn skip(&mut self, data: &ConflictData) {
        let Some((idx, _)) = self.item(data) else {
            return;
        };
        let next = next_open(&data.queue, &self.pending, idx)
            .unwrap_or((idx + 1) % data.queue.len().max(1));
        self.select(data, next);
    }

    /// Takes the last verdict back and shows its item again.
    pub(super) fn undo(&mut self, cx: &mut Cx<'_>, data: &ConflictData) {
        cx.send(Command::UndoDecision);
        if let Some(edge) = self.history.pop() {
            self.pending.remove(&edge);
            if let Some(idx) = data.queue.iter().position(|q| q.edge == edge) {
                self.select(data, idx);
            }
        }
    }

    /// Returns the verdict in force on an item.
    pub(super) fn verdict(&self, item: &QueueItem) -> Option<Verdict> {
        verdict_of(item, &self.pending)
    }

    /// Hears of the review's keys.
    pub(crate) fn keys(&mut self, ctx: &Context, cx: &mut Cx<'_>) {
        let Some(data) = self.data(cx) else { return };
        let pressed =
            |modifiers: Modifiers, key: Key| ctx.input_mut(|i| i.consume_key(modifiers, key));
        if pressed(Modifiers::COMMAND, Key::Z) {
            self.undo(cx, &data);
        }
        if self.tab != Tab::Review || data.queue.is_empty() {
            return;
        }
        for (key, verdict) in [
            (Key::K, Verdict::Keep),
            (Key::R, Verdict::Remove),
            (Key::U, Verdict::NotSure),
        ] {
            let may = self.revisits
                || self
                    .item(&data)
                    .is_some_and(|(_, item)| self.verdict(item).is_none());
            if pressed(Modifiers::NONE, key) && may {
                self.decide(cx, &data, verdict);
            }
        }
        if pressed(Modifiers::NONE, Key::S) {
            self.skip(&data);
        }
        if pressed(Modifiers::NONE, Key::B) {
            self.shows_proposal = !self.shows_proposal;
        }
        if pressed(Modifiers::NONE, Key::F) {
            self.camera = None;
            self.wants_focus = false;
        }
        if pressed(Modifiers::NONE, Key::C) {
            self.cycle_idx += 1;
            self.wants_focus = true;
        }
        let step = i64::from(pressed(Modifiers::NONE, Key::ArrowDown))
            - i64::from(pressed(Modifiers::NONE, Key::ArrowUp));
        if step != 0 {
            let idx = self.item(&data).map_or(0, |(i, _)| i as i64);
            let last = data.queue.len() as i64 - 1;
            self.revisit(&data, (idx + step).clamp(0, last) as usize);
        }
    }
}
