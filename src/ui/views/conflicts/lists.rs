//! What reduction leaves aside, shown and not hidden: contested issues, Minority, opposed statements
//! within one document.

use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use crate::snapshot::model::StatementLine;
use crate::snapshot::model::conflicts::{ConflictData, IssueRow};
use crate::ui::document::statement_voice;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, caption, cell, link_row, title};
use crate::ui::{Cx, text};

pub(super) fn list(ui: &mut Ui, head: &str, words: &str, contents: impl FnOnce(&mut Ui)) {
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

fn statement_row(ui: &mut Ui, line: &StatementLine, round: Option<u32>) -> bool {
    let p = Palette::of(ui);
    let (rect, response) = link_row(
        ui,
        48.0,
        &format!("Open the document of “{}”", line.text),
        false,
    );
    if ui.is_rect_visible(rect) {
        let dropped = round.map(|r| format!("dropped in round {r}"));
        let voice = text::dotted([
            statement_voice(line).as_str(),
            dropped.as_deref().unwrap_or(""),
        ]);
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
            &voice,
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
            for (line, round) in &data.minority {
                if statement_row(ui, line, Some(*round)) {
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
                    if statement_row(ui, line, None) {
                        cx.select_doc(line.doc);
                    }
                }
                ui.add_space(14.0);
            }
        },
    );
}
