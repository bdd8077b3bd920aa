//! The fuzzy graph: how strongly each point belongs to its neighbors' surroundings.
//! It takes neighbor lists as they are and looks at no coordinates.

use rayon::prelude::*;

use super::super::MapError;
use super::super::knn::Neighbors;
use crate::base::observe::{Cancelled, Observe};

/// The scale of one point's surroundings, in units of the metric.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LocalScale {
    /// Distance to the nearest neighbor that is not at distance 0; nearer counts as full.
    pub rho: f32,
    /// Distance beyond `rho` over which belonging falls by a factor of e.
    pub sigma: f32,
}

/// A symmetric graph without loops, row after row; columns of a row ascend.
#[derive(Clone, Debug, PartialEq)]
pub struct FuzzyGraph {
    /// Where each row starts; one more than rows.
    pub starts: Vec<usize>,
    /// The other end of each edge.
    pub columns: Vec<u32>,
    /// Weight of each edge, above 0 and at most 1.
    pub weights: Vec<f32>,
}

/// How near the sum of weights must come to its target (umap-learn's `SMOOTH_K_TOLERANCE`).
const TOLERANCE: f64 = 1e-5;
/// Halvings at most (umap-learn's `n_iter`).
const MAX_HALVINGS: usize = 64;
/// Rows whose scales are found between two looks at the observer.
const ROWS_PER_STEP: usize = 256;
/// Rows handled between two looks at the observer.
const BLOCK: usize = 4096;
/// Smallest scale, as a share of the mean distance (umap-learn's `MIN_K_DIST_SCALE`).
pub(super) const MIN_SCALE: f64 = 1e-3;

impl FuzzyGraph {
    /// Returns the number of points.
    pub fn n_rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Returns the edges of row `i` as other end and weight.
    pub fn row(&self, i: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let range = self.starts[i]..self.starts[i + 1];
        let columns = self.columns[range.clone()].iter().map(|j| *j as usize);
        columns.zip(self.weights[range].iter().copied())
    }

    /// Returns the largest weight, 0 without edges.
    pub fn max_weight(&self) -> f32 {
        self.weights.iter().copied().fold(0.0, f32::max)
    }

    /// Drops edges lighter than `weight`; both directions of an edge weigh the same.
    pub(super) fn drop_below(&mut self, weight: f32) {
        let mut kept = 0;
        let mut start = 0;
        for i in 0..self.n_rows() {
            let end = self.starts[i + 1];
            for at in start..end {
                if self.weights[at] >= weight {
                    self.columns[kept] = self.columns[at];
                    self.weights[kept] = self.weights[at];
                    kept += 1;
                }
            }
            start = end;
            self.starts[i + 1] = kept;
        }
        self.columns.truncate(kept);
        self.weights.truncate(kept);
    }
}

/// Finds for each point the scale at which its weights sum to `log2(n_neighbors)`.
///
/// `n_neighbors` counts the point itself, as umap-learn does: the point adds a distance of 0 to
/// the means, and nothing to the sum.
///
/// # Errors
/// [`Cancelled`] if the observer asks for it.
///
/// # Source
/// `smooth_knn_dist` of umap-learn 0.5.12 with `local_connectivity` and `bandwidth` 1.
pub fn local_scales(
    neighbors: &Neighbors,
    n_neighbors: usize,
    observe: &dyn Observe,
) -> Result<Vec<LocalScale>, Cancelled> {
    let n = neighbors.distances.n_rows();
    let k = n_neighbors.saturating_sub(1).min(neighbors.k);
    if k == 0 {
        return Ok(vec![LocalScale::default(); n]);
    }
    let n_counted = (k + 1) as f64;
    let means: Vec<f64> = (0..n)
        .map(|i| {
            let row = neighbors.distances.row(i).iter().take(k);
            row.map(|d| f64::from(*d)).sum::<f64>() / n_counted
        })
        .collect();
    let mean = means.iter().sum::<f64>() / n as f64;
    let target = n_counted.log2();
    (0..n)
        .into_par_iter()
        .map(|i| {
            if i.is_multiple_of(ROWS_PER_STEP) {
                observe.step(0, 0)?;
            }
            let distances = &neighbors.distances.row(i)[..k];
            let rho = distances.iter().copied().find(|d| *d > 0.0).unwrap_or(0.0);
            let sum = |scale: f64| -> f64 {
                let weight = |d: &f32| {
                    let beyond = f64::from(*d) - f64::from(rho);
                    if beyond > 0.0 {
                        (-beyond / scale).exp()
                    } else {
                        1.0
                    }
                };
                distances.iter().map(weight).sum()
            };
            let scale = scale_for(target, sum);
            let least = MIN_SCALE * if rho > 0.0 { means[i] } else { mean };
            Ok(LocalScale {
                rho,
                sigma: scale.max(least) as f32,
            })
        })
        .collect()
}

/// Finds the scale at which the sum of weights meets its target; `sum` grows with the scale.
pub(super) fn scale_for(target: f64, sum: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high, mut scale) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..MAX_HALVINGS {
        let sum = sum(scale);
        if (sum - target).abs() < TOLERANCE {
            break;
        }
        if sum > target {
            high = scale;
            scale = f64::midpoint(low, high);
        } else {
            low = scale;
            scale = if high.is_finite() {
                f64::midpoint(low, high)
            } else {
                scale * 2.0
            };
        }
    }
    scale
}

