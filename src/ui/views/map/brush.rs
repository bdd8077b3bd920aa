//! The time brush: documents by month under the map; a drag filters by time, and a window of time can
//! wander along by itself.

use egui::{Align2, CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::domain::months::Months;
use crate::snapshot::model::MapData;
use crate::ui::Cx;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, cell, chip};

/// Height of the strip in points.
pub(super) const HEIGHT: f32 = 66.0;

/// How long the wandering window rests on a month, seconds.
const STEP_SECS: f32 = 0.35;

/// Months that the window begins with when nothing is chosen.
const FIRST_MONTHS: usize = 3;

/// What the brush remembers.
#[derive(Debug, Default)]
pub(super) struct BrushState {
    pub(super) open: bool,
    /// Month at which the drag began.
    drag_from: Option<usize>,
    /// When the window moves next, in the window's seconds; `None` while it rests.
    plays_at: Option<f64>,
}

impl BrushState {
    /// Opens or closes the strip; closing ends the filter by time.
    pub(super) fn toggle(&mut self, cx: &mut Cx<'_>) {
        self.open = !self.open;
        self.plays_at = None;
        if !self.open {
            cx.shared.desk.filter.days = None;
        }
    }

    /// Lets the window wander, or stops it.
    pub(super) fn play_or_stop(&mut self, cx: &mut Cx<'_>) {
        if !self.open {
            return;
        }
        if self.plays_at.take().is_some() {
            return;
        }
        self.plays_at = Some(0.0);
        if cx.shared.desk.filter.days.is_none()
            && let Some(map) = &cx.input.snapshot.map
        {
            cx.shared.desk.filter.days = Some(days(&map.months, 0, FIRST_MONTHS - 1));
        }
    }

    /// Stops the window where it is.
    pub(super) fn stop(&mut self) {
        self.plays_at = None;
    }

    /// Tells whether the window wanders.
    pub(super) fn is_playing(&self) -> bool {
        self.plays_at.is_some()
    }

    /// Moves the window on when its time has come.
    fn wander(&mut self, ui: &Ui, cx: &mut Cx<'_>, months: &Months) {
        let Some(at) = self.plays_at else { return };
        let now = ui.input(|i| i.time);
        if now >= at {
            if at > 0.0
                && let Some((first, last)) = span(months, cx.shared.desk.filter.days)
            {
                let n = last - first + 1;
                let first = if last + 1 >= months.n { 0 } else { first + 1 };
                cx.shared.desk.filter.days = Some(days(months, first, first + n - 1));
            }
            self.plays_at = Some(now + f64::from(STEP_SECS));
        }
        ui.ctx().request_repaint_after_secs(STEP_SECS);
    }
}

/// First and last day of a stretch of months.
fn days(months: &Months, first: usize, last: usize) -> (i32, i32) {
    let last = last.min(months.n.saturating_sub(1));
    (months.first_day(first), months.first_day(last + 1) - 1)
}

/// The months that a stretch of days touches.
fn span(months: &Months, days: Option<(i32, i32)>) -> Option<(usize, usize)> {
    let (first, last) = days?;
    let at = |day: i32| {
        (0..months.n)
            .rev()
            .find(|m| months.first_day(*m) <= day)
            .unwrap_or(0)
    };
    Some((at(first), at(last)))
}

/// Says which months a stretch of days is.
pub(crate) fn words(months: &Months, of: (i32, i32)) -> String {
    let Some((first, last)) = span(months, Some(of)) else {
        return String::new();
    };
    let name = |m: usize| {
        let (year, month) = months.year_month(m);
        format!("{year}-{month:02}")
    };
    if first == last {
        name(first)
    } else {
        format!("{} to {}", name(first), name(last))
    }
}

