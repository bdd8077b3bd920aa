//! Icons drawn from lines, so that no font has to have them.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2};

/// An icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A house.
    Start,
    /// Three points.
    Map,
    /// Lines of a list.
    Topics,
    /// A small graph.
    Conflicts,
    /// Two sheets, one checked.
    Verify,
    /// Four squares.
    Results,
    /// A rising line.
    Align,
    /// A clock.
    Jobs,
    /// Yes, done.
    Check,
    /// No, open.
    Ring,
    /// Failed.
    Cross,
    /// Half-filled disk: light and dark.
    Theme,
    /// A panel at the right.
    Inspector,
    /// A keyboard.
    Keys,
    /// Upward arrow of a sorted column.
    Up,
    /// Downward arrow of a sorted column.
    Down,
    /// A step deeper, the next.
    Right,
    /// A step back.
    Left,
}

/// Draws an icon into the middle of a rectangle, about 16 points high.
pub fn icon(painter: &Painter, rect: Rect, icon: Icon, color: Color32) {
    let c = rect.center();
    let stroke = Stroke::new(1.4, color);
    let at = |x: f32, y: f32| pos2(c.x + x, c.y + y);
    let open = |points: &[(f32, f32)]| {
        painter.add(Shape::line(
            points.iter().map(|&(x, y)| at(x, y)).collect(),
            stroke,
        ));
    };
    let closed = |points: &[(f32, f32)]| {
        painter.add(Shape::closed_line(
            points.iter().map(|&(x, y)| at(x, y)).collect(),
            stroke,
        ));
    };
    match icon {
        Icon::Start => closed(&[
            (-7.0, 0.0),
            (0.0, -7.0),
            (7.0, 0.0),
            (7.0, 7.5),
            (-7.0, 7.5),
        ]),
        Icon::Map => {
            painter.circle_stroke(at(-4.5, -3.5), 2.4, stroke);
            painter.circle_stroke(at(4.5, -5.0), 1.8, stroke);
            painter.circle_stroke(at(2.0, 4.0), 3.4, stroke);
        }
        Icon::Topics => {
            for (y, x) in [(-5.5, 7.0), (0.0, 2.5), (5.5, 7.0)] {
                open(&[(-7.0, y), (x, y)]);
            }
        }
        Icon::Conflicts => {
            open(&[(-3.0, -0.8), (3.6, -5.0)]);
            open(&[(-3.0, 0.8), (3.6, 5.0)]);
            painter.circle_stroke(at(-5.0, 0.0), 2.2, stroke);
            painter.circle_stroke(at(5.5, -5.6), 2.2, stroke);
            painter.circle_stroke(at(5.5, 5.6), 2.2, stroke);
        }
        Icon::Verify => {
            closed(&[(-7.0, -6.5), (2.0, -6.5), (2.0, 6.5), (-7.0, 6.5)]);
            open(&[(-4.4, 0.2), (-2.6, 2.2), (0.0, -2.4)]);
            open(&[(4.6, -4.5), (7.0, -4.5), (7.0, 6.5), (4.6, 6.5)]);
        }
        Icon::Results => {
            for (x, y) in [(-6.5, -6.5), (1.0, -6.5), (-6.5, 1.0), (1.0, 1.0)] {
                closed(&[(x, y), (x + 5.5, y), (x + 5.5, y + 5.5), (x, y + 5.5)]);
            }
        }
        Icon::Align => open(&[(-7.0, 5.0), (-2.5, 0.0), (1.0, 2.5), (7.0, -5.0)]),
        Icon::Jobs => {
            painter.circle_stroke(c, 7.2, stroke);
            open(&[(0.0, -4.0), (0.0, 0.4), (3.0, 2.2)]);
        }
        Icon::Check => open(&[(-4.2, 0.2), (-1.2, 3.2), (4.4, -3.4)]),
        Icon::Ring => {
            painter.circle_stroke(c, 4.0, Stroke::new(1.2, color));
        }
        Icon::Cross => {
            open(&[(-3.4, -3.4), (3.4, 3.4)]);
            open(&[(-3.4, 3.4), (3.4, -3.4)]);
        }
        Icon::Theme => {
            painter.circle_stroke(c, 6.0, stroke);
            let half: Vec<Pos2> = (0..=16)
                .map(|i| {
                    let angle =
                        -std::f32::consts::FRAC_PI_2 + std::f32::consts::PI * i as f32 / 16.0;
                    c + Vec2::angled(angle) * 5.4
                })
                .collect();
            painter.add(Shape::convex_polygon(half, color, Stroke::NONE));
        }
        Icon::Inspector => {
            closed(&[(-7.0, -5.5), (7.0, -5.5), (7.0, 5.5), (-7.0, 5.5)]);
            open(&[(2.5, -5.5), (2.5, 5.5)]);
        }
        Icon::Keys => {
            closed(&[(-7.5, -5.0), (7.5, -5.0), (7.5, 5.0), (-7.5, 5.0)]);
            open(&[(-3.0, 2.2), (3.0, 2.2)]);
            for x in [-4.4, -1.5, 1.5, 4.4] {
                painter.circle_filled(at(x, -1.6), 0.9, color);
            }
        }
        Icon::Up => open(&[(-3.0, 1.6), (0.0, -1.6), (3.0, 1.6)]),
        Icon::Down => open(&[(-3.0, -1.6), (0.0, 1.6), (3.0, -1.6)]),
        Icon::Right => open(&[(-1.6, -3.0), (1.6, 0.0), (-1.6, 3.0)]),
        Icon::Left => open(&[(1.6, -3.0), (-1.6, 0.0), (1.6, 3.0)]),
    }
}
