//! What reduction leaves aside, shown and not hidden: contested issues, Minority, opposed statements
//! within one document; and what each round did.

use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use crate::snapshot::model::StatementLine;
use crate::snapshot::model::conflicts::{ConflictData, IssueRow, RoundRow};
use crate::ui::document::statement_voice;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::table::{Column, Width, column_rect, header, lay_out};
use crate::ui::widgets::{self, bar, caption, cell, link_row, title};
use crate::ui::{Cx, text};

fn list(ui: &mut Ui, head: &str, words: &str, contents: impl FnOnce(&mut Ui)) {
    title(ui, head);
    caption(ui, words);
    ui.add_space(8.0);
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.set_max_width(ui.available_width() - 14.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            contents(ui);
        });
}

/// Draws issues too even or too small for a dominant stance.
pub(super) fn contested_ui(ui: &mut Ui, data: &ConflictData) {
    let issues: Vec<&IssueRow> = data.issues.iter().filter(|i| i.contested).collect();
    let head = text::counted(issues.len(), "contested issue", "contested issues");
    list(
        ui,
        &head,
        "Too even or too small for a dominant stance: nothing in them is flagged.",
        |ui| {
            let p = Palette::of(ui);
            for issue in issues {
                let (rect, _) = widgets::words::row(ui, 52.0, Sense::hover());
                if !ui.is_rect_visible(rect) {
                    continue;
                }
                let painter = ui.painter();
                let right = Rect::from_min_max(pos2(rect.right() - 200.0, rect.top()), rect.max);
                let left = Rect::from_min_max(rect.min, pos2(right.left() - 16.0, rect.bottom()));
                let top = Rect::from_min_max(
                    left.min + vec2(0.0, 6.0),
                    pos2(left.right(), left.center().y + 1.0),
                );
                cell(
                    painter,
                    top,
                    Align2::LEFT_CENTER,
                    &issue.proposition,
                    theme::strong(theme::BODY),
                    p.ink,
                );
                let below = Rect::from_min_max(
                    pos2(left.left(), left.center().y + 1.0),
                    left.max - vec2(0.0, 6.0),
                );
                let words = format!(
                    "{} in {} · D {}",
                    text::counted(issue.n_statements, "statement", "statements"),
                    text::counted(issue.n_docs, "document", "documents"),
                    text::signed(issue.dominant)
                );
                cell(
                    painter,
                    below,
                    Align2::LEFT_CENTER,
                    &words,
                    theme::regular(12.0),
                    p.secondary,
                );
                let n = issue.stances.len().max(1) as f32;
                let n_for = issue.stances.iter().filter(|s| **s > 0.0).count() as f32;
                let n_against = issue.stances.iter().filter(|s| **s < 0.0).count() as f32;
                let color = p.nation(data.nation);
                let half = 0.5 * right.width() - 24.0;
                let y = right.center().y;
                let middle = right.center().x;
                let against = Rect::from_min_max(
                    pos2(middle - half * n_against / n, y - 5.0),
                    pos2(middle, y + 5.0),
                );
                painter.rect_filled(against, 0.0, p.warning.gamma_multiply(0.7));
                let towards = Rect::from_min_max(
                    pos2(middle, y - 5.0),
                    pos2(middle + half * n_for / n, y + 5.0),
                );
                painter.rect_filled(towards, 0.0, color);
                painter.vline(middle, y - 8.0..=y + 8.0, p.hair());
                let body = theme::regular(12.0);
                cell(
                    painter,
                    right,
                    Align2::LEFT_CENTER,
                    &format!("{n_against:.0}"),
                    body.clone(),
                    p.secondary,
                );
                cell(
                    painter,
                    right,
                    Align2::RIGHT_CENTER,
                    &format!("{n_for:.0}"),
                    body,
                    p.secondary,
                );
                painter.hline(rect.x_range(), rect.bottom() - 0.5, p.hair());
            }
        },
    );
}

fn statement_row(ui: &mut Ui, line: &StatementLine) -> bool {
    let p = Palette::of(ui);
    let (rect, response) = link_row(
        ui,
        48.0,
        &format!("Open the document of “{}”", line.text),
        false,
    );
    if ui.is_rect_visible(rect) {
        let top = Rect::from_min_max(
            rect.min + vec2(0.0, 5.0),
            pos2(rect.right(), rect.center().y + 1.0),
        );
        cell(
            ui.painter(),
            top,
            Align2::LEFT_CENTER,
            &line.text,
            theme::regular(theme::BODY),
            p.ink,
        );
        let below = Rect::from_min_max(
            pos2(rect.left(), rect.center().y + 1.0),
            rect.max - vec2(0.0, 5.0),
        );
        cell(
            ui.painter(),
            below,
            Align2::LEFT_CENTER,
            &statement_voice(line),
            theme::regular(12.0),
            p.secondary,
        );
    }
    response.clicked()
}

