//! The points inside an outline drawn by hand.

use std::ops::Range;

use rayon::prelude::*;

use super::{Cloud, MAX_LEVEL, spread};

/// A closed outline in map units; the last corner joins the first. Where it crosses itself, what is wound
/// around an odd number of times is inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    corners: Vec<[f32; 2]>,
}

/// Points by their index, as sorted runs that neither touch nor overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// The runs.
    pub runs: Vec<Range<usize>>,
}

impl Region {
    /// Counts the points.
    pub fn n_points(&self) -> usize {
        self.runs.iter().map(ExactSizeIterator::len).sum()
    }
}

/// How a cell lies to an outline.
enum Side {
    Inside,
    Outside,
    Cut(Vec<u32>),
}

impl Outline {
    /// Takes corners; `None` with fewer than three, or with one that is not finite.
    pub fn new(corners: Vec<[f32; 2]>) -> Option<Self> {
        let finite = corners.iter().flatten().all(|v| v.is_finite());
        (corners.len() >= 3 && finite).then_some(Self { corners })
    }

    /// Makes the outline of a box.
    pub fn rectangle(a: [f32; 2], b: [f32; 2]) -> Option<Self> {
        Self::new(vec![a, [b[0], a[1]], b, [a[0], b[1]]])
    }

    /// Returns the corners.
    pub fn corners(&self) -> &[[f32; 2]] {
        &self.corners
    }

    fn edge(&self, i: u32) -> ([f32; 2], [f32; 2]) {
        let n = self.corners.len();
        let at = |k: usize| self.corners.get(k % n).copied().unwrap_or([0.0; 2]);
        (at(i as usize), at(i as usize + 1))
    }

    /// Tells whether a point is inside: a ray to the right crosses an odd number of edges.
    pub fn contains(&self, p: [f32; 2]) -> bool {
        (0..self.corners.len() as u32)
            .filter(|i| crosses(self.edge(*i), p))
            .count()
            % 2
            == 1
    }
}

/// Tells whether a ray from `p` to the right crosses an edge; the lower end belongs to the edge, the
/// upper does not, so that a ray through a corner counts once.
fn crosses((a, b): ([f32; 2], [f32; 2]), p: [f32; 2]) -> bool {
    if (a[1] <= p[1]) == (b[1] <= p[1]) {
        return false;
    }
    let (ax, ay) = (f64::from(a[0]), f64::from(a[1]));
    let (bx, by) = (f64::from(b[0]), f64::from(b[1]));
    let x = ax + (f64::from(p[1]) - ay) / (by - ay) * (bx - ax);
    f64::from(p[0]) < x
}

/// Tells whether an edge may touch a box: exact by the separating axis.
fn touches((a, b): ([f32; 2], [f32; 2]), lo: [f32; 2], hi: [f32; 2]) -> bool {
    if (0..2).any(|k| a[k].max(b[k]) < lo[k] || a[k].min(b[k]) > hi[k]) {
        return false;
    }
    let wide = |v: f32| f64::from(v);
    let normal = [wide(b[1]) - wide(a[1]), wide(a[0]) - wide(b[0])];
    let side =
        |x: f32, y: f32| normal[0] * (wide(x) - wide(a[0])) + normal[1] * (wide(y) - wide(a[1]));
    let sides = [
        side(lo[0], lo[1]),
        side(lo[0], hi[1]),
        side(hi[0], lo[1]),
        side(hi[0], hi[1]),
    ];
    !(sides.iter().all(|s| *s > 0.0) || sides.iter().all(|s| *s < 0.0))
}

impl Cloud {
    /// Returns the points inside an outline.
    ///
    /// # Cost
    /// Descends only into cells that the outline cuts: proportional to its length, and a few milliseconds
    /// for millions of points.
    pub fn inside(&self, outline: &Outline) -> Region {
        let all: Vec<u32> = (0..outline.corners.len() as u32).collect();
        // Two levels at once give every thread a cell of its own to begin with.
        let level = 3;
        let parts: Vec<Vec<Range<usize>>> = (0..1u32 << (2 * level))
            .into_par_iter()
            .map(|cell| {
                let mut runs = Vec::new();
                self.descend(outline, cell, level, &all, &mut runs);
                runs
            })
            .collect();
        let mut runs: Vec<Range<usize>> = Vec::new();
        for run in parts.into_iter().flatten() {
            match runs.last_mut() {
                Some(last) if last.end == run.start => last.end = run.end,
                _ => runs.push(run),
            }
        }
        Region { runs }
    }

