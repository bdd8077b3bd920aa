//! Draws before and after alignment below the heatmap, each nation under its column.

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::derive::column_of;
use super::paint::Frame;
use crate::snapshot::model::alignment::{AlignmentComparison, NationSlope, VariantRate};
use crate::snapshot::model::results::ResultTable;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, caption, cell};
use crate::ui::{Cx, View, text};

const HEIGHT: f32 = 132.0;

/// Returns rates before and after of a nation, where both are there.
fn ends(slope: &NationSlope) -> Option<(VariantRate, VariantRate)> {
    let [_, before, after, _] = slope.rates;
    before.zip(after)
}

/// Draws the strip.
pub(super) fn slopes_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    table: &ResultTable,
    comparison: &AlignmentComparison,
    frame: &Frame,
) {
    let p = Palette::of(ui);
    let (area, _) = ui.allocate_exact_size(vec2(frame.width(), HEIGHT), Sense::hover());
    words_ui(ui, cx, comparison, frame, area);
    let rates = || comparison.nations.iter().filter_map(ends);
    let low = rates()
        .map(|(a, b)| a.interval.0.min(b.interval.0))
        .fold(f64::INFINITY, f64::min);
    let high = rates()
        .map(|(a, b)| a.interval.1.max(b.interval.1))
        .fold(f64::NEG_INFINITY, f64::max);
    if low >= high {
        return;
    }
    let body = Rect::from_min_max(area.min, pos2(area.right(), area.bottom() - 24.0))
        .shrink2(vec2(0.0, 6.0));
    let y_of = |rate: f64| body.bottom() - body.height() * ((rate - low) / (high - low)) as f32;
    for slope in &comparison.nations {
        let Some(((before, after), nation)) = ends(slope).zip(slope.nation) else {
            continue;
        };
        let Some(column) = column_of(table, nation) else {
            continue;
        };
        let (color, ink) = if cx.shared.shows(nation) {
            (p.nation(nation), p.ink)
        } else {
            (p.faint, p.secondary)
        };
        let left = frame.column_left(column);
        let width = frame.pitch - 3.0;
        let from = pos2(left + 0.30 * width, y_of(before.rate_share));
        let to = pos2(left + 0.70 * width, y_of(after.rate_share));
        let painter = ui.painter();
        for (at, rate) in [(from, before), (to, after)] {
            let (low, high) = rate.interval;
            painter.vline(at.x, y_of(high)..=y_of(low), Stroke::new(1.0, color));
        }
        painter.line_segment([from, to], Stroke::new(2.0, color));
        painter.circle(from, 4.5, p.ground, Stroke::new(1.5, color));
        painter.circle_filled(to, 5.0, color);
        let small = theme::regular(theme::CAPTION);
        let first = Rect::from_min_max(pos2(left, from.y - 8.0), pos2(from.x - 8.0, from.y + 8.0));
        cell(
            painter,
            first,
            Align2::RIGHT_CENTER,
            &text::small_share(before.rate_share),
            small.clone(),
            p.secondary,
        );
        let second =
            Rect::from_min_max(pos2(to.x + 8.0, to.y - 8.0), pos2(left + width, to.y + 8.0));
        cell(
            painter,
            second,
            Align2::LEFT_CENTER,
            &text::small_share(after.rate_share),
            small,
            p.secondary,
        );
        let below = Rect::from_min_max(
            pos2(left, area.bottom() - 20.0),
            pos2(left + width, area.bottom()),
        );
        let words = slope
            .a2_minus_a1
            .map_or(String::new(), |d| text::points(d.difference));
        let label = format!("{} {words}", nation.code());
        cell(
            painter,
            below,
            Align2::CENTER_CENTER,
            &label,
            theme::regular(12.0),
            ink,
        );
        let whole = Rect::from_min_max(pos2(left, area.top()), below.max);
        let response = ui.interact(
            whole,
            ui.scope_id().with(("slope", nation.code())),
            Sense::hover(),
        );
        let name = format!(
            "{}: {} before, {} after, {words} points",
            nation.name(),
            text::small_share(before.rate_share),
            text::small_share(after.rate_share)
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
        response.on_hover_text(match slope.a2_minus_a1 {
            Some(d) => format!(
                "{name}; 95 % interval {} to {}, {} (Holm), n {}",
                text::points(d.interval.0),
                text::points(d.interval.1),
                text::p_words(d.p_holm),
                text::count_of(slope.n_items)
            ),
            None => name.clone(),
        });
    }
}

/// Draws what the strip shows into the column of the rows' names.
fn words_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    comparison: &AlignmentComparison,
    frame: &Frame,
    area: Rect,
) {
    let p = Palette::of(ui);
    let corner = Rect::from_min_size(area.min, vec2(frame.names - 16.0, area.height()));
    let builder = UiBuilder::new()
        .max_rect(corner)
        .id_salt("slopes")
        .layout(egui::Layout::top_down(egui::Align::Min));
    let mut child = ui.new_child(builder);
    let head = format!("{}, before and after DPO", comparison.model);
    let words = egui::RichText::new(head)
        .font(theme::strong(theme::BODY))
        .color(p.ink);
    child.add(egui::Label::new(words).truncate());
    child.spacing_mut().item_spacing.y = 4.0;
    let words = format!(
        "{}, paired on the held-out items, points",
        comparison.method.name()
    );
    caption(&mut child, &words);
    if widgets::action_small(
        &mut child,
        "Open Align",
        "Open the comparison in Align",
        Some("6"),
    )
    .clicked()
    {
        cx.shared.view = View::Align;
    }
}
