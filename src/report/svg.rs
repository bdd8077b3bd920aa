//! Figures as SVG with real text: a file of its own, or a drawing inside a page.

use std::collections::BTreeSet;

use super::escape::{escape, lang_attribute};
use super::style::{drawing_css, paint_css, paints_of};
use crate::figure::mark::{Point, wrap_text};
use crate::figure::{Anchor, Appearance, Figure, Hue, Mark, Paint, Shape, Stroke, TextSize};

/// Margin of a file about its drawing, in points.
const MARGIN: f32 = 24.0;
/// Height of a line of caption, in points.
const LINE: f32 = 16.0;

/// Writes a figure as an SVG file with title, caption and provenance.
///
/// Colors are those for light; where the viewer prefers dark and knows style sheets, those for dark.
pub fn standalone_svg(figure: &Figure) -> String {
    let room = figure.width.max(200.0);
    let captions = wrap_text(&figure.caption, TextSize::Caption, room);
    let sources = wrap_text(&figure.provenance.line(), TextSize::Caption, room);
    let has_title = !figure.title.is_empty();
    let head = if has_title { 26.0 } else { 0.0 }
        + LINE * captions.len() as f32
        + if captions.is_empty() { 0.0 } else { 8.0 };
    let foot = if sources.is_empty() {
        0.0
    } else {
        8.0 + LINE * sources.len() as f32
    };
    let (width, height) = (
        room + 2.0 * MARGIN,
        figure.height + head + foot + 2.0 * MARGIN,
    );

    let mut paints = BTreeSet::from([Hue::Ground, Hue::Ink, Hue::Secondary].map(Paint::Solid));
    paints_of(figure, &mut paints);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    put_line!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\" aria-labelledby=\"title desc\">",
        w = short(width),
        h = short(height)
    );
    put_line!(
        out,
        "<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>",
        escape(&figure.title),
        escape(&figure.description)
    );
    put_line!(
        out,
        "<style>\n{}{}</style>",
        paint_css(&paints),
        drawing_css()
    );
    let ground = Mark::rect([0.0, 0.0], [width, height], Hue::Ground.into());
    write_mark(&mut out, &ground);
    let mut y = MARGIN;
    if has_title {
        write_mark(
            &mut out,
            &Mark::bold(
                [MARGIN, y + 14.0],
                Anchor::Start,
                figure.title.clone(),
                TextSize::Title,
                Hue::Ink.into(),
            ),
        );
        y += 26.0;
    }
    for line in captions {
        write_mark(
            &mut out,
            &Mark::text(
                [MARGIN, y + 11.0],
                Anchor::Start,
                line,
                TextSize::Caption,
                Hue::Secondary.into(),
            ),
        );
        y += LINE;
    }
    put_line!(
        out,
        "<g transform=\"translate({} {})\">",
        short(MARGIN),
        short(MARGIN + head)
    );
    for mark in &figure.marks {
        write_mark(&mut out, mark);
    }
    out.push_str("</g>\n");
    let mut y = MARGIN + head + figure.height + 8.0;
    for line in sources {
        write_mark(
            &mut out,
            &Mark::text(
                [MARGIN, y + 11.0],
                Anchor::Start,
                line,
                TextSize::Caption,
                Hue::Secondary.into(),
            ),
        );
        y += LINE;
    }
    out.push_str("</svg>\n");
    out
}

/// Writes the drawing alone, for a page that has the style sheet; `number` makes its ids its own.
pub(super) fn inline_svg(figure: &Figure, number: usize) -> String {
    let mut out = String::new();
    put_line!(
        out,
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"f{number}t f{number}d\">",
        short(figure.width),
        short(figure.height)
    );
    put_line!(
        out,
        "<title id=\"f{number}t\">{}</title><desc id=\"f{number}d\">{}</desc>",
        escape(&figure.title),
        escape(&figure.description)
    );
    for mark in &figure.marks {
        write_mark(&mut out, mark);
    }
    out.push_str("</svg>\n");
    out
}

