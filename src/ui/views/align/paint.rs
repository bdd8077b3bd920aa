//! Draws the alignment view from top to bottom, and what to do while there is nothing to compare.

use std::sync::Arc;

use egui::{Ui, vec2};

use super::case::case_ui;
use super::chart::{chart_ui, items_ui};
use super::curves::curves_ui;
use super::derive::{head_words, methods, models, training_shown};
use super::state::{AlignState, show_model};
use super::table::table_ui;
use crate::domain::alignment::Variant;
use crate::snapshot::model::alignment::{AlignmentComparison, AlignmentData};
use crate::ui::theme::Palette;
use crate::ui::views::nothing_yet::nothing_yet_ui;
use crate::ui::widgets::{self, Look, caption, chip, title};
use crate::ui::{Command, Cx};

/// Beyond this width a line is too long for the eye to follow.
const MAX_WIDTH: f32 = 1320.0;

/// Models offered by a button of their own while nothing is aligned.
const MAX_BUTTONS: usize = 3;

/// Draws the comparison of the model and method on show, a case, and the curves of a training.
pub fn ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut AlignState) {
    let data = Arc::clone(&cx.input.snapshot.alignment);
    if data.n_triples == 0 && data.comparisons.is_empty() && data.trainings.is_empty() {
        nothing_yet_ui(
            ui,
            cx,
            "Nothing to align with yet",
            "A model is aligned with triples: a question, a statement and its reverse. Run the pipeline; it makes them from the statements.",
            "A model is aligned with triples: a question, a statement and its reverse. They are made from the statements of imported documents.",
        );
        return;
    }
    let margin = egui::Margin {
        left: 24,
        right: 10,
        top: 16,
        bottom: 0,
    };
    egui::Frame::NONE.inner_margin(margin).show(ui, |ui| {
        egui::ScrollArea::vertical()
            .auto_shrink(false)
            .show(ui, |ui| {
                ui.set_max_width((ui.available_width() - 14.0).min(MAX_WIDTH));
                match state.comparison(&data) {
                    Some(shown) => compared_ui(ui, cx, state, &data, shown),
                    None if data.trainings.is_empty() => before_ui(ui, cx, &data),
                    None => trained_ui(ui, cx, state, &data),
                }
                ui.add_space(24.0);
            });
    });
}

fn before_ui(ui: &mut Ui, cx: &mut Cx<'_>, data: &AlignmentData) {
    ui.add_space(24.0);
    ui.set_max_width(ui.available_width().min(560.0));
    title(ui, "No model has been aligned yet");
    ui.add_space(4.0);
    caption(
        ui,
        "Alignment trains small adapters (LoRA) by direct preference optimization: to each question the statement is the answer to prefer, its reverse the one to reject.",
    );
    ui.add_space(4.0);
    caption(
        ui,
        "A fifth of the items is held out by document, near-duplicate and issue, and agreement with these is compared before and after.",
    );
    ui.add_space(16.0);
    let idle = cx.input.progress.is_none();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        for (i, model) in data.models.iter().take(MAX_BUTTONS).enumerate() {
            let look = if i == 0 { Look::Primary } else { Look::Plain };
            if widgets::action(ui, &format!("Align {model}"), None, look, idle).clicked() {
                cx.send(Command::Align {
                    model: model.clone(),
                    variant: Variant::CrDpo,
                });
            }
        }
    });
    if data.models.is_empty() {
        caption(
            ui,
            "The project names no local model. Give the folder of one in the inspector.",
        );
    }
}

fn trained_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut AlignState, data: &AlignmentData) {
    title(ui, "Training");
    ui.add_space(4.0);
    caption(
        ui,
        "The trained adapters have not been evaluated yet. Evaluation on the held-out items follows when the training is done; before and after stand here then.",
    );
    ui.add_space(8.0);
    if let Some(training) = training_shown(data, state.training, None) {
        curves_ui(ui, cx, state, training, None);
    }
}

