//! A matrix of rates or differences with a legend, reference rows set apart from one's own.

use super::{FIGURE_WIDTH, FigureText};
use crate::domain::corpus::Nation;
use crate::figure::mark::{fit_text, text_width, wrap_text};
use crate::figure::palette::shape_of;
use crate::figure::scale::{count_text, rate_text, real_text};
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

/// A row with its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatRow {
    /// Name, in two lines where one is too short.
    pub name: String,
    /// What stands below the name, such as `reference, paper: method unknown`; may be empty.
    pub detail: String,
    /// Measured elsewhere: its cells are hatched.
    pub reference: bool,
    /// Stands out, such as the model that was aligned.
    pub bold: bool,
    /// Mean over its cells, if it is to be shown.
    pub mean: Option<f64>,
    /// One cell per column; cells that are not given are missing.
    pub cells: Vec<HeatCell>,
}

/// A column with its head.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatColumn {
    /// Name.
    pub name: String,
    /// The nation it stands for, whose sign is put before the name.
    pub nation: Option<Nation>,
    /// Items behind it, if they are to be shown.
    pub n_items: Option<usize>,
}

impl From<Nation> for HeatColumn {
    fn from(nation: Nation) -> Self {
        Self {
            name: nation.code().to_owned(),
            nation: Some(nation),
            n_items: None,
        }
    }
}

/// Height of the heads, without and with a second line.
const HEADS: [f32; 2] = [30.0, 46.0];
/// Height of a row whose name has at most two lines, and of one with three.
const ROWS: [f32; 2] = [46.0, 60.0];
const LEFT: f32 = 220.0;
/// Width kept for the means.
const MEANS: f32 = 64.0;
const GAP: f32 = 1.5;

/// Where the cells stand.
struct Grid {
    head: f32,
    column_width: f32,
    n_columns: usize,
    has_means: bool,
}

impl Grid {
    fn new(rows: &[HeatRow], columns: &[HeatColumn]) -> Self {
        let has_means = rows.iter().any(|r| r.mean.is_some());
        let room = FIGURE_WIDTH - LEFT - if has_means { MEANS } else { 0.0 };
        let [low, high] = HEADS;
        Self {
            head: if columns.iter().any(|c| c.n_items.is_some()) {
                high
            } else {
                low
            },
            column_width: (room / columns.len().max(1) as f32).min(140.0),
            n_columns: columns.len(),
            has_means,
        }
    }

    fn left(&self, k: usize) -> f32 {
        LEFT + self.column_width * k as f32
    }

    /// Right end of the means.
    fn right(&self) -> f32 {
        self.left(self.n_columns) + MEANS
    }
}

/// Draws rows × columns of values with a legend and its unit.
///
/// Reference rows are hatched, so that nobody takes them for measured here; the star marks what the
/// caller marked.
pub fn heatmap(words: FigureText, rows: &[HeatRow], columns: &[HeatColumn], ramp: &Ramp) -> Figure {
    let grid = Grid::new(rows, columns);
    let names: Vec<Vec<NameLine>> = rows.iter().map(name_lines).collect();
    let heights: Vec<f32> = names
        .iter()
        .map(|lines| {
            let [low, high] = ROWS;
            if lines.len() > 2 { high } else { low }
        })
        .collect();
    let height = grid.head + heights.iter().sum::<f32>() + 40.0;
    let mut figure = words.begin(height, description(rows, columns, ramp));
    draw_heads(&mut figure, &grid, columns);
    let mut top = grid.head;
    for ((row, lines), &row_height) in rows.iter().zip(&names).zip(&heights) {
        draw_name(&mut figure, lines, top + row_height / 2.0);
        for k in 0..columns.len() {
            let cell = row.cells.get(k).unwrap_or(&HeatCell::Missing);
            let at = [grid.left(k) + GAP, top + GAP];
            let size = [grid.column_width - 2.0 * GAP, row_height - 2.0 * GAP];
            draw_cell(&mut figure, cell, at, size, ramp, row.reference);
        }
        if let Some(mean) = row.mean.filter(|m| m.is_finite()) {
            figure.push(Mark::text(
                [grid.right(), top + row_height / 2.0 + 4.5],
                Anchor::End,
                ramp.text(mean),
                TextSize::Body,
                Hue::Secondary.into(),
            ));
        }
        top += row_height;
    }
    draw_legend(&mut figure, ramp, rows, height - 18.0);
    figure
}

