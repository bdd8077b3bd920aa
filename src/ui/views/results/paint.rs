//! Draws the heatmap of models and nations, its legend, and what to do while there is none.

use std::sync::Arc;

use egui::{
    Align2, Color32, Painter, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};

use super::derive::{
    CHANCE_SHARE, Cursor, RowId, SortKey, cell_lines, comparison, ends, half_interval, head_words,
    holds_chance, methods, order, sets, unit_short, unit_words,
};
use super::form::{form_ui, waiting_ui};
use super::slopes::slopes_ui;
use super::state::ResultsState;
use crate::domain::evaluation::Method;
use crate::snapshot::model::NextStep;
use crate::snapshot::model::results::{
    ResultCell, ResultColumn, ResultRow, ResultTable, ResultsData, RowKind,
};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::views::MARGIN;
use crate::ui::views::nothing_yet::nothing_yet_ui;
use crate::ui::widgets::button::focus_ring;
use crate::ui::widgets::{self, Icon, Look, caption, cell, chip, icon, mark, star, title, wrapped};
use crate::ui::{Command, Cx, text};

/// Beyond this width a row is too long for the eye to follow.
const MAX_WIDTH: f32 = 1320.0;

/// Room that a star takes beside its number.
const STAR: f32 = 16.0;

/// Space between cells.
const GAP: f32 = 3.0;

/// Where everything of the table stands, in points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Left edge of the rows' names.
    pub(super) left: f32,
    /// Width of the rows' names.
    pub(super) names: f32,
    /// Width of a cell with its gap.
    pub(super) pitch: f32,
    /// Number of columns.
    pub(super) n_columns: usize,
    /// Width of the mean.
    pub(super) mean: f32,
    /// Height of a cell with its gap.
    pub(super) row: f32,
}

impl Frame {
    fn new(left: f32, available: f32, n_columns: usize, with_spread: bool) -> Self {
        let width = available.min(MAX_WIDTH);
        let narrow = width < 720.0;
        let names = if narrow {
            128.0
        } else {
            (0.25 * width).clamp(200.0, 300.0)
        };
        let mean = if narrow { 44.0 } else { 72.0 };
        let pitch = ((width - names - mean) / n_columns.max(1) as f32).clamp(64.0, 192.0);
        Self {
            left,
            names,
            pitch: pitch.floor(),
            n_columns,
            mean,
            row: if with_spread { 68.0 } else { 56.0 },
        }
    }

    /// Left edge of a column's cells.
    pub(super) fn column_left(&self, i: usize) -> f32 {
        self.left + self.names + self.pitch * i as f32
    }

    /// Width of everything.
    pub(super) fn width(&self) -> f32 {
        self.names + self.pitch * self.n_columns as f32 + self.mean
    }

    fn cell(&self, i: usize, row: Rect) -> Rect {
        Rect::from_min_size(
            pos2(self.column_left(i), row.top()),
            vec2(self.pitch - GAP, row.height() - GAP),
        )
    }

    fn mean_cell(&self, row: Rect) -> Rect {
        Rect::from_min_max(
            pos2(self.column_left(self.n_columns), row.top()),
            pos2(self.left + self.width(), row.bottom() - GAP),
        )
    }
}

