//! Points of a plane in the order of a quadtree: what lies in a rectangle is a few runs of points.
//!
//! The order is found once ([`order`]) and kept with the points; the index over it ([`Cloud`]) is made in
//! one pass. Searching ([`Cloud::nearest`], [`Region`]) and drawing walk runs instead of all points.
//! A point that is not finite has no place and takes no part.

mod pick;
mod region;

pub use pick::Finder;
pub use region::{Outline, Region};

use std::ops::Range;

use rayon::prelude::*;

use super::column::Column;

/// Bits of a point's place on each axis: the deepest level of the tree.
const MAX_LEVEL: u32 = 16;

/// Level up to which the first point of every cell is kept: 4¹⁰ starts of 4 bytes are 4 MiB.
const TABLE_LEVEL: u32 = 10;

/// The box that the tree divides: a square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    /// Lower corner.
    pub lo: [f32; 2],
    /// Length of a side, above 0.
    pub side: f32,
}

/// A rectangle in map units: lower corner, upper corner.
pub type Bounds = ([f32; 2], [f32; 2]);

/// Returns the smallest box around finite points, `None` when there is none.
pub fn bounds_of(points: &[[f32; 2]]) -> Option<Bounds> {
    points
        .par_chunks(1 << 16)
        .filter_map(|chunk| {
            chunk
                .iter()
                .filter(|p| p[0].is_finite() && p[1].is_finite())
                .fold(None, |acc: Option<Bounds>, p| {
                    Some(acc.map_or((*p, *p), |(lo, hi)| {
                        (
                            [lo[0].min(p[0]), lo[1].min(p[1])],
                            [hi[0].max(p[0]), hi[1].max(p[1])],
                        )
                    }))
                })
        })
        .reduce_with(|(a, b), (c, d)| {
            (
                [a[0].min(c[0]), a[1].min(c[1])],
                [b[0].max(d[0]), b[1].max(d[1])],
            )
        })
}

impl Square {
    fn around((lo, hi): Bounds) -> Self {
        // A hair more than the longer side, so that the last point falls into the last cell; never zero.
        let side = (hi[0] - lo[0]).max(hi[1] - lo[1]);
        let least = lo
            .iter()
            .chain(&hi)
            .fold(1e-6f32, |m, v| m.max(v.abs() * 1e-6));
        Self {
            lo,
            side: (side * 1.000_01).max(least),
        }
    }

    /// Returns the cell of a point at the deepest level.
    fn cell(&self, p: [f32; 2]) -> [u32; 2] {
        let scale = (1u32 << MAX_LEVEL) as f32 / self.side;
        // A cast of a float stops at the ends of its range, and so do points outside the square.
        [0, 1].map(|a| (((p[a] - self.lo[a]) * scale) as u32).min((1 << MAX_LEVEL) - 1))
    }

    /// Returns the cell of a point at a level: column and row.
    pub fn cell_at(&self, p: [f32; 2], level: u32) -> [u32; 2] {
        self.cell(p)
            .map(|c| c >> (MAX_LEVEL - level.min(MAX_LEVEL)))
    }

    /// Returns the middle of a cell in map units.
    pub fn middle(&self, cell: [u32; 2], level: u32) -> [f32; 2] {
        let side = self.side / (1u32 << level) as f32;
        [0, 1].map(|a| self.lo[a] + (cell[a] as f32 + 0.5) * side)
    }

    /// Returns the place of a point along the tree.
    fn code(&self, p: [f32; 2]) -> u32 {
        let [x, y] = self.cell(p);
        spread(x) | (spread(y) << 1)
    }
}

/// Puts a zero before each of 16 bits.
fn spread(v: u32) -> u32 {
    let mut v = v & 0xffff;
    v = (v | (v << 8)) & 0x00ff_00ff;
    v = (v | (v << 4)) & 0x0f0f_0f0f;
    v = (v | (v << 2)) & 0x3333_3333;
    (v | (v << 1)) & 0x5555_5555
}

