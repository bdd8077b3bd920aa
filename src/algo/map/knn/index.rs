//! An index of rows that answers which of them are nearest to a row.
//!
//! Up to [`MAX_EXACT_ROWS`] rows are compared one with all. Above, rows are dealt into cells and a
//! row is compared with all of the cells nearest to it. How many cells that takes is measured and
//! not guessed: for a sample of rows the true neighbors are found among all rows, and so many cells
//! are looked into that [`TARGET_RECALL`] of them would be found. Where that would be most cells,
//! as with rows that point in random directions, all rows are compared.
//!
//! It is not a graph and is not walked from row to row, as neighbor descent does: cells turn the
//! search into products of matrices, which run at the processor's full width, and the neighbors
//! found depend on no order of work.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::super::{MapError, check};
use super::cells::Cells;
use super::pairs::{GAP, GROUP, LANES, Pairs, Rows};
use super::{Metric, Neighbors};
use crate::base::matrix::Matrix;
use crate::base::observe::{Cancelled, Observe};
use crate::base::seed::Seed;

/// How hard neighbors are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Search {
    /// All of them up to [`MAX_EXACT_ROWS`] rows, [`TARGET_RECALL`] of them above.
    #[default]
    Quick,
    /// All of them.
    Exact,
}

/// Up to so many rows all are compared; cells would hardly be faster.
pub const MAX_EXACT_ROWS: usize = 12_000;
/// Share of the true neighbors that is to be found where not all rows are compared.
pub const TARGET_RECALL: f64 = 0.985;
/// Rows whose true neighbors are found to plan the search; 15 neighbors of each give a standard
/// error near 0.002.
const N_PLANNED_FROM: usize = 512;
/// Cells for each root of the number of rows.
const CELLS_PER_ROOT: f64 = 1.0;
/// Above this share of cells, comparing all rows is as fast and finds everything.
const MAX_SHARE_OF_CELLS: f64 = 0.5;
/// Rows that one task searches for.
const QUERIES: usize = 40 * GROUP;
/// Panels compared at a time; with 384 columns they fill half of a second-level cache.
const PANELS: usize = 12;
/// Candidates kept beyond `k` before exact distances decide; single precision swaps only pairs
/// that differ in the seventh digit, and few of them lie at the end of a list.
const N_SPARE: usize = 8;
/// Draws the rows that the search is planned from.
const SEED: Seed = Seed(0x706c_616e);

/// Rows, made ready to be searched.
pub struct Index<'a> {
    pairs: Pairs<'a>,
    cells: Cells,
    /// Cells looked into for each row.
    n_probes: usize,
    recall_share: f64,
}

impl std::fmt::Debug for Index<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index")
            .field("n_rows", &self.pairs.rows.n())
            .field("n_cells", &self.cells.ranges.len())
            .field("n_probes", &self.n_probes)
            .field("recall_share", &self.recall_share)
            .finish()
    }
}

impl<'a> Index<'a> {
    /// Prepares the rows; the search is planned for `k` neighbors.
    ///
    /// # Errors
    /// [`MapError::NotFinite`] names the first bad value, [`MapError::Cancelled`] follows a cancel.
    ///
    /// # Cost
    /// `O(n √n d)` time above [`MAX_EXACT_ROWS`], and a second copy of the rows.
    pub fn new(
        x: &'a Matrix<f32>,
        metric: Metric,
        k: usize,
        search: Search,
        observe: &dyn Observe,
    ) -> Result<Self, MapError> {
        check(x)?;
        observe.phase("index");
        let n = x.n_rows();
        let rows = Rows::new(x, metric);
        let whole = search == Search::Exact || n <= MAX_EXACT_ROWS || k == 0;
        if !whole {
            let n_cells = ((n as f64).sqrt() * CELLS_PER_ROOT) as usize;
            let index = Self::of_cells(rows, n_cells, k, observe)?;
            if (index.n_probes as f64) < MAX_SHARE_OF_CELLS * index.cells.ranges.len() as f64 {
                return Ok(index);
            }
        }
        let cells = Cells::whole(n);
        observe.step(0, 0)?;
        Ok(Self {
            pairs: Pairs::arranged(Rows::new(x, metric), &cells.slots, observe)?,
            cells,
            n_probes: 1,
            recall_share: 1.0,
        })
    }

