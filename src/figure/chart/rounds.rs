//! The rounds of conflict reduction: what each did, and how dominant stances moved.

use super::parts::{legend_row, y_axis};
use super::{FIGURE_WIDTH, FigureText};
use crate::domain::corpus::Nation;
use crate::figure::mark::fit_text;
use crate::figure::scale::{Linear, count_text, real_text};
use crate::figure::{Anchor, Figure, Hue, Mark, Paint, Shape, Stroke, TextSize};

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundPoint {
    /// Its number, from 1.
    pub round: u32,
    /// Edges flagged.
    pub n_flagged: usize,
    /// Of these, removed.
    pub n_removed: usize,
    /// Of these, kept.
    pub n_kept: usize,
    /// Statements dropped.
    pub n_dropped: usize,
    /// Conflict edges live after it.
    pub n_conflict_edges: usize,
}

/// How an issue's dominant stance moved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IssueTrack {
    /// Its proposition, shortened where it does not fit.
    pub label: String,
    /// Whose, for its color.
    pub nation: Option<Nation>,
    /// D before the first round and after each; none while contested.
    pub dominant: Vec<Option<f64>>,
}

const HEIGHT: f32 = 300.0;
const TOP: f32 = 44.0;
const BOTTOM: f32 = 256.0;
/// Left panel's right border and right panel's left border.
const MIDDLE: [f32; 2] = [370.0, 430.0];
const LABELS: f32 = 250.0;

/// Draws counts per round on the left and the dominant stance per issue on the right.
///
/// Labels of issues whose lines end too near to each other are left out; their lines stay.
pub fn conflict_rounds(words: FigureText, rounds: &[RoundPoint], issues: &[IssueTrack]) -> Figure {
    let what = rounds
        .iter()
        .map(|r| {
            format!(
                "round {}: {} flagged, {} removed, {} statements dropped",
                r.round, r.n_flagged, r.n_removed, r.n_dropped
            )
        })
        .collect::<Vec<_>>()
        .join("; ");
    let mut figure = words.begin(HEIGHT, format!("Rounds of conflict reduction: {what}."));
    draw_counts(&mut figure, rounds);
    draw_tracks(&mut figure, issues);
    figure
}

/// Picks one count of a round.
type Count = fn(&RoundPoint) -> usize;

fn draw_counts(figure: &mut Figure, rounds: &[RoundPoint]) {
    let kinds: [(&str, Paint, Count); 4] = [
        ("flagged", Hue::Faint.into(), |r| r.n_flagged),
        ("removed", Hue::Conflict.into(), |r| r.n_removed),
        ("kept", Hue::Secondary.into(), |r| r.n_kept),
        ("statements dropped", Hue::Ink.into(), |r| r.n_dropped),
    ];
    let items: Vec<(Shape, Paint, String)> = kinds
        .iter()
        .map(|(name, paint, _)| (Shape::Square, *paint, (*name).to_owned()))
        .collect();
    legend_row(figure, [0.0, 10.0], &items);
    let most = rounds
        .iter()
        .flat_map(|r| kinds.iter().map(|(_, _, n)| n(r)))
        .max()
        .unwrap_or(0)
        .max(1);
    let y = Linear::new(0.0, most as f64, BOTTOM, TOP).nice(4);
    let [right, _] = MIDDLE;
    y_axis(figure, &y, 44.0, right, 4);
    let slot = (right - 44.0) / rounds.len().max(1) as f32;
    let bar = (slot / 6.0).min(14.0);
    for (i, round) in rounds.iter().enumerate() {
        let center = 44.0 + slot * (i as f32 + 0.5);
        for (k, (name, paint, n)) in kinds.iter().enumerate() {
            let top = y.place(n(round) as f64);
            figure.push(Mark::Rect {
                at: [center + bar * (k as f32 - 2.0) + 0.5, top],
                size: [bar - 1.0, BOTTOM - top],
                fill: Some(*paint),
                stroke: None,
                hint: format!(
                    "round {}: {} {name}",
                    round.round,
                    count_text(n(round) as u64)
                ),
            });
        }
        let head = format!("round {}", round.round);
        figure.push(Mark::text(
            [center, BOTTOM + 18.0],
            Anchor::Middle,
            head,
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
        let live = format!("{} live", count_text(round.n_conflict_edges as u64));
        figure.push(Mark::text(
            [center, BOTTOM + 33.0],
            Anchor::Middle,
            live,
            TextSize::Caption,
            Hue::Faint.into(),
        ));
    }
}

fn draw_tracks(figure: &mut Figure, issues: &[IssueTrack]) {
    let [_, left] = MIDDLE;
    let right = FIGURE_WIDTH - LABELS;
    let y = Linear::new(-1.0, 1.0, BOTTOM, TOP);
    let title = "dominant stance D per issue, −1 opposes to +1 supports";
    figure.push(Mark::text(
        [left, 14.0],
        Anchor::Start,
        title,
        TextSize::Caption,
        Hue::Secondary.into(),
    ));
    y_axis(figure, &y, left, right, 4);
    let n_steps = issues.iter().map(|t| t.dominant.len()).max().unwrap_or(0);
    let x = Linear::new(
        0.0,
        n_steps.saturating_sub(1).max(1) as f64,
        left + 8.0,
        right - 8.0,
    );
    for step in 0..n_steps {
        let text = if step == 0 {
            "before".to_owned()
        } else {
            format!("{step}")
        };
        figure.push(Mark::text(
            [x.place(step as f64), BOTTOM + 18.0],
            Anchor::Middle,
            text,
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
    }
    let mut ends: Vec<(f32, &IssueTrack, f64)> = Vec::new();
    for track in issues {
        let paint: Paint = track.nation.map_or(Hue::Ink, Hue::Nation).into();
        let points: Vec<[f32; 2]> = track
            .dominant
            .iter()
            .enumerate()
            .filter_map(|(i, d)| d.map(|d| [x.place(i as f64), y.place(d.clamp(-1.0, 1.0))]))
            .collect();
        if points.len() > 1 {
            figure.push(Mark::Polyline {
                points: points.clone(),
                stroke: Stroke::new(paint, 1.5),
            });
        }
        let last = track.dominant.iter().rev().find_map(|d| *d);
        if let (Some(&[at_x, at_y]), Some(d)) = (points.last(), last) {
            figure.push(Mark::Symbol {
                shape: Shape::Circle,
                at: [at_x, at_y],
                radius: 3.0,
                fill: Some(paint),
                stroke: None,
            });
            ends.push((at_y, track, d));
        }
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free_from = TOP - 8.0;
    for (at_y, track, d) in ends {
        let line = at_y.max(free_from);
        if line - at_y > 30.0 || line > BOTTOM + 10.0 {
            continue;
        }
        let text = fit_text(
            &format!("{} {}", signed(d), track.label),
            TextSize::Caption,
            false,
            LABELS - 4.0,
        );
        figure.push(Mark::text(
            [right + 4.0, line + 4.0],
            Anchor::Start,
            text,
            TextSize::Caption,
            Hue::Ink.into(),
        ));
        free_from = line + 14.0;
    }
}

fn signed(d: f64) -> String {
    let text = real_text(d, 2);
    if d > 0.0 { format!("+{text}") } else { text }
}
