//! Curves of a training: values over optimizer steps, named at their ends.

use super::parts::{x_axis, y_axis};
use super::{FIGURE_WIDTH, FigureText};
use crate::domain::alignment::TrainingStep;
use crate::figure::mark::fit_text;
use crate::figure::scale::{Linear, count_text, real_text};
use crate::figure::{Anchor, Figure, Hue, Mark, Paint, Stroke, TextSize};

/// A line over optimizer steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Name at its end.
    pub name: String,
    /// Its color, of line and name.
    pub paint: Paint,
    /// The one that matters: drawn thicker.
    pub bold: bool,
    /// Step and value in rising order; values that are no numbers leave a gap.
    pub points: Vec<(f64, f64)>,
}

/// Returns the curves of rewards: chosen, rejected and the margin between them.
pub fn reward_curves(steps: &[TrainingStep]) -> Vec<Curve> {
    let curve = |name: &str, hue: Hue, bold: bool, value: fn(&TrainingStep) -> f64| Curve {
        name: name.to_owned(),
        paint: hue.into(),
        bold,
        points: steps
            .iter()
            .map(|s| (f64::from(s.step), value(s)))
            .collect(),
    };
    vec![
        curve("rejected", Hue::Conflict, false, |s| s.reward_rejected),
        curve("chosen", Hue::Good, false, |s| s.reward_chosen),
        curve("margin", Hue::Ink, true, TrainingStep::margin),
    ]
}

const TOP: f32 = 14.0;
const PLOT: f32 = 210.0;
const LEFT: f32 = 56.0;
/// Room for the names.
const NAMES: f32 = 100.0;
const N_TICKS: usize = 5;
/// Distance of two names.
const LINE: f32 = 15.0;

/// Draws curves over optimizer steps with an axis of values in `unit`.
pub fn training_curves(words: FigureText, curves: &[Curve], unit: &str) -> Figure {
    let right = FIGURE_WIDTH - NAMES;
    let bottom = TOP + PLOT;
    let mut figure = words.begin(bottom + 44.0, description(curves));
    let shown: Vec<(f64, f64)> = curves
        .iter()
        .flat_map(|c| c.points.iter().copied())
        .filter(|(step, value)| step.is_finite() && value.is_finite())
        .collect();
    if shown.is_empty() {
        figure.push(Mark::text(
            [f32::midpoint(LEFT, right), TOP + PLOT / 2.0],
            Anchor::Middle,
            "no step yet",
            TextSize::Caption,
            Hue::Faint.into(),
        ));
        return figure;
    }
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        })
    };
    let (first, last) = range(&mut shown.iter().map(|p| p.0));
    // Zero is where nothing has been learned yet, so it is always there.
    let (low, high) = range(&mut shown.iter().map(|p| p.1).chain([0.0]));
    let x = Linear::new(first, last, LEFT, right);
    let y = Linear::new(low, high, bottom, TOP).nice(N_TICKS);
    y_axis(&mut figure, &y, LEFT, right, N_TICKS);
    x_axis(&mut figure, &x, bottom, 8);
    let at_zero = y.place(0.0);
    figure.push(Mark::Line {
        from: [LEFT, at_zero],
        to: [right, at_zero],
        stroke: Stroke::new(Hue::Faint.into(), 1.0),
    });
    for curve in curves {
        draw_line(&mut figure, curve, &x, &y);
    }
    draw_names(&mut figure, curves, &x, &y);
    figure.push(Mark::text(
        [LEFT, bottom + 36.0],
        Anchor::Start,
        format!(
            "{unit} over optimizer steps, {} in all",
            count_text(last.max(0.0) as u64)
        ),
        TextSize::Caption,
        Hue::Secondary.into(),
    ));
    figure
}

/// Says where each curve begins and ends.
fn description(curves: &[Curve]) -> String {
    let all: Vec<String> = curves
        .iter()
        .map(|curve| {
            let mut values = curve.points.iter().map(|p| p.1).filter(|v| v.is_finite());
            let first = values.next();
            match (first, values.next_back().or(first)) {
                (Some(first), Some(last)) => {
                    format!(
                        "{} from {} to {}",
                        curve.name,
                        real_text(first, 3),
                        real_text(last, 3)
                    )
                }
                _ => format!("{} missing", curve.name),
            }
        })
        .collect();
    format!("Curves over optimizer steps. {}.", all.join("; "))
}

fn draw_line(figure: &mut Figure, curve: &Curve, x: &Linear, y: &Linear) {
    let stroke = Stroke::new(curve.paint, if curve.bold { 2.0 } else { 1.4 });
    let is_number = |p: &(f64, f64)| p.0.is_finite() && p.1.is_finite();
    for piece in curve.points.split(|p| !is_number(p)) {
        let points: Vec<[f32; 2]> = piece.iter().map(|p| [x.place(p.0), y.place(p.1)]).collect();
        match points.as_slice() {
            [] => {}
            // A line of one point would not be seen.
            [only] => figure.push(Mark::Dots {
                centers: vec![*only],
                radius: stroke.width,
                fill: curve.paint,
                opacity: 1.0,
            }),
            _ => figure.push(Mark::Polyline { points, stroke }),
        }
    }
}