    /// Deals the rows into cells and plans how many of them to look into.
    pub(super) fn of_cells(
        rows: Rows<'a>,
        n_cells: usize,
        k: usize,
        observe: &dyn Observe,
    ) -> Result<Self, MapError> {
        let n = rows.n();
        let cells = Cells::new(&rows, n_cells, observe)?;
        let mut index = Self {
            pairs: Pairs::arranged(rows, &cells.slots, observe)?,
            n_probes: cells.ranges.len(),
            cells,
            recall_share: 1.0,
        };
        observe.phase("search plan");
        let mut sample: Vec<u32> = (0..n as u32).collect();
        SEED.stream("plan").shuffle(&mut sample);
        sample.truncate(N_PLANNED_FROM);
        let truth = index.search(&index.pairs.rows, &sample, true, k, observe)?;
        let mut cell_of = vec![0u32; n];
        for (c, range) in index.cells.ranges.iter().enumerate() {
            for &i in &index.cells.slots[range.start * LANES..range.end * LANES] {
                if i != GAP {
                    cell_of[i as usize] = c as u32;
                }
            }
        }
        // How many neighbors lie in the nearest cell, in the second, and so on.
        let mut n_in = vec![0u64; index.cells.ranges.len()];
        let orders = index.nearest_cells(&index.pairs.rows, &sample, observe)?;
        for (order, found) in orders.iter().zip(&truth) {
            let mut rank_of = vec![0u32; order.len()];
            for (rank, &(_, c)) in order.iter().enumerate() {
                rank_of[c as usize] = rank as u32;
            }
            for &(j, _) in found {
                n_in[rank_of[cell_of[j as usize] as usize] as usize] += 1;
            }
        }
        let total: u64 = n_in.iter().sum();
        let mut n_found = 0;
        for (rank, n) in n_in.into_iter().enumerate() {
            n_found += n;
            if n_found as f64 >= TARGET_RECALL * total as f64 {
                index.n_probes = rank + 1;
                index.recall_share = n_found as f64 / total.max(1) as f64;
                break;
            }
        }
        Ok(index)
    }

    /// Returns the share of true neighbors that is found, measured on a sample; 1 where all rows
    /// are compared.
    pub fn recall_share(&self) -> f64 {
        self.recall_share
    }

    /// Finds the `k` nearest other rows of every row of the index.
    ///
    /// # Shapes
    /// - returns: `n × min(k, n − 1)`.
    ///
    /// # Errors
    /// [`MapError::Cancelled`] follows a cancel.
    pub fn neighbors(&self, k: usize, observe: &dyn Observe) -> Result<Neighbors, MapError> {
        observe.phase("neighbors");
        let k = k.min(self.pairs.rows.n().saturating_sub(1));
        // Rows of one cell follow each other, so that a task looks into few cells.
        let slots = self.cells.slots.iter().copied();
        let order: Vec<u32> = slots.filter(|i| *i != GAP).collect();
        let lists = self.search(&self.pairs.rows, &order, true, k, observe)?;
        Ok(gather(&order, &lists, k))
    }

    /// Finds the `k` nearest other rows of some rows of the index, in their order.
    ///
    /// # Shapes
    /// - `of`: `m` rows.
    /// - returns: `m × min(k, n − 1)`.
    ///
    /// # Errors
    /// [`MapError::Cancelled`] follows a cancel.
    pub fn neighbors_of(
        &self,
        of: &[u32],
        k: usize,
        observe: &dyn Observe,
    ) -> Result<Neighbors, MapError> {
        observe.phase("neighbors");
        let k = k.min(self.pairs.rows.n().saturating_sub(1));
        let lists = self.search(&self.pairs.rows, of, true, k, observe)?;
        let places: Vec<u32> = (0..of.len() as u32).collect();
        Ok(gather(&places, &lists, k))
    }

    /// Finds the `k` rows of the index that are nearest to each row of `y`.
    ///
    /// # Shapes
    /// - `y`: `m × d`.
    /// - returns: `m × min(k, n)`.
    ///
    /// # Errors
    /// [`MapError::NotFinite`] names the first bad value of `y`, [`MapError::ColumnsDiffer`] says
    /// that its rows are no rows of this kind, [`MapError::Cancelled`] follows a cancel.
    pub fn nearest_to(
        &self,
        y: &Matrix<f32>,
        k: usize,
        observe: &dyn Observe,
    ) -> Result<Neighbors, MapError> {
        check(y)?;
        self.pairs.rows.check_width(y)?;
        observe.phase("neighbors");
        let rows = self.pairs.rows.of_same_metric(y);
        let k = k.min(self.pairs.rows.n());
        let order: Vec<u32> = (0..y.n_rows() as u32).collect();
        let lists = self.search(&rows, &order, false, k, observe)?;
        Ok(gather(&order, &lists, k))
    }

