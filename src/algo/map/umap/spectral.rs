//! Where points start: the slow waves of the fuzzy graph, each connected part for itself.
//!
//! It only gives a start. A part too small for waves starts at random within its place.
//!
//! # Source
//! `spectral_layout` and `multi_component_layout` of umap-learn 0.5.12, and the scaling of
//! `simplicial_set_embedding`. Unlike that program we stop filtering at a fixed number of rounds
//! and never fall back to a random start for a large part; with more parts than
//! [`MAX_PLACED_PARTS`], where it would solve a dense problem of their number, parts are placed
//! at random.

use super::super::MapError;
use super::super::knn::Metric;
use super::super::knn::pairs::Pairs;
use super::UmapSettings;
use super::eigen::eigenvectors;
use super::fuzzy::FuzzyGraph;
use crate::base::matrix::Matrix;
use crate::base::observe::{Cancelled, Observe};
use crate::base::seed::Random;

/// Most parts whose centers are compared with each other.
const MAX_PLACED_PARTS: usize = 2000;
/// Rows visited between two looks at the observer.
const ROWS_PER_STEP: usize = 1 << 15;
/// Reach of the start from the middle before noise, in layout units.
const REACH: f32 = 10.0;
/// Standard deviation of the noise that parts points on one spot.
const NOISE: f64 = 1e-4;

/// Returns the start of a layout, each axis from 0 to 10.
///
/// # Shapes
/// - `x`: `n × d`, the rows behind the graph, for placing many parts.
/// - returns: `n × n_components`.
pub(super) fn start(
    graph: &FuzzyGraph,
    x: Option<&Matrix<f32>>,
    settings: &UmapSettings,
    observe: &dyn Observe,
) -> Result<Matrix<f32>, MapError> {
    let (n, dim) = (graph.n_rows(), settings.n_components);
    let mut random = settings.seed.stream("umap start");
    let parts = parts(graph, observe)?;
    let mut out = Matrix::filled(n, dim, 0.0f32);
    if parts.len() <= 1 {
        if has_waves(n, dim) {
            let waves = eigenvectors(graph, dim, &mut random, observe)?;
            out = Matrix::from_values(n, dim, waves)?;
        } else {
            for v in out.values_mut() {
                *v = uniform(&mut random, REACH);
            }
        }
    } else {
        let places = places(&parts, x, settings, &mut random, observe)?;
        let reaches: Vec<f32> = (0..parts.len()).map(|p| reach(&places, p)).collect();
        for (p, rows) in parts.iter().enumerate() {
            observe.step(p as u64, parts.len() as u64)?;
            let mut within = if has_waves(rows.len(), dim) {
                eigenvectors(&part_graph(graph, rows), dim, &mut random, observe)?
            } else {
                (0..rows.len() * dim)
                    .map(|_| uniform(&mut random, 1.0))
                    .collect()
            };
            if has_waves(rows.len(), dim) {
                let largest = within.iter().fold(f32::MIN_POSITIVE, |a, b| a.max(b.abs()));
                for v in &mut within {
                    *v /= largest;
                }
            }
            for (&row, within) in rows.iter().zip(within.chunks(dim)) {
                let to = out.row_mut(row as usize).iter_mut();
                for (to, (within, place)) in to.zip(within.iter().zip(places.row(p))) {
                    *to = within * reaches[p] + place;
                }
            }
        }
    }
    scale(&mut out, &mut random);
    Ok(out)
}

/// Whether a part has enough points for its waves to mean something (umap-learn's limits).
fn has_waves(n: usize, dim: usize) -> bool {
    n >= 2 * dim && n > dim + 1
}

fn uniform(random: &mut Random, reach: f32) -> f32 {
    (random.next_f64() * 2.0 - 1.0) as f32 * reach
}

