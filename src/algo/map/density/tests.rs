//! Tests of the density: against scipy, by counting what lies inside, and line by line.

use super::*;
use crate::base::observe::{Cancelled, Silent};
use crate::base::seed::Seed;

const GOLDEN: &str = include_str!("../../../../tests/golden/map/density.tsv");

/// Numbers of the golden lines of one kind and set.
fn golden(kind: &str, set: &str) -> Vec<Vec<f64>> {
    GOLDEN
        .lines()
        .map(|l| l.split('\t').collect::<Vec<_>>())
        .filter(|l| l[0] == kind && l[1] == set)
        .map(|l| l[2..].iter().map(|x| x.parse().unwrap()).collect())
        .collect()
}

fn area(contour: &Contour) -> f64 {
    let twice: f64 = contour
        .lines
        .iter()
        .map(|l| lines::twice_area(&l.points_in_map))
        .sum();
    twice / 2.0
}

fn check_golden(set: &str) {
    let rows = golden("point", set);
    let points: Vec<[f32; 2]> = rows.iter().map(|r| [r[0] as f32, r[1] as f32]).collect();
    let weights: Vec<f32> = rows.iter().map(|r| r[2] as f32).collect();
    let found = density(
        &points,
        Some(&weights),
        &DensitySettings::default(),
        &Silent,
    )
    .unwrap();
    let near = |got: f64, want: f64, room: f64| (got - want).abs() <= room * want.abs();
    for (got, want) in found
        .bandwidth_in_map
        .iter()
        .zip(&golden("bandwidth", set)[0])
    {
        assert!(
            near(*got, *want, 1e-5),
            "{set}: bandwidth {got}, not {want}"
        );
    }
    let peak = golden("at", set).iter().map(|r| r[2]).fold(0.0, f64::max);
    for row in golden("at", set) {
        let got = found.at([row[0] as f32, row[1] as f32]);
        assert!(
            (got - row[2]).abs() < 0.006 * peak,
            "{set}: {row:?} got {got}"
        );
    }
    for (row, contour) in golden("level", set).iter().zip(&found.contours) {
        assert!((contour.mass_share - row[0]).abs() < 1e-12);
        assert!(
            near(contour.density, row[1], 0.015),
            "{row:?} {}",
            contour.density
        );
        assert!(
            near(area(contour), row[2], 0.015),
            "{row:?} {}",
            area(contour)
        );
    }
}

#[test]
fn equals_the_reference() {
    check_golden("even");
    check_golden("weighed");
}

/// Blobs of different width, ringed by another, so that regions have holes.
fn clouds(n: usize, seed: u64) -> Vec<[f32; 2]> {
    let mut random = Seed(seed).stream("density");
    (0..n)
        .map(|i| {
            let (x, y) = (random.next_normal(), random.next_normal());
            let turn = random.next_f64() * std::f64::consts::TAU;
            let (x, y) = match i % 4 {
                0 => (x * 0.3 - 4.0, y * 0.3),
                1 => (x + 3.0, y * 0.5 - 3.0),
                _ => (5.0 * turn.cos() + x * 0.2, 5.0 * turn.sin() + y * 0.2),
            };
            [x as f32, y as f32]
        })
        .collect()
}

