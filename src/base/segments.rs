//! Segments of a plane in a tree of boxes: which lie near a place, and which one is nearest.
//!
//! Segments stand in the order of their middles along a Z-shaped curve, eight to a box, eight boxes to a
//! larger one. Picking and drawing a graph's links walk the tree instead of all segments. A segment with an
//! end that is not finite takes no part.

use super::cloud::{Bounds, order};

/// Segments or boxes in a box.
const FANOUT: usize = 8;

/// A segment: both ends in map units.
pub type Segment = [[f32; 2]; 2];

/// Segments with their index.
#[derive(Clone, Debug, Default)]
pub struct Segments {
    /// Which segment stands at each place of the tree.
    order: Vec<u32>,
    ends: Vec<Segment>,
    /// Boxes of eight, from the smallest to the one around all.
    levels: Vec<Vec<Bounds>>,
}

impl Segments {
    /// Indexes segments.
    ///
    /// # Cost
    /// A sort of their middles: 40 ms for half a million on two cores.
    pub fn new(segments: &[Segment]) -> Self {
        let middles: Vec<[f32; 2]> = segments
            .iter()
            .map(|[a, b]| [0, 1].map(|k| 0.5 * a[k] + 0.5 * b[k]))
            .collect();
        let order = order(&middles);
        let ends: Vec<Segment> = order
            .iter()
            .filter_map(|i| segments.get(*i as usize))
            .copied()
            .collect();
        let mut levels: Vec<Vec<Bounds>> = Vec::new();
        let boxes = |parts: &[Bounds]| parts.iter().copied().reduce(around);
        let smallest: Vec<Bounds> = ends.iter().map(bounds_of_segment).collect();
        let mut below = smallest;
        while !below.is_empty() {
            let above: Vec<Bounds> = below.chunks(FANOUT).filter_map(boxes).collect();
            let is_root = above.len() == 1;
            levels.push(above.clone());
            if is_root {
                break;
            }
            below = above;
        }
        Self {
            order,
            ends,
            levels,
        }
    }

    /// Returns the segments in the order of the tree.
    pub fn ends(&self) -> &[Segment] {
        &self.ends
    }

    /// Returns which segment stands at each place of the tree.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Returns the index of the nearest accepted segment within `radius` with its distance; of equally near
    /// ones the one with the smaller index.
    ///
    /// # Units
    /// `p` and `radius` in map units.
    ///
    /// # Cost
    /// Looks at boxes nearer than the best segment so far: some ten millionths of a second among half a
    /// million.
    pub fn nearest(
        &self,
        p: [f32; 2],
        radius: f32,
        accept: impl Fn(u32) -> bool,
    ) -> Option<(u32, f32)> {
        if !(radius > 0.0 && p[0].is_finite() && p[1].is_finite()) {
            return None;
        }
        let top = self.levels.len().checked_sub(1)?;
        let mut best: Option<(f32, u32)> = None;
        let mut reach2 = radius * radius;
        let mut open = vec![(top, 0usize)];
        while let Some((level, at)) = open.pop() {
            let Some(bounds) = self.levels.get(level).and_then(|l| l.get(at)) else {
                continue;
            };
            if distance2_to_box(*bounds, p) > reach2 {
                continue;
            }
            let children = at * FANOUT..(at + 1) * FANOUT;
            if let Some(below) = level.checked_sub(1) {
                open.extend(children.map(|child| (below, child)));
                continue;
            }
            for place in children {
                let (Some(ends), Some(&i)) = (self.ends.get(place), self.order.get(place)) else {
                    break;
                };
                let d2 = distance2(ends, p);
                let is_nearer = best.is_none_or(|(b, j)| d2 < b || (d2 <= b && i < j));
                if d2 <= reach2 && is_nearer && accept(i) {
                    best = Some((d2, i));
                    reach2 = d2;
                }
            }
        }
        best.map(|(d2, i)| (i, d2.sqrt()))
    }
}

