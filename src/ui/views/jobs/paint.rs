//! Draws the list of jobs, what was set aside, and one job in the inspector.

use std::sync::Arc;

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::derive::{failures_by_stage, param_lines, state_words};
use super::state::JobsState;
use crate::domain::job_progress::JobState;
use crate::snapshot::model::{FailureRow, JobRow};
use crate::ui::theme::{self, Palette};
use crate::ui::views::MARGIN;
use crate::ui::widgets::button::focus_ring;
use crate::ui::widgets::table::{Column, Width, column_rect, header, lay_out};
use crate::ui::widgets::{
    self, Icon, Look, caption, cell, fact_row, icon, progress_bar, section, title,
};
use crate::ui::{Command, Cx, text};

const ROW_HEIGHT: f32 = 34.0;

/// Draws the list of jobs and of what was set aside.
pub fn ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut JobsState) {
    let snapshot = Arc::clone(cx.input.snapshot);
    if snapshot.jobs.is_empty() && snapshot.failures.is_empty() {
        widgets::empty(
            ui,
            "Nothing has run yet",
            "Every stage that runs is listed here with its parameters, seed, version and time.",
        );
        return;
    }
    egui::Frame::NONE.inner_margin(MARGIN).show(ui, |ui| {
        egui::ScrollArea::vertical()
            .auto_shrink(false)
            .show(ui, |ui| {
                let width = ui.available_width() - 14.0;
                ui.set_max_width(width);
                ui.spacing_mut().item_spacing.y = 0.0;
                let n_done = snapshot
                    .jobs
                    .iter()
                    .filter(|j| j.state == JobState::Done)
                    .count();
                ui.horizontal(|ui| {
                    title(ui, &text::counted(snapshot.jobs.len(), "job", "jobs"));
                    ui.add_space(6.0);
                    caption(ui, &format!("{n_done} done"));
                });
                ui.add_space(8.0);
                jobs_ui(ui, cx, state, &snapshot.jobs, width);
                ui.add_space(28.0);
                failures_ui(ui, &snapshot.failures, width);
                ui.add_space(16.0);
            });
    });
}

fn jobs_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut JobsState, jobs: &[JobRow], width: f32) {
    let narrow = width < 640.0;
    let mut columns = vec![
        Column::plain("State", Width::Fixed(92.0), false),
        Column::plain(
            "Stage",
            Width::Fixed(if narrow { 90.0 } else { 120.0 }),
            false,
        ),
        Column::plain("Message", Width::Rest(80.0), false),
        Column::plain("Time", Width::Fixed(60.0), true),
        Column::plain("", Width::Fixed(58.0), true),
    ];
    if !narrow {
        columns.insert(4, Column::plain("Queued", Width::Fixed(78.0), true));
        columns.insert(4, Column::plain("Attempts", Width::Fixed(56.0), true));
        columns.insert(4, Column::plain("Seed", Width::Fixed(56.0), true));
        columns.insert(4, Column::plain("Version", Width::Fixed(50.0), true));
    }
    let layout = lay_out(&columns, ui.cursor().left(), width);
    header(ui, &columns, &layout, None);
    for job in jobs {
        job_row_ui(ui, cx, state, job, &columns, &layout);
    }
}

fn state_look(state: JobState, p: &Palette) -> (Icon, egui::Color32) {
    match state {
        JobState::Done => (Icon::Check, p.good),
        JobState::Failed => (Icon::Cross, p.warning),
        JobState::Canceled => (Icon::Cross, p.faint),
        JobState::Running => (Icon::Jobs, p.ink),
        JobState::AwaitingReview => (Icon::Conflicts, p.ink),
        JobState::Queued => (Icon::Ring, p.faint),
    }
}