fn write_mark(out: &mut String, mark: &Mark) {
    match mark {
        Mark::Rect {
            at: [x, y],
            size: [width, height],
            fill,
            stroke,
            hint,
        } => {
            put!(
                out,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}",
                short(*x),
                short(*y),
                short(width.max(0.0)),
                short(height.max(0.0)),
                paint_attributes(*fill, *stroke)
            );
            if hint.is_empty() {
                out.push_str("/>\n");
            } else {
                put_line!(out, "><title>{}</title></rect>", escape(hint));
            }
        }
        Mark::Line {
            from: [x, y],
            to: [u, v],
            stroke,
        } => {
            put_line!(
                out,
                "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"{}/>",
                short(*x),
                short(*y),
                short(*u),
                short(*v),
                paint_attributes(None, Some(*stroke))
            );
        }
        Mark::Polyline { points, stroke } => {
            put_line!(
                out,
                "<polyline points=\"{}\" stroke-linejoin=\"round\"{}/>",
                point_list(points),
                paint_attributes(None, Some(*stroke))
            );
        }
        Mark::Area {
            points,
            fill,
            opacity,
            stroke,
        } => {
            put_line!(
                out,
                "<polygon points=\"{}\" fill-opacity=\"{}\"{}/>",
                point_list(points),
                short(*opacity),
                paint_attributes(Some(*fill), *stroke)
            );
        }
        Mark::Dots {
            centers,
            radius,
            fill,
            opacity,
        } => write_dots(out, centers, *radius, *fill, *opacity),
        Mark::Symbol {
            shape,
            at,
            radius,
            fill,
            stroke,
        } => {
            let paint = paint_attributes(*fill, *stroke);
            if *shape == Shape::Circle {
                let [x, y] = *at;
                put_line!(
                    out,
                    "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{paint}/>",
                    short(x),
                    short(y),
                    short(*radius)
                );
            } else {
                put_line!(
                    out,
                    "<polygon points=\"{}\"{paint}/>",
                    point_list(&shape.corners(*at, *radius))
                );
            }
        }
        Mark::Text {
            at: [x, y],
            anchor,
            text,
            size,
            bold,
            fill,
            halo,
        } => {
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            let weight = if *bold { " font-weight=\"600\"" } else { "" };
            let name = fill.name();
            let light = fill.rgb(Appearance::Light).hex();
            let (classes, rim) = if *halo {
                let ground = Hue::Ground.rgb(Appearance::Light).hex();
                (
                    format!("f-{name} s-ground halo"),
                    format!(" stroke=\"{ground}\""),
                )
            } else {
                (format!("f-{name}"), String::new())
            };
            put_line!(
                out,
                "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{weight}{anchor} class=\"{classes}\" fill=\"{light}\"{rim}{}>{}</text>",
                short(*x),
                short(*y),
                short(size.points()),
                lang_attribute(text),
                escape(text)
            );
        }
    }
}

/// Writes all dots of a class as one path: each a line of no length with round ends.
fn write_dots(out: &mut String, centers: &[Point], radius: f32, fill: Paint, opacity: f32) {
    let mut path = String::with_capacity(centers.len() * 12);
    for [x, y] in centers {
        put!(path, "M{} {}h0", short(*x), short(*y));
    }
    let name = fill.name();
    put_line!(
        out,
        "<path d=\"{path}\" fill=\"none\" stroke-linecap=\"round\" stroke-width=\"{}\" stroke-opacity=\"{}\" class=\"s-{name}\" stroke=\"{}\"/>",
        short(radius * 2.0),
        short(opacity),
        fill.rgb(Appearance::Light).hex()
    );
}

/// Writes fill and stroke twice: as classes for light and dark, and as plain attributes for programs
/// that know no style sheets.
fn paint_attributes(fill: Option<Paint>, stroke: Option<Stroke>) -> String {
    let mut classes = Vec::new();
    let mut out = String::new();
    match fill {
        Some(paint) => {
            classes.push(format!("f-{}", paint.name()));
            put!(out, " fill=\"{}\"", paint.rgb(Appearance::Light).hex());
        }
        None => out.push_str(" fill=\"none\""),
    }
    if let Some(stroke) = stroke {
        classes.push(format!("s-{}", stroke.paint.name()));
        put!(
            out,
            " stroke=\"{}\" stroke-width=\"{}\"",
            stroke.paint.rgb(Appearance::Light).hex(),
            short(stroke.width)
        );
        if stroke.dashed {
            put!(
                out,
                " stroke-dasharray=\"{w} {w}\"",
                w = short(stroke.width * 3.0)
            );
        }
    }
    if !classes.is_empty() {
        put!(out, " class=\"{}\"", classes.join(" "));
    }
    out
}

