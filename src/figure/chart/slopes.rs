//! Before and after alignment: one line per nation with the rates of the ablation's variants.

use super::parts::rule;
use super::{FIGURE_WIDTH, FigureText};
use crate::domain::alignment::Variant;
use crate::domain::corpus::Nation;
use crate::figure::mark::{fit_text, text_width};
use crate::figure::palette::shape_of;
use crate::figure::scale::{Linear, count_text, p_text, rate_text, real_text};
use crate::figure::{Anchor, Figure, Hue, Mark, Paint, Shape, Stroke, TextSize};

/// A rate with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlopeRate {
    /// The rate, `0.0..=1.0`.
    pub rate_share: f64,
    /// Ends of its interval, if known.
    pub interval: Option<(f64, f64)>,
}

/// A nation's line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlopeRow {
    /// The nation; `None` for all together.
    pub nation: Option<Nation>,
    /// Held-out items.
    pub n_items: usize,
    /// Rates in the order of [`Variant::ALL`]: A0, A1, A2, A3.
    pub rates: [Option<SlopeRate>; 4],
    /// A2 − A1, as a share.
    pub difference: Option<f64>,
    /// Its p-value.
    pub p_value: Option<f64>,
}

const HEAD: f32 = 26.0;
const ROW: f32 = 46.0;
const FOOT: f32 = 66.0;
const LEFT: f32 = 132.0;
const RIGHT: f32 = FIGURE_WIDTH - 150.0;
/// Right end of the differences.
const DIFFERENCES: f32 = FIGURE_WIDTH - 64.0;
const N_TICKS: usize = 6;

