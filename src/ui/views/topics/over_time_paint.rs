//! Draws topics over time: a strip of months for each topic, its legend and the axis of years.

use egui::{
    Align2, Mesh, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::over_time::{Heat, unit};
use super::paint::rows_ui;
use super::state::{TopicsState, select};
use crate::domain::months::Months;
use crate::snapshot::model::{Snapshot, TopicRow};
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::button::focus_ring;
use crate::ui::widgets::{self, caption, cell, chip};
use crate::ui::{Cx, text};

const ROW_HEIGHT: f32 = 26.0;

/// A strip is one picture: it may be wider than a table of figures.
const WIDEST: f32 = 1900.0;

/// Height of the bars of all documents.
const BARS: f32 = 34.0;

/// Where the columns stand, in points.
#[derive(Clone, Copy)]
struct Columns {
    label: (f32, f32),
    n: (f32, f32),
    strip: (f32, f32),
}

impl Columns {
    fn new(left: f32, width: f32) -> Self {
        const GAP: f32 = 12.0;
        const N: f32 = 50.0;
        let label = (0.24 * width).clamp(148.0, 320.0);
        let n = left + label + GAP;
        Self {
            label: (left, left + label),
            n: (n, n + N),
            strip: (n + N + GAP, left + width),
        }
    }

    fn rect((from, to): (f32, f32), row: Rect) -> Rect {
        Rect::from_min_max(pos2(from, row.top()), pos2(to, row.bottom()))
    }
}

/// How a number is colored.
#[derive(Clone, Copy)]
struct Scale {
    by_share: bool,
    top: f64,
}

impl Scale {
    fn new(heat: &Heat, by_share: bool) -> Self {
        let top = if by_share {
            heat.top_share
        } else {
            f64::from(heat.top)
        };
        Self { by_share, top }
    }

    /// Returns a value's place on the scale: by its root, or a few large topics would leave all others
    /// pale.
    fn place(self, value: f64) -> f64 {
        (value / self.top.max(1e-12)).max(0.0).sqrt().min(1.0)
    }

    /// Returns the color of a place: the more, the farther from the ground, so that few documents and
    /// none look alike and many do not.
    fn color(p: &Palette, place: f64) -> egui::Color32 {
        p.sequential(if p.dark { 1.0 - place } else { place }).0
    }

    fn words(self, value: f64) -> String {
        if self.by_share {
            format!("{:.1} %", 100.0 * value)
        } else {
            text::count(value.round() as u64)
        }
    }
}

/// Draws the strips.
pub(super) fn strips_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    snapshot: &Snapshot,
    state: &mut TopicsState,
) {
    let Some(map) = snapshot.map.as_ref().filter(|m| m.months.n > 0) else {
        caption(
            ui,
            "No document has a date with a month, so that there is nothing to show over time.",
        );
        return;
    };
    let width = (ui.available_width() - 22.0).clamp(420.0, WIDEST);
    let strip = Columns::new(0.0, width).strip;
    let strip_width = strip.1 - strip.0;
    let focus = cx.focus().cloned();
    let heat = state
        .heat
        .heat(&snapshot.topics, map, focus.as_ref(), strip_width);
    let scale = Scale::new(&heat, state.by_share);
    legend_ui(ui, state, &heat, scale);
    let counts_all = focus.is_some() && !heat.of_shown;
    if counts_all {
        caption(
            ui,
            "Counts are the whole corpus': there are too many topics and months to count a selection by both.",
        );
    }
    let rows = state.rows(cx);
    state.walk(cx, &rows.order);
    egui::ScrollArea::horizontal()
        .auto_shrink(false)
        .show(ui, |ui| {
            // The scroll bar stands beside the strips, not on them.
            ui.set_width(width + 14.0);
            let columns = Columns::new(ui.cursor().left(), width);
            ui.spacing_mut().item_spacing.y = 0.0;
            header_ui(ui, &columns, &map.months, &heat);
            bars_ui(ui, &columns, &map.months, &heat);
            rows_ui(
                ui,
                cx,
                snapshot,
                state,
                (ROW_HEIGHT, &rows.order),
                |ui, cx, i| {
                    let counted = rows.counts.get(i).map(|c| c.0);
                    if let (Some(topic), Some(n_shown)) = (snapshot.topics.get(i), counted) {
                        // The figure beside a strip counts what the strip does.
                        let n_docs = if counts_all { topic.n_docs } else { n_shown };
                        row_ui(
                            ui,
                            cx,
                            (topic, i, n_docs),
                            &columns,
                            (&map.months, &heat, scale),
                        );
                    }
                },
            );
        });
}

