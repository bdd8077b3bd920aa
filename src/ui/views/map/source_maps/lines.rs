//! The lines that join matched topics across both maps.

use egui::{Painter, Pos2, Rect, Shape, Stroke, pos2};

use super::derive::Link;
use crate::domain::source_map::MatchVerdict;
use crate::ui::theme::Palette;

/// Pieces that a line is drawn of.
const N_PIECES: usize = 24;

/// How near the pointer must come to a line, in points.
const REACH: f32 = 6.0;

/// A line on the screen.
pub(super) struct Line {
    /// The match.
    pub(super) link: Link,
    /// Along it, from left to right.
    points: Vec<Pos2>,
}

impl Line {
    /// Joins two places that both lie in their panes; `None` for a match that was refused or has an end
    /// out of sight.
    pub(super) fn between(link: Link, ends: [Pos2; 2], panes: [Rect; 2]) -> Option<Self> {
        link.slot?;
        let [a, b] = ends;
        if !(panes[0].contains(a) && panes[1].contains(b)) {
            return None;
        }
        // Level at both ends, so that a line leaves its topic sideways and does not run along others.
        let bend = 0.4 * (b.x - a.x);
        let (c, d) = (pos2(a.x + bend, a.y), pos2(b.x - bend, b.y));
        let points = (0..=N_PIECES)
            .map(|k| {
                let t = k as f32 / N_PIECES as f32;
                let s = 1.0 - t;
                let weights = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
                [a, c, d, b]
                    .iter()
                    .zip(weights)
                    .fold(Pos2::ZERO, |sum, (p, w)| sum + w * p.to_vec2())
            })
            .collect();
        Some(Self { link, points })
    }

    /// Returns how far a point lies from it, `None` beyond reach.
    fn distance(&self, at: Pos2) -> Option<f32> {
        self.points
            .windows(2)
            .filter_map(|w| {
                let [a, b] = w else { return None };
                let along = *b - *a;
                let t = ((at - *a).dot(along) / along.length_sq().max(1e-6)).clamp(0.0, 1.0);
                Some((*a + t * along - at).length())
            })
            .min_by(f32::total_cmp)
            .filter(|d| *d <= REACH)
    }

    /// Draws it: solid once it is accepted, else dashed; wide and strong for a high score. `quiet` puts it
    /// behind the one that is looked at.
    pub(super) fn draw(&self, painter: &Painter, p: &Palette, loud: bool, quiet: bool) {
        let Some(slot) = self.link.slot else { return };
        let score = self.link.score as f32;
        let strength = if loud {
            1.0
        } else if quiet {
            0.16
        } else {
            0.30 + 0.70 * score
        };
        let width = if loud { 3.0 } else { 0.8 + 2.2 * score };
        let color = p.topic(slot).gamma_multiply(strength);
        let stroke = Stroke::new(width, color);
        let shapes = if self.link.verdict == Some(MatchVerdict::Accepted) {
            vec![Shape::line(self.points.clone(), stroke)]
        } else {
            Shape::dashed_line(&self.points, stroke, 6.0, 4.0)
        };
        painter.extend(shapes);
    }
}

/// Returns the match whose line lies under the pointer.
pub(super) fn under(lines: &[Line], at: Pos2) -> Option<usize> {
    lines
        .iter()
        .filter_map(|l| Some((l.distance(at)?, l.link.number)))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, number)| number)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    fn link(slot: Option<usize>) -> Link {
        Link {
            number: 7,
            topics: [0, 1],
            score: 0.5,
            verdict: None,
            slot,
        }
    }

    #[test]
    fn a_line_is_found_along_its_way_and_only_there() {
        let panes =
            [0.0, 100.0].map(|x| Rect::from_min_size(pos2(x, 0.0), egui::vec2(100.0, 100.0)));
        let ends = [pos2(20.0, 30.0), pos2(180.0, 70.0)];
        let line = Line::between(link(Some(0)), ends, panes).unwrap();
        let lines = [line];
        assert_eq!(under(&lines, pos2(100.0, 51.0)), Some(7));
        assert_eq!(under(&lines, pos2(20.0, 30.0)), Some(7));
        assert_eq!(under(&lines, pos2(100.0, 80.0)), None);
        // Refused, or with an end out of sight: no line.
        assert!(Line::between(link(None), ends, panes).is_none());
        let out = [pos2(20.0, 130.0), pos2(180.0, 70.0)];
        assert!(Line::between(link(Some(0)), out, panes).is_none());
    }
}
