//! Draws Start: cards of the pipeline, the next step, what happened lately, the corpus; or a new project.

use std::sync::Arc;

use egui::{
    Align2, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::import::{import_ui, report_ui};
use super::state::{Field, StartState};
use super::welcome::welcome_ui;
use crate::snapshot::model::{CardState, NextStep, PipelineCard, Snapshot};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::{
    self, Icon, Look, bar, caption, cell, fact_row, icon, mark, section, title, wrapped,
};
use crate::ui::{Command, Cx, View, text};

const CARD_HEIGHT: f32 = 124.0;

/// Draws Start.
pub fn ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut StartState) {
    let margin = egui::Margin {
        left: 32,
        right: 20,
        top: 24,
        bottom: 0,
    };
    egui::Frame::NONE.inner_margin(margin).show(ui, |ui| {
        egui::ScrollArea::vertical()
            .auto_shrink(false)
            .show(ui, |ui| {
                let width = (ui.available_width() - 12.0).min(1240.0);
                ui.set_max_width(width);
                if cx.input.project_open && !state.elsewhere {
                    project_ui(ui, cx, state);
                } else {
                    welcome_ui(ui, cx, state);
                }
                ui.add_space(24.0);
            });
    });
}

fn project_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut StartState) {
    let snapshot = Arc::clone(cx.input.snapshot);
    if snapshot.project.folder.is_empty() {
        // A large project takes some seconds; what an empty one says would be wrong meanwhile.
        caption(ui, "Opening the project …");
        return;
    }
    ui.horizontal(|ui| {
        title(ui, &snapshot.project.name);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let words = "Another project …";
            if widgets::action_small(ui, words, "Open another project", Some("O")).clicked() {
                state.go_elsewhere(cx, Field::Open);
            }
        });
    });
    let preset = if snapshot.project.preset == "paper" {
        "as in the paper"
    } else {
        snapshot.project.preset.as_str()
    };
    caption(
        ui,
        &text::dotted([
            preset,
            format!("seed {}", snapshot.project.seed).as_str(),
            snapshot.project.folder.as_str(),
        ]),
    );
    ui.add_space(16.0);
    cards_ui(ui, cx, &snapshot.pipeline);
    ui.add_space(20.0);
    next_ui(ui, cx, state, &snapshot);
    if snapshot.totals.n_docs == 0 || state.adding {
        import_ui(ui, cx, state);
    }
    if state.reporting {
        report_ui(ui, cx, state);
    }
    ui.add_space(20.0);
    if ui.available_width() < 620.0 {
        lately_ui(ui, cx, &snapshot);
        corpus_ui(ui, cx, &snapshot);
        return;
    }
    ui.columns(2, |columns| {
        if let [left, right] = columns {
            lately_ui(left, cx, &snapshot);
            corpus_ui(right, cx, &snapshot);
        }
    });
}

fn cards_ui(ui: &mut Ui, cx: &mut Cx<'_>, cards: &[PipelineCard]) {
    let gap = 12.0;
    let width = ui.available_width();
    let n_columns = ((width + gap) / (196.0 + gap)).floor().clamp(1.0, 4.0);
    let card_width = (width - gap * (n_columns - 1.0)) / n_columns;
    for (r, row) in cards.chunks(n_columns as usize).enumerate() {
        if r > 0 {
            ui.add_space(gap - ui.spacing().item_spacing.y);
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            for (c, card) in row.iter().enumerate() {
                card_ui(ui, cx, card, r * n_columns as usize + c + 1, card_width);
            }
        });
    }
}

fn state_words(state: CardState) -> &'static str {
    match state {
        CardState::Waiting | CardState::Done => "",
        CardState::Ready => "ready",
        CardState::Running => "running",
        CardState::YourTurn => "your turn",
        CardState::OutOfDate => "out of date",
        CardState::Failed => "failed",
    }
}

