//! Small shapes: the second sign of a nation beside its color, and the star of what is best.

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

/// Draws a star of five points around a middle; not every font has one.
pub fn star(painter: &Painter, at: Pos2, color: Color32, radius: f32) {
    let corner = |i: usize, r: f32| {
        let turn = std::f32::consts::TAU * i as f32 / 10.0;
        at + r * Vec2::angled(turn - std::f32::consts::FRAC_PI_2)
    };
    // Five slim points over a round middle: a polygon with dents cannot be filled at once.
    for i in (0..10).step_by(2) {
        let point = vec![
            at,
            corner(i + 9, 0.45 * radius),
            corner(i, radius),
            corner(i + 1, 0.45 * radius),
        ];
        painter.add(Shape::convex_polygon(point, color, Stroke::NONE));
    }
    painter.circle_filled(at, 0.42 * radius, color);
}