/// Joins the directed belongings of neighbor lists to a symmetric graph: `p + q − p·q`.
///
/// # Errors
/// [`MapError::BrokenNeighbors`] for a list with a row that does not exist, with the row itself or
/// with a distance that is no number; [`MapError::Cancelled`] follows a cancel.
///
/// # Source
/// `fuzzy_simplicial_set` of umap-learn 0.5.12 with `set_op_mix_ratio` 1.
pub fn fuzzy_graph(
    neighbors: &Neighbors,
    n_neighbors: usize,
    observe: &dyn Observe,
) -> Result<FuzzyGraph, MapError> {
    let n = neighbors.indices.n_rows();
    let k = n_neighbors.saturating_sub(1).min(neighbors.k);
    if neighbors.distances.n_rows() != n {
        return Err(MapError::RowsDiffer {
            n_rows: neighbors.distances.n_rows(),
            n_rows_other: n,
        });
    }
    let broken = (0..n).into_par_iter().find_first(|&i| {
        let indices = neighbors.indices.row(i).iter();
        let distances = neighbors.distances.row(i);
        distances.len() != neighbors.k
            || neighbors.indices.n_cols() != neighbors.k
            || indices
                .clone()
                .any(|j| *j as usize >= n || *j as usize == i)
            || distances.iter().any(|d| !d.is_finite() || *d < 0.0)
    });
    if let Some(row_idx) = broken {
        return Err(MapError::BrokenNeighbors { row_idx });
    }
    let scales = local_scales(neighbors, n_neighbors, observe)?;
    // Each row's belongings, far ends ascending.
    let mut own = vec![(0u32, 0.0f32); n * k];
    own.par_chunks_mut(BLOCK * k.max(1))
        .enumerate()
        .try_for_each(|(b, block)| {
            for (i, row) in (b * BLOCK..).zip(block.chunks_mut(k.max(1))) {
                let LocalScale { rho, sigma } = scales[i];
                let indices = neighbors.indices.row(i).iter();
                let lists = indices.zip(neighbors.distances.row(i));
                for (to, (&j, &d)) in row.iter_mut().zip(lists) {
                    let is_full = d <= rho || sigma <= 0.0;
                    let weight = if is_full {
                        1.0
                    } else {
                        (-(d - rho) / sigma).exp()
                    };
                    *to = (j, weight);
                }
                row.sort_unstable_by_key(|(j, _)| *j);
            }
            observe.step(0, 0)
        })?;
    let (others_start, others) = turned(&own, n, k, observe)?;
    let blocks: Vec<Vec<Vec<(u32, f32)>>> = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .map(|b| {
            observe.step(0, 0)?;
            let rows = b * BLOCK..n.min((b + 1) * BLOCK);
            Ok(rows
                .map(|i| {
                    let others = &others[others_start[i]..others_start[i + 1]];
                    union(&own[i * k..(i + 1) * k], others)
                })
                .collect())
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut graph = FuzzyGraph {
        starts: Vec::with_capacity(n + 1),
        columns: Vec::with_capacity(own.len() * 2),
        weights: Vec::with_capacity(own.len() * 2),
    };
    graph.starts.push(0);
    for block in blocks {
        for (j, w) in block.iter().flat_map(|row| {
            // Belonging that has underflowed to 0 is no edge.
            row.iter().filter(|(_, w)| *w > 0.0)
        }) {
            graph.columns.push(*j);
            graph.weights.push(*w);
        }
        let mut end = graph.starts[graph.starts.len() - 1];
        for row in &block {
            end += row.iter().filter(|(_, w)| *w > 0.0).count();
            graph.starts.push(end);
        }
        observe.step(0, 0)?;
    }
    Ok(graph)
}

/// Other ends with weights.
type Edges = Vec<(u32, f32)>;

/// Edges by their far ends: where each row starts, and its edges with near ends ascending.
fn turned(
    own: &[(u32, f32)],
    n: usize,
    k: usize,
    observe: &dyn Observe,
) -> Result<(Vec<usize>, Edges), Cancelled> {
    let mut starts = vec![0usize; n + 1];
    for (j, _) in own {
        starts[*j as usize + 1] += 1;
    }
    for i in 0..n {
        starts[i + 1] += starts[i];
    }
    let mut at = starts.clone();
    let mut out = vec![(0u32, 0.0f32); own.len()];
    for (b, block) in own.chunks(BLOCK * k.max(1)).enumerate() {
        observe.step(0, 0)?;
        for (i, row) in (b * BLOCK..).zip(block.chunks(k.max(1))) {
            for &(j, w) in row {
                out[at[j as usize]] = (i as u32, w);
                at[j as usize] += 1;
            }
        }
    }
    Ok((starts, out))
}

/// Merges two rows with ascending ends.
fn union(a: &[(u32, f32)], b: &[(u32, f32)]) -> Vec<(u32, f32)> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    loop {
        match (a.peek().copied(), b.peek().copied()) {
            (Some((i, p)), Some((j, q))) if i == j => {
                out.push((i, p + q - p * q));
                a.next();
                b.next();
            }
            (Some(edge), Some(other)) if edge.0 < other.0 => {
                out.push(edge);
                a.next();
            }
            (_, Some(other)) => {
                out.push(other);
                b.next();
            }
            (Some(edge), None) => {
                out.push(edge);
                a.next();
            }
            (None, None) => return out,
        }
    }
}
