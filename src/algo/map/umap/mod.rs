//! UMAP: a low-dimensional layout that keeps who is near whom.
//!
//! Follows umap-learn 0.5.12 in what is optimized, and goes its own way in how: the layout runs on
//! all cores and has the same bytes at any thread count (see `layout.rs`). New rows are placed on a
//! layout that stands by [`UmapModel::transform`]. There is no supervised, density-keeping or inverse
//! variant.
//!
//! # Source
//! `McInnes`, Healy and Melville 2018, "UMAP: Uniform Manifold Approximation and Projection for
//! Dimension Reduction"; reference program umap-learn 0.5.12. Where there are not more rows than
//! `n_neighbors`, that program looks at all rows but one and we look at all.

mod curve;
mod eigen;
mod force;
mod fuzzy;
mod layout;
mod power;
mod spectral;
mod transform;

use super::knn::{Index, Metric, Neighbors, Search};
use super::{MapError, check};
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;
use crate::base::seed::Seed;

pub use curve::{Curve, fit_curve};
pub use fuzzy::{FuzzyGraph, LocalScale, fuzzy_graph, local_scales};

/// What a layout is to be like.
#[derive(Clone, Debug, PartialEq)]
pub struct UmapSettings {
    /// Neighbors looked at, the point itself included; 2 or more.
    pub n_neighbors: usize,
    /// Dimensions of the layout, 1 to 64.
    pub n_components: usize,
    /// How close points may lie, in layout units; not above `spread`.
    pub min_dist: f64,
    /// How far the attraction reaches, in layout units; above 0.
    pub spread: f64,
    /// How far apart rows are.
    pub metric: Metric,
    /// Passes over the graph; without one 500 up to 10,000 rows and 200 above.
    pub n_epochs: Option<usize>,
    /// Points pushed away for each pull.
    pub negative_sample_rate: usize,
    /// Step length at the start; it falls to zero.
    pub learning_rate: f64,
    /// Seed of blocks, noise and samples.
    pub seed: Seed,
}

impl Default for UmapSettings {
    /// The paper's settings (its Table 4).
    fn default() -> Self {
        Self {
            n_neighbors: 15,
            n_components: 5,
            min_dist: 0.0,
            spread: 1.0,
            metric: Metric::Cosine,
            n_epochs: None,
            negative_sample_rate: 5,
            learning_rate: 1.0,
            seed: Seed(42),
        }
    }
}

impl UmapSettings {
    /// Returns the number of passes for a corpus of `n` rows.
    fn n_epochs(&self, n: usize) -> usize {
        self.n_epochs.unwrap_or(if n <= 10_000 { 500 } else { 200 })
    }

    fn check(&self) -> Result<(), MapError> {
        let refuse = |name, value, wanted| {
            Err(MapError::Setting {
                name,
                value,
                wanted,
            })
        };
        if self.n_neighbors < 2 {
            return refuse("n_neighbors", self.n_neighbors as f64, "2 or more");
        }
        if !(1..=layout::MAX_COMPONENTS).contains(&self.n_components) {
            return refuse("n_components", self.n_components as f64, "1 to 64");
        }
        if !(self.spread.is_finite() && self.spread > 0.0) {
            return refuse("spread", self.spread, "finite and above 0");
        }
        if !(0.0..=self.spread).contains(&self.min_dist) {
            return refuse("min_dist", self.min_dist, "between 0 and spread");
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return refuse("learning_rate", self.learning_rate, "finite and above 0");
        }
        if self.negative_sample_rate > layout::MAX_NEGATIVE_SAMPLE_RATE {
            let rate = self.negative_sample_rate as f64;
            return refuse("negative_sample_rate", rate, "0 to 64");
        }
        Ok(())
    }
}

/// Lays rows out in few dimensions so that near rows stay near.
///
/// Equal rows, settings and seed give equal bytes on one machine at any thread count.
///
/// # Shapes
/// - `x`: `n × d`.
/// - returns: `n × n_components`, in layout units.
///
/// # Errors
/// [`MapError::NotFinite`] names the first bad value, [`MapError::Setting`] a setting out of range,
/// [`MapError::Cancelled`] follows a cancel.
///
/// # Cost
/// That of [`Index::neighbors`], then `O(n · n_neighbors · n_epochs)`.
pub fn umap(
    x: &Matrix<f32>,
    settings: &UmapSettings,
    observe: &dyn Observe,
) -> Result<Matrix<f32>, MapError> {
    Ok(UmapModel::fit(x, settings, observe)?.layout)
}

