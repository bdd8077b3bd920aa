//! Draws the rates of the variants on a common axis, a line per nation, and what became of the items.

use egui::{
    Align2, Color32, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use super::derive::{Axis, changes, difference_words, slope_lines, slope_name, slopes};
use crate::domain::alignment::Variant;
use crate::snapshot::model::alignment::{AlignmentComparison, NationSlope};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::button::focus_ring;
use crate::ui::widgets::{self, cell, mark, section};
use crate::ui::{Cx, text};

const ROW: f32 = 38.0;

/// Width of the nations' names.
const NAMES: f32 = 92.0;

/// Width of difference and p-value.
const NUMBERS: f32 = 124.0;

/// Draws the lines with their axis and legend.
pub(super) fn chart_ui(ui: &mut Ui, cx: &Cx<'_>, shown: &AlignmentComparison) {
    let p = Palette::of(ui);
    let axis = Axis::of(slopes(shown));
    ui.spacing_mut().item_spacing.y = 0.0;
    let top = ui.cursor().top() + 20.0;
    heads_ui(ui);
    let width = ui.available_width();
    let left = ui.cursor().left();
    let body = Rect::from_min_max(
        pos2(left + NAMES, top),
        pos2(left + width - NUMBERS - 12.0, top),
    );
    let n_rows = shown.nations.len() + 1;
    let bottom = top + ROW * n_rows as f32 + 8.0;
    for &tick in &axis.ticks {
        let x = body.left() + body.width() * axis.share(tick);
        ui.painter().vline(x, top..=bottom, p.hair());
    }
    for slope in &shown.nations {
        slope_ui(ui, cx, slope, &axis);
    }
    let (gap, _) = ui.allocate_exact_size(vec2(width, 8.0), Sense::hover());
    ui.painter()
        .hline(gap.x_range(), gap.center().y, Stroke::new(1.0, p.faint));
    slope_ui(ui, cx, &shown.overall, &axis);
    let (ticks, _) = ui.allocate_exact_size(vec2(width, 20.0), Sense::hover());
    for &tick in &axis.ticks {
        let x = body.left() + body.width() * axis.share(tick);
        let at = Rect::from_center_size(pos2(x, ticks.center().y), vec2(40.0, 16.0));
        cell(
            ui.painter(),
            at,
            Align2::CENTER_CENTER,
            &text::share(tick),
            theme::regular(theme::CAPTION),
            p.secondary,
        );
    }
    ui.add_space(4.0);
    legend_ui(ui, shown);
}

fn heads_ui(ui: &mut Ui) {
    let p = Palette::of(ui);
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let font = theme::regular(theme::CAPTION);
    let numbers = cell(
        ui.painter(),
        area,
        Align2::RIGHT_CENTER,
        "A2 − A1, points",
        font.clone(),
        p.secondary,
    );
    let rest = Rect::from_min_max(
        pos2(area.left() + NAMES, area.top()),
        pos2(numbers.left() - 12.0, area.bottom()),
    );
    let long = "rate, thin lines 95 % intervals: above A0 and A3, below A1 and A2";
    let whole = widgets::one_line(ui.painter(), long, font.clone(), p.secondary, f32::INFINITY);
    let words = if whole.size().x > rest.width() {
        "rate, thin lines: 95 % intervals"
    } else {
        long
    };
    cell(
        ui.painter(),
        rest,
        Align2::LEFT_CENTER,
        words,
        font,
        p.secondary,
    );
}

fn slope_ui(ui: &mut Ui, cx: &Cx<'_>, slope: &NationSlope, axis: &Axis) {
    let p = Palette::of(ui);
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let lines = slope_lines(slope);
    let name = text::dotted([
        slope_name(slope).as_str(),
        slope
            .a2_minus_a1
            .map_or(String::new(), |d| difference_words(&d))
            .as_str(),
    ]);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    let shown = slope.nation.is_none_or(|n| cx.shared.shows(n));
    let color = match slope.nation {
        Some(n) if shown => p.nation(n),
        Some(_) => p.faint,
        None => p.ink,
    };
    if response.hovered() {
        let ground = p.selected.gamma_multiply(0.5);
        ui.painter()
            .rect_filled(row.expand2(vec2(8.0, 0.0)), 0.0, ground);
    }
    focus_ring(ui, &response, row);
    name_ui(
        ui,
        slope,
        row,
        color,
        if shown { p.ink } else { p.secondary },
    );
    let painter = ui.painter();
    let body = Rect::from_min_max(
        pos2(row.left() + NAMES, row.top()),
        pos2(row.right() - NUMBERS - 12.0, row.bottom()),
    );
    let y = row.center().y;
    let at = |rate: f64| pos2(body.left() + body.width() * axis.share(rate), y);
    let [a0, a1, a2, a3] = slope.rates;
    painter.hline(body.x_range(), y, p.hair());
    // Whiskers stand beside the line, or the thick one would hide them: others above, ours below.
    for (rate, lift, ink, dashed) in [
        (a0, -13.0, p.faint, true),
        (a3, -9.0, p.faint, false),
        (a1, 9.0, p.secondary, false),
        (a2, 13.0, color, false),
    ] {
        if let Some(rate) = rate {
            let (low, high) = (at(rate.interval.0), at(rate.interval.1));
            let line = [pos2(low.x, y + lift), pos2(high.x, y + lift)];
            if dashed {
                painter.extend(Shape::dashed_line(&line, Stroke::new(1.0, ink), 3.0, 2.0));
            } else {
                painter.line_segment(line, Stroke::new(1.0, ink));
            }
            painter.vline(
                at(rate.rate_share).x,
                y + lift - 2.0..=y + lift + 2.0,
                Stroke::new(1.0, ink),
            );
        }
    }
    if let Some((a1, a2)) = a1.zip(a2) {
        let line = [at(a1.rate_share), at(a2.rate_share)];
        painter.line_segment(line, Stroke::new(3.0, color));
    }
    for (variant, rate) in [Variant::NoCr, Variant::DpoOnly, Variant::Cr, Variant::CrDpo]
        .into_iter()
        .zip([a0, a3, a1, a2])
    {
        if let Some(rate) = rate {
            dot(painter, at(rate.rate_share), variant, color, &p);
        }
    }
    numbers_ui(ui, slope, row);
    response.on_hover_ui(|ui| {
        for (i, line) in lines.iter().enumerate() {
            let (font, ink) = if i == 0 {
                (theme::strong(theme::BODY), p.ink)
            } else {
                (theme::regular(12.0), p.secondary)
            };
            ui.label(egui::RichText::new(line).font(font).color(ink));
        }
    });
}

fn name_ui(ui: &Ui, slope: &NationSlope, row: Rect, color: Color32, ink: Color32) {
    let p = Palette::of(ui);
    let painter = ui.painter();
    let y = row.center().y;
    if let Some(nation) = slope.nation {
        mark(
            painter,
            pos2(row.left() + 5.0, y),
            Mark::of(nation),
            color,
            5.0,
        );
    }
    let words = slope
        .nation
        .map_or("all".to_owned(), |n| n.code().to_owned());
    let at = Rect::from_min_max(
        pos2(row.left() + 18.0, row.top()),
        pos2(row.left() + NAMES, row.bottom()),
    );
    let font = if slope.nation.is_none() {
        theme::strong(theme::BODY)
    } else {
        theme::regular(theme::BODY)
    };
    let end = cell(painter, at, Align2::LEFT_CENTER, &words, font, ink);
    let rest = Rect::from_min_max(pos2(end.right() + 6.0, row.top() + 1.0), at.max);
    let words = format!("n {}", text::count_of(slope.n_items));
    cell(
        painter,
        rest,
        Align2::LEFT_CENTER,
        &words,
        theme::regular(theme::CAPTION),
        p.secondary,
    );
}

fn numbers_ui(ui: &Ui, slope: &NationSlope, row: Rect) {
    let p = Palette::of(ui);
    let area = Rect::from_min_max(pos2(row.right() - NUMBERS, row.top()), row.max);
    let Some(d) = slope.a2_minus_a1 else {
        cell(
            ui.painter(),
            area,
            Align2::RIGHT_CENTER,
            "–",
            theme::regular(theme::BODY),
            p.secondary,
        );
        return;
    };
    let left = Rect::from_min_max(area.min, pos2(area.left() + 52.0, area.bottom()));
    let ink = if d.p_holm < 0.05 { p.ink } else { p.secondary };
    cell(
        ui.painter(),
        left,
        Align2::RIGHT_CENTER,
        &text::points(d.difference),
        theme::strong(14.0),
        ink,
    );
    let words = text::p_words(d.p_holm);
    cell(
        ui.painter(),
        area,
        Align2::RIGHT_CENTER,
        &words,
        theme::regular(theme::CAPTION),
        p.secondary,
    );
}

/// Draws the sign of a variant.
pub(super) fn dot(painter: &Painter, at: Pos2, variant: Variant, color: Color32, p: &Palette) {
    match variant {
        Variant::NoCr => {
            painter.circle_filled(at, 4.5, p.ground);
            let ring: Vec<Pos2> = (0..=24)
                .map(|i| at + 4.5 * Vec2::angled(std::f32::consts::TAU * i as f32 / 24.0))
                .collect();
            painter.extend(Shape::dashed_line(
                &ring,
                Stroke::new(1.2, p.secondary),
                2.4,
                2.2,
            ));
        }
        Variant::Cr => {
            painter.circle(at, 5.0, p.ground, Stroke::new(1.5, p.ink));
        }
        Variant::DpoOnly => {
            painter.circle(at, 4.5, p.faint, Stroke::new(1.0, p.ground));
        }
        Variant::CrDpo => {
            painter.circle(at, 6.0, color, Stroke::new(1.0, p.ground));
        }
    }
}

fn legend_ui(ui: &mut Ui, shown: &AlignmentComparison) {
    let p = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for (i, variant) in Variant::ALL.into_iter().enumerate() {
            if !slopes(shown).any(|s| s.rates.get(i).copied().flatten().is_some()) {
                continue;
            }
            let words = if variant == Variant::NoCr {
                format!("{} {}, other items", variant.name(), variant.words())
            } else {
                format!("{} {}", variant.name(), variant.words())
            };
            let galley = widgets::one_line(
                ui.painter(),
                &words,
                theme::regular(theme::CAPTION),
                p.secondary,
                240.0,
            );
            let size = vec2(16.0 + galley.size().x + 12.0, 18.0);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            dot(
                ui.painter(),
                pos2(rect.left() + 6.0, rect.center().y),
                variant,
                p.ink,
                &p,
            );
            let at = pos2(rect.left() + 16.0, rect.center().y - 0.5 * galley.size().y);
            ui.painter().galley(at, galley, p.secondary);
        }
    });
}

