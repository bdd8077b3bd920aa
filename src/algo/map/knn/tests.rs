//! Neighbors against a brute-force twin, and their edges.

use super::pairs::{Pairs, Rows};
use super::*;
use crate::base::observe::{Cancelled, Silent};
use crate::base::seed::Seed;

fn noise(n: usize, d: usize) -> Matrix<f32> {
    let mut random = Seed(9).stream("knn");
    let values = (0..n * d).map(|_| random.next_normal() as f32).collect();
    Matrix::from_values(n, d, values).unwrap()
}

fn brute(x: &Matrix<f32>, k: usize, metric: Metric) -> Vec<Vec<u32>> {
    let pairs = Pairs::new(x, metric, &Silent).unwrap();
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

/// Groups of rows around far centers, so that cells mean something.
fn groups(n: usize, d: usize) -> Matrix<f32> {
    let mut x = noise(n, d);
    for i in 0..n {
        x.row_mut(i)[i % d] += 6.0;
    }
    x
}

fn shared(a: &Neighbors, b: &Neighbors) -> f64 {
    let n_shared: usize = (0..a.indices.n_rows())
        .map(|i| {
            let row = a.indices.row(i);
            row.iter().filter(|j| b.indices.row(i).contains(j)).count()
        })
        .sum();
    n_shared as f64 / a.indices.values().len() as f64
}

fn by_cells(x: &Matrix<f32>, metric: Metric, k: usize) -> Index<'_> {
    Index::of_cells(Rows::new(x, metric), 60, k, &Silent).unwrap()
}

#[test]
fn cells_find_what_they_promise_at_any_thread_count() {
    for metric in [Metric::Cosine, Metric::Euclidean] {
        let x = groups(3000, 12);
        let exact = exact_knn(&x, 15, metric, &Silent).unwrap();
        let index = by_cells(&x, metric, 15);
        assert!(index.recall_share() >= TARGET_RECALL, "{index:?}");
        let found = index.neighbors(15, &Silent).unwrap();
        let recall = shared(&exact, &found);
        assert!(
            (recall - index.recall_share()).abs() < 0.01,
            "{recall} {index:?}"
        );
        for n_threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .unwrap();
            let again = pool.install(|| by_cells(&x, metric, 15).neighbors(15, &Silent).unwrap());
            assert_eq!(again, found);
        }
    }
}

#[test]
fn many_rows_are_searched_by_cells_only_where_that_pays() {
    let near = groups(MAX_EXACT_ROWS + 1, 12);
    let index = Index::new(&near, Metric::Cosine, 5, Search::Quick, &Silent).unwrap();
    assert!(index.recall_share() < 1.0, "{index:?}");
    // In random directions every cell holds neighbors of every row.
    let far = noise(MAX_EXACT_ROWS + 1, 40);
    let index = Index::new(&far, Metric::Cosine, 5, Search::Quick, &Silent).unwrap();
    assert!((index.recall_share() - 1.0).abs() < 1e-12, "{index:?}");
}

#[test]
fn equal_rows_do_not_break_cells() {
    let x = Matrix::filled(2000, 3, 0.3);
    let found = by_cells(&x, Metric::Cosine, 4)
        .neighbors(4, &Silent)
        .unwrap();
    assert!(
        found
            .distances
            .values()
            .iter()
            .all(|d| d.abs() < f32::EPSILON)
    );
    // Some rows of zeros among others.
    let mut x = groups(2000, 4);
    for i in (0..2000).step_by(50) {
        x.row_mut(i).fill(0.0);
    }
    let found = by_cells(&x, Metric::Cosine, 3)
        .neighbors(3, &Silent)
        .unwrap();
    assert!(
        found
            .distances
            .row(100)
            .iter()
            .all(|d| d.abs() < f32::EPSILON)
    );
}

#[test]
fn new_rows_find_their_nearest() {
    let x = groups(3000, 12);
    for index in [
        by_cells(&x, Metric::Euclidean, 5),
        Index::new(&x, Metric::Euclidean, 5, Search::Exact, &Silent).unwrap(),
    ] {
        let some: Vec<usize> = (0..3000).step_by(7).collect();
        let found = index.nearest_to(&x.select_rows(&some), 5, &Silent).unwrap();
        for (row, i) in some.into_iter().enumerate() {
            assert_eq!(found.indices.row(row)[0] as usize, i);
            assert!(found.distances.row(row)[0].abs() < f32::EPSILON);
        }
        let refused = index.nearest_to(&noise(3, 11), 5, &Silent);
        let wanted = MapError::ColumnsDiffer {
            n_cols: 11,
            n_cols_other: 12,
        };
        assert_eq!(refused, Err(wanted));
    }
}
