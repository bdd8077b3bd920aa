//! What the conflict view remembers between frames, and what its keys do.

use std::sync::{Arc, Weak};

use egui::{Key, Modifiers};

use super::derive::{Pending, n_decided, next_open, verdict_of};
use super::graph::{GraphState, MOST_HOPS};
use crate::base::ids::EdgeId;
use crate::domain::conflict::Verdict;
use crate::domain::corpus::Nation;
use crate::snapshot::model::conflicts::{ConflictData, QueueItem};
use crate::ui::binding::{Binding, Bound, COMMAND_SHIFT};
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

impl Tab {
    /// All parts with their names, in the order of the chips.
    pub(super) const ALL: [(Self, &'static str); 5] = [
        (Self::Review, "Review"),
        (Self::Contested, "Contested"),
        (Self::Minority, "Minority"),
        (Self::Within, "Within one document"),
        (Self::Rounds, "Rounds"),
    ];
}

/// A field of the review that a key puts the cursor into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The remark on a verdict.
    Note,
    /// Who decides.
    Reviewer,
}

/// A verdict given in this window, with its remark.
#[derive(Clone, Debug)]
struct Given {
    edge: EdgeId,
    verdict: Verdict,
    note: String,
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
    pub(super) wants_field: Option<Field>,
    pub(super) graph: GraphState,
    /// The item on show was chosen by hand, so that a key may change its verdict.
    revisits: bool,
    history: Vec<Given>,
    taken_back: Vec<Given>,
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
        for item in data.queue.iter().filter(|q| q.verdict.is_some()) {
            self.pending.remove(&item.edge);
        }
        let still_there = data.queue.iter().any(|q| Some(q.edge) == self.edge);
        if other_nation || !still_there {
            let first = next_open(&data.queue, &self.pending, data.queue.len().wrapping_sub(1))
                .unwrap_or(0);
            self.select(data, first);
        }
    }

    /// Puts an item of the queue before the reviewer.
    pub(super) fn select(&mut self, data: &ConflictData, idx: usize) {
        self.edge = data.queue.get(idx).map(|q| q.edge);
        self.cycle_idx = 0;
        self.graph.look_at_cycle();
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
        let given = Given {
            edge: item.edge,
            verdict,
            note: std::mem::take(&mut self.note).trim().to_owned(),
        };
        cx.send(Command::Decide {
            edge: given.edge,
            verdict,
            note: given.note.clone(),
        });
        self.pending.insert(given.edge, verdict);
        self.history.push(given);
        self.taken_back.clear();
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
    pub(super) fn undo(&mut self, cx: &mut Cx<'_>) {
        cx.send(Command::UndoDecision);
        if let Some(given) = self.history.pop() {
            self.pending.remove(&given.edge);
            self.bring_up(cx, given.edge);
            self.taken_back.push(given);
        }
    }

    /// Gives the verdict again that was taken back last.
    fn redo(&mut self, cx: &mut Cx<'_>) {
        let mut rest = std::mem::take(&mut self.taken_back);
        if let Some(given) = rest.pop()
            && let Some(data) = self.bring_up(cx, given.edge)
        {
            self.note = given.note;
            self.decide(cx, &data, given.verdict);
        }
        self.taken_back = rest;
    }

    /// Puts an item before the reviewer, of whatever nation it is.
    fn bring_up(&mut self, cx: &Cx<'_>, edge: EdgeId) -> Option<Arc<ConflictData>> {
        let mut all = cx.input.snapshot.conflicts.iter();
        let (data, idx) =
            all.find_map(|d| Some((d, d.queue.iter().position(|q| q.edge == edge)?)))?;
        self.nation = Some(data.nation);
        self.select(data, idx);
        Some(Arc::clone(data))
    }

    /// Returns what part of the graph is shown.
    #[cfg(test)]
    pub(crate) fn camera(&self) -> Option<crate::ui::camera::Camera> {
        self.graph.camera()
    }

    /// Returns the flagged edge under review.
    #[cfg(test)]
    pub(crate) fn edge(&self) -> Option<EdgeId> {
        self.edge
    }

    /// Gives up what is begun in the graph; `false` if there is nothing.
    pub(crate) fn step_back(&mut self) -> bool {
        self.tab == Tab::Review && self.graph.step_back()
    }

    /// Says how much of the graph is drawn.
    pub(crate) fn status(&self) -> String {
        if self.tab == Tab::Review {
            self.graph.status()
        } else {
            String::new()
        }
    }

    /// Puts the cursor into a field that a key asked for, once it is drawn.
    pub(super) fn focus_if_wanted(&mut self, field: Field, response: &egui::Response) {
        if self.wants_field == Some(field) {
            self.wants_field = None;
            response.request_focus();
        }
    }

    /// Returns the verdict in force on an item.
    pub(super) fn verdict(&self, item: &QueueItem) -> Option<Verdict> {
        verdict_of(item, &self.pending)
    }

    /// Tells whether an item stands before the reviewer whose verdict may be given.
    fn may_decide(&self, cx: &Cx<'_>) -> bool {
        let may = |data: Arc<ConflictData>| {
            let open = |item: &QueueItem| self.revisits || self.verdict(item).is_none();
            self.item(&data).is_some_and(|(_, item)| open(item))
        };
        self.reviewed(cx).is_some_and(may)
    }

    /// Returns the graph under review; `None` while another list is open or nothing is flagged.
    fn reviewed(&self, cx: &Cx<'_>) -> Option<Arc<ConflictData>> {
        self.data(cx)
            .filter(|data| self.tab == Tab::Review && !data.queue.is_empty())
    }

    fn decide_by_key(&mut self, cx: &mut Cx<'_>, verdict: Verdict) {
        if let Some(data) = self.data(cx) {
            self.decide(cx, &data, verdict);
        }
    }

    /// Goes `by` items on in the queue.
    fn step_item(&mut self, cx: &Cx<'_>, by: i64) {
        if let Some(data) = self.data(cx) {
            let idx = self.item(&data).map_or(0, |(i, _)| i as i64);
            let last = data.queue.len() as i64 - 1;
            self.revisit(&data, (idx + by).clamp(0, last) as usize);
        }
    }

    /// Goes on to the next list of the view, round and round.
    fn next_tab(&mut self) {
        let at = Tab::ALL.iter().position(|(tab, _)| *tab == self.tab);
        let next = at.map_or(0, |i| (i + 1) % Tab::ALL.len());
        self.tab = Tab::ALL.get(next).map_or(Tab::Review, |(tab, _)| *tab);
    }

    /// Goes on to the next nation that has a graph, round and round.
    fn next_nation(&mut self, cx: &Cx<'_>) {
        let all = shown(cx);
        let now = self.data(cx).map(|d| d.nation);
        let at = all.iter().position(|d| Some(d.nation) == now);
        let next = at.and_then(|i| all.iter().cycle().nth(i + 1));
        self.nation = next.map(|d| d.nation);
    }
}

