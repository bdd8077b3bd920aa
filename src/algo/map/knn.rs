//! Exact nearest neighbors of every row among all rows.
//!
//! Compares all pairs, so its cost grows with the square of the rows; an approximate index comes
//! with larger corpora. It refuses values that are not finite and leaves the point itself out.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::pairs::{GROUP, LANES, Pairs};
use super::{MapError, check};
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;

/// How far apart two rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// One minus the cosine of the angle; a row of zeros is at 1 from all but other such rows.
    Cosine,
    /// The straight line.
    Euclidean,
}

/// The nearest rows of each row, nearest first; equal distances are ordered by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbors {
    /// Neighbors of each row: what was asked for, or all other rows where there are fewer.
    pub k: usize,
    /// `n × k`, rows of the neighbors; never the row itself.
    pub indices: Matrix<u32>,
    /// `n × k`, distances in the metric's own units.
    pub distances: Matrix<f32>,
}

/// Rows that one task compares with all others.
const BLOCK: usize = 8 * GROUP;
/// Panels between two looks at the observer: at 384 columns some 6 ms of work.
const PANELS_PER_STEP: usize = 256;
/// Panels of one chunk; with 384 columns it fills about half of a second-level cache.
const PANELS_PER_CHUNK: usize = 16;
/// Candidates kept beyond `k` before exact distances decide; single precision swaps only pairs
/// that differ in the seventh digit, and few of them lie at the end of a list.
const N_SPARE: usize = 8;

/// Finds the `k` nearest other rows of every row.
///
/// Candidates come from products in single precision, the order from differences in double
/// precision, so equal rows are at distance 0 and results do not depend on the thread count.
///
/// # Shapes
/// - `x`: `n × d`.
/// - returns: `n × min(k, n − 1)`.
///
/// # Errors
/// [`MapError::NotFinite`] names the first bad value, [`MapError::Cancelled`] follows a cancel.
///
/// # Cost
/// `O(n² d)` time, `O(n (d + k))` memory.
pub fn exact_knn(
    x: &Matrix<f32>,
    k: usize,
    metric: Metric,
    observe: &dyn Observe,
) -> Result<Neighbors, MapError> {
    check(x)?;
    observe.phase("neighbors");
    let n = x.n_rows();
    let k = k.min(n.saturating_sub(1));
    let mut indices = Matrix::filled(n, k, 0u32);
    let mut distances = Matrix::filled(n, k, 0f32);
    if k > 0 {
        let pairs = Pairs::new(x, metric);
        let search = Search {
            pairs: &pairs,
            n,
            k,
            n_done: AtomicU64::new(0),
            observe,
        };
        indices
            .values_mut()
            .par_chunks_mut(BLOCK * k)
            .zip(distances.values_mut().par_chunks_mut(BLOCK * k))
            .enumerate()
            .try_for_each(|(b, (indices, distances))| search.block(b, indices, distances))?;
    }
    Ok(Neighbors {
        k,
        indices,
        distances,
    })
}

struct Search<'a> {
    pairs: &'a Pairs,
    n: usize,
    k: usize,
    n_done: AtomicU64,
    observe: &'a dyn Observe,
}

impl Search<'_> {
    /// Fills the lists of one block of rows.
    fn block(&self, b: usize, indices: &mut [u32], distances: &mut [f32]) -> Result<(), MapError> {
        let first = b * BLOCK;
        let rows: Vec<u32> = (first..(first + BLOCK).min(self.n))
            .map(|i| i as u32)
            .collect();
        let groups: Vec<Vec<f32>> = rows.chunks(GROUP).map(|g| self.pairs.pack(g)).collect();
        let n_kept = (self.k + N_SPARE).min(self.n - 1);
        let mut kept: Vec<Vec<(f32, u32)>> = vec![Vec::with_capacity(n_kept + 1); rows.len()];
        let mut keys = vec![[0.0; LANES]; PANELS_PER_CHUNK * GROUP];
        let n_panels = self.pairs.n_panels();
        for first_panel in (0..n_panels).step_by(PANELS_PER_CHUNK) {
            let here = PANELS_PER_CHUNK.min(n_panels - first_panel);
            for (group, rows_and_kept) in groups
                .iter()
                .zip(rows.chunks(GROUP).zip(kept.chunks_mut(GROUP)))
            {
                let keys = &mut keys[..here * GROUP];
                self.pairs.keys(group, first_panel, keys);
                for (g, (&i, kept)) in rows_and_kept.0.iter().zip(rows_and_kept.1).enumerate() {
                    for p in 0..here {
                        let start = (first_panel + p) * LANES;
                        let keys = &keys[p * GROUP + g][..LANES.min(self.n - start)];
                        keep(kept, n_kept, i, start as u32, keys);
                    }
                }
            }
            if (first_panel + here).is_multiple_of(PANELS_PER_STEP) {
                self.step(0)?;
            }
        }
        for ((&i, kept), (indices, distances)) in rows
            .iter()
            .zip(&kept)
            .zip(indices.chunks_mut(self.k).zip(distances.chunks_mut(self.k)))
        {
            let mut exact: Vec<(f64, u32)> = kept
                .iter()
                .map(|&(_, j)| (self.pairs.distance(i as usize, j as usize), j))
                .collect();
            exact.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for ((index, distance), (exact, j)) in indices.iter_mut().zip(distances).zip(exact) {
                (*index, *distance) = (j, exact as f32);
            }
        }
        self.step(rows.len() as u64)
    }

    fn step(&self, n_rows: u64) -> Result<(), MapError> {
        let n_done = self.n_done.fetch_add(n_rows, Ordering::Relaxed) + n_rows;
        Ok(self.observe.step(n_done, self.n as u64)?)
    }
}

