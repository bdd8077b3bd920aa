//! Labels placed without overlap.

use super::mark::{Point, TextSize, text_width};

/// A label that wants a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Text.
    pub text: String,
    /// What it names, in figure points.
    pub at: Point,
    /// Heavier labels are placed first.
    pub weight: f64,
}

/// Room kept between two labels, in points.
const GAP: f32 = 3.0;
/// Places tried about the anchor, in label heights: on it, then nearby, then a step further.
const OFFSETS: [Point; 13] = [
    [0.0, 0.0],
    [0.0, -1.1],
    [0.0, 1.1],
    [0.0, -2.2],
    [0.0, 2.2],
    [-1.5, 0.6],
    [1.5, 0.6],
    [-1.5, -0.6],
    [1.5, -0.6],
    [-3.0, 0.0],
    [3.0, 0.0],
    [0.0, -3.3],
    [0.0, 3.3],
];

/// Gives each label a center, the heaviest first; `None` for those that find no free place.
///
/// # Shapes
/// - `frame`: left, upper, right and lower border within which every label stays.
/// - returns: one entry per label in the order given.
pub fn place_labels(labels: &[Label], size: TextSize, frame: [f32; 4]) -> Vec<Option<Point>> {
    let [left, top, right, bottom] = frame;
    let height = size.points() * 1.25;
    let mut order: Vec<usize> = (0..labels.len()).collect();
    let weight = |i: usize| labels.get(i).map_or(0.0, |l| l.weight);
    order.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)).then(a.cmp(&b)));
    let mut taken: Vec<[f32; 4]> = Vec::new();
    let mut places = vec![None; labels.len()];
    for i in order {
        let Some(label) = labels.get(i) else { continue };
        let half = text_width(&label.text, size, true) / 2.0;
        if 2.0 * half > right - left {
            continue;
        }
        let free = OFFSETS.iter().find_map(|[dx, dy]| {
            // A label at the border moves inside instead of being lost.
            let [at_x, at_y] = label.at;
            let x = (at_x + dx * height).clamp(left + half, right - half);
            let y = (at_y + dy * height).clamp(
                top + height / 2.0,
                (bottom - height / 2.0).max(top + height / 2.0),
            );
            let own = [
                x - half - GAP,
                y - height / 2.0 - 1.0,
                x + half + GAP,
                y + height / 2.0 + 1.0,
            ];
            (!taken.iter().any(|t| overlap(t, &own))).then_some(([x, y], own))
        });
        if let Some((center, own)) = free {
            taken.push(own);
            if let Some(place) = places.get_mut(i) {
                *place = Some(center);
            }
        }
    }
    places
}

fn overlap([l, t, r, b]: &[f32; 4], [m, u, s, c]: &[f32; 4]) -> bool {
    l < s && m < r && t < c && u < b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str, x: f32, y: f32, weight: f64) -> Label {
        Label {
            text: text.to_owned(),
            at: [x, y],
            weight,
        }
    }

    #[test]
    fn no_two_labels_overlap() {
        let labels: Vec<Label> = (0..40)
            .map(|i| {
                label(
                    &format!("Topic number {i}"),
                    (i * 37 % 200) as f32,
                    (i * 53 % 150) as f32,
                    f64::from(40 - i),
                )
            })
            .collect();
        let places = place_labels(&labels, TextSize::Body, [0.0, 0.0, 200.0, 150.0]);
        let boxes: Vec<[f32; 4]> = labels
            .iter()
            .zip(&places)
            .filter_map(|(l, p)| {
                let half = text_width(&l.text, TextSize::Body, true) / 2.0;
                p.map(|[x, y]| [x - half, y - 8.0, x + half, y + 8.0])
            })
            .collect();
        assert!(boxes.len() >= 5, "{}", boxes.len());
        for (i, a) in boxes.iter().enumerate() {
            assert!(boxes.iter().skip(i + 1).all(|b| !overlap(a, b)));
            assert!(a[0] >= 0.0 && a[2] <= 200.0 && a[1] >= -1.0 && a[3] <= 151.0);
        }
    }

    #[test]
    fn the_heaviest_stays_at_its_place() {
        let labels = [
            label("light", 100.0, 50.0, 1.0),
            label("heavy", 100.0, 50.0, 2.0),
        ];
        let places = place_labels(&labels, TextSize::Body, [0.0, 0.0, 200.0, 100.0]);
        assert_eq!(places[1], Some([100.0, 50.0]));
        assert!(places[0].is_some_and(|[_, y]| (y - 50.0).abs() > 10.0));
    }
}