/// A layout with what is needed to place new rows on it.
pub struct UmapModel<'a> {
    index: Index<'a>,
    layout: Matrix<f32>,
    settings: UmapSettings,
}

impl<'a> UmapModel<'a> {
    /// Lays rows out; the layout is that of [`umap`].
    ///
    /// # Errors
    /// As [`umap`].
    pub fn fit(
        x: &'a Matrix<f32>,
        settings: &UmapSettings,
        observe: &dyn Observe,
    ) -> Result<Self, MapError> {
        settings.check()?;
        let k = settings.n_neighbors - 1;
        let index = Index::new(x, settings.metric, k, Search::Quick, observe)?;
        let neighbors = index.neighbors(k, observe)?;
        let layout = umap_from_neighbors(Some(x), &neighbors, settings, observe)?;
        Ok(Self {
            index,
            layout,
            settings: settings.clone(),
        })
    }

    /// Returns the layout of the rows that were fitted.
    ///
    /// # Shapes
    /// - returns: `n × n_components`, in layout units.
    pub fn layout(&self) -> &Matrix<f32> {
        &self.layout
    }

    /// Places new rows on the layout, which stays as it is.
    ///
    /// A row's place depends on nothing but the row and the layout.
    ///
    /// # Shapes
    /// - `y`: `m × d`.
    /// - returns: `m × n_components`, in layout units.
    ///
    /// # Errors
    /// [`MapError::NotFinite`] names the first bad value of `y`, [`MapError::ColumnsDiffer`] says
    /// that its rows are of another length, [`MapError::NoRows`] that the layout is empty,
    /// [`MapError::Cancelled`] follows a cancel.
    pub fn transform(
        &self,
        y: &Matrix<f32>,
        observe: &dyn Observe,
    ) -> Result<Matrix<f32>, MapError> {
        if self.layout.n_rows() == 0 {
            return Err(MapError::NoRows);
        }
        let k = self.settings.n_neighbors;
        let neighbors = self.index.nearest_to(y, k, observe)?;
        observe.phase("placing");
        transform::place(&neighbors, &self.layout, &self.settings, observe)
    }
}

/// Lays out rows whose neighbors are known already.
///
/// `x` is only asked where the neighbor graph falls into more than `2 · n_components` parts: their
/// centers then say which parts lie beside each other. Without it such parts start at random.
///
/// # Shapes
/// - `x`: `n × d`.
/// - `neighbors`: of `n` rows, the point itself excluded; of each list the first
///   `n_neighbors − 1` are used, or all where there are fewer.
/// - returns: `n × n_components`, in layout units.
///
/// # Errors
/// As [`umap`], and [`MapError::RowsDiffer`] or [`MapError::BrokenNeighbors`] for lists that do not
/// belong to `x` or to any rows.
pub fn umap_from_neighbors(
    x: Option<&Matrix<f32>>,
    neighbors: &Neighbors,
    settings: &UmapSettings,
    observe: &dyn Observe,
) -> Result<Matrix<f32>, MapError> {
    settings.check()?;
    let n = neighbors.indices.n_rows();
    if let Some(x) = x {
        check(x)?;
        if x.n_rows() != n {
            return Err(MapError::RowsDiffer {
                n_rows: n,
                n_rows_other: x.n_rows(),
            });
        }
    }
    observe.phase("fuzzy graph");
    let n_epochs = settings.n_epochs(n);
    let mut graph = fuzzy_graph(neighbors, settings.n_neighbors, observe)?;
    // An edge too light to be drawn even once does not count; umap-learn keeps to its own default
    // where very few epochs are asked for, so that the start still sees the graph.
    let n_epochs_kept = if n_epochs > 10 {
        n_epochs
    } else {
        UmapSettings {
            n_epochs: None,
            ..settings.clone()
        }
        .n_epochs(n)
    };
    graph.drop_below(graph.max_weight() / n_epochs_kept as f32);
    observe.step(1, 1)?;
    observe.phase("spectral start");
    let start = spectral::start(&graph, x, settings, observe)?;
    observe.phase("layout");
    let curve = fit_curve(settings.spread, settings.min_dist);
    layout::optimize(&graph, start, curve, settings, n_epochs, observe)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
