//! Draws Table 3 of the project, and below it the paper's, marked as reference.

use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use super::derive::{slope_lines, slope_name, slopes};
use crate::domain::alignment::Variant;
use crate::domain::corpus::Nation;
use crate::domain::evaluation::Method;
use crate::snapshot::model::alignment::{AlignmentComparison, AlignmentData, NationSlope};
use crate::ui::text;
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::table::{Column, Width, column_rect, header, lay_out};
use crate::ui::widgets::{self, cell, mark, section};

const ROW_HEIGHT: f32 = 40.0;

fn columns(narrow: bool) -> Vec<Column> {
    let mut all = vec![
        Column::plain("Nation", Width::Rest(56.0), false),
        Column::plain("n", Width::Fixed(40.0), true),
    ];
    for variant in Variant::ALL {
        all.push(Column::plain(
            variant.name(),
            Width::Fixed(if narrow { 48.0 } else { 96.0 }),
            true,
        ));
    }
    all.push(Column::plain(
        "A2 − A1",
        Width::Fixed(if narrow { 56.0 } else { 104.0 }),
        true,
    ));
    all.push(Column::plain(
        "p (Holm)",
        Width::Fixed(if narrow { 48.0 } else { 72.0 }),
        true,
    ));
    all
}

/// Draws rates of A0 to A3 by nation with intervals, then the paper's rows of the same method.
pub(super) fn table_ui(ui: &mut Ui, data: &AlignmentData, shown: &AlignmentComparison) {
    let width = ui.available_width().min(800.0);
    let specs = columns(width < 680.0);
    let layout = lay_out(&specs, ui.cursor().left(), width);
    ui.scope(|ui| {
        ui.set_max_width(width);
        ui.spacing_mut().item_spacing.y = 0.0;
        header(ui, &specs, &layout, None);
        for slope in slopes(shown) {
            row_ui(ui, slope, &layout);
        }
        let parts: Vec<String> = Variant::ALL
            .into_iter()
            .map(|v| match v {
                Variant::NoCr => format!("{} {}, other items", v.name(), v.words()),
                _ => format!("{} {}", v.name(), v.words()),
            })
            .collect();
        let words = text::dotted(parts.iter().map(String::as_str));
        ui.add_space(8.0);
        let p = Palette::of(ui);
        let words = egui::RichText::new(words).font(theme::regular(theme::CAPTION));
        ui.add(egui::Label::new(words.color(p.secondary)).wrap());
        reference_ui(ui, data, shown.method, &layout);
    });
}

fn row_ui(ui: &mut Ui, slope: &NationSlope, layout: &[(f32, f32)]) {
    let p = Palette::of(ui);
    let (row, response) = widgets::words::row(ui, ROW_HEIGHT, Sense::hover());
    let painter = ui.painter();
    nation_ui(ui, slope.nation, column_rect(layout, 0, row));
    let body = theme::regular(theme::BODY);
    let n = text::count_of(slope.n_items);
    cell(
        painter,
        column_rect(layout, 1, row),
        Align2::RIGHT_CENTER,
        &n,
        body,
        p.secondary,
    );
    for (i, rate) in slope.rates.iter().enumerate() {
        let at = column_rect(layout, 2 + i, row);
        match rate {
            Some(rate) => {
                let (low, high) = rate.interval;
                let range = format!("{}–{}", text::small_share(low), text::small_share(high));
                two_lines(ui, at, &text::small_share(rate.rate_share), &range);
            }
            None => {
                cell(
                    painter,
                    at,
                    Align2::RIGHT_CENTER,
                    "–",
                    theme::regular(theme::BODY),
                    p.faint,
                );
            }
        }
    }
    if let Some(d) = slope.a2_minus_a1 {
        let (low, high) = d.interval;
        let range = format!("{} to {}", text::points(low), text::points(high));
        two_lines(
            ui,
            column_rect(layout, 6, row),
            &text::points(d.difference),
            &range,
        );
        let words = text::p_value(d.p_holm);
        let ink = if d.p_holm < 0.05 { p.ink } else { p.secondary };
        let at = column_rect(layout, 7, row);
        cell(
            painter,
            at,
            Align2::RIGHT_CENTER,
            &words,
            theme::regular(theme::BODY),
            ink,
        );
    }
    painter.hline(row.x_range(), row.bottom() - 0.5, p.hair());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, slope_name(slope)));
    response.on_hover_text(slope_lines(slope).join("\n"));
}

