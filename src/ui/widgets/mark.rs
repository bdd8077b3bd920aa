//! The second sign of a nation: a small shape beside its color.

use egui::{Color32, Painter, Pos2, Shape, Stroke, Vec2, pos2};

use crate::ui::theme::Mark;

/// Draws a mark of about `radius` points around a middle.
pub fn mark(painter: &Painter, at: Pos2, mark: Mark, color: Color32, radius: f32) {
    let polygon = |points: &[(f32, f32)]| {
        Shape::convex_polygon(
            points
                .iter()
                .map(|&(x, y)| at + Vec2::new(x, y) * radius)
                .collect(),
            color,
            Stroke::NONE,
        )
    };
    match mark {
        Mark::Circle => {
            painter.circle_filled(at, radius, color);
        }
        Mark::Square => {
            painter.add(polygon(&[
                (-0.9, -0.9),
                (0.9, -0.9),
                (0.9, 0.9),
                (-0.9, 0.9),
            ]));
        }
        Mark::TriangleUp => {
            painter.add(polygon(&[(0.0, -1.1), (1.1, 0.85), (-1.1, 0.85)]));
        }
        Mark::Diamond => {
            painter.add(polygon(&[(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)]));
        }
        Mark::TriangleDown => {
            painter.add(polygon(&[(-1.1, -0.85), (1.1, -0.85), (0.0, 1.1)]));
        }
        Mark::Plus => {
            let arm = 0.36 * radius;
            for (w, h) in [(radius, arm), (arm, radius)] {
                let rect =
                    egui::Rect::from_center_size(pos2(at.x, at.y), Vec2::new(2.0 * w, 2.0 * h));
                painter.rect_filled(rect, 0.0, color);
            }
        }
    }
}