/// Returns the finite points' indices in the order of the tree; points of one cell keep theirs.
///
/// # Cost
/// Sorts 8 bytes a point: 0.3 s for six million on two cores.
pub fn order(points: &[[f32; 2]]) -> Vec<u32> {
    let Some(bounds) = bounds_of(points) else {
        return Vec::new();
    };
    let square = Square::around(bounds);
    let mut keys: Vec<u64> = points
        .par_iter()
        .enumerate()
        .filter(|(_, p)| p[0].is_finite() && p[1].is_finite())
        .map(|(i, p)| (u64::from(square.code(*p)) << 32) | i as u64)
        .collect();
    keys.par_sort_unstable();
    keys.into_par_iter().map(|key| key as u32).collect()
}

/// Points in the order of the tree with their index.
#[derive(Clone, Debug)]
pub struct Cloud {
    points: Column<[f32; 2]>,
    bounds: Bounds,
    core: Bounds,
    square: Square,
    /// First point of each cell at [`TABLE_LEVEL`], and the number of points at the end.
    starts: Vec<u32>,
    /// Natural logarithm of the number of points in the cell of a middling point, by level.
    ln_crowd: Vec<f32>,
}

impl Cloud {
    /// Indexes points that stand in the order of [`order`].
    ///
    /// Points that do not are put in some cell all the same and may be missed; the order is part of how
    /// they are stored.
    ///
    /// # Cost
    /// One pass: 40 ms for six million on two cores.
    pub fn new(points: Column<[f32; 2]>) -> Self {
        let bounds = bounds_of(&points).unwrap_or(([0.0; 2], [1.0; 2]));
        Self::in_square(points, bounds, Square::around(bounds))
    }

    /// Indexes middles of this cloud's cells, in the order of the cells.
    #[must_use]
    pub fn of_cells(&self, middles: Vec<[f32; 2]>) -> Self {
        Self::in_square(middles.into(), self.bounds, self.square)
    }

    fn in_square(points: Column<[f32; 2]>, bounds: Bounds, square: Square) -> Self {
        let codes: Vec<u32> = points.par_iter().map(|p| square.code(*p)).collect();
        let n_cells = 1usize << (2 * TABLE_LEVEL);
        let shift = 2 * (MAX_LEVEL - TABLE_LEVEL);
        let mut starts = vec![0u32; n_cells + 1];
        let mut next = 0;
        for (i, code) in codes.iter().enumerate() {
            let cell = (code >> shift) as usize;
            while next <= cell {
                starts[next] = i as u32;
                next += 1;
            }
        }
        for start in starts.iter_mut().skip(next) {
            *start = codes.len() as u32;
        }
        let ln_crowd = crowds(&codes);
        Self {
            core: core(&points, bounds),
            points,
            bounds,
            square,
            starts,
            ln_crowd,
        }
    }

    /// Returns the points in order.
    pub fn points(&self) -> &[[f32; 2]] {
        &self.points
    }

    /// Returns the box around all points.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Returns the box around nearly all points, without the few that strayed far: the middle 99 % on each
    /// axis, and a tenth more to each side; never more than [`Cloud::bounds`].
    pub fn core(&self) -> Bounds {
        self.core
    }

    /// Returns the square that the tree divides.
    pub fn square(&self) -> Square {
        self.square
    }

    /// Divides the points into runs that share no cell of any level from 4 on.
    pub fn parts(&self) -> Vec<Range<usize>> {
        const LEVEL: u32 = 4;
        (0..1u32 << (2 * LEVEL))
            .map(|cell| self.cell_run(cell, LEVEL))
            .filter(|run| !run.is_empty())
            .collect()
    }

    /// Returns how many points share a cell of `side` map units with a middling point, at least 1.
    ///
    /// Depends on the size alone and not on the place, so that what is scaled by it does not flicker while
    /// the map is moved.
    pub fn crowd(&self, side: f32) -> f32 {
        let level = (self.square.side / side.max(f32::MIN_POSITIVE)).log2();
        let level = level.clamp(0.0, MAX_LEVEL as f32);
        let below = (level as usize).min(MAX_LEVEL as usize - 1);
        let at = |l: usize| self.ln_crowd.get(l).copied().unwrap_or(0.0);
        let share = level - below as f32;
        (at(below) * (1.0 - share) + at(below + 1) * share).exp()
    }