fn card_ui(ui: &mut Ui, cx: &mut Cx<'_>, card: &PipelineCard, number: usize, width: f32) {
    let p = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, CARD_HEIGHT), Sense::click());
    let name = text::dotted([card.name, state_words(card.state), card.detail.as_str()]);
    response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Stage {number} {name}")));
    let waiting = card.state == CardState::Waiting;
    let (ink, second) = if waiting {
        (p.faint, p.faint)
    } else {
        (p.ink, p.secondary)
    };
    let border = match card.state {
        CardState::YourTurn | CardState::Running => Stroke::new(1.5, p.ink),
        CardState::Failed => Stroke::new(1.5, p.warning),
        _ if response.hovered() => Stroke::new(1.0, p.faint),
        _ => p.hair(),
    };
    let fill = if waiting {
        p.panel.gamma_multiply(0.5)
    } else {
        p.panel
    };
    let painter = ui.painter();
    painter.rect(
        rect,
        CornerRadius::same(theme::CORNER + 2),
        fill,
        border,
        StrokeKind::Inside,
    );
    widgets::button::focus_ring(ui, &response, rect);
    let painter = ui.painter();
    let inner = rect.shrink2(vec2(16.0, 14.0));
    let head = Rect::from_min_size(inner.min, vec2(inner.width(), 18.0));
    cell(
        painter,
        head,
        Align2::LEFT_CENTER,
        &format!("{number} {}", card.name),
        theme::regular(theme::BODY),
        second,
    );
    if card.state == CardState::Done {
        let corner = Rect::from_min_size(pos2(head.right() - 14.0, head.top()), vec2(14.0, 18.0));
        icon(painter, corner, Icon::Check, p.secondary);
    } else {
        let ink = if card.state == CardState::Failed {
            p.warning
        } else {
            p.secondary
        };
        cell(
            painter,
            head,
            Align2::RIGHT_CENTER,
            state_words(card.state),
            theme::regular(theme::BODY),
            ink,
        );
    }
    let base = Rect::from_min_size(
        pos2(inner.left(), inner.top() + 24.0),
        vec2(inner.width(), 36.0),
    );
    if let Some(n) = card.figure {
        let words = text::count(n);
        let number = cell(
            painter,
            base,
            Align2::LEFT_CENTER,
            &words,
            theme::strong(theme::FIGURE),
            ink,
        );
        let unit = Rect::from_min_max(pos2(number.right() + 7.0, base.top() + 5.0), base.max);
        cell(
            painter,
            unit,
            Align2::LEFT_CENTER,
            card.unit,
            theme::regular(theme::BODY),
            second,
        );
    } else {
        let y = base.center().y;
        painter.hline(
            base.left()..=base.left() + 22.0,
            y,
            Stroke::new(2.0, p.faint),
        );
    }
    if card.state == CardState::Running
        && let Some(job) = cx.input.progress
    {
        let rail = Rect::from_min_size(
            pos2(inner.left(), inner.bottom() - 3.0),
            vec2(inner.width(), 3.0),
        );
        let share = (job.n_total > 0).then(|| job.n_done as f32 / job.n_total as f32);
        widgets::progress_bar(painter, rail, share, &p, ui.input(|i| i.time));
    }
    let detail = wrapped(
        painter,
        &card.detail,
        theme::regular(12.0),
        second,
        inner.width(),
        2,
    );
    painter.galley(pos2(inner.left(), inner.top() + 64.0), detail, second);
    let target = view_of(card.name);
    let response = if target.is_some() {
        response.on_hover_cursor(egui::CursorIcon::PointingHand)
    } else {
        response
    };
    if response.clicked()
        && let Some(view) = target
    {
        cx.shared.view = view;
    }
}

/// Returns the view that shows a stage's result.
fn view_of(card: &str) -> Option<View> {
    match card.to_lowercase().as_str() {
        "map" | "embed" | "layout" | "cluster" => Some(View::Map),
        "topics" | "describe" | "screen" => Some(View::Topics),
        "conflicts" | "reduce" => Some(View::Conflicts),
        "results" | "evaluate" => Some(View::Results),
        "align" | "alignment" => Some(View::Align),
        _ => None,
    }
}

fn next_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut StartState, snapshot: &Snapshot) {
    let idle = cx.input.progress.is_none();
    let mut explain = String::new();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(12.0, 8.0);
        match &snapshot.next_step {
            NextStep::ImportFiles => {
                explain.push_str("Add news files below: every nation with its own, or files whose rows name their nation.");
            }
            NextStep::Run { stage } => {
                if widgets::action(ui, "Run the pipeline", Some("Ctrl Enter"), Look::Primary, idle).clicked() {
                    cx.send(Command::RunPipeline);
                }
                explain = format!("goes on with {stage}, up to the review of flagged edges; {} only, no paid calls", snapshot.project.annotator);
            }
            NextStep::Review { n_flagged, round } => {
                let words = format!("Review {}", text::counted(*n_flagged, "flagged edge", "flagged edges"));
                if widgets::action(ui, &words, Some("4"), Look::Primary, true).clicked() {
                    cx.shared.view = View::Conflicts;
                }
                if widgets::action(ui, "Accept the machine's proposals", None, Look::Plain, idle).clicked() {
                    cx.send(Command::AcceptProposals { all_rounds: true });
                }
                explain = format!("round {round} is open; accepting takes this and all following rounds");
            }
            NextStep::ReadReport => {
                if widgets::action(ui, "Write the report …", Some("W"), Look::Primary, idle).clicked() {
                    state.reporting = true;
                }
                explain.push_str("everything is done and up to date");
            }
            NextStep::Wait => explain.push_str("Something runs; the status bar shows how far it is."),
        }
        if snapshot.totals.n_docs > 0 {
            if !state.adding && widgets::action(ui, "Add files …", Some("F"), Look::Plain, idle).clicked() {
                state.adding = true;
            }
            let offered = matches!(snapshot.next_step, NextStep::Run { .. } | NextStep::Review { .. });
            if offered && !state.reporting && widgets::action(ui, "Write the report …", Some("W"), Look::Plain, idle).clicked() {
                state.reporting = true;
            }
        }
    });
    ui.add_space(4.0);
    caption(ui, &explain);
}

