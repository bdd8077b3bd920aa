//! HDBSCAN against the reference program's numbers, a brute-force twin, and its edges.

use super::*;
use crate::base::observe::{Cancelled, Silent};
use crate::base::seed::Seed;

fn noise(n: usize, d: usize) -> Matrix<f32> {
    let mut random = Seed(8).stream("hdbscan test");
    let values = (0..n * d).map(|_| random.next_normal() as f32).collect();
    Matrix::from_values(n, d, values).unwrap()
}

/// Agreement of two labelings beyond chance (Hubert and Arabie 1985).
fn adjusted_rand(a: &[i32], b: &[i32]) -> f64 {
    let pairs = |same: &dyn Fn(usize, usize) -> bool| {
        (0..a.len())
            .map(|i| (0..i).filter(|j| same(i, *j)).count())
            .sum::<usize>() as f64
    };
    let both = pairs(&|i, j| a[i] == a[j] && b[i] == b[j]);
    let (in_a, in_b) = (pairs(&|i, j| a[i] == a[j]), pairs(&|i, j| b[i] == b[j]));
    let all = (a.len() * (a.len() - 1) / 2) as f64;
    let chance = in_a * in_b / all;
    let most = f64::midpoint(in_a, in_b);
    if (most - chance).abs() < 1e-12 {
        1.0
    } else {
        (both - chance) / (most - chance)
    }
}

/// Compares labels, persistence and the numbers of each point with a golden file.
fn check_golden(text: &str) {
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let rows: Vec<Vec<f64>> = lines
        .map(|line| line.split('\t').map(|v| v.parse().unwrap()).collect())
        .collect();
    let values = rows
        .iter()
        .flat_map(|row| [row[0] as f32, row[1] as f32])
        .collect();
    let x = Matrix::from_values(rows.len(), 2, values).unwrap();
    let settings = HdbscanSettings {
        min_cluster_size: head[0].parse().unwrap(),
        min_samples: Some(head[1].parse().unwrap()),
        method: if head[2] == "leaf" {
            Method::Leaf
        } else {
            Method::Eom
        },
        allow_single_cluster: false,
    };
    let ours = hdbscan(&x, &settings, &Silent).unwrap();
    let labels: Vec<i32> = rows.iter().map(|row| row[2] as i32).collect();
    let agreement = adjusted_rand(&ours.labels, &labels);
    assert!(agreement >= 0.99, "{agreement}");
    assert_eq!(ours.persistence.len(), head.len() - 3);
    assert_eq!(ours.labels, labels);
    for (ours, theirs) in ours.persistence.iter().zip(&head[3..]) {
        assert!((ours - theirs.parse::<f32>().unwrap()).abs() < 1e-4);
    }
    let apart = |ours: &[f32], column: usize| {
        let pairs = ours.iter().zip(&rows);
        pairs
            .filter(|(ours, row)| (f64::from(**ours) - row[column]).abs() > 2e-4)
            .count()
    };
    assert_eq!(apart(&ours.probabilities, 3), 0);
    // Reaches tie by their making, since many edges are as long as one core distance. Which of two
    // tied branches a point falls out of decides what its outlier score is measured by; in just
    // these points (17 of 300 moons) the reference's own algorithms differ from each other too.
    let n_apart = apart(&ours.outlier_scores, 4);
    assert!(n_apart * 100 <= 7 * rows.len(), "{n_apart}");
}

#[test]
fn labels_and_scores_are_those_of_the_reference() {
    check_golden(include_str!(
        "../../../../tests/golden/map/hdbscan_blobs.tsv"
    ));
    check_golden(include_str!(
        "../../../../tests/golden/map/hdbscan_moons.tsv"
    ));
    check_golden(include_str!(
        "../../../../tests/golden/map/hdbscan_noise.tsv"
    ));
    check_golden(include_str!(
        "../../../../tests/golden/map/hdbscan_leaves.tsv"
    ));
    check_golden(include_str!(
        "../../../../tests/golden/map/hdbscan_duplicates.tsv"
    ));
}

