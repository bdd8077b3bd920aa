//! The marks a figure is made of.

use super::palette::Paint;
use crate::base::language::is_han;

/// A point in the figure, in points, y down.
pub type Point = [f32; 2];

/// A second sign beside color, one per nation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// China, and what has no shape of its own.
    Circle,
    /// United States.
    Square,
    /// United Kingdom.
    TriangleUp,
    /// France.
    Diamond,
    /// Germany.
    TriangleDown,
}

impl Shape {
    /// Returns the corners about a center; a circle has none.
    pub fn corners(self, [x, y]: Point, radius: f32) -> Vec<Point> {
        // Areas are made about equal to the circle's, so that no nation looks larger.
        match self {
            Self::Circle => Vec::new(),
            Self::Square => {
                let r = radius * 0.9;
                vec![
                    [x - r, y - r],
                    [x + r, y - r],
                    [x + r, y + r],
                    [x - r, y + r],
                ]
            }
            Self::TriangleUp => {
                let (w, h) = (radius * 1.2, radius);
                vec![[x - w, y + h], [x, y - h], [x + w, y + h]]
            }
            Self::TriangleDown => {
                let (w, h) = (radius * 1.2, radius);
                vec![[x - w, y - h], [x, y + h], [x + w, y - h]]
            }
            Self::Diamond => {
                let r = radius * 1.25;
                vec![[x - r, y], [x, y - r], [x + r, y], [x, y + r]]
            }
        }
    }
}

/// A line's color and width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Color.
    pub paint: Paint,
    /// Width in points.
    pub width: f32,
    /// Broken line.
    pub dashed: bool,
}

impl Stroke {
    /// Makes an unbroken line.
    pub fn new(paint: Paint, width: f32) -> Self {
        Self {
            paint,
            width,
            dashed: false,
        }
    }
}

/// Where a text stands about its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Begins there.
    Start,
    /// Is centered there.
    Middle,
    /// Ends there.
    End,
}

/// The three sizes of text, as on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextSize {
    /// 11 points.
    Caption,
    /// 13 points.
    Body,
    /// 17 points.
    Title,
    /// 24 points: the one number that matters.
    Figure,
}

impl TextSize {
    /// Returns the height in points.
    pub fn points(self) -> f32 {
        match self {
            Self::Caption => 11.0,
            Self::Body => 13.0,
            Self::Title => 17.0,
            Self::Figure => 24.0,
        }
    }
}

/// A thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// An upright rectangle.
    Rect {
        /// Left upper corner.
        at: Point,
        /// Width and height.
        size: [f32; 2],
        /// Color inside, if any.
        fill: Option<Paint>,
        /// Outline, if any.
        stroke: Option<Stroke>,
        /// What a pointer resting on it is told, may be empty.
        hint: String,
    },
    /// A straight line.
    Line {
        /// One end.
        from: Point,
        /// The other end.
        to: Point,
        /// Its line.
        stroke: Stroke,
    },
    /// A line through points.
    Polyline {
        /// The points.
        points: Vec<Point>,
        /// Its line.
        stroke: Stroke,
    },
    /// A closed area through points, such as a hull.
    Area {
        /// The points.
        points: Vec<Point>,
        /// Color inside.
        fill: Paint,
        /// `0.0..=1.0`.
        opacity: f32,
        /// Outline, if any.
        stroke: Option<Stroke>,
    },
    /// Many small dots of one class, drawn as one path.
    Dots {
        /// Centers.
        centers: Vec<Point>,
        /// Radius in points.
        radius: f32,
        /// Color.
        fill: Paint,
        /// `0.0..=1.0`.
        opacity: f32,
    },
    /// A shape.
    Symbol {
        /// Which.
        shape: Shape,
        /// Center.
        at: Point,
        /// Radius in points.
        radius: f32,
        /// Color inside, if any.
        fill: Option<Paint>,
        /// Outline, if any.
        stroke: Option<Stroke>,
    },
    /// A line of text.
    Text {
        /// A point on its baseline.
        at: Point,
        /// Where it stands about the point.
        anchor: Anchor,
        /// The text.
        text: String,
        /// Its size.
        size: TextSize,
        /// Heavier letters.
        bold: bool,
        /// Color.
        fill: Paint,
        /// A rim in the color of the ground, so that it can be read on top of marks.
        halo: bool,
    },
}

