//! UMAP against umap-learn's numbers, and its edges.

use super::*;
use crate::algo::map::knn::exact_knn;
use crate::algo::map::quality::trustworthiness;
use crate::base::observe::{Cancelled, Silent};

/// Reads rows of numbers.
fn table(text: &str) -> Vec<Vec<f64>> {
    text.lines()
        .map(|line| line.split('\t').map(|v| v.parse().unwrap()).collect())
        .collect()
}

fn points() -> Matrix<f32> {
    let rows = table(include_str!(
        "../../../../tests/golden/map/fuzzy_points.tsv"
    ));
    let values: Vec<f32> = rows.iter().flatten().map(|v| *v as f32).collect();
    Matrix::from_values(rows.len(), 4, values).unwrap()
}

fn noise(n: usize, d: usize) -> Matrix<f32> {
    let mut random = Seed(4).stream("umap test");
    let values = (0..n * d).map(|_| random.next_normal() as f32).collect();
    Matrix::from_values(n, d, values).unwrap()
}

/// Groups of points around far centers.
fn groups(n: usize, n_groups: usize, d: usize, gap: f32) -> Matrix<f32> {
    let mut x = noise(n, d);
    for i in 0..n {
        x.row_mut(i)[i % n_groups % d] += gap;
    }
    x
}

fn small(n_components: usize) -> UmapSettings {
    UmapSettings {
        n_components,
        metric: Metric::Euclidean,
        n_epochs: Some(100),
        ..UmapSettings::default()
    }
}

#[test]
fn curve_is_that_of_umap_learn() {
    for row in table(include_str!("../../../../tests/golden/map/curve.tsv")) {
        let curve = fit_curve(row[0], row[1]);
        assert!((curve.a / row[2] - 1.0).abs() < 1e-4, "{curve:?} {row:?}");
        assert!((curve.b / row[3] - 1.0).abs() < 1e-4, "{curve:?} {row:?}");
    }
}

fn check_fuzzy(metric: Metric, scales: &str, edges: &str) {
    let neighbors = exact_knn(&points(), 7, metric, &Silent).unwrap();
    for (ours, theirs) in local_scales(&neighbors, 8, &Silent)
        .unwrap()
        .iter()
        .zip(table(scales))
    {
        assert!(
            (f64::from(ours.rho) - theirs[0]).abs() < 2e-6,
            "{ours:?} {theirs:?}"
        );
        assert!(
            (f64::from(ours.sigma) / theirs[1] - 1.0).abs() < 2e-3,
            "{ours:?} {theirs:?}"
        );
    }
    let graph = fuzzy_graph(&neighbors, 8, &Silent).unwrap();
    let ours: Vec<(usize, usize, f32)> = (0..graph.n_rows())
        .flat_map(|i| graph.row(i).map(move |(j, w)| (i, j, w)))
        .filter(|(i, j, _)| i < j)
        .collect();
    let theirs = table(edges);
    assert_eq!(ours.len(), theirs.len());
    for ((i, j, w), row) in ours.into_iter().zip(theirs) {
        assert!((i as f64 - row[0]).abs() < 0.5 && (j as f64 - row[1]).abs() < 0.5);
        assert!((f64::from(w) - row[2]).abs() < 1e-4, "{i} {j} {w} {row:?}");
    }
}

#[test]
fn fuzzy_graph_is_that_of_umap_learn() {
    check_fuzzy(
        Metric::Euclidean,
        include_str!("../../../../tests/golden/map/fuzzy_scales_euclidean.tsv"),
        include_str!("../../../../tests/golden/map/fuzzy_edges_euclidean.tsv"),
    );
    check_fuzzy(
        Metric::Cosine,
        include_str!("../../../../tests/golden/map/fuzzy_scales_cosine.tsv"),
        include_str!("../../../../tests/golden/map/fuzzy_edges_cosine.tsv"),
    );
}

