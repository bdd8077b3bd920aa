//! The matrix topic × nation.

use super::parts::{nation_head, rule};
use super::{FIGURE_WIDTH, FigureText};
use crate::domain::corpus::Nation;
use crate::figure::mark::fit_text;
use crate::figure::scale::{Linear, count_text, p_text, rate_text};
use crate::figure::{Anchor, Figure, Hue, Mark, Paint, Stroke, TextSize};

/// A topic's row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicMatrixRow {
    /// Its label.
    pub label: String,
    /// Its first words.
    pub words: Vec<String>,
    /// Whether it is value-related.
    pub value_related: bool,
    /// Its documents.
    pub n_docs: usize,
    /// `q_n` by nation, in the order of the columns.
    pub shares: Vec<f64>,
    /// Evenness, `0.0..=1.0`.
    pub entropy: f64,
    /// Divergence between nations, nats.
    pub divergence_nats: f64,
    /// Adjusted p-value, where there is one.
    pub p_value: Option<f64>,
    /// Documents per month, for the small line.
    pub per_month: Vec<u32>,
}

const HEAD: f32 = 34.0;
const ROW: f32 = 40.0;
/// Right end of each column of numbers, from the figure's right side.
const SPARK: f32 = 110.0;
const P: f32 = 122.0;
const JSD: f32 = 178.0;
const ENTROPY: f32 = 244.0;
const CELLS_END: f32 = 300.0;
const CELLS_START: f32 = 330.0;

