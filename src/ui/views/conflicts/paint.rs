//! Draws the conflict view: its lists, and a flagged edge inside its cycles.

use egui::{Rect, Ui, UiBuilder, pos2, vec2};

use super::cards::{card_height, card_ui};
use super::derive::dominant_words;
use super::graph::{GraphAnswer, GraphAsk, graph_ui};
use super::keys::conflicts_of;
use super::state::{ConflictsState, Tab, look, shown};
use super::verdicts::verdicts_ui;
use super::{disagreements, lists, rounds};
use crate::domain::review::ReviewState;
use crate::snapshot::model::conflicts::{ConflictData, QueueItem};
use crate::ui::theme::{Mark, Palette};
use crate::ui::views::nothing_yet::nothing_yet_ui;
use crate::ui::widgets::{caption, chip, title};
use crate::ui::{Cx, text};
use std::sync::Arc;

/// Height of the row of verdicts.
const VERDICTS: f32 = 44.0;

/// Draws the conflict view.
pub fn ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState) {
    let Some(data) = state.data(cx) else {
        nothing_yet_ui(
            ui,
            cx,
            "No conflict graph yet",
            "The graph joins statements that share an issue, a topic, a place or a speaker. It needs the stages before it.",
            "Import documents first; their statements make the graph.",
        );
        return;
    };
    state.follow(cx, &data);
    let margin = egui::Margin {
        left: 24,
        right: 24,
        top: 12,
        bottom: 12,
    };
    egui::Frame::NONE.inner_margin(margin).show(ui, |ui| {
        tabs_ui(ui, cx, state, &data);
        ui.add_space(8.0);
        match state.tab {
            Tab::Review => review_ui(ui, cx, state, &data),
            Tab::Disputed => disagreements::disagreements_ui(ui, cx, state, &data),
            Tab::Contested => lists::contested_ui(ui, &data),
            Tab::Minority => lists::minority_ui(ui, cx, &data),
            Tab::Within => lists::within_ui(ui, cx, &data),
            Tab::Rounds => rounds::rounds_ui(ui, cx, state, &data),
        }
    });
}

fn tabs_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState, data: &ConflictData) {
    let p = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        let reader = state.reader(cx);
        let nations: Vec<_> = shown(cx)
            .into_iter()
            .map(|d| (d.nation, d.queue.len() - reader.n_settled(&d.queue)))
            .collect();
        for (nation, n_waiting) in nations {
            let words = if n_waiting > 0 {
                format!("{nation} {}", text::count_of(n_waiting))
            } else {
                nation.to_string()
            };
            let on = nation == data.nation;
            let sign = Some((Mark::of(nation), p.nation(nation)));
            if chip(ui, &words, &conflicts_of(nation), sign, on, None).clicked() {
                state.nation = Some(nation);
            }
        }
        ui.add_space(14.0);
        let n_contested = data.issues.iter().filter(|i| i.contested).count();
        let disputed = |q: &&QueueItem| q.standing.state() == ReviewState::Disputed;
        let n_disputed = data.queue.iter().filter(disputed).count();
        for (tab, words) in Tab::ALL {
            let n = match tab {
                Tab::Review => data.queue.len(),
                Tab::Disputed => n_disputed,
                Tab::Contested => n_contested,
                Tab::Minority => data.minority.len(),
                Tab::Within => data.self_contradictions.len(),
                Tab::Rounds => data.rounds.len(),
            };
            let shown = if tab == Tab::Within { "Within" } else { words };
            let label = match n {
                0 => shown.to_owned(),
                n => format!("{shown} {}", text::count_of(n)),
            };
            if chip(ui, &label, words, None, state.tab == tab, None).clicked() {
                state.open_tab(cx, tab);
            }
        }
    });
}

fn review_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState, data: &Arc<ConflictData>) {
    match state.item(data) {
        Some((idx, item)) => head_ui(ui, state, data, idx, item),
        None => nothing_flagged_ui(ui, cx, state, data),
    }
    item_ui(ui, cx, state, data);
}