fn point_list(points: &[Point]) -> String {
    points
        .iter()
        .map(|[x, y]| format!("{},{}", short(*x), short(*y)))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Writes a number with two decimals at most and no zeros behind; a number that is none becomes 0.
fn short(value: f32) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::seed::Seed;
    use crate::domain::alignment::TrainingStep;
    use crate::domain::corpus::Nation;
    use crate::figure::Provenance;
    use crate::figure::chart::{
        FigureText, HeatCell, HeatColumn, HeatRow, Ramp, SlopeRate, SlopeRow, alignment_slopes,
        heatmap, reward_curves, training_curves,
    };

    fn sample() -> Figure {
        Figure {
            title: "<script>alert(1)</script>".to_owned(),
            caption: "How to read it & more".to_owned(),
            description: "A \"described\" thing".to_owned(),
            width: 100.0,
            height: 50.0,
            marks: vec![
                Mark::text(
                    [1.0, 2.0],
                    Anchor::Middle,
                    "</text><script>",
                    TextSize::Body,
                    Hue::Ink.into(),
                ),
                Mark::Dots {
                    centers: vec![[1.0, 2.25], [f32::NAN, 3.0]],
                    radius: 1.0,
                    fill: Hue::Noise.into(),
                    opacity: 0.5,
                },
                Mark::Rect {
                    at: [0.0, 0.0],
                    size: [-1.0, 2.0],
                    fill: None,
                    stroke: None,
                    hint: "a<b".to_owned(),
                },
            ],
            ..Figure::default()
        }
    }

    #[test]
    fn everything_is_escaped() {
        let svg = standalone_svg(&sample());
        assert!(!svg.contains("<script>") && svg.contains("&lt;/text&gt;&lt;script&gt;"));
        assert!(svg.contains("<title>a&lt;b</title>") && svg.contains("width=\"0\""));
    }

    #[test]
    fn tags_are_balanced() {
        let svg = standalone_svg(&sample());
        let n_open =
            svg.matches('<').count() - svg.matches("</").count() - svg.matches("<?").count();
        let n_alone = svg.matches("/>").count();
        assert_eq!(n_open, svg.matches("</").count() + n_alone);
    }

    #[test]
    fn dots_are_one_path() {
        let svg = inline_svg(&sample(), 3);
        assert!(svg.contains("M1 2.25h0M0 3h0") && svg.contains("aria-labelledby=\"f3t f3d\""));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [short(1.0), short(0.126), short(-0.001), short(10.0)],
            ["1", "0.13", "0", "10"]
        );
    }

    /// Writes charts to be looked at into the folder that `MERIDIAN_SHOTS` names; else only draws them.
    #[test]
    fn charts_can_be_looked_at() {
        for (name, figure) in shots() {
            let svg = standalone_svg(&figure);
            assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"));
            if let Some(folder) = std::env::var_os("MERIDIAN_SHOTS") {
                let path = std::path::Path::new(&folder).join(format!("{name}.svg"));
                assert!(std::fs::write(&path, svg).is_ok(), "{}", path.display());
            }
        }
    }

    /// Invented numbers in the shapes that results and alignment have.
    fn shots() -> Vec<(&'static str, Figure)> {
        let words = |title: &str, caption: &str| FigureText {
            title: title.to_owned(),
            caption: caption.to_owned(),
            provenance: Provenance {
                n: "n = 6,849 triples, invented numbers".to_owned(),
                seed: Some(42),
                ..Provenance::default()
            },
        };
        let columns: Vec<HeatColumn> = Nation::FIVE
            .iter()
            .zip([5240, 378, 521, 394, 316])
            .map(|(&nation, n)| HeatColumn {
                n_items: Some(n),
                ..nation.into()
            })
            .collect();
        let row = |name: &str, detail: &str, rates: [f64; 5], best: Option<usize>| HeatRow {
            name: name.to_owned(),
            detail: detail.to_owned(),
            reference: detail.starts_with("reference"),
            bold: name.ends_with("DPO"),
            mean: rates
                .iter()
                .all(|r| r.is_finite())
                .then(|| rates.iter().sum::<f64>() / 5.0),
            cells: rates
                .iter()
                .enumerate()
                .map(|(k, &value)| HeatCell::Value {
                    value,
                    note: if detail.starts_with("reference") {
                        ""
                    } else {
                        "± .022"
                    }
                    .to_owned(),
                    marked: best == Some(k),
                })
                .collect(),
        };
        let rows = [
            row(
                "Llama 3.1 8B · base",
                "",
                [0.527, 0.514, 0.524, 0.518, 0.442],
                None,
            ),
            row(
                "Llama 3.1 8B · base + DPO",
                "",
                [0.555, 0.544, 0.547, 0.556, 0.496],
                None,
            ),
            row(
                "Llama 3.1 8B · instruct",
                "three wordings",
                [0.871, 0.941, 0.890, 0.887, 0.815],
                Some(1),
            ),
            row(
                "Mixtral 8×7B, quantized to four bits and served elsewhere",
                "via a server with echoed log-probabilities",
                [0.869, 0.832, 0.847, f64::NAN, 0.784],
                None,
            ),
            row(
                "GPT-4 · MC-choice",
                "reference, paper: method unknown",
                [0.927, 0.904, 0.904, 0.880, 0.887],
                None,
            ),
            row(
                "Llama3.1-8b base",
                "reference, paper",
                [0.523, 0.510, 0.510, 0.513, 0.488],
                None,
            ),
        ];
        let ramp = Ramp::Sequential {
            low: 0.4,
            high: 1.0,
            decimals: 3,
            unit: "correct rate".to_owned(),
        };
        let heat = heatmap(
            words(
                "Agreement with each nation's statements",
                "MC by perplexity, official statements; ± half the 95 % interval.",
            ),
            &rows,
            &columns,
            &ramp,
        );
        let rate = |rate_share: f64, half: f64| {
            Some(SlopeRate {
                rate_share,
                interval: Some((rate_share - half, rate_share + half)),
            })
        };
        let slope = |nation: Option<Nation>, n: usize, r: [f64; 4], p: f64| SlopeRow {
            nation,
            n_items: n,
            rates: [
                rate(r[0], 0.013),
                rate(r[1], 0.015),
                rate(r[2], 0.014),
                rate(r[3], 0.016),
            ],
            difference: Some(r[2] - r[1]),
            p_value: Some(p),
        };
        let [cn, us, uk, fr, de] = Nation::FIVE;
        let slopes = alignment_slopes(
            words(
                "Before and after alignment",
                "Llama 3.1 8B base, official, MC, held-out 20 %, paired.",
            ),
            &[
                slope(Some(cn), 1048, [0.490, 0.523, 0.618, 0.601], 0.0001),
                slope(Some(us), 76, [0.495, 0.510, 0.525, 0.521], 0.21),
                slope(Some(uk), 104, [0.490, 0.510, 0.553, 0.549], 0.004),
                slope(Some(fr), 79, [0.495, 0.513, 0.563, 0.540], 0.008),
                slope(Some(de), 63, [0.465, 0.488, 0.511, 0.509], 0.043),
                slope(None, 1370, [0.487, 0.509, 0.554, 0.544], 0.0001),
            ],
        );
        let mut random = Seed(3).stream("shots");
        let steps: Vec<TrainingStep> = (1..=354)
            .map(|step| {
                let grown = 1.0 - (-f64::from(step) / 90.0).exp();
                TrainingStep {
                    step,
                    reward_chosen: 0.12 * grown + 0.04 * random.next_normal(),
                    reward_rejected: -0.62 * grown + 0.05 * random.next_normal(),
                    ..TrainingStep::default()
                }
            })
            .collect();
        let curves = training_curves(
            words(
                "Rewards while training",
                "β · (ln π − ln π_ref), mean of each step's pairs.",
            ),
            &reward_curves(&steps),
            "reward",
        );
        vec![("heatmap", heat), ("slopes", slopes), ("curves", curves)]
    }
}