/// Counts the flagged edges without a verdict, of all nations; `None` where nothing is flagged or a job
/// runs.
fn n_open(state: &ConflictsState, cx: &Cx<'_>) -> Option<usize> {
    let all = &cx.input.snapshot.conflicts;
    let n_all: usize = all.iter().map(|d| d.queue.len()).sum();
    let n_done: usize = all
        .iter()
        .map(|d| n_decided(&d.queue, &state.pending))
        .sum();
    (n_all > 0 && cx.input.progress.is_none()).then_some(n_all - n_done)
}

/// Tells whether the graph is what is shown.
fn shows_graph(review: &ConflictsState, cx: &Cx<'_>) -> bool {
    review.tab == Tab::Review && review.data(cx).is_some()
}

impl Bound for ConflictsState {
    const BINDINGS: &'static [Binding<Self>] = &[
        Binding::<Self>::plain("Keep the flagged edge", "K", Key::K, |review, _, cx| {
            review.decide_by_key(cx, Verdict::Keep);
        })
        .when(Self::may_decide),
        Binding::<Self>::plain("Remove the flagged edge", "R", Key::R, |review, _, cx| {
            review.decide_by_key(cx, Verdict::Remove);
        })
        .when(Self::may_decide),
        Binding::<Self>::plain("Not sure about it", "U", Key::U, |review, _, cx| {
            review.decide_by_key(cx, Verdict::NotSure);
        })
        .when(Self::may_decide),
        Binding::<Self>::plain("Skip it for now", "S", Key::S, |review, _, cx| {
            if let Some(data) = review.data(cx) {
                review.skip(&data);
            }
        })
        .when(|review, cx| review.reviewed(cx).is_some()),
        Binding::<Self>::held(
            "Take the last verdict back",
            "Ctrl Z",
            Modifiers::COMMAND,
            Key::Z,
            |review, _, cx| review.undo(cx),
        )
        .when(|review, cx| review.data(cx).is_some()),
        Binding::<Self>::held(
            "Give it again",
            "Ctrl Shift Z",
            COMMAND_SHIFT,
            Key::Z,
            |review, _, cx| review.redo(cx),
        )
        .or(Modifiers::COMMAND, Key::Y)
        .when(|review, _| !review.taken_back.is_empty()),
        Binding::<Self>::plain(
            "Next flagged edge",
            "↓",
            Key::ArrowDown,
            |review, _, cx| {
                review.step_item(cx, 1);
            },
        )
        .when(|review, cx| review.reviewed(cx).is_some()),
        Binding::<Self>::plain(
            "Previous flagged edge",
            "↑",
            Key::ArrowUp,
            |review, _, cx| {
                review.step_item(cx, -1);
            },
        )
        .when(|review, cx| review.reviewed(cx).is_some()),
        Binding::<Self>::plain("Write a note", "W", Key::W, |review, _, _| {
            review.wants_field = Some(Field::Note);
        })
        .when(Self::may_decide),
        Binding::<Self>::plain(
            "Show or hide the machine's view",
            "B",
            Key::B,
            |review, _, _| {
                review.shows_proposal = !review.shows_proposal;
            },
        )
        .when(|review, cx| review.reviewed(cx).is_some()),
        Binding::<Self>::plain("Show the next cycle", "C", Key::C, |review, _, _| {
            review.cycle_idx += 1;
            review.graph.look_at_cycle();
        })
        .when(|review, cx| review.reviewed(cx).is_some()),
        Binding::<Self>::plain("Show the whole graph", "F", Key::F, |review, _, _| {
            review.graph.look_at_all();
        })
        .when(shows_graph),
        Binding::<Self>::plain(
            "Color documents by nation, outlet or camp",
            "G",
            Key::G,
            |review, _, _| review.graph.next_node_color(),
        )
        .when(shows_graph),
        Binding::<Self>::plain(
            "Color links by agreement or by kind",
            "T",
            Key::T,
            |review, _, _| review.graph.next_link_color(),
        )
        .when(shows_graph),
        Binding::<Self>::plain("Outline the camps", "O", Key::O, |review, _, _| {
            review.graph.toggle_camps();
        })
        .when(shows_graph),
        Binding::<Self>::plain(
            "Focus on the hops around the flagged edge",
            "X",
            Key::X,
            |review, _, _| review.graph.next_hops(),
        )
        .when(|review, cx| review.reviewed(cx).is_some()),
        Binding::<Self>::held(
            "Focus on 1 hop around it",
            "Alt 1",
            Modifiers::ALT,
            Key::Num1,
            |review, _, _| review.graph.toggle_hops(1),
        )
        .when(|review, cx| review.reviewed(cx).is_some()),
        Binding::<Self>::held(
            "Focus on 2 hops around it",
            "Alt 2",
            Modifiers::ALT,
            Key::Num2,
            |review, _, _| review.graph.toggle_hops(2),
        )
        .when(|review, cx| review.reviewed(cx).is_some()),
        Binding::<Self>::held(
            "Focus on 3 hops around it",
            "Alt 3",
            Modifiers::ALT,
            Key::Num3,
            |review, _, _| review.graph.toggle_hops(3),
        )
        .when(|review, cx| review.reviewed(cx).is_some()),
        Binding::<Self>::held(
            "Focus on 4 hops around it",
            "Alt 4",
            Modifiers::ALT,
            Key::Num4,
            |review, _, _| review.graph.toggle_hops(MOST_HOPS),
        )
        .when(|review, cx| review.reviewed(cx).is_some()),
        Binding::<Self>::plain(
            "Show or hide what is not in focus",
            "H",
            Key::H,
            |review, _, _| review.graph.toggle_context(),
        )
        .when(shows_graph),
        Binding::<Self>::plain(
            "Select documents of the graph by a lasso",
            "M",
            Key::M,
            |review, _, _| review.graph.toggle_lasso(),
        )
        .when(shows_graph),
        Binding::<Self>::plain("Zoom in", "+", Key::Plus, |review, _, _| {
            review.graph.zoom(1.0);
        })
        .or(Modifiers::NONE, Key::Equals)
        .when(shows_graph),
        Binding::<Self>::plain("Zoom out", "-", Key::Minus, |review, _, _| {
            review.graph.zoom(-1.0);
        })
        .when(shows_graph),
        Binding::<Self>::plain(
            "Next list: contested, minority, …",
            "L",
            Key::L,
            |review, _, _| {
                review.next_tab();
            },
        )
        .when(|review, cx| review.data(cx).is_some()),
        Binding::<Self>::plain("Next nation", "N", Key::N, |review, _, cx| {
            review.next_nation(cx);
        })
        .when(|_, cx| shown(cx).len() > 1),
        Binding::<Self>::plain("Set the reviewer", "E", Key::E, |review, _, cx| {
            cx.shared.inspector_open = true;
            cx.clear_doc();
            review.wants_field = Some(Field::Reviewer);
        })
        .when(|review, cx| review.data(cx).is_some()),
        Binding::<Self>::unbound(
            "Accept the machine's proposals of this round",
            |_, _, cx| {
                cx.send(Command::AcceptProposals { all_rounds: false });
            },
        )
        .when(|review, cx| n_open(review, cx).is_some_and(|n| n > 0)),
        Binding::<Self>::unbound(
            "Accept the machine's proposals of all rounds",
            |_, _, cx| {
                cx.send(Command::AcceptProposals { all_rounds: true });
            },
        )
        .when(|review, cx| n_open(review, cx).is_some_and(|n| n > 0)),
        Binding::<Self>::unbound("Close the round", |_, _, cx| cx.send(Command::CloseRound))
            .when(|review, cx| n_open(review, cx) == Some(0)),
    ];

    fn choices(&self, cx: &Cx<'_>) -> Vec<String> {
        let graphs = shown(cx);
        if graphs.is_empty() {
            return Vec::new();
        }
        let tabs = Tab::ALL.iter().map(|(_, name)| format!("Show {name}"));
        tabs.chain(graphs.iter().map(|d| conflicts_of(d.nation)))
            .collect()
    }

    fn choose(&mut self, name: &str, cx: &mut Cx<'_>) {
        if let Some(data) = shown(cx).iter().find(|d| conflicts_of(d.nation) == name) {
            self.nation = Some(data.nation);
        }
        let tab = name.strip_prefix("Show ");
        if let Some((tab, _)) = Tab::ALL.iter().find(|(_, name)| Some(*name) == tab) {
            self.tab = *tab;
        }
    }
}

/// Returns what the chip of a nation does.
pub(super) fn conflicts_of(nation: Nation) -> String {
    format!("Conflicts of {}", nation.name())
}