#[test]
fn trustworthiness_is_that_of_scikit_learn() {
    let x = points();
    let flat: Vec<f32> = x
        .values()
        .chunks(4)
        .flat_map(|row| [row[0], row[1]])
        .collect();
    let y = Matrix::from_values(60, 2, flat).unwrap();
    for line in include_str!("../../../../tests/golden/map/trustworthiness.tsv").lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let metric = match cells[0] {
            "cosine" => Metric::Cosine,
            _ => Metric::Euclidean,
        };
        let ours = trustworthiness(&x, &y, cells[1].parse().unwrap(), metric, &Silent).unwrap();
        assert!(
            (ours - cells[2].parse::<f64>().unwrap()).abs() < 2e-4,
            "{ours} {line}"
        );
    }
}

#[test]
fn bytes_do_not_depend_on_threads() {
    // Enough rows for several blocks.
    let x = groups(2200, 5, 8, 4.0);
    let lay = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap();
        let settings = UmapSettings {
            n_epochs: Some(20),
            ..small(2)
        };
        pool.install(|| umap(&x, &settings, &Silent)).unwrap()
    };
    let one = lay(1);
    for n_threads in [2, 3, 8] {
        assert_eq!(lay(n_threads), one);
    }
}

#[test]
fn keeps_neighborhoods() {
    let x = groups(1100, 6, 10, 6.0);
    let y = umap(&x, &small(2), &Silent).unwrap();
    let trust = trustworthiness(&x, &y, 15, Metric::Euclidean, &Silent).unwrap();
    assert!(trust > 0.9, "{trust}");
}

#[test]
fn edges() {
    for n in [0, 1, 2, 3, 15, 16] {
        for n_components in [1, 2, 5] {
            let y = umap(&noise(n, 6), &small(n_components), &Silent).unwrap();
            assert_eq!((y.n_rows(), y.n_cols()), (n, n_components));
            assert!(
                y.values().iter().all(|v| v.is_finite()),
                "{n} {n_components}"
            );
        }
    }
    for x in [
        Matrix::filled(50, 3, 1.5),
        Matrix::filled(50, 3, 0.0),
        groups(60, 3, 3, 1e6),
        noise(40, 1),
        noise(40, 0),
    ] {
        for metric in [Metric::Cosine, Metric::Euclidean] {
            let settings = UmapSettings { metric, ..small(2) };
            let y = umap(&x, &settings, &Silent).unwrap();
            assert!(y.values().iter().all(|v| v.is_finite()));
        }
    }
    let unpushed = UmapSettings {
        negative_sample_rate: 0,
        ..small(2)
    };
    let y = umap(&noise(60, 4), &unpushed, &Silent).unwrap();
    assert!(y.values().iter().all(|v| v.is_finite()));
    let wide = umap(&noise(100, 20), &small(11), &Silent).unwrap();
    assert_eq!(wide.n_cols(), 11);
}

#[test]
fn many_parts_are_laid_apart() {
    let x = groups(240, 8, 8, 500.0);
    let y = umap(&x, &small(2), &Silent).unwrap();
    let trust = trustworthiness(&x, &y, 10, Metric::Euclidean, &Silent).unwrap();
    assert!(trust > 0.9, "{trust}");
}

#[test]
fn refusals_name_what_is_wrong() {
    let mut x = noise(30, 3);
    x.row_mut(7)[2] = f32::INFINITY;
    let refused = umap(&x, &small(2), &Silent);
    assert_eq!(
        refused,
        Err(MapError::NotFinite {
            row_idx: 7,
            col_idx: 2
        })
    );
    for settings in [
        UmapSettings {
            n_neighbors: 1,
            ..small(2)
        },
        small(0),
        small(65),
        UmapSettings {
            min_dist: 2.0,
            ..small(2)
        },
        UmapSettings {
            spread: f64::NAN,
            ..small(2)
        },
        UmapSettings {
            learning_rate: 0.0,
            ..small(2)
        },
    ] {
        let refused = umap(&noise(30, 3), &settings, &Silent);
        assert!(matches!(refused, Err(MapError::Setting { .. })));
    }
    let mut neighbors = exact_knn(&noise(30, 3), 5, Metric::Euclidean, &Silent).unwrap();
    neighbors.indices.row_mut(3)[0] = 30;
    let refused = umap_from_neighbors(None, &neighbors, &small(2), &Silent);
    assert_eq!(refused, Err(MapError::BrokenNeighbors { row_idx: 3 }));
}