/// Crossings of a ray to the right: odd means inside.
fn is_inside(lines: &[ClosedLine], p: [f32; 2]) -> bool {
    let mut inside = false;
    for line in lines {
        let l = &line.points_in_map;
        for (a, b) in l.iter().zip(l.iter().cycle().skip(1)) {
            if (a[1] > p[1]) != (b[1] > p[1]) {
                let x = a[0] + (p[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
                inside ^= p[0] < x;
            }
        }
    }
    inside
}

fn check_masses(points: &[[f32; 2]], bandwidth_in_map: Option<f64>) {
    let settings = DensitySettings {
        bandwidth_in_map,
        ..DensitySettings::default()
    };
    let found = density(points, None, &settings, &Silent).unwrap();
    let values = &found.values;
    assert!(values.n_rows().max(values.n_cols()) <= MAX_SIDE);
    let whole: f64 = values.values().iter().map(|v| f64::from(*v)).sum();
    assert!((whole * found.cell_in_map.powi(2) - 1.0).abs() < 1e-4);
    for contour in &found.contours {
        let mut mass = 0.0;
        for row in 0..values.n_rows() {
            for col in 0..values.n_cols() {
                let at = [col, row].map(|k| k as f64 * found.cell_in_map);
                let p = [
                    (found.origin_in_map[0] + at[0]) as f32,
                    (found.origin_in_map[1] + at[1]) as f32,
                ];
                if is_inside(&contour.lines, p) {
                    mass += f64::from(values.row(row)[col]) / whole;
                }
            }
        }
        let n_inside = points
            .iter()
            .filter(|p| is_inside(&contour.lines, **p))
            .count();
        let weight = n_inside as f64 / points.len() as f64;
        assert!(
            (mass - contour.mass_share).abs() < 0.02,
            "{mass} {contour:?}"
        );
        assert!(
            (weight - contour.weight_share).abs() < 0.02,
            "{weight} {contour:?}"
        );
        for line in &contour.lines {
            let turn = lines::twice_area(&line.points_in_map);
            assert!(turn.abs() > 0.0 && (turn < 0.0) == line.is_hole);
        }
    }
    // Larger shares lie lower.
    assert!(
        found
            .contours
            .windows(2)
            .all(|w| w[0].density > w[1].density)
    );
}

#[test]
fn lines_enclose_their_share() {
    let points = clouds(3000, 1);
    check_masses(&points, None);
    check_masses(&points, Some(0.35));
    check_masses(&points, Some(4.0));
    check_masses(&[[2.5, -7.0]], None);
    check_masses(&[[1.0, 1.0], [1.0, 2.0], [1.0, 9.0]], None);
    let ring = density(
        &points,
        None,
        &DensitySettings {
            bandwidth_in_map: Some(0.3),
            mass_shares: vec![0.9],
            ..DensitySettings::default()
        },
        &Silent,
    )
    .unwrap();
    assert!(ring.contours[0].lines.iter().any(|l| l.is_hole));
}

#[test]
fn lines_by_points_hold_their_share_of_points() {
    let points = clouds(20_000, 4);
    // So wide that the smoothed mass is far from where the points are.
    let settings = DensitySettings {
        bandwidth_in_map: Some(0.8),
        share_of: ShareOf::Points,
        ..DensitySettings::default()
    };
    let found = density(&points, None, &settings, &Silent).unwrap();
    for contour in &found.contours {
        let n_inside = points
            .iter()
            .filter(|p| is_inside(&contour.lines, **p))
            .count();
        let held = n_inside as f64 / points.len() as f64;
        assert!((held - contour.mass_share).abs() < 0.02, "{held}");
        assert!((held - contour.weight_share).abs() < 0.02, "{held}");
    }
}

/// Whether two pieces of lines cross, by the sides their ends lie on.
fn cross(a: [f32; 2], b: [f32; 2], c: [f32; 2], d: [f32; 2]) -> bool {
    let side = |p: [f32; 2], q: [f32; 2], r: [f32; 2]| {
        let f = |x: f32, y: f32| f64::from(x) - f64::from(y);
        f(q[0], p[0]) * f(r[1], p[1]) - f(q[1], p[1]) * f(r[0], p[0])
    };
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

/// Traces a grid of heights with a rim of zeros and looks at every pair of pieces.
fn check_lines(values: &Matrix<f32>, height: f32) {
    let found = lines::trace(values, height, [0.0; 2], 1.0);
    let pieces: Vec<([f32; 2], [f32; 2])> = found
        .iter()
        .flat_map(|l| {
            let p = &l.points_in_map;
            p.iter().copied().zip(p.iter().copied().cycle().skip(1))
        })
        .collect();
    for (i, (a, b)) in pieces.iter().enumerate() {
        let step = (a[0] - b[0]).hypot(a[1] - b[1]);
        assert!(step > 0.0 && step < 1.5, "a piece of {step} cells");
        for (c, d) in &pieces[..i] {
            assert!(!cross(*a, *b, *c, *d), "{a:?} {b:?} crosses {c:?} {d:?}");
        }
    }
    for row in 0..values.n_rows() {
        for col in 0..values.n_cols() {
            assert_eq!(
                is_inside(&found, [col as f32, row as f32]),
                values.row(row)[col] >= height,
                "node {row} {col}"
            );
        }
    }
}

#[test]
fn lines_part_high_nodes_from_low_and_never_cross() {
    let mut random = Seed(3).stream("lines");
    for n_heights in [2, 3, 4, 1000] {
        for _ in 0..20 {
            let mut values = Matrix::filled(9, 12, 0.0);
            for row in 1..8 {
                for cell in &mut values.row_mut(row)[1..11] {
                    *cell = random.below(n_heights) as f32;
                }
            }
            // Few heights make saddles, and nodes of exactly the line's height.
            check_lines(&values, 1.0);
            check_lines(&values, n_heights as f32 / 2.0);
        }
    }
}

#[test]
fn order_and_threads_change_nothing() {
    let mut points = clouds(300_000, 5);
    let run = |points: &[[f32; 2]], n_threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap()
            .install(|| density(points, None, &DensitySettings::default(), &Silent).unwrap())
    };
    let one = run(&points, 1);
    assert_eq!(one, run(&points, 3));
    points.reverse();
    let back = run(&points, 2);
    for (a, b) in one.contours.iter().zip(&back.contours) {
        assert!((a.density - b.density).abs() < 1e-3 * a.density);
    }
}

#[test]
fn a_double_weight_is_two_points() {
    let points = clouds(400, 8);
    let mut doubled = points.clone();
    doubled.extend(&points[..100]);
    let weights: Vec<f32> = (0..400).map(|i| if i < 100 { 2.0 } else { 1.0 }).collect();
    let settings = DensitySettings {
        bandwidth_in_map: Some(0.4),
        ..DensitySettings::default()
    };
    let a = density(&points, Some(&weights), &settings, &Silent).unwrap();
    let b = density(&doubled, None, &settings, &Silent).unwrap();
    assert!((area(&a.contours[1]) - area(&b.contours[1])).abs() < 1e-3 * area(&a.contours[1]));
}

#[test]
fn takes_nothing_and_refuses_what_does_not_fit() {
    let all = DensitySettings::default();
    let none = density(&[], None, &all, &Silent).unwrap();
    assert!(none.contours.len() == 4 && none.contours.iter().all(|c| c.lines.is_empty()));
    let weightless = density(&[[1.0, 2.0]], Some(&[0.0]), &all, &Silent).unwrap();
    assert!(weightless.values.values().is_empty() && weightless.at([1.0, 2.0]) == 0.0);
    assert_eq!(
        density(&[[0.0, 0.0], [1.0, f32::NAN]], None, &all, &Silent),
        Err(MapError::NotFinite {
            row_idx: 1,
            col_idx: 1
        })
    );
    assert!(matches!(
        density(&[[0.0, 0.0]], Some(&[-1.0]), &all, &Silent),
        Err(MapError::Setting {
            name: "weights",
            ..
        })
    ));
    assert!(matches!(
        density(&[[0.0, 0.0]], Some(&[]), &all, &Silent),
        Err(MapError::RowsDiffer { .. })
    ));
    let wrong = |bandwidth_in_map, share| DensitySettings {
        bandwidth_in_map,
        mass_shares: vec![share],
        ..DensitySettings::default()
    };
    for settings in [
        wrong(None, 1.0),
        wrong(None, f64::NAN),
        wrong(Some(0.0), 0.5),
    ] {
        assert!(density(&[[0.0, 0.0]], None, &settings, &Silent).is_err());
    }
    // A point without weight takes no part, wherever it lies.
    let far = density(&[[0.0, 0.0], [1e9, 0.0]], Some(&[1.0, 0.0]), &all, &Silent).unwrap();
    assert!(far.cell_in_map < 1.0);
}

struct Stops;

impl Observe for Stops {
    fn step(&self, done: u64, _total: u64) -> Result<(), Cancelled> {
        if done > 1 { Err(Cancelled) } else { Ok(()) }
    }
}

#[test]
fn hears_of_a_cancel() {
    assert_eq!(
        density(&clouds(50, 1), None, &DensitySettings::default(), &Stops),
        Err(MapError::Cancelled(Cancelled))
    );
}
