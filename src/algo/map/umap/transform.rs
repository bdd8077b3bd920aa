//! Places new rows on a layout that stands.
//!
//! Each new row starts between its neighbors and is then pulled to them and pushed from random
//! points, while the layout stays as it is. Rows are placed one without the other, so a row's place
//! depends neither on who is placed with it nor on threads, and equal rows get equal places.
//!
//! # Source
//! `UMAP.transform` of umap-learn 0.5.12: no nearest distance is taken away, the nearest neighbor
//! is left out of the sum that sets the scale, a third of the passes, a quarter of the learning
//! rate. Unlike that program, weights count as shares of the row's own heaviest and not of the
//! heaviest of all new rows.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::super::MapError;
use super::super::knn::Neighbors;
use super::UmapSettings;
use super::curve::{Curve, fit_curve};
use super::force::{Force, Group, LANES, MAX_STEP, regroup};
use super::fuzzy::{MIN_SCALE, scale_for};
use super::layout::MAX_COMPONENTS;
use crate::base::matrix::Matrix;
use crate::base::observe::{Cancelled, Observe};
use crate::base::seed::Random;
use crate::base::simd::{Kernel, dispatch};

/// Passes where none are asked for. umap-learn makes 30 where more than 10,000 rows come at once.
const N_EPOCHS: usize = 100;
/// Passes asked for are for a whole layout; rows near their place need a part of them.
const SHARE_OF_EPOCHS: usize = 3;
/// Steps are shorter than those of a layout that begins from waves.
const SHARE_OF_RATE: f64 = 0.25;
/// Rows placed between two looks at the observer: about 1 ms of work.
const ROWS_PER_STEP: usize = 16;

/// Places rows by their neighbors among the rows of `layout`.
///
/// # Shapes
/// - `neighbors`: `m × k`, rows of the layout.
/// - `layout`: `n × n_components`, as is the result for `m` rows.
pub(super) fn place(
    neighbors: &Neighbors,
    layout: &Matrix<f32>,
    settings: &UmapSettings,
    observe: &dyn Observe,
) -> Result<Matrix<f32>, MapError> {
    let placed = match layout.n_cols() {
        1 => Placer::<1, 8>::new(layout, settings).run(neighbors, observe),
        2 => Placer::<2, 8>::new(layout, settings).run(neighbors, observe),
        3 => Placer::<3, 8>::new(layout, settings).run(neighbors, observe),
        4 => Placer::<4, 8>::new(layout, settings).run(neighbors, observe),
        5 => Placer::<5, 8>::new(layout, settings).run(neighbors, observe),
        6..=8 => Placer::<8, 8>::new(layout, settings).run(neighbors, observe),
        9..=16 => Placer::<16, 16>::new(layout, settings).run(neighbors, observe),
        17..=32 => Placer::<32, 32>::new(layout, settings).run(neighbors, observe),
        _ => {
            Placer::<MAX_COMPONENTS, MAX_COMPONENTS>::new(layout, settings).run(neighbors, observe)
        }
    }?;
    Ok(Matrix::from_values(
        neighbors.indices.n_rows(),
        layout.n_cols(),
        placed,
    )?)
}

/// The layout in the forms that forces want.
struct Placer<'a, const D: usize, const W: usize> {
    settings: &'a UmapSettings,
    dim: usize,
    points: Vec<[f32; W]>,
    groups: Vec<Group<D>>,
    curve: Curve,
}

impl<'a, const D: usize, const W: usize> Placer<'a, D, W> {
    fn new(layout: &Matrix<f32>, settings: &'a UmapSettings) -> Self {
        let mut points = vec![[0.0; W]; layout.n_rows()];
        for (i, point) in points.iter_mut().enumerate() {
            point[..layout.n_cols()].copy_from_slice(layout.row(i));
        }
        // Neighbors in the input may be neighbors in space; a group must be a random sample.
        let mut shuffled = points.clone();
        settings.seed.stream("umap blocks").shuffle(&mut shuffled);
        let mut groups = vec![[[0.0; LANES]; D]; points.len().div_ceil(LANES)];
        regroup(&shuffled, &mut groups);
        Self {
            settings,
            dim: layout.n_cols(),
            points,
            groups,
            curve: fit_curve(settings.spread, settings.min_dist),
        }
    }