impl Mark {
    /// Makes plain text.
    pub fn text(
        at: Point,
        anchor: Anchor,
        text: impl Into<String>,
        size: TextSize,
        fill: Paint,
    ) -> Self {
        Self::Text {
            at,
            anchor,
            text: text.into(),
            size,
            bold: false,
            fill,
            halo: false,
        }
    }

    /// Makes heavier text.
    pub fn bold(
        at: Point,
        anchor: Anchor,
        text: impl Into<String>,
        size: TextSize,
        fill: Paint,
    ) -> Self {
        Self::Text {
            at,
            anchor,
            text: text.into(),
            size,
            bold: true,
            fill,
            halo: false,
        }
    }

    /// Makes a filled rectangle without outline.
    pub fn rect(at: Point, size: [f32; 2], fill: Paint) -> Self {
        Self::Rect {
            at,
            size,
            fill: Some(fill),
            stroke: None,
            hint: String::new(),
        }
    }
}

/// Estimates the width of a text in points.
///
/// Meant for placing and shortening, on the wide side: real fonts are known only where it is painted.
pub fn text_width(text: &str, size: TextSize, bold: bool) -> f32 {
    let em: f32 = text
        .chars()
        .map(|c| match c {
            _ if is_han(c) || matches!(c, '\u{3000}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff00}'..='\u{ff60}') => 1.0,
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '’' | '·' => 0.3,
            'f' | 't' | 'r' | ' ' | '(' | ')' | '-' | '/' | '“' | '”' | '"' => 0.38,
            'm' | 'w' | 'M' | 'W' | '—' | '%' | '@' => 0.88,
            c if c.is_uppercase() => 0.68,
            c if c.is_ascii_digit() => 0.62,
            _ => 0.58,
        })
        .sum();
    em * size.points() * if bold { 1.06 } else { 1.0 }
}

/// Shortens a text with an ellipsis until it fits.
pub fn fit_text(text: &str, size: TextSize, bold: bool, width: f32) -> String {
    if text_width(text, size, bold) <= width {
        return text.to_owned();
    }
    let mut chars: Vec<char> = text.chars().collect();
    while chars.pop().is_some() {
        let mut short: String = chars.iter().collect::<String>().trim_end().to_owned();
        short.push('…');
        if text_width(&short, size, bold) <= width {
            return short;
        }
    }
    String::new()
}

/// Breaks a text into lines that fit, at blanks or between ideographs.
pub fn wrap_text(text: &str, size: TextSize, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in pieces(text) {
        let joined = format!("{line}{word}");
        if !line.trim().is_empty() && text_width(joined.trim_end(), size, false) > width {
            lines.push(line.trim().to_owned());
            word.trim_start().clone_into(&mut line);
        } else {
            line = joined;
        }
    }
    if !line.trim().is_empty() {
        lines.push(line.trim().to_owned());
    }
    lines
}

/// Cuts a text where a line may break: after blanks and after ideographs.
fn pieces(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut piece = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        piece.push(c);
        let next_closes = chars
            .peek()
            .is_some_and(|n| "，。；：！？）、”,.;:!?)".contains(*n));
        if c.is_whitespace() || ((is_han(c) || "，。；：！？）、”".contains(c)) && !next_closes)
        {
            out.push(std::mem::take(&mut piece));
        }
    }
    if !piece.is_empty() {
        out.push(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_and_wraps() {
        assert_eq!(fit_text("short", TextSize::Body, false, 100.0), "short");
        let cut = fit_text(
            "a rather long label that goes on",
            TextSize::Body,
            false,
            80.0,
        );
        assert!(cut.ends_with('…') && text_width(&cut, TextSize::Body, false) <= 80.0);
        let lines = wrap_text("one two three four five six seven", TextSize::Caption, 60.0);
        assert!(lines.len() > 2 && lines.join(" ") == "one two three four five six seven");
        let zh = wrap_text(
            "市政府昨天公布了新的住房计划。居民表示欢迎。",
            TextSize::Caption,
            70.0,
        );
        assert!(
            zh.len() > 2 && zh.concat().ends_with('。') && zh.iter().all(|l| !l.starts_with('。'))
        );
        assert!(wrap_text("", TextSize::Body, 10.0).is_empty());
    }
}
