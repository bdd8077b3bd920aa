//! Bars: one value per nation, and the distribution of one quantity.

use super::parts::{nation_head, x_axis, y_axis};
use super::{FIGURE_WIDTH, FigureText};
use crate::domain::corpus::Nation;
use crate::figure::scale::{Linear, count_text, real_text};
use crate::figure::{Anchor, Figure, Hue, Mark, Paint, Stroke, TextSize};

/// A nation's bar.
#[derive(Clone, Debug, PartialEq)]
pub struct NationBar {
    /// Whose.
    pub nation: Nation,
    /// Its length, from 0.
    pub value: f64,
    /// Ends of its interval, where there is one.
    pub interval: Option<(f64, f64)>,
    /// What stands at its right; the value itself when empty.
    pub note: String,
}

const ROW: f32 = 26.0;
const LEFT: f32 = 64.0;
const NOTE: f32 = 130.0;

/// Draws one bar per nation, in the order given.
///
/// # Units
/// `unit` names what is counted and stands above the notes.
pub fn bars_per_nation(words: FigureText, bars: &[NationBar], unit: &str) -> Figure {
    let what = bars
        .iter()
        .map(|b| format!("{} {}", b.nation.name(), value_text(b.value)))
        .collect::<Vec<_>>()
        .join(", ");
    let mut figure = words.begin(
        24.0 + ROW * bars.len() as f32 + 4.0,
        format!("Bars, {unit}: {what}."),
    );
    let most = bars
        .iter()
        .map(|b| b.interval.map_or(b.value, |(_, high)| high.max(b.value)))
        .filter(|v| v.is_finite())
        .fold(0.0, f64::max);
    let scale = Linear::new(0.0, most, LEFT, FIGURE_WIDTH - NOTE);
    figure.push(Mark::text(
        [FIGURE_WIDTH, 12.0],
        Anchor::End,
        unit,
        TextSize::Caption,
        Hue::Secondary.into(),
    ));
    for (i, bar) in bars.iter().enumerate() {
        let y = 24.0 + ROW * (i as f32 + 0.5);
        nation_head(&mut figure, bar.nation, [6.0, y]);
        let value = if bar.value.is_finite() {
            bar.value.max(0.0)
        } else {
            0.0
        };
        let end = scale.place(value);
        figure.push(Mark::Rect {
            at: [LEFT, y - 5.0],
            size: [(end - LEFT).max(0.5), 10.0],
            fill: Some(Paint::Solid(Hue::Nation(bar.nation))),
            stroke: None,
            hint: format!("{}: {} {unit}", bar.nation.name(), value_text(bar.value)),
        });
        if let Some((low, high)) = bar.interval.filter(|(l, h)| l.is_finite() && h.is_finite()) {
            figure.push(Mark::Line {
                from: [scale.place(low.max(0.0)), y],
                to: [scale.place(high), y],
                stroke: Stroke::new(Hue::Ink.into(), 1.5),
            });
        }
        let note = if bar.note.is_empty() {
            value_text(bar.value)
        } else {
            bar.note.clone()
        };
        figure.push(Mark::text(
            [FIGURE_WIDTH, y + 4.5],
            Anchor::End,
            note,
            TextSize::Body,
            Hue::Ink.into(),
        ));
    }
    figure
}

/// Writes a whole number with commas, another with two decimals.
fn value_text(value: f64) -> String {
    if value.fract() == 0.0 && (0.0..9e15).contains(&value) {
        count_text(value as u64)
    } else {
        real_text(value, 2)
    }
}

/// Draws how often values fall into each of `n_bins` equal stretches; values that are no finite
/// numbers are left out and counted in the description.
pub fn histogram(words: FigureText, values: &[f64], n_bins: usize, unit: &str) -> Figure {
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let n_bins = n_bins.clamp(1, 200);
    let low = finite.iter().copied().fold(f64::INFINITY, f64::min);
    let high = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let what = format!(
        "Histogram of {} values of {unit}; {} left out as they are no numbers.",
        finite.len(),
        values.len() - finite.len()
    );
    let mut figure = words.begin(220.0, what);
    let x = Linear::new(low, high, 56.0, FIGURE_WIDTH - 12.0);
    let mut counts = vec![0u64; n_bins];
    for v in &finite {
        let bin = ((v - x.from) / (x.to - x.from) * n_bins as f64) as usize;
        if let Some(n) = counts.get_mut(bin.min(n_bins - 1)) {
            *n += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let y = Linear::new(0.0, most as f64, 176.0, 24.0).nice(4);
    let y = Linear {
        start: 176.0,
        end: 24.0,
        ..y
    };
    y_axis(&mut figure, &y, 56.0, FIGURE_WIDTH - 12.0, 4);
    let width = (x.end - x.start) / n_bins as f32;
    for (i, &n) in counts.iter().enumerate() {
        let top = y.place(n as f64);
        figure.push(Mark::Rect {
            at: [x.start + width * i as f32 + 0.5, top],
            size: [(width - 1.0).max(0.5), 176.0 - top],
            fill: Some(Hue::Secondary.into()),
            stroke: None,
            hint: count_text(n),
        });
    }
    x_axis(&mut figure, &x, 176.0, 8);
    figure.push(Mark::text(
        [FIGURE_WIDTH - 12.0, 212.0],
        Anchor::End,
        unit,
        TextSize::Caption,
        Hue::Secondary.into(),
    ));
    figure.push(Mark::text(
        [0.0, 12.0],
        Anchor::Start,
        "count",
        TextSize::Caption,
        Hue::Secondary.into(),
    ));
    figure
}