/// Draws one line per nation: rates before (ring) and after (dot) joined by a thick line, the other
/// variants beside them, whiskers for intervals, and the difference in points with its p-value.
pub fn alignment_slopes(words: FigureText, rows: &[SlopeRow]) -> Figure {
    let n_rows = rows.len() as f32;
    let bottom = HEAD + ROW * n_rows;
    let mut figure = words.begin(bottom + FOOT, description(rows));
    let scale = scale_of(rows);
    for (x, text) in [(DIFFERENCES, "A2 − A1, points"), (FIGURE_WIDTH, "p")] {
        figure.push(Mark::text(
            [x, 14.0],
            Anchor::End,
            text,
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
    }
    let decimals = scale.tick_decimals(N_TICKS).max(2);
    for tick in scale.ticks(N_TICKS) {
        let x = scale.place(tick);
        figure.push(Mark::Line {
            from: [x, HEAD],
            to: [x, bottom + 4.0],
            stroke: Stroke::new(Hue::Hairline.into(), 1.0),
        });
        figure.push(Mark::text(
            [x, bottom + 18.0],
            Anchor::Middle,
            rate_text(tick, decimals),
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
    }
    for (i, row) in rows.iter().enumerate() {
        let top = HEAD + ROW * i as f32;
        // All nations together stand below a line, as a sum does.
        if row.nation.is_none() && i > 0 {
            rule(&mut figure, top, 0.0, FIGURE_WIDTH);
        }
        draw_row(&mut figure, row, top + ROW / 2.0, &scale);
    }
    draw_legend(&mut figure, rows, bottom + 46.0);
    figure
}

/// Fits the axis to every rate and interval, with round ends inside 0 to 1.
fn scale_of(rows: &[SlopeRow]) -> Linear {
    let ends = rows
        .iter()
        .flat_map(|r| r.rates.iter().flatten())
        .flat_map(|r| {
            let (low, high) = r.interval.unwrap_or((r.rate_share, r.rate_share));
            [low, high, r.rate_share]
        })
        .filter(|v| v.is_finite());
    let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    if low > high {
        return Linear::new(0.0, 1.0, LEFT, RIGHT);
    }
    // A narrower stretch would make noise look like a gap.
    let spread = (high - low).max(0.05);
    let middle = f64::midpoint(low, high);
    let nice = Linear::new(middle - spread / 2.0, middle + spread / 2.0, LEFT, RIGHT).nice(N_TICKS);
    Linear::new(nice.from.max(0.0), nice.to.min(1.0), LEFT, RIGHT)
}

/// Says the rates in words, for who cannot see the picture.
fn description(rows: &[SlopeRow]) -> String {
    let row = |row: &SlopeRow| {
        let rates: Vec<String> = Variant::ALL
            .iter()
            .zip(&row.rates)
            .map(|(variant, rate)| match rate {
                Some(rate) => format!("{} {}", variant.name(), rate_text(rate.rate_share, 3)),
                None => format!("{} missing", variant.name()),
            })
            .collect();
        format!("{}: {}", name_of(row), rates.join(", "))
    };
    let all: Vec<String> = rows.iter().map(row).collect();
    format!("Rates before and after alignment. {}.", all.join("; "))
}

fn name_of(row: &SlopeRow) -> &str {
    row.nation.as_ref().map_or("All", |n| n.code())
}

fn draw_row(figure: &mut Figure, row: &SlopeRow, y: f32, scale: &Linear) {
    let hue = row.nation.map_or(Hue::Ink, Hue::Nation);
    if let Some(nation) = row.nation {
        figure.push(Mark::Symbol {
            shape: shape_of(nation),
            at: [6.0, y],
            radius: 5.0,
            fill: Some(hue.into()),
            stroke: None,
        });
    }
    figure.push(Mark::bold(
        [18.0, y + 4.5],
        Anchor::Start,
        name_of(row),
        TextSize::Body,
        Hue::Ink.into(),
    ));
    figure.push(Mark::text(
        [LEFT - 22.0, y + 4.0],
        Anchor::End,
        format!("n {}", count_text(row.n_items as u64)),
        TextSize::Caption,
        Hue::Secondary.into(),
    ));
    rule(figure, y, LEFT, RIGHT);
    let [unreduced, before, after, on_unreduced] =
        row.rates.map(|r| r.filter(|r| r.rate_share.is_finite()));
    if let (Some(before), Some(after)) = (before, after) {
        figure.push(Mark::Line {
            from: [scale.place(before.rate_share), y],
            to: [scale.place(after.rate_share), y],
            stroke: Stroke::new(hue.into(), 4.0),
        });
    }
    // Whiskers stand above the line for what was before and below it for what came after, each at a
    // height of its own, so that none hides another.
    draw_whisker(figure, unreduced, y - 14.0, scale, Hue::Faint);
    draw_whisker(figure, before, y - 9.0, scale, Hue::Secondary);
    draw_whisker(figure, on_unreduced, y + 14.0, scale, Hue::Faint);
    draw_whisker(figure, after, y + 9.0, scale, hue);
    for (variant, rate) in [
        (Variant::NoCr, unreduced),
        (Variant::DpoOnly, on_unreduced),
        (Variant::Cr, before),
        (Variant::CrDpo, after),
    ] {
        if let Some(rate) = rate {
            draw_sign(figure, variant, [scale.place(rate.rate_share), y], hue);
        }
    }
    if before.is_none() && after.is_none() {
        figure.push(Mark::Text {
            at: [f32::midpoint(LEFT, RIGHT), y + 4.0],
            anchor: Anchor::Middle,
            text: "missing".to_owned(),
            size: TextSize::Caption,
            bold: false,
            fill: Hue::Faint.into(),
            halo: true,
        });
    }
    draw_difference(figure, row, y);
}

fn draw_difference(figure: &mut Figure, row: &SlopeRow, y: f32) {
    let text = match row.difference.filter(|d| d.is_finite()) {
        // "+0.0" would claim a direction.
        Some(d) if (d * 100.0) >= 0.05 => format!("+{}", real_text(d * 100.0, 1)),
        Some(d) => real_text(d * 100.0, 1),
        None => "–".to_owned(),
    };
    figure.push(Mark::bold(
        [DIFFERENCES, y + 4.5],
        Anchor::End,
        text,
        TextSize::Body,
        Hue::Ink.into(),
    ));
    if let Some(p) = row.p_value.filter(|p| p.is_finite()) {
        figure.push(Mark::text(
            [FIGURE_WIDTH, y + 4.5],
            Anchor::End,
            p_text(p),
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
    }
}

/// Draws an interval as a thin line with feet.
fn draw_whisker(figure: &mut Figure, rate: Option<SlopeRate>, y: f32, scale: &Linear, hue: Hue) {
    let Some((low, high)) = rate.and_then(|r| r.interval) else {
        return;
    };
    if !(low.is_finite() && high.is_finite()) {
        return;
    }
    let stroke = Stroke::new(hue.into(), 1.0);
    let [from, to] = [low, high].map(|v| scale.place(v).clamp(LEFT, RIGHT));
    figure.push(Mark::Line {
        from: [from, y],
        to: [to, y],
        stroke,
    });
    for x in [from, to] {
        figure.push(Mark::Line {
            from: [x, y - 2.0],
            to: [x, y + 2.0],
            stroke,
        });
    }
}

/// Draws a variant's sign: dashed ring, ring, gray dot, dot in the nation's color.
fn draw_sign(figure: &mut Figure, variant: Variant, at: [f32; 2], hue: Hue) {
    let ring = |hue: Hue, width: f32, dashed: bool| Stroke {
        paint: hue.into(),
        width,
        dashed,
    };
    let ground: Paint = Hue::Ground.into();
    let (radius, fill, stroke) = match variant {
        Variant::NoCr => (4.5, ground, ring(Hue::Secondary, 1.0, true)),
        Variant::Cr => (5.0, ground, ring(Hue::Ink, 1.6, false)),
        Variant::DpoOnly => (4.5, Hue::Faint.into(), ring(Hue::Ground, 1.0, false)),
        Variant::CrDpo => (6.0, hue.into(), ring(Hue::Ground, 1.0, false)),
    };
    figure.push(Mark::Symbol {
        shape: Shape::Circle,
        at,
        radius,
        fill: Some(fill),
        stroke: Some(stroke),
    });
}

/// Explains the signs of the variants that are there.
fn draw_legend(figure: &mut Figure, rows: &[SlopeRow], y: f32) {
    let mut x = LEFT;
    for (variant, place) in [
        (Variant::NoCr, 0),
        (Variant::Cr, 1),
        (Variant::DpoOnly, 3),
        (Variant::CrDpo, 2),
    ] {
        let is_there = |r: &SlopeRow| r.rates.get(place).is_some_and(Option::is_some);
        if !rows.iter().any(is_there) {
            continue;
        }
        let other = if variant == Variant::NoCr {
            " (other items)"
        } else {
            ""
        };
        let text = format!("{} {}{other}", variant.name(), variant.words());
        let text = fit_text(&text, TextSize::Caption, false, FIGURE_WIDTH - x - 12.0);
        draw_sign(figure, variant, [x, y - 4.0], Hue::Ink);
        figure.push(Mark::text(
            [x + 12.0, y],
            Anchor::Start,
            text.clone(),
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
        x += 12.0 + text_width(&text, TextSize::Caption, false) + 22.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::chart::tests::{check_apart, check_inside, texts};

    #[expect(clippy::unnecessary_wraps, reason = "a row's rates may be missing")]
    fn rate(rate_share: f64) -> Option<SlopeRate> {
        Some(SlopeRate {
            rate_share,
            interval: Some((rate_share - 0.02, rate_share + 0.02)),
        })
    }

    fn rows() -> Vec<SlopeRow> {
        vec![
            SlopeRow {
                nation: Some(Nation::FIVE[0]),
                n_items: 1048,
                rates: [rate(0.49), rate(0.523), rate(0.618), rate(0.6)],
                difference: Some(0.095),
                p_value: Some(0.0002),
            },
            SlopeRow {
                nation: Some(Nation::FIVE[4]),
                n_items: 63,
                rates: [None, rate(0.488), rate(0.486), None],
                difference: Some(-0.002),
                p_value: Some(0.74),
            },
            SlopeRow {
                n_items: 1111,
                ..SlopeRow::default()
            },
        ]
    }

    #[test]
    fn differences_have_signs_and_points() {
        let figure = alignment_slopes(FigureText::default(), &rows());
        let texts = texts(&figure);
        for want in [
            "CN", "DE", "All", "+9.5", "−0.2", "–", "<.001", ".74", "n 1,048", "missing",
        ] {
            assert!(texts.iter().any(|t| t == want), "{want} in {texts:?}");
        }
        assert!(figure.description.contains("DE: A0 missing, A1 .488"));
        let mut none = rows();
        none[0].difference = Some(0.000_2);
        let figure = alignment_slopes(FigureText::default(), &none);
        assert!(self::texts(&figure).iter().any(|t| t == "0.0"));
    }

    #[test]
    fn after_is_filled_and_before_is_a_ring() {
        let one = &rows()[..1];
        let figure = alignment_slopes(FigureText::default(), one);
        let circles: Vec<(f32, Option<Paint>)> = figure
            .marks
            .iter()
            .filter_map(|m| match m {
                Mark::Symbol {
                    at: [x, y],
                    fill,
                    radius,
                    ..
                } if *y < HEAD + ROW && *radius > 4.0 && *x > LEFT => Some((*x, *fill)),
                _ => None,
            })
            .collect();
        assert_eq!(circles.len(), 4);
        let nation: Paint = Hue::Nation(Nation::FIVE[0]).into();
        let rightmost = circles.iter().max_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(rightmost.and_then(|c| c.1), Some(nation));
        let n_rings = circles
            .iter()
            .filter(|c| c.1 == Some(Hue::Ground.into()))
            .count();
        assert_eq!(n_rings, 2);
        let thick = figure.marks.iter().any(|m| matches!(m, Mark::Line { from, to, stroke } if stroke.width > 3.0 && from[0] < to[0] && stroke.paint == nation));
        assert!(thick);
    }

    #[test]
    fn nothing_overlaps_or_leaves_the_figure() {
        for n in 0..=3 {
            let figure = alignment_slopes(FigureText::default(), &rows()[..n]);
            check_inside(&figure);
            check_apart(&figure);
        }
        let mut wild = rows();
        wild[0].rates[2] = rate(f64::NAN);
        wild[1].rates[1] = rate(0.999);
        wild[2].rates[0] = rate(0.0);
        check_inside(&alignment_slopes(FigureText::default(), &wild));
    }
}
