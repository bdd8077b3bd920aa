//! Nearest neighbors: of every row among all rows, or of new rows among old ones.
//!
//! They are exact for small corpora and on demand, and nearly so otherwise (see [`Index`]). Values
//! that are not finite are refused; the row itself is left out.

mod cells;
mod index;
pub(super) mod pairs;

use super::MapError;
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;

pub use index::{Index, MAX_EXACT_ROWS, Search, TARGET_RECALL};

/// How far apart two rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// One minus the cosine of the angle; a row of zeros is at 1 from all but other such rows.
    Cosine,
    /// The straight line.
    Euclidean,
}

/// The nearest rows of each row, nearest first; equal distances are ordered by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbors {
    /// Neighbors of each row: what was asked for, or all there are.
    pub k: usize,
    /// `n × k`, rows of the neighbors; never the row itself.
    pub indices: Matrix<u32>,
    /// `n × k`, distances in the metric's own units.
    pub distances: Matrix<f32>,
}

/// Finds the `k` nearest other rows of every row.
///
/// Candidates come from products in single precision, the order from differences in double
/// precision, so equal rows are at distance 0 and results do not depend on the thread count.
///
/// # Shapes
/// - `x`: `n × d`.
/// - returns: `n × min(k, n − 1)`.
///
/// # Errors
/// [`MapError::NotFinite`] names the first bad value, [`MapError::Cancelled`] follows a cancel.
///
/// # Cost
/// `O(n² d)` time, a second copy of the rows.
pub fn exact_knn(
    x: &Matrix<f32>,
    k: usize,
    metric: Metric,
    observe: &dyn Observe,
) -> Result<Neighbors, MapError> {
    Index::new(x, metric, k, Search::Exact, observe)?.neighbors(k, observe)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