/// Says every value in words, for who cannot see the picture.
fn description(rows: &[HeatRow], columns: &[HeatColumn], ramp: &Ramp) -> String {
    let row = |row: &HeatRow| {
        let cells: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(k, column)| {
                let value = match row.cells.get(k) {
                    Some(HeatCell::Value { value, .. }) if value.is_finite() => ramp.text(*value),
                    _ => "missing".to_owned(),
                };
                format!("{} {value}", column.name)
            })
            .collect();
        let kind = if row.reference { " (reference)" } else { "" };
        format!("{}{kind}: {}", row.name, cells.join(", "))
    };
    let all: Vec<String> = rows.iter().map(row).collect();
    format!(
        "Matrix of {} rows and {} columns, {}. {}.",
        rows.len(),
        columns.len(),
        ramp.unit(),
        all.join("; ")
    )
}

fn draw_heads(figure: &mut Figure, grid: &Grid, columns: &[HeatColumn]) {
    for (k, column) in columns.iter().enumerate() {
        let x = grid.left(k) + grid.column_width / 2.0;
        let sign = column.nation.map_or(0.0, |_| SIGN);
        let room = grid.column_width - 6.0 - sign;
        let text = fit_text(&column.name, TextSize::Body, true, room);
        if let Some(nation) = column.nation {
            // The estimate is on the wide side; sign and name shall look like one.
            let width = 0.9 * text_width(&text, TextSize::Body, true) + SIGN;
            figure.push(Mark::Symbol {
                shape: shape_of(nation),
                at: [x - width / 2.0 + 5.0, 13.5],
                radius: 5.0,
                fill: Some(Hue::Nation(nation).into()),
                stroke: None,
            });
        }
        figure.push(Mark::bold(
            [x + sign / 2.0, 18.0],
            Anchor::Middle,
            text,
            TextSize::Body,
            Hue::Ink.into(),
        ));
        if let Some(n) = column.n_items {
            figure.push(Mark::text(
                [x, 34.0],
                Anchor::Middle,
                format!("n {}", count_text(n as u64)),
                TextSize::Caption,
                Hue::Secondary.into(),
            ));
        }
    }
    if grid.has_means {
        figure.push(Mark::text(
            [grid.right(), 18.0],
            Anchor::End,
            "mean",
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
    }
}

/// Width of a nation's sign with the gap behind it.
const SIGN: f32 = 16.0;

/// A line of a row's name.
struct NameLine {
    text: String,
    size: TextSize,
    bold: bool,
    hue: Hue,
}

fn name_lines(row: &HeatRow) -> Vec<NameLine> {
    let room = LEFT - 12.0;
    // Heavier letters are wider than the wrapping knows.
    let wrapped = wrap_text(
        &row.name,
        TextSize::Body,
        if row.bold { room * 0.94 } else { room },
    );
    let line = |text: &str| NameLine {
        text: fit_text(text, TextSize::Body, row.bold, room),
        size: TextSize::Body,
        bold: row.bold,
        hue: Hue::Ink,
    };
    let mut lines: Vec<NameLine> = match wrapped.as_slice() {
        [first, second, ..] => {
            // What does not fit into two lines ends the second with an ellipsis.
            let rest = if wrapped.len() > 2 {
                let rest = row.name.trim_start().get(first.len()..);
                rest.unwrap_or(second).trim_start()
            } else {
                second
            };
            vec![line(first), line(rest)]
        }
        [only] => vec![line(only)],
        [] => Vec::new(),
    };
    if !row.detail.is_empty() {
        lines.push(NameLine {
            text: fit_text(&row.detail, TextSize::Caption, false, room),
            size: TextSize::Caption,
            bold: false,
            hue: Hue::Secondary,
        });
    }
    lines
}

fn draw_name(figure: &mut Figure, lines: &[NameLine], middle: f32) {
    let mut y = middle + 4.5 - 8.0 * lines.len().saturating_sub(1) as f32;
    for line in lines {
        let make = if line.bold { Mark::bold } else { Mark::text };
        figure.push(make(
            [0.0, y],
            Anchor::Start,
            line.text.clone(),
            line.size,
            line.hue.into(),
        ));
        y += 16.0;
    }
}

fn draw_cell(
    figure: &mut Figure,
    cell: &HeatCell,
    at: [f32; 2],
    size: [f32; 2],
    ramp: &Ramp,
    hatched: bool,
) {
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
    figure.push(Mark::rect(at, size, paint));
    let text = if marked {
        format!("{} ★", ramp.text(value))
    } else {
        ramp.text(value)
    };
    let note = fit_text(note, TextSize::Caption, false, width - 4.0);
    if hatched {
        draw_hatch(figure, at, size, paint);
        // Numbers are read on plain ground.
        let wide = text_width(&text, TextSize::Body, true)
            .max(text_width(&note, TextSize::Caption, false))
            .min(width - 4.0)
            + 4.0;
        let high = if note.is_empty() { 19.0 } else { 33.0 };
        figure.push(Mark::rect(
            [x - wide / 2.0, y - high / 2.0],
            [wide, high],
            paint,
        ));
    }
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
            note,
            TextSize::Caption,
            paint.on(),
        ));
    }
}