fn lately_ui(ui: &mut Ui, cx: &Cx<'_>, snapshot: &Snapshot) {
    let p = Palette::of(ui);
    section(ui, "Lately");
    if snapshot.events.is_empty() {
        caption(ui, "Nothing has happened yet.");
    }
    for event in snapshot.events.iter().take(8) {
        let (rect, response) = widgets::words::row(ui, 24.0, Sense::hover());
        let painter = ui.painter();
        let when = text::ago(event.at_ms, cx.input.now_ms);
        cell(
            painter,
            rect,
            Align2::LEFT_CENTER,
            &when,
            theme::regular(theme::BODY),
            p.secondary,
        );
        let words = Rect::from_min_max(pos2(rect.left() + 84.0, rect.top()), rect.max);
        let end = cell(
            painter,
            words,
            Align2::LEFT_CENTER,
            &event.what,
            theme::regular(theme::BODY),
            p.ink,
        );
        let rest = Rect::from_min_max(pos2(end.right() + 4.0, rect.top()), rect.max);
        if !event.detail.is_empty() && rest.width() > 24.0 {
            let detail = format!("· {}", event.detail);
            cell(
                painter,
                rest,
                Align2::LEFT_CENTER,
                &detail,
                theme::regular(theme::BODY),
                p.secondary,
            );
        }
        response.widget_info(|| {
            WidgetInfo::labeled(
                Role::Label,
                true,
                format!("{} {}", event.what, event.detail),
            )
        });
    }
}

fn corpus_ui(ui: &mut Ui, cx: &Cx<'_>, snapshot: &Snapshot) {
    let p = Palette::of(ui);
    section(ui, "Corpus");
    let most = snapshot
        .nations
        .iter()
        .map(|n| n.n_docs)
        .max()
        .unwrap_or(1)
        .max(1);
    for count in &snapshot.nations {
        let (rect, response) = widgets::words::row(ui, 24.0, Sense::hover());
        let painter = ui.painter();
        let color = if cx.shared.shows(count.nation) {
            p.nation(count.nation)
        } else {
            p.faint
        };
        mark(
            painter,
            pos2(rect.left() + 6.0, rect.center().y),
            Mark::of(count.nation),
            color,
            5.0,
        );
        let code = Rect::from_min_size(
            pos2(rect.left() + 20.0, rect.top()),
            vec2(40.0, rect.height()),
        );
        cell(
            painter,
            code,
            Align2::LEFT_CENTER,
            count.nation.code(),
            theme::regular(theme::BODY),
            p.ink,
        );
        let words = text::count_of(count.n_docs);
        cell(
            painter,
            rect,
            Align2::RIGHT_CENTER,
            &words,
            theme::regular(theme::BODY),
            p.secondary,
        );
        let y = rect.center().y;
        let rail = Rect::from_min_max(
            pos2(rect.left() + 60.0, y - 5.0),
            pos2(rect.right() - 64.0, y + 5.0),
        );
        bar(
            painter,
            rail,
            count.n_docs as f32 / most as f32,
            color,
            None,
        );
        response.widget_info(|| {
            WidgetInfo::labeled(
                Role::Label,
                true,
                format!("{} {words}", count.nation.name()),
            )
        });
    }
}

/// Draws the settings in force.
pub fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    if !cx.input.project_open {
        section(ui, "What a project is");
        caption(
            ui,
            "A folder with one database and its vectors. It can be moved, copied and opened again; nothing in it is ever overwritten.",
        );
        section(ui, "What it needs");
        caption(
            ui,
            "News files with a title and a text per row; date, place, outlet and nation where the source has them. Chinese, English, French and German are read.",
        );
        return;
    }
    let snapshot = Arc::clone(cx.input.snapshot);
    section(ui, "Settings of this run");
    for (name, value) in &snapshot.settings {
        fact_row(ui, name, value);
    }
    section(ui, "Reading");
    caption(
        ui,
        "Results are never overwritten: a stage that runs again with other settings makes a new run beside the old one.",
    );
    ui.add_space(4.0);
    caption(
        ui,
        &format!(
            "Annotations here come from {}, not from a language model.",
            if snapshot.project.annotator.is_empty() {
                "offline rules"
            } else {
                snapshot.project.annotator.as_str()
            }
        ),
    );
}