fn job_row_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut JobsState,
    job: &JobRow,
    columns: &[Column],
    layout: &[(f32, f32)],
) {
    let p = Palette::of(ui);
    let selected = state.selected == Some(job.id);
    let (row, response) = widgets::words::row(ui, ROW_HEIGHT, Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::Button,
            true,
            selected,
            format!("Job {} {}", job.id, job.stage),
        )
    });
    if response.clicked() {
        state.selected = Some(job.id);
        cx.shared.inspector_open = true;
        cx.clear_doc();
    }
    if !ui.is_rect_visible(row) {
        return;
    }
    if selected || response.hovered() {
        let fill = if selected {
            p.selected
        } else {
            p.selected.gamma_multiply(0.5)
        };
        ui.painter()
            .rect_filled(row.expand2(vec2(8.0, 0.0)), 0.0, fill);
    }
    focus_ring(ui, &response, row.shrink(2.0));
    let painter = ui.painter().clone();
    painter.hline(row.x_range(), row.bottom() - 0.5, p.hair());
    let body = theme::regular(theme::BODY);
    for (i, column) in columns.iter().enumerate() {
        let at = column_rect(layout, i, row);
        match column.title.as_str() {
            "State" => {
                let (which, ink) = state_look(job.state, &p);
                let sign = Rect::from_min_size(at.min, vec2(16.0, at.height()));
                icon(&painter, sign.translate(vec2(0.0, 0.0)), which, ink);
                let words = Rect::from_min_max(pos2(at.left() + 22.0, at.top()), at.max);
                let ink = if job.state == JobState::Failed {
                    p.warning
                } else {
                    p.ink
                };
                cell(
                    &painter,
                    words,
                    Align2::LEFT_CENTER,
                    state_words(job.state),
                    body.clone(),
                    ink,
                );
            }
            "Stage" => {
                cell(
                    &painter,
                    at,
                    Align2::LEFT_CENTER,
                    &job.stage,
                    theme::strong(theme::BODY),
                    p.ink,
                );
            }
            "Message" => message_ui(ui, cx, job, at, &p),
            "Version" => {
                cell(
                    &painter,
                    at,
                    Align2::RIGHT_CENTER,
                    &job.stage_version.to_string(),
                    body.clone(),
                    p.secondary,
                );
            }
            "Seed" => {
                cell(
                    &painter,
                    at,
                    Align2::RIGHT_CENTER,
                    &job.seed.to_string(),
                    body.clone(),
                    p.secondary,
                );
            }
            "Attempts" => {
                cell(
                    &painter,
                    at,
                    Align2::RIGHT_CENTER,
                    &job.n_attempts.to_string(),
                    body.clone(),
                    p.secondary,
                );
            }
            "Time" => {
                let words = job.duration_ms.map_or("–".to_owned(), text::duration_ms);
                cell(
                    &painter,
                    at,
                    Align2::RIGHT_CENTER,
                    &words,
                    body.clone(),
                    p.ink,
                );
            }
            "Queued" => {
                let words = text::ago(job.queued_ms, cx.input.now_ms);
                cell(
                    &painter,
                    at,
                    Align2::RIGHT_CENTER,
                    &words,
                    body.clone(),
                    p.secondary,
                );
            }
            _ => button_ui(ui, cx, job, at),
        }
    }
}

fn message_ui(ui: &Ui, cx: &Cx<'_>, job: &JobRow, at: Rect, p: &Palette) {
    let running = cx.input.progress.filter(|r| r.job == job.id);
    if let Some(progress) = running {
        let rail = Rect::from_min_max(
            pos2(at.left(), at.center().y - 2.0),
            pos2(at.left() + 0.45 * at.width(), at.center().y + 2.0),
        );
        let share =
            (progress.n_total > 0).then(|| progress.n_done as f32 / progress.n_total as f32);
        progress_bar(ui.painter(), rail, share, p, ui.input(|i| i.time));
        let words = text::dotted([
            progress.phase.as_str(),
            format!(
                "{} of {}",
                text::count(progress.n_done),
                text::count(progress.n_total)
            )
            .as_str(),
        ]);
        let rest = Rect::from_min_max(pos2(rail.right() + 10.0, at.top()), at.max);
        cell(
            ui.painter(),
            rest,
            Align2::LEFT_CENTER,
            &words,
            theme::regular(theme::BODY),
            p.secondary,
        );
        return;
    }
    let ink = if job.state == JobState::Failed {
        p.warning
    } else {
        p.secondary
    };
    cell(
        ui.painter(),
        at,
        Align2::LEFT_CENTER,
        &job.message,
        theme::regular(theme::BODY),
        ink,
    );
}

fn button_ui(ui: &mut Ui, cx: &mut Cx<'_>, job: &JobRow, at: Rect) {
    let builder = egui::UiBuilder::new()
        .max_rect(at)
        .id_salt(("job button", job.id))
        .layout(egui::Layout::right_to_left(egui::Align::Center));
    let mut child = ui.new_child(builder);
    match job.state {
        JobState::Failed | JobState::Canceled => {
            let name = format!("Retry job {} {}", job.id, job.stage);
            if widgets::action_small(&mut child, "Retry", &name, None).clicked() {
                cx.send(Command::RetryJob(job.id));
            }
        }
        JobState::Running | JobState::Queued => {
            let name = format!("Cancel job {} {}", job.id, job.stage);
            if widgets::action_small(&mut child, "Cancel", &name, None).clicked() {
                cx.send(Command::CancelJob(job.id));
            }
        }
        JobState::Done | JobState::AwaitingReview => {}
    }
}