fn around(a: Bounds, b: Bounds) -> Bounds {
    (
        [a.0[0].min(b.0[0]), a.0[1].min(b.0[1])],
        [a.1[0].max(b.1[0]), a.1[1].max(b.1[1])],
    )
}

fn bounds_of_segment([a, b]: &Segment) -> Bounds {
    around((*a, *a), (*b, *b))
}

/// Returns the square of a point's distance from a box, 0 inside.
fn distance2_to_box((lo, hi): Bounds, p: [f32; 2]) -> f32 {
    let out = [0, 1].map(|k| (lo[k] - p[k]).max(p[k] - hi[k]).max(0.0));
    out[0] * out[0] + out[1] * out[1]
}

/// Returns the square of a point's distance from a segment.
pub fn distance2([a, b]: &Segment, p: [f32; 2]) -> f32 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let (px, py) = (p[0] - a[0], p[1] - a[1]);
    let length2 = dx * dx + dy * dy;
    let along = if length2 > 0.0 {
        ((px * dx + py * dy) / length2).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (ox, oy) = (px - along * dx, py - along * dy);
    ox * ox + oy * oy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::seed::Seed;

    fn sample(n: usize) -> Vec<Segment> {
        let mut random = Seed(3).stream("segments");
        let mut near = |scale: f64| [0, 1].map(|_| (scale * random.next_normal()) as f32);
        (0..n)
            .map(|i| {
                let a = near(1.0);
                // Short ones, some that cross the whole plane, and some without a length.
                let d = near([0.05, 0.05, 0.4, 3.0, 0.0][i % 5]);
                [a, [a[0] + d[0], a[1] + d[1]]]
            })
            .collect()
    }

    #[test]
    fn it_agrees_with_a_search_through_all() {
        let all = sample(4000);
        let index = Segments::new(&all);
        let mut random = Seed(4).stream("places");
        let mut n_found = 0;
        for step in 0..500 {
            let p = [0, 1].map(|_| (4.0 * random.next_f64() - 2.0) as f32);
            let radius = [0.001, 0.01, 0.3][step % 3];
            let accept = |i: u32| !i.is_multiple_of(3);
            let slow = (0u32..)
                .zip(&all)
                .filter(|(i, _)| accept(*i))
                .map(|(i, s)| (distance2(s, p), i))
                .filter(|(d2, _)| *d2 <= radius * radius)
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            n_found += usize::from(slow.is_some());
            let found = index.nearest(p, radius, accept);
            assert_eq!(found.map(|f| f.0), slow.map(|s| s.1));
        }
        assert!(n_found > 100, "{n_found}");
    }

    #[test]
    fn what_is_not_finite_takes_no_part() {
        let index = Segments::new(&[
            [[f32::NAN, 0.0], [0.0, 0.0]],
            [[0.0, 1.0], [2.0, 1.0]],
            [[0.0, f32::INFINITY], [0.0, 0.0]],
        ]);
        assert_eq!(index.ends().len(), 1);
        assert_eq!(index.nearest([1.0, 0.5], 1.0, |_| true), Some((1, 0.5)));
        assert_eq!(index.nearest([1.0, 0.5], 0.4, |_| true), None);
        assert_eq!(index.nearest([f32::NAN, 0.5], 1.0, |_| true), None);
        assert_eq!(Segments::new(&[]).nearest([0.0; 2], 1.0, |_| true), None);
    }

    #[test]
    fn distances_are_those_of_the_nearest_point() {
        let s = [[0.0, 0.0], [4.0, 0.0]];
        for (p, d) in [([2.0, 3.0], 3.0f32), ([-3.0, 4.0], 5.0), ([5.0, 0.0], 1.0)] {
            assert!((distance2(&s, p).sqrt() - d).abs() < 1e-6);
        }
        assert!((distance2(&[[1.0, 1.0]; 2], [1.0, 3.0]) - 4.0).abs() < 1e-6);
    }
}
