//! The inspector of the verification: what the sample is, how far everyone is, who adjudicates.

use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use super::state::{Field, Tab, VerifyState};
use crate::domain::verification::{Role, SampleKind};
use crate::snapshot::model::verification::SampleData;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, caption, cell, fact_row, progress_bar, section};
use crate::ui::{Cx, text};

/// Draws the inspector of the verification.
pub fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut VerifyState) {
    state.follow(cx);
    let Some(data) = state.data(cx) else {
        section(ui, "Verification");
        caption(
            ui,
            "Several people judge the same kind of pairs, each alone. Rates with intervals and coefficients of agreement tell what their judgments are worth.",
        );
        return;
    };
    sample_ui(ui, &data);
    progress_ui(ui, cx, state, &data);
    if state.tab(cx) == Tab::Disagreements {
        adjudicator_ui(ui, cx, state);
    }
    if state.tab(cx) == Tab::Judge {
        section(ui, "What is asked");
        caption(
            ui,
            "Align: both can be held together, and speak of the same.",
        );
        caption(ui, "Conflict: who holds one cannot well hold the other.");
        caption(ui, "Unrelated: they do not speak of the same.");
    }
}

fn sample_ui(ui: &mut Ui, data: &SampleData) {
    let plan = &data.sample.plan;
    section(ui, &format!("Sample {}", data.sample.id));
    fact_row(ui, "Pairs", plan.kind.name());
    fact_row(ui, "In all", &text::count_of(data.cards.len()));
    fact_row(ui, "Of each nation", &text::count_of(plan.n_per_nation));
    if plan.reviewers.len() > 1 {
        let share = format!("{} %", text::percent(plan.overlap_share));
        fact_row(ui, "Judged by all", &share);
    }
    if let Some(n) = plan.n_per_reviewer {
        fact_row(ui, "At most for each", &text::count_of(n));
    }
    let reduced = if data.sample.is_after_reduction {
        "after reduction"
    } else {
        "before reduction"
    };
    if plan.kind == SampleKind::Random {
        fact_row(ui, "Drawn", reduced);
    }
    fact_row(ui, "Seed", &plan.seed.0.to_string());
}

fn progress_ui(ui: &mut Ui, cx: &Cx<'_>, state: &VerifyState, data: &SampleData) {
    let p = Palette::of(ui);
    section(ui, "Reviewers");
    let at_this_window = state.reviewer(cx, data);
    for row in &data.progress {
        // What was judged in this window a moment ago counts already.
        let n_judged = if at_this_window.as_deref() == Some(&row.reviewer) {
            state.progress(data, &row.reviewer, Role::Reviewer).1
        } else {
            row.n_judged
        };
        let (rect, _) = widgets::words::row(ui, 30.0, Sense::hover());
        let line = Rect::from_min_max(rect.min, rect.max - vec2(0.0, 8.0));
        let mut words = format!("{n_judged} of {}", row.n_dealt);
        if let Some(secs) = row.median_secs.filter(|s| *s > 0.0) {
            words = format!(
                "{} each · {words}",
                text::duration_ms((secs * 1000.0) as i64)
            );
        }
        let done = cell(
            ui.painter(),
            line,
            Align2::RIGHT_CENTER,
            &words,
            theme::regular(12.0),
            p.secondary,
        );
        let name = Rect::from_min_max(line.min, pos2(done.left() - 8.0, line.bottom()));
        cell(
            ui.painter(),
            name,
            Align2::LEFT_CENTER,
            &row.reviewer,
            theme::regular(theme::BODY),
            p.ink,
        );
        let rail = Rect::from_min_max(
            pos2(rect.left(), rect.bottom() - 6.0),
            rect.max - vec2(0.0, 3.0),
        );
        let share = n_judged as f32 / row.n_dealt.max(1) as f32;
        progress_bar(ui.painter(), rail, Some(share), &p, 0.0);
    }
}

fn adjudicator_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut VerifyState) {
    section(ui, "Adjudicator");
    let name = state
        .adjudicator
        .get_or_insert_with(|| cx.input.reviewer.to_owned());
    let width = ui.available_width();
    let response = widgets::field(ui, name, "Adjudicator", "Your name", width);
    state.focus_if_wanted(Field::Adjudicator, &response);
    caption(
        ui,
        "The last word on a pair that reviewers disagree on; it is the pair’s final judgment.",
    );
}