/// Draws the heatmap of the method and set on show.
pub fn ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ResultsState) {
    let data = Arc::clone(&cx.input.snapshot.results);
    let Some(table) = state.table(&data) else {
        empty_ui(ui, cx, state, &data);
        return;
    };
    egui::Frame::NONE.inner_margin(MARGIN).show(ui, |ui| {
        ui.scope(|ui| {
            // As wide as the table, so that its switches stand above it.
            let available = ui.available_width() - 14.0;
            let frame = Frame::new(0.0, available, table.columns.len(), false);
            ui.set_max_width(frame.width().min(available));
            head_ui(ui, cx, state, &data, table);
        });
        ui.add_space(12.0);
        egui::ScrollArea::horizontal()
            .auto_shrink(false)
            .show(ui, |ui| {
                let available = ui.available_width() - 14.0;
                let frame = Frame::new(
                    ui.cursor().left(),
                    available,
                    table.columns.len(),
                    state.with_spread,
                );
                ui.set_width(frame.width().max(available) + 14.0);
                ui.spacing_mut().item_spacing.y = 0.0;
                heads_ui(ui, cx, state, table, &frame);
                egui::ScrollArea::vertical()
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        // The outline of the first row stands outside its cell.
                        ui.add_space(3.0);
                        rows_ui(ui, cx, state, &data, table, &frame);
                        ui.add_space(8.0);
                        legend_ui(ui, table, ends(&data, table.method), &frame);
                        let alignment = Arc::clone(&cx.input.snapshot.alignment);
                        if let Some(comparison) = comparison(&alignment, table.method) {
                            ui.add_space(20.0);
                            slopes_ui(ui, cx, table, comparison, &frame);
                        }
                        ui.add_space(24.0);
                    });
            });
    });
}

fn empty_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ResultsState, data: &ResultsData) {
    let idle = cx.input.progress.is_none();
    if data.n_triples == 0 {
        nothing_yet_ui(
            ui,
            cx,
            "Nothing to evaluate on yet",
            "Models are asked about triples: a question, a statement and its reverse. Run the pipeline; it makes them from the statements.",
            "Models are asked about triples: a question, a statement and its reverse. They are made from the statements of imported documents.",
        );
        return;
    }
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            let margin = egui::Margin {
                left: 24,
                right: 24,
                top: 40,
                bottom: 24,
            };
            egui::Frame::NONE.inner_margin(margin).show(ui, |ui| {
                ui.set_max_width(ui.available_width().min(560.0));
                title(ui, "No model has been evaluated yet");
                ui.add_space(4.0);
                let words = format!(
                    "{} wait. A model that is evaluated gets a row here: how often it sides with the statements of each nation, with its interval, item by item and token by token.",
                    text::counted(data.n_triples, "triple", "triples")
                );
                caption(ui, &words);
                ui.add_space(16.0);
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
                    waiting_ui(ui, cx, data);
                    if matches!(cx.input.snapshot.next_step, NextStep::Run { .. })
                        && widgets::action(ui, "Run the pipeline", Some("Ctrl Enter"), if data.waiting.is_empty() { Look::Primary } else { Look::Plain }, idle).clicked()
                    {
                        cx.send(Command::RunPipeline);
                    }
                });
                ui.add_space(20.0);
                form_ui(ui, cx, state, "Evaluate a model from its folder");
            });
        });
}

fn head_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ResultsState,
    data: &ResultsData,
    table: &ResultTable,
) {
    let words = head_words(table);
    if ui.available_width() > 860.0 {
        ui.horizontal(|ui| {
            title(ui, "Agreement with each nation's statements");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                // From right to left: the last chip comes first.
                ui.spacing_mut().item_spacing.x = 8.0;
                set_chips_ui(ui, cx, state, data, table, true);
                ui.add_space(8.0);
                method_chips_ui(ui, cx, state, data, table, true);
            });
        });
        caption(ui, &words);
    } else {
        title(ui, "Agreement with each nation's statements");
        caption(ui, &words);
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
            method_chips_ui(ui, cx, state, data, table, false);
            ui.add_space(8.0);
            set_chips_ui(ui, cx, state, data, table, false);
        });
    }
}

fn method_chips_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ResultsState,
    data: &ResultsData,
    table: &ResultTable,
    backward: bool,
) {
    let mut all = methods(data);
    if backward {
        all.reverse();
        if all.len() > 1 {
            widgets::key_cap(ui, "M");
        }
    }
    for method in all.iter().copied() {
        let name = format!("Show the method {}", method.name());
        let on = table.method == method;
        if chip(ui, method.name(), &name, None, on, None)
            .on_hover_text(unit_words(method))
            .clicked()
        {
            state.show(cx, method, table.set);
        }
    }
    if !backward && all.len() > 1 {
        widgets::key_cap(ui, "M");
    }
}