fn compared_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut AlignState,
    data: &AlignmentData,
    shown: &AlignmentComparison,
) {
    head_ui(ui, state, data, shown);
    ui.add_space(8.0);
    let width = ui.available_width();
    if state.as_table {
        table_ui(ui, data, shown);
        ui.add_space(8.0);
        items_ui(ui, shown, width.min(420.0));
    } else if width > 760.0 {
        let right = (0.3 * width).clamp(240.0, 360.0);
        let left = width - right - 40.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 40.0;
            ui.vertical(|ui| {
                ui.set_width(left);
                chart_ui(ui, cx, shown);
            });
            ui.vertical(|ui| {
                ui.set_width(right);
                items_ui(ui, shown, right);
            });
        });
    } else {
        chart_ui(ui, cx, shown);
        items_ui(ui, shown, width.min(420.0));
    }
    case_ui(ui, cx, state, shown);
    if let Some(training) = training_shown(data, state.training, Some(&shown.model)) {
        curves_ui(ui, cx, state, training, Some(shown));
    }
}

fn head_ui(ui: &mut Ui, state: &mut AlignState, data: &AlignmentData, shown: &AlignmentComparison) {
    if ui.available_width() > 720.0 {
        ui.horizontal(|ui| {
            title(ui, "Before and after alignment");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                chips_ui(ui, state, data, shown, true);
            });
        });
        words_ui(ui, shown);
    } else {
        title(ui, "Before and after alignment");
        words_ui(ui, shown);
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
            chips_ui(ui, state, data, shown, false);
        });
    }
}

/// Says what is compared, and where that says nothing about nations.
fn words_ui(ui: &mut Ui, shown: &AlignmentComparison) {
    let p = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.spacing_mut().interact_size.y = 16.0;
        caption(ui, &head_words(shown));
        if shown.demonstration {
            let words = "demonstration model: says nothing about nations";
            ui.label(egui::RichText::new(words).color(p.warning));
        }
    });
}

/// Draws the chips; `backward` where they are laid out from right to left.
fn chips_ui(
    ui: &mut Ui,
    state: &mut AlignState,
    data: &AlignmentData,
    shown: &AlignmentComparison,
    backward: bool,
) {
    let mut groups: Vec<u8> = vec![0, 1, 2];
    if backward {
        groups.reverse();
    }
    for group in groups {
        match group {
            0 => model_chips_ui(ui, state, data, shown, backward),
            1 => {
                let mut all = methods(data, &shown.model);
                let several = all.len() > 1;
                if backward {
                    all.reverse();
                    if several {
                        widgets::key_cap(ui, "M");
                    }
                }
                for method in all {
                    let name = format!("Show the method {}", method.name());
                    let on = method == shown.method;
                    if chip(ui, method.name(), &name, None, on, None).clicked() {
                        state.method = Some(method);
                    }
                }
                if several && !backward {
                    widgets::key_cap(ui, "M");
                }
                ui.add_space(8.0);
            }
            _ => {
                let mut both = [("Chart", false), ("Table", true)];
                if backward {
                    both.reverse();
                    widgets::key_cap(ui, "T");
                }
                for (words, as_table) in both {
                    let on = state.as_table == as_table;
                    if chip(
                        ui,
                        words,
                        &format!("Show as {}", words.to_lowercase()),
                        None,
                        on,
                        None,
                    )
                    .clicked()
                    {
                        state.as_table = as_table;
                    }
                }
                if backward {
                    ui.add_space(8.0);
                } else {
                    widgets::key_cap(ui, "T");
                }
            }
        }
    }
}

fn model_chips_ui(
    ui: &mut Ui,
    state: &mut AlignState,
    data: &AlignmentData,
    shown: &AlignmentComparison,
    backward: bool,
) {
    let mut all = models(data);
    if all.len() < 2 {
        return;
    }
    if backward {
        all.reverse();
    }
    for model in all {
        let on = model == shown.model;
        let name = show_model(model);
        if chip(ui, model, &name, None, on, None).clicked() {
            state.model = Some(model.to_owned());
        }
    }
    if !backward {
        ui.add_space(8.0);
    }
}