    /// Calls `visit` with the runs of points that may lie in a rectangle, each run once, in order of rows
    /// of cells; all points of the rectangle are among them.
    ///
    /// # Units
    /// `cell_side` in map units: runs reach over the rectangle by less than twice this, at most.
    pub fn runs(&self, (lo, hi): Bounds, cell_side: f32, mut visit: impl FnMut(Range<usize>)) {
        let square = self.square;
        if self.points.is_empty()
            || hi[0] < self.bounds.0[0]
            || hi[1] < self.bounds.0[1]
            || lo[0] > self.bounds.1[0]
            || lo[1] > self.bounds.1[1]
        {
            return;
        }
        let level = (square.side / cell_side.max(f32::MIN_POSITIVE))
            .log2()
            .ceil();
        let level = level.clamp(0.0, MAX_LEVEL as f32) as u32;
        let [x0, y0] = square.cell(lo).map(|c| c >> (MAX_LEVEL - level));
        let [x1, y1] = square.cell(hi).map(|c| c >> (MAX_LEVEL - level));
        for y in y0..=y1 {
            let row = spread(y) << 1;
            // Cells that follow one another in the order make one run.
            let mut open: Option<Range<usize>> = None;
            for x in x0..=x1 {
                let run = self.cell_run(spread(x) | row, level);
                match &mut open {
                    Some(o) if o.end == run.start => o.end = run.end,
                    _ => {
                        if let Some(o) = open.take().filter(|o| !o.is_empty()) {
                            visit(o);
                        }
                        open = Some(run);
                    }
                }
            }
            if let Some(o) = open.filter(|o| !o.is_empty()) {
                visit(o);
            }
        }
    }

    /// Returns the points of a cell.
    fn cell_run(&self, cell: u32, level: u32) -> Range<usize> {
        let start = |i: usize| self.starts.get(i).map_or(0, |s| *s as usize);
        if level <= TABLE_LEVEL {
            let shift = 2 * (TABLE_LEVEL - level);
            let first = (cell as usize) << shift;
            return start(first)..start(first + (1 << shift));
        }
        let shift = 2 * (level - TABLE_LEVEL);
        let above = (cell >> shift) as usize;
        let (from, to) = (start(above), start(above + 1));
        let run = self.points.get(from..to).unwrap_or(&[]);
        let code_shift = 2 * (MAX_LEVEL - level);
        let cell_of = |p: &[f32; 2]| self.square.code(*p) >> code_shift;
        let first = run.partition_point(|p| cell_of(p) < cell);
        let n = run
            .get(first..)
            .map_or(0, |rest| rest.partition_point(|p| cell_of(p) == cell));
        from + first..from + first + n
    }
}

/// Finds the middle 99 % on each axis by counting in fine bins, and a tenth more to each side.
fn core(points: &[[f32; 2]], (lo, hi): Bounds) -> Bounds {
    const N_BINS: usize = 2048;
    const OUTSIDE_SHARE: f64 = 0.005;
    let mut core = (lo, hi);
    for axis in 0..2 {
        let width = (hi[axis] - lo[axis]) / N_BINS as f32;
        if width <= 0.0 {
            continue;
        }
        let mut counts = [0u32; N_BINS];
        for p in points {
            counts[(((p[axis] - lo[axis]) / width) as usize).min(N_BINS - 1)] += 1;
        }
        let outside = (OUTSIDE_SHARE * points.len() as f64) as u32;
        // The number of bins from one side that hold hardly anybody.
        let n_outside = |counts: &mut dyn Iterator<Item = &u32>| {
            let mut sum = 0;
            counts
                .take_while(|n| {
                    sum += **n;
                    sum <= outside
                })
                .count()
        };
        let from = n_outside(&mut counts.iter());
        let to = N_BINS - 1 - n_outside(&mut counts.iter().rev()).min(N_BINS - 1);
        let air = 0.1 * (to + 1 - from.min(to)) as f32 * width;
        core.0[axis] = (lo[axis] + from as f32 * width - air).max(lo[axis]);
        core.1[axis] = (lo[axis] + (to + 1) as f32 * width + air).min(hi[axis]);
    }
    core
}