/// Draws the item before the reviewer: both statements, the graph with the cycle, the verdicts.
pub(super) fn item_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ConflictsState,
    data: &Arc<ConflictData>,
) {
    let found = state.item(data).map(|(_, item)| item.clone());
    let rest = ui.available_rect_before_wrap();
    let mut top = rest.top();
    if let Some(item) = &found {
        let gap = 16.0;
        let width = 0.5 * (rest.width() - gap);
        let wanted = card_height(ui, &item.a, width).max(card_height(ui, &item.b, width));
        let height = wanted.min((0.36 * rest.height()).max(116.0));
        let left = Rect::from_min_size(pos2(rest.left(), top + 6.0), vec2(width, height));
        card_ui(ui, cx, &item.a, left, false);
        let right = left.translate(vec2(width + gap, 0.0));
        card_ui(ui, cx, &item.b, right, true);
        top = left.bottom() + 8.0;
    }
    let bottom = rest.bottom() - if found.is_some() { VERDICTS } else { 0.0 };
    let view = Rect::from_min_max(pos2(rest.left(), top), pos2(rest.right(), bottom));
    if view.height() > 40.0 {
        graph_in_ui(ui, cx, state, data, found.as_ref(), view);
    }
    if let Some(item) = &found {
        let area = Rect::from_min_max(pos2(rest.left(), bottom + 6.0), rest.max);
        let mut child = ui.new_child(UiBuilder::new().max_rect(area).id_salt("verdicts"));
        verdicts_ui(&mut child, cx, state, data, item);
    }
}

/// Draws the graph around an item and does what a person does in it.
pub(super) fn graph_in_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ConflictsState,
    data: &Arc<ConflictData>,
    item: Option<&QueueItem>,
    view: Rect,
) {
    let found = item.and_then(|item| look(cx, item).cloned());
    let cycle = found.as_ref().map_or(&[][..], |look| state.cycle(look));
    let ask = GraphAsk {
        data,
        item,
        cycle,
        cycle_idx: state.cycle_idx,
        n_cycles: found.as_ref().map_or(0, |look| look.cycles.len()),
        issue: item.map(|item| item.issue_idx).or(state.shown_issue),
        shown_round: state.shown_round,
        shows_leaving: !state.hides_others(cx, data),
    };
    match graph_ui(ui, cx, &mut state.graph, &ask, view) {
        Some(GraphAnswer::Item(idx)) => {
            if !state.tab.decides() {
                state.open_tab(cx, Tab::Review);
            }
            state.revisit(cx, data, idx);
        }
        Some(GraphAnswer::NextCycle) => {
            state.cycle_idx += 1;
            state.graph.look_at_cycle();
        }
        Some(GraphAnswer::Selected(before)) => state.lassoed(cx, *before),
        None => {}
    }
}

/// Draws what an item is about.
pub(super) fn head_ui(
    ui: &mut Ui,
    state: &ConflictsState,
    data: &ConflictData,
    idx: usize,
    item: &QueueItem,
) {
    let Some(issue) = data.issues.get(item.issue_idx as usize) else {
        return;
    };
    title(ui, &issue.proposition);
    let place = state.places().iter().position(|&i| i == idx);
    let n_listed = state.places().len();
    let where_in = match place {
        Some(place) if state.tab == Tab::Disputed => {
            format!("disputed edge {} of {n_listed}", place + 1)
        }
        Some(place) if n_listed < data.queue.len() => {
            format!("{} of {n_listed} that the filter lets through", place + 1)
        }
        _ => format!("flagged edge {} of {}", idx + 1, data.queue.len()),
    };
    caption(
        ui,
        &text::dotted([
            data.nation.code(),
            format!(
                "{} in {}",
                text::counted(issue.n_statements, "statement", "statements"),
                text::counted(issue.n_docs, "document", "documents")
            )
            .as_str(),
            format!(
                "dominant stance {}, {}",
                text::signed(issue.dominant),
                dominant_words(issue.dominant, issue.contested)
            )
            .as_str(),
            where_in.as_str(),
        ]),
    );
}

fn nothing_flagged_ui(ui: &mut Ui, cx: &Cx<'_>, state: &ConflictsState, data: &ConflictData) {
    if !data.queue.is_empty() {
        title(ui, "Nothing passes the filter");
        caption(
            ui,
            &format!(
                "{} are flagged; Q opens the filter of the queue.",
                text::counted(data.queue.len(), "edge", "edges")
            ),
        );
        return;
    }
    title(ui, &format!("Nothing is flagged in {}", data.nation.name()));
    let reader = state.reader(cx);
    let queues = cx.input.snapshot.conflicts.iter();
    let n_open: usize = queues
        .map(|d| d.queue.len() - reader.n_settled(&d.queue))
        .sum();
    let words = if data.round >= data.n_rounds {
        format!("all {} rounds are done", data.n_rounds)
    } else if data.round > 0 {
        format!(
            "round {} left nothing to flag: reduction is done",
            data.round
        )
    } else {
        "no conflict edge lies on a cycle and deviates from a dominant stance".to_owned()
    };
    let more = if n_open > 0 {
        "other nations still wait for a verdict"
    } else {
        "every nation is through"
    };
    caption(
        ui,
        &text::dotted([
            words.as_str(),
            format!(
                "{} conflict edges stay in the graph",
                text::count_of(data.n_conflict_edges)
            )
            .as_str(),
            more,
        ]),
    );
}