/// Writes each name beside the end of its line, moved apart where ends are near.
fn draw_names(figure: &mut Figure, curves: &[Curve], x: &Linear, y: &Linear) {
    let mut ends: Vec<(f32, f32, &Curve)> = curves
        .iter()
        .filter_map(|curve| {
            let end = curve
                .points
                .iter()
                .rev()
                .find(|p| p.0.is_finite() && p.1.is_finite())?;
            Some((y.place(end.1), x.place(end.0), curve))
        })
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted: Vec<f32> = ends.iter().map(|e| e.0).collect();
    let places = spread_apart(&wanted, LINE, TOP, TOP + PLOT);
    for ((end_y, end_x, curve), place) in ends.into_iter().zip(places) {
        let left = FIGURE_WIDTH - NAMES + 16.0;
        if (place - end_y).abs() > 3.0 {
            figure.push(Mark::Line {
                from: [end_x + 2.0, end_y],
                to: [left - 4.0, place],
                stroke: Stroke::new(Hue::Hairline.into(), 1.0),
            });
        }
        let make = if curve.bold { Mark::bold } else { Mark::text };
        let text = fit_text(&curve.name, TextSize::Caption, curve.bold, NAMES - 16.0);
        figure.push(make(
            [left, place + 4.0],
            Anchor::Start,
            text,
            TextSize::Caption,
            curve.paint,
        ));
    }
}

/// Moves rising places at least `gap` apart, within `top..bottom` while there is room.
fn spread_apart(wanted: &[f32], gap: f32, top: f32, bottom: f32) -> Vec<f32> {
    let mut places: Vec<f32> = Vec::with_capacity(wanted.len());
    for &want in wanted {
        let least = places.last().map_or(top, |last| last + gap);
        places.push(want.max(least));
    }
    let mut most = bottom.max(top + gap * wanted.len().saturating_sub(1) as f32);
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - gap;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::chart::tests::{check_apart, check_inside, texts};

    fn steps(n: u32) -> Vec<TrainingStep> {
        (1..=n)
            .map(|step| {
                let t = f64::from(step) / f64::from(n);
                TrainingStep {
                    step,
                    reward_chosen: 0.1 * t,
                    reward_rejected: -0.9 * t,
                    ..TrainingStep::default()
                }
            })
            .collect()
    }

    #[test]
    fn margin_is_chosen_less_rejected() {
        let curves = reward_curves(&steps(50));
        let end = |name: &str| {
            let curve = curves.iter().find(|c| c.name == name);
            curve
                .and_then(|c| c.points.last())
                .map_or(f64::NAN, |p| p.1)
        };
        assert!((end("margin") - (end("chosen") - end("rejected"))).abs() < 1e-12);
        assert!((end("margin") - 1.0).abs() < 1e-12);
        let figure = training_curves(FigureText::default(), &curves, "reward, nats");
        let texts = texts(&figure);
        for want in [
            "margin",
            "chosen",
            "rejected",
            "reward, nats over optimizer steps, 50 in all",
        ] {
            assert!(texts.iter().any(|t| t == want), "{want} in {texts:?}");
        }
        assert!(figure.description.contains("margin from 0.020 to 1.000"));
    }

    #[test]
    fn equal_ends_keep_their_names_apart() {
        let mut curves = reward_curves(&steps(20));
        for curve in &mut curves {
            for point in &mut curve.points {
                point.1 = 0.5;
            }
        }
        let figure = training_curves(FigureText::default(), &curves, "reward");
        check_apart(&figure);
        check_inside(&figure);
    }

    #[test]
    fn gaps_and_nothing_stand() {
        let figure = training_curves(FigureText::default(), &[], "reward");
        assert_eq!(texts(&figure), ["no step yet"]);
        let mut curves = reward_curves(&steps(9));
        for curve in &mut curves {
            curve.points[4].1 = f64::NAN;
        }
        let figure = training_curves(FigureText::default(), &curves, "reward");
        check_inside(&figure);
        let is_line = |m: &&Mark| matches!(m, Mark::Polyline { .. });
        assert_eq!(figure.marks.iter().filter(is_line).count(), 6);
        let one = training_curves(FigureText::default(), &reward_curves(&steps(1)), "reward");
        check_inside(&one);
    }

    #[test]
    fn places_are_moved_no_further_than_needed() {
        assert_eq!(spread_apart(&[10.0, 60.0], 15.0, 0.0, 100.0), [10.0, 60.0]);
        assert_eq!(spread_apart(&[50.0, 52.0], 15.0, 0.0, 100.0), [50.0, 65.0]);
        assert_eq!(spread_apart(&[98.0, 99.0], 15.0, 0.0, 100.0), [85.0, 100.0]);
    }
}
