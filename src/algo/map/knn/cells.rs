//! Cells: a corpus dealt into groups of rows that lie beside each other.
//!
//! k-means over a sample, then every row to its nearest center. It need not be good, only good
//! enough that most neighbors of a row lie in few cells; how many is measured by who uses it.
//!
//! # Source
//! Lloyd 1982; as the coarse level of inverted files (Jégou, Douze and Schmid 2011).

use std::ops::Range;

use rayon::prelude::*;

use super::super::MapError;
use super::pairs::{GAP, GROUP, LANES, Pairs, Rows};
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;
use crate::base::seed::Seed;

/// Rows that centers are found from, for each center.
const ROWS_PER_CENTER: usize = 32;
/// Rounds of k-means; later ones hardly move anything.
const N_ROUNDS: usize = 3;
/// Cells larger than this multiple of the mean are cut, so that many equal rows do not make one
/// cell of all of them.
const MAX_SHARE: usize = 8;
/// Where centers start; the neighbors found hardly depend on it, so no caller needs to choose.
const SEED: Seed = Seed(0x6365_6c6c);
/// Groups of rows between two looks at the observer.
const GROUPS_PER_STEP: usize = 64;

/// Rows by cell.
pub(super) struct Cells {
    /// The row in each slot of the panels, cell after cell; each cell begins a panel.
    pub(super) slots: Vec<u32>,
    /// Panels of each cell.
    pub(super) ranges: Vec<Range<usize>>,
    /// Center of each cell, along the axes of the rows as their metric sees them.
    pub(super) centers: Matrix<f32>,
}

impl Cells {
    /// Puts all rows into one cell, in their own order.
    pub(super) fn whole(n: usize) -> Self {
        Self {
            slots: (0..n as u32).collect(),
            ranges: std::iter::once(0..n.div_ceil(LANES)).collect(),
            centers: Matrix::filled(1, 0, 0.0),
        }
    }

    /// Deals the rows into about `n_cells` cells.
    pub(super) fn new(
        rows: &Rows<'_>,
        n_cells: usize,
        observe: &dyn Observe,
    ) -> Result<Self, MapError> {
        let (n, d) = (rows.n(), rows.d());
        let mut sample: Vec<u32> = (0..n as u32).collect();
        SEED.stream("cells").shuffle(&mut sample);
        sample.truncate(n_cells * ROWS_PER_CENTER);
        let mut centers = Matrix::filled(n_cells, d, 0.0f32);
        for (c, &i) in sample.iter().take(n_cells).enumerate() {
            rows.read(i as usize, centers.row_mut(c));
        }
        for _ in 0..N_ROUNDS {
            let nearest = nearest_centers(rows, &sample, &centers, observe)?;
            move_centers(rows, &sample, &nearest, &mut centers);
        }
        let all: Vec<u32> = (0..n as u32).collect();
        let nearest = nearest_centers(rows, &all, &centers, observe)?;
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); n_cells];
        for (i, c) in all.into_iter().zip(nearest) {
            members[c as usize].push(i);
        }
        let most = MAX_SHARE * n.div_ceil(n_cells);
        let mut out = Self {
            slots: Vec::with_capacity(n + n_cells * LANES),
            ranges: Vec::with_capacity(n_cells),
            centers: Matrix::filled(0, d, 0.0),
        };
        let mut kept = Vec::with_capacity(n_cells);
        for (c, members) in members.iter().enumerate() {
            for part in members.chunks(most.max(1)) {
                let first = out.slots.len() / LANES;
                out.slots.extend_from_slice(part);
                out.slots
                    .resize(out.slots.len().next_multiple_of(LANES), GAP);
                out.ranges.push(first..out.slots.len() / LANES);
                kept.push(c);
            }
        }
        out.centers = centers.select_rows(&kept);
        Ok(out)
    }
}

/// Returns the nearest center of each of some rows, the first of equals.
fn nearest_centers(
    rows: &Rows<'_>,
    of: &[u32],
    centers: &Matrix<f32>,
    observe: &dyn Observe,
) -> Result<Vec<u32>, MapError> {
    let pairs = Pairs::new(centers, rows.metric(), observe)?;
    let n_centers = centers.n_rows();
    let mut nearest = vec![0u32; of.len()];
    nearest
        .par_chunks_mut(GROUP * GROUPS_PER_STEP)
        .zip(of.par_chunks(GROUP * GROUPS_PER_STEP))
        .try_for_each(|(nearest, of)| {
            observe.step(0, 0)?;
            let mut keys = vec![[0.0; LANES]; pairs.n_panels() * GROUP];
            let mut packed = vec![0.0; pairs.d() * GROUP];
            for (nearest, group) in nearest.chunks_mut(GROUP).zip(of.chunks(GROUP)) {
                pairs.pack_rows(rows, group, &mut packed);
                pairs.keys(&packed, 0, &mut keys);
                for (g, nearest) in nearest.iter_mut().enumerate() {
                    let mut best = f32::INFINITY;
                    let tiles = keys.iter().skip(g).step_by(GROUP).flatten();
                    for (c, &key) in tiles.take(n_centers).enumerate() {
                        if key < best {
                            (best, *nearest) = (key, c as u32);
                        }
                    }
                }
            }
            Ok(())
        })
        .map(|()| nearest)
}

/// Moves each center to the mean of its rows; one without rows stays.
fn move_centers(rows: &Rows<'_>, sample: &[u32], nearest: &[u32], centers: &mut Matrix<f32>) {
    let d = centers.n_cols();
    let mut sums = Matrix::filled(centers.n_rows(), d, 0.0f64);
    let mut n_rows = vec![0u32; centers.n_rows()];
    let mut row = vec![0.0; d];
    for (&i, &c) in sample.iter().zip(nearest) {
        rows.read(i as usize, &mut row);
        n_rows[c as usize] += 1;
        for (sum, v) in sums.row_mut(c as usize).iter_mut().zip(&row) {
            *sum += f64::from(*v);
        }
    }
    for (c, n_rows) in n_rows.into_iter().enumerate().filter(|(_, n)| *n > 0) {
        for (to, sum) in centers.row_mut(c).iter_mut().zip(sums.row(c)) {
            *to = (sum / f64::from(n_rows)) as f32;
        }
    }
}