    /// Adds the runs of a cell in order.
    fn descend(
        &self,
        outline: &Outline,
        cell: u32,
        level: u32,
        edges: &[u32],
        runs: &mut Vec<Range<usize>>,
    ) {
        const FEW_POINTS: usize = 64;
        let run = self.cell_run(cell, level);
        if run.is_empty() {
            return;
        }
        let cut = match self.side(outline, cell, level, edges) {
            Side::Outside => return,
            Side::Inside => return push(runs, run),
            Side::Cut(edges) => edges,
        };
        if run.len() <= FEW_POINTS || level == MAX_LEVEL {
            let from = run.start;
            for (k, p) in self.points.get(run).unwrap_or(&[]).iter().enumerate() {
                if outline.contains(*p) {
                    push(runs, from + k..from + k + 1);
                }
            }
            return;
        }
        for child in 0..4 {
            self.descend(outline, cell << 2 | child, level + 1, &cut, runs);
        }
    }

    fn side(&self, outline: &Outline, cell: u32, level: u32, edges: &[u32]) -> Side {
        let (lo, hi) = self.cell_box(cell, level);
        let cut: Vec<u32> = edges
            .iter()
            .copied()
            .filter(|i| touches(outline.edge(*i), lo, hi))
            .collect();
        if !cut.is_empty() {
            return Side::Cut(cut);
        }
        // No edge is near: all of the cell is on the side of its middle.
        if outline.contains([0.5 * (lo[0] + hi[0]), 0.5 * (lo[1] + hi[1])]) {
            Side::Inside
        } else {
            Side::Outside
        }
    }

    /// Returns a box that holds every point of a cell, rounding included.
    fn cell_box(&self, cell: u32, level: u32) -> ([f32; 2], [f32; 2]) {
        let side = self.square.side / (1u32 << level) as f32;
        let slack = self.square.side * 1e-5;
        let at = [gather(cell), gather(cell >> 1)];
        let lo = [0, 1].map(|a| self.square.lo[a] + at[a] as f32 * side - slack);
        (lo, lo.map(|v| v + side + 2.0 * slack))
    }
}

fn push(runs: &mut Vec<Range<usize>>, run: Range<usize>) {
    match runs.last_mut() {
        Some(last) if last.end == run.start => last.end = run.end,
        _ => runs.push(run),
    }
}

/// Takes every other bit: undoes [`spread`].
fn gather(v: u32) -> u32 {
    let mut v = v & 0x5555_5555;
    v = (v | (v >> 1)) & 0x3333_3333;
    v = (v | (v >> 2)) & 0x0f0f_0f0f;
    v = (v | (v >> 4)) & 0x00ff_00ff;
    v = (v | (v >> 8)) & 0x0000_ffff;
    debug_assert_eq!(spread(v) & 0x5555_5555, spread(v));
    v
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::super::tests::{sample, sorted};
    use super::*;
    use crate::base::seed::Seed;

    fn check_region(cloud: &Cloud, outline: &Outline) {
        let region = cloud.inside(outline);
        let mut inside = vec![false; cloud.points().len()];
        for run in &region.runs {
            assert!(!run.is_empty());
            for i in run.clone() {
                inside[i] = true;
            }
        }
        for pair in region.runs.windows(2) {
            assert!(pair[0].end < pair[1].start);
        }
        for (p, found) in cloud.points().iter().zip(&inside) {
            assert_eq!(outline.contains(*p), *found, "{p:?}");
        }
        assert_eq!(region.n_points(), inside.iter().filter(|i| **i).count());
    }

    #[test]
    fn outlines_hold_what_testing_every_point_finds() {
        let cloud = sample(5000, 8);
        let mut random = Seed(9).stream("outlines");
        for n in [3, 4, 7, 40, 300] {
            for _ in 0..8 {
                // Corners at random: such outlines cross themselves many times.
                let corners = (0..n)
                    .map(|_| [0, 1].map(|_| (8.0 * random.next_f64() - 2.0) as f32))
                    .collect();
                check_region(&cloud, &Outline::new(corners).unwrap());
            }
        }
        check_region(&cloud, &Outline::rectangle([0.0, 0.0], [1.0, 0.5]).unwrap());
        check_region(
            &cloud,
            &Outline::rectangle([-1e3, -1e3], [1e3, 1e3]).unwrap(),
        );
        check_region(&cloud, &Outline::rectangle([9e3, 0.0], [1e4, 1.0]).unwrap());
    }

    #[test]
    fn edges_through_points_and_points_in_one_place() {
        let cloud = sorted(&[
            [0.0, 0.0],
            [1.0, 0.0],
            [1.0, 1.0],
            [0.5, 0.5],
            [0.5, 0.5],
            [2.0, 2.0],
        ]);
        check_region(&cloud, &Outline::rectangle([0.0, 0.0], [1.0, 1.0]).unwrap());
        check_region(
            &cloud,
            &Outline::new(vec![[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]]).unwrap(),
        );
        check_region(
            &sorted(&[[3.0, 3.0]; 500]),
            &Outline::rectangle([2.0, 2.0], [4.0, 4.0]).unwrap(),
        );
    }

    #[test]
    fn outlines_need_three_finite_corners() {
        assert!(Outline::new(vec![[0.0, 0.0], [1.0, 0.0]]).is_none());
        assert!(Outline::new(vec![[0.0, 0.0], [1.0, 0.0], [f32::NAN, 0.0]]).is_none());
    }
}