/// Distance of two lines of a hatching along an edge.
const HATCH: f32 = 8.0;

/// Draws thin diagonals over a rectangle, cut at its edges.
fn draw_hatch(figure: &mut Figure, [left, top]: [f32; 2], [width, height]: [f32; 2], paint: Paint) {
    let stroke = Stroke::new(hatch_paint(paint), 1.0);
    let n_lines = ((width + height) / HATCH) as usize;
    for i in 1..=n_lines {
        // The line x − y = shift, from the left or upper edge to the right or lower one.
        let shift = HATCH * i as f32 - height;
        let from_x = shift.max(0.0);
        let to_x = (shift + height).min(width);
        if to_x - from_x < 1.0 {
            continue;
        }
        figure.push(Mark::Line {
            from: [left + from_x, top + from_x - shift],
            to: [left + to_x, top + to_x - shift],
            stroke,
        });
    }
}

/// Some steps lighter on dark ground, some darker on light ground, so that the color is still read.
fn hatch_paint(paint: Paint) -> Paint {
    const STEPS: u8 = 14;
    match paint {
        Paint::Sequential(step) if step >= 2 * STEPS => Paint::Sequential(step - STEPS),
        Paint::Sequential(step) => Paint::Sequential(step + STEPS),
        Paint::Diverging(step) => {
            let outward = if step < 0 { -1 } else { 1 };
            let far = step.unsigned_abs() >= 12;
            Paint::Diverging(step + if far { -6 * outward } else { 6 * outward })
        }
        _ => Hue::Faint.into(),
    }
}

