//! Parts that several charts share: nation heads, axes, legends.

use crate::domain::corpus::Nation;
use crate::figure::mark::{Point, text_width};
use crate::figure::palette::shape_of;
use crate::figure::scale::{Linear, rate_text, real_text};
use crate::figure::{Anchor, Figure, Hue, Mark, Paint, Shape, Stroke, TextSize};

/// Draws a nation's sign and code; the sign's center is at `at`.
pub(super) fn nation_head(figure: &mut Figure, nation: Nation, [x, y]: Point) {
    figure.push(Mark::Symbol {
        shape: shape_of(nation),
        at: [x, y],
        radius: 5.0,
        fill: Some(Paint::Solid(Hue::Nation(nation))),
        stroke: None,
    });
    figure.push(Mark::text(
        [x + 12.0, y + 4.5],
        Anchor::Start,
        nation.code(),
        TextSize::Body,
        Hue::Ink.into(),
    ));
}

/// Draws a row of signs with names from the left; returns where it ends.
pub(super) fn legend_row(
    figure: &mut Figure,
    [x, y]: Point,
    items: &[(Shape, Paint, String)],
) -> f32 {
    let mut at = x;
    for (shape, paint, name) in items {
        figure.push(Mark::Symbol {
            shape: *shape,
            at: [at + 5.0, y],
            radius: 4.5,
            fill: Some(*paint),
            stroke: None,
        });
        figure.push(Mark::text(
            [at + 15.0, y + 4.0],
            Anchor::Start,
            name.clone(),
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
        at += 15.0 + text_width(name, TextSize::Caption, false) + 16.0;
    }
    at
}

/// Draws hairlines and numbers of an upright axis across `left..right`.
pub(super) fn y_axis(figure: &mut Figure, scale: &Linear, left: f32, right: f32, n_ticks: usize) {
    let decimals = scale.tick_decimals(n_ticks);
    for tick in scale.ticks(n_ticks) {
        let y = scale.place(tick);
        figure.push(Mark::Line {
            from: [left, y],
            to: [right, y],
            stroke: Stroke::new(Hue::Hairline.into(), 1.0),
        });
        figure.push(Mark::text(
            [left - 8.0, y + 4.0],
            Anchor::End,
            real_text(tick, decimals),
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
    }
}

/// Draws the numbers of a level axis below `y`.
pub(super) fn x_axis(figure: &mut Figure, scale: &Linear, y: f32, n_ticks: usize) {
    let decimals = scale.tick_decimals(n_ticks);
    let below_one = scale.from.abs() <= 1.0 && scale.to.abs() <= 1.0 && decimals > 0;
    for tick in scale.ticks(n_ticks) {
        let x = scale.place(tick);
        figure.push(Mark::Line {
            from: [x, y],
            to: [x, y + 4.0],
            stroke: Stroke::new(Hue::Faint.into(), 1.0),
        });
        let text = if below_one {
            rate_text(tick, decimals)
        } else {
            real_text(tick, decimals)
        };
        figure.push(Mark::text(
            [x, y + 16.0],
            Anchor::Middle,
            text,
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
    }
}

/// Draws a level hairline.
pub(super) fn rule(figure: &mut Figure, y: f32, left: f32, right: f32) {
    figure.push(Mark::Line {
        from: [left, y],
        to: [right, y],
        stroke: Stroke::new(Hue::Hairline.into(), 1.0),
    });
}