    /// Returns for each of some rows the cells, nearest first.
    fn nearest_cells(
        &self,
        rows: &Rows<'_>,
        of: &[u32],
        observe: &dyn Observe,
    ) -> Result<Vec<Vec<(f32, u32)>>, Cancelled> {
        let centers = Pairs::new(&self.cells.centers, self.pairs.rows.metric(), observe)?;
        let mut ranks = Ranks::new(&centers, self.cells.ranges.len());
        let orders = of.chunks(GROUP).flat_map(|group| {
            ranks.measure(rows, group);
            (0..group.len())
                .map(|g| {
                    let mut order: Vec<(f32, u32)> = ranks.of(g).collect();
                    order.sort_unstable_by(|a, b| by_key(*a, *b));
                    order
                })
                .collect::<Vec<_>>()
        });
        Ok(orders.collect())
    }

    /// Searches for the rows named in `order`; lists come in that order.
    fn search(
        &self,
        rows: &Rows<'_>,
        order: &[u32],
        leaves_own_out: bool,
        k: usize,
        observe: &dyn Observe,
    ) -> Result<Vec<List>, MapError> {
        if k == 0 {
            return Ok(vec![List::new(); order.len()]);
        }
        let centers = Pairs::new(&self.cells.centers, self.pairs.rows.metric(), observe)?;
        let search = Task {
            index: self,
            centers: &centers,
            rows,
            leaves_own_out,
            k,
            n_kept: k + N_SPARE,
            n_done: AtomicU64::new(0),
            n_total: order.len() as u64,
            observe,
        };
        let parts: Vec<Vec<List>> = order
            .par_chunks(QUERIES)
            .map(|queries| search.run(queries))
            .collect::<Result<_, Cancelled>>()?;
        Ok(parts.into_iter().flatten().collect())
    }
}

/// Neighbors with their distances, nearest first.
type List = Vec<(u32, f32)>;

fn by_key(a: (f32, u32), b: (f32, u32)) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

/// Brings lists into the order of their rows.
fn gather(order: &[u32], lists: &[List], k: usize) -> Neighbors {
    let mut indices = Matrix::filled(order.len(), k, 0u32);
    let mut distances = Matrix::filled(order.len(), k, 0f32);
    for (&i, list) in order.iter().zip(lists) {
        let to = indices.row_mut(i as usize).iter_mut();
        let to = to.zip(distances.row_mut(i as usize));
        for ((index, distance), &(j, d)) in to.zip(list) {
            (*index, *distance) = (j, d);
        }
    }
    Neighbors {
        k,
        indices,
        distances,
    }
}

/// Room for the keys of a group's rows and all centers.
struct Ranks<'a> {
    centers: &'a Pairs<'a>,
    n_cells: usize,
    packed: Vec<f32>,
    keys: Vec<[f32; LANES]>,
}

impl<'a> Ranks<'a> {
    fn new(centers: &'a Pairs<'a>, n_cells: usize) -> Self {
        Self {
            centers,
            n_cells,
            packed: vec![0.0; centers.d() * GROUP],
            keys: vec![[0.0; LANES]; centers.n_panels() * GROUP],
        }
    }

    fn measure(&mut self, rows: &Rows<'_>, group: &[u32]) {
        self.centers.pack_rows(rows, group, &mut self.packed);
        self.centers.keys(&self.packed, 0, &mut self.keys);
    }

    /// Lists the cells with their keys for a row of the group.
    fn of(&self, g: usize) -> impl Iterator<Item = (f32, u32)> + '_ {
        let keys = self.keys.iter().skip(g).step_by(GROUP).flatten();
        keys.take(self.n_cells).copied().zip(0..)
    }
}

/// A search for many rows.
struct Task<'a> {
    index: &'a Index<'a>,
    centers: &'a Pairs<'a>,
    rows: &'a Rows<'a>,
    leaves_own_out: bool,
    k: usize,
    n_kept: usize,
    n_done: AtomicU64,
    n_total: u64,
    observe: &'a dyn Observe,
}