    fn run(&self, neighbors: &Neighbors, observe: &dyn Observe) -> Result<Vec<f32>, MapError> {
        let m = neighbors.indices.n_rows();
        let n_epochs = self
            .settings
            .n_epochs
            .map_or(N_EPOCHS, |n| n / SHARE_OF_EPOCHS);
        let mean = mean(neighbors.distances.values());
        let mut out = vec![0.0f32; m * self.dim];
        let n_done = AtomicU64::new(0);
        out.par_chunks_mut(ROWS_PER_STEP * self.dim)
            .enumerate()
            .try_for_each(|(b, out)| {
                let rows = b * ROWS_PER_STEP..;
                for (i, out) in rows.zip(out.chunks_mut(self.dim)) {
                    let weights =
                        weights(neighbors.distances.row(i), self.settings.n_neighbors, mean);
                    let row = Row {
                        start: self.start(neighbors.indices.row(i), &weights),
                        edges: self.edges(neighbors.indices.row(i), &weights, n_epochs),
                        placer: self,
                        n_epochs,
                    };
                    out.copy_from_slice(&dispatch(row)[..self.dim]);
                }
                let len = (out.len() / self.dim) as u64;
                let done = n_done.fetch_add(len, Ordering::Relaxed) + len;
                observe.step(done, m as u64)
            })
            .map_err(|Cancelled| Cancelled)?;
        Ok(out)
    }

    /// Returns where a row begins: on a point that it is equal to, or between its neighbors.
    fn start(&self, neighbors: &[u32], weights: &[f64]) -> [f32; W] {
        let sum: f64 = weights.iter().sum();
        let mut at = [0.0f64; W];
        for (&j, &weight) in neighbors.iter().zip(weights) {
            let point = &self.points[j as usize];
            if weight >= 1.0 {
                return *point;
            }
            for (at, v) in at.iter_mut().zip(point) {
                *at += weight / sum * f64::from(*v);
            }
        }
        at.map(|v| v as f32)
    }

    /// Lists a row's edges that are heavy enough to be drawn at least once.
    fn edges(&self, neighbors: &[u32], weights: &[f64], n_epochs: usize) -> Vec<Edge> {
        let heaviest = weights.iter().copied().fold(0.0, f64::max);
        let pairs = neighbors.iter().zip(weights);
        pairs
            .filter(|(_, weight)| **weight * n_epochs as f64 >= heaviest && **weight > 0.0)
            .map(|(&to, weight)| {
                let period = (heaviest / weight) as f32;
                let per_push = period / self.settings.negative_sample_rate as f32;
                Edge {
                    to,
                    period,
                    per_push,
                    next: period,
                    next_push: per_push,
                }
            })
            .collect()
    }
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len().max(1) as f64
}

/// Returns how strongly a row belongs to each of its neighbors' surroundings.
fn weights(distances: &[f32], n_neighbors: usize, mean_of_all: f64) -> Vec<f64> {
    let weight = |d: f32, scale: f64| {
        if d > 0.0 {
            (-f64::from(d) / scale).exp()
        } else {
            1.0
        }
    };
    let others = distances.get(1..).unwrap_or_default();
    let target = (n_neighbors.min(distances.len()) as f64).log2();
    let scale = scale_for(target, |scale| {
        others.iter().map(|d| weight(*d, scale)).sum()
    });
    let scale = scale.max(MIN_SCALE * mean_of_all);
    distances.iter().map(|d| weight(*d, scale)).collect()
}

/// An edge from a new row to a point of the layout; periods and times in epochs.
struct Edge {
    to: u32,
    period: f32,
    per_push: f32,
    next: f32,
    next_push: f32,
}

/// One row on its way.
struct Row<'a, const D: usize, const W: usize> {
    start: [f32; W],
    edges: Vec<Edge>,
    placer: &'a Placer<'a, D, W>,
    n_epochs: usize,
}