/// Keeps the smallest keys in order. Rows arrive in ascending order, so of equal keys the first
/// stays.
fn keep(kept: &mut Vec<(f32, u32)>, n_kept: usize, own: u32, start: u32, keys: &[f32]) {
    let worst = match kept.last() {
        Some(last) if kept.len() == n_kept => last.0,
        _ => f32::INFINITY,
    };
    // Most panels hold nothing near; one pass over the lanes tells.
    if kept.len() == n_kept && keys.iter().fold(f32::INFINITY, |a, b| a.min(*b)) >= worst {
        return;
    }
    for (j, &key) in (start..).zip(keys) {
        let full = kept.len() == n_kept;
        let near = kept.last().is_none_or(|last| key < last.0);
        if j == own || (full && !near) {
            continue;
        }
        if full {
            kept.pop();
        }
        let at = kept.partition_point(|other| other.0 <= key);
        kept.insert(at, (key, j));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::{Cancelled, Silent};
    use crate::base::seed::Seed;

    fn noise(n: usize, d: usize) -> Matrix<f32> {
        let mut random = Seed(9).stream("knn");
        let values = (0..n * d).map(|_| random.next_normal() as f32).collect();
        Matrix::from_values(n, d, values).unwrap()
    }

    fn brute(x: &Matrix<f32>, k: usize, metric: Metric) -> Vec<Vec<u32>> {
        let pairs = Pairs::new(x, metric);
        (0..x.n_rows())
            .map(|i| {
                let mut all: Vec<(f64, u32)> = (0..x.n_rows())
                    .filter(|j| *j != i)
                    .map(|j| (pairs.distance(i, j), j as u32))
                    .collect();
                all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                all.into_iter().take(k).map(|(_, j)| j).collect()
            })
            .collect()
    }

    #[test]
    fn equals_the_brute_force_twin_at_any_thread_count() {
        for metric in [Metric::Cosine, Metric::Euclidean] {
            let x = noise(301, 13);
            let found = exact_knn(&x, 15, metric, &Silent).unwrap();
            for (i, wanted) in brute(&x, 15, metric).iter().enumerate() {
                assert_eq!(found.indices.row(i), wanted.as_slice());
            }
            for n_threads in [1, 3] {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(n_threads)
                    .build()
                    .unwrap();
                let again = pool.install(|| exact_knn(&x, 15, metric, &Silent)).unwrap();
                assert_eq!(again, found);
            }
        }
    }

    #[test]
    fn edges() {
        for n in [0, 1, 2, 15] {
            let found = exact_knn(&noise(n, 4), 15, Metric::Cosine, &Silent).unwrap();
            assert_eq!(found.k, n.saturating_sub(1).min(15));
            assert_eq!(found.indices.n_rows(), n);
        }
        let equal = exact_knn(&Matrix::filled(40, 3, 0.3), 4, Metric::Cosine, &Silent).unwrap();
        assert!(
            equal
                .distances
                .values()
                .iter()
                .all(|d| d.abs() < f32::EPSILON)
        );
        assert_eq!(equal.indices.row(2), &[0, 1, 3, 4]);
        assert_eq!(
            exact_knn(&noise(5, 0), 2, Metric::Euclidean, &Silent)
                .unwrap()
                .k,
            2
        );
        let mut bad = noise(5, 3);
        bad.row_mut(3)[1] = f32::NAN;
        assert_eq!(
            exact_knn(&bad, 2, Metric::Euclidean, &Silent),
            Err(MapError::NotFinite {
                row_idx: 3,
                col_idx: 1
            })
        );
    }

    struct Stop;

    impl Observe for Stop {
        fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
            Err(Cancelled)
        }
    }

    #[test]
    fn hears_of_a_cancel() {
        let answer = exact_knn(&noise(50, 3), 2, Metric::Euclidean, &Stop);
        assert_eq!(answer, Err(MapError::Cancelled(Cancelled)));
    }
}
