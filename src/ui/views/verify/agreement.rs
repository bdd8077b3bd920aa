//! Draws rates with intervals, and coefficients of agreement with theirs; what has no value says why.

use egui::{Align2, Color32, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2};

use super::derive::{
    coefficient, coefficient_words, nation_name, percent, place, rate_words, whom,
};
use super::state::{Field, VerifyState};
use crate::domain::verification::Judgment;
use crate::snapshot::model::verification::{CoefficientRow, RateCell, RateRow, SampleData};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::views::folder::folder_ui;
use crate::ui::widgets::table::{Column, Width, column_rect, header, lay_out};
use crate::ui::widgets::{self, Look, caption, cell, mark, section, title, wrapped};
use crate::ui::{Cx, Purpose};

/// Width in points below which rows take a line more.
const NARROW: f32 = 560.0;

/// Draws what judgments come to.
pub(super) fn agreement_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut VerifyState,
    data: &SampleData,
) {
    title(ui, "Rates and agreement");
    caption(
        ui,
        "Rates are shares of the pairs with a final judgment: all reviewers say the same, or the adjudicator’s word. Thin lines are 95 % intervals.",
    );
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.set_max_width((ui.available_width() - 14.0).min(1000.0));
            ui.spacing_mut().item_spacing.y = 0.0;
            for (pairs, head) in [
                ("all", "Rates"),
                ("before", "Rates before reduction"),
                ("after", "Rates after reduction"),
            ] {
                let rows: Vec<&RateRow> = data.rates.iter().filter(|r| r.pairs == pairs).collect();
                if !rows.is_empty() {
                    section(ui, head);
                    rates_ui(ui, &rows);
                }
            }
            section(ui, "Agreement beyond chance");
            if data.sample.plan.reviewers.len() < 2 {
                caption(ui, "One reviewer alone has nobody to agree with.");
            } else {
                for row in &data.agreement {
                    coefficient_ui(ui, row);
                }
                ui.add_space(8.0);
                caption(
                    ui,
                    "1 is full agreement, 0 what chance would bring. Intervals come from resampling the pairs, with the sample’s seed.",
                );
            }
            section(ui, "As tables");
            export_ui(ui, cx, state, data);
            ui.add_space(16.0);
        });
}

/// Draws where judgments and rates can be written to.
fn export_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut VerifyState, data: &SampleData) {
    ui.add_space(4.0);
    if state.folder.is_empty() {
        state.folder = state.folder(cx);
    }
    let hint = "Folder of the tables";
    let field = folder_ui(ui, cx, &mut state.folder, hint, Purpose::ExportJudgments);
    state.focus_if_wanted(Field::Folder, &field);
    ui.add_space(6.0);
    let may = state.may_export(cx, data);
    let name = "Write judgments and rates as CSV";
    if widgets::action_named(ui, "Write CSV", name, Some("X"), Look::Plain, may).clicked() {
        state.export(cx);
    }
    ui.add_space(4.0);
    caption(
        ui,
        if state.is_opened(data) {
            "One table with every judgment, its note and its time; one with the numbers above."
        } else {
            "They hold what everyone said: once all have finished, or the disagreements are opened."
        },
    );
}

fn color_of(judgment: Judgment, p: &Palette) -> Color32 {
    match judgment {
        Judgment::Align => p.good,
        Judgment::Conflict => p.warning,
        Judgment::Unrelated => p.faint,
    }
}

fn rates_ui(ui: &mut Ui, rows: &[&RateRow]) {
    let p = Palette::of(ui);
    let narrow = ui.available_width() < NARROW;
    let columns = [
        Column::plain(
            "Nation",
            Width::Fixed(if narrow { 40.0 } else { 132.0 }),
            false,
        ),
        Column::plain("settled", Width::Fixed(80.0), true),
        Column::plain("Align, %", Width::Rest(96.0), false),
        Column::plain("Conflict, %", Width::Rest(96.0), false),
        Column::plain("Unrelated, %", Width::Rest(96.0), false),
    ];
    let height = if narrow { 62.0 } else { 46.0 };
    let layout = lay_out(&columns, ui.cursor().left(), ui.available_width());
    header(ui, &columns, &layout, None);
    for row in rows {
        let (rect, response) = widgets::words::row(ui, height, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, rate_words(row)));
        let painter = ui.painter();
        let name = column_rect(&layout, 0, rect);
        let mut left = name.left();
        if let Some(nation) = row.nation {
            let at = pos2(left + 5.0, name.center().y);
            mark(painter, at, Mark::of(nation), p.nation(nation), 4.5);
            left += 16.0;
        }
        cell(
            painter,
            Rect::from_min_max(pos2(left, name.top()), name.max),
            Align2::LEFT_CENTER,
            match &row.nation {
                Some(nation) if narrow => nation.code(),
                None if narrow => "All",
                nation => nation_name(nation.as_ref()),
            },
            if row.nation.is_none() {
                theme::strong(theme::BODY)
            } else {
                theme::regular(theme::BODY)
            },
            p.ink,
        );
        cell(
            painter,
            column_rect(&layout, 1, rect),
            Align2::RIGHT_CENTER,
            &format!("{} of {}", row.n_settled, row.n_items),
            theme::regular(theme::BODY),
            p.secondary,
        );
        for (i, (judgment, found)) in Judgment::ALL.into_iter().zip(&row.rates).enumerate() {
            let at = column_rect(&layout, i + 2, rect);
            rate_ui(ui, at, found.as_ref(), color_of(judgment, &p), &p);
        }
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, p.hair());
        response.on_hover_text(rate_words(row));
    }
}