fn set_chips_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ResultsState,
    data: &ResultsData,
    table: &ResultTable,
    backward: bool,
) {
    let mut all = sets(data, table.method);
    if backward {
        all.reverse();
        if all.len() > 1 {
            widgets::key_cap(ui, "S");
        }
    }
    for set in all.iter().copied() {
        let name = format!("Show the set {}", set.name());
        if chip(ui, set.name(), &name, None, table.set == set, None).clicked() {
            state.show(cx, table.method, set);
        }
    }
    if !backward && all.len() > 1 {
        widgets::key_cap(ui, "S");
    }
}

fn heads_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ResultsState,
    table: &ResultTable,
    frame: &Frame,
) {
    let p = Palette::of(ui);
    let (area, _) = ui.allocate_exact_size(vec2(frame.width(), 44.0), Sense::hover());
    let corner = Rect::from_min_size(area.min, vec2(frame.names - 8.0, area.height()));
    toggles_ui(ui, state, table, corner);
    for (i, column) in table.columns.iter().enumerate() {
        head_ui_of(ui, cx, state, column, frame.cell(i, area));
    }
    let at = frame.mean_cell(area);
    let response = ui.interact(at, ui.scope_id().with("mean head"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, SortKey::Mean.action()));
    focus_ring(ui, &response, at);
    let sorted = state.sort.filter(|s| s.0 == SortKey::Mean);
    let ink = if sorted.is_some() || response.hovered() {
        p.ink
    } else {
        p.secondary
    };
    let line = Rect::from_min_max(pos2(at.left(), at.center().y - 2.0), at.max);
    let words = cell(
        ui.painter(),
        line,
        Align2::RIGHT_CENTER,
        "mean",
        theme::regular(theme::CAPTION),
        ink,
    );
    if let Some((_, falls)) = sorted {
        arrow(
            ui.painter(),
            pos2(words.left() - 8.0, words.center().y),
            falls,
            ink,
        );
    }
    if response
        .on_hover_text("mean over the nations that are there, each with equal weight")
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .clicked()
    {
        state.sort_by(SortKey::Mean);
    }
}

/// Draws the switches of the table into its upper left corner.
fn toggles_ui(ui: &mut Ui, state: &mut ResultsState, table: &ResultTable, corner: Rect) {
    let builder = egui::UiBuilder::new()
        .max_rect(corner)
        .id_salt("table switches")
        .layout(egui::Layout::top_down(egui::Align::Min));
    let mut child = ui.new_child(builder);
    child.spacing_mut().item_spacing.y = 0.0;
    let narrow = corner.width() < 150.0;
    if table.rows.iter().any(|r| r.kind == RowKind::Reference) {
        let name = if state.with_references {
            "Hide the paper's rows"
        } else {
            "Show the paper's rows"
        };
        let words = switch_words(state.with_references, "the paper's rows", "paper", narrow);
        if widgets::action_small(&mut child, &words, name, Some("R")).clicked() {
            state.with_references = !state.with_references;
        }
    }
    if table
        .rows
        .iter()
        .flat_map(|r| &r.cells)
        .any(|c| c.n_trials > 1)
    {
        let name = if state.with_spread {
            "Hide the spread of trials"
        } else {
            "Show the spread of trials"
        };
        let words = switch_words(state.with_spread, "trial spread", "spread", narrow);
        if widgets::action_small(&mut child, &words, name, Some("T")).clicked() {
            state.with_spread = !state.with_spread;
        }
    }
}

fn switch_words(on: bool, long: &str, short: &str, narrow: bool) -> String {
    let verb = if on { "hide" } else { "show" };
    format!("{verb} {}", if narrow { short } else { long })
}

fn arrow(painter: &Painter, at: egui::Pos2, falls: bool, ink: Color32) {
    let rect = Rect::from_center_size(at, vec2(8.0, 8.0));
    icon(
        painter,
        rect,
        if falls { Icon::Down } else { Icon::Up },
        ink,
    );
}