/// Draws a row per topic: words, documents, a tinted cell per nation, spread and months.
///
/// `from` and `to` name the first and last month of the small lines. A cell's tint runs from the
/// panel's color at 0 to the nation's own at the largest share of the matrix.
pub fn topic_matrix(
    words: FigureText,
    nations: &[Nation],
    rows: &[TopicMatrixRow],
    from: &str,
    to: &str,
) -> Figure {
    let height = HEAD + ROW * rows.len() as f32 + 28.0;
    let what = format!(
        "Table of {} topics and {} nations. Largest topics: {}.",
        rows.len(),
        nations.len(),
        rows.iter()
            .take(5)
            .map(|r| format!("{} ({})", r.label, r.n_docs))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let mut figure = words.begin(height, what);
    let caption = |figure: &mut Figure, x: f32, anchor: Anchor, text: &str| {
        figure.push(Mark::text(
            [x, 18.0],
            anchor,
            text,
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
    };
    let w = FIGURE_WIDTH;
    caption(&mut figure, 22.0, Anchor::Start, "Topic");
    caption(&mut figure, CELLS_START - 14.0, Anchor::End, "n");
    caption(&mut figure, w - ENTROPY, Anchor::End, "entropy");
    caption(&mut figure, w - JSD, Anchor::End, "JSD, nats");
    caption(&mut figure, w - P, Anchor::End, "p (BH)");
    let span = if from.is_empty() {
        String::new()
    } else {
        format!("{from} – {to}")
    };
    caption(&mut figure, w - SPARK + 12.0, Anchor::Start, &span);
    rule(&mut figure, HEAD - 8.0, 0.0, w);
    let cell = (w - CELLS_END - CELLS_START) / nations.len().max(1) as f32;
    for (k, &nation) in nations.iter().enumerate() {
        let x = CELLS_START + cell * (k as f32 + 0.5);
        nation_head(&mut figure, nation, [x - 14.0, 14.0]);
    }
    let most = rows
        .iter()
        .flat_map(|r| r.shares.iter().copied())
        .filter(|s| s.is_finite())
        .fold(0.0, f64::max);
    for (i, row) in rows.iter().enumerate() {
        draw_row(&mut figure, row, nations, HEAD + ROW * i as f32, cell, most);
    }
    let y = height - 8.0;
    let cells_end = CELLS_START + cell * nations.len() as f32;
    let note = format!(
        "share by nation, corrected for corpus size, %; full color at {}",
        rate_percent(most)
    );
    figure.push(Mark::text(
        [cells_end, y],
        Anchor::End,
        note,
        TextSize::Caption,
        Hue::Secondary.into(),
    ));
    figure
}

fn rate_percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

fn draw_row(
    figure: &mut Figure,
    row: &TopicMatrixRow,
    nations: &[Nation],
    top: f32,
    cell: f32,
    most: f64,
) {
    let w = FIGURE_WIDTH;
    let middle = top + ROW / 2.0;
    let number_y = middle + 4.5;
    screening_mark(figure, row.value_related, [6.0, top + 13.0]);
    let room = CELLS_START - 22.0 - 76.0;
    let label = fit_text(&row.label, TextSize::Body, true, room);
    figure.push(Mark::bold(
        [22.0, top + 17.0],
        Anchor::Start,
        label,
        TextSize::Body,
        Hue::Ink.into(),
    ));
    let terms = fit_text(&row.words.join(" · "), TextSize::Caption, false, room);
    figure.push(Mark::text(
        [22.0, top + 32.0],
        Anchor::Start,
        terms,
        TextSize::Caption,
        Hue::Secondary.into(),
    ));
    let n = count_text(row.n_docs as u64);
    figure.push(Mark::text(
        [CELLS_START - 14.0, number_y],
        Anchor::End,
        n,
        TextSize::Body,
        Hue::Ink.into(),
    ));
    for (k, &nation) in nations.iter().enumerate() {
        let share = row.shares.get(k).copied().unwrap_or(0.0);
        let paint = Paint::tint(
            Hue::Nation(nation),
            if most > 0.0 { share / most } else { 0.0 },
        );
        let x = CELLS_START + cell * k as f32;
        let percent = rate_percent(share);
        figure.push(Mark::Rect {
            at: [x + 1.5, top + 6.0],
            size: [cell - 3.0, ROW - 12.0],
            fill: Some(paint),
            stroke: None,
            hint: format!("{} · {}: {percent} %", row.label, nation.name()),
        });
        figure.push(Mark::text(
            [x + cell / 2.0, number_y],
            Anchor::Middle,
            percent,
            TextSize::Body,
            paint.on(),
        ));
    }
    let mut number = |x: f32, text: String, hue: Hue| {
        figure.push(Mark::text(
            [x, number_y],
            Anchor::End,
            text,
            TextSize::Body,
            hue.into(),
        ));
    };
    number(w - ENTROPY, rate_text(row.entropy, 2), Hue::Ink);
    number(w - JSD, rate_text(row.divergence_nats, 3), Hue::Ink);
    match row.p_value {
        Some(p) => number(
            w - P,
            p_text(p),
            if p < 0.05 { Hue::Ink } else { Hue::Secondary },
        ),
        None => number(w - P, "–".to_owned(), Hue::Faint),
    }
    sparkline(
        figure,
        &row.per_month,
        [w - SPARK + 12.0, top + 10.0],
        [SPARK - 12.0, ROW - 20.0],
    );
}

/// A tick for value-related topics, an open ring for others.
fn screening_mark(figure: &mut Figure, value_related: bool, [x, y]: [f32; 2]) {
    let stroke = Stroke::new(Hue::Secondary.into(), 1.4);
    if value_related {
        figure.push(Mark::Polyline {
            points: vec![[x - 4.0, y], [x - 1.0, y + 3.0], [x + 5.0, y - 4.0]],
            stroke,
        });
    } else {
        figure.push(Mark::Symbol {
            shape: crate::figure::Shape::Circle,
            at: [x, y],
            radius: 4.0,
            fill: None,
            stroke: Some(Stroke {
                width: 1.0,
                ..stroke
            }),
        });
    }
}

/// A small line of counts over time, from zero; single months are too short for one.
fn sparkline(figure: &mut Figure, counts: &[u32], [x, y]: [f32; 2], [width, height]: [f32; 2]) {
    let most = counts.iter().copied().max().unwrap_or(0);
    if counts.len() < 2 || most == 0 {
        return;
    }
    let place_x = Linear::new(0.0, (counts.len() - 1) as f64, x, x + width);
    let place_y = Linear::new(0.0, f64::from(most), y + height, y);
    let points = counts
        .iter()
        .enumerate()
        .map(|(i, &n)| [place_x.place(i as f64), place_y.place(f64::from(n))])
        .collect();
    figure.push(Mark::Polyline {
        points,
        stroke: Stroke::new(Hue::Secondary.into(), 1.2),
    });
}
