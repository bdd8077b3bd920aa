//! How well a layout keeps neighborhoods: trustworthiness and shared neighbors.
//! It only measures; it neither chooses settings nor judges clusters.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::knn::pairs::{GROUP, LANES, Pairs};
use super::knn::{Index, Metric, Search, exact_knn};
use super::{MapError, check};
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;
use crate::base::seed::Seed;

/// Up to so many rows every row is ranked.
const MAX_EXACT_ROWS: usize = 20_000;
/// Above, so many rows are drawn; their mean then has a standard error near 0.001.
const N_SAMPLED_ROWS: usize = 5_000;
/// The seed they are drawn by, so that two layouts of one corpus are measured on the same rows.
const SAMPLE_SEED: Seed = Seed(0x7275_7374);

/// Returns how little the layout `y` puts beside each other what is far apart in `x`; 1 is best,
/// and a random layout has about a half.
///
/// # Shapes
/// - `x`: `n × d`, compared by `metric`.
/// - `y`: `n × c`, compared by straight lines.
///
/// # Units
/// A share, `0.0..=1.0`.
///
/// # Errors
/// [`MapError::RowsDiffer`], [`MapError::NotFinite`], and [`MapError::Setting`] unless `k` is above 0
/// and below half of the rows, where the measure is not defined.
///
/// # Source
/// Venna and Kaski 2001; matches `sklearn.manifold.trustworthiness` 1.9 up to 20,000 rows. Above,
/// 5,000 rows drawn by a fixed seed are ranked among all.
pub fn trustworthiness(
    x: &Matrix<f32>,
    y: &Matrix<f32>,
    k: usize,
    metric: Metric,
    observe: &dyn Observe,
) -> Result<f64, MapError> {
    same_rows(x, y)?;
    check(x)?;
    let n = x.n_rows();
    if k == 0 || 2 * k >= n {
        return Err(MapError::Setting {
            name: "k",
            value: k as f64,
            wanted: "above 0 and below half of the rows",
        });
    }
    let mut rows: Vec<u32> = (0..n as u32).collect();
    if n > MAX_EXACT_ROWS {
        SAMPLE_SEED.stream("trustworthiness").shuffle(&mut rows);
        rows.truncate(N_SAMPLED_ROWS);
        rows.sort_unstable();
    }
    let index = Index::new(y, Metric::Euclidean, k, Search::Exact, observe)?;
    let near = index.neighbors_of(&rows, k, observe)?;
    observe.phase("trustworthiness");
    let pairs = Pairs::new(x, metric, observe)?;
    let n_done = AtomicU64::new(0);
    let penalties: Vec<u64> = rows
        .par_chunks(GROUP)
        .enumerate()
        .map(|(g, group)| {
            let lists = (g * GROUP..).map(|at| near.indices.row(at));
            let penalty = penalty(&pairs, n, k, group, lists);
            let done = n_done.fetch_add(group.len() as u64, Ordering::Relaxed);
            observe.step(done + group.len() as u64, rows.len() as u64)?;
            Ok(penalty)
        })
        .collect::<Result<_, MapError>>()?;
    // Whole numbers, so the order of adding does not matter.
    let penalty: u64 = penalties.iter().sum();
    let (k, n) = (k as f64, n as f64);
    let worst = rows.len() as f64 * k * (2.0 * n - 3.0 * k - 1.0) / 2.0;
    Ok(1.0 - penalty as f64 / worst)
}