/// Draws the scale as a band of steps with its ends and unit.
fn draw_legend(figure: &mut Figure, ramp: &Ramp, rows: &[HeatRow], y: f32) {
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
    let mut x = LEFT + WIDTH + 8.0;
    let say = |figure: &mut Figure, x: &mut f32, text: &str| {
        figure.push(Mark::text(
            [*x, y + 4.0],
            Anchor::Start,
            text,
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
        *x += text_width(text, TextSize::Caption, false) + 20.0;
    };
    say(figure, &mut x, &end);
    let marked = |c: &HeatCell| matches!(c, HeatCell::Value { marked: true, .. });
    if rows.iter().any(|r| r.cells.iter().any(marked)) {
        say(figure, &mut x, "★ best of its column");
    }
    if rows.iter().any(|r| r.reference) {
        let paint = ramp.paint(f64::midpoint(low, high));
        figure.push(Mark::rect([x, y - 6.0], [22.0, 12.0], paint));
        draw_hatch(figure, [x, y - 6.0], [22.0, 12.0], paint);
        x += 28.0;
        say(figure, &mut x, "reference, not measured here");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::chart::tests::{check_apart, texts};

    fn rates() -> Ramp {
        Ramp::Sequential {
            low: 0.4,
            high: 1.0,
            decimals: 3,
            unit: "correct rate".to_owned(),
        }
    }

    fn value(value: f64, marked: bool) -> HeatCell {
        HeatCell::Value {
            value,
            note: "± .021".to_owned(),
            marked,
        }
    }

    fn row(name: &str, detail: &str, reference: bool) -> HeatRow {
        HeatRow {
            name: name.to_owned(),
            detail: detail.to_owned(),
            reference,
            bold: !reference,
            mean: Some(0.8),
            cells: vec![value(0.9, !reference), HeatCell::Missing],
        }
    }

    fn columns() -> Vec<HeatColumn> {
        Nation::FIVE
            .iter()
            .map(|&nation| HeatColumn {
                n_items: Some(5240),
                ..nation.into()
            })
            .collect()
    }

    #[test]
    fn missing_cells_say_so_and_marked_ones_have_a_star() {
        let rows = [row("A model", "", false)];
        let figure = heatmap(FigureText::default(), &rows, &columns(), &rates());
        let texts = texts(&figure);
        let n = |text: &str| texts.iter().filter(|t| t.as_str() == text).count();
        assert_eq!(n("missing"), 4);
        assert_eq!(
            (n(".900 ★"), n("± .021"), n("n 5,240"), n("mean")),
            (1, 1, 5, 1)
        );
        assert_eq!(n("reference, not measured here"), 0);
        assert!(figure.description.contains("A model: CN .900, US missing"));
    }

    #[test]
    fn only_reference_rows_are_hatched() {
        let n_lines = |reference: bool| {
            let rows = [row("A model", "", reference)];
            let figure = heatmap(FigureText::default(), &rows, &columns(), &rates());
            let is_line = |m: &&Mark| matches!(m, Mark::Line { .. });
            figure.marks.iter().filter(is_line).count()
        };
        assert_eq!(n_lines(false), 0);
        assert!(n_lines(true) > 10);
    }

    #[test]
    fn hatching_stays_in_its_cell() {
        let mut figure = Figure::default();
        draw_hatch(
            &mut figure,
            [10.0, 20.0],
            [60.0, 30.0],
            Paint::Sequential(9),
        );
        assert!(figure.marks.len() > 8);
        for mark in &figure.marks {
            let Mark::Line { from, to, .. } = mark else {
                panic!("{mark:?}");
            };
            for [x, y] in [from, to] {
                assert!(
                    (9.9..=70.1).contains(x) && (19.9..=50.1).contains(y),
                    "{x} {y}"
                );
            }
        }
    }

    #[test]
    fn every_hatching_differs_from_its_ground() {
        for step in 0..=64 {
            let ground = Paint::Sequential(step);
            assert_ne!(hatch_paint(ground), ground);
        }
        for step in -24..=24 {
            let ground = Paint::Diverging(step);
            assert_ne!(hatch_paint(ground), ground);
        }
    }

    #[test]
    fn long_names_take_two_lines_and_nothing_overlaps() {
        let rows = [
            row(
                "Llama 3.1 70B instruct, aligned on reduced statements of five nations and more",
                "trained here, three seeds",
                false,
            ),
            row(
                "GPT-4 · MC-choice",
                "reference, paper: method unknown",
                true,
            ),
            row(
                "一个名字很长的中文模型，训练于五个国家的官方声明和引述声明之上，三个随机种子",
                "",
                false,
            ),
        ];
        let figure = heatmap(FigureText::default(), &rows, &columns(), &rates());
        let texts = texts(&figure);
        assert!(texts.iter().any(|t| t == "Llama 3.1 70B instruct,"));
        assert!(texts.iter().any(|t| t == "trained here, three seeds"));
        assert!(texts.iter().any(|t| t.ends_with('…')));
        check_apart(&figure);
    }
}