/// Draws statements that reduction dropped.
pub(super) fn minority_ui(ui: &mut Ui, cx: &mut Cx<'_>, data: &ConflictData) {
    let head = text::counted(
        data.minority.len(),
        "statement in Minority",
        "statements in Minority",
    );
    list(
        ui,
        &head,
        "Dropped by reduction, kept in the project: they can be read, evaluated and exported.",
        |ui| {
            for line in &data.minority {
                if statement_row(ui, line) {
                    cx.select_doc(line.doc);
                }
            }
        },
    );
}

/// Draws opposed statements inside one document.
pub(super) fn within_ui(ui: &mut Ui, cx: &mut Cx<'_>, data: &ConflictData) {
    let n = data.self_contradictions.len();
    let head = text::counted(n, "document against itself", "documents against themselves");
    list(
        ui,
        &head,
        "Opposed statements inside one document make no edge; they are listed here.",
        |ui| {
            for (a, b) in &data.self_contradictions {
                for line in [a, b] {
                    if statement_row(ui, line) {
                        cx.select_doc(line.doc);
                    }
                }
                ui.add_space(14.0);
            }
        },
    );
}

/// Draws what each round did, as a table with bars.
pub(super) fn rounds_ui(ui: &mut Ui, data: &ConflictData) {
    let head = format!("{} of {} rounds done", data.round, data.n_rounds);
    list(
        ui,
        &head,
        "A round flags, waits for verdicts, drops statements and computes stances again.",
        |ui| {
            let p = Palette::of(ui);
            let columns = [
                Column::plain("Round", Width::Fixed(90.0), false),
                Column::plain("flagged", Width::Fixed(64.0), true),
                Column::plain("removed", Width::Fixed(64.0), true),
                Column::plain("kept", Width::Fixed(64.0), true),
                Column::plain("dropped", Width::Fixed(64.0), true),
                Column::plain("conflict edges left", Width::Rest(160.0), false),
            ];
            let layout = lay_out(&columns, ui.cursor().left(), ui.available_width());
            header(ui, &columns, &layout, None);
            let most = data
                .rounds
                .iter()
                .map(|r| r.n_conflict_left)
                .max()
                .unwrap_or(1)
                .max(1);
            for round in &data.rounds {
                round_row(ui, data, round, &layout, most, &p);
            }
            if data.rounds.is_empty() {
                ui.add_space(8.0);
                caption(ui, "No round has begun.");
            }
        },
    );
}

fn round_row(
    ui: &mut Ui,
    data: &ConflictData,
    round: &RoundRow,
    layout: &[(f32, f32)],
    most: usize,
    p: &Palette,
) {
    let (row, _) = widgets::words::row(ui, 34.0, Sense::hover());
    let painter = ui.painter();
    let body = theme::regular(theme::BODY);
    let name = format!(
        "{}{}",
        round.round,
        if round.closed { "" } else { " · open" }
    );
    cell(
        painter,
        column_rect(layout, 0, row),
        Align2::LEFT_CENTER,
        &name,
        theme::strong(theme::BODY),
        p.ink,
    );
    let numbers = [
        round.n_flagged,
        round.n_removed,
        round.n_kept,
        round.n_dropped,
    ];
    for (i, n) in numbers.into_iter().enumerate() {
        cell(
            painter,
            column_rect(layout, i + 1, row),
            Align2::RIGHT_CENTER,
            &text::count_of(n),
            body.clone(),
            p.ink,
        );
    }
    let last = column_rect(layout, 5, row);
    let words = cell(
        painter,
        last,
        Align2::RIGHT_CENTER,
        &text::count_of(round.n_conflict_left),
        body,
        p.secondary,
    );
    let rail = Rect::from_min_max(
        pos2(last.left(), row.center().y - 5.0),
        pos2(
            words.left().min(last.right() - 52.0) - 8.0,
            row.center().y + 5.0,
        ),
    );
    bar(
        painter,
        rail,
        round.n_conflict_left as f32 / most as f32,
        p.nation(data.nation),
        None,
    );
    painter.hline(row.x_range(), row.bottom() - 0.5, p.hair());
}