/// Sums how far beyond the `k` nearest each layout neighbor of the group ranks among the rows.
fn penalty<'a>(
    pairs: &Pairs<'_>,
    n: usize,
    k: usize,
    group: &[u32],
    lists: impl Iterator<Item = &'a [u32]>,
) -> u64 {
    let mut keys = vec![[0.0; LANES]; pairs.n_panels() * GROUP];
    pairs.keys(&pairs.pack(group), 0, &mut keys);
    let mut sum = 0;
    let mut own = vec![0.0f32; n];
    for ((g, &i), list) in group.iter().enumerate().zip(lists) {
        for (own, keys) in own
            .chunks_mut(LANES)
            .zip(keys.iter().skip(g).step_by(GROUP))
        {
            own.copy_from_slice(&keys[..own.len()]);
        }
        // The row itself is nearer than all.
        own[i as usize] = f32::NEG_INFINITY;
        for &j in list {
            let (before, after) = own.split_at(j as usize);
            let limit = after.first().copied().unwrap_or(f32::INFINITY);
            // Equal distances rank by row. The row itself is counted too, so this is j's rank.
            let rank = before.iter().filter(|key| **key <= limit).count()
                + after.iter().filter(|key| **key < limit).count();
            sum += (rank as u64).saturating_sub(k as u64);
        }
    }
    sum
}

/// Returns the share of each row's `k` nearest rows in `x` that are also among its `k` nearest in
/// `y`, on average over rows.
///
/// # Shapes
/// - `x`: `n × d`, compared by `metric`.
/// - `y`: `n × c`, compared by straight lines.
///
/// # Units
/// A share, `0.0..=1.0`; 1 where there are no neighbors to lose.
///
/// # Errors
/// [`MapError::RowsDiffer`], [`MapError::NotFinite`] or [`MapError::Cancelled`].
pub fn neighbor_overlap(
    x: &Matrix<f32>,
    y: &Matrix<f32>,
    k: usize,
    metric: Metric,
    observe: &dyn Observe,
) -> Result<f64, MapError> {
    same_rows(x, y)?;
    let a = exact_knn(x, k, metric, observe)?;
    let b = exact_knn(y, k, Metric::Euclidean, observe)?;
    let (n, k) = (x.n_rows(), a.k);
    if n == 0 || k == 0 {
        return Ok(1.0);
    }
    let n_shared: usize = (0..n)
        .map(|i| {
            let kept = b.indices.row(i);
            a.indices.row(i).iter().filter(|j| kept.contains(j)).count()
        })
        .sum();
    Ok(n_shared as f64 / (n * k) as f64)
}

fn same_rows(x: &Matrix<f32>, y: &Matrix<f32>) -> Result<(), MapError> {
    if x.n_rows() == y.n_rows() {
        Ok(())
    } else {
        Err(MapError::RowsDiffer {
            n_rows: y.n_rows(),
            n_rows_other: x.n_rows(),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;

    fn noise(n: usize, d: usize, label: &str) -> Matrix<f32> {
        let mut random = Seed(3).stream(label);
        let values = (0..n * d).map(|_| random.next_normal() as f32).collect();
        Matrix::from_values(n, d, values).unwrap()
    }

    #[test]
    fn same_rows_are_trusted_fully_and_noise_half() {
        let x = noise(200, 3, "x");
        let same = trustworthiness(&x, &x, 10, Metric::Euclidean, &Silent).unwrap();
        assert!((same - 1.0).abs() < 1e-9);
        let y = noise(200, 2, "y");
        let other = trustworthiness(&x, &y, 10, Metric::Euclidean, &Silent).unwrap();
        assert!((0.42..0.58).contains(&other), "{other}");
        let shared = neighbor_overlap(&x, &x, 10, Metric::Euclidean, &Silent).unwrap();
        assert!((shared - 1.0).abs() < 1e-9);
        let shared = neighbor_overlap(&x, &y, 10, Metric::Cosine, &Silent).unwrap();
        assert!(shared < 0.12);
    }

    #[test]
    fn refuses_what_is_not_defined() {
        let x = noise(20, 3, "x");
        let refused = trustworthiness(&x, &x, 10, Metric::Euclidean, &Silent);
        assert!(matches!(refused, Err(MapError::Setting { name: "k", .. })));
        let refused = neighbor_overlap(&x, &noise(19, 2, "y"), 3, Metric::Cosine, &Silent);
        assert_eq!(
            refused,
            Err(MapError::RowsDiffer {
                n_rows: 19,
                n_rows_other: 20
            })
        );
    }
}
