//! Builders: from the numbers of one view to its figure.
//!
//! Each takes plain values and gives a whole [`Figure`] with legend and units; titles, captions and
//! provenance are the caller's words. Nothing is computed here that a table would not show too.

mod bars;
mod curves;
mod heatmap;
mod map;
mod matrix;
mod parts;
mod pipeline;
mod rounds;
mod slopes;
mod stances;

pub use bars::{NationBar, bars_per_nation, histogram};
pub use curves::{Curve, reward_curves, training_curves};
pub use heatmap::{HeatCell, HeatColumn, HeatRow, Ramp, heatmap};
pub use map::{MapClass, MapInput, scatter_map};
pub use matrix::{TopicMatrixRow, topic_matrix};
pub use pipeline::{PipelineStep, pipeline_counts};
pub use rounds::{IssueTrack, RoundPoint, conflict_rounds};
pub use slopes::{SlopeRate, SlopeRow, alignment_slopes};
pub use stances::{StanceRow, stance_strips};

use super::{Figure, Provenance};

/// Width of every figure in points, that of the report's column.
pub const FIGURE_WIDTH: f32 = 920.0;

/// The words of a figure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FigureText {
    /// What it shows, in a few words.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// Where its numbers come from.
    pub provenance: Provenance,
}

impl FigureText {
    /// Begins a figure of the house's width; `what` is its description for who cannot see it.
    fn begin(self, height: f32, what: String) -> Figure {
        Figure {
            title: self.title,
            caption: self.caption,
            description: what,
            provenance: self.provenance,
            width: FIGURE_WIDTH,
            height,
            marks: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::corpus::Nation;
    use crate::figure::mark::text_width;
    use crate::figure::{Anchor, Hue, Mark, Paint, Shape};

    /// No chart draws outside its figure or at a place that is no number.
    pub(super) fn check_inside(figure: &Figure) {
        let points = figure.marks.iter().flat_map(|mark| match mark {
            Mark::Rect {
                at, size: [w, h], ..
            } => vec![*at, [at[0] + w, at[1] + h]],
            Mark::Line { from, to, .. } => vec![*from, *to],
            Mark::Polyline { points, .. } | Mark::Area { points, .. } => points.clone(),
            Mark::Dots { centers, .. } => centers.clone(),
            Mark::Symbol { at, .. } | Mark::Text { at, .. } => vec![*at],
        });
        for [x, y] in points {
            assert!(
                (-1.0..=figure.width + 1.0).contains(&x)
                    && (-1.0..=figure.height + 1.0).contains(&y),
                "{} has a mark at {x}, {y} of {} × {}",
                figure.title,
                figure.width,
                figure.height
            );
        }
    }

    /// Every text of a figure, in order.
    pub(super) fn texts(figure: &Figure) -> Vec<String> {
        let text = |mark: &Mark| match mark {
            Mark::Text { text, .. } => Some(text.clone()),
            _ => None,
        };
        figure.marks.iter().filter_map(text).collect()
    }

    /// No two texts cover each other, and none leaves the figure.
    pub(super) fn check_apart(figure: &Figure) {
        let mut boxes: Vec<(&str, [f32; 4])> = Vec::new();
        for mark in &figure.marks {
            let Mark::Text {
                at: [x, y],
                anchor,
                text,
                size,
                bold,
                ..
            } = mark
            else {
                continue;
            };
            // The estimate is on the wide side by about a tenth.
            let width = 0.9 * text_width(text, *size, *bold);
            let left = match anchor {
                Anchor::Start => *x,
                Anchor::Middle => x - width / 2.0,
                Anchor::End => x - width,
            };
            let own = [
                left,
                y - 0.75 * size.points(),
                left + width,
                y + 0.2 * size.points(),
            ];
            assert!(
                left >= -1.0 && left + width <= figure.width + 1.0,
                "{text} leaves the figure"
            );
            for (other, [l, t, r, b]) in &boxes {
                let covers = own[0] < *r && *l < own[2] && own[1] < *b && *t < own[3];
                assert!(!covers, "{text} covers {other}");
            }
            boxes.push((text, own));
        }
    }

    fn words(title: &str) -> FigureText {
        FigureText {
            title: title.to_owned(),
            ..FigureText::default()
        }
    }

    fn row(i: usize) -> TopicMatrixRow {
        TopicMatrixRow {
            label: format!("Topic {i} with a label that is much too long to stand in its column"),
            words: vec!["coal".to_owned(), "煤电".to_owned()],
            value_related: i.is_multiple_of(2),
            n_docs: 1000 - i,
            shares: vec![0.2; 5],
            entropy: 1.0,
            divergence_nats: 0.0,
            p_value: (i > 2).then_some(0.03),
            per_month: vec![1, 5, 2, 0, 9],
        }
    }

    #[test]
    fn charts_stay_inside() {
        let nations = Nation::FIVE;
        let bars: Vec<NationBar> = nations
            .iter()
            .map(|&nation| NationBar {
                nation,
                value: 12.0,
                interval: Some((8.0, 40.0)),
                note: "n 12".to_owned(),
            })
            .collect();
        check_inside(&bars_per_nation(words("bars"), &bars, "documents"));
        check_inside(&histogram(
            words("histogram"),
            &[0.1, 0.2, 0.9, f64::NAN],
            10,
            "share",
        ));
        check_inside(&topic_matrix(
            words("matrix"),
            &nations,
            &(0..7).map(row).collect::<Vec<_>>(),
            "2019",
            "2024",
        ));
        let positions: Vec<[f32; 2]> = (0..500)
            .map(|i| [(i % 37) as f32, (i % 91) as f32])
            .collect();
        let classes: Vec<MapClass> = nations
            .iter()
            .map(|n| MapClass {
                name: n.name().to_owned(),
                shape: Shape::Circle,
                paint: Paint::Solid(Hue::Nation(*n)),
            })
            .collect();
        let class_of: Vec<Option<usize>> = (0..500).map(|i| (i % 6 < 5).then_some(i % 6)).collect();
        check_inside(&scatter_map(
            words("map"),
            &MapInput {
                positions_in_map: &positions,
                class_of: &class_of,
                classes: &classes,
                labels: &[("a label".to_owned(), [99.0, 91.0], 3.0)],
            },
        ));
        let rounds: Vec<RoundPoint> = (1..=5)
            .map(|round| RoundPoint {
                round,
                n_flagged: 40 / round as usize,
                n_removed: 12,
                n_kept: 8,
                n_dropped: 3,
                n_conflict_edges: 90,
            })
            .collect();
        let tracks = [IssueTrack {
            label: "An issue".to_owned(),
            nation: Some(nations[0]),
            dominant: vec![Some(0.4), None, Some(-1.0)],
        }];
        check_inside(&conflict_rounds(words("rounds"), &rounds, &tracks));
        let strip = StanceRow {
            label: "核电应当成为清洁能源供应的一部分，这一点应当写入法律并长期坚持下去".to_owned(),
            nation: Some(nations[0]),
            stances: vec![-1.0, 0.5, 1.0, 1.0],
            dominant: Some(0.4),
            contested: false,
        };
        check_inside(&stance_strips(words("strips"), &[strip]));
        let step = PipelineStep {
            name: "Map".to_owned(),
            figure: Some(41),
            unit: "topics".to_owned(),
            detail: "26 % outliers · trust .95 and more that must be broken".to_owned(),
        };
        check_inside(&pipeline_counts(words("pipeline"), &vec![step; 7]));
        let cell = HeatCell::Value {
            value: 0.4,
            note: "± .02".to_owned(),
            marked: true,
        };
        let row = |reference: bool| HeatRow {
            name: "a model".to_owned(),
            reference,
            mean: Some(0.4),
            cells: vec![cell.clone(), HeatCell::Missing],
            ..HeatRow::default()
        };
        check_inside(&heatmap(
            words("heat"),
            &[row(false), row(true)],
            &[nations[0].into(), HeatColumn::default()],
            &Ramp::Diverging {
                limit: 1.0,
                decimals: 2,
                unit: "points".to_owned(),
            },
        ));
    }

    #[test]
    fn charts_of_nothing_stand() {
        check_inside(&bars_per_nation(words("bars"), &[], "documents"));
        check_inside(&histogram(words("histogram"), &[], 10, "share"));
        check_inside(&topic_matrix(words("matrix"), &[], &[], "", ""));
        check_inside(&scatter_map(words("map"), &MapInput::default()));
        check_inside(&conflict_rounds(words("rounds"), &[], &[]));
        check_inside(&stance_strips(words("strips"), &[]));
        check_inside(&pipeline_counts(words("pipeline"), &[]));
        check_inside(&heatmap(
            words("heat"),
            &[],
            &[],
            &Ramp::Sequential {
                low: 0.0,
                high: 1.0,
                decimals: 2,
                unit: String::new(),
            },
        ));
    }
}