fn head_ui_of(ui: &mut Ui, cx: &Cx<'_>, state: &mut ResultsState, column: &ResultColumn, at: Rect) {
    let p = Palette::of(ui);
    let nation = column.nation;
    let response = ui.interact(
        at,
        ui.scope_id().with(("column", nation.code())),
        Sense::click(),
    );
    let name = SortKey::Nation(nation).action();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    focus_ring(ui, &response, at);
    let shown = cx.shared.shows(nation);
    let (color, ink) = if shown {
        (p.nation(nation), p.ink)
    } else {
        (p.faint, p.secondary)
    };
    let painter = ui.painter();
    let top = Rect::from_min_size(at.min, vec2(at.width(), 24.0));
    let font = theme::strong(14.0);
    let galley = widgets::one_line(painter, nation.code(), font, ink, at.width());
    let width = 14.0 + galley.size().x;
    let left = top.center().x - 0.5 * width;
    mark(
        painter,
        pos2(left + 4.0, top.center().y),
        Mark::of(nation),
        color,
        5.0,
    );
    let end = left + width;
    let from = pos2(left + 14.0, top.center().y - 0.5 * galley.size().y);
    painter.galley(from, galley, ink);
    if let Some((_, falls)) = state.sort.filter(|s| s.0 == SortKey::Nation(nation)) {
        arrow(painter, pos2(end + 8.0, top.center().y), falls, ink);
    }
    let below = Rect::from_min_max(pos2(at.left(), at.top() + 22.0), at.max);
    let words = if column.is_sample() {
        format!(
            "n {} of {}",
            text::count_of(column.n_evaluated),
            text::count_of(column.n_items)
        )
    } else {
        format!("n {}", text::count_of(column.n_items))
    };
    cell(
        painter,
        below,
        Align2::CENTER_TOP,
        &words,
        theme::regular(theme::CAPTION),
        p.secondary,
    );
    if response
        .on_hover_text(format!(
            "{}: {} in the set. Click to sort.",
            nation.name(),
            text::counted(column.n_items, "item", "items")
        ))
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .clicked()
    {
        state.sort_by(SortKey::Nation(nation));
    }
}

fn rows_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ResultsState,
    data: &ResultsData,
    table: &ResultTable,
    frame: &Frame,
) {
    let p = Palette::of(ui);
    let scale = ends(data, table.method);
    let rows = order(table, state.sort, state.with_references);
    let mut chosen = None;
    let mut outline = None;
    let mut last_kind = None;
    for &i in &rows {
        let Some(row) = table.rows.get(i) else {
            continue;
        };
        let reference = row.kind == RowKind::Reference;
        if last_kind == Some(false) && reference {
            ui.add_space(8.0);
        }
        last_kind = Some(reference);
        let (area, _) = ui.allocate_exact_size(vec2(frame.width(), frame.row), Sense::hover());
        let id = RowId::of(row);
        let name_rect =
            Rect::from_min_size(area.min, vec2(frame.names - 12.0, area.height() - GAP));
        name_ui(ui, row, name_rect);
        for (k, column) in table.columns.iter().enumerate() {
            let at = frame.cell(k, area);
            let Some(value) = row.cells.get(k) else {
                continue;
            };
            let cursor = Cursor {
                row: id.clone(),
                nation: column.nation,
            };
            let on = state.cursor.as_ref() == Some(&cursor);
            if on {
                outline = Some(at);
            }
            let response = cell_ui(ui, cx, state, (table, row, column, value), at, scale, on);
            if response.gained_focus() && state.cursor.as_ref() != Some(&cursor) {
                state.cursor = Some(cursor.clone());
                state.item = None;
                state.page = 0;
            }
            if response.clicked() {
                chosen = Some(cursor);
            }
        }
        let mean = row.mean_share.map_or("–".to_owned(), text::small_share);
        cell(
            ui.painter(),
            frame.mean_cell(area),
            Align2::RIGHT_CENTER,
            &mean,
            theme::regular(theme::BODY),
            p.secondary,
        );
    }
    if let Some(at) = outline {
        if std::mem::take(&mut state.reveals) {
            ui.scroll_to_rect(at.expand(8.0), None);
        }
        ui.painter().rect_stroke(
            at.expand(0.5),
            1.0,
            Stroke::new(2.0, p.ink),
            StrokeKind::Outside,
        );
    }
    if let Some(cursor) = chosen {
        state.select(cx, cursor);
    }
}