/// Returns the rows of each connected part, parts in the order of their first row.
fn parts(graph: &FuzzyGraph, observe: &dyn Observe) -> Result<Vec<Vec<u32>>, Cancelled> {
    let n = graph.n_rows();
    let mut seen = vec![false; n];
    let mut parts = Vec::new();
    for first in 0..n {
        if std::mem::replace(&mut seen[first], true) {
            continue;
        }
        let mut rows = vec![first as u32];
        let mut at = 0;
        while let Some(&i) = rows.get(at) {
            at += 1;
            if at.is_multiple_of(ROWS_PER_STEP) {
                observe.step(0, 0)?;
            }
            for (j, _) in graph.row(i as usize) {
                if !std::mem::replace(&mut seen[j], true) {
                    rows.push(j as u32);
                }
            }
        }
        rows.sort_unstable();
        parts.push(rows);
    }
    Ok(parts)
}

/// Cuts a connected part out of the graph; `rows` ascend.
fn part_graph(graph: &FuzzyGraph, rows: &[u32]) -> FuzzyGraph {
    let mut part = FuzzyGraph {
        starts: vec![0],
        columns: Vec::new(),
        weights: Vec::new(),
    };
    for &i in rows {
        for (j, w) in graph.row(i as usize) {
            // Every neighbor is in the part, so the place of insertion is its own place.
            part.columns
                .push(rows.partition_point(|r| (*r as usize) < j) as u32);
            part.weights.push(w);
        }
        part.starts.push(part.columns.len());
    }
    part
}

/// Places the parts: few on the axes, more by the likeness of their centers.
fn places(
    parts: &[Vec<u32>],
    x: Option<&Matrix<f32>>,
    settings: &UmapSettings,
    random: &mut Random,
    observe: &dyn Observe,
) -> Result<Matrix<f32>, MapError> {
    let (n_parts, dim) = (parts.len(), settings.n_components);
    let mut out = Matrix::filled(n_parts, dim, 0.0f32);
    if n_parts <= 2 * dim {
        // One part on each half of an axis, the positive halves first.
        let n_axes = n_parts.div_ceil(2);
        for p in 0..n_parts {
            let (axis, value) = if p < n_axes {
                (p, 1.0)
            } else {
                (p - n_axes, -1.0)
            };
            out.row_mut(p)[axis] = value;
        }
        return Ok(out);
    }
    let Some(x) = x.filter(|_| n_parts <= MAX_PLACED_PARTS && has_waves(n_parts, dim)) else {
        for v in out.values_mut() {
            *v = uniform(random, 1.0);
        }
        return Ok(out);
    };
    let centers = centers(parts, x)?;
    let likeness = likeness(&centers, settings.metric, observe)?;
    let waves = eigenvectors(&likeness, dim, random, observe)?;
    let degrees: Vec<f32> = (0..n_parts)
        .map(|p| {
            likeness
                .row(p)
                .map(|(_, w)| w)
                .sum::<f32>()
                .max(f32::MIN_POSITIVE)
                .sqrt()
        })
        .collect();
    for (p, degree) in degrees.iter().enumerate() {
        for (to, from) in out.row_mut(p).iter_mut().zip(&waves[p * dim..]) {
            *to = from / degree;
        }
    }
    let largest = out
        .values()
        .iter()
        .fold(f32::MIN_POSITIVE, |a, b| a.max(b.abs()));
    for v in out.values_mut() {
        *v /= largest;
    }
    Ok(out)
}

fn centers(parts: &[Vec<u32>], x: &Matrix<f32>) -> Result<Matrix<f32>, MapError> {
    let mut values = Vec::with_capacity(parts.len() * x.n_cols());
    for rows in parts {
        let mut sums = vec![0.0f64; x.n_cols()];
        for &i in rows {
            for (sum, v) in sums.iter_mut().zip(x.row(i as usize)) {
                *sum += f64::from(*v);
            }
        }
        values.extend(sums.iter().map(|s| (s / rows.len() as f64) as f32));
    }
    Ok(Matrix::from_values(parts.len(), x.n_cols(), values)?)
}

