//! Neighbors against a brute-force twin, and their edges.

use super::pairs::Pairs;
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