fn name_ui(ui: &mut Ui, row: &ResultRow, at: Rect) {
    let p = Palette::of(ui);
    let bold = matches!(row.kind, RowKind::Own { aligned: true, .. });
    let font = if bold {
        theme::strong(theme::BODY)
    } else {
        theme::regular(theme::BODY)
    };
    let painter = ui.painter();
    let n_rows = if row.detail.is_empty() { 2 } else { 1 };
    let head = wrapped(painter, &row.name, font, p.ink, at.width(), n_rows);
    let detail = widgets::one_line(
        painter,
        &row.detail,
        theme::regular(theme::CAPTION),
        p.secondary,
        at.width(),
    );
    let detail_height = if row.detail.is_empty() {
        0.0
    } else {
        detail.size().y + 2.0
    };
    let top = at.center().y - 0.5 * (head.size().y + detail_height);
    let cut = head.elided || detail.elided;
    let below = top + head.size().y + 2.0;
    painter.galley(pos2(at.left(), top), head, p.ink);
    if !row.detail.is_empty() {
        painter.galley(pos2(at.left(), below), detail, p.secondary);
    }
    let response = ui.interact(
        at,
        ui.scope_id().with(("row name", RowId::of(row))),
        Sense::hover(),
    );
    let words = text::dotted([row.name.as_str(), row.detail.as_str()]);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    if cut {
        response.on_hover_text(&words);
    }
}

type CellOf<'a> = (
    &'a ResultTable,
    &'a ResultRow,
    &'a ResultColumn,
    &'a ResultCell,
);

fn cell_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &ResultsState,
    (table, row, column, value): CellOf<'_>,
    at: Rect,
    (low, high): (f64, f64),
    on: bool,
) -> egui::Response {
    let p = Palette::of(ui);
    let id = ui
        .scope_id()
        .with(("cell", column.nation.code(), RowId::of(row)));
    let response = ui.interact(at, id, Sense::click());
    let rate = value
        .rate_share
        .map_or("missing".to_owned(), text::small_share);
    let name = format!("{} × {} {rate}", row.name, column.nation.code());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, &name));
    let response = response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .on_hover_ui(|ui| {
            let lines = cell_lines(table.method, row, column.nation, value);
            for (i, line) in lines.iter().enumerate() {
                let (font, ink) = if i == 0 {
                    (theme::strong(theme::BODY), p.ink)
                } else {
                    (theme::regular(12.0), p.secondary)
                };
                ui.label(egui::RichText::new(line).font(font).color(ink));
            }
        });
    if !ui.is_rect_visible(at) {
        return response;
    }
    let painter = ui.painter();
    let Some(rate_share) = value.rate_share else {
        missing(painter, at, &p);
        focus_ring(ui, &response, at);
        return response;
    };
    let (mut ground, mut ink) = p.sequential((rate_share - low) / (high - low));
    let shown = cx.shared.shows(column.nation);
    if !shown {
        (ground, ink) = (p.dimmed(ground), p.secondary);
    }
    painter.rect_filled(at, 0.0, ground);
    if row.kind == RowKind::Reference {
        hatch(painter, at, ink.gamma_multiply(0.16));
    }
    if response.hovered() {
        painter.rect_stroke(at, 0.0, Stroke::new(1.0, ink), StrokeKind::Inside);
    }
    let mut lines = vec![(rate, theme::strong(14.0), 18.0)];
    if let Some(half) = half_interval(value) {
        let words = format!("± {}", text::small_share(half));
        lines.push((words, theme::regular(theme::CAPTION), 16.0));
        if state.with_spread {
            let words = format!("s {}", text::small_share(value.trial_spread));
            lines.push((words, theme::regular(theme::CAPTION), 14.0));
        }
    }
    let whole: f32 = lines.iter().map(|l| l.2).sum();
    let mut top = at.center().y - 0.5 * whole;
    let starred = value.best && row.kind != RowKind::Reference;
    for (i, (words, font, height)) in lines.into_iter().enumerate() {
        let mut line = Rect::from_min_size(pos2(at.left(), top), vec2(at.width(), height));
        let has_star = i == 0 && starred;
        if has_star {
            // Number and star together stand in the middle.
            line.max.x -= STAR;
        }
        let number = cell(painter, line, Align2::CENTER_CENTER, &words, font, ink);
        if has_star {
            let middle = pos2(number.right() + 10.0, number.center().y);
            star(painter, middle, ink, 6.0);
        }
        top += height;
    }
    if holds_chance(table.method, value) {
        let ring = pos2(at.right() - 9.0, at.top() + 9.0);
        painter.circle_stroke(ring, 3.0, Stroke::new(1.2, ink));
    }
    focus_ring(ui, &response, at);
    response
}