impl Task<'_> {
    /// Searches for some rows.
    fn run(&self, queries: &[u32]) -> Result<Vec<List>, Cancelled> {
        let pairs = &self.index.pairs;
        let mut kept: Vec<Vec<(f32, u32)>> =
            vec![Vec::with_capacity(self.n_kept + 1); queries.len()];
        let mut keys = vec![[0.0; LANES]; PANELS * GROUP];
        let mut packs: Vec<f32> = Vec::new();
        let pack_len = pairs.d() * GROUP;
        for (cell, who) in self.visits(queries) {
            let groups: Vec<&[u32]> = who.chunks(GROUP).collect();
            packs.resize(groups.len() * pack_len, 0.0);
            for (g, group) in groups.iter().enumerate() {
                let mut ids = [0u32; GROUP];
                for (id, q) in ids.iter_mut().zip(*group) {
                    *id = queries[*q as usize];
                }
                let packed = &mut packs[g * pack_len..(g + 1) * pack_len];
                pairs.pack_rows(self.rows, &ids[..group.len()], packed);
            }
            let range = self.index.cells.ranges[cell as usize].clone();
            for first in range.clone().step_by(PANELS) {
                let here = PANELS.min(range.end - first);
                let slots = &self.index.cells.slots;
                let slots = &slots[first * LANES..slots.len().min((first + here) * LANES)];
                for (g, group) in groups.iter().enumerate() {
                    let keys = &mut keys[..here * GROUP];
                    pairs.keys(&packs[g * pack_len..(g + 1) * pack_len], first, keys);
                    for (g, &q) in group.iter().enumerate() {
                        let own = if self.leaves_own_out {
                            queries[q as usize]
                        } else {
                            GAP
                        };
                        let tiles = keys.iter().skip(g).step_by(GROUP);
                        for (keys, slots) in tiles.zip(slots.chunks(LANES)) {
                            keep(&mut kept[q as usize], self.n_kept, own, slots, keys);
                        }
                    }
                }
                self.step(0)?;
            }
        }
        let lists = queries
            .iter()
            .zip(kept)
            .map(|(&i, kept)| self.finish(i, &kept));
        let lists = lists.collect();
        self.step(queries.len() as u64)?;
        Ok(lists)
    }

    /// Lists the cells to look into, each with the queries that ask for it.
    fn visits(&self, queries: &[u32]) -> Vec<(u32, Vec<u32>)> {
        let n_cells = self.index.cells.ranges.len();
        let n_probes = self.index.n_probes;
        let mut who: Vec<Vec<u32>> = vec![Vec::new(); n_cells];
        if n_probes >= n_cells {
            who.fill((0..queries.len() as u32).collect());
        } else {
            let mut ranks = Ranks::new(self.centers, n_cells);
            let mut order: Vec<(f32, u32)> = Vec::with_capacity(n_cells);
            for (first, group) in (0..).step_by(GROUP).zip(queries.chunks(GROUP)) {
                ranks.measure(self.rows, group);
                for g in 0..group.len() {
                    order.clear();
                    order.extend(ranks.of(g));
                    order.select_nth_unstable_by(n_probes - 1, |a, b| by_key(*a, *b));
                    for &(_, cell) in &order[..n_probes] {
                        who[cell as usize].push(first + g as u32);
                    }
                }
            }
        }
        (0..).zip(who).filter(|(_, who)| !who.is_empty()).collect()
    }

    /// Orders candidates by exact distances and keeps the nearest.
    fn finish(&self, i: u32, kept: &[(f32, u32)]) -> List {
        let pairs = &self.index.pairs;
        let mut exact: Vec<(f64, u32)> = kept
            .iter()
            .map(|&(_, j)| (self.rows.distance(i as usize, &pairs.rows, j as usize), j))
            .collect();
        exact.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let nearest = exact.into_iter().take(self.k);
        nearest.map(|(d, j)| (j, d as f32)).collect()
    }

    fn step(&self, n_rows: u64) -> Result<(), Cancelled> {
        let n_done = self.n_done.fetch_add(n_rows, Ordering::Relaxed) + n_rows;
        self.observe.step(n_done, self.n_total)
    }
}

/// Keeps the smallest keys in order; of equal keys the first row stays, whatever the order of
/// arrival.
fn keep(kept: &mut Vec<(f32, u32)>, n_kept: usize, own: u32, slots: &[u32], keys: &[f32; LANES]) {
    // Most panels hold nothing near; one pass over the lanes tells.
    if let Some(worst) = kept.last().filter(|_| kept.len() == n_kept)
        && keys.iter().fold(f32::INFINITY, |a, b| a.min(*b)) > worst.0
    {
        return;
    }
    for (&key, &row) in keys.iter().zip(slots) {
        if row == own || row == GAP {
            continue;
        }
        let candidate = (key, row);
        if kept.len() == n_kept {
            if kept
                .last()
                .is_some_and(|worst| by_key(*worst, candidate).is_lt())
            {
                continue;
            }
            kept.pop();
        }
        let at = kept.partition_point(|other| by_key(*other, candidate).is_lt());
        kept.insert(at, candidate);
    }
}