/// Draws the scale with its unit, and the choice between counts and shares.
fn legend_ui(ui: &mut Ui, state: &mut TopicsState, heat: &Heat, scale: Scale) {
    const WIDTH: f32 = 160.0;
    const N_STEPS: usize = 48;
    let p = Palette::of(ui);
    let small = theme::regular(theme::CAPTION);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let counts = chip(ui, "Counts", "Count documents", None, !state.by_share, None);
        if counts.clicked() {
            state.by_share = false;
        }
        let name = "Share of a month's documents";
        if chip(ui, "Shares", name, None, state.by_share, Some("S")).clicked() {
            state.by_share = true;
        }
        ui.add_space(10.0);
        let (bar, response) = ui.allocate_exact_size(vec2(WIDTH, 26.0), Sense::hover());
        let unit = unit(heat.n_months);
        let words = if scale.by_share {
            format!("share of the documents of a {unit}")
        } else {
            format!("documents per {unit}")
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Legend: {words}")));
        let colors = Rect::from_min_max(
            bar.min + vec2(0.0, 2.0),
            pos2(bar.right(), bar.top() + 11.0),
        );
        let step = WIDTH / N_STEPS as f32;
        let mut mesh = Mesh::default();
        for i in 0..N_STEPS {
            let left = colors.left() + step * i as f32;
            let part =
                Rect::from_min_max(pos2(left, colors.top()), pos2(left + step, colors.bottom()));
            let share = (i as f64 + 0.5) / N_STEPS as f64;
            mesh.add_colored_rect(part, Scale::color(&p, share));
        }
        ui.painter().add(Shape::mesh(mesh));
        let below = Rect::from_min_max(pos2(bar.left(), colors.bottom() + 1.0), bar.max);
        for (align, place) in [
            (Align2::LEFT_CENTER, 0.0),
            // Half the way is a quarter of the top, since places go by the root.
            (Align2::CENTER_CENTER, 0.25),
            (Align2::RIGHT_CENTER, 1.0),
        ] {
            let words = scale.words(place * scale.top);
            cell(
                ui.painter(),
                below,
                align,
                &words,
                small.clone(),
                p.secondary,
            );
        }
        ui.add(
            egui::Label::new(egui::RichText::new(words).font(small).color(p.secondary)).truncate(),
        );
    });
}

/// Returns where a step begins, in points.
fn x_of(heat: &Heat, months: &Months, strip: (f32, f32), step: usize) -> f32 {
    let first = heat.steps.get(step).map_or(months.n, |s| s.0);
    strip.0 + (strip.1 - strip.0) * first as f32 / months.n.max(1) as f32
}

fn header_ui(ui: &mut Ui, columns: &Columns, months: &Months, heat: &Heat) {
    const WIDTH: f32 = 38.0;
    let p = Palette::of(ui);
    let small = theme::regular(theme::CAPTION);
    let (row, _) = widgets::words::row(ui, 24.0, Sense::hover());
    let painter = ui.painter();
    for (at, align, words) in [
        (columns.label, Align2::LEFT_CENTER, "Topic"),
        (columns.n, Align2::RIGHT_CENTER, "n"),
    ] {
        let at = Columns::rect(at, row);
        cell(painter, at, align, words, small.clone(), p.secondary);
    }
    let mut free_from = columns.strip.0;
    for (step, (first, _)) in heat.steps.iter().enumerate() {
        let (year, month) = months.year_month(*first);
        let x = x_of(heat, months, columns.strip, step);
        if (month == 1 || step == 0) && x >= free_from && x + WIDTH <= columns.strip.1 {
            let at = Columns::rect((x, x + WIDTH), row);
            let words = year.to_string();
            cell(
                painter,
                at,
                Align2::LEFT_CENTER,
                &words,
                small.clone(),
                p.secondary,
            );
            free_from = x + WIDTH;
        }
    }
    painter.hline(row.left()..=columns.strip.1, row.bottom() - 0.5, p.hair());
}

/// Draws all documents as bars: what a share is a share of.
fn bars_ui(ui: &mut Ui, columns: &Columns, months: &Months, heat: &Heat) {
    let p = Palette::of(ui);
    let (row, response) = widgets::words::row(ui, BARS, Sense::hover());
    let n_all: usize = heat.all.iter().map(|n| *n as usize).sum();
    let n_words = text::count_of(n_all);
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Label, true, format!("All dated documents {n_words}"))
    });
    let painter = ui.painter();
    let body = theme::regular(theme::BODY);
    let label = Columns::rect(columns.label, row);
    let words = "All dated documents";
    cell(
        painter,
        label,
        Align2::LEFT_CENTER,
        words,
        body.clone(),
        p.secondary,
    );
    let n = Columns::rect(columns.n, row);
    cell(
        painter,
        n,
        Align2::RIGHT_CENTER,
        &n_words,
        body,
        p.secondary,
    );
    let top = heat.all.iter().copied().max().unwrap_or(1).max(1) as f32;
    let height = row.height() - 8.0;
    for (step, n) in heat.all.iter().enumerate() {
        let from = x_of(heat, months, columns.strip, step);
        let to = x_of(heat, months, columns.strip, step + 1);
        let bar = Rect::from_min_max(
            pos2(from, row.bottom() - 4.0 - height * *n as f32 / top),
            pos2((to - 1.0).max(from + 1.0), row.bottom() - 4.0),
        );
        painter.rect_filled(bar, 0.0, p.faint);
    }
    painter.hline(row.left()..=columns.strip.1, row.bottom() - 0.5, p.hair());
}

