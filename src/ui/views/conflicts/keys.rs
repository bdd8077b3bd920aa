//! What can be done in the conflict view: its keys and the palette's lines.

use egui::{Key, Modifiers};

use super::graph::MOST_HOPS;
use super::state::{ConflictsState, Field, Tab, closable, n_waiting, shown};
use crate::domain::conflict::Verdict;
use crate::domain::corpus::Nation;
use crate::domain::review::filter::QueueFilter;
use crate::ui::binding::{Binding, Bound, COMMAND_SHIFT};
use crate::ui::{Command, Cx};

fn reviews(review: &ConflictsState, cx: &Cx<'_>) -> bool {
    review.reviewed(cx).is_some()
}

fn is_there(review: &ConflictsState, cx: &Cx<'_>) -> bool {
    review.data(cx).is_some()
}

/// Tells whether the graph is on screen.
fn shows_graph(review: &ConflictsState, cx: &Cx<'_>) -> bool {
    (review.tab.decides() || review.tab == Tab::Rounds) && is_there(review, cx)
}

fn shows_rounds(review: &ConflictsState, cx: &Cx<'_>) -> bool {
    review.tab == Tab::Rounds && is_there(review, cx)
}

impl Bound for ConflictsState {
    const BINDINGS: &'static [Binding<Self>] = &[
        Binding::<Self>::plain("Keep the flagged edge", "K", Key::K, |review, _, cx| {
            review.decide_by_key(cx, Verdict::Keep);
        })
        .once()
        .when(Self::may_decide),
        Binding::<Self>::plain("Remove the flagged edge", "R", Key::R, |review, _, cx| {
            review.decide_by_key(cx, Verdict::Remove);
        })
        .once()
        .when(Self::may_decide),
        Binding::<Self>::plain("Not sure about it", "U", Key::U, |review, _, cx| {
            review.decide_by_key(cx, Verdict::NotSure);
        })
        .once()
        .when(Self::may_decide),
        Binding::<Self>::plain("Skip it for now", "S", Key::S, |review, _, cx| {
            if let Some(data) = review.data(cx) {
                review.skip(cx, &data);
            }
        })
        .when(reviews),
        Binding::<Self>::held(
            "Take the last verdict or lasso back",
            "Ctrl Z",
            Modifiers::COMMAND,
            Key::Z,
            |review, _, cx| review.undo(cx),
        )
        .once()
        .when(Self::can_undo),
        Binding::<Self>::held(
            "Do again what was taken back",
            "Ctrl Shift Z",
            COMMAND_SHIFT,
            Key::Z,
            |review, _, cx| review.redo(cx),
        )
        .once()
        .or(Modifiers::COMMAND, Key::Y)
        .when(Self::can_redo),
        Binding::<Self>::plain(
            "Next flagged edge",
            "↓",
            Key::ArrowDown,
            |review, _, cx| review.step_item(cx, 1),
        )
        .when(reviews),
        Binding::<Self>::plain(
            "Previous flagged edge",
            "↑",
            Key::ArrowUp,
            |review, _, cx| review.step_item(cx, -1),
        )
        .when(reviews),
        Binding::<Self>::plain("Write a note", "W", Key::W, |review, _, _| {
            review.wants_field = Some(Field::Note);
        })
        .when(Self::may_decide),
        Binding::<Self>::plain(
            "Show or hide what others and the machine say",
            "B",
            Key::B,
            |review, _, _| review.how.sees_all = !review.how.sees_all,
        )
        .when(reviews),
        Binding::<Self>::plain("Show the next cycle", "C", Key::C, |review, _, _| {
            review.cycle_idx += 1;
            review.graph.look_at_cycle();
        })
        .when(reviews),
        Binding::<Self>::plain("Filter the queue", "Q", Key::Q, |review, _, cx| {
            review.toggle_filter(cx);
        })
        .when(reviews),
        Binding::<Self>::unbound("Take the queue's filter away", |review, _, _| {
            review.filter = QueueFilter::default();
        })
        .when(|review, cx| reviews(review, cx) && !review.filter.is_empty()),
        Binding::<Self>::plain(
            "Decide many edges by a rule",
            "P",
            Key::P,
            |review, _, cx| review.toggle_rule(cx),
        )
        .when(|review, cx| reviews(review, cx) && review.tab == Tab::Review),
        Binding::<Self>::plain(
            "Highest priority or least confident first",
            "Y",
            Key::Y,
            |review, _, _| review.order = review.order.next(),
        )
        .when(reviews),
        Binding::<Self>::plain(
            "Also review what others have decided",
            "J",
            Key::J,
            |review, _, _| review.how.doubles = !review.how.doubles,
        )
        .when(|review, cx| reviews(review, cx) && review.tab == Tab::Review),
        Binding::<Self>::plain(
            "Next list: disputed, contested, minority, …",
            "L",
            Key::L,
            |review, _, cx| review.next_tab(cx),
        )
        .when(is_there),
        Binding::<Self>::plain("Next nation", "N", Key::N, |review, _, cx| {
            review.next_nation(cx);
        })
        .when(|_, cx| shown(cx).len() > 1),
        Binding::<Self>::plain("Set the reviewer", "E", Key::E, |review, _, cx| {
            cx.shared.inspector_open = true;
            cx.clear_doc();
            review.wants_field = Some(Field::Reviewer);
        })
        .when(is_there),
        Binding::<Self>::plain("Show the whole graph", "F", Key::F, |review, _, _| {
            review.graph.look_at_all();
        })
        .when(shows_graph),
        Binding::<Self>::plain(
            "Color documents by nation, outlet or camp",
            "Z",
            Key::Z,
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
        .when(reviews),
        Binding::<Self>::held(
            "Focus on 1 hop around it",
            "Alt 1",
            Modifiers::ALT,
            Key::Num1,
            |review, _, _| review.graph.toggle_hops(1),
        )
        .when(reviews),
        Binding::<Self>::held(
            "Focus on 2 hops around it",
            "Alt 2",
            Modifiers::ALT,
            Key::Num2,
            |review, _, _| review.graph.toggle_hops(2),
        )
        .when(reviews),
        Binding::<Self>::held(
            "Focus on 3 hops around it",
            "Alt 3",
            Modifiers::ALT,
            Key::Num3,
            |review, _, _| review.graph.toggle_hops(3),
        )
        .when(reviews),
        Binding::<Self>::held(
            "Focus on 4 hops around it",
            "Alt 4",
            Modifiers::ALT,
            Key::Num4,
            |review, _, _| review.graph.toggle_hops(MOST_HOPS),
        )
        .when(reviews),
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
        Binding::<Self>::plain("Earlier round", ",", Key::Comma, |review, _, cx| {
            if let Some(data) = review.data(cx) {
                review.step_round(&data, -1);
            }
        })
        .when(shows_rounds),
        Binding::<Self>::plain("Later round", ".", Key::Period, |review, _, cx| {
            if let Some(data) = review.data(cx) {
                review.step_round(&data, 1);
            }
        })
        .when(shows_rounds),
        Binding::<Self>::held(
            "Close the round",
            "Ctrl Enter",
            Modifiers::COMMAND,
            Key::Enter,
            |_, _, cx| cx.send(Command::CloseRound),
        )
        .once()
        .when(closable),
        Binding::<Self>::unbound(
            "Accept the machine's proposals of this round",
            |_, _, cx| {
                cx.send(Command::AcceptProposals { all_rounds: false });
            },
        )
        .when(|review, cx| n_waiting(review, cx).is_some_and(|n| n > 0)),
        Binding::<Self>::unbound(
            "Accept the machine's proposals of all rounds",
            |_, _, cx| {
                cx.send(Command::AcceptProposals { all_rounds: true });
            },
        )
        .when(|review, cx| n_waiting(review, cx).is_some_and(|n| n > 0)),
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
            self.open_tab(cx, *tab);
        }
    }
}

/// Returns what the chip of a nation does.
pub(super) fn conflicts_of(nation: Nation) -> String {
    format!("Conflicts of {}", nation.name())
}
