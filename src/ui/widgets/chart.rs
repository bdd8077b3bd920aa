//! Small charts: a bar, a progress bar, a sparkline.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

use crate::ui::theme::Palette;

/// Draws a bar of `share` of the rectangle's width on its rail.
pub fn bar(painter: &Painter, rect: Rect, share: f32, color: Color32, rail: Option<Color32>) {
    if let Some(rail) = rail {
        painter.rect_filled(rect, 0.0, rail);
    }
    let width = (rect.width() * share.clamp(0.0, 1.0)).max(if share > 0.0 { 1.0 } else { 0.0 });
    painter.rect_filled(
        Rect::from_min_size(rect.min, vec2(width, rect.height())),
        0.0,
        color,
    );
}

/// Draws the thin bar of a running job; `None` while the total is unknown.
pub fn progress_bar(
    painter: &Painter,
    rect: Rect,
    share: Option<f32>,
    p: &Palette,
    time_secs: f64,
) {
    painter.rect_filled(rect, 2.0, p.hairline);
    let (from, to) = if let Some(s) = share {
        (0.0, s.clamp(0.0, 1.0))
    } else {
        let at = (time_secs * 0.5).fract() as f32;
        (at * 0.8, at * 0.8 + 0.2)
    };
    let inner = Rect::from_x_y_ranges(
        rect.left() + from * rect.width()..=rect.left() + to * rect.width(),
        rect.y_range(),
    );
    painter.rect_filled(inner, 2.0, p.ink);
}

/// Turns counts over time into points of a line within a rectangle, smoothed over three neighbors.
pub fn sparkline_points(values: &[u32], rect: Rect) -> Vec<Pos2> {
    let n = values.len();
    if n < 2 {
        return Vec::new();
    }
    // More steps than points on screen say nothing: neighbors are summed first.
    let n_bins = n.min((rect.width() / 4.0).max(2.0) as usize);
    let mut bins = vec![0.0f32; n_bins];
    for (i, v) in values.iter().enumerate() {
        if let Some(bin) = bins.get_mut(i * n_bins / n) {
            *bin += *v as f32;
        }
    }
    let at = |i: usize| bins.get(i).copied().unwrap_or(0.0);
    let smooth: Vec<f32> = (0..n_bins)
        .map(|i| {
            let before = at(i.saturating_sub(1));
            let after = at((i + 1).min(n_bins - 1));
            0.25 * before + 0.5 * at(i) + 0.25 * after
        })
        .collect();
    let top = smooth.iter().copied().fold(0.0f32, f32::max).max(1e-6);
    smooth
        .iter()
        .enumerate()
        .map(|(i, v)| {
            pos2(
                rect.left() + rect.width() * i as f32 / (n_bins - 1) as f32,
                rect.bottom() - rect.height() * v / top,
            )
        })
        .collect()
}

/// Draws counts over time as a thin line.
pub fn sparkline(painter: &Painter, rect: Rect, values: &[u32], color: Color32) {
    let points = sparkline_points(values, rect);
    if points.len() > 1 {
        painter.add(Shape::line(points, Stroke::new(1.2, color)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_stays_in_its_box() {
        let rect = Rect::from_min_size(pos2(10.0, 20.0), vec2(100.0, 16.0));
        let points = sparkline_points(&[0, 3, 9, 2, 0, 0, 7], rect);
        assert!(points.iter().all(|p| rect.expand(0.01).contains(*p)));
        assert_eq!(points.first().map(|p| p.x), Some(10.0));
        assert_eq!(points.last().map(|p| p.x), Some(110.0));
        assert!(sparkline_points(&[4], rect).is_empty());
        assert_eq!(sparkline_points(&[1; 400], rect).len(), 25);
    }
}
