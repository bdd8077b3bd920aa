//! The map of documents.

use super::parts::legend_row;
use super::{FIGURE_WIDTH, FigureText};
use crate::figure::label::{Label, place_labels};
use crate::figure::scale::count_text;
use crate::figure::{Anchor, Figure, Hue, Mark, Paint, Shape, TextSize};

/// A class of documents, such as a nation or a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct MapClass {
    /// Its name in the legend.
    pub name: String,
    /// Its sign in the legend.
    pub shape: Shape,
    /// Its color.
    pub paint: Paint,
}

/// What the map shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct MapInput<'a> {
    /// Places in map units, y up.
    pub positions_in_map: &'a [[f32; 2]],
    /// For each place its class, none for outliers and filtered documents, which are drawn gray.
    pub class_of: &'a [Option<usize>],
    /// The classes.
    pub classes: &'a [MapClass],
    /// Text, anchor in map units and weight of each label.
    pub labels: &'a [(String, [f32; 2], f64)],
}

const HEIGHT: f32 = 640.0;
const TOP: f32 = 34.0;
const MARGIN: f32 = 14.0;

/// Draws every document as a dot, one path per class, under labels that do not overlap.
///
/// Dots are drawn one class after another, the largest class first, so that small ones stay in sight.
/// How many labels found a place stands at the lower right.
pub fn scatter_map(words: FigureText, input: &MapInput<'_>) -> Figure {
    let [[left, bottom], [right, top]] = bounds(input.positions_in_map);
    let (width, height) = (FIGURE_WIDTH - 2.0 * MARGIN, HEIGHT - TOP - 2.0 * MARGIN);
    // One scale for both directions: distances on the map mean something.
    let per_unit = (width / (right - left)).min(height / (top - bottom));
    let (middle_x, middle_y) = (f32::midpoint(left, right), f32::midpoint(bottom, top));
    let place = |[x, y]: [f32; 2]| -> [f32; 2] {
        let at_x = FIGURE_WIDTH / 2.0 + (x - middle_x) * per_unit;
        let at_y = TOP + MARGIN + height / 2.0 - (y - middle_y) * per_unit;
        // A tenth of a point is finer than print and keeps files small.
        [(at_x * 10.0).round() / 10.0, (at_y * 10.0).round() / 10.0]
    };
    let mut centers: Vec<Vec<[f32; 2]>> = vec![Vec::new(); input.classes.len()];
    let mut gray = Vec::new();
    for (i, &position) in input
        .positions_in_map
        .iter()
        .enumerate()
        .filter(|(_, p)| p.iter().all(|v| v.is_finite()))
    {
        let class = input.class_of.get(i).copied().flatten();
        match class.and_then(|c| centers.get_mut(c)) {
            Some(list) => list.push(place(position)),
            None => gray.push(place(position)),
        }
    }
    let n_drawn = gray.len() + centers.iter().map(Vec::len).sum::<usize>();
    let mut items: Vec<(Shape, Paint, String)> = input
        .classes
        .iter()
        .zip(&centers)
        .map(|(class, list)| {
            (
                class.shape,
                class.paint,
                format!("{} {}", class.name, count_text(list.len() as u64)),
            )
        })
        .collect();
    if !gray.is_empty() {
        items.push((
            Shape::Circle,
            Hue::Noise.into(),
            format!("outliers {}", count_text(gray.len() as u64)),
        ));
    }
    let what = format!(
        "Map of {} documents: {}.",
        count_text(n_drawn as u64),
        items
            .iter()
            .map(|(_, _, name)| name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    );
    let mut figure = words.begin(HEIGHT, what);
    // More classes than a line holds have their names on the map instead.
    if items.len() <= 8 {
        legend_row(&mut figure, [0.0, 10.0], &items);
    }
    let radius = dot_radius(n_drawn);
    if !gray.is_empty() {
        figure.push(Mark::Dots {
            centers: gray,
            radius: radius * 0.75,
            fill: Hue::Noise.into(),
            opacity: 0.7,
        });
    }
    let mut order: Vec<usize> = (0..centers.len()).collect();
    order.sort_by_key(|&c| (std::cmp::Reverse(centers.get(c).map_or(0, Vec::len)), c));
    for c in order {
        if let (Some(list), Some(class)) = (centers.get_mut(c), input.classes.get(c))
            && !list.is_empty()
        {
            figure.push(Mark::Dots {
                centers: std::mem::take(list),
                radius,
                fill: class.paint,
                opacity: 0.85,
            });
        }
    }
    draw_labels(&mut figure, input, place);
    figure
}

fn draw_labels(figure: &mut Figure, input: &MapInput<'_>, place: impl Fn([f32; 2]) -> [f32; 2]) {
    let labels: Vec<Label> = input
        .labels
        .iter()
        .filter(|(_, at, _)| at.iter().all(|v| v.is_finite()))
        .map(|(text, at, weight)| Label {
            text: text.clone(),
            at: place(*at),
            weight: *weight,
        })
        .collect();
    let places = place_labels(
        &labels,
        TextSize::Body,
        [0.0, TOP, FIGURE_WIDTH, HEIGHT - 20.0],
    );
    for (label, center) in labels.iter().zip(&places) {
        if let Some([x, y]) = center {
            figure.push(Mark::Text {
                at: [*x, y + 4.5],
                anchor: Anchor::Middle,
                text: label.text.clone(),
                size: TextSize::Body,
                bold: true,
                fill: Hue::Ink.into(),
                halo: true,
            });
        }
    }
    let n_placed = places.iter().flatten().count();
    if n_placed < labels.len() {
        let note = format!("{n_placed} of {} labels drawn", labels.len());
        figure.push(Mark::text(
            [FIGURE_WIDTH, HEIGHT - 4.0],
            Anchor::End,
            note,
            TextSize::Caption,
            Hue::Secondary.into(),
        ));
    }
}

/// Returns the corners of the box around all finite places, never of width or height zero.
fn bounds(positions: &[[f32; 2]]) -> [[f32; 2]; 2] {
    let mut low = [f32::INFINITY; 2];
    let mut high = [f32::NEG_INFINITY; 2];
    for position in positions.iter().filter(|p| p.iter().all(|v| v.is_finite())) {
        for ((l, h), v) in low.iter_mut().zip(&mut high).zip(position) {
            *l = l.min(*v);
            *h = h.max(*v);
        }
    }
    for (l, h) in low.iter_mut().zip(&mut high) {
        if !l.is_finite() {
            (*l, *h) = (0.0, 1.0);
        } else if *h - *l < 1e-6 {
            (*l, *h) = (*l - 0.5, *h + 0.5);
        }
    }
    [low, high]
}

/// Dots shrink as they become many, so that a full map does not run together.
fn dot_radius(n: usize) -> f32 {
    (90.0 / (n.max(1) as f32).sqrt()).clamp(0.7, 2.6)
}
