//! Text with marked stretches: a passage in its article, a match in a snippet.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, FontId, Galley, Painter};

use crate::base::sentences::{Span, byte_of_char};
use crate::ui::theme;

/// A stretch of text with its ground.
#[derive(Clone, Copy, Debug)]
pub struct Marked {
    /// Where, in characters.
    pub span: Span,
    /// Color behind it.
    pub ground: Color32,
    /// Color of its letters.
    pub ink: Color32,
}

/// Cuts a text at the marks; stretches that overlap an earlier one or reach past the end are left out.
///
/// Returns byte ranges with the index of their mark, in order, covering the whole text.
pub fn pieces(text: &str, spans: &[Span]) -> Vec<(std::ops::Range<usize>, Option<usize>)> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&i| spans.get(i).copied());
    let mut out = Vec::new();
    let mut done = 0;
    for i in order {
        let Some(span) = spans.get(i) else { continue };
        let (Some(from), Some(to)) = (byte_of_char(text, span.start), byte_of_char(text, span.end))
        else {
            continue;
        };
        if from < done || to <= from {
            continue;
        }
        if from > done {
            out.push((done..from, None));
        }
        out.push((from..to, Some(i)));
        done = to;
    }
    if done < text.len() {
        out.push((done..text.len(), None));
    }
    out
}

/// Lays a text out with its marks.
pub fn passage(
    painter: &Painter,
    text: &str,
    font: &FontId,
    ink: Color32,
    marks: &[Marked],
    max_width: f32,
    max_rows: usize,
) -> Arc<Galley> {
    let mut job = LayoutJob::default();
    job.wrap.max_width = max_width.max(16.0);
    job.wrap.max_rows = max_rows;
    let spans: Vec<Span> = marks.iter().map(|m| m.span).collect();
    let line_height = (font.size * 1.45).round();
    for (range, which) in pieces(text, &spans) {
        let mark = which.and_then(|i| marks.get(i));
        let format = TextFormat {
            font_id: font.clone(),
            color: mark.map_or(ink, |m| m.ink),
            background: mark.map_or(theme::NOTHING, |m| m.ground),
            line_height: Some(line_height),
            ..TextFormat::default()
        };
        job.append(text.get(range).unwrap_or(""), 0.0, format);
    }
    painter.layout_job(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_the_text_and_count_characters() {
        let text = "政府称煤电是义务。Fin.";
        let spans = [
            Span { start: 3, end: 8 },
            Span { start: 5, end: 9 },
            Span { start: 90, end: 99 },
        ];
        let cut = pieces(text, &spans);
        let words: Vec<&str> = cut.iter().map(|(r, _)| &text[r.clone()]).collect();
        assert_eq!(words, ["政府称", "煤电是义务", "。Fin."]);
        assert_eq!(cut[1].1, Some(0));
        assert!(pieces("", &spans).is_empty());
    }
}
