//! The pipeline as a row of counts.

use super::{FIGURE_WIDTH, FigureText};
use crate::figure::mark::{fit_text, text_width, wrap_text};
use crate::figure::scale::count_text;
use crate::figure::{Anchor, Figure, Hue, Mark, Stroke, TextSize};

/// A step of the pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipelineStep {
    /// Short name, e.g. `Map`.
    pub name: String,
    /// The one number that matters, none before it ran.
    pub figure: Option<u64>,
    /// Unit of that number.
    pub unit: String,
    /// A line of detail.
    pub detail: String,
}

const GAP: f32 = 24.0;
const ROW: f32 = 104.0;
const MAX_PER_ROW: usize = 5;

/// Draws the steps in rows of at most five, numbered, each under a line of its own.
pub fn pipeline_counts(words: FigureText, steps: &[PipelineStep]) -> Figure {
    let n_rows = steps.len().div_ceil(MAX_PER_ROW);
    let what = steps
        .iter()
        .map(|s| {
            format!(
                "{}: {} {}",
                s.name,
                s.figure.map_or("–".to_owned(), count_text),
                s.unit
            )
        })
        .collect::<Vec<_>>()
        .join("; ");
    let mut figure = words.begin(
        ROW * n_rows as f32,
        format!("Steps of the pipeline. {what}."),
    );
    // Rows are filled evenly: seven steps stand as four and three.
    let per_row = steps.len().div_ceil(n_rows.max(1)).max(1);
    let width = (FIGURE_WIDTH - GAP * (per_row - 1) as f32) / per_row as f32;
    for (i, step) in steps.iter().enumerate() {
        let x = (width + GAP) * (i % per_row) as f32;
        let y = ROW * (i / per_row) as f32 + 1.0;
        let done = step.figure.is_some();
        let (line, ink) = if done {
            (Hue::Ink, Hue::Ink)
        } else {
            (Hue::Hairline, Hue::Faint)
        };
        figure.push(Mark::Line {
            from: [x, y],
            to: [x + width, y],
            stroke: Stroke::new(line.into(), 1.0),
        });
        let name = fit_text(
            &format!("{} {}", i + 1, step.name),
            TextSize::Caption,
            false,
            width,
        );
        figure.push(Mark::text(
            [x, y + 18.0],
            Anchor::Start,
            name,
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
        let number = step.figure.map_or("–".to_owned(), count_text);
        let unit_x = x + text_width(&number, TextSize::Figure, true) + 6.0;
        figure.push(Mark::bold(
            [x, y + 48.0],
            Anchor::Start,
            number,
            TextSize::Figure,
            ink.into(),
        ));
        let unit = fit_text(&step.unit, TextSize::Body, false, x + width - unit_x);
        figure.push(Mark::text(
            [unit_x, y + 48.0],
            Anchor::Start,
            unit,
            TextSize::Body,
            Hue::Secondary.into(),
        ));
        for (k, text) in wrap_text(&step.detail, TextSize::Caption, width)
            .into_iter()
            .take(2)
            .enumerate()
        {
            let at = [x, y + 68.0 + 15.0 * k as f32];
            figure.push(Mark::text(
                at,
                Anchor::Start,
                text,
                TextSize::Caption,
                Hue::Secondary.into(),
            ));
        }
    }
    figure
}
