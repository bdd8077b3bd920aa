//! HDBSCAN: clusters of points that lie closer than their surroundings, and noise between them.
//!
//! Computes what hdbscan 0.8.44 computes with `approx_min_span_tree=False`, for straight lines. It
//! picks no settings, and has no cut at a fixed distance.
//!
//! # Source
//! Campello, Moulavi and Sander 2013; Campello et al. 2015 (outlier scores, GLOSH); `McInnes` and
//! Healy 2017. Reference program hdbscan 0.8.44. Like that program and unlike the papers, a core
//! distance reaches to the `min_samples`-th *other* point. Unlike that program, points on one spot
//! are never put into different clusters, outlier scores beside such spots are 1 and not undefined,
//! and labels are numbered by the first row of each cluster.

mod boruvka;
mod kdtree;
mod tree;

use super::{MapError, check};
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;

pub use boruvka::Edge;

/// How clusters are taken from the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Excess of mass: the clusters that last longest.
    #[default]
    Eom,
    /// The leaves of the tree: many small clusters.
    Leaf,
}

/// What counts as a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HdbscanSettings {
    /// Points of a cluster at least; 2 or more.
    pub min_cluster_size: usize,
    /// How many other points the core distance reaches to; without one `min_cluster_size`.
    pub min_samples: Option<usize>,
    /// How clusters are taken from the tree.
    pub method: Method,
    /// Whether all points may be one cluster.
    pub allow_single_cluster: bool,
}

impl Default for HdbscanSettings {
    /// The paper's settings (its Table 4).
    fn default() -> Self {
        Self {
            min_cluster_size: 200,
            min_samples: None,
            method: Method::Eom,
            allow_single_cluster: false,
        }
    }
}

/// A cluster for each point, and how sure it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clustering {
    /// Cluster of each point, −1 for noise; clusters are numbered by their first row.
    pub labels: Vec<i32>,
    /// How deep in its cluster each point lies, `0.0..=1.0`; 0 for noise.
    pub probabilities: Vec<f32>,
    /// How far outside of the nearest dense place each point lies, `0.0..=1.0` (GLOSH).
    pub outlier_scores: Vec<f32>,
    /// How long each cluster lasts, as a share of the longest possible.
    pub persistence: Vec<f32>,
}

/// Finds clusters of any shape and leaves the rest as noise.
///
/// # Shapes
/// - `x`: `n × d`, compared by straight lines; best up to some ten dimensions.
/// - returns: labels, probabilities and scores of `n` points.
///
/// # Errors
/// [`MapError::NotFinite`] names the first bad value, [`MapError::Setting`] a setting out of range,
/// [`MapError::Cancelled`] follows a cancel.
///
/// # Cost
/// About `O(n log n)` in few dimensions, up to `O(n²)` per round in many.
pub fn hdbscan(
    x: &Matrix<f32>,
    settings: &HdbscanSettings,
    observe: &dyn Observe,
) -> Result<Clustering, MapError> {
    check(x)?;
    if settings.min_cluster_size < 2 {
        return Err(MapError::Setting {
            name: "min_cluster_size",
            value: settings.min_cluster_size as f64,
            wanted: "2 or more",
        });
    }
    let min_samples = settings.min_samples.unwrap_or(settings.min_cluster_size);
    if min_samples == 0 {
        return Err(MapError::Setting {
            name: "min_samples",
            value: 0.0,
            wanted: "1 or more",
        });
    }
    let edges = minimum_spanning_tree(x, min_samples, observe)?;
    observe.phase("clusters");
    observe.step(0, 1)?;
    Ok(tree::cluster(x.n_rows(), &edges, settings, observe)?)
}

/// Joins all points by the shortest edges, where no edge is shorter than its ends' core distances.
///
/// Edges are ordered by length, of equal ones those between nearer points first.
///
/// # Errors
/// As [`hdbscan`].
pub fn minimum_spanning_tree(
    x: &Matrix<f32>,
    min_samples: usize,
    observe: &dyn Observe,
) -> Result<Vec<Edge>, MapError> {
    check(x)?;
    let n = x.n_rows();
    if n < 2 {
        return Ok(Vec::new());
    }
    let min_samples = min_samples.clamp(1, n - 1);
    observe.phase("core distances");
    let tree = kdtree::KdTree::new(x, observe)?;
    let near = tree.core_distances(min_samples, observe)?;
    observe.phase("spanning tree");
    boruvka::spanning_tree(&tree, &near, observe)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
