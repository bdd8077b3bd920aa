//! A range of shares between two handles, over a histogram of what there is.

use egui::{
    CursorIcon, EventFilter, Key, Modifiers, Rect, Response, Sense, Stroke, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use crate::ui::theme::Palette;

/// Height of the bars in points.
const BARS: f32 = 32.0;

/// Radius of a handle in points.
const HANDLE: f32 = 6.0;

/// How far a press of an arrow key moves a handle.
const KEY_STEP: f32 = 0.01;

/// Draws the range `lo..=hi` of `0.0..=1.0`; returns it where a handle was moved.
///
/// # Shapes
/// - `bars`: numbers of equal steps from 0 to 1.
/// - `names`: accessible names of the lower and the upper handle.
pub fn range(
    ui: &mut Ui,
    (lo, hi): (f32, f32),
    bars: &[usize],
    names: [&str; 2],
) -> Option<(f32, f32)> {
    let p = Palette::of(ui);
    let size = vec2(ui.available_width(), BARS + 2.0 * HANDLE + 4.0);
    let (area, _) = ui.allocate_exact_size(size, Sense::hover());
    let track = Rect::from_min_max(
        pos2(area.left() + HANDLE, area.top()),
        pos2(area.right() - HANDLE, area.top() + BARS),
    );
    let top = bars.iter().copied().max().unwrap_or(0).max(1) as f32;
    let step = track.width() / bars.len().max(1) as f32;
    for (i, n) in bars.iter().enumerate().filter(|(_, n)| **n > 0) {
        let middle = (i as f32 + 0.5) / bars.len() as f32;
        let height = (BARS * *n as f32 / top).max(1.0);
        let left = track.left() + i as f32 * step;
        let bar = Rect::from_min_max(
            pos2(left, track.bottom() - height),
            pos2(left + (step - 1.0).max(1.0), track.bottom()),
        );
        let within = (lo..=hi).contains(&middle);
        let color = if within { p.secondary } else { p.hairline };
        ui.painter().rect_filled(bar, 0.0, color);
    }
    let x_of = |share: f32| track.left() + share * track.width();
    let y = track.bottom() + HANDLE + 1.0;
    let painter = ui.painter();
    painter.hline(track.x_range(), y, p.hair());
    painter.hline(x_of(lo)..=x_of(hi), y, Stroke::new(2.0, p.ink));
    let id = ui.scope_id().with("range").with(names);
    let handle = |ui: &mut Ui, which: usize, value: f32| -> (Response, Option<f32>) {
        let middle = pos2(x_of(value), y);
        let rect = Rect::from_center_size(middle, Vec2::splat(2.0 * HANDLE + 6.0));
        let response = ui.interact(rect, id.with(which), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::slider(true, f64::from(value), names[which]));
        let dragged = response
            .interact_pointer_pos()
            .filter(|_| response.dragged())
            .map(|at| (at.x - track.left()) / track.width());
        let moved = dragged.or_else(|| by_key(ui, &response, value));
        let response = response.on_hover_cursor(CursorIcon::ResizeHorizontal);
        (response, moved)
    };
    // Where both stand in one place, the one that has room to go lies on top.
    let mut found = [None; 2];
    let order = if lo > 0.5 { [1, 0] } else { [0, 1] };
    for which in order {
        let value = if which == 0 { lo } else { hi };
        let (response, moved) = handle(ui, which, value);
        found[which] = moved;
        let center = pos2(x_of(value), y);
        let ring = if response.has_focus() || response.hovered() || response.dragged() {
            2.0
        } else {
            1.2
        };
        ui.painter()
            .circle(center, HANDLE, p.panel, Stroke::new(ring, p.ink));
    }
    let in_steps = |share: f32| (share * 100.0).round() / 100.0;
    match found {
        [None, None] => None,
        [new_lo, new_hi] => Some((
            new_lo.map_or(lo, |v| in_steps(v.clamp(0.0, hi))),
            new_hi.map_or(hi, |v| in_steps(v.clamp(lo, 1.0))),
        )),
    }
}

/// Moves a focused handle by the arrow keys.
fn by_key(ui: &Ui, response: &Response, value: f32) -> Option<f32> {
    if !response.has_focus() {
        return None;
    }
    let filter = EventFilter {
        horizontal_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
    let pressed = |key: Key| ui.input_mut(|i| i.count_and_consume_key(Modifiers::NONE, key)) as f32;
    let steps = pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
    (steps != 0.0).then_some(value + KEY_STEP * steps)
}
