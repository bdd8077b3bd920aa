//! A matrix of rates or differences with a legend.

use super::{FIGURE_WIDTH, FigureText};
use crate::figure::mark::fit_text;
use crate::figure::scale::{rate_text, real_text};
use crate::figure::{Anchor, Figure, Hue, Mark, Paint, Stroke, TextSize};

/// How values become colors.
#[derive(Clone, Debug, PartialEq)]
pub enum Ramp {
    /// Cream at `low` to navy at `high`.
    Sequential {
        /// Value of the lightest step.
        low: f64,
        /// Value of the darkest step.
        high: f64,
        /// Decimals of numbers.
        decimals: usize,
        /// What is measured.
        unit: String,
    },
    /// Brown at −`limit`, white exactly at 0, blue at `limit`.
    Diverging {
        /// Value of the strongest step.
        limit: f64,
        /// Decimals of numbers.
        decimals: usize,
        /// What is measured.
        unit: String,
    },
}

impl Ramp {
    fn paint(&self, value: f64) -> Paint {
        match self {
            Self::Sequential { low, high, .. } if high > low => {
                Paint::sequential((value - low) / (high - low))
            }
            Self::Sequential { .. } => Paint::Sequential(0),
            Self::Diverging { limit, .. } if *limit > 0.0 => Paint::diverging(value / limit),
            Self::Diverging { .. } => Paint::Diverging(0),
        }
    }

    fn text(&self, value: f64) -> String {
        match self {
            Self::Sequential { decimals, .. } => rate_text(value, *decimals),
            Self::Diverging { decimals, .. } if value > 0.0 => {
                format!("+{}", real_text(value, *decimals))
            }
            Self::Diverging { decimals, .. } => real_text(value, *decimals),
        }
    }

    fn ends(&self) -> (f64, f64) {
        match self {
            Self::Sequential { low, high, .. } => (*low, *high),
            Self::Diverging { limit, .. } => (-limit, *limit),
        }
    }

    fn unit(&self) -> &str {
        match self {
            Self::Sequential { unit, .. } | Self::Diverging { unit, .. } => unit,
        }
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum HeatCell {
    /// Nothing was measured.
    Missing,
    /// A value.
    Value {
        /// The value.
        value: f64,
        /// What stands below it, such as its interval; may be empty.
        note: String,
        /// Stands out, such as the best of its column.
        marked: bool,
    },
}

const HEAD: f32 = 30.0;
const ROW: f32 = 46.0;
const LEFT: f32 = 220.0;

/// Draws rows × columns of values with a legend and its unit.
///
/// # Shapes
/// - `cells`: one row of cells per name in `rows`; cells that are not given are missing.
pub fn heatmap(
    words: FigureText,
    rows: &[String],
    columns: &[String],
    cells: &[Vec<HeatCell>],
    ramp: &Ramp,
) -> Figure {
    let height = HEAD + ROW * rows.len() as f32 + 40.0;
    let what = format!(
        "Matrix of {} rows and {} columns, {}.",
        rows.len(),
        columns.len(),
        ramp.unit()
    );
    let mut figure = words.begin(height, what);
    let width = ((FIGURE_WIDTH - LEFT) / columns.len().max(1) as f32).min(140.0);
    for (k, column) in columns.iter().enumerate() {
        let x = LEFT + width * (k as f32 + 0.5);
        let text = fit_text(column, TextSize::Body, true, width - 6.0);
        figure.push(Mark::bold(
            [x, 18.0],
            Anchor::Middle,
            text,
            TextSize::Body,
            Hue::Ink.into(),
        ));
    }
    for (i, row) in rows.iter().enumerate() {
        let top = HEAD + ROW * i as f32;
        let text = fit_text(row, TextSize::Body, false, LEFT - 12.0);
        figure.push(Mark::text(
            [0.0, top + ROW / 2.0 + 4.5],
            Anchor::Start,
            text,
            TextSize::Body,
            Hue::Ink.into(),
        ));
        for k in 0..columns.len() {
            let at = [LEFT + width * k as f32 + 1.5, top + 1.5];
            let cell = cells
                .get(i)
                .and_then(|r| r.get(k))
                .unwrap_or(&HeatCell::Missing);
            draw_cell(&mut figure, cell, at, [width - 3.0, ROW - 3.0], ramp);
        }
    }
    draw_legend(&mut figure, ramp, height - 18.0);
    figure
}

fn draw_cell(figure: &mut Figure, cell: &HeatCell, at: [f32; 2], size: [f32; 2], ramp: &Ramp) {
    let ([left, top], [width, height]) = (at, size);
    let [x, y] = [left + width / 2.0, top + height / 2.0];
    let value = match cell {
        HeatCell::Value {
            value,
            note,
            marked,
        } if value.is_finite() => Some((*value, note, *marked)),
        _ => None,
    };
    let Some((value, note, marked)) = value else {
        let stroke = Stroke {
            paint: Hue::Hairline.into(),
            width: 1.0,
            dashed: true,
        };
        figure.push(Mark::Rect {
            at,
            size,
            fill: None,
            stroke: Some(stroke),
            hint: String::new(),
        });
        figure.push(Mark::text(
            [x, y + 4.0],
            Anchor::Middle,
            "missing",
            TextSize::Caption,
            Hue::Faint.into(),
        ));
        return;
    };
    let paint = ramp.paint(value);
    figure.push(Mark::Rect {
        at,
        size,
        fill: Some(paint),
        stroke: None,
        hint: String::new(),
    });
    let text = if marked {
        format!("{} ★", ramp.text(value))
    } else {
        ramp.text(value)
    };
    let lift = if note.is_empty() { 4.5 } else { -1.0 };
    figure.push(Mark::bold(
        [x, y + lift],
        Anchor::Middle,
        text,
        TextSize::Body,
        paint.on(),
    ));
    if !note.is_empty() {
        figure.push(Mark::text(
            [x, y + 13.0],
            Anchor::Middle,
            note.clone(),
            TextSize::Caption,
            paint.on(),
        ));
    }
}

/// Draws the scale as a band of steps with its ends and unit.
fn draw_legend(figure: &mut Figure, ramp: &Ramp, y: f32) {
    const N_STEPS: usize = 49;
    const WIDTH: f32 = 196.0;
    let (low, high) = ramp.ends();
    let step = WIDTH / N_STEPS as f32;
    for i in 0..N_STEPS {
        let value = low + (high - low) * i as f64 / (N_STEPS - 1) as f64;
        // Steps overlap a little, or seams show where edges fall between pixels.
        let left = LEFT + step * i as f32;
        figure.push(Mark::rect(
            [left, y - 4.0],
            [(step + 0.4).min(LEFT + WIDTH - left), 8.0],
            ramp.paint(value),
        ));
    }
    figure.push(Mark::text(
        [LEFT - 8.0, y + 4.0],
        Anchor::End,
        ramp.text(low),
        TextSize::Caption,
        Hue::Secondary.into(),
    ));
    let end = format!("{}  {}", ramp.text(high), ramp.unit());
    figure.push(Mark::text(
        [LEFT + WIDTH + 8.0, y + 4.0],
        Anchor::Start,
        end,
        TextSize::Caption,
        Hue::Secondary.into(),
    ));
}
