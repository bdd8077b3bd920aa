//! Draws the verification: its parts as chips, the samples, and what one judges in the others.

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::agreement::agreement_ui;
use super::form::form_ui;
use super::judge::{disagreements_ui, judge_ui};
use super::state::{Tab, VerifyState, open_sample};
use crate::snapshot::model::verification::SampleData;
use crate::ui::theme::{self, Palette};
use crate::ui::views::nothing_yet::nothing_yet_ui;
use crate::ui::widgets::{cell, chip, link_row, section};
use crate::ui::{Cx, text};

/// Draws the verification.
pub fn ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut VerifyState) {
    state.follow(cx);
    let verification = cx.input.snapshot.verification.clone();
    if verification.samples.is_empty() && verification.candidates.is_empty() {
        nothing_yet_ui(
            ui,
            cx,
            "Nothing to verify yet",
            "People judge pairs of value statements: do they align, conflict, or not speak of the same? The statements come from the stages before.",
            "Import documents first; people judge the statements that are found in them.",
        );
        return;
    }
    let margin = egui::Margin {
        left: 24,
        right: 24,
        top: 12,
        bottom: 12,
    };
    egui::Frame::NONE.inner_margin(margin).show(ui, |ui| {
        let data = state.data(cx);
        if let Some(data) = &data {
            tabs_ui(ui, cx, state, data);
            ui.add_space(8.0);
        }
        match (state.tab(cx), &data) {
            (Tab::Judge, Some(data)) => judge_ui(ui, cx, state, data),
            (Tab::Agreement, Some(data)) => agreement_ui(ui, cx, state, data),
            (Tab::Disagreements, Some(data)) => disagreements_ui(ui, cx, state, data),
            _ => sample_ui(ui, cx, state),
        }
    });
}

fn tabs_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut VerifyState, data: &SampleData) {
    let now = state.tab(cx);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for (tab, words) in Tab::ALL {
            let label = match tab {
                // How many there are says nothing of who judged what.
                Tab::Disagreements if state.is_opened(data) => {
                    format!("{words} {}", text::count_of(data.disputed().count()))
                }
                _ => words.to_owned(),
            };
            if chip(ui, &label, words, None, now == tab, None).clicked() {
                state.open(tab);
            }
        }
    });
}

/// Draws the samples there are, and the form of a new one.
fn sample_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut VerifyState) {
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.set_max_width((ui.available_width() - 14.0).min(860.0));
            samples_ui(ui, cx, state);
            form_ui(ui, cx, state);
            ui.add_space(16.0);
        });
}

fn samples_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut VerifyState) {
    let p = Palette::of(ui);
    let samples = cx.input.snapshot.verification.samples.clone();
    if samples.is_empty() {
        return;
    }
    section(ui, "Samples");
    let on_screen = state.data(cx).map(|d| d.sample.id);
    for data in &samples {
        let selected = Some(data.sample.id) == on_screen;
        let (rect, response) = link_row(ui, 48.0, &open_sample(data.sample.id), selected);
        let n_dealt: usize = data.progress.iter().map(|r| r.n_dealt).sum();
        let n_judged: usize = data.progress.iter().map(|r| r.n_judged).sum();
        let top = Rect::from_min_max(
            rect.min + vec2(0.0, 5.0),
            pos2(rect.right(), rect.center().y),
        );
        let below = Rect::from_min_max(
            pos2(rect.left(), rect.center().y),
            rect.max - vec2(0.0, 5.0),
        );
        let painter = ui.painter();
        let done = cell(
            painter,
            top,
            Align2::RIGHT_CENTER,
            &format!(
                "{} of {} judged",
                text::count_of(n_judged),
                text::count_of(n_dealt)
            ),
            theme::regular(theme::BODY),
            p.secondary,
        );
        let head = format!(
            "Sample {} · {}",
            data.sample.id,
            data.sample.plan.kind.name()
        );
        cell(
            painter,
            Rect::from_min_max(top.min, pos2(done.left() - 12.0, top.bottom())),
            Align2::LEFT_CENTER,
            &head,
            theme::strong(theme::BODY),
            p.ink,
        );
        let words = text::dotted([
            text::counted(data.cards.len(), "pair", "pairs").as_str(),
            data.sample.plan.reviewers.join(", ").as_str(),
            text::ago(data.sample.made_ms, cx.input.now_ms).as_str(),
        ]);
        cell(
            painter,
            below,
            Align2::LEFT_CENTER,
            &words,
            theme::regular(12.0),
            p.secondary,
        );
        if response.clicked() {
            state.choose_sample(data.sample.id);
        }
    }
}