fn nation_ui(ui: &Ui, nation: Option<Nation>, at: Rect) {
    let p = Palette::of(ui);
    let painter = ui.painter();
    let y = at.center().y;
    if let Some(nation) = nation {
        mark(
            painter,
            pos2(at.left() + 5.0, y),
            Mark::of(nation),
            p.nation(nation),
            5.0,
        );
    }
    let words = nation.map_or("all".to_owned(), |n| n.code().to_owned());
    let font = if nation.is_none() {
        theme::strong(theme::BODY)
    } else {
        theme::regular(theme::BODY)
    };
    let rest = Rect::from_min_max(pos2(at.left() + 18.0, at.top()), at.max);
    cell(painter, rest, Align2::LEFT_CENTER, &words, font, p.ink);
}

/// A number with its interval below; in narrow columns the number alone.
fn two_lines(ui: &Ui, at: Rect, head: &str, below: &str) {
    let p = Palette::of(ui);
    let painter = ui.painter();
    let strong = theme::strong(theme::BODY);
    let small = widgets::one_line(
        painter,
        below,
        theme::regular(theme::CAPTION),
        p.secondary,
        f32::INFINITY,
    );
    // All columns or none: the widest interval decides.
    if at.width() < 90.0 {
        cell(painter, at, Align2::RIGHT_CENTER, head, strong, p.ink);
        return;
    }
    let top = Rect::from_min_max(
        pos2(at.left(), at.top() + 3.0),
        pos2(at.right(), at.center().y + 1.0),
    );
    cell(painter, top, Align2::RIGHT_CENTER, head, strong, p.ink);
    let to = pos2(at.right() - small.size().x, at.center().y + 2.0);
    painter.galley(to, small, p.secondary);
}

fn reference_ui(ui: &mut Ui, data: &AlignmentData, method: Method, layout: &[(f32, f32)]) {
    if data.reference.is_empty() || method == Method::Agree {
        return;
    }
    let p = Palette::of(ui);
    for set in ["quoted", "official"] {
        let rows = || data.reference.iter().filter(move |r| r.set == set);
        if rows().next().is_none() {
            continue;
        }
        let head = format!(
            "Reference: the paper's Table 3, Llama 3.1 8B base, {set}, {}",
            method.name()
        );
        section(ui, &head);
        let mut nations: Vec<Nation> = Vec::new();
        for r in rows() {
            if !nations.contains(&r.nation) {
                nations.push(r.nation);
            }
        }
        for nation in nations {
            let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
            nation_ui(ui, Some(nation), column_rect(layout, 0, row));
            let value = |variant: Variant| {
                rows()
                    .find(|r| r.nation == nation && r.variant == variant)
                    .map(|r| {
                        if method == Method::Mc {
                            r.mc_share
                        } else {
                            r.aj_share
                        }
                    })
            };
            let painter = ui.painter();
            let body = theme::regular(theme::BODY);
            for (i, variant) in Variant::ALL.into_iter().enumerate() {
                let words = value(variant).map_or("–".to_owned(), text::small_share);
                let at = column_rect(layout, 2 + i, row);
                cell(
                    painter,
                    at,
                    Align2::RIGHT_CENTER,
                    &words,
                    body.clone(),
                    p.secondary,
                );
            }
            if let Some((before, after)) = value(Variant::Cr).zip(value(Variant::CrDpo)) {
                let at = column_rect(layout, 6, row);
                let words = text::points(after - before);
                cell(painter, at, Align2::RIGHT_CENTER, &words, body, p.secondary);
            }
            painter.hline(row.x_range(), row.bottom() - 0.5, p.hair());
        }
    }
}