/// The complete graph of `exp(−d²)` between centers; far ones keep a trace, so that it stays
/// connected.
fn likeness(
    centers: &Matrix<f32>,
    metric: Metric,
    observe: &dyn Observe,
) -> Result<FuzzyGraph, Cancelled> {
    let pairs = Pairs::new(centers, metric, observe)?;
    let n = centers.n_rows();
    let mut graph = FuzzyGraph {
        starts: vec![0],
        columns: Vec::new(),
        weights: Vec::new(),
    };
    for p in 0..n {
        for q in (0..n).filter(|q| *q != p) {
            let distance = pairs.distance(p.min(q), p.max(q));
            graph.columns.push(q as u32);
            graph
                .weights
                .push((-distance * distance).exp().max(1e-12) as f32);
        }
        graph.starts.push(graph.columns.len());
        observe.step(0, 0)?;
    }
    Ok(graph)
}

/// How far a part may reach: half way to the nearest other place.
fn reach(places: &Matrix<f32>, p: usize) -> f32 {
    let nearest = (0..places.n_rows())
        .map(|q| {
            let pairs = places.row(p).iter().zip(places.row(q));
            pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f32>()
        })
        .filter(|squared| *squared > 0.0)
        .fold(f32::INFINITY, f32::min);
    if nearest.is_finite() {
        nearest.sqrt() / 2.0
    } else {
        1.0
    }
}

/// Stretches the start to ±10, adds noise and brings each axis to 0 to 10.
fn scale(start: &mut Matrix<f32>, random: &mut Random) {
    let dim = start.n_cols().max(1);
    let largest = start.values().iter().fold(0.0f32, |a, b| a.max(b.abs()));
    let stretch = if largest > 0.0 { REACH / largest } else { 1.0 };
    for v in start.values_mut() {
        *v = *v * stretch + (random.next_normal() * NOISE) as f32;
    }
    for c in 0..dim {
        let axis = || start.values().iter().skip(c).step_by(dim);
        let low = axis().copied().fold(f32::INFINITY, f32::min);
        let high = axis().copied().fold(f32::NEG_INFINITY, f32::max);
        let width = if high > low { high - low } else { 1.0 };
        for v in start.values_mut().iter_mut().skip(c).step_by(dim) {
            *v = REACH * (*v - low) / width;
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;

    fn cliques(n_cliques: usize, len: usize) -> FuzzyGraph {
        let mut graph = FuzzyGraph {
            starts: vec![0],
            columns: Vec::new(),
            weights: Vec::new(),
        };
        for i in 0..n_cliques * len {
            let first = i / len * len;
            for j in (first..first + len).filter(|j| *j != i) {
                graph.columns.push(j as u32);
                graph.weights.push(1.0);
            }
            graph.starts.push(graph.columns.len());
        }
        graph
    }

    #[test]
    fn parts_start_apart() {
        for n_parts in [2, 4, 9] {
            let graph = cliques(n_parts, 12);
            let settings = UmapSettings {
                n_components: 2,
                ..UmapSettings::default()
            };
            let x = Matrix::from_values(
                n_parts * 12,
                2,
                (0..n_parts * 12)
                    .flat_map(|i| {
                        let angle = (i / 12) as f32 / n_parts as f32 * 6.0;
                        [angle.cos(), angle.sin()]
                    })
                    .collect(),
            )
            .unwrap();
            let start = start(&graph, Some(&x), &settings, &Silent).unwrap();
            assert!(start.values().iter().all(|v| (0.0..=REACH).contains(v)));
            let center = |p: usize| {
                let rows: Vec<usize> = (p * 12..(p + 1) * 12).collect();
                let rows = start.select_rows(&rows);
                let sum = |c: usize| rows.values().iter().skip(c).step_by(2).sum::<f32>() / 12.0;
                [sum(0), sum(1)]
            };
            for p in 0..n_parts {
                for q in 0..p {
                    let (a, b) = (center(p), center(q));
                    assert!((a[0] - b[0]).hypot(a[1] - b[1]) > 0.05, "{p} {q}");
                }
            }
        }
    }

    #[test]
    fn parts_are_cut_out_whole() {
        let graph = cliques(3, 4);
        let parts = parts(&graph, &Silent).unwrap();
        assert_eq!(parts, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]);
        assert_eq!(part_graph(&graph, &parts[2]), cliques(1, 4));
    }
}