fn row_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    (topic, at, n_docs): (&TopicRow, usize, usize),
    columns: &Columns,
    (months, heat, scale): (&Months, &Heat, Scale),
) {
    let p = Palette::of(ui);
    let selected = cx.shared.selected_topic == Some(topic.id);
    let (row, response) = widgets::words::row(ui, ROW_HEIGHT, Sense::click());
    let name = format!("Topic {}", topic.label);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &name));
    if !ui.is_rect_visible(row) {
        return;
    }
    let wide = Rect::from_min_max(
        pos2(row.left() - 8.0, row.top()),
        pos2(columns.strip.1 + 8.0, row.bottom()),
    );
    if selected || response.hovered() {
        let share = if selected { 1.0 } else { 0.5 };
        ui.painter()
            .rect_filled(wide, 0.0, p.selected.gamma_multiply(share));
    }
    focus_ring(ui, &response, wide.shrink(2.0));
    let painter = ui.painter();
    if selected {
        let edge = Rect::from_min_size(wide.min, vec2(3.0, wide.height()));
        painter.rect_filled(edge, 0.0, p.ink);
    }
    let font = if selected {
        theme::strong(theme::BODY)
    } else {
        theme::regular(theme::BODY)
    };
    let label = Columns::rect(columns.label, row);
    cell(
        painter,
        label,
        Align2::LEFT_CENTER,
        &topic.label,
        font,
        p.ink,
    );
    let n = Columns::rect(columns.n, row);
    let n_words = text::count_of(n_docs);
    let body = theme::regular(theme::BODY);
    cell(painter, n, Align2::RIGHT_CENTER, &n_words, body, p.ink);
    let strip = Columns::rect(columns.strip, row).shrink2(vec2(0.0, 3.0));
    let part = |step: usize| {
        let from = x_of(heat, months, columns.strip, step);
        let to = x_of(heat, months, columns.strip, step + 1);
        // A gap between steps where they are wide enough to spare it.
        let gap = if to - from > 6.0 { 1.0 } else { 0.0 };
        Columns::rect((from, to - gap), strip)
    };
    let mut mesh = Mesh::default();
    for step in 0..heat.steps.len() {
        let value = if scale.by_share {
            heat.share(at, step)
        } else {
            f64::from(heat.n(at, step))
        };
        if value > 0.0 {
            mesh.add_colored_rect(part(step), Scale::color(&p, scale.place(value)));
        }
    }
    painter.add(Shape::mesh(mesh));
    let hovered = response.hover_pos().and_then(|pos| {
        (0..heat.steps.len()).find(|step| {
            let from = x_of(heat, months, columns.strip, *step);
            let to = x_of(heat, months, columns.strip, *step + 1);
            (from..to).contains(&pos.x)
        })
    });
    if let Some(step) = hovered {
        let rim = Stroke::new(1.0, p.ink);
        painter.rect_stroke(part(step), 0.0, rim, StrokeKind::Outside);
    }
    let mut response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
    if let Some(step) = hovered {
        response = response.on_hover_text_at_pointer(step_words(topic, at, step, months, heat));
    }
    if response.clicked() {
        select(cx, topic);
    }
}

/// Says what a step of a topic holds.
fn step_words(topic: &TopicRow, at: usize, step: usize, months: &Months, heat: &Heat) -> String {
    let (first, n) = heat.steps.get(step).copied().unwrap_or((0, 1));
    let name = |month: usize| {
        let (year, month) = months.year_month(month);
        text::date(&format!("{year:04}-{month:02}"))
    };
    let when = if n == 1 {
        name(first)
    } else {
        format!("{} to {}", name(first), name(first + n - 1))
    };
    let n_docs = heat.n(at, step) as usize;
    format!(
        "{}\n{when}: {}, {:.1} % of all",
        topic.label,
        text::counted(n_docs, "document", "documents"),
        100.0 * heat.share(at, step)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_top_stands_in_the_middle() {
        let scale = Scale {
            by_share: false,
            top: 48.0,
        };
        assert!((scale.place(12.0) - 0.5).abs() < 1e-12);
        assert!((scale.place(48.0) - 1.0).abs() < 1e-12);
        assert_eq!(scale.words(12.0), "12");
        let scale = Scale {
            by_share: true,
            top: 0.2,
        };
        assert_eq!(scale.words(0.05), "5.0 %");
        // Nothing counted at all.
        let empty = Scale { top: 0.0, ..scale };
        assert!(empty.place(0.0).abs() < 1e-12);
    }
}
