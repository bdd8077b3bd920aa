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
}