/// Draws how many items improved, stayed and worsened.
pub(super) fn items_ui(ui: &mut Ui, shown: &AlignmentComparison, width: f32) {
    let p = Palette::of(ui);
    section(ui, "Items, A1 to A2");
    ui.spacing_mut().item_spacing.y = 0.0;
    let parts = changes(&shown.items);
    let colors = [p.good, p.secondary, p.faint, p.warning];
    let n_items: usize = parts.iter().map(|part| part.1).sum();
    let (bar, _) = ui.allocate_exact_size(vec2(width, 16.0), Sense::hover());
    let mut x = bar.left();
    for ((_, n), color) in parts.iter().zip(colors) {
        let length = width * *n as f32 / n_items.max(1) as f32;
        if length > 0.0 {
            let right = (x + length - 2.0).max(x + 1.0);
            let rect = Rect::from_min_max(pos2(x, bar.top()), pos2(right, bar.bottom()));
            ui.painter().rect_filled(rect, 0.0, color);
            x += length;
        }
    }
    ui.add_space(4.0);
    for ((words, n), color) in parts.iter().zip(colors) {
        let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::hover());
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Label, true, format!("{words} {}", text::count_of(*n)))
        });
        let painter = ui.painter();
        let sign =
            Rect::from_center_size(pos2(rect.left() + 5.0, rect.center().y), vec2(10.0, 10.0));
        painter.rect_filled(sign, 0.0, color);
        let at = Rect::from_min_max(pos2(rect.left() + 18.0, rect.top()), rect.max);
        cell(
            painter,
            at,
            Align2::LEFT_CENTER,
            words,
            theme::regular(theme::BODY),
            p.ink,
        );
        cell(
            painter,
            at,
            Align2::RIGHT_CENTER,
            &text::count_of(*n),
            theme::regular(theme::BODY),
            p.ink,
        );
    }
    ui.add_space(8.0);
    ui.spacing_mut().item_spacing.y = 4.0;
    if let Some(d) = shown.overall.a2_minus_a1 {
        let words = format!(
            "exact McNemar {} · smallest difference to be seen {:.1} points (80 % power)",
            text::p_words(d.p_mcnemar),
            100.0 * d.detectable
        );
        small(ui, &words);
    }
    if let Some(d) = shown.overall.a2_minus_a3 {
        small(
            ui,
            &format!("A2 − A3, what reduction adds: {}", difference_words(&d)),
        );
    }
}

fn small(ui: &mut Ui, words: &str) {
    let p = Palette::of(ui);
    let words = egui::RichText::new(words)
        .font(theme::regular(12.0))
        .color(p.secondary);
    ui.add(egui::Label::new(words).wrap());
}