/// Draws a rate as a bar on a rail from 0 to 100 %, its interval as a thin line with ends.
fn rate_ui(ui: &Ui, rect: Rect, found: Option<&RateCell>, color: Color32, p: &Palette) {
    let painter = ui.painter();
    let Some(found) = found else {
        let font = theme::regular(theme::BODY);
        cell(
            painter,
            rect,
            Align2::LEFT_CENTER,
            "nothing settled",
            font,
            p.faint,
        );
        return;
    };
    // Where both do not fit into one line, the interval stands below its rate.
    let stacked = rect.width() < 120.0;
    let line = |at: f32| {
        let top = rect.top() + at;
        Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), top + 20.0))
    };
    let end = cell(
        painter,
        line(4.0),
        Align2::LEFT_CENTER,
        &percent(found.rate),
        theme::strong(theme::BODY),
        p.ink,
    );
    let beside = Rect::from_min_max(pos2(end.right() + 6.0, line(4.0).top()), line(4.0).max);
    cell(
        painter,
        if stacked { line(20.0) } else { beside },
        Align2::LEFT_CENTER,
        &format!("{} to {}", percent(found.low), percent(found.high)),
        theme::regular(theme::CAPTION),
        p.secondary,
    );
    let rail = Rect::from_min_max(
        pos2(rect.left(), rect.bottom() - 16.0),
        pos2(rect.right() - 6.0, rect.bottom() - 10.0),
    );
    widgets::bar(painter, rail, found.rate as f32, color, Some(p.hairline));
    let x = |share: f64| rail.left() + share as f32 * rail.width();
    whisker(ui, [x(found.low), x(found.high)], rail.center().y, p);
}

fn whisker(ui: &Ui, ends: [f32; 2], y: f32, p: &Palette) {
    let stroke = Stroke::new(1.0, p.ink);
    let painter = ui.painter();
    painter.hline(ends[0]..=ends[1], y, stroke);
    for x in ends {
        painter.vline(x, y - 4.0..=y + 4.0, stroke);
    }
}

fn coefficient_ui(ui: &mut Ui, row: &CoefficientRow) {
    let p = Palette::of(ui);
    let width = ui.available_width();
    let remark = row.remark.as_deref().map(|words| {
        let font = theme::regular(12.0);
        wrapped(ui.painter(), words, font, p.secondary, width, 3)
    });
    let extra = remark.as_ref().map_or(0.0, |g| g.size().y + 6.0);
    // In a narrow window the number stands below the name.
    let narrow = width < NARROW;
    let below = if narrow { 24.0 } else { 0.0 };
    let (rect, response) = widgets::words::row(ui, 32.0 + below + extra, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, coefficient_words(row)));
    let painter = ui.painter();
    let line = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + 32.0));
    let axis = Rect::from_min_max(pos2(line.right() - 0.36 * width, line.top()), line.max)
        .translate(egui::vec2(0.0, below));
    let end = if narrow {
        line.right()
    } else {
        axis.left() - 150.0
    };
    let words = Rect::from_min_max(line.min, pos2(end, line.bottom()));
    let name = cell(
        painter,
        words,
        Align2::LEFT_CENTER,
        row.name,
        theme::regular(theme::BODY),
        p.ink,
    );
    cell(
        painter,
        Rect::from_min_max(pos2(name.right() + 8.0, words.top()), words.max),
        Align2::LEFT_CENTER,
        &whom(row),
        theme::regular(theme::BODY),
        p.secondary,
    );
    let number = Rect::from_min_max(
        pos2(axis.left() - 144.0, axis.top()),
        pos2(axis.left() - 14.0, axis.bottom()),
    );
    match (row.value, row.interval) {
        (Some(value), interval) => {
            let after = interval.map_or_else(String::new, |(low, high)| {
                format!("{} to {}", coefficient(low), coefficient(high))
            });
            let at = cell(
                painter,
                number,
                Align2::RIGHT_CENTER,
                &after,
                theme::regular(theme::CAPTION),
                p.secondary,
            );
            cell(
                painter,
                Rect::from_min_max(number.min, pos2(at.left() - 6.0, number.bottom())),
                Align2::RIGHT_CENTER,
                &coefficient(value),
                theme::strong(theme::BODY),
                p.ink,
            );
            let y = axis.center().y;
            let x = |v: f64| axis.left() + place(v) * axis.width();
            painter.hline(axis.x_range(), y, Stroke::new(1.0, p.hairline));
            painter.vline(x(0.0), y - 6.0..=y + 6.0, Stroke::new(1.0, p.faint));
            if let Some((low, high)) = interval {
                whisker(ui, [x(low), x(high)], y, &p);
            }
            ui.painter().circle_filled(pos2(x(value), y), 4.0, p.ink);
        }
        (None, _) => {
            cell(
                painter,
                number,
                Align2::RIGHT_CENTER,
                "no value",
                theme::regular(theme::BODY),
                p.secondary,
            );
        }
    }
    if let Some(galley) = remark {
        ui.painter().galley(
            pos2(rect.left(), line.bottom() + below - 4.0),
            galley,
            p.secondary,
        );
    }
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, p.hair());
}