fn missing(painter: &Painter, at: Rect, p: &Palette) {
    let inner = at.shrink(0.5);
    let corners = [
        inner.left_top(),
        inner.right_top(),
        inner.right_bottom(),
        inner.left_bottom(),
        inner.left_top(),
    ];
    painter.extend(Shape::dashed_line(
        &corners,
        Stroke::new(1.0, p.faint),
        3.0,
        3.0,
    ));
    cell(
        painter,
        at,
        Align2::CENTER_CENTER,
        "missing",
        theme::regular(12.0),
        p.secondary,
    );
}

/// Draws the slanted lines of what is not measured here.
fn hatch(painter: &Painter, at: Rect, ink: Color32) {
    let clipped = painter.with_clip_rect(at.intersect(painter.clip_rect()));
    let mut x = at.left() - at.height();
    while x < at.right() {
        let line = [pos2(x, at.top()), pos2(x + at.height(), at.bottom())];
        clipped.line_segment(line, Stroke::new(1.0, ink));
        x += 8.0;
    }
}

fn legend_ui(ui: &mut Ui, table: &ResultTable, (low, high): (f64, f64), frame: &Frame) {
    const WIDTH: f32 = 216.0;
    const N_STEPS: usize = 64;
    let p = Palette::of(ui);
    let small = theme::regular(theme::CAPTION);
    let (area, _) = ui.allocate_exact_size(vec2(frame.width(), 20.0), Sense::hover());
    let painter = ui.painter();
    let low_words = text::share(low);
    let end = widgets::words::line(
        painter,
        pos2(area.left(), area.top() + 3.0),
        &low_words,
        small.clone(),
        p.secondary,
        60.0,
    );
    let bar = Rect::from_min_size(pos2(end + 8.0, area.center().y - 5.0), vec2(WIDTH, 10.0));
    let step = WIDTH / N_STEPS as f32;
    for i in 0..N_STEPS {
        let share = i as f64 / (N_STEPS - 1) as f64;
        // Steps overlap a little, or seams show where edges fall between pixels.
        let left = bar.left() + step * i as f32;
        let rect = Rect::from_min_max(
            pos2(left, bar.top()),
            pos2((left + step + 0.5).min(bar.right()), bar.bottom()),
        );
        painter.rect_filled(rect, 0.0, p.sequential(share).0);
    }
    if table.method == Method::Mc && low < CHANCE_SHARE && CHANCE_SHARE < high {
        let x = bar.left() + WIDTH * ((CHANCE_SHARE - low) / (high - low)) as f32;
        painter.vline(
            x,
            bar.top() - 3.0..=bar.bottom() + 3.0,
            Stroke::new(1.0, p.ink),
        );
    }
    let words = format!("{} {}", text::share(high), unit_short(table.method));
    let end = widgets::words::line(
        painter,
        pos2(bar.right() + 8.0, area.top() + 3.0),
        &words,
        small.clone(),
        p.secondary,
        200.0,
    );
    let parts = legend_parts(table, low < CHANCE_SHARE && CHANCE_SHARE < high);
    let galleys: Vec<_> = parts
        .iter()
        .map(|(sign, words)| {
            let galley = widgets::one_line(painter, words, small.clone(), p.secondary, 480.0);
            (*sign, galley)
        })
        .collect();
    let widths: Vec<f32> = galleys
        .iter()
        .map(|(sign, galley)| sign.width() + galley.size().x)
        .collect();
    let whole = widths.iter().sum::<f32>() + PART_GAP * widths.len().saturating_sub(1) as f32;
    let right = frame.left + frame.width();
    let beside = end + 24.0 + whole <= right;
    let mut at = if beside {
        pos2(end + 24.0, area.top())
    } else {
        pos2(area.left(), area.bottom())
    };
    let mut places = Vec::new();
    for width in &widths {
        if at.x > area.left() && at.x + width > right {
            at = pos2(area.left(), at.y + 20.0);
        }
        places.push(at);
        at.x += width + PART_GAP;
    }
    if !beside {
        ui.allocate_exact_size(
            vec2(frame.width(), at.y + 20.0 - area.bottom()),
            Sense::hover(),
        );
    }
    let painter = ui.painter();
    for ((sign, galley), at) in galleys.into_iter().zip(places) {
        sign.draw(painter, pos2(at.x + 6.0, at.y + 10.0), &p);
        let from = pos2(at.x + sign.width(), at.y + 10.0 - 0.5 * galley.size().y);
        painter.galley(from, galley, p.secondary);
    }
}

