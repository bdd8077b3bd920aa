//! What surrounds matrix, tree and strips: the head with its chips, and what to do while there is no topic.

use std::sync::Arc;

use egui::{Align, Layout, Ui};

use super::state::{Show, TopicsState};
use super::{over_time_paint, paint, tree};
use crate::snapshot::model::Snapshot;
use crate::ui::theme::Palette;
use crate::ui::views::MARGIN;
use crate::ui::views::nothing_yet::nothing_yet_ui;
use crate::ui::widgets::{chip, title};
use crate::ui::{Cx, text};

/// Below this width words and chips of the head stand in two rows.
const ONE_ROW: f32 = 820.0;

/// Draws the topics view.
pub fn ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut TopicsState) {
    let snapshot = Arc::clone(cx.input.snapshot);
    if snapshot.topics.is_empty() {
        nothing_yet_ui(
            ui,
            cx,
            "No topics yet",
            "Topics are the dense places of the map. Run the pipeline to find and describe them.",
            "Import documents first; topics are found among them.",
        );
        return;
    }
    egui::Frame::NONE.inner_margin(MARGIN).show(ui, |ui| {
        head_ui(ui, cx, &snapshot, state);
        ui.add_space(8.0);
        match state.show {
            Show::Matrix => paint::matrix_ui(ui, cx, &snapshot, state),
            Show::Tree => tree::tree_ui(ui, cx, &snapshot, state),
            Show::OverTime => over_time_paint::strips_ui(ui, cx, &snapshot, state),
        }
    });
}

/// Draws the number of topics, what is shown of them, and how.
fn head_ui(ui: &mut Ui, cx: &Cx<'_>, snapshot: &Snapshot, state: &mut TopicsState) {
    let words = words(cx, snapshot, state);
    let name = text::counted(snapshot.topics.len(), "topic", "topics");
    let second = |ui: &mut Ui| {
        let p = Palette::of(ui);
        let label = egui::RichText::new(&words).color(p.secondary);
        ui.add(egui::Label::new(label).truncate())
            .on_hover_text(&words);
    };
    if ui.available_width() >= ONE_ROW {
        ui.horizontal(|ui| {
            title(ui, &name);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(12.0);
                chips_ui(ui, state, true);
                ui.with_layout(Layout::left_to_right(Align::Center), second);
            });
        });
    } else {
        ui.horizontal(|ui| {
            title(ui, &name);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(12.0);
                chips_ui(ui, state, false);
            });
        });
        ui.horizontal(second);
    }
}

/// Says what the figures are and what they count.
fn words(cx: &Cx<'_>, snapshot: &Snapshot, state: &TopicsState) -> String {
    let n_value = snapshot.topics.iter().filter(|t| t.value_related).count();
    let value = format!("{n_value} value-related");
    let shown = cx
        .focus()
        .map(|f| text::counted(f.shown.n, "document shown", "documents shown"));
    let figures = match (state.show, shown.is_some()) {
        (Show::Matrix, false) => "share of each nation, corrected for corpus size, %",
        (Show::Matrix, true) => "entropy, JSD, p and years are the whole corpus'",
        (Show::Tree, _) => "alike ones beside each other",
        (Show::OverTime, _) => "documents by month",
    };
    text::dotted([value.as_str(), shown.as_deref().unwrap_or(""), figures])
}

/// The chips from right to left.
fn chips_ui(ui: &mut Ui, state: &mut TopicsState, roomy: bool) {
    ui.spacing_mut().item_spacing.x = 6.0;
    let key = |k: &'static str| roomy.then_some(k);
    let name = "Show value-related topics only";
    if chip(ui, "Value-related", name, None, state.value_only, key("R")).clicked() {
        state.value_only = !state.value_only;
    }
    ui.add_space(if roomy { 10.0 } else { 4.0 });
    for (show, words, name, k) in [
        (Show::OverTime, "Over time", "Show topics over time", "W"),
        (Show::Tree, "Tree", "Show topics as a tree", "E"),
        (Show::Matrix, "Matrix", "Show topics as a matrix", "X"),
    ] {
        if chip(ui, words, name, None, state.show == show, key(k)).clicked() {
            state.show = show;
        }
    }
}