impl<const D: usize, const W: usize> Kernel for Row<'_, D, W> {
    type Out = [f32; W];

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(mut self) -> [f32; W] {
        let force = Force::new(self.placer.curve);
        let groups = &self.placer.groups;
        // The same stream for every row: rows do not meet, and equal rows stay equal.
        let mut random: Random = self.placer.settings.seed.stream("umap transform");
        let rate = self.placer.settings.learning_rate * SHARE_OF_RATE;
        let mut p = self.start;
        for epoch in 0..self.n_epochs {
            let alpha = (rate * (1.0 - epoch as f64 / self.n_epochs as f64)) as f32;
            let epoch = epoch as f32;
            for edge in &mut self.edges {
                if edge.next > epoch {
                    continue;
                }
                let q = &self.placer.points[edge.to as usize];
                let mut squared = 0.0;
                for (p, q) in p.iter().zip(q) {
                    squared += (p - q) * (p - q);
                }
                let factor = force.pull::<FMA>(squared);
                for (p, q) in p.iter_mut().zip(q) {
                    *p += (factor * (*p - q)).clamp(-MAX_STEP, MAX_STEP) * alpha;
                }
                let n_pushes = ((epoch - edge.next_push) / edge.per_push).max(0.0) as usize;
                let n_groups = n_pushes.div_ceil(LANES);
                let share = alpha * n_pushes as f32 / (n_groups * LANES).max(1) as f32;
                for _ in 0..n_groups {
                    let others = &groups[random.below(groups.len())];
                    force.push::<FMA, D, W>(&mut p, others, share);
                }
                edge.next += edge.period;
                edge.next_push += edge.per_push * n_pushes as f32;
            }
        }
        p
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::algo::map::knn::{Index, Metric, Search};
    use crate::base::observe::Silent;

    fn table(text: &str) -> Vec<Vec<f64>> {
        text.lines()
            .map(|line| line.split('\t').map(|v| v.parse().unwrap()).collect())
            .collect()
    }

    /// Rows of the points that the fuzzy graph is tested with.
    fn points(rows: std::ops::Range<usize>) -> Matrix<f32> {
        let text = include_str!("../../../../tests/golden/map/fuzzy_points.tsv");
        let table = &table(text)[rows];
        let values = table.iter().flatten().map(|v| *v as f32).collect();
        Matrix::from_values(table.len(), 4, values).unwrap()
    }

    #[test]
    fn weights_and_starts_are_those_of_umap_learn() {
        let (old, new) = (points(0..50), points(50..60));
        let metric = Metric::Euclidean;
        let index = Index::new(&old, metric, 8, Search::Exact, &Silent).unwrap();
        let neighbors = index.nearest_to(&new, 8, &Silent).unwrap();
        let flat = old.values().chunks(4).flat_map(|row| [row[0], row[1]]);
        let layout = Matrix::from_values(50, 2, flat.collect()).unwrap();
        let settings = UmapSettings {
            n_neighbors: 8,
            metric,
            ..UmapSettings::default()
        };
        let placer = Placer::<2, 8>::new(&layout, &settings);
        let mean = mean(neighbors.distances.values());
        let golden = table(include_str!("../../../../tests/golden/map/placing.tsv"));
        for (i, wanted) in golden.iter().enumerate() {
            let weights = weights(neighbors.distances.row(i), 8, mean);
            let ours = neighbors.indices.row(i).iter().zip(&weights);
            for ((j, weight), wanted) in ours.zip(wanted.chunks(2)) {
                assert!((f64::from(*j) - wanted[0]).abs() < 0.5, "{i}");
                assert!((weight - wanted[1]).abs() < 1e-4, "{i} {weight} {wanted:?}");
            }
            let start = placer.start(neighbors.indices.row(i), &weights);
            for (ours, wanted) in start.iter().zip(&wanted[16..]) {
                assert!((f64::from(*ours) - wanted).abs() < 1e-3, "{i}");
            }
        }
        assert_eq!(golden.len(), 10);
    }
}