/// Draws the strip and hears of drags on it.
pub(super) fn brush_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut BrushState,
    map: &MapData,
    view: Rect,
) {
    let months = &map.months;
    if !state.open || months.n == 0 {
        return;
    }
    state.wander(ui, cx, months);
    let p = Palette::of(ui);
    let card = Rect::from_min_max(
        pos2(view.left() + 16.0, view.bottom() - HEIGHT - 12.0),
        pos2(view.right() - 16.0, view.bottom() - 12.0),
    );
    widgets::card(ui.painter(), card, &p);
    let bars = Rect::from_min_max(card.min + vec2(88.0, 10.0), card.max - vec2(14.0, 20.0));
    let response = ui.interact(
        bars.expand2(vec2(0.0, 8.0)),
        ui.scope_id().with("time brush"),
        Sense::click_and_drag(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Time brush"));
    let month_at = |x: f32| {
        let share = ((x - bars.left()) / bars.width()).clamp(0.0, 0.999_9);
        (share * months.n as f32) as usize
    };
    if response.drag_started()
        && let Some(origin) = ui.input(|i| i.pointer.press_origin())
    {
        state.drag_from = Some(month_at(origin.x));
        state.plays_at = None;
    }
    if let (Some(from), Some(at)) = (state.drag_from, response.interact_pointer_pos())
        && response.dragged()
    {
        let to = month_at(at.x);
        cx.shared.desk.filter.days = Some(days(months, from.min(to), from.max(to)));
    }
    if response.drag_stopped() {
        state.drag_from = None;
    }
    if response.clicked() {
        cx.shared.desk.filter.days = None;
        state.plays_at = None;
    }
    response.on_hover_cursor(CursorIcon::ResizeHorizontal);
    draw_bars(ui, cx, map, bars, &p);
    draw_axis(ui, months, card, bars, &p);
    let mut child = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(Rect::from_min_max(
                card.min + vec2(10.0, 10.0),
                pos2(bars.left() - 6.0, card.bottom() - 10.0),
            ))
            .layout(egui::Layout::top_down(egui::Align::Min)),
    );
    let plays = state.plays_at.is_some();
    let (text, name) = if plays {
        ("Stop", "Stop the time window")
    } else {
        ("Play", "Let the time window wander")
    };
    if chip(&mut child, text, name, None, plays, None).clicked() {
        state.play_or_stop(cx);
    }
}

fn draw_bars(ui: &Ui, cx: &Cx<'_>, map: &MapData, bars: Rect, p: &Palette) {
    let all = &map.all.by_month;
    let top = all.iter().copied().max().unwrap_or(1).max(1) as f32;
    let shown = cx.shown().map(|s| &s.by_month);
    let chosen = span(&map.months, cx.shared.desk.filter.days);
    let step = bars.width() / all.len().max(1) as f32;
    // More months than pixels: neighbors share one, the taller wins.
    let width = (step - 1.0).clamp(1.0, 6.0);
    if let Some((first, last)) = chosen {
        let ground = Rect::from_min_max(
            pos2(bars.left() + first as f32 * step, bars.top() - 4.0),
            pos2(bars.left() + (last + 1) as f32 * step, bars.bottom()),
        );
        ui.painter().rect_filled(ground, 2.0, p.selected);
    }
    for (m, n) in all.iter().enumerate() {
        let x = bars.left() + (m as f32 + 0.5) * step;
        let bar = |n: u32, color: egui::Color32| {
            if n > 0 {
                let height = (bars.height() * n as f32 / top).max(1.0);
                let rect = Rect::from_min_max(
                    pos2(x - 0.5 * width, bars.bottom() - height),
                    pos2(x + 0.5 * width, bars.bottom()),
                );
                ui.painter().rect_filled(rect, 0.0, color);
            }
        };
        bar(*n, p.hairline);
        bar(
            shown.and_then(|s| s.get(m)).copied().unwrap_or(0),
            if cx.focus().is_some() {
                p.ink
            } else {
                p.secondary
            },
        );
    }
}

/// Names years, as many as fit.
fn draw_axis(ui: &Ui, months: &Months, card: Rect, bars: Rect, p: &Palette) {
    const WIDTH: f32 = 40.0;
    let step = bars.width() / months.n.max(1) as f32;
    let mut free_from = bars.left();
    for m in 0..months.n {
        let (year, month) = months.year_month(m);
        let x = bars.left() + m as f32 * step;
        if (month == 1 || m == 0) && x >= free_from && x + WIDTH <= card.right() {
            let rect = Rect::from_min_max(
                pos2(x, bars.bottom() + 2.0),
                pos2(x + WIDTH, card.bottom() - 2.0),
            );
            cell(
                ui.painter(),
                rect,
                Align2::LEFT_CENTER,
                &year.to_string(),
                theme::regular(theme::CAPTION),
                p.secondary,
            );
            free_from = x + WIDTH;
        }
    }
}
