//! The trainings in the inspector: start, pause, resume; and what got worse.

use std::sync::Arc;

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::derive::{CurveChoice, training_shown, training_words};
use super::state::{AlignState, train, turn};
use crate::domain::alignment::Variant;
use crate::domain::job_progress::JobState;
use crate::snapshot::model::alignment::{AlignmentComparison, AlignmentData, Change, TrainingRow};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::views::folder::folder_ui;
use crate::ui::widgets::{self, Look, caption, cell, link_row, mark, progress_bar, section};
use crate::ui::{Command, Cx, Purpose, text};

/// Cases in the list of what got worse.
const MAX_WORSENED: usize = 6;

/// Draws trainings, their buttons, and the cases that worsened.
pub fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut AlignState) {
    let data = Arc::clone(&cx.input.snapshot.alignment);
    let shown = state.comparison(&data);
    section(ui, "Trainings");
    if data.trainings.is_empty() {
        caption(
            ui,
            "None yet. A2 trains on the items left by reduction, A3 on all items; both are tested on the same held-out ones.",
        );
    }
    let drawn =
        training_shown(&data, state.training, shown.map(|c| c.model.as_str())).map(|t| t.job);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for training in &data.trainings {
            training_ui(ui, cx, state, training, drawn == Some(training.job));
        }
    });
    if data.n_triples > 0 {
        section(
            ui,
            if data.trainings.is_empty() {
                "Train"
            } else {
                "Train another"
            },
        );
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            start_ui(ui, cx, state, &data);
        });
    }
    if let Some(shown) = shown {
        worsened_ui(ui, cx, state, shown);
    }
    if !data.split_check.is_empty() {
        section(ui, "Split");
        caption(ui, &capitalized(&data.split_check));
    }
    section(ui, "Reading");
    caption(
        ui,
        "A1 is the untrained model, A2 and A3 the trained one, all on the same held-out items: their differences are paired, with p-values corrected over nations and methods (Holm). A0 is the untrained model on the unreduced items, which are others; it stands beside, unpaired.",
    );
}

fn capitalized(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or(String::new(), |first| {
        format!(
            "{}{}.",
            first.to_uppercase(),
            chars.as_str().trim_end_matches('.')
        )
    })
}

fn training_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut AlignState,
    training: &TrainingRow,
    on: bool,
) {
    let p = Palette::of(ui);
    let head = format!("{} {}", training.variant.name(), training.variant.words());
    let name = format!(
        "Curves of the training {head} of {}, {}",
        training.model,
        training_words(training)
    );
    let running = training.state == JobState::Running;
    let (rect, response) = link_row(ui, if running { 64.0 } else { 56.0 }, &name, on);
    let turned = turn(training);
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        let room = if turned.is_some() { 72.0 } else { 0.0 };
        let line = Rect::from_min_size(
            pos2(rect.left(), rect.top() + 8.0),
            vec2(rect.width() - room, 20.0),
        );
        cell(
            painter,
            line,
            Align2::LEFT_CENTER,
            &head,
            theme::strong(theme::BODY),
            p.ink,
        );
        let below = line.translate(vec2(0.0, 20.0));
        let below = Rect::from_min_max(below.min, pos2(rect.right(), below.bottom()));
        let words = text::dotted([training.model.as_str(), training_words(training).as_str()]);
        cell(
            painter,
            below,
            Align2::LEFT_CENTER,
            &words,
            theme::regular(12.0),
            p.secondary,
        );
        if running {
            let rail = Rect::from_min_size(
                pos2(rect.left(), below.bottom() + 4.0),
                vec2(rect.width(), 3.0),
            );
            let share = (training.n_steps > 0)
                .then(|| training.n_steps_done as f32 / training.n_steps as f32);
            progress_bar(painter, rail, share, &p, ui.input(|i| i.time));
        }
    }
    if response.clicked() {
        state.training = Some(training.job);
        state.curves = CurveChoice::default();
    }
    if let Some((name, command)) = turned {
        let corner = Rect::from_min_max(
            pos2(rect.right() - 72.0, rect.top() + 6.0),
            pos2(rect.right(), rect.top() + 30.0),
        );
        let builder = egui::UiBuilder::new()
            .max_rect(corner)
            .id_salt(("training", training.job))
            .layout(egui::Layout::right_to_left(egui::Align::Center));
        let mut child = ui.new_child(builder);
        let verb = name.split(' ').next().unwrap_or_default();
        if widgets::action_small(&mut child, verb, &name, None).clicked() {
            cx.send(command);
        }
    }
    if training.state == JobState::Failed && !training.message.is_empty() {
        ui.add_space(4.0);
        ui.add(egui::Label::new(egui::RichText::new(&training.message).color(p.warning)).wrap());
        ui.add_space(4.0);
    }
}

fn start_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut AlignState, data: &AlignmentData) {
    let idle = cx.input.progress.is_none();
    for model in &data.models {
        if data.models.len() > 1 {
            caption(ui, model);
        }
        train_buttons_ui(ui, cx, model, model, idle);
    }
    let field = folder_ui(
        ui,
        cx,
        &mut state.folder,
        "Folder of another model",
        Purpose::Model,
    );
    if std::mem::take(&mut state.wants_focus) {
        field.scroll_to_me(None);
        field.request_focus();
    }
    let folder = state.folder.trim().to_owned();
    if !folder.is_empty() {
        train_buttons_ui(ui, cx, &folder, "the model of this folder", idle);
    }
    if !idle {
        caption(ui, "Another job is running.");
    }
}

fn train_buttons_ui(ui: &mut Ui, cx: &mut Cx<'_>, model: &str, name: &str, idle: bool) {
    ui.horizontal(|ui| {
        for variant in Variant::ALL.into_iter().filter(|v| v.is_trained()) {
            let words = format!("Train {}", variant.name());
            let name = train(name, variant);
            if widgets::action_named(ui, &words, &name, None, Look::Plain, idle)
                .on_hover_text(variant.words())
                .clicked()
            {
                cx.send(Command::Align {
                    model: model.to_owned(),
                    variant,
                });
            }
        }
    });
}

fn worsened_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut AlignState, shown: &AlignmentComparison) {
    let worsened: Vec<_> = shown
        .cases
        .iter()
        .filter(|c| c.change == Change::Worsened && cx.shared.shows(c.nation))
        .take(MAX_WORSENED)
        .collect();
    if worsened.is_empty() {
        return;
    }
    let p = Palette::of(ui);
    section(ui, "Worsened most");
    for case in worsened {
        let name = format!("Show the case “{}”", case.question);
        let on = state.case == Some(case.statement);
        let (rect, response) = link_row(ui, 34.0, &name, on);
        if ui.is_rect_visible(rect) {
            let painter = ui.painter();
            let y = rect.center().y;
            mark(
                painter,
                pos2(rect.left() + 5.0, y),
                Mark::of(case.nation),
                p.nation(case.nation),
                5.0,
            );
            let words = Rect::from_min_max(pos2(rect.left() + 18.0, rect.top()), rect.max);
            cell(
                painter,
                words,
                Align2::LEFT_CENTER,
                &case.question,
                theme::regular(theme::BODY),
                p.ink,
            );
        }
        if response.clicked() {
            state.case = Some(case.statement);
            state.change = None;
        }
    }
}