/// Cancels in a named phase.
struct StopIn(&'static str, std::sync::Mutex<bool>);

impl Observe for StopIn {
    fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        if *self.1.lock().unwrap() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    fn phase(&self, name: &str) {
        *self.1.lock().unwrap() = name == self.0;
    }
}

#[test]
fn every_phase_can_be_canceled() {
    for phase in [
        "index",
        "neighbors",
        "fuzzy graph",
        "spectral start",
        "layout",
    ] {
        let stop = StopIn(phase, std::sync::Mutex::new(false));
        let answer = umap(&noise(60, 3), &small(2), &stop);
        assert_eq!(answer, Err(MapError::Cancelled(Cancelled)), "{phase}");
    }
}

#[test]
fn new_rows_land_among_their_like() {
    let x = groups(900, 6, 10, 6.0);
    let fitted = x.select_rows(&(0..800).collect::<Vec<_>>());
    let new = x.select_rows(&(800..900).collect::<Vec<_>>());
    for n_components in [2, 5] {
        let model = UmapModel::fit(&fitted, &small(n_components), &Silent).unwrap();
        assert_eq!(
            model.layout(),
            &umap(&fitted, &small(n_components), &Silent).unwrap()
        );
        let placed = model.transform(&new, &Silent).unwrap();
        let near = |i: usize| {
            let distance = |j: usize| -> f32 {
                let pairs = placed.row(i).iter().zip(model.layout().row(j));
                pairs.map(|(a, b)| (a - b) * (a - b)).sum()
            };
            (0..800)
                .min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
                .unwrap()
        };
        let n_right = (0..100).filter(|i| (near(*i) % 6) == (800 + i) % 6).count();
        assert!(n_right >= 95, "{n_right}");
        // A row's place is its own, whoever is placed with it and on however many threads.
        let one = pool(1).install(|| {
            let last = new.select_rows(&[99]);
            model.transform(&last, &Silent).unwrap()
        });
        assert_eq!(one.row(0), placed.row(99));
    }
}

fn pool(n_threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build()
        .unwrap()
}

#[test]
fn placing_has_edges_too() {
    for n in [1, 2, 5, 40] {
        let x = noise(n, 3);
        let model = UmapModel::fit(&x, &small(2), &Silent).unwrap();
        let placed = model.transform(&noise(4, 3), &Silent).unwrap();
        assert!(placed.values().iter().all(|v| v.is_finite()), "{n}");
        assert_eq!(model.transform(&noise(0, 3), &Silent).unwrap().n_rows(), 0);
    }
    // A row that is among the fitted starts and stays beside itself.
    let x = groups(400, 4, 5, 8.0);
    let model = UmapModel::fit(&x, &small(2), &Silent).unwrap();
    let placed = model.transform(&x, &Silent).unwrap();
    let trust = trustworthiness(&x, &placed, 10, Metric::Euclidean, &Silent).unwrap();
    assert!(trust > 0.9, "{trust}");
    let none = noise(0, 3);
    let empty = UmapModel::fit(&none, &small(2), &Silent).unwrap();
    assert_eq!(
        empty.transform(&noise(4, 3), &Silent),
        Err(MapError::NoRows)
    );
    assert_eq!(
        model.transform(&noise(4, 3), &Silent),
        Err(MapError::ColumnsDiffer {
            n_cols: 3,
            n_cols_other: 5
        })
    );
    let mut bad = noise(4, 5);
    bad.row_mut(2)[1] = f32::NAN;
    assert_eq!(
        model.transform(&bad, &Silent),
        Err(MapError::NotFinite {
            row_idx: 2,
            col_idx: 1
        })
    );
}