/// Space between the parts of the legend.
const PART_GAP: f32 = 20.0;

/// What stands before a part of the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Nothing,
    Star,
    Ring,
    Line,
    Hatch,
}

impl Sign {
    fn width(self) -> f32 {
        if self == Self::Nothing { 0.0 } else { 18.0 }
    }

    fn draw(self, painter: &Painter, at: egui::Pos2, p: &Palette) {
        match self {
            Self::Nothing => {}
            Self::Star => star(painter, at, p.ink, 5.5),
            Self::Ring => {
                painter.circle_stroke(at, 3.0, Stroke::new(1.2, p.ink));
            }
            Self::Line => {
                painter.vline(at.x, at.y - 6.0..=at.y + 6.0, Stroke::new(1.0, p.ink));
            }
            Self::Hatch => {
                let swatch = Rect::from_center_size(at, vec2(12.0, 12.0));
                painter.rect_stroke(swatch, 0.0, p.hair(), StrokeKind::Inside);
                let clipped = painter.with_clip_rect(swatch.intersect(painter.clip_rect()));
                for shift in [-8.0, -4.0, 0.0, 4.0, 8.0] {
                    let line = [
                        pos2(at.x + shift - 6.0, at.y - 6.0),
                        pos2(at.x + shift + 6.0, at.y + 6.0),
                    ];
                    clipped.line_segment(line, Stroke::new(1.0, p.secondary));
                }
            }
        }
    }
}

fn legend_parts(table: &ResultTable, has_chance: bool) -> Vec<(Sign, &'static str)> {
    let cells = || table.rows.iter().flat_map(|r| &r.cells);
    let mut parts = vec![(Sign::Nothing, "± half the 95 % interval (Wilson)")];
    if cells().any(|c| c.best) {
        parts.push((Sign::Star, "best of the project's rows, p on hover (Holm)"));
    }
    if table.method == Method::Mc && has_chance {
        parts.push((Sign::Line, "chance, .5"));
    }
    if cells().any(|c| holds_chance(table.method, c)) {
        parts.push((Sign::Ring, "interval holds chance"));
    }
    if table.rows.iter().any(|r| r.kind == RowKind::Reference) {
        parts.push((Sign::Hatch, "the paper's, on other items"));
    }
    parts
}