/// Prim's tree over all pairs: sorted reaches.
fn brute_reaches(x: &Matrix<f32>, min_samples: usize) -> Vec<f64> {
    let n = x.n_rows();
    let distance = |i: usize, j: usize| {
        let pairs = x.row(i).iter().zip(x.row(j));
        pairs
            .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let cores: Vec<f64> = (0..n)
        .map(|i| {
            let mut all: Vec<f64> = (0..n).filter(|j| *j != i).map(|j| distance(i, j)).collect();
            all.sort_unstable_by(f64::total_cmp);
            all[min_samples.clamp(1, n - 1) - 1]
        })
        .collect();
    let mut reach = vec![f64::INFINITY; n];
    let mut inside = vec![false; n];
    let mut reaches = Vec::new();
    let mut at = 0;
    for _ in 1..n {
        inside[at] = true;
        for j in 0..n {
            reach[j] = reach[j].min(distance(at, j).max(cores[at]).max(cores[j]));
        }
        at = (0..n)
            .filter(|j| !inside[*j])
            .min_by(|a, b| reach[*a].total_cmp(&reach[*b]))
            .unwrap();
        reaches.push(reach[at]);
    }
    reaches.sort_unstable_by(f64::total_cmp);
    reaches
}

#[test]
fn spanning_tree_equals_the_brute_force_twin() {
    for (n, d, min_samples) in [
        (2, 1, 1),
        (40, 1, 3),
        (300, 2, 5),
        (250, 5, 40),
        (200, 9, 1),
    ] {
        let mut x = noise(n, d);
        if min_samples == 5 {
            // A third of the points on few spots.
            for i in 0..n / 3 {
                let spot = x.row(i % 7).to_vec();
                x.row_mut(i).copy_from_slice(&spot);
            }
        }
        let edges = minimum_spanning_tree(&x, min_samples, &Silent).unwrap();
        assert_eq!(edges.len(), n - 1);
        for (edge, wanted) in edges.iter().zip(brute_reaches(&x, min_samples)) {
            assert!((edge.reach - wanted).abs() < 1e-9, "{n} {d}");
        }
    }
}

#[test]
fn bytes_do_not_depend_on_threads() {
    // Rounded coordinates make many ties.
    let mut x = noise(3000, 3);
    x.values_mut()
        .iter_mut()
        .for_each(|v| *v = (*v * 8.0).round());
    let settings = HdbscanSettings {
        min_cluster_size: 10,
        min_samples: Some(4),
        ..HdbscanSettings::default()
    };
    let run = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap();
        pool.install(|| {
            let tree = minimum_spanning_tree(&x, 4, &Silent).unwrap();
            (tree, hdbscan(&x, &settings, &Silent).unwrap())
        })
    };
    let one = run(1);
    for n_threads in [2, 3, 8] {
        assert_eq!(run(n_threads), one);
    }
}

#[test]
fn edges() {
    let settings = HdbscanSettings {
        min_cluster_size: 5,
        ..HdbscanSettings::default()
    };
    for n in [0, 1, 2, 4, 15] {
        for d in [0, 1, 5] {
            let found = hdbscan(&noise(n, d), &settings, &Silent).unwrap();
            assert_eq!(found.labels.len(), n);
            assert_eq!(found.probabilities.len(), n);
            assert!(found.outlier_scores.iter().all(|v| v.is_finite()));
        }
    }
    // All points on one spot are no two clusters, and one only if asked for.
    let spot = Matrix::filled(500, 2, 0.7);
    let found = hdbscan(&spot, &settings, &Silent).unwrap();
    assert!(found.labels.iter().all(|label| *label == -1));
    let single = HdbscanSettings {
        allow_single_cluster: true,
        ..settings
    };
    let found = hdbscan(&spot, &single, &Silent).unwrap();
    assert!(found.labels.iter().all(|label| *label == 0));
    // Two spots are two clusters.
    let mut two = Matrix::filled(60, 2, 0.7);
    for i in 20..60 {
        two.row_mut(i)[0] = 3.0;
    }
    let found = hdbscan(&two, &settings, &Silent).unwrap();
    assert_eq!(found.labels, [vec![0; 20], vec![1; 40]].concat());
    assert!(found.probabilities.iter().all(|p| (*p - 1.0).abs() < 1e-6));
}

#[test]
fn refusals_name_what_is_wrong() {
    let mut x = noise(30, 3);
    x.row_mut(4)[0] = f32::NAN;
    let refused = hdbscan(&x, &HdbscanSettings::default(), &Silent);
    assert_eq!(
        refused,
        Err(MapError::NotFinite {
            row_idx: 4,
            col_idx: 0
        })
    );
    let settings = HdbscanSettings {
        min_cluster_size: 1,
        ..HdbscanSettings::default()
    };
    let refused = hdbscan(&noise(30, 3), &settings, &Silent);
    assert!(matches!(
        refused,
        Err(MapError::Setting {
            name: "min_cluster_size",
            ..
        })
    ));
}

struct Stop;

impl Observe for Stop {
    fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        Err(Cancelled)
    }
}

#[test]
fn hears_of_a_cancel() {
    let answer = hdbscan(&noise(90, 2), &HdbscanSettings::default(), &Stop);
    assert_eq!(answer, Err(MapError::Cancelled(Cancelled)));
}

#[test]
fn large_trees_are_built_by_many_threads_alike() {
    // More points than one thread splits alone.
    let x = noise(45_000, 2);
    let run = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap();
        pool.install(|| minimum_spanning_tree(&x, 3, &Silent).unwrap())
    };
    let one = run(1);
    assert_eq!(one.len(), 44_999);
    assert_eq!(run(3), one);
}
