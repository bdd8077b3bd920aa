//! Strips of stances: where the statements of each issue stand.

use super::FIGURE_WIDTH;
use super::FigureText;
use super::parts::rule;
use crate::domain::corpus::Nation;
use crate::figure::mark::{fit_text, wrap_text};
use crate::figure::palette::shape_of;
use crate::figure::scale::{Linear, count_text, real_text};
use crate::figure::{Anchor, Figure, Hue, Mark, Paint, Shape, Stroke, TextSize};

/// An issue's strip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StanceRow {
    /// The proposition.
    pub label: String,
    /// Whose issue.
    pub nation: Option<Nation>,
    /// Stance of each live statement, −1 to 1.
    pub stances: Vec<f64>,
    /// Dominant stance D.
    pub dominant: Option<f64>,
    /// Too even or too small for a dominant stance.
    pub contested: bool,
}

const HEAD: f32 = 24.0;
const ROW: f32 = 44.0;
const LEFT: f32 = 340.0;
const RIGHT: f32 = FIGURE_WIDTH - 140.0;

/// Draws one strip per issue: a dot per statement, a bar at the dominant stance.
///
/// Statements on the other side of D are rings; equal stances are stacked, so that none hides another
/// (a stack taller than its strip is drawn closer together).
pub fn stance_strips(words: FigureText, rows: &[StanceRow]) -> Figure {
    let what = rows
        .iter()
        .map(|r| {
            format!(
                "{}: {} statements, D {}",
                r.label,
                r.stances.len(),
                r.dominant.map_or("–".to_owned(), |d| real_text(d, 2))
            )
        })
        .collect::<Vec<_>>()
        .join("; ");
    let mut figure = words.begin(
        HEAD + ROW * rows.len() as f32 + 8.0,
        format!("Stances per issue. {what}."),
    );
    let x = Linear::new(-1.0, 1.0, LEFT, RIGHT);
    for (value, text) in [(-1.0, "opposes"), (0.0, "neither"), (1.0, "supports")] {
        figure.push(Mark::text(
            [x.place(value), 14.0],
            Anchor::Middle,
            text,
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
    }
    figure.push(Mark::text(
        [FIGURE_WIDTH, 14.0],
        Anchor::End,
        "D · n",
        TextSize::Caption,
        Hue::Secondary.into(),
    ));
    for (i, row) in rows.iter().enumerate() {
        let top = HEAD + ROW * i as f32;
        rule(&mut figure, top, 0.0, FIGURE_WIDTH);
        draw_row(&mut figure, row, top, &x);
    }
    figure
}

fn draw_row(figure: &mut Figure, row: &StanceRow, top: f32, x: &Linear) {
    let middle = top + ROW / 2.0;
    let paint: Paint = row.nation.map_or(Hue::Secondary, Hue::Nation).into();
    let shape = row.nation.map_or(Shape::Circle, shape_of);
    figure.push(Mark::Symbol {
        shape,
        at: [6.0, middle],
        radius: 4.5,
        fill: Some(paint),
        stroke: None,
    });
    let room = LEFT - 20.0 - 40.0;
    let mut lines = wrap_text(&row.label, TextSize::Body, room);
    if let [first, _, _, ..] = lines.as_slice() {
        let rest = row
            .label
            .trim_start()
            .get(first.len()..)
            .unwrap_or_default()
            .trim_start();
        lines = vec![first.clone(), fit_text(rest, TextSize::Body, false, room)];
    }
    let first = middle + 4.5 - 8.0 * lines.len().saturating_sub(1) as f32;
    for (i, line) in lines.into_iter().enumerate() {
        let at = [20.0, first + 16.0 * i as f32];
        figure.push(Mark::text(
            at,
            Anchor::Start,
            line,
            TextSize::Body,
            Hue::Ink.into(),
        ));
    }
    figure.push(Mark::Line {
        from: [x.start, middle],
        to: [x.end, middle],
        stroke: Stroke::new(Hue::Hairline.into(), 1.0),
    });
    draw_statements(figure, row, middle, x, paint);
    let n = count_text(row.stances.len() as u64);
    let text = match row.dominant {
        Some(_) if row.contested => format!("contested · {n}"),
        Some(d) if d > 0.0 => format!("+{} · {n}", real_text(d, 2)),
        Some(d) => format!("{} · {n}", real_text(d, 2)),
        None => n,
    };
    figure.push(Mark::text(
        [FIGURE_WIDTH, middle + 4.5],
        Anchor::End,
        text,
        TextSize::Body,
        Hue::Ink.into(),
    ));
}

fn draw_statements(figure: &mut Figure, row: &StanceRow, middle: f32, x: &Linear, paint: Paint) {
    if let Some(d) = row.dominant.filter(|d| d.is_finite()) {
        let at = x.place(d.clamp(-1.0, 1.0));
        figure.push(Mark::Line {
            from: [at, middle - 14.0],
            to: [at, middle + 14.0],
            stroke: Stroke::new(
                if row.contested { Hue::Faint } else { Hue::Ink }.into(),
                1.5,
            ),
        });
    }
    let mut stances: Vec<f64> = row
        .stances
        .iter()
        .copied()
        .filter(|s| s.is_finite())
        .collect();
    stances.sort_by(f64::total_cmp);
    let mut agreeing = Vec::new();
    // Equal to a hundredth counts as one place: the dots would cover each other.
    for stack in stances.chunk_by(|a, b| (a - b).abs() < 0.01) {
        let Some(&stance) = stack.first() else {
            continue;
        };
        // Five abreast, then the next column; far more than fit are drawn closer together.
        let per_column = 5usize;
        let n_columns = stack.len().div_ceil(per_column);
        let gap = (30.0 / n_columns as f32).min(5.5);
        for i in 0..stack.len() {
            let (column, level) = (i / per_column, i % per_column);
            let in_column = per_column.min(stack.len() - column * per_column);
            let at = [
                x.place(stance.clamp(-1.0, 1.0))
                    + (column as f32 - (n_columns - 1) as f32 / 2.0) * gap,
                middle + (level as f32 - (in_column - 1) as f32 / 2.0) * 5.5,
            ];
            if row.dominant.is_some_and(|d| d * stance < 0.0) && !row.contested {
                let stroke = Some(Stroke::new(Hue::Conflict.into(), 1.2));
                figure.push(Mark::Symbol {
                    shape: Shape::Circle,
                    at,
                    radius: 2.2,
                    fill: Some(Hue::Ground.into()),
                    stroke,
                });
            } else {
                agreeing.push(at);
            }
        }
    }
    if !agreeing.is_empty() {
        figure.push(Mark::Dots {
            centers: agreeing,
            radius: 2.2,
            fill: paint,
            opacity: 0.9,
        });
    }
}