fn failures_ui(ui: &mut Ui, failures: &[FailureRow], width: f32) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        title(ui, "Set aside");
        ui.add_space(6.0);
        let words = if failures.is_empty() {
            "nothing: every row and document was used".to_owned()
        } else {
            let parts: Vec<String> = failures_by_stage(failures)
                .into_iter()
                .map(|(stage, n)| format!("{} in {stage}", text::count_of(n)))
                .collect();
            text::dotted(parts.iter().map(String::as_str))
        };
        caption(ui, &words);
    });
    if failures.is_empty() {
        return;
    }
    ui.add_space(8.0);
    let columns = [
        Column::plain("Stage", Width::Fixed(96.0), false),
        Column::plain("What", Width::Rest(140.0), false),
        Column::plain("Why", Width::Rest(200.0), false),
    ];
    let layout = lay_out(&columns, ui.cursor().left(), width);
    header(ui, &columns, &layout, None);
    for failure in failures {
        let (row, response) = widgets::words::row(ui, 28.0, Sense::hover());
        if !ui.is_rect_visible(row) {
            continue;
        }
        response.widget_info(|| {
            WidgetInfo::labeled(
                Role::Label,
                true,
                format!("{} {}", failure.subject, failure.reason),
            )
        });
        let painter = ui.painter();
        let body = theme::regular(theme::BODY);
        cell(
            painter,
            column_rect(&layout, 0, row),
            Align2::LEFT_CENTER,
            &failure.stage,
            body.clone(),
            p.secondary,
        );
        cell(
            painter,
            column_rect(&layout, 1, row),
            Align2::LEFT_CENTER,
            &failure.subject,
            body.clone(),
            p.ink,
        );
        cell(
            painter,
            column_rect(&layout, 2, row),
            Align2::LEFT_CENTER,
            &failure.reason,
            body,
            p.secondary,
        );
        painter.hline(row.x_range(), row.bottom() - 0.5, p.hair());
        response.on_hover_text(&failure.reason);
    }
}

/// Draws the inspector of the chosen job.
pub fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut JobsState) {
    let p = Palette::of(ui);
    let snapshot = Arc::clone(cx.input.snapshot);
    let Some(job) = snapshot.jobs.iter().find(|j| Some(j.id) == state.selected) else {
        section(ui, "Job");
        caption(ui, "Choose a row to see with what parameters it ran.");
        return;
    };
    section(ui, &format!("Job {}", job.id));
    title(ui, &job.stage);
    caption(ui, state_words(job.state));
    if !job.message.is_empty() {
        section(ui, "Message");
        let ink = if job.state == JobState::Failed {
            p.warning
        } else {
            p.ink
        };
        ui.add(
            egui::Label::new(egui::RichText::new(&job.message).color(ink))
                .wrap()
                .selectable(true),
        );
    }
    match job.state {
        JobState::Failed | JobState::Canceled => {
            ui.add_space(8.0);
            if widgets::action_named(ui, "Retry", "Retry the job", Some("R"), Look::Primary, true)
                .clicked()
            {
                cx.send(Command::RetryJob(job.id));
            }
        }
        JobState::Running | JobState::Queued => {
            ui.add_space(8.0);
            let key = (job.state == JobState::Running).then_some("Esc");
            if widgets::action_named(ui, "Cancel", "Cancel the job", key, Look::Plain, true)
                .clicked()
            {
                cx.send(Command::CancelJob(job.id));
            }
        }
        JobState::Done | JobState::AwaitingReview => {}
    }
    section(ui, "Run");
    fact_row(ui, "Seed", &job.seed.to_string());
    fact_row(ui, "Stage version", &job.stage_version.to_string());
    fact_row(ui, "Queued", &text::ago(job.queued_ms, cx.input.now_ms));
    fact_row(
        ui,
        "Time",
        &job.duration_ms.map_or("–".to_owned(), text::duration_ms),
    );
    fact_row(ui, "Attempts", &job.n_attempts.to_string());
    let lines = param_lines(&job.params);
    if !lines.is_empty() {
        section(ui, "Parameters");
        for (name, value) in lines {
            fact_row(ui, &name, &value);
        }
    }
}