/// Finds, for each level, how many points share a cell with the point in the middle of all when points are
/// sorted by that; as logarithms.
fn crowds(codes: &[u32]) -> Vec<f32> {
    (0..=MAX_LEVEL)
        .into_par_iter()
        .map(|level| {
            let shift = 2 * (MAX_LEVEL - level);
            let cell = |code: u32| u64::from(code) >> shift;
            // Points by the binary logarithm of their cell's size, with the sum of logarithms in each.
            let mut n_by_log2 = [0usize; 33];
            let mut begin = 0;
            while let Some(&code) = codes.get(begin) {
                let run = codes.get(begin..).unwrap_or(&[]);
                // Gallop: runs are short at deep levels and long at shallow ones.
                let mut step = 1;
                while run.get(step).is_some_and(|c| cell(*c) == cell(code)) {
                    step *= 2;
                }
                let last = step.min(run.len());
                let n = step / 2
                    + run
                        .get(step / 2..last)
                        .map_or(0, |r| r.partition_point(|c| cell(*c) == cell(code)));
                let n = n.max(1);
                n_by_log2[n.ilog2() as usize] += n;
                begin += n;
            }
            let mut below = 0;
            for (log2, n) in n_by_log2.iter().enumerate() {
                if 2 * (below + n) >= codes.len() && *n > 0 {
                    // Within the octave, as far along as the middle point is.
                    let share = (0.5 * codes.len() as f32 - below as f32).max(0.0) / *n as f32;
                    return (log2 as f32 + share.min(1.0)) * std::f32::consts::LN_2;
                }
                below += n;
            }
            0.0
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
pub(crate) mod tests {
    use super::*;
    use crate::base::seed::Seed;

    /// Clumps and strays, in the order of the tree.
    pub(crate) fn sample(n: usize, seed: u64) -> Cloud {
        let mut random = Seed(seed).stream("cloud");
        let points: Vec<[f32; 2]> = (0..n)
            .map(|i| {
                let spread = if i % 7 == 0 { 3.0 } else { 0.2 };
                let middle = (i % 5) as f64;
                [
                    (middle + spread * random.next_normal()) as f32,
                    (0.3 * middle + spread * random.next_normal()) as f32,
                ]
            })
            .collect();
        sorted(&points)
    }

    pub(crate) fn sorted(points: &[[f32; 2]]) -> Cloud {
        let in_order: Vec<[f32; 2]> = order(points).iter().map(|i| points[*i as usize]).collect();
        Cloud::new(in_order.into())
    }

    #[test]
    fn runs_hold_every_point_of_a_rectangle_once() {
        let cloud = sample(4000, 1);
        let mut random = Seed(2).stream("rectangles");
        for _ in 0..200 {
            let lo = [0, 1].map(|_| (6.0 * random.next_f64() - 1.0) as f32);
            let size = (random.next_f64().powi(3) * 4.0) as f32;
            let hi = lo.map(|v| v + size);
            let cell_side = size * (random.next_f64() as f32 + 1e-3);
            let mut seen = vec![0; cloud.points().len()];
            cloud.runs((lo, hi), cell_side, |run| {
                for i in run {
                    seen[i] += 1;
                }
            });
            assert!(seen.iter().all(|n| *n <= 1));
            for (i, p) in cloud.points().iter().enumerate() {
                let inside = (0..2).all(|a| p[a] >= lo[a] && p[a] <= hi[a]);
                assert!(!inside || seen[i] == 1, "{p:?} of {lo:?} {hi:?}");
                let far = (0..2).any(|a| {
                    p[a] < lo[a] - 2.0 * cell_side - 1e-3 || p[a] > hi[a] + 2.0 * cell_side + 1e-3
                });
                assert!(!far || seen[i] == 0 || cell_side < cloud.square.side / 65_536.0);
            }
        }
    }

    #[test]
    fn bounds_skip_what_is_not_a_number() {
        assert_eq!(bounds_of(&[[f32::NAN, 1.0]]), None);
        assert_eq!(
            bounds_of(&[[1.0, 2.0], [-1.0, 5.0]]),
            Some(([-1.0, 2.0], [1.0, 5.0]))
        );
    }

    #[test]
    fn points_without_a_place_take_no_part() {
        let points = [
            [1.0, f32::NAN],
            [f32::INFINITY, 0.0],
            [2.0, 3.0],
            [0.5, 0.0],
        ];
        let found = order(&points);
        assert_eq!(found.len(), 2);
        assert!(found.contains(&2) && found.contains(&3));
        assert!(order(&[]).is_empty());
        assert!(order(&[[f32::NAN; 2]]).is_empty());
        let empty = Cloud::new(Column::default());
        empty.runs(([0.0; 2], [1.0; 2]), 0.1, |_| panic!("there is no point"));
    }

    #[test]
    fn all_points_in_one_place_are_one_run() {
        let cloud = sorted(&[[7.0, -2.0]; 100]);
        let mut n = 0;
        cloud.runs(([6.0, -3.0], [8.0, -1.0]), 0.01, |run| n += run.len());
        assert_eq!(n, 100);
        assert!((cloud.crowd(0.5) - 100.0).abs() < 40.0);
    }

    #[test]
    fn the_core_leaves_strays_out() {
        let mut points: Vec<[f32; 2]> = (0..2000)
            .map(|i| [(i % 50) as f32, (i / 50) as f32])
            .collect();
        points.push([1e4, -3e3]);
        let (lo, hi) = sorted(&points).core();
        assert!(lo[0] >= 0.0 && hi[0] < 80.0, "{lo:?} {hi:?}");
        assert!(lo[1] > -20.0 && hi[1] < 60.0, "{lo:?} {hi:?}");
        let (lo, hi) = sorted(&points[..4]).core();
        assert_eq!((lo, hi), ([0.0, 0.0], [3.0, 0.0]));
    }

    #[test]
    fn crowds_grow_with_the_cell_and_agree_with_counting() {
        let cloud = sample(20_000, 3);
        let mut before = 0.0;
        for size in [1e-3, 0.01, 0.05, 0.2, 1.0, 5.0, 1e3] {
            let crowd = cloud.crowd(size);
            assert!(crowd >= before, "{size}: {crowd} after {before}");
            before = crowd;
        }
        // Counted: for each point the number in its cell, at a level of the tree.
        for level in [3u32, 6, 9] {
            let shift = 2 * (MAX_LEVEL - level);
            let codes: Vec<u32> = cloud
                .points()
                .iter()
                .map(|p| cloud.square.code(*p) >> shift)
                .collect();
            let mut n_in_cell = std::collections::BTreeMap::new();
            for c in &codes {
                *n_in_cell.entry(*c).or_insert(0usize) += 1;
            }
            let mut sizes: Vec<usize> = codes.iter().map(|c| n_in_cell[c]).collect();
            sizes.sort_unstable();
            let middle = sizes[sizes.len() / 2] as f32;
            let found = cloud.crowd(cloud.square.side / (1u32 << level) as f32);
            assert!(
                found / middle < 2.0 && middle / found < 2.0,
                "{level}: {found} for {middle}"
            );
        }
    }

    #[test]
    fn the_order_is_a_permutation_and_keeps_ties() {
        let points = vec![[1.0, 1.0], [0.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.4, 0.9]];
        let mut found = order(&points);
        let place = |i: u32| found.iter().position(|j| *j == i).unwrap();
        assert!(place(0) < place(2) && place(1) < place(3));
        found.sort_unstable();
        assert_eq!(found, [0, 1, 2, 3, 4]);
    }
}
